/* Dot: sums of products of two inputs over an axis of each. keras/src/layers/merging/dot.py */
#include <cornu/layers/merging.h>

typedef struct {
    cornu_layer base;
    cornu_layer_dot_args args;
} dot;

static cornu_status init(void *object) {
    int count = ((dot *)object)->args.axes.count;
    if (count != 1 && count != 2)
        CORNU_FAIL(CORNU_EINVAL, "axes must name one axis, or one of each input, got %d", count);
    return CORNU_OK;
}

/* The axis of input i, counted from the front. */
static cornu_status axis_of(const dot *self, size_t i, const cornu_shape *shape, int *axis) {
    const cornu_axes *axes = &self->args.axes;
    int given = axes->axis[axes->count == 2 ? i : 0];
    *axis = given < 0 ? given + shape->rank : given;
    char text[256];
    if (shape->rank < 2 || *axis < 1 || *axis >= shape->rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "axis %d of input %zu must be an axis after the batch of the shape %s",
            given, i, cornu_shape_format(shape, text, sizeof text)
        );
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    const dot *self = (dot *)layer;
    int a, b;
    char first[256], second[256];
    if (count != 2) CORNU_FAIL(CORNU_EINVAL, "takes two inputs, got %zu", count);
    CORNU_TRY(axis_of(self, 0, &shapes[0], &a));
    CORNU_TRY(axis_of(self, 1, &shapes[1], &b));
    int64_t n = shapes[0].dims[a], m = shapes[1].dims[b];
    if (n >= 0 && m >= 0 && n != m)
        CORNU_FAIL(
            CORNU_ESHAPE, "the sizes to be multiplied differ: axis %d of %s and axis %d of %s", a,
            cornu_shape_format(&shapes[0], first, sizeof first), b,
            cornu_shape_format(&shapes[1], second, sizeof second)
        );
    return CORNU_OK;
}

/* x with the length 1 along an axis; Keras multiplies by 1e7 at most.  */
static cornu_tensor *normalize(cornu_tensor *x, int axis) {
    cornu_tensor *sum =
        cornu_op_sum(cornu_op_square(x), .axis = cornu_axes(axis), .keepdims = true);
    cornu_tensor *smallest = cornu_scalar_of(cornu_tensor_dtype(x), 1e-14);
    return cornu_op_multiply(x, cornu_op_rsqrt(cornu_op_maximum(sum, smallest)));
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const dot *self = (dot *)layer;
    cornu_tensor *x = inputs[0], *y = inputs[1];
    const cornu_shape *xs = cornu_tensor_shape(x), *ys = cornu_tensor_shape(y);
    int a, b;
    (void)context;
    if (axis_of(self, 0, xs, &a) != CORNU_OK || axis_of(self, 1, ys, &b) != CORNU_OK) return NULL;
    if (xs->rank + ys->rank - 3 > CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "the result would have more than %d axes", CORNU_MAX_RANK);
    if (self->args.normalize) {
        x = normalize(x, a);
        y = normalize(y, b);
    }
    /* [batch, rows, n] times [batch, n, columns], where rows and columns are several axes each */
    cornu_shape out = {.rank = 1, .dims = {xs->dims[0]}};
    int64_t n = xs->dims[a], rows = 1, columns = 1;
    for (int i = 1; i < xs->rank; i++)
        if (i != a) rows *= out.dims[out.rank++] = xs->dims[i];
    for (int i = 1; i < ys->rank; i++)
        if (i != b) columns *= out.dims[out.rank++] = ys->dims[i];
    if (out.rank == 1) out.dims[out.rank++] = 1;
    x = cornu_op_reshape(cornu_op_moveaxis(x, a, -1), cornu_shape(xs->dims[0], rows, n));
    y = cornu_op_reshape(cornu_op_moveaxis(y, b, 1), cornu_shape(ys->dims[0], n, columns));
    return cornu_op_reshape(cornu_op_matmul(x, y), out);
}

static const cornu_layer_dot_args defaults = {CORNU_LAYER_DOT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_dot_args),
    CORNU_FIELD(cornu_layer_dot_args, AXES, axes),
    CORNU_FIELD(cornu_layer_dot_args, BOOL, normalize),
};

CORNU_LAYER_CLASS(dot){
    CORNU_CLASS_ARGS(dot, args, defaults, fields),
    .name = "Dot",
    .init = init,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_dot_new(const cornu_layer_dot_args *args) {
    return cornu_layer_create(&cornu_layer_dot_class, args);
}
