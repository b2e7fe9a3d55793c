/* Rounding to whole numbers; no gradient flows through. keras/src/ops/numpy.py. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.6, 3.4, inputs, count);
}

CORNU_OP(floor){
    .name = "floor",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_FLOOR,
    .infer = cornu_infer_same_,
    .samples = samples,
};

CORNU_OP(ceil){
    .name = "ceil",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_CEIL,
    .infer = cornu_infer_same_,
    .samples = samples,
};

CORNU_OP(round){
    .name = "round",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_ROUND,
    .infer = cornu_infer_same_,
    .samples = samples,
};

CORNU_OP(trunc){
    .name = "trunc",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_TRUNC,
    .infer = cornu_infer_same_,
    .samples = samples,
};

cornu_tensor *cornu_op_floor(cornu_tensor *x) {
    return cornu_emit_real_(&cornu_op_class_floor_, x);
}

cornu_tensor *cornu_op_ceil(cornu_tensor *x) { return cornu_emit_real_(&cornu_op_class_ceil_, x); }

/* Integers are whole already and keep their type. */
static cornu_tensor *whole(const cornu_op_class *op, cornu_tensor *x) {
    if (x != NULL && !cornu_dtype_is_float(x->dtype)) return cornu_op_cast(x, x->dtype);
    return cornu_emit_unary_(op, x);
}

cornu_tensor *cornu_op_round(cornu_tensor *x) { return whole(&cornu_op_class_round_, x); }

cornu_tensor *cornu_op_trunc(cornu_tensor *x) { return whole(&cornu_op_class_trunc_, x); }
