/* Layers that change or mix images, with factors that leave nothing to chance. The numbers are
 * worked out by hand from keras/src/layers/preprocessing/image_preprocessing/. */
#include <cornu/cornu.h>

#include "support/support.h"

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
    assert_ok(same);
    ck_assert(cornu_tensor_equal(same, x));
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(x), true);
    assert_ok(y);
    cornu_layer_free(layer);
    return y;
}
/* A batch of images, each of one value of its own. */
static cornu_tensor *plain(int64_t batch) {
    cornu_tensor *values = cornu_op_reshape(
        cornu_op_arange(0, (double)batch, 1, CORNU_FLOAT32), cornu_shape(batch, 1, 1, 1)
    );
    return cornu_op_broadcast_to(values, cornu_shape(batch, 4, 6, 2));
}

START_TEST(equalization_makes_values_equally_frequent) {
    /* of four values one, two and four lie up to each: (1 - 1), (3 - 1), (4 - 1) of 3 times 255 */
    cornu_tensor *x = IMAGE(2, 2, 1, 50, 51, 51, 200);
    assert_values(train(cornu_layer_equalization(), x), 1e-4, 0, 170, 170, 255);
    /* a channel of one value stays; each channel for itself */
    x = IMAGE(1, 2, 2, 7, 10, 7, 20);
    assert_values(train(cornu_layer_equalization(), x), 1e-4, 7, 0, 7, 255);
    x = IMAGE(2, 1, 2, 7, 7, 10, 20);
    cornu_layer *layer = cornu_layer_equalization(.data_format = "channels_first");
    assert_values(train(layer, x), 1e-4, 7, 7, 0, 255);
    x = IMAGE(1, 2, 1, -1, 0.5f);
    layer = cornu_layer_equalization(.value_range = cornu_floats(-1, 1), .bins = 16);
    assert_values(train(layer, x), 1e-5, -1, 1);
    assert_fails(cornu_layer_equalization(.bins = 0), CORNU_EINVAL, "bins");
}
END_TEST

START_TEST(pipelines_call_their_layers_in_order) {
    cornu_layer *layer = cornu_layer_pipeline(
        cornu_layer_rescaling(2, .offset = 1), cornu_layer_random_invert(cornu_floats(1, 1))
    );
    assert_ok(layer);
    cornu_tensor *x = IMAGE(1, 2, 1, 10, 20);
    assert_values(cornu_layer_call(layer, cornu_tensors(x), false), 0, 21, 41);
    assert_values(cornu_layer_call(layer, cornu_tensors(x), true), 0, 234, 214);
    cornu_layer_free(layer);
}
END_TEST

/* Masking makes the mask, a dropout hands it on, the sum over time heeds it. */
START_TEST(pipelines_hand_masks_from_layer_to_layer) {
    const float values[] = {1, 2, 0, 0, 5, 6};
    cornu_tensor *x =
        cornu_scope_own(cornu_tensor_from(CORNU_FLOAT32, cornu_shape(1, 3, 2), values));
    cornu_layer *layer = cornu_layer_pipeline(
        cornu_layer_masking(), cornu_layer_dropout(0.5), cornu_layer_global_average_pooling1d()
    );
    assert_ok(layer);
    assert_values(cornu_layer_call(layer, cornu_tensors(x), false), 1e-6, 3, 4);
    cornu_layer_free(layer);
    /* what comes out has the mask that the last layer leaves */
    cornu_model *model = cornu_sequential(
        cornu_input(3, 2), cornu_layer_pipeline(cornu_layer_masking(), cornu_layer_rescaling(2)),
        cornu_layer_global_average_pooling1d()
    );
    assert_ok(model);
    assert_values(cornu_scope_own(cornu_predict(model, x)), 1e-6, 6, 8);
    cornu_model_free(model);
}
END_TEST

