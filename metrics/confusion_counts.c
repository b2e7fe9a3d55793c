/* TruePositives, FalsePositives, TrueNegatives and FalseNegatives, at one threshold or several.
 * keras/src/metrics/confusion_metrics.py */
#include "confusion.h"

typedef struct {
    cornu_confusion confusion;
    cornu_metric_thresholds_args args;
} counts;

static cornu_status init(void *object) {
    counts *self = object;
    return cornu_confusion_set_(&self->confusion, self->args.thresholds, 0.5);
}

static cornu_status build_tp(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_TP, 0);
}
static cornu_status build_fp(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_FP, 0);
}
static cornu_status build_tn(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_TN, 0);
}
static cornu_status build_fn(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_FN, 0);
}

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    static const cornu_confusion_rule rule = {.top_k = CORNU_NONE, .class_id = CORNU_NONE};
    return cornu_confusion_update_((cornu_confusion *)self, &rule, y_true, y_pred, weights);
}

/* The one count that is kept: a number, or one per threshold. */
static cornu_tensor *result(cornu_metric *metric) {
    cornu_tensor *count = cornu_metric_variables(metric).items[0];
    bool one = cornu_tensor_size(count) == 1;
    cornu_shape shape = one ? cornu_shape() : *cornu_tensor_shape(count);
    /* a value that later updates do not change */
    return cornu_op_add(cornu_op_reshape(count, shape), cornu_scalar(0));
}

static const cornu_metric_thresholds_args tp_defaults = {
    CORNU_METRIC_THRESHOLDS_DEFAULTS, .name = "true_positives"};
static const cornu_metric_thresholds_args fp_defaults = {
    CORNU_METRIC_THRESHOLDS_DEFAULTS, .name = "false_positives"};
static const cornu_metric_thresholds_args tn_defaults = {
    CORNU_METRIC_THRESHOLDS_DEFAULTS, .name = "true_negatives"};
static const cornu_metric_thresholds_args fn_defaults = {
    CORNU_METRIC_THRESHOLDS_DEFAULTS, .name = "false_negatives"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_thresholds_args),
    CORNU_FIELD(cornu_metric_thresholds_args, FLOATS, thresholds),
};

CORNU_METRIC_CLASS(true_positives){
    CORNU_CLASS_ARGS(counts, args, tp_defaults, fields),
    .name = "TruePositives",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_tp,
    .update = update,
    .result = result,
    .result_is_state = true,
};
CORNU_METRIC_CLASS(false_positives){
    CORNU_CLASS_ARGS(counts, args, fp_defaults, fields),
    .name = "FalsePositives",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_fp,
    .update = update,
    .result = result,
    .result_is_state = true,
};
CORNU_METRIC_CLASS(true_negatives){
    CORNU_CLASS_ARGS(counts, args, tn_defaults, fields),
    .name = "TrueNegatives",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_tn,
    .update = update,
    .result = result,
    .result_is_state = true,
};
CORNU_METRIC_CLASS(false_negatives){
    CORNU_CLASS_ARGS(counts, args, fn_defaults, fields),
    .name = "FalseNegatives",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_fn,
    .update = update,
    .result = result,
    .result_is_state = true,
};

cornu_metric *cornu_metric_true_positives_new(const cornu_metric_thresholds_args *args) {
    return cornu_metric_create(&cornu_metric_true_positives_class, args);
}
cornu_metric *cornu_metric_false_positives_new(const cornu_metric_thresholds_args *args) {
    return cornu_metric_create(&cornu_metric_false_positives_class, args);
}
cornu_metric *cornu_metric_true_negatives_new(const cornu_metric_thresholds_args *args) {
    return cornu_metric_create(&cornu_metric_true_negatives_class, args);
}
cornu_metric *cornu_metric_false_negatives_new(const cornu_metric_thresholds_args *args) {
    return cornu_metric_create(&cornu_metric_false_negatives_class, args);
}
