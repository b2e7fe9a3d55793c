/* RandomPosterization: images of fewer shades.
 * keras/src/layers/preprocessing/image_preprocessing/random_posterization.py */
#include "image_random.h"

/* Unlike other factors, bits outside of 1 to 8 mean nothing. */
static cornu_status init(void *object) {
    const cornu_draw bits = {1, 8};
    cornu_draw checked;
    const cornu_image_color_args *args = &((cornu_color_layer *)object)->args;
    CORNU_TRY(cornu_factor_read_(args->factor, "factor", bits, NAN, &checked));
    return cornu_color_init_(object, bits, NAN);
}

/* 2^(8 - bits): what the bits that are kept are multiples of. */
static cornu_tensor *unit(const cornu_color_layer *self, const cornu_tensor *images) {
    const double units[9] = {256, 128, 64, 32, 16, 8, 4, 2, 1};
    cornu_shape shape = cornu_shape(cornu_tensor_dim(images, 0), 1, 1, 1);
    cornu_draw bits = {floor(self->factor.low), floor(self->factor.high)};
    cornu_tensor *table = cornu_scope_own(cornu_tensor_from(CORNU_FLOAT64, cornu_shape(9), units));
    cornu_tensor *drawn = bits.low < bits.high ? cornu_random_uniform_from(
                                                     cornu_seed_generator_next(self->seeds), shape,
                                                     CORNU_INT32, bits.low, bits.high
                                                 )
                                               : cornu_op_full(shape, bits.low, CORNU_INT32);
    return cornu_op_take(cornu_op_cast(table, cornu_tensor_dtype(images)), drawn, 0);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    const cornu_draw bytes = {0, 255};
    cornu_tensor *step = unit(self, images);
    images = cornu_change_range_(images, self->range, bytes);
    images = cornu_op_trunc(cornu_op_clip(images, 0, 255));
    images = cornu_op_multiply(cornu_op_floor(cornu_op_divide(images, step)), step);
    return cornu_change_range_(images, bytes, self->range);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_posterization){
    CORNU_COLOR_CLASS_,
    .name = "RandomPosterization",
    .init = init,
};

cornu_layer *cornu_layer_random_posterization_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_posterization_class, args);
}
