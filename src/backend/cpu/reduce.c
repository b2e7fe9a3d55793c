/* Reductions of float32: sum, mean, product, maximum, minimum along rows or along columns, and
 * arg-reductions along rows and columns; any and all of truth values.
 *
 * After neighbouring axes of one kind are merged, [outer, n] with n reduced is a reduction of rows
 * and [outer, n, inner] one of columns; what does not merge into one of the two is left to the
 * reference. A long axis is cut into blocks whose partial results, in double, are put together in
 * order: the cuts depend on the sizes alone, never on the threads. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"
#include <math.h>
#include <string.h>

enum {
    ROW_GROUP = 8 * CORNU_CPU_ROW_BLOCK,       /* elements of a row that are one piece of work */
    COLUMN_PIECES = 64,                        /* at most so many pieces of work along a column */
    COLUMN_LEAST = 2 * CORNU_CPU_COLUMN_BLOCK, /* rows of a piece, at least */
};

typedef void column_function(
    double *partial, const float *x, size_t rows, size_t columns, size_t stride
);

typedef struct reduce_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    column_function *column;
    cornu_range_function *each; /* works on outer indices by itself: truth values, arg of columns */
    cornu_reduce_code code;
    int64_t outer, n, inner;
    int64_t piece, pieces; /* length of a piece of the reduced axis, and how many there are */
    int threads;
    bool wide_index; /* arg-reductions: int64 */
} reduce_kernel;

typedef struct reduce_job {
    const reduce_kernel *kernel;
    const float *x;  /* [outer, n, inner] */
    void *y;         /* [outer, inner] */
    double *partial; /* [outer, pieces, inner] */
} reduce_job;

static int64_t index_size(const reduce_kernel *kernel) { return kernel->wide_index ? 8 : 4; }

static double neutral(cornu_reduce_code code) {
    switch (code) {
    case CORNU_REDUCE_PROD:
        return 1.0;
    case CORNU_REDUCE_MAX:
        return -INFINITY;
    case CORNU_REDUCE_MIN:
        return INFINITY;
    default:
        return 0.0;
    }
}

static double combine(cornu_reduce_code code, double a, double b) {
    switch (code) {
    case CORNU_REDUCE_PROD:
        return a * b;
    case CORNU_REDUCE_MAX:
        return b > a || b != b ? b : a;
    case CORNU_REDUCE_MIN:
        return b < a || b != b ? b : a;
    default:
        return a + b;
    }
}

static float finish(const reduce_kernel *kernel, double value) {
    return (float)(kernel->code == CORNU_REDUCE_MEAN ? value / (double)kernel->n : value);
}

static double reduce_row(const reduce_kernel *kernel, const float *x, int64_t n) {
    const cornu_cpu_loops *loops = kernel->loops;
    switch (kernel->code) {
    case CORNU_REDUCE_MAX:
        return (double)loops->row_max(x, (size_t)n);
    case CORNU_REDUCE_MIN:
        return (double)loops->row_min(x, (size_t)n);
    case CORNU_REDUCE_PROD:
        return loops->row_prod(x, (size_t)n);
    default:
        break;
    }
    double sum = 0;
    for (int64_t begin = 0; begin < n; begin += CORNU_CPU_ROW_BLOCK) {
        int64_t left = n - begin;
        sum += loops->row_sum(
            x + begin, (size_t)(left < CORNU_CPU_ROW_BLOCK ? left : CORNU_CPU_ROW_BLOCK)
        );
    }
    return sum;
}

/* Pieces begin .. end - 1 of the work; piece p belongs to outer index p / pieces. */
static void run_rows(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    for (int64_t p = begin; p < end; p++) {
        int64_t o = p / kernel->pieces, from = p % kernel->pieces * kernel->piece;
        int64_t left = kernel->n - from, count = left < kernel->piece ? left : kernel->piece;
        double value = reduce_row(kernel, job->x + o * kernel->n + from, count);
        if (kernel->pieces == 1) ((float *)job->y)[o] = finish(kernel, value);
        else job->partial[p] = value;
    }
}

/* Puts the pieces together, in order. */
static void finish_pieces(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    for (int64_t o = begin; o < end; o++) {
        double *sum = job->partial + o * kernel->pieces * kernel->inner;
        for (int64_t p = 1; p < kernel->pieces; p++) {
            const double *more = sum + p * kernel->inner;
            for (int64_t j = 0; j < kernel->inner; j++)
                sum[j] = combine(kernel->code, sum[j], more[j]);
        }
        float *y = (float *)job->y + o * kernel->inner;
        for (int64_t j = 0; j < kernel->inner; j++) y[j] = finish(kernel, sum[j]);
    }
}

