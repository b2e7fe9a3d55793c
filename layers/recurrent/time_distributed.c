/* TimeDistributed: a layer applied to every step. keras/src/layers/rnn/time_distributed.py */
#include <cornu/layers/recurrent.h>

typedef struct {
    cornu_layer base;
    cornu_layer_time_distributed_args args;
} time_distributed;

static cornu_status init(void *object) {
    time_distributed *self = object;
    if (self->args.layer == NULL) CORNU_FAIL(CORNU_EINVAL, "needs a layer");
    return cornu_layer_add_layer(&self->base, "layer", cornu_layer_retain(self->args.layer));
}

static cornu_status check_rank(const cornu_shape *shape) {
    char text[256];
    if (shape->rank < 3)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "the input must be [batch, time, ...] with three axes or more, got the "
            "shape %s",
            cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(check_rank(&shapes[0]));
    cornu_shape step = {.rank = shapes[0].rank - 1, .dims = {shapes[0].dims[0]}};
    for (int i = 1; i < step.rank; i++) step.dims[i] = shapes[0].dims[i + 1];
    cornu_layer *inner = ((time_distributed *)layer)->args.layer;
    if (cornu_layer_output_count(inner) != 1)
        CORNU_FAIL(CORNU_EINVAL, "the layer must have one output");
    return cornu_layer_build(inner, &step, 1);
}

static cornu_tensor *call_inner(
    const time_distributed *self, cornu_tensor *x, cornu_tensor *mask, bool training
) {
    cornu_tensor *y = NULL;
    cornu_call_context context = {.training = training, .masks = mask != NULL ? &mask : NULL};
    return cornu_layer_call_wrapped(self->args.layer, cornu_tensors(x), &context, &y) == CORNU_OK
               ? y
               : NULL;
}

/* [batch, time, ...] as [batch * time, ...] */
static cornu_tensor *join(cornu_tensor *x) {
    if (x == NULL) return NULL;
    const cornu_shape *shape = cornu_tensor_shape(x);
    cornu_shape joined = {.rank = shape->rank - 1, .dims = {shape->dims[0] * shape->dims[1]}};
    for (int i = 1; i < joined.rank; i++) joined.dims[i] = shape->dims[i + 1];
    return cornu_op_reshape(x, joined);
}

/* All steps as one large batch. */
static cornu_tensor *call_once(
    const time_distributed *self, cornu_tensor *x, cornu_tensor *mask, bool training
) {
    const cornu_shape *shape = cornu_tensor_shape(x);
    cornu_tensor *joined_mask = mask != NULL ? join(mask) : NULL;
    if (mask != NULL && joined_mask == NULL) return NULL;
    cornu_tensor *y = call_inner(self, join(x), joined_mask, training);
    if (y == NULL) return NULL;
    const cornu_shape *joined = cornu_tensor_shape(y);
    if (joined->rank >= CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "the result would have more than %d axes", CORNU_MAX_RANK);
    cornu_shape out = {.rank = joined->rank + 1, .dims = {shape->dims[0], shape->dims[1]}};
    for (int i = 1; i < joined->rank; i++) out.dims[i + 1] = joined->dims[i];
    return cornu_op_reshape(y, out);
}

static cornu_tensor *step_of(cornu_tensor *x, int64_t step) {
    int64_t start[CORNU_MAX_RANK] = {0};
    cornu_shape size = *cornu_tensor_shape(x);
    start[1] = step;
    size.dims[1] = 1;
    return cornu_op_squeeze(cornu_op_slice(x, start, size), cornu_axes(1));
}

/* Step by step, for layers whose state moves on with every call, or which add a loss with each. */
static cornu_tensor *call_each(
    const time_distributed *self, cornu_tensor *x, cornu_tensor *mask, bool training
) {
    cornu_tensor *joined = NULL;
    for (int64_t i = 0; i < cornu_tensor_dim(x, 1); i++) {
        cornu_tensor *step_mask = mask != NULL ? step_of(mask, i) : NULL;
        if (mask != NULL && step_mask == NULL) return NULL;
        cornu_tensor *y = call_inner(self, step_of(x, i), step_mask, training);
        y = cornu_op_expand_dims(y, 1);
        joined = i > 0 ? cornu_op_concatenate(cornu_tensors(joined, y), 1) : y;
    }
    return joined;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const time_distributed *self = (time_distributed *)layer;
    cornu_tensor *x = inputs[0], *mask = context->masks != NULL ? context->masks[0] : NULL;
    if (check_rank(cornu_tensor_shape(x)) != CORNU_OK) return NULL;
    cornu_layer *inner = self->args.layer;
    bool has_state = context->training && cornu_layer_non_trainable_weights(inner).count > 0;
    return (has_state || cornu_layer_has_activity_below(inner)) && cornu_tensor_dim(x, 1) > 0
               ? call_each(self, x, mask, context->training)
               : call_once(self, x, mask, context->training);
}

static const cornu_layer_time_distributed_args defaults = {CORNU_LAYER_TIME_DISTRIBUTED_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_time_distributed_args),
    CORNU_FIELD(cornu_layer_time_distributed_args, LAYER, layer),
};

CORNU_LAYER_CLASS(time_distributed){
    CORNU_CLASS_ARGS(time_distributed, args, defaults, fields),
    .name = "TimeDistributed",
    .init = init,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
    .any_dtype = true,
};

cornu_layer *cornu_layer_time_distributed_new(const cornu_layer_time_distributed_args *args) {
    return cornu_layer_create(&cornu_layer_time_distributed_class, args);
}
