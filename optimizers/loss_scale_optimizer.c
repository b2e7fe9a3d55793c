/* LossScaleOptimizer: multiplies the loss, so that small gradients survive in float16, and divides
 * the gradients again before another optimizer takes them. A step whose gradients overflow is not
 * taken, and halves the scale; many steps without one double it.
 * keras/src/optimizers/loss_scale_optimizer.py */
#include <cornu/optimizers.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_loss_scale_optimizer_args args;
    cornu_tensor *steps; /* since the scale changed, int32 */
    cornu_tensor *scale;
} loss_scale_optimizer;

static cornu_status init(void *object) {
    const cornu_optimizer_loss_scale_optimizer_args *args = &((loss_scale_optimizer *)object)->args;
    if (!args->inner_optimizer)
        CORNU_FAIL(CORNU_EINVAL, "inner_optimizer must be given, the optimizer to be wrapped");
    if (!(args->initial_scale > 0))
        CORNU_FAIL(CORNU_EINVAL, "initial_scale must be positive, got %g", args->initial_scale);
    if (args->dynamic_growth_steps < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "dynamic_growth_steps must be at least 1, got %lld",
            (long long)args->dynamic_growth_steps
        );
    return CORNU_OK;
}

/* Older files have the settings that every optimizer has, all of them without effect here. */
static cornu_status from_config(void *object, const cornu_config *config) {
    double ignored = 0;
    (void)object;
    return cornu_config_get_float(config, "ema_momentum", &ignored);
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    loss_scale_optimizer *self = (loss_scale_optimizer *)optimizer;
    self->steps =
        cornu_optimizer_add_typed(optimizer, "step_counter", CORNU_INT32, cornu_shape(), 0);
    self->scale = cornu_optimizer_add_variable(
        optimizer, "dynamic_scale", cornu_shape(), self->args.initial_scale
    );
    if (!self->steps || !self->scale) return cornu_error_status();
    return cornu_optimizer_build_inner(optimizer, self->args.inner_optimizer, variables);
}

static cornu_optimizer *inner(const cornu_optimizer *optimizer, size_t index) {
    return index == 0 ? ((const loss_scale_optimizer *)optimizer)->args.inner_optimizer : NULL;
}

static cornu_tensor *loss_scale(cornu_optimizer *optimizer) {
    const loss_scale_optimizer *self = (loss_scale_optimizer *)optimizer;
    return self->scale ? self->scale : cornu_scalar(self->args.initial_scale);
}

/* Whether every element of every gradient is finite, a bool scalar. */
static cornu_tensor *all_finite(cornu_tensor *const *gradients, size_t count) {
    cornu_tensor *all = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!gradients[i]) continue;
        cornu_tensor *finite = cornu_op_all(cornu_op_isfinite(gradients[i]));
        all = all ? cornu_op_logical_and(all, finite) : finite;
        if (!all) return NULL;
    }
    return all ? all : cornu_op_ones(cornu_shape(), CORNU_BOOL);
}

/* What variables hold now, whatever is assigned to them later. */
static cornu_status remember(cornu_tensor_list variables, cornu_tensor **values) {
    for (size_t i = 0; i < variables.count; i++) {
        values[i] = cornu_op_stop_gradient(variables.items[i]);
        if (!values[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_status undo_unless(
    cornu_tensor *finite, cornu_tensor_list variables, cornu_tensor *const *values
) {
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        CORNU_TRY(cornu_assign(variable, cornu_op_where(finite, variable, values[i])));
    }
    return CORNU_OK;
}

static cornu_status adjust_scale(const loss_scale_optimizer *self, cornu_tensor *finite) {
    cornu_tensor *zero = cornu_scalar_of(CORNU_INT32, 0), *one = cornu_scalar_of(CORNU_INT32, 1);
    cornu_tensor *last =
        cornu_scalar_of(CORNU_INT32, (double)(self->args.dynamic_growth_steps - 1));
    cornu_tensor *grows = cornu_op_logical_and(finite, cornu_op_equal(self->steps, last));
    cornu_tensor *counts = cornu_op_logical_and(finite, cornu_op_not_equal(self->steps, last));
    cornu_tensor *kept = cornu_op_where(finite, cornu_scalar(1), cornu_scalar(0.5));
    cornu_tensor *factor = cornu_op_where(grows, cornu_scalar(2), kept);
    cornu_tensor *steps = cornu_op_where(counts, cornu_op_add(self->steps, one), zero);
    CORNU_TRY(cornu_assign(self->scale, cornu_op_multiply(self->scale, factor)));
    return cornu_assign(self->steps, steps);
}

/* The step is computed either way, and taken back if it was none: so it can be recorded. `room`
 * holds the gradients, then what variables and state of the inner optimizer were before. */
static cornu_status step(
    loss_scale_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints, cornu_tensor **room
) {
    cornu_tensor_list state = cornu_optimizer_variables(self->args.inner_optimizer);
    cornu_tensor **before = room + variables.count, **state_before = before + variables.count;
    cornu_tensor *finite = all_finite(gradients, variables.count);
    if (!finite) return cornu_error_status();
    CORNU_TRY(remember(variables, before));
    CORNU_TRY(remember(state, state_before));
    for (size_t i = 0; i < variables.count; i++) {
        if (!gradients[i]) continue;
        cornu_tensor *scale = cornu_op_cast(self->scale, cornu_tensor_dtype(gradients[i]));
        if (!(room[i] = cornu_op_divide(gradients[i], scale))) return cornu_error_status();
    }
    CORNU_TRY(
        cornu_optimizer_apply_constrained(self->args.inner_optimizer, room, variables, constraints)
    );
    CORNU_TRY(undo_unless(finite, variables, before));
    CORNU_TRY(undo_unless(finite, state, state_before));
    return adjust_scale(self, finite);
}

static cornu_status apply(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
) {
    loss_scale_optimizer *self = (loss_scale_optimizer *)optimizer;
    size_t state = cornu_optimizer_variables(self->args.inner_optimizer).count;
    cornu_tensor **room = cornu_allocate((2 * variables.count + state) * sizeof(cornu_tensor *));
    if (!room) return CORNU_ENOMEM;
    cornu_status status = step(self, gradients, variables, constraints, room);
    cornu_free(room);
    return status;
}

static const cornu_optimizer_loss_scale_optimizer_args defaults = {
    CORNU_OPTIMIZER_LOSS_SCALE_OPTIMIZER_DEFAULTS, .name = "loss_scale_optimizer"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_optimizer_loss_scale_optimizer_args, STRING, name),
    CORNU_FIELD(cornu_optimizer_loss_scale_optimizer_args, OPTIMIZER, inner_optimizer),
    CORNU_FIELD(cornu_optimizer_loss_scale_optimizer_args, FLOAT, initial_scale),
    CORNU_FIELD(cornu_optimizer_loss_scale_optimizer_args, INT, dynamic_growth_steps),
};

CORNU_OPTIMIZER_CLASS(loss_scale_optimizer){
    CORNU_CLASS_ARGS(loss_scale_optimizer, args, defaults, fields),
    .name = "LossScaleOptimizer",
    .init = init,
    .from_config = from_config,
    .build = build,
    .inner = inner,
    .apply = apply,
    .loss_scale = loss_scale,
};

cornu_optimizer *cornu_optimizer_loss_scale_optimizer_new(
    const cornu_optimizer_loss_scale_optimizer_args *args
) {
    return cornu_optimizer_create(&cornu_optimizer_loss_scale_optimizer_class, args);
}
