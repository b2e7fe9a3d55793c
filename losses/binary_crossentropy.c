/* Binary cross-entropy. keras/src/losses/losses.py, binary_crossentropy */
#include "crossentropy.h"

typedef struct {
    cornu_loss base;
    cornu_loss_binary_crossentropy_args args;
} binary_crossentropy;

static cornu_status init(void *object) {
    const binary_crossentropy *self = object;
    if (!(self->args.label_smoothing >= 0 && self->args.label_smoothing <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "BinaryCrossentropy: label_smoothing must be in 0..1, got %g",
            self->args.label_smoothing
        );
    }
    return CORNU_OK;
}

/* max(x, 0) - x * y + log(1 + exp(-|x|)): no overflow on either side. */
static cornu_tensor *of_logits(cornu_tensor *y, cornu_tensor *x) {
    cornu_tensor *tail = cornu_op_log1p(cornu_op_exp(cornu_op_negative(cornu_op_absolute(x))));
    return cornu_op_add(cornu_op_subtract(cornu_op_relu(x), cornu_op_multiply(x, y)), tail);
}

static cornu_tensor *of_probabilities(cornu_tensor *y, cornu_tensor *p) {
    cornu_tensor *one = cornu_scalar(1);
    p = cornu_op_clip(p, CORNU_CROSSENTROPY_EPSILON_, 1 - CORNU_CROSSENTROPY_EPSILON_);
    cornu_tensor *hit = cornu_op_multiply(y, cornu_op_log(p));
    cornu_tensor *miss =
        cornu_op_multiply(cornu_op_subtract(one, y), cornu_op_log(cornu_op_subtract(one, p)));
    return cornu_op_negative(cornu_op_add(hit, miss));
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_binary_crossentropy_args *args = &((binary_crossentropy *)loss)->args;
    if (check_same_shape(y_true, y_pred, "") != CORNU_OK) return NULL;
    if (args->label_smoothing != 0) {
        double smoothing = args->label_smoothing;
        y_true = cornu_op_add(
            cornu_op_multiply(y_true, cornu_scalar(1 - smoothing)), cornu_scalar(0.5 * smoothing)
        );
    }
    cornu_tensor *values =
        args->from_logits ? of_logits(y_true, y_pred) : of_probabilities(y_true, y_pred);
    return cornu_op_mean(values, .axis = cornu_axes((int)args->axis));
}

static const cornu_loss_binary_crossentropy_args defaults = {
    CORNU_LOSS_BINARY_CROSSENTROPY_DEFAULTS, .name = "binary_crossentropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_binary_crossentropy_args),
    CORNU_FIELD(cornu_loss_binary_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_loss_binary_crossentropy_args, FLOAT, label_smoothing),
    CORNU_FIELD(cornu_loss_binary_crossentropy_args, INT, axis),
};
static const char *const aliases[] = {"bce", "BCE", "binary_crossentropy", NULL};

CORNU_LOSS_CLASS(binary_crossentropy){
    CORNU_CLASS_ARGS(binary_crossentropy, args, defaults, fields),
    .name = "BinaryCrossentropy",
    .init = init,
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_binary_crossentropy_new(const cornu_loss_binary_crossentropy_args *args) {
    return cornu_loss_create(&cornu_loss_binary_crossentropy_class, args);
}
