/* Operations that compute each element for itself. Those with a function of cornu/ops.h stand in
 * the table alone. Keras: keras/src/ops/{numpy,math,core}.py. */
#include <float.h>

#include "model/operation.h"

/* ---- of one tensor ---- */
/* Integers become float32. */
static cornu_tensor *real(cornu_tensor *x) {
    if (x == NULL || cornu_dtype_is_float(cornu_tensor_dtype(x))) return x;
    return cornu_op_cast(x, CORNU_FLOAT32);
}

static cornu_tensor *same(cornu_tensor *x) { return x; }
static cornu_tensor *exp2_of(cornu_tensor *x) { return cornu_op_power(cornu_scalar(2), real(x)); }
static cornu_tensor *fabs_of(cornu_tensor *x) { return cornu_op_absolute(real(x)); }
static cornu_tensor *deg2rad(cornu_tensor *x) {
    return cornu_op_multiply(real(x), cornu_scalar(M_PI / 180));
}
static cornu_tensor *rad2deg(cornu_tensor *x) {
    return cornu_op_multiply(real(x), cornu_scalar(180 / M_PI));
}
static cornu_tensor *cbrt_of(cornu_tensor *x) {
    x = real(x);
    cornu_tensor *root = cornu_op_power(cornu_op_absolute(x), cornu_scalar(1.0 / 3));
    return cornu_op_multiply(cornu_op_sign(x), root);
}
static cornu_tensor *erfc_of(cornu_tensor *x) {
    return cornu_op_subtract(cornu_scalar(1), cornu_op_erf(x));
}
static cornu_tensor *isposinf(cornu_tensor *x) {
    return cornu_op_equal(x, cornu_scalar((double)INFINITY));
}
static cornu_tensor *isneginf(cornu_tensor *x) {
    return cornu_op_equal(x, cornu_scalar(-(double)INFINITY));
}
/* True for -0, whose reciprocal is below 0. */
static cornu_tensor *signbit_of(cornu_tensor *x) {
    cornu_tensor *less = cornu_op_less(x, cornu_scalar(0));
    if (x == NULL || !cornu_dtype_is_float(cornu_tensor_dtype(x))) return less;
    return cornu_op_logical_or(less, cornu_op_less(cornu_op_reciprocal(x), cornu_scalar(0)));
}

/* ---- of one tensor, with settings ---- */
static cornu_tensor *clip(const cornu_operation_call *call) {
    double low = -INFINITY, high = INFINITY;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_number_(call, CORNU_SETTING, "x_min", &low) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "x_max", &high) != CORNU_OK)
        return NULL;
    return cornu_op_clip(x, low, high);
}

static cornu_tensor *round_to(const cornu_operation_call *call) {
    int64_t decimals = 0;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "decimals", &decimals) != CORNU_OK)
        return NULL;
    if (decimals < -300 || decimals > 300)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'decimals' must be from -300 to 300");
    bool integral = !cornu_dtype_is_float(cornu_tensor_dtype(x));
    if (decimals == 0) return integral ? x : cornu_op_round(x);
    cornu_tensor *unit = cornu_scalar(pow(10, (double)(decimals < 0 ? -decimals : decimals)));
    if (integral) CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'decimals' must be 0 for integers");
    if (decimals < 0) return cornu_op_multiply(cornu_op_round(cornu_op_divide(x, unit)), unit);
    return cornu_op_divide(cornu_op_round(cornu_op_multiply(x, unit)), unit);
}

static cornu_tensor *cast(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (cornu_operation_value_(call, CORNU_SETTING, "dtype") == NULL)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument 'dtype' is missing");
    return cornu_operation_dtype_(call, "dtype", &dtype) == CORNU_OK ? cornu_op_cast(x, dtype)
                                                                     : NULL;
}

/* Integers stop at the ends of the other type, as floats do in every cast. */
static cornu_tensor *saturate_cast(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call);
    cornu_dtype dtype = CORNU_FLOAT32;
    if (x == NULL || cornu_operation_dtype_(call, "dtype", &dtype) != CORNU_OK) return NULL;
    if (cornu_operation_value_(call, CORNU_SETTING, "dtype") == NULL)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument 'dtype' is missing");
    cornu_dtype from = cornu_tensor_dtype(x);
    bool narrows = !cornu_dtype_is_float(from) && !cornu_dtype_is_float(dtype) &&
                   from != CORNU_BOOL && dtype != CORNU_BOOL && dtype != CORNU_INT64;
    if (narrows) {
        bool positive = dtype == CORNU_UINT8;
        double half = ldexp(1, 8 * (int)cornu_dtype_size(dtype) - 1);
        x = cornu_op_cast(x, CORNU_INT64);
        x = cornu_op_maximum(x, cornu_scalar_of(CORNU_INT64, positive ? 0 : -half));
        x = cornu_op_minimum(x, cornu_scalar_of(CORNU_INT64, (positive ? 2 * half : half) - 1));
    }
    return cornu_op_cast(x, dtype);
}

