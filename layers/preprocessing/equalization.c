/* Equalization: values spread so that all are about equally frequent.
 * keras/src/layers/preprocessing/image_preprocessing/equalization.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_equalization_args args;
    cornu_draw range;
    bool channels_first;
} equalization;

enum { MOST_BINS = 1 << 20 };

static cornu_status init(void *object) {
    equalization *self = object;
    if (self->args.bins < 1 || self->args.bins > MOST_BINS)
        CORNU_FAIL(
            CORNU_EINVAL, "bins must be from 1 to %d, got %lld", MOST_BINS,
            (long long)self->args.bins
        );
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &self->channels_first));
    return cornu_value_range_read_(self->args.value_range, &self->range);
}

/* How many values of each channel lie in each bin, float64 [channels, bins]. The values are
 * [channels, pixels], from 0 to 255. */
static cornu_tensor *histogram(cornu_tensor *values, int64_t bins) {
    int64_t channels = cornu_tensor_dim(values, 0), size = cornu_tensor_size(values);
    double last = (double)bins - 1;
    cornu_tensor *bin = cornu_op_cast(values, CORNU_FLOAT32);
    bin = cornu_op_divide(cornu_op_multiply(bin, cornu_scalar(last)), cornu_scalar(255));
    bin = cornu_op_cast(cornu_op_clip(cornu_op_trunc(bin), 0, last), CORNU_INT32);
    cornu_tensor *first = cornu_op_reshape(
        cornu_op_arange(0, (double)(channels * bins), (double)bins, CORNU_INT32),
        cornu_shape(channels, 1)
    );
    cornu_tensor *ids = cornu_op_reshape(cornu_op_add(bin, first), cornu_shape(size));
    cornu_tensor *one = cornu_op_ones(cornu_shape(size), CORNU_FLOAT64);
    return cornu_op_reshape(
        cornu_op_segment_sum(one, ids, channels * bins), cornu_shape(channels, bins)
    );
}

/* The new value of each bin: the share of values up to it, but those of the first bin in use. */
static cornu_tensor *table(cornu_tensor *counts, double pixels) {
    cornu_tensor *sums = cornu_op_cumsum(counts, 1);
    cornu_tensor *used = cornu_op_greater(sums, cornu_op_zeros_like(sums));
    cornu_tensor *none = cornu_op_multiply(cornu_op_ones_like(sums), cornu_scalar(pixels));
    cornu_tensor *first =
        cornu_op_min(cornu_op_where(used, sums, none), .axis = cornu_axes(1), .keepdims = true);
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(pixels), first);
    rest = cornu_op_maximum(rest, cornu_op_ones_like(rest));
    cornu_tensor *values =
        cornu_op_divide(cornu_op_multiply(cornu_op_subtract(sums, first), cornu_scalar(255)), rest);
    return cornu_op_clip(cornu_op_round(values), 0, 255);
}

/* [channels, pixels], from 0 to 255 */
static cornu_tensor *equalize(cornu_tensor *values, int64_t bins) {
    double last = (double)bins - 1;
    cornu_tensor *counts = histogram(values, bins);
    cornu_tensor *used = cornu_op_greater(counts, cornu_op_zeros_like(counts));
    used = cornu_op_sum(cornu_op_cast(used, CORNU_INT32), .axis = cornu_axes(1), .keepdims = true);
    cornu_tensor *at =
        cornu_op_multiply(cornu_op_divide(values, cornu_scalar(255)), cornu_scalar(last));
    at = cornu_op_cast(cornu_op_clip(at, 0, last), CORNU_INT32);
    cornu_tensor *spread =
        cornu_op_take_along_axis(table(counts, (double)cornu_tensor_dim(values, 1)), at, 1);
    /* a channel within one bin has nothing to spread */
    cornu_tensor *flat = cornu_op_less_equal(used, cornu_op_ones_like(used));
    return cornu_op_where(flat, values, cornu_op_cast(spread, cornu_tensor_dtype(values)));
}

static cornu_tensor *change(const equalization *self, cornu_tensor *images) {
    const cornu_draw bytes = {0, 255};
    images = cornu_to_channels_last_(images, self->channels_first);
    if (images == NULL) return NULL;
    cornu_shape shape = *cornu_tensor_shape(images);
    int64_t channels = shape.dims[3], pixels = shape.dims[0] * shape.dims[1] * shape.dims[2];
    if (cornu_tensor_size(images) > 0) {
        cornu_tensor *values = cornu_op_transpose(
            cornu_op_reshape(images, cornu_shape(pixels, channels)), cornu_axes(1, 0)
        );
        values = equalize(cornu_change_range_(values, self->range, bytes), self->args.bins);
        values =
            cornu_op_transpose(cornu_change_range_(values, bytes, self->range), cornu_axes(1, 0));
        images = cornu_op_reshape(values, shape);
    }
    return cornu_from_channels_last_(images, self->channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change((const equalization *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const equalization *self = object;
    if (self->channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_equalization_args defaults = {CORNU_LAYER_EQUALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_equalization_args),
    CORNU_FIELD(cornu_layer_equalization_args, INT, bins),
    CORNU_FIELD(cornu_layer_equalization_args, FLOATS, value_range),
    CORNU_FIELD_OMITTED(cornu_layer_equalization_args, STRING, data_format),
};

CORNU_LAYER_CLASS(equalization){
    CORNU_CLASS_ARGS(equalization, args, defaults, fields),
    .name = "Equalization",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_equalization_new(const cornu_layer_equalization_args *args) {
    return cornu_layer_create(&cornu_layer_equalization_class, args);
}
