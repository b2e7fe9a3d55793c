/* The larger, the smaller, and clip. keras/src/ops/numpy.py. Where operands tie, each gets half of
 * the gradient, as in JAX and PyTorch; clip lets it through at its bounds, as PyTorch does. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_two_signed_(index, 0.3, 2, inputs, count);
}

/* dy where `wins`, half of it where a and b tie, else 0; in the shape of the operand. */
static cornu_tensor *winners_share(
    const cornu_node *node, cornu_tensor *dy, cornu_tensor *wins, const cornu_tensor *operand
) {
    cornu_tensor *tie = cornu_op_equal(node->inputs[0], node->inputs[1]);
    cornu_tensor *half = cornu_op_multiply(dy, cornu_like_(dy, 0.5));
    cornu_tensor *rest = cornu_op_where(tie, half, cornu_like_(dy, 0));
    return cornu_sum_to_(cornu_op_where(wins, dy, rest), &operand->shape);
}

static void maximum_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (cornu_wants_(node, 0)) dx[0] = winners_share(node, dy, cornu_op_greater(a, b), a);
    if (cornu_wants_(node, 1)) dx[1] = winners_share(node, dy, cornu_op_less(a, b), b);
}

CORNU_OP(maximum){
    .name = "maximum",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_MAXIMUM,
    .infer = cornu_infer_broadcast_,
    .vjp = maximum_vjp,
    .samples = samples,
};

static void minimum_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (cornu_wants_(node, 0)) dx[0] = winners_share(node, dy, cornu_op_less(a, b), a);
    if (cornu_wants_(node, 1)) dx[1] = winners_share(node, dy, cornu_op_greater(a, b), b);
}

CORNU_OP(minimum){
    .name = "minimum",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_MINIMUM,
    .infer = cornu_infer_broadcast_,
    .vjp = minimum_vjp,
    .samples = samples,
};

/* Inputs x, low, high; the bounds are scalars. */
static bool clip_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (!cornu_sample_one_signed_(index, 0.3, 2, inputs, count)) return false;
    inputs[1] = cornu_scalar_of(CORNU_FLOAT64, -1.1);
    inputs[2] = cornu_scalar_of(CORNU_FLOAT64, 0.9);
    *count = 3;
    return true;
}

/* min(max(x, low), high) in one pass. */
static cornu_status clip_describe(const cornu_node *node, cornu_kernel_request *request) {
    CORNU_TRY(cornu_describe_elementwise_(node, request));
    request->program[0] = (cornu_ew_instruction){.code = CORNU_EW_MAXIMUM, .operand = {0, 1}};
    request->program[1] = (cornu_ew_instruction){.code = CORNU_EW_MINIMUM, .operand = {3, 2}};
    request->desc.program = request->program;
    request->desc.program_length = 2;
    return CORNU_OK;
}

/* dx = dy where low <= x <= high; the bounds get what was cut off. */
static void clip_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0], *low = node->inputs[1], *high = node->inputs[2];
    cornu_tensor *zero = cornu_like_(dy, 0);
    cornu_tensor *under = cornu_op_less(x, low), *over = cornu_op_greater(x, high);
    if (cornu_wants_(node, 0)) dx[0] = cornu_op_where(cornu_op_logical_or(under, over), zero, dy);
    if (cornu_wants_(node, 1)) dx[1] = cornu_sum_to_(cornu_op_where(under, dy, zero), &low->shape);
    if (cornu_wants_(node, 2)) dx[2] = cornu_sum_to_(cornu_op_where(over, dy, zero), &high->shape);
}

/* Not marked ELEMENTWISE although it is: that mark promises a kernel of the single instruction
 * `code`. */
CORNU_OP(clip){
    .name = "clip",
    .inputs = 3,
    .flags = CORNU_OP_FUSIBLE,
    .infer = cornu_infer_same_,
    .describe = clip_describe,
    .vjp = clip_vjp,
    .samples = clip_samples,
};

cornu_tensor *cornu_op_maximum(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_maximum_, a, b);
}

cornu_tensor *cornu_op_minimum(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_minimum_, a, b);
}

cornu_tensor *cornu_op_clip(cornu_tensor *x, double low, double high) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "clip", x,
            CORNU_SETTINGS_(CORNU_SET_NUMBER_("x_min", low), CORNU_SET_NUMBER_("x_max", high))
        );
    if (low > high)
        CORNU_FAIL_NULL(CORNU_EINVAL, "clip: the lower bound %g is above the upper %g", low, high);
    cornu_tensor *inputs[] = {x, cornu_like_(x, low), cornu_like_(x, high)};
    return cornu_emit_(&cornu_op_class_clip_, NULL, inputs, 3);
}
