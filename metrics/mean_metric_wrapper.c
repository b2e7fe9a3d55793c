/* The mean of a function of targets and predictions. Functions here are losses; in files, metrics
 * too, whose classes stand for them (src/nn/functions.c).
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
    const cornu_metric_mean_metric_wrapper_args *args = &((mean_metric_wrapper *)self)->args;
    cornu_tensor *values = args->reduce ? cornu_loss_call(args->fn, y_true, y_pred)
                                        : cornu_wrapped_values_(args->fn, y_true, y_pred, &weights);
    return values ? cornu_mean_add_(self, values, weights) : cornu_error_status();
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const cornu_metric_mean_metric_wrapper_args *args = &((mean_metric_wrapper *)object)->args;
    return args->reduce ? CORNU_OK : cornu_config_set_loss_function(config, "fn", args->fn);
}

static const cornu_metric_mean_metric_wrapper_args defaults = {
    CORNU_METRIC_DEFAULTS(cornu_metric_mean_metric_wrapper_args)};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_mean_metric_wrapper_args),
    CORNU_FIELD(cornu_metric_mean_metric_wrapper_args, LOSS, fn),
    CORNU_FIELD_OMITTED(cornu_metric_mean_metric_wrapper_args, BOOL, reduce),
};

CORNU_METRIC_CLASS(mean_metric_wrapper){
    CORNU_CLASS_ARGS(mean_metric_wrapper, args, defaults, fields),
    .name = "MeanMetricWrapper",
    .init = init,
    .get_config = get_config,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_mean_metric_wrapper_new(const cornu_metric_mean_metric_wrapper_args *args
) {
    return cornu_metric_create(&cornu_metric_mean_metric_wrapper_class, args);
}
