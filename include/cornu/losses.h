/* Losses. Each can stand in cornu_compile, or be called on its own. https://keras.io/api/losses/
 *
 * The value of one sample is reduced by `.reduction`: "sum_over_batch_size" (the default: the sum
 * divided by the number of values), "sum", "mean", "mean_with_sample_weight" (divided by the sum of
 * weights), "none". */
#ifndef CORNU_LOSSES_H
#define CORNU_LOSSES_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mean((y_true - y_pred)^2), mean(|y_true - y_pred|) over the last axis. */
typedef struct cornu_loss_regression_args {
    CORNU_LOSS_ARGS(cornu_loss_regression_args);
} cornu_loss_regression_args;
#define CORNU_LOSS_REGRESSION_DEFAULTS CORNU_LOSS_DEFAULTS(cornu_loss_regression_args)
CORNU_API cornu_loss *cornu_loss_mean_squared_error_new(const cornu_loss_regression_args *args);
CORNU_API cornu_loss *cornu_loss_mean_absolute_error_new(const cornu_loss_regression_args *args);

/* Binary cross-entropy of probabilities, or of logits with `from_logits`. */
typedef struct cornu_loss_binary_crossentropy_args {
    CORNU_LOSS_ARGS(cornu_loss_binary_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
    CORNU_ARG(int64_t, axis, -1);
} cornu_loss_binary_crossentropy_args;
#define CORNU_LOSS_BINARY_CROSSENTROPY_DEFAULTS                                                    \
    CORNU_LOSS_DEFAULTS(cornu_loss_binary_crossentropy_args), .axis = -1
CORNU_API cornu_loss *cornu_loss_binary_crossentropy_new(
    const cornu_loss_binary_crossentropy_args *args
);

/* Cross-entropy of one-hot targets [batch, ..., classes]. */
typedef struct cornu_loss_categorical_crossentropy_args {
    CORNU_LOSS_ARGS(cornu_loss_categorical_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
    CORNU_ARG(int64_t, axis, -1);
} cornu_loss_categorical_crossentropy_args;
#define CORNU_LOSS_CATEGORICAL_CROSSENTROPY_DEFAULTS                                               \
    CORNU_LOSS_DEFAULTS(cornu_loss_categorical_crossentropy_args), .axis = -1
CORNU_API cornu_loss *
cornu_loss_categorical_crossentropy_new(const cornu_loss_categorical_crossentropy_args *args);

/* Cross-entropy of integer targets [batch, ...] or [batch, ..., 1]; positions whose target is
 * `ignore_class` count nothing. */
typedef struct cornu_loss_sparse_categorical_crossentropy_args {
    CORNU_LOSS_ARGS(cornu_loss_sparse_categorical_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(int64_t, ignore_class, CORNU_NONE);
    CORNU_ARG(int64_t, axis, -1);
} cornu_loss_sparse_categorical_crossentropy_args;
#define CORNU_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_DEFAULTS                                        \
    CORNU_LOSS_DEFAULTS(cornu_loss_sparse_categorical_crossentropy_args),                          \
        .ignore_class = CORNU_NONE, .axis = -1
CORNU_API cornu_loss *cornu_loss_sparse_categorical_crossentropy_new(
    const cornu_loss_sparse_categorical_crossentropy_args *args);

#ifndef __cplusplus
#define cornu_loss_mean_squared_error(...)                                                         \
    CORNU_KW_(cornu_loss_mean_squared_error_new(                                                   \
        &(cornu_loss_regression_args){CORNU_LOSS_REGRESSION_DEFAULTS, __VA_ARGS__}))
#define cornu_loss_mean_absolute_error(...)                                                        \
    CORNU_KW_(cornu_loss_mean_absolute_error_new(                                                  \
        &(cornu_loss_regression_args){CORNU_LOSS_REGRESSION_DEFAULTS, __VA_ARGS__}))
#define cornu_loss_binary_crossentropy(...)                                                        \
    CORNU_KW_(cornu_loss_binary_crossentropy_new(                                                  \
        &(cornu_loss_binary_crossentropy_args){                                                    \
            CORNU_LOSS_BINARY_CROSSENTROPY_DEFAULTS, __VA_ARGS__}))
#define cornu_loss_categorical_crossentropy(...)                                                   \
    CORNU_KW_(cornu_loss_categorical_crossentropy_new(&(cornu_loss_categorical_crossentropy_args){ \
        CORNU_LOSS_CATEGORICAL_CROSSENTROPY_DEFAULTS, __VA_ARGS__}))
#define cornu_loss_sparse_categorical_crossentropy(...)                                            \
    CORNU_KW_(cornu_loss_sparse_categorical_crossentropy_new(                                      \
        &(cornu_loss_sparse_categorical_crossentropy_args){                                        \
            CORNU_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_DEFAULTS, __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
