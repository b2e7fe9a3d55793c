/* broadcast_to, tile, repeat: the same elements several times.
 * keras/src/ops/numpy.py, BroadcastTo, Tile, Repeat */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

/* ---- broadcast_to ---- */
static cornu_status infer_broadcast_to(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    cornu_shape joint;
    CORNU_TRY(cornu_broadcast_shapes_(&inputs[0]->shape, &attrs->shape, &joint, NULL));
    if (!cornu_shape_equal(&joint, &attrs->shape)) {
        char from[256], to[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "shape %s does not broadcast to %s",
            cornu_shape_format(&inputs[0]->shape, from, sizeof from),
            cornu_shape_format(&attrs->shape, to, sizeof to)
        );
    }
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static cornu_status describe_broadcast_to(const cornu_node *node, cornu_kernel_request *request) {
    (void)node;
    const cornu_operand *in = &request->operands[0], *out = &request->operands[1];
    int missing = out->rank - in->rank;
    for (int i = 0; i < out->rank; i++) {
        bool spread = i < missing || in->dims[i - missing] == 1;
        int64_t stride = spread ? 0 : in->strides[i - missing];
        cornu_move_loop_(&request->moves[0], out->dims[i], stride, out->strides[i]);
    }
    return cornu_move_describe_(request);
}

static void vjp_broadcast_to(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_sum_to_(dy, &node->inputs[0]->shape);
}

static bool sample_broadcast_to(
    int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count
) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(3, 5) : cornu_shape(2, 3, 5, 2);
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(5) : cornu_shape(3, 1, 2), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(broadcast_to){
    .name = "broadcast_to",
    .inputs = 1,
    .flags = CORNU_OP_BROADCAST | CORNU_OP_SMOOTH,
    .infer = infer_broadcast_to,
    .describe = describe_broadcast_to,
    .vjp = vjp_broadcast_to,
    .samples = sample_broadcast_to,
};

cornu_tensor *cornu_op_broadcast_to(cornu_tensor *x, cornu_shape shape) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "broadcast_to", x, CORNU_SETTINGS_(CORNU_SET_SIZES_("shape", shape))
        );
    return cornu_emit_(&cornu_op_class_broadcast_to_, &(cornu_attrs){.shape = shape}, &x, 1);
}

/* ---- tile ---- */
/* The loops of tile: for each axis its repeats around its elements. False if they are more than a
 * move has. */
static bool tile_loops(const cornu_shape *shape, const cornu_shape *repeats, cornu_move *move) {
    int64_t source[CORNU_MAX_RANK], target[CORNU_MAX_RANK];
    int64_t source_stride = 1, target_stride = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        source[i] = source_stride;
        target[i] = target_stride;
        source_stride *= shape->dims[i];
        target_stride *= shape->dims[i] * repeats->dims[i];
    }
    bool fits = true;
    for (int i = 0; i < shape->rank && fits; i++) {
        int64_t size = shape->dims[i];
        fits = cornu_move_loop_(move, repeats->dims[i], 0, size * target[i]) &&
               cornu_move_loop_(move, size, source[i], target[i]);
    }
    return fits;
}

static cornu_status infer_tile(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    *out = (cornu_spec){inputs[0]->dtype, *shape};
    if (attrs->shape.rank != shape->rank)
        CORNU_FAIL(
            CORNU_EINVAL, "%d repeats for %d axes are given", attrs->shape.rank, shape->rank
        );
    for (int i = 0; i < shape->rank; i++) {
        int64_t repeats = attrs->shape.dims[i];
        if (repeats < 0)
            CORNU_FAIL(CORNU_EINVAL, "axis %d is to be repeated %lld times", i, (long long)repeats);
        if (__builtin_mul_overflow(shape->dims[i], repeats, &out->shape.dims[i]))
            CORNU_FAIL(CORNU_ESHAPE, "axis %d would become too large", i);
    }
    return CORNU_OK;
}

static cornu_status describe_tile(const cornu_node *node, cornu_kernel_request *request) {
    if (!tile_loops(&node->inputs[0]->shape, &node->attrs.shape, &request->moves[0]))
        CORNU_FAIL(CORNU_EUNSUPPORTED, "too many axes are repeated at once");
    return cornu_move_describe_(request);
}

