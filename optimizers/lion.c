/* Lion: steps of equal length in the direction of the signs of a momentum.
 * keras/src/optimizers/lion.py. https://arxiv.org/abs/2302.06675 */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_lion_args args;
    size_t first_slot; /* in cornu_optimizer_variables */
} lion;

static cornu_status init(void *object) {
    double beta = ((lion *)object)->args.beta_1;
    if (beta > 0 && beta <= 1) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "beta_1 must be above 0 and at most 1, got %g", beta);
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    lion *self = (lion *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "momentum"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

/* a * beta + b * (1 - beta) */
static cornu_tensor *mix(cornu_tensor *a, cornu_tensor *b, double beta) {
    return cornu_op_add(
        cornu_op_multiply(a, cornu_scalar(beta)), cornu_op_multiply(b, cornu_scalar(1 - beta))
    );
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const lion *self = (lion *)optimizer;
    cornu_tensor *m = cornu_optimizer_variables(optimizer).items[self->first_slot + index];
    cornu_tensor *direction = cornu_op_sign(mix(m, gradient, self->args.beta_1));
    CORNU_TRY(cornu_assign_sub(variable, cornu_op_multiply(rate, direction)));
    return cornu_assign(m, mix(m, gradient, self->args.beta_2));
}

static const cornu_optimizer_lion_args defaults = {CORNU_OPTIMIZER_LION_DEFAULTS, .name = "lion"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_lion_args),
    CORNU_FIELD(cornu_optimizer_lion_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_lion_args, FLOAT, beta_2),
};
static const char *const aliases[] = {"lion", NULL};

CORNU_OPTIMIZER_CLASS(lion){
    CORNU_CLASS_ARGS(lion, args, defaults, fields),
    .name = "Lion",
    .build = build,
    .update = update,
    .init = init,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_lion_new(const cornu_optimizer_lion_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_lion_class, args);
}
