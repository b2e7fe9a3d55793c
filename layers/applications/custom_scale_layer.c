/* CustomScaleLayer: an input and a scaled second one. Szegedy et al. (2017);
 * keras/src/applications/inception_resnet_v2.py */
#include <cornu/layers/applications.h>

typedef struct {
    cornu_layer base;
    cornu_layer_custom_scale_layer_args args;
} custom_scale_layer;

static cornu_status init(void *object) {
    if (isnan(((custom_scale_layer *)object)->args.scale))
        CORNU_FAIL(CORNU_EINVAL, "needs a scale");
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    (void)layer, (void)shapes;
    if (count != 2) CORNU_FAIL(CORNU_EINVAL, "takes two inputs, got %zu", count);
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *scale = cornu_scalar(((custom_scale_layer *)layer)->args.scale);
    (void)context;
    return cornu_op_add(inputs[0], cornu_op_multiply(inputs[1], scale));
}

static const cornu_layer_custom_scale_layer_args defaults = {
    CORNU_LAYER_CUSTOM_SCALE_LAYER_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_custom_scale_layer_args),
    CORNU_FIELD(cornu_layer_custom_scale_layer_args, FLOAT, scale),
};

CORNU_LAYER_CLASS(custom_scale_layer){
    CORNU_CLASS_ARGS(custom_scale_layer, args, defaults, fields),
    .name = "CustomScaleLayer",
    .module = "keras.src.applications.inception_resnet_v2",
    .init = init,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_custom_scale_layer_new(const cornu_layer_custom_scale_layer_args *args) {
    return cornu_layer_create(&cornu_layer_custom_scale_layer_class, args);
}
