/* Follow the regularised leader: weights in closed form from sums of gradients, with L1, L2 and
 * shrinkage. keras/src/optimizers/ftrl.py. McMahan et al. 2013 */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_ftrl_args args;
    size_t first_slot; /* in cornu_optimizer_variables: two of each variable in turn */
} ftrl;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    ftrl *self = (ftrl *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        cornu_tensor *filled = cornu_optimizer_add_typed(
            optimizer, "accumulator", cornu_tensor_dtype(variable), *cornu_tensor_shape(variable),
            self->args.initial_accumulator_value
        );
        if (!filled) return cornu_error_status();
        if (!cornu_optimizer_add_slot(optimizer, variable, "linear")) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status init(void *object) {
    const cornu_optimizer_ftrl_args *args = &((ftrl *)object)->args;
    const struct {
        const char *name;
        double value;
    } not_negative[] = {
        {"initial_accumulator_value", args->initial_accumulator_value},
        {"l1_regularization_strength", args->l1_regularization_strength},
        {"l2_regularization_strength", args->l2_regularization_strength},
        {"l2_shrinkage_regularization_strength", args->l2_shrinkage_regularization_strength}};
    for (size_t i = 0; i < sizeof not_negative / sizeof not_negative[0]; i++) {
        if (!(not_negative[i].value >= 0))
            CORNU_FAIL(
                CORNU_EINVAL, "%s must not be negative, got %g", not_negative[i].name,
                not_negative[i].value
            );
    }
    if (args->learning_rate_power > 0)
        CORNU_FAIL(
            CORNU_EINVAL, "learning_rate_power must not be positive, got %g",
            args->learning_rate_power
        );
    return CORNU_OK;
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const ftrl *self = (ftrl *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    const cornu_optimizer_ftrl_args *args = &self->args;
    cornu_tensor *sum = slots[0], *linear = slots[1];
    cornu_tensor *power = cornu_scalar(-args->learning_rate_power);
    double l1 = args->l1_regularization_strength, l2 = args->l2_regularization_strength;
    cornu_tensor *shrinkage =
        cornu_op_multiply(variable, cornu_scalar(2 * args->l2_shrinkage_regularization_strength));
    cornu_tensor *after = cornu_op_add(sum, cornu_op_square(gradient));
    cornu_tensor *after_power = cornu_op_power(after, power);
    cornu_tensor *growth =
        cornu_op_divide(cornu_op_subtract(after_power, cornu_op_power(sum, power)), rate);
    CORNU_TRY(cornu_assign_add(
        linear,
        cornu_op_subtract(cornu_op_add(gradient, shrinkage), cornu_op_multiply(growth, variable))
    ));
    /* 2 * (l2 + beta / (2 rate)) */
    cornu_tensor *ridge =
        cornu_op_add(cornu_op_divide(cornu_scalar(args->beta), rate), cornu_scalar(2 * l2));
    cornu_tensor *quadratic = cornu_op_add(cornu_op_divide(after_power, rate), ridge);
    cornu_tensor *inside = cornu_op_clip(linear, -l1, l1);
    CORNU_TRY(cornu_assign(variable, cornu_op_divide(cornu_op_subtract(inside, linear), quadratic))
    );
    return cornu_assign(sum, after);
}

static const cornu_optimizer_ftrl_args defaults = {CORNU_OPTIMIZER_FTRL_DEFAULTS, .name = "ftrl"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_ftrl_args),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, learning_rate_power),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, initial_accumulator_value),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, l1_regularization_strength),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, l2_regularization_strength),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, l2_shrinkage_regularization_strength),
    CORNU_FIELD(cornu_optimizer_ftrl_args, FLOAT, beta),
};
static const char *const aliases[] = {"ftrl", NULL};

CORNU_OPTIMIZER_CLASS(ftrl){
    CORNU_CLASS_ARGS(ftrl, args, defaults, fields),
    .name = "Ftrl",
    .build = build,
    .update = update,
    .init = init,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_ftrl_new(const cornu_optimizer_ftrl_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_ftrl_class, args);
}
