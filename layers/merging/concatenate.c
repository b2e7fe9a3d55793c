/* Concatenate: the inputs one after the other along an axis.
 * keras/src/layers/merging/concatenate.py */
#include <cornu/layers/merging.h>

typedef struct {
    cornu_layer base;
    cornu_layer_concatenate_args args;
} concatenate;

static int64_t positive(int64_t axis, int rank) { return axis < 0 ? axis + rank : axis; }

static cornu_status check_pair(const cornu_shape *a, const cornu_shape *b, int64_t axis) {
    bool fits = a->rank == b->rank;
    for (int i = 0; i < a->rank && fits; i++) {
        bool unknown = a->dims[i] < 0 || b->dims[i] < 0;
        fits = i == positive(axis, a->rank) || unknown || a->dims[i] == b->dims[i];
    }
    char first[256], second[256];
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE, "the inputs must have equal sizes except along axis %lld, got %s and %s",
            (long long)axis, cornu_shape_format(a, first, sizeof first),
            cornu_shape_format(b, second, sizeof second)
        );
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    int64_t axis = ((concatenate *)layer)->args.axis;
    if (count == 0) CORNU_FAIL(CORNU_EINVAL, "takes one input or more, got none");
    int64_t resolved = positive(axis, shapes[0].rank);
    if (resolved < 0 || resolved >= shapes[0].rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "there is no axis %lld in an input with %d axes", (long long)axis,
            shapes[0].rank
        );
    for (size_t i = 1; i < count; i++) CORNU_TRY(check_pair(&shapes[0], &shapes[i], axis));
    return CORNU_OK;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor_list list = {inputs, context->input_count};
    return cornu_op_concatenate(list, (int)((concatenate *)layer)->args.axis);
}

/* The mask of an input in the input's own shape. */
static cornu_tensor *spread(cornu_tensor *x, cornu_tensor *mask) {
    if (mask == NULL) return cornu_op_cast(cornu_op_ones_like(x), CORNU_BOOL);
    if (cornu_tensor_rank(mask) == cornu_tensor_rank(x)) return mask;
    return cornu_op_broadcast_to(cornu_op_expand_dims(mask, -1), *cornu_tensor_shape(x));
}

/* One after the other like the inputs; a position is present if anything in it is. */
static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_tensor *joined = NULL;
    int axis = (int)((concatenate *)layer)->args.axis;
    bool any = false;
    for (size_t i = 0; context->masks != NULL && i < context->input_count; i++)
        any = any || context->masks[i] != NULL;
    for (size_t i = 0; any && i < context->input_count; i++) {
        cornu_tensor *mask = spread(inputs[i], context->masks[i]);
        joined = i > 0 ? cornu_op_concatenate(cornu_tensors(joined, mask), axis) : mask;
    }
    return any ? cornu_op_any(joined, .axis = cornu_axes(-1)) : NULL;
}

static const cornu_layer_concatenate_args defaults = {CORNU_LAYER_CONCATENATE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_concatenate_args),
    CORNU_FIELD(cornu_layer_concatenate_args, INT, axis),
};

CORNU_LAYER_CLASS(concatenate){
    CORNU_CLASS_ARGS(concatenate, args, defaults, fields),
    .name = "Concatenate",
    .build = build,
    .call = call,
    .compute_mask = compute_mask,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_concatenate_new(const cornu_layer_concatenate_args *args) {
    return cornu_layer_create(&cornu_layer_concatenate_class, args);
}
