/* Average: the mean of the inputs. keras/src/layers/merging/average.py */
#include "merge.h"

typedef struct {
    cornu_layer base;
    cornu_layer_average_args args;
} average;

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    cornu_tensor *sum = cornu_merge_fold_(inputs, context, cornu_op_add);
    return cornu_op_divide(sum, cornu_scalar((double)context->input_count));
}

static const cornu_layer_average_args defaults = {CORNU_LAYER_AVERAGE_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_average_args)};

CORNU_LAYER_CLASS(average){
    CORNU_CLASS_ARGS(average, args, defaults, fields),
    .name = "Average",
    .build = cornu_merge_build_,
    .call = call,
    .compute_mask = cornu_merge_mask_,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_average_new(const cornu_layer_average_args *args) {
    return cornu_layer_create(&cornu_layer_average_class, args);
}
