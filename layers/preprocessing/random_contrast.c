/* RandomContrast: images whose values lie further from their mean, or less far.
 * keras/src/layers/preprocessing/image_preprocessing/random_contrast.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){0, 1}, NAN);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    cornu_axes axes = self->channels_first ? cornu_axes(2, 3) : cornu_axes(1, 2);
    cornu_tensor *mean = cornu_op_mean(images, .axis = axes, .keepdims = true);
    cornu_draw draw = {1 - self->factor.low, 1 + self->factor.high};
    cornu_tensor *factor = cornu_draw_each_(self->seeds, images, draw);
    images = cornu_op_add(cornu_op_multiply(cornu_op_subtract(images, mean), factor), mean);
    return cornu_op_clip(images, self->range.low, self->range.high);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_contrast){
    CORNU_COLOR_CLASS_,
    .name = "RandomContrast",
    .init = init,
};

cornu_layer *cornu_layer_random_contrast_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_contrast_class, args);
}
