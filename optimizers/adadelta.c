/* Adadelta: steps as long as recent ones were, per root mean square of recent gradients.
 * keras/src/optimizers/adadelta.py. https://arxiv.org/abs/1212.5701 */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_adadelta_args args;
    size_t first_slot; /* in cornu_optimizer_variables: two of each variable in turn */
} adadelta;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    adadelta *self = (adadelta *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "accumulated_grad"))
            return cornu_error_status();
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "accumulated_delta_var"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

/* slot = rho * slot + (1 - rho) * value */
static cornu_status average(cornu_tensor *slot, cornu_tensor *value, double rho) {
    cornu_tensor *kept = cornu_op_multiply(slot, cornu_scalar(rho));
    return cornu_assign(slot, cornu_op_add(kept, cornu_op_multiply(value, cornu_scalar(1 - rho))));
}

static cornu_tensor *root(cornu_tensor *x, double epsilon) {
    return cornu_op_sqrt(cornu_op_add(x, cornu_scalar(epsilon)));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const adadelta *self = (adadelta *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    cornu_tensor *gradients = slots[0], *steps = slots[1];
    double rho = self->args.rho, epsilon = self->args.epsilon;
    CORNU_TRY(average(gradients, cornu_op_square(gradient), rho));
    cornu_tensor *down = cornu_op_divide(
        cornu_op_multiply(root(steps, epsilon), gradient), root(gradients, epsilon)
    );
    CORNU_TRY(average(steps, cornu_op_square(down), rho));
    return cornu_assign_sub(variable, cornu_op_multiply(rate, down));
}

static const cornu_optimizer_adadelta_args defaults = {
    CORNU_OPTIMIZER_ADADELTA_DEFAULTS, .name = "adadelta"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_adadelta_args),
    CORNU_FIELD(cornu_optimizer_adadelta_args, FLOAT, rho),
    CORNU_FIELD(cornu_optimizer_adadelta_args, FLOAT, epsilon),
};
static const char *const aliases[] = {"adadelta", NULL};

CORNU_OPTIMIZER_CLASS(adadelta){
    CORNU_CLASS_ARGS(adadelta, args, defaults, fields),
    .name = "Adadelta",
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_adadelta_new(const cornu_optimizer_adadelta_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adadelta_class, args);
}
