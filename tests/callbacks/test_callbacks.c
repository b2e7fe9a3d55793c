/* The built-in callbacks, in fits of a small model. */
#include "base/object.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <string.h>

/* A model y = w * x with w = 1, whose loss falls or stays as the learning rate is. */
static cornu_model *small_model(double rate) {
    cornu_model *model = cornu_sequential(
        cornu_input(1),
        cornu_layer_dense(1, .use_bias = false, .kernel_initializer = cornu_initializer_ones())
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = rate),
        .loss = cornu_loss_mean_squared_error()
    ));
    return model;
}

static cornu_tensor *data(float factor) {
    const float values[] = {factor, 2 * factor, 3 * factor, 4 * factor};
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(4, 1), values));
}

static cornu_history *fit(cornu_model *model, int64_t epochs, cornu_callback *callback) {
    return cornu_fit(
        model, data(1), data(2), .epochs = epochs, .batch_size = 2, .shuffle = false, .verbose = 0,
        .validation_x = data(1), .validation_y = data(2), .callbacks = cornu_callbacks(callback)
    );
}

static char *file_text(const char *path) {
    static char text[4096];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

START_TEST(early_stopping_waits_for_its_patience) {
    cornu_model *model = small_model(0); /* nothing improves after the first epoch */
    cornu_history *history = fit(model, 10, cornu_callback_early_stopping(.patience = 3));
    assert_ok(history);
    ck_assert_uint_eq(cornu_history_epochs(history), 4);
    cornu_history_free(history);
    history = fit(model, 10, cornu_callback_early_stopping(.patience = 2, .start_from_epoch = 3));
    assert_ok(history);
    ck_assert_uint_eq(cornu_history_epochs(history), 6);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(early_stopping_restores_the_best_weights) {
    cornu_model *model = small_model(0.3); /* so large a rate that the loss grows */
    cornu_tensor *weight = cornu_layer_weights(cornu_model_layer(model)).items[0];
    cornu_history *history =
        cornu_fit(model, data(1), data(2), .epochs = 1, .batch_size = 4, .verbose = 0);
    assert_ok(history);
    cornu_history_free(history);
    cornu_model *again = small_model(0.3);
    history = cornu_fit(
        again, data(1), data(2), .epochs = 5, .batch_size = 4, .verbose = 0,
        .validation_x = data(1), .validation_y = data(2),
        .callbacks = cornu_callbacks(
            cornu_callback_early_stopping(.patience = 2, .restore_best_weights = true)
        )
    );
    assert_ok(history);
    ck_assert_uint_eq(cornu_history_epochs(history), 3);
    ck_assert(cornu_tensor_equal(cornu_layer_weights(cornu_model_layer(again)).items[0], weight));
    cornu_history_free(history);
    cornu_model_free(model);
    cornu_model_free(again);
}
END_TEST

START_TEST(a_value_that_is_not_there_cannot_be_watched) {
    cornu_model *model = small_model(0.01);
    assert_fails(
        fit(model, 2, cornu_callback_early_stopping(.monitor = "val_accuracy")), CORNU_EINVAL,
        "monitor 'val_accuracy' is not in the logs, which have: loss, val_loss"
    );
    assert_fails(
        cornu_fit(
            model, data(1), data(2), .verbose = 0,
            .callbacks = cornu_callbacks(cornu_callback_early_stopping())
        ),
        CORNU_EINVAL, "needs validation data"
    );
    assert_fails(cornu_callback_early_stopping(.monitor = "val_beauty"), CORNU_EINVAL, "give mode");
    assert_fails(
        cornu_callback_early_stopping(.mode = "maximum"), CORNU_EINVAL, "mode must be \"min\""
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(a_rising_metric_is_better_when_it_is_larger) {
    cornu_model *model = small_model(0);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.01),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae")
    ));
    /* mae falls: with mode max every epoch after the first counts as worse */
    cornu_history *history =
        fit(model, 9,
            cornu_callback_early_stopping(.monitor = "mae", .mode = "max", .patience = 2));
    assert_ok(history);
    ck_assert_uint_eq(cornu_history_epochs(history), 3);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(checkpoints_are_named_by_epoch_and_logs) {
    cornu_model *model = small_model(0.01);
    cornu_history *history =
        fit(model, 2,
            cornu_callback_model_checkpoint(
                "checkpoint-{epoch:02d}-{val_loss:.3f}.weights.h5", .save_weights_only = true
            ));
    assert_ok(history);
    char path[160];
    for (size_t i = 0; i < 2; i++) {
        double loss = cornu_history_get(history, "val_loss", i);
        snprintf(path, sizeof path, "checkpoint-%02zu-%.3f.weights.h5", i + 1, loss);
        FILE *file = fopen(path, "rb");
        ck_assert_msg(file != NULL, "%s", path);
        fclose(file);
        remove(path);
    }
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(only_improvements_are_saved_if_that_is_asked_for) {
    cornu_model *model = small_model(0.01);
    remove("best.keras");
    cornu_history *history =
        fit(model, 2,
            cornu_callback_model_checkpoint(
                "best.keras", .save_best_only = true, .initial_value_threshold = 1e-9
            ));
    assert_ok(history);
    ck_assert_ptr_null(fopen("best.keras", "rb"));
    cornu_history_free(history);
    history = fit(model, 1, cornu_callback_model_checkpoint("best.keras", .save_best_only = true));
    assert_ok(history);
    cornu_model *loaded = cornu_load("best.keras");
    assert_ok(loaded);
    ck_assert(cornu_tensor_equal(
        cornu_layer_weights(cornu_model_layer(loaded)).items[0],
        cornu_layer_weights(cornu_model_layer(model)).items[0]
    ));
    cornu_history_free(history);
    cornu_model_free(loaded);
    cornu_model_free(model);
    remove("best.keras");
}
END_TEST

START_TEST(a_checkpoint_path_that_does_not_fit_is_refused) {
    assert_fails(cornu_callback_model_checkpoint("best.h6"), CORNU_EINVAL, ".keras");
    assert_fails(
        cornu_callback_model_checkpoint("best.keras", .save_weights_only = true), CORNU_EINVAL,
        ".weights.h5"
    );
    cornu_model *model = small_model(0.01);
    assert_fails(
        fit(model, 1, cornu_callback_model_checkpoint("{accuracy}.keras")), CORNU_EINVAL,
        "there is no 'accuracy'; known are: epoch, loss, val_loss"
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(csv_lines_hold_what_the_history_holds) {
    cornu_model *model = small_model(0.01);
    remove("log.csv");
    cornu_history *first = fit(model, 2, cornu_callback_csv_logger("log.csv"));
    cornu_history *second = fit(model, 1, cornu_callback_csv_logger("log.csv", .append = true));
    assert_ok(first);
    assert_ok(second);
    char *text = file_text("log.csv");
    ck_assert_int_eq(strncmp(text, "epoch,loss,val_loss\n0,", 22), 0);
    double loss, val_loss;
    long epoch;
    text = strchr(text, '\n') + 1;
    for (size_t i = 0; i < 3; i++) {
        const cornu_history *history = i < 2 ? first : second;
        ck_assert_int_eq(sscanf(text, "%ld,%lf,%lf", &epoch, &loss, &val_loss), 3);
        ck_assert_double_eq(loss, cornu_history_get(history, "loss", i % 2));
        ck_assert_double_eq(val_loss, cornu_history_get(history, "val_loss", i % 2));
        text = strchr(text, '\n') + 1;
    }
    ck_assert_str_eq(text, "");
    cornu_history_free(first);
    cornu_history_free(second);
    cornu_model_free(model);
    remove("log.csv");
}
END_TEST

START_TEST(epochs_without_validation_are_not_available) {
    cornu_model *model = small_model(0.01);
    cornu_history *history = cornu_fit(
        model, data(1), data(2), .epochs = 2, .verbose = 0, .validation_x = data(1),
        .validation_y = data(2), .validation_freq = 2,
        .callbacks = cornu_callbacks(cornu_callback_csv_logger("freq.csv", .separator = ";"))
    );
    assert_ok(history);
    const char *text = file_text("freq.csv");
    ck_assert_int_eq(strncmp(text, "epoch;loss;val_loss\n", 20), 0);
    ck_assert_ptr_nonnull(strstr(text, ";NA\n1;"));
    cornu_history_free(history);
    cornu_model_free(model);
    remove("freq.csv");
}
END_TEST

START_TEST(a_loss_that_is_no_number_ends_the_fit) {
    cornu_model *model = small_model(1e30);
    assert_fails(
        fit(model, 9, cornu_callback_terminate_on_nan()), CORNU_ENAN,
        "callback TerminateOnNaN: the loss is"
    );
    cornu_model_free(model);
}
END_TEST

typedef struct {
    char order[64];
    int freed;
} trace;

static void add(void *user, char c) {
    trace *self = user;
    size_t length = strlen(self->order);
    self->order[length] = c;
}
#define TRACE(name, letter)                                                                        \
    static cornu_status name(void *user, cornu_model *model, int64_t index, cornu_logs *logs) {    \
        (void)model, (void)index, (void)logs;                                                      \
        add(user, letter);                                                                         \
        return CORNU_OK;                                                                           \
    }
TRACE(train_begin, 'T')
TRACE(train_end, 't')
TRACE(epoch_begin, 'E')
TRACE(batch_begin, 'B')
TRACE(batch_end, 'b')
static cornu_status epoch_end(void *user, cornu_model *model, int64_t index, cornu_logs *logs) {
    add(user, 'e');
    if (index == 1) cornu_model_stop_training(model);
    return cornu_logs_set(logs, "rate", 0.25);
}
static void free_trace(void *user) { ((trace *)user)->freed++; }

START_TEST(hooks_run_in_order_and_may_add_to_the_logs) {
    cornu_model *model = small_model(0.01);
    trace seen = {0};
    cornu_history *history =
        fit(model, 5,
            cornu_callback_lambda(
                    .user = &seen, .on_train_begin = train_begin, .on_train_end = train_end,
                    .on_epoch_begin = epoch_begin, .on_epoch_end = epoch_end,
                    .on_train_batch_begin = batch_begin, .on_train_batch_end = batch_end,
                    .free_user = free_trace
            ));
    assert_ok(history);
    ck_assert_str_eq(seen.order, "TEBbBbeEBbBbet");
    ck_assert_int_eq(seen.freed, 1);
    ck_assert_double_eq(cornu_history_get(history, "rate", 1), 0.25);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

static cornu_status give_up(void *user, cornu_model *model, int64_t index, cornu_logs *logs) {
    (void)user, (void)model, (void)logs;
    CORNU_FAIL(CORNU_ECANCELED, "enough after %lld", (long long)index);
}

START_TEST(an_error_in_a_callback_ends_the_fit) {
    cornu_model *model = small_model(0.01);
    assert_fails(
        fit(model, 5, cornu_callback_lambda(.on_train_batch_end = give_up)), CORNU_ECANCELED,
        "fit: epoch 1: batch 1: callback LambdaCallback: enough after 0"
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(callbacks) {
    TCase *tc = cornu_test_case(suite, "callbacks");
    tcase_add_test(tc, early_stopping_waits_for_its_patience);
    tcase_add_test(tc, early_stopping_restores_the_best_weights);
    tcase_add_test(tc, a_value_that_is_not_there_cannot_be_watched);
    tcase_add_test(tc, a_rising_metric_is_better_when_it_is_larger);
    tcase_add_test(tc, checkpoints_are_named_by_epoch_and_logs);
    tcase_add_test(tc, only_improvements_are_saved_if_that_is_asked_for);
    tcase_add_test(tc, a_checkpoint_path_that_does_not_fit_is_refused);
    tcase_add_test(tc, csv_lines_hold_what_the_history_holds);
    tcase_add_test(tc, epochs_without_validation_are_not_available);
    tcase_add_test(tc, a_loss_that_is_no_number_ends_the_fit);
    tcase_add_test(tc, hooks_run_in_order_and_may_add_to_the_logs);
    tcase_add_test(tc, an_error_in_a_callback_ends_the_fit);
}
