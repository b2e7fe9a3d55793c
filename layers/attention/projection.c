/* A dense layer between several axes: the projections into heads and out of them. In Keras they are
 * EinsumDense layers; the kernels have the same shapes. As one matmul they need no transposition.
 * keras/src/layers/attention/multi_head_attention.py */
#include "attention.h"

typedef struct {
    cornu_layer base;
    cornu_projection_args args;
    cornu_tensor *kernel; /* [from..., to...] */
    cornu_tensor *bias;   /* [to...], or NULL */
} projection;

static cornu_shape joined(const cornu_shape *a, const cornu_shape *b) {
    cornu_shape shape = *a;
    for (int i = 0; i < b->rank; i++) shape.dims[shape.rank++] = b->dims[i];
    return shape;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    projection *self = (projection *)layer;
    const cornu_projection_args *args = &self->args;
    (void)shapes; /* `from` says what is needed of it */
    (void)count;
    self->kernel = cornu_layer_add_weight(
        layer, "kernel", joined(&args->from, &args->to), .initializer = args->kernel_initializer,
        .regularizer = args->kernel_regularizer, .constraint = args->kernel_constraint
    );
    if (self->kernel == NULL) return cornu_error_status();
    if (!args->use_bias) return CORNU_OK;
    self->bias = cornu_layer_add_weight(
        layer, "bias", args->to, .initializer = args->bias_initializer,
        .regularizer = args->bias_regularizer, .constraint = args->bias_constraint
    );
    return self->bias != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    projection *self = (projection *)layer;
    const cornu_projection_args *args = &self->args;
    const cornu_shape *shape = cornu_tensor_shape(inputs[0]);
    cornu_shape outer = {.rank = shape->rank - args->from.rank};
    int64_t rows = cornu_shape_size(&args->from), columns = cornu_shape_size(&args->to);
    char given[256], wanted[256];
    (void)context;
    for (int i = 0; i < args->from.rank; i++)
        if (outer.rank < 0 || shape->dims[outer.rank + i] != args->from.dims[i])
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "the input must end in %s, got the shape %s",
                cornu_shape_format(&args->from, wanted, sizeof wanted),
                cornu_shape_format(shape, given, sizeof given)
            );
    for (int i = 0; i < outer.rank; i++) outer.dims[i] = shape->dims[i];
    cornu_shape flat = joined(&outer, &(cornu_shape){1, {rows}});
    cornu_tensor *kernel =
        cornu_op_reshape(cornu_layer_cast(layer, self->kernel), cornu_shape(rows, columns));
    cornu_tensor *y = cornu_op_matmul(cornu_op_reshape(inputs[0], flat), kernel);
    y = cornu_op_reshape(y, joined(&outer, &args->to));
    return self->bias != NULL ? cornu_op_add(y, cornu_layer_cast(layer, self->bias)) : y;
}

static const cornu_projection_args defaults = {
    CORNU_LAYER_DEFAULTS(cornu_projection_args), .use_bias = true};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_projection_args),
    CORNU_FIELD(cornu_projection_args, SHAPE, from),
    CORNU_FIELD(cornu_projection_args, SHAPE, to),
    CORNU_FIELD(cornu_projection_args, BOOL, use_bias),
    CORNU_FIELD_DEFAULT(cornu_projection_args, INITIALIZER, kernel_initializer, "GlorotUniform"),
    CORNU_FIELD_DEFAULT(cornu_projection_args, INITIALIZER, bias_initializer, "Zeros"),
    CORNU_FIELD(cornu_projection_args, REGULARIZER, kernel_regularizer),
    CORNU_FIELD(cornu_projection_args, REGULARIZER, bias_regularizer),
    CORNU_FIELD(cornu_projection_args, REGULARIZER, activity_regularizer),
    CORNU_FIELD(cornu_projection_args, CONSTRAINT, kernel_constraint),
    CORNU_FIELD(cornu_projection_args, CONSTRAINT, bias_constraint),
};

/* not registered: no config holds one */
static const cornu_layer_class projection_class = {
    CORNU_CLASS_ARGS(projection, args, defaults, fields),
    .name = "Projection",
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_projection_new_(const cornu_projection_args *args) {
    return cornu_layer_create(&projection_class, args);
}
