/* The area under the ROC curve (recall over false positive rate) or the PR curve (precision over
 * recall), from counts at many thresholds. keras/src/metrics/confusion_metrics.py, AUC */
#include "confusion.h"

#include <ctype.h>

typedef struct {
    cornu_confusion confusion;
    cornu_metric_auc_args args;
    cornu_tensor *label_weights; /* [labels], or NULL */
    bool pr;                     /* the curve */
    enum { INTERPOLATION, MINORING, MAJORING } method;
} auc;

/* Keras takes names of curves and methods in several spellings. */
static bool is_called(const char *given, const char *name) {
    while (*given && tolower((unsigned char)*given) == *name) given++, name++;
    return !*given && !*name;
}

static cornu_status read_names(auc *self) {
    static const char *const methods[] = {"interpolation", "minoring", "majoring"};
    self->pr = is_called(self->args.curve, "pr");
    if (!self->pr && !is_called(self->args.curve, "roc"))
        CORNU_FAIL(CORNU_EINVAL, "AUC: curve '%s' is not ROC or PR", self->args.curve);
    for (unsigned i = 0; i < 3; i++) {
        self->method = i;
        if (is_called(self->args.summation_method, methods[i])) return CORNU_OK;
    }
    CORNU_FAIL(
        CORNU_EINVAL, "AUC: summation_method '%s' is not one of interpolation, minoring, majoring",
        self->args.summation_method
    );
}

static void sort(double *values, size_t count) {
    for (size_t i = 1; i < count; i++) {
        double moved = values[i];
        size_t j = i;
        for (; j > 0 && values[j - 1] > moved; j--) values[j] = values[j - 1];
        values[j] = moved;
    }
}

/* The thresholds given, in order, between one below all predictions and one above. */
static cornu_status use_thresholds(auc *self) {
    size_t given = self->args.thresholds.count, count = given + 2;
    for (size_t i = 0; i < given; i++) {
        double value = self->args.thresholds.items[i];
        if (!(value >= 0 && value <= 1))
            CORNU_FAIL(CORNU_EINVAL, "AUC: thresholds must be in 0..1, got %g", value);
    }
    self->args.num_thresholds = (int64_t)count;
    double *values = cornu_allocate(count * sizeof *values);
    if (!values) return CORNU_ENOMEM;
    for (size_t i = 0; i < given; i++) values[i + 1] = self->args.thresholds.items[i];
    sort(values + 1, given);
    values[0] = 0;
    values[count - 1] = 1;
    cornu_status status;
    if (cornu_confusion_is_even_(values, count)) {
        status = cornu_confusion_spread_(&self->confusion, (int64_t)count, true);
    } else {
        values[0] = -1e-7; /* Keras' epsilon beyond both ends */
        values[count - 1] = 1 + 1e-7;
        status = cornu_confusion_keep_(&self->confusion, (cornu_floats){values, count});
    }
    cornu_free(values);
    return status;
}

static cornu_status use_label_weights(auc *self) {
    cornu_floats given = self->args.label_weights;
    if (given.count == 0) return CORNU_OK;
    for (size_t i = 0; i < given.count; i++) {
        if (!(given.items[i] >= 0))
            CORNU_FAIL(
                CORNU_EINVAL, "AUC: label_weights must not be negative, got %g", given.items[i]
            );
    }
    self->label_weights = cornu_confusion_list_(given);
    return self->label_weights ? CORNU_OK : cornu_error_status();
}

static cornu_status init(void *object) {
    auc *self = object;
    CORNU_TRY(read_names(self));
    CORNU_TRY(use_label_weights(self));
    if (self->args.thresholds.count > 0) return use_thresholds(self);
    if (self->args.num_thresholds < 2)
        CORNU_FAIL(
            CORNU_EINVAL, "AUC: num_thresholds must be at least 2, got %lld",
            (long long)self->args.num_thresholds
        );
    return cornu_confusion_spread_(&self->confusion, self->args.num_thresholds, true);
}

static void destroy(void *object) {
    cornu_tensor_free(((auc *)object)->label_weights);
    cornu_confusion_destroy_(object);
}

static cornu_status build(cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred) {
    auc *self = (auc *)metric;
    unsigned all = CORNU_COUNT_TP | CORNU_COUNT_FP | CORNU_COUNT_TN | CORNU_COUNT_FN;
    (void)y_true;
    if (!y_pred) return cornu_error_null("y_pred");
    if (!self->args.multi_label) return cornu_confusion_build_(&self->confusion, all, 0);
    int64_t labels = cornu_tensor_rank(y_pred) == 2 ? cornu_tensor_dim(y_pred, 1) : -1;
    if (labels < 1 || (self->args.num_labels != CORNU_NONE && labels != self->args.num_labels)) {
        char text[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "AUC with multi_label wants predictions [batch, labels]%s, got %s",
            self->args.num_labels != CORNU_NONE ? " with num_labels labels" : "",
            cornu_shape_format(cornu_tensor_shape(y_pred), text, sizeof text)
        );
    }
    return cornu_confusion_build_(&self->confusion, all, labels);
}

