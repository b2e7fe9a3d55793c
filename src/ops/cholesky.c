/* cholesky: l with l l^T the symmetric part of a.
 *     da = the symmetric part of l^-T p l^-1, p the lower triangle of l^T dl, its diagonal halved
 * Murray 2016, arXiv:1602.07527. keras/src/ops/linalg.py, Cholesky */
#include "ops/factor.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(cholesky);

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_factor_describe_(node, CORNU_FACTOR_CHOLESKY, request);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const cornu_triangle transposed = {.lower = true, .transposed = true};
    cornu_tensor *l = node->out;
    cornu_tensor *p = cornu_op_matmul(l, cornu_factor_lower_(dy, 0), .transpose_a = true);
    cornu_tensor *half = cornu_op_multiply(cornu_factor_diagonal_(p), cornu_scalar(0.5));
    p = cornu_op_add(cornu_factor_lower_(p, -1), cornu_factor_from_diagonal_(half));
    p = cornu_triangular_solve_(l, p, transposed);
    p = cornu_triangular_solve_(l, cornu_factor_transpose_(p), transposed);
    dx[0] = cornu_factor_symmetric_(p);
}

CORNU_OP(cholesky){
    .name = "cholesky",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = cornu_infer_same_,
    .describe = describe,
    .vjp = vjp,
    .samples = cornu_factor_symmetric_samples_,
};

cornu_tensor *cornu_op_cholesky(cornu_tensor *x, bool upper) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "cholesky", x, CORNU_SETTINGS_(CORNU_SET_BOOL_("upper", upper))
        );
    x = cornu_factor_operand_(x, true, "cholesky");
    x = x != NULL ? cornu_emit_(&cornu_op_class_cholesky_, NULL, &x, 1) : NULL;
    return upper ? cornu_factor_transpose_(x) : x;
}
