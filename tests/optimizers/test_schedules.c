/* Learning rate schedules at single steps, by hand. */
#include "support/support.h"
#include <cornu/optimizers.h>
#include <math.h>

static void check(cornu_schedule *schedule, int64_t step, double expected) {
    assert_values(cornu_schedule_call(schedule, step), 1e-6, expected);
}

START_TEST(exponential_and_inverse_time_decay_by_steps_or_smoothly) {
    cornu_schedule *smooth = cornu_schedule_exponential_decay(1, 2, 0.25);
    cornu_schedule *steps = cornu_schedule_exponential_decay(1, 2, 0.25, .staircase = true);
    cornu_schedule *inverse = cornu_schedule_inverse_time_decay(1, 2, 1);
    check(smooth, 1, 0.5);
    check(steps, 1, 1);
    check(steps, 2, 0.25);
    check(inverse, 2, 0.5);
    cornu_schedule_free(smooth);
    cornu_schedule_free(steps);
    cornu_schedule_free(inverse);
}
END_TEST

START_TEST(polynomial_decay_ends_or_begins_anew) {
    cornu_schedule *ends = cornu_schedule_polynomial_decay(1, 10, 0);
    cornu_schedule *cycles = cornu_schedule_polynomial_decay(1, 10, 0, .cycle = true);
    check(ends, 5, 0.5);
    check(ends, 15, 0);
    check(cycles, 0, 1);
    check(cycles, 15, 0.25); /* 15 of 20 */
    cornu_schedule_free(ends);
    cornu_schedule_free(cycles);
}
END_TEST

START_TEST(a_boundary_belongs_to_the_piece_before_it) {
    cornu_schedule *pieces =
        cornu_schedule_piecewise_constant_decay(cornu_floats(3, 6), cornu_floats(0.5, 0.25, 0.125));
    check(pieces, 3, 0.5);
    check(pieces, 4, 0.25);
    check(pieces, 7, 0.125);
    cornu_schedule_free(pieces);
    assert_fails(
        cornu_schedule_piecewise_constant_decay(cornu_floats(3), cornu_floats(1)), CORNU_EINVAL,
        "one value more"
    );
}
END_TEST

START_TEST(cosine_decay_warms_up_falls_and_stays) {
    cornu_schedule *cosine =
        cornu_schedule_cosine_decay(0, 4, .alpha = 0.5, .warmup_target = 2, .warmup_steps = 2);
    check(cosine, 1, 1);
    check(cosine, 2, 2);
    check(cosine, 4, 1.5);
    check(cosine, 100, 1);
    cornu_schedule_free(cosine);
}
END_TEST

/* Periods of 4, 8 and 16 steps, each half as high. */
START_TEST(restarts_are_longer_and_lower_each_time) {
    cornu_schedule *restarts = cornu_schedule_cosine_decay_restarts(1, 4, .m_mul = 0.5);
    check(restarts, 0, 1);
    check(restarts, 2, 0.5);
    check(restarts, 8, 0.25); /* in the middle of the second */
    check(restarts, 20, 0.125);
    cornu_schedule_free(restarts);
    cornu_schedule *equal = cornu_schedule_cosine_decay_restarts(1, 4, .t_mul = 1);
    check(equal, 6, 0.5);
    check(equal, 8, 1);
    cornu_schedule_free(equal);
    assert_fails(
        cornu_schedule_cosine_decay_restarts(1, 0), CORNU_EINVAL, "first_decay_steps must be"
    );
}
END_TEST

START_TEST(an_optimizer_follows_its_schedule) {
    cornu_optimizer *sgd = cornu_optimizer_sgd(
            .learning_rate_schedule =
                cornu_schedule_piecewise_constant_decay(cornu_floats(0), cornu_floats(1, 0.5))
    );
    cornu_tensor *zero = cornu_tensor_new(CORNU_FLOAT32, cornu_shape());
    cornu_tensor *w = cornu_variable(zero), *gradient = cornu_scalar_of(CORNU_FLOAT32, 1);
    assert_ok(cornu_optimizer_apply(sgd, &gradient, cornu_tensors(w)));
    assert_values(w, 1e-6, -1);
    ck_assert_double_eq(cornu_optimizer_learning_rate(sgd), 0.5);
    assert_ok(cornu_optimizer_apply(sgd, &gradient, cornu_tensors(w)));
    assert_values(w, 1e-6, -1.5);
    assert_fails(cornu_optimizer_set_learning_rate(sgd, 1), CORNU_ESTATE, "follows a schedule");
    cornu_tensor_free(zero);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
}
END_TEST

CORNU_TESTS(schedules) {
    TCase *tc = cornu_test_case(suite, "schedules");
    tcase_add_test(tc, exponential_and_inverse_time_decay_by_steps_or_smoothly);
    tcase_add_test(tc, polynomial_decay_ends_or_begins_anew);
    tcase_add_test(tc, a_boundary_belongs_to_the_piece_before_it);
    tcase_add_test(tc, cosine_decay_warms_up_falls_and_stays);
    tcase_add_test(tc, restarts_are_longer_and_lower_each_time);
    tcase_add_test(tc, an_optimizer_follows_its_schedule);
}
