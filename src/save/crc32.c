/* CRC-32 by folding: 64 bytes, as polynomials over GF(2), are multiplied by the power of x that
 * moves them onto the next 64, modulo the CRC's polynomial, until 16 are left that have the
 * checksum of all. V. Gopal and others, "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ Instruction", Intel 2009. The rest, and all of it on other processors, is zlib's. */
#include "save/crc32.h"

#include <zlib.h>

static uint32_t by_zlib(uint32_t crc, const uint8_t *at, size_t size) {
    return (uint32_t)crc32_z(crc, at, size);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <wmmintrin.h>

enum { lane = 16, step = 4 * lane };

/* `value` moved by the powers of x in `powers`, onto what follows. */
__attribute__((target("pclmul,sse2"))) static __m128i fold(
    __m128i value, __m128i powers, __m128i next
) {
    __m128i low = _mm_clmulepi64_si128(value, powers, 0x00);
    __m128i high = _mm_clmulepi64_si128(value, powers, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* `size` is a multiple of `step`, and not 0. */
__attribute__((target("pclmul,sse2"))) static uint32_t by_folding(
    uint32_t crc, const uint8_t *at, size_t size
) {
    /* bits reflected: x^(512+32) and x^(512-32), x^(128+32) and x^(128-32) modulo the polynomial */
    const __m128i by_step = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    const __m128i by_lane = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    const __m128i *from = (const __m128i *)(const void *)at, *end = from + size / lane;
    __m128i a = _mm_loadu_si128(from), b = _mm_loadu_si128(from + 1);
    __m128i c = _mm_loadu_si128(from + 2), d = _mm_loadu_si128(from + 3);
    a = _mm_xor_si128(a, _mm_cvtsi32_si128((int)~crc));
    for (from += 4; from < end; from += 4) {
        a = fold(a, by_step, _mm_loadu_si128(from));
        b = fold(b, by_step, _mm_loadu_si128(from + 1));
        c = fold(c, by_step, _mm_loadu_si128(from + 2));
        d = fold(d, by_step, _mm_loadu_si128(from + 3));
    }
    uint8_t left[lane];
    a = fold(fold(fold(a, by_lane, b), by_lane, c), by_lane, d);
    _mm_storeu_si128((__m128i *)(void *)left, a);
    /* zlib inverts the bits of what it is given: from 0 inside */
    return by_zlib(UINT32_MAX, left, lane);
}

uint32_t cornu_crc32_(uint32_t crc, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    size_t folded = __builtin_cpu_supports("pclmul") ? size / step * step : 0;
    if (folded) crc = by_folding(crc, at, folded);
    return by_zlib(crc, at + folded, size - folded);
}

#else

uint32_t cornu_crc32_(uint32_t crc, const void *bytes, size_t size) {
    return by_zlib(crc, bytes, size);
}

#endif
