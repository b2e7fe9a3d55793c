/* PReLU: x above 0, alpha * x below, with alphas that are learnt. He et al. (2015);
 * keras/src/layers/activations/prelu.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_prelu_args args;
    cornu_tensor *alpha; /* of a sample, 1 along shared axes */
} prelu;

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    prelu *self = (prelu *)layer;
    const cornu_layer_prelu_args *args = &self->args;
    char text[256];
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    if (shapes[0].rank < 1) CORNU_FAIL(CORNU_ESHAPE, "the input must have an axis, the batch");
    cornu_shape shape = {.rank = shapes[0].rank - 1};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = shapes[0].dims[i + 1];
    for (int i = 0; i < args->shared_axes.count; i++) {
        int axis = args->shared_axes.axis[i] - 1;
        if (axis < 0 || axis >= shape.rank)
            CORNU_FAIL(
                CORNU_ESHAPE, "shared_axes names %d; an input of shape %s has the axes 1 to %d",
                axis + 1, cornu_shape_format(&shapes[0], text, sizeof text), shape.rank
            );
        shape.dims[axis] = 1;
    }
    self->alpha = cornu_layer_add_weight(
        layer, "alpha", shape, .initializer = args->alpha_initializer,
        .regularizer = args->alpha_regularizer, .constraint = args->alpha_constraint
    );
    return self->alpha != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *x = inputs[0], *alpha = cornu_layer_cast(layer, ((prelu *)layer)->alpha);
    (void)context;
    cornu_tensor *below = cornu_op_relu(cornu_op_negative(x));
    return cornu_op_subtract(cornu_op_relu(x), cornu_op_multiply(alpha, below));
}

static const cornu_layer_prelu_args defaults = {CORNU_LAYER_PRELU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_prelu_args),
    CORNU_FIELD_DEFAULT(cornu_layer_prelu_args, INITIALIZER, alpha_initializer, "Zeros"),
    CORNU_FIELD(cornu_layer_prelu_args, REGULARIZER, alpha_regularizer),
    CORNU_FIELD(cornu_layer_prelu_args, CONSTRAINT, alpha_constraint),
    CORNU_FIELD(cornu_layer_prelu_args, AXIS_LIST, shared_axes),
};

CORNU_LAYER_CLASS(prelu){
    CORNU_CLASS_ARGS(prelu, args, defaults, fields),
    .name = "PReLU",
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_prelu_new(const cornu_layer_prelu_args *args) {
    return cornu_layer_create(&cornu_layer_prelu_class, args);
}
