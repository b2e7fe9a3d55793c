/* Type promotion as JAX and Keras do it (keras/src/backend/common/dtypes.py), for the types that
 * exist here. */
#include "ops/promote.h"
#include "ops/symbolic.h"

#include <cornu/ops.h>

/* Height in the order of types; equal heights are types that meet in the next one up. */
static int height(cornu_dtype type) {
    switch (type) {
    case CORNU_BOOL:
        return 0;
    case CORNU_UINT8:
    case CORNU_INT8:
        return 1;
    case CORNU_INT16:
        return 2;
    case CORNU_INT32:
        return 3;
    case CORNU_INT64:
        return 4;
    case CORNU_BFLOAT16:
    case CORNU_FLOAT16:
        return 5;
    case CORNU_FLOAT32:
        return 6;
    default:
        return 7;
    }
}

cornu_dtype cornu_promote_types_(cornu_dtype a, cornu_dtype b) {
    if (a == b) return a;
    int a_height = height(a), b_height = height(b);
    if (a_height == b_height) return cornu_dtype_is_float(a) ? CORNU_FLOAT32 : CORNU_INT16;
    return a_height > b_height ? a : b;
}

cornu_dtype cornu_promote_tensors_(cornu_tensor *const *tensors, int count) {
    cornu_dtype strong = CORNU_BOOL, weak = CORNU_BOOL;
    bool any_strong = false, any_weak = false;
    for (int i = 0; i < count; i++) {
        bool is_weak = tensors[i]->weak;
        cornu_dtype *met = is_weak ? &weak : &strong;
        bool *any = is_weak ? &any_weak : &any_strong;
        *met = *any ? cornu_promote_types_(*met, tensors[i]->dtype) : tensors[i]->dtype;
        *any = true;
    }
    if (!any_strong) return weak;
    if (any_weak && cornu_dtype_is_float(weak) && !cornu_dtype_is_float(strong))
        return CORNU_FLOAT32;
    return strong;
}

cornu_dtype cornu_real_type_(cornu_dtype type) {
    return cornu_dtype_is_float(type) ? type : CORNU_FLOAT32;
}

cornu_tensor *cornu_as_(cornu_tensor *x, cornu_dtype dtype) {
    return x == NULL || x->dtype == dtype ? x : cornu_op_cast(x, dtype);
}

cornu_tensor *cornu_like_(cornu_tensor *x, double value) {
    if (x == NULL) return NULL;
    cornu_tensor *scalar = cornu_scalar_of(x->dtype, value);
    if (scalar != NULL) scalar->weak = x->weak;
    return scalar;
}

/* Emits with the operands cast to `type` and passes weakness on. */
static cornu_tensor *emit_as(
    const cornu_op_class *op, cornu_tensor *const *operands, int count, cornu_dtype type
) {
    cornu_tensor *inputs[3];
    bool weak = true;
    for (int i = 0; i < count; i++) {
        weak = weak && operands[i]->weak;
        inputs[i] = cornu_as_(operands[i], type);
    }
    cornu_tensor *out = cornu_emit_(op, NULL, inputs, count);
    if (out != NULL && weak) out->weak = true;
    return out;
}

static cornu_tensor *emit_pair(
    const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b,
    cornu_dtype (*adjust)(cornu_dtype type)
) {
    if (cornu_is_symbolic_(a) || cornu_is_symbolic_(b))
        return cornu_symbolic_binary_(op->name, a, b);
    cornu_tensor *operands[2] = {a, b};
    if (a == NULL || b == NULL) return cornu_emit_(op, NULL, operands, 2); /* keeps the error */
    cornu_dtype type = cornu_promote_tensors_(operands, 2);
    return emit_as(op, operands, 2, adjust == NULL ? type : adjust(type));
}

cornu_tensor *cornu_emit_unary_(const cornu_op_class *op, cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_(op->name, x, NULL);
    if (x == NULL) return cornu_emit_(op, NULL, &x, 1);
    return emit_as(op, &x, 1, x->dtype);
}

cornu_tensor *cornu_emit_real_(const cornu_op_class *op, cornu_tensor *x) {
    if (cornu_is_symbolic_(x)) return cornu_symbolic_unary_(op->name, x, NULL);
    if (x == NULL) return cornu_emit_(op, NULL, &x, 1);
    return emit_as(op, &x, 1, cornu_real_type_(x->dtype));
}

cornu_tensor *cornu_emit_binary_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b) {
    return emit_pair(op, a, b, NULL);
}

cornu_tensor *cornu_emit_real_binary_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b) {
    return emit_pair(op, a, b, cornu_real_type_);
}

static cornu_dtype truth_type(cornu_dtype type) {
    (void)type;
    return CORNU_BOOL;
}

cornu_tensor *cornu_emit_logical_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b) {
    return emit_pair(op, a, b, truth_type);
}
