/* The activations that are ops of their own: relu, sigmoid, softplus.
 * keras/src/activations/activations.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 2.5, inputs, count);
}

/* y = max(x, 0): dx = dy where x > 0, so 0 at 0 */
static void relu_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    dx[0] = cornu_op_where(cornu_op_greater(y, cornu_like_(y, 0)), dy, cornu_like_(dy, 0));
}

CORNU_OP(relu){
    .name = "relu",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_RELU,
    .infer = cornu_infer_same_,
    .vjp = relu_vjp,
    .samples = samples,
};

/* y = 1 / (1 + exp(-x)): dx = dy y (1 - y) */
static void sigmoid_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    cornu_tensor *slope = cornu_op_multiply(y, cornu_op_subtract(cornu_like_(y, 1), y));
    dx[0] = cornu_op_multiply(dy, slope);
}

CORNU_OP(sigmoid){
    .name = "sigmoid",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SIGMOID,
    .infer = cornu_infer_same_,
    .vjp = sigmoid_vjp,
    .samples = samples,
};

/* y = log(1 + exp(x)): dx = dy sigmoid(x) */
static void softplus_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, cornu_op_sigmoid(node->inputs[0]));
}

CORNU_OP(softplus){
    .name = "softplus",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SOFTPLUS,
    .infer = cornu_infer_same_,
    .vjp = softplus_vjp,
    .samples = samples,
};

cornu_tensor *cornu_op_relu(cornu_tensor *x) { return cornu_emit_unary_(&cornu_op_class_relu_, x); }

cornu_tensor *cornu_op_sigmoid(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_sigmoid_, x);
}

cornu_tensor *cornu_op_softplus(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_softplus_, x);
}
