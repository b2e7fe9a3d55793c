/* Activation: a function of keras.activations as a layer.
 * keras/src/layers/activations/activation.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_activation_args args;
    cornu_activation_function *function;
} activation;

static cornu_status init(void *object) {
    activation *self = object;
    return cornu_activation_get(self->args.activation, &self->function);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return ((activation *)layer)->function(inputs[0]);
}

static const cornu_layer_activation_args defaults = {CORNU_LAYER_ACTIVATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_activation_args),
    CORNU_FIELD(cornu_layer_activation_args, ACTIVATION, activation),
};

CORNU_LAYER_CLASS(activation){
    CORNU_CLASS_ARGS(activation, args, defaults, fields),
    .name = "Activation",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_activation_new(const cornu_layer_activation_args *args) {
    return cornu_layer_create(&cornu_layer_activation_class, args);
}
