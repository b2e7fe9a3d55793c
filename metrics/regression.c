/* Errors of regression that are the mean of a loss.
 * keras/src/metrics/regression_metrics.py */
#include "wrapped_loss.h"

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_reduce_args args;
} wrapped;

static cornu_status init_mean_absolute_percentage_error(void *object) {
    return cornu_wrap_loss_(object, "MeanAbsolutePercentageError", "%s", "");
}
static cornu_status init_mean_squared_logarithmic_error(void *object) {
    return cornu_wrap_loss_(object, "MeanSquaredLogarithmicError", "%s", "");
}
static cornu_status init_log_cosh_error(void *object) {
    return cornu_wrap_loss_(object, "LogCosh", "%s", "");
}

static const cornu_metric_reduce_args mean_absolute_percentage_error_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "mean_absolute_percentage_error"};
static const cornu_metric_reduce_args mean_squared_logarithmic_error_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "mean_squared_logarithmic_error"};
static const cornu_metric_reduce_args log_cosh_error_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "logcosh"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};
static const char *const mean_absolute_percentage_error_aliases[] = {"mape", "MAPE", NULL};
static const char *const mean_squared_logarithmic_error_aliases[] = {"msle", "MSLE", NULL};
static const char *const log_cosh_error_aliases[] = {"log_cosh", "logcosh", NULL};

CORNU_METRIC_CLASS(mean_absolute_percentage_error){
    CORNU_CLASS_ARGS(wrapped, args, mean_absolute_percentage_error_defaults, fields),
    .name = "MeanAbsolutePercentageError",
    .init = init_mean_absolute_percentage_error,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
    .aliases = mean_absolute_percentage_error_aliases,
};
CORNU_METRIC_CLASS(mean_squared_logarithmic_error){
    CORNU_CLASS_ARGS(wrapped, args, mean_squared_logarithmic_error_defaults, fields),
    .name = "MeanSquaredLogarithmicError",
    .init = init_mean_squared_logarithmic_error,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
    .aliases = mean_squared_logarithmic_error_aliases,
};
CORNU_METRIC_CLASS(log_cosh_error){
    CORNU_CLASS_ARGS(wrapped, args, log_cosh_error_defaults, fields),
    .name = "LogCoshError",
    .init = init_log_cosh_error,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
    .aliases = log_cosh_error_aliases,
};

cornu_metric *cornu_metric_mean_absolute_percentage_error_new(const cornu_metric_reduce_args *args
) {
    return cornu_metric_create(&cornu_metric_mean_absolute_percentage_error_class, args);
}
cornu_metric *cornu_metric_mean_squared_logarithmic_error_new(const cornu_metric_reduce_args *args
) {
    return cornu_metric_create(&cornu_metric_mean_squared_logarithmic_error_class, args);
}
cornu_metric *cornu_metric_log_cosh_error_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_log_cosh_error_class, args);
}
