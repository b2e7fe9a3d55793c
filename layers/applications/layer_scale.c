/* LayerScale: a weight for each channel of a residual branch. Touvron et al. (2021);
 * keras/src/applications/convnext.py */
#include <cornu/initializers.h>
#include <cornu/layers/applications.h>

typedef struct {
    cornu_layer base;
    cornu_layer_layer_scale_args args;
    cornu_tensor *gamma; /* [projection_dim] */
} layer_scale;

static cornu_status init(void *object) {
    const cornu_layer_layer_scale_args *args = &((layer_scale *)object)->args;
    if (isnan(args->init_values)) CORNU_FAIL(CORNU_EINVAL, "needs init_values");
    if (args->projection_dim < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "projection_dim must be positive, got %lld",
            (long long)args->projection_dim
        );
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    layer_scale *self = (layer_scale *)layer;
    int64_t size = self->args.projection_dim;
    char text[256];
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    int64_t channels = shapes[0].rank > 0 ? shapes[0].dims[shapes[0].rank - 1] : 0;
    if (shapes[0].rank < 2 || (channels >= 0 && channels != size))
        CORNU_FAIL(
            CORNU_ESHAPE, "the input must have two axes or more, the last of the size %lld, got %s",
            (long long)size, cornu_shape_format(&shapes[0], text, sizeof text)
        );
    cornu_initializer *initial = cornu_initializer_constant(self->args.init_values);
    if (initial == NULL) return cornu_error_status();
    self->gamma = cornu_layer_add_weight(layer, NULL, cornu_shape(size), .initializer = initial);
    cornu_initializer_free(initial);
    return self->gamma != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return cornu_op_multiply(inputs[0], cornu_layer_cast(layer, ((layer_scale *)layer)->gamma));
}

static const cornu_layer_layer_scale_args defaults = {CORNU_LAYER_LAYER_SCALE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_layer_scale_args),
    CORNU_FIELD(cornu_layer_layer_scale_args, FLOAT, init_values),
    CORNU_FIELD(cornu_layer_layer_scale_args, INT, projection_dim),
};

CORNU_LAYER_CLASS(layer_scale){
    CORNU_CLASS_ARGS(layer_scale, args, defaults, fields),
    .name = "LayerScale",
    .module = "keras.src.applications.convnext",
    .init = init,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_layer_scale_new(const cornu_layer_layer_scale_args *args) {
    return cornu_layer_create(&cornu_layer_layer_scale_class, args);
}
