/* Conv1D, Conv2D and Conv3D: activation(conv(x, kernel) + bias).
 * keras/src/layers/convolutional/base_conv.py */
#include "conv.h"

cornu_status cornu_conv_init_(cornu_conv *self, int axes) {
    cornu_layer_conv_args *args = &self->args;
    cornu_conv_arguments arguments = {
        &args->kernel_size, &args->strides,    &args->dilation_rate,
        args->padding,      args->data_format, args->activation,
    };
    CORNU_TRY(cornu_conv_positive_("filters", args->filters));
    CORNU_TRY(cornu_conv_positive_("groups", args->groups));
    if (args->filters % args->groups != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "filters, %lld, must be a multiple of groups, %lld",
            (long long)args->filters, (long long)args->groups
        );
    return cornu_conv_base_init_(&self->conv, axes, &arguments);
}

cornu_status cornu_conv_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    cornu_conv *self = (cornu_conv *)layer;
    const cornu_layer_conv_args *args = &self->args;
    CORNU_TRY(cornu_conv_base_build_(&self->conv, shapes, count));
    if (self->conv.channels % args->groups != 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld channels cannot be shared out among %lld groups",
            (long long)self->conv.channels, (long long)args->groups
        );
    self->kernel = cornu_layer_add_weight(
        layer, "kernel",
        cornu_conv_kernel_shape_(
            self->conv.axes, &args->kernel_size, self->conv.channels / args->groups, args->filters
        ),
        .initializer = args->kernel_initializer, .regularizer = args->kernel_regularizer,
        .constraint = args->kernel_constraint
    );
    if (self->kernel == NULL) return cornu_error_status();
    if (!args->use_bias) return CORNU_OK;
    self->conv.bias = cornu_layer_add_weight(
        layer, "bias", cornu_shape(args->filters), .initializer = args->bias_initializer,
        .regularizer = args->bias_regularizer, .constraint = args->bias_constraint
    );
    return self->conv.bias != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_conv_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_conv *self = (cornu_conv *)layer;
    const cornu_layer_conv_args *args = &self->args;
    (void)context;
    if (cornu_conv_base_check_(&self->conv, inputs[0]) != CORNU_OK) return NULL;
    cornu_tensor *y = cornu_op_conv(
        inputs[0], cornu_layer_cast(layer, self->kernel), .strides = args->strides,
        .padding = args->padding, .dilation_rate = args->dilation_rate,
        .data_format = args->data_format
    );
    return cornu_conv_base_finish_(&self->conv, layer, y);
}

#define FIELD(type, member) CORNU_FIELD(cornu_layer_conv_args, type, member)
#define INITIALIZER(member, name)                                                                  \
    CORNU_FIELD_DEFAULT(cornu_layer_conv_args, INITIALIZER, member, name)

const cornu_layer_conv_args cornu_conv_defaults_ = {CORNU_LAYER_CONV_DEFAULTS};
const cornu_field cornu_conv_fields_[19] = {
    CORNU_LAYER_FIELDS(cornu_layer_conv_args),
    FIELD(INT, filters),
    FIELD(WINDOW, kernel_size),
    FIELD(WINDOW, strides),
    FIELD(STRING, padding),
    FIELD(STRING, data_format),
    FIELD(WINDOW, dilation_rate),
    FIELD(INT, groups),
    FIELD(ACTIVATION, activation),
    FIELD(BOOL, use_bias),
    INITIALIZER(kernel_initializer, "GlorotUniform"),
    INITIALIZER(bias_initializer, "Zeros"),
    FIELD(REGULARIZER, kernel_regularizer),
    FIELD(REGULARIZER, bias_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, kernel_constraint),
    FIELD(CONSTRAINT, bias_constraint),
};
