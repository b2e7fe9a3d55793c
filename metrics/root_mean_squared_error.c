/* The root of the mean squared error, taken after the mean over all batches.
 * keras/src/metrics/regression_metrics.py, RootMeanSquaredError */
#include "mean.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_reduce_args args;
} root_mean_squared_error;

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    CORNU_TRY(cornu_match_ranks(&y_true, &y_pred));
    cornu_tensor *error =
        cornu_op_subtract(cornu_op_cast(y_pred, self->dtype), cornu_op_cast(y_true, self->dtype));
    return cornu_mean_add_(self, cornu_op_square(error), weights);
}

static cornu_tensor *result(cornu_metric *self) { return cornu_op_sqrt(cornu_mean_result_(self)); }

static const cornu_metric_reduce_args defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "root_mean_squared_error"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};

CORNU_METRIC_CLASS(root_mean_squared_error){
    CORNU_CLASS_ARGS(root_mean_squared_error, args, defaults, fields),
    .name = "RootMeanSquaredError",
    .build = cornu_mean_build_,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_root_mean_squared_error_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_root_mean_squared_error_class, args);
}
