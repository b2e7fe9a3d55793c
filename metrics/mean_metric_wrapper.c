/* The mean of a function of targets and predictions. Functions here are losses, by object or name.
 * keras/src/metrics/reduction_metrics.py, MeanMetricWrapper */
#include "wrapped_loss.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_mean_metric_wrapper_args args;
} mean_metric_wrapper;

static cornu_status init(void *object) {
    if (((mean_metric_wrapper *)object)->args.fn) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "MeanMetricWrapper: fn must be given, a loss");
}

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_loss *loss = ((mean_metric_wrapper *)self)->args.fn;
    cornu_tensor *values = cornu_wrapped_values_(loss, y_true, y_pred, &weights);
    return values ? cornu_mean_add_(self, values, weights) : cornu_error_status();
}

static const cornu_metric_mean_metric_wrapper_args defaults = {
    CORNU_METRIC_DEFAULTS(cornu_metric_mean_metric_wrapper_args)};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_mean_metric_wrapper_args),
    CORNU_FIELD(cornu_metric_mean_metric_wrapper_args, LOSS, fn),
};

CORNU_METRIC_CLASS(mean_metric_wrapper){
    CORNU_CLASS_ARGS(mean_metric_wrapper, args, defaults, fields),
    .name = "MeanMetricWrapper",
    .init = init,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_mean_metric_wrapper_new(const cornu_metric_mean_metric_wrapper_args *args
) {
    return cornu_metric_create(&cornu_metric_mean_metric_wrapper_class, args);
}
