/* Powers and roots: power, sqrt, rsqrt. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"

static bool root_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_(index, 0.3, 3, inputs, count);
}

static bool power_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_two_(index, 0.4, 2.5, inputs, count);
}

/* y = sqrt(x): dx = dy / (2 y) */
static void sqrt_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    dx[0] = cornu_op_divide(cornu_op_multiply(dy, cornu_like_(y, 0.5)), y);
}

CORNU_OP(sqrt){
    .name = "sqrt",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SQRT,
    .infer = cornu_infer_same_,
    .vjp = sqrt_vjp,
    .samples = root_samples,
};

/* y = 1 / sqrt(x): dx = -dy y^3 / 2 */
static void rsqrt_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *y = node->out;
    cornu_tensor *cube = cornu_op_multiply(y, cornu_op_square(y));
    dx[0] = cornu_op_multiply(dy, cornu_op_multiply(cube, cornu_like_(y, -0.5)));
}

CORNU_OP(rsqrt){
    .name = "rsqrt",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_RSQRT,
    .infer = cornu_infer_same_,
    .vjp = rsqrt_vjp,
    .samples = root_samples,
};

/* y = a^b: da = dy b a^(b - 1), db = dy y ln(a). A power of 0 has slope 0 even where a is 0 and
 * a^-1 infinite; the exponent of 0 has slope 0 since 0^b does not depend on b > 0. Both are guarded
 * on the way in, so that no NaN meets a 0 in a product. */
static void power_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *a = node->inputs[0], *b = node->inputs[1];
    if (cornu_wants_(node, 0)) {
        cornu_tensor *one = cornu_like_(b, 1);
        cornu_tensor *flat = cornu_op_equal(b, cornu_like_(b, 0));
        cornu_tensor *lower = cornu_op_where(flat, one, cornu_op_subtract(b, one));
        cornu_tensor *slope = cornu_op_multiply(b, cornu_op_power(a, lower));
        dx[0] = cornu_sum_to_(cornu_op_multiply(dy, slope), &a->shape);
    }
    if (cornu_wants_(node, 1)) {
        cornu_tensor *nothing = cornu_op_equal(a, cornu_like_(a, 0));
        cornu_tensor *log = cornu_op_log(cornu_op_where(nothing, cornu_like_(a, 1), a));
        cornu_tensor *slope = cornu_op_multiply(node->out, log);
        dx[1] = cornu_sum_to_(cornu_op_multiply(dy, slope), &b->shape);
    }
}

CORNU_OP(power){
    .name = "power",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_POWER,
    .infer = cornu_infer_broadcast_,
    .vjp = power_vjp,
    .samples = power_samples,
};

cornu_tensor *cornu_op_sqrt(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_sqrt_, x); }

cornu_tensor *cornu_op_rsqrt(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_rsqrt_, x);
}

cornu_tensor *cornu_op_power(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_power_, a, b);
}
