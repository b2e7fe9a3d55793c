/* Adam, and AdamW, which is Adam with weight decay switched on. keras/src/optimizers/adam.py,
 * adamw.py m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= m * rate * sqrt(1 - b2^t) / (1 -
 * b1^t) / (sqrt(v) + epsilon) */
#include "moments.h"

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_adam_args args;
    size_t first_moment;  /* in cornu_optimizer_variables: m and v of each variable in turn */
    size_t first_maximum; /* amsgrad: the largest v so far, by slot */
} adam;

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    adam *self = (adam *)optimizer;
    CORNU_TRY(add_moments(optimizer, variables, &self->first_moment));
    self->first_maximum = cornu_optimizer_variables(optimizer).count;
    for (size_t i = 0; i < variables.count && self->args.amsgrad; i++) {
        if (!cornu_optimizer_add_slot(optimizer, variables.items[i], "velocity_hat"))
            return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const adam *self = (adam *)optimizer;
    cornu_tensor *const *slots = cornu_optimizer_variables(optimizer).items;
    cornu_tensor *m = slots[self->first_moment + 2 * index],
                 *v = slots[self->first_moment + 2 * index + 1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *t = step_of(optimizer, dtype);
    cornu_tensor *alpha = cornu_op_divide(
        cornu_op_multiply(rate, cornu_op_sqrt(bias_correction(self->args.beta_2, t, dtype))),
        bias_correction(self->args.beta_1, t, dtype)
    );
    CORNU_TRY(approach(m, gradient, self->args.beta_1));
    CORNU_TRY(approach(v, cornu_op_square(gradient), self->args.beta_2));
    if (self->args.amsgrad) {
        cornu_tensor *largest = slots[self->first_maximum + index];
        CORNU_TRY(cornu_assign(largest, cornu_op_maximum(largest, v)));
        v = largest;
    }
    cornu_tensor *denominator = cornu_op_add(cornu_op_sqrt(v), cornu_scalar(self->args.epsilon));
    return cornu_assign_sub(variable, cornu_op_divide(cornu_op_multiply(m, alpha), denominator));
}

static const cornu_optimizer_adam_args adam_defaults = {
    CORNU_OPTIMIZER_ADAM_DEFAULTS, .name = "adam"};
static const cornu_optimizer_adam_args adamw_defaults = {
    .size_ = sizeof(cornu_optimizer_adam_args),
    .learning_rate = 0.001,
    .weight_decay = 0.004,
    .clipnorm = NAN,
    .clipvalue = NAN,
    .global_clipnorm = NAN,
    .ema_momentum = 0.99,
    .ema_overwrite_frequency = CORNU_NONE,
    .loss_scale_factor = NAN,
    .gradient_accumulation_steps = CORNU_NONE,
    .beta_1 = 0.9,
    .beta_2 = 0.999,
    .epsilon = 1e-7,
    .name = "adamw"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_adam_args),
    CORNU_FIELD(cornu_optimizer_adam_args, FLOAT, beta_1),
    CORNU_FIELD(cornu_optimizer_adam_args, FLOAT, beta_2),
    CORNU_FIELD(cornu_optimizer_adam_args, FLOAT, epsilon),
    CORNU_FIELD(cornu_optimizer_adam_args, BOOL, amsgrad),
};
static const char *const adam_aliases[] = {"adam", NULL};
static const char *const adamw_aliases[] = {"adamw", NULL};

CORNU_OPTIMIZER_CLASS(adam){
    CORNU_CLASS_ARGS(adam, args, adam_defaults, fields),
    .name = "Adam",
    .build = build,
    .update = update,
    .aliases = adam_aliases,
};
CORNU_OPTIMIZER_CLASS(adamw){
    CORNU_CLASS_ARGS(adam, args, adamw_defaults, fields),
    .name = "AdamW",
    .build = build,
    .update = update,
    .aliases = adamw_aliases,
};

cornu_optimizer *cornu_optimizer_adam_new(const cornu_optimizer_adam_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adam_class, args);
}
cornu_optimizer *cornu_optimizer_adamw_new(const cornu_optimizer_adam_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_adamw_class, args);
}