static cornu_status update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    auc *self = (auc *)metric;
    const cornu_confusion_rule rule = {
        .top_k = CORNU_NONE,
        .class_id = CORNU_NONE,
        .multi_label = self->args.multi_label,
        /* counted apart, labels are weighted at the end */
        .label_weights = self->args.multi_label ? NULL : self->label_weights};
    if (self->args.from_logits) y_pred = cornu_op_sigmoid(y_pred);
    return cornu_confusion_update_(&self->confusion, &rule, y_true, y_pred, weights);
}

/* ---- the area -------------------------------------------------------------------------------- */

/* x[from : from + thresholds - 1] of [thresholds, ..] */
static cornu_tensor *part(cornu_tensor *x, int64_t from) {
    if (!x) return NULL;
    int64_t start[CORNU_MAX_RANK] = {from};
    cornu_shape size = *cornu_tensor_shape(x);
    size.dims[0]--;
    return cornu_op_slice(x, start, size);
}

/* How much x falls from each threshold to the next. */
static cornu_tensor *falls(cornu_tensor *x) { return cornu_op_subtract(part(x, 0), part(x, 1)); }

static cornu_tensor *share(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_divide_no_nan(a, cornu_op_add(a, b));
}

/* Areas between thresholds as a sum of rectangles. */
static cornu_tensor *rectangles(const auc *self) {
    const cornu_confusion *c = &self->confusion;
    cornu_tensor *recall = share(c->tp, c->fn);
    cornu_tensor *x = self->pr ? recall : share(c->fp, c->tn);
    cornu_tensor *y = self->pr ? share(c->tp, c->fp) : recall;
    cornu_tensor *left = part(y, 0), *right = part(y, 1), *height;
    if (self->method == MINORING) height = cornu_op_minimum(left, right);
    else if (self->method == MAJORING) height = cornu_op_maximum(left, right);
    else height = cornu_op_multiply(cornu_op_add(left, right), cornu_scalar(0.5));
    return cornu_op_multiply(falls(x), height);
}

/* The PR curve between two thresholds: true and false positives are interpolated, not precision
 * itself, which would be too good. Davis and Goadrich 2006 */
static cornu_tensor *interpolated(const auc *self) {
    const cornu_confusion *c = &self->confusion;
    cornu_tensor *zero = cornu_scalar(0), *one = cornu_scalar(1);
    cornu_tensor *p = cornu_op_add(c->tp, c->fp), *before = part(p, 0), *after = part(p, 1);
    cornu_tensor *dtp = falls(c->tp);
    cornu_tensor *slope = cornu_op_divide_no_nan(dtp, cornu_op_maximum(falls(p), zero));
    cornu_tensor *intercept = cornu_op_subtract(part(c->tp, 1), cornu_op_multiply(slope, after));
    cornu_tensor *both =
        cornu_op_logical_and(cornu_op_greater(before, zero), cornu_op_greater(after, zero));
    cornu_tensor *ratio =
        cornu_op_where(both, cornu_op_divide_no_nan(before, cornu_op_maximum(after, zero)), one);
    cornu_tensor *gain = cornu_op_multiply(
        slope, cornu_op_add(dtp, cornu_op_multiply(intercept, cornu_op_log(ratio)))
    );
    cornu_tensor *positive = cornu_op_add(part(c->tp, 1), part(c->fn, 1));
    return cornu_op_divide_no_nan(gain, cornu_op_maximum(positive, zero));
}

static cornu_tensor *result(cornu_metric *metric) {
    const auc *self = (auc *)metric;
    bool interpolates = self->pr && self->method == INTERPOLATION;
    cornu_tensor *areas = interpolates ? interpolated(self) : rectangles(self);
    if (!self->args.multi_label) return cornu_op_sum(areas);
    cornu_tensor *by_label = cornu_op_sum(areas, .axis = cornu_axes(0));
    if (!self->label_weights) return cornu_op_mean(by_label);
    return cornu_op_divide_no_nan(
        cornu_op_sum(cornu_op_multiply(by_label, self->label_weights)),
        cornu_op_sum(self->label_weights)
    );
}

static const cornu_metric_auc_args defaults = {CORNU_METRIC_AUC_DEFAULTS, .name = "auc"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_auc_args),
    CORNU_FIELD(cornu_metric_auc_args, INT, num_thresholds),
    CORNU_FIELD(cornu_metric_auc_args, STRING, curve),
    CORNU_FIELD(cornu_metric_auc_args, STRING, summation_method),
    CORNU_FIELD(cornu_metric_auc_args, BOOL, multi_label),
    CORNU_FIELD(cornu_metric_auc_args, INT, num_labels),
    CORNU_FIELD(cornu_metric_auc_args, FLOATS, label_weights),
    CORNU_FIELD(cornu_metric_auc_args, BOOL, from_logits),
    CORNU_FIELD(cornu_metric_auc_args, FLOATS, thresholds),
};

CORNU_METRIC_CLASS(auc){
    CORNU_CLASS_ARGS(auc, args, defaults, fields),
    .name = "AUC",
    .init = init,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_auc_new(const cornu_metric_auc_args *args) {
    return cornu_metric_create(&cornu_metric_auc_class, args);
}
