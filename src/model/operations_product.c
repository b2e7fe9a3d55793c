/* Operations that multiply and add over axes: matmul, dot, einsum and their kin.
 * Keras: keras/src/ops/numpy.py. */
#include <string.h>

#include "model/operation.h"
#include "nn/json.h"

static cornu_tensor *matmul(cornu_tensor *a, cornu_tensor *b) { return cornu_op_matmul(a, b); }

/* The equation is in the config, the operands are the arguments. */
static cornu_tensor *einsum(const cornu_operation_call *call) {
    enum { MOST = 64 };
    cornu_tensor *operands[MOST];
    size_t count = (size_t)cJSON_GetArraySize(call->args);
    const char *equation = NULL;
    if (cornu_operation_text_(call, "subscripts", &equation) != CORNU_OK) return NULL;
    if (equation == NULL || count > MOST)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "the config has no proper 'subscripts'");
    for (size_t i = 0; i < count; i++) operands[i] = cornu_operation_tensor_(call, (int)i, "");
    return cornu_op_einsum(equation, (cornu_tensor_list){operands, count});
}

/* ---- products over chosen axes ---- */
/* The axes that are summed over behind the others, or in front of them, and both made one. */
static cornu_tensor *as_matrix(
    cornu_tensor *x, const cornu_axes *summed, bool in_front, cornu_shape *others
) {
    int rank = cornu_tensor_rank(x);
    bool is_summed[CORNU_MAX_RANK] = {false};
    cornu_axes order = {0};
    int64_t inner = 1, outer = 1;
    for (int i = 0; i < summed->count; i++) {
        int axis = summed->axis[i] < 0 ? summed->axis[i] + rank : summed->axis[i];
        if (axis < 0 || axis >= rank || is_summed[axis])
            CORNU_FAIL_NULL(CORNU_EINVAL, "'axes' names an axis twice, or one that is not there");
        is_summed[axis] = true;
        inner *= cornu_tensor_dim(x, axis);
        if (in_front) order.axis[order.count++] = axis;
    }
    for (int i = 0; i < rank; i++) {
        if (is_summed[i]) continue;
        order.axis[order.count++] = i;
        outer *= cornu_tensor_dim(x, i);
        if (others->rank == CORNU_MAX_RANK)
            CORNU_FAIL_NULL(CORNU_ESHAPE, "the result has more than %d axes", CORNU_MAX_RANK);
        others->dims[others->rank++] = cornu_tensor_dim(x, i);
    }
    for (int i = 0; i < summed->count && !in_front; i++)
        order.axis[order.count++] = summed->axis[i] < 0 ? summed->axis[i] + rank : summed->axis[i];
    if (rank > 0) x = cornu_op_transpose(x, order);
    return cornu_op_reshape(x, in_front ? cornu_shape(inner, outer) : cornu_shape(outer, inner));
}

static cornu_tensor *contract(
    cornu_tensor *a, cornu_tensor *b, const cornu_axes *axes_a, const cornu_axes *axes_b
) {
    cornu_shape shape = {0};
    if (a == NULL || b == NULL) return NULL;
    a = as_matrix(a, axes_a, false, &shape);
    if (a == NULL) return NULL;
    b = as_matrix(b, axes_b, true, &shape);
    return cornu_op_reshape(cornu_op_matmul(a, b), shape);
}

/* An integer, or a list of them. */
static cornu_status read_axes(const cJSON *json, cornu_axes *axes) {
    const cJSON *first = cJSON_IsArray(json) ? json->child : json, *item;
    for (item = first; item != NULL; item = item == json ? NULL : item->next) {
        int64_t axis;
        if (!cornu_json_as_int_(item, &axis) || axis < -CORNU_MAX_RANK || axis >= CORNU_MAX_RANK ||
            axes->count == CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_EFORMAT, "'axes' must be an integer or two lists of axes");
        axes->axis[axes->count++] = (int)axis;
    }
    return CORNU_OK;
}

static cornu_tensor *tensordot(const cornu_operation_call *call) {
    cornu_axes of_a = {0}, of_b = {0};
    int64_t count = 2;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "x1");
    cornu_tensor *b = cornu_operation_tensor_(call, 1, "x2");
    const cJSON *axes = cornu_operation_value_(call, CORNU_SETTING, "axes");
    if (a == NULL || b == NULL) return NULL;
    if (cJSON_IsArray(axes) && cJSON_GetArraySize(axes) == 2) {
        if (read_axes(axes->child, &of_a) != CORNU_OK ||
            read_axes(axes->child->next, &of_b) != CORNU_OK)
            return NULL;
        return contract(a, b, &of_a, &of_b);
    }
    if (axes != NULL && !cornu_json_as_int_(axes, &count))
        CORNU_FAIL_NULL(CORNU_EFORMAT, "'axes' must be an integer or two lists of axes");
    if (count > cornu_tensor_rank(a) || count > cornu_tensor_rank(b))
        CORNU_FAIL_NULL(CORNU_ESHAPE, "'axes' is %lld, more than there are", (long long)count);
    for (int i = 0; i < count; i++) {
        of_a.axis[of_a.count++] = i - (int)count;
        of_b.axis[of_b.count++] = i;
    }
    return contract(a, b, &of_a, &of_b);
}

