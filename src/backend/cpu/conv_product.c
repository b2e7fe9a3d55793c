/* Convolution as a matrix product: the window of every place is written out as a row, [places,
 * taps * channels], sample by sample and group by group, which our own product multiplies. Serves
 * builds without oneDNN, exact mode, and what oneDNN has no fast code for. Every element is summed
 * in the same order whatever the number of threads. */
#include "matmul.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <string.h>

typedef struct product_kernel {
    cornu_kernel base;
    cornu_window_axes axes;
    cornu_kernel_kind kind;
    int64_t c, o;          /* channels of one group */
    cornu_kernel *product; /* owned */
    int threads;
    size_t columns_at, part_at; /* in the workspace, behind the product's own */
} product_kernel;

typedef struct product_job {
    const product_kernel *kernel;
    float *x;       /* one sample, at the first channel of the group */
    float *columns; /* [places, taps, c] */
} product_job;

/* ---- windows as rows ---- */
static void write_out(void *context, int64_t begin, int64_t end, int thread) {
    const product_job *job = context;
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t c = job->kernel->c, place[3], tap[3], input;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        float *to = job->columns + row * a->taps * c;
        cornu_window_split_(row, a->out, place);
        for (int64_t t = 0; t < a->taps; t++, to += c) {
            cornu_window_split_(t, a->size, tap);
            bool inside = cornu_window_locate_(a, place, tap, &input);
            if (inside) memcpy(to, job->x + input * a->in_channels, (size_t)c * sizeof *to);
            else memset(to, 0, (size_t)c * sizeof *to);
        }
    }
}

/* The way back: what lies over an element is added up. */
static void add_up(const product_job *job) {
    const cornu_window_axes *a = &job->kernel->axes;
    int64_t c = job->kernel->c, place[3], tap[3], input;
    const float *from = job->columns;
    for (int64_t row = 0; row < a->out_places; row++) {
        cornu_window_split_(row, a->out, place);
        for (int64_t t = 0; t < a->taps; t++, from += c) {
            cornu_window_split_(t, a->size, tap);
            if (!cornu_window_locate_(a, place, tap, &input)) continue;
            float *to = job->x + input * a->in_channels;
            for (int64_t i = 0; i < c; i++) to[i] += from[i];
        }
    }
}

/* ---- the three kinds, for one sample and one group ---- */
typedef struct operands {
    float *x, *w, *y; /* at the first channel of the group */
    float *columns, *part;
    void *workspace;
    bool first; /* sample: sums begin */
} operands;

static cornu_status multiply(const product_kernel *kernel, void *a, void *b, void *c, void *room) {
    return kernel->product->execute(kernel->product, (void *const[]){a, b, c}, room);
}

/* Copies or adds rows of `part`, [rows, o] dense, to a matrix whose rows are `step` apart. */
static void put(float *to, int64_t step, const float *part, int64_t rows, int64_t o, bool add) {
    for (int64_t row = 0; row < rows; row++, to += step, part += o) {
        for (int64_t j = 0; j < o; j++) to[j] = add ? to[j] + part[j] : part[j];
    }
}

