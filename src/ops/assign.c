/* Assignments that read the variable first: assign_add and assign_sub. */
#include <cornu/ops.h>

#include "ops/promote.h"

/* variable = combine(variable, value), in the variable's type. */
static cornu_status update(
    cornu_tensor *variable, cornu_tensor *value, const char *what,
    cornu_tensor *(*combine)(cornu_tensor *a, cornu_tensor *b)
) {
    if (variable == NULL) return cornu_error_null("the variable to change");
    if (value == NULL) return cornu_error_null("the value to change it by");
    if (variable->variable == NULL)
        CORNU_FAIL(CORNU_EINVAL, "%s: the tensor to change is not a variable", what);
    if (!cornu_shape_equal(&variable->shape, &value->shape)) {
        char given[256], wanted[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "%s: variable '%s' has shape %s, the value %s", what,
            variable->variable->name, cornu_shape_format(&variable->shape, wanted, sizeof wanted),
            cornu_shape_format(&value->shape, given, sizeof given)
        );
    }
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return cornu_error_status();
    cornu_tensor *result = combine(variable, cornu_as_(value, variable->dtype));
    cornu_status status = result == NULL ? cornu_error_status() : cornu_assign(variable, result);
    cornu_scope_end(scope);
    return status;
}

cornu_status cornu_assign_add(cornu_tensor *variable, cornu_tensor *value) {
    return update(variable, value, "assign_add", cornu_op_add);
}

cornu_status cornu_assign_sub(cornu_tensor *variable, cornu_tensor *value) {
    return update(variable, value, "assign_sub", cornu_op_subtract);
}
