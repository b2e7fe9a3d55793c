/* The best of one rate that can be had while another is at least a given value: sensitivity at
 * specificity and the reverse, precision at recall and the reverse.
 * keras/src/metrics/confusion_metrics.py, SensitivitySpecificityBase */
#include "confusion.h"

typedef struct {
    cornu_confusion confusion;
    cornu_metric_sensitivity_at_specificity_args args;
} sensitivity_at_specificity;

typedef struct {
    cornu_confusion confusion;
    cornu_metric_specificity_at_sensitivity_args args;
} specificity_at_sensitivity;

typedef struct {
    cornu_confusion confusion;
    cornu_metric_precision_at_recall_args args;
} precision_at_recall;

typedef struct {
    cornu_confusion confusion;
    cornu_metric_recall_at_precision_args args;
} recall_at_precision;

/* Both must hold for all: the rate asked for, and the number of thresholds that are tried. */
static cornu_status init_at(void *object, const char *name, double rate, int64_t num_thresholds) {
    cornu_confusion *self = object;
    if (!(rate >= 0 && rate <= 1))
        CORNU_FAIL(
            CORNU_EINVAL, "%s: %s must be in 0..1, got %g", self->base.cls->name, name, rate
        );
    return cornu_confusion_spread_(self, num_thresholds, false);
}

static cornu_status build(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    unsigned all = CORNU_COUNT_TP | CORNU_COUNT_FP | CORNU_COUNT_TN | CORNU_COUNT_FN;
    return cornu_confusion_build_((cornu_confusion *)self, all, 0);
}

static cornu_status update_at(
    cornu_metric *self, int64_t class_id, cornu_tensor *y_true, cornu_tensor *y_pred,
    cornu_tensor *weights
) {
    const cornu_confusion_rule rule = {.top_k = CORNU_NONE, .class_id = class_id};
    return cornu_confusion_update_((cornu_confusion *)self, &rule, y_true, y_pred, weights);
}

/* a / (a + b) at each threshold; 0 where nothing was counted */
static cornu_tensor *share(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_divide_no_nan(a, cornu_op_add(a, b));
}
static cornu_tensor *sensitivities(const cornu_confusion *c) { return share(c->tp, c->fn); }
static cornu_tensor *specificities(const cornu_confusion *c) { return share(c->tn, c->fp); }
static cornu_tensor *precisions(const cornu_confusion *c) { return share(c->tp, c->fp); }

/* The largest of `rates` where `limited` is at least `value`; 0 if it is nowhere. */
static cornu_tensor *best(cornu_tensor *limited, double value, cornu_tensor *rates) {
    cornu_tensor *allowed = cornu_op_greater_equal(limited, cornu_scalar(value));
    return cornu_op_max(cornu_op_where(allowed, rates, cornu_scalar(0)));
}

/* ---- SensitivityAtSpecificity ---- */
static cornu_status init_sensitivity_at_specificity(void *object) {
    const cornu_metric_sensitivity_at_specificity_args *args =
        &((sensitivity_at_specificity *)object)->args;
    return init_at(object, "specificity", args->specificity, args->num_thresholds);
}

static cornu_status update_sensitivity_at_specificity(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return update_at(
        self, ((sensitivity_at_specificity *)self)->args.class_id, y_true, y_pred, weights
    );
}

static cornu_tensor *result_sensitivity_at_specificity(cornu_metric *metric) {
    const sensitivity_at_specificity *self = (sensitivity_at_specificity *)metric;
    const cornu_confusion *counts = &self->confusion;
    return best(specificities(counts), self->args.specificity, sensitivities(counts));
}

static const cornu_metric_sensitivity_at_specificity_args sensitivity_at_specificity_defaults = {
    CORNU_METRIC_SENSITIVITY_AT_SPECIFICITY_DEFAULTS, .name = "sensitivity_at_specificity"};
static const cornu_field sensitivity_at_specificity_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_sensitivity_at_specificity_args),
    CORNU_FIELD(cornu_metric_sensitivity_at_specificity_args, INT, class_id),
    CORNU_FIELD(cornu_metric_sensitivity_at_specificity_args, INT, num_thresholds),
    CORNU_FIELD(cornu_metric_sensitivity_at_specificity_args, FLOAT, specificity),
};

CORNU_METRIC_CLASS(sensitivity_at_specificity){
    CORNU_CLASS_ARGS(
        sensitivity_at_specificity, args, sensitivity_at_specificity_defaults,
        sensitivity_at_specificity_fields
    ),
    .name = "SensitivityAtSpecificity",
    .init = init_sensitivity_at_specificity,
    .destroy = cornu_confusion_destroy_,
    .build = build,
    .update = update_sensitivity_at_specificity,
    .result = result_sensitivity_at_specificity,
};

cornu_metric *cornu_metric_sensitivity_at_specificity_new(
    const cornu_metric_sensitivity_at_specificity_args *args
) {
    return cornu_metric_create(&cornu_metric_sensitivity_at_specificity_class, args);
}

/* ---- SpecificityAtSensitivity ---- */
static cornu_status init_specificity_at_sensitivity(void *object) {
    const cornu_metric_specificity_at_sensitivity_args *args =
        &((specificity_at_sensitivity *)object)->args;
    return init_at(object, "sensitivity", args->sensitivity, args->num_thresholds);
}

static cornu_status update_specificity_at_sensitivity(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return update_at(
        self, ((specificity_at_sensitivity *)self)->args.class_id, y_true, y_pred, weights
    );
}

