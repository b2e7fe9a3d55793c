/* reshape, transpose, expand, squeeze, broadcast_to, tile, repeat, and tensors out of nothing. */
#include "support/support.h"

#include <cornu/ops.h>
#include <math.h>

static cornu_tensor *counting(cornu_shape shape) {
    double count = (double)cornu_shape_size(&shape);
    return cornu_op_reshape(cornu_op_arange(0, count, 1, CORNU_FLOAT32), shape);
}

START_TEST(reshape_shares_the_buffer_and_works_out_one_size) {
    cornu_tensor *x = counting(cornu_shape(2, 3, 4)), *y = cornu_op_reshape(x, cornu_shape(4, -1));
    assert_shape(y, cornu_shape(4, 6));
    ck_assert_ptr_eq(cornu_tensor_data(x), cornu_tensor_data(y));
    assert_shape(cornu_op_reshape(cornu_scalar(1), cornu_shape(1, -1)), cornu_shape(1, 1));
    assert_fails(
        cornu_op_reshape(x, cornu_shape(5, -1)), CORNU_ESHAPE, "24 elements of shape (2, 3, 4)"
    );
    assert_fails(cornu_op_reshape(x, cornu_shape(-1, -1)), CORNU_ESHAPE, "only one may be -1");
    assert_fails(cornu_op_reshape(x, cornu_shape(0, -1)), CORNU_ESHAPE, "24 elements");
    assert_fails(cornu_op_reshape(x, cornu_shape(INT64_MAX, 2)), CORNU_ESHAPE, "too large");
}
END_TEST

START_TEST(expand_and_squeeze_are_inverse) {
    cornu_tensor *x = counting(cornu_shape(2, 3));
    assert_shape(cornu_op_expand_dims(x, 0), cornu_shape(1, 2, 3));
    assert_shape(cornu_op_expand_dims(x, -1), cornu_shape(2, 3, 1));
    assert_shape(cornu_op_expand_dims(x, 1), cornu_shape(2, 1, 3));
    assert_fails(cornu_op_expand_dims(x, 3), CORNU_EINVAL, "axis is 3");
    cornu_tensor *wide = counting(cornu_shape(1, 2, 1, 1));
    assert_shape(cornu_op_squeeze(wide, cornu_axes()), cornu_shape(2));
    assert_shape(cornu_op_squeeze(wide, cornu_axes(0, -1)), cornu_shape(2, 1));
    assert_fails(cornu_op_squeeze(wide, cornu_axes(1)), CORNU_ESHAPE, "size 2, not 1");
}
END_TEST

START_TEST(transpose_moves_axes) {
    cornu_tensor *x = counting(cornu_shape(2, 3));
    assert_values(cornu_op_transpose(x, cornu_axes()), 0, 0, 3, 1, 4, 2, 5);
    cornu_tensor *t = counting(cornu_shape(2, 3, 4));
    assert_shape(cornu_op_transpose(t, cornu_axes(-1, 0, 1)), cornu_shape(4, 2, 3));
    ck_assert_double_eq(cornu_tensor_get(cornu_op_transpose(t, cornu_axes(2, 0, 1)), 7), 5);
    assert_shape(cornu_op_swapaxes(t, 0, -1), cornu_shape(4, 3, 2));
    assert_shape(cornu_op_moveaxis(t, 0, -1), cornu_shape(3, 4, 2));
    assert_shape(cornu_op_moveaxis(t, 2, 0), cornu_shape(4, 2, 3));
    assert_same(cornu_op_moveaxis(t, 2, 0), cornu_op_transpose(t, cornu_axes(2, 0, 1)), 0, 0);
    assert_fails(cornu_op_transpose(t, cornu_axes(0, 1)), CORNU_EINVAL, "2 axes, the tensor 3");
    assert_fails(cornu_op_transpose(t, cornu_axes(0, 1, -2)), CORNU_EINVAL, "axis 1 twice");
}
END_TEST

START_TEST(broadcast_to_repeats_axes_of_one) {
    cornu_tensor *y = cornu_op_broadcast_to(counting(cornu_shape(2, 1)), cornu_shape(2, 2, 3));
    assert_shape(y, cornu_shape(2, 2, 3));
    assert_values(y, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1);
    cornu_tensor *x = counting(cornu_shape(2, 3));
    assert_fails(
        cornu_op_broadcast_to(x, cornu_shape(3)), CORNU_ESHAPE, "(2, 3) does not broadcast to (3,)"
    );
    assert_fails(cornu_op_broadcast_to(x, cornu_shape(2, 4)), CORNU_ESHAPE, "(2, 4)");
}
END_TEST

START_TEST(tile_repeats_the_whole) {
    cornu_tensor *x = counting(cornu_shape(2, 2));
    assert_values(cornu_op_tile(x, cornu_shape(1, 2)), 0, 0, 1, 0, 1, 2, 3, 2, 3);
    assert_values(cornu_op_tile(x, cornu_shape(2)), 0, 0, 1, 0, 1, 2, 3, 2, 3);
    cornu_tensor *y = cornu_op_tile(x, cornu_shape(2, 1, 1));
    assert_shape(y, cornu_shape(2, 2, 2));
    assert_values(y, 0, 0, 1, 2, 3, 0, 1, 2, 3);
    assert_shape(cornu_op_tile(x, cornu_shape(0, 1)), cornu_shape(0, 2));
    assert_fails(cornu_op_tile(x, cornu_shape(-1, 1)), CORNU_EINVAL, "axis 0");
}
END_TEST

