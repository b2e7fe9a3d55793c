/* What the layers StringLookup and IntegerLookup share: see lookup.h. */
#include "lookup.h"

static const cornu_lookup_layer *of(const cornu_layer *layer) {
    return (const cornu_lookup_layer *)layer;
}

cornu_lookup *cornu_lookup_of_(cornu_layer *layer) {
    return &((cornu_lookup_layer *)layer)->lookup;
}

cornu_status cornu_lookup_init_(
    cornu_lookup_layer *self, const char *output_mode, bool sparse, cornu_ints salt,
    const cornu_bytes *terms, size_t count, cornu_floats idf
) {
    cornu_lookup *lookup = &self->lookup;
    self->in_config = lookup->fixed = count > 0;
    CORNU_TRY(cornu_hasher_make_(salt, &lookup->hasher));
    CORNU_TRY(cornu_lookup_check_(lookup, output_mode, sparse));
    if (count > 0) return cornu_lookup_set_(lookup, terms, count, idf);
    if (idf.count > 0) CORNU_FAIL(CORNU_EINVAL, "idf_weights are given without a vocabulary");
    return CORNU_OK;
}

void cornu_lookup_destroy_(void *object) {
    cornu_lookup_free_(&((cornu_lookup_layer *)object)->lookup);
}

cornu_tensor *cornu_lookup_layer_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_lookup_call_(&of(layer)->lookup, inputs[0]);
}

cornu_status cornu_lookup_layer_output_shape_(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    return cornu_lookup_output_shape_(&of(layer)->lookup, inputs, outputs);
}

cornu_dtype cornu_lookup_layer_output_dtype_(const cornu_layer *layer) {
    return cornu_lookup_output_dtype_(&of(layer)->lookup);
}

cornu_status cornu_lookup_layer_adapt_(cornu_layer *layer, cornu_tensor *data) {
    return cornu_lookup_adapt_(cornu_lookup_of_(layer), data);
}

/* ---- the vocabulary ---- */
static cornu_tensor *get_vocabulary(const cornu_layer *layer, bool special) {
    return cornu_lookup_vocabulary_(&of(layer)->lookup, special);
}

static cornu_status set_vocabulary(cornu_layer *layer, cornu_tensor *terms, cornu_floats idf) {
    return cornu_lookup_set_tensor_(cornu_lookup_of_(layer), terms, idf);
}

static int64_t vocabulary_size(const cornu_layer *layer) {
    return cornu_lookup_size_(&of(layer)->lookup);
}

static bool in_config(const cornu_layer *layer) { return of(layer)->in_config; }

static cornu_tensor *idf_weights(const cornu_layer *layer) {
    return cornu_lookup_idf_(&of(layer)->lookup);
}

const cornu_vocabulary_class cornu_lookup_vocabulary_class_ = {
    .get = get_vocabulary,
    .set = set_vocabulary,
    .size = vocabulary_size,
    .in_config = in_config,
    .idf_weights = idf_weights,
};

cornu_layer *cornu_lookup_from_file_(cornu_layer *layer, cornu_lookup *lookup, const char *path) {
    if (path == NULL) return layer;
    if (lookup->fixed)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "vocabulary and vocabulary_file are both given"
        );
    else if (cornu_lookup_set_file_(lookup, path) == CORNU_OK) return lookup->fixed = true, layer;
    (void)cornu_error_context("%s", layer->cls->name);
    cornu_layer_free(layer);
    return NULL;
}
