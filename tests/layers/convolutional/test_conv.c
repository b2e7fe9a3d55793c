/* Convolutional layers; numbers against Keras are in the conformance cases. */
#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_of_conv_passes_the_layer_check) {
    check_layer(
            .class_name = "Conv1D", .config = "{\"filters\": 3, \"kernel_size\": 2}",
            .input = {3, {2, 5, 2}}, .output = {3, {2, 4, 3}}, .weights = 2, .too_few_axes = 2
    );
    check_layer(
            .class_name = "Conv1D",
            .config = "{\"filters\": 2, \"kernel_size\": [3], \"padding\": \"causal\", "
                      "\"dilation_rate\": [2], \"activation\": \"tanh\"}",
            .input = {3, {1, 6, 2}}, .output = {3, {1, 6, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "Conv2D",
            .config = "{\"filters\": 4, \"kernel_size\": [3, 2], \"strides\": 2, \"padding\": "
                      "\"same\", \"groups\": 2, \"use_bias\": false}",
            .input = {4, {1, 5, 4, 2}}, .output = {4, {1, 3, 2, 4}}, .weights = 1, .too_few_axes = 3
    );
    check_layer(
            .class_name = "Conv2D",
            .config = "{\"filters\": 3, \"kernel_size\": 2, \"data_format\": \"channels_first\"}",
            .input = {4, {1, 2, 4, 3}}, .output = {4, {1, 3, 3, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "Conv3D", .config = "{\"filters\": 2, \"kernel_size\": 2}",
            .input = {5, {1, 2, 3, 3, 1}}, .output = {5, {1, 1, 2, 2, 2}}, .weights = 2,
            .too_few_axes = 4
    );
}
END_TEST

START_TEST(every_form_of_transposed_conv_passes_the_layer_check) {
    check_layer(
            .class_name = "Conv1DTranspose",
            .config = "{\"filters\": 2, \"kernel_size\": 2, \"strides\": 3}",
            .input = {3, {2, 3, 2}}, .output = {3, {2, 9, 2}}, .weights = 2, .too_few_axes = 2
    );
    check_layer(
            .class_name = "Conv2DTranspose",
            .config = "{\"filters\": 2, \"kernel_size\": 3, \"strides\": 2, \"padding\": \"same\", "
                      "\"output_padding\": [0, 1]}",
            .input = {4, {1, 3, 2, 2}}, .output = {4, {1, 5, 4, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "Conv2DTranspose",
            .config = "{\"filters\": 3, \"kernel_size\": 2, \"dilation_rate\": 2, "
                      "\"data_format\": \"channels_first\"}",
            .input = {4, {1, 2, 3, 2}}, .output = {4, {1, 3, 5, 4}}, .weights = 2
    );
    check_layer(
            .class_name = "Conv3DTranspose",
            .config = "{\"filters\": 1, \"kernel_size\": 2, \"use_bias\": false}",
            .input = {5, {1, 1, 2, 2, 2}}, .output = {5, {1, 2, 3, 3, 1}}, .weights = 1
    );
}
END_TEST

START_TEST(every_form_of_depthwise_and_separable_conv_passes_the_layer_check) {
    check_layer(
            .class_name = "DepthwiseConv1D",
            .config = "{\"kernel_size\": 3, \"depth_multiplier\": 2, \"padding\": \"same\"}",
            .input = {3, {2, 4, 3}}, .output = {3, {2, 4, 6}}, .weights = 2, .too_few_axes = 2
    );
    check_layer(
            .class_name = "DepthwiseConv2D",
            .config = "{\"kernel_size\": [2, 3], \"strides\": 2, \"data_format\": "
                      "\"channels_first\"}",
            .input = {4, {1, 2, 4, 5}}, .output = {4, {1, 2, 2, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "SeparableConv1D",
            .config = "{\"filters\": 4, \"kernel_size\": 2, \"depth_multiplier\": 2}",
            .input = {3, {1, 4, 2}}, .output = {3, {1, 3, 4}}, .weights = 3, .too_few_axes = 2
    );
    check_layer(
            .class_name = "SeparableConv2D",
            .config = "{\"filters\": 2, \"kernel_size\": 2, \"dilation_rate\": [2, 1], "
                      "\"use_bias\": false}",
            .input = {4, {1, 4, 3, 2}}, .output = {4, {1, 2, 2, 2}}, .weights = 2
    );
}
END_TEST

START_TEST(sizes_may_follow_one_another_and_a_single_one_stands_for_all_axes) {
    cornu_layer *layer = cornu_layer_conv2d(4, 3, 2, .strides = {{2}});
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 7, 6, 2), CORNU_FLOAT32);
    assert_shape(cornu_call(layer, x), cornu_shape(1, 3, 3, 4));
    assert_shape(cornu_layer_weights(layer).items[0], cornu_shape(3, 2, 2, 4));
    cornu_layer_free(layer);
    layer = cornu_layer_conv2d(4, 3);
    assert_shape(cornu_call(layer, x), cornu_shape(1, 5, 4, 4));
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_convolution_adds_up_what_its_window_sees) {
    /* steps 1 2 3 4, kernel (1, 10): 1 + 20, 2 + 30, 3 + 40; causal: 10 first */
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 4, 1), (float[]){1, 2, 3, 4});
    cornu_tensor *w = cornu_test_tensor(cornu_shape(2, 1, 1), (float[]){1, 10});
    assert_values(cornu_op_conv(x, w), 0, 21, 32, 43);
    assert_values(cornu_op_conv(x, w, .padding = "causal"), 0, 10, 21, 32, 43);
    assert_values(cornu_op_conv(x, w, .padding = "same"), 0, 21, 32, 43, 4);
    assert_values(cornu_op_conv(x, w, .strides = {{2}}), 0, 21, 43);
    assert_values(cornu_op_conv_transpose(x, w, .strides = {{2}}), 0, 1, 10, 2, 20, 3, 30, 4, 40);
    cornu_tensor_free(x);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(bad_arguments_are_named) {
    assert_fails(cornu_layer_conv2d(0, 3), CORNU_EINVAL, "filters must be positive, got 0");
    assert_fails(cornu_layer_conv2d(3), CORNU_EINVAL, "Conv2D: kernel_size is missing");
    assert_fails(cornu_layer_conv1d(3, 3, 3), CORNU_EINVAL, "kernel_size has 2 numbers for 1 axes");
    assert_fails(cornu_layer_conv2d(3, 3, .groups = 2), CORNU_EINVAL, "multiple of groups");
    assert_fails(
        cornu_layer_conv2d(3, 3, .strides = {{2}}, .dilation_rate = {{2}}), CORNU_EINVAL,
        "cannot both be above 1"
    );
    assert_fails(
        cornu_layer_conv2d(3, 3, .data_format = "channels"), CORNU_EINVAL, "channels_first"
    );
}
END_TEST

START_TEST(inputs_that_do_not_fit_are_named) {
    cornu_layer *layer = cornu_layer_conv2d(2, 3, .name = "c");
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 5, 5, 4), CORNU_FLOAT32);
    assert_shape(cornu_call(layer, x), cornu_shape(1, 3, 3, 2));
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 5, 5, 8), CORNU_FLOAT32)), CORNU_ESHAPE,
        "layer 'c' (Conv2D): "
    );
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 5, 2, 4), CORNU_FLOAT32)), CORNU_ESHAPE,
        "does not fit the 2 of axis 2"
    );
    cornu_layer_free(layer);
    layer = cornu_layer_conv2d(2, 3, .padding = "causal");
    assert_fails(cornu_call(layer, x), CORNU_EINVAL, "padding must be \"valid\" or \"same\"");
    cornu_layer_free(layer);
}
END_TEST

