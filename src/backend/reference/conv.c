/* Convolution and its two transposes, straight from their definition, with sums in double. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/window.h"

/* Which operand is the input, the kernel, the output of the convolution. */
typedef struct roles {
    int x, w, y;
} roles;
static const roles forward = {0, 1, 2}, for_input = {2, 1, 0}, for_weights = {0, 2, 1};

static cornu_status check_sizes(const cornu_kernel_desc *desc, roles r) {
    const cornu_operand *x = &desc->operands[r.x], *w = &desc->operands[r.w],
                        *y = &desc->operands[r.y];
    const cornu_stencil *s = desc->stencil;
    int rank = s->rank;
    if (s->groups < 1 || x->dims[rank + 1] != w->dims[rank] * s->groups ||
        y->dims[rank + 1] != w->dims[rank + 1] || y->dims[rank + 1] % s->groups != 0)
        CORNU_FAIL(
            CORNU_EINVAL,
            "conv kernel: %lld channels to %lld in %lld groups do not fit [.., %lld, %lld]",
            (long long)x->dims[rank + 1], (long long)y->dims[rank + 1], (long long)s->groups,
            (long long)w->dims[rank], (long long)w->dims[rank + 1]
        );
    if (x->dims[0] != y->dims[0])
        CORNU_FAIL(
            CORNU_EINVAL, "conv kernel: batches of %lld and %lld", (long long)x->dims[0],
            (long long)y->dims[0]
        );
    for (int i = 0; i < rank; i++)
        if (s->stride[i] < 1 || s->dilation[i] < 1)
            CORNU_FAIL(CORNU_EINVAL, "conv kernel: stride or dilation of axis %d below 1", i);
    return CORNU_OK;
}

static cornu_status check(const cornu_kernel_desc *desc, roles r) {
    CORNU_TRY(cornu_reference_need_count_(desc, 3));
    if (desc->stencil == NULL || desc->stencil->rank < 1 || desc->stencil->rank > CORNU_MAX_SPATIAL)
        CORNU_FAIL(CORNU_EINVAL, "conv kernel: without a stencil of 1 to 3 axes");
    for (int i = 0; i < 3; i++) {
        CORNU_TRY(cornu_reference_need_rank_(desc, i, desc->stencil->rank + 2));
        CORNU_TRY(cornu_reference_need_dense_(desc, i));
    }
    return check_sizes(desc, r);
}

/* What the three computations share: operands, sizes, and room for numbers in double. */
typedef struct conv {
    cornu_window_axes axes;
    int64_t c, o;         /* channels of one group */
    cornu_run x, w, y;    /* of one group at one place; of one row of the kernel */
    double *a, *b, *sums; /* c or o; o; what is summed */
} conv;

static cornu_window_axes axes_of(const cornu_kernel_desc *desc, roles r) {
    return cornu_window_axes_(
        desc->stencil, &desc->operands[r.x], &desc->operands[r.y], &desc->operands[r.w]
    );
}

static size_t room(const cornu_kernel_desc *desc, roles r) {
    cornu_window_axes a = axes_of(desc, r);
    int64_t c = a.in_channels / a.groups, o = a.out_channels / a.groups;
    int64_t sums = r.w == 2                         ? c * o
                   : a.in_channels > a.out_channels ? a.in_channels
                                                    : a.out_channels;
    return (size_t)(sums + c + 2 * o) * sizeof(double);
}

static conv begin(const cornu_kernel_desc *desc, void *const *buffers, void *workspace, roles r) {
    conv s = {.axes = axes_of(desc, r)};
    s.c = s.axes.in_channels / s.axes.groups;
    s.o = s.axes.out_channels / s.axes.groups;
    s.x = (cornu_run){desc->operands[r.x].dtype, buffers[r.x], 0, 1, s.c};
    s.w = (cornu_run){desc->operands[r.w].dtype, buffers[r.w], 0, 1, s.o};
    s.y = (cornu_run){desc->operands[r.y].dtype, buffers[r.y], 0, 1, s.o};
    s.a = workspace;
    s.b = s.a + s.c + s.o;
    s.sums = s.b + s.o;
    return s;
}

static void clear(double *sums, int64_t n) {
    for (int64_t i = 0; i < n; i++) sums[i] = 0;
}

