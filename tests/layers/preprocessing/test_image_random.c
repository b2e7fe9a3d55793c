/* Layers that change images at random, with factors that leave nothing to chance. The numbers are
 * worked out by hand from keras/src/layers/preprocessing/image_preprocessing/. */
#include <cornu/cornu.h>

#include "support/support.h"

/* One image of small size: [rows, columns, channels]. */
static cornu_tensor *image(int64_t rows, int64_t columns, int64_t channels, const float *values) {
    return cornu_scope_own(
        cornu_tensor_from(CORNU_FLOAT32, cornu_shape(rows, columns, channels), values)
    );
}
#define IMAGE(rows, columns, channels, ...)                                                        \
    image(rows, columns, channels, (const float[]){__VA_ARGS__})

/* What the layer makes of it in training; in inference it must leave it as it is. */
static cornu_tensor *train(cornu_layer *layer, cornu_tensor *x) {
    assert_ok(layer);
    cornu_tensor *same = cornu_layer_call(layer, cornu_tensors(x), false);
    ck_assert(cornu_tensor_equal(same, x));
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(x), true);
    assert_ok(y);
    cornu_layer_free(layer);
    return y;
}
static const double fixed_tenth[] = {0.1, 0.1}, zero[] = {0, 0};
static const double half[] = {0.5, 0.5}, one[] = {1, 1};
#define FIXED(numbers) ((cornu_floats){numbers, 2})

START_TEST(brightness_adds_a_share_of_the_range) {
    cornu_tensor *x = IMAGE(1, 2, 1, 100, 250);
    assert_values(train(cornu_layer_random_brightness(FIXED(fixed_tenth)), x), 1e-4, 125.5, 255);
    cornu_tensor *y = train(
        cornu_layer_random_brightness(FIXED(fixed_tenth), .value_range = cornu_floats(0, 1)),
        IMAGE(1, 2, 1, 0.5f, 0.95f)
    );
    assert_values(y, 1e-6, 0.6, 1);
}
END_TEST

START_TEST(colours_are_changed_by_fixed_factors) {
    cornu_tensor *x = IMAGE(1, 2, 3, 200, 100, 50, 10, 20, 30);
    cornu_tensor *grey = train(cornu_layer_random_color_degeneration(FIXED(one)), x);
    double a = 0.2989 * 200 + 0.587 * 100 + 0.114 * 50, b = 0.2989 * 10 + 0.587 * 20 + 0.114 * 30;
    assert_values(grey, 1e-5, a, a, a, b, b, b);
    assert_values(train(cornu_layer_random_grayscale(.factor = 1), x), 1e-5, a, a, a, b, b, b);
    assert_values(train(cornu_layer_random_grayscale(.factor = 0), x), 0, 200, 100, 50, 10, 20, 30);
    assert_values(train(cornu_layer_random_invert(FIXED(one)), x), 0, 55, 155, 205, 245, 235, 225);
    /* 1 - 0 to 1 + 0 times the distance from the mean */
    assert_values(
        train(cornu_layer_random_contrast(FIXED(zero)), x), 1e-5, 200, 100, 50, 10, 20, 30
    );
    assert_values(train(cornu_layer_random_hue(FIXED(zero)), x), 1e-3, 200, 100, 50, 10, 20, 30);
    /* no saturation: the value is the largest channel */
    cornu_tensor *unit = IMAGE(1, 2, 3, 0.8f, 0.4f, 0.2f, 0.1f, 0.2f, 0.3f);
    const cornu_floats range = cornu_floats(0, 1);
    cornu_tensor *pale =
        train(cornu_layer_random_saturation(FIXED(zero), .value_range = range), unit);
    assert_values(pale, 1e-6, 0.8, 0.8, 0.8, 0.3, 0.3, 0.3);
    pale = train(cornu_layer_random_saturation(FIXED(half), .value_range = range), unit);
    assert_values(pale, 1e-5, 0.8, 0.4, 0.2, 0.1, 0.2, 0.3);
    /* factor 1 gives s / epsilon, cut off at 1: the smallest channel is gone */
    pale = train(cornu_layer_random_saturation(FIXED(one), .value_range = range), unit);
    assert_values(pale, 1e-5, 0.8, 0.8 / 3, 0, 0, 0.15, 0.3);
}
END_TEST

