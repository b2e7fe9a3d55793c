/* lu: the rows of a, exchanged by the largest pivots, as l u, and with it solve, inv and det.
 *     da = p^T l^-T (lower part of l^T dl, below the diagonal, + upper part of du u^T) u^-T
 * keras/src/ops/linalg.py, LuFactor, Solve, SolveTriangular, Inv, Det */
#include "ops/factor.h"
#include "ops/promote.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(lu);

static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)attrs, (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    return cornu_factor_infer_(
        inputs[0], shape->dims[shape->rank - 2], shape->dims[shape->rank - 1] + 2, out
    );
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_factor_describe_(node, CORNU_FACTOR_LU, request);
}

/* The columns behind l and u, int32 [.., m]. */
static cornu_tensor *column(cornu_tensor *packed, int64_t at) {
    cornu_tensor *x = cornu_factor_columns_(packed, at, at + 1);
    return cornu_op_cast(cornu_op_squeeze(x, cornu_axes(-1)), CORNU_INT32);
}

/* The rows of x in another order, order[.., m]. */
static cornu_tensor *in_order(cornu_tensor *x, cornu_tensor *order) {
    return cornu_op_take_along_axis(x, cornu_op_expand_dims(order, -1), -2);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const cornu_triangle lower = {.lower = true, .transposed = true, .unit = true};
    const cornu_triangle upper = {.lower = false};
    const cornu_shape *shape = &node->inputs[0]->shape;
    int64_t m = shape->dims[shape->rank - 2], n = shape->dims[shape->rank - 1];
    if (m != n) {
        cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__, "only square matrices have a derivative here"
        );
        return;
    }
    cornu_tensor *both = cornu_factor_columns_(node->out, 0, n);
    cornu_tensor *d = cornu_factor_columns_(dy, 0, n);
    cornu_tensor *unit = cornu_op_eye(n, n, 0, node->out->dtype);
    cornu_tensor *l = cornu_op_add(cornu_factor_lower_(both, -1), unit);
    cornu_tensor *u = cornu_factor_upper_(both, 0);
    cornu_tensor *from_l = cornu_op_matmul(l, cornu_factor_lower_(d, -1), .transpose_a = true);
    cornu_tensor *from_u = cornu_op_matmul(cornu_factor_upper_(d, 0), u, .transpose_b = true);
    d = cornu_op_add(cornu_factor_lower_(from_l, -1), cornu_factor_upper_(from_u, 0));
    d = cornu_factor_transpose_(cornu_triangular_solve_(both, d, lower));
    d = cornu_factor_transpose_(cornu_triangular_solve_(both, d, upper));
    dx[0] = in_order(d, cornu_op_argsort(column(node->out, n), -1));
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index > 1) return false;
    cornu_shape shape = index == 0 ? cornu_shape(3, 3) : cornu_shape(2, 4, 4);
    inputs[0] = cornu_factor_sample_(shape, false, index + 1);
    /* so that rows are exchanged */
    inputs[0] = cornu_op_flip(inputs[0], cornu_axes(-2));
    *count = 1;
    return true;
}

CORNU_OP(lu){
    .name = "lu",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

static cornu_tensor *factored(cornu_tensor *x) {
    return x != NULL ? cornu_emit_(&cornu_op_class_lu_, NULL, &x, 1) : NULL;
}

/* ---- public ---- */
cornu_status cornu_op_lu_factor(cornu_tensor *x, cornu_tensor **lu, cornu_tensor **pivots) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[2] = {NULL};
        cornu_status status = cornu_symbolic_many_("lu_factor", x, NULL, outputs, 2);
        return *lu = outputs[0], *pivots = outputs[1], status;
    }
    *lu = *pivots = NULL;
    cornu_tensor *packed = factored(cornu_factor_operand_(x, false, "lu_factor"));
    if (packed == NULL) return cornu_error_status();
    int64_t m = cornu_tensor_dim(packed, -2), n = cornu_tensor_dim(packed, -1) - 2;
    *lu = cornu_factor_columns_(packed, 0, n);
    *pivots = cornu_factor_columns_(column(packed, n + 1), 0, m < n ? m : n);
    return *lu != NULL && *pivots != NULL ? CORNU_OK : cornu_error_status();
}

