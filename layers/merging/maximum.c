/* Maximum: the largest of the inputs, element by element. keras/src/layers/merging/maximum.py */
#include "merge.h"

typedef struct {
    cornu_layer base;
    cornu_layer_maximum_args args;
} maximum;

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    return cornu_merge_fold_present_(inputs, context, cornu_op_maximum);
}

static const cornu_layer_maximum_args defaults = {CORNU_LAYER_MAXIMUM_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_maximum_args)};

CORNU_LAYER_CLASS(maximum){
    CORNU_CLASS_ARGS(maximum, args, defaults, fields),
    .name = "Maximum",
    .build = cornu_merge_build_,
    .call = call,
    .compute_mask = cornu_merge_mask_,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_maximum_new(const cornu_layer_maximum_args *args) {
    return cornu_layer_create(&cornu_layer_maximum_class, args);
}
