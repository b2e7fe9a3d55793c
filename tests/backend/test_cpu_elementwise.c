/* The cpu backend's elementwise kernels against the reference, which computes in double. */
#include "cpu_case.h"

#include <float.h>

/* The polynomials are good to 2.5 units in the last place, glibc's float functions to about 2; the
 * reference is rounded once (half a unit): 3 units are 3 * 2^-23 relative, and 3 * 2^-149 among the
 * denormals. */
#define RTOL (3 * 0x1p-23)
#define ATOL (3 * 0x1p-149)

static const float special[] = {
    0.0f,      -0.0f,      1.0f,       -1.0f,      0.5f,        -0.5f,        2.0f,       -2.0f,
    3.0f,      -3.0f,      0.1f,       -0.9f,      1e-3f,       -1e-3f,       1e-8f,      -1e-8f,
    10.0f,     -10.0f,     20.5f,      -17.25f,    87.0f,       -87.0f,       88.7f,      88.8f,
    -103.0f,   -104.5f,    1e4f,       -1e4f,      3e6f,        -3e6f,        1e30f,      -1e30f,
    FLT_MAX,   -FLT_MAX,   FLT_MIN,    -FLT_MIN,   1e-40f,      -1e-40f,      0x1p-149f,  INFINITY,
    -INFINITY, (float)NAN, 1.5707963f, 3.1415927f, 0.99999994f, -0.99999994f, 1.0000001f, 2.5f,
    3.5f,      -0.25f,
};
enum { SPECIALS = sizeof special / sizeof special[0] };

static cornu_kernel_desc program_of(
    const cornu_operand *operands, int count, const cornu_ew_instruction *program, int length
) {
    return (cornu_kernel_desc){
        .kind = CORNU_KERNEL_ELEMENTWISE,
        .operand_count = count,
        .operands = operands,
        .program_length = length,
        .program = program,
        .compute = CORNU_FLOAT32,
    };
}

/* One instruction on dense operands of n elements. */
static void compare_dense(cornu_ew_code code, size_t n, float *const values[3], const char *isa) {
    int inputs = cornu_ew_operands_(code);
    cornu_operand operands[4];
    for (int i = 0; i <= inputs; i++)
        operands[i] = operand_of(CORNU_FLOAT32, cornu_shape((int64_t)n));
    cornu_ew_instruction instruction = {(uint16_t)code, {0, 1, 2}};
    cornu_kernel_desc desc = program_of(operands, inputs + 1, &instruction, 1);
    float *wanted = random_floats(n, 1), *got = random_floats(n, 2);
    void *buffers[4] = {values[0], values[1], values[2], NULL};
    buffers[inputs] = wanted;
    run_on(&cornu_backend_reference_, &desc, buffers);
    run_cpu_with_threads(&desc, buffers, got, n * sizeof *got);
    char what[64];
    (void)snprintf(what, sizeof what, "%s (%s)", cornu_ew_name_(code), isa);
    for (size_t i = 0; code == CORNU_EW_FMA && i < n; i++) {
        /* rounded twice is allowed too, and far from once where the terms cancel */
        float product = values[0][i] * values[1][i], twice = product + values[2][i];
        if (close_floats(got[i], twice, 0, 0)) wanted[i] = got[i];
    }
    assert_floats(what, got, wanted, n, RTOL, ATOL);
    cornu_free_(wanted);
    cornu_free_(got);
}

START_TEST(every_instruction_agrees_with_the_reference_for_every_size) {
    cornu_ew_code code = (cornu_ew_code)_i;
    static const size_t sizes[] = {0, 1, 3, 17, 256, 1000, 100003};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        float *values[3] = {random_floats(n, 10), random_floats(n, 20), random_floats(n, 30)};
        for (size_t i = 0; i < n; i++) {
            /* from 1e-4 to 1e2, so that no function is seen at its centre alone */
            values[0][i] *= powf(10.0f, (float)(i % 7) - 4.0f);
            values[1][i] *= powf(10.0f, (float)(i % 5) - 2.0f);
            if (i % 3 == 0) values[2][i] = 0;
        }
        FOR_EACH_ISA(isa) { compare_dense(code, n, values, isa); }
        for (int i = 0; i < 3; i++) cornu_free_(values[i]);
    }
}
END_TEST

