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

START_TEST(a_step_that_overflows_is_not_taken_and_halves_the_loss_scale) {
    cornu_optimizer *inner = cornu_optimizer_sgd(.learning_rate = 1, .momentum = 0.5);
    cornu_optimizer *scaled = cornu_optimizer_loss_scale_optimizer(
        cornu_optimizer_retain(inner), .initial_scale = 8, .dynamic_growth_steps = 2
    );
    cornu_tensor *w = variable_of(0, 0);
    step(scaled, w, 8, 16); /* divided by 8 */
    assert_values(w, 1e-6, -1, -2);
    cornu_tensor *scale = cornu_optimizer_variables(scaled).items[3];
    step(scaled, w, 1, INFINITY);
    assert_values(w, 0, -1, -2);
    assert_values(scale, 0, 4);
    /* the inner optimizer has seen one step, and its momentum is that of this step */
    assert_values(cornu_optimizer_iterations(inner), 0, 1);
    assert_values(cornu_optimizer_iterations(scaled), 0, 1);
    assert_values(cornu_optimizer_variables(inner).items[2], 1e-6, -1, -2);
    step(scaled, w, 0, 0);
    step(scaled, w, 0, 0); /* two steps without an overflow */
    assert_values(scale, 0, 8);
    ck_assert_double_eq(cornu_optimizer_learning_rate(scaled), 1);
    cornu_tensor_free(w);
    cornu_optimizer_free(scaled);
    cornu_optimizer_free(inner);
    assert_fails(cornu_optimizer_loss_scale_optimizer(NULL), CORNU_EINVAL, "inner_optimizer");
}
END_TEST

START_TEST(variables_that_are_left_out_do_not_decay) {
    for (int by_name = 0; by_name < 2; by_name++) {
        cornu_optimizer *sgd = cornu_optimizer_sgd(.learning_rate = 0.5, .weight_decay = 0.5);
        cornu_tensor *w = variable_of(8, 4), *other = variable_of(8, 4);
        cornu_texts names = by_name ? cornu_texts("bias", "w") : (cornu_texts){0};
        cornu_tensor_list list = by_name ? (cornu_tensor_list){0} : cornu_tensors(w);
        assert_ok(cornu_optimizer_exclude_from_weight_decay(sgd, list, names));
        step(sgd, w, 0, 0);
        assert_values(w, 0, 8, 4);
        assert_fails(
            cornu_optimizer_exclude_from_weight_decay(sgd, list, names), CORNU_ESTATE, "has taken"
        );
        cornu_tensor_free(w);
        cornu_tensor_free(other);
        cornu_optimizer_free(sgd);
    }
}
END_TEST

/* A matrix whose rows are orthogonal and equally long has equal singular values: Muon makes them
 * all near 1, whatever the size of the gradient. */
START_TEST(muon_moves_a_matrix_by_an_orthogonal_step) {
    const float gradient_values[] = {300, 400, -400, 300};
    cornu_optimizer *muon = cornu_optimizer_muon(
            .learning_rate = 1, .weight_decay = NAN, .rms_rate = NAN, .nesterov = false
    );
    cornu_tensor *zeros = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(2, 2));
    cornu_tensor *w = cornu_variable(zeros, .name = "kernel");
    cornu_tensor *gradient = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 2), gradient_values);
    assert_ok(cornu_optimizer_apply(muon, &gradient, cornu_tensors(w)));
    double length = -cornu_tensor_get(w, 0) / 0.6;
    ck_assert_double_gt(length, 0.6); /* the iteration ends in a band round 1 */
    ck_assert_double_lt(length, 1.3);
    assert_values(w, 1e-5, -0.6 * length, -0.8 * length, 0.8 * length, -0.6 * length);
    cornu_tensor_free(gradient);
    cornu_tensor_free(zeros);
    cornu_tensor_free(w);
    cornu_optimizer_free(muon);
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
    tcase_add_test(tc, a_step_that_overflows_is_not_taken_and_halves_the_loss_scale);
    tcase_add_test(tc, variables_that_are_left_out_do_not_decay);
    tcase_add_test(tc, muon_moves_a_matrix_by_an_orthogonal_step);
}
