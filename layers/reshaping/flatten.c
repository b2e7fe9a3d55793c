/* Flatten: all axes but the batch become one. keras/src/layers/reshaping/flatten.py */
#include <cornu/layers/reshaping.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_flatten_args args;
    bool channels_first;
} flatten;

static cornu_status init(void *object) {
    flatten *self = object;
    const char *format = self->args.data_format;
    self->channels_first = format != NULL && strcmp(format, "channels_first") == 0;
    if (format != NULL && !self->channels_first && strcmp(format, "channels_last") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "data_format must be \"channels_last\" or \"channels_first\", got \"%s\"",
            format
        );
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const flatten *self = (flatten *)layer;
    cornu_tensor *x = inputs[0];
    int rank = cornu_tensor_rank(x);
    (void)context;
    if (rank < 1)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the input must have one axis or more, the batch, got a scalar"
        );
    if (self->channels_first && rank > 2)
        x = cornu_op_moveaxis(x, 1, -1); /* [batch, channels, ...] -> [batch, ..., channels] */
    if (x == NULL) return NULL;
    const cornu_shape *shape = cornu_tensor_shape(x);
    int64_t features = 1; /* named, since -1 would not do for an empty batch */
    for (int i = 1; i < rank; i++) features *= shape->dims[i];
    return cornu_op_reshape(x, cornu_shape(shape->dims[0], features));
}

static const cornu_layer_flatten_args defaults = {CORNU_LAYER_FLATTEN_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_flatten_args),
    CORNU_FIELD(cornu_layer_flatten_args, STRING, data_format),
};

CORNU_LAYER_CLASS(flatten){
    CORNU_CLASS_ARGS(flatten, args, defaults, fields),
    .name = "Flatten",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_flatten_new(const cornu_layer_flatten_args *args) {
    return cornu_layer_create(&cornu_layer_flatten_class, args);
}
