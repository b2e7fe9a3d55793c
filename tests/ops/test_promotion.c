/* In which type operands meet. */
#include "support/support.h"

#include "ops/promote.h"
#include <cornu/ops.h>

START_TEST(types_meet_as_in_jax_and_keras) {
    static const cornu_dtype met[][3] = {
        {CORNU_BOOL, CORNU_INT8, CORNU_INT8},
        {CORNU_UINT8, CORNU_INT8, CORNU_INT16},
        {CORNU_UINT8, CORNU_INT16, CORNU_INT16},
        {CORNU_INT32, CORNU_INT64, CORNU_INT64},
        {CORNU_INT64, CORNU_FLOAT16, CORNU_FLOAT16},
        {CORNU_INT64, CORNU_FLOAT32, CORNU_FLOAT32},
        {CORNU_BFLOAT16, CORNU_FLOAT16, CORNU_FLOAT32},
        {CORNU_BFLOAT16, CORNU_FLOAT32, CORNU_FLOAT32},
        {CORNU_FLOAT32, CORNU_FLOAT64, CORNU_FLOAT64},
        {CORNU_BOOL, CORNU_BOOL, CORNU_BOOL},
    };
    const cornu_dtype *row = met[_i];
    ck_assert_str_eq(
        cornu_dtype_name(cornu_promote_types_(row[0], row[1])), cornu_dtype_name(row[2])
    );
    ck_assert_int_eq(cornu_promote_types_(row[1], row[0]), row[2]);
    cornu_tensor *sum = cornu_op_add(cornu_scalar_of(row[0], 1), cornu_scalar_of(row[1], 1));
    assert_ok(sum);
    ck_assert_int_eq(cornu_tensor_dtype(sum), row[2]);
}
END_TEST

START_TEST(weak_scalars_take_the_other_type) {
    const cornu_dtype types[] = {CORNU_FLOAT16, CORNU_BFLOAT16, CORNU_FLOAT64};
    for (int i = 0; i < 3; i++) {
        cornu_tensor *x = cornu_op_ones(cornu_shape(2), types[i]);
        ck_assert_int_eq(cornu_tensor_dtype(cornu_op_multiply(x, cornu_scalar(2))), types[i]);
        ck_assert_int_eq(cornu_tensor_dtype(cornu_op_maximum(cornu_scalar(2), x)), types[i]);
        /* arithmetic among weak scalars stays weak, as among Python's numbers */
        cornu_tensor *half = cornu_op_sqrt(cornu_op_divide(cornu_scalar(1), cornu_scalar(4)));
        ck_assert_int_eq(cornu_tensor_dtype(cornu_op_add(x, half)), types[i]);
    }
}
END_TEST

START_TEST(weak_floats_make_floats_of_integers) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(2), CORNU_INT32);
    cornu_tensor *y = cornu_op_multiply(x, cornu_scalar(0.5));
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT32);
    assert_values(y, 0, 0.5, 0.5);
}
END_TEST

START_TEST(real_functions_of_integers_are_floats) {
    cornu_tensor *nine = cornu_scalar_of(CORNU_INT64, 9), *two = cornu_scalar_of(CORNU_INT64, 2);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_sqrt(nine)), CORNU_FLOAT32);
    assert_values(cornu_op_divide(nine, two), 0, 4.5);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_power(nine, two)), CORNU_INT64);
    assert_values(cornu_op_power(nine, two), 0, 81);
    assert_values(cornu_op_floor_divide(cornu_op_negative(nine), two), 0, -5);
    assert_values(cornu_op_mod(cornu_op_negative(nine), two), 0, 1);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_round(nine)), CORNU_INT64);
}
END_TEST

START_TEST(truth_values_count_as_numbers_where_they_must) {
    cornu_tensor *yes = cornu_scalar_of(CORNU_BOOL, 1);
    assert_values(cornu_op_subtract(yes, yes), 0, 0);
    assert_values(cornu_op_negative(yes), 0, -1);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_op_greater(yes, cornu_scalar(0.5))), CORNU_BOOL);
    assert_values(cornu_op_logical_xor(cornu_scalar(3), cornu_scalar(0)), 0, 1);
}
END_TEST

START_TEST(casts_truncate_and_compare_with_zero) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(3), (const float[]){-1.7f, 0, 2.9f});
    assert_values(cornu_op_cast(x, CORNU_INT32), 0, -1, 0, 2);
    assert_values(cornu_op_cast(x, CORNU_BOOL), 0, 1, 0, 1);
    assert_fails(cornu_op_cast(x, (cornu_dtype)77), CORNU_EDTYPE, "77");
    cornu_tensor_free(x);
}
END_TEST

START_TEST(null_passes_through_and_keeps_the_first_error) {
    cornu_tensor *a = cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32);
    cornu_tensor *b = cornu_op_ones(cornu_shape(4), CORNU_FLOAT32);
    cornu_tensor *broken = cornu_op_multiply(a, b);
    assert_fails(
        cornu_op_mean(cornu_op_softmax(cornu_op_gelu(cornu_op_where(a, broken, b), true), 0)),
        CORNU_ESHAPE, "multiply: shapes (2, 3) and (4,) do not broadcast"
    );
}
END_TEST

START_TEST(assignments_keep_the_type_and_refuse_another_shape) {
    cornu_tensor *v = cornu_variable(cornu_op_ones(cornu_shape(2), CORNU_FLOAT16), .name = "v");
    assert_ok(cornu_assign_add(v, cornu_op_full(cornu_shape(2), 0.5, CORNU_FLOAT64)));
    assert_values(v, 0, 1.5, 1.5);
    assert_ok(cornu_assign_sub(v, cornu_op_full(cornu_shape(2), 2, CORNU_INT32)));
    assert_values(v, 0, -0.5, -0.5);
    ck_assert_int_eq(cornu_tensor_dtype(v), CORNU_FLOAT16);
    assert_fails(cornu_assign_add(v, cornu_scalar(1)), CORNU_ESHAPE, "variable 'v'");
    assert_fails(
        cornu_assign_add(cornu_scalar(1), cornu_scalar(1)), CORNU_EINVAL, "not a variable"
    );
    cornu_tensor_free(v);
}
END_TEST

CORNU_TESTS(promotion) {
    TCase *tc = cornu_test_case(suite, "promotion");
    tcase_add_loop_test(tc, types_meet_as_in_jax_and_keras, 0, 10);
    tcase_add_test(tc, weak_scalars_take_the_other_type);
    tcase_add_test(tc, weak_floats_make_floats_of_integers);
    tcase_add_test(tc, real_functions_of_integers_are_floats);
    tcase_add_test(tc, truth_values_count_as_numbers_where_they_must);
    tcase_add_test(tc, casts_truncate_and_compare_with_zero);
    tcase_add_test(tc, null_passes_through_and_keeps_the_first_error);
    tcase_add_test(tc, assignments_keep_the_type_and_refuse_another_shape);
}
