/* Convolutional layers: Conv1D to 3D, their transposes, depthwise and separable ones.
 * https://keras.io/api/layers/convolution_layers/
 *
 * Inputs are [batch, spatial.., channels], or [batch, channels, spatial..] with .data_format =
 * "channels_first". Windows hold one size per spatial axis, or one for all: kernel_size 3 of a
 * Conv2D is 3 x 3, and cornu_layer_conv2d(16, 3, 2) has kernels of 3 x 2. Other windows go by
 * keyword: .strides = {2}. Padding is "valid", "same" (zeros all round, so that strides of 1 keep
 * the size), or "causal" (Conv1D: zeros in front alone). */
#ifndef CORNU_LAYERS_CONVOLUTIONAL_H
#define CORNU_LAYERS_CONVOLUTIONAL_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* activation(x * kernel + bias), kernel [size.., channels / groups, filters]. */
typedef struct cornu_layer_conv_args {
    CORNU_LAYER_ARGS(cornu_layer_conv_args);
    CORNU_ARG(int64_t, filters, 0);
    CORNU_ARG(cornu_window, kernel_size, {});
    CORNU_ARG(cornu_window, strides, {{1}});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(cornu_window, dilation_rate, {{1}});
    CORNU_ARG(int64_t, groups, 1);
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_conv_args;
#define CORNU_LAYER_CONV_DEFAULTS                                                                  \
    CORNU_LAYER_DEFAULTS(cornu_layer_conv_args), .strides = {{1}}, .padding = "valid",             \
    .data_format = "channels_last", .dilation_rate = {{1}}, .groups = 1, .use_bias = true
typedef cornu_layer_conv_args cornu_layer_conv1d_args;
typedef cornu_layer_conv_args cornu_layer_conv2d_args;
typedef cornu_layer_conv_args cornu_layer_conv3d_args;
CORNU_API cornu_layer *cornu_layer_conv1d_new(const cornu_layer_conv1d_args *args);
CORNU_API cornu_layer *cornu_layer_conv2d_new(const cornu_layer_conv2d_args *args);
CORNU_API cornu_layer *cornu_layer_conv3d_new(const cornu_layer_conv3d_args *args);

/* The gradient of a convolution as a layer, which makes small maps large; kernel [size.., filters,
 * channels]. output_padding: what each size has more than the least; rank 0: as much as makes
 * "same" multiply sizes by the strides. */
typedef struct cornu_layer_conv_transpose_args {
    CORNU_LAYER_ARGS(cornu_layer_conv_transpose_args);
    CORNU_ARG(int64_t, filters, 0);
    CORNU_ARG(cornu_window, kernel_size, {});
    CORNU_ARG(cornu_window, strides, {{1}});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(cornu_shape, output_padding, {});
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(cornu_window, dilation_rate, {{1}});
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_conv_transpose_args;
#define CORNU_LAYER_CONV_TRANSPOSE_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_conv_transpose_args), .strides = {{1}}, .padding = "valid",   \
    .data_format = "channels_last", .dilation_rate = {{1}}, .use_bias = true
typedef cornu_layer_conv_transpose_args cornu_layer_conv1d_transpose_args;
typedef cornu_layer_conv_transpose_args cornu_layer_conv2d_transpose_args;
typedef cornu_layer_conv_transpose_args cornu_layer_conv3d_transpose_args;
CORNU_API cornu_layer *cornu_layer_conv1d_transpose_new(
    const cornu_layer_conv1d_transpose_args *args
);
CORNU_API cornu_layer *cornu_layer_conv2d_transpose_new(
    const cornu_layer_conv2d_transpose_args *args
);
CORNU_API cornu_layer *cornu_layer_conv3d_transpose_new(
    const cornu_layer_conv3d_transpose_args *args
);

/* Each channel convolved for itself with `depth_multiplier` kernels: channels * depth_multiplier
 * come out; kernel [size.., channels, depth_multiplier]. */
typedef struct cornu_layer_depthwise_conv_args {
    CORNU_LAYER_ARGS(cornu_layer_depthwise_conv_args);
    CORNU_ARG(cornu_window, kernel_size, {});
    CORNU_ARG(cornu_window, strides, {{1}});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(int64_t, depth_multiplier, 1);
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(cornu_window, dilation_rate, {{1}});
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, depthwise_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);      /* zeros */
    CORNU_ARG(cornu_regularizer *, depthwise_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, depthwise_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_depthwise_conv_args;
#define CORNU_LAYER_DEPTHWISE_CONV_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_depthwise_conv_args), .strides = {{1}}, .padding = "valid",   \
    .depth_multiplier = 1, .data_format = "channels_last", .dilation_rate = {{1}},                 \
    .use_bias = true
typedef cornu_layer_depthwise_conv_args cornu_layer_depthwise_conv1d_args;
typedef cornu_layer_depthwise_conv_args cornu_layer_depthwise_conv2d_args;
CORNU_API cornu_layer *cornu_layer_depthwise_conv1d_new(
    const cornu_layer_depthwise_conv1d_args *args
);
CORNU_API cornu_layer *cornu_layer_depthwise_conv2d_new(
    const cornu_layer_depthwise_conv2d_args *args
);

/* A depthwise convolution, then one with windows of 1 that mixes the channels; kernels [size..,
 * channels, depth_multiplier] and [1.., channels * depth_multiplier, filters]. */
typedef struct cornu_layer_separable_conv_args {
    CORNU_LAYER_ARGS(cornu_layer_separable_conv_args);
    CORNU_ARG(int64_t, filters, 0);
    CORNU_ARG(cornu_window, kernel_size, {});
    CORNU_ARG(cornu_window, strides, {{1}});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(cornu_window, dilation_rate, {{1}});
    CORNU_ARG(int64_t, depth_multiplier, 1);
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, depthwise_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, pointwise_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);      /* zeros */
    CORNU_ARG(cornu_regularizer *, depthwise_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, pointwise_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, depthwise_constraint, NULL);
    CORNU_ARG(cornu_constraint *, pointwise_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_separable_conv_args;
#define CORNU_LAYER_SEPARABLE_CONV_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_separable_conv_args), .strides = {{1}}, .padding = "valid",   \
    .data_format = "channels_last", .dilation_rate = {{1}}, .depth_multiplier = 1,                 \
    .use_bias = true
typedef cornu_layer_separable_conv_args cornu_layer_separable_conv1d_args;
typedef cornu_layer_separable_conv_args cornu_layer_separable_conv2d_args;
CORNU_API cornu_layer *cornu_layer_separable_conv1d_new(
    const cornu_layer_separable_conv1d_args *args
);
CORNU_API cornu_layer *cornu_layer_separable_conv2d_new(
    const cornu_layer_separable_conv2d_args *args
);

#ifndef __cplusplus
#define cornu_layer_conv1d(...) CORNU_LAYER_KW_(conv1d, CONV, .filters = __VA_ARGS__)
#define cornu_layer_conv2d(...) CORNU_LAYER_KW_(conv2d, CONV, .filters = __VA_ARGS__)
#define cornu_layer_conv3d(...) CORNU_LAYER_KW_(conv3d, CONV, .filters = __VA_ARGS__)
#define cornu_layer_conv1d_transpose(...)                                                          \
    CORNU_LAYER_KW_(conv1d_transpose, CONV_TRANSPOSE, .filters = __VA_ARGS__)
#define cornu_layer_conv2d_transpose(...)                                                          \
    CORNU_LAYER_KW_(conv2d_transpose, CONV_TRANSPOSE, .filters = __VA_ARGS__)
#define cornu_layer_conv3d_transpose(...)                                                          \
    CORNU_LAYER_KW_(conv3d_transpose, CONV_TRANSPOSE, .filters = __VA_ARGS__)
#define cornu_layer_depthwise_conv1d(...)                                                          \
    CORNU_LAYER_KW_(depthwise_conv1d, DEPTHWISE_CONV, .kernel_size = __VA_ARGS__)
#define cornu_layer_depthwise_conv2d(...)                                                          \
    CORNU_LAYER_KW_(depthwise_conv2d, DEPTHWISE_CONV, .kernel_size = __VA_ARGS__)
#define cornu_layer_separable_conv1d(...)                                                          \
    CORNU_LAYER_KW_(separable_conv1d, SEPARABLE_CONV, .filters = __VA_ARGS__)
#define cornu_layer_separable_conv2d(...)                                                          \
    CORNU_LAYER_KW_(separable_conv2d, SEPARABLE_CONV, .filters = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
