/* Operations of linear algebra: factorisations, systems of equations, norms of matrices.
 * Keras: keras/src/ops/linalg.py, keras/src/backend/jax/linalg.py. */
#include <float.h>
#include <string.h>

#include "model/operation.h"
#include "nn/json.h"

/* ---- one result ---- */
static cornu_tensor *cholesky(const cornu_operation_call *call) {
    bool upper = false;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_bool_(call, CORNU_SETTING, "upper", &upper) != CORNU_OK) return NULL;
    return cornu_op_cholesky(x, upper);
}

/* (l l^T)^-1 from the triangle l, or (u^T u)^-1. */
static cornu_tensor *cholesky_inverse(const cornu_operation_call *call) {
    bool upper = false;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_bool_(call, CORNU_SETTING, "upper", &upper) != CORNU_OK)
        return NULL;
    if (cornu_tensor_rank(x) < 2) CORNU_FAIL_NULL(CORNU_ESHAPE, "wants matrices");
    int64_t n = cornu_tensor_dim(x, -1);
    cornu_tensor *unit = cornu_op_eye(n, n, 0, cornu_tensor_dtype(x));
    x = cornu_op_solve_triangular(x, cornu_op_broadcast_to(unit, *cornu_tensor_shape(x)), !upper);
    return upper ? cornu_op_matmul(x, x, .transpose_b = true)
                 : cornu_op_matmul(x, x, .transpose_a = true);
}

static cornu_tensor *solve(const cornu_operation_call *call) {
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "a");
    return a != NULL ? cornu_op_solve(a, cornu_operation_tensor_(call, 1, "b")) : NULL;
}

static cornu_tensor *solve_triangular(const cornu_operation_call *call) {
    bool lower = false;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "a");
    cornu_tensor *b = a != NULL ? cornu_operation_tensor_(call, 1, "b") : NULL;
    if (b == NULL || cornu_operation_bool_(call, CORNU_SETTING, "lower", &lower) != CORNU_OK)
        return NULL;
    return cornu_op_solve_triangular(a, b, lower);
}

static cornu_tensor *logdet(cornu_tensor *x) {
    cornu_tensor *sign, *logarithm;
    return cornu_op_slogdet(x, &sign, &logarithm) == CORNU_OK ? logarithm : NULL;
}

/* The shortest of the x for which |a x - b| is least: singular values up to `rcond` times the
 * largest count as 0. */
static cornu_tensor *lstsq(const cornu_operation_call *call) {
    double rcond = NAN;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "a"), *u, *s, *vt;
    cornu_tensor *b = a != NULL ? cornu_operation_tensor_(call, 1, "b") : NULL;
    if (b == NULL || cornu_operation_number_(call, CORNU_SETTING, "rcond", &rcond) != CORNU_OK)
        return NULL;
    bool vector = cornu_tensor_rank(b) == 1;
    if (cornu_tensor_rank(a) != 2 || (!vector && cornu_tensor_rank(b) != 2))
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants a matrix, and a vector or matrix");
    int64_t m = cornu_tensor_dim(a, 0), n = cornu_tensor_dim(a, 1);
    double epsilon = cornu_tensor_dtype(a) == CORNU_FLOAT64 ? DBL_EPSILON : FLT_EPSILON;
    if (isnan(rcond)) rcond = epsilon * (double)(m > n ? m : n);
    else if (rcond < 0) rcond = epsilon;
    if (cornu_op_svd(a, false, &u, &s, &vt) != CORNU_OK) return NULL;
    cornu_tensor *limit = cornu_op_multiply(cornu_part_(s, 0, 0, 1), cornu_scalar(rcond));
    cornu_tensor *counts = cornu_op_greater_equal(s, limit);
    cornu_tensor *by = cornu_op_where(counts, s, cornu_scalar(1));
    by = cornu_op_where(counts, cornu_op_reciprocal(by), cornu_scalar(0));
    if (vector) b = cornu_op_expand_dims(b, 1);
    b = cornu_op_matmul(u, cornu_op_cast(b, cornu_tensor_dtype(u)), .transpose_a = true);
    b = cornu_op_matmul(vt, cornu_op_multiply(cornu_op_expand_dims(by, 1), b), .transpose_a = true);
    return vector ? cornu_op_squeeze(b, cornu_axes(1)) : b;
}

