/* Draws: the bits of a seed, the moments of a distribution, and no dependence on the number of
 * threads. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/threads.h>
#include <math.h>
#include <stdlib.h>

enum { MANY = 100000 };

static double mean_of(cornu_tensor *x) {
    return cornu_tensor_item(cornu_op_mean(cornu_op_cast(x, CORNU_FLOAT64)));
}

static double deviation_of(cornu_tensor *x) {
    return cornu_tensor_item(cornu_op_std(cornu_op_cast(x, CORNU_FLOAT64)));
}

/* Philox 4x32-10 with key and counter 0 begins with 6627e8d5 e169c58d (the authors' known answers);
 * a float32 uniform is the upper 24 bits of a word. */
START_TEST(uniform_numbers_are_philox_words) {
    cornu_tensor *x = cornu_random_uniform(cornu_shape(2), .seed = 0);
    assert_values(x, 0, (double)(0x6627e8d5u >> 8) * 0x1p-24, (double)(0xe169c58du >> 8) * 0x1p-24);
}
END_TEST

START_TEST(a_seed_repeats_its_numbers_and_another_does_not) {
    cornu_tensor *a = cornu_random_normal(cornu_shape(3, 5), .seed = 7);
    cornu_tensor *b = cornu_random_normal(cornu_shape(3, 5), .seed = 7);
    cornu_tensor *c = cornu_random_normal(cornu_shape(3, 5), .seed = 8);
    ck_assert(cornu_tensor_equal(a, b));
    ck_assert(!cornu_tensor_equal(a, c));
    ck_assert(!cornu_tensor_equal(
        cornu_random_normal(cornu_shape(9)), cornu_random_normal(cornu_shape(9))
    ));
}
END_TEST

START_TEST(moments_are_those_of_the_distribution) {
    cornu_tensor *uniform =
        cornu_random_uniform(cornu_shape(MANY), .seed = 1, .minval = -1, .maxval = 3);
    ck_assert_double_eq_tol(mean_of(uniform), 1, 0.02);
    ck_assert_double_eq_tol(deviation_of(uniform), 4 / sqrt(12), 0.02);
    ck_assert_double_ge(cornu_tensor_item(cornu_op_min(uniform)), -1);
    ck_assert_double_lt(cornu_tensor_item(cornu_op_max(uniform)), 3);
    cornu_tensor *normal =
        cornu_random_normal(cornu_shape(MANY), .seed = 1, .mean = 2, .stddev = 3);
    ck_assert_double_eq_tol(mean_of(normal), 2, 0.05);
    ck_assert_double_eq_tol(deviation_of(normal), 3, 0.05);
    cornu_tensor *wide = cornu_random_normal(cornu_shape(MANY), .seed = 1, .dtype = CORNU_FLOAT64);
    ck_assert_double_eq_tol(mean_of(wide), 0, 0.02);
    ck_assert_double_eq_tol(deviation_of(wide), 1, 0.02);
    cornu_tensor *coin = cornu_random_bernoulli(cornu_shape(MANY), .seed = 1, .probability = 0.3);
    ck_assert_double_eq_tol(mean_of(coin), 0.3, 0.01);
}
END_TEST

START_TEST(truncated_normal_stays_within_two_deviations) {
    cornu_tensor *x =
        cornu_random_truncated_normal(cornu_shape(MANY), .seed = 4, .mean = 1, .stddev = 0.5);
    ck_assert_double_ge(cornu_tensor_item(cornu_op_min(x)), 0);
    ck_assert_double_le(cornu_tensor_item(cornu_op_max(x)), 2);
    /* the deviation of a standard normal cut at 2 is 0.8796 */
    ck_assert_double_eq_tol(deviation_of(x), 0.5 * 0.8796, 0.005);
    ck_assert_double_eq_tol(mean_of(x), 1, 0.01);
}
END_TEST

START_TEST(integers_fill_their_range) {
    cornu_tensor *x = cornu_random_uniform(
        cornu_shape(1000), .seed = 2, .dtype = CORNU_INT32, .minval = -1, .maxval = 2
    );
    int seen[3] = {0};
    for (int64_t i = 0; i < 1000; i++) {
        double value = cornu_tensor_get(x, i);
        ck_assert(value == -1 || value == 0 || value == 1);
        seen[(int)value + 1]++;
    }
    for (int i = 0; i < 3; i++) ck_assert_int_gt(seen[i], 250);
}
END_TEST

START_TEST(permutation_has_every_number_once) {
    cornu_tensor *seed = cornu_op_arange(11, 13, 1, CORNU_INT64);
    cornu_tensor *order = cornu_random_permutation_from(seed, 1000);
    ck_assert_int_eq(cornu_tensor_dtype(order), CORNU_INT64);
    assert_same(cornu_op_sort(order, 0), cornu_op_arange(0, 1000, 1, CORNU_INT64), 0, 0);
    int fixed = 0;
    for (int64_t i = 0; i < 1000; i++) fixed += cornu_tensor_get(order, i) == (double)i;
    ck_assert_int_lt(fixed, 10);
    assert_shape(cornu_random_permutation_from(seed, 0), cornu_shape(0));
}
END_TEST

