/* Elementary functions of float32 that compilers turn into vector code: no branches, no tables, no
 * calls. Each is an argument reduction and a polynomial (interpolation at Chebyshev nodes, worked
 * out with 40 digits), within about 2 units in the last place, and right for NaN, infinities,
 * signed zeros, denormals and results that overflow.
 *
 * Everything is written so that the rounding does not depend on the width of vectors: multiply-adds
 * are spelled out, and the build switches off contraction of its own (-ffp-contract=off), so that
 * the loop over the last few elements gives the same bits as the loop over whole vectors. */
#ifndef CORNU_BACKEND_CPU_VECTOR_MATH_H
#define CORNU_BACKEND_CPU_VECTOR_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* a * b + c, rounded once where the processor can. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define VM_FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#else
#define VM_FMA(a, b, c) ((a) * (b) + (c))
#endif

static inline uint32_t vm_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float vm_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float vm_abs(float x) { return vm_float(vm_bits(x) & 0x7fffffffu); }

/* magnitude with the sign of `sign` */
static inline float vm_copysign(float magnitude, float sign) {
    return vm_float((vm_bits(magnitude) & 0x7fffffffu) | (vm_bits(sign) & 0x80000000u));
}

/* 2^n as a float, for -126 <= n <= 127 */
static inline float vm_exponent(int32_t n) { return vm_float((uint32_t)(n + 127) << 23); }

/* x = n ln2 + r with |r| <= ln2 / 2 for |x| < 2^20. Adding 1.5 * 2^23 leaves the nearest integer in
 * the low bits. */
static inline float vm_split_exp(float x, int32_t *n) {
    float shifted = VM_FMA(x, 0x1.715476p+0f, 0x1.8p+23f);
    float whole = shifted - 0x1.8p+23f;
    *n = (int32_t)(vm_bits(shifted) - 0x4b400000u);
    float r =
        VM_FMA(whole, -0x1.62e400p-1f, x); /* ln2 in two parts; the first has 9 trailing zeros */
    return VM_FMA(whole, -0x1.7f7d1cp-20f, r);
}

/* exp(r) - 1 for |r| <= ln2 / 2 */
static inline float vm_expm1_core(float r) {
    float p = 0x1.a12652p-13f;
    p = VM_FMA(p, r, 0x1.6d44b2p-10f);
    p = VM_FMA(p, r, 0x1.1110e0p-7f);
    p = VM_FMA(p, r, 0x1.5554e8p-5f);
    p = VM_FMA(p, r, 0x1.555556p-3f);
    p = VM_FMA(p, r, 0.5f);
    return VM_FMA(p * r, r, r);
}

static inline float vm_exp(float x) {
    float clamped = x > 90.0f ? 90.0f : x; /* written so that NaN passes */
    clamped = clamped < -105.0f ? -105.0f : clamped;
    int32_t n;
    float r = vm_split_exp(clamped, &n);
    float y = 1.0f + vm_expm1_core(r);
    /* two exact factors: denormal results are rounded once, by the last of them */
    int32_t half = n >> 1;
    return y * vm_exponent(half) * vm_exponent(n - half);
}

/* exp(x) for x <= 0 (or NaN) */
static inline float vm_exp_negative(float x) {
    float clamped = x < -105.0f ? -105.0f : x;
    int32_t n;
    float r = vm_split_exp(clamped, &n);
    float y = 1.0f + vm_expm1_core(r);
    int32_t half = n >> 1;
    return y * vm_exponent(half) * vm_exponent(n - half);
}

static inline float vm_expm1(float x) {
    float clamped = x > 88.9f ? 88.9f : x;
    clamped = clamped < -18.0f ? -18.0f : clamped;
    int32_t n;
    float r = vm_split_exp(clamped, &n);
    float q = vm_expm1_core(r);
    float s = vm_exponent(n - 1); /* half of 2^n, which itself may be too large */
    float y = 2.0f * VM_FMA(s, q, s - 0.5f);
    return x == 0.0f ? x : y;
}

