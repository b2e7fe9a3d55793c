/* Conversion between any two element types. Values travel as float, double or int64_t, whichever
 * holds both sides; loops are written by macro per pair of groups, so that the common ones
 * vectorise. */
#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

/* ---- 16-bit floats ---- */

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t cornu_bfloat16_from_(float value) {
    uint32_t bits = bits_of(value);
    if (isnan(value)) return (uint16_t)((bits >> 16) | 0x40); /* stays a NaN, made quiet */
    /* adds a half, or just less if the last kept bit is even: ties go to even, and a carry runs
     * into the exponent */
    bits += 0x7fff + ((bits >> 16) & 1);
    return (uint16_t)(bits >> 16);
}

float cornu_bfloat16_to_(uint16_t bits) { return float_of((uint32_t)bits << 16); }

uint16_t cornu_float16_from_(float value) {
    uint32_t bits = bits_of(value);
    uint32_t sign = (bits >> 16) & 0x8000;
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return (uint16_t)(sign | 0x7e00 | ((bits >> 13) & 0x3ff));
    if (bits >= 0x47800000) return (uint16_t)(sign | 0x7c00); /* 65536 and more */
    if (bits < 0x38800000) {
        /* Below 2^-14 halves are multiples of 2^-24: adding 0.5, whose last bit is worth 2^-24,
         * rounds as wanted. */
        return (uint16_t)(sign | (bits_of(float_of(bits) + 0.5f) - 0x3f000000));
    }
    bits += 0xfff + ((bits >> 13) & 1);                    /* ties to even, as above */
    return (uint16_t)(sign | ((bits - 0x38000000) >> 13)); /* exponent bias 127 -> 15 */
}

float cornu_float16_to_(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) return float_of(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
    if (magnitude < 0x400) {
        float value = (float)magnitude * 0x1p-24f;
        return sign ? -value : value;
    }
    return float_of(sign | ((magnitude << 13) + 0x38000000));
}

/* Straight from double, since rounding twice (to float, then to 16 bits) may end on the wrong
 * neighbour: the step to float rounds to odd, which leaves a mark of what was cut off for the
 * second step. */
static float narrow_to_odd(double value) {
    float near = (float)value;
    if (isnan(value) || isinf(near) || (double)near == value) return near;
    uint32_t bits = bits_of(near);
    if (bits & 1) return near;
    bool further = fabs((double)near) > fabs(value);
    return float_of(further ? bits - 1 : bits + 1);
}

/* ---- to integers ---- */

static inline int64_t int64_from(double value) {
    if (value >= 0x1p63) return INT64_MAX;
    if (value < -0x1p63) return INT64_MIN;
    return isnan(value) ? 0 : (int64_t)value;
}

static inline double clamp(double value, double low, double high) {
    return isnan(value) ? 0 : value < low ? low : value > high ? high : value;
}

/* ---- loops ---- */

/* X(dtype, C type, value of an element, group): READ gives an element of the stored type as a
 * number. */
#define SAME(x) (x)
#define READERS(X)                                                                                 \
    X(CORNU_FLOAT32, float, SAME)                                                                  \
    X(CORNU_FLOAT64, double, SAME)                                                                 \
    X(CORNU_BFLOAT16, uint16_t, cornu_bfloat16_to_)                                                \
    X(CORNU_FLOAT16, uint16_t, cornu_float16_to_)                                                  \
    X(CORNU_INT8, int8_t, SAME)                                                                    \
    X(CORNU_INT16, int16_t, SAME)                                                                  \
    X(CORNU_INT32, int32_t, SAME)                                                                  \
    X(CORNU_INT64, int64_t, SAME)                                                                  \
    X(CORNU_UINT8, uint8_t, SAME)                                                                  \
    X(CORNU_BOOL, uint8_t, TRUTH)
#define TRUTH(x) ((x) != 0)

/* Writers from a number of integer or of floating type. */
#define F32(x) ((float)(x))
#define F64(x) ((double)(x))
#define BF16(x) cornu_bfloat16_from_(narrow_to_odd((double)(x)))
#define F16(x) cornu_float16_from_(narrow_to_odd((double)(x)))
#define BF16_FLOAT(x) cornu_bfloat16_from_(x)
#define F16_FLOAT(x) cornu_float16_from_(x)
#define I8(x) ((int8_t)(x))
#define I16(x) ((int16_t)(x))
#define I32(x) ((int32_t)(x))
#define I64(x) ((int64_t)(x))
#define U8(x) ((uint8_t)(x))
#define I8_CLAMP(x) ((int8_t)clamp((double)(x), INT8_MIN, INT8_MAX))
#define I16_CLAMP(x) ((int16_t)clamp((double)(x), INT16_MIN, INT16_MAX))
#define I32_CLAMP(x) ((int32_t)clamp((double)(x), INT32_MIN, INT32_MAX))
#define I64_CLAMP(x) int64_from((double)(x))
#define U8_CLAMP(x) ((uint8_t)clamp((double)(x), 0, UINT8_MAX))

