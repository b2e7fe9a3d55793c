/* The inverse error function in double, for all backends.
 *
 * The first guess is the single precision approximation of M. Giles, "Approximating the erfinv
 * function" (GPU Computing Gems, 2011), good to about six digits as far as floats go, which is up
 * to 1 - 2^-24; beyond, erfc(y) = exp(-y^2) / (y sqrt(pi)) is solved roughly. Halley's method, each
 * step of which triples the digits, does the rest. From 0.5 on it solves erfc(y) = 1 - x, since erf
 * itself loses its digits there. */
#ifndef CORNU_BACKEND_ERFINV_H
#define CORNU_BACKEND_ERFINV_H

#include <math.h>

static inline double cornu_erfinv_guess_(double x) {
    double w = -log((1 - x) * (1 + x)), p;
    if (w > 16) {
        double rest = -log(1 - x) - 0.5723649429247001; /* log(sqrt(pi)) */
        return sqrt(rest - 0.5 * log(rest));
    }
    if (w < 5) {
        w -= 2.5;
        p = 2.81022636e-08;
        p = 3.43273939e-07 + p * w;
        p = -3.5233877e-06 + p * w;
        p = -4.39150654e-06 + p * w;
        p = 0.00021858087 + p * w;
        p = -0.00125372503 + p * w;
        p = -0.00417768164 + p * w;
        p = 0.246640727 + p * w;
        p = 1.50140941 + p * w;
    } else {
        w = sqrt(w) - 3;
        p = -0.000200214257;
        p = 0.000100950558 + p * w;
        p = 0.00134934322 + p * w;
        p = -0.00367342844 + p * w;
        p = 0.00573950773 + p * w;
        p = -0.0076224613 + p * w;
        p = 0.00943887047 + p * w;
        p = 1.00167406 + p * w;
        p = 2.83297682 + p * w;
    }
    return p * x;
}

static inline double cornu_erfinv_(double x) {
    const double two_over_sqrt_pi = 1.1283791670955126;
    double size = fabs(x);
    if (!(size < 1))
        return size == 1 ? copysign(HUGE_VAL, x) : (double)NAN;
    if (size < 1e-9)
        return x / two_over_sqrt_pi; /* the cubic term is below the last digit */
    double y = cornu_erfinv_guess_(size);
    double step = 1;
    for (int i = 0; i < 4 && fabs(step) > 1e-6 * y; i++) {
        double miss = size < 0.5 ? erf(y) - size : (1 - size) - erfc(y);
        step = miss / (two_over_sqrt_pi * exp(-y * y));
        y -= step / (1 + y * step);
    }
    return copysign(y, x);
}

#endif
