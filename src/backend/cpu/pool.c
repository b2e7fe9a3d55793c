/* Pooling of float32 by loops over rows of places.
 *
 * The gradient of a maximum finds the largest element again instead of having been told: that reads
 * x once more, and costs less than writing and reading an index. Rows of outputs, or whole samples
 * for gradients, are shared out among threads. Windows that have no element in common, the most
 * usual ones, are looked at one by one, each element once. */
#include "isa.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <math.h>
#include <string.h>

enum { MOST_APART = 27 }; /* elements of windows that are apart */

typedef struct pool_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_window_axes axes;
    bool max;
    bool positive;                /* gradients go to elements above 0 alone */
    bool apart;                   /* windows have no element in common and lie inside */
    bool covers;                  /* and every element is in one of them */
    ptrdiff_t offset[MOST_APART]; /* of the elements of a window from its first */
    int threads;
} pool_kernel;

typedef struct pool_job {
    const pool_kernel *kernel;
    const float *x, *dy;
    float *y, *dx;
    float *rooms; /* per thread: two rows of places */
} pool_job;

static int64_t row_size(const cornu_window_axes *a) { return a->out[2] * a->in_channels; }

/* Calls `visit` for every element of the windows of one row of places, in order: the places at
 * which it lies inside, and where the first of these reads. */
typedef void visit_function(
    const pool_job *job, int64_t input, int64_t place, int64_t places, float *row, float *other
);
static void visit_row(
    const pool_job *job, int64_t row, visit_function *visit, float *own, float *other
) {
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t rows = a->out[0] * a->out[1], sample = row / rows * a->in[0] * a->in[1];
    for (int64_t tap0 = 0; tap0 < a->size[0]; tap0++) {
        for (int64_t tap1 = 0; tap1 < a->size[1]; tap1++) {
            int64_t input, begin, end, at;
            if (!cornu_window_row_(a, row % rows, tap0, tap1, &input)) continue;
            for (int64_t tap2 = 0; tap2 < a->size[2]; tap2++) {
                cornu_window_places_(a, 2, tap2, &begin, &end);
                if (begin == end) continue;
                (void)cornu_window_reads_(a, 2, begin, tap2, &at);
                at += (sample + input) * a->in[2];
                visit(job, at * a->in_channels, begin * a->in_channels, end - begin, own, other);
            }
        }
    }
}

static void visit_max(
    const pool_job *job, int64_t input, int64_t place, int64_t places, float *row, float *other
) {
    const cornu_window_axes *a = &job->kernel->axes;
    (void)other;
    job->kernel->loops->window_max(
        row + place, job->x + input, (size_t)places, (size_t)(a->stride[2] * a->in_channels),
        (size_t)a->in_channels
    );
}

static void visit_sum(
    const pool_job *job, int64_t input, int64_t place, int64_t places, float *row, float *other
) {
    const cornu_window_axes *a = &job->kernel->axes;
    (void)other;
    job->kernel->loops->window_add(
        row + place, (size_t)a->in_channels, job->x + input,
        (size_t)(a->stride[2] * a->in_channels), (size_t)places, (size_t)a->in_channels
    );
}

static void visit_share(
    const pool_job *job, int64_t input, int64_t place, int64_t places, float *row, float *other
) {
    const cornu_window_axes *a = &job->kernel->axes;
    (void)other;
    job->kernel->loops->window_add(
        job->dx + input, (size_t)(a->stride[2] * a->in_channels), row + place,
        (size_t)a->in_channels, (size_t)places, (size_t)a->in_channels
    );
}

static void visit_route(
    const pool_job *job, int64_t input, int64_t place, int64_t places, float *row, float *other
) {
    const cornu_window_axes *a = &job->kernel->axes;
    job->kernel->loops->window_route(
        job->dx + input, row + place, job->x + input, other + place, (size_t)places,
        (size_t)(a->stride[2] * a->in_channels), (size_t)a->in_channels
    );
}