/* In the type that may be named. */
static cornu_tensor *in_type(const cornu_operation_call *call, cornu_tensor *y) {
    if (y == NULL) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(y);
    return cornu_operation_dtype_(call, "dtype", &dtype) == CORNU_OK ? cornu_op_cast(y, dtype)
                                                                     : NULL;
}
static cornu_tensor *array(const cornu_operation_call *call) {
    return in_type(call, cornu_operation_x_(call));
}
static cornu_tensor *convert(const cornu_operation_call *call) {
    if (cornu_operation_refuse_(call, "sparse") != CORNU_OK ||
        cornu_operation_refuse_(call, "ragged") != CORNU_OK)
        return NULL;
    return array(call);
}
static cornu_tensor *ones_like(const cornu_operation_call *call) {
    return in_type(call, cornu_op_ones_like(cornu_operation_x_(call)));
}
static cornu_tensor *zeros_like(const cornu_operation_call *call) {
    return in_type(call, cornu_op_zeros_like(cornu_operation_x_(call)));
}
static cornu_tensor *full_like(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call), *y = in_type(call, x);
    cornu_tensor *value = cornu_operation_tensor_(call, 1, "fill_value");
    if (y == NULL || value == NULL) return NULL;
    value = cornu_op_cast(value, cornu_tensor_dtype(y));
    return cornu_op_broadcast_to(value, *cornu_tensor_shape(y));
}

/* The largest finite number of a type. */
static double largest(cornu_dtype dtype) {
    switch (dtype) {
    case CORNU_FLOAT16:
        return 65504;
    case CORNU_BFLOAT16:
        return 0x1.fep127;
    case CORNU_FLOAT64:
        return DBL_MAX;
    default:
        return FLT_MAX;
    }
}

static cornu_tensor *nan_to_num(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return NULL;
    double nan = 0, most = largest(cornu_tensor_dtype(x)), least = -most;
    if (cornu_operation_number_(call, CORNU_SETTING, "nan", &nan) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "posinf", &most) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "neginf", &least) != CORNU_OK)
        return NULL;
    if (!cornu_dtype_is_float(cornu_tensor_dtype(x))) return x;
    cornu_tensor *y = cornu_op_where(cornu_op_isnan(x), cornu_scalar(nan), x);
    y = cornu_op_where(isposinf(x), cornu_scalar(most), y);
    return cornu_op_where(isneginf(x), cornu_scalar(least), y);
}

/* ---- of two tensors ---- */
/* sqrt(a^2 + b^2) without overflow on the way. */
static cornu_tensor *hypot_of(cornu_tensor *a, cornu_tensor *b) {
    a = fabs_of(a), b = fabs_of(b);
    cornu_tensor *large = cornu_op_maximum(a, b), *small = cornu_op_minimum(a, b);
    cornu_tensor *ratio = cornu_op_divide_no_nan(small, large);
    ratio = cornu_op_where(cornu_op_equal(large, small), cornu_scalar(1), ratio);
    ratio = cornu_op_add(cornu_op_square(ratio), cornu_scalar(1));
    return cornu_op_multiply(large, cornu_op_sqrt(ratio));
}

static cornu_tensor *heaviside(cornu_tensor *x, cornu_tensor *at_zero) {
    cornu_tensor *y =
        cornu_op_where(cornu_op_less(x, cornu_scalar(0)), cornu_scalar(0), real(at_zero));
    return cornu_op_where(cornu_op_greater(x, cornu_scalar(0)), cornu_scalar(1), y);
}

/* log(e^(s a) + e^(s b)) / s, s the scale, as max + log(1 + e^(-s |a - b|)) / s. */
static cornu_tensor *log_sum(cornu_tensor *a, cornu_tensor *b, double scale) {
    a = real(a), b = real(b);
    cornu_tensor *apart = cornu_op_absolute(cornu_op_subtract(a, b));
    cornu_tensor *rest = cornu_op_exp(cornu_op_multiply(apart, cornu_scalar(-scale)));
    rest = cornu_op_divide(cornu_op_log1p(rest), cornu_scalar(scale));
    rest = cornu_op_where(cornu_op_equal(a, b), cornu_scalar(M_LN2 / scale), rest);
    return cornu_op_add(cornu_op_maximum(a, b), rest);
}
static cornu_tensor *logaddexp(cornu_tensor *a, cornu_tensor *b) { return log_sum(a, b, 1); }
static cornu_tensor *logaddexp2(cornu_tensor *a, cornu_tensor *b) { return log_sum(a, b, M_LN2); }

