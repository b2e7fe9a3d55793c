/* The kernel of an elementwise op: operands broadcast by strides of 0, axes merged as far as all
 * operands allow.
 *
 * Merging makes loops long and descriptions few: every sum of two tensors of equal shapes becomes
 * one of vectors, whatever their rank. */
#include "graph/op.h"

#include <string.h>

static cornu_dtype compute_type(const cornu_node *node) {
    bool integers = !cornu_dtype_is_float(node->out->dtype);
    bool wide = node->out->dtype == CORNU_FLOAT64;
    for (int i = 0; i < node->input_count; i++) {
        cornu_dtype dtype = node->inputs[i]->dtype;
        if (dtype == CORNU_FLOAT64) wide = true;
        if (cornu_dtype_is_float(dtype)) integers = false;
    }
    return wide ? CORNU_FLOAT64 : integers ? CORNU_INT64 : CORNU_FLOAT32;
}

/* Strides with which a dense tensor of `shape` is read as one of the shape `out`, to which it
 * broadcasts. */
static void broadcast_strides(const cornu_shape *shape, const cornu_shape *out, int64_t *strides) {
    int missing = out->rank - shape->rank;
    for (int i = 0; i < missing; i++) strides[i] = 0;
    int64_t stride = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        strides[missing + i] = shape->dims[i] == 1 ? 0 : stride;
        stride *= shape->dims[i];
    }
}

/* Whether axis `axis` of all operands continues the merged axis `to`, which lies outside of it. */
static bool mergeable(const cornu_operand *operands, int count, int to, int64_t size, int axis) {
    for (int i = 0; i < count; i++) {
        if (operands[i].strides[to] != operands[i].strides[axis] * size) return false;
    }
    return true;
}

/* Leaves out axes of size 1 and merges neighbours; all operands have the output's dims. */
void cornu_operands_merge_axes_(cornu_operand *operands, int count) {
    int rank = operands[0].rank;
    int kept = 0; /* axes 0 .. kept-1 are done */
    for (int axis = 0; axis < rank; axis++) {
        int64_t size = operands[0].dims[axis];
        if (size == 1) continue;
        bool merge = kept > 0 && mergeable(operands, count, kept - 1, size, axis);
        int to = merge ? kept - 1 : kept++;
        for (int i = 0; i < count; i++) {
            operands[i].dims[to] = merge ? operands[i].dims[to] * size : size;
            operands[i].strides[to] = operands[i].strides[axis];
        }
    }
    for (int i = 0; i < count; i++) {
        operands[i].rank = kept;
        for (int axis = kept; axis < rank; axis++) {
            operands[i].dims[axis] = operands[i].strides[axis] = 0;
        }
    }
}

cornu_operand cornu_operand_broadcast_(
    cornu_dtype dtype, const cornu_shape *shape, const cornu_shape *out
) {
    cornu_operand operand = {.dtype = dtype, .rank = out->rank};
    memcpy(operand.dims, out->dims, (size_t)out->rank * sizeof(int64_t));
    broadcast_strides(shape, out, operand.strides);
    return operand;
}

cornu_status cornu_describe_elementwise_(const cornu_node *node, cornu_kernel_request *request) {
    int n = node->input_count;
    const cornu_tensor *out = node->out;
    bool same = true;
    for (int i = 0; i < n; i++) same = same && node->inputs[i]->size == out->size;

    for (int i = 0; i <= n; i++) {
        const cornu_tensor *tensor = i < n ? node->inputs[i] : out;
        cornu_operand *operand = &request->operands[i];
        memset(operand, 0, sizeof *operand);
        operand->dtype = tensor->dtype;
        if (same) {
            /* equal sizes that broadcast are the same elements in the same order */
            operand->rank = out->size == 1 ? 0 : 1;
            if (operand->rank == 1) operand->dims[0] = out->size, operand->strides[0] = 1;
        } else {
            operand->rank = out->shape.rank;
            memcpy(operand->dims, out->shape.dims, (size_t)out->shape.rank * sizeof(int64_t));
            broadcast_strides(&tensor->shape, &out->shape, operand->strides);
        }
    }
    if (!same) cornu_operands_merge_axes_(request->operands, n + 1);

    request->program[0] =
        (cornu_ew_instruction){.code = (uint16_t)node->op->code, .operand = {0, 1, 2}};
    for (int i = n; i < 3; i++) request->program[0].operand[i] = 0; /* unused ones are zero */
    request->desc.kind = CORNU_KERNEL_ELEMENTWISE;
    request->desc.operand_count = n + 1;
    request->desc.operands = request->operands;
    request->desc.program = request->program;
    request->desc.program_length = 1;
    request->desc.compute = compute_type(node);
    return CORNU_OK;
}
