/* A signal ends what the model does after the batch; a run that is kept goes on from there. */
#include "base/object.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <signal.h>
#include <stdio.h>

enum { SAMPLES = 12 };

/* A callback of one's own: raises a signal after a batch of the n-th evaluation or prediction. */
typedef struct {
    int evaluations, batches, batches_seen;
} raising;
static raising now;

static cornu_status test_begins(cornu_callback *self, cornu_model *model, cornu_logs *logs) {
    (void)self, (void)model, (void)logs;
    now.evaluations--;
    return CORNU_OK;
}

static cornu_status batch_ends(
    cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    (void)self, (void)model, (void)logs;
    now.batches_seen++;
    if (now.evaluations == 0 && batch == now.batches) (void)raise(SIGINT);
    return CORNU_OK;
}

static const cornu_callback_class raising_class = {
    .name = "Raising",
    .size = sizeof(cornu_callback),
    .on_test_begin = test_begins,
    .on_test_batch_end = batch_ends,
    .on_predict_batch_end = batch_ends};

static cornu_tensor *numbers(int64_t columns) {
    float values[SAMPLES * 3];
    for (int i = 0; i < SAMPLES * columns; i++) values[i] = (float)(i * 37 % 41) / 20 - 1;
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(SAMPLES, columns), values));
}

static cornu_model *new_model(void) {
    cornu_set_random_seed(3);
    cornu_model *model = cornu_sequential(
        cornu_input(3), cornu_layer_dense(4), cornu_layer_dropout(0.25), cornu_layer_dense(1)
    );
    assert_ok(model);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.use_ema = true),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae")
    ));
    return model;
}

static cornu_history *run(cornu_model *model, int64_t steps) {
    cornu_history *history = cornu_fit(
        model, numbers(3), numbers(1), .epochs = 3, .batch_size = 2, .seed = 1, .verbose = 0,
        .validation_split = 0.5, .validation_batch_size = 1, .validation_steps = steps,
        .callbacks = cornu_callbacks(
            cornu_callback_csv_logger("signals.csv"), cornu_callback_swap_ema_weights(),
            cornu_callback_create(&raising_class, NULL),
            cornu_callback_backup_and_restore("signals_kept")
        )
    );
    assert_ok(history);
    return history;
}

static void assert_same_end(
    cornu_model *model, const cornu_history *history, cornu_model *whole,
    const cornu_history *expected
) {
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(model));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(whole));
    for (size_t i = 0; i < b.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
    ck_assert_uint_eq(cornu_history_epochs(history), cornu_history_epochs(expected));
    for (size_t i = 0; i < cornu_history_epochs(expected); i++) {
        const cornu_logs *x = cornu_history_logs(history, i);
        const cornu_logs *y = cornu_history_logs(expected, i);
        ck_assert_uint_eq(x->count, y->count);
        for (size_t k = 0; k < y->count; k++)
            ck_assert_mem_eq(&x->entries[k].value, &y->entries[k].value, sizeof(double));
    }
}

/* `steps`: of validation; 3 of the 6 batches, so that epochs go on where the last one ended. */
START_TEST(a_signal_ends_fit_within_the_validation_and_the_next_run_goes_on) {
    const int64_t steps = _i == 0 ? CORNU_NONE : 3;
    now = (raising){.evaluations = 99};
    cornu_model *whole = new_model();
    cornu_history *expected = run(whole, steps);
    for (int batch = 0; batch < 3; batch++) {
        now = (raising){.evaluations = 2, .batches = batch};
        assert_ok(cornu_stop_on_signals(true));
        cornu_model *model = new_model();
        cornu_history *history = run(model, steps);
        ck_assert_int_eq(cornu_stopped_by_signal(), SIGINT);
        ck_assert_uint_eq(cornu_history_epochs(history), 1);
        ck_assert_int_eq(now.batches_seen, (int)(steps == CORNU_NONE ? 6 : steps) + batch + 1);
        cornu_history_free(history);
        cornu_model_free(model);
        assert_ok(cornu_stop_on_signals(false));
        now = (raising){.evaluations = 99};
        model = new_model();
        history = run(model, steps); /* another process, so to speak */
        assert_same_end(model, history, whole, expected);
        cornu_history_free(history);
        cornu_model_free(model);
    }
    cornu_history_free(expected);
    cornu_model_free(whole);
}
END_TEST

START_TEST(a_signal_ends_evaluate_and_predict_after_the_batch) {
    cornu_model *model = new_model();
    cornu_logs logs = {0};
    assert_ok(cornu_stop_on_signals(true));
    now = (raising){.evaluations = 1, .batches = 1};
    assert_fails(
        cornu_evaluate(
            model, numbers(3), numbers(1), &logs, .batch_size = 3, .verbose = 0,
            .callbacks = cornu_callbacks(cornu_callback_create(&raising_class, NULL))
        ),
        CORNU_ECANCELED, "evaluate: stopped by signal 2"
    );
    ck_assert_int_eq(now.batches_seen, 2);
    assert_ok(cornu_stop_on_signals(true)); /* the next one is a first one again */
    ck_assert_int_eq(cornu_stopped_by_signal(), 0);
    now = (raising){.evaluations = 0, .batches = 2};
    assert_fails(
        cornu_predict(
            model, numbers(3), .batch_size = 3,
            .callbacks = cornu_callbacks(cornu_callback_create(&raising_class, NULL))
        ),
        CORNU_ECANCELED, "predict: stopped by signal 2"
    );
    ck_assert_int_eq(now.batches_seen, 3);
    assert_ok(cornu_stop_on_signals(true));
    now = (raising){.batches = 99};
    assert_ok(cornu_evaluate(model, numbers(3), numbers(1), &logs, .verbose = 0));
    assert_ok(cornu_stop_on_signals(false));
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(signals) {
    TCase *tc = cornu_test_case(suite, "signals");
    tcase_add_loop_test(tc, a_signal_ends_fit_within_the_validation_and_the_next_run_goes_on, 0, 2);
    tcase_add_test(tc, a_signal_ends_evaluate_and_predict_after_the_batch);
}
