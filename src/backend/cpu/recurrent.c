/* LSTM and GRU over time, and the way back, in float32. Rows of the batch know nothing of one
 * another, so each thread takes some of them through all steps by itself. The weights are packed
 * once; each step is one product of a few rows by them and a pass over the gates. */
#include "cpu.h"
#include "isa.h"
#include "matmul.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum { MOST_GROUPS = 4 }; /* of gemm_rows rows that a thread takes along at once */

typedef struct recurrent_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    bool lstm, back, masked;
    int64_t batch, time, units;
    int64_t columns;         /* of w: 4 or 3 times units */
    int64_t inner, width;    /* the product: [rows, inner] * [inner, width] */
    int64_t stride;          /* width rounded up to whole tiles: of the rows of a product */
    int64_t rows;            /* of a block */
    int64_t panels, scratch; /* floats for packed weights, and for each thread */
    int threads;
} recurrent_kernel;

typedef struct recurrent_job {
    const recurrent_kernel *kernel;
    void *const *buffers;
    float *panels, *scratch;
} recurrent_job;

/* Rows first .. first + count - 1 of the batch, and a thread's memory. */
typedef struct block {
    const recurrent_kernel *k;
    void *const *buffers;
    const float *weights; /* packed */
    int64_t first, count;
    float *panel;   /* rows of the left side, packed */
    float *product; /* [rows, stride] */
    float *cells;   /* LSTM back: [rows, units], gradients of c */
    float *top;     /* LSTM back: [units] */
} block;

static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- where things are ---- */
static bool counts(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    if (!k->masked) return true;
    const unsigned char *mask = b->buffers[4];
    return mask[row * k->time + t] != 0;
}

/* Elements from plane to plane of y, and where a row's step begins in the first. */
static size_t plane_size(const recurrent_kernel *k) {
    return (size_t)(k->batch * k->time * k->units);
}
static int64_t place(const recurrent_kernel *k, int64_t row, int64_t t) {
    return (row * k->time + t) * k->units;
}

/* A state before step t: of a plane of y, or what it was at first. */
static const float *state_before(
    const recurrent_kernel *k, const float *plane, const float *first, int64_t row, int64_t t
) {
    return t > 0 ? plane + place(k, row, t - 1) : first + row * k->units;
}

/* ---- products ---- */
/* product += the packed rows times the weights */
static void multiply(const block *b) {
    const cornu_cpu_loops *loops = b->k->loops;
    int64_t rows = (int64_t)loops->gemm_rows, columns = (int64_t)loops->gemm_columns;
    for (int64_t j = 0; j < b->k->stride; j += columns)
        for (int64_t i = 0; i < b->count; i += rows)
            loops->gemm_block(
                (size_t)b->k->inner, b->panel + i * b->k->inner, b->weights + j * b->k->inner,
                b->product + i * b->k->stride + j, (size_t)b->k->stride
            );
}

/* Columns [from, from + count) of the left side, of rows `stride` apart, as [at, at + count) of the
 * packed ones. */
static void pack_rows(
    const block *b, const float *from, int64_t stride, int64_t at, int64_t count
) {
    int64_t width = (int64_t)b->k->loops->gemm_rows;
    for (int64_t i = 0; i < b->count; i += width)
        cornu_gemm_pack_(
            b->panel + i * b->k->inner + at * width, from + i * stride,
            smaller(width, b->count - i), stride, count, 1, width
        );
}

/* ---- forward ---- */
static void keep_states(const block *b, int64_t row, int64_t t, int planes, const float *first) {
    const recurrent_kernel *k = b->k;
    float *y = b->buffers[k->masked ? 5 : 4];
    size_t bytes = (size_t)k->units * sizeof(float), plane = plane_size(k);
    memcpy(y + place(k, row, t), state_before(k, y, first, row, t), bytes);
    for (int i = 1; i < planes; i++) memset(y + (size_t)i * plane + place(k, row, t), 0, bytes);
}

