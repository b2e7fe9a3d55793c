/* Attention by several heads: what MultiHeadAttention and GroupQueryAttention compute.
 * softmax(query @ key^T / sqrt(key_dim)) @ value for each head, between projections.
 * keras/src/layers/attention/multi_head_attention.py, grouped_query_attention.py */
#include "attention.h"

#include <cornu/layers/activation.h>
#include <cornu/layers/regularization.h>
#include <math.h>
#include <stdio.h>

cornu_status cornu_heads_init_(cornu_heads *heads, const cornu_heads_spec *spec) {
    heads->spec = *spec;
    if (!(spec->dropout >= 0 && spec->dropout <= 1))
        CORNU_FAIL(CORNU_EINVAL, "dropout must be a number from 0 to 1, got %g", spec->dropout);
    if (spec->sliding_window != CORNU_NONE && spec->sliding_window <= 0)
        CORNU_FAIL(
            CORNU_EINVAL, "sliding_window must be positive, got %lld",
            (long long)spec->sliding_window
        );
    return CORNU_OK;
}

/* ---- building ---- */
/* Adds the layer under the attribute, built for inputs of `shape`. */
static cornu_status hold(
    cornu_heads *heads, cornu_layer **place, const char *attribute, cornu_layer *layer,
    const cornu_shape *shape
) {
    *place = NULL; /* that a build which fails leaves none */
    if (layer == NULL) return cornu_error_status();
    CORNU_TRY(cornu_layer_add_layer(&heads->base, attribute, layer));
    *place = layer;
    return cornu_layer_build(layer, shape, 1);
}

static cornu_status hold_projection(
    cornu_heads *heads, cornu_layer **place, int attribute, const char *name, cornu_shape from,
    cornu_shape to
) {
    const cornu_heads_spec *spec = &heads->spec;
    const cornu_projection_args args = {
        .size_ = sizeof args,
        .name = name,
        .trainable = heads->base.trainable,
        .dtype = cornu_layer_dtype_policy(&heads->base),
        .from = from,
        .to = to,
        .use_bias = spec->use_bias,
        .kernel_initializer = cornu_initializer_retain(spec->kernel_initializer),
        .bias_initializer = cornu_initializer_retain(spec->bias_initializer),
        .kernel_regularizer = cornu_regularizer_retain(spec->kernel_regularizer),
        .bias_regularizer = cornu_regularizer_retain(spec->bias_regularizer),
        .activity_regularizer = cornu_regularizer_retain(spec->activity_regularizer),
        .kernel_constraint = cornu_constraint_retain(spec->kernel_constraint),
        .bias_constraint = cornu_constraint_retain(spec->bias_constraint),
    };
    return hold(heads, place, spec->attributes[attribute], cornu_projection_new_(&args), &from);
}

/* All but the first and the last axis unless given; counted from 0 on. */
static cornu_status settle_axes(cornu_heads *heads) {
    cornu_axes *axes = &heads->spec.attention_axes;
    for (int i = 0; i < axes->count; i++) {
        if (axes->axis[i] < 0) axes->axis[i] += heads->rank;
        if (axes->axis[i] < 1 || axes->axis[i] > heads->rank - 2)
            CORNU_FAIL(
                CORNU_EINVAL, "attention_axes holds %d; of %d axes, those from 1 to %d can be used",
                axes->axis[i], heads->rank, heads->rank - 2
            );
    }
    if (axes->count > 0) return CORNU_OK;
    for (int i = 1; i < heads->rank - 1; i++) axes->axis[axes->count++] = i;
    return CORNU_OK;
}

