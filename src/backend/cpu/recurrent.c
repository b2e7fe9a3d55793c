/* LSTM and GRU over time, and the way back, in float32. Rows of the batch know nothing of one
 * another, so each thread takes some of them through all steps by itself. The weights are packed
 * once; each step is one product of a few rows by them and a pass over the gates. */
#include "cpu.h"
#include "isa.h"
#include "matmul.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum {
    GROUP = 8,      /* rows of a product */
    MOST_ROWS = 64, /* that a thread takes along at once */
};

typedef struct recurrent_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    bool lstm, back, masked;
    int64_t batch, time, units;
    int64_t columns;         /* of w: 4 or 3 times units */
    int64_t inner, width;    /* the product: [rows, inner] * [inner, width] */
    int64_t stride;          /* width rounded up to whole panels: of the rows of a product */
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
    float *left;    /* [rows, inner], the left side of a product */
    float *product; /* [rows, stride] */
    float *states;  /* back: [rows, units], gradients of h but for what products add */
    float *cells;   /* LSTM back: [rows, units], gradients of c */
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

/* Rows of one step lie far from one another, where the processor does not fetch ahead by itself. */
static void fetch(const float *from, int64_t count) {
    enum { LINE = 16 };
    for (int64_t i = 0; i < count; i += LINE) __builtin_prefetch(from + i);
}

/* ---- products ---- */
/* product = the left side times the weights */
static void multiply(const block *b) {
    const recurrent_kernel *k = b->k;
    k->loops->panel_product(
        (size_t)round_up(b->count, GROUP), (size_t)k->stride, (size_t)k->inner, b->left, b->weights,
        b->product
    );
}

/* Columns [at, at + count) of the left side: those of rows that lie `stride` apart. */
static void take_rows(
    const block *b, const float *from, int64_t stride, int64_t at, int64_t count
) {
    for (int64_t i = 0; i < b->count; i++)
        memcpy(b->left + i * b->k->inner + at, from + i * stride, (size_t)count * sizeof(float));
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
    const float *h_first = b->buffers[2], *c_first = b->buffers[3];
    float *y = b->buffers[k->masked ? 5 : 4];
    size_t n = (size_t)k->units, plane = plane_size(k);
    const float *before = state_before(k, y + plane, c_first, row, t);
    float *h = y + place(k, row, t);
    if (!counts(b, row, t)) {
        keep_states(b, row, t, 6, h_first);
        memcpy(h + plane, before, n * sizeof *h);
        return;
    }
    const float *x = (const float *)b->buffers[0] + (row * k->time + t) * k->columns;
    k->loops->lstm_forward(n, h, b->product + (row - b->first) * k->stride, x, plane, before);
}

static void gru_step(const block *b, int64_t row, int64_t t) {
    const recurrent_kernel *k = b->k;
    const float *x = (const float *)b->buffers[0] + (row * k->time + t) * k->columns;
    const float *first = b->buffers[3];
    float *y = b->buffers[k->masked ? 5 : 4];
    if (!counts(b, row, t)) {
        keep_states(b, row, t, 5, first);
        return;
    }
    k->loops->gru_forward(
        (size_t)k->units, y + place(k, row, t), b->product + (row - b->first) * k->stride,
        b->buffers[2], x, plane_size(k), state_before(k, y, first, row, t)
    );
}

