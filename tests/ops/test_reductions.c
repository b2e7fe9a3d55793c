/* Reductions: axes, types, empty tensors, hazards of number and the gradients that ties and zeros
 * make special. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/tape.h>
#include <math.h>

static cornu_tensor *two_by_three(void) {
    return cornu_op_reshape(cornu_op_arange(1, 7, 1, CORNU_FLOAT32), cornu_shape(2, 3));
}

START_TEST(axes_are_dropped_or_kept) {
    cornu_tensor *x = two_by_three();
    assert_shape(cornu_op_sum(x), cornu_shape());
    assert_values(cornu_op_sum(x), 0, 21);
    assert_values(cornu_op_sum(x, .axis = cornu_axes(0)), 0, 5, 7, 9);
    assert_values(cornu_op_mean(x, .axis = cornu_axes(-1)), 0, 2, 5);
    assert_shape(cornu_op_max(x, .axis = cornu_axes(-1), .keepdims = true), cornu_shape(2, 1));
    assert_shape(cornu_op_min(x, .keepdims = true), cornu_shape(1, 1));
    assert_values(cornu_op_prod(x, .axis = cornu_axes(1)), 0, 6, 120);
    assert_values(cornu_op_sum(cornu_scalar(4)), 0, 4);
}
END_TEST

START_TEST(wrong_axes_are_named) {
    cornu_tensor *x = two_by_three();
    assert_fails(cornu_op_sum(x, .axis = cornu_axes(2)), CORNU_EINVAL, "sum: axis is 2");
    assert_fails(cornu_op_mean(x, .axis = cornu_axes(0, -2)), CORNU_EINVAL, "given twice");
    assert_fails(cornu_op_argmax(x, -3), CORNU_EINVAL, "argmax: axis is -3");
    assert_fails(cornu_op_cumsum(x, 5), CORNU_EINVAL, "cumsum: axis is 5");
}
END_TEST

START_TEST(types_are_those_of_keras) {
    cornu_tensor *truth = cornu_op_ones(cornu_shape(300), CORNU_BOOL);
    cornu_tensor *bytes = cornu_op_full(cornu_shape(300), 200, CORNU_UINT8);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_sum(truth)), CORNU_INT32);
    assert_values(cornu_op_sum(truth), 0, 300);
    assert_values(cornu_op_sum(bytes), 0, 60000);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_mean(bytes)), CORNU_FLOAT32);
    assert_values(cornu_op_mean(bytes), 0, 200);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_max(bytes)), CORNU_UINT8);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_any(bytes)), CORNU_BOOL);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_argmin(bytes, 0)), CORNU_INT32);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_var(bytes)), CORNU_FLOAT32);
}
END_TEST

START_TEST(empty_axes_give_the_neutral_element) {
    cornu_tensor *x = cornu_op_zeros(cornu_shape(2, 0), CORNU_FLOAT32);
    assert_values(cornu_op_sum(x, .axis = cornu_axes(1)), 0, 0, 0);
    assert_values(cornu_op_prod(x, .axis = cornu_axes(1)), 0, 1, 1);
    assert_values(cornu_op_mean(x, .axis = cornu_axes(1)), 0, NAN, NAN);
    assert_values(cornu_op_all(x), 0, 1);
    assert_values(cornu_op_any(x), 0, 0);
    assert_shape(cornu_op_sum(x, .axis = cornu_axes(0)), cornu_shape(0));
    assert_fails(cornu_op_max(x), CORNU_ESHAPE, "empty");
    assert_fails(cornu_op_argmax(x, 1), CORNU_ESHAPE, "not empty");
}
END_TEST

START_TEST(the_first_of_equal_elements_is_the_index) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 3), (const float[]){3, 7, 7, 1, 0, 0});
    assert_values(cornu_op_argmax(x, -1), 0, 1, 0);
    assert_values(cornu_op_argmin(x, 1), 0, 0, 1);
    assert_values(cornu_op_argmax(x, 0), 0, 0, 0, 0);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(variance_keeps_its_digits_far_from_zero) {
    cornu_tensor *x =
        cornu_test_tensor(cornu_shape(4), (const float[]){10000, 10001, 10002, 10003});
    assert_values(cornu_op_var(x), 1e-6, 1.25);
    assert_values(cornu_op_std(x, .keepdims = true), 1e-6, 1.1180340);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(logsumexp_neither_overflows_nor_loses_infinities) {
    cornu_tensor *x = cornu_test_tensor(
        cornu_shape(4, 2),
        (const float[]){1000, 1000, -1000, -1000, -INFINITY, -INFINITY, INFINITY, 0}
    );
    cornu_tensor *y = cornu_op_logsumexp(x, .axis = cornu_axes(1));
    assert_shape(y, cornu_shape(4));
    assert_values(y, 1e-6, 1000.6931472, -999.3068528, -INFINITY, INFINITY);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(running_sums_follow_their_axis) {
    cornu_tensor *x = two_by_three();
    assert_values(cornu_op_cumsum(x, 1), 0, 1, 3, 6, 4, 9, 15);
    assert_values(cornu_op_cumsum(x, -2), 0, 1, 2, 3, 5, 7, 9);
    cornu_tensor *truth = cornu_op_cumsum(cornu_op_ones(cornu_shape(3), CORNU_BOOL), 0);
    assert_values(truth, 0, 1, 2, 3);
}
END_TEST

/* The gradient of the sum of function(x). */
static cornu_tensor *slope(cornu_tensor *(*function)(cornu_tensor *x), cornu_tensor *x) {
    cornu_tensor *gradient = NULL;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = function(x);
    assert_ok(y);
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x), &gradient));
    return gradient;
}

