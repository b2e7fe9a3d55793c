/* pad: a border round a tensor: a constant, or the tensor mirrored at its edge, with the edge
 * itself (symmetric) or without it (reflect).  keras/src/ops/numpy.py, Pad */
#include <cornu/ops.h>

#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

/* ---- constant ---- */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)n;
    *out = (cornu_spec){inputs[0]->dtype, inputs[0]->shape};
    for (int i = 0; i < out->shape.rank; i++) {
        int64_t before = attrs->start[i], after = attrs->step[i], *size = &out->shape.dims[i];
        if (before < 0 || after < 0)
            CORNU_FAIL(
                CORNU_EINVAL, "axis %d cannot be padded with %lld before and %lld after", i,
                (long long)before, (long long)after
            );
        if (__builtin_add_overflow(*size, before, size) ||
            __builtin_add_overflow(*size, after, size))
            CORNU_FAIL(CORNU_ESHAPE, "axis %d would become too large", i);
    }
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    const cornu_operand *in = &request->operands[0], *out = &request->operands[1];
    cornu_move *move = &request->moves[0];
    for (int i = 0; i < in->rank; i++) {
        move->target_offset += node->attrs.start[i] * out->strides[i];
        cornu_move_loop_(move, in->dims[i], in->strides[i], out->strides[i]);
    }
    request->desc.fill = true;
    request->desc.value[0] = node->attrs.value[0];
    return cornu_move_describe_(request);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_slice(dy, node->attrs.start, node->inputs[0]->shape);
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    static const cornu_attrs cases[] = {
        {.start = {2}, .step = {1}, .value = {0.5}},
        {.start = {0, 1, 2}, .step = {1, 0, 3}},
    };
    if (index > 1) return false;
    *attrs = cases[index];
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(5) : cornu_shape(3, 2, 5), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(pad){
    .name = "pad",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

/* ---- mirrored ---- */
/* Where place `i` of an axis, counted from its first element and maybe outside of its n, is found
 * by mirroring, as often as it takes. */
static int64_t mirrored(int64_t i, int64_t n, cornu_pad_mode mode) {
    int64_t period = mode == CORNU_PAD_SYMMETRIC ? 2 * n : 2 * (n - 1);
    if (period == 0) return 0;
    int64_t place = i % period;
    if (place < 0) place += period;
    if (place < n) return place;
    return mode == CORNU_PAD_SYMMETRIC ? period - 1 - place : period - place;
}

/* One axis with its mirrored border: the index of each new element, taken. Its derivative is then
 * take's. */
static cornu_tensor *mirror_axis(
    cornu_tensor *x, int axis, int64_t before, int64_t after, cornu_pad_mode mode
) {
    int64_t n = x->shape.dims[axis], size = n + before + after;
    if (n == 0) CORNU_FAIL_NULL(CORNU_ESHAPE, "pad: axis %d is empty, nothing to mirror", axis);
    cornu_tensor *index = cornu_scope_add_(cornu_tensor_new(CORNU_INT64, cornu_shape(size)));
    int64_t *to = index != NULL ? cornu_tensor_data_mut(index) : NULL;
    if (to == NULL) return NULL;
    for (int64_t i = 0; i < size; i++) to[i] = mirrored(i - before, n, mode);
    return cornu_op_take(x, index, axis);
}

/* The value is an argument of the call. */
static cornu_tensor *symbolic_pad(
    cornu_tensor *x, const int64_t *before, const int64_t *after, cornu_pad_mode mode, double value
) {
    static const char *const modes[] = {"constant", "reflect", "symmetric"};
    cornu_tensor *tensors[] = {x, cornu_scalar(value)};
    if (mode != CORNU_PAD_CONSTANT && mode != CORNU_PAD_REFLECT && mode != CORNU_PAD_SYMMETRIC)
        CORNU_FAIL_NULL(CORNU_EINVAL, "pad: mode %d is not known", (int)mode);
    const cornu_op_setting settings[] = {
        {.name = "pad_width",
         .kind = CORNU_SETTING_PAIRS,
         .sizes.rank = cornu_tensor_rank(x),
         .start = before,
         .stop = after},
        CORNU_SET_TEXT_("mode", modes[mode]),
        {.name = NULL}};
    return cornu_symbolic_op_(&(cornu_symbolic_op
    ){.name = "pad",
      .tensors = tensors,
      .count = mode == CORNU_PAD_CONSTANT ? 2 : 1,
      .settings = settings});
}

cornu_tensor *cornu_op_pad(
    cornu_tensor *x, const int64_t *before, const int64_t *after, cornu_pad_mode mode, double value
) {
    if (cornu_is_symbolic_(x)) return symbolic_pad(x, before, after, mode, value);
    if (x == NULL) return (void)cornu_error_null("pad: x"), NULL;
    int rank = x->shape.rank;
    if (mode == CORNU_PAD_CONSTANT) {
        cornu_attrs attrs = {.value = {value}};
        for (int i = 0; i < rank; i++) attrs.start[i] = before[i], attrs.step[i] = after[i];
        return cornu_emit_(&cornu_op_class_pad_, &attrs, &x, 1);
    }
    if (mode != CORNU_PAD_REFLECT && mode != CORNU_PAD_SYMMETRIC)
        CORNU_FAIL_NULL(CORNU_EINVAL, "pad: mode %d is not known", (int)mode);
    cornu_spec padded; /* for the check alone */
    cornu_attrs attrs = {0};
    for (int i = 0; i < rank; i++) attrs.start[i] = before[i], attrs.step[i] = after[i];
    if (infer(&attrs, &x, 1, &padded) != CORNU_OK) return (void)cornu_error_context("pad"), NULL;
    cornu_tensor *y = x;
    for (int i = 0; i < rank; i++) {
        if (before[i] + after[i] == 0) continue;
        y = mirror_axis(y, i, before[i], after[i], mode);
        if (y == NULL) return NULL;
    }
    /* a result of its own, also where nothing is padded */
    return y != x ? y : cornu_op_reshape(x, x->shape);
}