/* Adds what the kernel's element `tap` contributes to the outputs of one place. */
static void add_forward(conv *s, int64_t tap, int64_t input) {
    for (int64_t group = 0; group < s->axes.groups; group++) {
        s->x.offset = input * s->axes.in_channels + group * s->c;
        cornu_load_double_(&s->x, s->a);
        for (int64_t i = 0; i < s->c; i++) {
            s->w.offset = (tap * s->c + i) * s->axes.out_channels + group * s->o;
            cornu_load_double_(&s->w, s->b);
            double *sums = s->sums + group * s->o;
            for (int64_t j = 0; j < s->o; j++) sums[j] += s->a[i] * s->b[j];
        }
    }
}

/* The description of the convolution alone. */
static cornu_kernel_desc without_extras(const cornu_kernel_desc *desc, cornu_operand operands[3]) {
    cornu_kernel_desc plain = *desc;
    for (int i = 0; i < 3; i++) operands[i] = desc->operands[i < 2 ? i : desc->operand_count - 1];
    plain.operand_count = 3;
    plain.operands = operands;
    return plain;
}

/* What follows the sums of row `row`. */
static void finish_row(
    const cornu_kernel_desc *desc, void *const *buffers, int64_t row, int64_t n, double *sums
) {
    int at = 2;
    int offset = desc->code & CORNU_CONV_OFFSET ? at++ : -1;
    int summand = desc->code & CORNU_CONV_SUMMAND ? at++ : -1;
    for (int64_t i = 0; i < n; i++) {
        if (offset >= 0)
            sums[i] += cornu_load_double_at_(desc->operands[offset].dtype, buffers[offset], i);
        if (summand >= 0)
            sums[i] +=
                cornu_load_double_at_(desc->operands[summand].dtype, buffers[summand], row * n + i);
        if (!(desc->code & CORNU_CONV_RELU)) continue;
        if (sums[i] <= 0) sums[i] = 0;
        if (desc->value[0] > 0 && sums[i] > desc->value[0]) sums[i] = desc->value[0];
    }
}

static cornu_status run_forward(
    const cornu_kernel_desc *desc, void *const *all_buffers, void *workspace
) {
    cornu_operand operands[3];
    cornu_kernel_desc plain = without_extras(desc, operands);
    void *buffers[] = {all_buffers[0], all_buffers[1], all_buffers[desc->operand_count - 1]};
    conv s = begin(&plain, buffers, workspace, forward);
    const cornu_window_axes *a = &s.axes;
    for (int64_t row = 0; row < a->batch * a->out_places; row++) {
        int64_t place[3], tap[3], input;
        cornu_window_split_(row % a->out_places, a->out, place);
        clear(s.sums, a->out_channels);
        for (int64_t t = 0; t < a->taps; t++) {
            cornu_window_split_(t, a->size, tap);
            if (cornu_window_locate_(a, place, tap, &input))
                add_forward(&s, t, row / a->out_places * a->in_places + input);
        }
        finish_row(desc, all_buffers, row, a->out_channels, s.sums);
        cornu_run out = {s.y.dtype, s.y.data, row * a->out_channels, 1, a->out_channels};
        cornu_store_double_(&out, s.sums);
    }
    return CORNU_OK;
}

/* Adds what one output contributes, through the kernel's element `tap`, to one input. */
static void add_input(conv *s, int64_t tap, int64_t output) {
    for (int64_t group = 0; group < s->axes.groups; group++) {
        s->y.offset = output * s->axes.out_channels + group * s->o;
        cornu_load_double_(&s->y, s->a);
        for (int64_t i = 0; i < s->c; i++) {
            s->w.offset = (tap * s->c + i) * s->axes.out_channels + group * s->o;
            cornu_load_double_(&s->w, s->b);
            double sum = 0;
            for (int64_t j = 0; j < s->o; j++) sum += s->a[j] * s->b[j];
            s->sums[group * s->c + i] += sum;
        }
    }
}

/* The place whose window reads `input` through element `tap`, along each axis; false if none. */
static bool place_of(
    const cornu_window_axes *a, const int64_t input[3], const int64_t tap[3], int64_t *place
) {
    *place = 0;
    for (int i = 0; i < 3; i++) {
        int64_t at = input[i] + a->before[i] - tap[i] * a->dilation[i];
        if (at < 0 || at % a->stride[i] != 0 || at / a->stride[i] >= a->out[i]) return false;
        *place = *place * a->out[i] + at / a->stride[i];
    }
    return true;
}

