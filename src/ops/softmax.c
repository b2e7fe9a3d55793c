/* softmax and log_softmax: y = exp(x) / sum(exp(x)) along an axis, and its logarithm.
 * keras/src/ops/nn.py.
 *
 * The ops work along the last axis; the public functions bring other axes there and back. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    if (inputs[0]->shape.rank == 0) CORNU_FAIL(CORNU_ESHAPE, "softmax: a scalar has no axis");
    return cornu_infer_same_(attrs, inputs, count, out);
}

/* As [rows, n]. */
static void describe_rows(const cornu_node *node, bool log, cornu_kernel_request *request) {
    const cornu_shape *shape = &node->out->shape;
    cornu_shape rows = {.rank = 2, .dims = {1, shape->dims[shape->rank - 1]}};
    for (int i = 0; i < shape->rank - 1; i++) rows.dims[0] *= shape->dims[i];
    request->operands[0] = cornu_operand_dense_(node->inputs[0]->dtype, &rows);
    request->operands[1] = cornu_operand_dense_(node->out->dtype, &rows);
    request->desc.kind = CORNU_KERNEL_SOFTMAX;
    request->desc.operand_count = 2;
    request->desc.operands = request->operands;
    request->desc.flag = log;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 2, inputs, count);
}

static cornu_tensor *row_sum(cornu_tensor *x) {
    return cornu_op_sum(x, .axis = {.count = 1, .axis = {-1}}, .keepdims = true);
}

static cornu_status softmax_describe(const cornu_node *node, cornu_kernel_request *request) {
    describe_rows(node, false, request);
    return CORNU_OK;
}

/* dx = (dy - sum(dy y)) y */
static void softmax_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *common = row_sum(cornu_op_multiply(dy, node->out));
    dx[0] = cornu_op_multiply(cornu_op_subtract(dy, common), node->out);
}

CORNU_OP(softmax){
    .name = "softmax",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_BY_ROW,
    .infer = infer,
    .describe = softmax_describe,
    .vjp = softmax_vjp,
    .samples = samples,
};

static cornu_status log_softmax_describe(const cornu_node *node, cornu_kernel_request *request) {
    describe_rows(node, true, request);
    return CORNU_OK;
}

/* dx = dy - exp(y) sum(dy) */
static void log_softmax_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *shares = cornu_op_multiply(cornu_op_exp(node->out), row_sum(dy));
    dx[0] = cornu_op_subtract(dy, shares);
}

CORNU_OP(log_softmax){
    .name = "log_softmax",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_BY_ROW,
    .infer = infer,
    .describe = log_softmax_describe,
    .vjp = log_softmax_vjp,
    .samples = samples,
};

static cornu_tensor *along(const cornu_op_class *op, cornu_tensor *x, int axis) {
    if (x == NULL) return cornu_emit_real_(op, x);
    int at;
    if (cornu_axis_resolve_(axis, x->shape.rank, "axis", &at) != CORNU_OK)
        return (void)cornu_error_context("%s", op->name), NULL;
    if (at == x->shape.rank - 1) return cornu_emit_real_(op, x);
    return cornu_op_swapaxes(cornu_emit_real_(op, cornu_op_swapaxes(x, at, -1)), at, -1);
}

cornu_tensor *cornu_op_softmax(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("softmax", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    return along(&cornu_op_class_softmax_, x, axis);
}

cornu_tensor *cornu_op_log_softmax(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "log_softmax", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis))
        );
    return along(&cornu_op_class_log_softmax_, x, axis);
}

cornu_tensor *cornu_op_softmax_over(cornu_tensor *x, cornu_axes axes) {
    if (cornu_is_symbolic_(x)) {
        for (int i = 0; axes.count == 0 && i < cornu_tensor_rank(x); i++) axes.axis[i] = i;
        if (axes.count == 0) axes.count = cornu_tensor_rank(x);
        return cornu_symbolic_unary_("softmax", x, CORNU_SETTINGS_(CORNU_SET_AXES_("axis", axes)));
    }
    if (x == NULL) return cornu_emit_real_(&cornu_op_class_softmax_, x);
    int rank = x->shape.rank;
    if (axes.count == 0)
        for (; axes.count < rank; axes.count++) axes.axis[axes.count] = axes.count;
    if (axes.count == 1) return cornu_op_softmax(x, axes.axis[0]);

    bool chosen[CORNU_MAX_RANK] = {false};
    for (int i = 0; i < axes.count; i++) {
        int at;
        if (cornu_axis_resolve_(axes.axis[i], rank, "softmax_over: axis", &at) != CORNU_OK)
            return NULL;
        if (chosen[at])
            CORNU_FAIL_NULL(CORNU_EINVAL, "softmax_over: axis %d is given twice", axes.axis[i]);
        chosen[at] = true;
    }
    /* the chosen axes behind the others, and there as one; then the way back */
    cornu_axes order = {.count = 0}, back = {.count = rank};
    cornu_shape flat = {0};
    for (int i = 0; i < rank; i++) {
        if (chosen[i]) continue;
        order.axis[order.count++] = i;
        flat.dims[flat.rank++] = x->shape.dims[i];
    }
    flat.dims[flat.rank++] = 1;
    for (int i = 0; i < rank; i++) {
        if (!chosen[i]) continue;
        order.axis[order.count++] = i;
        flat.dims[flat.rank - 1] *= x->shape.dims[i];
    }
    for (int i = 0; i < rank; i++) back.axis[order.axis[i]] = i;
    cornu_tensor *moved = cornu_op_transpose(x, order);
    if (moved == NULL) return NULL;
    cornu_tensor *y = cornu_emit_real_(&cornu_op_class_softmax_, cornu_op_reshape(moved, flat));
    return cornu_op_transpose(cornu_op_reshape(y, moved->shape), back);
}
