/* cast: the same numbers in another type. Float to integer truncates. keras/src/ops/core.py, Cast.
 */
#include <cornu/ops.h>

#include "ops/promote.h"
#include "ops/samples.h"
#include "ops/symbolic.h"

static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    CORNU_TRY(cornu_infer_same_(attrs, inputs, count, out));
    out->dtype = attrs->dtype;
    return CORNU_OK;
}

/* The gradient returns in the type of the input; integers have none. */
static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_dtype from = node->inputs[0]->dtype;
    if (cornu_dtype_is_float(from) && cornu_dtype_is_float(node->out->dtype))
        dx[0] = cornu_as_(dy, from);
}

/* All in float64, where finite differences are good for something. */
static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 1) return false;
    inputs[0] = index == 0 ? cornu_sample_signed_(cornu_shape(2, 3), 0.3, 3, 0)
                           : cornu_sample_bools_(cornu_shape(7), 0);
    attrs->dtype = CORNU_FLOAT64;
    *count = 1;
    return true;
}

CORNU_OP(cast){
    .name = "cast",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_COPY,
    .infer = infer,
    .vjp = vjp,
    .samples = samples,
};

cornu_tensor *cornu_op_cast(cornu_tensor *x, cornu_dtype dtype) {
    if (cornu_is_symbolic_(x))
        return cornu_symbolic_unary_(
            "cast", x, CORNU_SETTINGS_(CORNU_SET_TEXT_("dtype", cornu_dtype_name(dtype)))
        );
    if ((int)dtype < 0 || dtype >= CORNU_DTYPE_COUNT)
        CORNU_FAIL_NULL(CORNU_EDTYPE, "cast: there is no data type number %d", (int)dtype);
    return cornu_emit_(&cornu_op_class_cast_, &(cornu_attrs){.dtype = dtype}, &x, 1);
}
