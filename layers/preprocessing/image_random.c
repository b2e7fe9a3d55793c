/* Factors, ranges and batches of the layers that change images at random: see image_random.h. */
#include "image_random.h"

static cornu_status read_factor(
    cornu_floats given, const char *name, cornu_draw bounds, bool all_within, double missing,
    cornu_draw *factor
) {
    cornu_floats one = {&missing, 1};
    if (given.count == 0 && isnan(missing)) CORNU_FAIL(CORNU_EINVAL, "%s must be given", name);
    if (given.count == 0) given = one;
    if (given.count > 2)
        CORNU_FAIL(CORNU_EINVAL, "%s must be one number or two, got %zu", name, given.count);
    for (size_t i = 0; i < given.count; i++) {
        double value = given.items[i];
        bool free_below = !all_within && given.count == 2 && i == 0;
        bool free_above = !all_within && given.count == 2 && i == 1;
        if (!((value >= bounds.low || free_below) && (value <= bounds.high || free_above)))
            CORNU_FAIL(
                CORNU_EINVAL, "%s must be from %g to %g, got %g", name, bounds.low, bounds.high,
                value
            );
    }
    double a = given.items[0], b = given.items[given.count - 1];
    if (given.count == 1) a = fmax(-fabs(b), bounds.low), b = fabs(b);
    *factor = (cornu_draw){fmin(a, b), fmax(a, b)};
    return CORNU_OK;
}

cornu_status cornu_factor_read_(
    cornu_floats given, const char *name, cornu_draw bounds, double missing, cornu_draw *factor
) {
    return read_factor(given, name, bounds, true, missing, factor);
}

cornu_status cornu_base_factor_read_(
    cornu_floats given, const char *name, cornu_draw bounds, double missing, cornu_draw *factor
) {
    return read_factor(given, name, bounds, false, missing, factor);
}

cornu_status cornu_factor_write_(cornu_config *config, const char *name, cornu_floats given) {
    if (given.count == 0) return cornu_config_set_null(config, name);
    if (given.count == 1) return cornu_config_set_float(config, name, given.items[0]);
    return cornu_config_set_floats(config, name, given.items, given.count);
}

cornu_status cornu_value_range_read_(cornu_floats given, cornu_draw *range) {
    *range = (cornu_draw){0, 255};
    if (given.count == 0) return CORNU_OK;
    if (given.count != 2 || !(given.items[0] != given.items[1]))
        CORNU_FAIL(CORNU_EINVAL, "value_range must be two different numbers");
    double a = given.items[0], b = given.items[1];
    *range = (cornu_draw){fmin(a, b), fmax(a, b)};
    return CORNU_OK;
}

cornu_status cornu_draw_write_(cornu_config *config, const char *name, cornu_draw draw) {
    const double both[2] = {draw.low, draw.high};
    return cornu_config_set_floats(config, name, both, 2);
}

cornu_tensor *cornu_draw_each_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_draw draw
) {
    cornu_shape shape = cornu_shape(cornu_tensor_dim(images, 0), 1, 1, 1);
    cornu_dtype dtype = cornu_tensor_dtype(images);
    if (!(draw.low < draw.high)) return cornu_op_full(shape, draw.low, dtype);
    return cornu_random_uniform_from(
        cornu_seed_generator_next(seeds), shape, dtype, draw.low, draw.high
    );
}

cornu_tensor *cornu_images_(const cornu_layer *layer, cornu_tensor *x, bool *single) {
    int rank = cornu_tensor_rank(x);
    char text[256];
    *single = rank == 3; /* callers hand it on even when there are no images */
    if (rank != 3 && rank != 4)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "takes one image of three axes or a batch of four, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    x = cornu_op_cast(x, layer->compute_dtype);
    return *single ? cornu_op_expand_dims(x, 0) : x;
}

cornu_tensor *cornu_images_back_(cornu_tensor *images, bool single) {
    return single && images != NULL ? cornu_op_squeeze(images, cornu_axes(0)) : images;
}

cornu_tensor *cornu_change_range_(cornu_tensor *x, cornu_draw from, cornu_draw to) {
    if (from.low == to.low && from.high == to.high) return x;
    x = cornu_op_divide(
        cornu_op_subtract(x, cornu_scalar(from.low)), cornu_scalar(from.high - from.low)
    );
    return cornu_op_add(cornu_op_multiply(x, cornu_scalar(to.high - to.low)), cornu_scalar(to.low));
}

/* ---- layers for colours ---- */
const cornu_image_color_args cornu_color_defaults_ = {CORNU_IMAGE_COLOR_DEFAULTS};
const cornu_field cornu_color_fields_[CORNU_COLOR_FIELD_COUNT] = {
    CORNU_LAYER_FIELDS(cornu_image_color_args),
    CORNU_FIELD(cornu_image_color_args, FLOATS, factor),
    CORNU_FIELD(cornu_image_color_args, FLOATS, value_range),
    CORNU_FIELD(cornu_image_color_args, INT, seed),
    CORNU_FIELD_OMITTED(cornu_image_color_args, STRING, data_format),
};

cornu_status cornu_color_init_(void *object, cornu_draw bounds, double missing) {
    cornu_color_layer *self = object;
    const cornu_image_color_args *args = &self->args;
    CORNU_TRY(cornu_base_factor_read_(args->factor, "factor", bounds, missing, &self->factor));
    CORNU_TRY(cornu_value_range_read_(args->value_range, &self->range));
    CORNU_TRY(cornu_is_channels_first(args->data_format, &self->channels_first));
    self->seeds = cornu_layer_add_seed(&self->base, args->seed);
    return self->seeds != NULL ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_color_get_config_(const void *object, cornu_config *config) {
    const cornu_color_layer *self = object;
    CORNU_TRY(cornu_draw_write_(config, "factor", self->factor));
    if (self->channels_first)
        CORNU_TRY(cornu_config_set_string(config, "data_format", self->args.data_format));
    return cornu_draw_write_(config, "value_range", self->range);
}

cornu_tensor *cornu_color_call_(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context,
    cornu_color_change *change
) {
    bool single = false;
    cornu_tensor *images = cornu_images_(layer, x, &single);
    if (images != NULL && context->training)
        images = change((const cornu_color_layer *)layer, images);
    return cornu_images_back_(images, single);
}
