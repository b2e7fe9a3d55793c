/* Mean: the weighted mean of all values. keras/src/metrics/reduction_metrics.py, Mean */
#include "mean.h"

static cornu_tensor *reduce(cornu_tensor *x, int first_axis, bool sum) {
    if (!x || cornu_tensor_rank(x) <= first_axis) return x;
    cornu_axes axes = {0};
    for (int i = first_axis; i < cornu_tensor_rank(x); i++) axes.axis[axes.count++] = i;
    return sum ? cornu_op_sum(x, .axis = axes) : cornu_op_mean(x, .axis = axes);
}

cornu_status cornu_samplewise_(
    cornu_tensor **values, cornu_tensor **weights, cornu_dtype dtype, bool sum
) {
    cornu_tensor *x = cornu_op_cast(*values, dtype);
    cornu_tensor *w = *weights ? cornu_op_cast(*weights, dtype) : NULL;
    if (x && w) {
        CORNU_TRY(cornu_match_ranks(&x, &w));
        int weight_rank = cornu_tensor_rank(w);
        x = reduce(x, weight_rank, sum);
        if (!x) return cornu_error_status();
        w = cornu_op_broadcast_to(w, *cornu_tensor_shape(x));
        x = cornu_op_multiply(x, w);
        if (weight_rank > 1) w = reduce(w, 1, sum);
    }
    *values = reduce(x, 1, sum);
    bool failed = !*values || (*weights && !w);
    *weights = w;
    return failed ? cornu_error_status() : CORNU_OK;
}

cornu_status cornu_mean_build_(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    cornu_mean_metric *mean = (cornu_mean_metric *)self;
    mean->total = cornu_metric_add_variable(self, "total", cornu_shape());
    mean->count = mean->total ? cornu_metric_add_variable(self, "count", cornu_shape()) : NULL;
    return mean->count ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_mean_add_(cornu_metric *self, cornu_tensor *values, cornu_tensor *weights) {
    cornu_mean_metric *mean = (cornu_mean_metric *)self;
    if (!values) return cornu_error_null("values");
    CORNU_TRY(cornu_samplewise_(&values, &weights, self->dtype, false));
    double samples = cornu_tensor_rank(values) > 0 ? (double)cornu_tensor_dim(values, 0) : 1;
    CORNU_TRY(cornu_assign_add(mean->total, cornu_op_sum(values)));
    return cornu_assign_add(
        mean->count, weights ? cornu_op_sum(weights) : cornu_scalar_of(self->dtype, samples)
    );
}

cornu_tensor *cornu_mean_result_(cornu_metric *self) {
    cornu_mean_metric *mean = (cornu_mean_metric *)self;
    return cornu_op_divide_no_nan(mean->total, mean->count);
}

/* The class itself: a mean of given values. */
typedef struct {
    cornu_mean_metric mean;
    cornu_metric_reduce_args args;
} mean;

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    (void)y_pred;
    return cornu_mean_add_(self, y_true, weights);
}

static const cornu_metric_reduce_args defaults = {CORNU_METRIC_REDUCE_DEFAULTS, .name = "mean"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};

CORNU_METRIC_CLASS(mean){
    CORNU_CLASS_ARGS(mean, args, defaults, fields),
    .name = "Mean",
    .build = cornu_mean_build_,
    .update = update,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_mean_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_mean_class, args);
}
