/* What the cross-entropies share: the shape of targets, log-probabilities of the classes. */
#ifndef CORNU_LOSSES_CROSSENTROPY_H
#define CORNU_LOSSES_CROSSENTROPY_H

#include <cornu/losses.h>

/* Keras' epsilon: probabilities are kept this far from 0 and 1. */
#define CORNU_CROSSENTROPY_EPSILON_ 1e-7

/* Keras broadcasts no targets here. */
static inline cornu_status check_same_shape(
    const cornu_tensor *y_true, const cornu_tensor *y_pred, const char *hint
) {
    if (!y_true || !y_pred) return cornu_error_null(y_true ? "y_pred" : "y_true");
    if (cornu_shape_equal(cornu_tensor_shape(y_true), cornu_tensor_shape(y_pred))) return CORNU_OK;
    char a[256], b[256];
    CORNU_FAIL(
        CORNU_ESHAPE, "targets %s and predictions %s must have the same shape%s",
        cornu_shape_format(cornu_tensor_shape(y_true), a, sizeof a),
        cornu_shape_format(cornu_tensor_shape(y_pred), b, sizeof b), hint
    );
}

/* Of logits: log-softmax. Of probabilities: the logarithm of what they are when made to sum to
 * 1. */
static inline cornu_tensor *log_probabilities(cornu_tensor *y_pred, bool from_logits, int axis) {
    if (from_logits) return cornu_op_log_softmax(y_pred, axis);
    cornu_tensor *sum = cornu_op_sum(y_pred, .axis = cornu_axes(axis), .keepdims = true);
    cornu_tensor *p = cornu_op_divide(y_pred, sum);
    return cornu_op_log(
        cornu_op_clip(p, CORNU_CROSSENTROPY_EPSILON_, 1 - CORNU_CROSSENTROPY_EPSILON_)
    );
}

#endif
