/* Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: activation(conv_transpose(x, kernel) +
 * bias). keras/src/layers/convolutional/base_conv_transpose.py */
#include "conv.h"

/* A single number stands for all axes. */
static cornu_status write_out(cornu_shape *more, int axes) {
    if (more->rank == 1)
        for (; more->rank < axes; more->rank++) more->dims[more->rank] = more->dims[0];
    if (more->rank != 0 && more->rank != axes)
        CORNU_FAIL(CORNU_EINVAL, "output_padding has %d numbers for %d axes", more->rank, axes);
    for (int i = 0; i < more->rank; i++)
        if (more->dims[i] < 0)
            CORNU_FAIL(
                CORNU_EINVAL, "output_padding must not be negative, got %lld",
                (long long)more->dims[i]
            );
    return CORNU_OK;
}

cornu_status cornu_conv_transpose_init_(cornu_conv_transpose *self, int axes) {
    cornu_layer_conv_transpose_args *args = &self->args;
    cornu_conv_arguments arguments = {
        &args->kernel_size, &args->strides,    &args->dilation_rate,
        args->padding,      args->data_format, args->activation,
    };
    CORNU_TRY(cornu_conv_positive_("filters", args->filters));
    CORNU_TRY(write_out(&args->output_padding, axes));
    CORNU_TRY(cornu_conv_base_init_(&self->conv, axes, &arguments));
    for (int i = 0; i < args->output_padding.rank; i++)
        if (args->output_padding.dims[i] >= args->strides.size[i])
            CORNU_FAIL(
                CORNU_EINVAL, "output_padding must be less than strides, got %lld and %lld",
                (long long)args->output_padding.dims[i], (long long)args->strides.size[i]
            );
    return CORNU_OK;
}

cornu_status cornu_conv_transpose_build_(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
) {
    cornu_conv_transpose *self = (cornu_conv_transpose *)layer;
    const cornu_layer_conv_transpose_args *args = &self->args;
    CORNU_TRY(cornu_conv_base_build_(&self->conv, shapes, count));
    self->kernel = cornu_layer_add_weight(
        layer, "kernel",
        cornu_conv_kernel_shape_(
            self->conv.axes, &args->kernel_size, args->filters, self->conv.channels
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

cornu_tensor *cornu_conv_transpose_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_conv_transpose *self = (cornu_conv_transpose *)layer;
    const cornu_layer_conv_transpose_args *args = &self->args;
    (void)context;
    if (cornu_conv_base_check_(&self->conv, inputs[0]) != CORNU_OK) return NULL;
    cornu_tensor *y = cornu_op_conv_transpose(
        inputs[0], cornu_layer_cast(layer, self->kernel), .strides = args->strides,
        .padding = args->padding, .dilation_rate = args->dilation_rate,
        .data_format = args->data_format, .output_padding = args->output_padding
    );
    return cornu_conv_base_finish_(&self->conv, layer, y);
}

#define FIELD(type, member) CORNU_FIELD(cornu_layer_conv_transpose_args, type, member)
#define INITIALIZER(member, name)                                                                  \
    CORNU_FIELD_DEFAULT(cornu_layer_conv_transpose_args, INITIALIZER, member, name)

const cornu_layer_conv_transpose_args cornu_conv_transpose_defaults_ = {
    CORNU_LAYER_CONV_TRANSPOSE_DEFAULTS};
const cornu_field cornu_conv_transpose_fields_[19] = {
    CORNU_LAYER_FIELDS(cornu_layer_conv_transpose_args),
    FIELD(INT, filters),
    FIELD(WINDOW, kernel_size),
    FIELD(WINDOW, strides),
    FIELD(STRING, padding),
    FIELD(SIZES, output_padding),
    FIELD(STRING, data_format),
    FIELD(WINDOW, dilation_rate),
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
