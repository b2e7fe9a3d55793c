#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "Dense", .config = "{\"units\": 3}", .input = {2, {2, 8}},
            .output = {2, {2, 3}}, .weights = 2, .too_few_axes = 1
    );
    check_layer(
            .class_name = "Dense",
            .config = "{\"units\": 4, \"activation\": \"tanh\", \"use_bias\": false}",
            .input = {3, {2, 5, 3}}, .output = {3, {2, 5, 4}}, .weights = 1, .too_few_axes = 1
    );
    check_layer(
            .class_name = "Dense",
            .config = "{\"units\": 2, \"kernel_initializer\": {\"class_name\": \"HeNormal\", "
                      "\"config\": {\"seed\": 3}}, "
                      "\"bias_initializer\": \"ones\"}",
            .input = {2, {3, 4}}, .output = {2, {3, 2}}, .weights = 2
    );
}
END_TEST

START_TEST(it_multiplies_by_the_kernel_and_adds_the_bias) {
    cornu_layer *layer = cornu_layer_dense(2, .activation = "relu");
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 3), (float[]){1, 2, 3, -1, 0, 1});
    assert_ok(cornu_layer_build(layer, cornu_tensor_shape(x), 1));
    cornu_tensor *kernel = cornu_test_tensor(cornu_shape(3, 2), (float[]){1, -1, 2, -2, 3, -3});
    cornu_tensor *bias = cornu_test_tensor(cornu_shape(2), (float[]){0.5f, 1});
    assert_ok(cornu_layer_set_weights(layer, cornu_tensors(kernel, bias)));
    assert_values(cornu_call(layer, x), 1e-6, 14.5, 0, 2.5, 0);
    cornu_tensor_free(x);
    cornu_tensor_free(kernel);
    cornu_tensor_free(bias);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(bad_arguments_are_named) {
    assert_fails(cornu_layer_dense(-3), CORNU_EINVAL, "Dense: units must be positive, got -3");
    assert_fails(
        cornu_layer_dense(3, .activation = "rellu"), CORNU_EUNKNOWN, "did you mean 'relu'"
    );
    assert_fails(cornu_layer_dense(3, .dtype = "float23"), CORNU_EUNKNOWN, "Dense: ");
    assert_fails(
        cornu_layer_dense(3, .kernel_initializer = cornu_initializer_get("glorot")), CORNU_EUNKNOWN,
        "no initializer class 'glorot'"
    );
}
END_TEST

START_TEST(an_input_of_another_width_is_refused_by_name) {
    cornu_layer *layer = cornu_layer_dense(2, .name = "hidden");
    assert_shape(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 4), CORNU_FLOAT32)), cornu_shape(1, 2)
    );
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 5), CORNU_FLOAT32)), CORNU_ESHAPE,
        "layer 'hidden' (Dense): "
    );
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(1, 5), CORNU_FLOAT32)), CORNU_ESHAPE, "size 4"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(mixed_policies_compute_in_sixteen_bits_and_keep_thirty_two) {
    cornu_layer *layer = cornu_layer_dense(2, .dtype = "mixed_bfloat16");
    cornu_tensor *y = cornu_call(layer, cornu_op_ones(cornu_shape(1, 4), CORNU_FLOAT32));
    ck_assert_msg(y != NULL, "%s", cornu_error_message());
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_BFLOAT16);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_layer_weights(layer).items[0]), CORNU_FLOAT32);
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(dense) {
    TCase *tc = cornu_test_case(suite, "dense");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, it_multiplies_by_the_kernel_and_adds_the_bias);
    tcase_add_test(tc, bad_arguments_are_named);
    tcase_add_test(tc, an_input_of_another_width_is_refused_by_name);
    tcase_add_test(tc, mixed_policies_compute_in_sixteen_bits_and_keep_thirty_two);
}
