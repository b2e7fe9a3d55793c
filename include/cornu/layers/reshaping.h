/* Layers that change the shape: Flatten, Reshape, Permute, RepeatVector, borders (ZeroPadding,
 * Cropping), UpSampling. https://keras.io/api/layers/reshaping_layers/ */
#ifndef CORNU_LAYERS_RESHAPING_H
#define CORNU_LAYERS_RESHAPING_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* [batch, ...] -> [batch, features]. With "channels_first", the channels (axis 1) become the last
 * axis before that. */
typedef struct cornu_layer_flatten_args {
    CORNU_LAYER_ARGS(cornu_layer_flatten_args);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_flatten_args;
#define CORNU_LAYER_FLATTEN_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_flatten_args), .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_flatten_new(const cornu_layer_flatten_args *args);

/* [batch, ...] -> [batch, target_shape...]: cornu_layer_reshape(cornu_shape(7, -1)); one size may
 * be -1. */
typedef struct cornu_layer_reshape_args {
    CORNU_LAYER_ARGS(cornu_layer_reshape_args);
    CORNU_ARG(cornu_shape, target_shape, {});
} cornu_layer_reshape_args;
#define CORNU_LAYER_RESHAPE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_reshape_args)
CORNU_API cornu_layer *cornu_layer_reshape_new(const cornu_layer_reshape_args *args);

/* Zeros round every sample, before and after along each spatial axis: .padding = {{1, 1}, {2, 0}}
 * adds a row above, a row below, and two columns on the left. Axes that are left out get none. */
typedef struct cornu_layer_zero_padding_args {
    CORNU_LAYER_ARGS(cornu_layer_zero_padding_args);
    CORNU_ARG(int64_t, padding[3][2], {{1, 1}, {1, 1}, {1, 1}});
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_zero_padding_args;
#define CORNU_LAYER_ZERO_PADDING_DEFAULTS                                                          \
    CORNU_LAYER_DEFAULTS(cornu_layer_zero_padding_args), .padding = {{1, 1}, {1, 1}, {1, 1}},      \
    .data_format = "channels_last"
typedef cornu_layer_zero_padding_args cornu_layer_zero_padding1d_args;
typedef cornu_layer_zero_padding_args cornu_layer_zero_padding2d_args;
typedef cornu_layer_zero_padding_args cornu_layer_zero_padding3d_args;
CORNU_API cornu_layer *cornu_layer_zero_padding1d_new(const cornu_layer_zero_padding1d_args *args);
CORNU_API cornu_layer *cornu_layer_zero_padding2d_new(const cornu_layer_zero_padding2d_args *args);
CORNU_API cornu_layer *cornu_layer_zero_padding3d_new(const cornu_layer_zero_padding3d_args *args);

/* The opposite: leaves out so many elements at both ends of each spatial axis. As in Keras, one at
 * each end unless given, but none for Cropping2D. */
typedef struct cornu_layer_cropping_args {
    CORNU_LAYER_ARGS(cornu_layer_cropping_args);
    CORNU_ARG(int64_t, cropping[3][2], {{1, 1}, {1, 1}, {1, 1}});
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_cropping_args;
#define CORNU_LAYER_CROPPING_DEFAULTS                                                              \
    CORNU_LAYER_DEFAULTS(cornu_layer_cropping_args), .cropping = {{1, 1}, {1, 1}, {1, 1}},         \
    .data_format = "channels_last"
#define CORNU_LAYER_CROPPING2D_DEFAULTS                                                            \
    CORNU_LAYER_DEFAULTS(cornu_layer_cropping_args), .data_format = "channels_last"
typedef cornu_layer_cropping_args cornu_layer_cropping1d_args;
typedef cornu_layer_cropping_args cornu_layer_cropping2d_args;
typedef cornu_layer_cropping_args cornu_layer_cropping3d_args;
CORNU_API cornu_layer *cornu_layer_cropping1d_new(const cornu_layer_cropping1d_args *args);
CORNU_API cornu_layer *cornu_layer_cropping2d_new(const cornu_layer_cropping2d_args *args);
CORNU_API cornu_layer *cornu_layer_cropping3d_new(const cornu_layer_cropping3d_args *args);

/* Every step `size` times: [batch, steps, channels] -> [batch, steps * size, channels]. */
typedef struct cornu_layer_up_sampling1d_args {
    CORNU_LAYER_ARGS(cornu_layer_up_sampling1d_args);
    CORNU_ARG(int64_t, size, 2);
} cornu_layer_up_sampling1d_args;
#define CORNU_LAYER_UP_SAMPLING1D_DEFAULTS                                                         \
    .size = 2, CORNU_LAYER_DEFAULTS(cornu_layer_up_sampling1d_args)
CORNU_API cornu_layer *cornu_layer_up_sampling1d_new(const cornu_layer_up_sampling1d_args *args);

/* Images enlarged by whole factors: cornu_layer_up_sampling2d(2), or (2, 3) for rows and columns.
 * Interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5". */
typedef struct cornu_layer_up_sampling2d_args {
    CORNU_LAYER_ARGS(cornu_layer_up_sampling2d_args);
    CORNU_ARG(cornu_window, size, {{2}});
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(const char *, interpolation, "nearest");
} cornu_layer_up_sampling2d_args;
#define CORNU_LAYER_UP_SAMPLING2D_DEFAULTS                                                         \
    .size = {{2}}, .data_format = "channels_last", .interpolation = "nearest",                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_up_sampling2d_args)
CORNU_API cornu_layer *cornu_layer_up_sampling2d_new(const cornu_layer_up_sampling2d_args *args);

/* Volumes enlarged by whole factors, each element repeated. */
typedef struct cornu_layer_up_sampling3d_args {
    CORNU_LAYER_ARGS(cornu_layer_up_sampling3d_args);
    CORNU_ARG(cornu_window, size, {{2}});
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_up_sampling3d_args;
#define CORNU_LAYER_UP_SAMPLING3D_DEFAULTS                                                         \
    .size = {{2}}, .data_format = "channels_last",                                                 \
    CORNU_LAYER_DEFAULTS(cornu_layer_up_sampling3d_args)
CORNU_API cornu_layer *cornu_layer_up_sampling3d_new(const cornu_layer_up_sampling3d_args *args);
/* The axes of a sample in another order, counted from 1: cornu_layer_permute(cornu_shape(2, 1)). */
typedef struct cornu_layer_permute_args {
    CORNU_LAYER_ARGS(cornu_layer_permute_args);
    CORNU_ARG(cornu_shape, dims, {});
} cornu_layer_permute_args;
#define CORNU_LAYER_PERMUTE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_permute_args)
CORNU_API cornu_layer *cornu_layer_permute_new(const cornu_layer_permute_args *args);

/* [batch, features] -> [batch, n, features], the same n times. */
typedef struct cornu_layer_repeat_vector_args {
    CORNU_LAYER_ARGS(cornu_layer_repeat_vector_args);
    CORNU_ARG(int64_t, n, 0);
} cornu_layer_repeat_vector_args;
#define CORNU_LAYER_REPEAT_VECTOR_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_repeat_vector_args)
CORNU_API cornu_layer *cornu_layer_repeat_vector_new(const cornu_layer_repeat_vector_args *args);

#ifndef __cplusplus
#define cornu_layer_flatten(...) CORNU_LAYER_KW_(flatten, FLATTEN, __VA_ARGS__)
#define cornu_layer_permute(...) CORNU_LAYER_KW_(permute, PERMUTE, .dims = __VA_ARGS__)
#define cornu_layer_repeat_vector(...)                                                             \
    CORNU_LAYER_KW_(repeat_vector, REPEAT_VECTOR, .n = __VA_ARGS__)
#define cornu_layer_reshape(...) CORNU_LAYER_KW_(reshape, RESHAPE, .target_shape = __VA_ARGS__)
#define cornu_layer_zero_padding1d(...) CORNU_LAYER_KW_(zero_padding1d, ZERO_PADDING, __VA_ARGS__)
#define cornu_layer_zero_padding2d(...) CORNU_LAYER_KW_(zero_padding2d, ZERO_PADDING, __VA_ARGS__)
#define cornu_layer_zero_padding3d(...) CORNU_LAYER_KW_(zero_padding3d, ZERO_PADDING, __VA_ARGS__)
#define cornu_layer_cropping1d(...) CORNU_LAYER_KW_(cropping1d, CROPPING, __VA_ARGS__)
#define cornu_layer_cropping2d(...) CORNU_LAYER_KW_(cropping2d, CROPPING2D, __VA_ARGS__)
#define cornu_layer_cropping3d(...) CORNU_LAYER_KW_(cropping3d, CROPPING, __VA_ARGS__)
#define cornu_layer_up_sampling1d(...) CORNU_LAYER_KW_(up_sampling1d, UP_SAMPLING1D, __VA_ARGS__)
#define cornu_layer_up_sampling2d(...) CORNU_LAYER_KW_(up_sampling2d, UP_SAMPLING2D, __VA_ARGS__)
#define cornu_layer_up_sampling3d(...) CORNU_LAYER_KW_(up_sampling3d, UP_SAMPLING3D, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
