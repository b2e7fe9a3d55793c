/* Add: the sum of the inputs. keras/src/layers/merging/add.py */
#include "merge.h"

typedef struct {
    cornu_layer base;
    cornu_layer_add_args args;
} add;

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    return cornu_merge_fold_(inputs, context, cornu_op_add);
}

static const cornu_layer_add_args defaults = {CORNU_LAYER_ADD_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_add_args)};

CORNU_LAYER_CLASS(add){
    CORNU_CLASS_ARGS(add, args, defaults, fields),
    .name = "Add",
    .build = cornu_merge_build_,
    .call = call,
    .compute_mask = cornu_merge_mask_,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_add_new(const cornu_layer_add_args *args) {
    return cornu_layer_create(&cornu_layer_add_class, args);
}
