/* Hyperbolic functions. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 1.5, inputs, count);
}

static bool samples_above_one(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_(index, 1.3, 3, inputs, count);
}

static bool inner_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 0.8, inputs, count);
}

/* dx = dy cosh(x) */
static void sinh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, cornu_op_cosh(node->inputs[0]));
}

CORNU_OP(sinh){
    .name = "sinh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SINH,
    .infer = cornu_infer_same_,
    .vjp = sinh_vjp,
    .samples = samples,
};

/* dx = dy sinh(x) */
static void cosh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, cornu_op_sinh(node->inputs[0]));
}

CORNU_OP(cosh){
    .name = "cosh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_COSH,
    .infer = cornu_infer_same_,
    .vjp = cosh_vjp,
    .samples = samples,
};

/* dx = dy (1 - y^2) */
static void tanh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    dx[0] = cornu_op_multiply(dy, cornu_op_subtract(cornu_like_(y, 1), cornu_op_square(y)));
}

CORNU_OP(tanh){
    .name = "tanh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_TANH,
    .infer = cornu_infer_same_,
    .vjp = tanh_vjp,
    .samples = samples,
};

/* dx = dy / sqrt(x^2 + 1) */
static void arcsinh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] =
        cornu_op_multiply(dy, cornu_op_rsqrt(cornu_op_add(cornu_op_square(x), cornu_like_(x, 1))));
}

CORNU_OP(arcsinh){
    .name = "arcsinh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ASINH,
    .infer = cornu_infer_same_,
    .vjp = arcsinh_vjp,
    .samples = samples,
};

/* dx = dy / sqrt(x^2 - 1) */
static void arccosh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_multiply(
        dy, cornu_op_rsqrt(cornu_op_subtract(cornu_op_square(x), cornu_like_(x, 1)))
    );
}

CORNU_OP(arccosh){
    .name = "arccosh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ACOSH,
    .infer = cornu_infer_same_,
    .vjp = arccosh_vjp,
    .samples = samples_above_one,
};

/* dx = dy / (1 - x^2) */
static void arctanh_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_divide(dy, cornu_op_subtract(cornu_like_(x, 1), cornu_op_square(x)));
}

CORNU_OP(arctanh){
    .name = "arctanh",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ATANH,
    .infer = cornu_infer_same_,
    .vjp = arctanh_vjp,
    .samples = inner_samples,
};

cornu_tensor *cornu_op_sinh(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_sinh_, x); }

cornu_tensor *cornu_op_cosh(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_cosh_, x); }

cornu_tensor *cornu_op_tanh(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_tanh_, x); }

cornu_tensor *cornu_op_arcsinh(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arcsinh_, x);
}

cornu_tensor *cornu_op_arccosh(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arccosh_, x);
}

cornu_tensor *cornu_op_arctanh(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_arctanh_, x);
}
