/* Cross-entropy of one-hot targets in which what is already predicted well counts less.
 * keras/src/losses/losses.py, categorical_focal_crossentropy. https://arxiv.org/abs/1708.02002 */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_categorical_focal_crossentropy_args args;
} categorical_focal_crossentropy;

/* Keras' epsilon: probabilities are kept this far from 0 and 1. */
static const double epsilon = 1e-7;

static cornu_status init(void *object) {
    const categorical_focal_crossentropy *self = object;
    if (!(self->args.label_smoothing >= 0 && self->args.label_smoothing <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "CategoricalFocalCrossentropy: label_smoothing must be in 0..1, got %g",
            self->args.label_smoothing
        );
    }
    return CORNU_OK;
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_categorical_focal_crossentropy_args *args =
        &((categorical_focal_crossentropy *)loss)->args;
    int axis = (int)args->axis;
    if (!y_true || !y_pred) return NULL;
    if (args->label_smoothing != 0) {
        double classes = (double)cornu_tensor_dim(y_pred, -1);
        cornu_tensor *kept = cornu_op_multiply(y_true, cornu_scalar(1 - args->label_smoothing));
        y_true = cornu_op_add(kept, cornu_scalar(args->label_smoothing / classes));
    }
    if (args->from_logits) y_pred = cornu_op_softmax(y_pred, axis);
    cornu_tensor *sum = cornu_op_sum(y_pred, .axis = cornu_axes(axis), .keepdims = true);
    cornu_tensor *p = cornu_op_clip(cornu_op_divide(y_pred, sum), epsilon, 1 - epsilon);
    cornu_tensor *entropy = cornu_op_negative(cornu_op_multiply(y_true, cornu_op_log(p)));
    cornu_tensor *factor =
        cornu_op_power(cornu_op_subtract(cornu_scalar(1), p), cornu_scalar(args->gamma));
    factor = cornu_op_multiply(factor, cornu_scalar(args->alpha));
    return cornu_op_sum(cornu_op_multiply(factor, entropy), .axis = cornu_axes(axis));
}

static const cornu_loss_categorical_focal_crossentropy_args defaults = {
    CORNU_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY_DEFAULTS, .name = "categorical_focal_crossentropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_categorical_focal_crossentropy_args),
    CORNU_FIELD(cornu_loss_categorical_focal_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_loss_categorical_focal_crossentropy_args, FLOAT, label_smoothing),
    CORNU_FIELD(cornu_loss_categorical_focal_crossentropy_args, INT, axis),
    CORNU_FIELD(cornu_loss_categorical_focal_crossentropy_args, FLOAT, alpha),
    CORNU_FIELD(cornu_loss_categorical_focal_crossentropy_args, FLOAT, gamma),
};

CORNU_LOSS_CLASS(categorical_focal_crossentropy){
    CORNU_CLASS_ARGS(categorical_focal_crossentropy, args, defaults, fields),
    .name = "CategoricalFocalCrossentropy",
    .init = init,
    .call = call,
};

cornu_loss *cornu_loss_categorical_focal_crossentropy_new(
    const cornu_loss_categorical_focal_crossentropy_args *args
) {
    return cornu_loss_create(&cornu_loss_categorical_focal_crossentropy_class, args);
}