/* The other one where one is no number. */
static cornu_tensor *fmax_of(cornu_tensor *a, cornu_tensor *b) {
    cornu_tensor *y = cornu_op_where(cornu_op_isnan(b), a, cornu_op_maximum(a, b));
    return cornu_op_where(cornu_op_isnan(a), b, y);
}
static cornu_tensor *fmin_of(cornu_tensor *a, cornu_tensor *b) {
    cornu_tensor *y = cornu_op_where(cornu_op_isnan(b), a, cornu_op_minimum(a, b));
    return cornu_op_where(cornu_op_isnan(a), b, y);
}

static cornu_tensor *isclose(const cornu_operation_call *call) {
    double rtol = 1e-5, atol = 1e-8;
    bool equal_nan = false;
    cornu_tensor *a = real(cornu_operation_tensor_(call, 0, "x1"));
    cornu_tensor *b = real(cornu_operation_tensor_(call, 1, "x2"));
    if (cornu_operation_number_(call, 2, "rtol", &rtol) != CORNU_OK ||
        cornu_operation_number_(call, 3, "atol", &atol) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "equal_nan", &equal_nan) != CORNU_OK)
        return NULL;
    cornu_tensor *room = cornu_op_multiply(cornu_op_absolute(b), cornu_scalar(rtol));
    room = cornu_op_add(room, cornu_scalar(atol));
    cornu_tensor *near = cornu_op_less_equal(cornu_op_absolute(cornu_op_subtract(a, b)), room);
    near = cornu_op_logical_and(near, cornu_op_isfinite(b));
    near = cornu_op_logical_or(near, cornu_op_equal(a, b));
    if (!equal_nan) return near;
    return cornu_op_logical_or(near, cornu_op_logical_and(cornu_op_isnan(a), cornu_op_isnan(b)));
}

