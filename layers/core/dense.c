/* Dense: activation(x @ kernel + bias). keras/src/layers/core/dense.py */
#include <cornu/layers/core.h>

typedef struct {
    cornu_layer base;
    cornu_layer_dense_args args;
    cornu_activation_function *activation;
    cornu_tensor *kernel; /* [features, units] */
    cornu_tensor *bias;   /* [units], or NULL */
    int64_t features;
} dense;

static cornu_status init(void *object) {
    dense *self = object;
    if (self->args.units <= 0)
        CORNU_FAIL(CORNU_EINVAL, "units must be positive, got %lld", (long long)self->args.units);
    return cornu_activation_get(self->args.activation, &self->activation);
}

static cornu_status check_rank(const cornu_shape *shape) {
    char text[256];
    if (shape->rank < 2)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "the input must have two axes or more, [batch, ..., features], got the shape %s",
            cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    dense *self = (dense *)layer;
    const cornu_layer_dense_args *args = &self->args;
    char text[256];
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(check_rank(&shapes[0]));
    self->features = shapes[0].dims[shapes[0].rank - 1];
    if (self->features < 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "the last axis of the input must be known, got the shape %s",
            cornu_shape_format(&shapes[0], text, sizeof text)
        );
    self->kernel = cornu_layer_add_weight(
        layer, "kernel", cornu_shape(self->features, args->units),
        .initializer = args->kernel_initializer, .regularizer = args->kernel_regularizer,
        .constraint = args->kernel_constraint
    );
    if (self->kernel == NULL) return cornu_error_status();
    if (!args->use_bias) return CORNU_OK;
    self->bias = cornu_layer_add_weight(
        layer, "bias", cornu_shape(args->units), .initializer = args->bias_initializer,
        .regularizer = args->bias_regularizer, .constraint = args->bias_constraint
    );
    return self->bias != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    dense *self = (dense *)layer;
    cornu_tensor *x = inputs[0]; /* [batch, ..., features] */
    (void)context;
    if (check_rank(cornu_tensor_shape(x)) != CORNU_OK) return NULL;
    if (cornu_tensor_dim(x, -1) != self->features) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "the last axis of the input must have the size %lld that the layer was built for, got "
            "the shape %s",
            (long long)self->features, cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    }
    x = cornu_op_matmul(x, cornu_layer_cast(layer, self->kernel)); /* [batch, ..., units] */
    if (self->bias != NULL) x = cornu_op_add(x, cornu_layer_cast(layer, self->bias));
    return self->activation(x);
}

static const cornu_layer_dense_args defaults = {CORNU_LAYER_DENSE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_dense_args),
    CORNU_FIELD(cornu_layer_dense_args, INT, units),
    CORNU_FIELD(cornu_layer_dense_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_dense_args, BOOL, use_bias),
    CORNU_FIELD_DEFAULT(cornu_layer_dense_args, INITIALIZER, kernel_initializer, "GlorotUniform"),
    CORNU_FIELD_DEFAULT(cornu_layer_dense_args, INITIALIZER, bias_initializer, "Zeros"),
    CORNU_FIELD(cornu_layer_dense_args, REGULARIZER, kernel_regularizer),
    CORNU_FIELD(cornu_layer_dense_args, REGULARIZER, bias_regularizer),
    CORNU_FIELD_OMITTED(cornu_layer_dense_args, REGULARIZER, activity_regularizer),
    CORNU_FIELD(cornu_layer_dense_args, CONSTRAINT, kernel_constraint),
    CORNU_FIELD(cornu_layer_dense_args, CONSTRAINT, bias_constraint),
};

static cornu_status get_config(const void *object, cornu_config *config) {
    (void)object;
    return cornu_config_set_null(config, "quantization_config"); /* Keras writes it, unused */
}

CORNU_LAYER_CLASS(dense){
    CORNU_CLASS_ARGS(dense, args, defaults, fields),
    .name = "Dense",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_dense_new(const cornu_layer_dense_args *args) {
    return cornu_layer_create(&cornu_layer_dense_class, args);
}
