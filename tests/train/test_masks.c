/* Masks of predictions in losses and metrics. Keras: losses/loss.py (apply_mask), MeanMetricWrapper
 * in metrics/reduction_metrics.py. */
#include <math.h>

#include "support.h"

/* Two sequences of 3 steps, of which the second has 1: [2, 3, 1]. The prediction is the input. */
static const float steps[] = {1, 2, 3, 4, 0, 0};
static const float wanted[] = {0, 0, 0, 1, 5, 7};

static cornu_model *masked(bool eagerly, cornu_loss *loss) {
    cornu_model *model = cornu_sequential(
        cornu_input(3, 1), cornu_layer_masking(),
        cornu_layer_dense(1, .kernel_initializer = test_constant(1), .use_bias = false)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1), .loss = loss,
        .metrics = cornu_metrics("mae", cornu_metric_root_mean_squared_error()),
        .weighted_metrics = cornu_metrics("mse"), .run_eagerly = eagerly
    ));
    return model;
}

static double logged(const cornu_logs *logs, const char *name) {
    double value = cornu_logs_get(logs, name);
    ck_assert_msg(!isnan(value), "no '%s' in the logs", name);
    return value;
}

/* Of the 6 steps 4 count: squared errors 1, 4, 9, 9. */
START_TEST(hidden_steps_count_nothing_in_losses_and_means) {
    cornu_tensor *x = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), steps));
    cornu_tensor *y = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), wanted));
    for (int eagerly = 0; eagerly < 2; eagerly++) {
        cornu_model *model = masked(eagerly == 1, cornu_loss_mean_squared_error());
        cornu_logs logs = {0};
        assert_ok(cornu_evaluate(model, x, y, &logs, .verbose = CORNU_VERBOSE_SILENT));
        ck_assert_double_eq_tol(logged(&logs, "loss"), 23.0 / 4, 1e-5);
        ck_assert_double_eq_tol(logged(&logs, "mae"), 9.0 / 4, 1e-5);
        ck_assert_double_eq_tol(logged(&logs, "mse"), 23.0 / 4, 1e-5);
        /* no wrapper of a function: Keras gives it no mask */
        ck_assert_double_eq_tol(
            logged(&logs, "root_mean_squared_error"), sqrt((23.0 + 25 + 49) / 6), 1e-5
        );
        cornu_logs_clear(&logs);
        cornu_model_free(model);
    }
}
END_TEST

/* d/dw of the mean over 4 steps of (w x - y)^2: 2 (1 + 4 + 9 + 12) / 4 = 13. */
START_TEST(hidden_steps_move_no_weight) {
    cornu_tensor *x = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), steps));
    cornu_tensor *y = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), wanted));
    for (int eagerly = 0; eagerly < 2; eagerly++) {
        cornu_model *model = masked(eagerly == 1, cornu_loss_mean_squared_error());
        assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
        assert_values(test_weight(model, 0), 1e-5, 1 - 0.1 * 13);
        cornu_model_free(model);
    }
}
END_TEST

/* Weights of steps are multiplied by the mask: the sum of 1 * 1, 4 * 2, 9 * 3, 9 * 4. */
START_TEST(sample_weights_are_multiplied_by_the_mask) {
    const float weights[] = {1, 2, 3, 4, 5, 6};
    cornu_tensor *x = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), steps));
    cornu_tensor *y = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), wanted));
    cornu_tensor *w = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3), weights));
    for (int eagerly = 0; eagerly < 2; eagerly++) {
        cornu_model *model =
            masked(eagerly == 1, cornu_loss_mean_squared_error(.reduction = "sum"));
        cornu_logs logs = {0};
        assert_ok(
            cornu_evaluate(model, x, y, &logs, .sample_weight = w, .verbose = CORNU_VERBOSE_SILENT)
        );
        ck_assert_double_eq_tol(logged(&logs, "loss"), 72, 1e-4);
        ck_assert_double_eq_tol(logged(&logs, "mse"), 72.0 / 10, 1e-5);
        cornu_logs_clear(&logs);
        cornu_model_free(model);
    }
}
END_TEST

/* The mask of an inner model is that of the outer one's output. */
START_TEST(masks_come_out_of_nested_models) {
    cornu_tensor *x = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), steps));
    cornu_tensor *y = cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3, 1), wanted));
    cornu_model *inner = cornu_sequential(cornu_input(3, 1), cornu_layer_masking());
    cornu_tensor *in = cornu_input_tensor(3, 1);
    cornu_tensor *out = cornu_call(cornu_layer_activation("linear"), cornu_call(inner, in));
    cornu_model *model = cornu_functional(cornu_tensors(in), cornu_tensors(out));
    assert_ok(cornu_compile(model, .loss = cornu_loss_mean_squared_error()));
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(model, x, y, &logs, .verbose = CORNU_VERBOSE_SILENT));
    ck_assert_double_eq_tol(logged(&logs, "loss"), 23.0 / 4, 1e-5);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(masks) {
    TCase *tc = cornu_test_case(suite, "masks");
    tcase_add_test(tc, hidden_steps_count_nothing_in_losses_and_means);
    tcase_add_test(tc, hidden_steps_move_no_weight);
    tcase_add_test(tc, sample_weights_are_multiplied_by_the_mask);
    tcase_add_test(tc, masks_come_out_of_nested_models);
}
