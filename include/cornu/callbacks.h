/* Callbacks: what happens at the edges of epochs and batches. https://keras.io/api/callbacks/
 *
 * Makers are *new*; fit, evaluate and predict take what they are given, also on failure. To use one
 * again, cornu_callback_retain it first. Classes of one's own: cornu_callback_class in extend.h.
 *
 * Example:
 *
 *     cornu_history *history = cornu_fit(model, x, y, .epochs = 100, .validation_split = 0.2,
 *         .callbacks = cornu_callbacks(
 *             cornu_callback_early_stopping(.patience = 3, .restore_best_weights = true),
 *             cornu_callback_model_checkpoint("best.keras", .save_best_only = true),
 *             cornu_callback_csv_logger("history.csv")));
 *     cornu_check(history);
 *     cornu_history_free(history);
 */
#ifndef CORNU_CALLBACKS_H
#define CORNU_CALLBACKS_H

#include <cornu/data.h>
#include <cornu/logs.h>
#include <cornu/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stops when a value has stopped to improve: when for `patience` epochs it was not better than the
 * best by more than `min_delta`. CORNU_EINVAL (patience below 0, an unknown mode); from fit: a
 * monitor that is not in the logs, or does not tell whether larger is better.
 * https://keras.io/api/callbacks/early_stopping/ */
typedef struct cornu_callback_early_stopping_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_early_stopping_args));
    CORNU_ARG(const char *, monitor, "val_loss");
    CORNU_ARG(double, min_delta, 0);
    CORNU_ARG(int64_t, patience, 0);
    CORNU_ARG(int64_t, verbose, 0);
    CORNU_ARG(const char *, mode, "auto"); /* "min", "max", "auto" */
    CORNU_ARG(double, baseline, NAN);      /* a value to beat; NAN: none */
    CORNU_ARG(bool, restore_best_weights, false);
    CORNU_ARG(int64_t, start_from_epoch, 0);
} cornu_callback_early_stopping_args;
#define CORNU_CALLBACK_EARLY_STOPPING_DEFAULTS                                                     \
    .size_ = sizeof(cornu_callback_early_stopping_args), .monitor = "val_loss", .mode = "auto",    \
    .baseline = NAN
CORNU_API cornu_callback *cornu_callback_early_stopping_new(
    const cornu_callback_early_stopping_args *args
);

/* Saves the model (".keras"), or its weights (".weights.h5" with save_weights_only). The path may
 * hold {epoch:02d} and {val_loss:.2f}. CORNU_EINVAL (another ending, save_freq below 1); from fit:
 * what cornu_save says. https://keras.io/api/callbacks/model_checkpoint/ */
typedef struct cornu_callback_model_checkpoint_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_model_checkpoint_args));
    CORNU_ARG(const char *, filepath, NULL);
    CORNU_ARG(const char *, monitor, "val_loss");
    CORNU_ARG(int64_t, verbose, 0);
    CORNU_ARG(bool, save_best_only, false);
    CORNU_ARG(bool, save_weights_only, false);
    CORNU_ARG(const char *, mode, "auto");
    CORNU_ARG(int64_t, save_freq, CORNU_NONE); /* every so many batches; none: every epoch */
    CORNU_ARG(double, initial_value_threshold, NAN);
} cornu_callback_model_checkpoint_args;
#define CORNU_CALLBACK_MODEL_CHECKPOINT_DEFAULTS                                                   \
    .size_ = sizeof(cornu_callback_model_checkpoint_args), .monitor = "val_loss", .mode = "auto",  \
    .save_freq = CORNU_NONE, .initial_value_threshold = NAN
CORNU_API cornu_callback *cornu_callback_model_checkpoint_new(
    const cornu_callback_model_checkpoint_args *args
);

/* Keeps the run in a file, `backup_dir`/latest.npz, after every epoch, or after every `save_freq`
 * batches and every epoch. A program that is killed and started again goes on from there: with the
 * same model, data and callbacks, weights, optimizer, metrics, history, shuffling and random
 * numbers end with the same bits as those of a run that was never killed. Callbacks go on as well:
 * the built-in ones, and classes of one's own with `save_state` (extend.h). A dataset must give the
 * same batches in the same order when an epoch is begun again, which all of the library do.
 *
 * With `double_checkpoint` the file before the latest one is kept too (previous.npz), and read if
 * the latest is damaged. When fit is done, the files are removed, unless `delete_checkpoint` is
 * off; a signal (cornu_stop_on_signals) leaves them, written anew.
 *
 * CORNU_EINVAL (an empty folder's name, save_freq below 1); from fit: CORNU_EIO (a folder or file
 * that cannot be written or read), CORNU_EFORMAT (a damaged file), and CORNU_EINVAL, CORNU_ESHAPE
 * or CORNU_EDTYPE for the file of another model, other callbacks, or, if it was written within an
 * epoch, other data. https://keras.io/api/callbacks/backup_and_restore/ */
