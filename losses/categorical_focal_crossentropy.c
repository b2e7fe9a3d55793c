/* Cross-entropy of one-hot targets in which what is already predicted well counts less.
 * keras/src/losses/losses.py, categorical_focal_crossentropy. https://arxiv.org/abs/1708.02002 */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_categorical_focal_crossentropy_args args;
    cornu_tensor *alphas; /* [classes], or NULL: one for all */
} categorical_focal_crossentropy;

/* Keras' epsilon: probabilities are kept this far from 0 and 1. */
static const double epsilon = 1e-7;

static cornu_status init(void *object) {
    categorical_focal_crossentropy *self = object;
    if (!(self->args.label_smoothing >= 0 && self->args.label_smoothing <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "CategoricalFocalCrossentropy: label_smoothing must be in 0..1, got %g",
            self->args.label_smoothing
        );
    }
    cornu_floats given = self->args.alphas;
    if (given.count == 0) return CORNU_OK;
    float *narrow = cornu_allocate(given.count * sizeof *narrow);
    if (!narrow) return CORNU_ENOMEM;
    for (size_t i = 0; i < given.count; i++) narrow[i] = (float)given.items[i];
    self->alphas = cornu_tensor_from(CORNU_FLOAT32, cornu_shape((int64_t)given.count), narrow);
    cornu_free(narrow);
    return self->alphas ? CORNU_OK : cornu_error_status();
}

static void destroy(void *object) {
    cornu_tensor_free(((categorical_focal_crossentropy *)object)->alphas);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    cornu_floats alphas = ((const categorical_focal_crossentropy *)object)->args.alphas;
    if (alphas.count == 0) return CORNU_OK;
    return cornu_config_set_floats(config, "alpha", alphas.items, alphas.count);
}

/* What the classes weigh, broadcast over the last axis. */
static cornu_tensor *alpha_of(cornu_loss *loss, cornu_tensor *y_pred) {
    const categorical_focal_crossentropy *self = (categorical_focal_crossentropy *)loss;
    if (!self->alphas) return cornu_scalar(self->args.alpha);
    int64_t wanted = cornu_tensor_dim(y_pred, -1), given = cornu_tensor_size(self->alphas);
    if (given != 1 && given != wanted)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%lld alphas for %lld classes", (long long)given, (long long)wanted
        );
    return cornu_op_cast(self->alphas, cornu_tensor_dtype(y_pred));
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
    factor = cornu_op_multiply(factor, alpha_of(loss, y_pred));
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
    CORNU_FIELD_OMITTED(cornu_loss_categorical_focal_crossentropy_args, FLOATS, alphas),
};

CORNU_LOSS_CLASS(categorical_focal_crossentropy){
    CORNU_CLASS_ARGS(categorical_focal_crossentropy, args, defaults, fields),
    .name = "CategoricalFocalCrossentropy",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .call = call,
};

cornu_loss *cornu_loss_categorical_focal_crossentropy_new(
    const cornu_loss_categorical_focal_crossentropy_args *args
) {
    return cornu_loss_create(&cornu_loss_categorical_focal_crossentropy_class, args);
}