START_TEST(blur_spreads_a_point_by_a_bell) {
    cornu_tensor *x = IMAGE(3, 3, 1, 0, 0, 0, 0, 100, 0, 0, 0, 0);
    double side = exp(-0.5 * pow(1 / (1 + 1e-6), 2)), sum = 1 + 2 * side;
    double m = 100 / sum / sum, e = m * side, c = e * side;
    cornu_layer *layer =
        cornu_layer_random_gaussian_blur(.factor = cornu_floats(1, 1), .sigma = cornu_floats(1, 1));
    assert_values(train(layer, x), 1e-4, c, e, c, e, m, e, c, e, c);
    /* across only */
    layer = cornu_layer_random_gaussian_blur(
            .factor = cornu_floats(1, 1), .sigma = cornu_floats(1, 1),
            .kernel_size = cornu_ints(3, 1)
    );
    e = 100 * side / sum, m = 100 / sum;
    assert_values(train(layer, x), 1e-4, 0, 0, 0, e, m, e, 0, 0, 0);
    layer = cornu_layer_random_gaussian_blur(.factor = cornu_floats(0, 0));
    ck_assert(cornu_tensor_equal(train(layer, x), x));
    assert_fails(
        cornu_layer_random_gaussian_blur(.kernel_size = cornu_ints(4)), CORNU_EINVAL, "odd"
    );
}
END_TEST

/* Half of each side, wherever it lies: two or three of four rows, three or four of six columns. */
START_TEST(erasing_fills_a_rectangle) {
    cornu_tensor *x = plain(20);
    cornu_layer *layer = cornu_layer_random_erasing(
            .factor = cornu_floats(1, 1), .scale = cornu_floats(0.25, 0.25),
            .fill_value = cornu_floats(99), .seed = 4
    );
    cornu_tensor *y = train(layer, x);
    for (int64_t i = 0; i < 20; i++) {
        int filled = 0;
        for (int64_t k = 0; k < 48; k++) {
            double value = cornu_tensor_get(y, i * 48 + k);
            ck_assert(value == 99 || value == (double)i);
            filled += value == 99;
        }
        ck_assert_msg(filled == 12, "%d of 48 are filled", filled); /* 2 x 3 places, 2 channels */
    }
    layer = cornu_layer_random_erasing(
            .factor = cornu_floats(1, 1), .scale = cornu_floats(1, 1),
            .fill_value = cornu_floats(1, 2, 300)
    );
    assert_values(train(layer, IMAGE(1, 1, 3, 9, 9, 9)), 0, 1, 2, 255);
    ck_assert(
        cornu_tensor_equal(train(cornu_layer_random_erasing(.factor = cornu_floats(0, 0)), x), x)
    );
    assert_fails(
        cornu_layer_random_erasing(.fill_value = cornu_floats(1, 2)), CORNU_EINVAL, "fill_value"
    );
}
END_TEST

START_TEST(jitter_is_its_parts_in_order) {
    cornu_tensor *x = IMAGE(1, 2, 1, 100, 250);
    cornu_layer *layer =
        cornu_layer_random_color_jitter(.brightness_factor = cornu_floats(0.1, 0.1));
    assert_values(train(layer, x), 1e-4, 125.5, 255);
    ck_assert(cornu_tensor_equal(train(cornu_layer_random_color_jitter(), x), x));
    cornu_tensor *unit = IMAGE(1, 2, 3, 0.8f, 0.4f, 0.2f, 0.1f, 0.2f, 0.3f);
    layer = cornu_layer_random_color_jitter(
            .value_range = cornu_floats(0, 1), .brightness_factor = cornu_floats(0.1, 0.1),
            .saturation_factor = cornu_floats(0, 0), .hue_factor = cornu_floats(0, 0)
    );
    assert_values(train(layer, unit), 1e-5, 0.9, 0.9, 0.9, 0.4, 0.4, 0.4);
    assert_fails(
        cornu_layer_random_color_jitter(.hue_factor = cornu_floats(2)), CORNU_EINVAL, "random_hue"
    );
}
END_TEST