typedef struct cornu_callback_backup_and_restore_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_backup_and_restore_args));
    CORNU_ARG(const char *, backup_dir, NULL);
    CORNU_ARG(int64_t, save_freq, CORNU_NONE); /* in batches; none: every epoch */
    CORNU_ARG(bool, double_checkpoint, false);
    CORNU_ARG(bool, delete_checkpoint, true);
} cornu_callback_backup_and_restore_args;
#define CORNU_CALLBACK_BACKUP_AND_RESTORE_DEFAULTS                                                 \
    .size_ = sizeof(cornu_callback_backup_and_restore_args), .save_freq = CORNU_NONE,              \
    .delete_checkpoint = true
CORNU_API cornu_callback *cornu_callback_backup_and_restore_new(
    const cornu_callback_backup_and_restore_args *args
);

/* Writes a line per epoch to a CSV file: epoch, then the logs in the order of their names.
 * CORNU_EINVAL for a separator that is not one byte; from fit: CORNU_EIO.
 * https://keras.io/api/callbacks/csv_logger/ */
typedef struct cornu_callback_csv_logger_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_csv_logger_args));
    CORNU_ARG(const char *, filename, NULL);
    CORNU_ARG(const char *, separator, ",");
    CORNU_ARG(bool, append, false);
} cornu_callback_csv_logger_args;
#define CORNU_CALLBACK_CSV_LOGGER_DEFAULTS                                                         \
    .size_ = sizeof(cornu_callback_csv_logger_args), .separator = ","
CORNU_API cornu_callback *cornu_callback_csv_logger_new(const cornu_callback_csv_logger_args *args);

/* Fails fit with CORNU_ENAN when the loss is NaN or infinite after a batch (Keras stops without an
 * error). With `find_layer` the weights are copied before every batch, and when the loss goes wrong
 * they are put back and the batch is worked on once more, op by op: the message names the first
 * layer, its op, and whether the value went wrong on the way forward or backward.
 * https://keras.io/api/callbacks/terminate_on_nan/ */
typedef struct cornu_callback_terminate_on_nan_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_terminate_on_nan_args));
    CORNU_ARG(bool, find_layer, false);
} cornu_callback_terminate_on_nan_args;
#define CORNU_CALLBACK_TERMINATE_ON_NAN_DEFAULTS                                                   \
    .size_ = sizeof(cornu_callback_terminate_on_nan_args)
CORNU_API cornu_callback *cornu_callback_terminate_on_nan_new(
    const cornu_callback_terminate_on_nan_args *args
);

/* Sets the learning rate at the beginning of each epoch: `schedule` gets the epoch, from 0, and the
 * rate now. The rate joins the logs as "learning_rate". `free_user` (may be NULL) runs when the
 * callback is freed. CORNU_EINVAL without a schedule, or from fit for a rate that is not finite;
 * CORNU_ESTATE for an optimizer whose rate follows a schedule of its own.
 * https://keras.io/api/callbacks/learning_rate_scheduler/ */
typedef double cornu_learning_rate_function(void *user, int64_t epoch, double learning_rate);
typedef struct cornu_callback_learning_rate_scheduler_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_learning_rate_scheduler_args));
    CORNU_ARG(cornu_learning_rate_function *, schedule, NULL);
    CORNU_ARG(void *, user, NULL);
    CORNU_ARG(int64_t, verbose, 0);
    void (*free_user)(void *user);
} cornu_callback_learning_rate_scheduler_args;
#define CORNU_CALLBACK_LEARNING_RATE_SCHEDULER_DEFAULTS                                            \
    .size_ = sizeof(cornu_callback_learning_rate_scheduler_args)
CORNU_API cornu_callback *cornu_callback_learning_rate_scheduler_new(
    const cornu_callback_learning_rate_scheduler_args *args
);

/* Multiplies the learning rate by `factor`, down to `min_lr`, when for `patience` epochs the
 * monitored value was not better than the best by more than `min_delta`; then waits `cooldown`
 * epochs before it counts again. The rate joins the logs as "learning_rate". CORNU_EINVAL (a factor
 * of 1 or more, a mode that is not known); from fit as early stopping.
 * https://keras.io/api/callbacks/reduce_lr_on_plateau/ */
