/* Shortest decimals by trial: printf rounds exactly, and reading back tells whether the digits
 * suffice. Slower than Ryu or Dragon4, and enough for text that people read. */
#include "tensor/decimal.h"

#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `text` is as a number of the type. */
static double parse(cornu_dtype dtype, const char *text) {
    if (dtype == CORNU_FLOAT64) return strtod(text, NULL);
    if (dtype == CORNU_FLOAT32) return (double)strtof(text, NULL);
    uint16_t bits = 0;
    cornu_element_set_(dtype, &bits, 0, strtod(text, NULL));
    return cornu_element_get_(dtype, &bits, 0);
}

static bool reads_back(
    cornu_dtype dtype, double value, uint64_t digits, int exponent, cornu_decimal *decimal
) {
    char text[48];
    (void)snprintf(text, sizeof text, "%" PRIu64 "e%d", digits, exponent);
    if (parse(dtype, text) != value) return false;
    decimal->count = snprintf(decimal->digits, sizeof decimal->digits, "%" PRIu64, digits);
    decimal->point = decimal->count + exponent;
    while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') decimal->count--;
    decimal->digits[decimal->count] = '\0';
    return true;
}

cornu_decimal cornu_decimal_shortest_(cornu_dtype dtype, double value) {
    cornu_decimal decimal = {.digits = "0", .count = 1, .point = 1, .negative = signbit(value)};
    value = fabs(value);
    if (value == 0) return decimal;
    for (int count = 1; count <= 17; count++) {
        char text[40];
        (void)snprintf(text, sizeof text, "%.*e", count - 1, value);
        char *mark = strchr(text, 'e');
        int exponent = (int)strtol(mark + 1, NULL, 10) - (count - 1);
        *mark = '\0';
        /* the mantissa without its point is a whole number */
        if (count > 1) memmove(text + 1, text + 2, strlen(text + 2) + 1);
        uint64_t digits = strtoull(text, NULL, 10);
        /* At a power of two the gap below is half the gap above: the nearest decimal of this length
         * may miss while the one on the other side hits. */
        if (reads_back(dtype, value, digits, exponent, &decimal) ||
            reads_back(dtype, value, digits + 1, exponent, &decimal) ||
            (digits > 1 && reads_back(dtype, value, digits - 1, exponent, &decimal))) {
            break;
        }
    }
    return decimal;
}

/* Appends digits [from, from + count) of the decimal; those outside it are zeros. */
static size_t put_digits(
    const cornu_decimal *decimal, int from, int count, char *text, size_t size, size_t at
) {
    for (int i = from; i < from + count && at + 1 < size; i++) {
        text[at++] = i >= 0 && i < decimal->count ? decimal->digits[i] : '0';
    }
    return at;
}

static void trim_zeros(char *text, char *point, int least) {
    char *end = text + strlen(text);
    while (end - point - 1 > least && end[-1] == '0') *--end = '\0';
}

int cornu_decimal_positional_(
    cornu_dtype dtype, double value, int precision, int least, char *text, size_t size
) {
    cornu_decimal decimal = cornu_decimal_shortest_(dtype, value);
    int fraction = decimal.count - decimal.point;
    if (fraction > precision) {
        (void)snprintf(text, size, "%#.*f", precision, value);
        trim_zeros(text, strchr(text, '.'), least);
        return (int)strlen(text);
    }
    if (fraction < least) fraction = least;
    size_t at = 0;
    if (decimal.negative) text[at++] = '-';
    if (decimal.point <= 0) text[at++] = '0';
    at = put_digits(&decimal, 0, decimal.point, text, size, at);
    text[at++] = '.';
    at = put_digits(&decimal, decimal.point, fraction, text, size, at);
    text[at] = '\0';
    return (int)at;
}

int cornu_decimal_scientific_(
    cornu_dtype dtype, double value, int precision, int least, int exponent_digits, char *text,
    size_t size
) {
    cornu_decimal decimal = cornu_decimal_shortest_(dtype, value);
    size_t at = 0;
    int exponent = decimal.point - 1;
    int fraction = decimal.count - 1;
    if (fraction > precision || fraction < least) {
        /* cut off, or continued with the digits of the exact value, as NumPy does: 5e-324
         * is 4.94065646e-324 */
        (void)snprintf(text, size, "%#.*e", fraction < least ? least : precision, value);
        char *mark = strchr(text, 'e');
        exponent = (int)strtol(mark + 1, NULL, 10);
        *mark = '\0';
        trim_zeros(text, strchr(text, '.'), least);
        at = strlen(text);
    } else {
        if (decimal.negative) text[at++] = '-';
        at = put_digits(&decimal, 0, 1, text, size, at);
        text[at++] = '.';
        at = put_digits(&decimal, 1, fraction, text, size, at);
    }
    int written = snprintf(
        text + at, size - at, "e%c%0*d", exponent < 0 ? '-' : '+', exponent_digits, abs(exponent)
    );
    return (int)at + written;
}

int cornu_decimal_scalar_(cornu_dtype dtype, double value, char *text, size_t size) {
    if (isnan(value)) return snprintf(text, size, "nan");
    if (isinf(value)) return snprintf(text, size, value < 0 ? "-inf" : "inf");
    double magnitude = fabs(value);
    if (value == 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
        return cornu_decimal_positional_(dtype, value, 30, 1, text, size);
    }
    int length = cornu_decimal_scientific_(dtype, value, 30, 0, 2, text, size);
    char *point = strchr(text, '.');
    if (point && point[1] == 'e') { /* 1.e-05: Python leaves the point out */
        memmove(point, point + 1, strlen(point));
        length--;
    }
    return length;
}