/* Sums over the repeats, axis by axis: all at once would need up to twice the rank. */
static void vjp_tile(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *d = dy;
    const cornu_shape *shape = &node->inputs[0]->shape;
    for (int i = 0; i < shape->rank && d != NULL; i++) {
        int64_t repeats = node->attrs.shape.dims[i];
        if (repeats == 1) continue;
        cornu_shape summed = d->shape;
        summed.dims[i] = shape->dims[i];
        int64_t outer = cornu_span_(&summed, 0, i), inner = cornu_span_(&summed, i, summed.rank);
        d = cornu_op_reshape(d, cornu_shape(outer, repeats, inner));
        d = cornu_op_reshape(cornu_op_sum(d, .axis = cornu_axes(1)), summed);
    }
    dx[0] = d;
}

static bool sample_tile(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(3) : cornu_shape(2, 1, 3);
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(5) : cornu_shape(3, 5, 2), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(tile){
    .name = "tile",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_tile,
    .describe = describe_tile,
    .vjp = vjp_tile,
    .samples = sample_tile,
};

static cornu_tensor *emit_tile(cornu_tensor *x, cornu_shape repeats) {
    return cornu_emit_(&cornu_op_class_tile_, &(cornu_attrs){.shape = repeats}, &x, 1);
}

cornu_tensor *cornu_op_tile(cornu_tensor *x, cornu_shape repeats) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "tile", x, CORNU_SETTINGS_(CORNU_SET_SIZES_("repeats", repeats))
        );
    if (x == NULL) return (void)cornu_error_null("tile: x"), NULL;
    /* as in NumPy, the shorter of shape and repeats gets leading ones */
    cornu_shape shape = x->shape;
    int missing = repeats.rank - shape.rank;
    cornu_shape *shorter = missing > 0 ? &shape : &repeats;
    int longer = missing > 0 ? repeats.rank : shape.rank;
    for (int i = longer - 1; i >= 0 && shorter->rank < longer; i--) {
        int from = i - (longer - shorter->rank);
        shorter->dims[i] = from >= 0 ? shorter->dims[from] : 1;
    }
    shorter->rank = longer;
    if (missing > 0) x = cornu_op_reshape(x, shape);

    cornu_move move = {0};
    if (tile_loops(&shape, &repeats, &move)) return emit_tile(x, repeats);
    /* more loops than a kernel has: two axes at a time need few enough, whatever the rank */
    for (int i = 0; i < longer; i += 2) {
        cornu_shape pair = {.rank = longer};
        for (int j = 0; j < longer; j++) pair.dims[j] = j / 2 == i / 2 ? repeats.dims[j] : 1;
        x = emit_tile(x, pair);
    }
    return x;
}

/* ---- repeat ---- */
cornu_tensor *cornu_op_repeat(cornu_tensor *x, int64_t repeats, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "repeat", x,
            CORNU_SETTINGS_(CORNU_SET_INT_("repeats", repeats), CORNU_SET_INT_("axis", axis))
        );
    if (x == NULL) return (void)cornu_error_null("repeat: x"), NULL;
    cornu_shape shape = x->shape;
    if (cornu_axis_resolve_(axis, shape.rank, "repeat: axis", &axis) != CORNU_OK) return NULL;
    if (repeats < 0) CORNU_FAIL_NULL(CORNU_EINVAL, "repeat: %lld is negative", (long long)repeats);
    /* each row of the inner axes becomes `repeats` rows */
    int64_t outer = cornu_span_(&shape, 0, axis + 1);
    int64_t inner = cornu_span_(&shape, axis + 1, shape.rank);
    if (__builtin_mul_overflow(shape.dims[axis], repeats, &shape.dims[axis]))
        CORNU_FAIL_NULL(CORNU_ESHAPE, "repeat: axis %d would become too large", axis);
    cornu_tensor *rows = cornu_op_reshape(x, cornu_shape(outer, 1, inner));
    return cornu_op_reshape(cornu_op_broadcast_to(rows, cornu_shape(outer, repeats, inner)), shape);
}
