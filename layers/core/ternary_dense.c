/* TernaryDense: a dense layer that computes with -1, 0 and 1. Ma et al. (2024), "The era of 1-bit
 * LLMs"; keras/src/layers/core/ternary_dense.py */
#include <cornu/layers/core.h>

typedef struct {
    cornu_layer base;
    cornu_layer_ternary_dense_args args;
    cornu_activation_function *activation;
    cornu_tensor *kernel; /* [features, units] */
    cornu_tensor *bias;   /* [units], or NULL */
} ternary_dense;

static cornu_status init(void *object) {
    ternary_dense *self = object;
    if (self->args.units <= 0)
        CORNU_FAIL(CORNU_EINVAL, "units must be positive, got %lld", (long long)self->args.units);
    if (self->args.threshold < 0)
        CORNU_FAIL(CORNU_EINVAL, "threshold must not be negative, got %g", self->args.threshold);
    return cornu_activation_get(self->args.activation, &self->activation);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    ternary_dense *self = (ternary_dense *)layer;
    const cornu_layer_ternary_dense_args *args = &self->args;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    if (shapes[0].rank < 2 || shapes[0].dims[shapes[0].rank - 1] < 0) {
        char text[256];
        CORNU_FAIL(
            CORNU_ESHAPE,
            "the input must be [batch, ..., features] with features known, got the shape %s",
            cornu_shape_format(&shapes[0], text, sizeof text)
        );
    }
    self->kernel = cornu_layer_add_weight(
        layer, "kernel", cornu_shape(shapes[0].dims[shapes[0].rank - 1], args->units),
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

/* -1, 0 and 1 in value; the derivative is that of the kernel itself (straight through). */
static cornu_tensor *ternary(cornu_tensor *kernel, cornu_tensor *threshold) {
    cornu_tensor *large = cornu_op_greater(cornu_op_absolute(kernel), threshold);
    cornu_tensor *value =
        cornu_op_multiply(cornu_op_sign(kernel), cornu_op_cast(large, cornu_tensor_dtype(kernel)));
    return cornu_op_add(kernel, cornu_op_stop_gradient(cornu_op_subtract(value, kernel)));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const ternary_dense *self = (ternary_dense *)layer;
    bool fixed = !isnan(self->args.threshold);
    cornu_tensor *kernel = cornu_layer_cast(layer, self->kernel), *x = inputs[0];
    (void)context;
    cornu_tensor *mean = cornu_op_mean(cornu_op_absolute(kernel));
    cornu_tensor *threshold =
        fixed ? cornu_scalar(self->args.threshold) : cornu_op_multiply(mean, cornu_scalar(0.5));
    x = cornu_op_matmul(x, ternary(kernel, threshold)); /* [batch, ..., units] */
    if (!fixed) x = cornu_op_multiply(x, mean);
    if (self->bias != NULL) x = cornu_op_add(x, cornu_layer_cast(layer, self->bias));
    return self->activation(x);
}

static const cornu_layer_ternary_dense_args defaults = {CORNU_LAYER_TERNARY_DENSE_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_ternary_dense_args, type, member)
#define INITIALIZER(member, usual)                                                                 \
    CORNU_FIELD_DEFAULT(cornu_layer_ternary_dense_args, INITIALIZER, member, usual)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_ternary_dense_args),
    FIELD(INT, units),
    FIELD(FLOAT, threshold),
    FIELD(ACTIVATION, activation),
    FIELD(BOOL, use_bias),
    INITIALIZER(kernel_initializer, "GlorotUniform"),
    INITIALIZER(bias_initializer, "Zeros"),
    FIELD(REGULARIZER, kernel_regularizer),
    FIELD(REGULARIZER, bias_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, kernel_constraint),
    FIELD(CONSTRAINT, bias_constraint),
};

CORNU_LAYER_CLASS(ternary_dense){
    CORNU_CLASS_ARGS(ternary_dense, args, defaults, fields),
    .name = "TernaryDense",
    .init = init,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_ternary_dense_new(const cornu_layer_ternary_dense_args *args) {
    return cornu_layer_create(&cornu_layer_ternary_dense_class, args);
}
