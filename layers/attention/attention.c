/* Attention without projections: Attention (Luong et al. 2015) and AdditiveAttention (Bahdanau et
 * al. 2015), which differ in their scores.
 * keras/src/layers/attention/attention.py, additive_attention.py */
#include "attention.h"

#include <string.h>

/* What both keep: arguments, weights and random draws. */
typedef struct {
    cornu_layer base;
    double rate; /* of dropout */
    cornu_seed_generator *seeds;
    cornu_tensor *scale;         /* a scalar, or [dim] if additive; NULL: 1 */
    cornu_tensor *concat_weight; /* a scalar; NULL: the scores are products */
    bool additive;
} scored;

typedef struct {
    scored scored;
    cornu_layer_attention_args args;
} attention;

typedef struct {
    scored scored;
    cornu_layer_additive_attention_args args;
} additive_attention;

static cornu_status init_scored(scored *self, double dropout, int64_t seed) {
    if (!(dropout >= 0 && dropout <= 1))
        CORNU_FAIL(CORNU_EINVAL, "dropout must be a number from 0 to 1, got %g", dropout);
    self->rate = dropout;
    if (dropout == 0) return CORNU_OK;
    self->seeds = cornu_layer_add_seed(&self->base, seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status check_count(size_t count) {
    if (count == 2 || count == 3) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "takes query, value and perhaps key, got %zu inputs", count);
}

static cornu_status check_shapes(const cornu_shape *shapes, size_t count) {
    char text[256];
    CORNU_TRY(check_count(count));
    for (size_t i = 0; i < count; i++)
        if (shapes[i].rank != 3)
            CORNU_FAIL(
                CORNU_ESHAPE, "query, value and key must have the shape [batch, time, dim], got %s",
                cornu_shape_format(&shapes[i], text, sizeof text)
            );
    return CORNU_OK;
}

/* ---- scores: [batch, queries, keys] ---- */
/* query [batch, queries, 1, dim] + key [batch, 1, keys, dim] */
static cornu_tensor *sums(cornu_tensor *query, cornu_tensor *key) {
    return cornu_op_add(cornu_op_expand_dims(query, 2), cornu_op_expand_dims(key, 1));
}

static cornu_tensor *scores_of(scored *self, cornu_tensor *query, cornu_tensor *key) {
    cornu_layer *layer = &self->base;
    cornu_tensor *scale = self->scale != NULL ? cornu_layer_cast(layer, self->scale) : NULL;
    if (self->additive) {
        cornu_tensor *x = cornu_op_tanh(sums(query, key));
        return cornu_op_sum(scale != NULL ? cornu_op_multiply(scale, x) : x, cornu_axes(-1));
    }
    if (self->concat_weight == NULL) {
        cornu_tensor *x = cornu_op_matmul(query, key, .transpose_b = true);
        return scale != NULL ? cornu_op_multiply(x, scale) : x;
    }
    cornu_tensor *x = sums(query, key);
    x = cornu_op_tanh(scale != NULL ? cornu_op_multiply(scale, x) : x);
    return cornu_op_multiply(
        cornu_layer_cast(layer, self->concat_weight), cornu_op_sum(x, cornu_axes(-1))
    );
}

/* ---- the call ---- */
/* Keras names the masks of a list of inputs together. */
static cornu_tensor *mask_of(const cornu_call_context *context, size_t input) {
    return context->masks != NULL && input < context->input_count ? context->masks[input] : NULL;
}

/* The scores of what is masked become very small. */
static cornu_status hide(const cornu_call_context *context, cornu_tensor **scores) {
    cornu_tensor *mask = NULL, *of_value = mask_of(context, 1);
    cornu_dtype dtype = cornu_tensor_dtype(*scores);
    if (of_value != NULL)
        CORNU_TRY(cornu_attention_both_(&mask, cornu_op_expand_dims(of_value, -2)));
    if (cornu_attention_option_(context->kwargs, "use_causal_mask"))
        CORNU_TRY(cornu_attention_both_(
            &mask, cornu_attention_near_(
                       cornu_tensor_dim(*scores, 1), cornu_tensor_dim(*scores, 2), true, 0
                   )
        ));
    if (mask == NULL) return CORNU_OK;
    double large = dtype == CORNU_FLOAT16 ? 65504 : 1e9;
    cornu_tensor *absent = cornu_op_cast(cornu_op_logical_not(mask), dtype);
    *scores = cornu_op_subtract(*scores, cornu_op_multiply(absent, cornu_scalar_of(dtype, large)));
    return *scores != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *drop(scored *self, cornu_tensor *x) {
    cornu_dtype dtype = cornu_tensor_dtype(x);
    double keep = 1 - self->rate;
    if (keep == 0) return cornu_op_zeros_like(x);
    cornu_tensor *kept = cornu_random_bernoulli_from(
        cornu_seed_generator_next(self->seeds), *cornu_tensor_shape(x), dtype, keep
    );
    return cornu_op_multiply(x, cornu_op_multiply(kept, cornu_scalar_of(dtype, 1 / keep)));
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    scored *self = (scored *)layer;
    cornu_tensor *of_query = mask_of(context, 0);
    CORNU_TRY(check_count(context->input_count));
    cornu_tensor *scores = scores_of(self, inputs[0], inputs[context->input_count - 1]);
    if (scores == NULL) return cornu_error_status();
    CORNU_TRY(hide(context, &scores));
    scores = cornu_op_softmax(scores, -1);
    if (context->training && self->rate > 0) scores = drop(self, scores);
    cornu_tensor *result = cornu_op_matmul(scores, inputs[1]);
    if (result != NULL && of_query != NULL)
        result = cornu_op_multiply(
            result, cornu_op_cast(cornu_op_expand_dims(of_query, -1), cornu_tensor_dtype(result))
        );
    outputs[0] = result;
    if (cornu_attention_output_count_(layer, context->kwargs) == 2) outputs[1] = scores;
    return result != NULL ? CORNU_OK : cornu_error_status();
}

/* ---- Attention ---- */
static bool is_concat(const attention *self) {
    return strcmp(self->args.score_mode, "concat") == 0;
}

static cornu_status init(void *object) {
    attention *self = object;
    if (!is_concat(self) && strcmp(self->args.score_mode, "dot") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "score_mode must be \"dot\" or \"concat\", got \"%s\"",
            self->args.score_mode
        );
    return init_scored(&self->scored, self->args.dropout, self->args.seed);
}

static cornu_status add_one(cornu_layer *layer, const char *name, cornu_tensor **weight) {
    cornu_initializer *ones = cornu_initializer_get("Ones");
    if (ones == NULL) return cornu_error_status();
    *weight = cornu_layer_add_weight(layer, name, cornu_shape(), .initializer = ones);
    cornu_initializer_free(ones);
    return *weight != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    attention *self = (attention *)layer;
    CORNU_TRY(check_shapes(shapes, count));
    if (self->args.use_scale) CORNU_TRY(add_one(layer, "scale", &self->scored.scale));
    if (!is_concat(self)) return CORNU_OK;
    return add_one(layer, "concat_score_weight", &self->scored.concat_weight);
}

static const cornu_layer_attention_args defaults = {CORNU_LAYER_ATTENTION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_attention_args),
    CORNU_FIELD(cornu_layer_attention_args, BOOL, use_scale),
    CORNU_FIELD(cornu_layer_attention_args, STRING, score_mode),
    CORNU_FIELD(cornu_layer_attention_args, FLOAT, dropout),
    CORNU_FIELD(cornu_layer_attention_args, INT, seed),
};

CORNU_LAYER_CLASS(attention){
    CORNU_CLASS_ARGS(attention, args, defaults, fields),
    .name = "Attention",
    .init = init,
    .build = build,
    .call_many = call_many,
    .output_count = cornu_attention_output_count_,
    .compute_mask = cornu_attention_compute_mask_,
    .masking = CORNU_MASK_PRODUCES,
};

cornu_layer *cornu_layer_attention_new(const cornu_layer_attention_args *args) {
    return cornu_layer_create(&cornu_layer_attention_class, args);
}

/* ---- AdditiveAttention ---- */
static cornu_status additive_init(void *object) {
    additive_attention *self = object;
    self->scored.additive = true;
    return init_scored(&self->scored, self->args.dropout, self->args.seed);
}

static cornu_status additive_build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    additive_attention *self = (additive_attention *)layer;
    CORNU_TRY(check_shapes(shapes, count));
    if (!self->args.use_scale) return CORNU_OK;
    self->scored.scale = cornu_layer_add_weight(layer, "scale", cornu_shape(shapes[1].dims[2]));
    return self->scored.scale != NULL ? CORNU_OK : cornu_error_status();
}

static const cornu_layer_additive_attention_args additive_defaults = {
    CORNU_LAYER_ADDITIVE_ATTENTION_DEFAULTS};
static const cornu_field additive_fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_additive_attention_args),
    CORNU_FIELD(cornu_layer_additive_attention_args, BOOL, use_scale),
    CORNU_FIELD(cornu_layer_additive_attention_args, FLOAT, dropout),
    CORNU_FIELD(cornu_layer_additive_attention_args, INT, seed),
};

CORNU_LAYER_CLASS(additive_attention){
    CORNU_CLASS_ARGS(additive_attention, args, additive_defaults, additive_fields),
    .name = "AdditiveAttention",
    .init = additive_init,
    .build = additive_build,
    .call_many = call_many,
    .output_count = cornu_attention_output_count_,
    .compute_mask = cornu_attention_compute_mask_,
    .masking = CORNU_MASK_PRODUCES,
};

cornu_layer *cornu_layer_additive_attention_new(const cornu_layer_additive_attention_args *args) {
    return cornu_layer_create(&cornu_layer_additive_attention_class, args);
}
