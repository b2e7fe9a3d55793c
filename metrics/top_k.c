/* How often the target is among the k largest predictions. keras/src/metrics/accuracy_metrics.py,
 * TopKCategoricalAccuracy */
#include "mean.h"

typedef struct {
    cornu_mean_metric mean;
    cornu_metric_top_k_args args;
} top_k;

static cornu_status init(void *object) {
    const top_k *self = object;
    if (self->args.k < 1) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: k must be at least 1, got %lld", self->mean.base.cls->name,
            (long long)self->args.k
        );
    }
    return CORNU_OK;
}

/* The target is among the k largest if fewer than k predictions are larger: equal ones count in its
 * favour, as in Keras. */
static cornu_status add_in_top_k(
    cornu_metric *self, cornu_tensor *labels, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_tensor *wanted =
        cornu_op_take_along_axis(y_pred, cornu_op_expand_dims(labels, -1), -1); /* [.., 1] */
    cornu_tensor *larger =
        cornu_op_cast(cornu_op_greater(y_pred, wanted), CORNU_INT32); /* [.., classes] */
    cornu_tensor *rank = cornu_op_sum(larger, .axis = cornu_axes(-1));
    cornu_tensor *hit =
        cornu_op_less(rank, cornu_scalar_of(CORNU_INT32, (double)((top_k *)self)->args.k));
    return cornu_mean_add_(self, cornu_op_cast(hit, self->dtype), weights);
}

static cornu_status update_categorical(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    return add_in_top_k(self, cornu_op_argmax(y_true, -1), y_pred, weights);
}

/* Predictions [.., n] are classes, best first: is the target one of the first k? */
static cornu_status add_among_first(
    cornu_metric *self, cornu_tensor *labels, cornu_tensor *y_pred, cornu_tensor *weights
) {
    if (!y_pred) return cornu_error_null("y_pred");
    int64_t k = ((top_k *)self)->args.k, start[CORNU_MAX_RANK] = {0};
    int rank = cornu_tensor_rank(y_pred);
    if (rank < 1 || cornu_tensor_dim(y_pred, -1) < k)
        CORNU_FAIL(
            CORNU_ESHAPE, "from_sorted_ids wants at least k = %lld classes per sample, got %lld",
            (long long)k, (long long)(rank < 1 ? 0 : cornu_tensor_dim(y_pred, -1))
        );
    cornu_shape first = *cornu_tensor_shape(y_pred);
    first.dims[rank - 1] = k;
    cornu_tensor *classes = cornu_op_cast(cornu_op_slice(y_pred, start, first), CORNU_INT32);
    cornu_tensor *equal = cornu_op_equal(cornu_op_expand_dims(labels, -1), classes);
    cornu_tensor *hit = cornu_op_any(equal, .axis = cornu_axes(-1));
    return cornu_mean_add_(self, cornu_op_cast(hit, self->dtype), weights);
}

static cornu_status update_sparse(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    int rank = cornu_tensor_rank(y_true);
    if (rank == cornu_tensor_rank(y_pred) && rank > 0 && cornu_tensor_dim(y_true, -1) == 1) {
        y_true = cornu_op_squeeze(y_true, cornu_axes(-1));
    }
    y_true = cornu_op_cast(y_true, CORNU_INT32);
    return ((top_k *)self)->args.from_sorted_ids ? add_among_first(self, y_true, y_pred, weights)
                                                 : add_in_top_k(self, y_true, y_pred, weights);
}

static const cornu_metric_top_k_args categorical_defaults = {
    CORNU_METRIC_TOP_K_DEFAULTS, .name = "top_k_categorical_accuracy"};
static const cornu_metric_top_k_args sparse_defaults = {
    CORNU_METRIC_TOP_K_DEFAULTS, .name = "sparse_top_k_categorical_accuracy"};
static const cornu_field fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_top_k_args),
    CORNU_FIELD(cornu_metric_top_k_args, INT, k),
};
static const cornu_field sparse_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_top_k_args),
    CORNU_FIELD(cornu_metric_top_k_args, INT, k),
    CORNU_FIELD(cornu_metric_top_k_args, BOOL, from_sorted_ids),
};
static const char *const categorical_aliases[] = {"top_k_categorical_accuracy", NULL};
static const char *const sparse_aliases[] = {"sparse_top_k_categorical_accuracy", NULL};

CORNU_METRIC_CLASS(top_k_categorical_accuracy){
    CORNU_CLASS_ARGS(top_k, args, categorical_defaults, fields),
    .name = "TopKCategoricalAccuracy",
    .init = init,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_categorical,
    .result = cornu_mean_result_,
    .aliases = categorical_aliases,
};
CORNU_METRIC_CLASS(sparse_top_k_categorical_accuracy){
    CORNU_CLASS_ARGS(top_k, args, sparse_defaults, sparse_fields),
    .name = "SparseTopKCategoricalAccuracy",
    .init = init,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = update_sparse,
    .result = cornu_mean_result_,
    .aliases = sparse_aliases,
};

cornu_metric *cornu_metric_top_k_categorical_accuracy_new(const cornu_metric_top_k_args *args) {
    return cornu_metric_create(&cornu_metric_top_k_categorical_accuracy_class, args);
}
cornu_metric *cornu_metric_sparse_top_k_categorical_accuracy_new(const cornu_metric_top_k_args *args
) {
    return cornu_metric_create(&cornu_metric_sparse_top_k_categorical_accuracy_class, args);
}
