/* Random numbers, the same bits from every backend: Philox 4x32-10 (Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3", 2011) and how its words become numbers.
 *
 * A draw has a key and a counter, 64 bits each. Block b of the draw is Philox of the counter words
 * (low b, high b, low counter, high counter) under the key words (low key, high key): four 32-bit
 * words w0 .. w3. Element i takes its words from its position alone:
 *
 *     32 bits of element i       w[i % 4] of block i / 4
 *     64 bits of element i       w[2 (i % 2)] | w[2 (i % 2) + 1] << 32 of block i / 2
 *
 *     uniform           float32: the upper 24 of 32 bits, / 2^24, scaled; narrower types round that
 *                       float64: the upper 53 of 64 bits, / 2^53, scaled
 *                       integers: low + (64 bits * range) >> 64
 *     normal            Box and Muller (1958) on the words of elements i and i ^ 1, 32 bits each
 *                       (float64: 64): the even one's give the radius, the odd one's the angle; the
 *                       even element is the cosine, the odd one the sine
 *     truncated normal  the inverse of the distribution function between -2 and 2 at the centre of
 *                       the uniform's step; as if drawn again outside, without a loop
 *     bernoulli         32 bits < probability * 2^32
 *     permutation       Fisher and Yates: for i = n - 1 .. 1, element i changes places with element
 *                       (64 bits of i * (i + 1)) >> 64
 *
 * All arithmetic is double, rounded to the type at the end. Logarithm and sine are polynomials that
 * are written out here, since the last bit of libm's differs between machines (the truncated normal
 * alone uses libm). The bits are the same only if products are not fused with sums: sources that
 * include this file are built with -ffp-contract=off. */
#ifndef CORNU_BACKEND_PHILOX_H
#define CORNU_BACKEND_PHILOX_H

#include "backend/erfinv.h"
#include <Random123/philox.h>
#include <stdint.h>
#include <string.h>

typedef struct cornu_philox {
    uint64_t key, counter;
} cornu_philox;

/* The four words of a block. */
static inline philox4x32_ctr_t cornu_philox_block_(const cornu_philox *draw, uint64_t block) {
    philox4x32_ctr_t counter = {
        {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)draw->counter,
         (uint32_t)(draw->counter >> 32)}};
    philox4x32_key_t key = {{(uint32_t)draw->key, (uint32_t)(draw->key >> 32)}};
    return philox4x32_R(10, counter, key);
}

static inline uint64_t cornu_philox_join_(uint32_t low, uint32_t high) {
    return (uint64_t)high << 32 | low;
}

static inline uint32_t cornu_philox_32_(const cornu_philox *draw, uint64_t element) {
    return cornu_philox_block_(draw, element / 4).v[element % 4];
}

static inline uint64_t cornu_philox_64_(const cornu_philox *draw, uint64_t element) {
    philox4x32_ctr_t words = cornu_philox_block_(draw, element / 2);
    return element % 2 == 0 ? cornu_philox_join_(words.v[0], words.v[1])
                            : cornu_philox_join_(words.v[2], words.v[3]);
}

