/* Philox against the published vectors, and the distributions that are made of it. */
#include "backend/philox.h"
#include "support/kernels.h"
#include "support/support.h"

#define N 200000

static cornu_status draw(
    cornu_random_code code, cornu_dtype dtype, int64_t n, double a, double b, int64_t key,
    int64_t counter, void *out
) {
    int64_t seed[2] = {key, counter};
    cornu_operand operands[2] = {operand(CORNU_INT64, 2), operand(dtype, n)};
    return cornu_test_kernel(
        &cornu_backend_reference_,
        &(cornu_kernel_desc
        ){.kind = CORNU_KERNEL_RANDOM,
          .operand_count = 2,
          .operands = operands,
          .code = (int)code,
          .value = {a, b}},
        (void *[]){seed, out}
    );
}

/* kat_vectors of the Random123 distribution, philox4x32 with 10 rounds. */
START_TEST(philox_gives_the_published_words) {
    static const struct {
        cornu_philox draw;
        uint64_t block;
        uint32_t words[4];
    } known[] = {
        {{0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT64_MAX, UINT64_MAX}, UINT64_MAX, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{UINT64_C(0x299f31d0a4093822), UINT64_C(0x0370734413198a2e)},
         UINT64_C(0x85a308d3243f6a88),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (int i = 0; i < 3; i++) {
        philox4x32_ctr_t got = cornu_philox_block_(&known[i].draw, known[i].block);
        ck_assert_mem_eq(got.v, known[i].words, sizeof known[i].words);
    }
}
END_TEST

START_TEST(an_element_depends_on_its_position_alone) {
    static float few[7], many[100];
    for (int code = CORNU_RANDOM_UNIFORM; code < CORNU_RANDOM_BERNOULLI; code++) {
        assert_ok(draw((cornu_random_code)code, CORNU_FLOAT32, 7, 0.25, 1, 3, 4, few));
        assert_ok(draw((cornu_random_code)code, CORNU_FLOAT32, 100, 0.25, 1, 3, 4, many));
        ck_assert_mem_eq(few, many, sizeof few);
        assert_ok(draw((cornu_random_code)code, CORNU_FLOAT32, 100, 0.25, 1, 3, 5, many));
        ck_assert_mem_ne(few, many, sizeof few);
    }
}
END_TEST

/* The first words of key 0, counter 0 are 6627e8d5 and e169c58d. */
START_TEST(uniform_is_the_upper_bits_of_a_word) {
    float out[2];
    assert_ok(draw(CORNU_RANDOM_UNIFORM, CORNU_FLOAT32, 2, 0, 1, 0, 0, out));
    ck_assert(out[0] == (float)0x6627e8 * 0x1p-24f);
    ck_assert(out[1] == (float)0xe169c5 * 0x1p-24f);
    double wide;
    assert_ok(draw(CORNU_RANDOM_UNIFORM, CORNU_FLOAT64, 1, 0, 1, 0, 0, &wide));
    ck_assert_double_eq(wide, (double)(UINT64_C(0xe169c58d6627e8d5) >> 11) * 0x1p-53);
}
END_TEST

START_TEST(uniform_stays_below_its_upper_end) {
    ck_assert(cornu_uniform_32_(UINT32_MAX, 1e6, 1e6 + 1) < 1000001.0f);
    ck_assert(cornu_uniform_64_(UINT64_MAX, 1, 1 + 0x1p-52) < 1 + 0x1p-52);
    static uint16_t halves[N];
    assert_ok(draw(CORNU_RANDOM_UNIFORM, CORNU_BFLOAT16, N, 0, 1, 1, 0, halves));
    for (int i = 0; i < N; i++) ck_assert_uint_lt(halves[i], 0x3f80); /* 1 */
}
END_TEST

static void check_moments(const double *x, double mean, double deviation) {
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) sum += x[i];
    for (int i = 0; i < N; i++) squares += (x[i] - sum / N) * (x[i] - sum / N);
    /* five standard errors */
    ck_assert_double_eq_tol(sum / N, mean, 5 * deviation / sqrt(N));
    ck_assert_double_eq_tol(sqrt(squares / N), deviation, 5 * deviation / sqrt(N));
}

static void widen(const float *f, double *x) {
    for (int i = 0; i < N; i++) x[i] = (double)f[i];
}

START_TEST(distributions_have_their_moments) {
    static double x[N];
    static float f[N];
    assert_ok(draw(CORNU_RANDOM_UNIFORM, CORNU_FLOAT64, N, -1, 3, 7, 0, x));
    check_moments(x, 1, 4 / sqrt(12));
    assert_ok(draw(CORNU_RANDOM_NORMAL, CORNU_FLOAT64, N, 5, 2, 7, 0, x));
    check_moments(x, 5, 2);
    assert_ok(draw(CORNU_RANDOM_NORMAL, CORNU_FLOAT32, N, 5, 2, 7, 0, f));
    widen(f, x);
    check_moments(x, 5, 2);
    assert_ok(draw(CORNU_RANDOM_TRUNCATED_NORMAL, CORNU_FLOAT32, N, 0, 1, 7, 0, f));
    widen(f, x);
    for (int i = 0; i < N; i++) ck_assert(x[i] >= -2 && x[i] <= 2);
    check_moments(x, 0, 0.87962566103423978); /* Keras divides by this in its initializers */
    assert_ok(draw(CORNU_RANDOM_BERNOULLI, CORNU_FLOAT64, N, 0.3, 0, 7, 0, x));
    check_moments(x, 0.3, sqrt(0.3 * 0.7));
}
END_TEST

/* The share of numbers below some quantiles: a wrong radius or angle would show here. */
START_TEST(normal_numbers_have_the_right_shape) {
    static double x[N];
    static const double at[] = {-3, -2, -1, -0.25, 0, 0.5, 1.5, 2.5};
    assert_ok(draw(CORNU_RANDOM_NORMAL, CORNU_FLOAT64, N, 0, 1, 11, 2, x));
    for (int k = 0; k < 8; k++) {
        double share = 0, expected = 0.5 * erfc(-at[k] / sqrt(2));
        for (int i = 0; i < N; i++) share += x[i] < at[k];
        ck_assert_double_eq_tol(share / N, expected, 5 * sqrt(expected * (1 - expected) / N));
    }
}
END_TEST

START_TEST(logarithm_and_turn_agree_with_libm) {
    const double pi = 3.141592653589793;
    for (uint64_t i = 1; i < 4096; i++) {
        double u = (double)i / 4096, c, s;
        ck_assert_double_eq_tol(cornu_random_log_(u), log(u), 2e-15);
        cornu_random_turn_(i << 52, &c, &s);
        ck_assert_double_eq_tol(c, cos(2 * pi * u), 1e-15);
        ck_assert_double_eq_tol(s, sin(2 * pi * u), 1e-15);
    }
    ck_assert(cornu_random_log_(1) == 0);
    ck_assert_double_eq_tol(cornu_random_log_(0x1p-53), -53 * 0.6931471805599453, 1e-14);
}
END_TEST

START_TEST(integers_cover_their_range_and_nothing_else) {
    static int32_t x[N];
    int seen[7] = {0};
    assert_ok(draw(CORNU_RANDOM_UNIFORM, CORNU_INT32, N, -3, 4, 1, 1, x));
    for (int i = 0; i < N; i++) {
        ck_assert(x[i] >= -3 && x[i] < 4);
        seen[x[i] + 3]++;
    }
    for (int i = 0; i < 7; i++) ck_assert_double_eq_tol(seen[i], N / 7.0, 5 * sqrt(N / 7.0));
    assert_fails(
        draw(CORNU_RANDOM_UNIFORM, CORNU_INT32, 1, 4, 4, 1, 1, x), CORNU_EINVAL,
        "at least 4 and below 4"
    );
}
END_TEST

START_TEST(multiply_high_is_the_upper_half) {
    ck_assert(cornu_multiply_high_(UINT64_MAX, UINT64_MAX) == UINT64_MAX - 1);
    ck_assert(cornu_multiply_high_(UINT64_C(1) << 63, 6) == 3);
    ck_assert(cornu_multiply_high_(UINT64_MAX, 10) == 9);
}
END_TEST

START_TEST(bernoulli_keeps_its_ends) {
    static uint8_t x[1000];
    for (int p = 0; p <= 1; p++) {
        assert_ok(draw(CORNU_RANDOM_BERNOULLI, CORNU_BOOL, 1000, p, 0, 1, 1, x));
        for (int i = 0; i < 1000; i++) ck_assert_int_eq(x[i], p);
    }
}
END_TEST

START_TEST(a_permutation_holds_every_number_once) {
    int64_t x[1000];
    bool seen[1000] = {false};
    int fixed = 0;
    assert_ok(draw(CORNU_RANDOM_PERMUTATION, CORNU_INT64, 1000, 0, 0, 5, 0, x));
    for (int i = 0; i < 1000; i++) {
        ck_assert(x[i] >= 0 && x[i] < 1000 && !seen[x[i]]);
        seen[x[i]] = true;
        fixed += x[i] == i;
    }
    ck_assert_int_lt(fixed, 10); /* one is expected */
}
END_TEST

START_TEST(the_orders_of_four_are_equally_likely) {
    int seen[256] = {0}, orders = 0;
    for (int trial = 0; trial < 24000; trial++) {
        int32_t x[4];
        assert_ok(draw(CORNU_RANDOM_PERMUTATION, CORNU_INT32, 4, 0, 0, 9, trial, x));
        seen[x[0] << 6 | x[1] << 4 | x[2] << 2 | x[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (seen[i] == 0) continue;
        orders++;
        ck_assert_double_eq_tol(seen[i], 1000, 5 * sqrt(1000));
    }
    ck_assert_int_eq(orders, 24);
}
END_TEST

CORNU_TESTS(reference_random) {
    TCase *tc = cornu_test_case(suite, "reference random");
    tcase_add_test(tc, philox_gives_the_published_words);
    tcase_add_test(tc, an_element_depends_on_its_position_alone);
    tcase_add_test(tc, uniform_is_the_upper_bits_of_a_word);
    tcase_add_test(tc, uniform_stays_below_its_upper_end);
    tcase_add_test(tc, distributions_have_their_moments);
    tcase_add_test(tc, normal_numbers_have_the_right_shape);
    tcase_add_test(tc, logarithm_and_turn_agree_with_libm);
    tcase_add_test(tc, integers_cover_their_range_and_nothing_else);
    tcase_add_test(tc, multiply_high_is_the_upper_half);
    tcase_add_test(tc, bernoulli_keeps_its_ends);
    tcase_add_test(tc, a_permutation_holds_every_number_once);
    tcase_add_test(tc, the_orders_of_four_are_equally_likely);
}
