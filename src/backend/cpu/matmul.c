/* Matrix products of float32: brings the description into its simplest form and chooses who
 * computes it.
 *
 *     up to a thousand multiplications     a plain loop: any call into a library costs more
 *     small enough for the caches          our own product without packing (gemm_direct.c)
 *     many rows by few columns             our own product with b in the cache (gemm_resident.c)
 *     large, b as rows                     our own blocked product (gemm.c)
 *     one product with a transposed        oneDNN's sgemm: faster than its matmul
 *     strides that oneDNN has loops for    oneDNN's matmul
 *     everything else, and exact mode      our own blocked product
 *
 * float64 has a plain loop in rows, whose sums run in the order of the reference; other types are
 * left to it. */
#include "matmul.h"

#include "cpu.h"
#include "gemm_direct.h"
#include "onednn.h"
#include "threads.h"

#include "base/memory.h"
#include <cornu/threads.h>
#include <string.h>

enum {
    TINY = 1024, /* multiplications, as are the next two */
    WORTH_A_TEAM = 1 << 18,
    SURELY_WORTH_A_TEAM = 1 << 19,
    FEW = 16 /* rows, columns, or what is summed over */
};

/* Threads save half of a product's time, and pay for lines that another core has: above all those
 * of the weights, which in a training step one kernel reads and another one writes. For few samples
 * there is little work to each of them. */
int cornu_matmul_threads_(const cornu_matmul_shape *s) {
    int64_t work = s->batch * s->m * s->n * s->k;
    bool few = s->batch == 1 && (s->m <= FEW || s->n <= FEW || s->k <= FEW);
    return work < (few ? SURELY_WORTH_A_TEAM : WORTH_A_TEAM) ? 1 : cornu_num_threads();
}

void cornu_matmul_locate_(const cornu_matmul_shape *shape, int64_t index, int64_t *a, int64_t *b) {
    *a = *b = 0;
    for (int axis = shape->batch_rank - 1; axis >= 0; axis--) {
        int64_t at = index % shape->batch_dims[axis];
        index /= shape->batch_dims[axis];
        *a += at * shape->a_batch[axis];
        *b += at * shape->b_batch[axis];
    }
}

/* Appends a batch axis, or merges it into the one before. */
static void add_batch_axis(
    cornu_matmul_shape *s, int64_t size, int64_t a_stride, int64_t b_stride
) {
    s->batch *= size;
    if (size == 1) return;
    int last = s->batch_rank - 1;
    if (last >= 0 && s->a_batch[last] == a_stride * size && s->b_batch[last] == b_stride * size) {
        s->batch_dims[last] *= size;
        s->a_batch[last] = a_stride;
        s->b_batch[last] = b_stride;
        return;
    }
    s->batch_dims[++last] = size;
    s->a_batch[last] = a_stride;
    s->b_batch[last] = b_stride;
    s->batch_rank++;
}

cornu_matmul_shape cornu_matmul_simplify_(const cornu_kernel_desc *desc) {
    const cornu_operand *a = &desc->operands[0], *b = &desc->operands[1], *c = &desc->operands[2];
    int row = c->rank - 2, column = c->rank - 1;
    cornu_matmul_shape s = {
        .batch = 1,
        .m = c->dims[row],
        .n = c->dims[column],
        .k = a->dims[column],
        .a_row = a->strides[row],
        .a_column = a->strides[column],
        .b_row = b->strides[row],
        .b_column = b->strides[column],
    };
    for (int axis = 0; axis < row; axis++) {
        /* an axis of one operand that is 1 broadcasts, whatever its stride says */
        int64_t a_stride = a->dims[axis] == 1 ? 0 : a->strides[axis];
        int64_t b_stride = b->dims[axis] == 1 ? 0 : b->strides[axis];
        add_batch_axis(&s, c->dims[axis], a_stride, b_stride);
    }
    /* [batch, m, k] by one [k, n]: the batch is just more rows */
    if (s.batch_rank == 1 && s.b_batch[0] == 0 && (s.m == 1 || s.a_batch[0] == s.m * s.a_row)) {
        if (s.m == 1) s.a_row = s.a_batch[0];
        s.m *= s.batch;
        s.batch = 1;
        s.batch_rank = 0;
    }
    /* the stride of an axis of size 1 means nothing: make it one that suits */
    if (s.k == 1) {
        s.a_column = s.a_row == 1 ? s.m : 1;
        s.b_row = s.b_column == 1 ? s.n : 1;
    }
    if (s.m == 1) s.a_row = s.a_column == 1 ? s.k : 1;
    if (s.n == 1) s.b_column = s.b_row == 1 ? s.k : 1;
    return s;
}

typedef struct small_kernel {
    cornu_kernel base;
    cornu_matmul_shape shape;
} small_kernel;

