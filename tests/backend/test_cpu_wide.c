/* The cpu backend's programs in int64 and float64, and its products of float64, against the
 * reference: the same bits. */
#include "cpu_case.h"

enum { LARGEST = 1300 };

static const int64_t lengths[] = {1, 2, 7, 255, 256, 257, LARGEST};

/* Numbers of every size, zeros and signs among them; for floats NaN and infinities. */
static void fill(cornu_dtype dtype, char *data, size_t n, uint32_t seed) {
    static const double special[] = {0, -0.0, 1, -1, 0.5, NAN, INFINITY, -INFINITY, 1e300, 3};
    for (size_t i = 0; i < n; i++) {
        double value = (double)next_float(&seed) * 12;
        if (dtype == CORNU_FLOAT64 && i % 5 == 0) value = special[i / 5 % 10];
        if (dtype == CORNU_FLOAT64) ((double *)(void *)data)[i] = value;
        else if (dtype == CORNU_FLOAT32) ((float *)(void *)data)[i] = (float)value;
        else if (dtype == CORNU_INT64)
            ((int64_t *)(void *)data)[i] = i % 7 == 0 ? INT64_MIN + (int64_t)i : (int64_t)value;
        else if (dtype == CORNU_INT32) ((int32_t *)(void *)data)[i] = (int32_t)(value * 1e8);
        else data[i] = value > 0;
    }
}

/* Whether the cpu backend has it. */
static bool has(const cornu_kernel_desc *desc) {
    cornu_kernel *kernel;
    if (cornu_backend_cpu_.kernel_create(desc, &kernel) != CORNU_OK) return false;
    kernel->destroy(kernel);
    return true;
}

/* Every instruction on inputs of one type, to an output of another. Gives how many there are. */
static int check_instructions(
    cornu_dtype compute, cornu_dtype in, cornu_dtype out, const int64_t *sizes, int count
) {
    char *x[3], *wanted = cornu_alloc_aligned_(LARGEST * 8),
                *got = cornu_alloc_aligned_(LARGEST * 8);
    int found = 0;
    for (uint32_t k = 0; k < 3; k++) {
        x[k] = cornu_alloc_aligned_(LARGEST * 8);
        fill(in, x[k], LARGEST, 5 + k);
    }
    for (int code = 0; code < CORNU_EW_COUNT; code++) {
        int inputs = cornu_ew_operands_((cornu_ew_code)code);
        for (int i = 0; i < count; i++) {
            cornu_operand operands[4];
            for (int k = 0; k <= inputs; k++)
                operands[k] = operand_of(k < inputs ? in : out, cornu_shape(sizes[i]));
            cornu_ew_instruction step = {.code = (uint16_t)code, .operand = {0, 1, 2}};
            for (int k = inputs; k < 3; k++) step.operand[k] = 0;
            cornu_kernel_desc desc = {
                .kind = CORNU_KERNEL_ELEMENTWISE,
                .operand_count = inputs + 1,
                .operands = operands,
                .program = &step,
                .program_length = 1,
                .compute = compute,
            };
            if (!has(&desc)) break;
            found += i == 0;
            void *buffers[4] = {x[0], x[1], x[2], NULL};
            size_t bytes = (size_t)sizes[i] * cornu_dtype_size(out);
            buffers[inputs] = wanted;
            run_on(&cornu_backend_reference_, &desc, buffers);
            run_cpu_with_threads(&desc, buffers, got, bytes);
            for (size_t b = 0; b < bytes; b += 8) {
                double a = 0, w = 0;
                if (out == CORNU_FLOAT64) memcpy(&a, got + b, 8), memcpy(&w, wanted + b, 8);
                size_t width = bytes - b < 8 ? bytes - b : 8;
                ck_assert_msg(
                    memcmp(got + b, wanted + b, width) == 0 || (isnan(a) && isnan(w)),
                    "%s of %lld at byte %zu", cornu_ew_name_((cornu_ew_code)code),
                    (long long)sizes[i], b
                );
            }
        }
    }
    for (int k = 0; k < 3; k++) cornu_free_(x[k]);
    cornu_free_(wanted);
    cornu_free_(got);
    return found;
}

START_TEST(integer_instructions_agree_with_the_reference) {
    static const cornu_dtype types[] = {CORNU_INT64, CORNU_INT32};
    int count = (int)(sizeof lengths / sizeof lengths[0]);
    for (int t = 0; t < 2; t++) {
        ck_assert_int_ge(check_instructions(CORNU_INT64, types[t], types[t], lengths, count), 25);
        ck_assert_int_ge(check_instructions(CORNU_INT64, types[t], CORNU_BOOL, lengths, count), 25);
    }
}
END_TEST

