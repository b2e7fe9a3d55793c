/* Sum: the weighted sum of all values. keras/src/metrics/reduction_metrics.py, Sum */
#include "mean.h"

typedef struct {
    cornu_metric base;
    cornu_metric_reduce_args args;
    cornu_tensor *total; /* scalar */
} sum;

static cornu_status build(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)y_true, (void)y_pred;
    ((sum *)self)->total = cornu_metric_add_variable(self, "total", cornu_shape());
    return ((sum *)self)->total ? CORNU_OK : cornu_error_status();
}

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    (void)y_pred;
    CORNU_TRY(cornu_samplewise_(&y_true, &weights, self->dtype, true));
    return cornu_assign_add(((sum *)self)->total, cornu_op_sum(y_true));
}

static cornu_tensor *result(cornu_metric *self) {
    return cornu_op_add(
        ((sum *)self)->total, cornu_scalar(0)
    ); /* a value that later updates do not change */
}

static const cornu_metric_reduce_args defaults = {CORNU_METRIC_REDUCE_DEFAULTS, .name = "sum"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};

CORNU_METRIC_CLASS(sum){
    CORNU_CLASS_ARGS(sum, args, defaults, fields),
    .name = "Sum",
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_sum_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_sum_class, args);
}
