/* BackupAndRestore: a run that fails at any batch and is begun again ends with the same bits. */
#include "base/object.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SAMPLES = 44, BATCH = 8, EPOCHS = 4, STEPS = 6 }; /* the last batch of an epoch is short */

typedef struct {
    int64_t fail_after; /* batches in this process; negative: never */
    int64_t batches;
} failure;

static cornu_status fail_in_time(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    failure *self = user;
    (void)model, (void)batch, (void)logs;
    if (self->batches++ != self->fail_after) return CORNU_OK;
    CORNU_FAIL(CORNU_ECANCELED, "on purpose");
}

static cornu_tensor *samples(int64_t columns) {
    float values[SAMPLES * 3];
    for (int64_t i = 0; i < SAMPLES * columns; i++) values[i] = (float)(i * 37 % 41) / 20 - 1;
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(SAMPLES, columns), values));
}

/* Everything that has a state: moving averages, random draws, slots, averages of weights. */
static cornu_model *new_model(bool eager) {
    cornu_set_random_seed(7);
    cornu_model *model = cornu_sequential(
        cornu_input(3), cornu_layer_dense(5, .activation = "relu"),
        cornu_layer_batch_normalization(.momentum = 0.9), cornu_layer_dropout(0.3),
        cornu_layer_dense(1)
    );
    assert_ok(model);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.02, .use_ema = true),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae"),
        .run_eagerly = eager
    ));
    return model;
}

typedef struct {
    int64_t save_freq, steps_per_epoch;
    bool eager, pipeline;
} how;

/* Samples mixed in a small buffer, with a step that draws nothing, over and over; *new*. */
static cornu_dataset *new_pipeline(void) {
    cornu_dataset *all =
        cornu_dataset_from_tensors(cornu_tensors(samples(3)), .targets = cornu_tensors(samples(1)));
    cornu_dataset *mixed = cornu_dataset_shuffle(all, 10);
    cornu_dataset *endless = cornu_dataset_repeat(mixed, CORNU_INFINITE);
    cornu_dataset *batches = cornu_dataset_batch(endless, BATCH);
    cornu_dataset *ahead = cornu_dataset_prefetch(batches, 2);
    assert_ok(ahead);
    cornu_dataset_free(batches);
    cornu_dataset_free(endless);
    cornu_dataset_free(mixed);
    cornu_dataset_free(all);
    return ahead;
}

/* One process, so to speak: NULL if it failed on purpose. */
static cornu_history *run(cornu_model *model, how way, const char *folder, int64_t fail_after) {
    failure when = {.fail_after = fail_after};
    cornu_callback *callbacks[] = {
        cornu_callback_csv_logger("backup_log.csv"),
        cornu_callback_early_stopping(
                .monitor = "loss", .patience = 9, .restore_best_weights = true
        ),
        cornu_callback_lambda(.user = &when, .on_train_batch_end = fail_in_time),
        folder ? cornu_callback_backup_and_restore(folder, .save_freq = way.save_freq) : NULL};
    if (way.pipeline) {
        cornu_dataset *data = new_pipeline();
        cornu_history *history = cornu_fit_dataset(
            model, data, .epochs = EPOCHS, .seed = 5, .verbose = 0,
            .steps_per_epoch = way.steps_per_epoch,
            .callbacks = {.items = callbacks, .count = folder ? 4 : 3}
        );
        cornu_dataset_free(data);
        return history;
    }
    return cornu_fit(
        model, samples(3), samples(1), .epochs = EPOCHS, .batch_size = BATCH, .seed = 5,
        .verbose = 0, .validation_split = 0.1, .steps_per_epoch = way.steps_per_epoch,
        .validation_steps = way.steps_per_epoch == CORNU_NONE ? CORNU_NONE : 1,
        .validation_batch_size = 3, .callbacks = {.items = callbacks, .count = folder ? 4 : 3}
    );
}

static void assert_same_weights(cornu_model *a, cornu_model *b) {
    cornu_tensor_list x = cornu_layer_weights(cornu_model_layer(a));
    cornu_tensor_list y = cornu_layer_weights(cornu_model_layer(b));
    ck_assert_uint_eq(x.count, y.count);
    for (size_t i = 0; i < x.count; i++)
        ck_assert_msg(cornu_tensor_equal(x.items[i], y.items[i]), "weight %zu", i);
    x = cornu_optimizer_variables(cornu_model_optimizer(a));
    y = cornu_optimizer_variables(cornu_model_optimizer(b));
    ck_assert_uint_eq(x.count, y.count);
    for (size_t i = 0; i < x.count; i++)
        ck_assert_msg(cornu_tensor_equal(x.items[i], y.items[i]), "optimizer variable %zu", i);
}

