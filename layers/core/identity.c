/* Identity: gives its input. keras/src/layers/core/identity.py */
#include <cornu/layers/core.h>

typedef struct {
    cornu_layer base;
    cornu_layer_identity_args args;
} identity;

static cornu_tensor *call(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self, (void)context;
    return inputs[0];
}

static const cornu_layer_identity_args defaults = {CORNU_LAYER_IDENTITY_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_identity_args)};

CORNU_LAYER_CLASS(identity){
    CORNU_CLASS_ARGS(identity, args, defaults, fields),
    .name = "Identity",
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_identity_new(const cornu_layer_identity_args *args) {
    return cornu_layer_create(&cornu_layer_identity_class, args);
}
