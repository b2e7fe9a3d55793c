/* eigh: eigenvalues w and eigenvectors v of the symmetric part of a.
 *     da = the symmetric part of v (diag(dw) + f * (v^T dv)) v^T, f[i, k] = 1 / (w[k] - w[i])
 * Giles 2008, An extended collection of matrix derivative results. keras/src/ops/linalg.py, Eigh */
#include "ops/factor.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(eigh);

static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)attrs, (void)n;
    const cornu_shape *shape = &inputs[0]->shape;
    int64_t size = shape->dims[shape->rank - 1];
    return cornu_factor_infer_(inputs[0], size + 1, size, out);
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_factor_describe_(node, CORNU_FACTOR_EIGH, request);
}

static cornu_tensor *values_of(cornu_tensor *packed) {
    return cornu_op_squeeze(cornu_factor_rows_(packed, 0, 1), cornu_axes(-2));
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    int64_t n = node->out->shape.dims[node->out->shape.rank - 1];
    cornu_tensor *v = cornu_factor_rows_(node->out, 1, n + 1);
    cornu_tensor *dv = cornu_factor_rows_(dy, 1, n + 1);
    cornu_tensor *turned = cornu_op_multiply(
        cornu_factor_gaps_(values_of(node->out)), cornu_op_matmul(v, dv, .transpose_a = true)
    );
    cornu_tensor *d = cornu_op_add(turned, cornu_factor_from_diagonal_(values_of(dy)));
    d = cornu_op_matmul(cornu_op_matmul(v, d), v, .transpose_b = true);
    dx[0] = cornu_factor_symmetric_(d);
}

CORNU_OP(eigh){
    .name = "eigh",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = cornu_factor_symmetric_samples_,
};

cornu_status cornu_op_eigh(cornu_tensor *x, cornu_tensor **values, cornu_tensor **vectors) {
    if (cornu_is_symbolic_(x)) {
        cornu_tensor *outputs[2] = {NULL};
        cornu_status status = cornu_symbolic_many_("eigh", x, NULL, outputs, 2);
        return *values = outputs[0], *vectors = outputs[1], status;
    }
    *values = *vectors = NULL;
    x = cornu_factor_operand_(x, true, "eigh");
    if (x == NULL) return cornu_error_status();
    cornu_tensor *packed = cornu_emit_(&cornu_op_class_eigh_, NULL, &x, 1);
    *values = values_of(packed);
    *vectors = cornu_factor_rows_(packed, 1, cornu_tensor_dim(x, -1) + 1);
    return *values != NULL && *vectors != NULL ? CORNU_OK : cornu_error_status();
}