/* Also serves k = 0, where the sum is empty. */
static cornu_status execute_small(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const cornu_matmul_shape *s = &((const small_kernel *)base)->shape;
    float *c = buffers[2];
    for (int64_t index = 0; index < s->batch; index++) {
        int64_t a_offset, b_offset;
        cornu_matmul_locate_(s, index, &a_offset, &b_offset);
        for (int64_t i = 0; i < s->m; i++, c += s->n) {
            const float *a = (const float *)buffers[0] + a_offset + i * s->a_row;
            const float *b = (const float *)buffers[1] + b_offset;
            memset(c, 0, (size_t)s->n * sizeof *c);
            for (int64_t p = 0; p < s->k; p++, a += s->a_column, b += s->b_row) {
                for (int64_t j = 0; j < s->n; j++) c[j] += *a * b[j * s->b_column];
            }
        }
    }
    return CORNU_OK;
}

static void destroy_small(cornu_kernel *kernel) { cornu_free_(kernel); }

static cornu_status create_small(const cornu_matmul_shape *shape, cornu_kernel **out) {
    small_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute_small;
    kernel->base.destroy = destroy_small;
    kernel->base.implementation = "cpu small product";
    kernel->shape = *shape;
    *out = &kernel->base;
    return CORNU_OK;
}

/* ---- float64 ---- */

typedef struct double_kernel {
    cornu_kernel base;
    cornu_matmul_shape shape;
    int threads;
} double_kernel;

typedef struct double_job {
    const cornu_matmul_shape *shape;
    const double *a, *b;
    double *c;
} double_job;

/* Rows begin .. end - 1 of all matrices: c[i, :] += a[i, p] * b[p, :], or, where rows of b are not
 * contiguous but its columns are, c[i, j] as a running sum. */
static void run_double_rows(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const double_job *job = context;
    const cornu_matmul_shape *s = job->shape;
    for (int64_t row = begin; row < end; row++) {
        int64_t a_offset, b_offset;
        cornu_matmul_locate_(s, row / s->m, &a_offset, &b_offset);
        const double *a = job->a + a_offset + row % s->m * s->a_row, *b = job->b + b_offset;
        double *c = job->c + row * s->n;
        for (int64_t j = 0; j < s->n; j++) c[j] = 0;
        if (s->b_column == 1) {
            for (int64_t p = 0; p < s->k; p++) {
                double factor = a[p * s->a_column];
                const double *line = b + p * s->b_row;
                for (int64_t j = 0; j < s->n; j++) c[j] += factor * line[j];
            }
        } else {
            for (int64_t j = 0; j < s->n; j++) {
                const double *line = b + j * s->b_column;
                for (int64_t p = 0; p < s->k; p++) c[j] += a[p * s->a_column] * line[p * s->b_row];
            }
        }
    }
}

static cornu_status execute_double(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    (void)workspace;
    const double_kernel *kernel = (const double_kernel *)base;
    const cornu_matmul_shape *s = &kernel->shape;
    double_job job = {s, buffers[0], buffers[1], buffers[2]};
    cornu_parallel_(s->batch * s->m, kernel->threads, run_double_rows, &job);
    return CORNU_OK;
}

static cornu_status create_double(const cornu_matmul_shape *shape, cornu_kernel **out) {
    double_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute_double;
    kernel->base.destroy = destroy_small;
    kernel->base.implementation = "cpu rows of float64";
    kernel->shape = *shape;
    kernel->threads = cornu_threads_for_(shape->batch * shape->m * shape->n * shape->k / 4);
    *out = &kernel->base;
    return CORNU_OK;
}

bool cornu_matmul_is_direct_(const cornu_matmul_shape *shape) {
    return shape->batch * shape->m * shape->n * shape->k > TINY && cornu_gemm_direct_suits_(shape);
}

cornu_status cornu_cpu_matmul_(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    cornu_dtype dtype = desc->operands[0].dtype;
    if (dtype != CORNU_FLOAT32 && dtype != CORNU_FLOAT64) return CORNU_EUNSUPPORTED;
    for (int i = 0; i < 3; i++) {
        if (desc->operands[i].dtype != dtype || desc->operands[i].rank < 2)
            return CORNU_EUNSUPPORTED;
    }
    cornu_matmul_shape shape = cornu_matmul_simplify_(desc);
    if (dtype == CORNU_FLOAT64) return create_double(&shape, kernel);
    if (shape.batch * shape.m * shape.n * shape.k <= TINY) return create_small(&shape, kernel);
    if (cornu_matmul_is_direct_(&shape)) return cornu_cpu_product_(desc, kernel);
    if (cornu_cpu_gemm_resident_suits_(&shape)) return cornu_cpu_gemm_resident_(&shape, kernel);
    /* oneDNN may cut sums among threads */
    bool ours = cornu_exact() || cornu_cpu_gemm_suits_(&shape);
    cornu_status status = ours ? CORNU_EUNSUPPORTED : cornu_onednn_matmul_(&shape, kernel);
    return status == CORNU_EUNSUPPORTED ? cornu_cpu_gemm_(&shape, kernel) : status;
}
