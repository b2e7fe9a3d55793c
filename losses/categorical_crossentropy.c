/* Cross-entropy of one-hot (or soft) targets. keras/src/losses/losses.py,
 * categorical_crossentropy */
#include "crossentropy.h"

typedef struct {
    cornu_loss base;
    cornu_loss_categorical_crossentropy_args args;
} categorical_crossentropy;

static cornu_status init(void *object) {
    const categorical_crossentropy *self = object;
    if (!(self->args.label_smoothing >= 0 && self->args.label_smoothing <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "CategoricalCrossentropy: label_smoothing must be in 0..1, got %g",
            self->args.label_smoothing
        );
    }
    return CORNU_OK;
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_categorical_crossentropy_args *args =
        &((categorical_crossentropy *)loss)->args;
    int axis = (int)args->axis;
    static const char hint[] =
        " (one-hot targets; integer targets need SparseCategoricalCrossentropy)";
    if (check_same_shape(y_true, y_pred, hint) != CORNU_OK) return NULL;
    if (args->label_smoothing != 0) {
        double classes = (double)cornu_tensor_dim(y_pred, -1);
        cornu_tensor *kept = cornu_op_multiply(y_true, cornu_scalar(1 - args->label_smoothing));
        y_true = cornu_op_add(kept, cornu_scalar(args->label_smoothing / classes));
    }
    cornu_tensor *log_p = log_probabilities(y_pred, args->from_logits, axis);
    return cornu_op_negative(
        cornu_op_sum(cornu_op_multiply(y_true, log_p), .axis = cornu_axes(axis))
    );
}

static const cornu_loss_categorical_crossentropy_args defaults = {
    CORNU_LOSS_CATEGORICAL_CROSSENTROPY_DEFAULTS, .name = "categorical_crossentropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_categorical_crossentropy_args),
    CORNU_FIELD(cornu_loss_categorical_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_loss_categorical_crossentropy_args, FLOAT, label_smoothing),
    CORNU_FIELD(cornu_loss_categorical_crossentropy_args, INT, axis),
};
static const char *const aliases[] = {"cce", "CCE", "categorical_crossentropy", NULL};

CORNU_LOSS_CLASS(categorical_crossentropy){
    CORNU_CLASS_ARGS(categorical_crossentropy, args, defaults, fields),
    .name = "CategoricalCrossentropy",
    .init = init,
    .call = call,
    .aliases = aliases,
};

cornu_loss *cornu_loss_categorical_crossentropy_new(
    const cornu_loss_categorical_crossentropy_args *args
) {
    return cornu_loss_create(&cornu_loss_categorical_crossentropy_class, args);
}
