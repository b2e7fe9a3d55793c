/* Metrics: values that are collected over batches. https://keras.io/api/metrics/ */
#ifndef CORNU_METRICS_H
#define CORNU_METRICS_H

#include <cornu/losses.h>

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
/* The mean of a function's values, as Keras makes a metric of a function; see
 * cornu_loss_function. */
CORNU_API cornu_metric *cornu_metric_function_new(const cornu_loss_function_args *args);
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

/* How often the target is among the k largest predictions. With `from_sorted_ids`, which the sparse
 * one knows, predictions are no scores but the classes themselves, best first. */
typedef struct cornu_metric_top_k_args {
    CORNU_METRIC_ARGS(cornu_metric_top_k_args);
    CORNU_ARG(int64_t, k, 5);
    CORNU_ARG(bool, from_sorted_ids, false);
} cornu_metric_top_k_args;
#define CORNU_METRIC_TOP_K_DEFAULTS CORNU_METRIC_DEFAULTS(cornu_metric_top_k_args), .k = 5
CORNU_API cornu_metric *cornu_metric_top_k_categorical_accuracy_new(
    const cornu_metric_top_k_args *args
);
CORNU_API cornu_metric *cornu_metric_sparse_top_k_categorical_accuracy_new(
    const cornu_metric_top_k_args *args
);

/* Losses as metrics; see cornu/losses.h for what they compute. */
CORNU_API cornu_metric *cornu_metric_mean_absolute_percentage_error_new(
    const cornu_metric_reduce_args *args
);
CORNU_API cornu_metric *cornu_metric_mean_squared_logarithmic_error_new(
    const cornu_metric_reduce_args *args
);
CORNU_API cornu_metric *cornu_metric_log_cosh_error_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_hinge_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_squared_hinge_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_categorical_hinge_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_kl_divergence_new(const cornu_metric_reduce_args *args);
CORNU_API cornu_metric *cornu_metric_poisson_new(const cornu_metric_reduce_args *args);
/* The root of the mean squared error. */
CORNU_API cornu_metric *cornu_metric_root_mean_squared_error_new(
    const cornu_metric_reduce_args *args
);

/* The cosine of the angle between targets and predictions along `axis`; the coefficients of
 * Pearson's and of the concordance correlation. */
typedef struct cornu_metric_axis_args {
    CORNU_METRIC_ARGS(cornu_metric_axis_args);
    CORNU_ARG(int64_t, axis, -1);
} cornu_metric_axis_args;
#define CORNU_METRIC_AXIS_DEFAULTS CORNU_METRIC_DEFAULTS(cornu_metric_axis_args), .axis = -1
CORNU_API cornu_metric *cornu_metric_cosine_similarity_new(const cornu_metric_axis_args *args);
CORNU_API cornu_metric *cornu_metric_pearson_correlation_new(const cornu_metric_axis_args *args);
CORNU_API cornu_metric *cornu_metric_concordance_correlation_new(
    const cornu_metric_axis_args *args
);

/* The mean of a loss, `fn` (taken): of its values for the samples, as Keras has it for a function;
 * or with `reduce` of what it gives for a batch, as Keras has it for a Loss object. */
typedef struct cornu_metric_mean_metric_wrapper_args {
    CORNU_METRIC_ARGS(cornu_metric_mean_metric_wrapper_args);
    CORNU_ARG(cornu_loss *, fn, NULL);
    CORNU_ARG(bool, reduce, false);
} cornu_metric_mean_metric_wrapper_args;
#define CORNU_METRIC_MEAN_METRIC_WRAPPER_DEFAULTS                                                  \
    CORNU_METRIC_DEFAULTS(cornu_metric_mean_metric_wrapper_args)
CORNU_API cornu_metric *cornu_metric_mean_metric_wrapper_new(
    const cornu_metric_mean_metric_wrapper_args *args
);

