/* Convolution channel by channel by loops over rows of places, vectorised along the channels. With
 * one kernel per channel, a place's sum stays in registers over the whole window, and is finished
 * there (offset, summand, relu).
 *
 * With several kernels per channel, rows of the input are first spread out so that each channel
 * stands as often as it has kernels; rows of the input's gradient are gathered the same way. */
#include "isa.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <math.h>
#include <string.h>

enum {
    MOST_ROWS = 32,       /* of a window, whose sums stay in registers */
    FAR_FLOATS = 3 << 16, /* of a sample that does not stay in the second-level cache */
};

typedef struct depthwise_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_window_axes axes;
    int64_t multiplier; /* kernels per channel */
    int code;           /* cornu_conv_code */
    float limit;
    int threads;
} depthwise_kernel;

typedef struct depthwise_job {
    const depthwise_kernel *kernel;
    float *x, *w, *y;
    float *rooms; /* per thread: a row of the input, spread out */
    float *sums;  /* per sample: a kernel */
    const float *offset, *summand;
} depthwise_job;

/* A row of the input with every channel `multiplier` times. */
static const float *spread(const depthwise_kernel *kernel, const float *x, float *room) {
    const cornu_window_axes *a = &kernel->axes;
    int64_t m = kernel->multiplier;
    if (m == 1) return x;
    for (int64_t i = 0; i < a->in[2] * a->in_channels; i++) {
        for (int64_t k = 0; k < m; k++) room[i * m + k] = x[i];
    }
    return room;
}

static float *room_of(const depthwise_job *job, int thread) {
    return job->rooms + thread * job->kernel->axes.in[2] * job->kernel->axes.out_channels;
}

/* Some places of a row, at all of which taps first .. end - 1 lie inside the input. */
static void sum_places(
    const cornu_window_axes *a, const cornu_depthwise_row *row, int64_t place, int64_t places,
    int64_t first, int64_t end
) {
    const float *x[MOST_ROWS], *w[MOST_ROWS];
    int64_t at = place * a->stride[2] + first * a->dilation[2] - a->before[2];
    cornu_depthwise_row some = *row;
    for (size_t r = 0; r < row->rows; r++) {
        x[r] = row->x[r] + at * a->in_channels;
        w[r] = row->w[r] + first * a->in_channels;
    }
    some.x = x;
    some.w = w;
    some.y += place * a->in_channels;
    some.places = (size_t)places;
    some.taps = (size_t)(end - first);
    if (places > 0) row->loops->depthwise_row(&some);
}

/* The taps that lie inside the input at one place. */
static void sum_edge(const cornu_window_axes *a, const cornu_depthwise_row *row, int64_t place) {
    int64_t first = 0, end = a->size[2], at;
    while (first < end && !cornu_window_reads_(a, 2, place, first, &at)) first++;
    while (end > first && !cornu_window_reads_(a, 2, place, end - 1, &at)) end--;
    sum_places(a, row, place, 1, first, end);
}

/* Rows of the output, with one kernel per channel. */
static void run_in_registers(void *context, int64_t begin, int64_t end, int thread) {
    const depthwise_job *job = context;
    const depthwise_kernel *k = job->kernel;
    const cornu_window_axes *a = &k->axes;
    int64_t rows = a->out[0] * a->out[1], channels = a->out_channels, from, past, all, input;
    const float *x[MOST_ROWS], *w[MOST_ROWS];
    bool far = a->in[0] * a->in[1] * a->in[2] * channels >= FAR_FLOATS;
    (void)thread;
    cornu_window_places_(a, 2, 0, &from, &all);
    cornu_window_places_(a, 2, a->size[2] - 1, &all, &past);
    if (past < from) past = from = 0; /* nowhere all taps lie inside */
    for (int64_t row = begin; row < end; row++) {
        cornu_depthwise_row places = {
            .loops = k->loops,
            .y = job->y + row * a->out[2] * channels,
            .x = x,
            .w = w,
            .step = (size_t)(a->stride[2] * channels),
            .tap = (size_t)(a->dilation[2] * channels),
            .channels = (size_t)channels,
            .fresh = far ? (size_t)a->stride[1] : 0,
            .finish = {job->offset, 0, job->summand != NULL, k->code & CORNU_CONV_RELU, k->limit},
        };
        if (job->summand != NULL)
            places.finish.apart =
                ((intptr_t)job->summand - (intptr_t)job->y) / (intptr_t)sizeof(float);
        for (int64_t t = 0; t < a->size[0] * a->size[1]; t++) {
            if (!cornu_window_row_(a, row % rows, t / a->size[1], t % a->size[1], &input)) continue;
            input += row / rows * a->in[0] * a->in[1];
            x[places.rows] = job->x + input * a->in[2] * channels;
            w[places.rows++] = job->w + t * a->size[2] * channels;
        }
        for (int64_t p = 0; p < from; p++) sum_edge(a, &places, p);
        sum_places(a, &places, from, past - from, 0, a->size[2]);
        for (int64_t p = past; p < a->out[2]; p++) sum_edge(a, &places, p);
    }
}

