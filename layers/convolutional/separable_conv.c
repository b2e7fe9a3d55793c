/* SeparableConv1D and SeparableConv2D: activation(conv(depthwise_conv(x, depthwise_kernel),
 * pointwise_kernel) + bias). keras/src/layers/convolutional/base_separable_conv.py */
#include "conv.h"

cornu_status cornu_separable_conv_init_(cornu_separable_conv *self, int axes) {
    cornu_layer_separable_conv_args *args = &self->args;
    cornu_conv_arguments arguments = {
        &args->kernel_size, &args->strides,    &args->dilation_rate,
        args->padding,      args->data_format, args->activation,
    };
    CORNU_TRY(cornu_conv_positive_("filters", args->filters));
    CORNU_TRY(cornu_conv_positive_("depth_multiplier", args->depth_multiplier));
    return cornu_conv_base_init_(&self->conv, axes, &arguments);
}

cornu_status cornu_separable_conv_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
) {
    cornu_separable_conv *self = (cornu_separable_conv *)layer;
    const cornu_layer_separable_conv_args *args = &self->args;
    const cornu_window ones = {{1, 1, 1}};
    CORNU_TRY(cornu_conv_base_build_(&self->conv, shapes, count));
    int64_t channels = self->conv.channels, deep = channels * args->depth_multiplier;
    self->depthwise_kernel = cornu_layer_add_weight(
        layer, "depthwise_kernel",
        cornu_conv_kernel_shape_(
            self->conv.axes, &args->kernel_size, channels, args->depth_multiplier
        ),
        .initializer = args->depthwise_initializer, .regularizer = args->depthwise_regularizer,
        .constraint = args->depthwise_constraint
    );
    if (self->depthwise_kernel == NULL) return cornu_error_status();
    self->pointwise_kernel = cornu_layer_add_weight(
        layer, "pointwise_kernel",
        cornu_conv_kernel_shape_(self->conv.axes, &ones, deep, args->filters),
        .initializer = args->pointwise_initializer, .regularizer = args->pointwise_regularizer,
        .constraint = args->pointwise_constraint
    );
    if (self->pointwise_kernel == NULL) return cornu_error_status();
    if (!args->use_bias) return CORNU_OK;
    self->conv.bias = cornu_layer_add_weight(
        layer, "bias", cornu_shape(args->filters), .initializer = args->bias_initializer,
        .regularizer = args->bias_regularizer, .constraint = args->bias_constraint
    );
    return self->conv.bias != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_separable_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_separable_conv *self = (cornu_separable_conv *)layer;
    const cornu_layer_separable_conv_args *args = &self->args;
    (void)context;
    if (cornu_conv_base_check_(&self->conv, inputs[0]) != CORNU_OK) return NULL;
    cornu_tensor *y = cornu_op_depthwise_conv(
        inputs[0], cornu_layer_cast(layer, self->depthwise_kernel), .strides = args->strides,
        .padding = args->padding, .dilation_rate = args->dilation_rate,
        .data_format = args->data_format
    );
    y = cornu_op_conv(
        y, cornu_layer_cast(layer, self->pointwise_kernel), .data_format = args->data_format
    );
    return cornu_conv_base_finish_(&self->conv, layer, y);
}

#define FIELD(type, member) CORNU_FIELD(cornu_layer_separable_conv_args, type, member)
#define INITIALIZER(member, name)                                                                  \
    CORNU_FIELD_DEFAULT(cornu_layer_separable_conv_args, INITIALIZER, member, name)

const cornu_layer_separable_conv_args cornu_separable_conv_defaults_ = {
    CORNU_LAYER_SEPARABLE_CONV_DEFAULTS};
const cornu_field cornu_separable_conv_fields_[22] = {
    CORNU_LAYER_FIELDS(cornu_layer_separable_conv_args),
    FIELD(INT, depth_multiplier),
    FIELD(INT, filters),
    FIELD(WINDOW, kernel_size),
    FIELD(WINDOW, strides),
    FIELD(STRING, padding),
    FIELD(STRING, data_format),
    FIELD(WINDOW, dilation_rate),
    FIELD(ACTIVATION, activation),
    FIELD(BOOL, use_bias),
    INITIALIZER(depthwise_initializer, "GlorotUniform"),
    INITIALIZER(pointwise_initializer, "GlorotUniform"),
    INITIALIZER(bias_initializer, "Zeros"),
    FIELD(REGULARIZER, depthwise_regularizer),
    FIELD(REGULARIZER, pointwise_regularizer),
    FIELD(REGULARIZER, bias_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, depthwise_constraint),
    FIELD(CONSTRAINT, pointwise_constraint),
    FIELD(CONSTRAINT, bias_constraint),
};
