/* Layers that act in training only: Dropout, noise, ActivityRegularization.
 * https://keras.io/api/layers/regularization_layers/ */
#ifndef CORNU_LAYERS_REGULARIZATION_H
#define CORNU_LAYERS_REGULARIZATION_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In training sets each element to 0 with probability `rate` and scales the others by 1 / (1 -
 * rate); else gives its input. The elements along an axis whose size in `noise_shape` is 1 share
 * one draw; -1 stands for the input's size. */
typedef struct cornu_layer_dropout_args {
    CORNU_LAYER_ARGS(cornu_layer_dropout_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(cornu_shape, noise_shape, {});
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_dropout_args;
#define CORNU_LAYER_DROPOUT_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_dropout_args), .rate = NAN, .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_dropout_new(const cornu_layer_dropout_args *args);

/* Dropout for networks of SELUs: in training elements become their negative saturation value, and
 * all are scaled so that mean and variance stay. `noise_shape` as for Dropout. Klambauer et al.
 * (2017). */
typedef struct cornu_layer_alpha_dropout_args {
    CORNU_LAYER_ARGS(cornu_layer_alpha_dropout_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(cornu_shape, noise_shape, {});
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_alpha_dropout_args;
#define CORNU_LAYER_ALPHA_DROPOUT_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_alpha_dropout_args), .rate = NAN, .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_alpha_dropout_new(const cornu_layer_alpha_dropout_args *args);

/* In training multiplies by normal draws with mean 1 and standard deviation sqrt(rate / (1 -
 * rate)). Srivastava et al. (2014). */
typedef struct cornu_layer_gaussian_dropout_args {
    CORNU_LAYER_ARGS(cornu_layer_gaussian_dropout_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_gaussian_dropout_args;
#define CORNU_LAYER_GAUSSIAN_DROPOUT_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_gaussian_dropout_args), .rate = NAN, .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_gaussian_dropout_new(
    const cornu_layer_gaussian_dropout_args *args
);

/* In training adds normal draws with mean 0 and the standard deviation given. */
typedef struct cornu_layer_gaussian_noise_args {
    CORNU_LAYER_ARGS(cornu_layer_gaussian_noise_args);
    CORNU_ARG(double, stddev, NAN); /* must be given */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_gaussian_noise_args;
#define CORNU_LAYER_GAUSSIAN_NOISE_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_gaussian_noise_args), .stddev = NAN, .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_gaussian_noise_new(const cornu_layer_gaussian_noise_args *args);

/* Dropout of whole channels of [batch, time, channels]. Tompson et al. (2014). */
typedef struct cornu_layer_spatial_dropout1d_args {
    CORNU_LAYER_ARGS(cornu_layer_spatial_dropout1d_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_spatial_dropout1d_args;
#define CORNU_LAYER_SPATIAL_DROPOUT1D_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_spatial_dropout1d_args), .rate = NAN, .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_spatial_dropout1d_new(
    const cornu_layer_spatial_dropout1d_args *args
);

/* The same for [batch, rows, columns, channels], or channels first. */
typedef struct cornu_layer_spatial_dropout2d_args {
    CORNU_LAYER_ARGS(cornu_layer_spatial_dropout2d_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_spatial_dropout2d_args;
#define CORNU_LAYER_SPATIAL_DROPOUT2D_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_spatial_dropout2d_args), .rate = NAN,                         \
    .seed = CORNU_NONE, .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_spatial_dropout2d_new(
    const cornu_layer_spatial_dropout2d_args *args
);

/* The same for [batch, a, b, c, channels], or channels first. */
typedef struct cornu_layer_spatial_dropout3d_args {
    CORNU_LAYER_ARGS(cornu_layer_spatial_dropout3d_args);
    CORNU_ARG(double, rate, NAN); /* must be given */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_spatial_dropout3d_args;
#define CORNU_LAYER_SPATIAL_DROPOUT3D_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_spatial_dropout3d_args), .rate = NAN,                         \
    .seed = CORNU_NONE, .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_spatial_dropout3d_new(
    const cornu_layer_spatial_dropout3d_args *args
);

/* Gives its input, and adds l1 * sum(|x|) + l2 * sum(x^2), per sample, to the loss. */
typedef struct cornu_layer_activity_regularization_args {
    CORNU_LAYER_ARGS(cornu_layer_activity_regularization_args);
    CORNU_ARG(double, l1, 0);
    CORNU_ARG(double, l2, 0);
} cornu_layer_activity_regularization_args;
#define CORNU_LAYER_ACTIVITY_REGULARIZATION_DEFAULTS                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_activity_regularization_args)
CORNU_API cornu_layer *cornu_layer_activity_regularization_new(
    const cornu_layer_activity_regularization_args *args
);

#ifndef __cplusplus
#define cornu_layer_activity_regularization(...)                                                   \
    CORNU_LAYER_KW_(activity_regularization, ACTIVITY_REGULARIZATION, __VA_ARGS__)
#define cornu_layer_alpha_dropout(...)                                                             \
    CORNU_LAYER_KW_(alpha_dropout, ALPHA_DROPOUT, .rate = __VA_ARGS__)
#define cornu_layer_gaussian_dropout(...)                                                          \
    CORNU_LAYER_KW_(gaussian_dropout, GAUSSIAN_DROPOUT, .rate = __VA_ARGS__)
#define cornu_layer_gaussian_noise(...)                                                            \
    CORNU_LAYER_KW_(gaussian_noise, GAUSSIAN_NOISE, .stddev = __VA_ARGS__)
#define cornu_layer_spatial_dropout1d(...)                                                         \
    CORNU_LAYER_KW_(spatial_dropout1d, SPATIAL_DROPOUT1D, .rate = __VA_ARGS__)
#define cornu_layer_spatial_dropout2d(...)                                                         \
    CORNU_LAYER_KW_(spatial_dropout2d, SPATIAL_DROPOUT2D, .rate = __VA_ARGS__)
#define cornu_layer_spatial_dropout3d(...)                                                         \
    CORNU_LAYER_KW_(spatial_dropout3d, SPATIAL_DROPOUT3D, .rate = __VA_ARGS__)
#define cornu_layer_dropout(...) CORNU_LAYER_KW_(dropout, DROPOUT, .rate = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
