/* Integers as vectors. keras/src/utils/numerical_utils.py: encode_categorical_inputs */
#include "encode.h"

#include <string.h>

static bool is(const char *mode, const char *name) { return strcmp(mode, name) == 0; }

cornu_status cornu_encode_check_(const char *mode, bool allow_int) {
    if (mode != NULL && (is(mode, "one_hot") || is(mode, "multi_hot") || is(mode, "count")))
        return CORNU_OK;
    if (mode != NULL && allow_int && is(mode, "int")) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "output_mode must be %s'one_hot', 'multi_hot' or 'count', got '%.50s'",
        allow_int ? "'int', " : "", mode != NULL ? mode : ""
    );
}

cornu_tensor *cornu_encode_(
    cornu_tensor *indices, const char *mode, int64_t depth, cornu_dtype dtype, cornu_tensor *weights
) {
    if (indices == NULL) return NULL;
    if (is(mode, "int")) return cornu_op_cast(indices, dtype);
    cornu_dtype given = cornu_tensor_dtype(indices);
    if (given != CORNU_INT32 && given != CORNU_INT64) indices = cornu_op_cast(indices, CORNU_INT32);
    if (indices != NULL && cornu_tensor_rank(indices) == 0)
        indices = cornu_op_expand_dims(indices, 0);
    if (indices == NULL) return NULL;
    int rank = cornu_tensor_rank(indices);
    if (is(mode, "one_hot")) {
        if (rank > 1 && cornu_tensor_dim(indices, -1) == 1)
            indices = cornu_op_squeeze(indices, cornu_axes(-1));
        return cornu_op_one_hot(indices, depth, dtype);
    }
    cornu_tensor *each = cornu_op_one_hot(indices, depth, dtype);
    cornu_axes axis = cornu_axes(rank > 1 ? 1 : 0);
    if (is(mode, "multi_hot")) return cornu_op_max(each, .axis = axis);
    if (weights != NULL) each = cornu_op_multiply(each, cornu_op_expand_dims(weights, -1));
    return cornu_op_sum(each, .axis = axis);
}
