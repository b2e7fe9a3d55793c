/* Mean and variance of the columns of x[rows, n] in one pass over memory, and the two sums of their
 * derivative, in float32.
 *
 * Rows are cut into blocks that stay in the cache. Each block has a mean and a sum of
 * squares about it, taken one after the other; blocks are put together in double by the formula of
 * Chan, Golub and LeVeque (1983), so that a large mean costs no digits. Of few columns several rows
 * are added up side by side. Blocks join pieces, and pieces the result, in an order that depends on
 * the sizes alone. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"
#include <math.h>
#include <string.h>

enum {
    LANES = 512,     /* columns, or rows side by side, at once */
    DEEP = 24,       /* rows of lanes in a block */
    PIECE = 1 << 16, /* elements of a piece, at least */
    PIECES = 16,     /* at most */
};

typedef struct moments_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    bool products;
    int64_t rows, n;
    int64_t together; /* rows side by side in the lanes: 1 of many columns */
    int64_t piece, pieces;
    int threads;
} moments_kernel;

typedef struct moments_job {
    const moments_kernel *kernel;
    const float *x, *mean, *dy;
    double *pieces; /* [pieces, 2, n] */
} moments_job;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Lane j holds column j % columns: adds the lanes of each column up. */
static void fold(double *sum, const float *lane, int64_t columns, int64_t width) {
    for (int64_t j = 0; j < columns; j++) sum[j] = (double)lane[j];
    for (int64_t i = columns; i < width; i += columns)
        for (int64_t j = 0; j < columns; j++) sum[j] += (double)lane[i + j];
}

/* A block: columns [0, columns) of `rows` rows, which are `stride` apart. */
typedef struct block {
    const float *x, *dy;
    int64_t rows, columns, stride;
    int64_t groups, width; /* rows of lanes and their width; `rest` rows are left over */
    int64_t rest;
} block;

static block block_at(const moments_job *job, int64_t row, int64_t rows, int64_t column) {
    const moments_kernel *k = job->kernel;
    block b = {.rows = rows, .stride = k->n, .columns = smaller(k->n - column, LANES)};
    b.x = job->x + row * k->n + column;
    b.dy = job->dy != NULL ? job->dy + row * k->n + column : NULL;
    b.groups = rows / k->together;
    b.width = b.columns * k->together;
    b.rest = rows - b.groups * k->together;
    return b;
}

static int64_t lane_stride(const block *b) { return b->width == b->columns ? b->stride : b->width; }
static int64_t rest_at(const block *b) { return (b->rows - b->rest) * b->stride; }

/* ---- mean and variance ---- */
/* Joins `rows` more elements of each column, with means m and sums of squares s, to `before` of
 * them. */
static void join(
    double *mean, double *square, double before, const double *m, const double *s, double rows,
    int64_t columns
) {
    double part = rows / (before + rows), both = before * part;
    for (int64_t j = 0; j < columns; j++) {
        double difference = m[j] - mean[j];
        mean[j] += difference * part;
        square[j] += s[j] + difference * difference * both;
    }
}

static void add_moments(const moments_job *job, const block *b, double before, double *state) {
    const cornu_cpu_loops *loops = job->kernel->loops;
    float lane[LANES], square[LANES], center[LANES], mean[LANES];
    size_t width = (size_t)b->width, columns = (size_t)b->columns;
    memset(lane, 0, width * sizeof *lane);
    loops->moment_sum(lane, b->x, (size_t)b->groups, width, (size_t)lane_stride(b));
    loops->moment_sum(lane, b->x + rest_at(b), (size_t)b->rest, columns, (size_t)b->stride);
    double first[LANES], second[LANES], share = 1 / (double)b->rows;
    fold(first, lane, b->columns, b->width);
    for (int64_t j = 0; j < b->columns; j++) mean[j] = (float)(first[j] * share);
    for (int64_t j = 0; j < b->width; j += b->columns)
        memcpy(center + j, mean, columns * sizeof *center);
    memset(lane, 0, width * sizeof *lane);
    memset(square, 0, width * sizeof *square);
    loops->moment_squares(
        lane, square, b->x, center, (size_t)b->groups, width, (size_t)lane_stride(b)
    );
    loops->moment_squares(
        lane, square, b->x + rest_at(b), center, (size_t)b->rest, columns, (size_t)b->stride
    );
    fold(first, lane, b->columns, b->width);
    fold(second, square, b->columns, b->width);
    for (int64_t j = 0; j < b->columns; j++) {
        double lost = first[j] * share; /* by the mean when it was rounded */
        second[j] -= lost * first[j];
        first[j] = (double)mean[j] + lost;
    }
    join(state, state + job->kernel->n, before, first, second, (double)b->rows, b->columns);
}