/* ---- several results ---- */
static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}

static cornu_status lu_factor(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    (void)count;
    return cornu_op_lu_factor(cornu_operation_x_(call), &outputs[0], &outputs[1]);
}
static cornu_status eigh(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    (void)count;
    return cornu_op_eigh(cornu_operation_x_(call), &outputs[0], &outputs[1]);
}
static cornu_status slogdet(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    (void)count;
    return cornu_op_slogdet(cornu_operation_x_(call), &outputs[0], &outputs[1]);
}

static cornu_status qr(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    const char *mode = "reduced";
    (void)count;
    CORNU_TRY(cornu_operation_text_(call, "mode", &mode));
    bool complete = strcmp(mode, "complete") == 0;
    if (!complete && strcmp(mode, "reduced") != 0)
        CORNU_FAIL(CORNU_EINVAL, "'mode' must be reduced or complete, got '%.100s'", mode);
    return cornu_op_qr(cornu_operation_x_(call), complete, &outputs[0], &outputs[1]);
}

/* u, s and vt, or s alone. */
static size_t svd_count(const cJSON *config, cornu_tensor_list inputs) {
    (void)inputs;
    return cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(config, "compute_uv")) ? 1 : 3;
}
static cornu_status svd(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    bool full = true, compute_uv = true;
    cornu_tensor *x = cornu_operation_x_(call), *u, *vt;
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "full_matrices", &full));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "compute_uv", &compute_uv));
    if (count == 3) return cornu_op_svd(x, full, &outputs[0], &outputs[1], &outputs[2]);
    return cornu_op_svd(x, false, &u, &outputs[0], &vt);
}

/* ---- norms ---- */
/* (sum |x|^p)^(1/p) over the axes; the largest, smallest or number of elements at p's ends. */
static cornu_tensor *p_norm(cornu_tensor *x, double p, cornu_axes axes, bool keep) {
    x = cornu_op_absolute(x);
    if (p == INFINITY) return cornu_op_max(x, .axis = axes, .keepdims = keep);
    if (p == -INFINITY) return cornu_op_min(x, .axis = axes, .keepdims = keep);
    if (p == 0 && x != NULL) {
        cornu_tensor *there = cornu_op_not_equal(x, cornu_scalar(0));
        there = cornu_op_cast(there, cornu_tensor_dtype(x));
        return cornu_op_sum(there, .axis = axes, .keepdims = keep);
    }
    if (p == 1) return cornu_op_sum(x, .axis = axes, .keepdims = keep);
    if (p == 2)
        return cornu_op_sqrt(cornu_op_sum(cornu_op_square(x), .axis = axes, .keepdims = keep));
    x = cornu_op_sum(cornu_op_power(x, cornu_scalar(p)), .axis = axes, .keepdims = keep);
    return cornu_op_power(x, cornu_scalar(1 / p));
}

/* Of matrices whose rows and columns are the two axes: by sums, or by singular values. */
static cornu_tensor *matrix_norm(cornu_tensor *x, const cJSON *ord, cornu_axes axes, bool keep) {
    int rank = cornu_tensor_rank(x);
    cornu_shape kept = cornu_kept_shape_(x, &axes);
    for (int i = 0; i < 2; i++)
        if (axes.axis[i] < 0) axes.axis[i] += rank;
    if (axes.axis[0] < 0 || axes.axis[1] < 0 || axes.axis[0] >= rank || axes.axis[1] >= rank ||
        axes.axis[0] == axes.axis[1])
        CORNU_FAIL_NULL(CORNU_EINVAL, "'axis' must name two axes of %d", rank);
    bool nuclear = cJSON_IsString(ord) && strcmp(ord->valuestring, "nuc") == 0;
    double p = cJSON_IsNumber(ord) ? ord->valuedouble : 0;
    cornu_axes order = {0};
    for (int i = 0; i < rank; i++)
        if (i != axes.axis[0] && i != axes.axis[1]) order.axis[order.count++] = i;
    order.axis[order.count++] = axes.axis[0];
    order.axis[order.count++] = axes.axis[1];
    x = cornu_op_transpose(x, order);
    if (nuclear || fabs(p) == 2) {
        cornu_tensor *u, *s, *vt;
        if (cornu_op_svd(x, false, &u, &s, &vt) != CORNU_OK) return NULL;
        x = nuclear ? cornu_op_sum(s, .axis = cornu_axes(-1))
            : p > 0 ? cornu_op_max(s, .axis = cornu_axes(-1))
                    : cornu_op_min(s, .axis = cornu_axes(-1));
    } else if (fabs(p) == 1 || fabs(p) == INFINITY) {
        x = cornu_op_sum(cornu_op_absolute(x), .axis = cornu_axes(fabs(p) == 1 ? -2 : -1));
        x = p > 0 ? cornu_op_max(x, .axis = cornu_axes(-1))
                  : cornu_op_min(x, .axis = cornu_axes(-1));
    } else {
        CORNU_FAIL_NULL(CORNU_EINVAL, "'ord' must be fro, nuc, or 1, 2, inf or their negatives");
    }
    return keep ? cornu_op_reshape(x, kept) : x;
}

