/* Categorical hinge loss: by how much the largest wrong prediction comes within 1 of the right one.
 * keras/src/losses/losses.py, categorical_hinge */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} categorical_hinge;

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    cornu_tensor *one = cornu_scalar(1), *rest = cornu_op_subtract(one, y_true);
    cornu_tensor *right = cornu_op_sum(cornu_op_multiply(y_true, y_pred), .axis = cornu_axes(-1));
    cornu_tensor *wrong = cornu_op_max(cornu_op_multiply(rest, y_pred), .axis = cornu_axes(-1));
    return cornu_op_maximum(cornu_op_add(cornu_op_subtract(wrong, right), one), cornu_scalar(0));
}

static const cornu_loss_regression_args defaults = {
    CORNU_LOSS_REGRESSION_DEFAULTS, .name = "categorical_hinge"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};

CORNU_LOSS_CLASS(categorical_hinge){
    CORNU_CLASS_ARGS(categorical_hinge, args, defaults, fields),
    .name = "CategoricalHinge",
    .call = call,
};

cornu_loss *cornu_loss_categorical_hinge_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_categorical_hinge_class, args);
}
