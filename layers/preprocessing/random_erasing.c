/* RandomErasing: rectangles of images filled at random. Zhong et al., "Random Erasing Data
 * Augmentation" (2017). keras/src/layers/preprocessing/image_preprocessing/random_erasing.py */
#include "augment.h"

typedef struct {
    cornu_layer base;
    cornu_layer_random_erasing_args args;
    cornu_draw factor, scale, range;
    cornu_seed_generator *seeds;
    bool channels_first;
} random_erasing;

static cornu_status init(void *object) {
    random_erasing *self = object;
    const cornu_layer_random_erasing_args *args = &self->args;
    const cornu_draw unit = {0, 1}, part = {0.02, 0.33};
    CORNU_TRY(cornu_share_read_(args->factor, "factor", unit, &self->factor));
    CORNU_TRY(cornu_share_read_(args->scale, "scale", part, &self->scale));
    if (args->fill_value.count > 1 && args->fill_value.count != 3)
        CORNU_FAIL(
            CORNU_EINVAL, "fill_value must be one number or three, got %zu numbers",
            args->fill_value.count
        );
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    CORNU_TRY(cornu_is_channels_first(args->data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *filling(const random_erasing *self, cornu_tensor *images) {
    cornu_floats given = self->args.fill_value;
    cornu_dtype dtype = cornu_tensor_dtype(images);
    int64_t count = (int64_t)given.count, channels = cornu_tensor_dim(images, 3);
    cornu_tensor *fill;
    if (count == 0) {
        fill = cornu_random_normal_from(
            cornu_seed_generator_next(self->seeds), *cornu_tensor_shape(images), dtype, 0, 1
        );
        fill = cornu_op_multiply(fill, cornu_scalar(self->range.high));
    } else {
        if (count == 3 && channels != 3)
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "fill_value has three numbers, the images have %lld channels",
                (long long)channels
            );
        fill = cornu_scope_own(cornu_tensor_from(CORNU_FLOAT64, cornu_shape(count), given.items));
        fill = cornu_op_cast(fill, dtype);
    }
    return cornu_op_clip(fill, self->range.low, self->range.high);
}

static cornu_tensor *change(const random_erasing *self, cornu_tensor *images) {
    images = cornu_to_channels_last_(images, self->channels_first);
    if (images == NULL) return NULL;
    cornu_tensor *width = cornu_op_sqrt(cornu_draw_each_(self->seeds, images, self->scale));
    cornu_tensor *height = cornu_op_sqrt(cornu_draw_each_(self->seeds, images, self->scale));
    cornu_tensor *hole = cornu_op_logical_and(
        cornu_rectangle_(self->seeds, images, width, height),
        cornu_chosen_(self->seeds, images, self->factor)
    );
    images = cornu_op_where(hole, filling(self, images), images);
    return cornu_from_channels_last_(images, self->channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change((const random_erasing *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_erasing *self = object;
    CORNU_TRY(cornu_draw_write_(config, "factor", self->factor));
    CORNU_TRY(cornu_draw_write_(config, "scale", self->scale));
    CORNU_TRY(cornu_factor_write_(config, "fill_value", self->args.fill_value));
    if (self->channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_random_erasing_args defaults = {CORNU_LAYER_RANDOM_ERASING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_erasing_args),
    CORNU_FIELD(cornu_layer_random_erasing_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_random_erasing_args, FLOATS, scale),
    CORNU_FIELD(cornu_layer_random_erasing_args, FLOATS, fill_value),
    CORNU_FIELD(cornu_layer_random_erasing_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_random_erasing_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_erasing_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_erasing){
    CORNU_CLASS_ARGS(random_erasing, args, defaults, fields),
    .name = "RandomErasing",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_random_erasing_new(const cornu_layer_random_erasing_args *args) {
    return cornu_layer_create(&cornu_layer_random_erasing_class, args);
}
