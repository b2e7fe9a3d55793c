/* CategoryEncoding: integers as vectors. keras/src/layers/preprocessing/category_encoding.py */
#include "encode.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_category_encoding_args args;
} category_encoding;

static cornu_status init(void *object) {
    const cornu_layer_category_encoding_args *args = &((category_encoding *)object)->args;
    if (args->num_tokens < 1) CORNU_FAIL(CORNU_EINVAL, "num_tokens must be given and positive");
    if (args->sparse) CORNU_FAIL(CORNU_EUNSUPPORTED, "there are no sparse tensors");
    return cornu_encode_check_(args->output_mode, false);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_category_encoding_args *args = &((category_encoding *)layer)->args;
    cornu_tensor *weights = cornu_call_argument_get(context, "count_weights", 0);
    cornu_dtype dtype = layer->compute_dtype;
    if (weights != NULL && strcmp(args->output_mode, "count") != 0)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "count_weights are for output_mode 'count', which is '%s'",
            args->output_mode
        );
    if (weights != NULL) {
        weights = cornu_op_cast(weights, dtype);
        if (weights == NULL) return NULL;
    }
    return cornu_encode_(inputs[0], args->output_mode, args->num_tokens, dtype, weights);
}

static const cornu_layer_category_encoding_args defaults = {CORNU_LAYER_CATEGORY_ENCODING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_category_encoding_args),
    CORNU_FIELD(cornu_layer_category_encoding_args, INT, num_tokens),
    CORNU_FIELD(cornu_layer_category_encoding_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_category_encoding_args, BOOL, sparse),
};

CORNU_LAYER_CLASS(category_encoding){
    CORNU_CLASS_ARGS(category_encoding, args, defaults, fields),
    .name = "CategoryEncoding",
    .init = init,
    .call = call,
    .any_dtype = true,
};

cornu_layer *cornu_layer_category_encoding_new(const cornu_layer_category_encoding_args *args) {
    return cornu_layer_create(&cornu_layer_category_encoding_class, args);
}
