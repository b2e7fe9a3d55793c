/* RandAugment: some of eleven changes of images, at random. Cubuk et al., "RandAugment" (2019).
 * keras/src/layers/preprocessing/image_preprocessing/rand_augment.py */
#include "augment.h"

enum { CHANGES = 11 };

typedef struct {
    cornu_layer base;
    cornu_layer_rand_augment_args args;
    cornu_layer *changes[CHANGES]; /* the base holds them */
    cornu_draw factor, range;
    cornu_seed_generator *seeds;
} rand_augment;

/* The layers, all of the strength `factor`; what could not be made is NULL. */
static void make(
    const cornu_layer_rand_augment_args *args, cornu_floats factor, cornu_floats range,
    cornu_layer *made[CHANGES]
) {
    int64_t seed = args->seed;
    const char *dtype = args->dtype, *format = args->data_format, *how = args->interpolation;
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
    for (int i = 3; i < 7; i++) {
        cornu_image_color_args inner = {CORNU_IMAGE_COLOR_DEFAULTS};
        inner.dtype = dtype, inner.factor = factor, inner.value_range = range;
        inner.seed = cornu_inner_seed_(seed, i + 1), inner.data_format = format;
        made[i] = makers[i - 3](&inner);
    }
}

static cornu_status init(void *object) {
    static const char *const names[CHANGES] = {
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
    const double factor[2] = {self->factor.low, self->factor.high};
    const double range[2] = {self->range.low, self->range.high};
    make(args, (cornu_floats){factor, 2}, (cornu_floats){range, 2}, self->changes);
    cornu_status status = CORNU_OK;
    for (int i = 0; i < CHANGES; i++) {
        if (self->changes[i] == NULL || status != CORNU_OK) {
            if (status == CORNU_OK) status = cornu_error_status();
            cornu_layer_free(self->changes[i]);
        } else status = cornu_layer_add_layer(&self->base, names[i], self->changes[i]);
    }
    return status;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    const rand_augment *self = (rand_augment *)layer;
    for (int i = 0; i < CHANGES; i++) CORNU_TRY(cornu_layer_build(self->changes[i], shapes, count));
    return CORNU_OK;
}

/* All changes are computed and one is chosen, since a compiled step has no branches. */
static cornu_tensor *change(const rand_augment *self, cornu_tensor *images) {
    for (int64_t op = 0; op < self->args.num_ops && images != NULL; op++) {
        cornu_tensor *index = cornu_random_uniform_from(
            cornu_seed_generator_next(self->seeds), cornu_shape(1, 1, 1, 1), CORNU_INT32, 0, CHANGES
        );
        cornu_tensor *changed = images;
        for (int i = 0; i < CHANGES && changed != NULL; i++)
            changed = cornu_op_where(
                cornu_op_equal(index, cornu_scalar_of(CORNU_INT32, i)),
                cornu_layer_call(self->changes[i], cornu_tensors(images), true), changed
            );
        images = changed;
    }
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
