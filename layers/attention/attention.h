/* What the attention layers share: options of a call and masks (mask.c), and for those with heads
 * the projections and the computation (heads.c, projection.c). */
#ifndef CORNU_LAYERS_ATTENTION_LOCAL_H
#define CORNU_LAYERS_ATTENTION_LOCAL_H

#include <cornu/layers/attention.h>

/* ---- mask.c ---- */
extern const char *const cornu_attention_arguments_[]; /* query, value, key */
/* An option of a call that is on or off. */
bool cornu_attention_option_(const cornu_config *kwargs, const char *name);
/* 2 if scores are asked for. */
size_t cornu_attention_output_count_(const cornu_layer *self, const cornu_config *kwargs);
/* The mask of a query, value or key (0, 1, 2): of the input, or given by name; NULL if none. */
cornu_tensor *cornu_attention_mask_of_(const cornu_call_context *context, size_t input);
/* [1, queries, keys], true where the key is not later than the query, and, if window > 0, less than
 * that many positions away. */
cornu_tensor *cornu_attention_near_(
    int64_t queries, int64_t keys, bool causal, int64_t window
);
/* a and b, either of which may be NULL: then the other. */
cornu_status cornu_attention_both_(cornu_tensor **a, cornu_tensor *b);
/* The mask of the output is that of the query. */
cornu_tensor *cornu_attention_compute_mask_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
);

/* ---- projection.c: a dense layer between several axes, as EinsumDense in Keras ---- */
/* [..., from...] @ [from..., to...] + [to...] -> [..., to...] */
typedef struct cornu_projection_args {
    CORNU_LAYER_ARGS(cornu_projection_args);
    CORNU_ARG(cornu_shape, from, {});
    CORNU_ARG(cornu_shape, to, {});
    CORNU_ARG(bool, use_bias, true);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL);
    CORNU_ARG(cornu_initializer *, bias_initializer, NULL);
    CORNU_ARG(cornu_regularizer *, kernel_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, bias_regularizer, NULL);
    CORNU_ARG(cornu_regularizer *, activity_regularizer, NULL);
    CORNU_ARG(cornu_constraint *, kernel_constraint, NULL);
    CORNU_ARG(cornu_constraint *, bias_constraint, NULL);
} cornu_projection_args;
cornu_layer *cornu_projection_new_(const cornu_projection_args *args);

/* ---- heads.c ---- */
/* What the arguments of a layer with heads say, gathered from whatever struct holds them. */
typedef struct cornu_heads_spec {
    int64_t query_heads, key_heads; /* equal but for groups of queries */
    int64_t key_dim, value_dim;
    cornu_shape output_shape;       /* rank 0: the query's last axis */
    cornu_axes attention_axes;      /* none: all but the first and the last */
    double dropout;
    bool use_bias, use_gate;
    int64_t sliding_window;
    cornu_initializer *kernel_initializer, *bias_initializer;
    cornu_regularizer *kernel_regularizer, *bias_regularizer, *activity_regularizer;
    cornu_constraint *kernel_constraint, *bias_constraint;
    int64_t seed;
    /* names of the attributes in weights files: query, key, value, output, gate */
    const char *const *attributes;
} cornu_heads_spec;
#define CORNU_HEADS_SPEC_(args)                                                                    \
    .dropout = (args)->dropout, .use_bias = (args)->use_bias, .use_gate = (args)->use_gate,        \
    .sliding_window = (args)->sliding_window, .kernel_initializer = (args)->kernel_initializer,    \
    .bias_initializer = (args)->bias_initializer,                                                  \
    .kernel_regularizer = (args)->kernel_regularizer,                                              \
    .bias_regularizer = (args)->bias_regularizer,                                                  \
    .activity_regularizer = (args)->activity_regularizer,                                          \
    .kernel_constraint = (args)->kernel_constraint, .bias_constraint = (args)->bias_constraint,    \
    .seed = (args)->seed
/* Rows of field tables, in the order in which Keras writes them. */
#define CORNU_HEADS_WEIGHT_FIELDS_(args)                                                           \
    CORNU_FIELD_DEFAULT(args, INITIALIZER, kernel_initializer, "GlorotUniform"),                   \
        CORNU_FIELD_DEFAULT(args, INITIALIZER, bias_initializer, "Zeros"),                         \
        CORNU_FIELD(args, REGULARIZER, kernel_regularizer),                                        \
        CORNU_FIELD(args, REGULARIZER, bias_regularizer),                                          \
        CORNU_FIELD(args, REGULARIZER, activity_regularizer),                                      \
        CORNU_FIELD(args, CONSTRAINT, kernel_constraint),                                          \
        CORNU_FIELD(args, CONSTRAINT, bias_constraint), CORNU_FIELD(args, INT, seed)

typedef struct cornu_heads {
    cornu_layer base;
    cornu_heads_spec spec; /* attention_axes filled in, once built */
    int rank;              /* of the inputs */
    /* the base holds them */
    cornu_layer *query, *key, *value, *output, *gate, *softmax, *dropout;
} cornu_heads;

cornu_status cornu_heads_init_(cornu_heads *heads, const cornu_heads_spec *spec);
/* Members of the class. */
cornu_status cornu_heads_build_(cornu_layer *self, const cornu_shape *shapes, size_t count);
cornu_status cornu_heads_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);

#endif
