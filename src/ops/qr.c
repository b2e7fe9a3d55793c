/* qr: a[m, n] = q r, q[m, k] with orthonormal columns, r[k, n] an upper triangle.
 *     da = (dq + q c) r^-T, c the lower triangle of r dr^T - dq^T q, mirrored
 * Walter and Lehmann 2010, arXiv:1001.1654; of a wide matrix the columns behind the square follow
 * from q. keras/src/ops/linalg.py, Qr */
#include "ops/factor.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(qr);

typedef struct {
    int64_t m, n, k;
} sizes;

static sizes sizes_of(const cornu_tensor *x, bool complete) {
    const cornu_shape *shape = &x->shape;
    sizes s = {shape->dims[shape->rank - 2], shape->dims[shape->rank - 1], 0};
    s.k = complete || s.m < s.n ? s.m : s.n;
    return s;
}

/* attrs: `flag` for all m columns of q. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)n;
    const sizes s = sizes_of(inputs[0], attrs->flag);
    return cornu_factor_infer_(inputs[0], s.m + s.n, s.k, out);
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    request->desc.flag = node->attrs.flag;
    return cornu_factor_describe_(node, CORNU_FACTOR_QR, request);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const sizes s = sizes_of(node->inputs[0], node->attrs.flag);
    if (s.k > s.n) {
        cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__,
            "the columns that complete q have no derivative: mode 'reduced' has one"
        );
        return;
    }
    cornu_tensor *q = cornu_factor_rows_(node->out, 0, s.m);
    cornu_tensor *dq = cornu_factor_rows_(dy, 0, s.m);
    /* r and dr, transposed: the square in front, and what is behind it */
    cornu_tensor *r = cornu_factor_rows_(node->out, s.m, s.m + s.k);
    cornu_tensor *dr = cornu_factor_rows_(dy, s.m, s.m + s.k);
    cornu_tensor *behind = NULL;
    if (s.n > s.k) {
        cornu_tensor *d = cornu_factor_rows_(dy, s.m + s.k, s.m + s.n);
        cornu_tensor *rest = cornu_factor_columns_(node->inputs[0], s.k, s.n);
        dq = cornu_op_add(dq, cornu_op_matmul(rest, d));
        behind = cornu_op_matmul(q, d, .transpose_b = true);
    }
    /* entries of the zero triangle do not count */
    dr = cornu_factor_lower_(dr, 0);
    cornu_tensor *c = cornu_op_subtract(
        cornu_op_matmul(r, dr, .transpose_a = true), cornu_op_matmul(dq, q, .transpose_a = true)
    );
    c = cornu_op_add(
        cornu_factor_lower_(c, 0), cornu_factor_transpose_(cornu_factor_lower_(c, -1))
    );
    dq = cornu_op_add(dq, cornu_op_matmul(q, c));
    /* da r^T = dq: the lower triangle r^T, transposed, solves for da^T */
    const cornu_triangle triangle = {.lower = true, .transposed = true};
    dq = cornu_factor_transpose_(cornu_triangular_solve_(r, cornu_factor_transpose_(dq), triangle));
    dx[0] = behind != NULL ? cornu_op_concatenate(cornu_tensors(dq, behind), -1) : dq;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 2) return false;
    attrs->flag = index == 2;
    cornu_shape shape = index == 0 ? cornu_shape(4, 3) : cornu_shape(2, 3, index == 1 ? 5 : 3);
    inputs[0] = cornu_factor_sample_(shape, false, index + 2);
    *count = 1;
    return true;
}

CORNU_OP(qr){
    .name = "qr",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

cornu_status cornu_op_qr(cornu_tensor *x, bool complete, cornu_tensor **q, cornu_tensor **r) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[2] = {NULL};
        const cornu_op_setting mode[] = {
            CORNU_SET_TEXT_("mode", complete ? "complete" : "reduced"), {.name = NULL}};
        cornu_status status = cornu_symbolic_many_("qr", x, mode, outputs, 2);
        return *q = outputs[0], *r = outputs[1], status;
    }
    *q = *r = NULL;
    x = cornu_factor_operand_(x, false, "qr");
    if (x == NULL) return cornu_error_status();
    const sizes s = sizes_of(x, complete);
    cornu_attrs attrs = {.flag = complete};
    cornu_tensor *packed = cornu_emit_(&cornu_op_class_qr_, &attrs, &x, 1);
    *q = cornu_factor_rows_(packed, 0, s.m);
    *r = cornu_factor_transpose_(cornu_factor_rows_(packed, s.m, s.m + s.n));
    return *q != NULL && *r != NULL ? CORNU_OK : cornu_error_status();
}