/* How many elements of a window lie inside along one axis. */
static int64_t seen_along(const cornu_window_axes *a, int axis, int64_t place) {
    int64_t seen = 0, input;
    for (int64_t tap = 0; tap < a->size[axis]; tap++)
        seen += cornu_window_reads_(a, axis, place, tap, &input);
    return seen;
}

/* to = from, each place divided by the number of elements that its window sees. */
static void divide(const pool_kernel *kernel, int64_t row, const float *from, float *to) {
    const cornu_window_axes *a = &kernel->axes;
    row %= a->out[0] * a->out[1];
    int64_t outer = seen_along(a, 0, row / a->out[1]) * seen_along(a, 1, row % a->out[1]);
    for (int64_t place = 0; place < a->out[2]; place++) {
        float factor = 1.0f / (float)(outer * seen_along(a, 2, place));
        int64_t at = place * a->in_channels;
        kernel->loops->window_scale(to + at, from + at, (size_t)a->in_channels, factor);
    }
}

static void find_largest(const pool_job *job, int64_t row, float *largest) {
    int64_t size = row_size(&job->kernel->axes);
    for (int64_t i = 0; i < size; i++) largest[i] = -INFINITY;
    visit_row(job, row, visit_max, largest, NULL);
}

/* ---- windows apart ---- */
/* The first element of the first window of a row of places. */
static int64_t row_start(const cornu_window_axes *a, int64_t row) {
    int64_t rows = a->out[0] * a->out[1], sample = row / rows;
    int64_t at0 = row % rows / a->out[1] * a->size[0], at1 = row % a->out[1] * a->size[1];
    return (sample * a->in_places + (at0 * a->in[1] + at1) * a->in[2]) * a->in_channels;
}

static void run_rows_apart(const pool_job *job, int64_t begin, int64_t end) {
    const pool_kernel *kernel = job->kernel;
    const cornu_window_axes *a = &kernel->axes;
    for (int64_t row = begin; row < end; row++)
        kernel->loops->window_max_apart(
            job->y + row * row_size(a), job->x + row_start(a, row), kernel->offset, (size_t)a->taps,
            (size_t)a->out[2], (size_t)(a->size[2] * a->in_channels), (size_t)a->in_channels
        );
}

static void route_rows_apart(const pool_job *job, int64_t begin, int64_t end) {
    const pool_kernel *kernel = job->kernel;
    const cornu_window_axes *a = &kernel->axes;
    for (int64_t row = begin; row < end; row++) {
        int64_t start = row_start(a, row);
        kernel->loops->window_route_apart(
            job->dx + start, job->dy + row * row_size(a), job->x + start, kernel->offset,
            (size_t)a->taps, (size_t)a->out[2], (size_t)(a->size[2] * a->in_channels),
            (size_t)a->in_channels, kernel->positive
        );
    }
}

static void find_apart(pool_kernel *kernel) {
    const cornu_window_axes *a = &kernel->axes;
    kernel->apart = kernel->max && a->taps <= MOST_APART;
    kernel->covers = true;
    for (int i = 0; i < 3; i++) {
        kernel->apart = kernel->apart && a->stride[i] == a->size[i] && a->before[i] == 0 &&
                        a->dilation[i] == 1 && a->out[i] * a->size[i] <= a->in[i];
        kernel->covers = kernel->covers && a->out[i] * a->size[i] == a->in[i];
    }
    for (int64_t tap = 0; tap < a->taps && kernel->apart; tap++) {
        int64_t at[3];
        cornu_window_split_(tap, a->size, at);
        kernel->offset[tap] =
            (ptrdiff_t)(((at[0] * a->in[1] + at[1]) * a->in[2] + at[2]) * a->in_channels);
    }
}

