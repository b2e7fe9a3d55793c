/* Logic: operands of any type count as true where they are not 0. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

static bool one_sample(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index > 0) return false;
    inputs[0] = cornu_sample_bools_(cornu_shape(3, 5), 0);
    *count = 1;
    return true;
}

static bool two_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index > 1) return false;
    inputs[0] = cornu_sample_bools_(index == 0 ? cornu_shape(3, 5) : cornu_shape(2, 1, 4), 0);
    inputs[1] = cornu_sample_bools_(index == 0 ? cornu_shape(3, 5) : cornu_shape(3, 1), 1);
    *count = 2;
    return true;
}

CORNU_OP(logical_not){
    .name = "logical_not",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_NOT,
    .infer = cornu_infer_predicate_,
    .samples = one_sample,
};

CORNU_OP(logical_and){
    .name = "logical_and",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_AND,
    .infer = cornu_infer_predicate_,
    .samples = two_samples,
};

CORNU_OP(logical_or){
    .name = "logical_or",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_OR,
    .infer = cornu_infer_predicate_,
    .samples = two_samples,
};

CORNU_OP(logical_xor){
    .name = "logical_xor",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_XOR,
    .infer = cornu_infer_predicate_,
    .samples = two_samples,
};

cornu_tensor *cornu_op_logical_not(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_logical_not_, cornu_as_(x, CORNU_BOOL));
}

cornu_tensor *cornu_op_logical_and(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_logical_(&cornu_op_class_logical_and_, a, b);
}

cornu_tensor *cornu_op_logical_or(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_logical_(&cornu_op_class_logical_or_, a, b);
}

cornu_tensor *cornu_op_logical_xor(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_logical_(&cornu_op_class_logical_xor_, a, b);
}
