/* MultiHeadAttention. Vaswani et al., "Attention is all you need" (2017);
 * keras/src/layers/attention/multi_head_attention.py */
#include "attention.h"

typedef struct {
    cornu_heads heads;
    cornu_layer_multi_head_attention_args args;
} multi_head_attention;

static const char *const attributes[] = {
    "query_dense", "key_dense", "value_dense", "output_dense", "_gate_dense"};

static cornu_status init(void *object) {
    multi_head_attention *self = object;
    cornu_layer_multi_head_attention_args *args = &self->args;
    if (args->value_dim == CORNU_NONE) args->value_dim = args->key_dim;
    if (args->num_heads <= 0 || args->key_dim <= 0 || args->value_dim <= 0)
        CORNU_FAIL(
            CORNU_EINVAL, "num_heads, key_dim and value_dim must be positive, got %lld, %lld, %lld",
            (long long)args->num_heads, (long long)args->key_dim, (long long)args->value_dim
        );
    const cornu_heads_spec spec = {
        CORNU_HEADS_SPEC_(args),
        .query_heads = args->num_heads,
        .key_heads = args->num_heads,
        .key_dim = args->key_dim,
        .value_dim = args->value_dim,
        .output_shape = args->output_shape,
        .attention_axes = args->attention_axes,
        .attributes = attributes,
    };
    return cornu_heads_init_(&self->heads, &spec);
}

/* Keras writes the axes in use, once they are known. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const cornu_axes *axes = &((const multi_head_attention *)object)->heads.spec.attention_axes;
    int64_t values[CORNU_MAX_RANK];
    for (int i = 0; i < axes->count; i++) values[i] = axes->axis[i];
    return axes->count > 0
               ? cornu_config_set_ints(config, "attention_axes", values, (size_t)axes->count)
               : CORNU_OK;
}

static const cornu_layer_multi_head_attention_args defaults = {
    CORNU_LAYER_MULTI_HEAD_ATTENTION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_multi_head_attention_args),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, INT, num_heads),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, INT, key_dim),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, INT, value_dim),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, FLOAT, dropout),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, BOOL, use_bias),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, BOOL, use_gate),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, SIZES, output_shape),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, AXES, attention_axes),
    CORNU_FIELD(cornu_layer_multi_head_attention_args, INT, sliding_window),
    CORNU_HEADS_WEIGHT_FIELDS_(cornu_layer_multi_head_attention_args),
};

CORNU_LAYER_CLASS(multi_head_attention){
    CORNU_CLASS_ARGS(multi_head_attention, args, defaults, fields),
    .name = "MultiHeadAttention",
    .init = init,
    .get_config = get_config,
    .build = cornu_heads_build_,
    .call_many = cornu_heads_call_,
    .output_count = cornu_attention_output_count_,
    .compute_mask = cornu_attention_compute_mask_,
    .masking = CORNU_MASK_PRODUCES,
    .arguments = cornu_attention_arguments_,
    .activity_inside = true,
};

cornu_layer *cornu_layer_multi_head_attention_new(const cornu_layer_multi_head_attention_args *args
) {
    return cornu_layer_create(&cornu_layer_multi_head_attention_class, args);
}
