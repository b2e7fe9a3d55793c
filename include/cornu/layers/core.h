/* Core layers: Input, Dense, Identity. https://keras.io/api/layers/core_layers/ */
#ifndef CORNU_LAYERS_CORE_H
#define CORNU_LAYERS_CORE_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a sequential model begins: cornu_input(28, 28), the sizes of one sample, -1 for an unknown
 * one; cornu_input() is one number per sample. The list ends at the first 0. Keras: keras.Input,
 * InputLayer. */
typedef struct cornu_input_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_input_args));
    CORNU_ARG(int64_t, shape[CORNU_MAX_RANK], {});
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(const char *, dtype, NULL); /* "float32" unless given */
    CORNU_ARG(int64_t, batch_size, CORNU_NONE);
} cornu_input_args;
#define CORNU_INPUT_DEFAULTS .batch_size = CORNU_NONE, .size_ = sizeof(cornu_input_args)
CORNU_API cornu_layer *cornu_input_new(const cornu_input_args *args);

/* activation(x @ kernel + bias): [batch, ..., features] -> [batch, ..., units]. */
typedef struct cornu_layer_dense_args {
    CORNU_LAYER_ARGS(cornu_layer_dense_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_dense_args;
#define CORNU_LAYER_DENSE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_dense_args), .use_bias = true
CORNU_API cornu_layer *cornu_layer_dense_new(const cornu_layer_dense_args *args);

/* Gives its input. */
typedef struct cornu_layer_identity_args {
    CORNU_LAYER_ARGS(cornu_layer_identity_args);
} cornu_layer_identity_args;
#define CORNU_LAYER_IDENTITY_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_identity_args)
CORNU_API cornu_layer *cornu_layer_identity_new(const cornu_layer_identity_args *args);

#ifndef __cplusplus
/* sizes follow .size_ in the struct, so that none may be given as well */
#define cornu_input(...)                                                                           \
    CORNU_KW_(cornu_input_new(&(cornu_input_args){CORNU_INPUT_DEFAULTS, __VA_ARGS__}))
#define cornu_layer_dense(...) CORNU_LAYER_KW_(dense, DENSE, .units = __VA_ARGS__)
#define cornu_layer_identity(...) CORNU_LAYER_KW_(identity, IDENTITY, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