/* m in [sqrt(1/2), sqrt(2)) and e with x = m 2^e, for positive finite x */
static inline float vm_split_log(float x, float *e) {
    float tiny = x < 0x1p-126f ? 1.0f : 0.0f;
    float scaled = x < 0x1p-126f ? x * 0x1p+24f : x;
    uint32_t bits = vm_bits(scaled);
    int32_t whole = (int32_t)(bits - 0x3f3504f3u) >> 23; /* 0x3f3504f3: sqrt(1/2) */
    *e = (float)whole - 24.0f * tiny;
    return vm_float(bits - ((uint32_t)whole << 23));
}

/* log(1 + f) for 1 + f in [sqrt(1/2), sqrt(2)) */
static inline float vm_log1p_core(float f) {
    float p = 0x1.1d8ea6p-4f;
    p = VM_FMA(p, f, -0x1.d635bcp-4f);
    p = VM_FMA(p, f, 0x1.dea282p-4f);
    p = VM_FMA(p, f, -0x1.fcf4c6p-4f);
    p = VM_FMA(p, f, 0x1.23d21ap-3f);
    p = VM_FMA(p, f, -0x1.555b4ap-3f);
    p = VM_FMA(p, f, 0x1.999d5ap-3f);
    p = VM_FMA(p, f, -0x1.fffffcp-3f);
    p = VM_FMA(p, f, 0x1.555554p-2f);
    float square = f * f;
    float tail = VM_FMA(p * f, square, -0.5f * square);
    return f + tail;
}

/* What log gives outside the positive finite numbers. */
static inline float vm_log_special(float x, float y) {
    y = x == INFINITY ? x : y;
    y = x == 0.0f ? -INFINITY : y;
    return x >= 0.0f ? y : NAN;
}

static inline float vm_log(float x) {
    float e;
    float f = vm_split_log(x, &e) - 1.0f;
    float small = VM_FMA(e, 0x1.7f7d1cp-20f, vm_log1p_core(f));
    return vm_log_special(x, VM_FMA(e, 0x1.62e400p-1f, small));
}

static inline float vm_log2(float x) {
    float e;
    float y = vm_log1p_core(vm_split_log(x, &e) - 1.0f);
    float fraction = VM_FMA(y, 0x1.715476p+0f, y * 0x1.4ae0c0p-26f); /* 1 / ln2 in two parts */
    return vm_log_special(x, e + fraction);
}

static inline float vm_log10(float x) {
    float e;
    float y = vm_log1p_core(vm_split_log(x, &e) - 1.0f);
    float fraction =
        VM_FMA(y, 0x1.bcb7b2p-2f, y * -0x1.5b235ep-27f); /* 1 / ln10, log10(2) in two parts */
    fraction = VM_FMA(e, 0x1.3509f8p-18f, fraction);
    return vm_log_special(x, VM_FMA(e, 0x1.344000p-2f, fraction));
}

/* log(1 + x) for x > -1: the rounding error of 1 + x is carried along. */
static inline float vm_log1p(float x) {
    float u = 1.0f + x;
    float lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
    float e;
    float f = vm_split_log(u, &e) - 1.0f;
    float small = VM_FMA(e, 0x1.7f7d1cp-20f, lost / u);
    small = small + vm_log1p_core(f);
    float y = vm_log_special(u, VM_FMA(e, 0x1.62e400p-1f, small));
    return x == 0.0f ? x : y;
}

/* -t / (2 + t) with t = exp(-2|x|) - 1 */
static inline float vm_tanh(float x) {
    float a = vm_abs(x);
    a = a > 10.0f ? 10.0f : a; /* 1 from 9.02 on; NaN passes */
    int32_t n;
    float r = vm_split_exp(-2.0f * a, &n);
    float s = vm_exponent(n);
    float t = VM_FMA(s, vm_expm1_core(r), s - 1.0f);
    return vm_copysign(t / (2.0f + t), x);
}

