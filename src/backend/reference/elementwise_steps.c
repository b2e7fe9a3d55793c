/* What each elementwise instruction computes, in double and in int64. */
#include "backend/erfinv.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

#define STEP_1(type, code, expression)                                                             \
    case CORNU_EW_##code:                                                                          \
        for (int i = 0; i < count; i++) {                                                          \
            const type a = pa[i];                                                                  \
            r[i] = (expression);                                                                   \
        }                                                                                          \
        break;
#define STEP_2(type, code, expression)                                                             \
    case CORNU_EW_##code:                                                                          \
        for (int i = 0; i < count; i++) {                                                          \
            const type a = pa[i], b = pb[i];                                                       \
            r[i] = (expression);                                                                   \
        }                                                                                          \
        break;
#define STEP_3(type, code, expression)                                                             \
    case CORNU_EW_##code:                                                                          \
        for (int i = 0; i < count; i++) {                                                          \
            const type a = pa[i], b = pb[i], c = pc[i];                                            \
            r[i] = (expression);                                                                   \
        }                                                                                          \
        break;

void cornu_reference_step_float_(
    cornu_ew_code code, double *r, const double *pa, const double *pb, const double *pc, int count
) {
    switch (code) {
        STEP_1(double, COPY, a)
        STEP_1(double, NEGATIVE, -a)
        STEP_1(double, ABSOLUTE, fabs(a))
        STEP_1(double, SIGN, cornu_sign_(a))
        STEP_1(double, SQUARE, a *a)
        STEP_1(double, SQRT, sqrt(a))
        STEP_1(double, RSQRT, 1 / sqrt(a))
        STEP_1(double, RECIPROCAL, 1 / a)
        STEP_1(double, EXP, exp(a))
        STEP_1(double, EXPM1, expm1(a))
        STEP_1(double, LOG, log(a))
        STEP_1(double, LOG1P, log1p(a))
        STEP_1(double, LOG2, log2(a))
        STEP_1(double, LOG10, log10(a))
        STEP_1(double, SIN, sin(a))
        STEP_1(double, COS, cos(a))
        STEP_1(double, TAN, tan(a))
        STEP_1(double, ASIN, asin(a))
        STEP_1(double, ACOS, acos(a))
        STEP_1(double, ATAN, atan(a))
        STEP_1(double, SINH, sinh(a))
        STEP_1(double, COSH, cosh(a))
        STEP_1(double, TANH, tanh(a))
        STEP_1(double, ASINH, asinh(a))
        STEP_1(double, ACOSH, acosh(a))
        STEP_1(double, ATANH, atanh(a))
        STEP_1(double, ERF, erf(a))
        STEP_1(double, ERFINV, cornu_erfinv_(a))
        STEP_1(double, SIGMOID, cornu_sigmoid_(a))
        STEP_1(double, SOFTPLUS, cornu_softplus_(a))
        STEP_1(double, RELU, a <= 0 ? 0 : a)
        STEP_1(double, FLOOR, floor(a))
        STEP_1(double, CEIL, ceil(a))
        STEP_1(double, ROUND, nearbyint(a))
        STEP_1(double, TRUNC, trunc(a))
        STEP_1(double, ISNAN, isnan(a) ? 1 : 0)
        STEP_1(double, ISINF, isinf(a) ? 1 : 0)
        STEP_1(double, ISFINITE, isfinite(a) ? 1 : 0)
        STEP_1(double, NOT, a == 0)
        STEP_2(double, ADD, a + b)
        STEP_2(double, SUBTRACT, a - b)
        STEP_2(double, MULTIPLY, a *b)
        STEP_2(double, DIVIDE, a / b)
        STEP_2(double, FLOOR_DIVIDE, cornu_floor_divide_(a, b))
        STEP_2(double, MOD, cornu_mod_(a, b))
        STEP_2(double, POWER, pow(a, b))
        STEP_2(double, MAXIMUM, cornu_maximum_(a, b))
        STEP_2(double, MINIMUM, cornu_minimum_(a, b))
        STEP_2(double, ATAN2, atan2(a, b))
        STEP_2(double, EQUAL, a == b)
        STEP_2(double, NOT_EQUAL, a != b)
        STEP_2(double, LESS, a < b)
        STEP_2(double, LESS_EQUAL, a <= b)
        STEP_2(double, GREATER, a > b)
        STEP_2(double, GREATER_EQUAL, a >= b)
        STEP_2(double, AND, a != 0 && b != 0)
        STEP_2(double, OR, a != 0 || b != 0)
        STEP_2(double, XOR, (a != 0) != (b != 0))
        STEP_3(double, WHERE, a != 0 ? b : c)
        STEP_3(double, FMA, a *b + c)
    case CORNU_EW_COUNT:
        break;
    }
}

