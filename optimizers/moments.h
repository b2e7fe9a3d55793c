/* What Adam and its relatives share: moving averages of gradients, and what corrects them for their
 * beginning at zero. https://arxiv.org/abs/1412.6980 */
#ifndef CORNU_OPTIMIZERS_MOMENTS_H
#define CORNU_OPTIMIZERS_MOMENTS_H

#include <cornu/optimizers.h>

/* m and v of each variable in turn, of which the first has the number *first. */
static inline cornu_status add_moments(
    cornu_optimizer *optimizer, cornu_tensor_list variables, size_t *first
) {
    *first = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "momentum"))
            return cornu_error_status();
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "velocity"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

/* The number of this update, from 1. */
static inline cornu_tensor *step_of(cornu_optimizer *optimizer, cornu_dtype dtype) {
    cornu_tensor *updates = cornu_optimizer_updates(optimizer);
    return cornu_op_cast(cornu_op_add(updates, cornu_scalar_of(CORNU_INT32, 1)), dtype);
}

/* 1 - beta^t */
static inline cornu_tensor *bias_correction(double beta, cornu_tensor *t, cornu_dtype dtype) {
    return cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_power(cornu_scalar_of(dtype, beta), t)
    );
}

/* slot += (value - slot)(1 - beta) */
static inline cornu_status approach(cornu_tensor *slot, cornu_tensor *value, double beta) {
    return cornu_assign_add(
        slot, cornu_op_multiply(cornu_op_subtract(value, slot), cornu_scalar(1 - beta))
    );
}

#endif
