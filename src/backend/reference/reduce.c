/* Reductions over any set of axes. Floats are accumulated in double in blocks of 128 whose sums are
 * added up, integers in int64; max and min of floats are NaN if any element is, and the
 * arg-reductions point to the first NaN, as in NumPy. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

#include <math.h>

#define BLOCK 128

/* The axes of one side (kept or reduced), neighbours merged where the layout allows it. */
typedef struct axes {
    int rank;
    int64_t dims[CORNU_MAX_RANK], strides[CORNU_MAX_RANK], size;
} axes;

static axes pick_axes(const cornu_operand *in, uint32_t set) {
    axes picked = {.size = 1};
    for (int i = 0; i < in->rank; i++) {
        if (!(set >> i & 1)) continue;
        int last = picked.rank - 1;
        picked.size *= in->dims[i];
        if (last >= 0 && picked.strides[last] == in->dims[i] * in->strides[i]) {
            picked.dims[last] *= in->dims[i];
            picked.strides[last] = in->strides[i];
        } else {
            picked.dims[picked.rank] = in->dims[i];
            picked.strides[picked.rank++] = in->strides[i];
        }
    }
    return picked;
}

/* The offset of a row-major position, and how many elements follow it on the innermost axis, itself
 * included. */
static int64_t locate(const axes *a, int64_t position, int64_t *left) {
    int64_t offset = 0;
    *left = 1;
    for (int i = a->rank - 1; i >= 0; i--) {
        int64_t at = position % a->dims[i];
        position /= a->dims[i];
        offset += at * a->strides[i];
        if (i == a->rank - 1) *left = a->dims[i] - at;
    }
    return offset;
}

static bool is_arg(int code) { return code == CORNU_REDUCE_ARGMAX || code == CORNU_REDUCE_ARGMIN; }

static cornu_status check(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 2));
    CORNU_TRY(cornu_reference_need_dense_(desc, 0));
    CORNU_TRY(cornu_reference_need_dense_(desc, 1));
    const cornu_operand *in = &desc->operands[0], *out = &desc->operands[1];
    if (desc->code < 0 || desc->code >= CORNU_REDUCE_COUNT)
        CORNU_FAIL(CORNU_EINVAL, "reduce kernel: there is no reduction %d", desc->code);
    if (desc->axes >> in->rank != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "reduce kernel: axes 0x%x of a tensor of rank %d", desc->axes, in->rank
        );
    int kept = 0, reduced = 0;
    int64_t size = 1;
    for (int i = 0; i < in->rank; i++) {
        if (desc->axes >> i & 1) {
            reduced++;
            size *= in->dims[i];
        } else if (kept >= out->rank || out->dims[kept++] != in->dims[i]) {
            CORNU_FAIL(
                CORNU_EINVAL, "reduce kernel: the output lacks axis %d of the input, of size %lld",
                i, (long long)in->dims[i]
            );
        }
    }
    CORNU_TRY(cornu_reference_need_rank_(desc, 1, kept));
    if (is_arg(desc->code)) {
        CORNU_TRY(cornu_reference_need_integer_(desc, 1));
        if (reduced != 1)
            CORNU_FAIL(
                CORNU_EINVAL, "reduce kernel: an index is along one axis, not along %d", reduced
            );
    }
    bool has_identity =
        desc->code != CORNU_REDUCE_MAX && desc->code != CORNU_REDUCE_MIN && !is_arg(desc->code);
    if (size == 0 && !has_identity)
        CORNU_FAIL(CORNU_EINVAL, "the maximum or minimum of no elements is not defined");
    return CORNU_OK;
}

/* What has been seen so far; `index` is that of the element in `value` for arg-reductions. */
typedef struct float_state {
    double value;
    int64_t index;
} float_state;

/* Takes in a block of elements that begins at index `first`. */
static void fold_floats(int code, float_state *s, const double *x, int count, int64_t first) {
    double block = code == CORNU_REDUCE_PROD ? 1 : 0;
    switch ((cornu_reduce_code)code) {
    case CORNU_REDUCE_SUM:
    case CORNU_REDUCE_MEAN:
        for (int i = 0; i < count; i++) block += x[i];
        s->value += block;
        break;
    case CORNU_REDUCE_PROD:
        for (int i = 0; i < count; i++) block *= x[i];
        s->value *= block;
        break;
    case CORNU_REDUCE_MAX:
        for (int i = 0; i < count; i++) s->value = cornu_maximum_(s->value, x[i]);
        break;
    case CORNU_REDUCE_MIN:
        for (int i = 0; i < count; i++) s->value = cornu_minimum_(s->value, x[i]);
        break;
    case CORNU_REDUCE_ANY:
        for (int i = 0; i < count; i++) s->value = s->value != 0 || x[i] != 0;
        break;
    case CORNU_REDUCE_ALL:
        for (int i = 0; i < count; i++) s->value = s->value != 0 && x[i] != 0;
        break;
    case CORNU_REDUCE_ARGMAX:
    case CORNU_REDUCE_ARGMIN:
        for (int i = 0; i < count; i++) {
            bool better = code == CORNU_REDUCE_ARGMAX ? x[i] > s->value : x[i] < s->value;
            if (s->index >= 0 && !better && !(isnan(x[i]) && !isnan(s->value))) continue;
            s->value = x[i];
            s->index = first + i;
        }
        break;
    case CORNU_REDUCE_COUNT:
        break;
    }
}

