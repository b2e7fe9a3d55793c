/* Colours of images: grey, and hue, saturation and value. keras/src/backend/numpy/image.py:
 * rgb_to_grayscale, rgb_to_hsv, hsv_to_rgb */
#include "image_random.h"

static cornu_tensor *number(double value) { return cornu_scalar(value); }

cornu_status cornu_channels_(cornu_tensor *images, bool channels_first, cornu_tensor *channels[3]) {
    int axis = channels_first ? -3 : -1;
    char text[256];
    if (images == NULL) return cornu_error_status();
    if (cornu_tensor_dim(images, axis) != 3)
        CORNU_FAIL(
            CORNU_ESHAPE, "takes images of three channels (red, green, blue), got the shape %s",
            cornu_shape_format(cornu_tensor_shape(images), text, sizeof text)
        );
    return cornu_op_split(images, 3, axis, channels);
}

cornu_tensor *cornu_rgb_to_grayscale_(cornu_tensor *images, bool channels_first) {
    cornu_tensor *rgb[3] = {NULL};
    if (cornu_channels_(images, channels_first, rgb) != CORNU_OK) return NULL;
    return cornu_op_add(
        cornu_op_add(
            cornu_op_multiply(rgb[0], number(0.2989)), cornu_op_multiply(rgb[1], number(0.5870))
        ),
        cornu_op_multiply(rgb[2], number(0.1140))
    );
}

/* a where the condition holds, otherwise b. */
static cornu_tensor *choose(cornu_tensor *condition, cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_where(condition, a, b);
}

/* Tiny values count as none. */
static cornu_tensor *without_tiny(cornu_tensor *x) {
    double least = cornu_tensor_dtype(x) == CORNU_FLOAT64 ? 0x1p-52 : 0x1p-23;
    return choose(cornu_op_less(cornu_op_absolute(x), number(least)), cornu_op_zeros_like(x), x);
}

/* The hue where one channel is the largest: a share of a third around that channel. */
static cornu_tensor *around(cornu_tensor *norm, cornu_tensor *a, cornu_tensor *b, double middle) {
    return cornu_op_add(cornu_op_multiply(norm, cornu_op_subtract(a, b)), number(middle));
}

void cornu_rgb_to_hsv_(cornu_tensor *const rgb[3], cornu_tensor *hsv[3]) {
    cornu_tensor *r = without_tiny(rgb[0]), *g = without_tiny(rgb[1]), *b = without_tiny(rgb[2]);
    cornu_tensor *value = cornu_op_maximum(cornu_op_maximum(r, g), b);
    cornu_tensor *range = cornu_op_subtract(value, cornu_op_minimum(cornu_op_minimum(r, g), b));
    cornu_tensor *one = cornu_op_ones_like(value), *zero = cornu_op_zeros_like(value);
    cornu_tensor *bright = cornu_op_greater(value, zero), *coloured = cornu_op_greater(range, zero);
    cornu_tensor *norm = cornu_op_divide(number(1.0 / 6), choose(coloured, range, one));
    cornu_tensor *hue =
        choose(cornu_op_equal(value, g), around(norm, b, r, 2.0 / 6), around(norm, r, g, 4.0 / 6));
    hue = choose(cornu_op_equal(value, r), cornu_op_multiply(norm, cornu_op_subtract(g, b)), hue);
    cornu_tensor *turn = choose(cornu_op_less(hue, zero), one, zero);
    hsv[0] = cornu_op_add(choose(coloured, hue, zero), turn);
    hsv[1] = choose(bright, cornu_op_divide(range, choose(bright, value, one)), zero);
    hsv[2] = value;
}

/* 1 minus the distance of the hue, in sixths, from `middle`, within 0 and 1; `sign` -1: outside. */
static cornu_tensor *share(cornu_tensor *sixths, double middle, double sign) {
    cornu_tensor *distance = cornu_op_absolute(cornu_op_subtract(sixths, number(middle)));
    if (sign < 0) return cornu_op_clip(cornu_op_subtract(distance, number(1)), 0, 1);
    return cornu_op_clip(cornu_op_subtract(number(2), distance), 0, 1);
}

cornu_tensor *cornu_hsv_to_rgb_(cornu_tensor *const hsv[3], bool channels_first) {
    cornu_tensor *one = cornu_op_ones_like(hsv[0]);
    cornu_tensor *sixths = cornu_op_multiply(cornu_op_mod(hsv[0], one), number(6));
    cornu_tensor *pale = cornu_op_subtract(one, hsv[1]), *rgb[3];
    cornu_tensor *shares[3] = {share(sixths, 3, -1), share(sixths, 2, 1), share(sixths, 4, 1)};
    for (int i = 0; i < 3; i++)
        rgb[i] =
            cornu_op_multiply(hsv[2], cornu_op_add(pale, cornu_op_multiply(hsv[1], shares[i])));
    return cornu_op_concatenate(cornu_tensors(rgb[0], rgb[1], rgb[2]), channels_first ? -3 : -1);
}
