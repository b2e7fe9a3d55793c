/* Layers that merge several tensors into one. https://keras.io/api/layers/merging_layers/
 *
 * The elementwise ones take one input or more, [batch, ...]. Sizes broadcast, and inputs with fewer
 * axes get axes of size 1 after the batch. Masks are joined by "or", where all inputs have one. */
#ifndef CORNU_LAYERS_MERGING_H
#define CORNU_LAYERS_MERGING_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The sum of the inputs. */
typedef struct cornu_layer_add_args {
    CORNU_LAYER_ARGS(cornu_layer_add_args);
} cornu_layer_add_args;
#define CORNU_LAYER_ADD_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_add_args)
CORNU_API cornu_layer *cornu_layer_add_new(const cornu_layer_add_args *args);

/* The first of two inputs less the second. */
typedef struct cornu_layer_subtract_args {
    CORNU_LAYER_ARGS(cornu_layer_subtract_args);
} cornu_layer_subtract_args;
#define CORNU_LAYER_SUBTRACT_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_subtract_args)
CORNU_API cornu_layer *cornu_layer_subtract_new(const cornu_layer_subtract_args *args);

/* The product of the inputs; positions that a mask marks as absent count as 1. */
typedef struct cornu_layer_multiply_args {
    CORNU_LAYER_ARGS(cornu_layer_multiply_args);
} cornu_layer_multiply_args;
#define CORNU_LAYER_MULTIPLY_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_multiply_args)
CORNU_API cornu_layer *cornu_layer_multiply_new(const cornu_layer_multiply_args *args);

/* The mean of the inputs. */
typedef struct cornu_layer_average_args {
    CORNU_LAYER_ARGS(cornu_layer_average_args);
} cornu_layer_average_args;
#define CORNU_LAYER_AVERAGE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_average_args)
CORNU_API cornu_layer *cornu_layer_average_new(const cornu_layer_average_args *args);

/* The largest of the inputs, of those that a mask does not mark as absent. */
typedef struct cornu_layer_maximum_args {
    CORNU_LAYER_ARGS(cornu_layer_maximum_args);
} cornu_layer_maximum_args;
#define CORNU_LAYER_MAXIMUM_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_maximum_args)
CORNU_API cornu_layer *cornu_layer_maximum_new(const cornu_layer_maximum_args *args);

/* The smallest of the inputs, likewise. */
typedef struct cornu_layer_minimum_args {
    CORNU_LAYER_ARGS(cornu_layer_minimum_args);
} cornu_layer_minimum_args;
#define CORNU_LAYER_MINIMUM_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_minimum_args)
CORNU_API cornu_layer *cornu_layer_minimum_new(const cornu_layer_minimum_args *args);

/* The inputs one after the other along an axis; the other sizes must be equal. */
typedef struct cornu_layer_concatenate_args {
    CORNU_LAYER_ARGS(cornu_layer_concatenate_args);
    CORNU_ARG(int64_t, axis, -1);
} cornu_layer_concatenate_args;
#define CORNU_LAYER_CONCATENATE_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_concatenate_args), .axis = -1
CORNU_API cornu_layer *cornu_layer_concatenate_new(const cornu_layer_concatenate_args *args);

/* Sums of products of two inputs over an axis of each: [batch, a.., n] and [batch, n, b..] give
 * [batch, a.., b..]; [batch, 1] if nothing is left. cornu_layer_dot(cornu_axes(2, 1)); one axis
 * counts for both. `normalize`: the inputs get the length 1 along these axes before, which gives
 * the cosine of the angle between them. */
typedef struct cornu_layer_dot_args {
    CORNU_LAYER_ARGS(cornu_layer_dot_args);
    CORNU_ARG(cornu_axes, axes, {}); /* must be given */
    CORNU_ARG(bool, normalize, false);
} cornu_layer_dot_args;
#define CORNU_LAYER_DOT_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_dot_args)
CORNU_API cornu_layer *cornu_layer_dot_new(const cornu_layer_dot_args *args);

#ifndef __cplusplus
#define cornu_layer_add(...) CORNU_LAYER_KW_(add, ADD, __VA_ARGS__)
#define cornu_layer_subtract(...) CORNU_LAYER_KW_(subtract, SUBTRACT, __VA_ARGS__)
#define cornu_layer_multiply(...) CORNU_LAYER_KW_(multiply, MULTIPLY, __VA_ARGS__)
#define cornu_layer_average(...) CORNU_LAYER_KW_(average, AVERAGE, __VA_ARGS__)
#define cornu_layer_maximum(...) CORNU_LAYER_KW_(maximum, MAXIMUM, __VA_ARGS__)
#define cornu_layer_minimum(...) CORNU_LAYER_KW_(minimum, MINIMUM, __VA_ARGS__)
#define cornu_layer_concatenate(...) CORNU_LAYER_KW_(concatenate, CONCATENATE, __VA_ARGS__)
#define cornu_layer_dot(...) CORNU_LAYER_KW_(dot, DOT, .axes = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
