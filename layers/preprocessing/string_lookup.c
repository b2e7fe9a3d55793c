/* StringLookup: numbers of texts. keras/src/layers/preprocessing/string_lookup.py */
#include "string_lookup.h"

#include <string.h>

typedef struct {
    cornu_lookup_layer base;
    cornu_layer_string_lookup_args args;
} string_lookup;

cornu_status cornu_check_encoding_(const char *encoding) {
    if (strcmp(encoding, "utf-8") == 0 || strcmp(encoding, "UTF-8") == 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EUNSUPPORTED, "encoding must be 'utf-8', got '%.50s'", encoding);
}

static cornu_bytes bytes_of(const char *text) { return (cornu_bytes){text, strlen(text)}; }

static cornu_status init(void *object) {
    string_lookup *self = object;
    const cornu_layer_string_lookup_args *args = &self->args;
    cornu_lookup *lookup = &self->base.lookup;
    *lookup = (cornu_lookup){
        .max_tokens = args->max_tokens,
        .num_oov_indices = args->num_oov_indices,
        .has_mask = args->mask_token != NULL,
        .invert = args->invert,
        .pad_to_max_tokens = args->pad_to_max_tokens,
        .oov = bytes_of(args->oov_token),
        .frozen_size = args->vocabulary_size,
    };
    if (lookup->has_mask) lookup->mask = bytes_of(args->mask_token);
    self->base.base.compute_dtype = args->invert ? CORNU_INT64 : CORNU_STRING;
    CORNU_TRY(cornu_check_encoding_(args->encoding));
    cornu_texts texts = args->vocabulary;
    cornu_bytes *terms = cornu_allocate((texts.count + 1) * sizeof *terms);
    if (terms == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < texts.count; i++) terms[i] = bytes_of(texts.items[i]);
    cornu_status status = cornu_lookup_init_(
        &self->base, args->output_mode, args->sparse, args->salt, terms, texts.count,
        args->idf_weights
    );
    cornu_free(terms);
    return status;
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const string_lookup *self = object;
    if (self->args.vocabulary.count == 0) CORNU_TRY(cornu_config_set_null(config, "vocabulary"));
    return cornu_lookup_get_config_(&self->base.lookup, config);
}

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
    .get_config = get_config,
    .from_config = from_config,
    CORNU_LOOKUP_CLASS_,
};

cornu_layer *cornu_layer_string_lookup_new(const cornu_layer_string_lookup_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_string_lookup_class, args);
    if (layer == NULL || args == NULL) return layer;
    return cornu_lookup_from_file_(layer, cornu_lookup_of_(layer), args->vocabulary_file);
}