static cornu_tensor *result_specificity_at_sensitivity(cornu_metric *metric) {
    const specificity_at_sensitivity *self = (specificity_at_sensitivity *)metric;
    const cornu_confusion *counts = &self->confusion;
    return best(sensitivities(counts), self->args.sensitivity, specificities(counts));
}

static const cornu_metric_specificity_at_sensitivity_args specificity_at_sensitivity_defaults = {
    CORNU_METRIC_SPECIFICITY_AT_SENSITIVITY_DEFAULTS, .name = "specificity_at_sensitivity"};
static const cornu_field specificity_at_sensitivity_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_specificity_at_sensitivity_args),
    CORNU_FIELD(cornu_metric_specificity_at_sensitivity_args, INT, class_id),
    CORNU_FIELD(cornu_metric_specificity_at_sensitivity_args, INT, num_thresholds),
    CORNU_FIELD(cornu_metric_specificity_at_sensitivity_args, FLOAT, sensitivity),
};

CORNU_METRIC_CLASS(specificity_at_sensitivity){
    CORNU_CLASS_ARGS(
        specificity_at_sensitivity, args, specificity_at_sensitivity_defaults,
        specificity_at_sensitivity_fields
    ),
    .name = "SpecificityAtSensitivity",
    .init = init_specificity_at_sensitivity,
    .destroy = cornu_confusion_destroy_,
    .build = build,
    .update = update_specificity_at_sensitivity,
    .result = result_specificity_at_sensitivity,
};

cornu_metric *cornu_metric_specificity_at_sensitivity_new(
    const cornu_metric_specificity_at_sensitivity_args *args
) {
    return cornu_metric_create(&cornu_metric_specificity_at_sensitivity_class, args);
}

/* ---- PrecisionAtRecall ---- */
static cornu_status init_precision_at_recall(void *object) {
    const cornu_metric_precision_at_recall_args *args = &((precision_at_recall *)object)->args;
    return init_at(object, "recall", args->recall, args->num_thresholds);
}

static cornu_status update_precision_at_recall(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return update_at(self, ((precision_at_recall *)self)->args.class_id, y_true, y_pred, weights);
}

static cornu_tensor *result_precision_at_recall(cornu_metric *metric) {
    const precision_at_recall *self = (precision_at_recall *)metric;
    const cornu_confusion *counts = &self->confusion;
    return best(sensitivities(counts), self->args.recall, precisions(counts));
}

static const cornu_metric_precision_at_recall_args precision_at_recall_defaults = {
    CORNU_METRIC_PRECISION_AT_RECALL_DEFAULTS, .name = "precision_at_recall"};
static const cornu_field precision_at_recall_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_precision_at_recall_args),
    CORNU_FIELD(cornu_metric_precision_at_recall_args, INT, class_id),
    CORNU_FIELD(cornu_metric_precision_at_recall_args, INT, num_thresholds),
    CORNU_FIELD(cornu_metric_precision_at_recall_args, FLOAT, recall),
};

CORNU_METRIC_CLASS(precision_at_recall){
    CORNU_CLASS_ARGS(
        precision_at_recall, args, precision_at_recall_defaults, precision_at_recall_fields
    ),
    .name = "PrecisionAtRecall",
    .init = init_precision_at_recall,
    .destroy = cornu_confusion_destroy_,
    .build = build,
    .update = update_precision_at_recall,
    .result = result_precision_at_recall,
};

cornu_metric *cornu_metric_precision_at_recall_new(const cornu_metric_precision_at_recall_args *args
) {
    return cornu_metric_create(&cornu_metric_precision_at_recall_class, args);
}

/* ---- RecallAtPrecision ---- */
static cornu_status init_recall_at_precision(void *object) {
    const cornu_metric_recall_at_precision_args *args = &((recall_at_precision *)object)->args;
    return init_at(object, "precision", args->precision, args->num_thresholds);
}

static cornu_status update_recall_at_precision(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return update_at(self, ((recall_at_precision *)self)->args.class_id, y_true, y_pred, weights);
}

static cornu_tensor *result_recall_at_precision(cornu_metric *metric) {
    const recall_at_precision *self = (recall_at_precision *)metric;
    const cornu_confusion *counts = &self->confusion;
    return best(precisions(counts), self->args.precision, sensitivities(counts));
}

static const cornu_metric_recall_at_precision_args recall_at_precision_defaults = {
    CORNU_METRIC_RECALL_AT_PRECISION_DEFAULTS, .name = "recall_at_precision"};
static const cornu_field recall_at_precision_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_recall_at_precision_args),
    CORNU_FIELD(cornu_metric_recall_at_precision_args, INT, class_id),
    CORNU_FIELD(cornu_metric_recall_at_precision_args, INT, num_thresholds),
    CORNU_FIELD(cornu_metric_recall_at_precision_args, FLOAT, precision),
};

CORNU_METRIC_CLASS(recall_at_precision){
    CORNU_CLASS_ARGS(
        recall_at_precision, args, recall_at_precision_defaults, recall_at_precision_fields
    ),
    .name = "RecallAtPrecision",
    .init = init_recall_at_precision,
    .destroy = cornu_confusion_destroy_,
    .build = build,
    .update = update_recall_at_precision,
    .result = result_recall_at_precision,
};

cornu_metric *cornu_metric_recall_at_precision_new(const cornu_metric_recall_at_precision_args *args
) {
    return cornu_metric_create(&cornu_metric_recall_at_precision_class, args);
}
