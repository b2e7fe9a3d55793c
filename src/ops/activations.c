/* The functions of keras.activations that are put together from ops; their derivatives follow from
 * those of the ops. keras/src/activations/activations.py, keras/src/backend/jax/nn.py.
 *
 * Integers are taken as float32. A branch that where() does not choose must still have a finite
 * derivative, since 0 * NaN is NaN: arguments of exponentials are cut off before, not after. */
#include <cornu/ops.h>
#include <math.h>

#include "ops/promote.h"
#include "ops/symbolic.h"

/* x as a float, so that constants of its type keep their fraction. */
static cornu_tensor *real(cornu_tensor *x) {
    return x == NULL ? NULL : cornu_as_(x, cornu_real_type_(x->dtype));
}

static cornu_tensor *plus(cornu_tensor *x, double value) {
    return cornu_op_add(x, cornu_like_(x, value));
}

static cornu_tensor *times(cornu_tensor *x, double value) {
    return cornu_op_multiply(x, cornu_like_(x, value));
}

static cornu_tensor *above(cornu_tensor *x, double value) {
    return cornu_op_greater(x, cornu_like_(x, value));
}

static cornu_tensor *below(cornu_tensor *x, double value) {
    return cornu_op_less(x, cornu_like_(x, value));
}

cornu_tensor *cornu_op_relu_general(
    cornu_tensor *x, double negative_slope, double max_value, double threshold
) {
    x = real(x);
    if (negative_slope != 0 && isinf(max_value) && threshold == 0)
        return cornu_op_leaky_relu(x, negative_slope);
    cornu_tensor *y;
    if (threshold != 0) y = cornu_op_where(above(x, threshold), x, cornu_like_(x, 0));
    else y = cornu_op_relu(x);
    if (!isinf(max_value)) {
        y = threshold == 0 ? cornu_op_minimum(y, cornu_like_(y, max_value))
                           : cornu_op_clip(y, 0, max_value);
    }
    if (negative_slope == 0) return y;
    cornu_tensor *under = cornu_op_relu(plus(cornu_op_negative(x), threshold));
    return cornu_op_subtract(y, times(under, negative_slope));
}

/* Not clip, whose gradient at 0 is 1: the slope of every relu at 0 is 0. */
cornu_tensor *cornu_op_relu6(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("relu6", x, NULL);
    x = real(x);
    return cornu_op_minimum(cornu_op_relu(x), cornu_like_(x, 6));
}

cornu_tensor *cornu_op_leaky_relu(cornu_tensor *x, double negative_slope) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "leaky_relu", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("negative_slope", negative_slope))
        );
    x = real(x);
    return cornu_op_where(above(x, 0), x, times(x, negative_slope));
}

/* x > 0 ? x : scale * (exp(x / width) - 1) */
static cornu_tensor *exponential_below_zero(cornu_tensor *x, double scale, double width) {
    cornu_tensor *positive = above(x, 0);
    cornu_tensor *negative = cornu_op_where(positive, cornu_like_(x, 0), x);
    if (width != 1) negative = times(negative, 1 / width);
    return cornu_op_where(positive, x, times(cornu_op_expm1(negative), scale));
}

cornu_tensor *cornu_op_elu(cornu_tensor *x, double alpha) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("elu", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("alpha", alpha)));
    return exponential_below_zero(real(x), alpha, 1);
}

cornu_tensor *cornu_op_selu(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("selu", x, NULL);
    const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    return times(exponential_below_zero(real(x), alpha, 1), scale);
}

cornu_tensor *cornu_op_celu(cornu_tensor *x, double alpha) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("celu", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("alpha", alpha)));
    if (alpha == 0) CORNU_FAIL_NULL(CORNU_EINVAL, "celu: alpha must not be 0");
    return exponential_below_zero(real(x), alpha, alpha);
}

cornu_tensor *cornu_op_gelu(cornu_tensor *x, bool approximate) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "gelu", x, CORNU_SETTINGS_(CORNU_SET_BOOL_("approximate", approximate))
        );
    const double sqrt_half = 0.7071067811865476, sqrt_2_by_pi = 0.7978845608028654;
    x = real(x);
    cornu_tensor *half = times(x, 0.5);
    if (!approximate) return cornu_op_multiply(half, plus(cornu_op_erf(times(x, sqrt_half)), 1));
    cornu_tensor *bend =
        plus(times(cornu_op_square(x), 0.044715), 1); /* x + 0.044715 x^3 = x * bend */
    cornu_tensor *inner = times(cornu_op_multiply(x, bend), sqrt_2_by_pi);
    return cornu_op_multiply(half, plus(cornu_op_tanh(inner), 1));
}

