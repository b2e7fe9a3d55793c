/* MaxPooling1D to 3D and AveragePooling1D to 3D. keras/src/layers/pooling/base_pooling.py */
#include "pooling.h"

cornu_status cornu_pooling_check_(const cornu_tensor *x, int axes, const char *data_format) {
    char text[256];
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(data_format, &channels_first));
    if (cornu_tensor_rank(x) != axes + 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "the input must have %d axes, %s, got the shape %s", axes + 2,
            channels_first ? "[batch, channels, spatial..]" : "[batch, spatial.., channels]",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_pooling_init_(cornu_pooling *self, int axes) {
    cornu_layer_pooling_args *args = &self->args;
    bool channels_first;
    self->axes = axes;
    if (args->pool_size.size[0] == 0) CORNU_FAIL(CORNU_EINVAL, "pool_size is missing");
    if (args->strides.size[0] == 0) args->strides = args->pool_size;
    CORNU_TRY(cornu_window_complete(&args->pool_size, "pool_size", axes, 1));
    CORNU_TRY(cornu_window_complete(&args->strides, "strides", axes, 1));
    return cornu_is_channels_first(args->data_format, &channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *(*pool)(const cornu_op_pool_args *args)
) {
    const cornu_pooling *self = (const cornu_pooling *)layer;
    const cornu_layer_pooling_args *args = &self->args;
    const cornu_op_pool_args settings = {
        CORNU_OP_POOL_DEFAULTS,       .x = x,
        .pool_size = args->pool_size, .strides = args->strides,
        .padding = args->padding,     .data_format = args->data_format,
    };
    if (cornu_pooling_check_(x, self->axes, args->data_format) != CORNU_OK) return NULL;
    return pool(&settings);
}

cornu_tensor *cornu_max_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return call(layer, inputs[0], cornu_op_max_pool_new);
}

cornu_tensor *cornu_average_pooling_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return call(layer, inputs[0], cornu_op_average_pool_new);
}

const cornu_layer_pooling_args cornu_pooling_defaults_ = {CORNU_LAYER_POOLING_DEFAULTS};
const cornu_field cornu_pooling_fields_[7] = {
    CORNU_LAYER_FIELDS(cornu_layer_pooling_args),
    CORNU_FIELD(cornu_layer_pooling_args, WINDOW, pool_size),
    CORNU_FIELD(cornu_layer_pooling_args, STRING, padding),
    CORNU_FIELD(cornu_layer_pooling_args, WINDOW, strides),
    CORNU_FIELD(cornu_layer_pooling_args, STRING, data_format),
};
