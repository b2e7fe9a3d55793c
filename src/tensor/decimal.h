/* Floating-point numbers as decimal text. */
#ifndef CORNU_TENSOR_DECIMAL_H
#define CORNU_TENSOR_DECIMAL_H

#include <cornu/tensor.h>

/* The fewest digits that read back as the same number of type `dtype`; the nearest such. value =
 * 0.d1d2d3.. * 10^point, 0 is the single digit "0" with point 1. */
typedef struct cornu_decimal {
    char digits[24]; /* no sign, no trailing zeros, ended by 0 */
    int count;
    int point;
    bool negative;
} cornu_decimal;

/* `value` must be finite and exactly of the type. */
cornu_decimal cornu_decimal_shortest_(cornu_dtype dtype, double value);

/* "-123.25": at most `precision` digits after the point (rounded to even if there are more), at
 * least `least`. The point is always written. Returns the length. 400 bytes suffice. */
int cornu_decimal_positional_(
    cornu_dtype dtype, double value, int precision, int least, char *text, size_t size
);
/* "-1.2325e+02": the same for the digits behind the mantissa's point, but those that `least` asks
 * for are digits of the exact value instead of zeros; at least `exponent_digits` digits of
 * exponent. */
int cornu_decimal_scientific_(
    cornu_dtype dtype, double value, int precision, int least, int exponent_digits, char *text,
    size_t size
);

/* A single number as NumPy and Python write it: "0.1", "1e-05", "100000.0", "nan", "inf". 40 bytes
 * suffice. */
int cornu_decimal_scalar_(cornu_dtype dtype, double value, char *text, size_t size);

#endif