static void assert_same_history(const cornu_history *a, const cornu_history *b) {
    ck_assert_uint_eq(cornu_history_epochs(a), cornu_history_epochs(b));
    for (size_t i = 0; i < cornu_history_epochs(a); i++) {
        const cornu_logs *x = cornu_history_logs(a, i), *y = cornu_history_logs(b, i);
        ck_assert_int_eq(cornu_history_epoch(a, i), cornu_history_epoch(b, i));
        ck_assert_uint_eq(x->count, y->count);
        for (size_t k = 0; k < x->count; k++) {
            ck_assert_str_eq(x->entries[k].name, y->entries[k].name);
            ck_assert_mem_eq(&x->entries[k].value, &y->entries[k].value, sizeof(double));
        }
    }
}

static char *whole_file(const char *path) {
    char *text = calloc(1, 1 << 16);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    fread(text, 1, (1 << 16) - 1, file);
    fclose(file);
    return text;
}

static bool exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

/* Forgets what an earlier run of the tests left. */
static void remove_backup(const char *folder) {
    char path[256];
    snprintf(path, sizeof path, "%s/latest.npz", folder);
    (void)remove(path);
    snprintf(path, sizeof path, "%s/previous.npz", folder);
    (void)remove(path);
}

static void check_failing_at_every_batch(how way, int64_t stride) {
    cornu_model *whole = new_model(way.eager);
    remove_backup("backup_folder");
    cornu_history *expected = run(whole, way, NULL, -1);
    assert_ok(expected);
    char *log = whole_file("backup_log.csv");
    for (int64_t fail_after = 0; fail_after < STEPS * EPOCHS; fail_after += stride) {
        cornu_history *history = NULL;
        cornu_model *model = NULL;
        for (int64_t process = 0; !history; process++) { /* each gets a little further */
            cornu_model_free(model);
            model = new_model(way.eager);
            cornu_set_random_seed(1000 + (uint64_t)process); /* what is drawn must come back */
            history = run(model, way, "backup_folder", process < 3 ? fail_after : -1);
            if (!history)
                ck_assert_msg(cornu_error_status() == CORNU_ECANCELED, "%s", cornu_error_message());
            cornu_error_clear();
        }
        assert_same_weights(whole, model);
        assert_same_history(expected, history);
        char *again = whole_file("backup_log.csv");
        ck_assert_str_eq(again, log);
        free(again);
        ck_assert_msg(!exists("backup_folder"), "the backup is still there");
        cornu_history_free(history);
        cornu_model_free(model);
    }
    free(log);
    cornu_history_free(expected);
    cornu_model_free(whole);
}

START_TEST(a_run_kept_after_batches_goes_on_to_the_same_bits) {
    check_failing_at_every_batch((how){.save_freq = 1, .steps_per_epoch = CORNU_NONE}, 5);
    check_failing_at_every_batch((how){.save_freq = 4, .steps_per_epoch = CORNU_NONE}, 7);
}
END_TEST

START_TEST(a_run_kept_after_epochs_goes_on_to_the_same_bits) {
    check_failing_at_every_batch((how){.save_freq = CORNU_NONE, .steps_per_epoch = CORNU_NONE}, 5);
}
END_TEST

START_TEST(a_pass_that_spans_epochs_goes_on_to_the_same_bits) {
    check_failing_at_every_batch((how){.save_freq = 2, .steps_per_epoch = 4}, 3);
}
END_TEST

START_TEST(a_pipeline_of_datasets_goes_on_to_the_same_bits) {
    check_failing_at_every_batch(
        (how){.save_freq = 2, .steps_per_epoch = STEPS, .pipeline = true}, 5
    );
}
END_TEST

START_TEST(an_eager_run_goes_on_to_the_same_bits) {
    check_failing_at_every_batch(
        (how){.save_freq = 3, .steps_per_epoch = CORNU_NONE, .eager = true}, 9
    );
}
END_TEST

/* Leaves a backup of two batches behind. */
static void leave_a_backup(const char *folder) {
    remove_backup(folder);
    cornu_model *model = new_model(false);
    how way = {.save_freq = 1, .steps_per_epoch = CORNU_NONE};
    assert_fails(run(model, way, folder, 2), CORNU_ECANCELED, "on purpose");
    cornu_model_free(model);
}

