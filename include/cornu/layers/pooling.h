/* Pooling layers. https://keras.io/api/layers/pooling_layers/
 *
 * Inputs are [batch, spatial.., channels], or [batch, channels, spatial..] with .data_format =
 * "channels_first". Windows hold one size per spatial axis, or one for all. */
#ifndef CORNU_LAYERS_POOLING_H
#define CORNU_LAYERS_POOLING_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The largest element, or the mean, of each window: cornu_layer_max_pooling2d(2), or (3, 2) for
 * windows of 3 x 2. Strides: as the windows unless given. With padding "same" the size is divided
 * by the strides, rounded up; what is padded does not count. */
typedef struct cornu_layer_pooling_args {
    CORNU_LAYER_ARGS(cornu_layer_pooling_args);
    CORNU_ARG(cornu_window, pool_size, {{2}});
    CORNU_ARG(cornu_window, strides, {});
    CORNU_ARG(const char *, padding, "valid");
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_pooling_args;
/* ends with the member before pool_size, so that a size may follow without its name */
#define CORNU_LAYER_POOLING_DEFAULTS                                                               \
    .pool_size = {{2}}, .padding = "valid", .data_format = "channels_last",                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_pooling_args)
typedef cornu_layer_pooling_args cornu_layer_max_pooling1d_args;
typedef cornu_layer_pooling_args cornu_layer_max_pooling2d_args;
typedef cornu_layer_pooling_args cornu_layer_max_pooling3d_args;
typedef cornu_layer_pooling_args cornu_layer_average_pooling1d_args;
typedef cornu_layer_pooling_args cornu_layer_average_pooling2d_args;
typedef cornu_layer_pooling_args cornu_layer_average_pooling3d_args;
CORNU_API cornu_layer *cornu_layer_max_pooling1d_new(const cornu_layer_max_pooling1d_args *args);
CORNU_API cornu_layer *cornu_layer_max_pooling2d_new(const cornu_layer_max_pooling2d_args *args);
CORNU_API cornu_layer *cornu_layer_max_pooling3d_new(const cornu_layer_max_pooling3d_args *args);
CORNU_API cornu_layer *cornu_layer_average_pooling1d_new(
    const cornu_layer_average_pooling1d_args *args
);
CORNU_API cornu_layer *cornu_layer_average_pooling2d_new(
    const cornu_layer_average_pooling2d_args *args
);
CORNU_API cornu_layer *cornu_layer_average_pooling3d_new(
    const cornu_layer_average_pooling3d_args *args
);

/* The largest element, or the mean, of each channel: [batch, channels], or with keepdims as many
 * axes as the input. GlobalAveragePooling1D leaves out masked steps. */
typedef struct cornu_layer_global_pooling_args {
    CORNU_LAYER_ARGS(cornu_layer_global_pooling_args);
    CORNU_ARG(const char *, data_format, "channels_last");
    CORNU_ARG(bool, keepdims, false);
} cornu_layer_global_pooling_args;
#define CORNU_LAYER_GLOBAL_POOLING_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_global_pooling_args), .data_format = "channels_last"
typedef cornu_layer_global_pooling_args cornu_layer_global_max_pooling1d_args;
typedef cornu_layer_global_pooling_args cornu_layer_global_max_pooling2d_args;
typedef cornu_layer_global_pooling_args cornu_layer_global_max_pooling3d_args;
typedef cornu_layer_global_pooling_args cornu_layer_global_average_pooling1d_args;
typedef cornu_layer_global_pooling_args cornu_layer_global_average_pooling2d_args;
typedef cornu_layer_global_pooling_args cornu_layer_global_average_pooling3d_args;
CORNU_API cornu_layer *cornu_layer_global_max_pooling1d_new(
    const cornu_layer_global_max_pooling1d_args *args
);
CORNU_API cornu_layer *cornu_layer_global_max_pooling2d_new(
    const cornu_layer_global_max_pooling2d_args *args
);
CORNU_API cornu_layer *cornu_layer_global_max_pooling3d_new(
    const cornu_layer_global_max_pooling3d_args *args
);
CORNU_API cornu_layer *cornu_layer_global_average_pooling1d_new(
    const cornu_layer_global_average_pooling1d_args *args
);
CORNU_API cornu_layer *cornu_layer_global_average_pooling2d_new(
    const cornu_layer_global_average_pooling2d_args *args
);
CORNU_API cornu_layer *cornu_layer_global_average_pooling3d_new(
    const cornu_layer_global_average_pooling3d_args *args
);

