/* GlobalAveragePooling1D: the mean of all steps.
 * keras/src/layers/pooling/global_average_pooling1d.py */
#include "pooling.h"

static cornu_status init(void *object) { return cornu_global_pooling_init_(object, 1); }

/* The mean over the steps that are not masked. */
static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_global_pooling *self = (const cornu_global_pooling *)layer;
    cornu_tensor *x = inputs[0], *mask = context->masks != NULL ? context->masks[0] : NULL;
    if (mask == NULL) return cornu_global_average_pooling_call_(layer, inputs, context);
    if (cornu_pooling_check_(x, self->axes, self->args.data_format) != CORNU_OK) return NULL;
    cornu_axes axis = cornu_global_pooling_axes_(self);
    bool keepdims = self->args.keepdims;
    mask = cornu_op_cast(mask, cornu_tensor_dtype(x));               /* [batch, steps] */
    mask = cornu_op_expand_dims(mask, self->channels_first ? 1 : 2); /* one channel */
    cornu_tensor *sum =
        cornu_op_sum(cornu_op_multiply(x, mask), .axis = axis, .keepdims = keepdims);
    return cornu_op_divide(sum, cornu_op_sum(mask, .axis = axis, .keepdims = keepdims));
}

CORNU_LAYER_CLASS(global_average_pooling1d){
    CORNU_CLASS_ARGS(
        cornu_global_pooling, args, cornu_global_pooling_defaults_, cornu_global_pooling_fields_
    ),
    .name = "GlobalAveragePooling1D",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_CONSUMES,
};

cornu_layer *cornu_layer_global_average_pooling1d_new(
    const cornu_layer_global_average_pooling1d_args *args
) {
    return cornu_layer_create(&cornu_layer_global_average_pooling1d_class, args);
}
