/* Kullback-Leibler divergence and Poisson loss as metrics.
 * keras/src/metrics/probabilistic_metrics.py: KLDivergence, Poisson */
#include "wrapped_loss.h"

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_reduce_args args;
} wrapped;

static cornu_status init_kl_divergence(void *object) {
    return cornu_wrap_loss_(object, "KLDivergence", "%s", "");
}
static cornu_status init_poisson(void *object) {
    return cornu_wrap_loss_(object, "Poisson", "%s", "");
}

static const cornu_metric_reduce_args kl_divergence_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "kl_divergence"};
static const cornu_metric_reduce_args poisson_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "poisson"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};
static const char *const kl_divergence_aliases[] = {"kld", "KLD", NULL};

CORNU_METRIC_CLASS(kl_divergence){
    CORNU_CLASS_ARGS(wrapped, args, kl_divergence_defaults, fields),
    .name = "KLDivergence",
    .init = init_kl_divergence,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
    .aliases = kl_divergence_aliases,
};
CORNU_METRIC_CLASS(poisson){
    CORNU_CLASS_ARGS(wrapped, args, poisson_defaults, fields),
    .name = "Poisson",
    .init = init_poisson,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_kl_divergence_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_kl_divergence_class, args);
}
cornu_metric *cornu_metric_poisson_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_poisson_class, args);
}
