/* Precision, tp / (tp + fp), and recall, tp / (tp + fn).
 * keras/src/metrics/confusion_metrics.py: Precision, Recall */
#include "confusion.h"

typedef struct {
    cornu_confusion confusion;
    cornu_metric_precision_args args;
} precision;

static cornu_status init(void *object) {
    precision *self = object;
    if (self->args.top_k != CORNU_NONE && self->args.top_k < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "%s: top_k must be at least 1, got %lld", self->confusion.base.cls->name,
            (long long)self->args.top_k
        );
    /* with top_k, being among the largest is enough */
    double otherwise = self->args.top_k == CORNU_NONE ? 0.5 : CORNU_CONFUSION_ALL_;
    return cornu_confusion_set_(&self->confusion, self->args.thresholds, otherwise);
}

static cornu_status build_precision(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred
) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_TP | CORNU_COUNT_FP, 0);
}

static cornu_status build_recall(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    return cornu_confusion_build_((cornu_confusion *)self, CORNU_COUNT_TP | CORNU_COUNT_FN, 0);
}

static cornu_status update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    precision *self = (precision *)metric;
    const cornu_confusion_rule rule = {.top_k = self->args.top_k, .class_id = self->args.class_id};
    return cornu_confusion_update_(&self->confusion, &rule, y_true, y_pred, weights);
}

static cornu_tensor *result(cornu_metric *metric) {
    const cornu_confusion *counts = (cornu_confusion *)metric;
    cornu_tensor *wrong = counts->fp ? counts->fp : counts->fn;
    cornu_tensor *value = cornu_op_divide_no_nan(counts->tp, cornu_op_add(counts->tp, wrong));
    bool one = cornu_tensor_size(counts->thresholds) == 1;
    return one ? cornu_op_reshape(value, cornu_shape()) : value;
}

static const cornu_metric_precision_args precision_defaults = {
    CORNU_METRIC_PRECISION_DEFAULTS, .name = "precision"};
static const cornu_metric_precision_args recall_defaults = {
    CORNU_METRIC_PRECISION_DEFAULTS, .name = "recall"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_precision_args),
    CORNU_FIELD(cornu_metric_precision_args, FLOATS, thresholds),
    CORNU_FIELD(cornu_metric_precision_args, INT, top_k),
    CORNU_FIELD(cornu_metric_precision_args, INT, class_id),
};

CORNU_METRIC_CLASS(precision){
    CORNU_CLASS_ARGS(precision, args, precision_defaults, fields),
    .name = "Precision",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_precision,
    .update = update,
    .result = result,
};
CORNU_METRIC_CLASS(recall){
    CORNU_CLASS_ARGS(precision, args, recall_defaults, fields),
    .name = "Recall",
    .init = init,
    .destroy = cornu_confusion_destroy_,
    .build = build_recall,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_precision_new(const cornu_metric_precision_args *args) {
    return cornu_metric_create(&cornu_metric_precision_class, args);
}
cornu_metric *cornu_metric_recall_new(const cornu_metric_precision_args *args) {
    return cornu_metric_create(&cornu_metric_recall_class, args);
}
