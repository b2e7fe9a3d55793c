/* See symbolic.h. */
#include "ops/symbolic.h"

#include <cornu/error.h>

/* set before the first symbolic tensor exists */
static cornu_symbolic_op_hook *record;

void cornu_on_symbolic_op_(cornu_symbolic_op_hook *hook) { record = hook; }

bool cornu_is_symbolic_(const cornu_tensor *tensor) {
    return tensor != NULL && tensor->history != NULL;
}

bool cornu_any_symbolic_(cornu_tensor *const *tensors, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (cornu_is_symbolic_(tensors[i])) return true;
    return false;
}

cornu_tensor *cornu_symbolic_op_(const cornu_symbolic_op *op) {
    for (size_t i = 0; i < op->count; i++)
        if (op->tensors[i] == NULL) return (void)cornu_error_null(op->name), NULL;
    cornu_tensor *result = record(op);
    if (result == NULL) cornu_error_context("%s", op->name);
    return result;
}

cornu_tensor *cornu_symbolic_unary_(
    const char *name, cornu_tensor *x, const cornu_op_setting *settings
) {
    return cornu_symbolic_op_(&(cornu_symbolic_op){name, &x, 1, false, settings});
}

cornu_tensor *cornu_symbolic_binary_(const char *name, cornu_tensor *a, cornu_tensor *b) {
    cornu_tensor *operands[] = {a, b};
    return cornu_symbolic_op_(&(cornu_symbolic_op){name, operands, 2, false, NULL});
}

cornu_tensor *cornu_symbolic_reduce_(const char *name, const cornu_op_reduce_args *args) {
    return cornu_symbolic_unary_(
        name, args->x,
        CORNU_SETTINGS_(
            CORNU_SET_AXES_("axis", args->axis), CORNU_SET_BOOL_("keepdims", args->keepdims)
        )
    );
}

cornu_tensor *cornu_symbolic_joined_(const char *name, cornu_tensor_list tensors, int axis) {
    const cornu_op_setting settings[] = {CORNU_SET_INT_("axis", axis), {.name = NULL}};
    const cornu_symbolic_op op = {name, tensors.items, tensors.count, true, settings};
    return cornu_symbolic_op_(&op);
}