/* The cross-entropies as metrics. */
typedef struct cornu_metric_binary_crossentropy_args {
    CORNU_METRIC_ARGS(cornu_metric_binary_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
} cornu_metric_binary_crossentropy_args;
#define CORNU_METRIC_BINARY_CROSSENTROPY_DEFAULTS                                                  \
    CORNU_METRIC_DEFAULTS(cornu_metric_binary_crossentropy_args)
CORNU_API cornu_metric *cornu_metric_binary_crossentropy_new(
    const cornu_metric_binary_crossentropy_args *args
);
typedef struct cornu_metric_categorical_crossentropy_args {
    CORNU_METRIC_ARGS(cornu_metric_categorical_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(double, label_smoothing, 0);
    CORNU_ARG(int64_t, axis, -1);
} cornu_metric_categorical_crossentropy_args;
#define CORNU_METRIC_CATEGORICAL_CROSSENTROPY_DEFAULTS                                             \
    CORNU_METRIC_DEFAULTS(cornu_metric_categorical_crossentropy_args), .axis = -1
CORNU_API cornu_metric *cornu_metric_categorical_crossentropy_new(
    const cornu_metric_categorical_crossentropy_args *args
);
typedef struct cornu_metric_sparse_categorical_crossentropy_args {
    CORNU_METRIC_ARGS(cornu_metric_sparse_categorical_crossentropy_args);
    CORNU_ARG(bool, from_logits, false);
    CORNU_ARG(int64_t, ignore_class, CORNU_NONE);
    CORNU_ARG(int64_t, axis, -1);
} cornu_metric_sparse_categorical_crossentropy_args;
#define CORNU_METRIC_SPARSE_CATEGORICAL_CROSSENTROPY_DEFAULTS                                      \
    CORNU_METRIC_DEFAULTS(cornu_metric_sparse_categorical_crossentropy_args),                      \
        .ignore_class = CORNU_NONE, .axis = -1
CORNU_API cornu_metric *cornu_metric_sparse_categorical_crossentropy_new(
    const cornu_metric_sparse_categorical_crossentropy_args *args
);

/* How much of the variance of targets [batch, outputs] is explained: `class_aggregation` of the
 * outputs is "uniform_average", "variance_weighted_average" or NULL for one value each;
 * `num_regressors` adjusts for the number of inputs. */
typedef struct cornu_metric_r2_score_args {
    CORNU_METRIC_ARGS(cornu_metric_r2_score_args);
    CORNU_ARG(const char *, class_aggregation, "uniform_average");
    CORNU_ARG(int64_t, num_regressors, 0);
} cornu_metric_r2_score_args;
#define CORNU_METRIC_R2_SCORE_DEFAULTS                                                             \
    CORNU_METRIC_DEFAULTS(cornu_metric_r2_score_args), .class_aggregation = "uniform_average"
CORNU_API cornu_metric *cornu_metric_r2_score_new(const cornu_metric_r2_score_args *args);

/* The F score of one-hot targets [batch, classes]: `average` of the classes is "micro", "macro",
 * "weighted" or NULL for one value each. A class is predicted where it is the most probable, or
 * above `threshold`. F1 is that with beta 1. */
typedef struct cornu_metric_fbeta_score_args {
    CORNU_METRIC_ARGS(cornu_metric_fbeta_score_args);
    CORNU_ARG(const char *, average, NULL);
    CORNU_ARG(double, beta, 1);
    CORNU_ARG(double, threshold, NAN);
} cornu_metric_fbeta_score_args;
#define CORNU_METRIC_FBETA_SCORE_DEFAULTS                                                          \
    CORNU_METRIC_DEFAULTS(cornu_metric_fbeta_score_args), .beta = 1, .threshold = NAN
CORNU_API cornu_metric *cornu_metric_fbeta_score_new(const cornu_metric_fbeta_score_args *args);
CORNU_API cornu_metric *cornu_metric_f1_score_new(const cornu_metric_fbeta_score_args *args);

/* How many predictions are above a threshold (0.5 unless given) and true, above and not true, and
 * so on: a number, or one per threshold, .thresholds = cornu_floats(0.2, 0.5, 0.8). In the history
 * of a fit with validation they are, as in Keras, those of the validation. */
typedef struct cornu_metric_thresholds_args {
    CORNU_METRIC_ARGS(cornu_metric_thresholds_args);
    CORNU_ARG(cornu_floats, thresholds, {});
} cornu_metric_thresholds_args;
#define CORNU_METRIC_THRESHOLDS_DEFAULTS CORNU_METRIC_DEFAULTS(cornu_metric_thresholds_args)
CORNU_API cornu_metric *cornu_metric_true_positives_new(const cornu_metric_thresholds_args *args);
CORNU_API cornu_metric *cornu_metric_false_positives_new(const cornu_metric_thresholds_args *args);
CORNU_API cornu_metric *cornu_metric_true_negatives_new(const cornu_metric_thresholds_args *args);
CORNU_API cornu_metric *cornu_metric_false_negatives_new(const cornu_metric_thresholds_args *args);

/* tp / (tp + fp), and tp / (tp + fn). With `top_k`, positive are the k largest predictions; with
 * `class_id`, only that class counts. */
typedef struct cornu_metric_precision_args {
    CORNU_METRIC_ARGS(cornu_metric_precision_args);
    CORNU_ARG(cornu_floats, thresholds, {});
    CORNU_ARG(int64_t, top_k, CORNU_NONE);
    CORNU_ARG(int64_t, class_id, CORNU_NONE);
} cornu_metric_precision_args;
#define CORNU_METRIC_PRECISION_DEFAULTS                                                            \
    CORNU_METRIC_DEFAULTS(cornu_metric_precision_args), .top_k = CORNU_NONE, .class_id = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_precision_new(const cornu_metric_precision_args *args);
CORNU_API cornu_metric *cornu_metric_recall_new(const cornu_metric_precision_args *args);

/* The best of one rate that can be had, at any of num_thresholds thresholds, while the other is at
 * least the value given: cornu_metric_precision_at_recall(0.8). Sensitivity is recall. */
typedef struct cornu_metric_sensitivity_at_specificity_args {
    CORNU_METRIC_ARGS(cornu_metric_sensitivity_at_specificity_args);
    CORNU_ARG(double, specificity, 0.5);
    CORNU_ARG(int64_t, num_thresholds, 200);
    CORNU_ARG(int64_t, class_id, CORNU_NONE);
} cornu_metric_sensitivity_at_specificity_args;
#define CORNU_METRIC_SENSITIVITY_AT_SPECIFICITY_DEFAULTS                                           \
    CORNU_METRIC_DEFAULTS(cornu_metric_sensitivity_at_specificity_args), .specificity = 0.5,       \
        .num_thresholds = 200, .class_id = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_sensitivity_at_specificity_new(
    const cornu_metric_sensitivity_at_specificity_args *args
);
typedef struct cornu_metric_specificity_at_sensitivity_args {
    CORNU_METRIC_ARGS(cornu_metric_specificity_at_sensitivity_args);
    CORNU_ARG(double, sensitivity, 0.5);
    CORNU_ARG(int64_t, num_thresholds, 200);
    CORNU_ARG(int64_t, class_id, CORNU_NONE);
} cornu_metric_specificity_at_sensitivity_args;
#define CORNU_METRIC_SPECIFICITY_AT_SENSITIVITY_DEFAULTS                                           \
    CORNU_METRIC_DEFAULTS(cornu_metric_specificity_at_sensitivity_args), .sensitivity = 0.5,       \
        .num_thresholds = 200, .class_id = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_specificity_at_sensitivity_new(
    const cornu_metric_specificity_at_sensitivity_args *args
);
typedef struct cornu_metric_precision_at_recall_args {
    CORNU_METRIC_ARGS(cornu_metric_precision_at_recall_args);
    CORNU_ARG(double, recall, 0.5);
    CORNU_ARG(int64_t, num_thresholds, 200);
    CORNU_ARG(int64_t, class_id, CORNU_NONE);
} cornu_metric_precision_at_recall_args;
#define CORNU_METRIC_PRECISION_AT_RECALL_DEFAULTS                                                  \
    CORNU_METRIC_DEFAULTS(cornu_metric_precision_at_recall_args), .recall = 0.5,                   \
        .num_thresholds = 200, .class_id = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_precision_at_recall_new(
    const cornu_metric_precision_at_recall_args *args
);
typedef struct cornu_metric_recall_at_precision_args {
    CORNU_METRIC_ARGS(cornu_metric_recall_at_precision_args);
    CORNU_ARG(double, precision, 0.5);
    CORNU_ARG(int64_t, num_thresholds, 200);
    CORNU_ARG(int64_t, class_id, CORNU_NONE);
} cornu_metric_recall_at_precision_args;
#define CORNU_METRIC_RECALL_AT_PRECISION_DEFAULTS                                                  \
    CORNU_METRIC_DEFAULTS(cornu_metric_recall_at_precision_args), .precision = 0.5,                \
        .num_thresholds = 200, .class_id = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_recall_at_precision_new(
    const cornu_metric_recall_at_precision_args *args
);

/* The area under the "ROC" or "PR" curve. `summation_method` is "interpolation", "minoring" or
 * "majoring"; `thresholds`, if given, replace num_thresholds evenly spread ones. With `multi_label`
 * every column of [batch, labels] has a curve of its own, and the result is their mean, weighted by
 * `label_weights`. */
typedef struct cornu_metric_auc_args {
    CORNU_METRIC_ARGS(cornu_metric_auc_args);
    CORNU_ARG(int64_t, num_thresholds, 200);
    CORNU_ARG(const char *, curve, "ROC");
    CORNU_ARG(const char *, summation_method, "interpolation");
    CORNU_ARG(cornu_floats, thresholds, {});
    CORNU_ARG(bool, multi_label, false);
    CORNU_ARG(int64_t, num_labels, CORNU_NONE);
    CORNU_ARG(cornu_floats, label_weights, {});
    CORNU_ARG(bool, from_logits, false);
} cornu_metric_auc_args;
#define CORNU_METRIC_AUC_DEFAULTS                                                                  \
    CORNU_METRIC_DEFAULTS(cornu_metric_auc_args), .num_thresholds = 200, .curve = "ROC",           \
                                                  .summation_method = "interpolation",             \
                                                  .num_labels = CORNU_NONE
CORNU_API cornu_metric *cornu_metric_auc_new(const cornu_metric_auc_args *args);

/* Intersection over union of `num_classes` classes: the mean over .target_class_ids =
 * cornu_ints(0, 2) (IoU, OneHotIoU) or over all. Labels are numbers, or one-hot along `axis` where
 * sparse_y_true or sparse_y_pred is false, as in the OneHot kinds. */
typedef struct cornu_metric_iou_args {
    CORNU_METRIC_ARGS(cornu_metric_iou_args);
    CORNU_ARG(int64_t, num_classes, 0);
    CORNU_ARG(cornu_ints, target_class_ids, {});
    CORNU_ARG(int64_t, ignore_class, CORNU_NONE);
    CORNU_ARG(bool, sparse_y_true, true);
    CORNU_ARG(bool, sparse_y_pred, true);
    CORNU_ARG(int64_t, axis, -1);
} cornu_metric_iou_args;
#define CORNU_METRIC_ONE_HOT_IOU_DEFAULTS                                                          \
    .size_ = sizeof(cornu_metric_iou_args), .dtype = "int32", .ignore_class = CORNU_NONE, .axis = -1
#define CORNU_METRIC_IOU_DEFAULTS                                                                  \
    CORNU_METRIC_ONE_HOT_IOU_DEFAULTS, .sparse_y_true = true, .sparse_y_pred = true
CORNU_API cornu_metric *cornu_metric_iou_new(const cornu_metric_iou_args *args);
CORNU_API cornu_metric *cornu_metric_mean_iou_new(const cornu_metric_iou_args *args);
CORNU_API cornu_metric *cornu_metric_one_hot_iou_new(const cornu_metric_iou_args *args);
CORNU_API cornu_metric *cornu_metric_one_hot_mean_iou_new(const cornu_metric_iou_args *args);

/* That of two classes, of probabilities: what is at least `threshold` is class 1. */
typedef struct cornu_metric_binary_iou_args {
    CORNU_METRIC_ARGS(cornu_metric_binary_iou_args);
    CORNU_ARG(cornu_ints, target_class_ids, {});
    CORNU_ARG(double, threshold, 0.5);
} cornu_metric_binary_iou_args;
#define CORNU_METRIC_BINARY_IOU_DEFAULTS                                                           \
    .size_ = sizeof(cornu_metric_binary_iou_args), .dtype = "int32", .threshold = 0.5
CORNU_API cornu_metric *cornu_metric_binary_iou_new(const cornu_metric_binary_iou_args *args);

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
/* The keyword call of a metric: its name, that of its arguments, and theirs in capitals. */
#define CORNU_METRIC_KW_(name, args, ARGS, ...)                                                    \
    CORNU_KW_(cornu_metric_##name##_new(                                                           \
        &(cornu_metric_##args##_args){CORNU_METRIC_##ARGS##_DEFAULTS, __VA_ARGS__}))
#define cornu_metric_mean_absolute_percentage_error(...)                                           \
    CORNU_METRIC_REDUCE_(cornu_metric_mean_absolute_percentage_error_new, __VA_ARGS__)
#define cornu_metric_mean_squared_logarithmic_error(...)                                           \
    CORNU_METRIC_REDUCE_(cornu_metric_mean_squared_logarithmic_error_new, __VA_ARGS__)
#define cornu_metric_log_cosh_error(...)                                                           \
    CORNU_METRIC_REDUCE_(cornu_metric_log_cosh_error_new, __VA_ARGS__)
#define cornu_metric_hinge(...) CORNU_METRIC_REDUCE_(cornu_metric_hinge_new, __VA_ARGS__)
#define cornu_metric_squared_hinge(...)                                                            \
    CORNU_METRIC_REDUCE_(cornu_metric_squared_hinge_new, __VA_ARGS__)
#define cornu_metric_categorical_hinge(...)                                                        \
    CORNU_METRIC_REDUCE_(cornu_metric_categorical_hinge_new, __VA_ARGS__)
#define cornu_metric_kl_divergence(...)                                                            \
    CORNU_METRIC_REDUCE_(cornu_metric_kl_divergence_new, __VA_ARGS__)
#define cornu_metric_poisson(...) CORNU_METRIC_REDUCE_(cornu_metric_poisson_new, __VA_ARGS__)
#define cornu_metric_root_mean_squared_error(...)                                                  \
    CORNU_METRIC_REDUCE_(cornu_metric_root_mean_squared_error_new, __VA_ARGS__)
#define cornu_metric_cosine_similarity(...)                                                        \
    CORNU_METRIC_KW_(cosine_similarity, axis, AXIS, __VA_ARGS__)
#define cornu_metric_pearson_correlation(...)                                                      \
    CORNU_METRIC_KW_(pearson_correlation, axis, AXIS, __VA_ARGS__)
#define cornu_metric_concordance_correlation(...)                                                  \
    CORNU_METRIC_KW_(concordance_correlation, axis, AXIS, __VA_ARGS__)
#define cornu_metric_mean_metric_wrapper(...)                                                      \
    CORNU_METRIC_KW_(mean_metric_wrapper, mean_metric_wrapper, MEAN_METRIC_WRAPPER,                \
        .fn = __VA_ARGS__)
#define cornu_metric_binary_crossentropy(...)                                                      \
    CORNU_METRIC_KW_(binary_crossentropy, binary_crossentropy, BINARY_CROSSENTROPY, __VA_ARGS__)
#define cornu_metric_categorical_crossentropy(...)                                                 \
    CORNU_METRIC_KW_(categorical_crossentropy, categorical_crossentropy,                           \
        CATEGORICAL_CROSSENTROPY, __VA_ARGS__)
#define cornu_metric_sparse_categorical_crossentropy(...)                                          \
    CORNU_METRIC_KW_(sparse_categorical_crossentropy, sparse_categorical_crossentropy,             \
        SPARSE_CATEGORICAL_CROSSENTROPY, __VA_ARGS__)
#define cornu_metric_r2_score(...) CORNU_METRIC_KW_(r2_score, r2_score, R2_SCORE, __VA_ARGS__)
/* cornu_metric_function(my_metric, .name = "my_metric") */
#define cornu_metric_function(...)                                                                 \
    CORNU_KW_(cornu_metric_function_new(                                                           \
        &(cornu_loss_function_args){CORNU_LOSS_FUNCTION_DEFAULTS, .call = __VA_ARGS__}))
#define cornu_metric_fbeta_score(...)                                                              \
    CORNU_METRIC_KW_(fbeta_score, fbeta_score, FBETA_SCORE, __VA_ARGS__)
#define cornu_metric_f1_score(...) CORNU_METRIC_KW_(f1_score, fbeta_score, FBETA_SCORE, __VA_ARGS__)
#define cornu_metric_true_positives(...)                                                           \
    CORNU_METRIC_KW_(true_positives, thresholds, THRESHOLDS, __VA_ARGS__)
#define cornu_metric_false_positives(...)                                                          \
    CORNU_METRIC_KW_(false_positives, thresholds, THRESHOLDS, __VA_ARGS__)
#define cornu_metric_true_negatives(...)                                                           \
    CORNU_METRIC_KW_(true_negatives, thresholds, THRESHOLDS, __VA_ARGS__)
#define cornu_metric_false_negatives(...)                                                          \
    CORNU_METRIC_KW_(false_negatives, thresholds, THRESHOLDS, __VA_ARGS__)
#define cornu_metric_precision(...) CORNU_METRIC_KW_(precision, precision, PRECISION, __VA_ARGS__)
#define cornu_metric_recall(...) CORNU_METRIC_KW_(recall, precision, PRECISION, __VA_ARGS__)
#define cornu_metric_sensitivity_at_specificity(...)                                               \
    CORNU_METRIC_KW_(sensitivity_at_specificity, sensitivity_at_specificity,                       \
        SENSITIVITY_AT_SPECIFICITY, .specificity = __VA_ARGS__)
#define cornu_metric_specificity_at_sensitivity(...)                                               \
    CORNU_METRIC_KW_(specificity_at_sensitivity, specificity_at_sensitivity,                       \
        SPECIFICITY_AT_SENSITIVITY, .sensitivity = __VA_ARGS__)
#define cornu_metric_precision_at_recall(...)                                                      \
    CORNU_METRIC_KW_(precision_at_recall, precision_at_recall, PRECISION_AT_RECALL,                \
        .recall = __VA_ARGS__)
#define cornu_metric_recall_at_precision(...)                                                      \
    CORNU_METRIC_KW_(recall_at_precision, recall_at_precision, RECALL_AT_PRECISION,                \
        .precision = __VA_ARGS__)
#define cornu_metric_auc(...) CORNU_METRIC_KW_(auc, auc, AUC, __VA_ARGS__)
#define cornu_metric_binary_iou(...)                                                               \
    CORNU_METRIC_KW_(binary_iou, binary_iou, BINARY_IOU, __VA_ARGS__)
#define cornu_metric_iou(...) CORNU_METRIC_KW_(iou, iou, IOU, .num_classes = __VA_ARGS__)
#define cornu_metric_mean_iou(...) CORNU_METRIC_KW_(mean_iou, iou, IOU, .num_classes = __VA_ARGS__)
#define cornu_metric_one_hot_iou(...)                                                              \
    CORNU_METRIC_KW_(one_hot_iou, iou, ONE_HOT_IOU, .num_classes = __VA_ARGS__)
#define cornu_metric_one_hot_mean_iou(...)                                                         \
    CORNU_METRIC_KW_(one_hot_mean_iou, iou, ONE_HOT_IOU, .num_classes = __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
