/* What the ops over time share: checks, planes of results, and the gradient of the weights, which
 * is one product over all steps. */
#include "ops/recurrent.h"

#include <cornu/ops.h>

cornu_status cornu_recurrent_sizes_(
    const cornu_tensor *x, const cornu_tensor *w, int gates, cornu_recurrent_sizes *sizes
) {
    char first[256], second[256];
    bool fits = x->shape.rank == 3 && w->shape.rank == 2 &&
                w->shape.dims[1] == gates * w->shape.dims[0] &&
                x->shape.dims[2] == w->shape.dims[1] && w->dtype == x->dtype;
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "wants x [batch, time, %d * units] and a kernel [units, %d * units] of one type, got "
            "%s and %s",
            gates, gates, cornu_shape_format(&x->shape, first, sizeof first),
            cornu_shape_format(&w->shape, second, sizeof second)
        );
    *sizes = (cornu_recurrent_sizes){x->shape.dims[0], x->shape.dims[1], w->shape.dims[0]};
    return CORNU_OK;
}

cornu_status cornu_recurrent_check_(
    const cornu_tensor *operand, cornu_shape shape, cornu_dtype dtype, const char *name
) {
    char given[256], wanted[256];
    if (!cornu_shape_equal(&operand->shape, &shape) || operand->dtype != dtype)
        CORNU_FAIL(
            CORNU_ESHAPE, "%s is %s %s, must be %s %s", name, cornu_dtype_name(operand->dtype),
            cornu_shape_format(&operand->shape, given, sizeof given), cornu_dtype_name(dtype),
            cornu_shape_format(&shape, wanted, sizeof wanted)
        );
    return CORNU_OK;
}

cornu_status cornu_recurrent_describe_(
    const cornu_node *node, cornu_kernel_kind kind, cornu_kernel_request *request
) {
    request->desc.kind = kind;
    request->desc.operand_count = node->input_count + 1;
    request->desc.operands = request->operands;
    return CORNU_OK;
}

cornu_tensor *cornu_recurrent_emit_(const cornu_op_class *op, cornu_tensor *const *inputs) {
    cornu_tensor *all[5];
    int count = inputs[4] != NULL ? 5 : 4;
    for (int i = 0; i < count; i++) all[i] = inputs[i];
    if (all[0] == NULL) return NULL;
    cornu_dtype dtype = all[0]->dtype;
    bool narrow = dtype == CORNU_FLOAT16 || dtype == CORNU_BFLOAT16;
    for (int i = 0; narrow && i < 4; i++) all[i] = cornu_op_cast(all[i], CORNU_FLOAT32);
    cornu_tensor *y = cornu_emit_(op, NULL, all, count);
    return narrow ? cornu_op_cast(y, dtype) : y;
}

cornu_tensor *cornu_recurrent_plane_(cornu_tensor *y, int64_t index) {
    if (y == NULL) return NULL;
    cornu_shape one = y->shape;
    one.dims[0] = 1;
    cornu_tensor *plane = cornu_op_slice(y, (int64_t[]){index, 0, 0, 0}, one);
    return cornu_op_reshape(plane, cornu_shape(one.dims[1], one.dims[2], one.dims[3]));
}

cornu_tensor *cornu_recurrent_steps_(cornu_tensor *x, int64_t first, int64_t count) {
    if (x == NULL) return NULL;
    cornu_shape size = x->shape;
    size.dims[1] = count;
    return cornu_op_slice(x, (int64_t[]){0, first, 0}, size);
}

cornu_tensor *cornu_recurrent_columns_(cornu_tensor *x, int64_t first, int64_t count) {
    if (x == NULL) return NULL;
    cornu_shape size = x->shape;
    size.dims[2] = count;
    return cornu_op_slice(x, (int64_t[]){0, 0, first}, size);
}

cornu_tensor *cornu_recurrent_at_(cornu_tensor *y, int64_t index, int64_t t) {
    if (y == NULL) return NULL;
    cornu_shape one = y->shape;
    one.dims[0] = one.dims[2] = 1;
    cornu_tensor *step = cornu_op_slice(y, (int64_t[]){index, 0, t, 0}, one);
    return cornu_op_reshape(step, cornu_shape(one.dims[1], one.dims[3]));
}

cornu_tensor *cornu_recurrent_mask_at_(cornu_tensor *mask, int64_t t) {
    return cornu_op_slice(mask, (int64_t[]){0, t}, cornu_shape(mask->shape.dims[0], 1));
}

cornu_tensor *cornu_recurrent_last_(cornu_tensor *plane) {
    if (plane == NULL) return NULL;
    const cornu_shape *shape = &plane->shape;
    return cornu_op_reshape(
        cornu_recurrent_steps_(plane, shape->dims[1] - 1, 1),
        cornu_shape(shape->dims[0], shape->dims[2])
    );
}

cornu_tensor *cornu_recurrent_weights_gradient_(
    cornu_tensor *plane, cornu_tensor *first, cornu_tensor *d
) {
    if (plane == NULL || d == NULL) return NULL;
    int64_t batch = plane->shape.dims[0], time = plane->shape.dims[1];
    int64_t units = plane->shape.dims[2], columns = d->shape.dims[2];
    cornu_tensor *before = cornu_op_expand_dims(first, 1); /* [batch, time, units] */
    if (time > 1)
        before = cornu_op_concatenate(
            cornu_tensors(before, cornu_recurrent_steps_(plane, 0, time - 1)), 1
        );
    return cornu_op_matmul(
        cornu_op_reshape(before, cornu_shape(batch * time, units)),
        cornu_op_reshape(d, cornu_shape(batch * time, columns)), .transpose_a = true
    );
}
