/* Generalised cross-entropy of integer targets, (1 - p^q) / q: between cross-entropy (q near 0) and
 * mean absolute error (q near 1), which noisy labels harm less.
 * keras/src/losses/losses.py, categorical_generalized_cross_entropy */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_categorical_generalized_cross_entropy_args args;
} categorical_generalized_cross_entropy;

static cornu_status init(void *object) {
    double q = ((categorical_generalized_cross_entropy *)object)->args.q;
    if (!(q > 0 && q < 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "CategoricalGeneralizedCrossEntropy: q must be between 0 and 1, got %g", q
        );
    }
    return CORNU_OK;
}

static cornu_tensor *call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    double q = ((categorical_generalized_cross_entropy *)loss)->args.q;
    if (!y_true || !y_pred) return NULL;
    int rank = cornu_tensor_rank(y_true);
    if (rank == cornu_tensor_rank(y_pred) && rank > 0 && cornu_tensor_dim(y_true, -1) == 1)
        y_true = cornu_op_squeeze(y_true, cornu_axes(-1));
    cornu_tensor *chosen = cornu_op_one_hot(
        cornu_op_cast(y_true, CORNU_INT64), cornu_tensor_dim(y_pred, -1), cornu_tensor_dtype(y_pred)
    );
    cornu_tensor *p = cornu_op_sum(cornu_op_multiply(y_pred, chosen), .axis = cornu_axes(-1));
    cornu_tensor *missed = cornu_op_subtract(cornu_scalar(1), cornu_op_power(p, cornu_scalar(q)));
    return cornu_op_divide(missed, cornu_scalar(q));
}

static const cornu_loss_categorical_generalized_cross_entropy_args defaults = {
    CORNU_LOSS_CATEGORICAL_GENERALIZED_CROSS_ENTROPY_DEFAULTS,
    .name = "categorical_generalized_cross_entropy"};
static const cornu_field fields[] = {
    CORNU_LOSS_FIELDS(cornu_loss_categorical_generalized_cross_entropy_args),
    CORNU_FIELD(cornu_loss_categorical_generalized_cross_entropy_args, FLOAT, q),
};

CORNU_LOSS_CLASS(categorical_generalized_cross_entropy){
    CORNU_CLASS_ARGS(categorical_generalized_cross_entropy, args, defaults, fields),
    .name = "CategoricalGeneralizedCrossEntropy",
    .init = init,
    .call = call,
    .any_dtype = true,
};

cornu_loss *cornu_loss_categorical_generalized_cross_entropy_new(
    const cornu_loss_categorical_generalized_cross_entropy_args *args
) {
    return cornu_loss_create(&cornu_loss_categorical_generalized_cross_entropy_class, args);
}
