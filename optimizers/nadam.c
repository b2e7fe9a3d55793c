/* Nadam: Adam that looks one step ahead, with a momentum that grows as Dozat's schedule says.
 * keras/src/optimizers/nadam.py */
#include "moments.h"

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_nadam_args args;
    size_t first_slot;     /* in cornu_optimizer_variables: two of each variable in turn */
    cornu_tensor *product; /* of the momenta so far; the last variable */
} nadam;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    nadam *self = (nadam *)optimizer;
    CORNU_TRY(add_moments(optimizer, variables, &self->first_slot));
    cornu_dtype dtype =
        variables.count > 0 ? cornu_tensor_dtype(variables.items[0]) : CORNU_FLOAT32;
    self->product = cornu_optimizer_add_typed(optimizer, "u_product", dtype, cornu_shape(), 1);
    return self->product ? CORNU_OK : cornu_error_status();
}

/* The number of this update, counted from 1, or of one after it. */
static cornu_tensor *step_from(cornu_optimizer *optimizer, double first, cornu_dtype dtype) {
    cornu_tensor *updates = cornu_optimizer_updates(optimizer);
    return cornu_op_cast(cornu_op_add(updates, cornu_scalar_of(CORNU_INT32, first)), dtype);
}

/* beta_1 * (1 - 0.96^t / 2) */
static cornu_tensor *momentum_at(const nadam *self, cornu_tensor *t, cornu_dtype dtype) {
    cornu_tensor *decay = cornu_op_power(cornu_scalar_of(dtype, 0.96), t);
    cornu_tensor *part = cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_multiply(decay, cornu_scalar_of(dtype, 0.5))
    );
    return cornu_op_multiply(cornu_scalar_of(dtype, self->args.beta_1), part);
}

/* The product of the momenta of all steps is one for all variables. */
static cornu_status begin(cornu_optimizer *optimizer) {
    nadam *self = (nadam *)optimizer;
    cornu_dtype dtype = cornu_tensor_dtype(self->product);
    cornu_tensor *now = momentum_at(self, step_from(optimizer, 1, dtype), dtype);
    return cornu_assign(self->product, cornu_op_multiply(self->product, now));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const nadam *self = (nadam *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    cornu_tensor *m = slots[0], *v = slots[1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *one = cornu_scalar_of(dtype, 1), *t = step_from(optimizer, 1, dtype);
    cornu_tensor *now = momentum_at(self, t, dtype);
    cornu_tensor *next = momentum_at(self, step_from(optimizer, 2, dtype), dtype);
    cornu_tensor *product = cornu_op_cast(self->product, dtype);
    cornu_tensor *next_product = cornu_op_multiply(product, next);
    CORNU_TRY(approach(m, gradient, self->args.beta_1));
    CORNU_TRY(approach(v, cornu_op_square(gradient), self->args.beta_2));
    cornu_tensor *ahead =
        cornu_op_divide(cornu_op_multiply(next, m), cornu_op_subtract(one, next_product));
    cornu_tensor *here = cornu_op_divide(
        cornu_op_multiply(cornu_op_subtract(one, now), gradient), cornu_op_subtract(one, product)
    );
    cornu_tensor *power = cornu_op_power(cornu_scalar_of(dtype, self->args.beta_2), t);
    cornu_tensor *v_hat = cornu_op_divide(v, cornu_op_subtract(one, power));
    cornu_tensor *divisor = cornu_op_add(cornu_op_sqrt(v_hat), cornu_scalar(self->args.epsilon));
    return cornu_assign_sub(
        variable, cornu_op_divide(cornu_op_multiply(cornu_op_add(ahead, here), rate), divisor)
    );
}

static const cornu_optimizer_nadam_args defaults = {
    CORNU_OPTIMIZER_NADAM_DEFAULTS, .name = "nadam"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_nadam_args),
    CORNU_FIELD(cornu_optimizer_nadam_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_nadam_args, FLOAT, beta_2),
    CORNU_FIELD(cornu_optimizer_nadam_args, FLOAT, epsilon),
};
static const char *const aliases[] = {"nadam", NULL};

CORNU_OPTIMIZER_CLASS(nadam){
    CORNU_CLASS_ARGS(nadam, args, defaults, fields),
    .name = "Nadam",
    .build = build,
    .update = update,
    .begin = begin,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_nadam_new(const cornu_optimizer_nadam_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_nadam_class, args);
}
