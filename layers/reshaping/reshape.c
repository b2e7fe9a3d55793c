/* Reshape: the elements of a sample in another shape. keras/src/layers/reshaping/reshape.py */
#include <cornu/layers/reshaping.h>

typedef struct {
    cornu_layer base;
    cornu_layer_reshape_args args;
} reshape;

static cornu_status init(void *object) {
    const cornu_shape *target = &((reshape *)object)->args.target_shape;
    char text[256];
    int unknown = 0;
    if (target->rank >= CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "target_shape has more than %d sizes", CORNU_MAX_RANK - 1);
    for (int i = 0; i < target->rank; i++) {
        if (target->dims[i] == -1) unknown++;
        if (target->dims[i] < -1)
            CORNU_FAIL(
                CORNU_ESHAPE, "target_shape holds a negative size, %lld", (long long)target->dims[i]
            );
    }
    if (unknown > 1)
        CORNU_FAIL(
            CORNU_ESHAPE, "only one size of target_shape may be -1, got %s",
            cornu_shape_format(target, text, sizeof text)
        );
    return CORNU_OK;
}

/* The target with -1 resolved for samples of `size` elements. */
static cornu_status resolve(cornu_shape *target, const cornu_shape *input, int64_t size) {
    int64_t known = 1;
    int unknown = -1;
    for (int i = 0; i < target->rank; i++) {
        if (target->dims[i] == -1) unknown = i;
        else known *= target->dims[i];
    }
    bool fits = unknown < 0 ? known == size : known > 0 && size % known == 0;
    char from[256], to[256];
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "an input of shape %s has %lld elements per sample, which do not fit target_shape %s",
            cornu_shape_format(input, from, sizeof from), (long long)size,
            cornu_shape_format(target, to, sizeof to)
        );
    if (unknown >= 0) target->dims[unknown] = size / known;
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_shape *input = cornu_tensor_shape(inputs[0]);
    cornu_shape target = ((reshape *)layer)->args.target_shape;
    int64_t size = 1;
    (void)context;
    if (input->rank < 1)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "the input must have one axis or more, the batch, got a scalar"
        );
    for (int i = 1; i < input->rank; i++) size *= input->dims[i];
    if (resolve(&target, input, size) != CORNU_OK) return NULL;
    cornu_shape shape = {.rank = target.rank + 1, .dims = {input->dims[0]}};
    for (int i = 0; i < target.rank; i++) shape.dims[i + 1] = target.dims[i];
    return cornu_op_reshape(inputs[0], shape);
}

static const cornu_layer_reshape_args defaults = {CORNU_LAYER_RESHAPE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_reshape_args),
    CORNU_FIELD(cornu_layer_reshape_args, SHAPE, target_shape),
};

CORNU_LAYER_CLASS(reshape){
    CORNU_CLASS_ARGS(reshape, args, defaults, fields),
    .name = "Reshape",
    .init = init,
    .call = call,
};

cornu_layer *cornu_layer_reshape_new(const cornu_layer_reshape_args *args) {
    return cornu_layer_create(&cornu_layer_reshape_class, args);
}
