/* DepthwiseConv1D and DepthwiseConv2D: activation(depthwise_conv(x, kernel) + bias).
 * keras/src/layers/convolutional/base_depthwise_conv.py */
#include "conv.h"

#include <string.h>

cornu_status cornu_depthwise_conv_init_(cornu_depthwise_conv *self, int axes) {
    cornu_layer_depthwise_conv_args *args = &self->args;
    cornu_conv_arguments arguments = {
        &args->kernel_size, &args->strides,    &args->dilation_rate,
        args->padding,      args->data_format, args->activation,
    };
    CORNU_TRY(cornu_conv_positive_("depth_multiplier", args->depth_multiplier));
    if (args->padding != NULL && strcmp(args->padding, "causal") == 0)
        CORNU_FAIL(CORNU_EINVAL, "padding must be \"valid\" or \"same\", got \"causal\"");
    return cornu_conv_base_init_(&self->conv, axes, &arguments);
}

cornu_status cornu_depthwise_conv_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
) {
    cornu_depthwise_conv *self = (cornu_depthwise_conv *)layer;
    const cornu_layer_depthwise_conv_args *args = &self->args;
    CORNU_TRY(cornu_conv_base_build_(&self->conv, shapes, count));
    self->kernel = cornu_layer_add_weight(
        layer, "kernel",
        cornu_conv_kernel_shape_(
            self->conv.axes, &args->kernel_size, self->conv.channels, args->depth_multiplier
        ),
        .initializer = args->depthwise_initializer, .regularizer = args->depthwise_regularizer,
        .constraint = args->depthwise_constraint
    );
    if (self->kernel == NULL) return cornu_error_status();
    if (!args->use_bias) return CORNU_OK;
    self->conv.bias = cornu_layer_add_weight(
        layer, "bias", cornu_shape(self->conv.channels * args->depth_multiplier),
        .initializer = args->bias_initializer, .regularizer = args->bias_regularizer,
        .constraint = args->bias_constraint
    );
    return self->conv.bias != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_depthwise_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_depthwise_conv *self = (cornu_depthwise_conv *)layer;
    const cornu_layer_depthwise_conv_args *args = &self->args;
    (void)context;
    if (cornu_conv_base_check_(&self->conv, inputs[0]) != CORNU_OK) return NULL;
    cornu_tensor *y = cornu_op_depthwise_conv(
        inputs[0], cornu_layer_cast(layer, self->kernel), .strides = args->strides,
        .padding = args->padding, .dilation_rate = args->dilation_rate,
        .data_format = args->data_format
    );
    return cornu_conv_base_finish_(&self->conv, layer, y);
}

#define FIELD(type, member) CORNU_FIELD(cornu_layer_depthwise_conv_args, type, member)
#define INITIALIZER(member, name)                                                                  \
    CORNU_FIELD_DEFAULT(cornu_layer_depthwise_conv_args, INITIALIZER, member, name)

const cornu_layer_depthwise_conv_args cornu_depthwise_conv_defaults_ = {
    CORNU_LAYER_DEPTHWISE_CONV_DEFAULTS};
const cornu_field cornu_depthwise_conv_fields_[18] = {
    CORNU_LAYER_FIELDS(cornu_layer_depthwise_conv_args),
    FIELD(INT, depth_multiplier),
    FIELD(WINDOW, kernel_size),
    FIELD(WINDOW, strides),
    FIELD(STRING, padding),
    FIELD(STRING, data_format),
    FIELD(WINDOW, dilation_rate),
    FIELD(ACTIVATION, activation),
    FIELD(BOOL, use_bias),
    INITIALIZER(depthwise_initializer, "GlorotUniform"),
    INITIALIZER(bias_initializer, "Zeros"),
    FIELD(REGULARIZER, depthwise_regularizer),
    FIELD(REGULARIZER, bias_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, depthwise_constraint),
    FIELD(CONSTRAINT, bias_constraint),
};
