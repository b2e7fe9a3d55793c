/* ELU: alpha * (exp(x) - 1) below 0. keras/src/layers/activations/elu.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_elu_args args;
} elu;

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_op_elu(inputs[0], ((elu *)layer)->args.alpha);
}

static const cornu_layer_elu_args defaults = {CORNU_LAYER_ELU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_elu_args),
    CORNU_FIELD(cornu_layer_elu_args, FLOAT, alpha),
};

CORNU_LAYER_CLASS(elu){
    CORNU_CLASS_ARGS(elu, args, defaults, fields),
    .name = "ELU",
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_elu_new(const cornu_layer_elu_args *args) {
    return cornu_layer_create(&cornu_layer_elu_class, args);
}
