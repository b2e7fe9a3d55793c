/* log-softmax at one place of each row, and its gradient. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    bool gradient = desc->kind == CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT;
    int count = gradient ? 5 : 3;
    CORNU_TRY(cornu_reference_need_count_(desc, count));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, 1, 1));
    CORNU_TRY(cornu_reference_need_rank_(desc, 2, 2));
    if (gradient) {
        CORNU_TRY(cornu_reference_need_like_(desc, 3, 2));
        CORNU_TRY(cornu_reference_need_like_(desc, 4, 0));
    }
    for (int i = 0; i < count; i++) CORNU_TRY(cornu_reference_need_dense_(desc, i));
    return CORNU_OK;
}

static double element(const cornu_kernel_desc *desc, void *const *buffers, int operand, int64_t i) {
    return cornu_load_double_at_(desc->operands[operand].dtype, buffers[operand], i);
}

static cornu_status label_of(
    const cornu_kernel_desc *desc, void *const *buffers, int64_t row, int64_t *label
) {
    int64_t n = desc->operands[0].dims[1];
    *label = (int64_t)element(desc, buffers, 1, row);
    if (*label < 0 || *label >= n)
        CORNU_FAIL(
            CORNU_EINVAL, "index %lld is outside an axis of size %lld", (long long)*label,
            (long long)n
        );
    return CORNU_OK;
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1], label;
    (void)workspace;
    for (int64_t row = 0; row < rows; row++) {
        double largest = -HUGE_VAL, sum = 0;
        CORNU_TRY(label_of(desc, buffers, row, &label));
        for (int64_t j = 0; j < n; j++)
            largest = cornu_maximum_(largest, element(desc, buffers, 0, row * n + j));
        for (int64_t j = 0; j < n; j++)
            sum += exp(element(desc, buffers, 0, row * n + j) - largest);
        double chosen = element(desc, buffers, 0, row * n + label);
        cornu_dtype dtype = desc->operands[2].dtype;
        cornu_store_double_at_(dtype, buffers[2], row, chosen - largest - log(sum));
        cornu_store_double_at_(dtype, buffers[2], rows + row, largest);
        cornu_store_double_at_(dtype, buffers[2], 2 * rows + row, log(sum));
    }
    return CORNU_OK;
}

static cornu_status run_gradient(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1], label;
    (void)workspace;
    for (int64_t row = 0; row < rows; row++) {
        double largest = element(desc, buffers, 2, rows + row);
        double log_sum = element(desc, buffers, 2, 2 * rows + row), top = -HUGE_VAL;
        double d0 = element(desc, buffers, 3, row), d1 = element(desc, buffers, 3, rows + row);
        double d2 = element(desc, buffers, 3, 2 * rows + row);
        int64_t place = 0;
        CORNU_TRY(label_of(desc, buffers, row, &label));
        for (int64_t j = 0; j < n; j++) {
            double x = element(desc, buffers, 0, row * n + j);
            if (x > top) top = x, place = j;
        }
        for (int64_t j = 0; j < n; j++) {
            double x = element(desc, buffers, 0, row * n + j);
            double dx = exp(x - largest - log_sum) * (d2 - d0);
            if (j == label) dx += d0;
            if (j == place && d1 != d2) dx += d1 - d2;
            cornu_store_double_at_(desc->operands[4].dtype, buffers[4], row * n + j, dx);
        }
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_label_log_softmax_ = {
    "label log softmax", check, NULL, run};
const cornu_reference_kind cornu_reference_label_softmax_gradient_ = {
    "label softmax gradient", check, NULL, run_gradient};
