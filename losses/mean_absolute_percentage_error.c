/* Mean absolute percentage error: 100 * mean(|y_true - y_pred| / |y_true|) over the last axis.
 * keras/src/losses/losses.py, mean_absolute_percentage_error */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} mean_absolute_percentage_error;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    /* targets near 0 count as if they were Keras' epsilon */
    cornu_tensor *size = cornu_op_maximum(cornu_op_absolute(y_true), cornu_scalar(1e-7));
    cornu_tensor *error = cornu_op_absolute(cornu_op_subtract(y_true, y_pred));
    cornu_tensor *mean = cornu_op_mean(cornu_op_divide(error, size), .axis = cornu_axes(-1));
    return cornu_op_multiply(mean, cornu_scalar(100));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "mean_absolute_percentage_error"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};
static const char *const aliases[] = {"mape", "MAPE", "mean_absolute_percentage_error", NULL};

CORNU_LOSS_CLASS(mean_absolute_percentage_error){
    CORNU_CLASS_ARGS(mean_absolute_percentage_error, args, defaults, fields),
    .name = "MeanAbsolutePercentageError",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_mean_absolute_percentage_error_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_mean_absolute_percentage_error_class, args);
}
