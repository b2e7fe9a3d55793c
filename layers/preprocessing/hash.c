/* FarmHash (Geoff Pike, https://github.com/google/farmhash: Fingerprint64, which is the function of
 * farmhashna) and SipHash-2-4 (Aumasson and Bernstein, 2012). Numbers are read from bytes with the
 * lowest first. */
#include "hash.h"

#include <inttypes.h>
#include <stdio.h>

static const uint64_t k0 = 0xc3a5c85c97cb3127u, k1 = 0xb492b66fbe98f273u, k2 = 0x9ae16a3b2f90404fu;

typedef const unsigned char *octets;

static uint64_t fetch(octets s, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)s[i] << (8 * i);
    return value;
}
static uint64_t fetch64(octets s) { return fetch(s, 8); }
static uint64_t fetch32(octets s) { return fetch(s, 4); }

static uint64_t right(uint64_t x, int by) { return (x >> by) | (x << (64 - by)); }
static uint64_t left(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }
static uint64_t mix(uint64_t x) { return x ^ (x >> 47); }

/* ---- FarmHash ---- */

/* Two words into one. */
static uint64_t fold(uint64_t u, uint64_t v, uint64_t factor) {
    uint64_t a = mix((u ^ v) * factor);
    return mix((v ^ a) * factor) * factor;
}

static uint64_t up_to_16(octets s, size_t size) {
    uint64_t factor = k2 + size * 2;
    if (size >= 8) {
        uint64_t a = fetch64(s) + k2, b = fetch64(s + size - 8);
        return fold(right(b, 37) * factor + a, (right(a, 25) + b) * factor, factor);
    }
    if (size >= 4) return fold(size + (fetch32(s) << 3), fetch32(s + size - 4), factor);
    if (size == 0) return k2;
    uint32_t y = s[0] + ((uint32_t)s[size >> 1] << 8);
    uint32_t z = (uint32_t)size + ((uint32_t)s[size - 1] << 2);
    return mix(y * k2 ^ z * k0) * k2;
}

static uint64_t up_to_32(octets s, size_t size) {
    uint64_t factor = k2 + size * 2;
    uint64_t a = fetch64(s) * k1, b = fetch64(s + 8);
    uint64_t c = fetch64(s + size - 8) * factor, d = fetch64(s + size - 16) * k2;
    return fold(right(a + b, 43) + right(c, 30) + d, a + right(b + k2, 18) + c, factor);
}

static uint64_t up_to_64(octets s, size_t size) {
    uint64_t factor = k2 + size * 2;
    uint64_t a = fetch64(s) * k2, b = fetch64(s + 8);
    uint64_t c = fetch64(s + size - 8) * factor, d = fetch64(s + size - 16) * k2;
    uint64_t y = right(a + b, 43) + right(c, 30) + d;
    uint64_t z = fold(y, a + right(b + k2, 18) + c, factor);
    uint64_t e = fetch64(s + 16) * factor, f = fetch64(s + 24);
    uint64_t g = (y + fetch64(s + size - 32)) * factor, h = (z + fetch64(s + size - 24)) * factor;
    return fold(right(e + f, 43) + right(g, 30) + h, e + right(f + a, 18) + g, factor);
}

typedef struct pair {
    uint64_t first, second;
} pair;

/* 32 bytes and two seeds into two words. */
static pair weak(octets s, uint64_t a, uint64_t b) {
    a += fetch64(s);
    b = right(b + a + fetch64(s + 24), 21);
    uint64_t c = a;
    a += fetch64(s + 8) + fetch64(s + 16);
    b += right(a, 44);
    return (pair){a + fetch64(s + 24), b + c};
}

typedef struct state {
    uint64_t x, y, z;
    pair v, w;
} state;

/* Takes in 64 bytes. `last`: they are the last ones, where two terms count ninefold. */
static void take_in(state *t, octets s, uint64_t factor, uint64_t times) {
    t->x = right(t->x + t->y + t->v.first + fetch64(s + 8), 37) * factor;
    t->y = right(t->y + t->v.second + fetch64(s + 48), 42) * factor;
    t->x ^= t->w.second * times;
    t->y += t->v.first * times + fetch64(s + 40);
    t->z = right(t->z + t->w.first, 33) * factor;
    t->v = weak(s, t->v.second * factor, t->x + t->w.first);
    t->w = weak(s + 32, t->z + t->w.second, t->y + fetch64(s + 16));
    uint64_t z = t->z;
    t->z = t->x;
    t->x = z;
}