/* The instructions that have a meaning for integers; comparisons and predicates give 1 or 0. */
#define INT_STEPS(S1, S2, S3)                                                                      \
    S1(int64_t, COPY, a)                                                                           \
    S1(int64_t, NEGATIVE, cornu_int_subtract_(0, a))                                               \
    S1(int64_t, ABSOLUTE, a < 0 ? cornu_int_subtract_(0, a) : a)                                   \
    S1(int64_t, SIGN, (a > 0) - (a < 0))                                                           \
    S1(int64_t, SQUARE, cornu_int_multiply_(a, a))                                                 \
    S1(int64_t, RELU, a > 0 ? a : 0)                                                               \
    S1(int64_t, FLOOR, a)                                                                          \
    S1(int64_t, CEIL, a)                                                                           \
    S1(int64_t, ROUND, a)                                                                          \
    S1(int64_t, TRUNC, a)                                                                          \
    S1(int64_t, ISNAN, a != a)                                                                     \
    S1(int64_t, ISINF, a != a)                                                                     \
    S1(int64_t, ISFINITE, a == a)                                                                  \
    S1(int64_t, NOT, a == 0)                                                                       \
    S2(int64_t, ADD, cornu_int_add_(a, b))                                                         \
    S2(int64_t, SUBTRACT, cornu_int_subtract_(a, b))                                               \
    S2(int64_t, MULTIPLY, cornu_int_multiply_(a, b))                                               \
    S2(int64_t, FLOOR_DIVIDE, cornu_int_floor_divide_(a, b))                                       \
    S2(int64_t, MOD, cornu_int_mod_(a, b))                                                         \
    S2(int64_t, POWER, cornu_int_power_(a, b))                                                     \
    S2(int64_t, MAXIMUM, a > b ? a : b)                                                            \
    S2(int64_t, MINIMUM, a < b ? a : b)                                                            \
    S2(int64_t, EQUAL, a == b)                                                                     \
    S2(int64_t, NOT_EQUAL, a != b)                                                                 \
    S2(int64_t, LESS, a < b)                                                                       \
    S2(int64_t, LESS_EQUAL, a <= b)                                                                \
    S2(int64_t, GREATER, a > b)                                                                    \
    S2(int64_t, GREATER_EQUAL, a >= b)                                                             \
    S2(int64_t, AND, a != 0 && b != 0)                                                             \
    S2(int64_t, OR, a != 0 || b != 0)                                                              \
    S2(int64_t, XOR, (a != 0) != (b != 0))                                                         \
    S3(int64_t, WHERE, a != 0 ? b : c)                                                             \
    S3(int64_t, FMA, cornu_int_add_(cornu_int_multiply_(a, b), c))

void cornu_reference_step_int_(
    cornu_ew_code code, int64_t *r, const int64_t *pa, const int64_t *pb, const int64_t *pc,
    int count
) {
    switch (code) {
        INT_STEPS(STEP_1, STEP_2, STEP_3)
    default:
        break;
    }
}

#define INT_HAS(type, code, expression) case CORNU_EW_##code:

bool cornu_reference_step_int_has_(cornu_ew_code code) {
    switch (code) {
        INT_STEPS(INT_HAS, INT_HAS, INT_HAS)
        return true;
    default:
        return false;
    }
}