START_TEST(shuffle_moves_rows_together) {
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, 30, 1, CORNU_FLOAT32), cornu_shape(10, 3));
    cornu_tensor *y = cornu_random_shuffle(x, 3);
    ck_assert(!cornu_tensor_equal(x, y));
    assert_same(cornu_op_sort(y, 0), x, 0, 0);
    for (int64_t row = 0; row < 10; row++)
        ck_assert_double_eq(cornu_tensor_get(y, 3 * row) + 2, cornu_tensor_get(y, 3 * row + 2));
}
END_TEST

START_TEST(threads_do_not_change_the_numbers) {
    int before = cornu_num_threads();
    cornu_tensor *drawn[2][4];
    for (int threads = 1; threads <= 2; threads++) {
        assert_ok(cornu_set_num_threads(threads));
        cornu_tensor **x = drawn[threads - 1];
        x[0] = cornu_random_uniform(cornu_shape(MANY + 3), .seed = 1);
        x[1] = cornu_random_normal(cornu_shape(MANY + 3), .seed = 1);
        x[2] = cornu_random_truncated_normal(cornu_shape(MANY + 3), .seed = 1);
        x[3] = cornu_random_bernoulli(cornu_shape(MANY + 3), .seed = 1);
    }
    assert_ok(cornu_set_num_threads(before));
    for (int i = 0; i < 4; i++) ck_assert(cornu_tensor_equal(drawn[0][i], drawn[1][i]));
}
END_TEST

START_TEST(a_generator_moves_on_and_repeats_from_its_state) {
    cornu_seed_generator *generator = cornu_seed_generator_new(42);
    cornu_tensor *first = cornu_seed_generator_next(generator);
    cornu_tensor *second = cornu_seed_generator_next(generator);
    assert_values(first, 0, 42, 0);
    assert_values(second, 0, 42, 1);
    assert_values(cornu_seed_generator_state(generator), 0, 42, 2);
    ck_assert(!cornu_variable_trainable(cornu_seed_generator_state(generator)));
    cornu_shape shape = cornu_shape(5);
    ck_assert(!cornu_tensor_equal(
        cornu_random_uniform_from(first, shape, CORNU_FLOAT32, 0, 1),
        cornu_random_uniform_from(second, shape, CORNU_FLOAT32, 0, 1)
    ));
    assert_ok(cornu_assign(cornu_seed_generator_state(generator), first));
    assert_values(cornu_seed_generator_next(generator), 0, 42, 0);
    cornu_seed_generator_free(generator);
}
END_TEST

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

START_TEST(the_default_sequence_repeats_and_never_itself) {
    static int64_t seeds[10000];
    cornu_set_random_seed(1337);
    for (int i = 0; i < 10000; i++) seeds[i] = cornu_random_next_seed();
    cornu_set_random_seed(1337);
    ck_assert_int_eq(cornu_random_next_seed(), seeds[0]);
    cornu_set_random_seed(1338);
    ck_assert_int_ne(cornu_random_next_seed(), seeds[0]);
    qsort(seeds, 10000, sizeof *seeds, by_value);
    for (int i = 1; i < 10000; i++) ck_assert_int_ne(seeds[i], seeds[i - 1]);
    ck_assert_int_ge(seeds[0], 0);
    ck_assert_int_le(seeds[9999], UINT32_MAX);
}
END_TEST

START_TEST(parameters_that_make_no_sense_are_refused) {
    cornu_shape shape = cornu_shape(2);
    assert_fails(cornu_random_normal(shape, .dtype = CORNU_INT32), CORNU_EDTYPE, "int32");
    assert_fails(cornu_random_normal(shape, .stddev = -1), CORNU_EINVAL, "-1");
    assert_fails(cornu_random_uniform(shape, .minval = 2), CORNU_EINVAL, "from 2 to 1");
    assert_fails(cornu_random_bernoulli(shape, .probability = 1.5), CORNU_EINVAL, "1.5");
    cornu_tensor *seed = cornu_op_zeros(cornu_shape(3), CORNU_INT64);
    assert_fails(cornu_random_uniform_from(seed, shape, CORNU_FLOAT32, 0, 1), CORNU_ESHAPE, "(3,)");
    assert_fails(cornu_random_shuffle(cornu_scalar(1), 1), CORNU_ESHAPE, "scalar");
}
END_TEST

CORNU_TESTS(random) {
    TCase *tc = cornu_test_case(suite, "random");
    tcase_add_test(tc, uniform_numbers_are_philox_words);
    tcase_add_test(tc, a_seed_repeats_its_numbers_and_another_does_not);
    tcase_add_test(tc, moments_are_those_of_the_distribution);
    tcase_add_test(tc, truncated_normal_stays_within_two_deviations);
    tcase_add_test(tc, integers_fill_their_range);
    tcase_add_test(tc, permutation_has_every_number_once);
    tcase_add_test(tc, shuffle_moves_rows_together);
    tcase_add_test(tc, threads_do_not_change_the_numbers);
    tcase_add_test(tc, a_generator_moves_on_and_repeats_from_its_state);
    tcase_add_test(tc, the_default_sequence_repeats_and_never_itself);
    tcase_add_test(tc, parameters_that_make_no_sense_are_refused);
}
