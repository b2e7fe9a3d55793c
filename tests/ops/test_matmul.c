/* matmul: NumPy's rules, transposes, batches, errors, and derivatives where operands are folded or
 * broadcast. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>

/* 0, 1, 2, ... */
static cornu_tensor *counting(cornu_shape shape, cornu_dtype dtype) {
    double count = (double)cornu_shape_size(&shape);
    return cornu_op_reshape(cornu_op_arange(0, count, 1, dtype), shape);
}

START_TEST(product_of_matrices) {
    cornu_tensor *a = counting(cornu_shape(2, 3), CORNU_FLOAT32);
    cornu_tensor *b = counting(cornu_shape(3, 2), CORNU_FLOAT32);
    cornu_tensor *y = cornu_op_matmul(a, b);
    assert_shape(y, cornu_shape(2, 2));
    assert_values(y, 0, 10, 13, 28, 40);
}
END_TEST

START_TEST(transposes_swap_the_last_axes_first) {
    cornu_tensor *a = counting(cornu_shape(3, 2), CORNU_FLOAT64);
    cornu_tensor *b = counting(cornu_shape(4, 3), CORNU_FLOAT64);
    cornu_tensor *y = cornu_op_matmul(a, b, .transpose_a = true, .transpose_b = true);
    cornu_tensor *moved =
        cornu_op_matmul(cornu_op_transpose(a, cornu_axes()), cornu_op_transpose(b, cornu_axes()));
    assert_values(y, 0, 10, 28, 46, 64, 13, 40, 67, 94);
    assert_same(y, moved, 0, 0);
}
END_TEST

START_TEST(vectors_follow_numpy) {
    cornu_tensor *v = counting(cornu_shape(3), CORNU_FLOAT32);
    cornu_tensor *m = counting(cornu_shape(3, 2), CORNU_FLOAT32);
    cornu_tensor *n = counting(cornu_shape(2, 2, 3), CORNU_FLOAT32);
    cornu_tensor *dot = cornu_op_matmul(v, v);
    assert_shape(dot, cornu_shape());
    assert_values(dot, 0, 5);
    cornu_tensor *row = cornu_op_matmul(v, m);
    assert_shape(row, cornu_shape(2));
    assert_values(row, 0, 10, 13);
    cornu_tensor *column = cornu_op_matmul(n, v);
    assert_shape(column, cornu_shape(2, 2));
    assert_values(column, 0, 5, 14, 23, 32);
}
END_TEST

START_TEST(batches_broadcast) {
    cornu_tensor *a = counting(cornu_shape(2, 1, 1, 2), CORNU_FLOAT64);
    cornu_tensor *b = counting(cornu_shape(3, 2, 1), CORNU_FLOAT64);
    cornu_tensor *y = cornu_op_matmul(a, b);
    assert_shape(y, cornu_shape(2, 3, 1, 1));
    assert_values(y, 0, 1, 3, 5, 3, 13, 23);
}
END_TEST

START_TEST(a_batch_before_a_plain_matrix_is_more_rows) {
    cornu_tensor *x = counting(cornu_shape(2, 3, 2), CORNU_FLOAT64);
    cornu_tensor *w = counting(cornu_shape(2, 2), CORNU_FLOAT64);
    cornu_tensor *y = cornu_op_matmul(x, w);
    assert_shape(y, cornu_shape(2, 3, 2));
    assert_values(y, 0, 2, 3, 6, 11, 10, 19, 14, 27, 18, 35, 22, 43);
}
END_TEST

START_TEST(integers_stay_integers_and_types_meet) {
    cornu_tensor *a = counting(cornu_shape(1, 2), CORNU_INT32);
    cornu_tensor *b = counting(cornu_shape(2, 1), CORNU_INT32);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_matmul(a, b)), CORNU_INT32);
    cornu_tensor *c = counting(cornu_shape(2, 1), CORNU_FLOAT64);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_matmul(a, c)), CORNU_FLOAT64);
}
END_TEST

START_TEST(nothing_to_sum_over_gives_zeros) {
    cornu_tensor *a = cornu_op_zeros(cornu_shape(2, 0), CORNU_FLOAT32);
    cornu_tensor *b = cornu_op_zeros(cornu_shape(0, 2), CORNU_FLOAT32);
    assert_values(cornu_op_matmul(a, b), 0, 0, 0, 0, 0);
    assert_shape(
        cornu_op_matmul(
            cornu_op_zeros(cornu_shape(0, 3, 2), CORNU_FLOAT32), a, .transpose_b = false
        ),
        cornu_shape(0, 3, 0)
    );
}
END_TEST

START_TEST(misfits_are_named) {
    cornu_tensor *x = cornu_op_zeros(cornu_shape(32, 784), CORNU_FLOAT32);
    cornu_tensor *w = cornu_op_zeros(cornu_shape(128, 10), CORNU_FLOAT32);
    assert_fails(cornu_op_matmul(x, w), CORNU_ESHAPE, "matmul: inner sizes differ, 784 and 128");
    assert_fails(cornu_op_matmul(x, w), CORNU_ESHAPE, "shapes (32, 784) and (128, 10)");
    assert_fails(cornu_op_matmul(x, cornu_scalar(1)), CORNU_ESHAPE, "scalar");
    cornu_tensor *two = cornu_op_zeros(cornu_shape(2, 4, 4), CORNU_FLOAT32);
    cornu_tensor *three = cornu_op_zeros(cornu_shape(3, 4, 4), CORNU_FLOAT32);
    assert_fails(cornu_op_matmul(two, three), CORNU_ESHAPE, "(2, 4, 4) and (3, 4, 4)");
    assert_fails(cornu_op_matmul(NULL, w), CORNU_EINVAL, "matmul: a is NULL");
}
END_TEST

static cornu_tensor *squared_product(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    return cornu_op_square(cornu_op_matmul(inputs[0], inputs[1]));
}

START_TEST(derivatives_of_folded_broadcast_and_vector_operands) {
    const cornu_shape shapes[][2] = {
        {cornu_shape(2, 3, 5), cornu_shape(5, 4)}, {cornu_shape(2, 1, 3, 2), cornu_shape(3, 2, 2)},
        {cornu_shape(5), cornu_shape(5)},          {cornu_shape(3, 2, 5), cornu_shape(5)},
        {cornu_shape(2), cornu_shape(3, 2, 2)},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cornu_tensor *a = cornu_random_normal(shapes[i][0], .dtype = CORNU_FLOAT64, .seed = 1);
        cornu_tensor *b = cornu_random_normal(shapes[i][1], .dtype = CORNU_FLOAT64, .seed = 2);
        for (int order = 1; order <= 2; order++) {
            assert_ok(
                cornu_check_gradient(squared_product, NULL, cornu_tensors(a, b), order, 1e-6, NULL)
            );
        }
    }
}
END_TEST

CORNU_TESTS(matmul) {
    TCase *tc = cornu_test_case(suite, "matmul");
    tcase_add_test(tc, product_of_matrices);
    tcase_add_test(tc, transposes_swap_the_last_axes_first);
    tcase_add_test(tc, vectors_follow_numpy);
    tcase_add_test(tc, batches_broadcast);
    tcase_add_test(tc, a_batch_before_a_plain_matrix_is_more_rows);
    tcase_add_test(tc, integers_stay_integers_and_types_meet);
    tcase_add_test(tc, nothing_to_sum_over_gives_zeros);
    tcase_add_test(tc, misfits_are_named);
    tcase_add_test(tc, derivatives_of_folded_broadcast_and_vector_operands);
}
