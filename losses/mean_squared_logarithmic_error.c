/* Mean squared logarithmic error: mean((log(1 + y_true) - log(1 + y_pred))^2) over the last axis.
 * keras/src/losses/losses.py, mean_squared_logarithmic_error */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} mean_squared_logarithmic_error;

/* log(1 + x), where x below Keras' epsilon counts as that. */
static cornu_tensor *logarithm_of_next(cornu_tensor *x) {
    return cornu_op_log(cornu_op_add(cornu_op_maximum(x, cornu_scalar(1e-7)), cornu_scalar(1)));
}

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    cornu_tensor *difference =
        cornu_op_subtract(logarithm_of_next(y_pred), logarithm_of_next(y_true));
    return cornu_op_mean(cornu_op_square(difference), .axis = cornu_axes(-1));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "mean_squared_logarithmic_error"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};
static const char *const aliases[] = {"msle", "MSLE", "mean_squared_logarithmic_error", NULL};

CORNU_LOSS_CLASS(mean_squared_logarithmic_error){
    CORNU_CLASS_ARGS(mean_squared_logarithmic_error, args, defaults, fields),
    .name = "MeanSquaredLogarithmicError",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_mean_squared_logarithmic_error_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_mean_squared_logarithmic_error_class, args);
}
