/* Binary cross-entropy in which what is already predicted well counts less, by (1 - p)^gamma.
 * keras/src/losses/losses.py, binary_focal_crossentropy. https://arxiv.org/abs/1708.02002 */
#include "crossentropy.h"

typedef struct {
    cornu_loss base;
    cornu_loss_binary_focal_crossentropy_args args;
} binary_focal_crossentropy;

static cornu_status init(void *object) {
    const binary_focal_crossentropy *self = object;
    if (!(self->args.label_smoothing >= 0 && self->args.label_smoothing <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "BinaryFocalCrossentropy: label_smoothing must be in 0..1, got %g",
            self->args.label_smoothing
        );
    }
    return CORNU_OK;
}

/* y * if_one + (1 - y) * if_zero */
static cornu_tensor *mix(cornu_tensor *y, cornu_tensor *if_one, cornu_tensor *if_zero) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), y);
    return cornu_op_add(cornu_op_multiply(y, if_one), cornu_op_multiply(rest, if_zero));
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_binary_focal_crossentropy_args *args =
        &((binary_focal_crossentropy *)loss)->args;
    cornu_tensor *one = cornu_scalar(1);
    if (check_same_shape(y_true, y_pred, "") != CORNU_OK) return NULL;
    if (args->label_smoothing != 0) {
        cornu_tensor *kept = cornu_op_multiply(y_true, cornu_scalar(1 - args->label_smoothing));
        y_true = cornu_op_add(kept, cornu_scalar(0.5 * args->label_smoothing));
    }
    if (args->from_logits) y_pred = cornu_op_sigmoid(y_pred);
    cornu_tensor *p =
        cornu_op_clip(y_pred, CORNU_CROSSENTROPY_EPSILON_, 1 - CORNU_CROSSENTROPY_EPSILON_);
    cornu_tensor *entropy =
        cornu_op_negative(mix(y_true, cornu_op_log(p), cornu_op_log(cornu_op_subtract(one, p))));
    cornu_tensor *right = mix(y_true, y_pred, cornu_op_subtract(one, y_pred));
    cornu_tensor *factor = cornu_op_power(cornu_op_subtract(one, right), cornu_scalar(args->gamma));
    cornu_tensor *values = cornu_op_multiply(factor, entropy);
    if (args->apply_class_balancing) {
        cornu_tensor *weight =
            mix(y_true, cornu_scalar(args->alpha), cornu_scalar(1 - args->alpha));
        values = cornu_op_multiply(weight, values);
    }
    return cornu_op_mean(values, .axis = cornu_axes((int)args->axis));
}

static const cornu_loss_binary_focal_crossentropy_args defaults = {
    CORNU_LOSS_BINARY_FOCAL_CROSSENTROPY_DEFAULTS, .name = "binary_focal_crossentropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_binary_focal_crossentropy_args),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, FLOAT, label_smoothing),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, INT, axis),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, BOOL, apply_class_balancing),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, FLOAT, alpha),
    CORNU_FIELD(cornu_loss_binary_focal_crossentropy_args, FLOAT, gamma),
};

CORNU_LOSS_CLASS(binary_focal_crossentropy){
    CORNU_CLASS_ARGS(binary_focal_crossentropy, args, defaults, fields),
    .name = "BinaryFocalCrossentropy",
    .init = init,
    .call = call,
};

cornu_loss *cornu_loss_binary_focal_crossentropy_new(
    const cornu_loss_binary_focal_crossentropy_args *args
) {
    return cornu_loss_create(&cornu_loss_binary_focal_crossentropy_class, args);
}
