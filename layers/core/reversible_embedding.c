/* ReversibleEmbedding: an embedding that projects back to its vocabulary as well. Press and Wolf
 * (2016); keras/src/layers/core/reversible_embedding.py */
#include "embedding.h"

typedef struct {
    cornu_layer base;
    cornu_layer_reversible_embedding_args args;
    cornu_dtype reverse_dtype;
    cornu_tensor *embeddings;         /* [input_dim, output_dim] */
    cornu_tensor *reverse_embeddings; /* [output_dim, input_dim], or NULL if tied */
} reversible_embedding;

static cornu_status init(void *object) {
    reversible_embedding *self = object;
    const cornu_layer_reversible_embedding_args *args = &self->args;
    CORNU_TRY(cornu_embedding_check_(args->input_dim, args->output_dim));
    self->reverse_dtype = self->base.compute_dtype;
    if (args->reverse_dtype == NULL) return CORNU_OK;
    return cornu_dtype_from_name(args->reverse_dtype, &self->reverse_dtype);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    reversible_embedding *self = (reversible_embedding *)layer;
    const cornu_layer_reversible_embedding_args *args = &self->args;
    (void)shapes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    self->embeddings = cornu_layer_add_weight(
        layer, "embeddings", cornu_shape(args->input_dim, args->output_dim),
        .initializer = args->embeddings_initializer, .regularizer = args->embeddings_regularizer,
        .constraint = args->embeddings_constraint
    );
    if (self->embeddings == NULL) return cornu_error_status();
    if (args->tie_weights) return CORNU_OK;
    self->reverse_embeddings = cornu_layer_add_weight(
        layer, "reverse_embeddings", cornu_shape(args->output_dim, args->input_dim),
        .initializer = args->embeddings_initializer
    );
    return self->reverse_embeddings != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status is_reverse(const cornu_call_context *context, bool *reverse) {
    *reverse = false;
    return cornu_config_get_bool(context->kwargs, "reverse", reverse);
}

static cornu_tensor *project(const reversible_embedding *self, cornu_tensor *x) {
    double cap = self->args.logit_soft_cap;
    bool tied = self->reverse_embeddings == NULL;
    cornu_tensor *kernel = tied ? self->embeddings : self->reverse_embeddings;
    x = cornu_op_cast(x, self->reverse_dtype);
    x = cornu_op_matmul(x, cornu_op_cast(kernel, self->reverse_dtype), .transpose_b = tied);
    if (isnan(cap)) return x;
    x = cornu_op_tanh(cornu_op_divide(x, cornu_scalar(cap)));
    return cornu_op_multiply(x, cornu_scalar(cap));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const reversible_embedding *self = (reversible_embedding *)layer;
    bool reverse;
    if (is_reverse(context, &reverse) != CORNU_OK) return NULL;
    return reverse ? project(self, inputs[0])
                   : cornu_embedding_look_up_(layer, self->embeddings, inputs[0]);
}

static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool reverse;
    if (is_reverse(context, &reverse) != CORNU_OK) return NULL;
    if (reverse || !((reversible_embedding *)layer)->args.mask_zero) return NULL;
    return cornu_op_not_equal(inputs[0], cornu_scalar(0));
}

/* Keras writes what an Embedding has before what is added here. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const cornu_layer_reversible_embedding_args *args = &((reversible_embedding *)object)->args;
    CORNU_TRY(cornu_config_set_null(config, "quantization_config"));
    CORNU_TRY(cornu_config_set_bool(config, "tie_weights", args->tie_weights));
    CORNU_TRY(cornu_config_set_string(config, "reverse_dtype", args->reverse_dtype));
    return isnan(args->logit_soft_cap)
               ? cornu_config_set_null(config, "logit_soft_cap")
               : cornu_config_set_float(config, "logit_soft_cap", args->logit_soft_cap);
}

static const cornu_layer_reversible_embedding_args defaults = {
    CORNU_LAYER_REVERSIBLE_EMBEDDING_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_reversible_embedding_args, type, member)
#define LATER(type, member) CORNU_FIELD_OMITTED(cornu_layer_reversible_embedding_args, type, member)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_reversible_embedding_args),
    FIELD(INT, input_dim),
    FIELD(INT, output_dim),
    CORNU_FIELD_DEFAULT(
        cornu_layer_reversible_embedding_args, INITIALIZER, embeddings_initializer, "RandomUniform"
    ),
    FIELD(REGULARIZER, embeddings_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, embeddings_constraint),
    FIELD(BOOL, mask_zero),
    LATER(BOOL, tie_weights),
    LATER(STRING, reverse_dtype),
    LATER(FLOAT, logit_soft_cap),
};

CORNU_LAYER_CLASS(reversible_embedding){
    CORNU_CLASS_ARGS(reversible_embedding, args, defaults, fields),
    .name = "ReversibleEmbedding",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
    .compute_mask = compute_mask,
    .masking = CORNU_MASK_PRODUCES,
    .any_dtype = true,
};

cornu_layer *cornu_layer_reversible_embedding_new(const cornu_layer_reversible_embedding_args *args
) {
    return cornu_layer_create(&cornu_layer_reversible_embedding_class, args);
}