static cornu_status one(const product_kernel *kernel, const operands *p) {
    const cornu_window_axes *a = &kernel->axes;
    product_job job = {kernel, p->x, p->columns};
    if (kernel->kind == CORNU_KERNEL_CONV_INPUT) {
        CORNU_TRY(multiply(kernel, p->y, p->w, p->columns, p->workspace));
        add_up(&job);
        return CORNU_OK;
    }
    cornu_parallel_(a->out_places, kernel->threads, write_out, &job);
    if (kernel->kind == CORNU_KERNEL_CONV) {
        CORNU_TRY(multiply(kernel, p->columns, p->w, p->part, p->workspace));
        put(p->y, a->out_channels, p->part, a->out_places, kernel->o, false);
        return CORNU_OK;
    }
    CORNU_TRY(multiply(kernel, p->columns, p->y, p->part, p->workspace));
    put(p->w, a->out_channels, p->part, a->taps * kernel->c, kernel->o, !p->first);
    return CORNU_OK;
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    static const int at[3][3] = {{0, 1, 2}, {2, 1, 0}, {0, 2, 1}};
    const product_kernel *kernel = (const product_kernel *)base;
    const cornu_window_axes *a = &kernel->axes;
    const int *operand = at[kernel->kind - CORNU_KERNEL_CONV];
    int64_t x_size = a->in_places * a->in_channels, y_size = a->out_places * a->out_channels;
    float *x = buffers[operand[0]], *w = buffers[operand[1]], *y = buffers[operand[2]];
    if (kernel->kind == CORNU_KERNEL_CONV_INPUT)
        memset(x, 0, (size_t)(a->batch * x_size) * sizeof *x);
    for (int64_t sample = 0; sample < a->batch; sample++, x += x_size, y += y_size) {
        for (int64_t group = 0; group < a->groups; group++) {
            operands p = {
                .x = x + group * kernel->c,
                .w = w + group * kernel->o,
                .y = y + group * kernel->o,
                .columns = (float *)(void *)((char *)workspace + kernel->columns_at),
                .part = (float *)(void *)((char *)workspace + kernel->part_at),
                .workspace = workspace,
                .first = sample == 0,
            };
            CORNU_TRY(one(kernel, &p));
        }
    }
    return CORNU_OK;
}

/* ---- creation ---- */
/* The product's operands: columns by w, y by w transposed, or columns transposed by y. */
static cornu_matmul_shape shape_of(const product_kernel *kernel) {
    const cornu_window_axes *a = &kernel->axes;
    int64_t places = a->out_places, window = a->taps * kernel->c, channels = a->out_channels;
    cornu_matmul_shape s = {.batch = 1};
    if (kernel->kind == CORNU_KERNEL_CONV) {
        s.m = places, s.k = window, s.n = kernel->o;
        s.a_row = window, s.a_column = 1, s.b_row = channels, s.b_column = 1;
    } else if (kernel->kind == CORNU_KERNEL_CONV_INPUT) {
        s.m = places, s.k = kernel->o, s.n = window;
        s.a_row = channels, s.a_column = 1, s.b_row = 1, s.b_column = channels;
    } else {
        s.m = window, s.k = places, s.n = kernel->o;
        s.a_row = 1, s.a_column = window, s.b_row = channels, s.b_column = 1;
    }
    return s;
}

static void destroy(cornu_kernel *base) {
    product_kernel *kernel = (product_kernel *)base;
    if (kernel->product) kernel->product->destroy(kernel->product);
    cornu_free_(kernel);
}

cornu_status cornu_cpu_conv_product_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    static const int at[3][3] = {{0, 1, 2}, {2, 1, 0}, {0, 2, 1}};
    const int *operand = at[desc->kind - CORNU_KERNEL_CONV];
    product_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    cornu_window_axes *a = &kernel->axes;
    *a = cornu_window_axes_(
        desc->stencil, &desc->operands[operand[0]], &desc->operands[operand[2]],
        &desc->operands[operand[1]]
    );
    kernel->kind = desc->kind;
    kernel->c = a->in_channels / a->groups;
    kernel->o = a->out_channels / a->groups;
    kernel->threads = cornu_threads_for_(a->out_places * a->taps * kernel->c);
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu product of windows";
    cornu_matmul_shape shape = shape_of(kernel);
    cornu_status status = cornu_cpu_gemm_(&shape, &kernel->product);
    if (status != CORNU_OK) {
        destroy(&kernel->base);
        return status;
    }
    size_t columns = (size_t)(a->out_places * a->taps * kernel->c) * sizeof(float);
    size_t part = (size_t)(shape.m * shape.n) * sizeof(float);
    kernel->columns_at = cornu_aligned_size_(kernel->product->workspace_size);
    kernel->part_at = cornu_aligned_size_(kernel->columns_at + columns);
    kernel->base.workspace_size = kernel->part_at;
    if (desc->kind != CORNU_KERNEL_CONV_INPUT) kernel->base.workspace_size += part;
    *out = &kernel->base;
    return CORNU_OK;
}
