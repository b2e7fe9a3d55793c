/* What the convolutional layers share: checks of arguments and inputs, bias and activation.
 * keras/src/layers/convolutional/base_conv.py */
#include "conv.h"

cornu_status cornu_conv_positive_(const char *what, int64_t number) {
    if (number <= 0)
        CORNU_FAIL(CORNU_EINVAL, "%s must be positive, got %lld", what, (long long)number);
    return CORNU_OK;
}

static bool any_above_one(const cornu_window *window) {
    for (int i = 0; i < 3; i++)
        if (window->size[i] > 1) return true;
    return false;
}

cornu_status cornu_conv_base_init_(
    cornu_conv_base *base, int axes, const cornu_conv_arguments *arguments
) {
    const cornu_conv_arguments *a = arguments;
    base->axes = axes;
    if (a->kernel_size->size[0] == 0) CORNU_FAIL(CORNU_EINVAL, "kernel_size is missing");
    CORNU_TRY(cornu_window_complete(a->kernel_size, "kernel_size", axes, 1));
    CORNU_TRY(cornu_window_complete(a->strides, "strides", axes, 1));
    CORNU_TRY(cornu_window_complete(a->dilation_rate, "dilation_rate", axes, 1));
    if (any_above_one(a->strides) && any_above_one(a->dilation_rate))
        CORNU_FAIL(CORNU_EINVAL, "strides and dilation_rate cannot both be above 1");
    CORNU_TRY(cornu_is_channels_first(a->data_format, &base->channels_first));
    return cornu_activation_get(a->activation, &base->activation);
}

static int channel_axis(const cornu_conv_base *base) {
    return base->channels_first ? 1 : base->axes + 1;
}

static cornu_status check_rank(const cornu_conv_base *base, const cornu_shape *shape) {
    char text[256];
    if (shape->rank != base->axes + 2)
        CORNU_FAIL(
            CORNU_ESHAPE, "the input must have %d axes, %s, got the shape %s", base->axes + 2,
            base->channels_first ? "[batch, channels, spatial..]" : "[batch, spatial.., channels]",
            cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_conv_base_build_(
    cornu_conv_base *base, const cornu_shape *shapes, size_t count
) {
    char text[256];
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(check_rank(base, &shapes[0]));
    base->channels = shapes[0].dims[channel_axis(base)];
    if (base->channels < 1)
        CORNU_FAIL(
            CORNU_ESHAPE, "the number of channels must be known and positive, got the shape %s",
            cornu_shape_format(&shapes[0], text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_conv_base_check_(const cornu_conv_base *base, const cornu_tensor *x) {
    const cornu_shape *shape = cornu_tensor_shape(x);
    char text[256];
    CORNU_TRY(check_rank(base, shape));
    if (shape->dims[channel_axis(base)] != base->channels)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "the input must have the %lld channels that the layer was built for, got the shape %s",
            (long long)base->channels, cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

cornu_tensor *cornu_conv_base_finish_(
    const cornu_conv_base *base, cornu_layer *layer, cornu_tensor *y
) {
    if (base->bias != NULL) {
        cornu_tensor *bias = cornu_layer_cast(layer, base->bias);
        if (base->channels_first) {
            /* [filters] -> [filters, 1..], which broadcasts along the spatial axes behind */
            cornu_shape shape = {.rank = base->axes + 1, .dims = {cornu_tensor_size(base->bias)}};
            for (int i = 1; i < shape.rank; i++) shape.dims[i] = 1;
            bias = cornu_op_reshape(bias, shape);
        }
        y = cornu_op_add(y, bias);
    }
    return base->activation(y);
}

cornu_shape cornu_conv_kernel_shape_(int axes, const cornu_window *size, int64_t a, int64_t b) {
    cornu_shape shape = {.rank = axes + 2};
    for (int i = 0; i < axes; i++) shape.dims[i] = size->size[i];
    shape.dims[axes] = a;
    shape.dims[axes + 1] = b;
    return shape;
}

cornu_status cornu_conv_no_groups_(void *self, const cornu_config *config) {
    int64_t groups = 1;
    (void)self;
    CORNU_TRY(cornu_config_get_int(config, "groups", &groups));
    if (groups != 1)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "groups must be 1 here, got %lld", (long long)groups);
    return CORNU_OK;
}