const cornu_operation_class cornu_operations_elementwise_[] = {
    CORNU_OPERATION_(Abs, numpy, unary, cornu_op_absolute),
    CORNU_OPERATION_(Absolute, numpy, unary, cornu_op_absolute),
    CORNU_OPERATION_(Add, numpy, binary, cornu_op_add),
    CORNU_OPERATION_(Arccos, numpy, unary, cornu_op_arccos),
    CORNU_OPERATION_(Arccosh, numpy, unary, cornu_op_arccosh),
    CORNU_OPERATION_(Arcsin, numpy, unary, cornu_op_arcsin),
    CORNU_OPERATION_(Arcsinh, numpy, unary, cornu_op_arcsinh),
    CORNU_OPERATION_(Arctan, numpy, unary, cornu_op_arctan),
    CORNU_OPERATION_(Arctan2, numpy, binary, cornu_op_arctan2),
    CORNU_OPERATION_(Arctanh, numpy, unary, cornu_op_arctanh),
    CORNU_OPERATION_(Array, numpy, compute, array),
    CORNU_OPERATION_(Cast, core, compute, cast),
    CORNU_OPERATION_(Cbrt, numpy, unary, cbrt_of),
    CORNU_OPERATION_(Ceil, numpy, unary, cornu_op_ceil),
    CORNU_OPERATION_(Clip, numpy, compute, clip),
    CORNU_OPERATION_(Conj, numpy, unary, same),
    CORNU_OPERATION_(Conjugate, numpy, unary, same),
    CORNU_OPERATION_(ConvertToTensor, core, compute, convert),
    CORNU_OPERATION_(Copy, numpy, unary, same),
    CORNU_OPERATION_(Cos, numpy, unary, cornu_op_cos),
    CORNU_OPERATION_(Cosh, numpy, unary, cornu_op_cosh),
    CORNU_OPERATION_(Deg2rad, numpy, unary, deg2rad),
    CORNU_OPERATION_(Divide, numpy, binary, cornu_op_divide),
    CORNU_OPERATION_(DivideNoNan, numpy, binary, cornu_op_divide_no_nan),
    CORNU_OPERATION_(EmptyLike, numpy, compute, zeros_like),
    CORNU_OPERATION_(Equal, numpy, binary, cornu_op_equal),
    CORNU_OPERATION_(Erf, math, unary, cornu_op_erf),
    CORNU_OPERATION_(Erfc, math, unary, erfc_of),
    CORNU_OPERATION_(Erfinv, math, unary, cornu_op_erfinv),
    CORNU_OPERATION_(Exp, numpy, unary, cornu_op_exp),
    CORNU_OPERATION_(Exp2, numpy, unary, exp2_of),
    CORNU_OPERATION_(Expm1, numpy, unary, cornu_op_expm1),
    CORNU_OPERATION_(Fabs, numpy, unary, fabs_of),
    CORNU_OPERATION_(Floor, numpy, unary, cornu_op_floor),
    CORNU_OPERATION_(FloorDivide, numpy, binary, cornu_op_floor_divide),
    CORNU_OPERATION_(Fmax, numpy, binary, fmax_of),
    CORNU_OPERATION_(Fmin, numpy, binary, fmin_of),
    CORNU_OPERATION_(FullLike, numpy, compute, full_like),
    CORNU_OPERATION_(Greater, numpy, binary, cornu_op_greater),
    CORNU_OPERATION_(GreaterEqual, numpy, binary, cornu_op_greater_equal),
    CORNU_OPERATION_(Heaviside, numpy, binary, heaviside),
    CORNU_OPERATION_(Hypot, numpy, binary, hypot_of),
    CORNU_OPERATION_(Isclose, numpy, compute, isclose),
    CORNU_OPERATION_(Isfinite, numpy, unary, cornu_op_isfinite),
    CORNU_OPERATION_(Isinf, numpy, unary, cornu_op_isinf),
    CORNU_OPERATION_(Isnan, numpy, unary, cornu_op_isnan),
    CORNU_OPERATION_(Isneginf, numpy, unary, isneginf),
    CORNU_OPERATION_(Isposinf, numpy, unary, isposinf),
    CORNU_OPERATION_(Less, numpy, binary, cornu_op_less),
    CORNU_OPERATION_(LessEqual, numpy, binary, cornu_op_less_equal),
    CORNU_OPERATION_(Log, numpy, unary, cornu_op_log),
    CORNU_OPERATION_(Log10, numpy, unary, cornu_op_log10),
    CORNU_OPERATION_(Log1p, numpy, unary, cornu_op_log1p),
    CORNU_OPERATION_(Log2, numpy, unary, cornu_op_log2),
    CORNU_OPERATION_(Logaddexp, numpy, binary, logaddexp),
    CORNU_OPERATION_(Logaddexp2, numpy, binary, logaddexp2),
    CORNU_OPERATION_(LogicalAnd, numpy, binary, cornu_op_logical_and),
    CORNU_OPERATION_(LogicalNot, numpy, unary, cornu_op_logical_not),
    CORNU_OPERATION_(LogicalOr, numpy, binary, cornu_op_logical_or),
    CORNU_OPERATION_(LogicalXor, numpy, binary, cornu_op_logical_xor),
    CORNU_OPERATION_(Maximum, numpy, binary, cornu_op_maximum),
    CORNU_OPERATION_(Minimum, numpy, binary, cornu_op_minimum),
    CORNU_OPERATION_(Mod, numpy, binary, cornu_op_mod),
    CORNU_OPERATION_(Multiply, numpy, binary, cornu_op_multiply),
    CORNU_OPERATION_(NanToNum, numpy, compute, nan_to_num),
    CORNU_OPERATION_(Negative, numpy, unary, cornu_op_negative),
    CORNU_OPERATION_(NotEqual, numpy, binary, cornu_op_not_equal),
    CORNU_OPERATION_(OnesLike, numpy, compute, ones_like),
    CORNU_OPERATION_(Power, numpy, binary, cornu_op_power),
    CORNU_OPERATION_(Rad2deg, numpy, unary, rad2deg),
    CORNU_OPERATION_(Real, numpy, unary, same),
    CORNU_OPERATION_(Reciprocal, numpy, unary, cornu_op_reciprocal),
    CORNU_OPERATION_(Round, numpy, compute, round_to),
    CORNU_OPERATION_(Rsqrt, math, unary, cornu_op_rsqrt),
    CORNU_OPERATION_(SaturateCast, core, compute, saturate_cast),
    CORNU_OPERATION_(Sign, numpy, unary, cornu_op_sign),
    CORNU_OPERATION_(Signbit, numpy, unary, signbit_of),
    CORNU_OPERATION_(Sin, numpy, unary, cornu_op_sin),
    CORNU_OPERATION_(Sinh, numpy, unary, cornu_op_sinh),
    CORNU_OPERATION_(Sqrt, numpy, unary, cornu_op_sqrt),
    CORNU_OPERATION_(Square, numpy, unary, cornu_op_square),
    CORNU_OPERATION_(StopGradient, core, unary, cornu_op_stop_gradient),
    CORNU_OPERATION_(Subtract, numpy, binary, cornu_op_subtract),
    CORNU_OPERATION_(Tan, numpy, unary, cornu_op_tan),
    CORNU_OPERATION_(Tanh, numpy, unary, cornu_op_tanh),
    CORNU_OPERATION_(TrueDivide, numpy, binary, cornu_op_divide),
    CORNU_OPERATION_(Trunc, numpy, unary, cornu_op_trunc),
    CORNU_OPERATION_(ZerosLike, numpy, compute, zeros_like),
    {.layer = {.name = NULL}},
};