/* The last axis of input `index`, which must be known. */
static cornu_status last_axis(
    const cornu_heads *heads, const cornu_shape *shape, const char *name, int64_t *size
) {
    char text[256];
    *size = shape->rank > 0 ? shape->dims[shape->rank - 1] : -1;
    if (shape->rank != heads->rank || shape->rank < 3 || *size < 0)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "the %s must have the shape [batch, ..., dim] with dim known and %d axes, got %s", name,
            heads->rank < 3 ? 3 : heads->rank, cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_heads_build_(cornu_layer *self, const cornu_shape *shapes, size_t count) {
    cornu_heads *heads = (cornu_heads *)self;
    const cornu_heads_spec *spec = &heads->spec;
    int64_t query, value, key;
    if (count != 2 && count != 3)
        CORNU_FAIL(CORNU_EINVAL, "takes query, value and perhaps key, got %zu inputs", count);
    heads->rank = shapes[0].rank;
    CORNU_TRY(last_axis(heads, &shapes[0], "query", &query));
    CORNU_TRY(last_axis(heads, &shapes[1], "value", &value));
    CORNU_TRY(last_axis(heads, &shapes[count - 1], "key", &key));
    CORNU_TRY(settle_axes(heads));
    cornu_shape queries = cornu_shape(spec->query_heads, spec->key_dim);
    cornu_shape found = cornu_shape(spec->query_heads, spec->value_dim);
    cornu_shape output = spec->output_shape.rank > 0 ? spec->output_shape : cornu_shape(query);
    CORNU_TRY(hold_projection(heads, &heads->query, 0, "query", cornu_shape(query), queries));
    CORNU_TRY(hold_projection(
        heads, &heads->key, 1, "key", cornu_shape(key), cornu_shape(spec->key_heads, spec->key_dim)
    ));
    CORNU_TRY(hold_projection(
        heads, &heads->value, 2, "value", cornu_shape(value),
        cornu_shape(spec->key_heads, spec->value_dim)
    ));
    if (spec->use_gate)
        CORNU_TRY(hold_projection(heads, &heads->gate, 4, "gate", cornu_shape(query), found));
    cornu_axes last = {.count = spec->attention_axes.count};
    for (int i = 0; i < last.count; i++) last.axis[i] = i - last.count;
    const char *policy = cornu_layer_dtype_policy(self);
    CORNU_TRY(hold(
        heads, &heads->softmax, "_softmax", cornu_layer_softmax(.axis = last, .dtype = policy),
        &found
    ));
    CORNU_TRY(hold(
        heads, &heads->dropout, "_dropout_layer",
        cornu_layer_dropout(spec->dropout, .seed = spec->seed, .dtype = policy), &found
    ));
    return hold_projection(heads, &heads->output, 3, "attention_output", found, output);
}

/* ---- masks ---- */
/* [batch, ..., queries, keys], true where a query may attend, or NULL. */
static cornu_status find_mask(
    cornu_tensor *const *inputs, const cornu_call_context *context, int64_t window,
    cornu_tensor **mask
) {
    cornu_tensor *of_query = cornu_attention_mask_of_(context, 0);
    cornu_tensor *of_value = cornu_attention_mask_of_(context, 1);
    cornu_tensor *of_key = cornu_attention_mask_of_(context, 2);
    cornu_tensor *given = cornu_call_argument_get(context, "attention_mask", 0);
    bool causal = cornu_attention_option_(context->kwargs, "use_causal_mask");
    *mask = NULL;
    if (of_query != NULL)
        CORNU_TRY(cornu_attention_both_(mask, cornu_op_expand_dims(of_query, -1)));
    if (of_value != NULL)
        CORNU_TRY(cornu_attention_both_(mask, cornu_op_expand_dims(of_value, -2)));
    if (of_key != NULL) CORNU_TRY(cornu_attention_both_(mask, cornu_op_expand_dims(of_key, -2)));
    if (causal || window != CORNU_NONE)
        CORNU_TRY(cornu_attention_both_(
            mask, cornu_attention_near_(
                      cornu_tensor_dim(inputs[0], 1), cornu_tensor_dim(inputs[1], 1), causal,
                      window != CORNU_NONE ? window : 0
                  )
        ));
    if (given == NULL) return CORNU_OK;
    return cornu_attention_both_(mask, cornu_op_cast(given, CORNU_BOOL));
}

/* With axes of size 1 before those of queries and keys, for the heads and what else there is. */
static cornu_tensor *widen(cornu_tensor *mask, int rank, int attention_axes) {
    cornu_shape shape = *cornu_tensor_shape(mask);
    int missing = rank - shape.rank, at = shape.rank - 2 * attention_axes;
    if (missing <= 0 || at < 0) return mask;
    for (int i = shape.rank - 1; i >= at; i--) shape.dims[i + missing] = shape.dims[i];
    for (int i = 0; i < missing; i++) shape.dims[at + i] = 1;
    shape.rank = rank;
    return cornu_op_reshape(mask, shape);
}

/* ---- the computation ---- */
/* Equations of the scores, "aecd,abcd->acbe", and of what is found by them, "acbe,aecd->abcd", for
 * projected inputs of `rank` axes. Keys have letters of their own on the axes of attention. */
enum { EQUATION_ROOM = 4 * CORNU_MAX_RANK + 8 };
typedef struct {
    char scores[EQUATION_ROOM], found[EQUATION_ROOM];
} equations;

static equations equations_of(int rank, const cornu_axes *axes) {
    char queries[CORNU_MAX_RANK] = {0}, keys[CORNU_MAX_RANK] = {0};
    char product[2 * CORNU_MAX_RANK] = {0};
    bool attended[CORNU_MAX_RANK] = {false};
    int letters = rank, places = 0;
    equations e;
    if (rank > CORNU_MAX_RANK) rank = CORNU_MAX_RANK; /* gcc does not know that it never is */
    for (int i = 0; i < axes->count; i++) attended[axes->axis[i]] = true;
    for (int i = 0; i < rank; i++) {
        queries[i] = (char)('a' + i);
        keys[i] = attended[i] ? (char)('a' + letters++) : queries[i];
        if (!attended[i] && i < rank - 1) product[places++] = queries[i];
    }
    for (int i = 0; i < axes->count; i++) product[places++] = queries[axes->axis[i]];
    for (int i = 0; i < axes->count; i++) product[places++] = keys[axes->axis[i]];
    snprintf(
        e.scores, sizeof e.scores, "%.*s,%.*s->%.*s", rank, keys, rank, queries, places, product
    );
    snprintf(
        e.found, sizeof e.found, "%.*s,%.*s->%.*s", places, product, rank, keys, rank, queries
    );
    return e;
}

/* A layer below, in the mode of the call. */
static cornu_tensor *call_below(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *mask, const cornu_call_context *context
) {
    cornu_tensor *result = NULL;
    const cornu_call_context own = {
        .training = context->training, .masks = mask != NULL ? &mask : NULL};
    return cornu_layer_call_many(layer, cornu_tensors(x), &own, &result) == CORNU_OK ? result
                                                                                     : NULL;
}

/* Heads of keys or values, each for all queries of its group. */
static cornu_tensor *repeat_heads(const cornu_heads_spec *spec, cornu_tensor *x) {
    int64_t group = spec->query_heads / spec->key_heads;
    return group > 1 ? cornu_op_repeat(x, group, -2) : x;
}

static cornu_tensor *scaled(cornu_tensor *query, int64_t key_dim) {
    cornu_dtype dtype = cornu_tensor_dtype(query);
    return cornu_op_multiply(query, cornu_scalar_of(dtype, 1 / sqrt((double)key_dim)));
}

/* Whether Keras leaves the computation to dot_product_attention, which knows no scores. */
static bool is_fused(const cornu_heads *heads, const cornu_call_context *context) {
    bool drops = heads->spec.dropout > 0 && context->training;
    return heads->rank == 3 && !drops &&
           !cornu_attention_option_(context->kwargs, "return_attention_scores");
}

/* What is masked gets a number added beside which the scores vanish: a row in which all is masked
 * becomes uniform there. The layer Softmax makes it zero. */
static cornu_tensor *hide(cornu_tensor *scores, cornu_tensor *mask) {
    cornu_dtype dtype = cornu_tensor_dtype(scores);
    double large = -0.7 * (dtype == CORNU_FLOAT16 ? 65500 : 3.38953e38);
    cornu_tensor *absent = cornu_op_cast(cornu_op_logical_not(mask), dtype);
    return cornu_op_add(scores, cornu_op_multiply(absent, cornu_scalar_of(dtype, large)));
}

cornu_status cornu_heads_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cornu_heads *heads = (cornu_heads *)self;
    const cornu_heads_spec *spec = &heads->spec;
    size_t count = context->input_count;
    if (count != 2 && count != 3)
        CORNU_FAIL(CORNU_EINVAL, "takes query, value and perhaps key, got %zu inputs", count);
    if (cornu_tensor_rank(inputs[0]) != heads->rank)
        CORNU_FAIL(CORNU_ESHAPE, "the layer was built for inputs of %d axes", heads->rank);
    int rank = heads->rank + 1; /* of projections: with the heads */
    cornu_tensor *query = call_below(heads->query, inputs[0], NULL, context);
    cornu_tensor *key = call_below(heads->key, inputs[count - 1], NULL, context);
    cornu_tensor *value = call_below(heads->value, inputs[1], NULL, context);
    cornu_tensor *mask = NULL;
    if (query == NULL || key == NULL || value == NULL) return cornu_error_status();
    CORNU_TRY(find_mask(inputs, context, spec->sliding_window, &mask));
    key = repeat_heads(spec, key);
    value = repeat_heads(spec, value);
    equations e = equations_of(rank, &spec->attention_axes);
    query = scaled(query, spec->key_dim);
    cornu_tensor *scores = cornu_op_einsum(e.scores, cornu_tensors(key, query));
    if (scores == NULL) return cornu_error_status();
    if (mask != NULL) {
        mask = widen(mask, cornu_tensor_rank(scores), spec->attention_axes.count);
        if (mask == NULL) return cornu_error_status();
    }
    if (mask != NULL && is_fused(heads, context)) {
        scores = hide(scores, mask);
        mask = NULL;
    }
    scores = call_below(heads->softmax, scores, mask, context);
    if (scores == NULL) return cornu_error_status();
    cornu_tensor *kept = call_below(heads->dropout, scores, NULL, context);
    cornu_tensor *found = cornu_op_einsum(e.found, cornu_tensors(kept, value));
    if (found != NULL && heads->gate != NULL) {
        cornu_tensor *gate = call_below(heads->gate, inputs[0], NULL, context);
        found = cornu_op_multiply(found, cornu_op_sigmoid(gate));
    }
    if (found == NULL) return cornu_error_status();
    outputs[0] = call_below(heads->output, found, NULL, context);
    if (cornu_attention_output_count_(self, context->kwargs) == 2) outputs[1] = scores;
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}
