/* StringLookup: numbers of texts. keras/src/layers/preprocessing/string_lookup.py */
#include "string_lookup.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_string_lookup_args args;
    cornu_lookup lookup;
} string_lookup;

cornu_lookup *cornu_string_lookup_of_(cornu_layer *layer) {
    return &((string_lookup *)(void *)layer)->lookup;
}

cornu_status cornu_check_encoding_(const char *encoding) {
    if (strcmp(encoding, "utf-8") == 0 || strcmp(encoding, "UTF-8") == 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EUNSUPPORTED, "encoding must be 'utf-8', got '%.50s'", encoding);
}

static cornu_bytes bytes_of(const char *text) { return (cornu_bytes){text, strlen(text)}; }

static cornu_status set_texts(cornu_lookup *lookup, cornu_texts texts, cornu_floats idf) {
    cornu_bytes *items = cornu_allocate(texts.count * sizeof *items);
    if (items == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < texts.count; i++) items[i] = bytes_of(texts.items[i]);
    cornu_status status = cornu_lookup_set_(lookup, items, texts.count, idf);
    cornu_free(items);
    return status;
}

static cornu_status init(void *object) {
    string_lookup *self = object;
    const cornu_layer_string_lookup_args *args = &self->args;
    cornu_lookup *lookup = &self->lookup;
    *lookup = (cornu_lookup){
        .max_tokens = args->max_tokens,
        .num_oov_indices = args->num_oov_indices,
        .has_mask = args->mask_token != NULL,
        .invert = args->invert,
        .pad_to_max_tokens = args->pad_to_max_tokens,
        .oov = bytes_of(args->oov_token),
        .fixed = args->vocabulary.count > 0,
        .frozen_size = args->vocabulary_size,
    };
    if (lookup->has_mask) lookup->mask = bytes_of(args->mask_token);
    self->base.compute_dtype = args->invert ? CORNU_INT64 : CORNU_STRING;
    CORNU_TRY(cornu_check_encoding_(args->encoding));
    CORNU_TRY(cornu_hasher_make_(args->salt, &lookup->hasher));
    CORNU_TRY(cornu_lookup_check_(lookup, args->output_mode, args->sparse));
    if (args->vocabulary.count > 0) return set_texts(lookup, args->vocabulary, args->idf_weights);
    if (args->idf_weights.count > 0)
        CORNU_FAIL(CORNU_EINVAL, "idf_weights are given without a vocabulary");
    return CORNU_OK;
}

static void destroy(void *object) { cornu_lookup_free_(&((string_lookup *)object)->lookup); }

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_lookup_call_(cornu_string_lookup_of_(layer), inputs[0]);
}

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    return cornu_lookup_output_shape_(&((const string_lookup *)layer)->lookup, inputs, outputs);
}

static cornu_dtype output_dtype(const cornu_layer *layer) {
    return cornu_lookup_output_dtype_(&((const string_lookup *)layer)->lookup);
}

static cornu_status adapt(cornu_layer *layer, cornu_tensor *data) {
    return cornu_lookup_adapt_(cornu_string_lookup_of_(layer), data);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const string_lookup *self = object;
    if (self->args.vocabulary.count == 0) CORNU_TRY(cornu_config_set_null(config, "vocabulary"));
    return cornu_lookup_get_config_(&self->lookup, config);
}

/* ---- the vocabulary ---- */
static cornu_tensor *get_vocabulary(const cornu_layer *layer, bool special) {
    return cornu_lookup_vocabulary_(&((const string_lookup *)layer)->lookup, special);
}

static cornu_status set_vocabulary(cornu_layer *layer, cornu_tensor *terms, cornu_floats idf) {
    return cornu_lookup_set_tensor_(cornu_string_lookup_of_(layer), terms, idf);
}

static int64_t vocabulary_size(const cornu_layer *layer) {
    return cornu_lookup_size_(&((const string_lookup *)layer)->lookup);
}

static bool in_config(const cornu_layer *layer) {
    return ((const string_lookup *)layer)->args.vocabulary.count > 0;
}

static cornu_tensor *idf_weights(const cornu_layer *layer) {
    return cornu_lookup_idf_(&((const string_lookup *)layer)->lookup);
}

static const cornu_vocabulary_class vocabulary = {
    .get = get_vocabulary,
    .set = set_vocabulary,
    .size = vocabulary_size,
    .in_config = in_config,
    .idf_weights = idf_weights,
};

static const cornu_layer_string_lookup_args defaults = {CORNU_LAYER_STRING_LOOKUP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_string_lookup_args),
    CORNU_FIELD(cornu_layer_string_lookup_args, BOOL, invert),
    CORNU_FIELD(cornu_layer_string_lookup_args, INT, max_tokens),
    CORNU_FIELD(cornu_layer_string_lookup_args, INT, num_oov_indices),
    CORNU_FIELD(cornu_layer_string_lookup_args, STRING, oov_token),
    CORNU_FIELD(cornu_layer_string_lookup_args, STRING, mask_token),
    CORNU_FIELD(cornu_layer_string_lookup_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_string_lookup_args, BOOL, sparse),
    CORNU_FIELD(cornu_layer_string_lookup_args, BOOL, pad_to_max_tokens),
    CORNU_FIELD(cornu_layer_string_lookup_args, FLOATS, idf_weights),
    CORNU_FIELD(cornu_layer_string_lookup_args, TEXTS, vocabulary),
    CORNU_FIELD(cornu_layer_string_lookup_args, INT, vocabulary_size),
    CORNU_FIELD(cornu_layer_string_lookup_args, STRING, encoding),
    CORNU_FIELD(cornu_layer_string_lookup_args, INTS, salt),
};

/* Keras' base class writes how integers are hashed; texts have one way only. */
static cornu_status from_config(void *object, const cornu_config *config) {
    const char *method = "floormod";
    (void)object;
    CORNU_TRY(cornu_lookup_from_config_(config));
    return cornu_config_get_string(config, "oov_method", &method);
}

CORNU_LAYER_CLASS(string_lookup){
    CORNU_CLASS_ARGS(string_lookup, args, defaults, fields),
    .name = "StringLookup",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .call = call,
    .output_shape = output_shape,
    .host_output = output_dtype,
    .adapt = adapt,
    .vocabulary = &vocabulary,
    .any_dtype = true,
};

cornu_layer *cornu_layer_string_lookup_new(const cornu_layer_string_lookup_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_string_lookup_class, args);
    if (layer == NULL || args == NULL || args->vocabulary_file == NULL) return layer;
    /* the path is no field of the config: no file that is loaded may name another file */
    cornu_lookup *lookup = cornu_string_lookup_of_(layer);
    if (lookup->fixed)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "vocabulary and vocabulary_file are both given"
        );
    else if (cornu_lookup_set_file_(lookup, args->vocabulary_file) == CORNU_OK)
        return lookup->fixed = true, layer;
    (void)cornu_error_context("StringLookup");
    cornu_layer_free(layer);
    return NULL;
}
