/* Subtract: the first of two inputs less the second. keras/src/layers/merging/subtract.py */
#include "merge.h"

typedef struct {
    cornu_layer base;
    cornu_layer_subtract_args args;
} subtract;

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    if (count != 2) CORNU_FAIL(CORNU_EINVAL, "takes two inputs, got %zu", count);
    return cornu_merge_build_(layer, shapes, count);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    return cornu_merge_fold_(inputs, context, cornu_op_subtract);
}

static const cornu_layer_subtract_args defaults = {CORNU_LAYER_SUBTRACT_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_subtract_args)};

CORNU_LAYER_CLASS(subtract){
    CORNU_CLASS_ARGS(subtract, args, defaults, fields),
    .name = "Subtract",
    .build = build,
    .call = call,
    .compute_mask = cornu_merge_mask_,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_subtract_new(const cornu_layer_subtract_args *args) {
    return cornu_layer_create(&cornu_layer_subtract_class, args);
}
