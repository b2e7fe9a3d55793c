/* Every allocation of a run that is kept, and of one that goes on from there, fails once: each
 * failure is CORNU_ENOMEM, nothing stays behind, and what was kept before is still good. Then the
 * same for every callback. */
#include "support/support.h"

#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

#include "support/failing_allocator.h"

enum { SAMPLES = 6, FEATURES = 3, BATCH = 2, EPOCHS = 2, TRIED = 5 };

typedef struct {
    cornu_tensor *x;          /* [6, 3] */
    cornu_tensor_list wanted; /* the weights of an undisturbed run */
    const char *kept, *log;   /* the bytes of a backup within the second epoch, and of its log */
    size_t size, log_size;
} world;

static cornu_status status_of(const void *object) {
    return object != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_model *new_model(void) {
    cornu_set_random_seed(7);
    cornu_model *model = cornu_sequential(
        cornu_input(FEATURES), cornu_layer_batch_normalization(), cornu_layer_dropout(0.25)
    );
    if (!model) return NULL;
    cornu_status status = cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.momentum = 0.5, .use_ema = true),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae")
    );
    if (status == CORNU_OK) return model;
    cornu_model_free(model);
    return NULL;
}

/* ---- kept runs ------------------------------------------------------------------------------- */

static cornu_status cancel(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    int64_t *left = user;
    (void)model, (void)batch, (void)logs;
    if (--*left != 0) return CORNU_OK;
    CORNU_FAIL(CORNU_ECANCELED, "on purpose");
}

/* Two epochs of three batches, kept after each batch; `batches`: how many before it is cancelled,
 * 0: never. */
static cornu_status run(cornu_model *model, const world *w, int64_t batches) {
    CORNU_TRY(status_of(model));
    cornu_history *history = cornu_fit(
        model, w->x, w->x, .epochs = EPOCHS, .batch_size = BATCH, .seed = 1, .verbose = 0,
        .callbacks = cornu_callbacks(
            cornu_callback_csv_logger("oom_run.csv"),
            cornu_callback_early_stopping(
                    .monitor = "loss", .patience = 9, .restore_best_weights = true
            ),
            cornu_callback_backup_and_restore("oom_kept", .save_freq = 1),
            cornu_callback_lambda(.user = &batches, .on_train_batch_end = cancel)
        )
    );
    CORNU_TRY(status_of(history));
    cornu_history_free(history);
    return CORNU_OK;
}

static void forget(void) {
    (void)remove("oom_kept/latest.npz");
    (void)remove("oom_kept");
    (void)remove("oom_run.csv");
}

static world begin(void) {
    float x[SAMPLES * FEATURES];
    for (int i = 0; i < SAMPLES * FEATURES; i++) x[i] = (float)(i * 7 % 5) - 2;
    world w = {.x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(SAMPLES, FEATURES), x)};
    return w;
}

static bool ends_the_same(cornu_model *model, const world *w) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    bool same = weights.count == w->wanted.count;
    for (size_t i = 0; i < weights.count && same; i++)
        same = cornu_tensor_equal(weights.items[i], w->wanted.items[i]);
    return same;
}

/* After a failure: what is kept is read, and leads to where the undisturbed run came. Otherwise a
 * status that is not expected. Every fifth time, as it takes its time. */
static cornu_status go_on(const world *w) {
    static int failures;
    if (failures++ % TRIED != 0) return CORNU_ENOMEM;
    char reason[256];
    snprintf(reason, sizeof reason, "%s", cornu_error_message());
    cornu_error_clear();
    cornu_model *model = new_model();
    cornu_status status = run(model, w, 0);
    bool same = status == CORNU_OK && ends_the_same(model, w);
    cornu_model_free(model);
    forget();
    CORNU_TRY(status, "after '%s'", reason);
    if (!same) CORNU_FAIL(CORNU_ESTATE, "another end after '%s'", reason);
    CORNU_FAIL(CORNU_ENOMEM, "%s", reason);
}

static cornu_status keep(void *user) {
    const world *w = user;
    forget();
    cornu_model *model = new_model();
    cornu_status status = run(model, w, 5);
    cornu_model_free(model);
    if (status == CORNU_ENOMEM) return go_on(w);
    if (status != CORNU_ECANCELED) return status == CORNU_OK ? CORNU_ESTATE : status;
    cornu_error_clear();
    return CORNU_OK;
}

static cornu_status put_back(const world *w) {
    CORNU_TRY(cornu_make_folder("oom_kept"));
    CORNU_TRY(cornu_save_bytes("oom_run.csv", w->log, w->log_size));
    return cornu_save_bytes("oom_kept/latest.npz", w->kept, w->size);
}

static cornu_status resume(void *user) {
    const world *w = user;
    cornu_status status = put_back(w);
    cornu_model *model = status == CORNU_OK ? new_model() : NULL;
    if (status == CORNU_OK) status = run(model, w, 0);
    cornu_model_free(model);
    return status == CORNU_ENOMEM ? go_on(w) : status;
}

static size_t read_bytes(const char *path, char *bytes, size_t room) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(bytes, 1, room, file);
    ck_assert_uint_lt(size, room);
    fclose(file);
    return size;
}

