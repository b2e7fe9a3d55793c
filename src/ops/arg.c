/* argmax and argmin: the index of the first largest or smallest element along an axis.
 * keras/src/ops/numpy.py. */
#include "ops/promote.h"
#include "ops/reduction.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    (void)count;
    CORNU_TRY(cornu_reduced_shape_(attrs, inputs[0], &out->shape));
    if (attrs->axes.count != 1 || inputs[0]->shape.dims[attrs->axes.axis[0]] == 0)
        CORNU_FAIL(CORNU_ESHAPE, "one axis that is not empty is needed");
    out->dtype = CORNU_INT32;
    return CORNU_OK;
}

static cornu_status argmax_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_ARGMAX, request);
}

static cornu_status argmin_describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_describe_reduce_(node, CORNU_REDUCE_ARGMIN, request);
}

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 2) return false;
    inputs[0] = cornu_sample_signed_(cornu_shape(2, 5, 3), 0.3, 2, index);
    attrs->axes = (cornu_axis_list){1, {index}};
    *count = 1;
    return true;
}

CORNU_OP(argmax){
    .name = "argmax",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = argmax_describe,
    .samples = samples,
};

CORNU_OP(argmin){
    .name = "argmin",
    .inputs = 1,
    .flags = CORNU_OP_REDUCTION | CORNU_OP_NO_GRADIENT,
    .infer = infer,
    .describe = argmin_describe,
    .samples = samples,
};

cornu_tensor *cornu_op_argmax(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("argmax", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    return cornu_emit_(&cornu_op_class_argmax_, &(cornu_attrs){.axes = {1, {axis}}}, &x, 1);
}

cornu_tensor *cornu_op_argmin(cornu_tensor *x, int axis) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_("argmin", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
    return cornu_emit_(&cornu_op_class_argmin_, &(cornu_attrs){.axes = {1, {axis}}}, &x, 1);
}
