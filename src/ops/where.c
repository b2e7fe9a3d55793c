/* where: condition ? a : b. keras/src/ops/numpy.py, Where. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    CORNU_TRY(cornu_infer_broadcast_(attrs, inputs, count, out));
    out->dtype = inputs[1]->dtype;
    return CORNU_OK;
}

/* What was not chosen gets 0, whatever it was: a NaN there does no harm. */
static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *condition = node->inputs[0], *zero = cornu_like_(dy, 0);
    if (cornu_wants_(node, 1))
        dx[1] = cornu_sum_to_(cornu_op_where(condition, dy, zero), &node->inputs[1]->shape);
    if (cornu_wants_(node, 2))
        dx[2] = cornu_sum_to_(cornu_op_where(condition, zero, dy), &node->inputs[2]->shape);
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    const cornu_shape conditions[] = {cornu_shape(2, 3), cornu_shape(3, 1)};
    if (index > 1 || !cornu_sample_two_signed_(index, 0.3, 2, &inputs[1], count)) return false;
    inputs[0] = cornu_sample_bools_(conditions[index], index);
    *count = 3;
    return true;
}

CORNU_OP(where){
    .name = "where",
    .inputs = 3,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_SMOOTH,
    .code = CORNU_EW_WHERE,
    .infer = infer,
    .vjp = vjp,
    .samples = samples,
};

cornu_tensor *cornu_op_where(cornu_tensor *condition, cornu_tensor *a, cornu_tensor *b) {
    cornu_tensor *inputs[] = {condition, a, b};
    if (cornu_any_symbolic_(inputs, 3))
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "where", .tensors = inputs, .count = 3});
    if (condition != NULL && a != NULL && b != NULL) {
        cornu_dtype type = cornu_promote_tensors_(&inputs[1], 2);
        inputs[0] = cornu_as_(condition, CORNU_BOOL);
        inputs[1] = cornu_as_(a, type);
        inputs[2] = cornu_as_(b, type);
    }
    return cornu_emit_(&cornu_op_class_where_, NULL, inputs, 3);
}
