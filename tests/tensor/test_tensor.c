/* Tensors, variables and conversion. */
#include "support/support.h"

#include "support/failing_allocator.h"
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- shapes ---- */

START_TEST(shapes_are_written_as_keras_writes_them) {
    char text[256];
    cornu_shape shape = cornu_shape(-1, 28, 28);
    ck_assert_str_eq(cornu_shape_format(&shape, text, sizeof text), "(None, 28, 28)");
    shape = cornu_shape(7);
    ck_assert_str_eq(cornu_shape_format(&shape, text, sizeof text), "(7,)");
    shape = cornu_shape();
    ck_assert_str_eq(cornu_shape_format(&shape, text, sizeof text), "()");
    shape = cornu_shape(123, 456);
    ck_assert_str_eq(cornu_shape_format(&shape, text, 5), "(123");
}
END_TEST

START_TEST(the_size_of_a_shape_is_known_or_minus_one) {
    cornu_shape shape = cornu_shape(2, 3, 4);
    ck_assert_int_eq(cornu_shape_size(&shape), 24);
    shape = cornu_shape();
    ck_assert_int_eq(cornu_shape_size(&shape), 1);
    shape = cornu_shape(2, -1);
    ck_assert_int_eq(cornu_shape_size(&shape), -1);
    shape = cornu_shape(INT64_MAX, 2);
    ck_assert_int_eq(cornu_shape_size(&shape), -1);
    shape = cornu_shape(INT64_MAX, 2, 0);
    ck_assert_int_eq(cornu_shape_size(&shape), 0);
}
END_TEST

START_TEST(impossible_shapes_are_refused) {
    cornu_shape huge = cornu_shape(INT64_MAX / 2, 1);
    assert_fails(cornu_tensor_new(CORNU_FLOAT32, huge), CORNU_ESHAPE, "larger than any memory");
    assert_fails(
        cornu_tensor_new(CORNU_FLOAT32, cornu_shape(3, -2)), CORNU_ESHAPE, "size -2 of axis 1"
    );
    assert_fails(
        cornu_tensor_new(CORNU_FLOAT32, cornu_shape(1, 1, 1, 1, 1, 1, 1, 1, 1)), CORNU_ESHAPE,
        "0 to 8 axes, not 9"
    );
    assert_fails(cornu_tensor_new((cornu_dtype)77, cornu_shape(1)), CORNU_EDTYPE, "77");
}
END_TEST

START_TEST(a_misspelt_dtype_gets_a_hint) {
    cornu_dtype dtype;
    assert_fails(cornu_dtype_from_name("flaot32", &dtype), CORNU_EUNKNOWN, "mean 'float32'");
    assert_fails(cornu_dtype_from_name("complex64", &dtype), CORNU_EUNKNOWN, "'complex64'");
}
END_TEST

/* ---- tensors ---- */

START_TEST(new_tensors_are_zero_and_copies_are_separate) {
    cornu_tensor *tensor = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(2, 2));
    assert_values(tensor, 0, 0, 0, 0, 0);
    cornu_tensor *copy = cornu_tensor_copy(tensor);
    ((float *)cornu_tensor_data_mut(copy))[3] = 5;
    assert_values(tensor, 0, 0, 0, 0, 0);
    assert_values(copy, 0, 0, 0, 0, 5);
    ck_assert(!cornu_tensor_equal(tensor, copy));
    cornu_tensor_free(tensor);
    cornu_tensor_free(copy);
}
END_TEST

START_TEST(elements_outside_are_refused) {
    cornu_tensor *tensor = cornu_test_tensor(cornu_shape(2, 1), (const float[]){3, 4});
    ck_assert_double_eq(cornu_tensor_get(tensor, 1), 4);
    ck_assert_double_nan(cornu_tensor_get(tensor, 2));
    assert_fails(cornu_error_status(), CORNU_EINVAL, "no element 2");
    ck_assert_double_nan(cornu_tensor_item(tensor));
    assert_fails(cornu_error_status(), CORNU_ESHAPE, "(2, 1) does not have one element");
    ck_assert_int_eq(cornu_tensor_dim(tensor, -2), 2);
    ck_assert_int_eq(cornu_tensor_dim(tensor, 2), -1);
    assert_fails(cornu_error_status(), CORNU_EINVAL, "no axis 2");
    cornu_tensor_free(tensor);
}
END_TEST

