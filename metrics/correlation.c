/* How well predictions follow targets along an axis: the coefficients of Pearson (up to scale and
 * offset) and of concordance (exactly). keras/src/metrics/correlation_metrics.py */
#include "mean.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_axis_args args;
} correlation;

/* Keras' epsilon: keeps what does not vary from being divided by zero. */
static const double epsilon = 1e-7;

static cornu_axes axis_of(const cornu_metric *self) {
    return cornu_axes((int)((const correlation *)self)->args.axis);
}

static cornu_tensor *mean_of(cornu_tensor *x, cornu_axes axis) {
    return cornu_op_mean(x, .axis = axis, .keepdims = true);
}

/* Both in the metric's type and of one rank. */
static cornu_status prepare(cornu_metric *self, cornu_tensor **y_true, cornu_tensor **y_pred) {
    *y_true = cornu_op_cast(*y_true, self->dtype);
    *y_pred = cornu_op_cast(*y_pred, self->dtype);
    return cornu_match_ranks(y_true, y_pred);
}

/* (x - mean) / deviation */
static cornu_tensor *standardized(cornu_tensor *x, cornu_axes axis) {
    x = cornu_op_subtract(x, mean_of(x, axis));
    cornu_tensor *deviation = cornu_op_std(x, .axis = axis, .keepdims = true);
    return cornu_op_divide(x, cornu_op_add(deviation, cornu_scalar(epsilon)));
}

static cornu_status update_pearson(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_axes axis = axis_of(self);
    CORNU_TRY(prepare(self, &y_true, &y_pred));
    cornu_tensor *product =
        cornu_op_multiply(standardized(y_true, axis), standardized(y_pred, axis));
    return cornu_mean_add_(self, cornu_op_mean(product, .axis = axis), weights);
}

static cornu_status update_concordance(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_axes axis = axis_of(self);
    CORNU_TRY(prepare(self, &y_true, &y_pred));
    cornu_tensor *true_mean = mean_of(y_true, axis), *pred_mean = mean_of(y_pred, axis);
    cornu_tensor *variances = cornu_op_add(
        cornu_op_var(y_true, .axis = axis, .keepdims = true),
        cornu_op_var(y_pred, .axis = axis, .keepdims = true)
    );
    cornu_tensor *apart = cornu_op_square(cornu_op_subtract(true_mean, pred_mean));
    /* one mean serves for both factors: that of the other would change nothing in the sum */
    cornu_tensor *covariance = cornu_op_multiply(
        cornu_op_subtract(y_true, pred_mean), cornu_op_subtract(y_pred, pred_mean)
    );
    cornu_tensor *norm = cornu_op_add(cornu_op_add(variances, apart), cornu_scalar(epsilon));
    cornu_tensor *values = cornu_op_divide(cornu_op_multiply(covariance, cornu_scalar(2)), norm);
    return cornu_mean_add_(self, cornu_op_mean(values, .axis = axis), weights);
}

static const cornu_metric_axis_args pearson_defaults = {
    CORNU_METRIC_AXIS_DEFAULTS, .name = "pearson_correlation"};
static const cornu_metric_axis_args concordance_defaults = {
    CORNU_METRIC_AXIS_DEFAULTS, .name = "concordance_correlation"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_axis_args),
    CORNU_FIELD(cornu_metric_axis_args, INT, axis),
};

CORNU_METRIC_CLASS(pearson_correlation){
    CORNU_CLASS_ARGS(correlation, args, pearson_defaults, fields),
    .name = "PearsonCorrelation",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_pearson,
    .result = cornu_mean_result_,
};
CORNU_METRIC_CLASS(concordance_correlation){
    CORNU_CLASS_ARGS(correlation, args, concordance_defaults, fields),
    .name = "ConcordanceCorrelation",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_concordance,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_pearson_correlation_new(const cornu_metric_axis_args *args) {
    return cornu_metric_create(&cornu_metric_pearson_correlation_class, args);
}
cornu_metric *cornu_metric_concordance_correlation_new(const cornu_metric_axis_args *args) {
    return cornu_metric_create(&cornu_metric_concordance_correlation_class, args);
}
