/* Shapes, spread and repeatability of initial values. */
#include <cornu/cornu.h>

#include "support/support.h"

/* Mean and deviation of the draws, and the largest absolute value. */
typedef struct {
    double mean, deviation, largest;
} spread;

static spread measure(cornu_initializer *initializer, cornu_shape shape) {
    spread s = {0, 0, 0};
    cornu_tensor *values = cornu_initializer_call(initializer, shape, CORNU_FLOAT32);
    ck_assert_msg(values != NULL, "%s", cornu_error_message());
    assert_shape(values, shape);
    int64_t count = cornu_tensor_size(values);
    for (int64_t i = 0; i < count; i++) {
        double value = cornu_tensor_get(values, i);
        s.mean += value / (double)count;
        s.deviation += value * value / (double)count;
        s.largest = fmax(s.largest, fabs(value));
    }
    s.deviation = sqrt(s.deviation - s.mean * s.mean);
    cornu_initializer_free(initializer);
    return s;
}

/* 60000 draws: the deviation is known to about 0.5 %. */
static void has_deviation(
    cornu_initializer *initializer, cornu_shape shape, double deviation, double largest
) {
    const char *name = initializer != NULL ? initializer->cls->name : "NULL";
    spread s = measure(initializer, shape);
    ck_assert_msg(fabs(s.mean) < 0.02 * deviation, "%s: mean %g", name, s.mean);
    ck_assert_msg(
        fabs(s.deviation / deviation - 1) < 0.02, "%s: deviation %g instead of %g", name,
        s.deviation, deviation
    );
    ck_assert_msg(
        s.largest <= largest * (1 + 1e-6), "%s: %g is above %g", name, s.largest, largest
    );
}

START_TEST(deviations_follow_from_the_fans) {
    cornu_shape shape = cornu_shape(200, 300);
    const double cut = 0.87962566103423978;
    double avg = sqrt(1.0 / 250), he = sqrt(2.0 / 200), lecun = sqrt(1.0 / 200);
    has_deviation(cornu_initializer_glorot_uniform(.seed = 1), shape, avg, avg * sqrt(3));
    has_deviation(cornu_initializer_glorot_normal(.seed = 2), shape, avg, 2 * avg / cut);
    has_deviation(cornu_initializer_he_uniform(.seed = 3), shape, he, he * sqrt(3));
    has_deviation(cornu_initializer_he_normal(.seed = 4), shape, he, 2 * he / cut);
    has_deviation(cornu_initializer_lecun_uniform(.seed = 5), shape, lecun, lecun * sqrt(3));
    has_deviation(cornu_initializer_lecun_normal(.seed = 6), shape, lecun, 2 * lecun / cut);
    has_deviation(
        cornu_initializer_variance_scaling(
                .scale = 3, .mode = "fan_out", .distribution = "untruncated_normal", .seed = 7
        ),
        shape, 0.1, 1
    );
}
END_TEST

START_TEST(the_fans_of_a_convolution_count_its_window) {
    double deviation = sqrt(2.0 / (3 * 5 * 40));
    has_deviation(
        cornu_initializer_he_uniform(.seed = 1), cornu_shape(3, 5, 40, 100), deviation,
        deviation * sqrt(3)
    );
    deviation = sqrt(1.0 / 60000);
    has_deviation(
        cornu_initializer_glorot_uniform(.seed = 1), cornu_shape(60000), deviation,
        deviation * sqrt(3)
    );
}
END_TEST

START_TEST(plain_distributions_have_the_parameters_asked_for) {
    cornu_shape shape = cornu_shape(60000);
    has_deviation(cornu_initializer_random_normal(.seed = 1), shape, 0.05, 0.3);
    has_deviation(
        cornu_initializer_truncated_normal(.stddev = 1, .seed = 2), shape, 0.87962566103423978, 2
    );
    has_deviation(cornu_initializer_random_uniform(.seed = 3), shape, 0.1 / sqrt(12), 0.05);
}
END_TEST

START_TEST(a_seed_gives_the_same_values_each_time_and_none_gives_new_ones) {
    cornu_initializer *seeded = cornu_initializer_he_normal(.seed = 9),
                      *fresh = cornu_initializer_he_normal();
    cornu_shape shape = cornu_shape(4, 5);
    ck_assert(cornu_tensor_equal(
        cornu_initializer_call(seeded, shape, CORNU_FLOAT32),
        cornu_initializer_call(seeded, shape, CORNU_FLOAT32)
    ));
    ck_assert(!cornu_tensor_equal(
        cornu_initializer_call(fresh, shape, CORNU_FLOAT32),
        cornu_initializer_call(fresh, shape, CORNU_FLOAT32)
    ));
    cornu_initializer_free(seeded);
    cornu_initializer_free(fresh);
}
END_TEST

/* The Gram matrix of the shorter side is gain^2 times the identity. */
static void is_orthogonal(cornu_shape shape, int64_t rows, int64_t columns, double gain) {
    cornu_initializer *initializer = cornu_initializer_orthogonal(.gain = gain, .seed = 3);
    cornu_tensor *q = cornu_initializer_call(initializer, shape, CORNU_FLOAT64);
    assert_shape(q, shape);
    q = cornu_op_reshape(q, cornu_shape(rows, columns));
    cornu_tensor *gram = rows <= columns ? cornu_op_matmul(q, q, .transpose_b = true)
                                         : cornu_op_matmul(q, q, .transpose_a = true);
    int64_t size = rows <= columns ? rows : columns;
    cornu_tensor *wanted = cornu_op_multiply(
        cornu_op_eye(size, size, 0, CORNU_FLOAT64), cornu_scalar_of(CORNU_FLOAT64, gain * gain)
    );
    assert_same(gram, wanted, 0, 1e-12);
    cornu_initializer_free(initializer);
}