/* Each result is w times the image and 1 - w times another one, everywhere alike. */
START_TEST(mixed_images_lie_between_two_of_the_batch) {
    enum { BATCH = 400 };
    cornu_tensor *parity =
        cornu_op_mod(plain(BATCH), cornu_op_full(cornu_shape(), 2, CORNU_FLOAT32));
    cornu_tensor *y = train(cornu_layer_mix_up(.alpha = 0.5, .seed = 2), parity);
    double sum = 0, square = 0;
    int mixed = 0;
    for (int64_t i = 0; i < BATCH; i++) {
        double value = cornu_tensor_get(y, i * 48), own = (double)(i % 2);
        ck_assert(value >= 0 && value <= 1 && value == cornu_tensor_get(y, i * 48 + 47));
        if (value == own) continue;
        double weight = own == 1 ? value : 1 - value;
        mixed++, sum += weight, square += weight * weight;
    }
    ck_assert(mixed > BATCH / 4 && mixed < BATCH * 3 / 4);
    /* beta of a half and a half: mean 1/2, variance 1/8 */
    ck_assert_double_eq_tol(sum / mixed, 0.5, 0.1);
    ck_assert_double_eq_tol(square / mixed - 0.25, 0.125, 0.06);
    assert_fails(cornu_layer_mix_up(.alpha = 0), CORNU_EINVAL, "alpha");
}
END_TEST

START_TEST(cut_images_hold_two_of_the_batch) {
    cornu_tensor *y = train(cornu_layer_cut_mix(.seed = 5), plain(50));
    int cut = 0;
    for (int64_t i = 0; i < 50; i++) {
        double other = (double)i;
        for (int64_t k = 0; k < 48; k++) {
            double value = cornu_tensor_get(y, i * 48 + k);
            if (other == (double)i) other = value;
            ck_assert(value == (double)i || value == other);
        }
        cut += other != (double)i;
    }
    ck_assert(cut > 10);
    cornu_tensor *x = IMAGE(1, 2, 1, 1, 2);
    ck_assert(cornu_tensor_equal(train(cornu_layer_cut_mix(), x), x));
}
END_TEST

/* Images and labels from a layer that mixes both. */
static void mix(
    cornu_layer *layer, cornu_tensor *images, cornu_tensor *labels, bool training,
    cornu_tensor *mixed[2]
) {
    cornu_call_argument argument = {.name = "labels", .tensor = labels};
    cornu_call_context context = {
        .training = training, .arguments = &argument, .argument_count = 1};
    assert_ok(layer);
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(images), &context, mixed));
}

