/* The cpu backend's random numbers are the reference's, bit for bit. */
#include "cpu_case.h"

static const struct {
    cornu_random_code code;
    double low, high;
} draws[] = {
    {CORNU_RANDOM_UNIFORM, 0, 1},        {CORNU_RANDOM_UNIFORM, -3.7, 1e-3},
    {CORNU_RANDOM_UNIFORM, 1, 1 + 1e-7}, /* nearly every number is rounded up to the end */
    {CORNU_RANDOM_BERNOULLI, 0.3, 0},    {CORNU_RANDOM_BERNOULLI, 0, 0},
    {CORNU_RANDOM_BERNOULLI, 1, 0},      {CORNU_RANDOM_NORMAL, 2, 0.5},
};
enum { DRAWS = sizeof draws / sizeof draws[0] };

START_TEST(random_numbers_are_the_bits_of_the_reference) {
    static const int64_t sizes[] = {0, 1, 5, 63, 64, 1027, 100003};
    int64_t seed[2] = {INT64_C(0x123456789abcdef), INT64_C(-77777777777)};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = (size_t)sizes[s];
        cornu_operand operands[2] = {
            operand_of(CORNU_INT64, cornu_shape(2)),
            operand_of(CORNU_FLOAT32, cornu_shape(sizes[s]))};
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_RANDOM,
            .operand_count = 2,
            .operands = operands,
            .code = draws[_i].code,
            .value = {draws[_i].low, draws[_i].high},
        };
        float *wanted = random_floats(n, 1), *got = random_floats(n, 2);
        run_on(&cornu_backend_reference_, &desc, (void *[]){seed, wanted});
        FOR_EACH_ISA(isa) {
            run_cpu_with_threads(&desc, (void *[]){seed, NULL}, got, n * sizeof *got);
            ck_assert_msg(n == 0 || memcmp(got, wanted, n * sizeof *got) == 0, "%s, %zu", isa, n);
        }
        cornu_free_(wanted);
        cornu_free_(got);
    }
}
END_TEST

CORNU_TESTS(cpu_random) {
    TCase *tc = cornu_test_case(suite, "cpu_random");
    tcase_add_loop_test(tc, random_numbers_are_the_bits_of_the_reference, 0, DRAWS);
}
