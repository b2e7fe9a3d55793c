/* Evenly spaced numbers: arange and linspace. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 1));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 1));
    return cornu_reference_need_dense_(desc, 0);
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    const cornu_operand *out = &desc->operands[0];
    int64_t n = out->dims[0];
    for (int64_t i = 0; i < n; i++) {
        /* multiplied, not added up, so that no error builds up */
        double value = desc->value[0] + (double)i * desc->value[1];
        if (desc->flag && i == n - 1) value = desc->value[2];
        cornu_store_double_at_(out->dtype, buffers[0], i, value);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_iota_ = {"iota", check, NULL, run};
