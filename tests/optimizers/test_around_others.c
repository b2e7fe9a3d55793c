/* What all optimizers share beside their algorithm, and optimizers around others. The rules are
 * those of keras/src/optimizers/base_optimizer.py and multi_optimizer.py. */
#include "nn/class.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <math.h>
#include <string.h>

static cornu_tensor *variable_of(const char *path, float value) {
    const char *slash = strrchr(path, '/');
    cornu_tensor *made = cornu_variable(
        cornu_scalar_of(CORNU_FLOAT32, (double)value), .name = slash ? slash + 1 : path,
        .path = path
    );
    ck_assert_ptr_nonnull(made);
    return made;
}

static void step(cornu_optimizer *optimizer, cornu_tensor_list variables, float gradient) {
    cornu_tensor *gradients[4];
    for (size_t i = 0; i < variables.count; i++)
        gradients[i] = cornu_scalar_of(CORNU_FLOAT32, (double)gradient);
    assert_ok(cornu_optimizer_apply(optimizer, gradients, variables));
}

/* The optimizer that the config of another describes. */
static cornu_optimizer *reread(const cornu_optimizer *optimizer) {
    cJSON *json = cornu_object_serialize_(CORNU_FAMILY_OPTIMIZER, optimizer);
    ck_assert_msg(json != NULL, "%s", cornu_error_message());
    cornu_optimizer *copy = cornu_object_deserialize_(CORNU_FAMILY_OPTIMIZER, json);
    ck_assert_msg(copy != NULL, "%s", cornu_error_message());
    cJSON *again = cornu_object_serialize_(CORNU_FAMILY_OPTIMIZER, copy);
    ck_assert(cJSON_Compare(json, again, true));
    cJSON_Delete(json);
    cJSON_Delete(again);
    return copy;
}

/* ---- the settings that all have -------------------------------------------------------------- */

START_TEST(averages_begin_with_the_first_step_and_become_the_variables_at_the_end) {
    cornu_optimizer *given =
        cornu_optimizer_sgd(.learning_rate = 1, .use_ema = true, .ema_momentum = 0.75);
    cornu_optimizer *sgd = reread(given);
    cornu_tensor *w = variable_of("w", 10);
    step(sgd, cornu_tensors(w), 2); /* w 8, average 8 */
    step(sgd, cornu_tensors(w), 4); /* w 4, average 0.75 * 8 + 0.25 * 4 */
    assert_values(w, 0, 4);
    assert_values(cornu_optimizer_variables(sgd).items[2], 1e-6, 7);
    assert_ok(cornu_optimizer_finalize_variable_values(sgd));
    assert_values(w, 1e-6, 7);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
    cornu_optimizer_free(given);
}
END_TEST

START_TEST(averages_overwrite_every_so_many_updates) {
    cornu_optimizer *given = cornu_optimizer_sgd(
            .learning_rate = 1, .use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 2
    );
    cornu_optimizer *sgd = reread(given);
    cornu_tensor *w = variable_of("w", 10);
    step(sgd, cornu_tensors(w), 2); /* 8 */
    assert_values(w, 0, 8);
    step(sgd, cornu_tensors(w), 4); /* 4; average 6 takes its place */
    assert_values(w, 0, 6);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
    cornu_optimizer_free(given);
}
END_TEST

START_TEST(a_loss_scale_is_taken_out_of_the_gradients) {
    cornu_optimizer *given = cornu_optimizer_sgd(
            .learning_rate = 1, .loss_scale_factor = 8, .gradient_accumulation_steps = 2
    );
    cornu_optimizer *sgd = reread(given);
    cornu_tensor *w = variable_of("w", 0);
    step(sgd, cornu_tensors(w), 8);
    assert_values(w, 0, 0);
    step(sgd, cornu_tensors(w), 24); /* the mean of 1 and 3 */
    assert_values(w, 1e-6, -2);
    cornu_tensor_free(w);
    cornu_optimizer_free(sgd);
    cornu_optimizer_free(given);
}
END_TEST

