/* argsort and sort: ascending, stable, NaN last. Sorting takes the elements in the order that
 * argsort found, so that the gradient finds its way back through take_along_axis.
 * keras/src/ops/numpy.py, Argsort, Sort */
#include <cornu/ops.h>

#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

/* Along the last axis; others are swapped there. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)attrs, (void)n;
    if (inputs[0]->shape.rank == 0) CORNU_FAIL(CORNU_ESHAPE, "a scalar has no axis to sort along");
    *out = (cornu_spec){CORNU_INT32, inputs[0]->shape};
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_shape *shape = &node->out->shape;
    int last = shape->rank - 1;
    cornu_shape rows = cornu_shape(cornu_span_(shape, 0, last), shape->dims[last]);
    request->operands[0] = cornu_operand_dense_(node->inputs[0]->dtype, &rows);
    request->operands[1] = cornu_operand_dense_(node->out->dtype, &rows);
    request->desc.kind = CORNU_KERNEL_ARGSORT;
    return CORNU_OK;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    (void)attrs;
    if (index > 1) return false;
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(7) : cornu_shape(3, 2, 5), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(argsort){
    .name = "argsort",
    .inputs = 1,
    .flags = CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = describe,
    .samples = samples,
};

cornu_tensor *cornu_op_argsort(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("argsort", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    if (x == NULL) return (void)cornu_error_null("argsort: x"), NULL;
    int last = x->shape.rank - 1;
    if (cornu_axis_resolve_(axis, x->shape.rank, "argsort: axis", &axis) != CORNU_OK) return NULL;
    if (axis == last) return cornu_emit_(&cornu_op_class_argsort_, NULL, &x, 1);
    cornu_tensor *rows = cornu_op_swapaxes(x, axis, last);
    return cornu_op_swapaxes(cornu_emit_(&cornu_op_class_argsort_, NULL, &rows, 1), axis, last);
}

cornu_tensor *cornu_op_sort(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("sort", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    return cornu_op_take_along_axis(x, cornu_op_argsort(x, axis), axis);
}
