#include <cornu/cornu.h>

#include "support/support.h"

static cornu_tensor *row(float a, float b, float c) {
    cornu_tensor *made = cornu_test_tensor(cornu_shape(1, 3), (float[]){a, b, c});
    cornu_tensor *kept = cornu_op_add(made, cornu_scalar(0)); /* belongs to the scope */
    cornu_tensor_free(made);
    return kept;
}

static cornu_tensor *merge(cornu_layer *layer, cornu_tensor_list inputs) {
    cornu_tensor *y = cornu_layer_call(layer, inputs, false);
    cornu_layer_free(layer);
    return y;
}

START_TEST(inputs_are_merged_element_by_element) {
    cornu_tensor *a = row(1, 5, 3), *b = row(4, 2, 6), *c = row(7, 8, -9);
    assert_values(merge(cornu_layer_add(), cornu_tensors(a, b, c)), 0, 12, 15, 0);
    assert_values(merge(cornu_layer_subtract(), cornu_tensors(a, b)), 0, -3, 3, -3);
    assert_values(merge(cornu_layer_multiply(), cornu_tensors(a, b, c)), 0, 28, 80, -162);
    assert_values(merge(cornu_layer_average(), cornu_tensors(a, b, c)), 1e-6, 4, 5, 0);
    assert_values(merge(cornu_layer_maximum(), cornu_tensors(a, b, c)), 0, 7, 8, 6);
    assert_values(merge(cornu_layer_minimum(), cornu_tensors(a, b, c)), 0, 1, 2, -9);
    assert_values(
        merge(cornu_layer_concatenate(.axis = 0), cornu_tensors(a, b)), 0, 1, 5, 3, 4, 2, 6
    );
}
END_TEST

START_TEST(fewer_axes_are_filled_after_the_batch) {
    cornu_tensor *a = cornu_op_ones(cornu_shape(2, 3, 2), CORNU_FLOAT32);
    cornu_tensor *b = cornu_op_reshape(cornu_op_arange(0, 4, 1, CORNU_FLOAT32), cornu_shape(2, 2));
    assert_values(
        merge(cornu_layer_add(), cornu_tensors(a, b)), 0, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4
    );
}
END_TEST

START_TEST(dot_multiplies_one_axis_of_each) {
    cornu_tensor *a =
        cornu_op_reshape(cornu_op_arange(0, 6, 1, CORNU_FLOAT32), cornu_shape(1, 2, 3));
    cornu_tensor *b =
        cornu_op_reshape(cornu_op_arange(0, 3, 1, CORNU_FLOAT32), cornu_shape(1, 3, 1));
    assert_values(merge(cornu_layer_dot(cornu_axes(2, 1)), cornu_tensors(a, b)), 0, 5, 14);
    assert_values(
        merge(cornu_layer_dot(cornu_axes(1)), cornu_tensors(row(1, 2, 3), row(1, 0, 2))), 0, 7
    );
    assert_values(
        merge(
            cornu_layer_dot(cornu_axes(-1), .normalize = true),
            cornu_tensors(row(3, 0, 4), row(0, 0, 2))
        ),
        1e-6, 0.8
    );
}
END_TEST

START_TEST(masks_of_all_inputs_are_joined) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 3, 1), CORNU_FLOAT32);
    cornu_tensor *masks[2] = {
        cornu_tensor_from(CORNU_BOOL, cornu_shape(1, 3), (uint8_t[]){1, 0, 0}),
        cornu_tensor_from(CORNU_BOOL, cornu_shape(1, 3), (uint8_t[]){0, 1, 0}),
    };
    cornu_tensor *inputs[2] = {x, cornu_op_multiply(x, cornu_scalar(5))}, *y;
    cornu_call_context context = {.input_count = 2, .masks = masks};
    cornu_layer *multiply = cornu_layer_multiply(), *maximum = cornu_layer_maximum();
    assert_ok(cornu_layer_call_many(multiply, (cornu_tensor_list){inputs, 2}, &context, &y));
    assert_values(y, 0, 1, 5, 0);
    assert_ok(cornu_layer_call_many(maximum, (cornu_tensor_list){inputs, 2}, &context, &y));
    assert_values(y, 0, 1, 5, 1); /* where neither is present, the first */
    cornu_tensor *joined = multiply->cls->compute_mask(multiply, inputs, &context);
    assert_values(cornu_op_cast(joined, CORNU_FLOAT32), 0, 1, 1, 0);
    context.masks = (cornu_tensor *[]){masks[0], NULL};
    ck_assert_ptr_null(multiply->cls->compute_mask(multiply, inputs, &context));
    cornu_tensor_free(masks[0]);
    cornu_tensor_free(masks[1]);
    cornu_layer_free(multiply);
    cornu_layer_free(maximum);
}
END_TEST

START_TEST(inputs_that_do_not_fit_are_refused) {
    cornu_tensor *a = cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32);
    cornu_tensor *b = cornu_op_ones(cornu_shape(2, 4), CORNU_FLOAT32);
    assert_fails(merge(cornu_layer_add(), cornu_tensors(a, b)), CORNU_ESHAPE, "(2, 3) and (2, 4)");
    assert_fails(merge(cornu_layer_subtract(), cornu_tensors(a)), CORNU_EINVAL, "two inputs");
    assert_fails(
        merge(cornu_layer_concatenate(.axis = 0), cornu_tensors(a, b)), CORNU_ESHAPE, "equal sizes"
    );
    assert_fails(
        merge(cornu_layer_dot(cornu_axes(1)), cornu_tensors(a, b)), CORNU_ESHAPE, "differ"
    );
    assert_fails(
        merge(cornu_layer_dot(cornu_axes(0)), cornu_tensors(a, a)), CORNU_ESHAPE, "after the batch"
    );
    assert_fails(cornu_layer_dot(cornu_axes(1, 2, 3)), CORNU_EINVAL, "axes");
}
END_TEST

CORNU_TESTS(merging) {
    TCase *tc = cornu_test_case(suite, "merging");
    tcase_add_test(tc, inputs_are_merged_element_by_element);
    tcase_add_test(tc, fewer_axes_are_filled_after_the_batch);
    tcase_add_test(tc, dot_multiplies_one_axis_of_each);
    tcase_add_test(tc, masks_of_all_inputs_are_joined);
    tcase_add_test(tc, inputs_that_do_not_fit_are_refused);
}
