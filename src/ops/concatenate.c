/* concatenate and stack: tensors one after the other, along an axis they have or along a new one.
 * keras/src/ops/numpy.py, Concatenate, Stack */
#include <cornu/ops.h>

#include "base/memory.h"
#include "ops/broadcast.h"
#include "ops/move.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

#include <stdio.h>

static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    int axis = attrs->axes.axis[0];
    *out = (cornu_spec){inputs[0]->dtype, inputs[0]->shape};
    for (int i = 1; i < n; i++) {
        const cornu_shape *shape = &inputs[i]->shape;
        bool fits = shape->rank == out->shape.rank;
        for (int j = 0; fits && j < shape->rank; j++)
            fits = j == axis || shape->dims[j] == out->shape.dims[j];
        char first[256], other[256];
        if (!fits)
            CORNU_FAIL(
                CORNU_ESHAPE, "shapes %s of input 0 and %s of input %d differ outside of axis %d",
                cornu_shape_format(&inputs[0]->shape, first, sizeof first),
                cornu_shape_format(shape, other, sizeof other), i, axis
            );
        if (inputs[i]->dtype != out->dtype)
            CORNU_FAIL(
                CORNU_EDTYPE, "types %s of input 0 and %s of input %d differ",
                cornu_dtype_name(out->dtype), cornu_dtype_name(inputs[i]->dtype), i
            );
        if (__builtin_add_overflow(
                out->shape.dims[axis], shape->dims[axis], &out->shape.dims[axis]
            ))
            CORNU_FAIL(CORNU_ESHAPE, "axis %d would become too large", axis);
    }
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_operand *out = &request->operands[node->input_count];
    int axis = node->attrs.axes.axis[0];
    int64_t at = 0; /* along the axis */
    for (int i = 0; i < node->input_count; i++) {
        const cornu_operand *in = &request->operands[i];
        cornu_move *move = &request->moves[i];
        move->target_offset = at * out->strides[axis];
        for (int j = 0; j < in->rank; j++)
            cornu_move_loop_(move, in->dims[j], in->strides[j], out->strides[j]);
        at += in->dims[axis];
    }
    return cornu_move_describe_(request);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    int axis = node->attrs.axes.axis[0];
    int64_t start[CORNU_MAX_RANK] = {0};
    for (int i = 0; i < node->input_count; i++) {
        const cornu_shape *shape = &node->inputs[i]->shape;
        bool wanted = i >= 64 || cornu_wants_(node, i); /* skip has 64 bits */
        if (wanted) dx[i] = cornu_op_slice(dy, start, *shape);
        start[axis] += shape->dims[axis];
    }
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){1, {index}};
    *input_count = 3 - index;
    for (int i = 0; i < *input_count; i++) {
        cornu_shape shape = index == 0 ? cornu_shape(2 + i) : cornu_shape(3, 5 - 2 * i, 2);
        inputs[i] = cornu_sample_tensor_(shape, -1, 1, 3 * index + i);
    }
    return true;
}

CORNU_OP(concatenate){
    .name = "concatenate",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

/* The tensors in one type, in new memory; NULL with an error. */
static cornu_tensor **promoted(cornu_tensor_list xs, const char *op) {
    if (xs.count == 0) CORNU_FAIL_NULL(CORNU_EINVAL, "%s: no tensors are given", op);
    for (size_t i = 0; i < xs.count; i++) {
        if (xs.items[i] != NULL) continue;
        char what[64];
        snprintf(what, sizeof what, "%s: tensor %zu", op, i);
        return (void)cornu_error_null(what), NULL;
    }
    cornu_tensor **items = cornu_alloc_array_(xs.count, sizeof *items);
    if (items == NULL) return NULL;
    cornu_dtype dtype = cornu_promote_tensors_(xs.items, (int)xs.count);
    for (size_t i = 0; i < xs.count; i++) items[i] = cornu_as_(xs.items[i], dtype);
    return items;
}

static cornu_tensor *emit(cornu_tensor *const *items, size_t count, int axis, const char *what) {
    cornu_attrs attrs = {.axes.count = 1};
    if (items[0] == NULL ||
        cornu_axis_resolve_(axis, items[0]->shape.rank, what, attrs.axes.axis) != CORNU_OK)
        return NULL;
    return cornu_emit_(&cornu_op_class_concatenate_, &attrs, items, (int)count);
}

cornu_tensor *cornu_op_concatenate(cornu_tensor_list xs, int axis) {
    if (cornu_any_symbolic_(xs.items, xs.count))
        return cornu_symbolic_joined_("concatenate", xs, axis);
    cornu_tensor **items = promoted(xs, "concatenate");
    if (items == NULL) return NULL;
    cornu_tensor *y = emit(items, xs.count, axis, "concatenate: axis");
    cornu_free_(items);
    return y;
}

/* Shapes must agree in full: without this, a stack of different sizes along the axis would pass. */
static cornu_status check_equal(cornu_tensor_list xs) {
    for (size_t i = 1; i < xs.count; i++) {
        const cornu_shape *first = &xs.items[0]->shape, *shape = &xs.items[i]->shape;
        char texts[2][256];
        if (!cornu_shape_equal(first, shape))
            CORNU_FAIL(
                CORNU_ESHAPE, "stack: shapes %s of tensor 0 and %s of tensor %zu differ",
                cornu_shape_format(first, texts[0], sizeof texts[0]),
                cornu_shape_format(shape, texts[1], sizeof texts[1]), i
            );
    }
    return CORNU_OK;
}

cornu_tensor *cornu_op_stack(cornu_tensor_list xs, int axis) {
    if (cornu_any_symbolic_(xs.items, xs.count)) return cornu_symbolic_joined_("stack", xs, axis);
    cornu_tensor **items = promoted(xs, "stack");
    if (items == NULL) return NULL;
    cornu_tensor *y = NULL;
    if (check_equal(xs) == CORNU_OK) {
        for (size_t i = 0; i < xs.count; i++) items[i] = cornu_op_expand_dims(items[i], axis);
        y = emit(items, xs.count, axis, "stack: axis");
    }
    cornu_free_(items);
    return y;
}