static uint64_t beyond_64(octets s, size_t size) {
    const uint64_t seed = 81;
    state t = {.x = seed * k2 + fetch64(s), .y = seed * k1 + 113};
    t.z = mix(t.y * k2 + 113) * k2;
    size_t rest = (size - 1) & 63, whole = size - 1 - rest;
    for (size_t i = 0; i < whole; i += 64) take_in(&t, s + i, k1, 1);
    uint64_t factor = k1 + ((t.z & 0xff) << 1);
    t.w.first += rest;
    t.v.first += t.w.first;
    t.w.first += t.v.first;
    take_in(&t, s + size - 64, factor, 9);
    return fold(
        fold(t.v.first, t.w.first, factor) + mix(t.y) * k0 + t.z,
        fold(t.v.second, t.w.second, factor) + t.x, factor
    );
}

uint64_t cornu_fingerprint_(cornu_bytes bytes) {
    octets s = (octets)bytes.data;
    if (bytes.size <= 16) return up_to_16(s, bytes.size);
    if (bytes.size <= 32) return up_to_32(s, bytes.size);
    return bytes.size <= 64 ? up_to_64(s, bytes.size) : beyond_64(s, bytes.size);
}

uint64_t cornu_fingerprint_join_(uint64_t first, uint64_t second) {
    const uint64_t factor = 0xc6a4a7935bd1e995u;
    uint64_t result = first ^ factor;
    result ^= mix(second * factor) * factor;
    result *= factor;
    return mix(mix(result) * factor);
}

/* ---- SipHash ---- */

static void rounds(uint64_t v[4], int count) {
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[1] = left(v[1], 13) ^ v[0];
        v[0] = left(v[0], 32);
        v[2] += v[3];
        v[3] = left(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = left(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = left(v[1], 17) ^ v[2];
        v[2] = left(v[2], 32);
    }
}

uint64_t cornu_siphash_(cornu_bytes bytes, const uint64_t key[2]) {
    uint64_t v[4] = {
        0x736f6d6570736575u ^ key[0], 0x646f72616e646f6du ^ key[1], 0x6c7967656e657261u ^ key[0],
        0x7465646279746573u ^ key[1]};
    octets s = (octets)bytes.data;
    size_t left_over = bytes.size % 8, whole = bytes.size - left_over;
    for (size_t i = 0; i <= whole; i += 8) {
        uint64_t word =
            i < whole ? fetch64(s + i) : fetch(s + i, (int)left_over) | (uint64_t)bytes.size << 56;
        v[3] ^= word;
        rounds(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- buckets ---- */

cornu_status cornu_hasher_make_(cornu_ints salt, cornu_hasher *hasher) {
    *hasher = (cornu_hasher){.salted = salt.count > 0};
    if (salt.count > 2)
        CORNU_FAIL(CORNU_EINVAL, "salt must be one number or two, got %zu", salt.count);
    for (size_t i = 0; i < 2 && salt.count > 0; i++)
        hasher->salt[i] = (uint64_t)salt.items[i < salt.count ? i : 0];
    return CORNU_OK;
}

int64_t cornu_hasher_bucket_(const cornu_hasher *hasher, cornu_bytes bytes, int64_t buckets) {
    uint64_t hash =
        hasher->salted ? cornu_siphash_(bytes, hasher->salt) : cornu_fingerprint_(bytes);
    return (int64_t)(hash % (uint64_t)buckets);
}

cornu_bytes cornu_decimal_(int64_t number, char text[24]) {
    int length = snprintf(text, 24, "%" PRId64, number);
    return (cornu_bytes){text, (size_t)length};
}

cornu_status cornu_hasher_get_config_(const cornu_hasher *hasher, cornu_config *config) {
    if (!hasher->salted) return cornu_config_set_null(config, "salt");
    const int64_t salt[2] = {(int64_t)hasher->salt[0], (int64_t)hasher->salt[1]};
    return cornu_config_set_ints(config, "salt", salt, 2);
}