static void lstm_step(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    const cornu_cpu_loops *loops = k->loops;
    const float *h_first = b->buffers[2], *c_first = b->buffers[3];
    float *y = b->buffers[k->masked ? 5 : 4];
    size_t n = (size_t)k->units, plane = plane_size(k);
    const float *before = state_before(k, y + plane, c_first, row, t);
    float *h = y + place(k, row, t), *c = h + plane;
    float *i = c + plane, *f = i + plane, *g = f + plane, *o = g + plane;
    if (!counts(b, row, t)) {
        keep_states(b, row, t, 6, h_first);
        memcpy(c, before, n * sizeof *c);
        return;
    }
    const float *sum = b->product + (row - b->first) * k->stride;
    loops->tile[CORNU_EW_SIGMOID](i, sum, NULL, NULL, n);
    loops->tile[CORNU_EW_SIGMOID](f, sum + n, NULL, NULL, n);
    loops->tile[CORNU_EW_TANH](g, sum + 2 * n, NULL, NULL, n);
    loops->tile[CORNU_EW_SIGMOID](o, sum + 3 * n, NULL, NULL, n);
    loops->tile[CORNU_EW_MULTIPLY](c, f, before, NULL, n);
    loops->pair[CORNU_CPU_MULTIPLY_ADD](c, c, i, g, n);
    loops->tile[CORNU_EW_TANH](h, c, NULL, NULL, n);
    loops->tile[CORNU_EW_MULTIPLY](h, o, h, NULL, n);
}

static void gru_step(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    const cornu_cpu_loops *loops = k->loops;
    const float *x = (const float *)b->buffers[0] + (row * k->time + t) * k->columns;
    const float *first = b->buffers[3];
    float *y = b->buffers[k->masked ? 5 : 4];
    size_t n = (size_t)k->units, plane = plane_size(k);
    float *h = y + place(k, row, t), *z = h + plane;
    float *r = z + plane, *g = r + plane, *q = g + plane;
    if (!counts(b, row, t)) {
        keep_states(b, row, t, 5, first);
        return;
    }
    float *inner = b->product + (row - b->first) * k->stride;
    memcpy(q, inner + 2 * n, n * sizeof *q);
    loops->tile[CORNU_EW_ADD](inner, inner, x, NULL, 2 * n);
    loops->tile[CORNU_EW_SIGMOID](z, inner, NULL, NULL, n);
    loops->tile[CORNU_EW_SIGMOID](r, inner + n, NULL, NULL, n);
    loops->pair[CORNU_CPU_MULTIPLY_ADD](g, x + 2 * n, r, q, n);
    loops->tile[CORNU_EW_TANH](g, g, NULL, NULL, n);
    loops->pair[CORNU_CPU_LERP](h, state_before(k, y, first, row, t), g, z, n);
}

static void run_forward(const block *b) {
    const recurrent_kernel *k = b->k;
    const float *x = b->buffers[0], *first = b->buffers[k->lstm ? 2 : 3];
    const float *y = b->buffers[k->masked ? 5 : 4], *bias = k->lstm ? NULL : b->buffers[2];
    size_t bytes = (size_t)k->columns * sizeof(float);
    memset(b->product, 0, (size_t)(k->rows * k->stride) * sizeof(float));
    for (int64_t t = 0; t < k->time; t++) {
        for (int64_t i = 0; i < b->count; i++) {
            const float *start = k->lstm ? x + ((b->first + i) * k->time + t) * k->columns : bias;
            memcpy(b->product + i * k->stride, start, bytes);
        }
        pack_rows(
            b, state_before(k, y, first, b->first, t), t > 0 ? k->time * k->units : k->units, 0,
            k->units
        );
        multiply(b);
        for (int64_t i = 0; i < b->count; i++) (k->lstm ? lstm_step : gru_step)(b, b->first + i, t);
    }
}

/* ---- back ---- */
/* d[4 * units] of a step; the states' at first for t = -1 */
static float *gradient_row(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    float *d = b->buffers[k->masked ? 5 : 4];
    return d + (row * (k->time + 1) + t + 1) * 4 * k->units;
}

static void step_back(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    const cornu_cpu_loops *loops = k->loops;
    size_t n = (size_t)k->units, plane = plane_size(k);
    const float *y = b->buffers[0], *first = b->buffers[3];
    const float *at = y + place(k, row, t), *dy = (float *)b->buffers[1] + place(k, row, t);
    float *d = gradient_row(b, row, t), *dh = b->product + (row - b->first) * k->stride;
    float *dc = k->lstm ? b->cells + (row - b->first) * k->units : NULL;
    loops->tile[CORNU_EW_ADD](dh, dh, dy, NULL, n);
    if (k->lstm) loops->tile[CORNU_EW_ADD](dc, dc, dy + plane, NULL, n);
    if (!counts(b, row, t)) {
        memset(d, 0, 4 * n * sizeof *d);
    } else if (k->lstm) {
        loops->tile[CORNU_EW_TANH](b->top, at + plane, NULL, NULL, n);
        loops->lstm_back(
            n, d, dh, dc, at, dy, plane, state_before(k, y + plane, first, row, t), b->top
        );
    } else {
        loops->gru_back(n, d, dh, at, dy, plane, state_before(k, y, first, row, t));
    }
}