START_TEST(posterization_keeps_the_high_bits) {
    const double three[] = {3, 3};
    cornu_tensor *x = IMAGE(1, 4, 1, 200, 31.9f, 255, 96);
    assert_values(train(cornu_layer_random_posterization(FIXED(three)), x), 0, 192, 0, 224, 96);
    assert_fails(cornu_layer_random_posterization(cornu_floats(9)), CORNU_EINVAL, "from 1 to 8");
    assert_fails(cornu_layer_random_posterization(cornu_floats(4, 9)), CORNU_EINVAL, "from 1 to 8");
    /* one number must lie within the bounds; of two, the upper one may lie above: _set_factor of
     * base_image_preprocessing_layer.py */
    cornu_layer *strong = cornu_layer_random_contrast(cornu_floats(0.5, 1.5));
    assert_ok(strong);
    cornu_layer_free(strong);
    assert_fails(cornu_layer_random_contrast(cornu_floats(1.5)), CORNU_EINVAL, "from 0 to 1");
    assert_fails(cornu_layer_random_contrast(cornu_floats(1.5, 2)), CORNU_EINVAL, "from 0 to 1");
}
END_TEST

START_TEST(sharpness_blurs_below_a_half) {
    cornu_tensor *x = IMAGE(3, 3, 1, 0, 0, 0, 0, 13, 0, 0, 0, 0);
    assert_values(
        train(cornu_layer_random_sharpness(FIXED(half)), x), 1e-6, 0, 0, 0, 0, 13, 0, 0, 0, 0
    );
    assert_values(
        train(cornu_layer_random_sharpness(FIXED(zero)), x), 1e-6, 1, 1, 1, 1, 5, 1, 1, 1, 1
    );
    /* 1 - 2 times the way to the blurred one: 13 + 8 */
    assert_values(
        train(cornu_layer_random_sharpness(FIXED(one)), x), 1e-5, 0, 0, 0, 0, 21, 0, 0, 0, 0
    );
}
END_TEST

START_TEST(solarization_and_contrast_stretch_the_range) {
    cornu_tensor *x = IMAGE(1, 3, 1, 0, 100, 255);
    assert_values(train(cornu_layer_solarization(), x), 1e-5, 255, 155, 0);
    cornu_layer *layer = cornu_layer_auto_contrast();
    cornu_tensor *y = cornu_call(layer, IMAGE(2, 2, 2, 10, 7, 20, 7, 30, 7, 110, 7));
    assert_values(y, 1e-4, 0, 7, 25.5, 7, 51, 7, 255, 7);
    cornu_layer_free(layer);
}
END_TEST

/* Down by half of two rows, filled in four ways. */
START_TEST(images_are_moved_and_filled) {
    cornu_tensor *x = IMAGE(2, 2, 1, 1, 2, 3, 4);
    static const struct {
        const char *mode;
        double top[2];
    } fills[] = {{"reflect", {1, 2}}, {"nearest", {1, 2}}, {"wrap", {3, 4}}, {"constant", {9, 9}}};
    for (size_t i = 0; i < 4; i++)
        assert_values(
            train(
                cornu_layer_random_translation(
                    FIXED(half), FIXED(zero), .fill_mode = fills[i].mode, .fill_value = 9
                ),
                x
            ),
            1e-6, fills[i].top[0], fills[i].top[1], 1, 2
        );
    /* to the right by half a pixel: between two of them */
    const double quarter[] = {0.25, 0.25};
    assert_values(
        train(cornu_layer_random_translation(FIXED(zero), FIXED(quarter)), x), 1e-6, 1, 1.5, 3, 3.5
    );
    assert_fails(
        cornu_layer_random_translation(FIXED(zero), FIXED(zero), .fill_mode = "mirror"),
        CORNU_EINVAL, "mirror"
    );
    assert_fails(cornu_layer_random_translation(cornu_floats(2)), CORNU_EINVAL, "height_factor");
}
END_TEST

