/* Shape rules that families of ops share. */
#include "graph/op.h"

cornu_status cornu_axis_resolve_(int axis, int rank, const char *what, int *resolved) {
    if (axis < -rank || axis >= rank) {
        if (rank == 0) CORNU_FAIL(CORNU_EINVAL, "%s is %d, but a scalar has no axes", what, axis);
        CORNU_FAIL(
            CORNU_EINVAL, "%s is %d, but a tensor of rank %d has the axes %d to %d", what, axis,
            rank, -rank, rank - 1
        );
    }
    *resolved = axis < 0 ? axis + rank : axis;
    return CORNU_OK;
}

cornu_status cornu_broadcast_shapes_(
    const cornu_shape *a, const cornu_shape *b, cornu_shape *out, const char *what
) {
    const cornu_shape *longer = a->rank >= b->rank ? a : b;
    const cornu_shape *shorter = longer == a ? b : a;
    cornu_shape result = *longer; /* a copy first: `out` may be one of the two */
    int missing = longer->rank - shorter->rank;
    for (int i = 0; i < shorter->rank; i++) {
        int64_t size = shorter->dims[i], other = longer->dims[missing + i];
        if (size == other || size == 1) continue;
        if (other != 1) {
            char first[256], second[256];
            CORNU_FAIL(
                CORNU_ESHAPE, "%s%sshapes %s and %s do not broadcast", what != NULL ? what : "",
                what != NULL ? ": " : "", cornu_shape_format(a, first, sizeof first),
                cornu_shape_format(b, second, sizeof second)
            );
        }
        result.dims[missing + i] = size;
    }
    *out = result;
    return CORNU_OK;
}

cornu_status cornu_infer_same_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs, (void)n;
    out->dtype = inputs[0]->dtype;
    out->shape = inputs[0]->shape;
    return CORNU_OK;
}

cornu_status cornu_infer_broadcast_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs;
    out->dtype = inputs[0]->dtype;
    out->shape = inputs[0]->shape;
    for (int i = 1; i < n; i++) {
        CORNU_TRY(cornu_broadcast_shapes_(&out->shape, &inputs[i]->shape, &out->shape, NULL));
    }
    return CORNU_OK;
}

cornu_status cornu_infer_predicate_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    CORNU_TRY(cornu_infer_broadcast_(attrs, inputs, n, out));
    out->dtype = CORNU_BOOL;
    return CORNU_OK;
}
