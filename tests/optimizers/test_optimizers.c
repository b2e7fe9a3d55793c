/* Optimizers step by step, by hand; the numbers of Keras are in tests/conformance. */
#include "support/support.h"
#include <cornu/optimizers.h>
#include <math.h>

/* One step of `optimizer` on a variable of two elements with this gradient. */
static void step(cornu_optimizer *optimizer, cornu_tensor *variable, float a, float b) {
    cornu_tensor *gradient =
        cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2), (const float[]){a, b});
    cornu_status status = cornu_optimizer_apply(optimizer, &gradient, cornu_tensors(variable));
    cornu_tensor_free(gradient);
    assert_ok(status);
}

static cornu_tensor *variable_of(float a, float b) {
    cornu_tensor *value = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2), (const float[]){a, b});
    cornu_tensor *variable = cornu_variable(value, .name = "w");
    cornu_tensor_free(value);
    return variable;
}

START_TEST(sgd_with_nesterov_momentum_looks_ahead) {
    cornu_optimizer *sgd =
        cornu_optimizer_sgd(.learning_rate = 0.5, .momentum = 0.5, .nesterov = true);
    cornu_tensor *w = variable_of(1, 2);
    step(sgd, w, 1, 2); /* v = -0.5, -1; w += 0.5 v - 0.5 g */
    assert_values(w, 1e-6, 0.25, 0.5);
    step(sgd, w, 1, 0); /* v = -0.75, -0.5 */
    assert_values(w, 1e-6, 0.25 - 0.375 - 0.5, 0.5 - 0.25);
    ck_assert_int_eq((int)cornu_tensor_item(cornu_optimizer_iterations(sgd)), 2);
    ck_assert_uint_eq(cornu_optimizer_variables(sgd).count, 3);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
}
END_TEST

START_TEST(first_step_of_adam_has_the_length_of_the_rate) {
    cornu_optimizer *adam = cornu_optimizer_adam(.learning_rate = 0.125);
    cornu_tensor *w = variable_of(1, 1);
    step(adam, w, 1000, -0.01f);
    assert_values(w, 1e-4, 0.875, 1.125);
    cornu_tensor_free(w);
    cornu_optimizer_free(adam);
}
END_TEST

START_TEST(clipping_by_norm_value_and_global_norm) {
    static const struct {
        double norm, value, global, a, b;
    } cases[] = {
        {2.5, NAN, NAN, 1.5, 2},
        {NAN, 3.5, NAN, 3, 3.5},
        {NAN, NAN, 5, 3, 4},
        {NAN, NAN, 0.5, 0.3, 0.4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cornu_optimizer *sgd = cornu_optimizer_sgd(
                .learning_rate = 1,
                .clipnorm = cases[i]
                .norm,
                .clipvalue = cases[i]
                .value,
                .global_clipnorm = cases[i]
                .global
        );
        cornu_tensor *w = variable_of(0, 0);
        step(sgd, w, 3, 4);
        assert_values(w, 1e-6, -cases[i].a, -cases[i].b);
        cornu_tensor_free(w);
        cornu_optimizer_free(sgd);
    }
    assert_fails(cornu_optimizer_sgd(.clipnorm = 1, .clipvalue = 1), CORNU_EINVAL, "only one");
    assert_fails(cornu_optimizer_sgd(.clipnorm = -1), CORNU_EINVAL, "clipnorm must be positive");
}
END_TEST

START_TEST(accumulated_gradients_update_every_other_batch) {
    cornu_optimizer *sgd =
        cornu_optimizer_sgd(.learning_rate = 1, .gradient_accumulation_steps = 2);
    cornu_tensor *w = variable_of(0, 0);
    step(sgd, w, 1, 2);
    assert_values(w, 0, 0, 0);
    step(sgd, w, 3, 4);
    assert_values(w, 1e-6, -2, -3);
    step(sgd, w, 5, 5);
    assert_values(w, 1e-6, -2, -3);
    ck_assert_int_eq((int)cornu_tensor_item(cornu_optimizer_updates(sgd)), 1);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
}
END_TEST

START_TEST(decay_shrinks_before_the_step) {
    cornu_optimizer *adamw = cornu_optimizer_adamw(.learning_rate = 0.5, .weight_decay = 0.25);
    cornu_tensor *w = variable_of(8, -8);
    step(adamw, w, 0, 0);
    assert_values(w, 1e-6, 7, -7);
    cornu_tensor_free(w);
    cornu_optimizer_free(adamw);
}
END_TEST

START_TEST(other_variables_and_wrong_gradients_are_refused) {
    cornu_optimizer *sgd = cornu_optimizer_sgd();
    cornu_tensor *w = variable_of(0, 0), *other = variable_of(0, 0), *scalar = cornu_scalar(1);
    step(sgd, w, 1, 1);
    assert_fails(cornu_optimizer_apply(sgd, &w, cornu_tensors(other)), CORNU_ESTATE, "other ones");
    assert_fails(
        cornu_optimizer_apply(sgd, &scalar, cornu_tensors(w)), CORNU_ESHAPE, "'w' has shape ()"
    );
    cornu_tensor_free(w);
    cornu_tensor_free(other);
    cornu_optimizer_free(sgd);
}
END_TEST

CORNU_TESTS(optimizers) {
    TCase *tc = cornu_test_case(suite, "optimizers");
    tcase_add_test(tc, sgd_with_nesterov_momentum_looks_ahead);
    tcase_add_test(tc, first_step_of_adam_has_the_length_of_the_rate);
    tcase_add_test(tc, clipping_by_norm_value_and_global_norm);
    tcase_add_test(tc, accumulated_gradients_update_every_other_batch);
    tcase_add_test(tc, decay_shrinks_before_the_step);
    tcase_add_test(tc, other_variables_and_wrong_gradients_are_refused);
}