START_TEST(float64_instructions_agree_with_the_reference) {
    int count = (int)(sizeof lengths / sizeof lengths[0]);
    ck_assert_int_ge(
        check_instructions(CORNU_FLOAT64, CORNU_FLOAT64, CORNU_FLOAT64, lengths, count), 28
    );
    ck_assert_int_ge(
        check_instructions(CORNU_FLOAT64, CORNU_FLOAT64, CORNU_BOOL, lengths, count), 28
    );
}
END_TEST

START_TEST(a_program_of_broadcast_integers_with_two_results_agrees) {
    /* labels[r] == classes[c], and their difference, for 37 x 53 */
    enum { ROWS = 37, COLUMNS = 53, SIZE = ROWS * COLUMNS };
    int64_t labels[ROWS], classes[COLUMNS], wanted[SIZE], got[SIZE];
    uint8_t wanted_equal[SIZE], got_equal[SIZE];
    for (int i = 0; i < ROWS; i++) labels[i] = i * 7 % COLUMNS;
    for (int i = 0; i < COLUMNS; i++) classes[i] = i;
    cornu_operand operands[4];
    for (int k = 0; k < 4; k++)
        operands[k] = operand_of(k == 3 ? CORNU_BOOL : CORNU_INT64, cornu_shape(ROWS, COLUMNS));
    operands[0].strides[0] = 1, operands[0].strides[1] = 0;
    operands[1].strides[0] = 0, operands[1].strides[1] = 1;
    cornu_ew_instruction program[] = {
        {.code = CORNU_EW_SUBTRACT, .operand = {0, 1}},
        {.code = CORNU_EW_EQUAL, .operand = {0, 1}}};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_ELEMENTWISE,
        .operand_count = 4,
        .operands = operands,
        .program = program,
        .program_length = 2,
        .output_count = 2,
        .results = (uint16_t[]){2, 3},
        .compute = CORNU_INT64,
    };
    run_on(&cornu_backend_reference_, &desc, (void *[]){labels, classes, wanted, wanted_equal});
    run_on(&cornu_backend_cpu_, &desc, (void *[]){labels, classes, got, got_equal});
    ck_assert(memcmp(got, wanted, sizeof got) == 0);
    ck_assert(memcmp(got_equal, wanted_equal, sizeof got_equal) == 0);
}
END_TEST

START_TEST(products_of_float64_give_the_bits_of_the_reference) {
    static const int64_t sizes[][4] = {/* batch, m, k, n */
                                       {1, 1, 1, 1}, {1, 33, 17, 65}, {3, 5, 70, 9},
                                       {1, 4, 0, 3}, {2, 64, 64, 64}, {1, 1, 300, 40}};
    int64_t batch = sizes[_i][0], m = sizes[_i][1], k = sizes[_i][2], n = sizes[_i][3];
    size_t a_size = (size_t)(batch * m * k), b_size = (size_t)(batch * k * n);
    size_t c_size = (size_t)(batch * m * n);
    double *a = cornu_alloc_aligned_(a_size * 8), *b = cornu_alloc_aligned_(b_size * 8);
    double *wanted = cornu_alloc_aligned_(c_size * 8), *got = cornu_alloc_aligned_(c_size * 8);
    uint32_t state = 4;
    for (size_t i = 0; i < a_size; i++) a[i] = (double)next_float(&state) / 3;
    for (size_t i = 0; i < b_size; i++) b[i] = (double)next_float(&state) / 7;
    for (int way = 0; way < 4; way++) { /* transposed or not */
        cornu_operand operands[3] = {
            operand_of(CORNU_FLOAT64, cornu_shape(batch, m, k)),
            operand_of(CORNU_FLOAT64, cornu_shape(batch, k, n)),
            operand_of(CORNU_FLOAT64, cornu_shape(batch, m, n))};
        if (way & 1) operands[0].strides[1] = 1, operands[0].strides[2] = m;
        if (way & 2) operands[1].strides[1] = 1, operands[1].strides[2] = k;
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = operands};
        run_on(&cornu_backend_reference_, &desc, (void *[]){a, b, wanted});
        run_cpu_with_threads(&desc, (void *[]){a, b, NULL}, got, c_size * 8);
        ck_assert(memcmp(got, wanted, c_size * 8) == 0);
    }
    cornu_free_(a);
    cornu_free_(b);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

CORNU_TESTS(cpu_wide) {
    TCase *tc = cornu_test_case(suite, "cpu_wide");
    tcase_add_test(tc, integer_instructions_agree_with_the_reference);
    tcase_add_test(tc, float64_instructions_agree_with_the_reference);
    tcase_add_test(tc, a_program_of_broadcast_integers_with_two_results_agrees);
    tcase_add_loop_test(tc, products_of_float64_give_the_bits_of_the_reference, 0, 6);
}