/* Whether b is a vector per matrix; both with the same axes before the last two. */
static cornu_status align(cornu_tensor **a, cornu_tensor **b, bool *vector, const char *what) {
    *a = cornu_factor_operand_(*a, true, what);
    if (*a == NULL || *b == NULL) return *a == NULL ? cornu_error_status() : cornu_error_null(what);
    cornu_dtype dtype = cornu_promote_tensors_((cornu_tensor *[]){*a, *b}, 2);
    if (dtype != CORNU_FLOAT64) dtype = CORNU_FLOAT32;
    *a = cornu_as_(*a, dtype);
    *b = cornu_as_(*b, dtype);
    if (*a == NULL || *b == NULL) return cornu_error_status();
    *vector = (*b)->shape.rank == (*a)->shape.rank - 1;
    if (*vector) *b = cornu_op_expand_dims(*b, -1);
    if (*b == NULL) return cornu_error_status();
    cornu_shape of_a = (*a)->shape, of_b = (*b)->shape, joint;
    char first[256], second[256];
    if (of_b.rank < 2 || of_b.dims[of_b.rank - 2] != of_a.dims[of_a.rank - 1])
        CORNU_FAIL(
            CORNU_ESHAPE, "%s: matrices %s do not belong to right sides %s", what,
            cornu_shape_format(&of_a, first, sizeof first),
            cornu_shape_format(&of_b, second, sizeof second)
        );
    int64_t size = of_a.dims[of_a.rank - 1], columns = of_b.dims[of_b.rank - 1];
    of_a.dims[of_a.rank - 1] = of_a.dims[of_a.rank - 2] = 1;
    of_b.dims[of_b.rank - 1] = of_b.dims[of_b.rank - 2] = 1;
    CORNU_TRY(cornu_broadcast_shapes_(&of_a, &of_b, &joint, what));
    joint.dims[joint.rank - 2] = size;
    joint.dims[joint.rank - 1] = columns;
    *b = cornu_op_broadcast_to(*b, joint);
    joint.dims[joint.rank - 1] = size;
    *a = cornu_op_broadcast_to(*a, joint);
    return *a != NULL && *b != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_op_solve(cornu_tensor *a, cornu_tensor *b) {
    if (cornu_is_symbolic_(a) || cornu_is_symbolic_(b))
        return cornu_symbolic_binary_("solve", a, b);
    bool vector = false;
    if (align(&a, &b, &vector, "solve") != CORNU_OK) return NULL;
    int64_t n = cornu_tensor_dim(a, -1);
    cornu_tensor *packed = factored(a), *both = cornu_factor_columns_(packed, 0, n);
    if (both == NULL) return NULL;
    cornu_tensor *x = in_order(b, column(packed, n));
    x = cornu_triangular_solve_(both, x, (cornu_triangle){.lower = true, .unit = true});
    x = cornu_triangular_solve_(both, x, (cornu_triangle){.lower = false});
    return vector ? cornu_op_squeeze(x, cornu_axes(-1)) : x;
}

cornu_tensor *cornu_op_solve_triangular(cornu_tensor *a, cornu_tensor *b, bool lower) {
    if (cornu_is_symbolic_(a) || cornu_is_symbolic_(b)) {
        cornu_tensor *operands[] = {a, b};
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "solve_triangular",
          .tensors = operands,
          .count = 2,
          .settings = CORNU_SETTINGS_(CORNU_SET_BOOL_("lower", lower))});
    }
    bool vector = false;
    if (align(&a, &b, &vector, "solve_triangular") != CORNU_OK) return NULL;
    cornu_tensor *x = cornu_triangular_solve_(a, b, (cornu_triangle){.lower = lower});
    return vector ? cornu_op_squeeze(x, cornu_axes(-1)) : x;
}

cornu_tensor *cornu_op_inv(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("inv", x, NULL);
    x = cornu_factor_operand_(x, true, "inv");
    if (x == NULL) return NULL;
    int64_t n = cornu_tensor_dim(x, -1);
    return cornu_op_solve(x, cornu_op_broadcast_to(cornu_op_eye(n, n, 0, x->dtype), x->shape));
}

/* The diagonal of u, [.., n], negated where a row was exchanged; its product is the
 * determinant. */
static cornu_tensor *pivots_of(cornu_tensor *packed) {
    cornu_tensor *diagonal = cornu_factor_diagonal_(packed);
    if (diagonal == NULL) return NULL;
    int64_t n = cornu_tensor_dim(diagonal, -1);
    cornu_tensor *here = cornu_op_arange(0, (double)n, 1, CORNU_INT32);
    cornu_tensor *exchanged = cornu_op_not_equal(column(packed, n + 1), here);
    return cornu_op_where(exchanged, cornu_op_negative(diagonal), diagonal);
}

cornu_status cornu_op_slogdet(cornu_tensor *x, cornu_tensor **sign, cornu_tensor **logarithm) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[2] = {NULL};
        cornu_status status = cornu_symbolic_many_("slogdet", x, NULL, outputs, 2);
        return *sign = outputs[0], *logarithm = outputs[1], status;
    }
    *sign = *logarithm = NULL;
    x = cornu_factor_operand_(x, true, "slogdet");
    cornu_tensor *packed = factored(x);
    if (packed == NULL) return cornu_error_status();
    cornu_tensor *pivots = pivots_of(packed);
    *sign = cornu_op_prod(cornu_op_sign(pivots), .axis = cornu_axes(-1));
    *logarithm = cornu_op_sum(cornu_op_log(cornu_op_absolute(pivots)), .axis = cornu_axes(-1));
    return *sign != NULL && *logarithm != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_op_det(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("det", x, NULL);
    x = cornu_factor_operand_(x, true, "det");
    cornu_tensor *packed = factored(x);
    return packed != NULL ? cornu_op_prod(pivots_of(packed), .axis = cornu_axes(-1)) : NULL;
}
