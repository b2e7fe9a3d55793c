/* Loads and stores of runs: one loop per type, written once as a macro, so that the type is looked
 * at once per run. */
#include "backend/reference/access.h"

#include "tensor/tensor.h"
#include <math.h>

/* Truncates and clamps to [low, high], which double holds exactly or rounds up to high + 1. */
static inline int64_t clamped(double value, int64_t low, int64_t high) {
    if (isnan(value)) return 0;
    if (value <= (double)low) return low;
    if (value >= (double)high) return high;
    return (int64_t)value;
}

static inline int64_t to_int64(double value) { return clamped(value, INT64_MIN, INT64_MAX); }

/* Types with their C type, and what turns an element x into a double or an int64. */
#define READ_LIST(X)                                                                               \
    X(CORNU_FLOAT32, float, (double)x, to_int64((double)x))                                        \
    X(CORNU_FLOAT64, double, x, to_int64(x))                                                       \
    X(CORNU_BFLOAT16, uint16_t, (double)cornu_bfloat16_to_(x),                                     \
      to_int64((double)cornu_bfloat16_to_(x)))                                                     \
    X(CORNU_FLOAT16, uint16_t, (double)cornu_float16_to_(x),                                       \
      to_int64((double)cornu_float16_to_(x)))                                                      \
    X(CORNU_INT8, int8_t, (double)x, x)                                                            \
    X(CORNU_INT16, int16_t, (double)x, x)                                                          \
    X(CORNU_INT32, int32_t, (double)x, x)                                                          \
    X(CORNU_INT64, int64_t, (double)x, x)                                                          \
    X(CORNU_UINT8, uint8_t, (double)x, x)                                                          \
    X(CORNU_BOOL, uint8_t, x != 0 ? 1.0 : 0.0, x != 0)

/* The same for writing: from a double x, from an int64 x. */
#define WRITE_LIST(X)                                                                              \
    X(CORNU_FLOAT32, float, (float)x, (float)x)                                                    \
    X(CORNU_FLOAT64, double, x, (double)x)                                                         \
    X(CORNU_BFLOAT16, uint16_t, cornu_bfloat16_from_((float)x), cornu_bfloat16_from_((float)x))    \
    X(CORNU_FLOAT16, uint16_t, cornu_float16_from_((float)x), cornu_float16_from_((float)x))       \
    X(CORNU_INT8, int8_t, (int8_t)clamped(x, INT8_MIN, INT8_MAX), (int8_t)x)                       \
    X(CORNU_INT16, int16_t, (int16_t)clamped(x, INT16_MIN, INT16_MAX), (int16_t)x)                 \
    X(CORNU_INT32, int32_t, (int32_t)clamped(x, INT32_MIN, INT32_MAX), (int32_t)x)                 \
    X(CORNU_INT64, int64_t, to_int64(x), x)                                                        \
    X(CORNU_UINT8, uint8_t, (uint8_t)clamped(x, 0, UINT8_MAX), (uint8_t)x)                         \
    X(CORNU_BOOL, uint8_t, x != 0, x != 0)

#define LOAD(dtype_, type, expression)                                                             \
    case dtype_: {                                                                                 \
        const type *data = (const type *)run->data + run->offset;                                  \
        for (int64_t i = 0; i < run->count; i++) {                                                 \
            const type x = data[i * run->stride];                                                  \
            values[i] = (expression);                                                              \
        }                                                                                          \
        break;                                                                                     \
    }
#define LOAD_DOUBLE(dtype_, type, as_double, as_int) LOAD(dtype_, type, as_double)
#define LOAD_INT(dtype_, type, as_double, as_int) LOAD(dtype_, type, as_int)

#define STORE(dtype_, type, source, expression)                                                    \
    case dtype_: {                                                                                 \
        type *data = (type *)run->data + run->offset;                                              \
        for (int64_t i = 0; i < run->count; i++) {                                                 \
            const source x = values[i];                                                            \
            data[i * run->stride] = (expression);                                                  \
        }                                                                                          \
        break;                                                                                     \
    }
#define STORE_DOUBLE(dtype_, type, of_double, of_int) STORE(dtype_, type, double, of_double)
#define STORE_INT(dtype_, type, of_double, of_int) STORE(dtype_, type, int64_t, of_int)

void cornu_load_double_(const cornu_run *run, double *values) {
    switch (run->dtype) {
        READ_LIST(LOAD_DOUBLE)
    case CORNU_DTYPE_COUNT:
        break;
    }
}

void cornu_load_int_(const cornu_run *run, int64_t *values) {
    switch (run->dtype) {
        READ_LIST(LOAD_INT)
    case CORNU_DTYPE_COUNT:
        break;
    }
}

void cornu_store_double_(const cornu_run *run, const double *values) {
    switch (run->dtype) {
        WRITE_LIST(STORE_DOUBLE)
    case CORNU_DTYPE_COUNT:
        break;
    }
}

void cornu_store_int_(const cornu_run *run, const int64_t *values) {
    switch (run->dtype) {
        WRITE_LIST(STORE_INT)
    case CORNU_DTYPE_COUNT:
        break;
    }
}

/* A run that is only loaded from may point to constant data. */
static cornu_run one(cornu_dtype dtype, const void *data, int64_t index) {
    return (cornu_run){dtype, (void *)(uintptr_t)data, index, 1, 1};
}

double cornu_load_double_at_(cornu_dtype dtype, const void *data, int64_t index) {
    double value = 0;
    cornu_run run = one(dtype, data, index);
    cornu_load_double_(&run, &value);
    return value;
}

int64_t cornu_load_int_at_(cornu_dtype dtype, const void *data, int64_t index) {
    int64_t value = 0;
    cornu_run run = one(dtype, data, index);
    cornu_load_int_(&run, &value);
    return value;
}

void cornu_store_double_at_(cornu_dtype dtype, void *data, int64_t index, double value) {
    cornu_run run = one(dtype, data, index);
    cornu_store_double_(&run, &value);
}

void cornu_store_int_at_(cornu_dtype dtype, void *data, int64_t index, int64_t value) {
    cornu_run run = one(dtype, data, index);
    cornu_store_int_(&run, &value);
}
