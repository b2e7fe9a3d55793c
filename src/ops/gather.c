/* take, take_along_axis, and scatter_add, the transpose of both.
 *     take:            y[outer, index.., inner] = x[outer, index[..], inner]
 *     take_along_axis: y[outer, j, inner] = x[outer, index[outer, j, inner], inner]
 *     scatter_add:     zeros, to which y's elements are added at the places from which they were
 * taken Indices may be negative, counted from the end; the kernel refuses others that are outside.
 * keras/src/ops/numpy.py, Take, TakeAlongAxis */
#include <cornu/ops.h>

#include "ops/move.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

CORNU_OP_DECLARE(take);
CORNU_OP_DECLARE(take_along_axis);
CORNU_OP_DECLARE(scatter_add);

static cornu_status check_index(const cornu_tensor *index) {
    if (index->dtype != CORNU_INT32 && index->dtype != CORNU_INT64)
        CORNU_FAIL(
            CORNU_EDTYPE, "indices are int32 or int64, not %s", cornu_dtype_name(index->dtype)
        );
    return CORNU_OK;
}

/* The operand as three axes: those before `axis`, `count` axes from there on, the rest. */
static void group(cornu_operand *operand, const cornu_shape *shape, int axis, int count) {
    cornu_shape grouped = cornu_shape(
        cornu_span_(shape, 0, axis), cornu_span_(shape, axis, axis + count),
        cornu_span_(shape, axis + count, shape->rank)
    );
    *operand = cornu_operand_dense_(operand->dtype, &grouped);
}

/* ---- take ---- */
static cornu_status infer_take(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *x = &inputs[0]->shape, *index = &inputs[1]->shape;
    int axis = attrs->axes.axis[0];
    CORNU_TRY(check_index(inputs[1]));
    if (x->rank - 1 + index->rank > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_ESHAPE, "the result would have rank %d, %d is the most",
            x->rank - 1 + index->rank, CORNU_MAX_RANK
        );
    *out = (cornu_spec){.dtype = inputs[0]->dtype};
    cornu_shape *shape = &out->shape;
    for (int i = 0; i < axis; i++) shape->dims[shape->rank++] = x->dims[i];
    for (int i = 0; i < index->rank; i++) shape->dims[shape->rank++] = index->dims[i];
    for (int i = axis + 1; i < x->rank; i++) shape->dims[shape->rank++] = x->dims[i];
    return CORNU_OK;
}

static cornu_status describe_take(const cornu_node *node, cornu_kernel_request *request) {
    int axis = node->attrs.axes.axis[0];
    const cornu_tensor *index = node->inputs[1];
    cornu_shape flat = cornu_shape(index->size);
    group(&request->operands[0], &node->inputs[0]->shape, axis, 1);
    request->operands[1] = cornu_operand_dense_(index->dtype, &flat);
    group(&request->operands[2], &node->out->shape, axis, index->shape.rank);
    request->desc.kind = CORNU_KERNEL_GATHER;
    return CORNU_OK;
}

/* Both kinds of take: their settings differ in `flag`, which scatter_add reads. */
static void vjp_take(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_attrs attrs = node->attrs;
    attrs.flag = node->op == &cornu_op_class_take_along_axis_;
    attrs.count = node->inputs[0]->shape.dims[attrs.axes.axis[0]];
    cornu_tensor *inputs[] = {dy, node->inputs[1]};
    dx[0] = cornu_emit_(&cornu_op_class_scatter_add_, &attrs, inputs, 2);
}

/* Indices for samples, given as numbers. */
static cornu_tensor *sample_index(cornu_shape shape, const int32_t *values) {
    return cornu_scope_add_(cornu_tensor_from(CORNU_INT32, shape, values));
}

static const int32_t some[] = {2, -1, 0,
                               2, 1,  -3}; /* fit axes of 3 and more, and repeat themselves */

static bool sample_take(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){1, {index}};
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(3) : cornu_shape(2, 3, 5), -1, 1, index);
    inputs[1] = sample_index(index == 0 ? cornu_shape(4) : cornu_shape(2, 3), some);
    *input_count = 2;
    return true;
}

CORNU_OP(take){
    .name = "take",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_take,
    .describe = describe_take,
    .vjp = vjp_take,
    .samples = sample_take,
};

/* ---- take_along_axis ---- */
static cornu_status infer_along(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *x = &inputs[0]->shape, *index = &inputs[1]->shape;
    CORNU_TRY(check_index(inputs[1]));
    bool fits = x->rank == index->rank;
    for (int i = 0; fits && i < x->rank; i++)
        fits = i == attrs->axes.axis[0] || x->dims[i] == index->dims[i];
    char first[256], second[256];
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE, "shapes %s and %s of the indices differ outside of axis %d",
            cornu_shape_format(x, first, sizeof first),
            cornu_shape_format(index, second, sizeof second), attrs->axes.axis[0]
        );
    *out = (cornu_spec){inputs[0]->dtype, *index};
    return CORNU_OK;
}