typedef struct cornu_callback_reduce_lr_on_plateau_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_reduce_lr_on_plateau_args));
    CORNU_ARG(const char *, monitor, "val_loss");
    CORNU_ARG(double, factor, 0.1);
    CORNU_ARG(int64_t, patience, 10);
    CORNU_ARG(int64_t, verbose, 0);
    CORNU_ARG(const char *, mode, "auto");
    CORNU_ARG(double, min_delta, 1e-4);
    CORNU_ARG(int64_t, cooldown, 0);
    CORNU_ARG(double, min_lr, 0);
} cornu_callback_reduce_lr_on_plateau_args;
#define CORNU_CALLBACK_REDUCE_LR_ON_PLATEAU_DEFAULTS                                               \
    .size_ = sizeof(cornu_callback_reduce_lr_on_plateau_args), .monitor = "val_loss",              \
    .factor = 0.1, .patience = 10, .mode = "auto", .min_delta = 1e-4
CORNU_API cornu_callback *cornu_callback_reduce_lr_on_plateau_new(
    const cornu_callback_reduce_lr_on_plateau_args *args
);

/* Has validation, evaluate and predict use the moving averages that an optimizer with `use_ema`
 * keeps: weights and averages change places before and after; with `swap_on_epoch` also from the
 * end of an epoch to the beginning of the next, so that a ModelCheckpoint that comes later in the
 * list saves the averages. From fit: CORNU_ESTATE for an optimizer without averages.
 * https://keras.io/api/callbacks/swap_ema_weights/ */
typedef struct cornu_callback_swap_ema_weights_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_swap_ema_weights_args));
    CORNU_ARG(bool, swap_on_epoch, false);
} cornu_callback_swap_ema_weights_args;
#define CORNU_CALLBACK_SWAP_EMA_WEIGHTS_DEFAULTS                                                   \
    .size_ = sizeof(cornu_callback_swap_ema_weights_args)
CORNU_API cornu_callback *cornu_callback_swap_ema_weights_new(
    const cornu_callback_swap_ema_weights_args *args
);

/* Sends the epoch and its logs to root + path by HTTP POST: as JSON, or, by default, as a form with
 * the JSON text in `field`. `headers` are lines "Name: value". Where the server cannot be reached,
 * there is a warning (cornu_on_warning), and training goes on, unless the server is `required`:
 * then fit fails with CORNU_EIO. CORNU_EINVAL (an URL that is none, a path that leads elsewhere),
 * CORNU_EUNSUPPORTED (https). https://keras.io/api/callbacks/remote_monitor/ */
typedef struct cornu_callback_remote_monitor_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_remote_monitor_args));
    CORNU_ARG(const char *, root, "http://localhost:9000");
    CORNU_ARG(const char *, path, "/publish/epoch/end/");
    CORNU_ARG(const char *, field, "data");
    CORNU_ARG(cornu_texts, headers, {});
    CORNU_ARG(bool, send_as_json, false);
    CORNU_ARG(bool, required, false);
} cornu_callback_remote_monitor_args;
#define CORNU_CALLBACK_REMOTE_MONITOR_DEFAULTS                                                     \
    .size_ = sizeof(cornu_callback_remote_monitor_args), .root = "http://localhost:9000",          \
    .path = "/publish/epoch/end/", .field = "data"
CORNU_API cornu_callback *cornu_callback_remote_monitor_new(
    const cornu_callback_remote_monitor_args *args
);

/* Writes event files for TensorBoard (`tensorboard --logdir log_dir`) to `log_dir`/train and
 * `log_dir`/validation: after every epoch the logs and the learning rate ("epoch_loss"), after
 * every `update_freq` batches the running values ("batch_loss"), after every evaluation its values
 * over the count of batches; the model's architecture for the conceptual graph; every
 * `histogram_freq` epochs the distribution of each weight, under the path of its variable, and with
 * `write_images` the weight as a picture. Embeddings and profiles are not written
 * (cornu_profile_begin takes profiles). CORNU_EINVAL (a frequency out of range); from fit:
 * CORNU_EIO; CORNU_EUNSUPPORTED if cornu was built without protobuf-c.
 * https://keras.io/api/callbacks/tensorboard/ */
