/* Core layers: Input, Dense, Embedding, Masking, ... https://keras.io/api/layers/core_layers/ */
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

/* activation(einsum(equation, x, kernel) + bias). The equation is "ab,bc->ac" or, with any number
 * of axes in front or behind, "...ab,bc->...ac" or "ab...,bc->ac...". `output_shape` has the sizes
 * of the axes that the output names, without the batch; -1 for one that is the input's. `bias_axes`
 * names the axes of the output along which the bias varies; NULL: no bias. */
typedef struct cornu_layer_einsum_dense_args {
    CORNU_LAYER_ARGS(cornu_layer_einsum_dense_args);
    CORNU_ARG(const char *, equation, NULL); /* must be given */
    CORNU_ARG(cornu_shape, output_shape, {});
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(const char *, bias_axes, NULL);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_einsum_dense_args;
#define CORNU_LAYER_EINSUM_DENSE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_einsum_dense_args)
CORNU_API cornu_layer *cornu_layer_einsum_dense_new(const cornu_layer_einsum_dense_args *args);

/* A dense layer whose kernel counts as -1, 0 or 1 times one factor: sign(k) where |k| is above the
 * threshold. Gradients pass through to the kernel itself. Without a threshold it is half the mean
 * of |k|, and the factor that mean; with one the factor is 1. Ma et al. (2024), BitNet b1.58. */
typedef struct cornu_layer_ternary_dense_args {
    CORNU_LAYER_ARGS(cornu_layer_ternary_dense_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(double, threshold, NAN); /* NAN: half the mean of |kernel| */
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_layer_ternary_dense_args;
#define CORNU_LAYER_TERNARY_DENSE_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_ternary_dense_args), .threshold = NAN, .use_bias = true
CORNU_API cornu_layer *cornu_layer_ternary_dense_new(const cornu_layer_ternary_dense_args *args);

/* A vector for each integer from 0 to input_dim - 1: [batch, ...] -> [batch, ..., output_dim].
 * `mask_zero`: 0 is padding, which the layers after leave out. */
typedef struct cornu_layer_embedding_args {
    CORNU_LAYER_ARGS(cornu_layer_embedding_args);
    CORNU_ARG(int64_t, input_dim, 0);
    CORNU_ARG(int64_t, output_dim, 0);
    CORNU_ARG(cornu_initializer *, embeddings_initializer, NULL); /* uniform in [-0.05, 0.05] */
    CORNU_ARG(cornu_regularizer *, embeddings_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, embeddings_constraint, NULL);
    CORNU_ARG(bool, mask_zero, false);
} cornu_layer_embedding_args;
#define CORNU_LAYER_EMBEDDING_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_embedding_args)
CORNU_API cornu_layer *cornu_layer_embedding_new(const cornu_layer_embedding_args *args);

/* An embedding that can also be called the other way, [batch, ..., output_dim] -> [batch, ...,
 * input_dim]: cornu_layer_call_keywords(layer, inputs, "{\"reverse\": true}", false, &logits), with
 * the transposed vectors, or, without `tie_weights`, with weights of its own. Logits are capped by
 * cap * tanh(x / cap). */
typedef struct cornu_layer_reversible_embedding_args {
    CORNU_LAYER_ARGS(cornu_layer_reversible_embedding_args);
    CORNU_ARG(int64_t, input_dim, 0);
    CORNU_ARG(int64_t, output_dim, 0);
    CORNU_ARG(cornu_initializer *, embeddings_initializer, NULL); /* uniform in [-0.05, 0.05] */
    CORNU_ARG(cornu_regularizer *, embeddings_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, embeddings_constraint, NULL);
    CORNU_ARG(bool, mask_zero, false);
    CORNU_ARG(bool, tie_weights, true);
    CORNU_ARG(const char *, reverse_dtype, NULL); /* the type of the reverse product */
    CORNU_ARG(double, logit_soft_cap, NAN);       /* NAN: not capped */
} cornu_layer_reversible_embedding_args;
#define CORNU_LAYER_REVERSIBLE_EMBEDDING_DEFAULTS                                                  \
    CORNU_LAYER_DEFAULTS(cornu_layer_reversible_embedding_args), .tie_weights = true,              \
    .logit_soft_cap = NAN
CORNU_API cornu_layer *cornu_layer_reversible_embedding_new(
    const cornu_layer_reversible_embedding_args *args
);

/* Marks the steps of [batch, time, features] in which every feature equals mask_value as absent for
 * the layers after, and sets them to 0. */
typedef struct cornu_layer_masking_args {
    CORNU_LAYER_ARGS(cornu_layer_masking_args);
    CORNU_ARG(double, mask_value, 0);
} cornu_layer_masking_args;
#define CORNU_LAYER_MASKING_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_masking_args)
CORNU_API cornu_layer *cornu_layer_masking_new(const cornu_layer_masking_args *args);

/* The layer inside: what wrapping layers add to. */
typedef struct cornu_layer_wrapper_args {
    CORNU_LAYER_ARGS(cornu_layer_wrapper_args);
    CORNU_ARG(cornu_layer *, layer, NULL); /* taken; must be given */
} cornu_layer_wrapper_args;
#define CORNU_LAYER_WRAPPER_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_wrapper_args)
CORNU_API cornu_layer *cornu_layer_wrapper_new(const cornu_layer_wrapper_args *args);

/* Gives its input. */
typedef struct cornu_layer_identity_args {
    CORNU_LAYER_ARGS(cornu_layer_identity_args);
} cornu_layer_identity_args;
#define CORNU_LAYER_IDENTITY_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_identity_args)
CORNU_API cornu_layer *cornu_layer_identity_new(const cornu_layer_identity_args *args);

/* y = function(x), any shape. `function` is the name, "Package>name", of a function that the
 * program registered (cornu_register_activation): it gets a tensor, calls ops, and returns one that
 * belongs to the scope. Files hold the name alone; Python's lambdas in files are refused.
 * `output_shape` is accepted as Keras writes it and not needed. CORNU_EINVAL (no such name),
 * CORNU_EUNKNOWN (a name that is not registered). */
typedef struct cornu_layer_lambda_args {
    CORNU_LAYER_ARGS(cornu_layer_lambda_args);
    CORNU_ARG(const char *, function, NULL);
    CORNU_ARG(cornu_shape, output_shape, {});
} cornu_layer_lambda_args;
#define CORNU_LAYER_LAMBDA_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_lambda_args)
CORNU_API cornu_layer *cornu_layer_lambda_new(const cornu_layer_lambda_args *args);

#ifndef __cplusplus
/* sizes follow .size_ in the struct, so that none may be given as well */
#define cornu_input(...)                                                                           \
    CORNU_KW_(cornu_input_new(&(cornu_input_args){CORNU_INPUT_DEFAULTS, __VA_ARGS__}))
#define cornu_layer_dense(...) CORNU_LAYER_KW_(dense, DENSE, .units = __VA_ARGS__)
#define cornu_layer_einsum_dense(...)                                                              \
    CORNU_LAYER_KW_(einsum_dense, EINSUM_DENSE, .equation = __VA_ARGS__)
#define cornu_layer_ternary_dense(...)                                                             \
    CORNU_LAYER_KW_(ternary_dense, TERNARY_DENSE, .units = __VA_ARGS__)
#define cornu_layer_embedding(...) CORNU_LAYER_KW_(embedding, EMBEDDING, .input_dim = __VA_ARGS__)
#define cornu_layer_reversible_embedding(...)                                                      \
    CORNU_LAYER_KW_(reversible_embedding, REVERSIBLE_EMBEDDING, .input_dim = __VA_ARGS__)
#define cornu_layer_masking(...) CORNU_LAYER_KW_(masking, MASKING, __VA_ARGS__)
#define cornu_layer_wrapper(...) CORNU_LAYER_KW_(wrapper, WRAPPER, .layer = __VA_ARGS__)
#define cornu_layer_lambda(...) CORNU_LAYER_KW_(lambda, LAMBDA, .function = __VA_ARGS__)
#define cornu_layer_identity(...) CORNU_LAYER_KW_(identity, IDENTITY, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
