/* triangular_solve: x with a x = b, of a triangle of a alone.
 *     db = solve of dx by the transposed triangle, da = -db x^T (transposed: -x db^T) within it
 * keras/src/ops/linalg.py, SolveTriangular */
#include "ops/factor.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"
#include <cornu/ops.h>

CORNU_OP_DECLARE(triangular_solve);

/* attrs: `flag` for the lower triangle, `reverse` to read it transposed, `exclusive` for ones on
 * its diagonal. */
static cornu_status infer(cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out) {
    (void)attrs, (void)n;
    const cornu_shape *a = &inputs[0]->shape, *b = &inputs[1]->shape;
    int last = a->rank - 1;
    bool fits = a->rank == b->rank && last >= 1 && a->dims[last] == a->dims[last - 1];
    for (int i = 0; fits && i < last; i++) fits = a->dims[i] == b->dims[i];
    char first[256], second[256];
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE, "matrices %s do not belong to right sides %s",
            cornu_shape_format(a, first, sizeof first), cornu_shape_format(b, second, sizeof second)
        );
    *out = (cornu_spec){inputs[1]->dtype, *b};
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    cornu_factor_group_(&request->operands[0], &node->inputs[0]->shape);
    cornu_factor_group_(&request->operands[1], &node->inputs[1]->shape);
    cornu_factor_group_(&request->operands[2], &node->out->shape);
    request->desc.kind = CORNU_KERNEL_TRIANGULAR_SOLVE;
    request->desc.flag = node->attrs.flag;
    request->desc.reverse = node->attrs.reverse;
    request->desc.exclusive = node->attrs.exclusive;
    return CORNU_OK;
}

cornu_tensor *cornu_triangular_solve_(cornu_tensor *a, cornu_tensor *b, cornu_triangle triangle) {
    cornu_attrs attrs = {
        .flag = triangle.lower, .reverse = triangle.transposed, .exclusive = triangle.unit};
    return cornu_emit_(&cornu_op_class_triangular_solve_, &attrs, (cornu_tensor *[]){a, b}, 2);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    const cornu_attrs *attrs = &node->attrs;
    cornu_triangle other = {attrs->flag, !attrs->reverse, attrs->exclusive};
    cornu_tensor *db = cornu_triangular_solve_(node->inputs[0], dy, other);
    cornu_tensor *da = attrs->reverse ? cornu_op_matmul(node->out, db, .transpose_b = true)
                                      : cornu_op_matmul(db, node->out, .transpose_b = true);
    da = cornu_op_negative(da);
    int off = attrs->exclusive ? 1 : 0;
    dx[0] = attrs->flag ? cornu_factor_lower_(da, -off) : cornu_factor_upper_(da, off);
    dx[1] = db;
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 3) return false;
    attrs->flag = index % 2 == 1;
    attrs->reverse = index > 1;
    attrs->exclusive = index == 2;
    inputs[0] = cornu_factor_sample_(cornu_shape(2, 3, 3), false, index);
    inputs[1] = cornu_sample_tensor_(cornu_shape(2, 3, 2), -1, 1, index + 4);
    *count = 2;
    return true;
}

CORNU_OP(triangular_solve){
    .name = "triangular_solve",
    .inputs = 2,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};
