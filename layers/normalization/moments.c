/* What the normalization layers share. keras/src/ops/nn.py: Moments, BatchNorm, LayerNorm */
#include "moments.h"

cornu_status cornu_norm_axes_(const cornu_axes *given, const cornu_shape *shape, cornu_axes *axes) {
    char text[256];
    bool taken[CORNU_MAX_RANK] = {false};
    *axes = (cornu_axes){0};
    for (int i = 0; i < given->count; i++) {
        int axis = given->axis[i] < 0 ? given->axis[i] + shape->rank : given->axis[i];
        if (axis < 0 || axis >= shape->rank)
            CORNU_FAIL(
                CORNU_ESHAPE, "there is no axis %d in an input of shape %s", given->axis[i],
                cornu_shape_format(shape, text, sizeof text)
            );
        if (taken[axis]) CORNU_FAIL(CORNU_EINVAL, "axis %d is named twice", given->axis[i]);
        taken[axis] = true;
    }
    for (int i = 0; i < shape->rank; i++)
        if (taken[i]) axes->axis[axes->count++] = i;
    return CORNU_OK;
}

cornu_status cornu_norm_sizes_(
    const cornu_axes *axes, const cornu_shape *shape, cornu_shape *sizes
) {
    char text[256];
    *sizes = (cornu_shape){.rank = axes->count};
    for (int i = 0; i < axes->count; i++) {
        sizes->dims[i] = shape->dims[axes->axis[i]];
        if (sizes->dims[i] < 0)
            CORNU_FAIL(
                CORNU_ESHAPE, "the size of axis %d must be known, got an input of shape %s",
                axes->axis[i], cornu_shape_format(shape, text, sizeof text)
            );
    }
    return CORNU_OK;
}

cornu_tensor *cornu_norm_weight_(cornu_tensor *weight, const cornu_axes *axes, cornu_tensor *x) {
    if (weight == NULL || x == NULL) return NULL;
    cornu_shape spread = {.rank = cornu_tensor_rank(x)};
    for (int i = 0; i < spread.rank; i++) spread.dims[i] = 1;
    for (int i = 0; i < axes->count; i++)
        spread.dims[axes->axis[i]] = cornu_tensor_dim(x, axes->axis[i]);
    return cornu_op_reshape(cornu_op_cast(weight, cornu_tensor_dtype(x)), spread);
}

cornu_tensor *cornu_norm_widen_(cornu_tensor *x) {
    cornu_dtype dtype = cornu_tensor_dtype(x);
    bool narrow = dtype == CORNU_FLOAT16 || dtype == CORNU_BFLOAT16;
    return narrow ? cornu_op_cast(x, CORNU_FLOAT32) : x;
}

cornu_tensor *cornu_norm_apply_(
    cornu_tensor *x, cornu_tensor *mean, cornu_tensor *variance, cornu_tensor *scale,
    cornu_tensor *offset, double epsilon
) {
    cornu_tensor *factor = cornu_op_rsqrt(cornu_op_add(variance, cornu_scalar(epsilon)));
    if (scale != NULL) factor = cornu_op_multiply(factor, scale);
    /* x - mean first: where the mean is large, x * factor and mean * factor would cancel */
    x = cornu_op_multiply(cornu_op_subtract(x, mean), factor);
    return offset != NULL ? cornu_op_add(x, offset) : x;
}
