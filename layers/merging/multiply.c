/* Multiply: the product of the inputs. keras/src/layers/merging/multiply.py */
#include "merge.h"

typedef struct {
    cornu_layer base;
    cornu_layer_multiply_args args;
} multiply;

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    cornu_tensor *product = NULL, *joined = NULL;
    bool all_masked = true;
    int rank = cornu_merge_rank_(inputs, context);
    for (size_t i = 0; i < context->input_count; i++) {
        cornu_tensor *x = cornu_merge_input_(inputs[i], rank);
        if (cornu_merge_has_mask_(context, i)) {
            cornu_tensor *mask = cornu_merge_input_mask_(context, i);
            x = cornu_op_where(mask, x, cornu_op_ones_like(x));
            if (all_masked) joined = i > 0 ? cornu_op_logical_or(joined, mask) : mask;
        } else {
            all_masked = false;
        }
        product = i > 0 ? cornu_op_multiply(product, x) : x;
    }
    /* what is absent in all inputs is 0, not the 1 that stood in */
    return all_masked ? cornu_op_where(joined, product, cornu_op_zeros_like(product)) : product;
}

static const cornu_layer_multiply_args defaults = {CORNU_LAYER_MULTIPLY_DEFAULTS};
static const cornu_field fields[] = {CORNU_LAYER_FIELDS(cornu_layer_multiply_args)};

CORNU_LAYER_CLASS(multiply){
    CORNU_CLASS_ARGS(multiply, args, defaults, fields),
    .name = "Multiply",
    .build = cornu_merge_build_,
    .call = call,
    .compute_mask = cornu_merge_mask_,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_multiply_new(const cornu_layer_multiply_args *args) {
    return cornu_layer_create(&cornu_layer_multiply_class, args);
}
