/* cumsum: y[i] = x[0] + ... + x[i] along an axis. keras/src/ops/numpy.py, Cumsum. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

/* attrs: axes.axis[0]; `reverse` sums from the end, `exclusive` leaves element i out of y[i]. */
static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    int *axis = &attrs->axes.axis[0];
    CORNU_TRY(cornu_axis_resolve_(*axis, inputs[0]->shape.rank, "axis", axis));
    attrs->axes.count = 1;
    return cornu_infer_same_(attrs, inputs, count, out);
}

/* As [outer, n, inner]. */
static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_shape *shape = &node->out->shape;
    int axis = node->attrs.axes.axis[0];
    cornu_shape blocks = {.rank = 3, .dims = {1, shape->dims[axis], 1}};
    for (int i = 0; i < axis; i++) blocks.dims[0] *= shape->dims[i];
    for (int i = axis + 1; i < shape->rank; i++) blocks.dims[2] *= shape->dims[i];
    request->operands[0] = cornu_operand_dense_(node->inputs[0]->dtype, &blocks);
    request->operands[1] = cornu_operand_dense_(node->out->dtype, &blocks);
    request->desc.kind = CORNU_KERNEL_CUMSUM;
    request->desc.operand_count = 2;
    request->desc.operands = request->operands;
    request->desc.reverse = node->attrs.reverse;
    request->desc.exclusive = node->attrs.exclusive;
    return CORNU_OK;
}

CORNU_OP_DECLARE(cumsum);

/* x[i] is in every y[j] with j >= i: dx is the running sum of dy from the other end. */
static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_attrs attrs = node->attrs;
    attrs.reverse = !attrs.reverse;
    dx[0] = cornu_emit_(&cornu_op_class_cumsum_, &attrs, &dy, 1);
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 2) return false;
    inputs[0] = cornu_sample_signed_(cornu_shape(2, 4, 3), 0.3, 2, index);
    attrs->axes = (cornu_axis_list){1, {index}};
    attrs->reverse = index == 1;
    attrs->exclusive = index == 2;
    *count = 1;
    return true;
}

CORNU_OP(cumsum){
    .name = "cumsum",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

cornu_tensor *cornu_op_cumsum(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("cumsum", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    if (x != NULL && x->dtype == CORNU_BOOL) x = cornu_op_cast(x, CORNU_INT32);
    return cornu_emit_(&cornu_op_class_cumsum_, &(cornu_attrs){.axes = {1, {axis}}}, &x, 1);
}
