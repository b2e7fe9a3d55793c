/* See changes.h. keras/src/layers/preprocessing/image_preprocessing/{rand_augment,aug_mix}.py */
#include "changes.h"

static const char *const names[CORNU_CHANGE_MOST] = {
    "random_shear",
    "random_translation",
    "random_rotation",
    "random_brightness",
    "random_color_degeneration",
    "random_contrast",
    "random_sharpness",
    "random_posterization",
    "solarization",
    "auto_contrast",
    "equalization"};
enum { FIRST_COLOR = 3, PAST_COLORS = 7 };

/* The layers, all of the strength `factor`; what could not be made is NULL. */
static void make(
    const cornu_change_settings *settings, cornu_floats factor, cornu_floats range,
    cornu_layer *made[CORNU_CHANGE_MOST]
) {
    int64_t seed = settings->seed;
    const char *dtype = settings->dtype, *format = settings->data_format;
    const char *how = settings->interpolation;
    double bits = fmax(1, floor(8 * factor.items[1]));
    made[0] = cornu_layer_random_shear(
            .x_factor = factor, .y_factor = factor, .interpolation = how, .data_format = format,
            .dtype = dtype, .seed = cornu_inner_seed_(seed, 1)
    );
    made[1] = cornu_layer_random_translation(
        factor, .width_factor = factor, .interpolation = how, .data_format = format, .dtype = dtype,
        .seed = cornu_inner_seed_(seed, 2)
    );
    made[2] = cornu_layer_random_rotation(
        factor, .interpolation = how, .data_format = format, .dtype = dtype,
        .seed = cornu_inner_seed_(seed, 3)
    );
    made[7] = cornu_layer_random_posterization(
        cornu_floats(bits), .value_range = range, .data_format = format, .dtype = dtype,
        .seed = cornu_inner_seed_(seed, 8)
    );
    made[8] = cornu_layer_solarization(
            .addition_factor = factor, .threshold_factor = factor, .value_range = range,
            .dtype = dtype, .seed = cornu_inner_seed_(seed, 9)
    );
    made[9] = cornu_layer_auto_contrast(.value_range = range, .dtype = dtype);
    made[10] =
        cornu_layer_equalization(.value_range = range, .data_format = format, .dtype = dtype);
    static cornu_layer *(*const makers[])(const cornu_image_color_args *args) = {
        cornu_layer_random_brightness_new, cornu_layer_random_color_degeneration_new,
        cornu_layer_random_contrast_new, cornu_layer_random_sharpness_new};
    for (int i = FIRST_COLOR; settings->colors && i < PAST_COLORS; i++) {
        cornu_image_color_args inner = {CORNU_IMAGE_COLOR_DEFAULTS};
        inner.dtype = dtype, inner.factor = factor, inner.value_range = range;
        inner.seed = cornu_inner_seed_(seed, i + 1), inner.data_format = format;
        made[i] = makers[i - FIRST_COLOR](&inner);
    }
}

/* Makes the layers, as parts of the owner. */
static cornu_status make_all(cornu_change_layer *owner) {
    const cornu_change_settings *settings = &owner->settings;
    cornu_changes *changes = &owner->changes;
    const double factor[2] = {settings->factor.low, settings->factor.high};
    const double range[2] = {settings->range.low, settings->range.high};
    cornu_layer *made[CORNU_CHANGE_MOST] = {NULL};
    make(settings, (cornu_floats){factor, 2}, (cornu_floats){range, 2}, made);
    cornu_status status = CORNU_OK;
    changes->count = 0;
    for (int i = 0; i < CORNU_CHANGE_MOST; i++) {
        if (!settings->colors && i >= FIRST_COLOR && i < PAST_COLORS) continue;
        if (made[i] == NULL || status != CORNU_OK) {
            if (status == CORNU_OK) status = cornu_error_status();
            cornu_layer_free(made[i]);
            continue;
        }
        status = cornu_layer_add_layer(&owner->base, names[i], made[i]);
        changes->layers[changes->count++] = made[i];
    }
    return status;
}

cornu_status cornu_change_init_(
    cornu_change_layer *self, cornu_floats factor, double usual, cornu_floats value_range
) {
    cornu_change_settings *settings = &self->settings;
    CORNU_TRY(cornu_share_read_(factor, "factor", (cornu_draw){0, usual}, &settings->factor));
    CORNU_TRY(cornu_value_range_read_(value_range, &settings->range));
    self->seeds = cornu_layer_add_seed(&self->base, settings->seed);
    return self->seeds != NULL ? make_all(self) : cornu_error_status();
}

cornu_status cornu_change_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    const cornu_changes *changes = &((cornu_change_layer *)layer)->changes;
    for (int i = 0; i < changes->count; i++)
        CORNU_TRY(cornu_layer_build(changes->layers[i], shapes, count));
    return CORNU_OK;
}

cornu_tensor *cornu_change_call_(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context,
    cornu_change_function *change
) {
    bool single;
    cornu_tensor *images = cornu_images_(layer, x, &single);
    if (images != NULL && context->training)
        images = change((const cornu_change_layer *)layer, images);
    return cornu_images_back_(images, single);
}

cornu_status cornu_change_get_config_(const void *object, cornu_config *config) {
    const cornu_change_settings *settings = &((const cornu_change_layer *)object)->settings;
    bool channels_first;
    CORNU_TRY(cornu_is_channels_first(settings->data_format, &channels_first));
    if (channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", settings->data_format));
    CORNU_TRY(cornu_draw_write_(config, "factor", settings->factor));
    return cornu_draw_write_(config, "value_range", settings->range);
}

cornu_tensor *cornu_change_any_(
    const cornu_changes *changes, cornu_seed_generator *seeds, cornu_tensor *images, bool or_none
) {
    cornu_tensor *index = cornu_random_uniform_from(
        cornu_seed_generator_next(seeds), cornu_shape(1, 1, 1, 1), CORNU_INT32, 0,
        changes->count + (or_none ? 1 : 0)
    );
    cornu_tensor *changed = images;
    for (int i = 0; i < changes->count && changed != NULL; i++)
        changed = cornu_op_where(
            cornu_op_equal(index, cornu_scalar_of(CORNU_INT32, i)),
            cornu_layer_call(changes->layers[i], cornu_tensors(images), true), changed
        );
    return changed;
}