START_TEST(every_instruction_agrees_on_special_values) {
    cornu_ew_code code = (cornu_ew_code)_i;
    enum { N = SPECIALS * SPECIALS + 5 };
    float *values[3] = {random_floats(N, 1), random_floats(N, 2), random_floats(N, 3)};
    for (int i = 0; i < N; i++) {
        values[0][i] = special[i % SPECIALS];
        values[1][i] = special[i / SPECIALS % SPECIALS];
        values[2][i] = special[(i * 7 + 3) % SPECIALS];
    }
    FOR_EACH_ISA(isa) { compare_dense(code, N, values, isa); }
    for (int i = 0; i < 3; i++) cornu_free_(values[i]);
}
END_TEST

/* a * b + c, all broadcast in different ways. */
typedef struct broadcast_case {
    cornu_shape shape;
    int64_t strides[3][CORNU_MAX_RANK];
    int64_t offset[3]; /* where the element of index 0 is: negative strides */
} broadcast_case;

static const broadcast_case broadcast_cases[] = {
    {{1, {700}}, {{1}, {0}, {2}}, {0}},                /* scalar; strided */
    {{2, {50, 700}}, {{700, 1}, {0, 1}, {1, 0}}, {0}}, /* row; column */
    {{2, {300, 10}}, {{10, 1}, {0, 1}, {1, 0}}, {0}},  /* short rows */
    {{2, {300, 10}}, {{0, 1}, {0, 1}, {0, 1}}, {0}},   /* no dense input at all */
    {{2, {40, 1}}, {{1, 1}, {0, 0}, {1, 0}}, {0}},     /* an axis of size 1 */
    {{2, {33, 65}}, {{1, 33}, {65, 1}, {0, 0}}, {0}},  /* transposed */
    {{2, {33, 65}}, {{-65, -1}, {65, -1}, {-65, 1}}, {33 * 65 - 1, 64, 32 * 65}}, /* flipped */
    {{3, {4, 5, 600}}, {{0, 600, 1}, {600, 0, 1}, {5, 1, 0}}, {0}},
    {{3, {7, 3, 11}}, {{33, 11, 1}, {11, 0, 1}, {0, 1, 0}}, {0}},
    {{8, {2, 3, 1, 2, 3, 2, 1, 5}},
     {{180, 60, 60, 30, 10, 5, 5, 1}, {0, 5, 0, 0, 0, 0, 0, 1}, {1, 0, 0, 2, 0, 0, 0, 0}},
     {0}},
    {{2, {500, 257}}, {{257, 1}, {0, 1}, {1, 0}}, {0}},
    /* rows of whole strips, which threads share in the middle of one */
    {{2, {71, 1024}}, {{1024, 1}, {0, 1}, {1024, 1}}, {0}},
    {{2, {71, 1024}}, {{0, 1}, {0, 0}, {0, 1}}, {0}},
    {{2, {71, 512}}, {{600, 1}, {0, 1}, {-512, 1}}, {0, 0, 70 * 512}},
    {{3, {5, 17, 384}}, {{17 * 384, 384, 1}, {0, 384, 1}, {0, 0, 1}}, {0}},
    {{2, {0, 5}}, {{5, 1}, {0, 1}, {1, 0}}, {0}},
    {{0, {0}}, {{0}, {0}, {0}}, {0}},
};