cornu_tensor *cornu_op_glu(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("glu", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    cornu_tensor *halves[2];
    x = real(x);
    if (x == NULL) return cornu_op_sigmoid(x);
    int at;
    if (cornu_axis_resolve_(axis, x->shape.rank, "glu: axis", &at) != CORNU_OK) return NULL;
    if (x->shape.dims[at] % 2 != 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "glu: axis %d has %lld elements; it needs an even number", axis,
            (long long)x->shape.dims[at]
        );
    if (cornu_op_split(x, 2, at, halves) != CORNU_OK) return NULL;
    return cornu_op_multiply(halves[0], cornu_op_sigmoid(halves[1]));
}

cornu_tensor *cornu_op_log_sigmoid(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("log_sigmoid", x, NULL);
    return cornu_op_negative(cornu_op_softplus(cornu_op_negative(real(x))));
}

cornu_tensor *cornu_op_hard_sigmoid(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("hard_sigmoid", x, NULL);
    return times(cornu_op_relu6(plus(real(x), 3)), 1.0 / 6);
}

cornu_tensor *cornu_op_sparse_sigmoid(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("sparse_sigmoid", x, NULL);
    return cornu_op_clip(times(plus(real(x), 1), 0.5), 0, 1);
}

cornu_tensor *cornu_op_silu(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("silu", x, NULL);
    x = real(x);
    return cornu_op_multiply(x, cornu_op_sigmoid(x));
}

cornu_tensor *cornu_op_hard_silu(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("hard_silu", x, NULL);
    x = real(x);
    return cornu_op_multiply(x, cornu_op_hard_sigmoid(x));
}

cornu_tensor *cornu_op_hard_tanh(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("hard_tanh", x, NULL);
    return cornu_op_clip(real(x), -1, 1);
}

cornu_tensor *cornu_op_tanh_shrink(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("tanh_shrink", x, NULL);
    x = real(x);
    return cornu_op_subtract(x, cornu_op_tanh(x));
}

cornu_tensor *cornu_op_soft_shrink(cornu_tensor *x, double threshold) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "soft_shrink", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("threshold", threshold))
        );
    x = real(x);
    cornu_tensor *low = cornu_op_where(below(x, -threshold), plus(x, threshold), cornu_like_(x, 0));
    return cornu_op_where(above(x, threshold), plus(x, -threshold), low);
}

cornu_tensor *cornu_op_hard_shrink(cornu_tensor *x, double threshold) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "hard_shrink", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("threshold", threshold))
        );
    x = real(x);
    return cornu_op_where(above(cornu_op_absolute(x), threshold), x, cornu_like_(x, 0));
}

cornu_tensor *cornu_op_sparse_plus(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("sparse_plus", x, NULL);
    x = real(x);
    cornu_tensor *arc = times(cornu_op_square(plus(x, 1)), 0.25);
    cornu_tensor *right = cornu_op_where(below(x, 1), arc, x);
    return cornu_op_where(above(x, -1), right, cornu_like_(x, 0));
}

cornu_tensor *cornu_op_softsign(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("softsign", x, NULL);
    x = real(x);
    return cornu_op_divide(x, plus(cornu_op_absolute(x), 1));
}

cornu_tensor *cornu_op_squareplus(cornu_tensor *x, double b) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("squareplus", x, CORNU_SETTINGS_(CORNU_SET_NUMBER_("b", b)));
    x = real(x);
    cornu_tensor *root = cornu_op_sqrt(plus(cornu_op_square(x), b));
    return times(cornu_op_add(x, root), 0.5);
}

cornu_tensor *cornu_op_mish(cornu_tensor *x) {
    x = real(x);
    return cornu_op_multiply(x, cornu_op_tanh(cornu_op_softplus(x)));
}

cornu_tensor *cornu_op_threshold(cornu_tensor *x, double threshold, double default_value) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "threshold", x,
            CORNU_SETTINGS_(
                CORNU_SET_NUMBER_("threshold", threshold),
                CORNU_SET_NUMBER_("default_value", default_value)
            )
        );
    x = real(x);
    return cornu_op_where(above(x, threshold), x, cornu_like_(x, default_value));
}
