/* slice, strided_slice, flip, split, concatenate, stack, pad: what comes from where. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>

static const int64_t none = CORNU_SLICE_NONE;

static cornu_tensor *counting(cornu_shape shape) {
    double count = (double)cornu_shape_size(&shape);
    return cornu_op_reshape(cornu_op_arange(0, count, 1, CORNU_FLOAT32), shape);
}

START_TEST(slice_takes_a_block) {
    cornu_tensor *y =
        cornu_op_slice(counting(cornu_shape(3, 4)), (const int64_t[]){1, 2}, cornu_shape(2, 2));
    assert_shape(y, cornu_shape(2, 2));
    assert_values(y, 0, 6, 7, 10, 11);
}
END_TEST

START_TEST(slice_stays_inside) {
    cornu_tensor *x = counting(cornu_shape(3, 4));
    assert_fails(
        cornu_op_slice(x, (const int64_t[]){1, 2}, cornu_shape(2, 3)), CORNU_EINVAL,
        "axis 1 of shape (3, 4)"
    );
    assert_fails(
        cornu_op_slice(x, (const int64_t[]){-1, 0}, cornu_shape(1, 1)), CORNU_EINVAL, "axis 0"
    );
    assert_fails(
        cornu_op_slice(x, (const int64_t[]){0}, cornu_shape(1)), CORNU_EINVAL, "1 bounds for 2 axes"
    );
    assert_shape(cornu_op_slice(x, (const int64_t[]){3, 0}, cornu_shape(0, 4)), cornu_shape(0, 4));
}
END_TEST

/* Every start, stop and step on axes of 0 to 5 elements, against Python's rule written as a walk.
 */
START_TEST(strided_slice_is_pythons) {
    const int64_t bounds[] = {none, -9, -6, -5, -2, -1, 0, 1, 2, 4, 5, 6, 9};
    const int64_t steps[] = {none, 1, 2, 3, 7, -1, -2, -3, -7};
    int bound_count = sizeof bounds / sizeof *bounds, step_count = sizeof steps / sizeof *steps;
    for (int64_t n = 0; n <= 5; n++) {
        cornu_tensor *x = counting(cornu_shape(n));
        for (int i = 0; i < bound_count * bound_count * step_count; i++) {
            int64_t start = bounds[i % bound_count], stop = bounds[i / bound_count % bound_count];
            int64_t step = steps[i / bound_count / bound_count];
            int64_t by = step == none ? 1 : step;
            /* where a walk without limits begins and ends; it stays on the axis by looking */
            int64_t at = start == none ? (by > 0 ? 0 : n - 1) : start < 0 ? start + n : start;
            int64_t end = stop == none ? (by > 0 ? n : -1) : stop < 0 ? stop + n : stop;
            if (by > 0 && at < 0) at = 0;
            if (by < 0 && at >= n) at = n - 1;
            if (by < 0 && end < -1) end = -1;
            double expected[8];
            size_t count = 0;
            for (; (by > 0 ? at < end : at > end) && at >= 0 && at < n; at += by)
                expected[count++] = (double)at;
            assert_close(cornu_op_strided_slice(x, &start, &stop, &step), expected, count, 0, 0);
        }
    }
}
END_TEST

START_TEST(strided_slice_of_several_axes) {
    cornu_tensor *y = cornu_op_strided_slice(
        counting(cornu_shape(3, 4)), (const int64_t[]){none, -1}, (const int64_t[]){none, none},
        (const int64_t[]){2, -2}
    );
    assert_shape(y, cornu_shape(2, 2));
    assert_values(y, 0, 3, 1, 11, 9);
    assert_fails(
        cornu_op_strided_slice(y, NULL, NULL, (const int64_t[]){1, 0}), CORNU_EINVAL, "axis 1 is 0"
    );
}
END_TEST

START_TEST(flip_turns_axes) {
    cornu_tensor *x = counting(cornu_shape(2, 3));
    assert_values(cornu_op_flip(x, cornu_axes(-1)), 0, 2, 1, 0, 5, 4, 3);
    assert_values(cornu_op_flip(x, cornu_axes(0)), 0, 3, 4, 5, 0, 1, 2);
    assert_values(cornu_op_flip(x, cornu_axes()), 0, 5, 4, 3, 2, 1, 0);
    assert_shape(cornu_op_flip(counting(cornu_shape(0, 2)), cornu_axes(0)), cornu_shape(0, 2));
}
END_TEST

START_TEST(split_and_concatenate_are_inverse) {
    cornu_tensor *x = counting(cornu_shape(2, 6, 2)), *pieces[3];
    assert_ok(cornu_op_split(x, 3, 1, pieces));
    assert_shape(pieces[1], cornu_shape(2, 2, 2));
    assert_values(pieces[1], 0, 4, 5, 6, 7, 16, 17, 18, 19);
    cornu_tensor *back = cornu_op_concatenate((cornu_tensor_list){pieces, 3}, -2);
    assert_same(back, x, 0, 0);
    assert_fails(cornu_op_split(x, 4, 1, pieces), CORNU_EINVAL, "size 6 does not split into 4");
}
END_TEST

