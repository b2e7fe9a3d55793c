/* UnitNormalization: each sample gets the length 1. keras/src/layers/normalization/
 * unit_normalization.py */
#include "moments.h"

typedef struct {
    cornu_layer base;
    cornu_layer_unit_normalization_args args;
} unit_normalization;

static cornu_status init(void *object) {
    if (((unit_normalization *)object)->args.axis.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "axis must name one axis or more");
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *x = inputs[0];
    cornu_axes axes;
    (void)context;
    if (cornu_norm_axes_(&((unit_normalization *)layer)->args.axis, cornu_tensor_shape(x), &axes) !=
        CORNU_OK)
        return NULL;
    cornu_tensor *square = cornu_op_sum(cornu_op_square(x), .axis = axes, .keepdims = true);
    /* Keras multiplies by 1e12 at most, which keeps 0 what it is */
    cornu_tensor *least = cornu_scalar_of(cornu_tensor_dtype(square), 1e-24);
    return cornu_op_multiply(x, cornu_op_rsqrt(cornu_op_maximum(square, least)));
}

static const cornu_layer_unit_normalization_args defaults = {
    CORNU_LAYER_UNIT_NORMALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_unit_normalization_args),
    CORNU_FIELD(cornu_layer_unit_normalization_args, AXES, axis),
};

CORNU_LAYER_CLASS(unit_normalization){
    CORNU_CLASS_ARGS(unit_normalization, args, defaults, fields),
    .name = "UnitNormalization",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_unit_normalization_new(const cornu_layer_unit_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_unit_normalization_class, args);
}
