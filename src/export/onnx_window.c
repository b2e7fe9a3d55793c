/* Convolution and pooling in ONNX, which has channels first: the input is transposed there, the
 * result back, and runtimes cancel what meets in between. */
#include "export/onnx.h"

#define OP(...) CORNU_ONNX_OP_(onnx, __VA_ARGS__)

enum { WINDOW_MAX = CORNU_MAX_SPATIAL };

/* [n, in.., c] -> [n, c, in..], or the way back. */
static const char *turn(
    cornu_onnx *onnx, const char *output, const char *x, int spatial, bool channels_first
) {
    int64_t order[WINDOW_MAX + 2] = {0};
    for (int i = 1; i <= spatial; i++)
        order[channels_first ? i + 1 : i] = channels_first ? i : i + 1;
    order[channels_first ? 1 : spatial + 1] = channels_first ? spatial + 1 : 1;
    const char *made = OP("Transpose", output, x);
    cornu_onnx_ints_(onnx, "perm", order, (size_t)spatial + 2);
    return made;
}

/* [size.., c, o] -> [o, c, size..] */
static const char *turn_kernel(cornu_onnx *onnx, const char *w, int spatial) {
    int64_t order[WINDOW_MAX + 2];
    order[0] = spatial + 1;
    order[1] = spatial;
    for (int i = 0; i < spatial; i++) order[i + 2] = i;
    const char *made = OP("Transpose", NULL, w);
    cornu_onnx_ints_(onnx, "perm", order, (size_t)spatial + 2);
    return made;
}

/* What ONNX calls pads: before, then after, none of them negative. Where the window's last place
 * leaves elements over at the end, so does ONNX, unless there is room for another place, which
 * `excess` says. */
static bool pads_of(
    const cornu_stencil *s, const int64_t *size, const cornu_shape *in, const cornu_shape *out,
    int64_t *pads
) {
    bool excess = false;
    for (int i = 0; i < s->rank; i++) {
        int64_t reach = (size[i] - 1) * s->dilation[i] + 1;
        int64_t after =
            (out->dims[i + 1] - 1) * s->stride[i] + reach - s->before[i] - in->dims[i + 1];
        pads[i] = s->before[i];
        pads[s->rank + i] = after > 0 ? after : 0;
        excess = excess || -after >= s->stride[i];
    }
    return excess;
}

/* The first places of a result with channels first. */
static const char *crop(
    cornu_onnx *onnx, const char *y, const int64_t *first, const cornu_shape *wanted, int spatial
) {
    int64_t starts[WINDOW_MAX], ends[WINDOW_MAX], axes[WINDOW_MAX];
    for (int i = 0; i < spatial; i++) {
        starts[i] = first ? first[i] : 0;
        ends[i] = starts[i] + wanted->dims[i + 1];
        axes[i] = i + 2;
    }
    size_t count = (size_t)spatial;
    return OP(
        "Slice", NULL, y, cornu_onnx_int64s_(onnx, starts, count),
        cornu_onnx_int64s_(onnx, ends, count), cornu_onnx_int64s_(onnx, axes, count)
    );
}

void cornu_onnx_conv_(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const cornu_stencil *s = &op->attrs->stencil;
    int64_t pads[2 * WINDOW_MAX];
    bool excess = pads_of(s, op->in[1]->shape.dims, &op->in[0]->shape, &op->out->shape, pads);
    const char *x = turn(onnx, NULL, op->inputs[0], s->rank, true);
    const char *y = OP("Conv", NULL, x, turn_kernel(onnx, op->inputs[1], s->rank));
    cornu_onnx_ints_(onnx, "kernel_shape", op->in[1]->shape.dims, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "strides", s->stride, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "dilations", s->dilation, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "pads", pads, 2 * (size_t)s->rank);
    cornu_onnx_int_(onnx, "group", s->groups);
    if (excess) y = crop(onnx, y, NULL, &op->out->shape, s->rank);
    turn(onnx, op->output, y, s->rank, false);
}

/* The transpose spread out whole, with zeros behind where it is too short, and cut to size. */
void cornu_onnx_conv_input_(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const cornu_stencil *s = &op->attrs->stencil;
    const cornu_shape *in = &op->in[0]->shape, *out = &op->out->shape;
    int64_t missing[2 * (WINDOW_MAX + 2)] = {0};
    bool padded = false;
    for (int i = 0; i < s->rank; i++) {
        int64_t reach = (op->in[1]->shape.dims[i] - 1) * s->dilation[i] + 1;
        int64_t whole = (in->dims[i + 1] - 1) * s->stride[i] + reach;
        int64_t wanted = s->before[i] + out->dims[i + 1];
        if (wanted > whole) missing[s->rank + 2 + i + 2] = wanted - whole, padded = true;
    }
    const char *y = turn(onnx, NULL, op->inputs[0], s->rank, true);
    const char *x = OP("ConvTranspose", NULL, y, turn_kernel(onnx, op->inputs[1], s->rank));
    cornu_onnx_ints_(onnx, "kernel_shape", op->in[1]->shape.dims, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "strides", s->stride, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "dilations", s->dilation, (size_t)s->rank);
    cornu_onnx_int_(onnx, "group", s->groups);
    if (padded)
        x = OP("Pad", NULL, x, cornu_onnx_int64s_(onnx, missing, 2 * ((size_t)s->rank + 2)));
    x = crop(onnx, x, s->before, out, s->rank);
    turn(onnx, op->output, x, s->rank, false);
}

static void pool(cornu_onnx *onnx, const cornu_onnx_op *op, const char *kind, bool dilates) {
    const cornu_stencil *s = &op->attrs->stencil;
    int64_t pads[2 * WINDOW_MAX];
    bool excess = pads_of(s, s->size, &op->in[0]->shape, &op->out->shape, pads);
    const char *y = OP(kind, NULL, turn(onnx, NULL, op->inputs[0], s->rank, true));
    cornu_onnx_ints_(onnx, "kernel_shape", s->size, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "strides", s->stride, (size_t)s->rank);
    cornu_onnx_ints_(onnx, "pads", pads, 2 * (size_t)s->rank);
    if (dilates) {
        cornu_onnx_ints_(onnx, "dilations", s->dilation, (size_t)s->rank);
    } else {
        for (int i = 0; i < s->rank; i++)
            if (s->dilation[i] != 1) cornu_onnx_fail_(onnx, "average pooling with dilation");
        cornu_onnx_int_(onnx, "count_include_pad", 0);
    }
    if (excess) y = crop(onnx, y, NULL, &op->out->shape, s->rank);
    turn(onnx, op->output, y, s->rank, false);
}

void cornu_onnx_max_pool_(cornu_onnx *onnx, const cornu_onnx_op *op) {
    pool(onnx, op, "MaxPool", true);
}

void cornu_onnx_average_pool_(cornu_onnx *onnx, const cornu_onnx_op *op) {
    pool(onnx, op, "AveragePool", false);
}
