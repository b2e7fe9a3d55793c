/* Hashing: texts and integers as numbers of bins. keras/src/layers/preprocessing/hashing.py */
#include "encode.h"
#include "hash.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_hashing_args args;
    cornu_hasher hasher;
    cornu_dtype dtype; /* of the output */
} hashing;

/* The type of the output, which is that of the layer: int64 for the bins themselves. */
static cornu_status choose_dtype(hashing *self, bool ints) {
    cornu_layer_hashing_args *args = &self->args;
    if (args->dtype == NULL) {
        char *name = cornu_allocate(8);
        if (name == NULL) return CORNU_ENOMEM;
        args->dtype = memcpy(name, ints ? "int64" : "float32", ints ? 6 : 8);
    }
    self->dtype = self->base.variable_dtype;
    if (strcmp(args->dtype, "int64") == 0) self->dtype = CORNU_INT64;
    self->base.compute_dtype = self->base.variable_dtype = self->dtype;
    if (ints && self->dtype != CORNU_INT32 && self->dtype != CORNU_INT64)
        CORNU_FAIL(
            CORNU_EINVAL, "with output_mode 'int' dtype must be 'int32' or 'int64', got '%.50s'",
            args->dtype
        );
    return CORNU_OK;
}

static cornu_status init(void *object) {
    hashing *self = object;
    const cornu_layer_hashing_args *args = &self->args;
    if (args->num_bins == CORNU_NONE || args->num_bins <= 0)
        CORNU_FAIL(CORNU_EINVAL, "num_bins must be given and positive");
    if (args->mask_value != CORNU_NONE && args->mask_text != NULL)
        CORNU_FAIL(CORNU_EINVAL, "mask_value and mask_text are both given");
    if (args->sparse) CORNU_FAIL(CORNU_EUNSUPPORTED, "there are no sparse tensors");
    CORNU_TRY(cornu_encode_check_(args->output_mode, true));
    CORNU_TRY(cornu_hasher_make_(args->salt, &self->hasher));
    return choose_dtype(self, strcmp(args->output_mode, "int") == 0);
}

/* Element i as what is hashed; *masked: it stands for nothing. */
static cornu_status element(
    const hashing *self, const cornu_tensor *x, int64_t i, char text[24], cornu_bytes *bytes,
    bool *masked
) {
    const cornu_layer_hashing_args *args = &self->args;
    *masked = false;
    if (cornu_tensor_dtype(x) == CORNU_STRING) {
        *bytes = cornu_tensor_bytes(x, i);
        if (bytes->data == NULL) return cornu_error_status();
        if (args->mask_text != NULL)
            *masked = bytes->size == strlen(args->mask_text) &&
                      memcmp(bytes->data, args->mask_text, bytes->size) == 0;
        return CORNU_OK;
    }
    int64_t number;
    if (cornu_tensor_dtype(x) == CORNU_INT64) {
        number = ((const int64_t *)cornu_tensor_data(x))[i];
    } else {
        double value = cornu_tensor_get(x, i);
        if (!(value >= -0x1p63 && value < 0x1p63))
            CORNU_FAIL(CORNU_EINVAL, "%g has no whole part to hash", value);
        if (args->mask_value != CORNU_NONE) *masked = value == (double)args->mask_value;
        number = (int64_t)value;
    }
    if (cornu_tensor_dtype(x) == CORNU_INT64 && args->mask_value != CORNU_NONE)
        *masked = number == args->mask_value;
    *bytes = cornu_decimal_(number, text);
    return CORNU_OK;
}

static cornu_status check_mask(const hashing *self, const cornu_tensor *x) {
    bool texts = cornu_tensor_dtype(x) == CORNU_STRING;
    if (texts ? self->args.mask_value != CORNU_NONE : self->args.mask_text != NULL)
        CORNU_FAIL(
            CORNU_EDTYPE, "the input holds %s, but the mask value is %s",
            cornu_dtype_name(cornu_tensor_dtype(x)), texts ? "a number" : "a text"
        );
    return CORNU_OK;
}

