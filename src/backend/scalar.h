/* Elementwise operations whose exact meaning takes more than one operator, in double and int64:
 * what every backend has to give, whatever loops it uses. */
#ifndef CORNU_BACKEND_SCALAR_H
#define CORNU_BACKEND_SCALAR_H

#include <math.h>
#include <stdint.h>

/* NaN if either is NaN, which fmax would swallow. */
static inline double cornu_maximum_(double a, double b) { return a > b || a != a ? a : b; }
static inline double cornu_minimum_(double a, double b) { return a < b || a != a ? a : b; }

static inline double cornu_sign_(double a) { return a > 0 ? 1.0 : a < 0 ? -1.0 : a; }

static inline double cornu_sigmoid_(double a) {
    double e = exp(-fabs(a));
    return a >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static inline double cornu_softplus_(double a) {
    if (a != a)
        return a;
    return (a > 0 ? a : 0) + log1p(exp(-fabs(a)));
}

/* The remainder with the sign of b, as in Python and NumPy. */
static inline double cornu_mod_(double a, double b) {
    double r = fmod(a, b);
    if (r == 0)
        return copysign(0.0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}

/* NumPy's: from the exact remainder, so that floor_divide(1, 0.1) is 9 although 1 / 0.1 rounds
 * to 10. */
static inline double cornu_floor_divide_(double a, double b) {
    if (b == 0)
        return a / b;
    double r = fmod(a, b);
    double quotient = (a - r) / b;
    if (r != 0 && (r < 0) != (b < 0))
        quotient -= 1;
    if (quotient == 0)
        return copysign(0.0, a / b);
    double down = floor(quotient);
    return quotient - down > 0.5 ? down + 1 : down;
}

/* Integers wrap around; unsigned arithmetic does so by definition. */
static inline int64_t cornu_int_add_(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
static inline int64_t cornu_int_subtract_(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}
static inline int64_t cornu_int_multiply_(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* Towards minus infinity; a / 0 = 0. INT64_MIN / -1 wraps, where the machine's division would trap.
 */
static inline int64_t cornu_int_floor_divide_(int64_t a, int64_t b) {
    if (b == 0)
        return 0;
    if (b == -1)
        return cornu_int_subtract_(0, a);
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static inline int64_t cornu_int_mod_(int64_t a, int64_t b) {
    if (b == 0 || b == -1)
        return 0;
    int64_t r = a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

/* Negative exponents give what is left of 1 / a^|b| in an integer; 0 to a negative power is 0. */
static inline int64_t cornu_int_power_(int64_t a, int64_t b) {
    if (b < 0)
        return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
    int64_t power = 1;
    for (; b > 0; b >>= 1) {
        if (b & 1)
            power = cornu_int_multiply_(power, a);
        a = cornu_int_multiply_(a, a);
    }
    return power;
}

#endif
