#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "EinsumDense",
            .config = "{\"equation\": \"abc,cd->abd\", \"output_shape\": [null, 2], "
                      "\"bias_axes\": \"d\"}",
            .input = {3, {2, 3, 4}}, .output = {3, {2, 3, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "EinsumDense",
            .config = "{\"equation\": \"...x,xy->...y\", \"output_shape\": 3, "
                      "\"activation\": \"tanh\"}",
            .input = {3, {2, 2, 4}}, .output = {3, {2, 2, 3}}, .weights = 1
    );
    check_layer(
            .class_name = "EinsumDense",
            .config = "{\"equation\": \"ab...,bc->ac...\", \"output_shape\": [3], "
                      "\"bias_axes\": \"c\"}",
            .input = {3, {2, 4, 2}}, .output = {3, {2, 3, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "Masking", .config = "{\"mask_value\": 2.0}", .input = {3, {2, 3, 2}},
            .output = {3, {2, 3, 2}}
    );
    check_layer(
            .class_name = "Wrapper",
            .config = "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 2, "
                      "\"dtype\": \"float64\"}}}",
            .input = {2, {2, 3}}, .output = {2, {2, 2}}, .weights = 2
    );
    check_layer(
            .class_name = "TernaryDense", .config = "{\"units\": 2}", .input = {2, {2, 3}},
            .output = {2, {2, 2}}, .weights = 2, .no_gradient = true, .too_few_axes = 1
    );
}
END_TEST

static const float vectors[] = {1, 2, 3, 4, 5, 6};

static cornu_tensor *ids(void) {
    return cornu_op_cast(cornu_op_arange(0, 3, 1, CORNU_FLOAT32), CORNU_INT32);
}

static void set(cornu_layer *layer, size_t index, cornu_shape shape, const float *values) {
    cornu_tensor *value = cornu_test_tensor(shape, values);
    assert_ok(cornu_assign(cornu_layer_weights(layer).items[index], value));
    cornu_tensor_free(value);
}

START_TEST(integers_become_their_vectors_and_zero_a_mask) {
    cornu_layer *layer = cornu_layer_embedding(3, 2, .mask_zero = true);
    cornu_tensor *x = ids();
    assert_ok(cornu_layer_build(layer, &(cornu_shape){1, {-1}}, 1));
    set(layer, 0, cornu_shape(3, 2), vectors);
    assert_values(cornu_call(layer, x), 0, 1, 2, 3, 4, 5, 6);
    cornu_call_context context = {.input_count = 1};
    cornu_tensor *mask = layer->cls->compute_mask(layer, &x, &context);
    assert_values(cornu_op_cast(mask, CORNU_FLOAT32), 0, 0, 1, 1);
    cornu_layer_free(layer);
    assert_fails(cornu_layer_embedding(-1, 2), CORNU_EINVAL, "positive");
}
END_TEST

START_TEST(a_reversible_embedding_projects_back_by_what_it_shares) {
    cornu_layer *layer = cornu_layer_reversible_embedding(3, 2, .logit_soft_cap = 10);
    assert_ok(cornu_layer_build(layer, &(cornu_shape){1, {-1}}, 1));
    ck_assert_uint_eq(cornu_layer_weights(layer).count, 1);
    set(layer, 0, cornu_shape(3, 2), vectors);
    assert_values(cornu_call(layer, ids()), 0, 1, 2, 3, 4, 5, 6);
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2), (float[]){1, 0}), *y;
    assert_ok(cornu_layer_call_keywords(layer, cornu_tensors(x), "{\"reverse\": true}", false, &y));
    assert_values(y, 1e-5, 10 * 0.0996680, 10 * 0.2913126, 10 * 0.4621172);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
    cornu_layer *untied = cornu_layer_reversible_embedding(3, 2, .tie_weights = false);
    assert_ok(cornu_call(untied, ids()));
    ck_assert_uint_eq(cornu_layer_weights(untied).count, 2);
    cornu_layer_free(untied);
}
END_TEST

START_TEST(steps_of_one_value_are_masked_and_zeroed) {
    cornu_layer *layer = cornu_layer_masking(.mask_value = -1);
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2, 2), (float[]){-1, -1, -1, 3});
    assert_values(cornu_call(layer, x), 0, 0, 0, -1, 3);
    cornu_tensor *mask = layer->cls->compute_mask(layer, &x, &(cornu_call_context){0});
    assert_values(cornu_op_cast(mask, CORNU_FLOAT32), 0, 0, 1);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_ternary_kernel_passes_gradients_straight_through) {
    cornu_layer *layer = cornu_layer_ternary_dense(1, .threshold = 0.5);
    assert_ok(cornu_layer_build(layer, &(cornu_shape){2, {-1, 3}}, 1));
    set(layer, 0, cornu_shape(3, 1), (float[]){0.9f, -0.7f, 0.2f});
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 3), (float[]){1, 2, 4}), *gradient;
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_call(layer, x);
    assert_values(y, 1e-6, -1);
    cornu_tensor *kernel = cornu_layer_weights(layer).items[0];
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(kernel), &gradient));
    assert_values(gradient, 1e-6, 1, 2, 4);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(equations_that_are_none_are_refused) {
    assert_fails(
        cornu_layer_einsum_dense("ab->ac", .output_shape = cornu_shape(2)), CORNU_EINVAL, "form"
    );
    assert_fails(
        cornu_layer_einsum_dense("ab,bc->ac", .output_shape = cornu_shape(2), .bias_axes = "d"),
        CORNU_EINVAL, "bias_axes"
    );
    cornu_layer *layer = cornu_layer_einsum_dense("ab,bc->ac", .output_shape = cornu_shape(2));
    assert_fails(
        cornu_call(layer, cornu_op_ones(cornu_shape(2, 3, 4), CORNU_FLOAT32)), CORNU_ESHAPE,
        "(2, 3, 4)"
    );
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(embedding) {
    TCase *tc = cornu_test_case(suite, "embedding");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, integers_become_their_vectors_and_zero_a_mask);
    tcase_add_test(tc, a_reversible_embedding_projects_back_by_what_it_shares);
    tcase_add_test(tc, steps_of_one_value_are_masked_and_zeroed);
    tcase_add_test(tc, a_ternary_kernel_passes_gradients_straight_through);
    tcase_add_test(tc, equations_that_are_none_are_refused);
}
