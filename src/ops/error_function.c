/* The error function and its inverse. keras/src/ops/math.py. */
#include <cornu/ops.h>

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

static const double TWO_BY_SQRT_PI = 1.1283791670955126;

/* dx = dy 2/sqrt(pi) exp(-x^2) */
static void erf_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    cornu_tensor *bell = cornu_op_exp(cornu_op_negative(cornu_op_square(x)));
    dx[0] = cornu_op_multiply(dy, cornu_op_multiply(bell, cornu_like_(x, TWO_BY_SQRT_PI)));
}

CORNU_OP(erf){
    .name = "erf",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ERF,
    .infer = cornu_infer_same_,
    .vjp = erf_vjp,
    .samples = samples,
};

/* dx = dy sqrt(pi)/2 exp(y^2) */
static void erfinv_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    cornu_tensor *growth = cornu_op_exp(cornu_op_square(y));
    dx[0] = cornu_op_multiply(dy, cornu_op_multiply(growth, cornu_like_(y, 1 / TWO_BY_SQRT_PI)));
}

CORNU_OP(erfinv){
    .name = "erfinv",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ERFINV,
    .infer = cornu_infer_same_,
    .vjp = erfinv_vjp,
    .samples = inner_samples,
};

cornu_tensor *cornu_op_erf(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_erf_, x); }

cornu_tensor *cornu_op_erfinv(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_erfinv_, x);
}