/* The bins as a *new* tensor. */
static cornu_tensor *hash(const hashing *self, const cornu_tensor *x) {
    bool mask = self->args.mask_value != CORNU_NONE || self->args.mask_text != NULL;
    int64_t bins = self->args.num_bins, first = mask && bins > 1 ? 1 : 0;
    if (check_mask(self, x) != CORNU_OK) return NULL;
    cornu_tensor *made = cornu_tensor_new(CORNU_INT64, *cornu_tensor_shape(x));
    int64_t *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    cornu_status status = data != NULL ? CORNU_OK : cornu_error_status();
    for (int64_t i = 0; data != NULL && status == CORNU_OK && i < cornu_tensor_size(x); i++) {
        char text[24];
        cornu_bytes bytes;
        bool masked;
        status = element(self, x, i, text, &bytes, &masked);
        if (status != CORNU_OK) break;
        data[i] = first + cornu_hasher_bucket_(&self->hasher, bytes, bins - first);
        if (first > 0 && masked) data[i] = 0;
    }
    if (status == CORNU_OK) return made;
    cornu_tensor_free(made);
    return NULL;
}

/* As what cornu_encode_ does: "one_hot" drops a last axis of size 1, the others count along axis
 * 1. */
static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *output
) {
    const cornu_layer_hashing_args *args = &((const hashing *)layer)->args;
    char text[256];
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    *output = inputs[0];
    if (strcmp(args->output_mode, "int") == 0) return CORNU_OK;
    if (strcmp(args->output_mode, "one_hot") == 0) {
        if (output->rank > 1 && output->dims[output->rank - 1] == 1) output->rank--;
        if (output->rank == 0) output->dims[output->rank++] = 1;
    } else {
        if (output->rank > 2)
            CORNU_FAIL(
                CORNU_ESHAPE,
                "with this output_mode an input is [values] or [batch, values], got %s",
                cornu_shape_format(inputs, text, sizeof text)
            );
        if (output->rank > 0) output->rank--;
    }
    if (output->rank == CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "the input has more than %d axes", CORNU_MAX_RANK - 1);
    output->dims[output->rank++] = args->num_bins;
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const hashing *self = (hashing *)layer;
    cornu_shape output;
    (void)context;
    if (output_shape(layer, cornu_tensor_shape(inputs[0]), 1, &output) != CORNU_OK) return NULL;
    cornu_tensor *bins = cornu_scope_own(hash(self, inputs[0]));
    return cornu_encode_(bins, self->args.output_mode, self->args.num_bins, self->dtype, NULL);
}

static cornu_dtype output_dtype(const cornu_layer *layer) {
    return ((const hashing *)layer)->dtype;
}

/* Keras has one argument for both kinds of masks. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const hashing *self = object;
    const cornu_layer_hashing_args *args = &self->args;
    CORNU_TRY(cornu_hasher_get_config_(&self->hasher, config));
    if (args->mask_text != NULL)
        return cornu_config_set_string(config, "mask_value", args->mask_text);
    if (args->mask_value == CORNU_NONE) return cornu_config_set_null(config, "mask_value");
    return cornu_config_set_int(config, "mask_value", args->mask_value);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    cornu_layer_hashing_args *args = &((hashing *)object)->args;
    const char *text = NULL;
    if (cornu_config_get_int(config, "mask_value", &args->mask_value) == CORNU_OK) return CORNU_OK;
    cornu_error_clear();
    CORNU_TRY(cornu_config_get_string(config, "mask_value", &text));
    if (text == NULL) return CORNU_OK;
    char *copy = cornu_allocate(strlen(text) + 1);
    if (copy == NULL) return CORNU_ENOMEM;
    args->mask_text = memcpy(copy, text, strlen(text) + 1);
    return CORNU_OK;
}

static const cornu_layer_hashing_args defaults = {CORNU_LAYER_HASHING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_hashing_args),
    CORNU_FIELD(cornu_layer_hashing_args, INT, num_bins),
    CORNU_FIELD(cornu_layer_hashing_args, INTS, salt),
    CORNU_FIELD_OMITTED(cornu_layer_hashing_args, STRING, mask_text),
    CORNU_FIELD(cornu_layer_hashing_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_hashing_args, BOOL, sparse),
};

CORNU_LAYER_CLASS(hashing){
    CORNU_CLASS_ARGS(hashing, args, defaults, fields),
    .name = "Hashing",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .call = call,
    .output_shape = output_shape,
    .host_output = output_dtype,
    .any_dtype = true,
};

cornu_layer *cornu_layer_hashing_new(const cornu_layer_hashing_args *args) {
    return cornu_layer_create(&cornu_layer_hashing_class, args);
}
