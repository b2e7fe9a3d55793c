/* take, take_along_axis, sort, argsort, one_hot: which element goes where. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>
#include <math.h>

static cornu_tensor *counting(cornu_shape shape) {
    double count = (double)cornu_shape_size(&shape);
    return cornu_op_reshape(cornu_op_arange(0, count, 1, CORNU_FLOAT32), shape);
}

/* Numbers as a tensor of the scope. */
static cornu_tensor *numbers(cornu_dtype dtype, cornu_shape shape, const float *values) {
    cornu_tensor *floats = cornu_test_tensor(shape, values);
    cornu_tensor *result =
        cornu_op_add(cornu_op_cast(floats, dtype), cornu_op_zeros(cornu_shape(), dtype));
    cornu_tensor_free(floats);
    return result;
}

START_TEST(take_puts_the_index_in_place_of_the_axis) {
    cornu_tensor *x = counting(cornu_shape(2, 3, 2));
    cornu_tensor *index = numbers(CORNU_INT32, cornu_shape(2, 2), (const float[]){2, 0, -1, -3});
    cornu_tensor *y = cornu_op_take(x, index, 1);
    assert_shape(y, cornu_shape(2, 2, 2, 2));
    assert_values(y, 0, 4, 5, 0, 1, 4, 5, 0, 1, 10, 11, 6, 7, 10, 11, 6, 7);
    cornu_tensor *one = cornu_op_take(x, cornu_scalar_of(CORNU_INT64, -1), -1);
    assert_shape(one, cornu_shape(2, 3));
    assert_values(one, 0, 1, 3, 5, 7, 9, 11);
    cornu_tensor *small = numbers(CORNU_UINT8, cornu_shape(1), (const float[]){1});
    assert_values(cornu_op_take(counting(cornu_shape(3)), small, 0), 0, 1);
}
END_TEST

START_TEST(take_refuses_what_is_no_index) {
    cornu_tensor *x = counting(cornu_shape(3));
    assert_fails(
        cornu_op_take(x, cornu_scalar_of(CORNU_INT32, 3), 0), CORNU_EINVAL, "index 3 is outside"
    );
    assert_fails(cornu_op_take(x, cornu_scalar_of(CORNU_INT32, -4), 0), CORNU_EINVAL, "index -4");
    assert_fails(
        cornu_op_take(x, cornu_scalar_of(CORNU_FLOAT32, 1), 0), CORNU_EDTYPE, "not float32"
    );
    assert_fails(cornu_op_take(x, cornu_scalar_of(CORNU_INT32, 0), 1), CORNU_EINVAL, "axis is 1");
}
END_TEST

START_TEST(take_along_axis_picks_per_row_and_broadcasts) {
    cornu_tensor *x = counting(cornu_shape(2, 3));
    cornu_tensor *index = numbers(CORNU_INT32, cornu_shape(2, 2), (const float[]){2, 0, -2, 1});
    assert_values(cornu_op_take_along_axis(x, index, 1), 0, 2, 0, 4, 4);
    cornu_tensor *row = numbers(CORNU_INT32, cornu_shape(1, 1), (const float[]){1});
    cornu_tensor *y = cornu_op_take_along_axis(x, row, -1);
    assert_shape(y, cornu_shape(2, 1));
    assert_values(y, 0, 1, 4);
    assert_values(cornu_op_take_along_axis(x, row, 0), 0, 3, 4, 5);
    assert_fails(
        cornu_op_take_along_axis(x, cornu_scalar_of(CORNU_INT32, 0), 0), CORNU_ESHAPE,
        "(2, 3) and ()"
    );
}
END_TEST

START_TEST(gradients_of_repeated_indices_add_up) {
    cornu_tensor *x = counting(cornu_shape(3)), *grad;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *index = numbers(CORNU_INT32, cornu_shape(4), (const float[]){2, 0, -1, 2});
    cornu_tensor *y = cornu_op_take(x, index, 0);
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x), &grad));
    assert_values(grad, 0, 1, 0, 3);
}
END_TEST

START_TEST(sort_is_stable_and_puts_nan_last) {
    cornu_tensor *x = numbers(
        CORNU_FLOAT32, cornu_shape(2, 4), (const float[]){3, NAN, 1, 3, -1, 0, -1, -INFINITY}
    );
    assert_values(cornu_op_argsort(x, -1), 0, 2, 0, 3, 1, 3, 0, 2, 1);
    assert_values(cornu_op_sort(x, 1), 0, 1, 3, 3, NAN, -INFINITY, -1, -1, 0);
    cornu_tensor *columns = cornu_op_sort(counting(cornu_shape(2, 2)), 0);
    assert_values(columns, 0, 0, 1, 2, 3);
    assert_values(
        cornu_op_sort(cornu_op_negative(counting(cornu_shape(2, 2))), 0), 0, -2, -3, 0, -1
    );
    assert_fails(cornu_op_sort(cornu_scalar(1), 0), CORNU_EINVAL, "axis");
}
END_TEST

static cornu_tensor *weighted_sort(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    cornu_tensor *sorted = cornu_op_sort(inputs[0], 0);
    return cornu_op_multiply(
        cornu_op_square(sorted), cornu_op_cast(counting(cornu_shape(5, 1)), CORNU_FLOAT64)
    );
}

START_TEST(sort_has_a_gradient) {
    cornu_tensor *x = cornu_random_normal(cornu_shape(5, 2), .dtype = CORNU_FLOAT64, .seed = 5);
    for (int order = 1; order <= 2; order++)
        assert_ok(cornu_check_gradient(weighted_sort, NULL, cornu_tensors(x), order, 1e-6, NULL));
}
END_TEST

START_TEST(one_hot_marks_the_class) {
    cornu_tensor *index = numbers(CORNU_INT32, cornu_shape(2, 2), (const float[]){1, 0, -1, 3});
    cornu_tensor *y = cornu_op_one_hot(index, 3, CORNU_FLOAT32);
    assert_shape(y, cornu_shape(2, 2, 3));
    assert_values(y, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_fails(
        cornu_op_one_hot(counting(cornu_shape(2)), 3, CORNU_FLOAT32), CORNU_EDTYPE, "not float32"
    );
}
END_TEST

CORNU_TESTS(gather) {
    TCase *tc = cornu_test_case(suite, "gather");
    tcase_add_test(tc, take_puts_the_index_in_place_of_the_axis);
    tcase_add_test(tc, take_refuses_what_is_no_index);
    tcase_add_test(tc, take_along_axis_picks_per_row_and_broadcasts);
    tcase_add_test(tc, gradients_of_repeated_indices_add_up);
    tcase_add_test(tc, sort_is_stable_and_puts_nan_last);
    tcase_add_test(tc, sort_has_a_gradient);
    tcase_add_test(tc, one_hot_marks_the_class);
}
