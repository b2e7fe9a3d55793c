/* RMSNormalization: each sample by its root mean square. Zhang and Sennrich (2019);
 * keras/src/layers/normalization/rms_normalization.py */
#include "moments.h"

typedef struct {
    cornu_layer base;
    cornu_layer_rms_normalization_args args;
    cornu_axes axes;     /* counted from the front */
    cornu_tensor *scale; /* the sizes of the axes */
} rms_normalization;

static cornu_status init(void *object) {
    if (((rms_normalization *)object)->args.axis.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "axis must name one axis or more");
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    rms_normalization *self = (rms_normalization *)layer;
    cornu_shape sizes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(cornu_norm_axes_(&self->args.axis, &shapes[0], &self->axes));
    CORNU_TRY(cornu_norm_sizes_(&self->axes, &shapes[0], &sizes));
    cornu_initializer *ones = cornu_initializer_get("Ones");
    if (ones == NULL) return cornu_error_status();
    self->scale = cornu_layer_add_weight(layer, "scale", sizes, .initializer = ones);
    cornu_initializer_free(ones);
    return self->scale != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const rms_normalization *self = (rms_normalization *)layer;
    cornu_tensor *x = cornu_norm_widen_(inputs[0]);
    (void)context;
    cornu_tensor *square = cornu_op_mean(cornu_op_square(x), .axis = self->axes, .keepdims = true);
    cornu_tensor *factor = cornu_op_rsqrt(cornu_op_add(square, cornu_scalar(self->args.epsilon)));
    x = cornu_op_multiply(x, factor);
    x = cornu_op_multiply(x, cornu_norm_weight_(self->scale, &self->axes, x));
    return cornu_op_cast(x, layer->compute_dtype);
}

static const cornu_layer_rms_normalization_args defaults = {CORNU_LAYER_RMS_NORMALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_rms_normalization_args),
    CORNU_FIELD(cornu_layer_rms_normalization_args, AXIS_LIST, axis),
    CORNU_FIELD(cornu_layer_rms_normalization_args, FLOAT, epsilon),
};

CORNU_LAYER_CLASS(rms_normalization){
    CORNU_CLASS_ARGS(rms_normalization, args, defaults, fields),
    .name = "RMSNormalization",
    .init = init,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_rms_normalization_new(const cornu_layer_rms_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_rms_normalization_class, args);
}
