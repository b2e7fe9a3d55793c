/* Minus the cosine of the angle between targets and predictions: -1 where they point the same way.
 * keras/src/losses/losses.py, cosine_similarity */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_cosine_similarity_args args;
} cosine_similarity;

/* x / |x| along an axis; |x| is at least Keras' epsilon. */
static cornu_tensor *direction(cornu_tensor *x, cornu_axes axis) {
    static const double epsilon = 1e-7;
    cornu_tensor *square = cornu_op_sum(cornu_op_square(x), .axis = axis, .keepdims = true);
    square = cornu_op_maximum(square, cornu_scalar(epsilon * epsilon));
    return cornu_op_multiply(x, cornu_op_rsqrt(square));
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    cornu_axes axis = cornu_axes((int)((cosine_similarity *)loss)->args.axis);
    cornu_tensor *product = cornu_op_multiply(direction(y_true, axis), direction(y_pred, axis));
    return cornu_op_negative(cornu_op_sum(product, .axis = axis));
}

static const cornu_loss_cosine_similarity_args defaults = {
    CORNU_LOSS_COSINE_SIMILARITY_DEFAULTS, .name = "cosine_similarity"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_cosine_similarity_args),
    CORNU_FIELD(cornu_loss_cosine_similarity_args, INT, axis),
};

CORNU_LOSS_CLASS(cosine_similarity){
    CORNU_CLASS_ARGS(cosine_similarity, args, defaults, fields),
    .name = "CosineSimilarity",
    .call = call,
};

cornu_loss *cornu_loss_cosine_similarity_new(const cornu_loss_cosine_similarity_args *args) {
    return cornu_loss_create(&cornu_loss_cosine_similarity_class, args);
}
