/* AdaptiveMaxPooling1D to 3D and AdaptiveAveragePooling1D to 3D.
 * keras/src/layers/pooling/base_adaptive_pooling.py */
#include "pooling.h"

cornu_status cornu_adaptive_pooling_init_(cornu_adaptive_pooling *self, int axes) {
    cornu_layer_adaptive_pooling_args *args = &self->args;
    bool channels_first;
    self->axes = axes;
    if (args->output_size.size[0] == 0) CORNU_FAIL(CORNU_EINVAL, "output_size is missing");
    CORNU_TRY(cornu_window_complete(&args->output_size, "output_size", axes, 1));
    return cornu_is_channels_first(args->data_format, &channels_first);
}

cornu_tensor *cornu_adaptive_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_adaptive_pooling *self = (const cornu_adaptive_pooling *)layer;
    const cornu_layer_adaptive_pooling_args *args = &self->args;
    (void)context;
    if (cornu_pooling_check_(inputs[0], self->axes, args->data_format) != CORNU_OK) return NULL;
    return cornu_op_adaptive_max_pool(inputs[0], args->output_size, args->data_format);
}

cornu_tensor *cornu_adaptive_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_adaptive_pooling *self = (const cornu_adaptive_pooling *)layer;
    const cornu_layer_adaptive_pooling_args *args = &self->args;
    (void)context;
    if (cornu_pooling_check_(inputs[0], self->axes, args->data_format) != CORNU_OK) return NULL;
    return cornu_op_adaptive_average_pool(inputs[0], args->output_size, args->data_format);
}

const cornu_layer_adaptive_pooling_args cornu_adaptive_pooling_defaults_ = {
    CORNU_LAYER_ADAPTIVE_POOLING_DEFAULTS};
const cornu_field cornu_adaptive_pooling_fields_[5] = {
    CORNU_LAYER_FIELDS(cornu_layer_adaptive_pooling_args),
    CORNU_FIELD(cornu_layer_adaptive_pooling_args, WINDOW, output_size),
    CORNU_FIELD(cornu_layer_adaptive_pooling_args, STRING, data_format),
};
