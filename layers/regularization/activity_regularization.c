/* ActivityRegularization: adds what its input costs to the loss.
 * keras/src/layers/regularization/activity_regularization.py */
#include <cornu/layers/regularization.h>

typedef struct {
    cornu_layer base;
    cornu_layer_activity_regularization_args args;
} activity_regularization;

static cornu_status init(void *object) {
    const cornu_layer_activity_regularization_args *args =
        &((activity_regularization *)object)->args;
    if (!(args->l1 >= 0 && args->l2 >= 0))
        CORNU_FAIL(
            CORNU_EINVAL, "l1 and l2 must not be negative, got %g and %g", args->l1, args->l2
        );
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_activity_regularization_args *args =
        &((activity_regularization *)layer)->args;
    cornu_tensor *x = inputs[0];
    (void)context;
    cornu_tensor *l1 =
        cornu_op_multiply(cornu_op_sum(cornu_op_absolute(x)), cornu_scalar(args->l1));
    cornu_tensor *l2 = cornu_op_multiply(cornu_op_sum(cornu_op_square(x)), cornu_scalar(args->l2));
    cornu_tensor *loss = cornu_op_add(l1, l2);
    int64_t batch = cornu_tensor_rank(x) > 0 ? cornu_tensor_dim(x, 0) : 1;
    if (batch > 1) loss = cornu_op_divide(loss, cornu_scalar((double)batch));
    return cornu_layer_add_loss(layer, loss) == CORNU_OK ? x : NULL;
}

static const cornu_layer_activity_regularization_args defaults = {
    CORNU_LAYER_ACTIVITY_REGULARIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_activity_regularization_args),
    CORNU_FIELD(cornu_layer_activity_regularization_args, FLOAT, l1),
    CORNU_FIELD(cornu_layer_activity_regularization_args, FLOAT, l2),
};

CORNU_LAYER_CLASS(activity_regularization){
    CORNU_CLASS_ARGS(activity_regularization, args, defaults, fields),
    .name = "ActivityRegularization",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_activity_regularization_new(
    const cornu_layer_activity_regularization_args *args
) {
    return cornu_layer_create(&cornu_layer_activity_regularization_class, args);
}