static cornu_status describe_along(const cornu_node *node, cornu_kernel_request *request) {
    int axis = node->attrs.axes.axis[0];
    group(&request->operands[0], &node->inputs[0]->shape, axis, 1);
    group(&request->operands[1], &node->inputs[1]->shape, axis, 1);
    group(&request->operands[2], &node->out->shape, axis, 1);
    request->desc.kind = CORNU_KERNEL_GATHER;
    request->desc.batched = true;
    return CORNU_OK;
}

static bool sample_along(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){1, {index}};
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(5) : cornu_shape(3, 3, 1), -1, 1, index);
    inputs[1] = sample_index(index == 0 ? cornu_shape(6) : cornu_shape(3, 2, 1), some);
    *input_count = 2;
    return true;
}

CORNU_OP(take_along_axis){
    .name = "take_along_axis",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_along,
    .describe = describe_along,
    .vjp = vjp_take,
    .samples = sample_along,
};

/* ---- scatter_add ---- */
/* attrs: the axis, `count`, its size in the result, and `flag` for the transpose of
 * take_along_axis. */
static cornu_status infer_scatter(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    const cornu_shape *updates = &inputs[0]->shape, *index = &inputs[1]->shape;
    int axis = attrs->axes.axis[0];
    CORNU_TRY(check_index(inputs[1]));
    int from = attrs->flag ? 0 : axis; /* where the axes of index begin in updates */
    bool fits = attrs->flag ? index->rank == updates->rank : from + index->rank <= updates->rank;
    for (int i = 0; fits && i < index->rank; i++) fits = index->dims[i] == updates->dims[from + i];
    char first[256], second[256];
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE, "updates of shape %s do not belong to indices of shape %s",
            cornu_shape_format(updates, first, sizeof first),
            cornu_shape_format(index, second, sizeof second)
        );
    *out = (cornu_spec){.dtype = inputs[0]->dtype};
    cornu_shape *shape = &out->shape;
    int replaced = attrs->flag ? 1 : index->rank; /* axes of updates that become one */
    for (int i = 0; i < axis; i++) shape->dims[shape->rank++] = updates->dims[i];
    if (shape->rank == CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "the result would have more than %d axes", CORNU_MAX_RANK);
    shape->dims[shape->rank++] = attrs->count;
    for (int i = axis + replaced; i < updates->rank && shape->rank < CORNU_MAX_RANK; i++)
        shape->dims[shape->rank++] = updates->dims[i];
    return CORNU_OK;
}

static cornu_status describe_scatter(const cornu_node *node, cornu_kernel_request *request) {
    int axis = node->attrs.axes.axis[0];
    const cornu_tensor *index = node->inputs[1];
    if (node->attrs.flag) {
        group(&request->operands[0], &node->inputs[0]->shape, axis, 1);
        group(&request->operands[1], &index->shape, axis, 1);
    } else {
        cornu_shape flat = cornu_shape(index->size);
        group(&request->operands[0], &node->inputs[0]->shape, axis, index->shape.rank);
        request->operands[1] = cornu_operand_dense_(index->dtype, &flat);
    }
    group(&request->operands[2], &node->out->shape, axis, 1);
    request->desc.kind = CORNU_KERNEL_SCATTER_ADD;
    request->desc.batched = node->attrs.flag;
    return CORNU_OK;
}

static void vjp_scatter(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const cornu_op_class *take =
        node->attrs.flag ? &cornu_op_class_take_along_axis_ : &cornu_op_class_take_;
    cornu_attrs attrs = {.axes = node->attrs.axes};
    dx[0] = cornu_emit_(take, &attrs, (cornu_tensor *[]){dy, node->inputs[1]}, 2);
}

static bool sample_scatter(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count) {
    if (index > 1) return false;
    attrs->axes = (cornu_axis_list){1, {1}};
    attrs->count = 3;
    attrs->flag = index == 1;
    inputs[0] = cornu_sample_tensor_(
        index == 0 ? cornu_shape(2, 2, 3, 5) : cornu_shape(3, 2), -1, 1, index
    );
    inputs[1] = sample_index(index == 0 ? cornu_shape(2, 3) : cornu_shape(3, 2), some);
    *input_count = 2;
    return true;
}

CORNU_OP(scatter_add){
    .name = "scatter_add",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer_scatter,
    .describe = describe_scatter,
    .vjp = vjp_scatter,
    .samples = sample_scatter,
};

/* ---- public ---- */
/* Small integers as int32; floats and bools stay what they are and are refused by the shape rule.
 */
