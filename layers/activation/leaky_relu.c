/* LeakyReLU: a small slope below 0. keras/src/layers/activations/leaky_relu.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_leaky_relu_args args;
} leaky_relu;

static cornu_status init(void *object) {
    double slope = ((leaky_relu *)object)->args.negative_slope;
    if (!(slope >= 0))
        CORNU_FAIL(CORNU_EINVAL, "negative_slope must not be negative, got %g", slope);
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_op_leaky_relu(inputs[0], ((leaky_relu *)layer)->args.negative_slope);
}

/* Keras 2 says alpha. */
static cornu_status from_config(void *object, const cornu_config *config) {
    return cornu_config_get_float(config, "alpha", &((leaky_relu *)object)->args.negative_slope);
}

static const cornu_layer_leaky_relu_args defaults = {CORNU_LAYER_LEAKY_RELU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_leaky_relu_args),
    CORNU_FIELD(cornu_layer_leaky_relu_args, FLOAT, negative_slope),
};

CORNU_LAYER_CLASS(leaky_relu){
    CORNU_CLASS_ARGS(leaky_relu, args, defaults, fields),
    .name = "LeakyReLU",
    .init = init,
    .from_config = from_config,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_leaky_relu_new(const cornu_layer_leaky_relu_args *args) {
    return cornu_layer_create(&cornu_layer_leaky_relu_class, args);
}
