/* stop_gradient: the same values, through which no gradient flows. keras/src/ops/core.py,
 * StopGradient. */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    return cornu_sample_one_signed_(index, 0.3, 2, inputs, count);
}

CORNU_OP(stop_gradient){
    .name = "stop_gradient",
    .inputs = 1,
    .flags = CORNU_OP_VIEW | CORNU_OP_NO_GRADIENT,
    .infer = cornu_infer_same_,
    .samples = samples,
};

cornu_tensor *cornu_op_stop_gradient(cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_("stop_gradient", x, NULL);
    return cornu_emit_unary_(&cornu_op_class_stop_gradient_, x);
}