START_TEST(images_are_turned_zoomed_and_sheared) {
    const double quarter[] = {0.25, 0.25}, in[] = {-0.5, -0.5};
    cornu_tensor *x = IMAGE(2, 2, 1, 1, 2, 3, 4);
    /* a quarter of a turn against the clock */
    assert_values(train(cornu_layer_random_rotation(FIXED(quarter)), x), 1e-5, 2, 4, 1, 3);
    cornu_tensor *row = IMAGE(1, 3, 1, 1, 2, 3);
    assert_values(train(cornu_layer_random_zoom(FIXED(zero), FIXED(in)), row), 1e-6, 1.5, 2, 2.5);
    /* the first row stays, the second moves by half a pixel either way */
    cornu_tensor *y = train(cornu_layer_random_shear(.x_factor = FIXED(half), .seed = 3), x);
    ck_assert_double_eq_tol(cornu_tensor_get(y, 0), 1, 1e-6);
    ck_assert_double_eq_tol(cornu_tensor_get(y, 1), 2, 1e-6);
    double moved = cornu_tensor_get(y, 2) + cornu_tensor_get(y, 3);
    ck_assert(fabs(moved - 6.5) < 1e-5 || fabs(moved - 7.5) < 1e-5);
    cornu_tensor *first = IMAGE(1, 2, 2, 1, 2, 3, 4); /* one channel of two rows */
    assert_values(
        train(
            cornu_layer_random_translation(
                FIXED(half), FIXED(zero), .data_format = "channels_first"
            ),
            first
        ),
        1e-6, 1, 2, 1, 2
    );
}
END_TEST

START_TEST(seeds_repeat_what_images_become) {
    cornu_tensor *x = cornu_random_uniform(cornu_shape(64, 2, 3, 1), .seed = 5);
    cornu_layer *a = cornu_layer_random_flip(.mode = "horizontal", .seed = 11);
    cornu_layer *b = cornu_layer_random_flip(.mode = "horizontal", .seed = 11);
    cornu_tensor *y = cornu_layer_call(a, cornu_tensors(x), true);
    ck_assert(cornu_tensor_equal(y, cornu_layer_call(b, cornu_tensors(x), true)));
    ck_assert(!cornu_tensor_equal(y, cornu_layer_call(a, cornu_tensors(x), true)));
    int mirrored = 0;
    for (int64_t i = 0; i < 64; i++) {
        bool same = cornu_tensor_get(y, i * 6) == cornu_tensor_get(x, i * 6);
        ck_assert(same || cornu_tensor_get(y, i * 6) == cornu_tensor_get(x, i * 6 + 2));
        mirrored += !same;
    }
    ck_assert(mirrored > 16 && mirrored < 48);
    cornu_layer_free(a);
    cornu_layer_free(b);
    assert_fails(cornu_layer_random_flip(.mode = "both"), CORNU_EINVAL, "both");
}
END_TEST

START_TEST(windows_are_cut_out) {
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, 24, 1, CORNU_FLOAT32), cornu_shape(4, 6, 1));
    cornu_tensor *y = train(cornu_layer_random_crop(2, 3, .seed = 2), x);
    assert_shape(y, cornu_shape(2, 3, 1));
    double first = cornu_tensor_get(y, 0); /* its neighbours are those of the image */
    assert_values(y, 0, first, first + 1, first + 2, first + 6, first + 7, first + 8);
    /* no larger than the window: the columns from (6 - 4) / 2 on, then resized */
    y = train(cornu_layer_random_crop(4, 4, .seed = 2), x);
    assert_values(y, 0, 1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22);
    cornu_layer *layer = cornu_layer_random_crop(2, 3);
    const cornu_shape in = cornu_shape(-1, 4, 6, 1);
    cornu_shape out;
    assert_ok(cornu_layer_output_shape(layer, &in, 1, &out));
    ck_assert(out.dims[1] == 2 && out.dims[2] == 3);
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(image_random) {
    TCase *tc = cornu_test_case(suite, "image_random");
    tcase_add_test(tc, brightness_adds_a_share_of_the_range);
    tcase_add_test(tc, colours_are_changed_by_fixed_factors);
    tcase_add_test(tc, posterization_keeps_the_high_bits);
    tcase_add_test(tc, sharpness_blurs_below_a_half);
    tcase_add_test(tc, solarization_and_contrast_stretch_the_range);
    tcase_add_test(tc, images_are_moved_and_filled);
    tcase_add_test(tc, images_are_turned_zoomed_and_sheared);
    tcase_add_test(tc, windows_are_cut_out);
    tcase_add_test(tc, seeds_repeat_what_images_become);
}