static cornu_tensor *norm(const cornu_operation_call *call) {
    cornu_axes axes = {0};
    bool keep = false;
    cornu_tensor *x = cornu_operation_x_(call);
    const cJSON *ord = cornu_operation_value_(call, CORNU_SETTING, "ord");
    if (x == NULL || cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &keep) != CORNU_OK)
        return NULL;
    if (!cornu_dtype_is_float(cornu_tensor_dtype(x))) x = cornu_op_cast(x, CORNU_FLOAT32);
    int count = axes.count > 0 ? axes.count : cornu_tensor_rank(x);
    bool frobenius = cJSON_IsString(ord) && strcmp(ord->valuestring, "fro") == 0;
    if (ord == NULL || (frobenius && count == 2)) return p_norm(x, 2, axes, keep);
    if (count == 1 && cJSON_IsNumber(ord)) return p_norm(x, ord->valuedouble, axes, keep);
    if (count == 2) return matrix_norm(x, ord, axes.count > 0 ? axes : cornu_axes(0, 1), keep);
    CORNU_FAIL_NULL(CORNU_EINVAL, "knows no such 'ord' of %d axes", count);
}

/* x / max(norm, epsilon) */
static cornu_tensor *normalize(const cornu_operation_call *call) {
    cornu_axes axes = cornu_axes(-1);
    double order = 2, epsilon = 1e-7;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "order", &order) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "epsilon", &epsilon) != CORNU_OK)
        return NULL;
    if (order < 1 || order != floor(order))
        CORNU_FAIL_NULL(CORNU_EINVAL, "'order' must be an integer of 1 or more, got %g", order);
    if (order != 2)
        return cornu_op_divide(
            x, cornu_op_maximum(p_norm(x, order, axes, true), cornu_scalar(epsilon))
        );
    cornu_tensor *sum = cornu_op_sum(cornu_op_square(x), .axis = axes, .keepdims = true);
    cornu_tensor *scale = cornu_op_minimum(cornu_op_rsqrt(sum), cornu_scalar(1 / epsilon));
    return cornu_op_multiply(x, scale);
}

const cornu_operation_class cornu_operations_linalg_[] = {
    CORNU_OPERATION_(Cholesky, linalg, compute, cholesky),
    CORNU_OPERATION_(CholeskyInverse, linalg, compute, cholesky_inverse),
    CORNU_OPERATION_(Det, linalg, unary, cornu_op_det),
    CORNU_OPERATION_MANY_(Eigh, linalg, eigh, two),
    CORNU_OPERATION_(Inv, linalg, unary, cornu_op_inv),
    CORNU_OPERATION_(Logdet, math, unary, logdet),
    CORNU_OPERATION_(Lstsq, linalg, compute, lstsq),
    CORNU_OPERATION_MANY_(LuFactor, linalg, lu_factor, two),
    CORNU_OPERATION_(Norm, linalg, compute, norm),
    CORNU_OPERATION_(Normalize, nn, compute, normalize),
    CORNU_OPERATION_MANY_(Qr, linalg, qr, two),
    CORNU_OPERATION_MANY_(Slogdet, numpy, slogdet, two),
    CORNU_OPERATION_(Solve, linalg, compute, solve),
    CORNU_OPERATION_(SolveTriangular, linalg, compute, solve_triangular),
    CORNU_OPERATION_MANY_(SVD, linalg, svd, svd_count),
    {.layer = {.name = NULL}},
};
