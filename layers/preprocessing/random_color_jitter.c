/* RandomColorJitter: brightness, contrast, saturation and hue changed at random.
 * keras/src/layers/preprocessing/image_preprocessing/random_color_jitter.py */
#include "augment.h"

#include <string.h>

enum { CHANGES = 4 };

typedef struct {
    cornu_layer base;
    cornu_layer_random_color_jitter_args args;
    cornu_layer *changes[CHANGES]; /* the base holds them; NULL: no such change */
    cornu_draw range;
} random_color_jitter;

static const char *const names[CHANGES] = {
    "random_brightness", "random_contrast", "random_saturation", "random_hue"};

static cornu_status add(random_color_jitter *self, int index, cornu_floats factor) {
    static cornu_layer *(*const makers[CHANGES])(const cornu_image_color_args *args) = {
        cornu_layer_random_brightness_new, cornu_layer_random_contrast_new,
        cornu_layer_random_saturation_new, cornu_layer_random_hue_new};
    const cornu_layer_random_color_jitter_args *args = &self->args;
    if (factor.count == 0) return CORNU_OK;
    cornu_image_color_args inner = {CORNU_IMAGE_COLOR_DEFAULTS};
    inner.dtype = args->dtype;
    inner.factor = factor;
    inner.value_range = args->value_range;
    inner.seed = cornu_inner_seed_(args->seed, index);
    inner.data_format = args->data_format;
    cornu_layer *made = makers[index](&inner);
    if (made == NULL) return cornu_error_status();
    self->changes[index] = made;
    return cornu_layer_add_layer(&self->base, names[index], made);
}

static cornu_status init(void *object) {
    random_color_jitter *self = object;
    const cornu_layer_random_color_jitter_args *args = &self->args;
    const cornu_floats factors[CHANGES] = {
        args->brightness_factor, args->contrast_factor, args->saturation_factor, args->hue_factor};
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(args->data_format, &channels_first));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    for (int i = 0; i < CHANGES; i++) CORNU_TRY(add(self, i, factors[i]), "%s", names[i]);
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    const random_color_jitter *self = (random_color_jitter *)layer;
    for (int i = 0; i < CHANGES; i++)
        if (self->changes[i] != NULL) CORNU_TRY(cornu_layer_build(self->changes[i], shapes, count));
    return CORNU_OK;
}

static cornu_tensor *change(const random_color_jitter *self, cornu_tensor *images) {
    for (int i = 0; i < CHANGES && images != NULL; i++)
        if (self->changes[i] != NULL)
            images = cornu_layer_call(self->changes[i], cornu_tensors(images), true);
    return images;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    if (images != NULL && context->training)
        images = change((const random_color_jitter *)layer, images);
    return cornu_images_back_(images, single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const random_color_jitter *self = object;
    const cornu_layer_random_color_jitter_args *args = &self->args;
    CORNU_TRY(cornu_factor_write_(config, "brightness_factor", args->brightness_factor));
    CORNU_TRY(cornu_factor_write_(config, "contrast_factor", args->contrast_factor));
    CORNU_TRY(cornu_factor_write_(config, "saturation_factor", args->saturation_factor));
    CORNU_TRY(cornu_factor_write_(config, "hue_factor", args->hue_factor));
    if (strcmp(args->data_format, "channels_last") != 0)
        CORNU_TRY(cornu_config_set_string(config, "data_format", args->data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

static const cornu_layer_random_color_jitter_args defaults = {
    CORNU_LAYER_RANDOM_COLOR_JITTER_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_random_color_jitter_args),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, FLOATS, value_range),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, FLOATS, brightness_factor),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, FLOATS, contrast_factor),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, FLOATS, saturation_factor),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, FLOATS, hue_factor),
    CORNU_FIELD(cornu_layer_random_color_jitter_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_layer_random_color_jitter_args, STRING, data_format),
};

CORNU_LAYER_CLASS(random_color_jitter){
    CORNU_CLASS_ARGS(random_color_jitter, args, defaults, fields),
    .name = "RandomColorJitter",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_random_color_jitter_new(const cornu_layer_random_color_jitter_args *args) {
    return cornu_layer_create(&cornu_layer_random_color_jitter_class, args);
}
