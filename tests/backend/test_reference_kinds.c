/* The other kinds of the reference backend, on values computed by hand. */
#include "support/kernels.h"
#include "support/support.h"
#include <math.h>

#define F32 CORNU_FLOAT32
#define OPERANDS(...)                                                                              \
    (cornu_operand[]) { __VA_ARGS__ }
#define BUFFERS(...)                                                                               \
    (void *[]) { __VA_ARGS__ }
#define DESC(...) ((cornu_kernel_desc){__VA_ARGS__})

static cornu_status run_desc(
    cornu_kernel_desc desc, cornu_operand *operands, int count, void *const *buffers
) {
    desc.operands = operands;
    desc.operand_count = count;
    return cornu_test_kernel(&cornu_backend_reference_, &desc, buffers);
}

static void check_floats(const float *got, const float *expected, size_t n, float tolerance) {
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(
            fabsf(got[i] - expected[i]) <= tolerance || (isnan(got[i]) && isnan(expected[i])),
            "element %zu is %g, not %g", i, (double)got[i], (double)expected[i]
        );
}
#define assert_floats(got, tolerance, ...)                                                         \
    check_floats(                                                                                  \
        (got), (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float), \
        (tolerance)                                                                                \
    )

START_TEST(move_pads_and_transposes) {
    float in[6] = {1, 2, 3, 4, 5, 6}, out[12];
    cornu_move m = {
        .target_offset = 3,
        .rank = 2,
        .dims = {3, 2},
        .source_strides = {1, 3},
        .target_strides = {3, 1}};
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_MOVE, .moves = &m, .fill = true, .value = {-1}),
        OPERANDS(operand(F32, 2, 3), operand(F32, 4, 3)), 2, BUFFERS(in, out)
    ));
    assert_floats(out, 0, -1, -1, -1, 1, 4, -1, 2, 5, -1, 3, 6, -1);
}
END_TEST

START_TEST(move_concatenates_and_flips) {
    int16_t a[2] = {1, 2}, b[3] = {3, 4, 5}, out[5];
    cornu_move moves[2] = {
        {.rank = 1, .dims = {2}, .source_strides = {1}, .target_strides = {1}},
        {.source_offset = 2,
         .target_offset = 2,
         .rank = 1,
         .dims = {3},
         .source_strides = {-1},
         .target_strides = {1}},
    };
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_MOVE, .moves = moves),
        OPERANDS(operand(CORNU_INT16, 2), operand(CORNU_INT16, 3), operand(CORNU_INT16, 5)), 3,
        BUFFERS(a, b, out)
    ));
    ck_assert_mem_eq(out, ((int16_t[]){1, 2, 5, 4, 3}), sizeof out);
}
END_TEST

static void reduce(
    cornu_reduce_code code, uint32_t axes, cornu_operand in, void *values, cornu_operand out,
    void *result
) {
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_REDUCE, .code = (int)code, .axes = axes), OPERANDS(in, out), 2,
        BUFFERS(values, result)
    ));
}

START_TEST(reduce_takes_any_set_of_axes) {
    float in[24], out[6];
    for (int i = 0; i < 24; i++) in[i] = (float)i;
    cornu_operand cube = operand(F32, 2, 3, 4);
    reduce(CORNU_REDUCE_SUM, 4, cube, in, operand(F32, 2, 3), out);
    assert_floats(out, 0, 6, 22, 38, 54, 70, 86);
    reduce(CORNU_REDUCE_MEAN, 5, cube, in, operand(F32, 3), out);
    assert_floats(out, 0, 7.5f, 11.5f, 15.5f);
    reduce(CORNU_REDUCE_MAX, 7, cube, in, operand(F32), out);
    assert_floats(out, 0, 23);
    reduce(CORNU_REDUCE_SUM, 0, operand(F32, 2, 3), in, operand(F32, 2, 3), out);
    assert_floats(out, 0, 0, 1, 2, 3, 4, 5);
}
END_TEST

START_TEST(long_sums_keep_their_digits) {
    static float in[100000];
    for (int i = 0; i < 100000; i++) in[i] = 0.1f;
    float out;
    reduce(CORNU_REDUCE_SUM, 1, operand(F32, 100000), in, operand(F32), &out);
    ck_assert(out == (float)(100000 * (double)0.1f));
}
END_TEST

