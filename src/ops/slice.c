/* slice, strided_slice, split and flip: every step-th element of each axis, with steps of either
 * sign. y[i, ..] = x[start + i * step, ..] and slice_scatter, its transpose: zeros, with a tensor
 * laid over the elements that the slice would read. keras/src/ops/core.py, Slice;
 * keras/src/ops/numpy.py, Split, Flip */
#include <cornu/ops.h>

#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

CORNU_OP_DECLARE(slice);
CORNU_OP_DECLARE(slice_scatter);

/* That `part` elements from start on, in steps, lie inside the axes of `whole`. */
static cornu_status check(
    const cornu_attrs *attrs, const cornu_shape *whole, const cornu_shape *part
) {
    char text[256];
    cornu_shape_format(whole, text, sizeof text);
    if (part->rank != whole->rank)
        CORNU_FAIL(
            CORNU_EINVAL, "%d bounds for %d axes of shape %s", part->rank, whole->rank, text
        );
    for (int i = 0; i < whole->rank; i++) {
        int64_t start = attrs->start[i], step = attrs->step[i], size = part->dims[i], reach, last;
        if (size == 0) continue;
        bool inside = size > 0 && start >= 0 && start < whole->dims[i] &&
                      !__builtin_mul_overflow(size - 1, step, &reach) &&
                      !__builtin_add_overflow(start, reach, &last) && last >= 0 &&
                      last < whole->dims[i];
        if (!inside)
            CORNU_FAIL(
                CORNU_EINVAL,
                "%lld elements from %lld on in steps of %lld leave axis %d of shape %s",
                (long long)size, (long long)start, (long long)step, i, text
            );
    }
    return CORNU_OK;
}

/* The loops over a part, whose strides in the whole are `steps` and in itself `dense`; returns the
 * offset of the first. */
static int64_t part_offset(
    const cornu_attrs *attrs, const cornu_operand *whole, const cornu_operand *part, int64_t *steps
) {
    int64_t offset = 0;
    for (int i = 0; i < whole->rank; i++) {
        /* an empty part may start anywhere; nothing is read then */
        offset += part->dims[i] > 0 ? attrs->start[i] * whole->strides[i] : 0;
        steps[i] = attrs->step[i] * whole->strides[i];
    }
    return offset;
}

/* ---- slice ---- */
static cornu_status infer_slice(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check(attrs, &inputs[0]->shape, &attrs->shape));
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static cornu_status describe_slice(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_operand *in = &request->operands[0], *out = &request->operands[1];
    cornu_move *move = &request->moves[0];
    int64_t steps[CORNU_MAX_RANK];
    move->source_offset = part_offset(&node->attrs, in, out, steps);
    for (int i = 0; i < out->rank; i++)
        cornu_move_loop_(move, out->dims[i], steps[i], out->strides[i]);
    return cornu_move_describe_(request);
}

static void vjp_slice(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_attrs attrs = node->attrs;
    attrs.shape = node->inputs[0]->shape;
    dx[0] = cornu_emit_(&cornu_op_class_slice_scatter_, &attrs, &dy, 1);
}

static bool sample_slice(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    static const cornu_attrs cases[] = {
        {.shape = {1, {3}}, .start = {1}, .step = {2}},
        {.shape = {3, {2, 3, 1}}, .start = {1, 4, 0}, .step = {1, -2, 1}},
        {.shape = {3, {3, 1, 2}}, .start = {2, 3, 1}, .step = {-1, 1, -1}},
    };
    if (index > 2) return false;
    *attrs = cases[index];
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(7) : cornu_shape(3, 5, 2), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(slice){
    .name = "slice",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_slice,
    .describe = describe_slice,
    .vjp = vjp_slice,
    .samples = sample_slice,
};

/* ---- slice_scatter ---- */
static cornu_status infer_scatter(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check(attrs, &attrs->shape, &inputs[0]->shape));
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static cornu_status describe_scatter(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_operand *in = &request->operands[0], *out = &request->operands[1];
    cornu_move *move = &request->moves[0];
    int64_t steps[CORNU_MAX_RANK] = {0};
    move->target_offset = part_offset(&node->attrs, out, in, steps);
    for (int i = 0; i < in->rank; i++)
        cornu_move_loop_(move, in->dims[i], in->strides[i], steps[i]);
    request->desc.fill = true;
    return cornu_move_describe_(request);
}

static void vjp_scatter(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_attrs attrs = node->attrs;
    attrs.shape = node->inputs[0]->shape;
    dx[0] = cornu_emit_(&cornu_op_class_slice_, &attrs, &dy, 1);
}

static bool sample_scatter(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    static const cornu_attrs cases[] = {
        {.shape = {1, {7}}, .start = {1}, .step = {2}},
        {.shape = {3, {3, 5, 2}}, .start = {1, 4, 0}, .step = {1, -2, 1}},
    };
    if (index > 1) return false;
    *attrs = cases[index];
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(3) : cornu_shape(2, 3, 1), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(slice_scatter){
    .name = "slice_scatter",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_scatter,
    .describe = describe_scatter,
    .vjp = vjp_scatter,
    .samples = sample_scatter,
};

/* ---- public ---- */
/* As x[start:stop]; of an axis whose size is not known, from 0 on, -1 is all. */
static cornu_tensor *symbolic_slice(cornu_tensor *x, const int64_t *start, cornu_shape size) {
    int64_t stop[CORNU_MAX_RANK] = {0};
    if (size.rank != cornu_tensor_rank(x))
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "slice: %d sizes for %d axes", size.rank, cornu_tensor_rank(x)
        );
    for (int i = 0; i < size.rank; i++) {
        int64_t whole = cornu_tensor_dim(x, i);
        bool all = whole < 0 && size.dims[i] < 0 && start[i] == 0;
        stop[i] = all ? CORNU_SLICE_NONE : start[i] + size.dims[i];
        if (!all && (start[i] < 0 || size.dims[i] < 0 || (whole >= 0 && stop[i] > whole)))
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "slice: axis %d of size %lld has no elements %lld to %lld", i,
                (long long)whole, (long long)start[i], (long long)stop[i]
            );
    }
    return cornu_op_strided_slice(x, start, stop, NULL);
}

