/* Comparisons: bools, through which no gradient flows. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

/* Some elements are equal. */
static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (!cornu_sample_two_signed_(index, 0.3, 2, inputs, count)) return false;
    if (inputs[0] != NULL && inputs[1] != NULL) {
        double shared = cornu_element_get_(CORNU_FLOAT64, inputs[0]->storage->data, 1);
        cornu_element_set_(CORNU_FLOAT64, inputs[1]->storage->data, 1, shared);
    }
    return true;
}

CORNU_OP(equal){
    .name = "equal",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_EQUAL,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(not_equal){
    .name = "not_equal",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_NOT_EQUAL,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(less){
    .name = "less",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_LESS,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(less_equal){
    .name = "less_equal",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_LESS_EQUAL,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(greater){
    .name = "greater",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_GREATER,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(greater_equal){
    .name = "greater_equal",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_GREATER_EQUAL,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

cornu_tensor *cornu_op_equal(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_equal_, a, b);
}

cornu_tensor *cornu_op_not_equal(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_not_equal_, a, b);
}

cornu_tensor *cornu_op_less(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_less_, a, b);
}

cornu_tensor *cornu_op_less_equal(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_less_equal_, a, b);
}

cornu_tensor *cornu_op_greater(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_greater_, a, b);
}

cornu_tensor *cornu_op_greater_equal(cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_binary_(&cornu_op_class_greater_equal_, a, b);
}
