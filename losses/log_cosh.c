/* The logarithm of the hyperbolic cosine of the error: mean(log(cosh(y_pred - y_true))) over the
 * last axis. keras/src/losses/losses.py, log_cosh */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} log_cosh;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    cornu_tensor *error = cornu_op_subtract(y_pred, y_true);
    /* log(cosh(x)) = x + log(1 + exp(-2x)) - log(2), which does not overflow */
    cornu_tensor *tail = cornu_op_softplus(cornu_op_multiply(error, cornu_scalar(-2)));
    cornu_tensor *values =
        cornu_op_subtract(cornu_op_add(error, tail), cornu_scalar(0.69314718055994530942));
    return cornu_op_mean(values, .axis = cornu_axes(-1));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "log_cosh"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};
static const char *const aliases[] = {"logcosh", NULL};

CORNU_LOSS_CLASS(log_cosh){
    CORNU_CLASS_ARGS(log_cosh, args, defaults, fields),
    .name = "LogCosh",
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_log_cosh_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_log_cosh_class, args);
}
