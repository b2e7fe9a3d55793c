/* RMSprop: steps divided by a running root mean square of the gradients.
 * keras/src/optimizers/rmsprop.py */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_rmsprop_args args;
    size_t first_velocity, first_momentum,
        first_average; /* in cornu_optimizer_variables; by slot */
} rmsprop;

static cornu_status add_slots(
    cornu_optimizer *optimizer, cornu_tensor_list variables, const char *name, size_t *first
) {
    *first = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], name))
            return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    rmsprop *self = (rmsprop *)optimizer;
    CORNU_TRY(add_slots(optimizer, variables, "velocity", &self->first_velocity));
    if (self->args.momentum > 0)
        CORNU_TRY(add_slots(optimizer, variables, "momentum", &self->first_momentum));
    if (self->args.centered)
        CORNU_TRY(add_slots(optimizer, variables, "average_gradient", &self->first_average));
    return CORNU_OK;
}

/* slot = rho * slot + (1 - rho) * value */
static cornu_status average(cornu_tensor *slot, cornu_tensor *value, double rho) {
    cornu_tensor *kept = cornu_op_multiply(slot, cornu_scalar(rho));
    return cornu_assign(slot, cornu_op_add(kept, cornu_op_multiply(value, cornu_scalar(1 - rho))));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const rmsprop *self = (rmsprop *)optimizer;
    cornu_tensor *const *slots = cornu_optimizer_variables(optimizer).items;
    cornu_tensor *velocity = slots[self->first_velocity + index];
    CORNU_TRY(average(velocity, cornu_op_square(gradient), self->args.rho));
    cornu_tensor *denominator = cornu_op_add(velocity, cornu_scalar(self->args.epsilon));
    if (self->args.centered) {
        cornu_tensor *mean = slots[self->first_average + index];
        CORNU_TRY(average(mean, gradient, self->args.rho));
        denominator = cornu_op_subtract(denominator, cornu_op_square(mean));
    }
    cornu_tensor *down =
        cornu_op_multiply(cornu_op_multiply(gradient, rate), cornu_op_rsqrt(denominator));
    if (!(self->args.momentum > 0)) return cornu_assign_sub(variable, down);
    cornu_tensor *momentum = slots[self->first_momentum + index];
    cornu_tensor *kept = cornu_op_multiply(momentum, cornu_scalar(self->args.momentum));
    CORNU_TRY(cornu_assign(momentum, cornu_op_add(kept, down)));
    return cornu_assign_sub(variable, momentum);
}

static const cornu_optimizer_rmsprop_args defaults = {
    CORNU_OPTIMIZER_RMSPROP_DEFAULTS, .name = "rmsprop"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_rmsprop_args),
    CORNU_FIELD(cornu_optimizer_rmsprop_args, FLOAT, rho),
    CORNU_FIELD(cornu_optimizer_rmsprop_args, FLOAT, momentum),
    CORNU_FIELD(cornu_optimizer_rmsprop_args, FLOAT, epsilon),
    CORNU_FIELD(cornu_optimizer_rmsprop_args, BOOL, centered),
};
static const char *const aliases[] = {"rmsprop", NULL};

CORNU_OPTIMIZER_CLASS(rmsprop){
    CORNU_CLASS_ARGS(rmsprop, args, defaults, fields),
    .name = "RMSprop",
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_rmsprop_new(const cornu_optimizer_rmsprop_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_rmsprop_class, args);
}
