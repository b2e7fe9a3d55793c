/* Gradient descent with momentum. keras/src/optimizers/sgd.py */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_sgd_args args;
    size_t first_momentum; /* in cornu_optimizer_variables */
} sgd;

static cornu_status init(void *object) {
    const sgd *self = object;
    if (!(self->args.momentum >= 0 && self->args.momentum <= 1)) {
        CORNU_FAIL(CORNU_EINVAL, "SGD: momentum must be in 0..1, got %g", self->args.momentum);
    }
    return CORNU_OK;
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    sgd *self = (sgd *)optimizer;
    self->first_momentum = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count && self->args.momentum != 0; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "momentum"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const sgd *self = (sgd *)optimizer;
    cornu_tensor *down = cornu_op_multiply(gradient, rate);
    if (self->args.momentum == 0) return cornu_assign_sub(variable, down);
    cornu_tensor *velocity =
        cornu_optimizer_variables(optimizer).items[self->first_momentum + index];
    cornu_tensor *momentum = cornu_scalar(self->args.momentum);
    CORNU_TRY(cornu_assign(velocity, cornu_op_subtract(cornu_op_multiply(velocity, momentum), down))
    );
    if (!self->args.nesterov) return cornu_assign_add(variable, velocity);
    return cornu_assign_add(
        variable, cornu_op_subtract(cornu_op_multiply(velocity, momentum), down)
    );
}

static const cornu_optimizer_sgd_args defaults = {CORNU_OPTIMIZER_SGD_DEFAULTS, .name = "SGD"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_sgd_args),
    CORNU_FIELD(cornu_optimizer_sgd_args, FLOAT, momentum),
    CORNU_FIELD(cornu_optimizer_sgd_args, BOOL, nesterov),
};
static const char *const aliases[] = {"sgd", NULL};

CORNU_OPTIMIZER_CLASS(sgd){
    CORNU_CLASS_ARGS(sgd, args, defaults, fields),
    .name = "SGD",
    .init = init,
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_sgd_new(const cornu_optimizer_sgd_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_sgd_class, args);
}
