/* The elementwise interpreter: programs, types, broadcasting, and the rules of single codes. */
#include "backend/erfinv.h"
#include "support/kernels.h"
#include "support/support.h"
#include <math.h>

static cornu_status run_program(
    const cornu_ew_instruction *program, int length, cornu_dtype compute,
    const cornu_operand *operands, int count, void *const *buffers
) {
    return cornu_test_kernel(
        &cornu_backend_reference_,
        &(cornu_kernel_desc
        ){.kind = CORNU_KERNEL_ELEMENTWISE,
          .operand_count = count,
          .operands = operands,
          .program = program,
          .program_length = length,
          .compute = compute},
        buffers
    );
}

/* One code on one element of one type. */
static void run_code(cornu_ew_code code, cornu_dtype dtype, void *a, void *b, void *out) {
    bool two = cornu_ew_operands_(code) == 2;
    cornu_operand scalar = operand(dtype);
    cornu_ew_instruction step = {(uint16_t)code, {0, two ? 1 : 0, 0}};
    assert_ok(run_program(
        &step, 1, dtype, (cornu_operand[]){scalar, scalar, scalar}, two ? 3 : 2,
        two ? (void *[]){a, b, out} : (void *[]){a, out, NULL}
    ));
}

static float one_float(cornu_ew_code code, float a, float b) {
    float out = -99;
    run_code(code, CORNU_FLOAT32, &a, &b, &out);
    return out;
}

static double one_double(cornu_ew_code code, double a, double b) {
    double out = -99;
    run_code(code, CORNU_FLOAT64, &a, &b, &out);
    return out;
}

static int64_t one_int(cornu_ew_code code, int64_t a, int64_t b) {
    int64_t out = -99;
    run_code(code, CORNU_INT64, &a, &b, &out);
    return out;
}

START_TEST(every_code_has_a_name_and_its_operands) {
    ck_assert_str_eq(cornu_ew_name_(CORNU_EW_COPY), "copy");
    ck_assert_str_eq(cornu_ew_name_(CORNU_EW_FMA), "multiply_add");
    ck_assert_int_eq(cornu_ew_operands_(CORNU_EW_SOFTPLUS), 1);
    ck_assert_int_eq(cornu_ew_operands_(CORNU_EW_XOR), 2);
    ck_assert_int_eq(cornu_ew_operands_(CORNU_EW_WHERE), 3);
}
END_TEST

START_TEST(float_division_and_remainder_follow_python) {
    ck_assert_double_eq(one_double(CORNU_EW_MOD, -7, 3), 2);
    ck_assert_double_eq(one_double(CORNU_EW_MOD, 7, -3), -2);
    ck_assert_double_eq(one_double(CORNU_EW_FLOOR_DIVIDE, -7, 2), -4);
    ck_assert_double_eq(one_double(CORNU_EW_FLOOR_DIVIDE, 1, 0.1), 9);
    ck_assert(one_double(CORNU_EW_FLOOR_DIVIDE, 1, 0) == HUGE_VAL);
}
END_TEST

START_TEST(integer_division_is_floored_and_never_traps) {
    ck_assert_int_eq(one_int(CORNU_EW_FLOOR_DIVIDE, -7, 2), -4);
    ck_assert_int_eq(one_int(CORNU_EW_FLOOR_DIVIDE, 7, -2), -4);
    ck_assert_int_eq(one_int(CORNU_EW_FLOOR_DIVIDE, -8, 2), -4);
    ck_assert_int_eq(one_int(CORNU_EW_FLOOR_DIVIDE, 5, 0), 0);
    ck_assert_int_eq(one_int(CORNU_EW_FLOOR_DIVIDE, INT64_MIN, -1), INT64_MIN);
    ck_assert_int_eq(one_int(CORNU_EW_MOD, -7, 3), 2);
    ck_assert_int_eq(one_int(CORNU_EW_MOD, 7, -3), -2);
    ck_assert_int_eq(one_int(CORNU_EW_MOD, 5, 0), 0);
    ck_assert_int_eq(one_int(CORNU_EW_MOD, INT64_MIN, -1), 0);
}
END_TEST

START_TEST(integers_wrap_around) {
    ck_assert_int_eq(one_int(CORNU_EW_ADD, INT64_MAX, 1), INT64_MIN);
    ck_assert_int_eq(one_int(CORNU_EW_NEGATIVE, INT64_MIN, 0), INT64_MIN);
    ck_assert_int_eq(one_int(CORNU_EW_POWER, 3, 4), 81);
    ck_assert_int_eq(one_int(CORNU_EW_POWER, 2, 64), 0);
    ck_assert_int_eq(one_int(CORNU_EW_POWER, -1, -3), -1);
    ck_assert_int_eq(one_int(CORNU_EW_POWER, 2, -1), 0);
}
END_TEST

