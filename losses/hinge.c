/* The hinge losses, for targets -1 and 1 (0 and 1 are turned into them).
 * keras/src/losses/losses.py: hinge, squared_hinge */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} hinge;

/* Targets that are all 0 or 1, as -1 and 1; others as they are. */
static cornu_tensor *signs(cornu_tensor *y) {
    cornu_tensor *one = cornu_scalar(1);
    cornu_tensor *binary =
        cornu_op_all(cornu_op_logical_or(cornu_op_equal(y, cornu_scalar(0)), cornu_op_equal(y, one))
        );
    cornu_tensor *turned = cornu_op_subtract(cornu_op_multiply(y, cornu_scalar(2)), one);
    return cornu_op_where(binary, turned, y);
}

/* max(1 - y_true * y_pred, 0) */
static cornu_tensor *missing(cornu_tensor *y_true, cornu_tensor *y_pred) {
    cornu_tensor *agreement = cornu_op_multiply(signs(y_true), y_pred);
    return cornu_op_maximum(cornu_op_subtract(cornu_scalar(1), agreement), cornu_scalar(0));
}

static cornu_tensor *call_hinge(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    return cornu_op_mean(missing(y_true, y_pred), .axis = cornu_axes(-1));
}

static cornu_tensor *call_squared(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    return cornu_op_mean(cornu_op_square(missing(y_true, y_pred)), .axis = cornu_axes(-1));
}

static const cornu_loss_regression_args hinge_defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "hinge"};
static const cornu_loss_regression_args squared_defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "squared_hinge"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};

CORNU_LOSS_CLASS(hinge){
    CORNU_CLASS_ARGS(hinge, args, hinge_defaults, fields),
    .name = "Hinge",
    .call = call_hinge,
};
CORNU_LOSS_CLASS(squared_hinge){
    CORNU_CLASS_ARGS(hinge, args, squared_defaults, fields),
    .name = "SquaredHinge",
    .call = call_squared,
};

cornu_loss *cornu_loss_hinge_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_hinge_class, args);
}
cornu_loss *cornu_loss_squared_hinge_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_squared_hinge_class, args);
}
