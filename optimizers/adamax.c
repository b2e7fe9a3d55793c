/* Adamax: Adam with the largest recent gradient in place of the root mean square.
 * keras/src/optimizers/adamax.py. https://arxiv.org/abs/1412.6980 */
#include <cornu/optimizers.h>

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

/* The number of this update, counted from 1, in the variable's type. */
static cornu_tensor *step_of(cornu_optimizer *optimizer, cornu_dtype dtype) {
    cornu_tensor *updates = cornu_optimizer_updates(optimizer);
    return cornu_op_cast(cornu_op_add(updates, cornu_scalar_of(CORNU_INT32, 1)), dtype);
}

/* 1 - beta^t */
static cornu_tensor *bias_correction(double beta, cornu_tensor *t, cornu_dtype dtype) {
    return cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_power(cornu_scalar_of(dtype, beta), t)
    );
}

/* slot += (value - slot)(1 - beta) */
static cornu_status approach(cornu_tensor *slot, cornu_tensor *value, double beta) {
    return cornu_assign_add(
        slot, cornu_op_multiply(cornu_op_subtract(value, slot), cornu_scalar(1 - beta))
    );
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
