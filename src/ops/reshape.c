/* reshape, expand_dims, squeeze: the same elements in another shape, without a copy. Their
 * derivative is the way back. keras/src/ops/numpy.py, Reshape, ExpandDims, Squeeze */
#include <cornu/ops.h>

#include "graph/op.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_op_reshape(dy, node->inputs[0]->shape);
}

/* ---- reshape ---- */
/* Works out the one size that is -1. */
static cornu_status complete(const cornu_tensor *x, cornu_shape *shape) {
    char from[256], to[256];
    int unknown = -1;
    int64_t known = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] == -1 && unknown < 0) {
            unknown = i;
        } else if (shape->dims[i] < 0) {
            CORNU_FAIL(
                CORNU_ESHAPE, "%s is no shape: sizes are not negative, and only one may be -1",
                cornu_shape_format(shape, to, sizeof to)
            );
        } else if (__builtin_mul_overflow(known, shape->dims[i], &known)) {
            CORNU_FAIL(CORNU_ESHAPE, "%s is too large", cornu_shape_format(shape, to, sizeof to));
        }
    }
    if (unknown >= 0 ? known == 0 || x->size % known != 0 : x->size != known)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld elements of shape %s do not make one of shape %s",
            (long long)x->size, cornu_shape_format(&x->shape, from, sizeof from),
            cornu_shape_format(shape, to, sizeof to)
        );
    if (unknown >= 0) shape->dims[unknown] = x->size / known;
    return CORNU_OK;
}

static cornu_status infer_reshape(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(complete(inputs[0], &attrs->shape));
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static bool sample_reshape(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(5, -1) : cornu_shape(3, 1, 5, 2);
    inputs[0] = cornu_sample_tensor_(cornu_shape(2, 3, 5), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(reshape){
    .name = "reshape",
    .inputs = 1,
    .flags = CORNU_OP_VIEW | CORNU_OP_SMOOTH,
    .infer = infer_reshape,
    .vjp = vjp,
    .samples = sample_reshape,
};

/* ---- expand_dims ---- */
static cornu_status infer_expand(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    if (shape->rank == CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "the tensor has the largest rank, %d, already", CORNU_MAX_RANK);
    int axis = attrs->axes.axis[0];
    out->dtype = inputs[0]->dtype;
    out->shape.rank = shape->rank + 1;
    for (int i = 0; i <= shape->rank; i++)
        out->shape.dims[i] = i == axis ? 1 : shape->dims[i < axis ? i : i - 1];
    return CORNU_OK;
}

static bool sample_expand(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){.count = 1, .axis = {index == 0 ? 1 : 2}};
    inputs[0] = cornu_sample_tensor_(cornu_shape(3, 5), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(expand_dims){
    .name = "expand_dims",
    .inputs = 1,
    .flags = CORNU_OP_VIEW | CORNU_OP_SMOOTH,
    .infer = infer_expand,
    .vjp = vjp,
    .samples = sample_expand,
};

/* ---- squeeze ---- */
static cornu_status infer_squeeze(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    unsigned gone = 0; /* bit i: axis i */
    for (int i = 0; i < attrs->axes.count; i++) {
        int axis = attrs->axes.axis[i];
        if (shape->dims[axis] != 1) {
            char text[256];
            CORNU_FAIL(
                CORNU_ESHAPE, "axis %d of shape %s has size %lld, not 1", axis,
                cornu_shape_format(shape, text, sizeof text), (long long)shape->dims[axis]
            );
        }
        gone |= 1u << axis;
    }
    out->dtype = inputs[0]->dtype;
    out->shape.rank = 0;
    for (int i = 0; i < shape->rank; i++) {
        if (!(gone & 1u << i)) out->shape.dims[out->shape.rank++] = shape->dims[i];
    }
    return CORNU_OK;
}

static bool sample_squeeze(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){.count = index + 1, .axis = {1, 3}};
    inputs[0] = cornu_sample_tensor_(cornu_shape(3, 1, 5, 1), -1, 1, index);
    *input_count = 1;
    return true;
}

CORNU_OP(squeeze){
    .name = "squeeze",
    .inputs = 1,
    .flags = CORNU_OP_VIEW | CORNU_OP_SMOOTH,
    .infer = infer_squeeze,
    .vjp = vjp,
    .samples = sample_squeeze,
};

/* ---- public ---- */
cornu_tensor *cornu_op_reshape(cornu_tensor *x, cornu_shape shape) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "reshape", x, CORNU_SETTINGS_(CORNU_SET_SIZES_("newshape", shape))
        );
    return cornu_emit_(&cornu_op_class_reshape_, &(cornu_attrs){.shape = shape}, &x, 1);
}

cornu_tensor *cornu_op_expand_dims(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "expand_dims", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis))
        );
    if (x == NULL) return (void)cornu_error_null("expand_dims: x"), NULL;
    cornu_attrs attrs = {.axes.count = 1};
    if (cornu_axis_resolve_(axis, x->shape.rank + 1, "expand_dims: axis", attrs.axes.axis) !=
        CORNU_OK)
        return NULL;
    return cornu_emit_(&cornu_op_class_expand_dims_, &attrs, &x, 1);
}

cornu_tensor *cornu_op_squeeze(cornu_tensor *x, cornu_axes axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("squeeze", x, CORNU_SETTINGS_(CORNU_SET_AXES_("axis", axis)));
    if (x == NULL) return (void)cornu_error_null("squeeze: x"), NULL;
    cornu_attrs attrs = {0};
    cornu_axis_list *axes = &attrs.axes;
    for (int i = 0; i < axis.count; i++, axes->count++) {
        if (cornu_axis_resolve_(axis.axis[i], x->shape.rank, "squeeze: axis", &axes->axis[i]) !=
            CORNU_OK)
            return NULL;
    }
    for (int i = 0; axis.count == 0 && i < x->shape.rank; i++) {
        if (x->shape.dims[i] == 1) axes->axis[axes->count++] = i;
    }
    return cornu_emit_(&cornu_op_class_squeeze_, &attrs, &x, 1);
}