START_TEST(nan_passes_through) {
    const cornu_ew_code codes[] = {CORNU_EW_SIGN,     CORNU_EW_RELU,   CORNU_EW_SIGMOID,
                                   CORNU_EW_SOFTPLUS, CORNU_EW_ERFINV, CORNU_EW_ROUND};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        ck_assert_msg(isnan(one_float(codes[i], NAN, 0)), "%s", cornu_ew_name_(codes[i]));
    ck_assert(isnan(one_float(CORNU_EW_MAXIMUM, 1, NAN)));
    ck_assert(isnan(one_float(CORNU_EW_MAXIMUM, NAN, 1)));
    ck_assert(isnan(one_float(CORNU_EW_MINIMUM, 1, NAN)));
    ck_assert(isnan(one_float(CORNU_EW_MINIMUM, NAN, 1)));
    ck_assert(one_float(CORNU_EW_ISNAN, NAN, 0) == 1);
}
END_TEST

START_TEST(sigmoid_and_softplus_do_not_overflow) {
    ck_assert(one_float(CORNU_EW_SIGMOID, 1000, 0) == 1);
    ck_assert(one_float(CORNU_EW_SIGMOID, -1000, 0) == 0);
    ck_assert(one_float(CORNU_EW_SIGMOID, 0, 0) == 0.5f);
    ck_assert(one_float(CORNU_EW_SOFTPLUS, 1000, 0) == 1000);
    ck_assert(one_float(CORNU_EW_SOFTPLUS, -INFINITY, 0) == 0);
    ck_assert_double_eq_tol(one_double(CORNU_EW_SOFTPLUS, 0, 0), 0.6931471805599453, 2e-16);
}
END_TEST

START_TEST(round_is_half_to_even) {
    ck_assert(one_float(CORNU_EW_ROUND, 0.5f, 0) == 0);
    ck_assert(one_float(CORNU_EW_ROUND, 1.5f, 0) == 2);
    ck_assert(one_float(CORNU_EW_ROUND, -2.5f, 0) == -2);
}
END_TEST

START_TEST(erfinv_is_the_inverse_of_erf) {
    ck_assert_double_eq_tol(cornu_erfinv_(0.5), 0.4769362762044699, 2e-16);
    ck_assert_double_eq_tol(cornu_erfinv_(-0.9), -1.1630871536766743, 4e-16);
    ck_assert_double_eq_tol(cornu_erfinv_(1e-12), 8.862269254527581e-13, 1e-27);
    for (double x = -0.999; x < 1; x += 0.0101)
        ck_assert_double_eq_tol(erf(cornu_erfinv_(x)), x, 3e-16);
    for (double q = 1e-15; q < 0.5; q *= 3) { /* in the tail, at 1 - q */
        double x = 1 - q;
        ck_assert_double_eq_tol(erfc(cornu_erfinv_(x)) / (1 - x), 1, 2e-14);
    }
    ck_assert(cornu_erfinv_(1) == HUGE_VAL && cornu_erfinv_(-1) == -HUGE_VAL);
    ck_assert(isnan(cornu_erfinv_(1.5)));
}
END_TEST

/* a * b + c with a transposed and b broadcast over rows, in one program of two instructions; 3 x 50
 * elements, so that blocks end in the middle of a row. */
START_TEST(programs_run_over_broadcast_and_strided_inputs) {
    static float a[150], b[50], c[150], out[150];
    for (int i = 0; i < 150; i++) {
        a[i] = (float)i;
        c[i] = (float)(1000 * i);
        b[i % 50] = (float)(i % 50 - 25);
    }
    cornu_operand dense = operand(CORNU_FLOAT32, 3, 50);
    cornu_operand operands[4] = {dense, dense, dense, dense};
    operands[0].strides[0] = 1;
    operands[0].strides[1] = 3;
    operands[1].strides[0] = 0;
    const cornu_ew_instruction program[] = {{CORNU_EW_MULTIPLY, {0, 1}}, {CORNU_EW_ADD, {3, 2}}};
    assert_ok(run_program(program, 2, CORNU_FLOAT32, operands, 4, (void *[]){a, b, c, out}));
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 50; j++)
            ck_assert(out[i * 50 + j] == a[j * 3 + i] * b[j] + c[i * 50 + j]);
}
END_TEST

