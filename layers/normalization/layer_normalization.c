/* LayerNormalization: each sample by its own mean and variance. Ba, Kiros and Hinton (2016);
 * keras/src/layers/normalization/layer_normalization.py */
#include "moments.h"

typedef struct {
    cornu_layer base;
    cornu_layer_layer_normalization_args args;
    int rank;                   /* of the input */
    cornu_axes axes;            /* counted from the front */
    cornu_tensor *gamma, *beta; /* the sizes of the axes, or NULL */
} layer_normalization;

static cornu_status init(void *object) {
    if (((layer_normalization *)object)->args.axis.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "axis must name one axis or more");
    return CORNU_OK;
}

/* The i-th axis as it was named, counted from the front. */
static int named_axis(const layer_normalization *self, int i) {
    int axis = self->args.axis.axis[i];
    return axis < 0 ? axis + self->rank : axis;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    layer_normalization *self = (layer_normalization *)layer;
    const cornu_layer_layer_normalization_args *args = &self->args;
    cornu_shape sizes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    self->rank = shapes[0].rank;
    CORNU_TRY(cornu_norm_axes_(&args->axis, &shapes[0], &self->axes));
    CORNU_TRY(cornu_norm_sizes_(&self->axes, &shapes[0], &sizes));
    /* weights have the axes in the order in which they are named, and are spread as they lie */
    for (int i = 0; i < sizes.rank; i++) sizes.dims[i] = shapes[0].dims[named_axis(self, i)];
    if (args->scale || args->rms_scaling) {
        self->gamma = cornu_layer_add_weight(
            layer, "gamma", sizes, .initializer = args->gamma_initializer,
            .regularizer = args->gamma_regularizer, .constraint = args->gamma_constraint
        );
        if (self->gamma == NULL) return cornu_error_status();
    }
    if (args->center && !args->rms_scaling) {
        self->beta = cornu_layer_add_weight(
            layer, "beta", sizes, .initializer = args->beta_initializer,
            .regularizer = args->beta_regularizer, .constraint = args->beta_constraint
        );
        if (self->beta == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const layer_normalization *self = (layer_normalization *)layer;
    const cornu_layer_layer_normalization_args *args = &self->args;
    cornu_tensor *x = cornu_norm_widen_(inputs[0]);
    (void)context;
    cornu_tensor *gamma = cornu_norm_weight_(self->gamma, &self->axes, x);
    cornu_tensor *beta = cornu_norm_weight_(self->beta, &self->axes, x);
    if ((self->gamma != NULL && gamma == NULL) || (self->beta != NULL && beta == NULL)) return NULL;
    cornu_tensor *mean = cornu_op_mean(x, .axis = self->axes, .keepdims = true);
    cornu_tensor *squared = cornu_op_square(cornu_op_subtract(x, mean));
    cornu_tensor *variance = cornu_op_mean(squared, .axis = self->axes, .keepdims = true);
    if (args->rms_scaling) mean = cornu_op_zeros_like(mean);
    x = cornu_norm_apply_(x, mean, variance, gamma, beta, args->epsilon);
    return cornu_op_cast(x, layer->compute_dtype);
}

/* Keras writes the axes as they were found when the layer was built. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const layer_normalization *self = object;
    int64_t axes[CORNU_MAX_RANK];
    if (!self->base.built) return CORNU_OK;
    for (int i = 0; i < self->axes.count; i++) axes[i] = named_axis(self, i);
    return cornu_config_set_ints(config, "axis", axes, (size_t)self->axes.count);
}

static const cornu_layer_layer_normalization_args defaults = {
    CORNU_LAYER_LAYER_NORMALIZATION_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_layer_normalization_args, type, member)
#define INITIALIZER(member, usual)                                                                 \
    CORNU_FIELD_DEFAULT(cornu_layer_layer_normalization_args, INITIALIZER, member, usual)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_layer_normalization_args),
    FIELD(AXIS_LIST, axis),
    FIELD(FLOAT, epsilon),
    FIELD(BOOL, center),
    FIELD(BOOL, scale),
    FIELD(BOOL, rms_scaling),
    INITIALIZER(beta_initializer, "Zeros"),
    INITIALIZER(gamma_initializer, "Ones"),
    FIELD(REGULARIZER, beta_regularizer),
    FIELD(REGULARIZER, gamma_regularizer),
    FIELD(CONSTRAINT, beta_constraint),
    FIELD(CONSTRAINT, gamma_constraint),
};

CORNU_LAYER_CLASS(layer_normalization){
    CORNU_CLASS_ARGS(layer_normalization, args, defaults, fields),
    .name = "LayerNormalization",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_layer_normalization_new(const cornu_layer_layer_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_layer_normalization_class, args);
}
