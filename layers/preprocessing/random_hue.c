/* RandomHue: images of other colours.
 * keras/src/layers/preprocessing/image_preprocessing/random_hue.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){0, 1}, NAN);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    const cornu_draw unit = {0, 1};
    cornu_tensor *rgb[3], *hsv[3];
    cornu_tensor *sign = cornu_draw_each_(self->seeds, images, unit);
    cornu_tensor *turn = cornu_draw_each_(self->seeds, images, self->factor);
    turn = cornu_op_multiply(turn, cornu_scalar(0.5));
    turn = cornu_op_where(cornu_op_greater(sign, cornu_scalar(0.5)), cornu_op_negative(turn), turn);
    images = cornu_change_range_(images, self->range, unit);
    if (cornu_channels_(images, self->channels_first, rgb) != CORNU_OK) return NULL;
    cornu_rgb_to_hsv_(rgb, hsv);
    cornu_tensor *hue = cornu_op_add(hsv[0], turn), *one = cornu_op_ones_like(hsv[0]);
    hue = cornu_op_where(cornu_op_greater(hue, one), cornu_op_subtract(hue, one), hue);
    hsv[0] =
        cornu_op_where(cornu_op_less(hue, cornu_op_zeros_like(hue)), cornu_op_add(hue, one), hue);
    images = cornu_op_clip(cornu_hsv_to_rgb_(hsv, self->channels_first), 0, 1);
    return cornu_change_range_(images, unit, self->range);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_hue){
    CORNU_COLOR_CLASS_,
    .name = "RandomHue",
    .init = init,
};

cornu_layer *cornu_layer_random_hue_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_hue_class, args);
}
