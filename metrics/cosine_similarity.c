/* The cosine of the angle between targets and predictions: the loss with the other sign.
 * keras/src/metrics/regression_metrics.py, CosineSimilarity */
#include "wrapped_loss.h"

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_axis_args args;
} cosine_similarity;

static cornu_status init(void *object) {
    long long axis = (long long)((cosine_similarity *)object)->args.axis;
    return cornu_wrap_loss_(object, "CosineSimilarity", "\"axis\": %lld", axis);
}

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_loss *loss = ((cornu_wrapped_loss *)self)->loss;
    cornu_tensor *values = cornu_wrapped_values_(loss, y_true, y_pred, &weights);
    return values ? cornu_mean_add_(self, cornu_op_negative(values), weights)
                  : cornu_error_status();
}

static const cornu_metric_axis_args defaults = {
    CORNU_METRIC_AXIS_DEFAULTS, .name = "cosine_similarity"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_axis_args),
    CORNU_FIELD(cornu_metric_axis_args, INT, axis),
};

CORNU_METRIC_CLASS(cosine_similarity){
    CORNU_CLASS_ARGS(cosine_similarity, args, defaults, fields),
    .name = "CosineSimilarity",
    .init = init,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_cosine_similarity_new(const cornu_metric_axis_args *args) {
    return cornu_metric_create(&cornu_metric_cosine_similarity_class, args);
}