START_TEST(broadcast_operands_agree_with_the_reference) {
    const broadcast_case *c = &broadcast_cases[_i];
    enum { ROOM = 200000 };
    float *values[3] = {random_floats(ROOM, 1), random_floats(ROOM, 2), random_floats(ROOM, 3)};
    cornu_operand operands[4];
    for (int i = 0; i < 4; i++) {
        operands[i] = operand_of(CORNU_FLOAT32, c->shape);
        if (i < 3) memcpy(operands[i].strides, c->strides[i], sizeof operands[i].strides);
    }
    size_t n = operand_size(&operands[3]);
    float *wanted = random_floats(n, 4), *got = random_floats(n, 5);
    /* two steps, so that products are rounded as they are in the reference */
    cornu_ew_instruction program[] = {
        {CORNU_EW_MAXIMUM, {0, 1, 0}}, {CORNU_EW_SUBTRACT, {3, 2, 0}}};
    cornu_kernel_desc desc = program_of(operands, 4, program, 2);
    void *buffers[4] = {
        values[0] + c->offset[0], values[1] + c->offset[1], values[2] + c->offset[2], wanted};
    run_on(&cornu_backend_reference_, &desc, buffers);
    FOR_EACH_ISA(isa) {
        run_cpu_with_threads(&desc, buffers, got, n * sizeof *got);
        assert_floats(isa, got, wanted, n, 0, 0);
    }
    for (int i = 0; i < 3; i++) cornu_free_(values[i]);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

/* Numbers of any type as float32, through the reference; returns `out`. */
static const float *as_floats(cornu_dtype dtype, void *numbers, int64_t n, float *out) {
    cornu_operand operands[2] = {
        operand_of(dtype, cornu_shape(n)), operand_of(CORNU_FLOAT32, cornu_shape(n))};
    cornu_ew_instruction copy = {CORNU_EW_COPY, {0}};
    cornu_kernel_desc desc = program_of(operands, 2, &copy, 1);
    run_on(&cornu_backend_reference_, &desc, (void *[]){numbers, out});
    return out;
}

/* Every pair of types; float16 stays with the reference. */
START_TEST(conversions_agree_with_the_reference) {
    cornu_dtype from = (cornu_dtype)_i;
    if (from == CORNU_FLOAT16) return;
    enum { N = 1003 };
    float *values = random_floats(N, 3);
    void *input = cornu_alloc_aligned_(N * 8), *wanted = cornu_alloc_aligned_(N * 8);
    void *got = cornu_alloc_aligned_(N * 8);
    static float got_floats[N], wanted_floats[N];
    for (int i = 0; i < N; i++)
        values[i] = i < SPECIALS ? special[i] : values[i] * powf(10.0f, (float)(i % 12) - 2.0f);
    cornu_operand operands[2] = {
        operand_of(CORNU_FLOAT32, cornu_shape(N)), operand_of(from, cornu_shape(N))};
    cornu_ew_instruction copy = {CORNU_EW_COPY, {0}};
    cornu_kernel_desc desc = program_of(operands, 2, &copy, 1);
    run_on(&cornu_backend_reference_, &desc, (void *[]){values, input});
    for (int to = 0; to < CORNU_DTYPE_COUNT; to++) {
        if (to == CORNU_FLOAT16) continue;
        operands[0] = operand_of(from, cornu_shape(N));
        operands[1] = operand_of((cornu_dtype)to, cornu_shape(N));
        size_t bytes = N * cornu_dtype_size((cornu_dtype)to);
        run_on(&cornu_backend_reference_, &desc, (void *[]){input, wanted});
        /* wider integers pass through float32 here, as `compute` asks, and through double there */
        bool same = cornu_dtype_is_float(from) || from == CORNU_BOOL || cornu_dtype_size(from) < 4;
        FOR_EACH_ISA(isa) {
            run_cpu_with_threads(&desc, (void *[]){input, NULL}, got, bytes);
            if (cornu_dtype_is_float((cornu_dtype)to)) {
                /* as numbers, since NaN has many bit patterns */
                assert_floats(
                    isa, as_floats((cornu_dtype)to, got, N, got_floats),
                    as_floats((cornu_dtype)to, wanted, N, wanted_floats), N, same ? 0 : 0x1p-23, 0
                );
            } else if (same) {
                ck_assert_msg(
                    memcmp(got, wanted, bytes) == 0, "%s to %s (%s)", cornu_dtype_name(from),
                    cornu_dtype_name((cornu_dtype)to), isa
                );
            }
        }
    }
    cornu_free_(values);
    cornu_free_(input);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

/* Columns of a row: whole strips or not, in one tile or in several. */
static const int long_program_columns[] = {700, 384, 512, 1024};

/* gelu'(x) * g, with results that are used more than once and late: 12 instructions. */
START_TEST(a_long_program_equals_its_instructions_one_by_one) {
    static const cornu_ew_instruction program[] = {
        {CORNU_EW_MULTIPLY, {0, 2, 0}},   /* 3: x / sqrt 2 */
        {CORNU_EW_ERF, {3}},              /* 4 */
        {CORNU_EW_SQUARE, {3}},           /* 5 */
        {CORNU_EW_NEGATIVE, {5}},         /* 6 */
        {CORNU_EW_EXP, {6}},              /* 7 */
        {CORNU_EW_MULTIPLY, {7, 0, 0}},   /* 8 */
        {CORNU_EW_ADD, {8, 4, 0}},        /* 9 */
        {CORNU_EW_MULTIPLY, {9, 1, 0}},   /* 10: unused */
        {CORNU_EW_FMA, {9, 1, 4}},        /* 11 */
        {CORNU_EW_WHERE, {3, 11, 4}},     /* 12 */
        {CORNU_EW_SUBTRACT, {12, 12, 0}}, /* 13: zero or NaN */
        {CORNU_EW_ADD, {13, 12, 0}},      /* 14 */
    };
    enum { LENGTH = sizeof program / sizeof program[0], ROWS = 61 };
    const int columns = long_program_columns[_i];
    const size_t n = ROWS * (size_t)columns;
    float *registers[3 + LENGTH];
    for (int i = 0; i < 3 + LENGTH; i++) registers[i] = random_floats(n, (uint32_t)i + 1);
    registers[2][0] = 0.70710678f;
    cornu_operand operands[4];
    for (int i = 0; i < 4; i++) operands[i] = operand_of(CORNU_FLOAT32, cornu_shape(ROWS, columns));
    memset(operands[1].strides, 0, sizeof operands[1].strides); /* g: a row */
    operands[1].strides[1] = 1;
    memset(operands[2].strides, 0, sizeof operands[2].strides); /* a scalar */
    float *got = random_floats(n, 99);
    FOR_EACH_ISA(isa) {
        cornu_kernel_desc whole = program_of(operands, 4, program, LENGTH);
        run_cpu_with_threads(
            &whole, (void *[]){registers[0], registers[1], registers[2], NULL}, got, n * sizeof *got
        );
        for (int i = 0; i < LENGTH; i++) {
            int inputs = cornu_ew_operands_((cornu_ew_code)program[i].code);
            cornu_operand single[4];
            void *buffers[4];
            cornu_ew_instruction step = {program[i].code, {0, 1, 2}};
            for (int j = 0; j < inputs; j++) {
                int from = program[i].operand[j];
                single[j] = operands[from < 3 ? from : 3];
                buffers[j] = registers[from];
            }
            single[inputs] = operands[3];
            buffers[inputs] = registers[3 + i];
            cornu_kernel_desc one = program_of(single, inputs + 1, &step, 1);
            run_on(&cornu_backend_cpu_, &one, buffers);
        }
        assert_floats(isa, got, registers[3 + LENGTH - 1], n, 0, 0);
    }
    for (int i = 0; i < 3 + LENGTH; i++) cornu_free_(registers[i]);
    cornu_free_(got);
}
END_TEST

/* Signs of zeros included. */
START_TEST(an_extremum_with_one_number_in_a_program_has_the_bits_of_one_with_an_array) {
    enum { N = 512 };
    static const float numbers[] = {0.0f, -0.0f, 0.5f, -2.0f, INFINITY, (float)NAN};
    float x[N], filled[N], wanted[N], got[N];
    for (int i = 0; i < N; i++) x[i] = special[i % SPECIALS];
    cornu_operand operands[3];
    for (int i = 0; i < 3; i++) operands[i] = operand_of(CORNU_FLOAT32, cornu_shape(N));
    for (size_t c = 0; c < 4 * sizeof numbers / sizeof numbers[0]; c++) {
        float number = numbers[c / 4];
        uint16_t first = c & 1, code = c & 2 ? CORNU_EW_MAXIMUM : CORNU_EW_MINIMUM;
        for (int i = 0; i < N; i++) filled[i] = number;
        cornu_ew_instruction program[] = {
            {code, {first, 1 - first, 0}}, {CORNU_EW_NEGATIVE, {2, 0, 0}}};
        FOR_EACH_ISA(isa) {
            operands[1].strides[0] = 1;
            cornu_kernel_desc step = program_of(operands, 3, program, 1);
            run_on(&cornu_backend_cpu_, &step, (void *[]){x, filled, wanted});
            for (int i = 0; i < N; i++) wanted[i] = -wanted[i];
            operands[1].strides[0] = 0;
            cornu_kernel_desc both = program_of(operands, 3, program, 2);
            run_on(&cornu_backend_cpu_, &both, (void *[]){x, &number, got});
            for (int i = 0; i < N; i++)
                ck_assert_msg(
                    close_floats(got[i], wanted[i], 0, 0) &&
                        (isnan(wanted[i]) || !signbit(got[i]) == !signbit(wanted[i])),
                    "%s of %g and %g (%s): %g, not %g", cornu_ew_name_((cornu_ew_code)code),
                    (double)x[i], (double)number, isa, (double)got[i], (double)wanted[i]
                );
        }
    }
}
END_TEST

START_TEST(masks_and_small_integers_agree_with_the_reference) {
    static const cornu_dtype types[][3] = {
        {CORNU_BOOL, CORNU_BOOL, CORNU_BOOL},    {CORNU_UINT8, CORNU_INT8, CORNU_BOOL},
        {CORNU_INT16, CORNU_BOOL, CORNU_INT32},  {CORNU_INT8, CORNU_UINT8, CORNU_INT16},
        {CORNU_UINT8, CORNU_UINT8, CORNU_UINT8}, {CORNU_INT16, CORNU_INT16, CORNU_INT64},
    };
    static const cornu_ew_code codes[] = {
        CORNU_EW_AND,     CORNU_EW_XOR,           CORNU_EW_LESS,    CORNU_EW_EQUAL,
        CORNU_EW_MAXIMUM, CORNU_EW_GREATER_EQUAL, CORNU_EW_MINIMUM, CORNU_EW_OR};
    enum { N = 700 };
    _Alignas(8) uint8_t inputs[2][2 * N], wanted[8 * N], got[8 * N];
    uint32_t state = 4;
    for (int i = 0; i < 2 * N; i++) {
        for (int j = 0; j < 2; j++) inputs[j][i] = (uint8_t)(int)(next_float(&state) * 127);
    }
    cornu_operand operands[3];
    for (int i = 0; i < 3; i++) operands[i] = operand_of(types[_i][i], cornu_shape(N));
    for (int i = 0; i < 2 && types[_i][0] == CORNU_BOOL; i++) {
        for (int j = 0; j < 2 * N; j++) inputs[i][j] &= 1;
    }
    for (size_t c = 0; c < sizeof codes / sizeof codes[0]; c++) {
        cornu_ew_instruction step = {(uint16_t)codes[c], {0, 1}};
        cornu_kernel_desc desc = program_of(operands, 3, &step, 1);
        desc.compute = CORNU_INT64;
        run_on(&cornu_backend_reference_, &desc, (void *[]){inputs[0], inputs[1], wanted});
        FOR_EACH_ISA(isa) {
            size_t bytes = N * cornu_dtype_size(types[_i][2]);
            run_cpu_with_threads(&desc, (void *[]){inputs[0], inputs[1], NULL}, got, bytes);
            ck_assert_msg(
                memcmp(got, wanted, bytes) == 0, "%s (%s)", cornu_ew_name_(codes[c]), isa
            );
        }
    }
}
END_TEST

START_TEST(the_output_may_be_an_input) {
    enum { N = 50001 };
    float *x = random_floats(N, 1), *y = random_floats(N, 2), *wanted = random_floats(N, 3);
    cornu_operand operands[3];
    for (int i = 0; i < 3; i++) operands[i] = operand_of(CORNU_FLOAT32, cornu_shape(N));
    static const cornu_ew_instruction program[] = {
        {CORNU_EW_SIN, {0}}, {CORNU_EW_MULTIPLY, {2, 1, 0}}};
    cornu_kernel_desc desc = program_of(operands, 3, program, 2);
    run_on(&cornu_backend_cpu_, &desc, (void *[]){x, y, wanted});
    run_on(&cornu_backend_cpu_, &desc, (void *[]){x, y, x});
    assert_floats("in place", x, wanted, N, 0, 0);
    cornu_free_(x);
    cornu_free_(y);
    cornu_free_(wanted);
}
END_TEST

CORNU_TESTS(cpu_elementwise) {
    TCase *tc = cornu_test_case(suite, "cpu_elementwise");
    tcase_add_loop_test(
        tc, every_instruction_agrees_with_the_reference_for_every_size, 0, CORNU_EW_COUNT
    );
    tcase_add_loop_test(tc, every_instruction_agrees_on_special_values, 0, CORNU_EW_COUNT);
    tcase_add_loop_test(
        tc, broadcast_operands_agree_with_the_reference, 0,
        sizeof broadcast_cases / sizeof broadcast_cases[0]
    );
    tcase_add_loop_test(tc, conversions_agree_with_the_reference, 0, CORNU_DTYPE_COUNT);
    tcase_add_loop_test(
        tc, a_long_program_equals_its_instructions_one_by_one, 0,
        sizeof long_program_columns / sizeof long_program_columns[0]
    );
    tcase_add_test(tc, an_extremum_with_one_number_in_a_program_has_the_bits_of_one_with_an_array);
    tcase_add_loop_test(tc, masks_and_small_integers_agree_with_the_reference, 0, 6);
    tcase_add_test(tc, the_output_may_be_an_input);
}
