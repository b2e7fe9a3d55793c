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

/* A loss around a function, as Keras takes one: it gets targets and predictions of one type and
 * gives one value per sample. Weights, masks and reduction are the loss'. Files note its name; they
 * can be read where a loss class is registered under that name. `call` must be given
 * (CORNU_EINVAL). */
typedef cornu_tensor *cornu_loss_callable(cornu_tensor *y_true, cornu_tensor *y_pred, void *user);
typedef struct cornu_loss_function_args {
    CORNU_LOSS_ARGS(cornu_loss_function_args);
    CORNU_ARG(cornu_loss_callable *, call, NULL);
    CORNU_ARG(void *, user, NULL);
    CORNU_ARG(cornu_free_function *, free_user, NULL); /* of `user`, also on failure */
} cornu_loss_function_args;
#define CORNU_LOSS_FUNCTION_DEFAULTS                                                               \
    CORNU_LOSS_DEFAULTS(cornu_loss_function_args), .name = "function"
CORNU_API cornu_loss *cornu_loss_function_new(const cornu_loss_function_args *args);

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

/* Mean absolute percentage error; mean squared error of log(1 + y). */
CORNU_API cornu_loss *
cornu_loss_mean_absolute_percentage_error_new(const cornu_loss_regression_args *args);
CORNU_API cornu_loss *
cornu_loss_mean_squared_logarithmic_error_new(const cornu_loss_regression_args *args);
/* mean(log(cosh(y_pred - y_true))): like the squared error near 0, like the absolute far away. */
CORNU_API cornu_loss *cornu_loss_log_cosh_new(const cornu_loss_regression_args *args);
/* sum(y_true * log(y_true / y_pred)) of probabilities. */
CORNU_API cornu_loss *cornu_loss_kl_divergence_new(const cornu_loss_regression_args *args);
/* mean(y_pred - y_true * log(y_pred)) of counts. */
CORNU_API cornu_loss *cornu_loss_poisson_new(const cornu_loss_regression_args *args);
/* mean(max(1 - y_true * y_pred, 0)), and of its square; targets are -1 and 1, or 0 and 1. */
CORNU_API cornu_loss *cornu_loss_hinge_new(const cornu_loss_regression_args *args);
CORNU_API cornu_loss *cornu_loss_squared_hinge_new(const cornu_loss_regression_args *args);
/* max(largest wrong prediction - right one + 1, 0) of one-hot targets. */
CORNU_API cornu_loss *cornu_loss_categorical_hinge_new(const cornu_loss_regression_args *args);
/* Connectionist temporal classification of integer labels [batch, length] (0: none, at the end) and
 * logits [batch, time, classes], whose class 0 is the blank. Infinite where the labels need more
 * time than there is. */
CORNU_API cornu_loss *cornu_loss_ctc_new(const cornu_loss_regression_args *args);

/* (y_pred - y_true)^2 / 2 up to `delta`, linear beyond. */
typedef struct cornu_loss_huber_args {
    CORNU_LOSS_ARGS(cornu_loss_huber_args);
    CORNU_ARG(double, delta, 1);
} cornu_loss_huber_args;
#define CORNU_LOSS_HUBER_DEFAULTS CORNU_LOSS_DEFAULTS(cornu_loss_huber_args), .delta = 1
CORNU_API cornu_loss *cornu_loss_huber_new(const cornu_loss_huber_args *args);

/* Minus the cosine of the angle between targets and predictions along `axis`. */
typedef struct cornu_loss_cosine_similarity_args {
    CORNU_LOSS_ARGS(cornu_loss_cosine_similarity_args);
    CORNU_ARG(int64_t, axis, -1);
} cornu_loss_cosine_similarity_args;
#define CORNU_LOSS_COSINE_SIMILARITY_DEFAULTS                                                      \
    CORNU_LOSS_DEFAULTS(cornu_loss_cosine_similarity_args), .axis = -1
CORNU_API cornu_loss *cornu_loss_cosine_similarity_new(
    const cornu_loss_cosine_similarity_args *args
);

