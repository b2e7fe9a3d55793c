/* GlobalMaxPooling1D to 3D and GlobalAveragePooling1D to 3D.
 * keras/src/layers/pooling/base_global_pooling.py */
#include "pooling.h"

cornu_status cornu_global_pooling_init_(cornu_global_pooling *self, int axes) {
    self->axes = axes;
    return cornu_is_channels_first(self->args.data_format, &self->channels_first);
}

cornu_axes cornu_global_pooling_axes_(const cornu_global_pooling *self) {
    cornu_axes axes = {.count = self->axes};
    for (int i = 0; i < self->axes; i++) axes.axis[i] = i + (self->channels_first ? 2 : 1);
    return axes;
}

cornu_tensor *cornu_global_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_global_pooling *self = (const cornu_global_pooling *)layer;
    const cornu_layer_global_pooling_args *args = &self->args;
    (void)context;
    if (cornu_pooling_check_(inputs[0], self->axes, args->data_format) != CORNU_OK) return NULL;
    return cornu_op_max(
        inputs[0], .axis = cornu_global_pooling_axes_(self), .keepdims = args->keepdims
    );
}

cornu_tensor *cornu_global_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_global_pooling *self = (const cornu_global_pooling *)layer;
    const cornu_layer_global_pooling_args *args = &self->args;
    (void)context;
    if (cornu_pooling_check_(inputs[0], self->axes, args->data_format) != CORNU_OK) return NULL;
    return cornu_op_mean(
        inputs[0], .axis = cornu_global_pooling_axes_(self), .keepdims = args->keepdims
    );
}

const cornu_layer_global_pooling_args cornu_global_pooling_defaults_ = {
    CORNU_LAYER_GLOBAL_POOLING_DEFAULTS};
const cornu_field cornu_global_pooling_fields_[5] = {
    CORNU_LAYER_FIELDS(cornu_layer_global_pooling_args),
    CORNU_FIELD(cornu_layer_global_pooling_args, STRING, data_format),
    CORNU_FIELD(cornu_layer_global_pooling_args, BOOL, keepdims),
};