static cornu_tensor *max_of_rows(cornu_tensor *x) { return cornu_op_max(x, .axis = {1, {1}}); }
static cornu_tensor *prod_of_rows(cornu_tensor *x) { return cornu_op_prod(x, .axis = {1, {1}}); }
static cornu_tensor *clipped(cornu_tensor *x) { return cornu_op_clip(x, 0, 1); }
static cornu_tensor *at_least_one(cornu_tensor *x) { return cornu_op_maximum(x, cornu_scalar(1)); }
static cornu_tensor *squared(cornu_tensor *x) { return cornu_op_power(x, cornu_scalar(2)); }
static cornu_tensor *to_the_zeroth(cornu_tensor *x) { return cornu_op_power(x, cornu_scalar(0)); }
static cornu_tensor *one_by(cornu_tensor *x) { return cornu_op_divide_no_nan(cornu_scalar(1), x); }

START_TEST(equal_extremes_share_the_gradient) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 3), (const float[]){2, 5, 5, 9, 1, 1});
    assert_values(slope(max_of_rows, x), 1e-7, 0, 0.5, 0.5, 1, 0, 0);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(gradient_of_a_product_is_right_with_zeros) {
    cornu_tensor *x =
        cornu_test_tensor(cornu_shape(3, 3), (const float[]){2, 3, 4, 2, 0, 4, 0, 3, 0});
    assert_values(slope(prod_of_rows, x), 1e-6, 12, 8, 6, 0, 8, 0, 0, 0, 0);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(gradients_at_ties_bounds_and_zeros_are_settled) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(4), (const float[]){-1, 0, 1, 2});
    assert_values(slope(clipped, x), 0, 0, 1, 1, 0);
    assert_values(slope(at_least_one, x), 0, 0, 0, 0.5, 1);
    assert_values(slope(squared, x), 1e-6, -2, 0, 2, 4);
    assert_values(slope(to_the_zeroth, x), 0, 0, 0, 0, 0);
    assert_values(slope(one_by, x), 1e-6, -1, 0, -1, -0.25);
    cornu_tensor_free(x);
}
END_TEST

CORNU_TESTS(reductions) {
    TCase *tc = cornu_test_case(suite, "reductions");
    tcase_add_test(tc, axes_are_dropped_or_kept);
    tcase_add_test(tc, wrong_axes_are_named);
    tcase_add_test(tc, types_are_those_of_keras);
    tcase_add_test(tc, empty_axes_give_the_neutral_element);
    tcase_add_test(tc, the_first_of_equal_elements_is_the_index);
    tcase_add_test(tc, variance_keeps_its_digits_far_from_zero);
    tcase_add_test(tc, logsumexp_neither_overflows_nor_loses_infinities);
    tcase_add_test(tc, running_sums_follow_their_axis);
    tcase_add_test(tc, equal_extremes_share_the_gradient);
    tcase_add_test(tc, gradient_of_a_product_is_right_with_zeros);
    tcase_add_test(tc, gradients_at_ties_bounds_and_zeros_are_settled);
}