static void run_columns(void *context, int64_t begin, int64_t end, int thread) {
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    size_t inner = (size_t)kernel->inner;
    for (int64_t p = begin; p < end; p++) {
        int64_t o = p / kernel->pieces, from = p % kernel->pieces * kernel->piece;
        int64_t left = kernel->n - from, count = left < kernel->piece ? left : kernel->piece;
        double *partial = job->partial + p * kernel->inner;
        for (size_t j = 0; j < inner; j++) partial[j] = neutral(kernel->code);
        const float *x = job->x + (o * kernel->n + from) * kernel->inner;
        kernel->column(partial, x, (size_t)count, inner, inner);
        if (kernel->pieces == 1) finish_pieces(context, o, o + 1, thread);
    }
}

static void run_arg_rows(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    for (int64_t o = begin; o < end; o++) {
        const float *x = job->x + o * kernel->n;
        float best = kernel->code == CORNU_REDUCE_ARGMAX
                         ? kernel->loops->row_max(x, (size_t)kernel->n)
                         : kernel->loops->row_min(x, (size_t)kernel->n);
        int64_t i = 0;
        if (best != best) {
            while (x[i] == x[i]) i++; /* the first NaN */
        } else {
            while (x[i] != best) i++;
        }
        if (kernel->wide_index) ((int64_t *)job->y)[o] = i;
        else ((int32_t *)job->y)[o] = (int32_t)i;
    }
}

/* Along columns: the best values so far stand in the workspace, [outer, inner]. */
static void run_arg_columns(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    int64_t inner = kernel->inner;
    bool largest = kernel->code == CORNU_REDUCE_ARGMAX;
    for (int64_t o = begin; o < end; o++) {
        const float *x = job->x + o * kernel->n * inner;
        float *best = (float *)(void *)job->partial + o * inner;
        memcpy(best, x, (size_t)inner * sizeof *best);
        memset(
            (char *)job->y + o * inner * index_size(kernel), 0, (size_t)(inner * index_size(kernel))
        );
        for (int64_t i = 1; i < kernel->n; i++) {
            x += inner;
            for (int64_t j = 0; j < inner; j++) {
                /* the first NaN stays */
                bool better = best[j] == best[j] &&
                              (x[j] != x[j] || (largest ? x[j] > best[j] : x[j] < best[j]));
                if (!better) continue;
                best[j] = x[j];
                if (kernel->wide_index) ((int64_t *)job->y)[o * inner + j] = i;
                else ((int32_t *)job->y)[o * inner + j] = (int32_t)i;
            }
        }
    }
}

/* ---- truth values ---- */

/* any: 1 if a byte of the column is not 0; all: 1 if none is 0. */
static void run_truth(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const reduce_job *job = context;
    const reduce_kernel *kernel = job->kernel;
    int64_t inner = kernel->inner;
    bool all = kernel->code == CORNU_REDUCE_ALL;
    for (int64_t o = begin; o < end; o++) {
        const uint8_t *x = (const uint8_t *)(const void *)job->x + o * kernel->n * inner;
        uint8_t *y = (uint8_t *)job->y + o * inner;
        if (inner == 1) {
            uint8_t some = 0, every = 1;
            for (int64_t i = 0; i < kernel->n; i++) {
                some |= (uint8_t)(x[i] != 0);
                every &= (uint8_t)(x[i] != 0);
            }
            *y = all ? every : some;
            continue;
        }
        memset(y, all, (size_t)inner);
        for (int64_t i = 0; i < kernel->n; i++, x += inner) {
            for (int64_t j = 0; j < inner; j++) {
                uint8_t bit = x[j] != 0;
                y[j] = all ? y[j] & bit : y[j] | bit;
            }
        }
    }
}

