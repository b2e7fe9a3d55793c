/* RandomColorDegeneration: images that are nearer to grey.
 * keras/src/layers/preprocessing/image_preprocessing/random_color_degeneration.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){-1, 1}, NAN);
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    cornu_tensor *factor = cornu_draw_each_(self->seeds, images, self->factor);
    cornu_tensor *grey = cornu_rgb_to_grayscale_(images, self->channels_first);
    images = cornu_op_add(images, cornu_op_multiply(factor, cornu_op_subtract(grey, images)));
    return cornu_op_clip(images, self->range.low, self->range.high);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_color_degeneration){
    CORNU_COLOR_CLASS_,
    .name = "RandomColorDegeneration",
    .init = init,
};

cornu_layer *cornu_layer_random_color_degeneration_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_color_degeneration_class, args);
}
