/* Adafactor: the second moment of a matrix as the product of a row and a column, which takes less
 * memory. keras/src/optimizers/adafactor.py. https://arxiv.org/abs/1804.04235 */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_adafactor_args args;
    size_t first_slot; /* in cornu_optimizer_variables: three of each variable in turn */
} adafactor;

/* Vectors and scalars are not factored; in their place stand two scalars that nothing uses. */
static cornu_status add_factors(cornu_optimizer *optimizer, cornu_tensor *variable) {
    cornu_shape row = *cornu_tensor_shape(variable), column = row;
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    if (row.rank < 2) {
        row = column = cornu_shape();
        dtype = CORNU_INT32;
    } else {
        row.rank = --column.rank;
        column.dims[column.rank - 1] = row.dims[column.rank];
    }
    if (!cornu_optimizer_add_typed(optimizer, "r", dtype, row, 0)) return cornu_error_status();
    return cornu_optimizer_add_typed(optimizer, "c", dtype, column, 0) ? CORNU_OK
                                                                       : cornu_error_status();
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    adafactor *self = (adafactor *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        CORNU_TRY(add_factors(optimizer, variables.items[i]));
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "velocity"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

/* slot = beta * slot + (1 - beta) * value */
static cornu_status average(cornu_tensor *slot, cornu_tensor *value, cornu_tensor *beta) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), beta);
    return cornu_assign(
        slot, cornu_op_add(cornu_op_multiply(beta, slot), cornu_op_multiply(rest, value))
    );
}

static cornu_tensor *root_mean_square(cornu_tensor *x) {
    return cornu_op_sqrt(cornu_op_mean(cornu_op_square(x)));
}

/* The second moment as row / mean(row) * column. */
static cornu_status update_factored(
    cornu_tensor *const *slots, cornu_tensor *square, cornu_tensor *beta
) {
    cornu_tensor *row = slots[0], *column = slots[1];
    CORNU_TRY(average(row, cornu_op_mean(square, .axis = cornu_axes(-1)), beta));
    CORNU_TRY(average(column, cornu_op_mean(square, .axis = cornu_axes(-2)), beta));
    cornu_tensor *mean = cornu_op_mean(row, .axis = cornu_axes(-1), .keepdims = true);
    cornu_tensor *part = cornu_op_expand_dims(cornu_op_divide(row, mean), -1);
    return cornu_assign(slots[2], cornu_op_multiply(part, cornu_op_expand_dims(column, -2)));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const adafactor *self = (adafactor *)optimizer;
    const cornu_optimizer_adafactor_args *args = &self->args;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 3 * index;
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *updates = cornu_optimizer_updates(optimizer);
    cornu_tensor *t = cornu_op_cast(cornu_op_add(updates, cornu_scalar_of(CORNU_INT32, 1)), dtype);
    /* relative_step limits the rate by 1 / sqrt(t); so does what follows, whatever it says */
    cornu_tensor *rho = cornu_op_minimum(rate, cornu_op_rsqrt(t));
    cornu_tensor *alpha = cornu_op_multiply(
        cornu_op_maximum(cornu_scalar(args->epsilon_2), root_mean_square(variable)), rho
    );
    cornu_tensor *square = cornu_op_add(cornu_op_square(gradient), cornu_scalar(args->epsilon_1));
    cornu_tensor *beta = cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_power(t, cornu_scalar_of(dtype, args->beta_2_decay))
    );
    if (cornu_tensor_rank(variable) >= 2) CORNU_TRY(update_factored(slots, square, beta));
    else CORNU_TRY(average(slots[2], square, beta));
    cornu_tensor *step = cornu_op_divide(gradient, cornu_op_sqrt(slots[2]));
    cornu_tensor *excess =
        cornu_op_divide(root_mean_square(step), cornu_scalar(args->clip_threshold));
    step = cornu_op_divide(step, cornu_op_maximum(cornu_scalar(1), excess));
    return cornu_assign_sub(variable, cornu_op_multiply(alpha, step));
}

static const cornu_optimizer_adafactor_args defaults = {
    CORNU_OPTIMIZER_ADAFACTOR_DEFAULTS, .name = "adafactor"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_adafactor_args),
    CORNU_FIELD(cornu_optimizer_adafactor_args, FLOAT, beta_2_decay),
    CORNU_FIELD(cornu_optimizer_adafactor_args, FLOAT, epsilon_1),
    CORNU_FIELD(cornu_optimizer_adafactor_args, FLOAT, epsilon_2),
    CORNU_FIELD(cornu_optimizer_adafactor_args, FLOAT, clip_threshold),
    CORNU_FIELD(cornu_optimizer_adafactor_args, BOOL, relative_step),
};
static const char *const aliases[] = {"adafactor", NULL};

CORNU_OPTIMIZER_CLASS(adafactor){
    CORNU_CLASS_ARGS(adafactor, args, defaults, fields),
    .name = "Adafactor",
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_adafactor_new(const cornu_optimizer_adafactor_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adafactor_class, args);
}