/* Binary cross-entropy times (1 - p)^gamma, p being the probability of what is true; with
 * `apply_class_balancing` times `alpha` for ones and 1 - alpha for zeros. */
typedef struct cornu_loss_binary_focal_crossentropy_args {
    CORNU_LOSS_ARGS(cornu_loss_binary_focal_crossentropy_args);
    CORNU_ARG(bool, apply_class_balancing, false);
    CORNU_ARG(double, alpha, 0.25);
    CORNU_ARG(double, gamma, 2);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
    CORNU_ARG(int64_t, axis, -1);
} cornu_loss_binary_focal_crossentropy_args;
#define CORNU_LOSS_BINARY_FOCAL_CROSSENTROPY_DEFAULTS                                              \
    CORNU_LOSS_DEFAULTS(cornu_loss_binary_focal_crossentropy_args), .alpha = 0.25, .gamma = 2,     \
                                                                    .axis = -1
CORNU_API cornu_loss *cornu_loss_binary_focal_crossentropy_new(
    const cornu_loss_binary_focal_crossentropy_args *args
);

/* Cross-entropy of one-hot targets times alpha * (1 - p)^gamma. `alphas`: an alpha for each class
 * (Keras' list), in the place of `alpha`. */
typedef struct cornu_loss_categorical_focal_crossentropy_args {
    CORNU_LOSS_ARGS(cornu_loss_categorical_focal_crossentropy_args);
    CORNU_ARG(double, alpha, 0.25);
    CORNU_ARG(double, gamma, 2);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
    CORNU_ARG(int64_t, axis, -1);
    CORNU_ARG(cornu_floats, alphas, {});
} cornu_loss_categorical_focal_crossentropy_args;
#define CORNU_LOSS_CATEGORICAL_FOCAL_CROSSENTROPY_DEFAULTS                                         \
    CORNU_LOSS_DEFAULTS(cornu_loss_categorical_focal_crossentropy_args), .alpha = 0.25,            \
        .gamma = 2, .axis = -1
CORNU_API cornu_loss *cornu_loss_categorical_focal_crossentropy_new(
    const cornu_loss_categorical_focal_crossentropy_args *args
);

/* (1 - p^q) / q of integer targets, 0 < q < 1: labels that are wrong harm less than with
 * cross-entropy. */
typedef struct cornu_loss_categorical_generalized_cross_entropy_args {
    CORNU_LOSS_ARGS(cornu_loss_categorical_generalized_cross_entropy_args);
    CORNU_ARG(double, q, 0.5);
} cornu_loss_categorical_generalized_cross_entropy_args;
#define CORNU_LOSS_CATEGORICAL_GENERALIZED_CROSS_ENTROPY_DEFAULTS                                  \
    CORNU_LOSS_DEFAULTS(cornu_loss_categorical_generalized_cross_entropy_args), .q = 0.5
CORNU_API cornu_loss *cornu_loss_categorical_generalized_cross_entropy_new(
    const cornu_loss_categorical_generalized_cross_entropy_args *args
);

/* 1 - 2 sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)) over `axis` (none given: all). */
typedef struct cornu_loss_dice_args {
    CORNU_LOSS_ARGS(cornu_loss_dice_args);
    CORNU_ARG(cornu_axes, axis, {});
} cornu_loss_dice_args;
#define CORNU_LOSS_DICE_DEFAULTS CORNU_LOSS_DEFAULTS(cornu_loss_dice_args)
CORNU_API cornu_loss *cornu_loss_dice_new(const cornu_loss_dice_args *args);

/* Dice with weights of its own for the two kinds of errors: `alpha` for what is predicted and
 * not true, `beta` for what is true and not predicted. */
typedef struct cornu_loss_tversky_args {
    CORNU_LOSS_ARGS(cornu_loss_tversky_args);
    CORNU_ARG(double, alpha, 0.5);
    CORNU_ARG(double, beta, 0.5);
    CORNU_ARG(cornu_axes, axis, {});
} cornu_loss_tversky_args;
#define CORNU_LOSS_TVERSKY_DEFAULTS                                                                \
    CORNU_LOSS_DEFAULTS(cornu_loss_tversky_args), .alpha = 0.5, .beta = 0.5