START_TEST(a_variable_without_a_gradient_stays_and_all_of_them_are_an_error) {
    cornu_optimizer *sgd = cornu_optimizer_sgd(.learning_rate = 1);
    cornu_tensor *a = variable_of("a", -1), *b = variable_of("b", -1);
    cornu_constraint *positive = cornu_constraint_non_neg();
    cornu_tensor *gradients[] = {cornu_scalar(1), NULL};
    cornu_constraint *const both[] = {positive, positive};
    assert_ok(cornu_optimizer_apply_constrained(sgd, gradients, cornu_tensors(a, b), both));
    assert_values(a, 0, 0);
    assert_values(b, 0, -1); /* as in Keras, neither moved nor constrained */
    gradients[0] = NULL;
    assert_fails(
        cornu_optimizer_apply(sgd, gradients, cornu_tensors(a, b)), CORNU_EINVAL,
        "none of the 2 variables has a gradient"
    );
    cornu_constraint_free(positive);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
    cornu_optimizer_free(sgd);
}
END_TEST

START_TEST(weight_decay_leaves_out_names_not_paths) {
    cornu_optimizer *sgd = cornu_optimizer_sgd(.learning_rate = 0.5, .weight_decay = 0.5);
    cornu_tensor *kernel = variable_of("bias_net/kernel", 8), *bias = variable_of("net/bias", 8);
    assert_fails(
        cornu_optimizer_exclude_from_weight_decay(sgd, (cornu_tensor_list){0}, cornu_texts("(")),
        CORNU_EINVAL, "'('"
    );
    assert_ok(cornu_optimizer_exclude_from_weight_decay(
        sgd, (cornu_tensor_list){0}, cornu_texts("kernel")
    ));
    assert_ok(cornu_optimizer_exclude_from_weight_decay(/* replaces the call before */
                                                        sgd, (cornu_tensor_list){0},
                                                        cornu_texts("bias$")
    ));
    step(sgd, cornu_tensors(kernel, bias), 0);
    assert_values(kernel, 0, 6);
    assert_values(bias, 0, 8);
    cornu_tensor_free(kernel);
    cornu_tensor_free(bias);
    cornu_optimizer_free(sgd);
}
END_TEST

/* ---- ScheduleFreeAdamW ----------------------------------------------------------------------- */

START_TEST(swapping_goes_to_the_average_and_back) {
    cornu_optimizer *adamw =
        cornu_optimizer_schedule_free_adamw(.learning_rate = 0.5, .beta_1 = 0.5, .epsilon = 0);
    cornu_tensor *w = variable_of("w", 4);
    assert_ok(cornu_optimizer_swap_to_eval(adamw)); /* nothing to swap with yet */
    assert_values(w, 0, 4);
    step(adamw, cornu_tensors(w), 2); /* z 3.5, x = z, y = 3.5 */
    step(adamw, cornu_tensors(w), 2); /* z 3, x = (3.5 + 3) / 2, y = (z + x) / 2 */
    assert_values(w, 1e-5, 3.125);
    assert_ok(cornu_optimizer_swap_to_eval(adamw));
    assert_values(w, 1e-5, 3.25);
    assert_ok(cornu_optimizer_swap_to_train(adamw));
    assert_values(w, 1e-5, 3.125);
    cornu_tensor_free(w);
    cornu_optimizer_free(adamw);
    cornu_optimizer *sgd = cornu_optimizer_sgd();
    assert_fails(cornu_optimizer_swap_to_eval(sgd), CORNU_EUNSUPPORTED, "SGD");
    cornu_optimizer_free(sgd);
}
END_TEST

/* ---- MultiOptimizer -------------------------------------------------------------------------- */

static cornu_optimizer *sgd_of(double rate) {
    return cornu_optimizer_sgd(.learning_rate = rate, .loss_scale_factor = 3);
}

static cornu_optimizer *two_and_the_rest(void) {
    return cornu_optimizer_multi_optimizer(
        cornu_optimizer_adam(), .loss_scale_factor = 2,
        .optimizer_map =
            cornu_optimizer_map({"^dense_1/.*", sgd_of(0.125)}, {"dense_2/kernel", sgd_of(1)})
    );
}

START_TEST(each_variable_goes_to_the_optimizer_of_its_path) {
    cornu_optimizer *given = two_and_the_rest();
    cornu_optimizer *optimizer = reread(given);
    cornu_optimizer_free(given);
    cornu_tensor *a = variable_of("dense_1/kernel", 2), *b = variable_of("dense_2/kernel", 3);
    step(optimizer, cornu_tensors(a, b), 4); /* 2 without the scale, which is the outer one's */
    assert_values(a, 1e-6, 1.75);
    assert_values(b, 1e-6, 1);
    assert_values(cornu_optimizer_iterations(optimizer), 0, 1);
    ck_assert_double_eq(cornu_optimizer_learning_rate(optimizer), 0.125);
    /* its own two, then those of each optimizer: Adam, which has nothing to do, made none */
    ck_assert_uint_eq(cornu_optimizer_variables(optimizer).count, 2 + 2 + 2 + 2);
    assert_values(cornu_optimizer_iterations(optimizer->cls->inner(optimizer, 2)), 0, 0);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
    cornu_optimizer_free(optimizer);
}
END_TEST

