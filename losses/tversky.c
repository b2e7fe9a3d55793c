/* Tversky loss: the Dice loss with weights of its own for the two kinds of errors.
 * keras/src/losses/losses.py, tversky. https://arxiv.org/abs/1706.05721 */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_tversky_args args;
} tversky;

/* sum(a * (1 - b)): how much of a is not in b */
static cornu_tensor *outside(cornu_tensor *a, cornu_tensor *b, cornu_axes axis) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), b);
    return cornu_op_sum(cornu_op_multiply(a, rest), .axis = axis);
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_tversky_args *args = &((tversky *)loss)->args;
    cornu_tensor *both = cornu_op_sum(cornu_op_multiply(y_true, y_pred), .axis = args->axis);
    cornu_tensor *added = outside(y_pred, y_true, args->axis);
    cornu_tensor *missed = outside(y_true, y_pred, args->axis);
    cornu_tensor *sizes = cornu_op_add(
        cornu_op_add(both, cornu_op_multiply(added, cornu_scalar(args->alpha))),
        cornu_op_multiply(missed, cornu_scalar(args->beta))
    );
    cornu_tensor *overlap = cornu_op_divide(both, cornu_op_add(sizes, cornu_scalar(1e-7)));
    return cornu_op_subtract(cornu_scalar(1), overlap);
}

static const cornu_loss_tversky_args defaults = {CORNU_LOSS_TVERSKY_DEFAULTS, .name = "tversky"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_tversky_args),
    CORNU_FIELD(cornu_loss_tversky_args, FLOAT, alpha),
    CORNU_FIELD(cornu_loss_tversky_args, FLOAT, beta),
    CORNU_FIELD(cornu_loss_tversky_args, AXES, axis),
};

CORNU_LOSS_CLASS(tversky){
    CORNU_CLASS_ARGS(tversky, args, defaults, fields),
    .name = "Tversky",
    .call = call,
};

cornu_loss *cornu_loss_tversky_new(const cornu_loss_tversky_args *args) {
    return cornu_loss_create(&cornu_loss_tversky_class, args);
}
