/* Cross-entropy of integer targets. keras/src/losses/losses.py, sparse_categorical_crossentropy */
#include "crossentropy.h"

typedef struct {
    cornu_loss base;
    cornu_loss_sparse_categorical_crossentropy_args args;
} sparse_categorical_crossentropy;

/* Targets [..] as int64, without the last axis of size 1 that column targets have. */
static cornu_tensor *labels_of(cornu_tensor *y_true, cornu_tensor *y_pred) {
    int rank = cornu_tensor_rank(y_true);
    if (rank == cornu_tensor_rank(y_pred) && rank > 0 && cornu_tensor_dim(y_true, -1) == 1) {
        y_true = cornu_op_squeeze(y_true, cornu_axes(-1));
    }
    return cornu_op_cast(y_true, CORNU_INT64);
}

static cornu_tensor *mask(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_sparse_categorical_crossentropy_args *args =
        &((sparse_categorical_crossentropy *)loss)->args;
    if (args->ignore_class == CORNU_NONE) return NULL;
    return cornu_op_not_equal(
        labels_of(y_true, y_pred), cornu_scalar_of(CORNU_INT64, (double)args->ignore_class)
    );
}

/* The losses from the logarithms of the labels' shares; 0 where a target is to be ignored. */
static cornu_tensor *finish(
    cornu_tensor *valid, cornu_tensor *log_p, const cornu_tensor *y_pred, int axis
) {
    cornu_tensor *values = cornu_op_negative(log_p);
    if (!values)
        return (void)cornu_error_context(
                   "a target is outside the %lld classes", (long long)cornu_tensor_dim(y_pred, axis)
               ),
               NULL;
    return valid ? cornu_op_where(valid, values, cornu_scalar_of(cornu_tensor_dtype(y_pred), 0))
                 : values;
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_sparse_categorical_crossentropy_args *args =
        &((sparse_categorical_crossentropy *)loss)->args;
    int axis = (int)args->axis;
    cornu_tensor *labels = labels_of(y_true, y_pred); /* y_pred's shape without `axis` */
    if (!labels) return NULL;
    if (cornu_tensor_rank(labels) + 1 != cornu_tensor_rank(y_pred)) {
        char a[256], b[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "targets %s do not fit predictions %s: integer targets have the shape of the "
            "predictions "
            "without the class axis",
            cornu_shape_format(cornu_tensor_shape(y_true), a, sizeof a),
            cornu_shape_format(cornu_tensor_shape(y_pred), b, sizeof b)
        );
    }
    cornu_tensor *valid = mask(loss, y_true, y_pred);
    if (valid) labels = cornu_op_multiply(labels, cornu_op_cast(valid, CORNU_INT64));
    if (args->from_logits && (axis == -1 || axis == cornu_tensor_rank(y_pred) - 1))
        return finish(valid, cornu_op_label_log_softmax(y_pred, labels), y_pred, axis);
    /* take_along_axis counts negative indices from the end; a negative label is wrong, so it is
     * sent outside. */
    cornu_tensor *zero = cornu_scalar_of(CORNU_INT64, 0);
    cornu_tensor *outside = cornu_scalar_of(CORNU_INT64, (double)cornu_tensor_dim(y_pred, axis));
    labels = cornu_op_where(cornu_op_less(labels, zero), outside, labels);
    cornu_tensor *log_p = log_probabilities(y_pred, args->from_logits, axis);
    cornu_tensor *picked =
        cornu_op_take_along_axis(log_p, cornu_op_expand_dims(labels, axis), axis);
    return finish(valid, cornu_op_squeeze(picked, cornu_axes(axis)), y_pred, axis);
}

static const cornu_loss_sparse_categorical_crossentropy_args defaults = {
    CORNU_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_DEFAULTS, .name = "sparse_categorical_crossentropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_sparse_categorical_crossentropy_args),
    CORNU_FIELD(cornu_loss_sparse_categorical_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_loss_sparse_categorical_crossentropy_args, INT, ignore_class),
    CORNU_FIELD(cornu_loss_sparse_categorical_crossentropy_args, INT, axis),
};
static const char *const aliases[] = {"sparse_categorical_crossentropy", "scce", NULL};

CORNU_LOSS_CLASS(sparse_categorical_crossentropy){
    CORNU_CLASS_ARGS(sparse_categorical_crossentropy, args, defaults, fields),
    .name = "SparseCategoricalCrossentropy",
    .call = call,
    .mask = mask,
    .any_dtype = true,
    .aliases = aliases,
};

cornu_loss *cornu_loss_sparse_categorical_crossentropy_new(
    const cornu_loss_sparse_categorical_crossentropy_args *args
) {
    return cornu_loss_create(&cornu_loss_sparse_categorical_crossentropy_class, args);
}
