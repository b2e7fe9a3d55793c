/* Rescaling: scale * x + offset. keras/src/layers/preprocessing/rescaling.py */
#include <cornu/layers/preprocessing.h>

typedef struct {
    cornu_layer base;
    cornu_layer_rescaling_args args;
} rescaling;

static cornu_status init(void *object) {
    const cornu_layer_rescaling_args *args = &((rescaling *)object)->args;
    if (args->scales.count == 0 && isnan(args->scale)) CORNU_FAIL(CORNU_EINVAL, "needs a scale");
    return CORNU_OK;
}

/* A number, or numbers along the last axis. They pass through an op so that they belong to the
 * scope. */
static cornu_tensor *factor(const cornu_floats *several, double one, cornu_dtype dtype) {
    if (several->count == 0) return cornu_scalar_of(dtype, one);
    cornu_shape shape = cornu_shape((int64_t)several->count);
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT64, shape, several->items);
    cornu_tensor *result = cornu_op_cast(cornu_op_reshape(made, shape), dtype);
    cornu_tensor_free(made);
    return result;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_layer_rescaling_args *args = &((rescaling *)layer)->args;
    cornu_dtype dtype = layer->compute_dtype;
    (void)context;
    cornu_tensor *x = cornu_op_cast(inputs[0], dtype);
    x = cornu_op_multiply(x, factor(&args->scales, args->scale, dtype));
    return cornu_op_add(x, factor(&args->offsets, args->offset, dtype));
}

/* In configs a single number is no list. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const cornu_layer_rescaling_args *args = &((const rescaling *)object)->args;
    if (args->scales.count <= 1)
        CORNU_TRY(cornu_config_set_float(
            config, "scale", args->scales.count == 1 ? args->scales.items[0] : args->scale
        ));
    if (args->offsets.count > 1) return CORNU_OK;
    return cornu_config_set_float(
        config, "offset", args->offsets.count == 1 ? args->offsets.items[0] : args->offset
    );
}

static const cornu_layer_rescaling_args defaults = {CORNU_LAYER_RESCALING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_rescaling_args),
    {"scale", CORNU_FIELD_FLOATS, offsetof(cornu_layer_rescaling_args, scales), NULL, false},
    {"offset", CORNU_FIELD_FLOATS, offsetof(cornu_layer_rescaling_args, offsets), NULL, false},
};

CORNU_LAYER_CLASS(rescaling){
    CORNU_CLASS_ARGS(rescaling, args, defaults, fields),
    .name = "Rescaling",
    .init = init,
    .get_config = get_config,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_rescaling_new(const cornu_layer_rescaling_args *args) {
    return cornu_layer_create(&cornu_layer_rescaling_class, args);
}
