/* Callbacks: what happens at the edges of epochs and batches. https://keras.io/api/callbacks/ */
#ifndef CORNU_CALLBACKS_H
#define CORNU_CALLBACKS_H

#include <cornu/logs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stops when a value has stopped to improve. */
typedef struct cornu_callback_early_stopping_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_early_stopping_args));
    CORNU_ARG(const char *, monitor, "val_loss");
    CORNU_ARG(double, min_delta, 0);
    CORNU_ARG(int64_t, patience, 0);
    CORNU_ARG(int64_t, verbose, 0);
    CORNU_ARG(const char *, mode, "auto"); /* "min", "max", "auto" */
    CORNU_ARG(double, baseline, NAN);
    CORNU_ARG(bool, restore_best_weights, false);
    CORNU_ARG(int64_t, start_from_epoch, 0);
} cornu_callback_early_stopping_args;
#define CORNU_CALLBACK_EARLY_STOPPING_DEFAULTS                                                     \
    .size_ = sizeof(cornu_callback_early_stopping_args), .monitor = "val_loss", .mode = "auto",    \
    .baseline = NAN
CORNU_API cornu_callback *cornu_callback_early_stopping_new(
    const cornu_callback_early_stopping_args *args
);

/* Saves the model or its weights. The path may hold {epoch:02d} and {val_loss:.2f}. */
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

/* Writes a line per epoch to a CSV file. */
typedef struct cornu_callback_csv_logger_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_callback_csv_logger_args));
    CORNU_ARG(const char *, filename, NULL);
    CORNU_ARG(const char *, separator, ",");
    CORNU_ARG(bool, append, false);
} cornu_callback_csv_logger_args;
#define CORNU_CALLBACK_CSV_LOGGER_DEFAULTS                                                         \
    .size_ = sizeof(cornu_callback_csv_logger_args), .separator = ","
CORNU_API cornu_callback *cornu_callback_csv_logger_new(const cornu_callback_csv_logger_args *args);

/* Stops with CORNU_ENAN when the loss is NaN or infinite after a batch. */
CORNU_API cornu_callback *cornu_callback_terminate_on_nan_new(const void *args);

/* Functions of the user's own. `free_user` runs when the callback is freed. */
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

#ifndef __cplusplus
#define cornu_callback_early_stopping(...)                                                         \
    CORNU_KW_(cornu_callback_early_stopping_new(                                                   \
        &(cornu_callback_early_stopping_args){CORNU_CALLBACK_EARLY_STOPPING_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_model_checkpoint(...)                                                       \
    CORNU_KW_(cornu_callback_model_checkpoint_new(&(cornu_callback_model_checkpoint_args){         \
        CORNU_CALLBACK_MODEL_CHECKPOINT_DEFAULTS, .filepath = __VA_ARGS__}))
#define cornu_callback_csv_logger(...)                                                             \
    CORNU_KW_(cornu_callback_csv_logger_new(                                                       \
        &(cornu_callback_csv_logger_args){                                                         \
            CORNU_CALLBACK_CSV_LOGGER_DEFAULTS, .filename = __VA_ARGS__}))
#define cornu_callback_lambda(...)                                                                 \
    CORNU_KW_(cornu_callback_lambda_new(                                                           \
        &(cornu_callback_lambda_args){CORNU_CALLBACK_LAMBDA_DEFAULTS, __VA_ARGS__}))
#define cornu_callback_terminate_on_nan() cornu_callback_terminate_on_nan_new(NULL)
#endif

#ifdef __cplusplus
}
#endif
#endif