START_TEST(arg_reductions_give_the_first_index_and_the_first_nan) {
    float in[9] = {3, 7, 7, 1, NAN, 9, -INFINITY, -INFINITY, -INFINITY};
    int32_t at[3];
    reduce(CORNU_REDUCE_ARGMAX, 2, operand(F32, 3, 3), in, operand(CORNU_INT32, 3), at);
    ck_assert_mem_eq(at, ((int32_t[]){1, 1, 0}), sizeof at);
    int64_t large[2] = {INT64_MAX - 1, INT64_MAX}; /* equal as doubles */
    reduce(CORNU_REDUCE_ARGMAX, 1, operand(CORNU_INT64, 2), large, operand(CORNU_INT32), at);
    ck_assert_int_eq(at[0], 1);
}
END_TEST

START_TEST(reducing_nothing_gives_the_identity_or_an_error) {
    float in[1] = {0}, out[2];
    cornu_operand none = operand(F32, 2, 0), two = operand(F32, 2);
    reduce(CORNU_REDUCE_SUM, 2, none, in, two, out);
    assert_floats(out, 0, 0, 0);
    reduce(CORNU_REDUCE_PROD, 2, none, in, two, out);
    assert_floats(out, 0, 1, 1);
    reduce(CORNU_REDUCE_MEAN, 2, none, in, two, out);
    assert_floats(out, 0, NAN, NAN);
    assert_fails(
        run_desc(
            DESC(.kind = CORNU_KERNEL_REDUCE, .code = CORNU_REDUCE_MAX, .axes = 2),
            OPERANDS(none, two), 2, BUFFERS(in, out)
        ),
        CORNU_EINVAL, "no elements"
    );
}
END_TEST

START_TEST(max_and_min_are_nan_if_an_element_is) {
    float in[3] = {1, NAN, 2}, out;
    reduce(CORNU_REDUCE_MAX, 1, operand(F32, 3), in, operand(F32), &out);
    ck_assert(isnan(out));
    reduce(CORNU_REDUCE_MIN, 1, operand(F32, 3), in, operand(F32), &out);
    ck_assert(isnan(out));
}
END_TEST

START_TEST(integer_and_bool_reductions_stay_exact) {
    uint8_t flags[4] = {1, 0, 1, 1}, flag;
    int32_t in[3] = {-2, 3, 5}, out;
    reduce(CORNU_REDUCE_SUM, 1, operand(CORNU_BOOL, 4), flags, operand(CORNU_INT32), &out);
    ck_assert_int_eq(out, 3);
    reduce(CORNU_REDUCE_ALL, 1, operand(CORNU_BOOL, 4), flags, operand(CORNU_BOOL), &flag);
    ck_assert_int_eq(flag, 0);
    reduce(CORNU_REDUCE_ANY, 1, operand(CORNU_BOOL, 4), flags, operand(CORNU_BOOL), &flag);
    ck_assert_int_eq(flag, 1);
    reduce(CORNU_REDUCE_PROD, 1, operand(CORNU_INT32, 3), in, operand(CORNU_INT32), &out);
    ck_assert_int_eq(out, -30);
    reduce(CORNU_REDUCE_MIN, 1, operand(CORNU_INT32, 3), in, operand(CORNU_INT32), &out);
    ck_assert_int_eq(out, -2);
    int64_t wide[3] = {INT64_MAX, -1, 0}, sum;
    reduce(CORNU_REDUCE_SUM, 1, operand(CORNU_INT64, 3), wide, operand(CORNU_INT64), &sum);
    ck_assert_int_eq(sum, INT64_MAX - 1);
}
END_TEST

START_TEST(cumsum_runs_both_ways) {
    float in[6] = {1, 2, 3, 4, 5, 6}, out[6];
    cornu_operand *operands = OPERANDS(operand(F32, 1, 3, 2), operand(F32, 1, 3, 2));
    assert_ok(run_desc(DESC(.kind = CORNU_KERNEL_CUMSUM), operands, 2, BUFFERS(in, out)));
    assert_floats(out, 0, 1, 2, 4, 6, 9, 12);
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_CUMSUM, .reverse = true, .exclusive = true), operands, 2,
        BUFFERS(in, out)
    ));
    assert_floats(out, 0, 8, 10, 5, 6, 0, 0);
}
END_TEST

