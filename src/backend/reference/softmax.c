/* softmax and log-softmax along rows, with the row's maximum subtracted first so that exp cannot
 * overflow. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 2));
    CORNU_TRY(cornu_reference_need_like_(desc, 1, 0));
    CORNU_TRY(cornu_reference_need_dense_(desc, 0));
    return cornu_reference_need_dense_(desc, 1);
}

static size_t workspace_size(const cornu_kernel_desc *desc) {
    return (size_t)desc->operands[0].dims[1] * sizeof(double);
}

static void softmax(double *row, int64_t n, bool logarithm) {
    double top = -HUGE_VAL, sum = 0;
    for (int64_t i = 0; i < n; i++) top = cornu_maximum_(top, row[i]);
    for (int64_t i = 0; i < n; i++) {
        row[i] -= top;
        double e = exp(row[i]);
        sum += e;
        if (!logarithm) row[i] = e;
    }
    double shift = log(sum);
    for (int64_t i = 0; i < n; i++) row[i] = logarithm ? row[i] - shift : row[i] / sum;
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1];
    for (int64_t row = 0; row < rows; row++) {
        cornu_run from = {desc->operands[0].dtype, buffers[0], row * n, 1, n};
        cornu_run to = {desc->operands[1].dtype, buffers[1], row * n, 1, n};
        cornu_load_double_(&from, workspace);
        softmax(workspace, n, desc->flag);
        cornu_store_double_(&to, workspace);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_softmax_ = {"softmax", check, workspace_size, run};
