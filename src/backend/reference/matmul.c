/* Batched matrix products. Products are summed in double (integers: in int64, wrapping around) in
 * the order of k. Eight rows of the result are made at a time, so that each row of b is converted
 * once for eight uses. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

#define ROWS 8

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 3));
    const cornu_operand *a = &desc->operands[0], *b = &desc->operands[1], *out = &desc->operands[2];
    if (out->rank < 2)
        CORNU_FAIL(CORNU_EINVAL, "matmul kernel: rank %d; at least 2 is needed", out->rank);
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, out->rank));
    CORNU_TRY(cornu_reference_need_rank_(desc, 1, out->rank));
    int row = out->rank - 2, column = out->rank - 1;
    if (a->dims[column] != b->dims[row] || a->dims[row] != out->dims[row] ||
        b->dims[column] != out->dims[column])
        CORNU_FAIL(
            CORNU_EINVAL, "matmul kernel: [%lld, %lld] * [%lld, %lld] -> [%lld, %lld] does not fit",
            (long long)a->dims[row], (long long)a->dims[column], (long long)b->dims[row],
            (long long)b->dims[column], (long long)out->dims[row], (long long)out->dims[column]
        );
    for (int i = 0; i < row; i++)
        if (a->dims[i] != out->dims[i] || b->dims[i] != out->dims[i])
            CORNU_FAIL(
                CORNU_EINVAL, "matmul kernel: batch axis %d has sizes %lld, %lld and %lld", i,
                (long long)a->dims[i], (long long)b->dims[i], (long long)out->dims[i]
            );
    return cornu_reference_need_dense_(desc, 2);
}

/* ROWS rows of sums and one row of b, each of n elements, and a piece of a column of a. */
static size_t workspace_size(const cornu_kernel_desc *desc) {
    const cornu_operand *out = &desc->operands[2];
    return ((ROWS + 1) * (size_t)out->dims[out->rank - 1] + ROWS) * sizeof(double);
}

/* rows x n sums into out. `a` walks down a column of a (one per row), `b` along a row of b. */
#define MULTIPLY(name, type, sum_type, load, store)                                                \
    static void name(                                                                              \
        cornu_run a, int64_t a_step, cornu_run b, int64_t b_step, int64_t k, cornu_run out,        \
        void *workspace                                                                            \
    ) {                                                                                            \
        int64_t n = b.count, rows = a.count;                                                       \
        type *sums = workspace, *b_row = sums + ROWS * n, *a_column = b_row + n;                   \
        for (int64_t i = 0; i < rows * n; i++) sums[i] = 0;                                        \
        for (int64_t p = 0; p < k; p++) {                                                          \
            load(&a, a_column);                                                                    \
            load(&b, b_row);                                                                       \
            for (int64_t i = 0; i < rows; i++)                                                     \
                for (int64_t j = 0; j < n; j++)                                                    \
                    sums[i * n + j] = (type                                                        \
                    )((sum_type)sums[i * n + j] + (sum_type)a_column[i] * (sum_type)b_row[j]);     \
            a.offset += a_step;                                                                    \
            b.offset += b_step;                                                                    \
        }                                                                                          \
        out.count = rows * n;                                                                      \
        store(&out, sums);                                                                         \
    }
MULTIPLY(multiply_floats, double, double, cornu_load_double_, cornu_store_double_)
MULTIPLY(multiply_ints, int64_t, uint64_t, cornu_load_int_, cornu_store_int_)

static void one_matrix(
    const cornu_kernel_desc *desc, void *const *buffers, const int64_t *offsets, void *workspace
) {
    const cornu_operand *a = &desc->operands[0], *b = &desc->operands[1], *out = &desc->operands[2];
    int row = out->rank - 2, column = out->rank - 1;
    bool ints = cornu_reference_integer_(a->dtype) && cornu_reference_integer_(b->dtype) &&
                cornu_reference_integer_(out->dtype);
    int64_t m = out->dims[row], n = out->dims[column], k = a->dims[column];
    for (int64_t i = 0; i < m; i += ROWS) {
        int64_t rows = m - i < ROWS ? m - i : ROWS;
        cornu_run a_run = {
            a->dtype, buffers[0], offsets[0] + i * a->strides[row], a->strides[row], rows};
        cornu_run b_run = {b->dtype, buffers[1], offsets[1], b->strides[column], n};
        cornu_run out_run = {out->dtype, buffers[2], offsets[2] + i * n, 1, rows * n};
        (ints ? multiply_ints : multiply_floats
        )(a_run, a->strides[column], b_run, b->strides[row], k, out_run, workspace);
    }
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    const cornu_operand *out = &desc->operands[2];
    int batch_rank = out->rank - 2;
    int64_t batches = 1, matrix = out->dims[batch_rank] * out->dims[batch_rank + 1];
    for (int i = 0; i < batch_rank; i++) batches *= out->dims[i];
    for (int64_t batch = 0; batch < batches; batch++) {
        int64_t rest = batch, offsets[3] = {0, 0, batch * matrix};
        for (int axis = batch_rank - 1; axis >= 0; axis--) {
            int64_t at = rest % out->dims[axis];
            rest /= out->dims[axis];
            offsets[0] += at * desc->operands[0].strides[axis];
            offsets[1] += at * desc->operands[1].strides[axis];
        }
        one_matrix(desc, buffers, offsets, workspace);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_matmul_ = {"matmul", check, workspace_size, run};
