/* Reductions over any axes: sum, mean, prod, max, min, any, all. keras/src/ops/numpy.py. */
#include "ops/reduction.h"
#include "ops/symbolic.h"

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"

cornu_status cornu_reduced_shape_(cornu_attrs *attrs, const cornu_tensor *x, cornu_shape *shape) {
    cornu_axis_list *axes = &attrs->axes;
    int rank = x->shape.rank;
    if (axes->count < 0 || axes->count > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_EINVAL, "%d axes given, a tensor has at most %d", axes->count, CORNU_MAX_RANK
        );
    if (axes->count == 0)
        for (; axes->count < rank; axes->count++) axes->axis[axes->count] = axes->count;
    bool reduced[CORNU_MAX_RANK] = {false};
    for (int i = 0; i < axes->count; i++) {
        int *axis = &axes->axis[i];
        CORNU_TRY(cornu_axis_resolve_(*axis, rank, "axis", axis));
        if (reduced[*axis]) CORNU_FAIL(CORNU_EINVAL, "axis %d is given twice", *axis);
        reduced[*axis] = true;
    }
    *shape = (cornu_shape){0};
    for (int i = 0; i < rank; i++) {
        if (!reduced[i]) shape->dims[shape->rank++] = x->shape.dims[i];
        else if (attrs->keepdims) shape->dims[shape->rank++] = 1;
    }
    return CORNU_OK;
}

cornu_status cornu_describe_reduce_(
    const cornu_node *node, cornu_reduce_code code, cornu_kernel_request *request
) {
    const cornu_tensor *x = node->inputs[0];
    uint32_t axes = 0;
    for (int i = 0; i < node->attrs.axes.count; i++) axes |= 1u << node->attrs.axes.axis[i];
    cornu_shape kept = {0};
    for (int i = 0; i < x->shape.rank; i++)
        if ((axes & 1u << i) == 0) kept.dims[kept.rank++] = x->shape.dims[i];
    request->operands[1] = cornu_operand_dense_(node->out->dtype, &kept);
    request->desc.kind = CORNU_KERNEL_REDUCE;
    request->desc.operand_count = 2;
    request->desc.operands = request->operands;
    request->desc.code = code;
    request->desc.axes = axes;
    return CORNU_OK;
}

cornu_tensor *cornu_with_kept_axes_(const cornu_node *node, cornu_tensor *reduced) {
    cornu_shape shape = node->inputs[0]->shape;
    for (int i = 0; i < node->attrs.axes.count; i++) shape.dims[node->attrs.axes.axis[i]] = 1;
    if (reduced == NULL || cornu_shape_equal(&reduced->shape, &shape)) return reduced;
    return cornu_op_reshape(reduced, shape);
}

static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    (void)count;
    out->dtype = inputs[0]->dtype;
    return cornu_reduced_shape_(attrs, inputs[0], &out->shape);
}

/* Of nothing there is no largest and no smallest. */
static cornu_status infer_extremum(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    CORNU_TRY(infer(attrs, inputs, count, out));
    for (int i = 0; i < attrs->axes.count; i++)
        if (inputs[0]->shape.dims[attrs->axes.axis[i]] == 0)
            CORNU_FAIL(
                CORNU_ESHAPE, "axis %d is empty, which has no extreme element", attrs->axes.axis[i]
            );
    return CORNU_OK;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    const cornu_shape shapes[] = {cornu_shape(3, 4), cornu_shape(2, 3, 2), cornu_shape(2, 1, 3, 2)};
    const cornu_axis_list axes[] = {{0}, {1, {1}}, {2, {3, 0}}};
    if (index > 2) return false;
    inputs[0] = cornu_sample_signed_(shapes[index], 0.5, 1.5, index);
    attrs->axes = axes[index];
    attrs->keepdims = index == 2;
    *count = 1;
    return true;
}

static bool truth_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (!samples(index, attrs, inputs, count)) return false;
    if (inputs[0] != NULL) inputs[0] = cornu_sample_bools_(inputs[0]->shape, index);
    return true;
}

static cornu_status sum_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_SUM, request);
}

static void sum_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_spread_to_(cornu_with_kept_axes_(node, dy), &node->inputs[0]->shape);
}

CORNU_OP(sum){
    .name = "sum",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = sum_describe,
    .vjp = sum_vjp,
    .samples = samples,
};

static cornu_status mean_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_MEAN, request);
}

/* dx = dy / n */
static void mean_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const cornu_shape *shape = &node->inputs[0]->shape;
    double n = 1;
    for (int i = 0; i < node->attrs.axes.count; i++)
        n *= (double)shape->dims[node->attrs.axes.axis[i]];
    cornu_tensor *share = cornu_op_divide(dy, cornu_like_(dy, n));
    dx[0] = cornu_spread_to_(cornu_with_kept_axes_(node, share), shape);
}

CORNU_OP(mean){
    .name = "mean",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = mean_describe,
    .vjp = mean_vjp,
    .samples = samples,
};

static cornu_status prod_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_PROD, request);
}

