/* What the layers that merge elementwise share. keras/src/layers/merging/base_merge.py */
#include "merge.h"

static bool fit(int64_t a, int64_t b) { return a == b || a < 0 || b < 0; }

static cornu_status mismatch(const cornu_shape *a, const cornu_shape *b) {
    char first[256], second[256];
    CORNU_FAIL(
        CORNU_ESHAPE, "the inputs have shapes that do not fit, %s and %s",
        cornu_shape_format(a, first, sizeof first), cornu_shape_format(b, second, sizeof second)
    );
}

/* All but the batch broadcast, from the last axis on. */
static cornu_status check_pair(const cornu_shape *a, const cornu_shape *b) {
    if (a->rank > 0 && b->rank > 0 && !fit(a->dims[0], b->dims[0])) return mismatch(a, b);
    for (int i = 1; i < a->rank && i < b->rank; i++) {
        int64_t x = a->dims[a->rank - i], y = b->dims[b->rank - i];
        if (!fit(x, y) && x != 1 && y != 1) return mismatch(a, b);
    }
    return CORNU_OK;
}

cornu_status cornu_merge_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    (void)layer;
    if (count == 0) CORNU_FAIL(CORNU_EINVAL, "takes one input or more, got none");
    for (size_t i = 1; i < count; i++) CORNU_TRY(check_pair(&shapes[0], &shapes[i]));
    return CORNU_OK;
}

int cornu_merge_rank_(cornu_tensor *const *inputs, const cornu_call_context *context) {
    int rank = 0;
    for (size_t k = 0; k < context->input_count; k++)
        if (cornu_tensor_rank(inputs[k]) > rank) rank = cornu_tensor_rank(inputs[k]);
    return rank;
}

cornu_tensor *cornu_merge_input_(cornu_tensor *x, int rank) {
    while (x != NULL && cornu_tensor_rank(x) < rank) x = cornu_op_expand_dims(x, 1);
    return x;
}

bool cornu_merge_has_mask_(const cornu_call_context *context, size_t i) {
    return context->masks != NULL && context->masks[i] != NULL;
}

cornu_tensor *cornu_merge_input_mask_(const cornu_call_context *context, size_t i) {
    return cornu_op_expand_dims(context->masks[i], -1);
}

cornu_tensor *cornu_merge_fold_(
    cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor *(*merge)(cornu_tensor *a, cornu_tensor *b)
) {
    int rank = cornu_merge_rank_(inputs, context);
    cornu_tensor *merged = cornu_merge_input_(inputs[0], rank);
    for (size_t i = 1; i < context->input_count; i++)
        merged = merge(merged, cornu_merge_input_(inputs[i], rank));
    return merged;
}

cornu_tensor *cornu_merge_fold_present_(
    cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor *(*merge)(cornu_tensor *a, cornu_tensor *b)
) {
    int rank = cornu_merge_rank_(inputs, context);
    cornu_tensor *merged = cornu_merge_input_(inputs[0], rank);
    bool merged_masked = cornu_merge_has_mask_(context, 0);
    cornu_tensor *merged_mask = merged_masked ? cornu_merge_input_mask_(context, 0) : NULL;
    for (size_t i = 1; i < context->input_count; i++) {
        bool masked = cornu_merge_has_mask_(context, i);
        cornu_tensor *x = cornu_merge_input_(inputs[i], rank);
        cornu_tensor *mask = masked ? cornu_merge_input_mask_(context, i) : NULL;
        if (masked) x = cornu_op_where(mask, x, merged);
        if (merged_masked) merged = cornu_op_where(merged_mask, merged, x);
        merged_masked = merged_masked && masked;
        if (merged_masked) merged_mask = cornu_op_logical_or(merged_mask, mask);
        merged = merge(merged, x);
    }
    return merged;
}

cornu_tensor *cornu_merge_mask_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer, (void)inputs;
    cornu_tensor *joined = NULL;
    for (size_t i = 0; i < context->input_count; i++) {
        if (!cornu_merge_has_mask_(context, i)) return NULL;
        joined = i > 0 ? cornu_op_logical_or(joined, context->masks[i]) : context->masks[i];
    }
    return joined;
}