static void assert_refused(const char *json, const char *message) {
    assert_fails(cornu_layer_from_json(json), CORNU_EINVAL, message);
}

START_TEST(configs_that_keras_refuses_are_refused) {
    assert_refused(
        "{\"class_name\": \"Conv2D\", \"config\": {\"filters\": 2, \"kernel_size\": [3]}}",
        "kernel_size has 1 numbers for 2 axes"
    );
    assert_refused(
        "{\"class_name\": \"MaxPooling3D\", \"config\": {\"pool_size\": [2]}}",
        "pool_size has 1 numbers for 3 axes"
    );
    assert_refused(
        "{\"class_name\": \"DepthwiseConv1D\", \"config\": {\"kernel_size\": 2, \"padding\": "
        "\"causal\"}}",
        "padding must be"
    );
    assert_refused(
        "{\"class_name\": \"Conv2DTranspose\", \"config\": {\"filters\": 2, \"kernel_size\": 3, "
        "\"strides\": 2, \"output_padding\": [1, 2]}}",
        "output_padding must be less than strides"
    );
}
END_TEST

CORNU_TESTS(conv) {
    TCase *tc = cornu_test_case(suite, "conv");
    tcase_add_test(tc, every_form_of_conv_passes_the_layer_check);
    tcase_add_test(tc, every_form_of_transposed_conv_passes_the_layer_check);
    tcase_add_test(tc, every_form_of_depthwise_and_separable_conv_passes_the_layer_check);
    tcase_add_test(tc, sizes_may_follow_one_another_and_a_single_one_stands_for_all_axes);
    tcase_add_test(tc, a_convolution_adds_up_what_its_window_sees);
    tcase_add_test(tc, bad_arguments_are_named);
    tcase_add_test(tc, inputs_that_do_not_fit_are_named);
    tcase_add_test(tc, configs_that_keras_refuses_are_refused);
}
