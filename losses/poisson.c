/* Poisson loss: mean(y_pred - y_true * log(y_pred)) over the last axis.
 * keras/src/losses/losses.py, poisson */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} poisson;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    /* Keras' epsilon keeps the logarithm of 0 finite */
    cornu_tensor *logarithm = cornu_op_log(cornu_op_add(y_pred, cornu_scalar(1e-7)));
    cornu_tensor *values = cornu_op_subtract(y_pred, cornu_op_multiply(y_true, logarithm));
    return cornu_op_mean(values, .axis = cornu_axes(-1));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "poisson"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};

CORNU_LOSS_CLASS(poisson){
    CORNU_CLASS_ARGS(poisson, args, defaults, fields),
    .name = "Poisson",
    .call = call,
};

cornu_loss *cornu_loss_poisson_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_poisson_class, args);
}
