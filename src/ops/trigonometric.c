/* Sine and its relatives. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 1.5, inputs, count);
}

static bool inner_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 0.8, inputs, count);
}

/* 1 / sqrt(1 - x^2) */
static cornu_tensor *rsqrt_of_rest(cornu_tensor *x) {
    return cornu_op_rsqrt(cornu_op_subtract(cornu_like_(x, 1), cornu_op_square(x)));
}

/* dx = dy cos(x) */
static void sin_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, cornu_op_cos(node->inputs[0]));
}

CORNU_OP(sin){
    .name = "sin",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SIN,
    .infer = cornu_infer_same_,
    .vjp = sin_vjp,
    .samples = samples,
};

/* dx = -dy sin(x) */
static void cos_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_negative(cornu_op_multiply(dy, cornu_op_sin(node->inputs[0])));
}

CORNU_OP(cos){
    .name = "cos",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_COS,
    .infer = cornu_infer_same_,
    .vjp = cos_vjp,
    .samples = samples,
};

/* dx = dy (1 + y^2) */
static void tan_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    dx[0] = cornu_op_multiply(dy, cornu_op_add(cornu_op_square(y), cornu_like_(y, 1)));
}

CORNU_OP(tan){
    .name = "tan",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_TAN,
    .infer = cornu_infer_same_,
    .vjp = tan_vjp,
    .samples = inner_samples,
};

/* dx = dy / sqrt(1 - x^2) */
static void arcsin_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, rsqrt_of_rest(node->inputs[0]));
}

CORNU_OP(arcsin){
    .name = "arcsin",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ASIN,
    .infer = cornu_infer_same_,
    .vjp = arcsin_vjp,
    .samples = inner_samples,
};

/* dx = -dy / sqrt(1 - x^2) */
static void arccos_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_negative(cornu_op_multiply(dy, rsqrt_of_rest(node->inputs[0])));
}

CORNU_OP(arccos){
    .name = "arccos",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ACOS,
    .infer = cornu_infer_same_,
    .vjp = arccos_vjp,
    .samples = inner_samples,
};

/* dx = dy / (1 + x^2) */
static void arctan_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_divide(dy, cornu_op_add(cornu_op_square(x), cornu_like_(x, 1)));
}

CORNU_OP(arctan){
    .name = "arctan",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ATAN,
    .infer = cornu_infer_same_,
    .vjp = arctan_vjp,
    .samples = samples,
};

static bool quotient_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_two_signed_(index, 0.3, 2, inputs, count);
}

/* The angle of the point (b, a): da = dy b / (a^2 + b^2), db = -dy a / (a^2 + b^2) */
static void arctan2_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *a = node->inputs[0], *b = node->inputs[1];
    cornu_tensor *scaled =
        cornu_op_divide(dy, cornu_op_add(cornu_op_square(a), cornu_op_square(b)));
    if (cornu_wants_(node, 0)) dx[0] = cornu_sum_to_(cornu_op_multiply(scaled, b), &a->shape);
    if (cornu_wants_(node, 1))
        dx[1] = cornu_op_negative(cornu_sum_to_(cornu_op_multiply(scaled, a), &b->shape));
}

CORNU_OP(arctan2){
    .name = "arctan2",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ATAN2,
    .infer = cornu_infer_broadcast_,
    .vjp = arctan2_vjp,
    .samples = quotient_samples,
};

cornu_tensor *cornu_op_sin(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_sin_, x); }

cornu_tensor *cornu_op_cos(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_cos_, x); }

cornu_tensor *cornu_op_tan(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_tan_, x); }

cornu_tensor *cornu_op_arcsin(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arcsin_, x);
}

cornu_tensor *cornu_op_arccos(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arccos_, x);
}

cornu_tensor *cornu_op_arctan(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arctan_, x);
}

cornu_tensor *cornu_op_arctan2(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_real_binary_(&cornu_op_class_arctan2_, a, b);
}
