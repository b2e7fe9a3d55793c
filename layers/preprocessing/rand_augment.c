/* RandAugment: some of eleven changes of images, at random. Cubuk et al., "RandAugment" (2019).
 * keras/src/layers/preprocessing/image_preprocessing/rand_augment.py */
#include "changes.h"

typedef struct {
    cornu_layer base;
    cornu_layer_rand_augment_args args;
    cornu_changes changes;
    cornu_draw factor, range;
    cornu_seed_generator *seeds;
} rand_augment;

static cornu_status init(void *object) {
    rand_augment *self = object;
    const cornu_layer_rand_augment_args *args = &self->args;
    CORNU_TRY(cornu_share_read_(args->factor, "factor", (cornu_draw){0, 0.5}, &self->factor));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    if (args->num_ops < 0 || args->num_ops > 1000)
        CORNU_FAIL(
            CORNU_EINVAL, "num_ops must be from 0 to 1000, got %lld", (long long)args->num_ops
        );
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    if (self->seeds == NULL) return cornu_error_status();
    const cornu_change_settings settings = {
        .factor = self->factor,
        .range = self->range,
        .interpolation = args->interpolation,
        .data_format = args->data_format,
        .dtype = args->dtype,
        .seed = args->seed,
        .colors = true,
    };
    return cornu_changes_make_(&self->base, &settings, &self->changes);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    return cornu_changes_build_(&((rand_augment *)layer)->changes, shapes, count);
}

static cornu_tensor *change(const rand_augment *self, cornu_tensor *images) {
    for (int64_t op = 0; op < self->args.num_ops && images != NULL; op++)
        images = cornu_change_any_(&self->changes, self->seeds, images, false);
    return images;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training) images = change((const rand_augment *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const rand_augment *self = object;
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &channels_first));
    if (channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    CORNU_TRY(cornu_draw_write_(config, "factor", self->factor));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_rand_augment_args defaults = {CORNU_LAYER_RAND_AUGMENT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_rand_augment_args),
    CORNU_FIELD(cornu_layer_rand_augment_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_rand_augment_args, INT, num_ops),
    CORNU_FIELD(cornu_layer_rand_augment_args, FLOATS, factor),
    CORNU_FIELD(cornu_layer_rand_augment_args, STRING, interpolation),
    CORNU_FIELD(cornu_layer_rand_augment_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_rand_augment_args, STRING, data_format),
};

CORNU_LAYER_CLASS(rand_augment){
    CORNU_CLASS_ARGS(rand_augment, args, defaults, fields),
    .name = "RandAugment",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_rand_augment_new(const cornu_layer_rand_augment_args *args) {
    return cornu_layer_create(&cornu_layer_rand_augment_class, args);
}