/* Rows of the output, with several. */
static void run_forward(void *context, int64_t begin, int64_t end, int thread) {
    const depthwise_job *job = context;
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t rows = a->out[0] * a->out[1], channels = a->out_channels;
    for (int64_t row = begin; row < end; row++) {
        float *y = job->y + row * a->out[2] * channels;
        int64_t sample = row / rows * a->in[0] * a->in[1];
        memset(y, 0, (size_t)(a->out[2] * channels) * sizeof *y);
        for (int64_t t = 0; t < a->size[0] * a->size[1]; t++) {
            int64_t input, first, last, at;
            if (!cornu_window_row_(a, row % rows, t / a->size[1], t % a->size[1], &input)) continue;
            const float *x = spread(
                job->kernel, job->x + (sample + input) * a->in[2] * a->in_channels,
                room_of(job, thread)
            );
            for (int64_t tap = 0; tap < a->size[2]; tap++) {
                cornu_window_places_(a, 2, tap, &first, &last);
                if (first == last) continue;
                (void)cornu_window_reads_(a, 2, first, tap, &at);
                job->kernel->loops->window_multiply_add(
                    y + first * channels, (size_t)channels, x + at * channels,
                    (size_t)(a->stride[2] * channels), job->w + (t * a->size[2] + tap) * channels,
                    (size_t)(last - first), (size_t)channels
                );
            }
        }
    }
}

/* The row of places that reads row (at0, at1) of the input through an element of the window. */
static bool row_of_places(
    const cornu_window_axes *a, const int64_t at[2], const int64_t tap[2], int64_t *row
) {
    *row = 0;
    for (int i = 0; i < 2; i++) {
        int64_t shifted = at[i] + a->before[i] - tap[i] * a->dilation[i];
        if (shifted < 0 || shifted % a->stride[i] != 0 || shifted / a->stride[i] >= a->out[i])
            return false;
        *row = *row * a->out[i] + shifted / a->stride[i];
    }
    return true;
}

/* Rows of the input's gradient. */
static void run_input(void *context, int64_t begin, int64_t end, int thread) {
    const depthwise_job *job = context;
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t rows = a->in[0] * a->in[1], channels = a->out_channels, m = job->kernel->multiplier;
    for (int64_t row = begin; row < end; row++) {
        float *dx = job->x + row * a->in[2] * a->in_channels;
        float *wide = m == 1 ? dx : room_of(job, thread);
        const int64_t at[2] = {row % rows / a->in[1], row % a->in[1]};
        memset(wide, 0, (size_t)(a->in[2] * channels) * sizeof *wide);
        for (int64_t t = 0; t < a->size[0] * a->size[1]; t++) {
            const int64_t taps[2] = {t / a->size[1], t % a->size[1]};
            int64_t places, first, last, input;
            if (!row_of_places(a, at, taps, &places)) continue;
            places += row / rows * a->out[0] * a->out[1];
            for (int64_t tap = 0; tap < a->size[2]; tap++) {
                cornu_window_places_(a, 2, tap, &first, &last);
                if (first == last) continue;
                (void)cornu_window_reads_(a, 2, first, tap, &input);
                job->kernel->loops->window_multiply_add(
                    wide + input * channels, (size_t)(a->stride[2] * channels),
                    job->y + (places * a->out[2] + first) * channels, (size_t)channels,
                    job->w + (t * a->size[2] + tap) * channels, (size_t)(last - first),
                    (size_t)channels
                );
            }
        }
        for (int64_t i = 0; m > 1 && i < a->in[2] * a->in_channels; i++) {
            dx[i] = wide[i * m];
            for (int64_t k = 1; k < m; k++) dx[i] += wide[i * m + k];
        }
    }
}

/* Gradients of the kernel, one per sample. */
static void run_weights(void *context, int64_t begin, int64_t end, int thread) {
    const depthwise_job *job = context;
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t rows = a->out[0] * a->out[1], channels = a->out_channels;
    for (int64_t row = begin * rows; row < end * rows; row++) {
        int64_t sample = row / rows;
        float *sums = job->sums + sample * a->taps * channels;
        if (row % rows == 0) memset(sums, 0, (size_t)(a->taps * channels) * sizeof *sums);
        for (int64_t t = 0; t < a->size[0] * a->size[1]; t++) {
            int64_t input, first, last, at;
            if (!cornu_window_row_(a, row % rows, t / a->size[1], t % a->size[1], &input)) continue;
            input += sample * a->in[0] * a->in[1];
            const float *x = spread(
                job->kernel, job->x + input * a->in[2] * a->in_channels, room_of(job, thread)
            );
            for (int64_t tap = 0; tap < a->size[2]; tap++) {
                cornu_window_places_(a, 2, tap, &first, &last);
                if (first == last) continue;
                (void)cornu_window_reads_(a, 2, first, tap, &at);
                job->kernel->loops->window_dot(
                    sums + (t * a->size[2] + tap) * channels, x + at * channels,
                    (size_t)(a->stride[2] * channels),
                    job->y + (row * a->out[2] + first) * channels, (size_t)channels,
                    (size_t)(last - first), (size_t)channels
                );
            }
        }
    }
}