/* Pooling into a given number of windows, which share out each axis as evenly as they can. */
typedef struct cornu_layer_adaptive_pooling_args {
    CORNU_LAYER_ARGS(cornu_layer_adaptive_pooling_args);
    CORNU_ARG(cornu_window, output_size, {});
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_adaptive_pooling_args;
#define CORNU_LAYER_ADAPTIVE_POOLING_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_adaptive_pooling_args), .data_format = "channels_last"
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_max_pooling1d_args;
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_max_pooling2d_args;
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_max_pooling3d_args;
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_average_pooling1d_args;
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_average_pooling2d_args;
typedef cornu_layer_adaptive_pooling_args cornu_layer_adaptive_average_pooling3d_args;
CORNU_API cornu_layer *cornu_layer_adaptive_max_pooling1d_new(
    const cornu_layer_adaptive_max_pooling1d_args *args
);
CORNU_API cornu_layer *cornu_layer_adaptive_max_pooling2d_new(
    const cornu_layer_adaptive_max_pooling2d_args *args
);
CORNU_API cornu_layer *cornu_layer_adaptive_max_pooling3d_new(
    const cornu_layer_adaptive_max_pooling3d_args *args
);
CORNU_API cornu_layer *cornu_layer_adaptive_average_pooling1d_new(
    const cornu_layer_adaptive_average_pooling1d_args *args
);
CORNU_API cornu_layer *cornu_layer_adaptive_average_pooling2d_new(
    const cornu_layer_adaptive_average_pooling2d_args *args
);
CORNU_API cornu_layer *cornu_layer_adaptive_average_pooling3d_new(
    const cornu_layer_adaptive_average_pooling3d_args *args
);

#ifndef __cplusplus
#define cornu_layer_max_pooling1d(...) CORNU_LAYER_KW_(max_pooling1d, POOLING, __VA_ARGS__)
#define cornu_layer_max_pooling2d(...) CORNU_LAYER_KW_(max_pooling2d, POOLING, __VA_ARGS__)
#define cornu_layer_max_pooling3d(...) CORNU_LAYER_KW_(max_pooling3d, POOLING, __VA_ARGS__)
#define cornu_layer_average_pooling1d(...) CORNU_LAYER_KW_(average_pooling1d, POOLING, __VA_ARGS__)
#define cornu_layer_average_pooling2d(...) CORNU_LAYER_KW_(average_pooling2d, POOLING, __VA_ARGS__)
#define cornu_layer_average_pooling3d(...) CORNU_LAYER_KW_(average_pooling3d, POOLING, __VA_ARGS__)
#define cornu_layer_global_max_pooling1d(...)                                                      \
    CORNU_LAYER_KW_(global_max_pooling1d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_global_max_pooling2d(...)                                                      \
    CORNU_LAYER_KW_(global_max_pooling2d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_global_max_pooling3d(...)                                                      \
    CORNU_LAYER_KW_(global_max_pooling3d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_global_average_pooling1d(...)                                                  \
    CORNU_LAYER_KW_(global_average_pooling1d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_global_average_pooling2d(...)                                                  \
    CORNU_LAYER_KW_(global_average_pooling2d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_global_average_pooling3d(...)                                                  \
    CORNU_LAYER_KW_(global_average_pooling3d, GLOBAL_POOLING, __VA_ARGS__)
#define cornu_layer_adaptive_max_pooling1d(...)                                                    \
    CORNU_LAYER_KW_(adaptive_max_pooling1d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#define cornu_layer_adaptive_max_pooling2d(...)                                                    \
    CORNU_LAYER_KW_(adaptive_max_pooling2d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#define cornu_layer_adaptive_max_pooling3d(...)                                                    \
    CORNU_LAYER_KW_(adaptive_max_pooling3d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#define cornu_layer_adaptive_average_pooling1d(...)                                                \
    CORNU_LAYER_KW_(adaptive_average_pooling1d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#define cornu_layer_adaptive_average_pooling2d(...)                                                \
    CORNU_LAYER_KW_(adaptive_average_pooling2d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#define cornu_layer_adaptive_average_pooling3d(...)                                                \
    CORNU_LAYER_KW_(adaptive_average_pooling3d, ADAPTIVE_POOLING, .output_size = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
