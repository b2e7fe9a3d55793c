/* Adagrad: steps divided by the root of the sum of all squared gradients so far.
 * keras/src/optimizers/adagrad.py */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_adagrad_args args;
    size_t first_slot; /* in cornu_optimizer_variables */
} adagrad;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    adagrad *self = (adagrad *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        cornu_tensor *filled = cornu_optimizer_add_typed(
            optimizer, "accumulator", cornu_tensor_dtype(variable), *cornu_tensor_shape(variable),
            self->args.initial_accumulator_value
        );
        if (!filled) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status init(void *object) {
    double value = ((adagrad *)object)->args.initial_accumulator_value;
    if (value >= 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "initial_accumulator_value must not be negative, got %g", value);
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const adagrad *self = (adagrad *)optimizer;
    cornu_tensor *sum = cornu_optimizer_variables(optimizer).items[self->first_slot + index];
    CORNU_TRY(cornu_assign_add(sum, cornu_op_square(gradient)));
    cornu_tensor *root = cornu_op_sqrt(cornu_op_add(sum, cornu_scalar(self->args.epsilon)));
    return cornu_assign_sub(variable, cornu_op_divide(cornu_op_multiply(rate, gradient), root));
}

static const cornu_optimizer_adagrad_args defaults = {
    CORNU_OPTIMIZER_ADAGRAD_DEFAULTS, .name = "adagrad"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_adagrad_args),
    CORNU_FIELD(cornu_optimizer_adagrad_args, FLOAT, initial_accumulator_value),
    CORNU_FIELD(cornu_optimizer_adagrad_args, FLOAT, epsilon),
};
static const char *const aliases[] = {"adagrad", NULL};

CORNU_OPTIMIZER_CLASS(adagrad){
    CORNU_CLASS_ARGS(adagrad, args, defaults, fields),
    .name = "Adagrad",
    .build = build,
    .update = update,
    .init = init,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_adagrad_new(const cornu_optimizer_adagrad_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adagrad_class, args);
}
