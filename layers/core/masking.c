/* Masking: marks steps that hold nothing but one value as absent.
 * keras/src/layers/core/masking.py */
#include <cornu/layers/core.h>

typedef struct {
    cornu_layer base;
    cornu_layer_masking_args args;
} masking;

/* Whether anything in a step differs from the value. */
static cornu_tensor *present(const masking *self, cornu_tensor *x, bool keepdims) {
    cornu_tensor *differs = cornu_op_not_equal(x, cornu_scalar(self->args.mask_value));
    return cornu_op_any(differs, .axis = cornu_axes(-1), .keepdims = keepdims);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *x = inputs[0], *mask = present((masking *)layer, x, true);
    (void)context;
    return cornu_op_multiply(x, cornu_op_cast(mask, cornu_tensor_dtype(x)));
}

static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return present((masking *)layer, inputs[0], false);
}

static const cornu_layer_masking_args defaults = {CORNU_LAYER_MASKING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_masking_args),
    CORNU_FIELD(cornu_layer_masking_args, FLOAT, mask_value),
};

CORNU_LAYER_CLASS(masking){
    CORNU_CLASS_ARGS(masking, args, defaults, fields),
    .name = "Masking",
    .call = call,
    .compute_mask = compute_mask,
    .masking = CORNU_MASK_PRODUCES,
};

cornu_layer *cornu_layer_masking_new(const cornu_layer_masking_args *args) {
    return cornu_layer_create(&cornu_layer_masking_class, args);
}