/* The upper half of the 128-bit product. */
static inline uint64_t cornu_multiply_high_(uint64_t a, uint64_t b) {
    uint64_t a_low = a & UINT32_MAX, a_high = a >> 32, b_low = b & UINT32_MAX, b_high = b >> 32;
    uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
    uint64_t other = a_low * b_high + (middle & UINT32_MAX);
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

/* [0, 1) */
static inline double cornu_unit_32_(uint32_t bits) { return (double)(bits >> 8) * 0x1p-24; }
static inline double cornu_unit_64_(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; }

/* low <= result < high also after rounding, which may have reached `high`. */
static inline float cornu_uniform_32_(uint32_t bits, double low, double high) {
    double scaled = cornu_unit_32_(bits) * (high - low);
    float value = (float)(low + scaled);
    return (double)value < high || !(low < high) ? value : nextafterf((float)high, (float)low);
}
static inline double cornu_uniform_64_(uint64_t bits, double low, double high) {
    double scaled = cornu_unit_64_(bits) * (high - low);
    double value = low + scaled;
    return value < high || !(low < high) ? value : nextafter(high, low);
}

/* low <= result < low + range. */
static inline int64_t cornu_uniform_int_(uint64_t bits, int64_t low, uint64_t range) {
    return (int64_t)((uint64_t)low + cornu_multiply_high_(bits, range));
}

/* The natural logarithm of a positive, normal double, by atanh's series: log m = 2 artanh((m - 1) /
 * (m + 1)) with m in [sqrt(1/2), sqrt(2)). Absolute error below 1e-15 for the arguments of Box and
 * Muller's radius. */
static inline double cornu_random_log_(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* how many powers of two lie between x and the interval that begins at sqrt(1/2), whose bits
     * these are */
    int64_t exponent = ((int64_t)(bits - UINT64_C(0x3fe6a09e667f3bcd))) >> 52;
    bits -= (uint64_t)exponent << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    double f = (m - 1) / (m + 1), s = f * f, p = 1.0 / 21;
    p = p * s + 1.0 / 19;
    p = p * s + 1.0 / 17;
    p = p * s + 1.0 / 15;
    p = p * s + 1.0 / 13;
    p = p * s + 1.0 / 11;
    p = p * s + 1.0 / 9;
    p = p * s + 1.0 / 7;
    p = p * s + 1.0 / 5;
    p = p * s + 1.0 / 3;
    p = p * s;
    double log_m = 2 * f + 2 * f * p;
    return (double)exponent * 0.6931471805599453 + log_m;
}

/* Cosine and sine of 2 pi turns / 2^64: the nearest quarter turn is split off exactly, the rest
 * goes through Taylor polynomials that are good to the last bit up to pi / 4. */
static inline void cornu_random_turn_(uint64_t turns, double *cosine, double *sine) {
    uint64_t quarter = (turns + (UINT64_C(1) << 61)) >> 62;
    int64_t rest = (int64_t)(turns - (quarter << 62));
    double x = (double)rest * (6.283185307179586 * 0x1p-64), s = x * x;
    double p = -1.0 / 1307674368000;
    p = p * s + 1.0 / 6227020800;
    p = p * s - 1.0 / 39916800;
    p = p * s + 1.0 / 362880;
    p = p * s - 1.0 / 5040;
    p = p * s + 1.0 / 120;
    p = p * s - 1.0 / 6;
    p = p * s;
    double sin_x = x + x * p;
    double q = 1.0 / 20922789888000;
    q = q * s - 1.0 / 87178291200;
    q = q * s + 1.0 / 479001600;
    q = q * s - 1.0 / 3628800;
    q = q * s + 1.0 / 40320;
    q = q * s - 1.0 / 720;
    q = q * s + 1.0 / 24;
    q = q * s - 1.0 / 2;
    double cos_x = 1 + q * s;
    double c = quarter & 1 ? sin_x : cos_x, d = quarter & 1 ? cos_x : sin_x;
    *cosine = ((quarter + 1) & 2) ? -c : c;
    *sine = (quarter & 2) ? -d : d;
}

/* Two normal numbers from two words each. The radius is from (0, 1], whose logarithm exists. */
static inline void cornu_normal_pair_(double unit, uint64_t turns, double *even, double *odd) {
    double radius = sqrt(-2 * cornu_random_log_(unit)), cosine, sine;
    cornu_random_turn_(turns, &cosine, &sine);
    *even = radius * cosine;
    *odd = radius * sine;
}
static inline void
cornu_normal_32_(uint32_t even_bits, uint32_t odd_bits, double *even, double *odd) {
    cornu_normal_pair_(((double)even_bits + 1) * 0x1p-32, (uint64_t)odd_bits << 32, even, odd);
}
static inline void
cornu_normal_64_(uint64_t even_bits, uint64_t odd_bits, double *even, double *odd) {
    cornu_normal_pair_(((double)(even_bits >> 11) + 1) * 0x1p-53, odd_bits, even, odd);
}

/* A standard normal number between -2 and 2. `unit` is the centre of a step of the uniform
 * distribution. */
static inline double cornu_truncated_normal_(double unit) {
    const double erf_sqrt2 = 0.9544997361036416, sqrt2 = 1.4142135623730951;
    return sqrt2 * cornu_erfinv_((2 * unit - 1) * erf_sqrt2);
}
static inline double cornu_truncated_normal_32_(uint32_t bits) {
    return cornu_truncated_normal_(cornu_unit_32_(bits) + 0x1p-25);
}
static inline double cornu_truncated_normal_64_(uint64_t bits) {
    return cornu_truncated_normal_(cornu_unit_64_(bits) + 0x1p-54);
}

/* Words below this are successes; 2^32 for a probability of 1. */
static inline uint64_t cornu_bernoulli_threshold_(double probability) {
    if (!(probability > 0))
        return 0;
    return probability < 1 ? (uint64_t)(probability * 0x1p32) : UINT64_C(1) << 32;
}

#endif
