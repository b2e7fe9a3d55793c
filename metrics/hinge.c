/* The hinge losses as metrics.
 * keras/src/metrics/hinge_metrics.py */
#include "wrapped_loss.h"

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_reduce_args args;
} wrapped;

static cornu_status init_hinge(void *object) { return cornu_wrap_loss_(object, "Hinge", "%s", ""); }
static cornu_status init_squared_hinge(void *object) {
    return cornu_wrap_loss_(object, "SquaredHinge", "%s", "");
}
static cornu_status init_categorical_hinge(void *object) {
    return cornu_wrap_loss_(object, "CategoricalHinge", "%s", "");
}

static const cornu_metric_reduce_args hinge_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "hinge"};
static const cornu_metric_reduce_args squared_hinge_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "squared_hinge"};
static const cornu_metric_reduce_args categorical_hinge_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "categorical_hinge"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};

CORNU_METRIC_CLASS(hinge){
    CORNU_CLASS_ARGS(wrapped, args, hinge_defaults, fields),
    .name = "Hinge",
    .init = init_hinge,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};
CORNU_METRIC_CLASS(squared_hinge){
    CORNU_CLASS_ARGS(wrapped, args, squared_hinge_defaults, fields),
    .name = "SquaredHinge",
    .init = init_squared_hinge,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};
CORNU_METRIC_CLASS(categorical_hinge){
    CORNU_CLASS_ARGS(wrapped, args, categorical_hinge_defaults, fields),
    .name = "CategoricalHinge",
    .init = init_categorical_hinge,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_hinge_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_hinge_class, args);
}
cornu_metric *cornu_metric_squared_hinge_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_squared_hinge_class, args);
}
cornu_metric *cornu_metric_categorical_hinge_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_categorical_hinge_class, args);
}