static cornu_tensor *as_index(cornu_tensor *indices) {
    cornu_dtype dtype = indices->dtype;
    bool narrow = dtype == CORNU_INT8 || dtype == CORNU_INT16 || dtype == CORNU_UINT8;
    return narrow ? cornu_op_cast(indices, CORNU_INT32) : indices;
}

cornu_tensor *cornu_op_take(cornu_tensor *x, cornu_tensor *indices, int axis) {
    cornu_tensor *inputs[] = {x, indices};
    if (cornu_any_symbolic_(inputs, 2)) {
        const cornu_op_setting set[] = {CORNU_SET_INT_("axis", axis), {.name = NULL}};
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "take", .tensors = inputs, .count = 2, .settings = set});
    }
    if (x == NULL) return (void)cornu_error_null("take: x"), NULL;
    if (indices == NULL) return (void)cornu_error_null("take: indices"), NULL;
    cornu_attrs attrs = {.axes.count = 1};
    if (cornu_axis_resolve_(axis, x->shape.rank, "take: axis", attrs.axes.axis) != CORNU_OK)
        return NULL;
    return cornu_emit_(&cornu_op_class_take_, &attrs, (cornu_tensor *[]){x, as_index(indices)}, 2);
}

/* x broadcast to the sizes of `joint` in all axes but one. */
static cornu_tensor *spread_beside(cornu_tensor *x, cornu_shape joint, int axis) {
    joint.dims[axis] = x->shape.dims[axis];
    return cornu_shape_equal(&joint, &x->shape) ? x : cornu_op_broadcast_to(x, joint);
}

cornu_tensor *cornu_op_take_along_axis(cornu_tensor *x, cornu_tensor *indices, int axis) {
    cornu_tensor *both[] = {x, indices};
    if (cornu_any_symbolic_(both, 2))
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "take_along_axis",
          .tensors = both,
          .count = 2,
          .settings = CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis))});
    if (x == NULL) return (void)cornu_error_null("take_along_axis: x"), NULL;
    if (indices == NULL) return (void)cornu_error_null("take_along_axis: indices"), NULL;
    cornu_attrs attrs = {.axes.count = 1};
    int rank = x->shape.rank, *resolved = attrs.axes.axis;
    if (cornu_axis_resolve_(axis, rank, "take_along_axis: axis", resolved) != CORNU_OK) return NULL;
    indices = as_index(indices);
    if (indices != NULL && indices->shape.rank == rank) {
        /* as in NumPy, the other axes broadcast */
        cornu_shape a = x->shape, b = indices->shape, joint;
        a.dims[*resolved] = b.dims[*resolved] = 1;
        if (cornu_broadcast_shapes_(&a, &b, &joint, "take_along_axis") != CORNU_OK) return NULL;
        x = spread_beside(x, joint, *resolved);
        indices = spread_beside(indices, joint, *resolved);
    }
    return cornu_emit_(&cornu_op_class_take_along_axis_, &attrs, (cornu_tensor *[]){x, indices}, 2);
}

/* keras/src/ops/math.py, SegmentSum. One segment more takes what belongs to none. */
cornu_tensor *cornu_op_segment_sum(cornu_tensor *x, cornu_tensor *ids, int64_t segments) {
    cornu_tensor *both[] = {x, ids};
    if (cornu_any_symbolic_(both, 2))
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "segment_sum",
          .tensors = both,
          .count = 2,
          .settings = CORNU_SETTINGS_(CORNU_SET_INT_("num_segments", segments))});
    if (x == NULL || ids == NULL)
        return (void)cornu_error_null(x == NULL ? "segment_sum: x" : "segment_sum: ids"), NULL;
    if (segments < 0 || ids->shape.rank != 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "segment_sum: ids of rank %d (wanted: 1) for %lld segments",
            ids->shape.rank, (long long)segments
        );
    ids = as_index(ids);
    if (ids == NULL) return NULL;
    cornu_tensor *none = cornu_scalar_of(ids->dtype, (double)segments);
    cornu_tensor *outside = cornu_op_logical_or(
        cornu_op_less(ids, cornu_scalar_of(ids->dtype, 0)), cornu_op_greater(ids, none)
    );
    cornu_attrs attrs = {.axes.count = 1, .count = segments + 1};
    cornu_tensor *inputs[] = {x, cornu_op_where(outside, none, ids)};
    cornu_tensor *sums = cornu_emit_(&cornu_op_class_scatter_add_, &attrs, inputs, 2);
    if (sums == NULL) return NULL;
    cornu_shape kept = sums->shape;
    kept.dims[0] = segments;
    return cornu_op_slice(sums, (const int64_t[CORNU_MAX_RANK]){0}, kept);
}
