/* The accuracy family: how often predictions match targets. keras/src/metrics/accuracy_metrics.py
 * Which of them "accuracy" means in compile is decided by the shapes, in src/train. */
#include "mean.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_reduce_args args;
} accuracy;

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_binary_accuracy_args args;
} binary_accuracy;

static cornu_status add_matches(
    cornu_metric *self, cornu_tensor *a, cornu_tensor *b, cornu_tensor *weights
) {
    return cornu_mean_add_(self, cornu_op_cast(cornu_op_equal(a, b), self->dtype), weights);
}

/* Integer targets [..] or [.., 1] for predictions [.., classes]: as [..]. */
static cornu_tensor *sparse_targets(cornu_tensor *y_true, cornu_tensor *y_pred) {
    int rank = cornu_tensor_rank(y_true);
    if (rank == cornu_tensor_rank(y_pred) && rank > 0 && cornu_tensor_dim(y_true, -1) == 1) {
        y_true = cornu_op_squeeze(y_true, cornu_axes(-1));
    }
    return cornu_op_cast(y_true, CORNU_INT32);
}

static cornu_status update_equal(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    CORNU_TRY(cornu_match_ranks(&y_true, &y_pred));
    return add_matches(self, cornu_op_cast(y_true, cornu_tensor_dtype(y_pred)), y_pred, weights);
}

static cornu_status update_binary(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    CORNU_TRY(cornu_match_ranks(&y_true, &y_pred));
    cornu_tensor *above =
        cornu_op_greater(y_pred, cornu_scalar(((binary_accuracy *)self)->args.threshold));
    return add_matches(
        self, cornu_op_cast(y_true, self->dtype), cornu_op_cast(above, self->dtype), weights
    );
}

static cornu_status update_categorical(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return add_matches(self, cornu_op_argmax(y_true, -1), cornu_op_argmax(y_pred, -1), weights);
}

static cornu_status update_sparse(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return add_matches(self, sparse_targets(y_true, y_pred), cornu_op_argmax(y_pred, -1), weights);
}

static const cornu_metric_reduce_args accuracy_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "accuracy"};
static const cornu_metric_reduce_args categorical_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "categorical_accuracy"};
static const cornu_metric_reduce_args sparse_defaults = {
    CORNU_METRIC_REDUCE_DEFAULTS, .name = "sparse_categorical_accuracy"};
static const cornu_metric_binary_accuracy_args binary_defaults = {
    CORNU_METRIC_BINARY_ACCURACY_DEFAULTS, .name = "binary_accuracy"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};
static const cornu_field binary_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_binary_accuracy_args),
    CORNU_FIELD(cornu_metric_binary_accuracy_args, FLOAT, threshold),
};
static const char *const binary_aliases[] = {"binary_accuracy", NULL};
static const char *const categorical_aliases[] = {"categorical_accuracy", NULL};
static const char *const sparse_aliases[] = {"sparse_categorical_accuracy", NULL};

CORNU_METRIC_CLASS(accuracy){
    CORNU_CLASS_ARGS(accuracy, args, accuracy_defaults, fields),
    .name = "Accuracy",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_equal,
    .result = cornu_mean_result_,
};
CORNU_METRIC_CLASS(binary_accuracy){
    CORNU_CLASS_ARGS(binary_accuracy, args, binary_defaults, binary_fields),
    .name = "BinaryAccuracy",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_binary,
    .result = cornu_mean_result_,
    .aliases = binary_aliases,
};
CORNU_METRIC_CLASS(categorical_accuracy){
    CORNU_CLASS_ARGS(accuracy, args, categorical_defaults, fields),
    .name = "CategoricalAccuracy",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_categorical,
    .result = cornu_mean_result_,
    .aliases = categorical_aliases,
};
CORNU_METRIC_CLASS(sparse_categorical_accuracy){
    CORNU_CLASS_ARGS(accuracy, args, sparse_defaults, fields),
    .name = "SparseCategoricalAccuracy",
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_sparse,
    .result = cornu_mean_result_,
    .aliases = sparse_aliases,
};

cornu_metric *cornu_metric_accuracy_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_accuracy_class, args);
}
cornu_metric *cornu_metric_binary_accuracy_new(const cornu_metric_binary_accuracy_args *args) {
    return cornu_metric_create(&cornu_metric_binary_accuracy_class, args);
}
cornu_metric *cornu_metric_categorical_accuracy_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_categorical_accuracy_class, args);
}
cornu_metric *cornu_metric_sparse_categorical_accuracy_new(const cornu_metric_reduce_args *args) {
    return cornu_metric_create(&cornu_metric_sparse_categorical_accuracy_class, args);
}
