/* Layers that act in training only: Dropout. https://keras.io/api/layers/regularization_layers/ */
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

#ifndef __cplusplus
#define cornu_layer_dropout(...) CORNU_LAYER_KW_(dropout, DROPOUT, .rate = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
