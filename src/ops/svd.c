/* svd: a[m, n] = u diag(s) v^T, u[m, k] and v[n, k] with orthonormal columns, s descending.
 *     da = u (f * (u^T du - du^T u) s + s f * (v^T dv - dv^T v) + diag(ds)) v^T
 *          + (1 - u u^T) du s^-1 v^T + u s^-1 dv^T (1 - v v^T), f[i, k] = 1 / (s[k]^2 - s[i]^2)
 * Townsend 2016, Differentiating the singular value decomposition. keras/src/ops/linalg.py, SVD */
#include "ops/factor.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(svd);

typedef struct {
    int64_t m, n, k;
} sizes;

static sizes sizes_of(const cornu_tensor *x) {
    const cornu_shape *shape = &x->shape;
    sizes s = {shape->dims[shape->rank - 2], shape->dims[shape->rank - 1], 0};
    s.k = s.m < s.n ? s.m : s.n;
    return s;
}

static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)attrs, (void)n;
    const sizes s = sizes_of(inputs[0]);
    return cornu_factor_infer_(inputs[0], s.m + 1 + s.n, s.k, out);
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_factor_describe_(node, CORNU_FACTOR_SVD, request);
}

typedef struct {
    cornu_tensor *u, *s, *v; /* s[.., 1, k] */
} parts;

static parts parts_of(cornu_tensor *packed, sizes s) {
    return (parts
    ){cornu_factor_rows_(packed, 0, s.m), cornu_factor_rows_(packed, s.m, s.m + 1),
      cornu_factor_rows_(packed, s.m + 1, s.m + 1 + s.n)};
}

/* x^T dx - dx^T x */
static cornu_tensor *twist(cornu_tensor *x, cornu_tensor *dx) {
    cornu_tensor *inner = cornu_op_matmul(x, dx, .transpose_a = true);
    return cornu_op_subtract(inner, cornu_factor_transpose_(inner));
}

/* What of dx lies at a right angle to the columns of x. */
static cornu_tensor *beside(cornu_tensor *x, cornu_tensor *dx) {
    cornu_tensor *inner = cornu_op_matmul(x, dx, .transpose_a = true);
    return cornu_op_subtract(dx, cornu_op_matmul(x, inner));
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const sizes size = sizes_of(node->inputs[0]);
    const parts y = parts_of(node->out, size), d = parts_of(dy, size);
    cornu_tensor *column = cornu_factor_transpose_(y.s); /* [.., k, 1] */
    cornu_tensor *gaps = cornu_factor_gaps_(cornu_op_square(cornu_op_squeeze(y.s, cornu_axes(-2))));
    cornu_tensor *inner = cornu_op_add(
        cornu_op_multiply(cornu_op_multiply(gaps, twist(y.u, d.u)), y.s),
        cornu_op_multiply(column, cornu_op_multiply(gaps, twist(y.v, d.v)))
    );
    cornu_tensor *ds = cornu_op_squeeze(d.s, cornu_axes(-2));
    inner = cornu_op_add(inner, cornu_factor_from_diagonal_(ds));
    cornu_tensor *da = cornu_op_matmul(y.u, inner);
    if (size.m > size.k) da = cornu_op_add(da, cornu_op_divide_no_nan(beside(y.u, d.u), y.s));
    da = cornu_op_matmul(da, y.v, .transpose_b = true);
    if (size.n > size.k) {
        cornu_tensor *rest = cornu_op_divide_no_nan(beside(y.v, d.v), y.s);
        da = cornu_op_add(da, cornu_op_matmul(y.u, rest, .transpose_b = true));
    }
    dx[0] = da;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index > 2) return false;
    cornu_shape shape = index == 0   ? cornu_shape(3, 3)
                        : index == 1 ? cornu_shape(2, 4, 2)
                                     : cornu_shape(2, 4);
    inputs[0] = cornu_factor_sample_(shape, false, index);
    *count = 1;
    return true;
}

CORNU_OP(svd){
    .name = "svd",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

/* All columns of a square: those that are not there already from a factorisation of x, which have
 * no derivative (qr refuses one). */
static cornu_tensor *completed(cornu_tensor *x, int64_t size, int64_t k) {
    cornu_tensor *q, *r;
    if (k == size || x == NULL) return x;
    if (cornu_op_qr(x, true, &q, &r) != CORNU_OK) return NULL;
    return cornu_op_concatenate(cornu_tensors(x, cornu_factor_columns_(q, k, size)), -1);
}

cornu_status cornu_op_svd(
    cornu_tensor *x, bool full_matrices, cornu_tensor **u, cornu_tensor **s, cornu_tensor **vt
) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[3] = {NULL};
        const cornu_op_setting full[] = {
            CORNU_SET_BOOL_("full_matrices", full_matrices), {.name = NULL}};
        cornu_status status = cornu_symbolic_many_("svd", x, full, outputs, 3);
        return *u = outputs[0], *s = outputs[1], *vt = outputs[2], status;
    }
    *u = *s = *vt = NULL;
    x = cornu_factor_operand_(x, false, "svd");
    if (x == NULL) return cornu_error_status();
    const sizes size = sizes_of(x);
    parts y = parts_of(cornu_emit_(&cornu_op_class_svd_, NULL, &x, 1), size);
    if (full_matrices) y.u = completed(y.u, size.m, size.k);
    if (full_matrices) y.v = completed(y.v, size.n, size.k);
    *u = y.u;
    *s = cornu_op_squeeze(y.s, cornu_axes(-2));
    *vt = cornu_factor_transpose_(y.v);
    return *u != NULL && *s != NULL && *vt != NULL ? CORNU_OK : cornu_error_status();
}