/* The images are plain, of the value that the label has for the second class. */
START_TEST(labels_are_mixed_as_their_images_are) {
    enum { BATCH = 30 };
    cornu_tensor *images =
                     cornu_op_mod(plain(BATCH), cornu_op_full(cornu_shape(), 2, CORNU_FLOAT32)),
                 *mixed[2];
    cornu_tensor *first = cornu_op_cast(
        cornu_op_reshape(cornu_op_max(images, .axis = cornu_axes(1, 2, 3)), cornu_shape(BATCH)),
        CORNU_INT32
    );
    cornu_tensor *labels = cornu_op_one_hot(first, 2, CORNU_FLOAT32);
    cornu_layer *layer = cornu_layer_mix_up(.alpha = 1, .seed = 3);
    mix(layer, images, labels, true, mixed);
    int changed = 0;
    for (int64_t i = 0; i < BATCH; i++) {
        double image = cornu_tensor_get(mixed[0], i * 48);
        ck_assert_double_eq_tol(cornu_tensor_get(mixed[1], 2 * i + 1), image, 1e-6);
        ck_assert_double_eq_tol(cornu_tensor_get(mixed[1], 2 * i), 1 - image, 1e-6);
        changed += image != (double)(i % 2);
    }
    ck_assert(changed > 5);
    mix(layer, images, labels, false, mixed);
    ck_assert(cornu_tensor_equal(mixed[0], images) && cornu_tensor_equal(mixed[1], labels));
    cornu_layer_free(layer);
    /* of a cut image as large a part, to a row or column, as the label says */
    layer = cornu_layer_cut_mix(.seed = 5);
    mix(layer, images, labels, true, mixed);
    cornu_tensor *parts = cornu_op_mean(mixed[0], .axis = cornu_axes(1, 2, 3));
    for (int64_t i = 0; i < BATCH; i++)
        ck_assert_double_eq_tol(
            cornu_tensor_get(mixed[1], 2 * i + 1), cornu_tensor_get(parts, i), 0.4
        );
    cornu_tensor *one = cornu_op_slice(labels, (int64_t[]){0, 0}, cornu_shape(1, 2));
    cornu_call_argument argument = {.name = "labels", .tensor = one};
    cornu_call_context context = {.training = true, .arguments = &argument, .argument_count = 1};
    assert_fails(
        cornu_layer_call_many(layer, cornu_tensors(images), &context, mixed), CORNU_ESHAPE,
        "labels [batch, classes]"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(perspective_and_elastic_fields_leave_what_is_not_moved) {
    cornu_tensor *x = plain(3);
    cornu_layer *layer = cornu_layer_random_perspective(.scale = 0);
    cornu_tensor *y = train(layer, x);
    ck_assert(cornu_tensor_equal(y, x)); /* no corner moves */
    layer = cornu_layer_random_perspective(.factor = cornu_floats(0, 0));
    ck_assert(cornu_tensor_equal(train(layer, x), x));
    /* the first corner always stays; the others are moved, or filled from outside */
    layer = cornu_layer_random_perspective(
            .factor = cornu_floats(1, 1), .fill_value = -1, .interpolation = "nearest", .seed = 3
    );
    cornu_tensor *ramp =
        cornu_op_reshape(cornu_op_arange(0, 24, 1, CORNU_FLOAT32), cornu_shape(4, 6, 1));
    y = train(layer, ramp);
    ck_assert(cornu_tensor_get(y, 0) == 0 && !cornu_tensor_equal(y, ramp));
    layer = cornu_layer_random_elastic_transform(.factor = cornu_floats(0, 0));
    ck_assert(cornu_tensor_equal(train(layer, x), x));
    /* an image of one value is the same wherever it is looked up */
    layer = cornu_layer_random_elastic_transform(.factor = cornu_floats(1, 1), .seed = 3);
    y = train(layer, x);
    for (int64_t i = 0; i < 3 * 48; i++)
        ck_assert_double_eq_tol(cornu_tensor_get(y, i), cornu_tensor_get(x, i), 1e-5);
    assert_fails(cornu_layer_random_perspective(.scale = 2), CORNU_EINVAL, "scale");
}
END_TEST

START_TEST(rand_augment_repeats_by_its_seed) {
    cornu_tensor *x = IMAGE(1, 2, 3, 200, 100, 50, 10, 20, 30);
    cornu_tensor *y = train(cornu_layer_rand_augment(.seed = 7), x);
    ck_assert(cornu_tensor_equal(y, train(cornu_layer_rand_augment(.seed = 7), x)));
    ck_assert(cornu_tensor_equal(train(cornu_layer_rand_augment(.num_ops = 0), x), x));
    ck_assert(cornu_tensor_equal(train(cornu_layer_max_num_bounding_boxes(4), x), x));
}
END_TEST

START_TEST(aug_mix_stays_in_range_and_repeats_by_its_seed) {
    cornu_tensor *x = IMAGE(2, 2, 3, 200, 100, 50, 10, 20, 30, 0, 255, 7, 90, 80, 70);
    cornu_tensor *y = train(cornu_layer_aug_mix(.seed = 7), x);
    ck_assert(cornu_tensor_equal(y, train(cornu_layer_aug_mix(.seed = 7), x)));
    ck_assert(!cornu_tensor_equal(y, train(cornu_layer_aug_mix(.seed = 8), x)));
    for (int64_t i = 0; i < 12; i++)
        ck_assert(cornu_tensor_get(y, i) >= 0 && cornu_tensor_get(y, i) <= 255);
    /* shares of chains without links add up to one */
    y = train(cornu_layer_aug_mix(.chain_depth = 0, .num_chains = 5, .all_ops = false), x);
    assert_same(y, x, 1e-5, 1e-5);
    assert_fails(cornu_layer_aug_mix(.num_chains = 0), CORNU_EINVAL, "num_chains");
    assert_fails(cornu_layer_aug_mix(.alpha = 0), CORNU_EINVAL, "alpha");
    assert_fails(cornu_layer_aug_mix(.factor = cornu_floats(2)), CORNU_EINVAL, "factor");
}
END_TEST

/* Worked out by the rules of clahe.py in NumPy, loop by loop: an image of 3 x 3 in 2 x 2 tiles. */
START_TEST(tiles_around_a_pixel_equalize_it) {
    cornu_tensor *x = IMAGE(3, 3, 1, 0, 50, 100, 20, 200, 255, 30, 40, 60);
    cornu_layer *layer = cornu_layer_contrast_limited_adaptive_histogram_equalization(
            .clip_limit = 0, .tile_grid_size = cornu_shape(2, 2)
    );
    assert_ok(layer);
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(x), false);
    assert_values(y, 1e-4, 0, 170, 148.75, 85, 255, 255, 106.25, 170, 170);
    cornu_layer_free(layer);
    /* with a limit of one pixel a bin; channels in front, values from 0 to 1 */
    layer = cornu_layer_contrast_limited_adaptive_histogram_equalization(
            .clip_limit = 64, .tile_grid_size = cornu_shape(2, 2), .data_format = "channels_first",
            .value_range = cornu_floats(0, 1)
    );
    assert_ok(layer);
    x = cornu_op_reshape(cornu_op_divide(x, cornu_scalar(255)), cornu_shape(1, 3, 3));
    y = cornu_layer_call(layer, cornu_tensors(x), true);
    y = cornu_op_multiply(y, cornu_scalar(255));
    assert_values(y, 1e-4, 0, 170, 141.8885, 85, 255, 255, 81.9227, 116.3552, 116.6313);
    x = cornu_op_zeros(cornu_shape(1, 1, 1, 1), CORNU_FLOAT32);
    assert_values(cornu_layer_call(layer, cornu_tensors(x), true), 0, 0);
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(augmentation) {
    TCase *tc = cornu_test_case(suite, "augmentation");
    tcase_add_test(tc, equalization_makes_values_equally_frequent);
    tcase_add_test(tc, pipelines_call_their_layers_in_order);
    tcase_add_test(tc, pipelines_hand_masks_from_layer_to_layer);
    tcase_add_test(tc, blur_spreads_a_point_by_a_bell);
    tcase_add_test(tc, erasing_fills_a_rectangle);
    tcase_add_test(tc, jitter_is_its_parts_in_order);
    tcase_add_test(tc, mixed_images_lie_between_two_of_the_batch);
    tcase_add_test(tc, perspective_and_elastic_fields_leave_what_is_not_moved);
    tcase_add_test(tc, rand_augment_repeats_by_its_seed);
    tcase_add_test(tc, aug_mix_stays_in_range_and_repeats_by_its_seed);
    tcase_add_test(tc, tiles_around_a_pixel_equalize_it);
    tcase_add_test(tc, cut_images_hold_two_of_the_batch);
    tcase_add_test(tc, labels_are_mixed_as_their_images_are);
}