static cornu_status execute_each(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const reduce_kernel *kernel = (const reduce_kernel *)base;
    reduce_job job = {kernel, buffers[0], buffers[1], workspace};
    cornu_parallel_(kernel->outer, kernel->threads, kernel->each, &job);
    return CORNU_OK;
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const reduce_kernel *kernel = (const reduce_kernel *)base;
    reduce_job job = {kernel, buffers[0], buffers[1], workspace};
    cornu_range_function *run = kernel->column ? run_columns : run_rows;
    if (kernel->code == CORNU_REDUCE_ARGMAX || kernel->code == CORNU_REDUCE_ARGMIN)
        run = run_arg_rows;
    cornu_parallel_(kernel->outer * kernel->pieces, kernel->threads, run, &job);
    if (kernel->pieces > 1) {
        cornu_parallel_(
            kernel->outer, cornu_threads_for_(kernel->outer * kernel->pieces * kernel->inner),
            finish_pieces, &job
        );
    }
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

/* Merges axes into [outer, n, inner]; false if kept and reduced axes alternate more often. */
static bool merge_axes(const cornu_kernel_desc *desc, int64_t merged[3]) {
    const cornu_operand *in = &desc->operands[0];
    merged[0] = merged[1] = merged[2] = 1;
    int phase = 0; /* which of the three grows */
    for (int axis = 0; axis < in->rank; axis++) {
        bool reduced = (desc->axes >> axis) & 1u;
        if (in->dims[axis] == 1) continue;
        if (reduced != (phase == 1)) phase++;
        if (phase > 2) return false;
        merged[phase] *= in->dims[axis];
    }
    return true;
}

static column_function *column_function_of(const cornu_cpu_loops *loops, cornu_reduce_code code) {
    switch (code) {
    case CORNU_REDUCE_SUM:
    case CORNU_REDUCE_MEAN:
        return loops->column_sum;
    case CORNU_REDUCE_PROD:
        return loops->column_prod;
    case CORNU_REDUCE_MAX:
        return loops->column_max;
    case CORNU_REDUCE_MIN:
        return loops->column_min;
    default:
        return NULL;
    }
}

cornu_status cornu_cpu_reduce_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_operand *x = &desc->operands[0], *y = &desc->operands[1];
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    cornu_reduce_code code = (cornu_reduce_code)desc->code;
    int64_t merged[3];
    if (!merge_axes(desc, merged)) return CORNU_EUNSUPPORTED;
    /* empty operands have rules of their own (mean is NaN, maximum an error): not worth a fast path
     */
    if (cornu_operand_size_(x) == 0) return CORNU_EUNSUPPORTED;
    bool index = code == CORNU_REDUCE_ARGMAX || code == CORNU_REDUCE_ARGMIN;
    bool truth = code == CORNU_REDUCE_ANY || code == CORNU_REDUCE_ALL;
    column_function *column = merged[2] > 1 ? column_function_of(loops, code) : NULL;
    if (x->dtype != (truth ? CORNU_BOOL : CORNU_FLOAT32)) return CORNU_EUNSUPPORTED;
    bool fits = index   ? y->dtype == CORNU_INT32 || y->dtype == CORNU_INT64
                : truth ? y->dtype == CORNU_BOOL
                        : y->dtype == CORNU_FLOAT32;
    if (!fits) return CORNU_EUNSUPPORTED;
    reduce_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->each = truth ? run_truth : index && merged[2] > 1 ? run_arg_columns : NULL;
    kernel->base.execute = kernel->each ? execute_each : execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = merged[2] > 1 ? "cpu columns" : "cpu rows";
    kernel->loops = loops;
    kernel->column = column;
    kernel->code = code;
    kernel->outer = merged[0];
    kernel->n = merged[1];
    kernel->inner = merged[2];
    kernel->wide_index = y->dtype == CORNU_INT64;
    kernel->threads = cornu_threads_for_(merged[0] * merged[1] * merged[2]);
    if (index || truth) {
        kernel->piece = kernel->n;
    } else if (column) {
        kernel->piece = (kernel->n + COLUMN_PIECES - 1) / COLUMN_PIECES;
        if (kernel->piece < COLUMN_LEAST) kernel->piece = COLUMN_LEAST;
    } else {
        kernel->piece = ROW_GROUP;
    }
    kernel->pieces = (kernel->n + kernel->piece - 1) / kernel->piece;
    if (kernel->each == run_arg_columns) {
        kernel->base.workspace_size = (size_t)(kernel->outer * kernel->inner) * sizeof(float);
    } else if (column || kernel->pieces > 1) {
        kernel->base.workspace_size =
            (size_t)(kernel->outer * kernel->pieces * kernel->inner) * sizeof(double);
    }
    *out = &kernel->base;
    return CORNU_OK;
}