START_TEST(matmul_transposes_and_broadcasts_by_strides) {
    float a[6] = {1, 2, 3, 4, 5, 6}, b[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, out[8];
    cornu_operand *operands =
        OPERANDS(operand(F32, 2, 2, 3), operand(F32, 2, 3, 2), operand(F32, 2, 2, 2));
    operands[0].strides[0] = 0; /* one a for both, stored as [3, 2] */
    operands[0].strides[1] = 1;
    operands[0].strides[2] = 2;
    assert_ok(run_desc(DESC(.kind = CORNU_KERNEL_MATMUL), operands, 3, BUFFERS(a, b, out)));
    assert_floats(out, 0, 35, 44, 44, 56, 89, 98, 116, 128);
}
END_TEST

START_TEST(matmul_of_more_rows_than_a_block_is_right) {
    static double a[19 * 5], b[5 * 3], out[19 * 3];
    for (int i = 0; i < 95; i++) a[i] = i % 7 - 3;
    for (int i = 0; i < 15; i++) b[i] = i % 4 - 1.5;
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_MATMUL),
        OPERANDS(
            operand(CORNU_FLOAT64, 19, 5), operand(CORNU_FLOAT64, 5, 3),
            operand(CORNU_FLOAT64, 19, 3)
        ),
        3, BUFFERS(a, b, out)
    ));
    for (int i = 0; i < 19; i++) {
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int p = 0; p < 5; p++) sum += a[i * 5 + p] * b[p * 3 + j];
            ck_assert_double_eq(out[i * 3 + j], sum);
        }
    }
}
END_TEST

START_TEST(matmul_without_inner_axis_is_zero) {
    float none[1] = {0}, out[2] = {7, 7};
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_MATMUL),
        OPERANDS(operand(F32, 1, 0), operand(F32, 0, 2), operand(F32, 1, 2)), 3,
        BUFFERS(none, none, out)
    ));
    assert_floats(out, 0, 0, 0);
}
END_TEST

START_TEST(gather_and_scatter_add_are_transposes) {
    float table[6] = {1, 2, 3, 4, 5, 6}, out[6], back[6];
    int32_t index[3] = {2, -3, 2};
    cornu_operand *operands =
        OPERANDS(operand(F32, 1, 3, 2), operand(CORNU_INT32, 3), operand(F32, 1, 3, 2));
    assert_ok(run_desc(DESC(.kind = CORNU_KERNEL_GATHER), operands, 3, BUFFERS(table, index, out)));
    assert_floats(out, 0, 5, 6, 1, 2, 5, 6);
    assert_ok(
        run_desc(DESC(.kind = CORNU_KERNEL_SCATTER_ADD), operands, 3, BUFFERS(out, index, back))
    );
    assert_floats(back, 0, 1, 2, 0, 0, 10, 12);
}
END_TEST

START_TEST(batched_gather_takes_along_an_axis) {
    float table[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, out[4], back[12];
    int64_t index[4] = {2, 0, 1, -1};
    cornu_operand whole = operand(F32, 2, 3, 2), taken = operand(F32, 2, 1, 2);
    cornu_operand indices = operand(CORNU_INT64, 2, 1, 2);
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_GATHER, .batched = true), OPERANDS(whole, indices, taken), 3,
        BUFFERS(table, index, out)
    ));
    assert_floats(out, 0, 4, 1, 8, 11);
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_SCATTER_ADD, .batched = true), OPERANDS(taken, indices, whole), 3,
        BUFFERS(out, index, back)
    ));
    assert_floats(back, 0, 0, 1, 0, 0, 4, 0, 0, 0, 8, 0, 0, 11);
}
END_TEST

START_TEST(an_index_outside_its_axis_is_named) {
    float table[2] = {1, 2}, out[1];
    int32_t index = 2;
    assert_fails(
        run_desc(
            DESC(.kind = CORNU_KERNEL_GATHER),
            OPERANDS(operand(F32, 1, 2, 1), operand(CORNU_INT32, 1), operand(F32, 1, 1, 1)), 3,
            BUFFERS(table, &index, out)
        ),
        CORNU_EINVAL, "index 2 is outside of an axis of size 2"
    );
}
END_TEST

