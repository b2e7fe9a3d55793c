#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "Activation", .config = "{\"activation\": \"gelu\"}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}
    );
    check_layer(.class_name = "ReLU", .input = {2, {2, 3}}, .output = {2, {2, 3}});
    check_layer(
            .class_name = "ReLU",
            .config = "{\"max_value\": 6, \"negative_slope\": 0.2, \"threshold\": 0.25}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}
    );
    check_layer(.class_name = "LeakyReLU", .input = {2, {2, 3}}, .output = {2, {2, 3}});
    check_layer(
            .class_name = "ELU", .config = "{\"alpha\": 1.3}", .input = {2, {2, 3}},
            .output = {2, {2, 3}}
    );
    check_layer(.class_name = "Softmax", .input = {2, {2, 3}}, .output = {2, {2, 3}});
    check_layer(
            .class_name = "Softmax", .config = "{\"axis\": [1, 2]}", .input = {3, {2, 3, 2}},
            .output = {3, {2, 3, 2}}
    );
    check_layer(
            .class_name = "PReLU",
            .config = "{\"shared_axes\": [1], \"alpha_initializer\": \"Ones\"}",
            .input = {3, {2, 3, 2}}, .output = {3, {2, 3, 2}}, .weights = 1
    );
    check_layer(.class_name = "Identity", .input = {3, {2, 3, 1}}, .output = {3, {2, 3, 1}});
}
END_TEST

START_TEST(the_arguments_of_relu_are_those_of_keras) {
    cornu_layer *layer = cornu_layer_relu(.max_value = 2, .negative_slope = 0.5, .threshold = 1);
    cornu_tensor *x = cornu_test_tensor(cornu_shape(4), (float[]){-1, 0.5f, 1.5f, 3});
    assert_values(cornu_call(layer, x), 1e-6, -1, -0.25, 1.5, 2);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
    assert_fails(cornu_layer_relu(.max_value = -1), CORNU_EINVAL, "max_value");
    assert_fails(cornu_layer_leaky_relu(.negative_slope = -1), CORNU_EINVAL, "negative_slope");
}
END_TEST

START_TEST(the_alpha_of_keras_2_is_the_negative_slope) {
    cornu_layer *layer = cornu_layer_from_json(
        "{\"class_name\": \"LeakyReLU\", \"config\": {\"name\": \"l\", \"alpha\": 0.1}}"
    );
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1), (float[]){-1});
    assert_values(cornu_call(layer, x), 1e-6, -0.1);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(softmax_gives_nothing_to_masked_positions) {
    cornu_layer *layer = cornu_layer_softmax();
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 4), CORNU_FLOAT32), *y;
    cornu_tensor *mask = cornu_tensor_from(CORNU_BOOL, cornu_shape(1, 4), (uint8_t[]){1, 0, 1, 0});
    cornu_call_context context = {.masks = &mask};
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), &context, &y));
    assert_values(y, 1e-6, 0.5, 0, 0.5, 0);
    cornu_tensor_free(mask);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(softmax_of_what_is_all_masked_is_zero) {
    cornu_layer *layer = cornu_layer_softmax();
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 2), CORNU_FLOAT64), *y;
    cornu_tensor *mask = cornu_test_tensor(cornu_shape(2, 2), (float[]){0, 0.5F, 0.6F, 1});
    cornu_call_context context = {.masks = &mask};
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), &context, &y));
    assert_values(y, 1e-6, 0, 0, 0.5, 0.5);
    cornu_tensor_free(mask);
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(activations) {
    TCase *tc = cornu_test_case(suite, "activations");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, the_arguments_of_relu_are_those_of_keras);
    tcase_add_test(tc, the_alpha_of_keras_2_is_the_negative_slope);
    tcase_add_test(tc, softmax_gives_nothing_to_masked_positions);
    tcase_add_test(tc, softmax_of_what_is_all_masked_is_zero);
}
