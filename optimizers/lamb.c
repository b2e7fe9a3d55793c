/* LAMB: Adam whose step is scaled to the length of the variable, for large batches.
 * keras/src/optimizers/lamb.py. https://arxiv.org/abs/1904.00962 */
#include "moments.h"

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_lamb_args args;
    size_t first_slot; /* in cornu_optimizer_variables: two of each variable in turn */
} lamb;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    lamb *self = (lamb *)optimizer;
    return add_moments(optimizer, variables, &self->first_slot);
}

static cornu_tensor *length(cornu_tensor *x) {
    return cornu_op_sqrt(cornu_op_sum(cornu_op_square(x)));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const lamb *self = (lamb *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    cornu_tensor *m = slots[0], *v = slots[1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *t = step_of(optimizer, dtype), *zero = cornu_scalar_of(dtype, 0);
    CORNU_TRY(approach(m, gradient, self->args.beta_1));
    CORNU_TRY(approach(v, cornu_op_square(gradient), self->args.beta_2));
    cornu_tensor *m_hat = cornu_op_divide(m, bias_correction(self->args.beta_1, t, dtype));
    cornu_tensor *v_hat = cornu_op_divide(v, bias_correction(self->args.beta_2, t, dtype));
    cornu_tensor *step = cornu_op_divide(
        m_hat, cornu_op_add(cornu_op_sqrt(v_hat), cornu_scalar(self->args.epsilon))
    );
    cornu_tensor *of_variable = length(variable), *of_step = length(step);
    cornu_tensor *both =
        cornu_op_logical_and(cornu_op_greater(of_variable, zero), cornu_op_greater(of_step, zero));
    cornu_tensor *ratio =
        cornu_op_where(both, cornu_op_divide(of_variable, of_step), cornu_scalar_of(dtype, 1));
    return cornu_assign_sub(variable, cornu_op_multiply(cornu_op_multiply(ratio, rate), step));
}

static const cornu_optimizer_lamb_args defaults = {CORNU_OPTIMIZER_LAMB_DEFAULTS, .name = "lamb"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_lamb_args),
    CORNU_FIELD(cornu_optimizer_lamb_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_lamb_args, FLOAT, beta_2),
    CORNU_FIELD(cornu_optimizer_lamb_args, FLOAT, epsilon),
};
static const char *const aliases[] = {"lamb", NULL};

CORNU_OPTIMIZER_CLASS(lamb){
    CORNU_CLASS_ARGS(lamb, args, defaults, fields),
    .name = "Lamb",
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_lamb_new(const cornu_optimizer_lamb_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_lamb_class, args);
}
