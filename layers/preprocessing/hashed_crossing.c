/* HashedCrossing: one bin for what several features are together.
 * keras/src/layers/preprocessing/hashed_crossing.py; the hash is TensorFlow's sparse.cross_hashed.
 */
#include "encode.h"
#include "hash.h"

#include <string.h>

/* What the hash of the features begins with. */
static const uint64_t key = 0xDECAFCAFFE;

typedef struct {
    cornu_layer base;
    cornu_layer_hashed_crossing_args args;
    cornu_dtype dtype; /* of the output */
} hashed_crossing;

static cornu_status init(void *object) {
    hashed_crossing *self = object;
    const cornu_layer_hashed_crossing_args *args = &self->args;
    bool ints = strcmp(args->output_mode, "int") == 0;
    if (args->num_bins == CORNU_NONE || args->num_bins <= 0)
        CORNU_FAIL(CORNU_EINVAL, "num_bins must be given and positive");
    if (!ints && strcmp(args->output_mode, "one_hot") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "output_mode must be 'int' or 'one_hot', got '%.50s'", args->output_mode
        );
    if (args->sparse) CORNU_FAIL(CORNU_EUNSUPPORTED, "there are no sparse tensors");
    self->dtype = args->dtype == NULL && ints ? CORNU_INT64 : self->base.compute_dtype;
    self->base.compute_dtype = self->dtype;
    return CORNU_OK;
}

static cornu_status check(const cornu_shape *inputs, size_t count) {
    char first[256], other[256];
    if (count < 2) CORNU_FAIL(CORNU_EINVAL, "crosses two inputs or more, got %zu", count);
    const cornu_shape *shape = &inputs[0];
    cornu_shape_format(shape, first, sizeof first);
    if (shape->rank > 2 || (shape->rank == 2 && shape->dims[1] != 1))
        CORNU_FAIL(
            CORNU_ESHAPE, "takes scalars, [batch] or [batch, 1], got an input of shape %s", first
        );
    for (size_t i = 1; i < count; i++)
        if (!cornu_shape_equal(shape, &inputs[i]))
            CORNU_FAIL(
                CORNU_ESHAPE, "all inputs must have the same shape, got %s and %s", first,
                cornu_shape_format(&inputs[i], other, sizeof other)
            );
    return CORNU_OK;
}

/* Element i as 64 bits: the fingerprint of a text, a number as it is. */
static cornu_status feature(const cornu_tensor *x, int64_t i, uint64_t *bits) {
    if (cornu_tensor_dtype(x) == CORNU_STRING) {
        cornu_bytes bytes = cornu_tensor_bytes(x, i);
        if (bytes.data == NULL) return cornu_error_status();
        return *bits = cornu_fingerprint_(bytes), CORNU_OK;
    }
    if (cornu_dtype_is_float(cornu_tensor_dtype(x)) || cornu_tensor_dtype(x) == CORNU_BOOL)
        CORNU_FAIL(
            CORNU_EDTYPE, "takes integers and strings, got %s",
            cornu_dtype_name(cornu_tensor_dtype(x))
        );
    int64_t number = cornu_tensor_dtype(x) == CORNU_INT64
                         ? ((const int64_t *)cornu_tensor_data(x))[i]
                         : (int64_t)cornu_tensor_get(x, i);
    *bits = (uint64_t)number;
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const hashed_crossing *self = (hashed_crossing *)layer;
    size_t count = context->input_count;
    cornu_shape *shapes = cornu_allocate((count + 1) * sizeof *shapes);
    if (shapes == NULL) return NULL;
    for (size_t i = 0; i < count; i++) shapes[i] = *cornu_tensor_shape(inputs[i]);
    cornu_status status = check(shapes, count);
    cornu_tensor *bins =
        status == CORNU_OK ? cornu_scope_own(cornu_tensor_new(CORNU_INT64, shapes[0])) : NULL;
    cornu_free(shapes);
    int64_t *data = bins != NULL ? cornu_tensor_data_mut(bins) : NULL;
    for (int64_t i = 0; data != NULL && i < cornu_tensor_size(bins); i++) {
        uint64_t hash = key, bits = 0;
        for (size_t k = 0; k < count; k++) {
            if (feature(inputs[k], i, &bits) != CORNU_OK) return NULL;
            hash = cornu_fingerprint_join_(hash, bits);
        }
        data[i] = (int64_t)(hash % (uint64_t)self->args.num_bins);
    }
    return cornu_encode_(bins, self->args.output_mode, self->args.num_bins, self->dtype, NULL);
}

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *output
) {
    const cornu_layer_hashed_crossing_args *args = &((const hashed_crossing *)layer)->args;
    CORNU_TRY(check(inputs, count));
    *output = inputs[0];
    if (strcmp(args->output_mode, "int") == 0) return CORNU_OK;
    if (output->rank == 2) output->rank = 1;
    if (output->rank == 0) output->dims[output->rank++] = 1;
    output->dims[output->rank++] = args->num_bins;
    return CORNU_OK;
}

static cornu_dtype output_dtype(const cornu_layer *layer) {
    return ((const hashed_crossing *)layer)->dtype;
}

/* Keras writes the type as a plain text here. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const hashed_crossing *self = object;
    return cornu_config_set_string(
        config, "dtype", self->args.dtype != NULL ? self->args.dtype : cornu_dtype_name(self->dtype)
    );
}

static const cornu_layer_hashed_crossing_args defaults = {CORNU_LAYER_HASHED_CROSSING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_layer_hashed_crossing_args, INT, num_bins),
    CORNU_FIELD(cornu_layer_hashed_crossing_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_hashed_crossing_args, BOOL, sparse),
    CORNU_FIELD(cornu_layer_hashed_crossing_args, STRING, name),
    CORNU_FIELD(cornu_layer_hashed_crossing_args, STRING, dtype),
    CORNU_FIELD_OMITTED(cornu_layer_hashed_crossing_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(hashed_crossing){
    CORNU_CLASS_ARGS(hashed_crossing, args, defaults, fields),
    .name = "HashedCrossing",
    .init = init,
    .get_config = get_config,
    .call = call,
    .output_shape = output_shape,
    .host_output = output_dtype,
    .any_dtype = true,
};

cornu_layer *cornu_layer_hashed_crossing_new(const cornu_layer_hashed_crossing_args *args) {
    return cornu_layer_create(&cornu_layer_hashed_crossing_class, args);
}