START_TEST(a_path_that_several_patterns_fit_is_refused) {
    cornu_optimizer *optimizer = cornu_optimizer_multi_optimizer(
        cornu_optimizer_sgd(),
        .optimizer_map = cornu_optimizer_map(
            {".*kernel", cornu_optimizer_sgd()}, {"dense/.*", cornu_optimizer_sgd()},
            {"dense/kernel_1", cornu_optimizer_sgd(.learning_rate = 1)}
        )
    );
    cornu_tensor *w = variable_of("dense/kernel", 2), *gradient = cornu_scalar(1);
    assert_fails(
        cornu_optimizer_apply(optimizer, &gradient, cornu_tensors(w)), CORNU_EINVAL,
        "'dense/kernel' fits both '.*kernel' and 'dense/.*'"
    );
    cornu_tensor_free(w);
    w = variable_of("dense/kernel_1", 2); /* an exact key comes before patterns */
    step(optimizer, cornu_tensors(w), 1);
    assert_values(w, 0, 1);
    cornu_tensor_free(w);
    cornu_optimizer_free(optimizer);
}
END_TEST

START_TEST(what_cannot_stand_in_a_map_is_refused) {
    assert_fails(cornu_optimizer_multi_optimizer(NULL), CORNU_EINVAL, "a default optimizer");
    assert_fails(
        cornu_optimizer_multi_optimizer(
            cornu_optimizer_sgd(),
            .optimizer_map = cornu_optimizer_map(
                {".*", cornu_optimizer_loss_scale_optimizer(cornu_optimizer_sgd())}
            )
        ),
        CORNU_EINVAL, "LossScaleOptimizer cannot stand inside"
    );
    assert_fails(
        cornu_optimizer_multi_optimizer(
            cornu_optimizer_sgd(),
            .optimizer_map = cornu_optimizer_map({"(", cornu_optimizer_sgd()})
        ),
        CORNU_EINVAL, "'('"
    );
}
END_TEST

START_TEST(a_model_trains_with_several_optimizers_compiled_as_eagerly) {
    float results[2] = {0};
    for (int eager = 0; eager < 2; eager++) {
        cornu_initializer *one = cornu_initializer_ones();
        cornu_model *model = cornu_sequential(
            cornu_input(1),
            cornu_layer_dense(
                2, .name = "dense_1", .use_bias = false,
                .kernel_initializer = cornu_initializer_retain(one)
            ),
            cornu_layer_dense(1, .name = "dense_2", .use_bias = false, .kernel_initializer = one)
        );
        assert_ok(cornu_compile(
            model, .optimizer = two_and_the_rest(), .loss = cornu_loss_mean_squared_error(),
            .run_eagerly = eager == 1
        ));
        cornu_tensor *x = cornu_op_ones(cornu_shape(4, 1), CORNU_FLOAT32);
        cornu_history *history =
            cornu_fit(model, x, x, .batch_size = 1, .verbose = CORNU_VERBOSE_SILENT);
        assert_ok(history);
        cornu_history_free(history);
        cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
        results[eager] = (float)cornu_tensor_get(weights.items[0], 0);
        cornu_model_free(model);
    }
    ck_assert_float_eq(results[0], results[1]);
    ck_assert_float_ne(results[0], 1);
}
END_TEST

CORNU_TESTS(around_others) {
    TCase *tc = cornu_test_case(suite, "around others");
    tcase_add_test(tc, averages_begin_with_the_first_step_and_become_the_variables_at_the_end);
    tcase_add_test(tc, averages_overwrite_every_so_many_updates);
    tcase_add_test(tc, a_loss_scale_is_taken_out_of_the_gradients);
    tcase_add_test(tc, a_variable_without_a_gradient_stays_and_all_of_them_are_an_error);
    tcase_add_test(tc, weight_decay_leaves_out_names_not_paths);
    tcase_add_test(tc, swapping_goes_to_the_average_and_back);
    tcase_add_test(tc, each_variable_goes_to_the_optimizer_of_its_path);
    tcase_add_test(tc, a_path_that_several_patterns_fit_is_refused);
    tcase_add_test(tc, what_cannot_stand_in_a_map_is_refused);
    tcase_add_test(tc, a_model_trains_with_several_optimizers_compiled_as_eagerly);
}
