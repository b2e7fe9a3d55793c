/* IntegerLookup: numbers of integers. keras/src/layers/preprocessing/integer_lookup.py */
#include "lookup.h"

#include <string.h>

typedef struct {
    cornu_lookup_layer base;
    cornu_layer_integer_lookup_args args;
} integer_lookup;

static cornu_status init(void *object) {
    integer_lookup *self = object;
    const cornu_layer_integer_lookup_args *args = &self->args;
    cornu_lookup *lookup = &self->base.lookup;
    *lookup = (cornu_lookup){
        .numbers = true,
        .max_tokens = args->max_tokens,
        .num_oov_indices = args->num_oov_indices,
        .has_mask = args->mask_token != CORNU_NONE,
        .invert = args->invert,
        .pad_to_max_tokens = args->pad_to_max_tokens,
        .mask = {(const char *)&args->mask_token, sizeof args->mask_token},
        .oov = {(const char *)&args->oov_token, sizeof args->oov_token},
        .floormod = strcmp(args->oov_method, "floormod") == 0,
        .frozen_size = args->vocabulary_size,
    };
    self->base.base.compute_dtype = CORNU_INT64;
    if (strcmp(args->vocabulary_dtype, "int64") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "vocabulary_dtype must be 'int64', got '%.50s'", args->vocabulary_dtype
        );
    if (!lookup->floormod && strcmp(args->oov_method, "farmhash") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "oov_method must be 'floormod' or 'farmhash', got '%.50s'",
            args->oov_method
        );
    if (lookup->floormod && args->salt.count > 0)
        CORNU_FAIL(CORNU_EINVAL, "salt is for oov_method 'farmhash'");
    cornu_ints numbers = args->vocabulary;
    cornu_bytes *terms = cornu_allocate((numbers.count + 1) * sizeof *terms);
    if (terms == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < numbers.count; i++)
        terms[i] = (cornu_bytes){(const char *)&numbers.items[i], sizeof *numbers.items};
    cornu_status status = cornu_lookup_init_(
        &self->base, args->output_mode, args->sparse, args->salt, terms, numbers.count,
        args->idf_weights
    );
    cornu_free(terms);
    return status;
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const integer_lookup *self = object;
    return cornu_lookup_get_config_(&self->base.lookup, config);
}

static const cornu_layer_integer_lookup_args defaults = {CORNU_LAYER_INTEGER_LOOKUP_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_integer_lookup_args),
    CORNU_FIELD(cornu_layer_integer_lookup_args, BOOL, invert),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INT, max_tokens),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INT, num_oov_indices),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INT, oov_token),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INT, mask_token),
    CORNU_FIELD(cornu_layer_integer_lookup_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_integer_lookup_args, BOOL, sparse),
    CORNU_FIELD(cornu_layer_integer_lookup_args, BOOL, pad_to_max_tokens),
    CORNU_FIELD(cornu_layer_integer_lookup_args, STRING, vocabulary_dtype),
    CORNU_FIELD(cornu_layer_integer_lookup_args, FLOATS, idf_weights),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INTS, vocabulary),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INT, vocabulary_size),
    CORNU_FIELD(cornu_layer_integer_lookup_args, STRING, oov_method),
    CORNU_FIELD(cornu_layer_integer_lookup_args, INTS, salt),
};

CORNU_LAYER_CLASS(integer_lookup){
    CORNU_CLASS_ARGS(integer_lookup, args, defaults, fields),
    .name = "IntegerLookup",
    .init = init,
    .get_config = get_config,
    CORNU_LOOKUP_CLASS_,
};

cornu_layer *cornu_layer_integer_lookup_new(const cornu_layer_integer_lookup_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_integer_lookup_class, args);
    if (layer == NULL || args == NULL) return layer;
    return cornu_lookup_from_file_(layer, cornu_lookup_of_(layer), args->vocabulary_file);
}