static cornu_status run_input(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    conv s = begin(desc, buffers, workspace, for_input);
    const cornu_window_axes *a = &s.axes;
    for (int64_t row = 0; row < a->batch * a->in_places; row++) {
        int64_t input[3], tap[3], place;
        cornu_window_split_(row % a->in_places, a->in, input);
        clear(s.sums, a->in_channels);
        for (int64_t t = 0; t < a->taps; t++) {
            cornu_window_split_(t, a->size, tap);
            if (place_of(a, input, tap, &place))
                add_input(&s, t, row / a->in_places * a->out_places + place);
        }
        cornu_run out = {s.x.dtype, s.x.data, row * a->in_channels, 1, a->in_channels};
        cornu_store_double_(&out, s.sums);
    }
    return CORNU_OK;
}

/* The products of all pairs of one input and one output, summed over all places. */
static void sum_weights(conv *s, const int64_t tap[3], int64_t group) {
    const cornu_window_axes *a = &s->axes;
    clear(s->sums, s->c * s->o);
    for (int64_t row = 0; row < a->batch * a->out_places; row++) {
        int64_t place[3], input;
        cornu_window_split_(row % a->out_places, a->out, place);
        if (!cornu_window_locate_(a, place, tap, &input)) continue;
        input += row / a->out_places * a->in_places;
        s->x.offset = input * a->in_channels + group * s->c;
        s->y.offset = row * a->out_channels + group * s->o;
        cornu_load_double_(&s->x, s->a);
        cornu_load_double_(&s->y, s->b);
        for (int64_t i = 0; i < s->c; i++)
            for (int64_t j = 0; j < s->o; j++) s->sums[i * s->o + j] += s->a[i] * s->b[j];
    }
}

static cornu_status run_weights(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    conv s = begin(desc, buffers, workspace, for_weights);
    const cornu_window_axes *a = &s.axes;
    for (int64_t t = 0; t < a->taps; t++) {
        int64_t tap[3];
        cornu_window_split_(t, a->size, tap);
        for (int64_t group = 0; group < a->groups; group++) {
            sum_weights(&s, tap, group);
            for (int64_t i = 0; i < s.c; i++) {
                s.w.offset = (t * s.c + i) * a->out_channels + group * s.o;
                cornu_store_double_(&s.w, s.sums + i * s.o);
            }
        }
    }
    return CORNU_OK;
}

static cornu_status check_forward(const cornu_kernel_desc *desc) {
    cornu_operand operands[3];
    cornu_kernel_desc plain = without_extras(desc, operands);
    int extra = desc->operand_count - 3, at = 2;
    bool offset = desc->code & CORNU_CONV_OFFSET, summand = desc->code & CORNU_CONV_SUMMAND;
    if (extra != offset + summand)
        CORNU_FAIL(CORNU_EINVAL, "conv kernel: %d operands for code %d", extra + 3, desc->code);
    CORNU_TRY(check(&plain, forward));
    if (offset) {
        CORNU_TRY(cornu_reference_need_rank_(desc, at, 1));
        CORNU_TRY(cornu_reference_need_dense_(desc, at++));
    }
    return summand ? cornu_reference_need_like_(desc, at, desc->operand_count - 1) : CORNU_OK;
}
static cornu_status check_input(const cornu_kernel_desc *desc) { return check(desc, for_input); }
static cornu_status check_weights(const cornu_kernel_desc *desc) {
    return check(desc, for_weights);
}
static size_t room_forward(const cornu_kernel_desc *desc) {
    cornu_operand operands[3];
    cornu_kernel_desc plain = without_extras(desc, operands);
    return room(&plain, forward);
}
static size_t room_input(const cornu_kernel_desc *desc) { return room(desc, for_input); }
static size_t room_weights(const cornu_kernel_desc *desc) { return room(desc, for_weights); }

const cornu_reference_kind cornu_reference_conv_ = {
    "conv", check_forward, room_forward, run_forward};
const cornu_reference_kind cornu_reference_conv_input_ = {
    "conv_input", check_input, room_input, run_input};
const cornu_reference_kind cornu_reference_conv_weights_ = {
    "conv_weights", check_weights, room_weights, run_weights};