static void run_forward(const block *b) {
    const recurrent_kernel *k = b->k;
    const float *x = b->buffers[0], *first = b->buffers[k->lstm ? 2 : 3];
    const float *y = b->buffers[k->masked ? 5 : 4];
    for (int64_t t = 0; t < k->time; t++) {
        take_rows(
            b, state_before(k, y, first, b->first, t), t > 0 ? k->time * k->units : k->units, 0,
            k->units
        );
        multiply(b);
        for (int64_t i = 0; i < b->count; i++) {
            if (t + 1 < k->time)
                fetch(x + ((b->first + i) * k->time + t + 1) * k->columns, k->columns);
            (k->lstm ? lstm_step : gru_step)(b, b->first + i, t);
        }
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
    float *d = gradient_row(b, row, t), *dh = b->states + (row - b->first) * k->units;
    float *dc = k->lstm ? b->cells + (row - b->first) * k->units : NULL;
    loops->tile[CORNU_EW_ADD](dh, dh, b->product + (row - b->first) * k->stride, NULL, n);
    if (!counts(b, row, t)) {
        loops->tile[CORNU_EW_ADD](dh, dh, dy, NULL, n);
        if (k->lstm) loops->tile[CORNU_EW_ADD](dc, dc, dy + plane, NULL, n);
        memset(d, 0, 4 * n * sizeof *d);
    } else if (k->lstm) {
        loops->lstm_back(n, d, dh, dc, at, dy, plane, state_before(k, y + plane, first, row, t));
    } else {
        loops->gru_back(n, d, dh, at, dy, plane, state_before(k, y, first, row, t));
    }
}

static void run_back(const block *b) {
    const recurrent_kernel *k = b->k;
    size_t n = (size_t)k->units, bytes = n * sizeof(float);
    int64_t stride = (k->time + 1) * 4 * k->units, planes = k->lstm ? 6 : 5;
    const float *y = b->buffers[0], *dy = b->buffers[1];
    memset(b->product, 0, (size_t)(k->rows * k->stride) * sizeof(float));
    memset(b->states, 0, (size_t)k->rows * bytes);
    if (k->lstm) memset(b->cells, 0, (size_t)k->rows * bytes);
    for (int64_t t = k->time - 1; t >= 0; t--) {
        for (int64_t i = 0; i < b->count; i++) {
            for (int64_t plane = 0; plane < planes && t > 0; plane++) {
                int64_t at = place(k, b->first + i, t - 1) + plane * (int64_t)plane_size(k);
                fetch(y + at, k->units);
                fetch(dy + at, k->units);
            }
            step_back(b, b->first + i, t);
        }
        const float *d = gradient_row(b, b->first, t);
        if (k->lstm) {
            take_rows(b, d, stride, 0, 4 * k->units);
        } else { /* those of x and of the product are the same for z and r alone */
            take_rows(b, d, stride, 0, 2 * k->units);
            take_rows(b, d + 3 * n, stride, 2 * k->units, k->units);
        }
        multiply(b);
    }
    for (int64_t i = 0; i < b->count; i++) {
        float *first = gradient_row(b, b->first + i, -1);
        memset(first, 0, 4 * bytes);
        k->loops->tile[CORNU_EW_ADD](
            first, b->states + i * k->units, b->product + i * k->stride, NULL, n
        );
        if (k->lstm) memcpy(first + n, b->cells + i * k->units, bytes);
    }
}

/* ---- the kernel ---- */
static void run_blocks(void *context, int64_t begin, int64_t end, int thread) {
    const recurrent_job *job = context;
    const recurrent_kernel *k = job->kernel;
    float *own = job->scratch + thread * k->scratch;
    block b = {.k = k, .buffers = job->buffers, .weights = job->panels, .left = own};
    b.product = b.left + k->rows * k->inner;
    b.states = b.product + k->rows * k->stride;
    b.cells = b.states + k->rows * k->units;
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
    int64_t tile = (int64_t)k->loops->gemm_columns;
    k->columns = (k->lstm ? 4 : 3) * k->units;
    k->inner = k->back ? k->columns : k->units;
    k->width = k->back ? k->units : k->columns;
    k->stride = round_up(k->width, tile);
    k->threads = cornu_threads_for_(k->batch * k->time * k->units * k->columns / 8);
    /* as many rows as leave each thread a block */
    k->rows = smaller(round_up((k->batch + k->threads - 1) / k->threads, GROUP), MOST_ROWS);
    if (k->rows == 0) k->rows = GROUP;
    k->panels = round_up(k->stride * k->inner, 16);
    k->scratch = round_up(k->rows * (k->inner + k->stride + 2 * k->units), 16);
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
