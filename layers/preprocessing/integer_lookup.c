/* IntegerLookup: numbers of integers. keras/src/layers/preprocessing/integer_lookup.py */
#include "lookup.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_integer_lookup_args args;
    cornu_lookup lookup;
} integer_lookup;

static cornu_lookup *lookup_of(cornu_layer *layer) { return &((integer_lookup *)layer)->lookup; }

static cornu_status set_numbers(cornu_lookup *lookup, cornu_ints numbers, cornu_floats idf) {
    cornu_bytes *items = cornu_allocate(numbers.count * sizeof *items);
    if (items == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < numbers.count; i++)
        items[i] = (cornu_bytes){(const char *)&numbers.items[i], sizeof *numbers.items};
    cornu_status status = cornu_lookup_set_(lookup, items, numbers.count, idf);
    cornu_free(items);
    return status;
}

static cornu_status init(void *object) {
    integer_lookup *self = object;
    const cornu_layer_integer_lookup_args *args = &self->args;
    cornu_lookup *lookup = &self->lookup;
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
        .fixed = args->vocabulary.count > 0,
        .frozen_size = args->vocabulary_size,
    };
    self->base.compute_dtype = CORNU_INT64;
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
    CORNU_TRY(cornu_hasher_make_(args->salt, &lookup->hasher));
    CORNU_TRY(cornu_lookup_check_(lookup, args->output_mode, args->sparse));
    if (args->vocabulary.count > 0) return set_numbers(lookup, args->vocabulary, args->idf_weights);
    if (args->idf_weights.count > 0)
        CORNU_FAIL(CORNU_EINVAL, "idf_weights are given without a vocabulary");
    return CORNU_OK;
}

static void destroy(void *object) { cornu_lookup_free_(&((integer_lookup *)object)->lookup); }

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_lookup_call_(lookup_of(layer), inputs[0]);
}

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    return cornu_lookup_output_shape_(&((const integer_lookup *)layer)->lookup, inputs, outputs);
}

static cornu_dtype output_dtype(const cornu_layer *layer) {
    return cornu_lookup_output_dtype_(&((const integer_lookup *)layer)->lookup);
}

static cornu_status adapt(cornu_layer *layer, cornu_tensor *data) {
    return cornu_lookup_adapt_(lookup_of(layer), data);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const integer_lookup *self = object;
    return cornu_lookup_get_config_(&self->lookup, config);
}

/* ---- the vocabulary ---- */
static cornu_tensor *get_vocabulary(const cornu_layer *layer, bool special) {
    return cornu_lookup_vocabulary_(&((const integer_lookup *)layer)->lookup, special);
}

static cornu_status set_vocabulary(cornu_layer *layer, cornu_tensor *terms, cornu_floats idf) {
    return cornu_lookup_set_tensor_(lookup_of(layer), terms, idf);
}

static int64_t vocabulary_size(const cornu_layer *layer) {
    return cornu_lookup_size_(&((const integer_lookup *)layer)->lookup);
}

static bool in_config(const cornu_layer *layer) {
    return ((const integer_lookup *)layer)->args.vocabulary.count > 0;
}

static cornu_tensor *idf_weights(const cornu_layer *layer) {
    return cornu_lookup_idf_(&((const integer_lookup *)layer)->lookup);
}

static const cornu_vocabulary_class vocabulary = {
    .get = get_vocabulary,
    .set = set_vocabulary,
    .size = vocabulary_size,
    .in_config = in_config,
    .idf_weights = idf_weights,
};

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
    .destroy = destroy,
    .get_config = get_config,
    .call = call,
    .output_shape = output_shape,
    .host_output = output_dtype,
    .adapt = adapt,
    .vocabulary = &vocabulary,
    .any_dtype = true,
};

cornu_layer *cornu_layer_integer_lookup_new(const cornu_layer_integer_lookup_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_integer_lookup_class, args);
    if (layer == NULL || args == NULL || args->vocabulary_file == NULL) return layer;
    /* the path is no field of the config: no file that is loaded may name another file */
    cornu_lookup *lookup = lookup_of(layer);
    if (lookup->fixed)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "vocabulary and vocabulary_file are both given"
        );
    else if (cornu_lookup_set_file_(lookup, args->vocabulary_file) == CORNU_OK)
        return lookup->fixed = true, layer;
    (void)cornu_error_context("IntegerLookup");
    cornu_layer_free(layer);
    return NULL;
}
