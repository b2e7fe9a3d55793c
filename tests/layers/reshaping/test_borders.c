/* ZeroPadding, Cropping and UpSampling; numbers against Keras are in the conformance cases. */
#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_layer_passes_the_layer_check) {
    check_layer(
            .class_name = "ZeroPadding1D", .config = "{\"padding\": 2}", .input = {3, {2, 3, 2}},
            .output = {3, {2, 7, 2}}, .too_few_axes = 2
    );
    check_layer(
            .class_name = "ZeroPadding2D", .config = "{\"padding\": [[1, 0], [0, 2]]}",
            .input = {4, {1, 2, 3, 2}}, .output = {4, {1, 3, 5, 2}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "ZeroPadding2D",
            .config = "{\"padding\": [1, 2], \"data_format\": \"channels_first\"}",
            .input = {4, {1, 2, 2, 3}}, .output = {4, {1, 2, 4, 7}}
    );
    check_layer(
            .class_name = "ZeroPadding3D", .input = {5, {1, 1, 2, 1, 2}},
            .output = {5, {1, 3, 4, 3, 2}}, .too_few_axes = 4
    );
    check_layer(
            .class_name = "Cropping1D", .config = "{\"cropping\": [1, 2]}", .input = {3, {2, 5, 2}},
            .output = {3, {2, 2, 2}}, .too_few_axes = 2
    );
    check_layer(
            .class_name = "Cropping2D",
            .config = "{\"cropping\": [[0, 1], [2, 0]], \"data_format\": \"channels_first\"}",
            .input = {4, {1, 2, 3, 4}}, .output = {4, {1, 2, 2, 2}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "Cropping2D", .input = {4, {1, 2, 3, 1}}, .output = {4, {1, 2, 3, 1}}
    );
    check_layer(
            .class_name = "Cropping3D", .input = {5, {1, 3, 4, 3, 2}},
            .output = {5, {1, 1, 2, 1, 2}}, .too_few_axes = 4
    );
    check_layer(
            .class_name = "UpSampling1D", .config = "{\"size\": 3}", .input = {3, {2, 2, 2}},
            .output = {3, {2, 6, 2}}, .too_few_axes = 2
    );
    check_layer(
            .class_name = "UpSampling2D",
            .config = "{\"size\": [2, 3], \"data_format\": \"channels_first\"}",
            .input = {4, {1, 2, 2, 1}}, .output = {4, {1, 2, 4, 3}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "UpSampling2D", .config = "{\"size\": 2, \"interpolation\": \"bicubic\"}",
            .input = {4, {1, 3, 2, 2}}, .output = {4, {1, 6, 4, 2}}
    );
    check_layer(
            .class_name = "UpSampling3D", .config = "{\"size\": [1, 2, 1]}",
            .input = {5, {1, 2, 1, 2, 1}}, .output = {5, {1, 2, 2, 2, 1}}, .too_few_axes = 4
    );
}
END_TEST

START_TEST(borders_stand_where_they_are_asked_for) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2, 2, 1), (float[]){1, 2, 3, 4});
    cornu_layer *pad = cornu_layer_zero_padding2d(.padding = {{1, 0}, {0, 1}});
    cornu_layer *crop = cornu_layer_cropping2d(.cropping = {{1, 0}, {0, 1}});
    assert_values(cornu_call(pad, x), 0, 0, 0, 0, 1, 2, 0, 3, 4, 0);
    assert_values(cornu_call(crop, x), 0, 3);
    cornu_layer_free(pad);
    cornu_layer_free(crop);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(bilinear_pixels_have_their_centres_at_halves) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 1, 2, 1), (float[]){0, 4});
    cornu_layer *layer = cornu_layer_up_sampling2d(1, 2, .interpolation = "bilinear");
    assert_values(cornu_call(layer, x), 1e-6, 0, 1, 3, 4);
    cornu_layer_free(layer);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(bad_arguments_are_named) {
    assert_fails(
        cornu_layer_up_sampling2d(.interpolation = "cubic"), CORNU_EINVAL, "got \"cubic\""
    );
    assert_fails(cornu_layer_up_sampling1d(0), CORNU_EINVAL, "size must be positive, got 0");
    assert_fails(
        cornu_layer_zero_padding1d(.padding = {{-1, 0}}), CORNU_EINVAL, "negative, got -1"
    );
    cornu_layer *layer = cornu_layer_cropping1d(.cropping = {{2, 2}});
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 4, 1), CORNU_FLOAT32)), CORNU_ESHAPE,
        "leave nothing of axis 1"
    );
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(borders) {
    TCase *tc = cornu_test_case(suite, "borders");
    tcase_add_test(tc, every_layer_passes_the_layer_check);
    tcase_add_test(tc, borders_stand_where_they_are_asked_for);
    tcase_add_test(tc, bilinear_pixels_have_their_centres_at_halves);
    tcase_add_test(tc, bad_arguments_are_named);
}
