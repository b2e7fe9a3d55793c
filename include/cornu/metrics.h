/* Metrics: values that are collected over batches. https://keras.io/api/metrics/ */
#ifndef CORNU_METRICS_H
#define CORNU_METRICS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The weighted mean, and the weighted sum, of all values. */
typedef struct cornu_metric_reduce_args {
    CORNU_METRIC_ARGS(cornu_metric_reduce_args);
} cornu_metric_reduce_args;
#define CORNU_METRIC_REDUCE_DEFAULTS CORNU_METRIC_DEFAULTS(cornu_metric_reduce_args)
CORNU_API cornu_metric *cornu_metric_mean_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_sum_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_mean_squared_error_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_mean_absolute_error_new(const cornu_metric_reduce_args *args);
/* How often y_true equals y_pred. */
CORNU_API cornu_metric *cornu_metric_accuracy_new(const cornu_metric_reduce_args *args);
/* How often the largest entries of both are at the same place; sparse: y_true holds the place. */
CORNU_API cornu_metric *cornu_metric_categorical_accuracy_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_sparse_categorical_accuracy_new(
    const cornu_metric_reduce_args *args
);

/* How often (y_pred > threshold) equals y_true. */
typedef struct cornu_metric_binary_accuracy_args {
    CORNU_METRIC_ARGS(cornu_metric_binary_accuracy_args);
    CORNU_ARG(double, threshold, 0.5);
} cornu_metric_binary_accuracy_args;
#define CORNU_METRIC_BINARY_ACCURACY_DEFAULTS                                                      \
    CORNU_METRIC_DEFAULTS(cornu_metric_binary_accuracy_args), .threshold = 0.5
CORNU_API cornu_metric *cornu_metric_binary_accuracy_new(
    const cornu_metric_binary_accuracy_args *args
);

/* How often the target is among the k largest predictions. */
typedef struct cornu_metric_top_k_args {
    CORNU_METRIC_ARGS(cornu_metric_top_k_args);
    CORNU_ARG(int64_t, k, 5);
} cornu_metric_top_k_args;
#define CORNU_METRIC_TOP_K_DEFAULTS CORNU_METRIC_DEFAULTS(cornu_metric_top_k_args), .k = 5
CORNU_API cornu_metric *cornu_metric_top_k_categorical_accuracy_new(
    const cornu_metric_top_k_args *args
);
CORNU_API cornu_metric *cornu_metric_sparse_top_k_categorical_accuracy_new(
    const cornu_metric_top_k_args *args
);

#ifndef __cplusplus
#define CORNU_METRIC_REDUCE_(maker, ...)                                                           \
    CORNU_KW_(maker(&(cornu_metric_reduce_args){CORNU_METRIC_REDUCE_DEFAULTS, __VA_ARGS__}))
#define cornu_metric_mean(...) CORNU_METRIC_REDUCE_(cornu_metric_mean_new, __VA_ARGS__)
#define cornu_metric_sum(...) CORNU_METRIC_REDUCE_(cornu_metric_sum_new, __VA_ARGS__)
#define cornu_metric_mean_squared_error(...)                                                       \
    CORNU_METRIC_REDUCE_(cornu_metric_mean_squared_error_new, __VA_ARGS__)
#define cornu_metric_mean_absolute_error(...)                                                      \
    CORNU_METRIC_REDUCE_(cornu_metric_mean_absolute_error_new, __VA_ARGS__)
#define cornu_metric_accuracy(...) CORNU_METRIC_REDUCE_(cornu_metric_accuracy_new, __VA_ARGS__)
#define cornu_metric_categorical_accuracy(...)                                                     \
    CORNU_METRIC_REDUCE_(cornu_metric_categorical_accuracy_new, __VA_ARGS__)
#define cornu_metric_sparse_categorical_accuracy(...)                                              \
    CORNU_METRIC_REDUCE_(cornu_metric_sparse_categorical_accuracy_new, __VA_ARGS__)
#define cornu_metric_binary_accuracy(...)                                                          \
    CORNU_KW_(cornu_metric_binary_accuracy_new(                                                    \
        &(cornu_metric_binary_accuracy_args){CORNU_METRIC_BINARY_ACCURACY_DEFAULTS, __VA_ARGS__}))
#define cornu_metric_top_k_categorical_accuracy(...)                                               \
    CORNU_KW_(cornu_metric_top_k_categorical_accuracy_new(                                         \
        &(cornu_metric_top_k_args){CORNU_METRIC_TOP_K_DEFAULTS, __VA_ARGS__}))
#define cornu_metric_sparse_top_k_categorical_accuracy(...)                                        \
    CORNU_KW_(cornu_metric_sparse_top_k_categorical_accuracy_new(                                  \
        &(cornu_metric_top_k_args){CORNU_METRIC_TOP_K_DEFAULTS, __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