typedef struct int_state {
    int64_t value, index;
} int_state;

static void fold_ints(int code, int_state *s, const int64_t *x, int count, int64_t first) {
    for (int i = 0; i < count; i++) {
        bool better = s->index < 0 ||
                      (code == CORNU_REDUCE_MAX || code == CORNU_REDUCE_ARGMAX ? x[i] > s->value
                                                                               : x[i] < s->value);
        switch ((cornu_reduce_code)code) {
        case CORNU_REDUCE_SUM:
            s->value = cornu_int_add_(s->value, x[i]);
            break;
        case CORNU_REDUCE_PROD:
            s->value = cornu_int_multiply_(s->value, x[i]);
            break;
        case CORNU_REDUCE_ANY:
            s->value = s->value != 0 || x[i] != 0;
            break;
        case CORNU_REDUCE_ALL:
            s->value = s->value != 0 && x[i] != 0;
            break;
        case CORNU_REDUCE_MAX:
        case CORNU_REDUCE_MIN:
        case CORNU_REDUCE_ARGMAX:
        case CORNU_REDUCE_ARGMIN:
            if (!better) break;
            s->value = x[i];
            s->index = first + i;
            break;
        case CORNU_REDUCE_MEAN: /* always in double */
        case CORNU_REDUCE_COUNT:
            break;
        }
    }
}

static double float_start(int code) {
    switch (code) {
    case CORNU_REDUCE_PROD:
    case CORNU_REDUCE_ALL:
        return 1;
    case CORNU_REDUCE_MAX:
        return -HUGE_VAL;
    case CORNU_REDUCE_MIN:
        return HUGE_VAL;
    default:
        return 0;
    }
}

/* One element of the output: the reduced axes are passed in runs of at most BLOCK elements. */
static void reduce_floats(
    const cornu_kernel_desc *desc, void *const *buffers, const axes *reduced, int64_t base,
    int64_t to
) {
    double block[BLOCK];
    float_state state = {float_start(desc->code), -1};
    cornu_run run = {.dtype = desc->operands[0].dtype, .data = buffers[0]};
    run.stride = reduced->rank > 0 ? reduced->strides[reduced->rank - 1] : 1;
    for (int64_t at = 0; at < reduced->size; at += run.count) {
        run.offset = base + locate(reduced, at, &run.count);
        if (run.count > BLOCK) run.count = BLOCK;
        cornu_load_double_(&run, block);
        fold_floats(desc->code, &state, block, (int)run.count, at);
    }
    if (desc->code == CORNU_REDUCE_MEAN) state.value /= (double)reduced->size; /* of nothing: NaN */
    if (is_arg(desc->code))
        cornu_store_int_at_(desc->operands[1].dtype, buffers[1], to, state.index);
    else cornu_store_double_at_(desc->operands[1].dtype, buffers[1], to, state.value);
}

static void reduce_ints(
    const cornu_kernel_desc *desc, void *const *buffers, const axes *reduced, int64_t base,
    int64_t to
) {
    int64_t block[BLOCK];
    int_state state = {desc->code == CORNU_REDUCE_PROD || desc->code == CORNU_REDUCE_ALL, -1};
    cornu_run run = {.dtype = desc->operands[0].dtype, .data = buffers[0]};
    run.stride = reduced->rank > 0 ? reduced->strides[reduced->rank - 1] : 1;
    for (int64_t at = 0; at < reduced->size; at += run.count) {
        run.offset = base + locate(reduced, at, &run.count);
        if (run.count > BLOCK) run.count = BLOCK;
        cornu_load_int_(&run, block);
        fold_ints(desc->code, &state, block, (int)run.count, at);
    }
    cornu_store_int_at_(
        desc->operands[1].dtype, buffers[1], to, is_arg(desc->code) ? state.index : state.value
    );
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    const cornu_operand *in = &desc->operands[0], *out = &desc->operands[1];
    bool ints = cornu_reference_integer_(in->dtype) && cornu_reference_integer_(out->dtype) &&
                desc->code != CORNU_REDUCE_MEAN;
    axes kept = pick_axes(in, ~desc->axes), reduced = pick_axes(in, desc->axes);
    int64_t left;
    for (int64_t i = 0; i < kept.size; i++)
        (ints ? reduce_ints : reduce_floats)(desc, buffers, &reduced, locate(&kept, i, &left), i);
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_reduce_ = {"reduce", check, NULL, run};