cornu_tensor *cornu_op_slice(cornu_tensor *x, const int64_t *start, cornu_shape size) {
    if (cornu_is_symbolic_(x)) return symbolic_slice(x, start, size);
    if (x == NULL) return (void)cornu_error_null("slice: x"), NULL;
    cornu_attrs attrs = {.shape = size};
    for (int i = 0; i < size.rank; i++) attrs.start[i] = start[i], attrs.step[i] = 1;
    return cornu_emit_(&cornu_op_class_slice_, &attrs, &x, 1);
}

/* A bound as Python reads it: negative ones count from the end, those outside move to [low, high].
 */
static int64_t bound(int64_t given, int64_t otherwise, int64_t n, int64_t low, int64_t high) {
    if (given == CORNU_SLICE_NONE) return otherwise;
    if (given < 0) given += n;
    return given < low ? low : given > high ? high : given;
}

/* slice.indices of Python: the first index and the number of elements of start:stop:step along an
 * axis of n. */
static int64_t python_slice(int64_t n, int64_t start, int64_t stop, int64_t step, int64_t *first) {
    if (step > 0) {
        *first = bound(start, 0, n, 0, n);
        int64_t end = bound(stop, n, n, 0, n);
        return *first < end ? (end - *first - 1) / step + 1 : 0;
    }
    *first = bound(start, n - 1, n, -1, n - 1);
    int64_t end = bound(stop, -1, n, -1, n - 1);
    return end < *first ? (*first - end - 1) / -step + 1 : 0;
}

cornu_tensor *cornu_op_strided_slice(
    cornu_tensor *x, const int64_t *start, const int64_t *stop, const int64_t *step
) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "get_item", x,
            CORNU_SETTINGS_(
                {.name = "key",
                 .kind = CORNU_SETTING_SLICES,
                 .sizes.rank = cornu_tensor_rank(x),
                 .start = start,
                 .stop = stop,
                 .step = step}
            )
        );
    if (x == NULL) return (void)cornu_error_null("strided_slice: x"), NULL;
    cornu_attrs attrs = {.shape.rank = x->shape.rank};
    for (int i = 0; i < x->shape.rank; i++) {
        int64_t by = step == NULL || step[i] == CORNU_SLICE_NONE ? 1 : step[i];
        if (by == 0) CORNU_FAIL_NULL(CORNU_EINVAL, "strided_slice: the step of axis %d is 0", i);
        attrs.step[i] = by;
        attrs.shape.dims[i] = python_slice(
            x->shape.dims[i], start == NULL ? CORNU_SLICE_NONE : start[i],
            stop == NULL ? CORNU_SLICE_NONE : stop[i], by, &attrs.start[i]
        );
        if (attrs.shape.dims[i] == 0) attrs.start[i] = 0;
        if (attrs.shape.dims[i] <= 1)
            attrs.step[i] = 1; /* no step is taken: equal slices look equal */
    }
    return cornu_emit_(&cornu_op_class_slice_, &attrs, &x, 1);
}

cornu_tensor *cornu_op_flip(cornu_tensor *x, cornu_axes axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("flip", x, CORNU_SETTINGS_(CORNU_SET_AXES_("axis", axis)));
    if (x == NULL) return (void)cornu_error_null("flip: x"), NULL;
    bool turned[CORNU_MAX_RANK] = {false};
    for (int i = 0; i < axis.count; i++) {
        int resolved;
        if (cornu_axis_resolve_(axis.axis[i], x->shape.rank, "flip: axis", &resolved) != CORNU_OK)
            return NULL;
        turned[resolved] = true;
    }
    int64_t step[CORNU_MAX_RANK] = {0};
    for (int i = 0; i < x->shape.rank; i++) step[i] = axis.count == 0 || turned[i] ? -1 : 1;
    return cornu_op_strided_slice(x, NULL, NULL, step);
}

cornu_status cornu_op_split(cornu_tensor *x, int parts, int axis, cornu_tensor **pieces) {
    if (cornu_is_symbolic_(x) && parts > 0)
        return cornu_symbolic_many_(
            "split", x,
            CORNU_SETTINGS_(
                CORNU_SET_INT_("indices_or_sections", parts), CORNU_SET_INT_("axis", axis)
            ),
            pieces, (size_t)parts
        );
    if (x == NULL) return cornu_error_null("split: x");
    CORNU_TRY(cornu_axis_resolve_(axis, x->shape.rank, "split: axis", &axis));
    cornu_shape size = x->shape;
    if (parts < 1 || size.dims[axis] % parts != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "split: axis %d of size %lld does not split into %d equal parts", axis,
            (long long)size.dims[axis], parts
        );
    size.dims[axis] /= parts;
    int64_t start[CORNU_MAX_RANK] = {0};
    for (int i = 0; i < parts; i++, start[axis] += size.dims[axis]) {
        pieces[i] = cornu_op_slice(x, start, size);
        if (pieces[i] == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}
