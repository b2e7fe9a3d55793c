/* Layers that the architectures of keras.applications bring along: LayerScale and StochasticDepth
 * of ConvNeXt, CustomScaleLayer of InceptionResNetV2. In Keras they are no public classes, but
 * files of these models hold them. https://keras.io/api/applications/ */
#ifndef CORNU_LAYERS_APPLICATIONS_H
#define CORNU_LAYERS_APPLICATIONS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* x * gamma with a weight [projection_dim] that begins as `init_values`: Touvron et al. (2021). */
typedef struct cornu_layer_layer_scale_args {
    CORNU_LAYER_ARGS(cornu_layer_layer_scale_args);
    CORNU_ARG(double, init_values, NAN);   /* must be given */
    CORNU_ARG(int64_t, projection_dim, 0); /* the last axis of the input */
} cornu_layer_layer_scale_args;
#define CORNU_LAYER_LAYER_SCALE_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_layer_scale_args), .init_values = NAN
CORNU_API cornu_layer *cornu_layer_layer_scale_new(const cornu_layer_layer_scale_args *args);

/* In training sets whole samples to 0 with probability `drop_path_rate` and scales the others by
 * 1 / (1 - rate); else gives its input. Huang et al. (2016). */
typedef struct cornu_layer_stochastic_depth_args {
    CORNU_LAYER_ARGS(cornu_layer_stochastic_depth_args);
    CORNU_ARG(double, drop_path_rate, NAN); /* must be given */
} cornu_layer_stochastic_depth_args;
#define CORNU_LAYER_STOCHASTIC_DEPTH_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_stochastic_depth_args), .drop_path_rate = NAN
CORNU_API cornu_layer *cornu_layer_stochastic_depth_new(
    const cornu_layer_stochastic_depth_args *args
);

/* Of two inputs x and y: x + y * scale. */
typedef struct cornu_layer_custom_scale_layer_args {
    CORNU_LAYER_ARGS(cornu_layer_custom_scale_layer_args);
    CORNU_ARG(double, scale, NAN); /* must be given */
} cornu_layer_custom_scale_layer_args;
#define CORNU_LAYER_CUSTOM_SCALE_LAYER_DEFAULTS                                                    \
    CORNU_LAYER_DEFAULTS(cornu_layer_custom_scale_layer_args), .scale = NAN
CORNU_API cornu_layer *cornu_layer_custom_scale_layer_new(
    const cornu_layer_custom_scale_layer_args *args
);

#ifndef __cplusplus
/* cornu_layer_layer_scale(1e-6, 96): init_values, projection_dim */
#define cornu_layer_layer_scale(...)                                                               \
    CORNU_LAYER_KW_(layer_scale, LAYER_SCALE, .init_values = __VA_ARGS__)
#define cornu_layer_stochastic_depth(...)                                                          \
    CORNU_LAYER_KW_(stochastic_depth, STOCHASTIC_DEPTH, .drop_path_rate = __VA_ARGS__)
#define cornu_layer_custom_scale_layer(...)                                                        \
    CORNU_LAYER_KW_(custom_scale_layer, CUSTOM_SCALE_LAYER, .scale = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
