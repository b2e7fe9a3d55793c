/* Attention layers: MultiHeadAttention, GroupQueryAttention, Attention, AdditiveAttention.
 * https://keras.io/api/layers/attention_layers/
 *
 * They are called on query, value and, if it differs from the value, key: cornu_call(layer, query,
 * value). Masks of query, value and key are heeded. By name, calls take further options:
 *
 *     cornu_layer_call_keywords(layer, cornu_tensors(x, x), "{\"use_causal_mask\": true}", ...)
 *
 * use_causal_mask: no position attends to a later one. return_attention_scores: the scores follow
 * as a second output. As tensors by name (cornu_call_argument), MultiHeadAttention and
 * GroupQueryAttention take attention_mask, [batch, query, value], which is true where a position
 * may attend to another. As in Keras, a query for which all is masked attends to everything alike,
 * but to nothing if the scores are asked for or the inputs have more than three axes. */
#ifndef CORNU_LAYERS_ATTENTION_H
#define CORNU_LAYERS_ATTENTION_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arguments of the projections of the layers with heads. */
#define CORNU_HEADS_ARGS                                                                           \
    CORNU_ARG(double, dropout, 0); /* of the scores, in training */                                \
    CORNU_ARG(bool, use_bias, true);                                                               \
    /* multiplies what the heads found by a sigmoid of a projection of the query */                \
    CORNU_ARG(bool, use_gate, false);                                                              \
    /* a position attends to none that is as far away as this; CORNU_NONE: to all */               \
    CORNU_ARG(int64_t, sliding_window, CORNU_NONE);                                                \
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL); /* Glorot uniform */                 \
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);   /* zeros */                          \
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);                                      \
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);                                        \
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);                                    \
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);                                        \
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);                                          \
    CORNU_ARG(int64_t, seed, CORNU_NONE)
#define CORNU_HEADS_DEFAULTS                                                                       \
    .use_bias = true, .sliding_window = CORNU_NONE, .seed = CORNU_NONE

/* Several heads, each with projections of its own: Vaswani et al. (2017). query [batch, T, dim],
 * value and key [batch, S, dim] -> [batch, T, output_shape], which is the query's dim unless
 * given. `attention_axes` are those over which is attended, by default all but the first and the
 * last: with further axes, [batch, T1, T2, dim] and so on. */
typedef struct cornu_layer_multi_head_attention_args {
    CORNU_LAYER_ARGS(cornu_layer_multi_head_attention_args);
    CORNU_ARG(int64_t, num_heads, 0);
    CORNU_ARG(int64_t, key_dim, 0);
    CORNU_ARG(int64_t, value_dim, CORNU_NONE); /* key_dim */
    CORNU_ARG(cornu_shape, output_shape, {});
    CORNU_ARG(cornu_axes, attention_axes, {});
    CORNU_HEADS_ARGS;
} cornu_layer_multi_head_attention_args;
#define CORNU_LAYER_MULTI_HEAD_ATTENTION_DEFAULTS                                                  \
    CORNU_LAYER_DEFAULTS(cornu_layer_multi_head_attention_args), .value_dim = CORNU_NONE,          \
        CORNU_HEADS_DEFAULTS
CORNU_API cornu_layer *cornu_layer_multi_head_attention_new(
    const cornu_layer_multi_head_attention_args *args
);

/* Heads of queries in groups that share a head of keys and values: Ainslie et al. (2023). */
typedef struct cornu_layer_group_query_attention_args {
    CORNU_LAYER_ARGS(cornu_layer_group_query_attention_args);
    CORNU_ARG(int64_t, head_dim, 0);
    CORNU_ARG(int64_t, num_query_heads, 0); /* a multiple of num_key_value_heads */
    CORNU_ARG(int64_t, num_key_value_heads, 0);
    CORNU_HEADS_ARGS;
} cornu_layer_group_query_attention_args;
#define CORNU_LAYER_GROUP_QUERY_ATTENTION_DEFAULTS                                                 \
    CORNU_LAYER_DEFAULTS(cornu_layer_group_query_attention_args), CORNU_HEADS_DEFAULTS
CORNU_API cornu_layer *cornu_layer_group_query_attention_new(
    const cornu_layer_group_query_attention_args *args
);

/* softmax(scores) @ value, where scores are query @ key^T (`score_mode` "dot", Luong et al. 2015),
 * or w * sum(tanh(query + key)) with a weight w ("concat"). With use_scale, a weight multiplies the
 * scores, or the sum inside tanh. */
typedef struct cornu_layer_attention_args {
    CORNU_LAYER_ARGS(cornu_layer_attention_args);
    CORNU_ARG(bool, use_scale, false);
    CORNU_ARG(const char *, score_mode, "dot");
    CORNU_ARG(double, dropout, 0);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_attention_args;
#define CORNU_LAYER_ATTENTION_DEFAULTS                                                             \
    CORNU_LAYER_DEFAULTS(cornu_layer_attention_args), .score_mode = "dot", .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_attention_new(const cornu_layer_attention_args *args);

/* The same with scores sum(scale * tanh(query + key)), Bahdanau et al. (2015); with use_scale,
 * `scale` is a weight, [dim]. */
typedef struct cornu_layer_additive_attention_args {
    CORNU_LAYER_ARGS(cornu_layer_additive_attention_args);
    CORNU_ARG(bool, use_scale, true);
    CORNU_ARG(double, dropout, 0);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_additive_attention_args;
#define CORNU_LAYER_ADDITIVE_ATTENTION_DEFAULTS                                                    \
    CORNU_LAYER_DEFAULTS(cornu_layer_additive_attention_args), .use_scale = true,                  \
        .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_additive_attention_new(
    const cornu_layer_additive_attention_args *args
);

#ifndef __cplusplus
/* cornu_layer_multi_head_attention(8, 64): heads, key_dim */
#define cornu_layer_multi_head_attention(...)                                                      \
    CORNU_LAYER_KW_(multi_head_attention, MULTI_HEAD_ATTENTION, .num_heads = __VA_ARGS__)
#define cornu_layer_group_query_attention(...)                                                     \
    CORNU_LAYER_KW_(group_query_attention, GROUP_QUERY_ATTENTION, .head_dim = __VA_ARGS__)
#define cornu_layer_attention(...) CORNU_LAYER_KW_(attention, ATTENTION, __VA_ARGS__)
#define cornu_layer_additive_attention(...)                                                        \
    CORNU_LAYER_KW_(additive_attention, ADDITIVE_ATTENTION, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
