/* Dice loss: 1 - 2 |A and B| / (|A| + |B|), the overlap of target and prediction.
 * keras/src/losses/losses.py, dice */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_dice_args args;
} dice;

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    cornu_axes axis = ((dice *)loss)->args.axis;
    cornu_tensor *both = cornu_op_sum(cornu_op_multiply(y_true, y_pred), .axis = axis);
    cornu_tensor *sizes =
        cornu_op_add(cornu_op_sum(y_true, .axis = axis), cornu_op_sum(y_pred, .axis = axis));
    /* Keras' epsilon makes two empty sets differ */
    cornu_tensor *overlap = cornu_op_divide(
        cornu_op_multiply(both, cornu_scalar(2)), cornu_op_add(sizes, cornu_scalar(1e-7))
    );
    return cornu_op_subtract(cornu_scalar(1), overlap);
}

static const cornu_loss_dice_args defaults = {CORNU_LOSS_DICE_DEFAULTS, .name = "dice"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_dice_args),
    CORNU_FIELD(cornu_loss_dice_args, AXES, axis),
};

CORNU_LOSS_CLASS(dice){
    CORNU_CLASS_ARGS(dice, args, defaults, fields),
    .name = "Dice",
    .call = call,
};

cornu_loss *cornu_loss_dice_new(const cornu_loss_dice_args *args) {
    return cornu_loss_create(&cornu_loss_dice_class, args);
}
