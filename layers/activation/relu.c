/* ReLU with a ceiling, a slope below and a threshold. keras/src/layers/activations/relu.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_relu_args args;
} relu;

static cornu_status init(void *object) {
    const cornu_layer_relu_args *args = &((relu *)object)->args;
    if (args->max_value < 0)
        CORNU_FAIL(CORNU_EINVAL, "max_value must not be negative, got %g", args->max_value);
    if (!(args->negative_slope >= 0))
        CORNU_FAIL(
            CORNU_EINVAL, "negative_slope must not be negative, got %g", args->negative_slope
        );
    if (!(args->threshold >= 0))
        CORNU_FAIL(CORNU_EINVAL, "threshold must not be negative, got %g", args->threshold);
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_relu_args *args = &((relu *)layer)->args;
    (void)context;
    double max_value = isnan(args->max_value) ? INFINITY : args->max_value;
    return cornu_op_relu_general(inputs[0], args->negative_slope, max_value, args->threshold);
}

static const cornu_layer_relu_args defaults = {CORNU_LAYER_RELU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_relu_args),
    CORNU_FIELD(cornu_layer_relu_args, FLOAT, max_value),
    CORNU_FIELD(cornu_layer_relu_args, FLOAT, negative_slope),
    CORNU_FIELD(cornu_layer_relu_args, FLOAT, threshold),
};

CORNU_LAYER_CLASS(relu){
    CORNU_CLASS_ARGS(relu, args, defaults, fields),
    .name = "ReLU",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_relu_new(const cornu_layer_relu_args *args) {
    return cornu_layer_create(&cornu_layer_relu_class, args);
}
