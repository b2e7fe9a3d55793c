/* Running sums along the middle axis of [outer, n, inner], forwards or backwards, with or without
 * the element itself. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 3));
    CORNU_TRY(cornu_reference_need_like_(desc, 1, 0));
    CORNU_TRY(cornu_reference_need_dense_(desc, 0));
    return cornu_reference_need_dense_(desc, 1);
}

/* One line of n elements, the first at `first`, the next `step` further. */
static void sum_floats(
    const cornu_kernel_desc *desc, void *const *buffers, int64_t first, int64_t step, int64_t n
) {
    double sum = 0;
    for (int64_t i = 0, at = first; i < n; i++, at += step) {
        double before = sum;
        sum += cornu_load_double_at_(desc->operands[0].dtype, buffers[0], at);
        cornu_store_double_at_(
            desc->operands[1].dtype, buffers[1], at, desc->exclusive ? before : sum
        );
    }
}

static void sum_ints(
    const cornu_kernel_desc *desc, void *const *buffers, int64_t first, int64_t step, int64_t n
) {
    int64_t sum = 0;
    for (int64_t i = 0, at = first; i < n; i++, at += step) {
        int64_t before = sum;
        sum = cornu_int_add_(sum, cornu_load_int_at_(desc->operands[0].dtype, buffers[0], at));
        cornu_store_int_at_(
            desc->operands[1].dtype, buffers[1], at, desc->exclusive ? before : sum
        );
    }
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    const int64_t *dims = desc->operands[0].dims;
    bool ints = cornu_reference_integer_(desc->operands[0].dtype) &&
                cornu_reference_integer_(desc->operands[1].dtype);
    for (int64_t line = 0; line < dims[0] * dims[2]; line++) {
        int64_t first = line / dims[2] * dims[1] * dims[2] + line % dims[2], step = dims[2];
        if (desc->reverse) {
            first += (dims[1] - 1) * step;
            step = -step;
        }
        if (ints) sum_ints(desc, buffers, first, step, dims[1]);
        else sum_floats(desc, buffers, first, step, dims[1]);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_cumsum_ = {"cumsum", check, NULL, run};
