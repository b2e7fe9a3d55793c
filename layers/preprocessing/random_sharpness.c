/* RandomSharpness: images blurred or sharpened.
 * keras/src/layers/preprocessing/image_preprocessing/random_sharpness.py */
#include "image_random.h"

static cornu_status init(void *object) {
    return cornu_color_init_(object, (cornu_draw){0, 1}, NAN);
}

/* What blurs: neighbours count 1, the pixel itself 5, of 13. */
static cornu_tensor *blur(cornu_tensor *images) {
    int64_t channels = cornu_tensor_dim(images, 3);
    const double a = 1.0 / 13, b = 5.0 / 13, weights[9] = {a, a, a, a, b, a, a, a, a};
    cornu_tensor *kernel =
        cornu_scope_own(cornu_tensor_from(CORNU_FLOAT64, cornu_shape(3, 3, 1, 1), weights));
    kernel = cornu_op_tile(
        cornu_op_cast(kernel, cornu_tensor_dtype(images)), cornu_shape(1, 1, channels, 1)
    );
    return cornu_op_depthwise_conv(images, kernel, .padding = "same");
}

static cornu_tensor *change(const cornu_color_layer *self, cornu_tensor *images) {
    cornu_tensor *factor = cornu_draw_each_(self->seeds, images, self->factor);
    if (self->channels_first) images = cornu_op_swapaxes(images, -3, -1);
    if (images == NULL) return NULL;
    factor = cornu_op_subtract(cornu_scalar(1), cornu_op_multiply(factor, cornu_scalar(2)));
    images =
        cornu_op_add(images, cornu_op_multiply(factor, cornu_op_subtract(blur(images), images)));
    images = cornu_op_clip(images, self->range.low, self->range.high);
    return self->channels_first ? cornu_op_swapaxes(images, -3, -1) : images;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_color_call_(layer, inputs[0], context, change);
}

CORNU_LAYER_CLASS(random_sharpness){
    CORNU_COLOR_CLASS_,
    .name = "RandomSharpness",
    .init = init,
};

cornu_layer *cornu_layer_random_sharpness_new(const cornu_image_color_args *args) {
    return cornu_layer_create(&cornu_layer_random_sharpness_class, args);
}
