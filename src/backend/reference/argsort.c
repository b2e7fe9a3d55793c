/* Stable sorting permutations. Every element becomes an unsigned key whose order is the wanted one
 * (NaN last, -0 equal to 0, complemented for descending); a bottom-up merge sort then moves
 * positions only. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

#include <math.h>
#include <string.h>

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 2));
    CORNU_TRY(cornu_reference_need_like_(desc, 1, 0));
    CORNU_TRY(cornu_reference_need_integer_(desc, 1));
    CORNU_TRY(cornu_reference_need_dense_(desc, 0));
    return cornu_reference_need_dense_(desc, 1);
}

/* Keys of one row, and two arrays of positions to merge between. */
static size_t workspace_size(const cornu_kernel_desc *desc) {
    return 3 * (size_t)desc->operands[0].dims[1] * sizeof(uint64_t);
}

#define SIGN_BIT (UINT64_C(1) << 63)

static uint64_t key_of_double(double value, bool descending) {
    if (isnan(value)) return UINT64_MAX;
    if (value == 0) value = 0; /* -0 */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    /* negative numbers order backwards by their bits; infinities stay clear of UINT64_MAX */
    bits = bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
    return descending ? ~bits : bits;
}

static uint64_t key_of_int(int64_t value, bool descending) {
    uint64_t bits = (uint64_t)value ^ SIGN_BIT;
    return descending ? ~bits : bits;
}

static void read_keys(
    const cornu_kernel_desc *desc, const void *data, int64_t row, uint64_t *keys
) {
    cornu_dtype dtype = desc->operands[0].dtype;
    int64_t n = desc->operands[0].dims[1];
    for (int64_t i = 0; i < n; i++)
        keys[i] = cornu_reference_integer_(dtype)
                      ? key_of_int(cornu_load_int_at_(dtype, data, row * n + i), desc->flag)
                      : key_of_double(cornu_load_double_at_(dtype, data, row * n + i), desc->flag);
}

/* Merges from[a, b) and from[b, c) into to[a, c); equal keys keep their order. */
static void merge(
    const uint64_t *keys, const int64_t *from, int64_t *to, int64_t a, int64_t b, int64_t c
) {
    int64_t left = a, right = b;
    for (int64_t i = a; i < c; i++) {
        bool take_left = left < b && (right >= c || keys[from[left]] <= keys[from[right]]);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

static int64_t at_most(int64_t value, int64_t limit) { return value < limit ? value : limit; }

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1];
    uint64_t *keys = workspace;
    for (int64_t row = 0; row < rows; row++) {
        int64_t *from = (int64_t *)workspace + n, *to = from + n;
        read_keys(desc, buffers[0], row, keys);
        for (int64_t i = 0; i < n; i++) from[i] = i;
        for (int64_t width = 1; width < n; width *= 2) {
            for (int64_t a = 0; a < n; a += 2 * width)
                merge(keys, from, to, a, at_most(a + width, n), at_most(a + 2 * width, n));
            int64_t *swap = from;
            from = to;
            to = swap;
        }
        cornu_run target = {desc->operands[1].dtype, buffers[1], row * n, 1, n};
        cornu_store_int_(&target, from);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_argsort_ = {"argsort", check, workspace_size, run};