#define LOOP(from_type, read, to_type, write)                                                      \
    do {                                                                                           \
        const from_type *in = source;                                                              \
        to_type *out = target;                                                                     \
        for (size_t i = 0; i < count; i++) out[i] = write(read(in[i]));                            \
        return;                                                                                    \
    } while (0)

/* One function per source type; the writers of integers differ for integers and floats, those of
 * 16-bit floats for float (exact as it is) and the rest. */
#define CONVERT_FROM(name, from_type, read, bf16, f16, i8, i16, i32, i64, u8)                      \
    static void name(cornu_dtype to, void *target, const void *source, size_t count) {             \
        switch (to) {                                                                              \
        case CORNU_FLOAT32:                                                                        \
            LOOP(from_type, read, float, F32);                                                     \
        case CORNU_FLOAT64:                                                                        \
            LOOP(from_type, read, double, F64);                                                    \
        case CORNU_BFLOAT16:                                                                       \
            LOOP(from_type, read, uint16_t, bf16);                                                 \
        case CORNU_FLOAT16:                                                                        \
            LOOP(from_type, read, uint16_t, f16);                                                  \
        case CORNU_INT8:                                                                           \
            LOOP(from_type, read, int8_t, i8);                                                     \
        case CORNU_INT16:                                                                          \
            LOOP(from_type, read, int16_t, i16);                                                   \
        case CORNU_INT32:                                                                          \
            LOOP(from_type, read, int32_t, i32);                                                   \
        case CORNU_INT64:                                                                          \
            LOOP(from_type, read, int64_t, i64);                                                   \
        case CORNU_UINT8:                                                                          \
            LOOP(from_type, read, uint8_t, u8);                                                    \
        case CORNU_BOOL:                                                                           \
            LOOP(from_type, read, uint8_t, TRUTH);                                                 \
        case CORNU_DTYPE_COUNT:                                                                    \
            break;                                                                                 \
        }                                                                                          \
    }
#define FROM_FLOAT(name, type, read)                                                               \
    CONVERT_FROM(                                                                                  \
        name, type, read, BF16_FLOAT, F16_FLOAT, I8_CLAMP, I16_CLAMP, I32_CLAMP, I64_CLAMP,        \
        U8_CLAMP                                                                                   \
    )
#define FROM_DOUBLE(name, type, read)                                                              \
    CONVERT_FROM(name, type, read, BF16, F16, I8_CLAMP, I16_CLAMP, I32_CLAMP, I64_CLAMP, U8_CLAMP)
#define FROM_INTEGER(name, type, read)                                                             \
    CONVERT_FROM(name, type, read, BF16, F16, I8, I16, I32, I64, U8)

FROM_FLOAT(from_float32, float, SAME)
FROM_DOUBLE(from_float64, double, SAME)
FROM_FLOAT(from_bfloat16, uint16_t, cornu_bfloat16_to_)
FROM_FLOAT(from_float16, uint16_t, cornu_float16_to_)
FROM_INTEGER(from_int8, int8_t, SAME)
FROM_INTEGER(from_int16, int16_t, SAME)
FROM_INTEGER(from_int32, int32_t, SAME)
FROM_INTEGER(from_int64, int64_t, SAME)
FROM_INTEGER(from_uint8, uint8_t, SAME)
FROM_INTEGER(from_bool, uint8_t, TRUTH)

void cornu_convert_(
    cornu_dtype to, void *target, cornu_dtype from, const void *source, size_t count
) {
    static void (*const converters[CORNU_DTYPE_COUNT]
    )(cornu_dtype, void *, const void *, size_t) = {
        [CORNU_FLOAT32] = from_float32,   [CORNU_FLOAT64] = from_float64,
        [CORNU_BFLOAT16] = from_bfloat16, [CORNU_FLOAT16] = from_float16,
        [CORNU_INT8] = from_int8,         [CORNU_INT16] = from_int16,
        [CORNU_INT32] = from_int32,       [CORNU_INT64] = from_int64,
        [CORNU_UINT8] = from_uint8,       [CORNU_BOOL] = from_bool,
    };
    if (count == 0) return;
    if (to == from) {
        memmove(target, source, count * cornu_dtype_size(to));
    } else {
        converters[from](to, target, source, count);
    }
}

double cornu_element_get_(cornu_dtype dtype, const void *data, int64_t index) {
    switch (dtype) {
#define GET(name, type, read)                                                                      \
    case name:                                                                                     \
        return (double)read(((const type *)data)[index]);
        READERS(GET)
#undef GET
    case CORNU_DTYPE_COUNT:
        break;
    }
    return (double)NAN;
}

void cornu_element_set_(cornu_dtype dtype, void *data, int64_t index, double value) {
    from_float64(dtype, (char *)data + (size_t)index * cornu_dtype_size(dtype), &value, 1);
}
