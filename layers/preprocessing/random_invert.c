/* RandomInvert: negatives of images.
 * keras/src/layers/preprocessing/image_preprocessing/random_invert.py */
#include "image_random.h"

static cornu_status init(void *object) { return cornu_color_init_(object, (cornu_draw){0, 1}, 1); }

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    cornu_tensor *probability = cornu_draw_each_(self->seeds, images, self->factor);
    cornu_tensor *chance = cornu_draw_each_(self->seeds, images, (cornu_draw){0, 1});
    cornu_tensor *negative = cornu_op_subtract(cornu_scalar(self->range.high), images);
    return cornu_op_where(cornu_op_less(chance, probability), negative, images);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_invert){
    CORNU_COLOR_CLASS_,
    .name = "RandomInvert",
    .init = init,
};

cornu_layer *cornu_layer_random_invert_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_invert_class, args);
}
