/* Steps of one's own, in part and as a whole. */
#include "support.h"

/* What a hook was called for, and numbers that it uses. */
typedef struct record {
    int calls, freed;
    double factor;
    cornu_metric *own;
} record;

static void free_record(void *user) { ((record *)user)->freed++; }

static cornu_status usual_train_step(cornu_model *model, const cornu_batch *batch, void *user) {
    cornu_tensor *y;
    ((record *)user)->calls++;
    cornu_tape *tape = cornu_tape_begin();
    CORNU_TRY(cornu_model_forward(model, batch, true, &y));
    cornu_tensor *loss = cornu_model_compute_loss(model, batch, &y);
    CORNU_TRY(cornu_model_minimize(model, tape, loss));
    CORNU_TRY(cornu_model_track_loss(model, batch, loss));
    return cornu_model_compute_metrics(model, batch, &y);
}

static cornu_status usual_test_step(cornu_model *model, const cornu_batch *batch, void *user) {
    cornu_tensor *y;
    ((record *)user)->calls++;
    CORNU_TRY(cornu_model_forward(model, batch, false, &y));
    CORNU_TRY(cornu_model_track_loss(model, batch, cornu_model_compute_loss(model, batch, &y)));
    return cornu_model_compute_metrics(model, batch, &y);
}

static cornu_status negated(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs, void *user
) {
    ((record *)user)->calls++;
    CORNU_TRY(cornu_model_forward(model, batch, false, outputs));
    outputs[0] = cornu_op_negative(outputs[0]);
    return outputs[0] ? CORNU_OK : cornu_error_status();
}

static cornu_model *regression(bool eager) {
    cornu_model *model = test_dense(3, 1, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1), .loss_name = "mse",
        .metrics = cornu_metrics("mae"), .run_eagerly = eager
    ));
    return model;
}

static void fit(cornu_model *model, cornu_logs *last) {
    cornu_history *history = cornu_fit(
        model, test_samples(10, 3, 0), test_samples(10, 1, 5), .batch_size = 4, .epochs = 2,
        .seed = 1, .verbose = CORNU_VERBOSE_SILENT, .validation_split = 0.2
    );
    assert_ok(history);
    *last = (cornu_logs){0};
    const cornu_logs *logs = cornu_history_logs(history, 1);
    for (size_t i = 0; i < logs->count; i++)
        assert_ok(cornu_logs_set(last, logs->entries[i].name, logs->entries[i].value));
    cornu_history_free(history);
}

START_TEST(the_usual_step_by_hand_gives_the_same_bits) {
    for (int eager = 0; eager < 2; eager++) {
        record note = {0};
        cornu_model *usual = regression(false), *own = regression(eager == 1);
        assert_ok(cornu_model_set_hooks(
            own, &(cornu_step_hooks
                 ){.train_step = usual_train_step,
                   .test_step = usual_test_step,
                   .predict_step = negated,
                   .user = &note,
                   .free_user = free_record}
        ));
        cornu_logs a, b;
        fit(usual, &a);
        fit(own, &b);
        ck_assert_uint_eq(a.count, 4);
        ck_assert_uint_eq(b.count, 4);
        for (size_t i = 0; i < 4; i++) {
            ck_assert_str_eq(a.entries[i].name, b.entries[i].name);
            ck_assert_double_eq(a.entries[i].value, b.entries[i].value);
        }
        ck_assert(cornu_tensor_equal(test_weight(usual, 0), test_weight(own, 0)));
        ck_assert_int_gt(note.calls, 0);
        cornu_tensor *x = test_samples(5, 3, 1);
        cornu_tensor *p = cornu_predict(usual, x), *q = cornu_predict(own, x);
        for (int64_t i = 0; i < 5; i++)
            ck_assert_double_eq(cornu_tensor_get(p, i), -cornu_tensor_get(q, i));
        cornu_tensor_free(p);
        cornu_tensor_free(q);
        cornu_logs_clear(&a);
        cornu_logs_clear(&b);
        cornu_model_free(usual);
        cornu_model_free(own);
        ck_assert_int_eq(note.freed, 1);
    }
}
END_TEST

static cornu_tensor *multiple_of_the_loss(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs, bool training,
    void *user
) {
    cornu_tensor *loss = cornu_model_compute_loss(model, batch, outputs);
    return training ? cornu_op_multiply(loss, cornu_scalar(((record *)user)->factor)) : loss;
}

START_TEST(a_loss_of_ones_own_trains_like_another_learning_rate) {
    record note = {.factor = 0.5};
    cornu_model *half = regression(false), *slow = test_dense(3, 1, NULL);
    assert_ok(cornu_model_set_hooks(
        half, &(cornu_step_hooks){.compute_loss = multiple_of_the_loss, .user = &note}
    ));
    assert_ok(cornu_compile(
        slow, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.05), .loss_name = "mse"
    ));
    cornu_logs a, b;
    fit(half, &a);
    fit(slow, &b);
    assert_same(test_weight(half, 0), test_weight(slow, 0), 1e-6, 1e-7);
    ck_assert_double_eq_tol(cornu_logs_get(&a, "loss"), 0.5 * cornu_logs_get(&b, "loss"), 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&a, "val_loss"), cornu_logs_get(&b, "val_loss"), 1e-6);
    cornu_logs_clear(&a);
    cornu_logs_clear(&b);
    cornu_model_free(half);
    cornu_model_free(slow);
}
END_TEST