typedef struct cornu_callback_tensor_board_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_tensor_board_args));
    CORNU_ARG(const char *, log_dir, "logs");
    CORNU_ARG(int64_t, histogram_freq, 0); /* in epochs; 0: never */
    CORNU_ARG(bool, write_graph, true);
    CORNU_ARG(bool, write_images, false);
    CORNU_ARG(bool, write_steps_per_second, false);
    CORNU_ARG(int64_t, update_freq, CORNU_NONE); /* in batches; none: every epoch only */
} cornu_callback_tensor_board_args;
#define CORNU_CALLBACK_TENSOR_BOARD_DEFAULTS                                                       \
    .size_ = sizeof(cornu_callback_tensor_board_args), .log_dir = "logs", .write_graph = true,     \
    .update_freq = CORNU_NONE
CORNU_API cornu_callback *cornu_callback_tensor_board_new(
    const cornu_callback_tensor_board_args *args
);

/* What fit does without being asked: it gives the history back and draws the progress. These do
 * nothing more, and are there for lists that name them. OrbaxCheckpoint, by
 * cornu_callback_get("OrbaxCheckpoint"), is CORNU_EUNSUPPORTED: a format of JAX.
 * https://keras.io/api/callbacks/progbar_logger/ */
CORNU_API cornu_callback *cornu_callback_history_new(void);
CORNU_API cornu_callback *cornu_callback_progbar_logger_new(void);

/* Functions of the user's own: cornu_callback_lambda(.on_epoch_end = print_loss). `index` is the
 * number of the epoch or batch, from 0; `model` and `logs` are *borrowed*. A failed status ends fit
 * with that error; to end it without one, call cornu_model_stop_training. `free_user` (may be NULL)
 * runs when the callback is freed, and if it cannot be made.
 * https://keras.io/api/callbacks/lambda_callback/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     static cornu_status stop_early(
 *         void *user, cornu_model *model, int64_t epoch, cornu_logs *logs
 *     ) {
 *         printf("epoch %lld: loss %g\n", (long long)epoch, cornu_logs_get(logs, "loss"));
 *         if (epoch == *(const int64_t *)user) cornu_model_stop_training(model);
 *         return CORNU_OK;
 *     }
 *
 *     int main(void) {
 *         int64_t last = 2;
 *         cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(32, 4));
 *         cornu_tensor *y = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(32, 1));
 *         cornu_model *model = cornu_sequential(cornu_input(4), cornu_layer_dense(1));
 *         cornu_check(cornu_compile(model, .loss = cornu_loss_mean_squared_error()));
 *         cornu_history *history = cornu_fit(model, x, y, .epochs = 10, .callbacks =
 *             cornu_callbacks(cornu_callback_lambda(.user = &last, .on_epoch_end = stop_early)));
 *         size_t epochs = cornu_history_epochs(history);
 *         cornu_history_free(history);
 *         cornu_model_free(model);
 *         cornu_tensor_free(y);
 *         cornu_tensor_free(x);
 *         return epochs == 3 ? 0 : 1;
 *     }
 */
typedef cornu_status cornu_callback_function(
    void *user, cornu_model *model, int64_t index, cornu_logs *logs
);
typedef struct cornu_callback_lambda_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_lambda_args));
    CORNU_ARG(void *, user, NULL);
    CORNU_ARG(cornu_callback_function *, on_train_begin, NULL); /* index -1 */
    CORNU_ARG(cornu_callback_function *, on_train_end, NULL);
    CORNU_ARG(cornu_callback_function *, on_epoch_begin, NULL);
    CORNU_ARG(cornu_callback_function *, on_epoch_end, NULL);
    CORNU_ARG(cornu_callback_function *, on_train_batch_begin, NULL);
    CORNU_ARG(cornu_callback_function *, on_train_batch_end, NULL);
    void (*free_user)(void *user);
} cornu_callback_lambda_args;
#define CORNU_CALLBACK_LAMBDA_DEFAULTS .size_ = sizeof(cornu_callback_lambda_args)
CORNU_API cornu_callback *cornu_callback_lambda_new(const cornu_callback_lambda_args *args);

/* ---- runs that go on after a restart, for classes of one's own ------------------------------- */
/* A run of fit, in the hooks of a callback. cornu_callback_backup_and_restore is made of these. */
/* Puts all that the run has become into an empty state: variables are retained, so that it should
 * be written before the next step. In on_pause only. CORNU_ENOMEM, or what a callback says. */
CORNU_API cornu_status cornu_run_keep(cornu_run *run, cornu_state *state);
/* Has the run go on from a state of cornu_run_keep, from another process with the same model, data
 * and callbacks: its end has the same bits as if there had been no other process. In on_run_begin
 * only; `state` is taken, also on failure. CORNU_EFORMAT; CORNU_ESTATE if that was done already.
 * What does not fit the model or the callbacks makes fit fail. */