START_TEST(softmax_of_large_logits_stays_finite) {
    float in[6] = {1000, 1000, -1000, 0, 0.6931472f, 0}, out[6];
    cornu_operand *operands = OPERANDS(operand(F32, 2, 3), operand(F32, 2, 3));
    assert_ok(run_desc(DESC(.kind = CORNU_KERNEL_SOFTMAX), operands, 2, BUFFERS(in, out)));
    assert_floats(out, 1e-7f, 0.5f, 0.5f, 0, 0.25f, 0.5f, 0.25f);
    assert_ok(
        run_desc(DESC(.kind = CORNU_KERNEL_SOFTMAX, .flag = true), operands, 2, BUFFERS(in, out))
    );
    assert_floats(
        out, 1e-6f, -0.6931472f, -0.6931472f, -2000.693147f, -1.3862944f, -0.6931472f, -1.3862944f
    );
}
END_TEST

START_TEST(iota_ends_exactly) {
    float out[11];
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_IOTA, .value = {-1, 0.2, 1}, .flag = true),
        OPERANDS(operand(F32, 11)), 1, BUFFERS(out)
    ));
    ck_assert(out[0] == -1 && out[1] == -0.8f && out[10] == 1);
    int32_t ints[4];
    assert_ok(run_desc(
        DESC(.kind = CORNU_KERNEL_IOTA, .value = {5, -2}), OPERANDS(operand(CORNU_INT32, 4)), 1,
        BUFFERS(ints)
    ));
    ck_assert_mem_eq(ints, ((int32_t[]){5, 3, 1, -1}), sizeof ints);
}
END_TEST

START_TEST(argsort_is_stable_with_nan_last) {
    float in[7] = {2, NAN, -0.0f, 0, INFINITY, -3, 2};
    int32_t out[7];
    cornu_operand *operands = OPERANDS(operand(F32, 1, 7), operand(CORNU_INT32, 1, 7));
    assert_ok(run_desc(DESC(.kind = CORNU_KERNEL_ARGSORT), operands, 2, BUFFERS(in, out)));
    ck_assert_mem_eq(out, ((int32_t[]){5, 2, 3, 0, 6, 4, 1}), sizeof out);
    assert_ok(
        run_desc(DESC(.kind = CORNU_KERNEL_ARGSORT, .flag = true), operands, 2, BUFFERS(in, out))
    );
    ck_assert_mem_eq(out, ((int32_t[]){4, 0, 6, 2, 3, 5, 1}), sizeof out);
}
END_TEST

CORNU_TESTS(reference_kinds) {
    TCase *tc = cornu_test_case(suite, "reference kinds");
    tcase_add_test(tc, move_pads_and_transposes);
    tcase_add_test(tc, move_concatenates_and_flips);
    tcase_add_test(tc, reduce_takes_any_set_of_axes);
    tcase_add_test(tc, long_sums_keep_their_digits);
    tcase_add_test(tc, arg_reductions_give_the_first_index_and_the_first_nan);
    tcase_add_test(tc, reducing_nothing_gives_the_identity_or_an_error);
    tcase_add_test(tc, max_and_min_are_nan_if_an_element_is);
    tcase_add_test(tc, integer_and_bool_reductions_stay_exact);
    tcase_add_test(tc, cumsum_runs_both_ways);
    tcase_add_test(tc, matmul_transposes_and_broadcasts_by_strides);
    tcase_add_test(tc, matmul_of_more_rows_than_a_block_is_right);
    tcase_add_test(tc, matmul_without_inner_axis_is_zero);
    tcase_add_test(tc, gather_and_scatter_add_are_transposes);
    tcase_add_test(tc, batched_gather_takes_along_an_axis);
    tcase_add_test(tc, an_index_outside_its_axis_is_named);
    tcase_add_test(tc, softmax_of_large_logits_stays_finite);
    tcase_add_test(tc, iota_ends_exactly);
    tcase_add_test(tc, argsort_is_stable_with_nan_last);
}
