/* Adamax: Adam with the largest recent gradient in place of the root mean square.
 * keras/src/optimizers/adamax.py. https://arxiv.org/abs/1412.6980 */
#include "moments.h"

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_adamax_args args;
    size_t first_slot; /* in cornu_optimizer_variables: two of each variable in turn */
} adamax;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    adamax *self = (adamax *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "momentum"))
            return cornu_error_status();
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "norm"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const adamax *self = (adamax *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    cornu_tensor *m = slots[0], *norm = slots[1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *correction = bias_correction(self->args.beta_1, step_of(optimizer, dtype), dtype);
    CORNU_TRY(approach(m, gradient, self->args.beta_1));
    cornu_tensor *kept = cornu_op_multiply(norm, cornu_scalar(self->args.beta_2));
    CORNU_TRY(cornu_assign(norm, cornu_op_maximum(kept, cornu_op_absolute(gradient))));
    cornu_tensor *divisor =
        cornu_op_multiply(correction, cornu_op_add(norm, cornu_scalar(self->args.epsilon)));
    return cornu_assign_sub(variable, cornu_op_divide(cornu_op_multiply(rate, m), divisor));
}

static const cornu_optimizer_adamax_args defaults = {
    CORNU_OPTIMIZER_ADAMAX_DEFAULTS, .name = "adamax"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_adamax_args),
    CORNU_FIELD(cornu_optimizer_adamax_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_adamax_args, FLOAT, beta_2),
    CORNU_FIELD(cornu_optimizer_adamax_args, FLOAT, epsilon),
};
static const char *const aliases[] = {"adamax", NULL};

CORNU_OPTIMIZER_CLASS(adamax){
    CORNU_CLASS_ARGS(adamax, args, defaults, fields),
    .name = "Adamax",
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_adamax_new(const cornu_optimizer_adamax_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adamax_class, args);
}
