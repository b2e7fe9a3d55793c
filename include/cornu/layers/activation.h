/* Activations as layers. https://keras.io/api/layers/activation_layers/ */
#ifndef CORNU_LAYERS_ACTIVATION_H
#define CORNU_LAYERS_ACTIVATION_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any function of keras.activations by its name: cornu_layer_activation("gelu"). */
typedef struct cornu_layer_activation_args {
    CORNU_LAYER_ARGS(cornu_layer_activation_args);
    CORNU_ARG(const char *, activation, NULL);
} cornu_layer_activation_args;
#define CORNU_LAYER_ACTIVATION_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_activation_args)
CORNU_API cornu_layer *cornu_layer_activation_new(const cornu_layer_activation_args *args);

/* max_value for x >= max_value, x from threshold up to there, negative_slope * (x - threshold)
 * below. */
typedef struct cornu_layer_relu_args {
    CORNU_LAYER_ARGS(cornu_layer_relu_args);
    CORNU_ARG(double, max_value, NAN); /* NAN: none */
    CORNU_ARG(double, negative_slope, 0);
    CORNU_ARG(double, threshold, 0);
} cornu_layer_relu_args;
#define CORNU_LAYER_RELU_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_relu_args), .max_value = NAN
CORNU_API cornu_layer *cornu_layer_relu_new(const cornu_layer_relu_args *args);

/* x for x >= 0, negative_slope * x below. */
typedef struct cornu_layer_leaky_relu_args {
    CORNU_LAYER_ARGS(cornu_layer_leaky_relu_args);
    CORNU_ARG(double, negative_slope, 0.3);
} cornu_layer_leaky_relu_args;
#define CORNU_LAYER_LEAKY_RELU_DEFAULTS                                                            \
    CORNU_LAYER_DEFAULTS(cornu_layer_leaky_relu_args), .negative_slope = 0.3
CORNU_API cornu_layer *cornu_layer_leaky_relu_new(const cornu_layer_leaky_relu_args *args);

/* x for x > 0, alpha * (exp(x) - 1) below. */
typedef struct cornu_layer_elu_args {
    CORNU_LAYER_ARGS(cornu_layer_elu_args);
    CORNU_ARG(double, alpha, 1);
} cornu_layer_elu_args;
#define CORNU_LAYER_ELU_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_elu_args), .alpha = 1
CORNU_API cornu_layer *cornu_layer_elu_new(const cornu_layer_elu_args *args);

/* exp(x) / sum(exp(x)) over the axes; positions that a mask marks as absent weigh (next to)
 * nothing. */
typedef struct cornu_layer_softmax_args {
    CORNU_LAYER_ARGS(cornu_layer_softmax_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given: cornu_axes(1, 2) */
} cornu_layer_softmax_args;
#define CORNU_LAYER_SOFTMAX_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_softmax_args), .axis = {.count = 1, .axis = {-1}}
CORNU_API cornu_layer *cornu_layer_softmax_new(const cornu_layer_softmax_args *args);

/* x for x >= 0, alpha * x below, with one alpha for each element of a sample; along shared_axes,
 * counted with the batch, all use the same. He et al. (2015). */
typedef struct cornu_layer_prelu_args {
    CORNU_LAYER_ARGS(cornu_layer_prelu_args);
    CORNU_ARG(cornu_initializer *, alpha_initializer, NULL); /* zeros */
    CORNU_ARG(cornu_regularizer *, alpha_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, alpha_constraint, NULL);
    CORNU_ARG(cornu_axes, shared_axes, {}); /* none */
} cornu_layer_prelu_args;
#define CORNU_LAYER_PRELU_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_prelu_args)
CORNU_API cornu_layer *cornu_layer_prelu_new(const cornu_layer_prelu_args *args);

#ifndef __cplusplus
#define cornu_layer_activation(...)                                                                \
    CORNU_LAYER_KW_(activation, ACTIVATION, .activation = __VA_ARGS__)
#define cornu_layer_relu(...) CORNU_LAYER_KW_(relu, RELU, __VA_ARGS__)
#define cornu_layer_leaky_relu(...) CORNU_LAYER_KW_(leaky_relu, LEAKY_RELU, __VA_ARGS__)
#define cornu_layer_elu(...) CORNU_LAYER_KW_(elu, ELU, __VA_ARGS__)
#define cornu_layer_prelu(...) CORNU_LAYER_KW_(prelu, PRELU, __VA_ARGS__)
#define cornu_layer_softmax(...) CORNU_LAYER_KW_(softmax, SOFTMAX, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
