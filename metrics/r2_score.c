/* R2: how much of the targets' variance the predictions explain.
 * keras/src/metrics/regression_metrics.py, R2Score */
#include <cornu/metrics.h>

#include <string.h>

typedef struct {
    cornu_metric base;
    cornu_metric_r2_score_args args;
    /* of y, of y^2 and of (y - prediction)^2, and the weights, [outputs] */
    cornu_tensor *sum, *square_sum, *error, *count;
    cornu_tensor *samples; /* their number, a scalar */
} r2_score;

static cornu_status init(void *object) {
    const cornu_metric_r2_score_args *args = &((r2_score *)object)->args;
    const char *wanted = args->class_aggregation;
    if (wanted && strcmp(wanted, "uniform_average") != 0 &&
        strcmp(wanted, "variance_weighted_average") != 0) {
        CORNU_FAIL(
            CORNU_EINVAL,
            "R2Score: class_aggregation '%s' is not one of uniform_average, "
            "variance_weighted_average, None",
            wanted
        );
    }
    if (args->num_regressors < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "R2Score: num_regressors must not be negative, got %lld",
            (long long)args->num_regressors
        );
    return CORNU_OK;
}

/* null is a setting of its own here, not the default. */
static cornu_status from_config(void *object, const cornu_config *config) {
    r2_score *self = object;
    const char *given = NULL;
    CORNU_TRY(cornu_config_get_string(config, "class_aggregation", &given));
    if (given || !cornu_config_has(config, "class_aggregation")) return CORNU_OK;
    cornu_free((void *)(uintptr_t)self->args.class_aggregation);
    self->args.class_aggregation = NULL;
    return CORNU_OK;
}

static cornu_status build(cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred) {
    r2_score *self = (r2_score *)metric;
    (void)y_true;
    if (!y_pred) return cornu_error_null("y_pred");
    if (cornu_tensor_rank(y_pred) != 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "R2Score wants predictions [batch, outputs], got rank %d",
            cornu_tensor_rank(y_pred)
        );
    cornu_shape outputs = cornu_shape(cornu_tensor_dim(y_pred, 1));
    self->square_sum = cornu_metric_add_variable(metric, "squared_sum", outputs);
    self->sum = cornu_metric_add_variable(metric, "sum", outputs);
    self->error = cornu_metric_add_variable(metric, "residual", outputs);
    self->count = cornu_metric_add_variable(metric, "count", outputs);
    self->samples = cornu_metric_add_variable(metric, "num_samples", cornu_shape());
    bool complete = self->square_sum && self->sum && self->error && self->count && self->samples;
    return complete ? CORNU_OK : cornu_error_status();
}

static cornu_status add(cornu_tensor *variable, cornu_tensor *values) {
    return cornu_assign_add(variable, cornu_op_sum(values, .axis = cornu_axes(0)));
}

static cornu_status update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    r2_score *self = (r2_score *)metric;
    y_true = cornu_op_cast(y_true, metric->dtype);
    y_pred = cornu_op_cast(y_pred, metric->dtype);
    CORNU_TRY(cornu_match_ranks(&y_true, &y_pred));
    if (weights) {
        weights = cornu_op_cast(weights, metric->dtype);
        if (weights && cornu_tensor_rank(weights) == 1) weights = cornu_op_expand_dims(weights, 1);
        weights = cornu_op_broadcast_to(weights, *cornu_tensor_shape(y_true));
    } else {
        weights = cornu_op_ones_like(y_true);
    }
    if (!weights) return cornu_error_status();
    cornu_tensor *weighted = cornu_op_multiply(y_true, weights);
    cornu_tensor *error = cornu_op_square(cornu_op_subtract(y_true, y_pred));
    CORNU_TRY(add(self->sum, weighted));
    CORNU_TRY(add(self->square_sum, cornu_op_multiply(y_true, weighted)));
    CORNU_TRY(add(self->error, cornu_op_multiply(error, weights)));
    CORNU_TRY(add(self->count, weights));
    return cornu_assign_add(
        self->samples, cornu_scalar_of(metric->dtype, (double)cornu_tensor_dim(y_true, 0))
    );
}

static cornu_tensor *aggregate(const r2_score *self, cornu_tensor *scores, cornu_tensor *total) {
    const char *how = self->args.class_aggregation;
    if (!how) return scores;
    if (strcmp(how, "uniform_average") == 0) return cornu_op_mean(scores);
    return cornu_op_divide(cornu_op_sum(cornu_op_multiply(total, scores)), cornu_op_sum(total));
}

/* 1 - (1 - score)(n - 1) / (n - p - 1); as it is where there are not enough samples for that. */
static cornu_tensor *adjusted(const r2_score *self, cornu_tensor *score) {
    cornu_tensor *one = cornu_scalar(1);
    cornu_tensor *before = cornu_op_subtract(self->samples, one);
    cornu_tensor *freedom =
        cornu_op_subtract(before, cornu_scalar((double)self->args.num_regressors));
    cornu_tensor *missing =
        cornu_op_divide(cornu_op_multiply(cornu_op_subtract(one, score), before), freedom);
    return cornu_op_where(
        cornu_op_greater(freedom, cornu_scalar(0)), cornu_op_subtract(one, missing), score
    );
}

static cornu_tensor *result(cornu_metric *metric) {
    const r2_score *self = (r2_score *)metric;
    cornu_tensor *mean = cornu_op_divide(self->sum, self->count);
    cornu_tensor *total = cornu_op_subtract(self->square_sum, cornu_op_multiply(self->sum, mean));
    cornu_tensor *scores = cornu_op_subtract(cornu_scalar(1), cornu_op_divide(self->error, total));
    /* targets that are all alike */
    scores = cornu_op_where(cornu_op_isinf(scores), cornu_scalar(0), scores);
    cornu_tensor *score = aggregate(self, scores, total);
    return self->args.num_regressors != 0 ? adjusted(self, score) : score;
}

static const cornu_metric_r2_score_args defaults = {
    CORNU_METRIC_R2_SCORE_DEFAULTS, .name = "r2_score"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_r2_score_args),
    CORNU_FIELD(cornu_metric_r2_score_args, STRING, class_aggregation),
    CORNU_FIELD(cornu_metric_r2_score_args, INT, num_regressors),
};

CORNU_METRIC_CLASS(r2_score){
    CORNU_CLASS_ARGS(r2_score, args, defaults, fields),
    .name = "R2Score",
    .init = init,
    .from_config = from_config,
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_r2_score_new(const cornu_metric_r2_score_args *args) {
    return cornu_metric_create(&cornu_metric_r2_score_class, args);
}
