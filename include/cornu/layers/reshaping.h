/* Layers that change the shape: Flatten, Reshape. https://keras.io/api/layers/reshaping_layers/ */
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

#ifndef __cplusplus
#define cornu_layer_flatten(...) CORNU_LAYER_KW_(flatten, FLATTEN, __VA_ARGS__)
#define cornu_layer_reshape(...) CORNU_LAYER_KW_(reshape, RESHAPE, .target_shape = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
