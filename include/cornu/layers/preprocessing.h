/* Layers that prepare data. https://keras.io/api/layers/preprocessing_layers/ */
#ifndef CORNU_LAYERS_PREPROCESSING_H
#define CORNU_LAYERS_PREPROCESSING_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* scale * x + offset: cornu_layer_rescaling(1.0 / 255). `scales` and `offsets` hold one number for
 * each index of the last axis instead. */
typedef struct cornu_layer_rescaling_args {
    CORNU_LAYER_ARGS(cornu_layer_rescaling_args);
    CORNU_ARG(double, scale, NAN); /* must be given, or scales */
    CORNU_ARG(double, offset, 0);
    CORNU_ARG(cornu_floats, scales, {});
    CORNU_ARG(cornu_floats, offsets, {});
} cornu_layer_rescaling_args;
#define CORNU_LAYER_RESCALING_DEFAULTS                                                             \
    CORNU_LAYER_DEFAULTS(cornu_layer_rescaling_args), .scale = NAN
CORNU_API cornu_layer *cornu_layer_rescaling_new(const cornu_layer_rescaling_args *args);

/* (x - mean) / sqrt(variance), with mean and variance of each index of the axes (none: one of all),
 * as they are given or as cornu_layer_adapt finds them in data. `invert` goes the other way. */
typedef struct cornu_layer_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_normalization_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given; cornu_axes(): none */
    CORNU_ARG(cornu_floats, mean, {});
    CORNU_ARG(cornu_floats, variance, {});
    CORNU_ARG(bool, invert, false);
} cornu_layer_normalization_args;
#define CORNU_LAYER_NORMALIZATION_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_normalization_args), .axis = {.count = 1, .axis = {-1}}
CORNU_API cornu_layer *cornu_layer_normalization_new(const cornu_layer_normalization_args *args);

/* The middle of images [batch, rows, columns, channels], or of one without batch. Smaller ones are
 * resized so that they fill the window. */
typedef struct cornu_layer_center_crop_args {
    CORNU_LAYER_ARGS(cornu_layer_center_crop_args);
    CORNU_ARG(int64_t, height, 0);
    CORNU_ARG(int64_t, width, 0);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_center_crop_args;
#define CORNU_LAYER_CENTER_CROP_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_center_crop_args), .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_center_crop_new(const cornu_layer_center_crop_args *args);

/* Images of another size. The ratio of the sides may be kept by leaving out what is too long
 * (crop_to_aspect_ratio) or by a border of fill_value (pad_to_aspect_ratio). Integers are
 * rounded. */
typedef struct cornu_layer_resizing_args {
    CORNU_LAYER_ARGS(cornu_layer_resizing_args);
    CORNU_ARG(int64_t, height, 0);
    CORNU_ARG(int64_t, width, 0);
    /* "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" */
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(bool, crop_to_aspect_ratio, false);
    CORNU_ARG(bool, pad_to_aspect_ratio, false);
    CORNU_ARG(const char *, fill_mode, "constant"); /* the only one */
    CORNU_ARG(double, fill_value, 0);
    CORNU_ARG(bool, antialias, false);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_resizing_args;
#define CORNU_LAYER_RESIZING_DEFAULTS                                                              \
    CORNU_LAYER_DEFAULTS(cornu_layer_resizing_args), .interpolation = "bilinear",                  \
    .fill_mode = "constant", .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_resizing_new(const cornu_layer_resizing_args *args);

/* Integers from 0 to num_tokens - 1 as vectors. "one_hot": one vector for each, in place of a last
 * axis of size 1 or as a new one; "multi_hot": [batch, n] -> [batch, num_tokens], 1 for what
 * occurs; "count": how often it does, or, with the tensor argument count_weights, the sum of its
 * weights. */
typedef struct cornu_layer_category_encoding_args {
    CORNU_LAYER_ARGS(cornu_layer_category_encoding_args);
    CORNU_ARG(int64_t, num_tokens, CORNU_NONE); /* must be given */
    CORNU_ARG(const char *, output_mode, "multi_hot");
    CORNU_ARG(bool, sparse, false); /* there are no sparse tensors: false */
} cornu_layer_category_encoding_args;
#define CORNU_LAYER_CATEGORY_ENCODING_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_category_encoding_args), .num_tokens = CORNU_NONE,            \
    .output_mode = "multi_hot"
CORNU_API cornu_layer *cornu_layer_category_encoding_new(
    const cornu_layer_category_encoding_args *args
);

/* Which bin a number falls in: how many of the boundaries, which ascend, it has reached. Either the
 * boundaries are given, or cornu_layer_adapt finds such that num_bins bins hold about as many of
 * the data each, within epsilon. output_mode "int", or as for CategoryEncoding. */
typedef struct cornu_layer_discretization_args {
    CORNU_LAYER_ARGS(cornu_layer_discretization_args);
    CORNU_ARG(cornu_floats, bin_boundaries, {});
    CORNU_ARG(int64_t, num_bins, CORNU_NONE);
    CORNU_ARG(double, epsilon, 0.01);
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(bool, sparse, false); /* there are no sparse tensors: false */
} cornu_layer_discretization_args;
#define CORNU_LAYER_DISCRETIZATION_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_discretization_args), .num_bins = CORNU_NONE,                 \
    .epsilon = 0.01, .output_mode = "int"
CORNU_API cornu_layer *cornu_layer_discretization_new(
    const cornu_layer_discretization_args *args
);

#ifndef __cplusplus
#define cornu_layer_rescaling(...) CORNU_LAYER_KW_(rescaling, RESCALING, .scale = __VA_ARGS__)
#define cornu_layer_normalization(...) CORNU_LAYER_KW_(normalization, NORMALIZATION, __VA_ARGS__)
#define cornu_layer_center_crop(...)                                                               \
    CORNU_LAYER_KW_(center_crop, CENTER_CROP, .height = __VA_ARGS__)
#define cornu_layer_resizing(...) CORNU_LAYER_KW_(resizing, RESIZING, .height = __VA_ARGS__)
#define cornu_layer_category_encoding(...)                                                         \
    CORNU_LAYER_KW_(category_encoding, CATEGORY_ENCODING, .num_tokens = __VA_ARGS__)
#define cornu_layer_discretization(...)                                                            \
    CORNU_LAYER_KW_(discretization, DISCRETIZATION, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
