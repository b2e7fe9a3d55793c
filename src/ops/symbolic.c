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
        if (op->tensors[i] == NULL && (i == 0 || !op->optional))
            return (void)cornu_error_null(op->name), NULL;
    cornu_tensor *result = record(op);
    if (result == NULL) cornu_error_context("%s", op->name);
    return result;
}

cornu_tensor *cornu_symbolic_unary_(
    const char *name, cornu_tensor *x, const cornu_op_setting *settings
) {
    return cornu_symbolic_op_(&(cornu_symbolic_op
    ){.name = name, .tensors = &x, .count = 1, .settings = settings});
}

cornu_status cornu_symbolic_many_(
    const char *name, cornu_tensor *x, const cornu_op_setting *settings, cornu_tensor **outputs,
    size_t count
) {
    outputs[0] = cornu_symbolic_op_(&(cornu_symbolic_op
    ){.name = name,
      .tensors = &x,
      .count = 1,
      .settings = settings,
      .others = outputs + 1,
      .outputs = count});
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

cornu_op_setting cornu_set_window_(
    const char *name, const cornu_window *window, int64_t otherwise
) {
    cornu_op_setting setting = CORNU_SET_INT_(name, window->size[0]);
    if (window->size[0] == 0) {
        setting.integer = otherwise;
        if (otherwise == 0) setting.kind = CORNU_SETTING_AXES; /* none of them: None */
        return setting;
    }
    while (setting.sizes.rank < 3 && window->size[setting.sizes.rank] != 0) {
        setting.sizes.dims[setting.sizes.rank] = window->size[setting.sizes.rank];
        setting.sizes.rank++;
    }
    if (setting.sizes.rank > 1) setting.kind = CORNU_SETTING_SIZES;
    return setting;
}

cornu_op_setting cornu_set_data_format_(const char *data_format) {
    return (cornu_op_setting
    )CORNU_SET_TEXT_("data_format", data_format != NULL ? data_format : "channels_last");
}

cornu_tensor *cornu_symbolic_binary_(const char *name, cornu_tensor *a, cornu_tensor *b) {
    cornu_tensor *operands[] = {a, b};
    return cornu_symbolic_op_(&(cornu_symbolic_op){.name = name, .tensors = operands, .count = 2});
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
    return cornu_symbolic_op_(&(cornu_symbolic_op
    ){.name = name,
      .tensors = tensors.items,
      .count = tensors.count,
      .list = true,
      .settings = settings});
}