/* COPY of `n` elements from one type to another. */
static void convert(
    cornu_dtype from, void *values, cornu_dtype to, cornu_dtype compute, int64_t n, void *out
) {
    const cornu_ew_instruction copy = {CORNU_EW_COPY, {0}};
    assert_ok(run_program(
        &copy, 1, compute, (cornu_operand[]){operand(from, n), operand(to, n)}, 2,
        (void *[]){values, out}
    ));
}

START_TEST(copy_converts_between_types) {
    int8_t bytes[4];
    convert(CORNU_FLOAT32, (float[]){1.75f, -1.75f, 300, NAN}, CORNU_INT8, CORNU_FLOAT32, 4, bytes);
    ck_assert_mem_eq(bytes, ((int8_t[]){1, -1, 127, 0}), 4);
    uint8_t bools[4];
    convert(CORNU_FLOAT32, (float[]){0, 0.25f, -0.0f, NAN}, CORNU_BOOL, CORNU_FLOAT32, 4, bools);
    ck_assert_mem_eq(bools, ((uint8_t[]){0, 1, 0, 1}), 4);
    uint16_t halves[4];
    convert(
        CORNU_FLOAT32, (float[]){1, -2, 65520, 0x1p-24f}, CORNU_FLOAT16, CORNU_FLOAT32, 4, halves
    );
    ck_assert_mem_eq(halves, ((uint16_t[]){0x3c00, 0xc000, 0x7c00, 0x0001}), 8);
    double doubles[2];
    convert(CORNU_BFLOAT16, (uint16_t[]){0x3f80, 0xc040}, CORNU_FLOAT64, CORNU_FLOAT64, 2, doubles);
    ck_assert(doubles[0] == 1 && doubles[1] == -3);
    int64_t large = INT64_MAX - 1, same; /* no double */
    convert(CORNU_INT64, &large, CORNU_INT64, CORNU_INT64, 1, &same);
    ck_assert_int_eq(same, large);
    convert(CORNU_FLOAT64, &(double){1e300}, CORNU_INT64, CORNU_FLOAT64, 1, &same);
    ck_assert_int_eq(same, INT64_MAX);
}
END_TEST

START_TEST(float32_is_rounded_after_every_instruction) {
    float a = 16777216, one = 1, out; /* 2^24 + 1 is no float */
    cornu_operand scalar = operand(CORNU_FLOAT32);
    const cornu_ew_instruction program[] = {{CORNU_EW_ADD, {0, 1}}, {CORNU_EW_SUBTRACT, {2, 0}}};
    assert_ok(run_program(
        program, 2, CORNU_FLOAT32, (cornu_operand[]){scalar, scalar, scalar}, 3,
        (void *[]){&a, &one, &out}
    ));
    ck_assert(out == 0);
}
END_TEST

START_TEST(wrong_programs_are_refused) {
    cornu_operand operands[2] = {operand(CORNU_INT64, 2), operand(CORNU_INT64, 2)};
    cornu_ew_instruction step = {CORNU_EW_EXP, {0}};
    assert_fails(run_program(&step, 1, CORNU_INT64, operands, 2, NULL), CORNU_EDTYPE, "exp");
    step = (cornu_ew_instruction){CORNU_EW_ADD, {0, 1}};
    assert_fails(run_program(&step, 1, CORNU_INT64, operands, 2, NULL), CORNU_EINVAL, "register 1");
    step = (cornu_ew_instruction){CORNU_EW_COPY, {0}};
    operands[0].dims[0] = 3;
    assert_fails(run_program(&step, 1, CORNU_INT64, operands, 2, NULL), CORNU_EINVAL, "3 and 2");
}
END_TEST

CORNU_TESTS(reference_elementwise) {
    TCase *tc = cornu_test_case(suite, "reference elementwise");
    tcase_add_test(tc, every_code_has_a_name_and_its_operands);
    tcase_add_test(tc, float_division_and_remainder_follow_python);
    tcase_add_test(tc, integer_division_is_floored_and_never_traps);
    tcase_add_test(tc, integers_wrap_around);
    tcase_add_test(tc, nan_passes_through);
    tcase_add_test(tc, sigmoid_and_softplus_do_not_overflow);
    tcase_add_test(tc, round_is_half_to_even);
    tcase_add_test(tc, erfinv_is_the_inverse_of_erf);
    tcase_add_test(tc, programs_run_over_broadcast_and_strided_inputs);
    tcase_add_test(tc, copy_converts_between_types);
    tcase_add_test(tc, float32_is_rounded_after_every_instruction);
    tcase_add_test(tc, wrong_programs_are_refused);
}
