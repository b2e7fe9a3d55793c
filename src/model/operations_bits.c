/* Operations on the bits of integers, and others of integers alone. Keras: keras/src/ops/numpy.py.
 *
 * Bits are taken apart by division, which rounds down: those of negative numbers are the bits of
 * their two's complement. All is computed in int64, whose sums, like those of the narrower types to
 * which they return, are modulo 2^bits. */
#include "base/object.h"
#include "model/operation.h"

/* ---- operands ---- */
static bool is_bool(cornu_tensor *x) { return cornu_tensor_dtype(x) == CORNU_BOOL; }

/* The two operands as int64, and the type that they share. */
typedef struct {
    cornu_tensor *a, *b;
    cornu_dtype type;
} integers;

static cornu_status integers_of(const cornu_operation_call *call, integers *given) {
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "x");
    cornu_tensor *b = a != NULL ? cornu_operation_tensor_(call, 1, "y") : NULL;
    if (b == NULL) return cornu_error_status();
    bool bools = is_bool(a) && is_bool(b);
    cornu_tensor *sum = cornu_op_add(a, b); /* a number takes the type of the other */
    if (sum == NULL) return cornu_error_status();
    given->type = bools ? CORNU_BOOL : cornu_tensor_dtype(sum);
    if (cornu_dtype_is_float(given->type))
        CORNU_FAIL(CORNU_EDTYPE, "takes integers, not %s", cornu_dtype_name(given->type));
    given->a = cornu_op_cast(a, CORNU_INT64);
    given->b = cornu_op_cast(b, CORNU_INT64);
    return given->a != NULL && given->b != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *whole(int64_t value) {
    return cornu_scope_add_(cornu_tensor_from(CORNU_INT64, cornu_shape(), &value));
}

/* 1, 2, 4, ..., [count]. */
static cornu_tensor *powers_of_two(int count) {
    int64_t values[63];
    for (int i = 0; i < count; i++) values[i] = INT64_C(1) << i;
    return cornu_scope_add_(cornu_tensor_from(CORNU_INT64, cornu_shape(count), values));
}

/* ---- bits ---- */
/* x[..] -> 0 or 1, [.., bits]. */
static cornu_tensor *bits_of(cornu_tensor *x, cornu_tensor *powers) {
    x = cornu_op_floor_divide(cornu_op_expand_dims(x, cornu_tensor_rank(x)), powers);
    return cornu_op_mod(x, whole(2));
}

/* All but the sign bit by themselves, and then the sign. */
static cornu_tensor *and_of(const integers *given) {
    bool sign = given->type != CORNU_UINT8 && given->type != CORNU_BOOL;
    int bits = 8 * (int)cornu_dtype_size(given->type) - sign;
    cornu_tensor *powers = powers_of_two(bits);
    cornu_tensor *both = cornu_op_multiply(bits_of(given->a, powers), bits_of(given->b, powers));
    both = cornu_op_sum(cornu_op_multiply(both, powers), .axis = cornu_axes(-1));
    if (!sign) return both;
    cornu_tensor *negative =
        cornu_op_logical_and(cornu_op_less(given->a, whole(0)), cornu_op_less(given->b, whole(0)));
    cornu_tensor *end = whole(bits < 63 ? -(INT64_C(1) << bits) : INT64_MIN);
    return cornu_op_add(both, cornu_op_where(negative, end, whole(0)));
}

static cornu_tensor *bitwise_and(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    return cornu_op_cast(and_of(&given), given.type);
}
/* a + b counts the bits that both have twice. */
static cornu_tensor *bitwise_or(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *sum = cornu_op_add(given.a, given.b);
    return cornu_op_cast(cornu_op_subtract(sum, and_of(&given)), given.type);
}
static cornu_tensor *bitwise_xor(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *sum = cornu_op_add(given.a, given.b), *both = and_of(&given);
    return cornu_op_cast(cornu_op_subtract(sum, cornu_op_add(both, both)), given.type);
}

static cornu_tensor *bitwise_not(cornu_tensor *x) {
    if (x == NULL || is_bool(x)) return cornu_op_logical_not(x);
    cornu_dtype type = cornu_tensor_dtype(x);
    if (cornu_dtype_is_float(type))
        CORNU_FAIL_NULL(CORNU_EDTYPE, "takes integers, not %s", cornu_dtype_name(type));
    return cornu_op_cast(cornu_op_subtract(whole(-1), cornu_op_cast(x, CORNU_INT64)), type);
}

static cornu_tensor *left_shift(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *factor = cornu_op_power(whole(2), given.b);
    return cornu_op_cast(cornu_op_multiply(given.a, factor), given.type);
}
/* The sign fills in; 2^63 is no int64. */
static cornu_tensor *right_shift(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *by = cornu_op_minimum(given.b, whole(62));
    cornu_tensor *y = cornu_op_floor_divide(given.a, cornu_op_power(whole(2), by));
    cornu_tensor *sign = cornu_op_where(cornu_op_less(given.a, whole(0)), whole(-1), whole(0));
    y = cornu_op_where(cornu_op_greater(given.b, whole(62)), sign, y);
    return cornu_op_cast(y, given.type);
}

/* ---- divisors ---- */
/* Euclid's algorithm, as many rounds as numbers of the type may need. */
static cornu_tensor *divisor(const integers *given) {
    int rounds = given->type == CORNU_INT64 ? 93 : given->type == CORNU_INT32 ? 47 : 24;
    cornu_tensor *a = cornu_op_absolute(given->a), *b = cornu_op_absolute(given->b);
    for (int i = 0; i < rounds && b != NULL; i++) {
        cornu_tensor *done = cornu_op_equal(b, whole(0));
        cornu_tensor *rest = cornu_op_mod(a, b);
        a = cornu_op_where(done, a, b);
        b = cornu_op_where(done, b, rest);
    }
    return b != NULL ? a : NULL;
}
static cornu_tensor *gcd(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    return cornu_op_cast(divisor(&given), given.type);
}
static cornu_tensor *lcm(const cornu_operation_call *call) {
    integers given = {0};
    if (integers_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *parts = cornu_op_floor_divide(given.a, divisor(&given)); /* 0 of 0 */
    return cornu_op_cast(cornu_op_absolute(cornu_op_multiply(parts, given.b)), given.type);
}

const cornu_operation_class cornu_operations_bits_[] = {
    CORNU_OPERATION_(BitwiseAnd, numpy, compute, bitwise_and),
    CORNU_OPERATION_(BitwiseInvert, numpy, unary, bitwise_not),
    CORNU_OPERATION_(BitwiseLeftShift, numpy, compute, left_shift),
    CORNU_OPERATION_(BitwiseNot, numpy, unary, bitwise_not),
    CORNU_OPERATION_(BitwiseOr, numpy, compute, bitwise_or),
    CORNU_OPERATION_(BitwiseRightShift, numpy, compute, right_shift),
    CORNU_OPERATION_(BitwiseXor, numpy, compute, bitwise_xor),
    CORNU_OPERATION_(Gcd, numpy, compute, gcd),
    CORNU_OPERATION_(Lcm, numpy, compute, lcm),
    CORNU_OPERATION_(LeftShift, numpy, compute, left_shift),
    CORNU_OPERATION_(RightShift, numpy, compute, right_shift),
    {.layer = {.name = NULL}},
};
