/* Mean absolute error: mean(|y_true - y_pred|) over the last axis. keras/src/losses/losses.py,
 * mean_absolute_error */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} mean_absolute_error;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    return cornu_op_mean(
        cornu_op_absolute(cornu_op_subtract(y_true, y_pred)), .axis = cornu_axes(-1)
    );
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_DEFAULTS(cornu_loss_regression_args), .name = "mean_absolute_error"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};
static const char *const aliases[] = {"mae", "MAE", "mean_absolute_error", NULL};

CORNU_LOSS_CLASS(mean_absolute_error){
    CORNU_CLASS_ARGS(mean_absolute_error, args, defaults, fields),
    .name = "MeanAbsoluteError",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_mean_absolute_error_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_mean_absolute_error_class, args);
}