static cornu_status own_metrics(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs, void *user
) {
    (void)model;
    record *note = user;
    return cornu_metric_update(note->own, batch->targets[0], outputs[0], NULL);
}

static cornu_status own_results(cornu_model *model, cornu_logs *logs, void *user) {
    cornu_status status = CORNU_OK;
    (void)model;
    CORNU_SCOPE {
        status = cornu_logs_set(
            logs, "own", cornu_tensor_item(cornu_metric_result(((record *)user)->own))
        );
    }
    return status;
}

static cornu_status own_reset(cornu_model *model, void *user) {
    (void)model;
    return cornu_metric_reset(((record *)user)->own);
}

START_TEST(metrics_of_ones_own_appear_in_the_logs) {
    record note = {.own = cornu_metric_mean_squared_error()};
    cornu_model *model = regression(false);
    assert_ok(cornu_model_set_hooks(
        model, &(cornu_step_hooks
               ){.compute_metrics = own_metrics,
                 .get_results = own_results,
                 .reset_metrics = own_reset,
                 .user = &note}
    ));
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(
        model, test_samples(10, 3, 0), test_samples(10, 1, 5), .logs = &logs, .batch_size = 5,
        .verbose = 0
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "own"), cornu_logs_get(&logs, "loss"), 1e-6);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
    cornu_metric_free(note.own);
}
END_TEST

/* An optimizer beside the model's, as two players have in a game. */
typedef struct second {
    cornu_optimizer *optimizer;
    cornu_tensor *weight;
} second;

static cornu_status two_steps(cornu_model *model, const cornu_batch *batch, void *user) {
    second *other = user;
    cornu_tensor *gradient = cornu_op_ones_like(other->weight);
    CORNU_TRY(cornu_optimizer_apply(other->optimizer, &gradient, cornu_tensors(other->weight)));
    record note = {0};
    return usual_train_step(model, batch, &note);
}

START_TEST(an_optimizer_of_ones_own_steps_in_a_compiled_step) {
    second other = {
        cornu_optimizer_sgd(.learning_rate = 1),
        cornu_variable(cornu_scalar_of(CORNU_FLOAT32, 0), .name = "w")};
    cornu_model *model = regression(false);
    assert_ok(
        cornu_model_set_hooks(model, &(cornu_step_hooks){.train_step = two_steps, .user = &other})
    );
    cornu_tensor *x = test_samples(4, 3, 0), *y = test_samples(4, 1, 5);
    for (int i = 0; i < 3; i++) assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
    assert_values(other.weight, 0, -3);
    cornu_optimizer_free(other.optimizer);
    /* one whose steps differ from each other cannot be replayed */
    other.optimizer = cornu_optimizer_sgd(.gradient_accumulation_steps = 2);
    assert_ok(
        cornu_model_set_hooks(model, &(cornu_step_hooks){.train_step = two_steps, .user = &other})
    );
    assert_fails(
        cornu_train_on_batch(model, x, y, NULL, NULL), CORNU_ESTATE, "gradient_accumulation_steps"
    );
    cornu_model_free(model);
    cornu_optimizer_free(other.optimizer);
    cornu_tensor_free(other.weight);
}
END_TEST

static cornu_status failing_step(cornu_model *model, const cornu_batch *batch, void *user) {
    (void)model, (void)batch, (void)user;
    CORNU_FAIL(CORNU_ECANCELED, "not today");
}

START_TEST(a_hook_that_fails_ends_fit_with_its_error) {
    cornu_model *model = regression(false);
    assert_ok(cornu_model_set_hooks(model, &(cornu_step_hooks){.train_step = failing_step}));
    assert_fails(
        cornu_fit(model, test_samples(4, 3, 0), test_samples(4, 1, 5), .verbose = 0),
        CORNU_ECANCELED, "fit, epoch 1, batch 1: not today"
    );
    assert_ok(cornu_model_set_hooks(model, NULL));
    cornu_logs logs;
    fit(model, &logs);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(hooks) {
    TCase *tc = cornu_test_case(suite, "hooks");
    tcase_add_test(tc, the_usual_step_by_hand_gives_the_same_bits);
    tcase_add_test(tc, a_loss_of_ones_own_trains_like_another_learning_rate);
    tcase_add_test(tc, metrics_of_ones_own_appear_in_the_logs);
    tcase_add_test(tc, an_optimizer_of_ones_own_steps_in_a_compiled_step);
    tcase_add_test(tc, a_hook_that_fails_ends_fit_with_its_error);
}
