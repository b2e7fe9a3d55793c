/* Circle loss of embeddings of length 1: pairs of one class should be near, others far, and pairs
 * count by how far they still have to go.
 * keras/src/losses/losses.py, circle. https://arxiv.org/abs/2002.10857 */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_circle_args args;
} circle;

/* [batch, batch], whether the samples of a pair have the same label. */
static cornu_tensor *same_label(cornu_tensor *labels) {
    labels = cornu_op_cast(cornu_op_reshape(labels, cornu_shape(-1)), CORNU_INT32);
    return cornu_op_equal(cornu_op_expand_dims(labels, 1), cornu_op_expand_dims(labels, 0));
}

/* The logarithm of the sum of exp(gamma * weight * distance) over the pairs in `mask`; far below
 * any other value where there are none, but not infinite, which would make gradients NaN. */
static cornu_tensor *pull(
    cornu_tensor *mask, cornu_tensor *weight, cornu_tensor *distance, double gamma
) {
    weight = cornu_op_relu(weight);
    cornu_tensor *values =
        cornu_op_multiply(cornu_op_multiply(weight, distance), cornu_scalar(gamma));
    return cornu_op_logsumexp(
        cornu_op_where(mask, values, cornu_scalar(-1e30)), .axis = cornu_axes(1)
    );
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    const cornu_loss_circle_args *args = &((circle *)loss)->args;
    if (!y_true || !y_pred) return NULL;
    if (cornu_tensor_rank(y_pred) != 2)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "Circle wants embeddings [batch, features], got rank %d",
            cornu_tensor_rank(y_pred)
        );
    cornu_tensor *cosines = cornu_op_matmul(y_pred, y_pred, .transpose_b = true);
    cornu_tensor *distance =
        cornu_op_relu(cornu_op_subtract(cornu_scalar(1), cosines)); /* [batch, batch] */
    cornu_tensor *same = same_label(y_true), *other = cornu_op_logical_not(same);
    if (args->remove_diagonal) { /* a sample is no partner of itself */
        int64_t batch = cornu_tensor_dim(y_pred, 0);
        cornu_tensor *self = cornu_op_eye(batch, batch, 0, CORNU_BOOL);
        same = cornu_op_logical_and(same, cornu_op_logical_not(self));
    }
    cornu_tensor *margin = cornu_scalar(args->margin);
    cornu_tensor *near = pull(
        same, cornu_op_add(margin, distance), cornu_op_subtract(margin, distance), -args->gamma
    );
    cornu_tensor *far = pull(
        other, cornu_op_subtract(cornu_scalar(1 + args->margin), distance),
        cornu_op_subtract(cornu_scalar(1 - args->margin), distance), args->gamma
    );
    return cornu_op_softplus(cornu_op_add(near, far));
}

/* Samples without a partner, or without another class, count nothing. */
static cornu_tensor *mask(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    return cornu_op_greater(call(loss, y_true, y_pred), cornu_scalar(0));
}

static const cornu_loss_circle_args defaults = {CORNU_LOSS_CIRCLE_DEFAULTS, .name = "circle"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_circle_args),
    CORNU_FIELD(cornu_loss_circle_args, FLOAT, gamma),
    CORNU_FIELD(cornu_loss_circle_args, FLOAT, margin),
    CORNU_FIELD(cornu_loss_circle_args, BOOL, remove_diagonal),
};

CORNU_LOSS_CLASS(circle){
    CORNU_CLASS_ARGS(circle, args, defaults, fields),
    .name = "Circle",
    .call = call,
    .mask = mask,
    .any_dtype = true,
};

cornu_loss *cornu_loss_circle_new(const cornu_loss_circle_args *args) {
    return cornu_loss_create(&cornu_loss_circle_class, args);
}