START_TEST(a_backup_of_another_model_is_refused_and_named) {
    leave_a_backup("other_model");
    cornu_model *model = cornu_sequential(cornu_input(3), cornu_layer_dense(1));
    assert_ok(cornu_compile(model, .loss = cornu_loss_mean_squared_error()));
    cornu_callback *backup = cornu_callback_backup_and_restore("other_model", .save_freq = 1);
    assert_fails(
        cornu_fit(
            model, samples(3), samples(1), .verbose = 0, .validation_split = 0.1, .batch_size = 8,
            .callbacks = cornu_callbacks(backup)
        ),
        CORNU_ESHAPE, "layer 'dense': 'model/0' in the state has shape"
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(a_backup_within_an_epoch_of_other_data_is_refused) {
    leave_a_backup("other_data");
    cornu_model *model = new_model(false);
    cornu_callback *backup = cornu_callback_backup_and_restore("other_data", .save_freq = 1);
    assert_fails(
        cornu_fit(
            model, samples(3), samples(1), .verbose = 0, .batch_size = 4,
            .callbacks = cornu_callbacks(backup)
        ),
        CORNU_EINVAL, "batch_size is 4 here and was 8"
    );
    cornu_model_free(model);
}
END_TEST

static void damage(const char *path) {
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 300, SEEK_SET), 0);
    for (int i = 0; i < 400; i++) fputc('x', file);
    fclose(file);
}

START_TEST(a_damaged_backup_is_an_error_that_names_it) {
    leave_a_backup("damaged");
    damage("damaged/latest.npz");
    cornu_model *model = new_model(false);
    how way = {.save_freq = 1, .steps_per_epoch = CORNU_NONE};
    assert_fails(run(model, way, "damaged", -1), CORNU_EFORMAT, "damaged/latest.npz");
    cornu_model_free(model);
}
END_TEST

START_TEST(the_previous_backup_stands_in_for_a_damaged_one) {
    cornu_model *whole = new_model(false), *model = NULL;
    remove_backup("two");
    cornu_history *expected = cornu_fit(
        whole, samples(3), samples(1), .epochs = 3, .batch_size = 8, .seed = 5, .verbose = 0
    );
    assert_ok(expected);
    for (int process = 0; process < 2; process++) {
        failure when = {.fail_after = process == 0 ? 9 : -1};
        cornu_model_free(model);
        model = new_model(false);
        cornu_callback *callbacks[] = {
            cornu_callback_lambda(.user = &when, .on_train_batch_end = fail_in_time),
            cornu_callback_backup_and_restore("two", .save_freq = 2, .double_checkpoint = true)};
        cornu_history *history = cornu_fit(
            model, samples(3), samples(1), .epochs = 3, .batch_size = 8, .seed = 5, .verbose = 0,
            .callbacks = {.items = callbacks, .count = 2}
        );
        ck_assert_int_eq(history == NULL, process == 0);
        cornu_error_clear();
        if (process == 0) damage("two/latest.npz");
        if (history) assert_same_history(expected, history);
        cornu_history_free(history);
    }
    assert_same_weights(whole, model);
    ck_assert(!exists("two"));
    cornu_history_free(expected);
    cornu_model_free(model);
    cornu_model_free(whole);
}
END_TEST

START_TEST(a_finished_run_that_keeps_its_backup_is_not_trained_again) {
    cornu_model *model = new_model(false);
    remove_backup("finished");
    for (int i = 0; i < 2; i++) {
        cornu_callback *backup =
            cornu_callback_backup_and_restore("finished", .delete_checkpoint = false);
        cornu_history *history = cornu_fit(
            model, samples(3), samples(1), .epochs = 2, .verbose = 0,
            .callbacks = cornu_callbacks(backup)
        );
        assert_ok(history);
        ck_assert_uint_eq(cornu_history_epochs(history), 2);
        cornu_history_free(history);
    }
    cornu_tensor *iterations = cornu_optimizer_iterations(cornu_model_optimizer(model));
    ck_assert_int_eq((int64_t)cornu_tensor_item(iterations), 4);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_cannot_be_is_refused_at_once) {
    assert_fails(cornu_callback_backup_and_restore(""), CORNU_EINVAL, "backup_dir is empty");
    assert_fails(
        cornu_callback_backup_and_restore("x", .save_freq = 0), CORNU_EINVAL, "at least 1 batch"
    );
}
END_TEST

CORNU_TESTS(backup) {
    TCase *tc = cornu_test_case(suite, "backup");
    tcase_add_test(tc, a_run_kept_after_batches_goes_on_to_the_same_bits);
    tcase_add_test(tc, a_run_kept_after_epochs_goes_on_to_the_same_bits);
    tcase_add_test(tc, a_pass_that_spans_epochs_goes_on_to_the_same_bits);
    tcase_add_test(tc, a_pipeline_of_datasets_goes_on_to_the_same_bits);
    tcase_add_test(tc, an_eager_run_goes_on_to_the_same_bits);
    tcase_add_test(tc, a_backup_of_another_model_is_refused_and_named);
    tcase_add_test(tc, a_backup_within_an_epoch_of_other_data_is_refused);
    tcase_add_test(tc, a_damaged_backup_is_an_error_that_names_it);
    tcase_add_test(tc, the_previous_backup_stands_in_for_a_damaged_one);
    tcase_add_test(tc, a_finished_run_that_keeps_its_backup_is_not_trained_again);
    tcase_add_test(tc, what_cannot_be_is_refused_at_once);
}
