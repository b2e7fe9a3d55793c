/* Softmax over one axis or several, with a mask. keras/src/layers/activations/softmax.py */
#include <cornu/layers/activation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_softmax_args args;
} softmax;

static cornu_status init(void *object) {
    if (((softmax *)object)->args.axis.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "axis must name one axis or more");
    return CORNU_OK;
}

/* What is masked counts as a large negative number, so that no infinity meets another. */
static cornu_tensor *hide(cornu_tensor *x, cornu_tensor *mask) {
    cornu_dtype dtype = cornu_tensor_dtype(x);
    double large = dtype == CORNU_FLOAT16 ? -3e4 : -1e9;
    return cornu_op_where(mask, x, cornu_scalar_of(dtype, large));
}

/* Masks that are no bools stand for true above one half. */
static cornu_tensor *as_bool(cornu_tensor *mask) {
    cornu_dtype dtype = cornu_tensor_dtype(mask);
    if (!cornu_dtype_is_float(dtype)) return cornu_op_cast(mask, CORNU_BOOL);
    return cornu_op_greater(mask, cornu_scalar_of(dtype, 0.5));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_axes *axis = &((softmax *)layer)->args.axis;
    cornu_tensor *x = inputs[0], *mask = context->masks != NULL ? context->masks[0] : NULL;
    if (mask != NULL) x = hide(x, mask = as_bool(mask));
    x = axis->count == 1 ? cornu_op_softmax(x, axis->axis[0]) : cornu_op_softmax_over(x, *axis);
    if (mask == NULL || x == NULL) return x;
    /* where all is masked softmax gives the same to each, and the layer nothing */
    return cornu_op_where(mask, x, cornu_scalar_of(cornu_tensor_dtype(x), 0));
}

static const cornu_layer_softmax_args defaults = {CORNU_LAYER_SOFTMAX_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_softmax_args),
    CORNU_FIELD(cornu_layer_softmax_args, AXES, axis),
};

CORNU_LAYER_CLASS(softmax){
    CORNU_CLASS_ARGS(softmax, args, defaults, fields),
    .name = "Softmax",
    .init = init,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_softmax_new(const cornu_layer_softmax_args *args) {
    return cornu_layer_create(&cornu_layer_softmax_class, args);
}