/* ---- kernels ---- */
bool cornu_cpu_depthwise_finishes_(const cornu_window_axes *a) {
    return a->in_channels == a->out_channels && a->size[0] * a->size[1] <= MOST_ROWS;
}

static cornu_status execute_forward(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const depthwise_kernel *kernel = (const depthwise_kernel *)base;
    const cornu_window_axes *a = &kernel->axes;
    depthwise_job job = {.kernel = kernel, .x = buffers[0], .w = buffers[1], .rooms = workspace};
    bool in_registers = cornu_cpu_depthwise_finishes_(a);
    int at = 2;
    if (kernel->code & CORNU_CONV_OFFSET) job.offset = buffers[at++];
    if (kernel->code & CORNU_CONV_SUMMAND) job.summand = buffers[at++];
    job.y = buffers[at];
    cornu_parallel_(
        a->batch * a->out[0] * a->out[1], kernel->threads,
        in_registers ? run_in_registers : run_forward, &job
    );
    return CORNU_OK;
}

static cornu_status execute_input(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const depthwise_kernel *kernel = (const depthwise_kernel *)base;
    const cornu_window_axes *a = &kernel->axes;
    depthwise_job job = {
        .kernel = kernel, .x = buffers[2], .w = buffers[1], .y = buffers[0], .rooms = workspace};
    cornu_parallel_(a->batch * a->in[0] * a->in[1], kernel->threads, run_input, &job);
    return CORNU_OK;
}

/* Floats of the rooms, in whole cache lines. */
static size_t rooms_size(const depthwise_kernel *kernel) {
    const cornu_window_axes *a = &kernel->axes;
    if (kernel->multiplier == 1) return 0;
    return cornu_aligned_size_(
        (size_t)(kernel->threads * a->in[2] * a->out_channels) * sizeof(float)
    );
}

static cornu_status execute_weights(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const depthwise_kernel *kernel = (const depthwise_kernel *)base;
    const cornu_window_axes *a = &kernel->axes;
    float *sums = (float *)(void *)((char *)workspace + rooms_size(kernel));
    depthwise_job job = {
        .kernel = kernel,
        .x = buffers[0],
        .w = buffers[2],
        .y = buffers[1],
        .rooms = workspace,
        .sums = sums};
    cornu_parallel_(a->batch, kernel->threads, run_weights, &job);
    float *w = buffers[2];
    int64_t size = a->taps * a->out_channels;
    memcpy(w, sums, (size_t)size * sizeof *w);
    for (int64_t sample = 1; sample < a->batch; sample++)
        kernel->loops->window_add(
            w, (size_t)size, sums + sample * size, (size_t)size, 1, (size_t)size
        );
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_depthwise_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    static const struct {
        int x, w, y;
        cornu_status (*execute)(const cornu_kernel *, void *const *, void *);
    } kinds[] = {{0, 1, 2, execute_forward}, {2, 1, 0, execute_input}, {0, 2, 1, execute_weights}};
    int kind = (int)(desc->kind - CORNU_KERNEL_CONV);
    depthwise_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    cornu_window_axes *a = &kernel->axes;
    *a = cornu_window_axes_(
        desc->stencil, &desc->operands[kinds[kind].x],
        &desc->operands[kind == 0 ? desc->operand_count - 1 : kinds[kind].y],
        &desc->operands[kinds[kind].w]
    );
    if (desc->code != 0 && !cornu_cpu_depthwise_finishes_(a))
        return destroy(&kernel->base), CORNU_EUNSUPPORTED;
    kernel->code = desc->code;
    kernel->limit = desc->value[0] > 0 ? (float)desc->value[0] : INFINITY;
    kernel->multiplier = a->out_channels / a->in_channels;
    kernel->loops = cornu_cpu_loops_();
    kernel->threads = cornu_threads_for_(a->batch * a->out_places * a->taps * a->out_channels / 4);
    kernel->base.execute = kinds[kind].execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu depthwise";
    kernel->base.workspace_size = rooms_size(kernel);
    if (desc->kind == CORNU_KERNEL_CONV_WEIGHTS)
        kernel->base.workspace_size +=
            (size_t)(a->batch * a->taps * a->out_channels) * sizeof(float);
    *out = &kernel->base;
    return CORNU_OK;
}