static cornu_tensor *dot(cornu_tensor *a, cornu_tensor *b) {
    if (a == NULL || b == NULL) return NULL;
    int rank = cornu_tensor_rank(b);
    if (rank == 0 || cornu_tensor_rank(a) == 0) return cornu_op_multiply(a, b);
    const cornu_axes last = cornu_axes(-1), last_but_one = cornu_axes(rank == 1 ? 0 : -2);
    return contract(a, b, &last, &last_but_one);
}

static cornu_tensor *inner(cornu_tensor *a, cornu_tensor *b) {
    if (a == NULL || b == NULL) return NULL;
    if (cornu_tensor_rank(a) == 0 || cornu_tensor_rank(b) == 0) return cornu_op_multiply(a, b);
    const cornu_axes last = cornu_axes(-1);
    return contract(a, b, &last, &last);
}

static cornu_tensor *vdot(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_matmul(cornu_flat_(a), cornu_flat_(b));
}

static cornu_tensor *outer(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_multiply(cornu_op_expand_dims(cornu_flat_(a), 1), cornu_flat_(b));
}

/* a[i] b[j] at i * size + j, along every axis. */
static cornu_tensor *kron(cornu_tensor *a, cornu_tensor *b) {
    if (a == NULL || b == NULL) return NULL;
    int rank_a = cornu_tensor_rank(a), rank_b = cornu_tensor_rank(b);
    int rank = rank_a > rank_b ? rank_a : rank_b;
    if (2 * rank > CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "takes %d axes at most", CORNU_MAX_RANK / 2);
    cornu_shape of_a = {.rank = 2 * rank}, of_b = {.rank = 2 * rank}, shape = {.rank = rank};
    for (int i = 0; i < rank; i++) {
        int in_a = i - (rank - rank_a), in_b = i - (rank - rank_b);
        of_a.dims[2 * i] = in_a >= 0 ? cornu_tensor_dim(a, in_a) : 1;
        of_b.dims[2 * i + 1] = in_b >= 0 ? cornu_tensor_dim(b, in_b) : 1;
        of_a.dims[2 * i + 1] = of_b.dims[2 * i] = 1;
        shape.dims[i] = of_a.dims[2 * i] * of_b.dims[2 * i + 1];
    }
    a = cornu_op_multiply(cornu_op_reshape(a, of_a), cornu_op_reshape(b, of_b));
    return cornu_op_reshape(a, shape);
}

/* ---- vectors in space ---- */
/* The i-th coordinate, which takes its axis away; NULL where a plane has no third. */
static cornu_tensor *coordinate(cornu_tensor *x, int axis, int64_t i) {
    return cornu_op_squeeze(cornu_part_(x, axis, i, i + 1), cornu_axes(axis));
}
static cornu_tensor *determinant(
    cornu_tensor *a, cornu_tensor *b, int axis_a, int axis_b, int64_t i, int64_t k
) {
    return cornu_op_subtract(
        cornu_op_multiply(coordinate(a, axis_a, i), coordinate(b, axis_b, k)),
        cornu_op_multiply(coordinate(a, axis_a, k), coordinate(b, axis_b, i))
    );
}
static int64_t size_of(cornu_tensor *x, int64_t axis) {
    int rank = cornu_tensor_rank(x);
    if (axis < 0) axis += rank;
    return axis >= 0 && axis < rank ? cornu_tensor_dim(x, (int)axis) : 0;
}

static cornu_tensor *cross(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE, axis_a = -1, axis_b = -1, axis_c = -1;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "x1");
    cornu_tensor *b = cornu_operation_tensor_(call, 1, "x2");
    if (a == NULL || b == NULL || cornu_operation_axis_(call, "axisa", &axis_a) != CORNU_OK ||
        cornu_operation_axis_(call, "axisb", &axis_b) != CORNU_OK ||
        cornu_operation_axis_(call, "axisc", &axis_c) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK)
        return NULL;
    if (axis != CORNU_NONE) axis_a = axis_b = axis_c = axis;
    int64_t in_a = size_of(a, axis_a), in_b = size_of(b, axis_b);
    if (in_a == 2 && in_b == 2) return determinant(a, b, (int)axis_a, (int)axis_b, 0, 1);
    if (in_a != 3 || in_b != 3)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "wants vectors of two coordinates or of three, got %lld and %lld",
            (long long)in_a, (long long)in_b
        );
    cornu_tensor *parts[3];
    for (int i = 0; i < 3; i++)
        parts[i] = determinant(a, b, (int)axis_a, (int)axis_b, (i + 1) % 3, (i + 2) % 3);
    return cornu_op_stack((cornu_tensor_list){parts, 3}, (int)axis_c);
}

const cornu_operation_class cornu_operations_product_[] = {
    CORNU_OPERATION_(Cross, numpy, compute, cross),
    CORNU_OPERATION_(Dot, numpy, binary, dot),
    CORNU_OPERATION_(Einsum, numpy, compute, einsum),
    CORNU_OPERATION_(Inner, numpy, binary, inner),
    CORNU_OPERATION_(Kron, numpy, binary, kron),
    CORNU_OPERATION_(Matmul, numpy, binary, matmul),
    CORNU_OPERATION_(Outer, numpy, binary, outer),
    CORNU_OPERATION_(Tensordot, numpy, compute, tensordot),
    CORNU_OPERATION_(Vdot, numpy, binary, vdot),
    {.layer = {.name = NULL}},
};
