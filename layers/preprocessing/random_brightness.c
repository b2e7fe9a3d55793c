/* RandomBrightness: images brighter or darker by a share of the range.
 * keras/src/layers/preprocessing/image_preprocessing/random_brightness.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){-1, 1}, NAN);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    double size = self->range.high - self->range.low;
    cornu_tensor *more = cornu_draw_each_(self->seeds, images, self->factor);
    images = cornu_op_add(images, cornu_op_multiply(more, cornu_scalar(size)));
    return cornu_op_clip(images, self->range.low, self->range.high);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_brightness){
    CORNU_COLOR_CLASS_,
    .name = "RandomBrightness",
    .init = init,
};

cornu_layer *cornu_layer_random_brightness_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_brightness_class, args);
}
