/* Moving averages of the variables (use_ema), for callbacks.
 * keras/src/callbacks/swap_ema_weights.py */
#include "nn/optimizer.h"

typedef cornu_status pair_function(cornu_tensor *variable, cornu_tensor *average);

static cornu_status for_pairs(cornu_optimizer *self, pair_function *function, bool *any) {
    const struct cornu_optimizer_state *state = self->state_;
    if (self->cls->inner) {
        for (size_t i = 0; i < CORNU_INNER_MAX && self->cls->inner(self, i); i++)
            CORNU_TRY(for_pairs(self->cls->inner(self, i), function, any));
        return CORNU_OK;
    }
    if (!self->built || state->first_average == SIZE_MAX) return CORNU_OK;
    *any = true;
    for (size_t i = 0; i < state->trained_count; i++)
        CORNU_TRY(function(state->trained[i], state->variables[state->first_average + i]));
    return CORNU_OK;
}

static cornu_status in_all(cornu_optimizer *self, pair_function *function) {
    bool any = false;
    CORNU_TRY(for_pairs(self, function, &any));
    if (any) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESTATE, "optimizer '%s' keeps no moving averages: %s", cornu_optimizer_name(self),
        self->built ? "it was made without use_ema" : "it has not taken a step yet"
    );
}

static cornu_status swap(cornu_tensor *variable, cornu_tensor *average) {
    cornu_tensor *before = cornu_tensor_copy(variable);
    if (!before) return cornu_error_status();
    cornu_status status = cornu_assign(variable, average);
    if (status == CORNU_OK) status = cornu_assign(average, before);
    cornu_tensor_free(before);
    return status;
}

static cornu_status set_average(cornu_tensor *variable, cornu_tensor *average) {
    return cornu_assign(average, variable);
}

cornu_status cornu_optimizer_swap_averages(cornu_optimizer *optimizer) {
    return in_all(optimizer, swap);
}

cornu_status cornu_optimizer_reset_averages(cornu_optimizer *optimizer) {
    return in_all(optimizer, set_average);
}
