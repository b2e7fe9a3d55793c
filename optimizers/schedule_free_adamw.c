/* Schedule-free AdamW: gradients are taken between the sequence z, which Adam moves, and its
 * average x, so that no schedule is needed. keras/src/optimizers/schedule_free_adamw.py.
 * https://arxiv.org/abs/2405.15682 */
#include <cornu/optimizers.h>

extern const cornu_optimizer_class cornu_optimizer_schedule_free_adamw_class;

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_schedule_free_adamw_args args;
    size_t first_slot; /* in cornu_optimizer_variables: two of each variable in turn */
    cornu_tensor **trained;
    size_t trained_count;
} schedule_free_adamw;

static void forget_trained(schedule_free_adamw *self) {
    for (size_t i = 0; i < self->trained_count; i++) cornu_tensor_free(self->trained[i]);
    cornu_free(self->trained);
    self->trained = NULL;
    self->trained_count = 0;
}

static void destroy(void *object) { forget_trained(object); }

static cornu_status remember_trained(schedule_free_adamw *self, cornu_tensor_list variables) {
    forget_trained(self);
    self->trained = cornu_allocate((variables.count + 1) * sizeof *self->trained);
    if (!self->trained) return CORNU_ENOMEM;
    for (size_t i = 0; i < variables.count; i++)
        self->trained[self->trained_count++] = cornu_tensor_retain(variables.items[i]);
    return CORNU_OK;
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    schedule_free_adamw *self = (schedule_free_adamw *)optimizer;
    self->first_slot = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count; i++) {
        if (!cornu_optimizer_add_copy(optimizer, variables.items[i], "momentum"))
            return cornu_error_status();
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "velocity"))
            return cornu_error_status();
    }
    return remember_trained(self, variables);
}

/* a * (1 - part) + b * part */
static cornu_tensor *between(cornu_tensor *a, cornu_tensor *b, cornu_tensor *part) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), part);
    return cornu_op_add(cornu_op_multiply(rest, a), cornu_op_multiply(part, b));
}

/* The variable is y, between z and x: x = (y - (1 - beta_1) z) / beta_1 */
static cornu_tensor *average_of(const schedule_free_adamw *self, cornu_tensor *y, cornu_tensor *z) {
    double beta = self->args.beta_1;
    cornu_tensor *of_z = cornu_op_multiply(z, cornu_scalar(1 - beta));
    return cornu_op_divide(cornu_op_subtract(y, of_z), cornu_scalar(beta));
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const schedule_free_adamw *self = (schedule_free_adamw *)optimizer;
    cornu_tensor *const *slots =
        cornu_optimizer_variables(optimizer).items + self->first_slot + 2 * index;
    cornu_tensor *z = slots[0], *v = slots[1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *updates = cornu_optimizer_updates(optimizer);
    cornu_tensor *t = cornu_op_cast(cornu_op_add(updates, cornu_scalar_of(CORNU_INT32, 1)), dtype);
    if (self->args.warmup_steps > 0) {
        cornu_tensor *warm =
            cornu_op_divide(t, cornu_scalar_of(dtype, (double)self->args.warmup_steps));
        rate = cornu_op_multiply(rate, cornu_op_minimum(warm, cornu_scalar_of(dtype, 1)));
    }
    double beta_2 = self->args.beta_2;
    cornu_tensor *change = cornu_op_subtract(cornu_op_square(gradient), v);
    CORNU_TRY(cornu_assign_add(v, cornu_op_multiply(change, cornu_scalar(1 - beta_2))));
    cornu_tensor *correction = cornu_op_subtract(
        cornu_scalar_of(dtype, 1), cornu_op_power(cornu_scalar_of(dtype, beta_2), t)
    );
    cornu_tensor *root = cornu_op_add(
        cornu_op_sqrt(cornu_op_divide(v, correction)), cornu_scalar(self->args.epsilon)
    );
    cornu_tensor *x = average_of(self, variable, z);
    CORNU_TRY(cornu_assign_sub(z, cornu_op_divide(cornu_op_multiply(rate, gradient), root)));
    x = between(x, z, cornu_op_reciprocal(t));
    return cornu_assign(variable, between(z, x, cornu_scalar_of(dtype, self->args.beta_1)));
}

/* ---- swapping ---- */
/* The variables from the place between to the average, or back. */
static cornu_status swap(cornu_optimizer *optimizer, bool to_average) {
    if (!optimizer) return cornu_error_null("optimizer");
    if (optimizer->cls != &cornu_optimizer_schedule_free_adamw_class)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "optimizer '%s' (%s) has no average to swap with",
            cornu_optimizer_name(optimizer), optimizer->cls->name
        );
    const schedule_free_adamw *self = (schedule_free_adamw *)optimizer;
    cornu_tensor *const *slots = cornu_optimizer_variables(optimizer).items + self->first_slot;
    cornu_status status = CORNU_OK;
    CORNU_SCOPE {
        for (size_t i = 0; status == CORNU_OK && optimizer->built && i < self->trained_count; i++) {
            cornu_tensor *variable = self->trained[i], *z = slots[2 * i];
            cornu_tensor *part = cornu_scalar_of(cornu_tensor_dtype(variable), self->args.beta_1);
            cornu_tensor *value =
                to_average ? average_of(self, variable, z) : between(z, variable, part);
            status = cornu_assign(variable, value);
        }
    }
    return status;
}

cornu_status cornu_optimizer_swap_to_eval(cornu_optimizer *optimizer) {
    return swap(optimizer, true);
}

cornu_status cornu_optimizer_swap_to_train(cornu_optimizer *optimizer) {
    return swap(optimizer, false);
}

static const cornu_optimizer_schedule_free_adamw_args defaults = {
    CORNU_OPTIMIZER_SCHEDULE_FREE_ADAMW_DEFAULTS, .name = "schedule_free_adamw"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_schedule_free_adamw_args),
    CORNU_FIELD(cornu_optimizer_schedule_free_adamw_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_schedule_free_adamw_args, FLOAT, beta_2),
    CORNU_FIELD(cornu_optimizer_schedule_free_adamw_args, FLOAT, epsilon),
    CORNU_FIELD(cornu_optimizer_schedule_free_adamw_args, INT, warmup_steps),
};
static const char *const aliases[] = {"schedule_free_adamw", NULL};

CORNU_OPTIMIZER_CLASS(schedule_free_adamw){
    CORNU_CLASS_ARGS(schedule_free_adamw, args, defaults, fields),
    .name = "ScheduleFreeAdamW",
    .destroy = destroy,
    .build = build,
    .update = update,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_schedule_free_adamw_new(
    const cornu_optimizer_schedule_free_adamw_args *args
) {
    return cornu_optimizer_create(&cornu_optimizer_schedule_free_adamw_class, args);
}
