/* Pooling and its transposes, straight from their definition. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/window.h"

#include <math.h>

static bool is_max(const cornu_kernel_desc *desc) { return desc->code == CORNU_REDUCE_MAX; }

/* Every window must read something. */
static cornu_status check_windows(const cornu_kernel_desc *desc, int x, int y) {
    const cornu_stencil *s = desc->stencil;
    for (int i = 0; i < s->rank; i++) {
        int64_t in = desc->operands[x].dims[1 + i], out = desc->operands[y].dims[1 + i];
        bool sound = s->stride[i] >= 1 && s->dilation[i] >= 1 && s->size[i] >= 1;
        for (int64_t place = 0; sound && place < out; place++) {
            int64_t first = place * s->stride[i] - s->before[i];
            /* the first element that is not in front of the axis */
            int64_t skipped = first < 0 ? (-first + s->dilation[i] - 1) / s->dilation[i] : 0;
            sound = skipped < s->size[i] && first + skipped * s->dilation[i] < in;
        }
        if (!sound)
            CORNU_FAIL(
                CORNU_EINVAL, "pool kernel: windows of %lld in steps of %lld leave axis %d of %lld",
                (long long)s->size[i], (long long)s->stride[i], i, (long long)in
            );
    }
    return CORNU_OK;
}

/* `x` and `y` are the operands that have the sizes of the input and of the output. */
static cornu_status check(const cornu_kernel_desc *desc, int x, int y) {
    if (desc->code != CORNU_REDUCE_MAX && desc->code != CORNU_REDUCE_MEAN)
        CORNU_FAIL(CORNU_EINVAL, "pool kernel: there is no code %d", desc->code);
    if (desc->stencil == NULL || desc->stencil->rank < 1 || desc->stencil->rank > CORNU_MAX_SPATIAL)
        CORNU_FAIL(CORNU_EINVAL, "pool kernel: without a stencil of 1 to 3 axes");
    int last = desc->stencil->rank + 1;
    for (int i = 0; i < desc->operand_count; i++) {
        CORNU_TRY(cornu_reference_need_rank_(desc, i, last + 1));
        CORNU_TRY(cornu_reference_need_dense_(desc, i));
        if (desc->operands[i].dims[0] != desc->operands[0].dims[0] ||
            desc->operands[i].dims[last] != desc->operands[0].dims[last])
            CORNU_FAIL(CORNU_EINVAL, "pool kernel: batches or channels differ");
    }
    return check_windows(desc, x, y);
}

static cornu_status check_pool(const cornu_kernel_desc *desc) {
    bool selects = is_max(desc) && desc->operand_count == 3;
    CORNU_TRY(cornu_reference_need_count_(desc, selects ? 3 : 2));
    if (selects) CORNU_TRY(cornu_reference_need_like_(desc, 1, 0));
    return check(desc, 0, desc->operand_count - 1);
}

static cornu_status check_gradient(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, is_max(desc) ? 3 : 2));
    if (is_max(desc)) CORNU_TRY(cornu_reference_need_like_(desc, 2, 0));
    return check(desc, desc->operand_count - 1, desc->operand_count - 2);
}

/* ---- one window ---- */
/* Elements of x that a window reads: their number, their sum or the first of the largest. */
typedef struct seen {
    int64_t count, best; /* `best` is an index into x */
    double largest, sum;
} seen;

static seen look(
    const cornu_window_axes *a, const cornu_operand *x, const void *data, int64_t row,
    int64_t channel
) {
    seen s = {.best = -1};
    int64_t place[3], tap[3], input;
    cornu_window_split_(row % a->out_places, a->out, place);
    for (int64_t t = 0; t < a->taps; t++) {
        cornu_window_split_(t, a->size, tap);
        if (!cornu_window_locate_(a, place, tap, &input)) continue;
        input += row / a->out_places * a->in_places;
        s.count++;
        if (data == NULL) continue;
        int64_t at = input * a->in_channels + channel;
        double value = cornu_load_double_at_(x->dtype, data, at);
        s.sum += value;
        bool larger = value > s.largest || (isnan(value) && !isnan(s.largest));
        if (s.best < 0 || larger) s.best = at, s.largest = value;
    }
    return s;
}

static cornu_status run_pool(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    int last = desc->operand_count - 1;
    const cornu_operand *x = &desc->operands[0], *y = &desc->operands[last];
    cornu_window_axes a = cornu_window_axes_(desc->stencil, x, y, NULL);
    for (int64_t row = 0; row < a.batch * a.out_places; row++)
        for (int64_t channel = 0; channel < a.in_channels; channel++) {
            seen s = look(&a, x, buffers[0], row, channel);
            double value = is_max(desc) ? s.largest : s.sum / (double)s.count;
            if (last == 2)
                value = cornu_load_double_at_(desc->operands[1].dtype, buffers[1], s.best);
            cornu_store_double_at_(y->dtype, buffers[last], row * a.in_channels + channel, value);
        }
    return CORNU_OK;
}

/* ---- gradients ---- */
/* Sums of the whole result. */
static size_t room(const cornu_kernel_desc *desc) {
    return (size_t)cornu_reference_size_(cornu_reference_out_(desc)) * sizeof(double);
}

static void share(const cornu_window_axes *a, int64_t row, int64_t channel, double dy, double *dx) {
    int64_t place[3], tap[3], input;
    cornu_window_split_(row % a->out_places, a->out, place);
    for (int64_t t = 0; t < a->taps; t++) {
        cornu_window_split_(t, a->size, tap);
        if (cornu_window_locate_(a, place, tap, &input))
            dx[(row / a->out_places * a->in_places + input) * a->in_channels + channel] += dy;
    }
}

static cornu_status run_gradient(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    int last = desc->operand_count - 1;
    const cornu_operand *dx = &desc->operands[last], *dy = &desc->operands[last - 1];
    cornu_window_axes a = cornu_window_axes_(desc->stencil, dx, dy, NULL);
    double *sums = workspace;
    int64_t size = cornu_reference_size_(dx);
    for (int64_t i = 0; i < size; i++) sums[i] = 0;
    for (int64_t row = 0; row < a.batch * a.out_places; row++)
        for (int64_t channel = 0; channel < a.in_channels; channel++) {
            double value =
                cornu_load_double_at_(dy->dtype, buffers[last - 1], row * a.in_channels + channel);
            seen s = look(&a, &desc->operands[0], is_max(desc) ? buffers[0] : NULL, row, channel);
            if (is_max(desc)) sums[s.best] += desc->flag && !(s.largest > 0) ? 0 : value;
            else share(&a, row, channel, value / (double)s.count, sums);
        }
    cornu_run out = {dx->dtype, buffers[last], 0, 1, size};
    cornu_store_double_(&out, sums);
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_pool_ = {"pool", check_pool, NULL, run_pool};
const cornu_reference_kind cornu_reference_pool_gradient_ = {
    "pool_gradient", check_gradient, room, run_gradient};