CORNU_API cornu_loss *cornu_loss_tversky_new(const cornu_loss_tversky_args *args);

/* Circle loss of integer labels [batch] and embeddings [batch, features] of length 1. */
typedef struct cornu_loss_circle_args {
    CORNU_LOSS_ARGS(cornu_loss_circle_args);
    CORNU_ARG(double, gamma, 80);
    CORNU_ARG(double, margin, 0.4);
    CORNU_ARG(bool, remove_diagonal, true);
} cornu_loss_circle_args;
#define CORNU_LOSS_CIRCLE_DEFAULTS                                                                 \
    CORNU_LOSS_DEFAULTS(cornu_loss_circle_args), .gamma = 80, .margin = 0.4, .remove_diagonal = true
CORNU_API cornu_loss *cornu_loss_circle_new(const cornu_loss_circle_args *args);

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
/* The keyword call of a loss: its name, that of its arguments, and theirs in capitals. */
#define CORNU_LOSS_KW_(name, args, ARGS, ...)                                                      \
    CORNU_KW_(cornu_loss_##name##_new(                                                             \
        &(cornu_loss_##args##_args){CORNU_LOSS_##ARGS##_DEFAULTS, __VA_ARGS__}))
#define cornu_loss_mean_absolute_percentage_error(...)                                             \
    CORNU_LOSS_KW_(mean_absolute_percentage_error, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_mean_squared_logarithmic_error(...)                                             \
    CORNU_LOSS_KW_(mean_squared_logarithmic_error, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_log_cosh(...) CORNU_LOSS_KW_(log_cosh, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_kl_divergence(...)                                                              \
    CORNU_LOSS_KW_(kl_divergence, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_poisson(...) CORNU_LOSS_KW_(poisson, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_hinge(...) CORNU_LOSS_KW_(hinge, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_squared_hinge(...)                                                              \
    CORNU_LOSS_KW_(squared_hinge, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_categorical_hinge(...)                                                          \
    CORNU_LOSS_KW_(categorical_hinge, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_ctc(...) CORNU_LOSS_KW_(ctc, regression, REGRESSION, __VA_ARGS__)
#define cornu_loss_huber(...) CORNU_LOSS_KW_(huber, huber, HUBER, __VA_ARGS__)
#define cornu_loss_cosine_similarity(...)                                                          \
    CORNU_LOSS_KW_(cosine_similarity, cosine_similarity, COSINE_SIMILARITY, __VA_ARGS__)
#define cornu_loss_binary_focal_crossentropy(...)                                                  \
    CORNU_LOSS_KW_(binary_focal_crossentropy, binary_focal_crossentropy,                           \
        BINARY_FOCAL_CROSSENTROPY, __VA_ARGS__)
#define cornu_loss_categorical_focal_crossentropy(...)                                             \
    CORNU_LOSS_KW_(categorical_focal_crossentropy, categorical_focal_crossentropy,                 \
        CATEGORICAL_FOCAL_CROSSENTROPY, __VA_ARGS__)
#define cornu_loss_categorical_generalized_cross_entropy(...)                                      \
    CORNU_LOSS_KW_(categorical_generalized_cross_entropy,                                          \
        categorical_generalized_cross_entropy, CATEGORICAL_GENERALIZED_CROSS_ENTROPY, __VA_ARGS__)
/* cornu_loss_function(my_loss, .name = "my_loss") */
#define cornu_loss_function(...)                                                                   \
    CORNU_KW_(cornu_loss_function_new(                                                             \
        &(cornu_loss_function_args){CORNU_LOSS_FUNCTION_DEFAULTS, .call = __VA_ARGS__}))
#define cornu_loss_dice(...) CORNU_LOSS_KW_(dice, dice, DICE, __VA_ARGS__)
#define cornu_loss_tversky(...) CORNU_LOSS_KW_(tversky, tversky, TVERSKY, __VA_ARGS__)
#define cornu_loss_circle(...) CORNU_LOSS_KW_(circle, circle, CIRCLE, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
