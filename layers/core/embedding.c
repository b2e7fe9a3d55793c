/* Embedding: a vector for each integer. keras/src/layers/core/embedding.py */
#include "embedding.h"

typedef struct {
    cornu_layer base;
    cornu_layer_embedding_args args;
    cornu_tensor *embeddings; /* [input_dim, output_dim] */
} embedding;

cornu_status cornu_embedding_check_(int64_t input_dim, int64_t output_dim) {
    if (input_dim <= 0 || output_dim <= 0)
        CORNU_FAIL(
            CORNU_EINVAL, "input_dim and output_dim must be positive, got %lld and %lld",
            (long long)input_dim, (long long)output_dim
        );
    return CORNU_OK;
}

cornu_tensor *cornu_embedding_look_up_(
    cornu_layer *layer, cornu_tensor *embeddings, cornu_tensor *indices
) {
    cornu_dtype dtype = cornu_tensor_dtype(indices);
    if (dtype != CORNU_INT32 && dtype != CORNU_INT64) indices = cornu_op_cast(indices, CORNU_INT32);
    return cornu_layer_cast(layer, cornu_op_take(embeddings, indices, 0));
}

static cornu_status init(void *object) {
    const embedding *self = object;
    return cornu_embedding_check_(self->args.input_dim, self->args.output_dim);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    embedding *self = (embedding *)layer;
    const cornu_layer_embedding_args *args = &self->args;
    (void)shapes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    self->embeddings = cornu_layer_add_weight(
        layer, "embeddings", cornu_shape(args->input_dim, args->output_dim),
        .initializer = args->embeddings_initializer, .regularizer = args->embeddings_regularizer,
        .constraint = args->embeddings_constraint
    );
    return self->embeddings != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_embedding_look_up_(layer, ((embedding *)layer)->embeddings, inputs[0]);
}

static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    if (!((embedding *)layer)->args.mask_zero) return NULL;
    return cornu_op_not_equal(inputs[0], cornu_scalar(0));
}

static cornu_status get_config(const void *object, cornu_config *config) {
    (void)object;
    return cornu_config_set_null(config, "quantization_config"); /* Keras writes it, unused */
}

static const cornu_layer_embedding_args defaults = {CORNU_LAYER_EMBEDDING_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_embedding_args, type, member)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_embedding_args),
    FIELD(INT, input_dim),
    FIELD(INT, output_dim),
    CORNU_FIELD_DEFAULT(
        cornu_layer_embedding_args, INITIALIZER, embeddings_initializer, "RandomUniform"
    ),
    FIELD(REGULARIZER, embeddings_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, embeddings_constraint),
    FIELD(BOOL, mask_zero),
};

CORNU_LAYER_CLASS(embedding){
    CORNU_CLASS_ARGS(embedding, args, defaults, fields),
    .name = "Embedding",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
    .compute_mask = compute_mask,
    .masking = CORNU_MASK_PRODUCES,
    .any_dtype = true,
};

cornu_layer *cornu_layer_embedding_new(const cornu_layer_embedding_args *args) {
    return cornu_layer_create(&cornu_layer_embedding_class, args);
}
