/* GroupQueryAttention: heads of queries in groups that share keys and values. Ainslie et al., "GQA"
 * (2023); keras/src/layers/attention/grouped_query_attention.py */
#include "attention.h"

typedef struct {
    cornu_heads heads;
    cornu_layer_group_query_attention_args args;
} group_query_attention;

static const char *const attributes[] = {
    "_query_dense", "_key_dense", "_value_dense", "_output_dense", "_gate_dense"};

static cornu_status init(void *object) {
    group_query_attention *self = object;
    const cornu_layer_group_query_attention_args *args = &self->args;
    if (args->head_dim <= 0 || args->num_query_heads <= 0 || args->num_key_value_heads <= 0)
        CORNU_FAIL(
            CORNU_EINVAL,
            "head_dim, num_query_heads and num_key_value_heads must be positive, got %lld, %lld, "
            "%lld",
            (long long)args->head_dim, (long long)args->num_query_heads,
            (long long)args->num_key_value_heads
        );
    if (args->num_query_heads % args->num_key_value_heads != 0)
        CORNU_FAIL(
            CORNU_EINVAL,
            "num_query_heads must be a multiple of num_key_value_heads, got %lld, %lld",
            (long long)args->num_query_heads, (long long)args->num_key_value_heads
        );
    const cornu_heads_spec spec = {
        CORNU_HEADS_SPEC_(args),
        .query_heads = args->num_query_heads,
        .key_heads = args->num_key_value_heads,
        .key_dim = args->head_dim,
        .value_dim = args->head_dim,
        .attributes = attributes,
    };
    return cornu_heads_init_(&self->heads, &spec);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    char text[256];
    if (count > 0 && shapes[0].rank != 3)
        CORNU_FAIL(
            CORNU_ESHAPE, "the query must have the shape [batch, time, dim], got %s",
            cornu_shape_format(&shapes[0], text, sizeof text)
        );
    return cornu_heads_build_(layer, shapes, count);
}

static const cornu_layer_group_query_attention_args defaults = {
    CORNU_LAYER_GROUP_QUERY_ATTENTION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_group_query_attention_args),
    CORNU_FIELD(cornu_layer_group_query_attention_args, INT, head_dim),
    CORNU_FIELD(cornu_layer_group_query_attention_args, INT, num_query_heads),
    CORNU_FIELD(cornu_layer_group_query_attention_args, INT, num_key_value_heads),
    CORNU_FIELD(cornu_layer_group_query_attention_args, BOOL, use_bias),
    CORNU_FIELD(cornu_layer_group_query_attention_args, BOOL, use_gate),
    CORNU_FIELD(cornu_layer_group_query_attention_args, INT, sliding_window),
    CORNU_FIELD(cornu_layer_group_query_attention_args, FLOAT, dropout),
    CORNU_HEADS_WEIGHT_FIELDS_(cornu_layer_group_query_attention_args),
};

CORNU_LAYER_CLASS(group_query_attention){
    CORNU_CLASS_ARGS(group_query_attention, args, defaults, fields),
    .name = "GroupQueryAttention",
    .init = init,
    .build = build,
    .call_many = cornu_heads_call_,
    .output_count = cornu_attention_output_count_,
    .compute_mask = cornu_attention_compute_mask_,
    .masking = CORNU_MASK_PRODUCES,
    .arguments = cornu_attention_arguments_,
};

cornu_layer *cornu_layer_group_query_attention_new(
    const cornu_layer_group_query_attention_args *args
) {
    return cornu_layer_create(&cornu_layer_group_query_attention_class, args);
}
