/* Exponentials and logarithms. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.1, 1.5, inputs, count);
}

static bool positive_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_(index, 0.3, 3, inputs, count);
}

static const double LN_2 = 0.6931471805599453, LN_10 = 2.302585092994046;

/* dx = dy y */
static void exp_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, node->out);
}

CORNU_OP(exp){
    .name = "exp",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_EXP,
    .infer = cornu_infer_same_,
    .vjp = exp_vjp,
    .samples = samples,
};

/* dx = dy (y + 1) */
static void expm1_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    dx[0] = cornu_op_multiply(dy, cornu_op_add(y, cornu_like_(y, 1)));
}

CORNU_OP(expm1){
    .name = "expm1",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_EXPM1,
    .infer = cornu_infer_same_,
    .vjp = expm1_vjp,
    .samples = samples,
};

/* dx = dy / x */
static void log_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_divide(dy, node->inputs[0]);
}

CORNU_OP(log){
    .name = "log",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_LOG,
    .infer = cornu_infer_same_,
    .vjp = log_vjp,
    .samples = positive_samples,
};

/* dx = dy / (1 + x) */
static void log1p_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_divide(dy, cornu_op_add(x, cornu_like_(x, 1)));
}

CORNU_OP(log1p){
    .name = "log1p",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_LOG1P,
    .infer = cornu_infer_same_,
    .vjp = log1p_vjp,
    .samples = positive_samples,
};

/* dx = dy / (x ln 2) */
static void log2_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_divide(dy, cornu_op_multiply(x, cornu_like_(x, LN_2)));
}

CORNU_OP(log2){
    .name = "log2",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_LOG2,
    .infer = cornu_infer_same_,
    .vjp = log2_vjp,
    .samples = positive_samples,
};

/* dx = dy / (x ln 10) */
static void log10_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_divide(dy, cornu_op_multiply(x, cornu_like_(x, LN_10)));
}

CORNU_OP(log10){
    .name = "log10",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_LOG10,
    .infer = cornu_infer_same_,
    .vjp = log10_vjp,
    .samples = positive_samples,
};

cornu_tensor *cornu_op_exp(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_exp_, x); }

cornu_tensor *cornu_op_expm1(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_expm1_, x);
}

cornu_tensor *cornu_op_log(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_log_, x); }

cornu_tensor *cornu_op_log1p(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_log1p_, x);
}

cornu_tensor *cornu_op_log2(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_log2_, x); }

cornu_tensor *cornu_op_log10(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_log10_, x);
}