START_TEST(orthogonal_matrices_are_orthogonal) {
    is_orthogonal(cornu_shape(40, 30), 40, 30, 1);
    is_orthogonal(cornu_shape(30, 40), 30, 40, 2);
    is_orthogonal(cornu_shape(3, 4, 10), 12, 10, 1);
    is_orthogonal(cornu_shape(1, 1), 1, 1, 1);
}
END_TEST

START_TEST(constants_are_constant) {
    cornu_initializer *constant = cornu_initializer_constant(0.5),
                      *identity = cornu_initializer_identity(.gain = 2);
    assert_values(cornu_initializer_call(constant, cornu_shape(2), CORNU_FLOAT32), 0, 0.5, 0.5);
    assert_values(
        cornu_initializer_call(identity, cornu_shape(2, 3), CORNU_FLOAT32), 0, 2, 0, 0, 0, 2, 0
    );
    assert_fails(
        cornu_initializer_call(identity, cornu_shape(2), CORNU_FLOAT32), CORNU_ESHAPE,
        "Identity: the identity is a matrix"
    );
    cornu_initializer_free(constant);
    cornu_initializer_free(identity);
}
END_TEST

START_TEST(stft_kernels_hold_a_windowed_cosine) {
    cornu_initializer *stft = cornu_initializer_stft();
    /* hann of 5: 0, 1/2, 1, 1/2, 0; density: divided by sqrt(1.5); bins 0, 1, 2 of a transform of
     * length 4 */
    double a = 0.5 / sqrt(1.5), b = 1 / sqrt(1.5);
    assert_values(
        cornu_initializer_call(stft, cornu_shape(5, 1, 3), CORNU_FLOAT32), 1e-6, 0, 0, 0, a, 0, -a,
        b, -b, b, a, 0, -a, 0, 0, 0
    );
    cornu_initializer_free(stft);
}
END_TEST

START_TEST(bad_parameters_are_refused) {
    assert_fails(
        cornu_initializer_variance_scaling(.scale = 0), CORNU_EINVAL,
        "VarianceScaling: scale must be positive"
    );
    assert_fails(cornu_initializer_variance_scaling(.mode = "fan"), CORNU_EINVAL, "fan_avg");
    assert_fails(
        cornu_initializer_variance_scaling(.distribution = "cauchy"), CORNU_EINVAL, "cauchy"
    );
    assert_fails(cornu_initializer_random_normal(.stddev = -1), CORNU_EINVAL, "stddev");
    assert_fails(
        cornu_initializer_random_uniform(.minval = 1, .maxval = 0), CORNU_EINVAL, "minval"
    );
    assert_fails(cornu_initializer_get("he_norml"), CORNU_EUNKNOWN, "did you mean 'HeNormal'");
}
END_TEST

START_TEST(regularizers_and_constraints_compute_what_keras_does) {
    cornu_tensor *w = cornu_op_reshape(
        cornu_op_arange(-3, 3, 1, CORNU_FLOAT32), cornu_shape(2, 3)
    ); /* -3 -2 -1; 0 1 2 */
    cornu_regularizer *both = cornu_regularizer_l1_l2(.l1 = 0.1, .l2 = 0.01);
    assert_values(cornu_regularizer_call(both, w), 1e-6, 0.1 * 9 + 0.01 * 19);
    cornu_regularizer_free(both);
    double d = sqrt(5);
    cornu_constraint *max = cornu_constraint_max_norm(2),
                     *unit = cornu_constraint_unit_norm(.axis = cornu_axes(1)),
                     *positive = cornu_constraint_non_neg(),
                     *between =
                         cornu_constraint_min_max_norm(.min_value = 4, .max_value = 5, .rate = 0.5);
    assert_values(cornu_constraint_call(max, w), 1e-5, -2, -4 / d, -2 / d, 0, 2 / d, 4 / d);
    double e = sqrt(14);
    assert_values(cornu_constraint_call(unit, w), 1e-5, -3 / e, -2 / e, -1 / e, 0, 1 / d, 2 / d);
    assert_values(cornu_constraint_call(positive, w), 0, 0, 0, 0, 0, 1, 2);
    double f = (0.5 * 4 + 0.5 * d) / d;
    assert_values(cornu_constraint_call(between, w), 1e-5, -3.5, -2 * f, -f, 0, f, 2 * f);
    cornu_constraint_free(max);
    cornu_constraint_free(unit);
    cornu_constraint_free(positive);
    cornu_constraint_free(between);
    assert_fails(cornu_regularizer_l2(-1), CORNU_EINVAL, "L2: l2 must be finite and not negative");
}
END_TEST

CORNU_TESTS(initializers) {
    TCase *tc = cornu_test_case(suite, "initializers");
    tcase_add_test(tc, deviations_follow_from_the_fans);
    tcase_add_test(tc, the_fans_of_a_convolution_count_its_window);
    tcase_add_test(tc, plain_distributions_have_the_parameters_asked_for);
    tcase_add_test(tc, a_seed_gives_the_same_values_each_time_and_none_gives_new_ones);
    tcase_add_test(tc, orthogonal_matrices_are_orthogonal);
    tcase_add_test(tc, constants_are_constant);
    tcase_add_test(tc, stft_kernels_hold_a_windowed_cosine);
    tcase_add_test(tc, bad_parameters_are_refused);
    tcase_add_test(tc, regularizers_and_constraints_compute_what_keras_does);
}
