/* RepeatVector: the same vector n times. keras/src/layers/reshaping/repeat_vector.py */
#include <cornu/layers/reshaping.h>

typedef struct {
    cornu_layer base;
    cornu_layer_repeat_vector_args args;
} repeat_vector;

static cornu_status init(void *object) {
    int64_t n = ((repeat_vector *)object)->args.n;
    if (n < 1) CORNU_FAIL(CORNU_EINVAL, "n must be positive, got %lld", (long long)n);
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *x = inputs[0];
    (void)context;
    if (cornu_tensor_rank(x) != 2) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the input must be [batch, features], got the shape %s",
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    }
    cornu_shape shape = cornu_shape(
        cornu_tensor_dim(x, 0), ((repeat_vector *)layer)->args.n, cornu_tensor_dim(x, 1)
    );
    return cornu_op_broadcast_to(cornu_op_expand_dims(x, 1), shape);
}

static const cornu_layer_repeat_vector_args defaults = {CORNU_LAYER_REPEAT_VECTOR_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_repeat_vector_args),
    CORNU_FIELD(cornu_layer_repeat_vector_args, INT, n),
};

CORNU_LAYER_CLASS(repeat_vector){
    CORNU_CLASS_ARGS(repeat_vector, args, defaults, fields),
    .name = "RepeatVector",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_repeat_vector_new(const cornu_layer_repeat_vector_args *args) {
    return cornu_layer_create(&cornu_layer_repeat_vector_class, args);
}