START_TEST(concatenate_joins_types_and_refuses_misfits) {
    cornu_tensor *a = cornu_op_ones(cornu_shape(2, 1), CORNU_INT32),
                 *b = counting(cornu_shape(2, 2));
    cornu_tensor *y = cornu_op_concatenate(cornu_tensors(a, b), 1);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT32);
    assert_values(y, 0, 1, 0, 1, 1, 2, 3);
    assert_fails(
        cornu_op_concatenate(cornu_tensors(a, b), 0), CORNU_ESHAPE,
        "(2, 1) of input 0 and (2, 2) of input 1"
    );
    assert_fails(cornu_op_concatenate(cornu_tensors(a, b), 2), CORNU_EINVAL, "axis is 2");
    assert_fails(cornu_op_concatenate((cornu_tensor_list){NULL, 0}, 0), CORNU_EINVAL, "no tensors");
    cornu_tensor *empty = cornu_op_zeros(cornu_shape(2, 0), CORNU_FLOAT32);
    assert_same(cornu_op_concatenate(cornu_tensors(empty, b), 1), b, 0, 0);
}
END_TEST

START_TEST(stack_makes_an_axis) {
    cornu_tensor *a = counting(cornu_shape(2)), *b = cornu_op_negative(a);
    assert_values(cornu_op_stack(cornu_tensors(a, b), 0), 0, 0, 1, 0, -1);
    cornu_tensor *last = cornu_op_stack(cornu_tensors(a, b), -1);
    assert_shape(last, cornu_shape(2, 2));
    assert_values(last, 0, 0, 0, 1, -1);
    assert_fails(
        cornu_op_stack(cornu_tensors(a, counting(cornu_shape(3))), 0), CORNU_ESHAPE, "stack"
    );
}
END_TEST

START_TEST(pad_fills_reflects_and_mirrors) {
    cornu_tensor *x = counting(cornu_shape(3));
    const int64_t before = 2, after = 1, many = 5;
    assert_values(cornu_op_pad(x, &before, &after, CORNU_PAD_CONSTANT, 9), 0, 9, 9, 0, 1, 2, 9);
    assert_values(cornu_op_pad(x, &before, &after, CORNU_PAD_REFLECT, 0), 0, 2, 1, 0, 1, 2, 1);
    assert_values(cornu_op_pad(x, &before, &after, CORNU_PAD_SYMMETRIC, 0), 0, 1, 0, 0, 1, 2, 2);
    assert_values(
        cornu_op_pad(x, &many, &after, CORNU_PAD_REFLECT, 0), 0, 1, 0, 1, 2, 1, 0, 1, 2, 1
    );
    const int64_t wrong = -1;
    assert_fails(
        cornu_op_pad(x, &wrong, &after, CORNU_PAD_CONSTANT, 0), CORNU_EINVAL,
        "-1 before and 1 after"
    );
    cornu_tensor *m = cornu_op_pad(
        counting(cornu_shape(2, 2)), (const int64_t[]){1, 0}, (const int64_t[]){0, 1},
        CORNU_PAD_REFLECT, 0
    );
    assert_values(m, 0, 2, 3, 2, 0, 1, 0, 2, 3, 2);
}
END_TEST

static cornu_tensor *mirrored_square(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    return cornu_op_square(cornu_op_pad(
        inputs[0], (const int64_t[]){2, 1}, (const int64_t[]){0, 3}, CORNU_PAD_SYMMETRIC, 0
    ));
}

START_TEST(mirrored_elements_share_their_gradient) {
    cornu_tensor *x = cornu_random_normal(cornu_shape(3, 2), .dtype = CORNU_FLOAT64, .seed = 3);
    for (int order = 1; order <= 2; order++)
        assert_ok(cornu_check_gradient(mirrored_square, NULL, cornu_tensors(x), order, 1e-6, NULL));
}
END_TEST

CORNU_TESTS(slice) {
    TCase *tc = cornu_test_case(suite, "slice");
    tcase_add_test(tc, slice_takes_a_block);
    tcase_add_test(tc, slice_stays_inside);
    tcase_add_test(tc, strided_slice_is_pythons);
    tcase_add_test(tc, strided_slice_of_several_axes);
    tcase_add_test(tc, flip_turns_axes);
    tcase_add_test(tc, split_and_concatenate_are_inverse);
    tcase_add_test(tc, concatenate_joins_types_and_refuses_misfits);
    tcase_add_test(tc, stack_makes_an_axis);
    tcase_add_test(tc, pad_fills_reflects_and_mirrors);
    tcase_add_test(tc, mirrored_elements_share_their_gradient);
}
