/* RandomSaturation: images of stronger or paler colours.
 * keras/src/layers/preprocessing/image_preprocessing/random_saturation.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){0, 1}, NAN);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    const double epsilon = 1e-7; /* keras.backend.epsilon */
    cornu_tensor *rgb[3], *hsv[3];
    cornu_tensor *factor = cornu_draw_each_(self->seeds, images, self->factor);
    factor = cornu_op_divide(factor, cornu_op_subtract(cornu_scalar(1 + epsilon), factor));
    if (cornu_channels_(images, self->channels_first, rgb) != CORNU_OK) return NULL;
    cornu_rgb_to_hsv_(rgb, hsv);
    hsv[1] = cornu_op_clip(cornu_op_multiply(hsv[1], factor), self->range.low, self->range.high);
    return cornu_hsv_to_rgb_(hsv, self->channels_first);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_saturation){
    CORNU_COLOR_CLASS_,
    .name = "RandomSaturation",
    .init = init,
};

cornu_layer *cornu_layer_random_saturation_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_saturation_class, args);
}
