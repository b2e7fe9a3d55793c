/* InputLayer: where a model begins. It has a shape and a type, and gives what it gets.
 * keras/src/layers/core/input_layer.py */
#include <cornu/layers/core.h>

typedef struct {
    CORNU_LAYER_ARGS(input_layer_args);
    cornu_shape batch_shape; /* with the batch; -1: unknown */
    bool optional;           /* Keras takes None in its place; here it is always given */
} input_layer_args;

typedef struct {
    cornu_layer base;
    input_layer_args args;
} input_layer;

static cornu_status init(void *object) {
    input_layer *self = object;
    const cornu_shape *shape = &self->args.batch_shape;
    char text[256];
    if (shape->rank == 0) CORNU_FAIL(CORNU_EINVAL, "the shape is missing");
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] < -1)
            CORNU_FAIL(
                CORNU_ESHAPE, "sizes must not be negative, got the shape %s",
                cornu_shape_format(shape, text, sizeof text)
            );
    self->base.built = true;
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self, (void)context;
    return inputs[0];
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const input_layer *self = object;
    /* the type of the data, which no policy governs */
    CORNU_TRY(cornu_config_set_string(
        config, "dtype", self->args.dtype != NULL ? self->args.dtype : "float32"
    ));
    CORNU_TRY(cornu_config_set_bool(config, "sparse", false));
    CORNU_TRY(cornu_config_set_bool(config, "ragged", false));
    if (self->base.name != NULL)
        CORNU_TRY(cornu_config_set_string(config, "name", self->base.name));
    return cornu_config_set_bool(config, "optional", self->args.optional);
}

/* Keras 2 says batch_input_shape. */
static cornu_status from_config(void *object, const cornu_config *config) {
    input_layer *self = object;
    if (self->args.batch_shape.rank > 0) return CORNU_OK;
    return cornu_config_get_sizes(config, "batch_input_shape", &self->args.batch_shape);
}

static const input_layer_args defaults = {CORNU_LAYER_DEFAULTS(input_layer_args)};
/* InputLayer has no `trainable` in Keras' configs; get_config puts the name where Keras has it */
static const cornu_field fields[] = {
    CORNU_FIELD(input_layer_args, SIZES, batch_shape),
    CORNU_FIELD(input_layer_args, STRING, dtype),
    CORNU_FIELD_OMITTED(input_layer_args, BOOL, optional),
    CORNU_FIELD_OMITTED(input_layer_args, STRING, name),
    CORNU_FIELD_OMITTED(input_layer_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(input_layer){
    CORNU_CLASS_ARGS(input_layer, args, defaults, fields),
    .name = "InputLayer",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .call = call,
    .masking = CORNU_MASK_PASSES,
    .any_dtype = true,
};

cornu_layer *cornu_input_new(const cornu_input_args *args) {
    if (args == NULL) return (void)cornu_error_null("arguments of cornu_input"), NULL;
    input_layer_args own = {
        CORNU_LAYER_DEFAULTS(input_layer_args), .name = args->name, .dtype = args->dtype};
    own.batch_shape.rank = 1;
    own.batch_shape.dims[0] = args->batch_size != CORNU_NONE ? args->batch_size : -1;
    for (int i = 0; i < CORNU_MAX_RANK && args->shape[i] != 0; i++) {
        if (own.batch_shape.rank == CORNU_MAX_RANK)
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "InputLayer: %d axes at most, the batch included", CORNU_MAX_RANK
            );
        own.batch_shape.dims[own.batch_shape.rank++] = args->shape[i];
    }
    return cornu_layer_create(&cornu_layer_input_layer_class, &own);
}