static inline float vm_sigmoid(float x) {
    float e = vm_exp_negative(-vm_abs(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

static inline float vm_softplus(float x) {
    return (x > 0.0f ? x : 0.0f) + vm_log1p(vm_exp_negative(-vm_abs(x)));
}

/* Up to 1 an odd polynomial; beyond, 1 - exp(polynomial), which fits log(erfc). */
static inline float vm_erf(float x) {
    float a = vm_abs(x);
    float z = x * x;
    float p = 0x1.4a5690p-14f;
    p = VM_FMA(p, z, -0x1.a45088p-11f);
    p = VM_FMA(p, z, 0x1.541270p-8f);
    p = VM_FMA(p, z, -0x1.b7fabap-6f);
    p = VM_FMA(p, z, 0x1.ce2d10p-4f);
    p = VM_FMA(p, z, -0x1.81273ep-2f);
    p = VM_FMA(p, z, 0x1.06eba8p-3f); /* erf(x) / x less 1, so that the last rounding is small */
    float inner = VM_FMA(p, x, x);
    float c = a > 4.0f ? 4.0f : a; /* erf(4) rounds to 1 */
    float q = 0x1.b8f40ap-20f;
    q = VM_FMA(q, c, -0x1.83421ep-15f);
    q = VM_FMA(q, c, 0x1.395ae2p-11f);
    q = VM_FMA(q, c, -0x1.382e6ep-8f);
    q = VM_FMA(q, c, 0x1.b10e58p-6f);
    q = VM_FMA(q, c, -0x1.c2f554p-4f);
    q = VM_FMA(q, c, -0x1.437c8ap-1f);
    q = VM_FMA(q, c, -0x1.215788p+0f);
    q = VM_FMA(q, c, 0x1.518050p-12f);
    float outer = vm_copysign(1.0f - vm_exp_negative(q), x);
    return a > 1.0f ? outer : inner;
}

/* x = n pi/2 + r, |r| <= pi/4 and a little, for |x| <= VM_TRIG_LIMIT. The difference is taken in
 * double precision, pi/2 in two parts: x is near a multiple of pi/2 often enough. */
#define VM_TRIG_LIMIT 1048576.0f
static inline float vm_split_trig(float x, uint32_t *n) {
    float shifted = VM_FMA(x, 0x1.45f306p-1f, 0x1.8p+23f);
    *n = vm_bits(shifted);
    double whole = (double)(shifted - 0x1.8p+23f);
    double r = (double)x - whole * 0x1.921fb50000000p+0;
    return (float)(r - whole * 0x1.110b4611a6263p-26);
}

static inline float vm_sin_core(float r) {
    float z = r * r;
    float p = 0x1.6c75acp-19f;
    p = VM_FMA(p, z, -0x1.a00f14p-13f);
    p = VM_FMA(p, z, 0x1.11110ap-7f);
    p = VM_FMA(p, z, -0x1.555556p-3f);
    return VM_FMA(p * z, r, r);
}

static inline float vm_cos_core(float r) {
    float z = r * r;
    float p = -0x1.24490p-22f;
    p = VM_FMA(p, z, 0x1.a012b6p-16f);
    p = VM_FMA(p, z, -0x1.6c16bcp-10f);
    p = VM_FMA(p, z, 0x1.555556p-5f);
    return VM_FMA(p * z, z, VM_FMA(-0.5f, z, 1.0f));
}

/* sin(x + quarter pi/2) for |x| <= VM_TRIG_LIMIT */
static inline float vm_sin_shifted(float x, uint32_t quarter) {
    uint32_t n;
    float r = vm_split_trig(x, &n);
    n += quarter;
    float s = vm_sin_core(r), c = vm_cos_core(r);
    float y = (n & 1u) ? c : s;
    return vm_float(vm_bits(y) ^ ((n & 2u) << 30));
}

#endif
