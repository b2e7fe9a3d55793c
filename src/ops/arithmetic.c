/* Arithmetic: negative, absolute, sign, square, reciprocal; add, subtract, multiply, divide and
 * their kin. keras/src/ops/numpy.py. Integers stay integers, except that divide gives floats. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static bool one_sample(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.3, 2, inputs, count);
}

static bool two_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_two_signed_(index, 0.5, 2, inputs, count);
}

/* `gradient`, of the result's shape, in the shape of input i. */
static cornu_tensor *shaped(const cornu_node *node, int i, cornu_tensor *gradient) {
    return cornu_sum_to_(gradient, &node->inputs[i]->shape);
}

/* y = -x: dx = -dy */
static void negative_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    (void)node;
    dx[0] = cornu_op_negative(dy);
}

CORNU_OP(negative){
    .name = "negative",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_NEGATIVE,
    .infer = cornu_infer_same_,
    .vjp = negative_vjp,
    .samples = one_sample,
};

/* y = |x|: dx = dy * sign(x), so 0 at 0 */
static void absolute_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_multiply(dy, cornu_op_sign(node->inputs[0]));
}

CORNU_OP(absolute){
    .name = "absolute",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_ABSOLUTE,
    .infer = cornu_infer_same_,
    .vjp = absolute_vjp,
    .samples = one_sample,
};

CORNU_OP(sign){
    .name = "sign",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_SIGN,
    .infer = cornu_infer_same_,
    .samples = one_sample,
};

/* y = x^2: dx = 2 x dy */
static void square_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    dx[0] = cornu_op_multiply(dy, cornu_op_multiply(x, cornu_like_(x, 2)));
}

CORNU_OP(square){
    .name = "square",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SQUARE,
    .infer = cornu_infer_same_,
    .vjp = square_vjp,
    .samples = one_sample,
};

/* y = 1 / x: dx = -dy y^2 */
static void reciprocal_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_negative(cornu_op_multiply(dy, cornu_op_square(node->out)));
}

CORNU_OP(reciprocal){
    .name = "reciprocal",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_RECIPROCAL,
    .infer = cornu_infer_same_,
    .vjp = reciprocal_vjp,
    .samples = one_sample,
};

static void add_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    for (int i = 0; i < 2; i++)
        if (cornu_wants_(node, i)) dx[i] = shaped(node, i, dy);
}

CORNU_OP(add){
    .name = "add",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_ADD,
    .infer = cornu_infer_broadcast_,
    .vjp = add_vjp,
    .samples = two_samples,
};

static void subtract_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    if (cornu_wants_(node, 0)) dx[0] = shaped(node, 0, dy);
    if (cornu_wants_(node, 1)) /* summed first: there may be less to negate */
        dx[1] = cornu_op_negative(shaped(node, 1, dy));
}

CORNU_OP(subtract){
    .name = "subtract",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_SUBTRACT,
    .infer = cornu_infer_broadcast_,
    .vjp = subtract_vjp,
    .samples = two_samples,
};

static void multiply_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    for (int i = 0; i < 2; i++)
        if (cornu_wants_(node, i))
            dx[i] = shaped(node, i, cornu_op_multiply(dy, node->inputs[1 - i]));
}

CORNU_OP(multiply){
    .name = "multiply",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_MULTIPLY,
    .infer = cornu_infer_broadcast_,
    .vjp = multiply_vjp,
    .samples = two_samples,
};

/* y = a / b: da = dy / b, db = -da y */
static void divide_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *da = cornu_op_divide(dy, node->inputs[1]);
    if (cornu_wants_(node, 0)) dx[0] = shaped(node, 0, da);
    if (cornu_wants_(node, 1))
        dx[1] = shaped(node, 1, cornu_op_negative(cornu_op_multiply(da, node->out)));
}

CORNU_OP(divide){
    .name = "divide",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_DIVIDE,
    .infer = cornu_infer_broadcast_,
    .vjp = divide_vjp,
    .samples = two_samples,
};

CORNU_OP(floor_divide){
    .name = "floor_divide",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_FLOOR_DIVIDE,
    .infer = cornu_infer_broadcast_,
    .samples = two_samples,
};

/* y = a - b floor(a / b): da = dy, db = -dy floor(a / b) */
static void mod_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    if (cornu_wants_(node, 0)) dx[0] = shaped(node, 0, dy);
    if (cornu_wants_(node, 1)) {
        cornu_tensor *times = cornu_op_floor_divide(node->inputs[0], node->inputs[1]);
        dx[1] = shaped(node, 1, cornu_op_negative(cornu_op_multiply(dy, times)));
    }
}

CORNU_OP(mod){
    .name = "mod",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_MOD,
    .infer = cornu_infer_broadcast_,
    .vjp = mod_vjp,
    .samples = two_samples,
};

/* Truth values as numbers, for what has no meaning among bools. */
static cornu_tensor *number(cornu_tensor *x) {
    return x != NULL && x->dtype == CORNU_BOOL ? cornu_op_cast(x, CORNU_INT32) : x;
}

cornu_tensor *cornu_op_negative(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_negative_, number(x));
}

cornu_tensor *cornu_op_absolute(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_absolute_, x);
}

cornu_tensor *cornu_op_sign(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_sign_, number(x));
}

cornu_tensor *cornu_op_square(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_square_, number(x));
}

cornu_tensor *cornu_op_reciprocal(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_reciprocal_, x);
}

cornu_tensor *cornu_op_add(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_add_, a, b);
}

cornu_tensor *cornu_op_subtract(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_subtract_, number(a), number(b));
}

cornu_tensor *cornu_op_multiply(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_multiply_, a, b);
}

cornu_tensor *cornu_op_divide(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_real_binary_(&cornu_op_class_divide_, a, b);
}

cornu_tensor *cornu_op_divide_no_nan(cornu_tensor *a, cornu_tensor *b) {
    if (cornu_is_symbolic_(a) || cornu_is_symbolic_(b))
        return cornu_symbolic_binary_("divide_no_nan", a, b);
    if (a == NULL || b == NULL) return cornu_op_divide(a, b);
    cornu_tensor *zero = cornu_op_equal(b, cornu_like_(b, 0));
    /* divides by 1 there, since a NaN would come back through the gradient even of a quotient that
     * is not chosen */
    cornu_tensor *quotient = cornu_op_divide(a, cornu_op_where(zero, cornu_like_(b, 1), b));
    return cornu_op_where(zero, cornu_like_(quotient, 0), quotient);
}

cornu_tensor *cornu_op_floor_divide(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_floor_divide_, number(a), number(b));
}

cornu_tensor *cornu_op_mod(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_mod_, number(a), number(b));
}