/* The run to its end, and one that is cancelled, whose backup is kept in memory. */
static void learn(world *w) {
    forget();
    cornu_model *model = new_model();
    assert_ok(run(model, w, 0));
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    static cornu_tensor *copies[16];
    for (size_t i = 0; i < weights.count; i++) copies[i] = cornu_tensor_copy(weights.items[i]);
    w->wanted = (cornu_tensor_list){copies, weights.count};
    cornu_model_free(model);
    assert_ok(keep(w));
    static char bytes[1 << 16], log[1 << 10];
    w->size = read_bytes("oom_kept/latest.npz", bytes, sizeof bytes);
    w->log_size = read_bytes("oom_run.csv", log, sizeof log);
    w->kept = bytes;
    w->log = log;
}

static void end(world *w) {
    for (size_t i = 0; i < w->wanted.count; i++) cornu_tensor_free(w->wanted.items[i]);
    cornu_tensor_free(w->x);
    forget();
}

static const struct {
    const char *name;
    cornu_status (*body)(void *user);
} kept_runs[] = {{"a run that is kept", keep}, {"a run that goes on", resume}};

START_TEST(a_kept_run_survives_every_failed_allocation) {
    world w = begin();
    size_t runs;
    learn(&w);
    const char *wrong = cornu_test_every_failure(kept_runs[_i].body, &w, &runs);
    ck_assert_msg(wrong == NULL, "%s: %s", kept_runs[_i].name, wrong);
    ck_assert_uint_ge(runs, 500);
    end(&w);
}
END_TEST

/* ---- callbacks ------------------------------------------------------------------------------- */

static double halved(void *user, int64_t epoch, double rate) {
    (void)user, (void)epoch;
    return rate / 2;
}

static cornu_callback *checkpoint(void) {
    return cornu_callback_model_checkpoint(
        "oom_best.keras", .monitor = "loss", .save_best_only = true
    );
}
static cornu_callback *weights_checkpoint(void) {
    return cornu_callback_model_checkpoint(
        "oom_{epoch:02d}-{loss:.1f}.weights.h5", .save_weights_only = true, .save_freq = 2
    );
}
static cornu_callback *two_backups(void) {
    return cornu_callback_backup_and_restore("oom_two", .double_checkpoint = true);
}
static cornu_callback *csv(void) { return cornu_callback_csv_logger("oom_other.csv"); }
static cornu_callback *stopping(void) {
    return cornu_callback_early_stopping(.monitor = "mae", .restore_best_weights = true);
}
static cornu_callback *schedule(void) { return cornu_callback_learning_rate_scheduler(halved); }
static cornu_callback *plateau(void) {
    return cornu_callback_reduce_lr_on_plateau(.monitor = "loss", .patience = 1, .min_delta = 9);
}
static cornu_callback *averages(void) {
    return cornu_callback_swap_ema_weights(.swap_on_epoch = true);
}
static cornu_callback *board(void) {
    return cornu_callback_tensor_board(
        "oom_board", .histogram_freq = 1, .write_images = true, .update_freq = 1
    );
}
static cornu_callback *no_nan(void) { return cornu_callback_terminate_on_nan(.find_layer = true); }
static cornu_callback *named(void) { return cornu_callback_get("EarlyStopping"); }

static const struct {
    const char *name;
    cornu_callback *(*maker)(void);
} callbacks[] = {
    {"ModelCheckpoint", checkpoint},
    {"ModelCheckpoint of weights", weights_checkpoint},
    {"BackupAndRestore with two files", two_backups},
    {"CSVLogger", csv},
    {"EarlyStopping", stopping},
    {"LearningRateScheduler", schedule},
    {"ReduceLROnPlateau", plateau},
    {"SwapEMAWeights", averages},
    {"TensorBoard", board},
    {"TerminateOnNaN", no_nan},
    {"a callback by its name", named},
};

typedef struct {
    const world *w;
    cornu_callback *(*maker)(void);
} one_callback;

static cornu_status with_one(void *user) {
    const one_callback *one = user;
    cornu_model *model = new_model();
    cornu_history *history = NULL;
    if (model)
        history = cornu_fit(
            model, one->w->x, one->w->x, .epochs = 2, .batch_size = BATCH, .seed = 1, .verbose = 0,
            .validation_split = 0.2, .callbacks = cornu_callbacks(one->maker())
        );
    cornu_status status = status_of(history);
    cornu_history_free(history);
    cornu_model_free(model);
    return status;
}

START_TEST(callbacks_report_every_failed_allocation) {
    if (callbacks[_i].maker == board && cornu_events_check() != CORNU_OK) {
        cornu_error_clear();
        return; /* built without protobuf-c */
    }
    world w = begin();
    one_callback one = {&w, callbacks[_i].maker};
    size_t runs;
    const char *wrong = cornu_test_every_failure(with_one, &one, &runs);
    ck_assert_msg(wrong == NULL, "%s: %s", callbacks[_i].name, wrong);
    ck_assert_uint_ge(runs, 300);
    cornu_tensor_free(w.x);
}
END_TEST

CORNU_TESTS(runs) {
    cornu_test_allocator_install();
    TCase *runs = cornu_test_case(suite, "kept runs");
    TCase *every = cornu_test_case(suite, "callbacks");
    tcase_set_tags(runs, "slow");
    tcase_set_tags(every, "slow");
    tcase_set_timeout(runs, 60);
    tcase_set_timeout(every, 60);
    tcase_add_loop_test(
        runs, a_kept_run_survives_every_failed_allocation, 0,
        (int)(sizeof kept_runs / sizeof kept_runs[0])
    );
    tcase_add_loop_test(
        every, callbacks_report_every_failed_allocation, 0,
        (int)(sizeof callbacks / sizeof callbacks[0])
    );
}