/* dx = dy * the product of the others. That is y / x, except where x is 0: there it is the product
 * of what is not 0, if x is the only 0, and else 0. */
static void prod_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    cornu_axes axes = cornu_axes_make(node->attrs.axes.axis, (size_t)node->attrs.axes.count);
    cornu_tensor *one = cornu_like_(x, 1), *none = cornu_like_(x, 0);
    cornu_tensor *is_zero = cornu_op_equal(x, none);
    cornu_tensor *nonzero = cornu_op_where(is_zero, one, x);
    cornu_tensor *zeros = cornu_op_cast(is_zero, x->dtype);
    cornu_tensor *rest = nonzero, *zero_count = zeros;
    if (axes.count > 0) { /* a scalar has no axes, and none would mean all */
        rest = cornu_op_prod(nonzero, .axis = axes, .keepdims = true);
        zero_count = cornu_op_sum(zeros, .axis = axes, .keepdims = true);
    }
    cornu_tensor *alone = cornu_op_where(cornu_op_equal(zero_count, one), rest, none);
    cornu_tensor *out = cornu_with_kept_axes_(node, node->out);
    cornu_tensor *others = cornu_op_where(is_zero, alone, cornu_op_divide(out, nonzero));
    dx[0] = cornu_op_multiply(cornu_with_kept_axes_(node, dy), others);
}

CORNU_OP(prod){
    .name = "prod",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = prod_describe,
    .vjp = prod_vjp,
    .samples = samples,
};

/* Equal extreme elements share dy. */
static void extremum_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = node->inputs[0];
    cornu_axes axes = cornu_axes_make(node->attrs.axes.axis, (size_t)node->attrs.axes.count);
    cornu_tensor *chosen = cornu_op_equal(x, cornu_with_kept_axes_(node, node->out));
    cornu_tensor *number = cornu_op_cast(chosen, x->dtype);
    if (axes.count > 0) number = cornu_op_sum(number, .axis = axes, .keepdims = true);
    cornu_tensor *share = cornu_op_divide(cornu_with_kept_axes_(node, dy), number);
    dx[0] = cornu_op_where(chosen, share, cornu_like_(dy, 0));
}

static cornu_status max_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_MAX, request);
}

CORNU_OP(max){
    .name = "max",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION,
    .infer = infer_extremum,
    .describe = max_describe,
    .vjp = extremum_vjp,
    .samples = samples,
};

static cornu_status min_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_MIN, request);
}

CORNU_OP(min){
    .name = "min",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION,
    .infer = infer_extremum,
    .describe = min_describe,
    .vjp = extremum_vjp,
    .samples = samples,
};

static cornu_status any_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_ANY, request);
}

CORNU_OP(any){
    .name = "any",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = any_describe,
    .samples = truth_samples,
};

static cornu_status all_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_ALL, request);
}

CORNU_OP(all){
    .name = "all",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = all_describe,
    .samples = truth_samples,
};

cornu_axes cornu_axes_make(const int *axes, size_t count) {
    cornu_axes list = {.count = (int)count};
    for (size_t i = 0; i < count && i < CORNU_MAX_RANK; i++) list.axis[i] = axes[i];
    return list; /* a count above the largest rank is refused by whoever gets it */
}

/* Emits `op` on args->x cast to `type`. */
static cornu_tensor *reduce_as(
    const cornu_op_class *op, const cornu_op_reduce_args *args, cornu_dtype type
) {
    if (cornu_is_symbolic_(args->x)) return cornu_symbolic_reduce_(op->name, args);
    cornu_attrs attrs = {.axes.count = args->axis.count, .keepdims = args->keepdims};
    for (int i = 0; i < CORNU_MAX_RANK; i++) attrs.axes.axis[i] = args->axis.axis[i];
    cornu_tensor *x = cornu_as_(args->x, type);
    return cornu_emit_(op, &attrs, &x, 1);
}

static cornu_dtype type_of(const cornu_op_reduce_args *args) {
    return args->x == NULL ? CORNU_FLOAT32 : args->x->dtype;
}

/* Sums and products of narrow integers are kept in int32, as NumPy and Keras do. */
static cornu_dtype total_type(cornu_dtype type) {
    return cornu_dtype_is_float(type) || type == CORNU_INT64 ? type : CORNU_INT32;
}

cornu_tensor *cornu_op_sum_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_sum_, args, total_type(type_of(args)));
}

cornu_tensor *cornu_op_mean_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_mean_, args, cornu_real_type_(type_of(args)));
}

cornu_tensor *cornu_op_prod_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_prod_, args, total_type(type_of(args)));
}

cornu_tensor *cornu_op_max_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_max_, args, type_of(args));
}

cornu_tensor *cornu_op_min_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_min_, args, type_of(args));
}

cornu_tensor *cornu_op_any_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_any_, args, CORNU_BOOL);
}

cornu_tensor *cornu_op_all_new(const cornu_op_reduce_args *args) {
    return reduce_as(&cornu_op_class_all_, args, CORNU_BOOL);
}