/* ---- the sums of the derivative ---- */
static void add_products(const moments_job *job, const block *b, int64_t column, double *state) {
    const cornu_cpu_loops *loops = job->kernel->loops;
    float sum[LANES], product[LANES], center[LANES];
    size_t width = (size_t)b->width, columns = (size_t)b->columns;
    memset(sum, 0, width * sizeof *sum);
    memset(product, 0, width * sizeof *product);
    for (int64_t j = 0; j < b->width; j += b->columns)
        memcpy(center + j, job->mean + column, columns * sizeof *center);
    loops->moment_products(
        sum, product, b->x, b->dy, center, (size_t)b->groups, width, (size_t)lane_stride(b)
    );
    loops->moment_products(
        sum, product, b->x + rest_at(b), b->dy + rest_at(b), center, (size_t)b->rest, columns,
        (size_t)b->stride
    );
    double first[LANES], second[LANES];
    fold(first, sum, b->columns, b->width);
    fold(second, product, b->columns, b->width);
    for (int64_t j = 0; j < b->columns; j++) {
        state[j] += first[j];
        state[job->kernel->n + j] += second[j];
    }
}

/* ---- pieces ---- */
static void run_pieces(void *context, int64_t begin, int64_t end, int thread) {
    const moments_job *job = context;
    const moments_kernel *k = job->kernel;
    int64_t block_rows = k->together * DEEP;
    (void)thread;
    for (int64_t p = begin; p < end; p++) {
        double *state = job->pieces + p * 2 * k->n;
        int64_t first = p * k->piece, last = smaller(first + k->piece, k->rows);
        memset(state, 0, (size_t)(2 * k->n) * sizeof *state);
        for (int64_t row = first; row < last; row += block_rows) {
            int64_t rows = smaller(block_rows, last - row);
            for (int64_t column = 0; column < k->n; column += LANES) {
                block b = block_at(job, row, rows, column);
                if (k->products) add_products(job, &b, column, state + column);
                else add_moments(job, &b, (double)(row - first), state + column);
            }
        }
    }
}

static void finish(const moments_job *job, float *out) {
    const moments_kernel *k = job->kernel;
    double *a = job->pieces, *b = a + k->n;
    for (int64_t p = 1; p < k->pieces; p++) {
        const double *state = job->pieces + p * 2 * k->n;
        int64_t first = p * k->piece, rows = smaller(k->piece, k->rows - first);
        if (!k->products) {
            join(a, b, (double)first, state, state + k->n, (double)rows, k->n);
            continue;
        }
        for (int64_t j = 0; j < 2 * k->n; j++) a[j] += state[j];
    }
    double share = k->products ? 1 : 1 / (double)k->rows;
    for (int64_t j = 0; j < k->n; j++) {
        out[j] = (float)a[j];
        out[k->n + j] = (float)(b[j] * share);
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const moments_kernel *k = (const moments_kernel *)base;
    moments_job job = {.kernel = k, .x = buffers[0], .pieces = workspace};
    if (k->products) {
        job.mean = buffers[1];
        job.dy = buffers[2];
    }
    cornu_parallel_(k->pieces, k->threads, run_pieces, &job);
    finish(&job, buffers[k->products ? 3 : 1]);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

cornu_status cornu_cpu_moments_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *x = &desc->operands[0];
    if (x->dtype != CORNU_FLOAT32 || cornu_operand_size_(x) == 0) return CORNU_EUNSUPPORTED;
    moments_kernel *k = cornu_alloc_(sizeof *k);
    if (!k) return CORNU_ENOMEM;
    k->loops = cornu_cpu_loops_();
    k->products = desc->kind == CORNU_KERNEL_MOMENT_PRODUCTS;
    k->rows = x->dims[0];
    k->n = x->dims[1];
    k->together = k->n < LANES / 2 ? LANES / k->n : 1;
    int64_t size = k->rows * k->n;
    k->pieces = size / PIECE < 1 ? 1 : smaller(size / PIECE, PIECES);
    k->piece = (k->rows + k->pieces - 1) / k->pieces;
    k->pieces = (k->rows + k->piece - 1) / k->piece;
    k->threads = cornu_threads_for_(size);
    k->base.workspace_size = (size_t)(k->pieces * 2 * k->n) * sizeof(double);
    k->base.execute = execute;
    k->base.destroy = destroy;
    k->base.implementation = "cpu moments";
    *out = &k->base;
    return CORNU_OK;
}
