/* F-beta: the harmonic mean of precision and recall, recall weighing beta times as much; F1 is that
 * with beta 1. keras/src/metrics/f_score_metrics.py */
#include <cornu/metrics.h>

#include <string.h>

typedef struct {
    cornu_metric base;
    cornu_metric_fbeta_score_args args;
    cornu_tensor *tp, *fp, *fn; /* [classes]; scalars with average "micro" */
    cornu_tensor *weights;      /* number of samples of each class, likewise */
} fbeta_score;

/* Keras' epsilon. */
static const double epsilon = 1e-7;

static bool averages(const fbeta_score *self, const char *kind) {
    return self->args.average && strcmp(self->args.average, kind) == 0;
}

static cornu_status init(void *object) {
    const fbeta_score *self = object;
    const char *name = self->base.cls->name;
    if (self->args.average && !averages(self, "micro") && !averages(self, "macro") &&
        !averages(self, "weighted")) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: average '%s' is not one of micro, macro, weighted, None", name,
            self->args.average
        );
    }
    if (!(self->args.beta > 0))
        CORNU_FAIL(CORNU_EINVAL, "%s: beta must be positive, got %g", name, self->args.beta);
    if (self->args.threshold <= 0 || self->args.threshold > 1) /* false for NAN: none */
        CORNU_FAIL(
            CORNU_EINVAL, "%s: threshold must be above 0 and at most 1, got %g", name,
            self->args.threshold
        );
    return CORNU_OK;
}

static cornu_status build(cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred) {
    fbeta_score *self = (fbeta_score *)metric;
    if (!y_pred) return cornu_error_null("y_pred");
    if (cornu_tensor_rank(y_true) != 2 || cornu_tensor_rank(y_pred) != 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "%s wants targets and predictions [batch, classes], got ranks %d and %d",
            metric->cls->name, cornu_tensor_rank(y_true), cornu_tensor_rank(y_pred)
        );
    cornu_shape shape =
        averages(self, "micro") ? cornu_shape() : cornu_shape(cornu_tensor_dim(y_pred, 1));
    self->tp = cornu_metric_add_variable(metric, "true_positives", shape);
    self->fp = cornu_metric_add_variable(metric, "false_positives", shape);
    self->fn = cornu_metric_add_variable(metric, "false_negatives", shape);
    self->weights = cornu_metric_add_variable(metric, "intermediate_weights", shape);
    return self->tp && self->fp && self->fn && self->weights ? CORNU_OK : cornu_error_status();
}

/* Which classes are predicted, as 0 and 1: the most probable one, or all above the threshold. */
static cornu_tensor *predicted(const fbeta_score *self, cornu_tensor *y_pred) {
    cornu_tensor *chosen;
    if (isnan(self->args.threshold)) {
        cornu_tensor *largest = cornu_op_max(y_pred, .axis = cornu_axes(-1), .keepdims = true);
        /* a row of zeros predicts nothing */
        chosen = cornu_op_logical_and(
            cornu_op_greater_equal(y_pred, largest),
            cornu_op_greater(cornu_op_absolute(y_pred), cornu_scalar(1e-9))
        );
    } else {
        chosen = cornu_op_greater(y_pred, cornu_scalar(self->args.threshold));
    }
    return cornu_op_cast(chosen, self->base.dtype);
}

static cornu_status add(
    const fbeta_score *self, cornu_tensor *variable, cornu_tensor *values, cornu_tensor *weights
) {
    if (weights) values = cornu_op_multiply(values, weights);
    cornu_axes axis = averages(self, "micro") ? cornu_axes() : cornu_axes(0);
    return cornu_assign_add(variable, cornu_op_sum(values, .axis = axis));
}

static cornu_status update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    const fbeta_score *self = (fbeta_score *)metric;
    cornu_tensor *one = cornu_scalar(1);
    y_true = cornu_op_cast(y_true, metric->dtype);
    y_pred = predicted(self, cornu_op_cast(y_pred, metric->dtype));
    if (weights) {
        weights = cornu_op_cast(weights, metric->dtype);
        if (weights && cornu_tensor_rank(weights) == 1) weights = cornu_op_expand_dims(weights, -1);
        if (!weights) return cornu_error_status();
    }
    cornu_tensor *not_true = cornu_op_subtract(one, y_true);
    cornu_tensor *not_pred = cornu_op_subtract(one, y_pred);
    CORNU_TRY(add(self, self->tp, cornu_op_multiply(y_pred, y_true), weights));
    CORNU_TRY(add(self, self->fp, cornu_op_multiply(y_pred, not_true), weights));
    CORNU_TRY(add(self, self->fn, cornu_op_multiply(not_pred, y_true), weights));
    return add(self, self->weights, y_true, weights);
}

/* a / (b + epsilon) */
static cornu_tensor *ratio(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_divide(a, cornu_op_add(b, cornu_scalar(epsilon)));
}

static cornu_tensor *result(cornu_metric *metric) {
    const fbeta_score *self = (fbeta_score *)metric;
    double square = self->args.beta * self->args.beta;
    cornu_tensor *precision = ratio(self->tp, cornu_op_add(self->tp, self->fp));
    cornu_tensor *recall = ratio(self->tp, cornu_op_add(self->tp, self->fn));
    cornu_tensor *sum = cornu_op_add(cornu_op_multiply(precision, cornu_scalar(square)), recall);
    cornu_tensor *score = cornu_op_multiply(
        ratio(cornu_op_multiply(precision, recall), sum), cornu_scalar(1 + square)
    );
    if (averages(self, "weighted")) {
        cornu_tensor *share = ratio(self->weights, cornu_op_sum(self->weights));
        return cornu_op_sum(cornu_op_multiply(score, share));
    }
    return self->args.average ? cornu_op_mean(score) : score;
}

static const cornu_metric_fbeta_score_args fbeta_defaults = {
    CORNU_METRIC_FBETA_SCORE_DEFAULTS, .name = "fbeta_score"};
static const cornu_metric_fbeta_score_args f1_defaults = {
    CORNU_METRIC_FBETA_SCORE_DEFAULTS, .name = "f1_score"};
static const cornu_field fbeta_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_fbeta_score_args),
    CORNU_FIELD(cornu_metric_fbeta_score_args, STRING, average),
    CORNU_FIELD(cornu_metric_fbeta_score_args, FLOAT, beta),
    CORNU_FIELD(cornu_metric_fbeta_score_args, FLOAT, threshold),
};
/* F1Score has no beta of its own */
static const cornu_field f1_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_fbeta_score_args),
    CORNU_FIELD(cornu_metric_fbeta_score_args, STRING, average),
    CORNU_FIELD(cornu_metric_fbeta_score_args, FLOAT, threshold),
};
static const char *const fbeta_aliases[] = {"fbeta_score", NULL};

CORNU_METRIC_CLASS(fbeta_score){
    CORNU_CLASS_ARGS(fbeta_score, args, fbeta_defaults, fbeta_fields),
    .name = "FBetaScore",
    .init = init,
    .build = build,
    .update = update,
    .result = result,
    .aliases = fbeta_aliases,
};
CORNU_METRIC_CLASS(f1_score){
    CORNU_CLASS_ARGS(fbeta_score, args, f1_defaults, f1_fields),
    .name = "F1Score",
    .init = init,
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_fbeta_score_new(const cornu_metric_fbeta_score_args *args) {
    return cornu_metric_create(&cornu_metric_fbeta_score_class, args);
}
cornu_metric *cornu_metric_f1_score_new(const cornu_metric_fbeta_score_args *args) {
    return cornu_metric_create(&cornu_metric_f1_score_class, args);
}
