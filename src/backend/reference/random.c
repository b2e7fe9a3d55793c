/* Random numbers; the scheme is described in philox.h. Elements are asked for in order, so the
 * latest block of words is kept. */
#include "backend/philox.h"
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    const cornu_operand *seed = &desc->operands[0], *out = &desc->operands[1];
    if (seed->dtype != CORNU_INT64 || cornu_reference_size_(seed) != 2)
        CORNU_FAIL(
            CORNU_EINVAL,
            "random kernel: the seed is %s with %lld elements instead of int64 with 2",
            cornu_dtype_name(seed->dtype), (long long)cornu_reference_size_(seed)
        );
    bool integer = cornu_reference_integer_(out->dtype);
    switch ((cornu_random_code)desc->code) {
    case CORNU_RANDOM_UNIFORM:
        if (!(desc->value[0] < desc->value[1]) && integer)
            CORNU_FAIL(
                CORNU_EINVAL, "random kernel: no integer is at least %g and below %g",
                desc->value[0], desc->value[1]
            );
        break;
    case CORNU_RANDOM_NORMAL:
    case CORNU_RANDOM_TRUNCATED_NORMAL:
        if (integer)
            CORNU_FAIL(
                CORNU_EDTYPE, "random kernel: normal numbers of type %s; a float type is needed",
                cornu_dtype_name(out->dtype)
            );
        break;
    case CORNU_RANDOM_BERNOULLI:
        break;
    case CORNU_RANDOM_PERMUTATION:
        CORNU_TRY(cornu_reference_need_integer_(desc, 1));
        break;
    default:
        CORNU_FAIL(CORNU_EINVAL, "random kernel: there is no distribution %d", desc->code);
    }
    return cornu_reference_need_dense_(desc, 1);
}

typedef struct words {
    cornu_philox draw;
    uint64_t block; /* of `latest`; UINT64_MAX: none, which no element reaches */
    philox4x32_ctr_t latest;
} words;

static const uint32_t *block_of(words *w, uint64_t block) {
    if (w->block != block) {
        w->latest = cornu_philox_block_(&w->draw, block);
        w->block = block;
    }
    return w->latest.v;
}

static uint32_t bits_32(words *w, uint64_t element) {
    return block_of(w, element / 4)[element % 4];
}

static uint64_t bits_64(words *w, uint64_t element) {
    const uint32_t *v = block_of(w, element / 2) + 2 * (element % 2);
    return cornu_philox_join_(v[0], v[1]);
}

static double normal(words *w, uint64_t i, bool wide) {
    uint64_t pair = i & ~UINT64_C(1);
    double even, odd;
    if (wide) cornu_normal_64_(bits_64(w, pair), bits_64(w, pair + 1), &even, &odd);
    else cornu_normal_32_(bits_32(w, pair), bits_32(w, pair + 1), &even, &odd);
    return i & 1 ? odd : even;
}

static double truncated_normal(words *w, uint64_t i, bool wide) {
    return wide ? cornu_truncated_normal_64_(bits_64(w, i))
                : cornu_truncated_normal_32_(bits_32(w, i));
}

/* A uniform number in 16 bits: what would be rounded up to `high` becomes a number a step of the
 * type below it. */
static double uniform_16(cornu_dtype dtype, uint32_t bits, double low, double high) {
    double value = (double)cornu_uniform_32_(bits, low, high);
    uint16_t element;
    cornu_store_double_at_(dtype, &element, 0, value);
    bool below = cornu_load_double_at_(dtype, &element, 0) < high;
    return below || !(low < high) ? value : high - (high - low) * 0x1p-7;
}

/* Element i of a float draw. */
static double float_element(const cornu_kernel_desc *desc, words *w, uint64_t i) {
    const double *v = desc->value;
    cornu_dtype dtype = desc->operands[1].dtype;
    bool wide = dtype == CORNU_FLOAT64;
    switch ((cornu_random_code)desc->code) {
    case CORNU_RANDOM_UNIFORM:
        if (wide) return cornu_uniform_64_(bits_64(w, i), v[0], v[1]);
        if (dtype != CORNU_FLOAT32) return uniform_16(dtype, bits_32(w, i), v[0], v[1]);
        return (double)cornu_uniform_32_(bits_32(w, i), v[0], v[1]);
    case CORNU_RANDOM_NORMAL:
        return v[0] + v[1] * normal(w, i, wide);
    case CORNU_RANDOM_TRUNCATED_NORMAL:
        return v[0] + v[1] * truncated_normal(w, i, wide);
    default:
        return bits_32(w, i) < cornu_bernoulli_threshold_(v[0]);
    }
}

static int64_t int_element(const cornu_kernel_desc *desc, words *w, uint64_t i) {
    const double *v = desc->value;
    if (desc->code == CORNU_RANDOM_BERNOULLI)
        return bits_32(w, i) < cornu_bernoulli_threshold_(v[0]);
    int64_t low = (int64_t)ceil(v[0]);
    uint64_t range = (uint64_t)(int64_t)ceil(v[1]) - (uint64_t)low;
    return cornu_uniform_int_(bits_64(w, i), low, range);
}

static void permute(words *w, cornu_dtype dtype, void *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) cornu_store_int_at_(dtype, out, i, i);
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = cornu_uniform_int_(bits_64(w, (uint64_t)i), 0, (uint64_t)i + 1);
        int64_t a = cornu_load_int_at_(dtype, out, i), b = cornu_load_int_at_(dtype, out, j);
        cornu_store_int_at_(dtype, out, i, b);
        cornu_store_int_at_(dtype, out, j, a);
    }
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    const cornu_operand *out = &desc->operands[1];
    const int64_t *seed = buffers[0];
    words w = {.draw = {(uint64_t)seed[0], (uint64_t)seed[1]}, .block = UINT64_MAX};
    int64_t n = cornu_reference_size_(out);
    if (desc->code == CORNU_RANDOM_PERMUTATION) {
        permute(&w, out->dtype, buffers[1], n);
        return CORNU_OK;
    }
    bool integer = cornu_reference_integer_(out->dtype);
    for (int64_t i = 0; i < n; i++) {
        if (integer)
            cornu_store_int_at_(out->dtype, buffers[1], i, int_element(desc, &w, (uint64_t)i));
        else
            cornu_store_double_at_(out->dtype, buffers[1], i, float_element(desc, &w, (uint64_t)i));
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_random_ = {"random", check, NULL, run};
