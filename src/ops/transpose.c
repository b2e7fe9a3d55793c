/* transpose, swapaxes, moveaxis: axes in another order.  y[i_p0, i_p1, ..] = x[i_0, i_1, ..]
 * keras/src/ops/numpy.py, Transpose, Swapaxes, Moveaxis */
#include <cornu/ops.h>

#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    out->dtype = inputs[0]->dtype;
    out->shape.rank = shape->rank;
    for (int i = 0; i < shape->rank; i++) out->shape.dims[i] = shape->dims[attrs->axes.axis[i]];
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_operand *in = &request->operands[0], *out = &request->operands[1];
    for (int i = 0; i < out->rank; i++) {
        cornu_move_loop_(
            &request->moves[0], out->dims[i], in->strides[node->attrs.axes.axis[i]], out->strides[i]
        );
    }
    return cornu_move_describe_(request);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_axes inverse = {.count = node->attrs.axes.count};
    for (int i = 0; i < inverse.count; i++) inverse.axis[node->attrs.axes.axis[i]] = i;
    dx[0] = cornu_op_transpose(dy, inverse);
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    if (index == 0) {
        attrs->axes = (cornu_axis_list){2, {1, 0}};
        inputs[0] = cornu_sample_tensor_(cornu_shape(3, 5), -1, 1, 0);
    } else {
        attrs->axes = (cornu_axis_list){4, {2, 0, 3, 1}};
        inputs[0] = cornu_sample_tensor_(cornu_shape(2, 3, 5, 2), -1, 1, 1);
    }
    *input_count = 1;
    return true;
}

CORNU_OP(transpose){
    .name = "transpose",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

static cornu_tensor *emit(cornu_tensor *x, const cornu_axis_list *axes) {
    return cornu_emit_(&cornu_op_class_transpose_, &(cornu_attrs){.axes = *axes}, &x, 1);
}

cornu_tensor *cornu_op_transpose(cornu_tensor *x, cornu_axes permutation) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "transpose", x, CORNU_SETTINGS_(CORNU_SET_AXES_("axes", permutation))
        );
    if (x == NULL) return (void)cornu_error_null("transpose: x"), NULL;
    int rank = x->shape.rank;
    if (permutation.count != 0 && permutation.count != rank)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "transpose: the permutation has %d axes, the tensor %d",
            permutation.count, rank
        );
    cornu_axis_list axes = {.count = rank};
    unsigned seen = 0; /* bit i: axis i */
    for (int i = 0; i < rank; i++) {
        int axis = permutation.count == 0 ? rank - 1 - i : permutation.axis[i];
        if (cornu_axis_resolve_(axis, rank, "transpose: an axis of the permutation", &axes.axis[i]))
            return NULL;
        if (seen & 1u << axes.axis[i])
            CORNU_FAIL_NULL(
                CORNU_EINVAL, "transpose: the permutation has axis %d twice", axes.axis[i]
            );
        seen |= 1u << axes.axis[i];
    }
    return emit(x, &axes);
}

cornu_tensor *cornu_op_swapaxes(cornu_tensor *x, int axis1, int axis2) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "swapaxes", x,
            CORNU_SETTINGS_(CORNU_SET_INT_("axis1", axis1), CORNU_SET_INT_("axis2", axis2))
        );
    if (x == NULL) return (void)cornu_error_null("swapaxes: x"), NULL;
    int rank = x->shape.rank;
    if (cornu_axis_resolve_(axis1, rank, "swapaxes: axis1", &axis1) != CORNU_OK ||
        cornu_axis_resolve_(axis2, rank, "swapaxes: axis2", &axis2) != CORNU_OK)
        return NULL;
    cornu_axis_list axes = {.count = rank};
    for (int i = 0; i < rank; i++) axes.axis[i] = i == axis1 ? axis2 : i == axis2 ? axis1 : i;
    return emit(x, &axes);
}

cornu_tensor *cornu_op_moveaxis(cornu_tensor *x, int source, int destination) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "moveaxis", x,
            CORNU_SETTINGS_(
                CORNU_SET_INT_("source", source), CORNU_SET_INT_("destination", destination)
            )
        );
    if (x == NULL) return (void)cornu_error_null("moveaxis: x"), NULL;
    int rank = x->shape.rank;
    if (cornu_axis_resolve_(source, rank, "moveaxis: source", &source) != CORNU_OK ||
        cornu_axis_resolve_(destination, rank, "moveaxis: destination", &destination) != CORNU_OK)
        return NULL;
    cornu_axis_list axes = {.count = rank};
    for (int i = 0, from = 0; i < rank; i++) {
        if (i == destination) {
            axes.axis[i] = source;
            continue;
        }
        if (from == source) from++;
        axes.axis[i] = from++;
    }
    return emit(x, &axes);
}