START_TEST(tile_of_eight_axes_needs_no_more_loops_than_a_kernel_has) {
    cornu_shape two = cornu_shape(2, 2, 2, 2, 2, 2, 2, 2);
    cornu_tensor *x = counting(two), *y = cornu_op_tile(x, two);
    assert_shape(y, cornu_shape(4, 4, 4, 4, 4, 4, 4, 4));
    for (int64_t i = 0; i < 65536; i += 41) {
        int64_t from = 0; /* base 4 digits of i, each mod 2 */
        for (int axis = 7; axis >= 0; axis--) from = from * 2 + (i >> (2 * axis) & 1);
        ck_assert_double_eq(cornu_tensor_get(y, i), (double)from);
    }
}
END_TEST

START_TEST(repeat_repeats_each_element) {
    cornu_tensor *x = counting(cornu_shape(2, 2));
    assert_values(cornu_op_repeat(x, 2, 1), 0, 0, 0, 1, 1, 2, 2, 3, 3);
    cornu_tensor *y = cornu_op_repeat(x, 3, 0);
    assert_shape(y, cornu_shape(6, 2));
    assert_values(y, 0, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3);
}
END_TEST

START_TEST(linspace_ends_exactly) {
    cornu_tensor *x = cornu_op_linspace(-2, 2, 201);
    ck_assert_int_eq(cornu_tensor_dtype(x), CORNU_FLOAT32);
    ck_assert_double_eq(cornu_tensor_get(x, 0), -2);
    ck_assert_double_eq(cornu_tensor_get(x, 200), 2);
    ck_assert_double_eq(cornu_tensor_get(x, 57), (float)(-2 + 57 * 0.02));
    assert_values(cornu_op_linspace(3, 4, 1), 0, 3);
    assert_shape(cornu_op_linspace(3, 4, 0), cornu_shape(0));
    ck_assert_double_eq(cornu_tensor_get(cornu_op_linspace(0, 0.1, 7), 6), (double)0.1f);
}
END_TEST

START_TEST(arange_has_numpys_length) {
    assert_values(cornu_op_arange(1, 2, 0.25, CORNU_FLOAT64), 0, 1, 1.25, 1.5, 1.75);
    assert_values(cornu_op_arange(5, 0, -2, CORNU_INT32), 0, 5, 3, 1);
    assert_shape(cornu_op_arange(1, 1.3, 0.1, CORNU_FLOAT64), cornu_shape(4)); /* as in NumPy */
    assert_shape(cornu_op_arange(3, 1, 1, CORNU_INT32), cornu_shape(0));
    assert_fails(cornu_op_arange(0, 1, 0, CORNU_INT32), CORNU_EINVAL, "steps of 0");
    assert_fails(cornu_op_arange(0, NAN, 1, CORNU_INT32), CORNU_EINVAL, "arange");
}
END_TEST

START_TEST(eye_may_be_off_the_diagonal) {
    assert_values(cornu_op_eye(2, 3, 0, CORNU_FLOAT32), 0, 1, 0, 0, 0, 1, 0);
    assert_values(cornu_op_eye(2, 3, 1, CORNU_INT32), 0, 0, 1, 0, 0, 0, 1);
    assert_values(cornu_op_eye(2, 3, -1, CORNU_FLOAT32), 0, 0, 0, 0, 1, 0, 0);
}
END_TEST

START_TEST(full_fills_every_type) {
    for (int dtype = 0; dtype < CORNU_DTYPE_COUNT; dtype++) {
        cornu_tensor *x = cornu_op_full(cornu_shape(3), 1, (cornu_dtype)dtype);
        ck_assert_int_eq((int)cornu_tensor_dtype(x), dtype);
        assert_values(x, 0, 1, 1, 1);
    }
    assert_values(cornu_op_zeros_like(counting(cornu_shape(2))), 0, 0, 0);
    assert_fails(cornu_op_zeros(cornu_shape(2, -1), CORNU_FLOAT32), CORNU_ESHAPE, "");
}
END_TEST

CORNU_TESTS(shape_ops) {
    TCase *tc = cornu_test_case(suite, "shape ops");
    tcase_add_test(tc, reshape_shares_the_buffer_and_works_out_one_size);
    tcase_add_test(tc, expand_and_squeeze_are_inverse);
    tcase_add_test(tc, transpose_moves_axes);
    tcase_add_test(tc, broadcast_to_repeats_axes_of_one);
    tcase_add_test(tc, tile_repeats_the_whole);
    tcase_add_test(tc, tile_of_eight_axes_needs_no_more_loops_than_a_kernel_has);
    tcase_add_test(tc, repeat_repeats_each_element);
    tcase_add_test(tc, linspace_ends_exactly);
    tcase_add_test(tc, arange_has_numpys_length);
    tcase_add_test(tc, eye_may_be_off_the_diagonal);
    tcase_add_test(tc, full_fills_every_type);
}
