/* The mean of (y_true - y_pred)^2. keras/src/metrics/regression_metrics.py, MeanSquaredError */
#include "mean.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_reduce_args args;
} mean_squared_error;

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    CORNU_TRY(cornu_match_ranks(&y_true, &y_pred));
    cornu_tensor *difference =
        cornu_op_subtract(cornu_op_cast(y_true, self->dtype), cornu_op_cast(y_pred, self->dtype));
    return cornu_mean_add_(
        self, cornu_op_mean(cornu_op_square(difference), .axis = cornu_axes(-1)), weights
    );
}

static const cornu_metric_reduce_args defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "mean_squared_error"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};
static const char *const aliases[] = {"mse", "MSE", "mean_squared_error", NULL};

CORNU_METRIC_CLASS(mean_squared_error){
    CORNU_CLASS_ARGS(mean_squared_error, args, defaults, fields),
    .name = "MeanSquaredError",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update,
    .result = cornu_mean_result_,
    .aliases = aliases,
};

cornu_metric *cornu_metric_mean_squared_error_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_mean_squared_error_class, args);
}
