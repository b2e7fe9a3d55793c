/* Permute: the axes of a sample in another order. keras/src/layers/reshaping/permute.py */
#include <cornu/layers/reshaping.h>

typedef struct {
    cornu_layer base;
    cornu_layer_permute_args args;
} permute;

static cornu_status init(void *object) {
    const cornu_shape *dims = &((permute *)object)->args.dims;
    bool met[CORNU_MAX_RANK] = {false}, valid = dims->rank > 0 && dims->rank < CORNU_MAX_RANK;
    char text[256];
    for (int i = 0; i < dims->rank && valid; i++) {
        int64_t axis = dims->dims[i];
        valid = axis >= 1 && axis <= dims->rank && !met[axis - 1];
        if (valid) met[axis - 1] = true;
    }
    if (!valid)
        CORNU_FAIL(
            CORNU_EINVAL, "dims must hold 1 to the number of axes, each once, got %s",
            cornu_shape_format(dims, text, sizeof text)
        );
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_shape *dims = &((permute *)layer)->args.dims;
    (void)context;
    if (cornu_tensor_rank(inputs[0]) != dims->rank + 1) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "the input must have %d axes, the batch and those of dims, got the shape "
            "%s",
            dims->rank + 1, cornu_shape_format(cornu_tensor_shape(inputs[0]), text, sizeof text)
        );
    }
    cornu_axes permutation = {.count = dims->rank + 1};
    for (int i = 0; i < dims->rank; i++) permutation.axis[i + 1] = (int)dims->dims[i];
    return cornu_op_transpose(inputs[0], permutation);
}

static const cornu_layer_permute_args defaults = {CORNU_LAYER_PERMUTE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_permute_args),
    CORNU_FIELD(cornu_layer_permute_args, SHAPE, dims),
};

CORNU_LAYER_CLASS(permute){
    CORNU_CLASS_ARGS(permute, args, defaults, fields),
    .name = "Permute",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_permute_new(const cornu_layer_permute_args *args) {
    return cornu_layer_create(&cornu_layer_permute_class, args);
}
