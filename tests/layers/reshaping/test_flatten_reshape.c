#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(.class_name = "Flatten", .input = {3, {2, 3, 4}}, .output = {2, {2, 12}});
    check_layer(.class_name = "Flatten", .input = {1, {5}}, .output = {2, {5, 1}});
    check_layer(
            .class_name = "Flatten", .config = "{\"data_format\": \"channels_first\"}",
            .input = {4, {2, 3, 2, 2}}, .output = {2, {2, 12}}
    );
    check_layer(
            .class_name = "Reshape", .config = "{\"target_shape\": [3, -1]}", .input = {2, {2, 12}},
            .output = {3, {2, 3, 4}}
    );
    check_layer(
            .class_name = "Reshape", .config = "{\"target_shape\": [12]}", .input = {3, {2, 3, 4}},
            .output = {2, {2, 12}}
    );
    check_layer(
            .class_name = "Permute", .config = "{\"dims\": [3, 1, 2]}", .input = {4, {2, 3, 4, 5}},
            .output = {4, {2, 5, 3, 4}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "RepeatVector", .config = "{\"n\": 3}", .input = {2, {2, 4}},
            .output = {3, {2, 3, 4}}, .too_few_axes = 1
    );
}
END_TEST

START_TEST(channels_first_moves_the_channels_behind) {
    cornu_layer *layer = cornu_layer_flatten(.data_format = "channels_first");
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, 6, 1, CORNU_FLOAT32), cornu_shape(1, 2, 3));
    assert_values(cornu_call(layer, x), 0, 0, 3, 1, 4, 2, 5);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_target_that_does_not_fit_is_refused) {
    cornu_layer *layer = cornu_layer_reshape(cornu_shape(5, -1));
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(2, 12), CORNU_FLOAT32)), CORNU_ESHAPE,
        "12 elements per sample"
    );
    cornu_layer_free(layer);
    assert_fails(cornu_layer_reshape(cornu_shape(-1, -1)), CORNU_ESHAPE, "only one size");
    assert_fails(cornu_layer_reshape(cornu_shape(-2)), CORNU_ESHAPE, "negative size");
    assert_fails(cornu_layer_flatten(.data_format = "first"), CORNU_EINVAL, "channels_first");
}
END_TEST

CORNU_TESTS(flatten_reshape) {
    TCase *tc = cornu_test_case(suite, "flatten_reshape");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, channels_first_moves_the_channels_behind);
    tcase_add_test(tc, a_target_that_does_not_fit_is_refused);
}
