/* The base of metrics: state variables, types, weights and masks. keras/src/metrics/metric.py */
#include "nn/metric.h"
#include "base/memory.h"

typedef struct {
    CORNU_METRIC_ARGS(common_args);
} common_args;

cornu_status cornu_metric_prepare_(cornu_metric *metric) {
    const common_args *args = cornu_object_args_(metric);
    metric->dtype = CORNU_FLOAT32;
    if (args && args->dtype)
        CORNU_TRY(cornu_dtype_from_name(args->dtype, &metric->dtype), "%s", metric->cls->name);
    metric->state_ = cornu_alloc_(sizeof *metric->state_);
    return metric->state_ ? CORNU_OK : CORNU_ENOMEM;
}

void cornu_metric_dispose_(cornu_metric *metric) {
    struct cornu_metric_state *state = metric->state_;
    if (!state) return;
    for (size_t i = 0; i < state->variable_count; i++) cornu_tensor_free(state->variables[i]);
    cornu_free_(state->variables);
    cornu_free_(state);
    metric->state_ = NULL;
}

const char *cornu_metric_name(const cornu_metric *metric) { return metric->name; }

cornu_tensor *cornu_metric_add_variable(cornu_metric *self, const char *name, cornu_shape shape) {
    struct cornu_metric_state *state = self->state_;
    if (CORNU_RESERVE_(state->variables, state->variable_capacity, state->variable_count + 1) !=
        CORNU_OK)
        return NULL;
    cornu_tensor *zeros = cornu_tensor_new(self->dtype, shape);
    cornu_tensor *variable = zeros ? cornu_variable(zeros, .name = name, .trainable = false) : NULL;
    cornu_tensor_free(zeros);
    if (variable) state->variables[state->variable_count++] = variable;
    return variable;
}

cornu_tensor_list cornu_metric_variables(cornu_metric *metric) {
    return (cornu_tensor_list){metric->state_->variables, metric->state_->variable_count};
}

/* A weight for every value that the mask lets through. */
static cornu_status fold_mask(cornu_tensor **weights, cornu_tensor *mask, cornu_dtype dtype) {
    mask = cornu_op_cast(mask, dtype);
    if (*weights) {
        CORNU_TRY(cornu_match_ranks(&mask, weights));
        mask = cornu_op_multiply(*weights, mask);
    }
    *weights = mask;
    return mask ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_metric_update_masked_(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight,
    cornu_tensor *mask
) {
    if (!metric) return cornu_error_null("metric");
    if (!y_true) return cornu_error_null("y_true");
    cornu_status status = CORNU_OK;
    CORNU_SCOPE {
        cornu_tensor *weights = sample_weight;
        if (mask && metric->cls->masked_mean &&
            (status = fold_mask(&weights, mask, metric->dtype)) != CORNU_OK)
            break;
        if (!metric->built && metric->cls->build) {
            if ((status = metric->cls->build(metric, y_true, y_pred)) != CORNU_OK) break;
        }
        metric->built = true;
        status = metric->cls->update(metric, y_true, y_pred, weights);
    }
    if (status != CORNU_OK)
        (void)cornu_error_context("metric '%s'", metric->name ? metric->name : metric->cls->name);
    return status;
}

cornu_status cornu_metric_update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
) {
    return cornu_metric_update_masked_(metric, y_true, y_pred, sample_weight, NULL);
}

cornu_tensor *cornu_metric_result(cornu_metric *metric) {
    if (!metric) return (void)cornu_error_null("metric"), NULL;
    if (!metric->built) return cornu_scalar_of(metric->dtype, 0); /* nothing was taken in yet */
    return metric->cls->result(metric);
}

cornu_status cornu_metric_reset(cornu_metric *metric) {
    if (!metric) return cornu_error_null("metric");
    if (metric->cls->reset) return metric->cls->reset(metric);
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < metric->state_->variable_count && status == CORNU_OK; i++) {
        cornu_tensor *variable = metric->state_->variables[i];
        CORNU_SCOPE { status = cornu_assign(variable, cornu_op_zeros_like(variable)); }
    }
    return status;
}