START_TEST(shared_buffers_cannot_be_written) {
    cornu_tensor *tensor = cornu_test_tensor(cornu_shape(4), (const float[]){1, 2, 3, 4});
    cornu_tensor *view = cornu_tensor_view_(tensor, cornu_shape(2, 2));
    ck_assert_ptr_eq(cornu_tensor_data(view), cornu_tensor_data(tensor));
    ck_assert_uint_ne(view->id, tensor->id);
    assert_fails(cornu_tensor_data_mut(tensor), CORNU_ESTATE, "shared");
    cornu_tensor_free(view);
    ck_assert_ptr_nonnull(cornu_tensor_data_mut(tensor));
    assert_fails(
        cornu_tensor_view_(tensor, cornu_shape(5)), CORNU_ESHAPE, "more elements than (4,)"
    );
    cornu_tensor_free(tensor);
}
END_TEST

static void count_release(void *user) { ++*(int *)user; }

START_TEST(wrapped_memory_is_released_once_with_its_last_user) {
    float memory[] = {1, 2, 3};
    int released = 0;
    cornu_tensor *tensor =
        cornu_tensor_wrap(CORNU_FLOAT32, cornu_shape(3), memory, count_release, &released);
    ck_assert_ptr_eq(cornu_tensor_data(tensor), memory);
    cornu_tensor *alias = cornu_tensor_alias_(tensor);
    cornu_tensor_free(tensor);
    ck_assert_int_eq(released, 0);
    cornu_tensor_free(alias);
    ck_assert_int_eq(released, 1);
    assert_fails(
        cornu_tensor_wrap(CORNU_FLOAT32, cornu_shape(-1), memory, count_release, &released),
        CORNU_ESHAPE, "negative"
    );
    ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(abstract_tensors_have_a_shape_and_no_values) {
    cornu_tensor *tensor = cornu_tensor_abstract_(CORNU_FLOAT32, cornu_shape(-1, 3));
    ck_assert(!cornu_tensor_has_data(tensor));
    ck_assert_int_eq(cornu_tensor_size(tensor), -1);
    assert_fails(cornu_tensor_data(tensor), CORNU_ESTATE, "(None, 3) has no values");
    assert_fails(cornu_tensor_copy(tensor), CORNU_ESTATE, "no values");
    assert_fails(cornu_save_npy("none.npy", tensor), CORNU_ESTATE, "no values");
    cornu_tensor_free(tensor);
}
END_TEST

/* ---- variables ---- */

START_TEST(an_assigned_variable_leaves_old_snapshots_alone) {
    cornu_tensor *value = cornu_test_tensor(cornu_shape(2), (const float[]){1, 2});
    cornu_tensor *variable = cornu_variable(value, .name = "w");
    uint64_t id = variable->id;
    cornu_tensor *before = cornu_tensor_alias_(variable);
    ck_assert_uint_eq(before->id, id);
    cornu_tensor *other = cornu_test_tensor(cornu_shape(2), (const float[]){3, 4});
    assert_ok(cornu_assign(variable, other));
    assert_values(variable, 0, 3, 4);
    assert_values(before, 0, 1, 2);
    ck_assert_uint_eq(variable->id, id);
    /* the variable and `other` share a buffer now; writing to either must not show in the other */
    assert_fails(cornu_tensor_data_mut(other), CORNU_ESTATE, "shared");
    float *target = cornu_variable_write_(variable, true);
    target[0] = 9;
    assert_values(variable, 0, 9, 4);
    assert_values(other, 0, 3, 4);
    cornu_tensor_free(value);
    cornu_tensor_free(other);
    cornu_tensor_free(before);
    cornu_tensor_free(variable);
}
END_TEST

START_TEST(assignment_casts_to_the_variables_type) {
    cornu_tensor *variable = cornu_variable(cornu_scalar_of(CORNU_INT8, 1));
    assert_ok(cornu_assign(variable, cornu_scalar(300.7)));
    ck_assert_int_eq(cornu_tensor_dtype(variable), CORNU_INT8);
    ck_assert_double_eq(cornu_tensor_item(variable), 127);
    ck_assert_str_eq(cornu_variable_name(variable), "variable");
    cornu_tensor_free(variable);
}
END_TEST

START_TEST(assigning_one_variable_to_another_keeps_them_apart) {
    cornu_tensor *a = cornu_variable(cornu_scalar(1)), *b = cornu_variable(cornu_scalar(2));
    assert_ok(cornu_assign(a, b));
    assert_ok(cornu_assign(b, cornu_scalar(5)));
    ck_assert_double_eq(cornu_tensor_item(a), 2);
    *(float *)cornu_variable_write_(a, true) = 7;
    ck_assert_double_eq(cornu_tensor_item(b), 5);
    assert_ok(cornu_assign(a, a));
    ck_assert_double_eq(cornu_tensor_item(a), 7);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(a_variable_does_not_hold_on_to_wrapped_memory) {
    float memory[] = {1};
    cornu_tensor *wrapped = cornu_tensor_wrap(CORNU_FLOAT32, cornu_shape(), memory, NULL, NULL);
    cornu_tensor *variable = cornu_variable(cornu_scalar(0));
    assert_ok(cornu_assign(variable, wrapped));
    cornu_tensor_free(wrapped);
    memory[0] = 2;
    ck_assert_double_eq(cornu_tensor_item(variable), 1);
    cornu_tensor_free(variable);
}
END_TEST

START_TEST(assignments_that_do_not_fit_are_refused) {
    cornu_tensor *variable = cornu_variable(cornu_scalar(0), .name = "w", .trainable = false);
    ck_assert(!cornu_variable_trainable(variable));
    cornu_tensor *vector = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(1));
    assert_fails(cornu_assign(variable, vector), CORNU_ESHAPE, "'w': shape (1,) given, () wanted");
    assert_fails(cornu_assign(variable, NULL), CORNU_EINVAL, "value is NULL");
    assert_fails(cornu_assign(vector, vector), CORNU_EINVAL, "not a variable");
    assert_fails(cornu_variable(NULL, .name = "w"), CORNU_EINVAL, "value is NULL");
    cornu_tensor_free(vector);
    cornu_tensor_free(variable);
}
END_TEST

/* ---- conversion ---- */

START_TEST(every_float16_survives_the_way_through_float32) {
    for (uint32_t bits = 0; bits <= UINT16_MAX; bits++) {
        float half = cornu_float16_to_((uint16_t)bits), brain = cornu_bfloat16_to_((uint16_t)bits);
        if (!isnan(half)) ck_assert_uint_eq(cornu_float16_from_(half), bits);
        else ck_assert(isnan(cornu_float16_to_(cornu_float16_from_(half))));
        if (!isnan(brain)) ck_assert_uint_eq(cornu_bfloat16_from_(brain), bits);
        else ck_assert(isnan(cornu_bfloat16_to_(cornu_bfloat16_from_(brain))));
    }
}
END_TEST

START_TEST(narrow_floats_round_to_the_nearest_and_ties_to_even) {
    for (uint32_t bits = 0; bits < 0x7bff; bits++) {
        double low = (double)cornu_float16_to_((uint16_t)bits);
        double high = (double)cornu_float16_to_((uint16_t)(bits + 1)), middle = (low + high) / 2;
        uint16_t tie = (uint16_t)(bits + (bits & 1)), got;
        cornu_convert_(CORNU_FLOAT16, &got, CORNU_FLOAT64, &middle, 1);
        ck_assert_uint_eq(got, tie);
        /* a hair off the middle, which a step by way of float would lose */
        double below = nextafter(middle, 0), above = nextafter(middle, 1e9);
        cornu_convert_(CORNU_FLOAT16, &got, CORNU_FLOAT64, &below, 1);
        ck_assert_uint_eq(got, bits);
        cornu_convert_(CORNU_FLOAT16, &got, CORNU_FLOAT64, &above, 1);
        ck_assert_uint_eq(got, bits + 1);
        ck_assert_uint_eq(cornu_float16_from_((float)-middle), tie | 0x8000);
    }
    ck_assert_uint_eq(cornu_float16_from_(65519.996f), 0x7bff);
    ck_assert_uint_eq(cornu_float16_from_(65520), 0x7c00);
    ck_assert_uint_eq(cornu_bfloat16_from_(1.00390625f), 0x3f80); /* 1 + 2^-8: a tie */
    ck_assert_uint_eq(cornu_bfloat16_from_(1.01171875f), 0x3f82); /* 1 + 3 * 2^-8: a tie */
    ck_assert_uint_eq(cornu_bfloat16_from_(3.4e38f), 0x7f80);
}
END_TEST

START_TEST(floats_become_integers_by_truncation_within_the_range) {
    const double values[] = {2.9, -2.9, 1e30, -1e30, NAN, INFINITY, 127.5, 200};
    int8_t bytes[8];
    cornu_convert_(CORNU_INT8, bytes, CORNU_FLOAT64, values, 8);
    const int8_t expected[] = {2, -2, 127, -128, 0, 127, 127, 127};
    ck_assert_mem_eq(bytes, expected, sizeof expected);
    int64_t wide[8];
    cornu_convert_(CORNU_INT64, wide, CORNU_FLOAT64, values, 8);
    ck_assert_int_eq(wide[2], INT64_MAX);
    ck_assert_int_eq(wide[3], INT64_MIN);
    ck_assert_int_eq(wide[4], 0);
    uint8_t natural[8];
    cornu_convert_(CORNU_UINT8, natural, CORNU_FLOAT64, values, 8);
    ck_assert_uint_eq(natural[1], 0);
    ck_assert_uint_eq(natural[7], 200);
    uint8_t truth[8];
    cornu_convert_(CORNU_BOOL, truth, CORNU_FLOAT64, (const double[]){0, -0.0, 0.1, NAN}, 4);
    ck_assert_mem_eq(truth, "\0\0\1\1", 4);
}
END_TEST

START_TEST(every_type_converts_to_every_other) {
    const cornu_dtype from = (cornu_dtype)(_i / CORNU_DTYPE_COUNT);
    const cornu_dtype to = (cornu_dtype)(_i % CORNU_DTYPE_COUNT);
    double source[4] = {0}, target[4] = {0}; /* room and alignment for any type */
    for (int64_t i = 0; i < 4; i++) cornu_element_set_(from, source, i, (double)(i * i));
    cornu_convert_(to, target, from, source, 4);
    for (int64_t i = 0; i < 4; i++) {
        bool truth = from == CORNU_BOOL || to == CORNU_BOOL;
        ck_assert_double_eq(
            cornu_element_get_(to, target, i), truth ? (double)(i != 0) : (double)(i * i)
        );
    }
}
END_TEST

START_TEST(wide_integers_convert_without_rounding) {
    const int64_t value = ((int64_t)1 << 62) + 1;
    int64_t back;
    cornu_convert_(CORNU_INT64, &back, CORNU_INT64, &value, 1);
    ck_assert_int_eq(back, value);
    int32_t low;
    cornu_convert_(CORNU_INT32, &low, CORNU_INT64, &value, 1);
    ck_assert_int_eq(low, 1);
}
END_TEST

/* ---- memory that runs out ---- */

static cornu_status make_and_assign(void *user) {
    (void)user;
    cornu_tensor *value = cornu_tensor_new(CORNU_FLOAT64, cornu_shape(3));
    cornu_tensor *variable = value ? cornu_variable(value, .name = "w") : NULL;
    cornu_tensor *alias = variable ? cornu_tensor_alias_(variable) : NULL;
    cornu_tensor *other = alias ? cornu_tensor_converted_(value, CORNU_INT8) : NULL;
    cornu_status status = other ? cornu_assign(variable, other) : CORNU_ENOMEM;
    char *text = status == CORNU_OK ? cornu_tensor_text(variable) : NULL;
    if (!text) status = CORNU_ENOMEM;
    if (status == CORNU_OK) status = cornu_save_npy("oom.npy", variable);
    cornu_tensor *read = status == CORNU_OK ? cornu_load_npy("oom.npy") : NULL;
    if (!read) status = CORNU_ENOMEM;
    cornu_free(text);
    cornu_tensor_free(value);
    cornu_tensor_free(alias);
    cornu_tensor_free(other);
    cornu_tensor_free(variable);
    cornu_tensor_free(read);
    return status;
}

START_TEST(running_out_of_memory_is_told_and_leaks_nothing) {
    size_t runs = 0;
    const char *wrong = cornu_test_every_failure(make_and_assign, NULL, &runs);
    ck_assert_msg(!wrong, "%s", wrong);
    ck_assert_uint_gt(runs, 15);
    unlink("oom.npy");
}
END_TEST

CORNU_TESTS(tensor) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "tensor");
    tcase_add_test(tc, shapes_are_written_as_keras_writes_them);
    tcase_add_test(tc, the_size_of_a_shape_is_known_or_minus_one);
    tcase_add_test(tc, impossible_shapes_are_refused);
    tcase_add_test(tc, a_misspelt_dtype_gets_a_hint);
    tcase_add_test(tc, new_tensors_are_zero_and_copies_are_separate);
    tcase_add_test(tc, elements_outside_are_refused);
    tcase_add_test(tc, shared_buffers_cannot_be_written);
    tcase_add_test(tc, wrapped_memory_is_released_once_with_its_last_user);
    tcase_add_test(tc, abstract_tensors_have_a_shape_and_no_values);
    tcase_add_test(tc, an_assigned_variable_leaves_old_snapshots_alone);
    tcase_add_test(tc, assignment_casts_to_the_variables_type);
    tcase_add_test(tc, assigning_one_variable_to_another_keeps_them_apart);
    tcase_add_test(tc, a_variable_does_not_hold_on_to_wrapped_memory);
    tcase_add_test(tc, assignments_that_do_not_fit_are_refused);
    tcase_add_test(tc, every_float16_survives_the_way_through_float32);
    tcase_add_test(tc, narrow_floats_round_to_the_nearest_and_ties_to_even);
    tcase_add_test(tc, floats_become_integers_by_truncation_within_the_range);
    tcase_add_loop_test(
        tc, every_type_converts_to_every_other, 0, CORNU_DTYPE_COUNT * CORNU_DTYPE_COUNT
    );
    tcase_add_test(tc, wide_integers_convert_without_rounding);
    tcase_add_test(tc, running_out_of_memory_is_told_and_leaks_nothing);
}