static void run_back(const block *b) {
    const recurrent_kernel *k = b->k;
    size_t n = (size_t)k->units, bytes = n * sizeof(float);
    int64_t stride = (k->time + 1) * 4 * k->units;
    memset(b->product, 0, (size_t)(k->rows * k->stride) * sizeof(float));
    if (k->lstm) memset(b->cells, 0, (size_t)k->rows * bytes);
    for (int64_t t = k->time - 1; t >= 0; t--) {
        for (int64_t i = 0; i < b->count; i++) step_back(b, b->first + i, t);
        const float *d = gradient_row(b, b->first, t);
        if (k->lstm) {
            pack_rows(b, d, stride, 0, 4 * k->units);
        } else { /* those of x and of the product are the same for z and r alone */
            pack_rows(b, d, stride, 0, 2 * k->units);
            pack_rows(b, d + 3 * n, stride, 2 * k->units, k->units);
        }
        multiply(b);
    }
    for (int64_t i = 0; i < b->count; i++) {
        float *first = gradient_row(b, b->first + i, -1);
        memset(first, 0, 4 * bytes);
        memcpy(first, b->product + i * k->stride, bytes);
        if (k->lstm) memcpy(first + n, b->cells + i * k->units, bytes);
    }
}

/* ---- the kernel ---- */
static void run_blocks(void *context, int64_t begin, int64_t end, int thread) {
    const recurrent_job *job = context;
    const recurrent_kernel *k = job->kernel;
    float *own = job->scratch + thread * k->scratch;
    block b = {.k = k, .buffers = job->buffers, .weights = job->panels, .panel = own};
    b.product = b.panel + k->rows * k->inner;
    b.cells = b.product + k->rows * k->stride;
    b.top = b.cells + k->rows * k->units;
    for (int64_t i = begin; i < end; i++) {
        b.first = i * k->rows;
        b.count = smaller(k->rows, k->batch - b.first);
        if (k->back) run_back(&b);
        else run_forward(&b);
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const recurrent_kernel *k = (const recurrent_kernel *)base;
    recurrent_job job = {k, buffers, workspace, (float *)workspace + k->panels};
    const float *w = buffers[k->back ? 2 : 1];
    int64_t tile = (int64_t)k->loops->gemm_columns;
    /* [units, columns] as it is, or, on the way back, transposed */
    memset(job.panels, 0, (size_t)k->panels * sizeof(float));
    cornu_gemm_pack_(
        job.panels, w, k->width, k->back ? k->columns : 1, k->inner, k->back ? 1 : k->columns, tile
    );
    cornu_parallel_((k->batch + k->rows - 1) / k->rows, k->threads, run_blocks, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

static void plan(recurrent_kernel *k) {
    int64_t rows = (int64_t)k->loops->gemm_rows, tile = (int64_t)k->loops->gemm_columns;
    k->columns = (k->lstm ? 4 : 3) * k->units;
    k->inner = k->back ? k->columns : k->units;
    k->width = k->back ? k->units : k->columns;
    k->stride = round_up(k->width, tile);
    k->threads = cornu_threads_for_(k->batch * k->time * k->units * k->columns / 8);
    int64_t groups = MOST_GROUPS; /* as many as leave each thread a block */
    while (groups > 1 && k->batch < k->threads * groups * rows) groups--;
    k->rows = groups * rows;
    k->panels = round_up(k->stride * k->inner, 16);
    k->scratch = round_up(k->rows * (k->inner + k->stride + k->units) + k->units, 16);
    k->base.workspace_size = (size_t)(k->panels + k->threads * k->scratch) * sizeof(float);
}

cornu_status cornu_cpu_recurrent_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *first = &desc->operands[0];
    if (first->dtype != CORNU_FLOAT32) return CORNU_EUNSUPPORTED;
    recurrent_kernel *k = cornu_alloc_(sizeof *k);
    if (!k) return CORNU_ENOMEM;
    k->base.execute = execute;
    k->base.destroy = destroy;
    k->loops = cornu_cpu_loops_();
    k->lstm = desc->kind == CORNU_KERNEL_LSTM || desc->kind == CORNU_KERNEL_LSTM_GRADIENT;
    k->back = desc->kind == CORNU_KERNEL_LSTM_GRADIENT || desc->kind == CORNU_KERNEL_GRU_GRADIENT;
    k->base.implementation = k->lstm ? "cpu lstm" : "cpu gru";
    k->masked = desc->operand_count == 6;
    int batch_axis = k->back ? 1 : 0;
    k->batch = first->dims[batch_axis];
    k->time = first->dims[batch_axis + 1];
    k->units = desc->operands[k->back ? 2 : 1].dims[0];
    plan(k);
    *out = &k->base;
    return CORNU_OK;
}