/* ---- all ---- */
static void run_rows(void *context, int64_t begin, int64_t end, int thread) {
    const pool_job *job = context;
    int64_t size = row_size(&job->kernel->axes);
    (void)thread;
    if (job->kernel->apart) {
        run_rows_apart(job, begin, end);
        return;
    }
    for (int64_t row = begin; row < end; row++) {
        float *y = job->y + row * size;
        if (job->kernel->max) {
            find_largest(job, row, y);
        } else {
            memset(y, 0, (size_t)size * sizeof *y);
            visit_row(job, row, visit_sum, y, NULL);
            divide(job->kernel, row, y, y);
        }
    }
}

static void run_samples(void *context, int64_t begin, int64_t end, int thread) {
    const pool_job *job = context;
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t rows = a->out[0] * a->out[1], size = row_size(a);
    int64_t sample = a->in_places * a->in_channels;
    float *left = job->rooms + thread * 2 * size, *largest = left + size;
    if (!job->kernel->apart || !job->kernel->covers)
        memset(job->dx + begin * sample, 0, (size_t)((end - begin) * sample) * sizeof *job->dx);
    if (job->kernel->apart) {
        route_rows_apart(job, begin * rows, end * rows);
        return;
    }
    for (int64_t row = begin * rows; row < end * rows; row++) {
        const float *dy = job->dy + row * size;
        if (job->kernel->max) {
            find_largest(job, row, largest);
            memcpy(left, dy, (size_t)size * sizeof *left);
            for (int64_t i = 0; i < size && job->kernel->positive; i++)
                left[i] = largest[i] > 0 ? left[i] : 0;
            visit_row(job, row, visit_route, left, largest);
        } else {
            divide(job->kernel, row, dy, left);
            visit_row(job, row, visit_share, left, NULL);
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const pool_kernel *kernel = (const pool_kernel *)base;
    const cornu_window_axes *a = &kernel->axes;
    pool_job job = {.kernel = kernel, .x = buffers[0], .y = buffers[1]};
    cornu_parallel_(a->batch * a->out[0] * a->out[1], kernel->threads, run_rows, &job);
    return CORNU_OK;
}

static cornu_status execute_gradient(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const pool_kernel *kernel = (const pool_kernel *)base;
    pool_job job = {.kernel = kernel, .x = buffers[0], .rooms = workspace};
    job.dy = buffers[kernel->max ? 1 : 0];
    job.dx = buffers[kernel->max ? 2 : 1];
    cornu_parallel_(kernel->axes.batch, kernel->threads, run_samples, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_pool_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    bool gradient = desc->kind == CORNU_KERNEL_POOL_GRADIENT, max = desc->code == CORNU_REDUCE_MAX;
    int last = desc->operand_count - 1;
    /* selection serves second derivatives alone */
    if (desc->stencil == NULL || last != (gradient && max ? 2 : 1)) return CORNU_EUNSUPPORTED;
    for (int i = 0; i <= last; i++) {
        if (desc->operands[i].dtype != CORNU_FLOAT32 ||
            cornu_operand_size_(&desc->operands[i]) == 0)
            return CORNU_EUNSUPPORTED;
    }
    pool_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    const cornu_operand *x = &desc->operands[gradient ? last : 0];
    const cornu_operand *y = &desc->operands[gradient ? last - 1 : last];
    kernel->axes = cornu_window_axes_(desc->stencil, x, y, NULL);
    kernel->max = max;
    kernel->positive = desc->flag;
    find_apart(kernel);
    kernel->loops = cornu_cpu_loops_();
    kernel->threads = cornu_threads_for_(cornu_operand_size_(x));
    kernel->base.execute = gradient ? execute_gradient : execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = gradient ? "cpu pool gradient" : "cpu pool";
    if (gradient)
        kernel->base.workspace_size =
            (size_t)(kernel->threads * 2 * row_size(&kernel->axes)) * sizeof(float);
    *out = &kernel->base;
    return CORNU_OK;
}
