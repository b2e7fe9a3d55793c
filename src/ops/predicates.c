/* Tests of single elements: isnan, isinf, isfinite. keras/src/ops/numpy.py. */
#include <cornu/ops.h>
#include <math.h>

#include "ops/promote.h"
#include "ops/samples.h"

/* Ordinary numbers with the three odd ones among them. */
static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    const double odd[] = {NAN, INFINITY, -INFINITY};
    if (!cornu_sample_one_signed_(index, 0.3, 2, inputs, count)) return false;
    for (int i = 0; i < 3 && inputs[0] != NULL; i++)
        cornu_element_set_(CORNU_FLOAT64, inputs[0]->storage->data, 2 * i, odd[i]);
    return true;
}

CORNU_OP(isnan){
    .name = "isnan",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_ISNAN,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(isinf){
    .name = "isinf",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_ISINF,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

CORNU_OP(isfinite){
    .name = "isfinite",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_ISFINITE,
    .infer = cornu_infer_predicate_,
    .samples = samples,
};

cornu_tensor *cornu_op_isnan(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_isnan_, x);
}

cornu_tensor *cornu_op_isinf(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_isinf_, x);
}

cornu_tensor *cornu_op_isfinite(cornu_tensor *x) {
    return cornu_emit_unary_(&cornu_op_class_isfinite_, x);
}