CORNU_API cornu_status cornu_run_continue(cornu_run *run, cornu_state *state);
CORNU_API cornu_model *cornu_run_model(const cornu_run *run); /* *borrowed* */
CORNU_API int64_t cornu_run_epochs(const cornu_run *run); /* as fit was told */
/* The running values of the epoch, or in a pause between epochs those of the last one. */
CORNU_API cornu_status cornu_run_logs(cornu_run *run, cornu_logs *logs);

/* ---- finding what went wrong ----------------------------------------------------------------- */
/* The batch that fit has just trained on, or is about to, in hooks of train batches; NULL at other
 * times. Its weights are those of the samples, not of classes; with steps_per_execution it is the
 * last one. *borrowed* */
CORNU_API const cornu_batch *cornu_model_batch(const cornu_model *model);
typedef struct cornu_nan_place {
    bool found;
    char name[128]; /* of the layer, loss or optimizer; or which of the data */
    char op[64];    /* "": the data */
    bool backward;  /* on the way back */
} cornu_nan_place;
/* Takes a step on the batch, op by op, and finds the first value that is NaN or infinite. Weights
 * and optimizer are changed as by any step. Statuses as for fit. */
CORNU_API cornu_status cornu_find_nan(
    cornu_model *model, const cornu_batch *batch, cornu_nan_place *place
);

#ifndef __cplusplus
#define cornu_callback_early_stopping(...)                                                         \
    CORNU_KW_(cornu_callback_early_stopping_new(                                                   \
        &(cornu_callback_early_stopping_args){CORNU_CALLBACK_EARLY_STOPPING_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_model_checkpoint(...)                                                       \
    CORNU_KW_(cornu_callback_model_checkpoint_new(&(cornu_callback_model_checkpoint_args){         \
        CORNU_CALLBACK_MODEL_CHECKPOINT_DEFAULTS, .filepath = __VA_ARGS__}))
#define cornu_callback_backup_and_restore(...)                                                     \
    CORNU_KW_(cornu_callback_backup_and_restore_new(&(cornu_callback_backup_and_restore_args){     \
        CORNU_CALLBACK_BACKUP_AND_RESTORE_DEFAULTS, .backup_dir = __VA_ARGS__}))
#define cornu_callback_csv_logger(...)                                                             \
    CORNU_KW_(cornu_callback_csv_logger_new(                                                       \
        &(cornu_callback_csv_logger_args){                                                         \
            CORNU_CALLBACK_CSV_LOGGER_DEFAULTS, .filename = __VA_ARGS__}))
#define cornu_callback_lambda(...)                                                                 \
    CORNU_KW_(cornu_callback_lambda_new(                                                           \
        &(cornu_callback_lambda_args){CORNU_CALLBACK_LAMBDA_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_terminate_on_nan(...)                                                       \
    CORNU_KW_(cornu_callback_terminate_on_nan_new(&(cornu_callback_terminate_on_nan_args){         \
        CORNU_CALLBACK_TERMINATE_ON_NAN_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_learning_rate_scheduler(...)                                                \
    CORNU_KW_(cornu_callback_learning_rate_scheduler_new(                                          \
        &(cornu_callback_learning_rate_scheduler_args){                                            \
            CORNU_CALLBACK_LEARNING_RATE_SCHEDULER_DEFAULTS, .schedule = __VA_ARGS__}))
#define cornu_callback_reduce_lr_on_plateau(...)                                                   \
    CORNU_KW_(cornu_callback_reduce_lr_on_plateau_new(                                             \
        &(cornu_callback_reduce_lr_on_plateau_args){                                               \
            CORNU_CALLBACK_REDUCE_LR_ON_PLATEAU_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_swap_ema_weights(...)                                                       \
    CORNU_KW_(cornu_callback_swap_ema_weights_new(&(cornu_callback_swap_ema_weights_args){         \
        CORNU_CALLBACK_SWAP_EMA_WEIGHTS_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_remote_monitor(...)                                                         \
    CORNU_KW_(cornu_callback_remote_monitor_new(&(cornu_callback_remote_monitor_args){             \
        CORNU_CALLBACK_REMOTE_MONITOR_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_tensor_board(...)                                                           \
    CORNU_KW_(cornu_callback_tensor_board_new(&(cornu_callback_tensor_board_args){                 \
        CORNU_CALLBACK_TENSOR_BOARD_DEFAULTS, .log_dir = __VA_ARGS__}))
#define cornu_callback_history() cornu_callback_history_new()
#define cornu_callback_progbar_logger() cornu_callback_progbar_logger_new()
#endif

#ifdef __cplusplus
}
#endif
#endif
