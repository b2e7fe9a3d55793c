/* The base of optimizers: state in file order, learning rate, clipping, weight decay, accumulation,
 * averages. keras/src/optimizers/base_optimizer.py */
#include "nn/optimizer.h"
#include "base/memory.h"
#include "base/pattern.h"
#include "graph/graph.h"
#include <string.h>

typedef struct {
    CORNU_OPTIMIZER_ARGS(common_args, 0);
} common_args;

static const common_args *args_of(const cornu_optimizer *optimizer) {
    return cornu_object_args_(optimizer);
}

/* ---- state ----------------------------------------------------------------------------------- */

static cornu_status reserve(struct cornu_optimizer_state *state, size_t count) {
    CORNU_TRY(CORNU_RESERVE_(state->variables, state->variable_capacity, count));
    return CORNU_RESERVE_(state->references, state->reference_capacity, count);
}

/* `of`: the trained variable that it belongs to, or NULL. */
static cornu_tensor *add_variable(
    cornu_optimizer *self, cornu_tensor *initial, const char *name, const cornu_tensor *of
) {
    struct cornu_optimizer_state *state = self->state_;
    if (!initial || reserve(state, state->variable_count + 1) != CORNU_OK) return NULL;
    cornu_tensor *variable = cornu_variable(initial, .name = name, .trainable = false);
    if (!variable) return NULL;
    state->references[state->variable_count] = of;
    state->variables[state->variable_count++] = variable;
    return variable;
}

/* A variable of zeros like another. Made without ops: it must have values while a step is being
 * traced. */
static cornu_tensor *add_zeros(cornu_optimizer *self, const cornu_tensor *like, const char *name) {
    cornu_tensor *zeros = cornu_tensor_new(cornu_tensor_dtype(like), *cornu_tensor_shape(like));
    cornu_tensor *made = add_variable(self, zeros, name, like);
    cornu_tensor_free(zeros);
    return made;
}

/* A variable with the value that another has now. */
static cornu_tensor *add_copy(cornu_optimizer *self, const cornu_tensor *of, const char *name) {
    cornu_tensor *copy = cornu_tensor_from(of->dtype, of->shape, of->storage->data);
    cornu_tensor *made = add_variable(self, copy, name, of);
    cornu_tensor_free(copy);
    return made;
}

cornu_tensor *cornu_optimizer_add_slot(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
) {
    return add_zeros(self, variable, name);
}

cornu_tensor *cornu_optimizer_add_copy(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
) {
    return add_copy(self, variable, name);
}

cornu_tensor *cornu_optimizer_add_typed(
    cornu_optimizer *self, const char *name, cornu_dtype dtype, cornu_shape shape, double initial
) {
    cornu_tensor *variable = NULL;
    CORNU_SCOPE { variable = add_variable(self, cornu_op_full(shape, initial, dtype), name, NULL); }
    return variable;
}

cornu_tensor *cornu_optimizer_add_variable(
    cornu_optimizer *self, const char *name, cornu_shape shape, double initial
) {
    return cornu_optimizer_add_typed(self, name, CORNU_FLOAT32, shape, initial);
}

cornu_status cornu_optimizer_build_inner(
    cornu_optimizer *self, cornu_optimizer *inner, cornu_tensor_list variables
) {
    struct cornu_optimizer_state *state = self->state_, *other = inner->state_;
    CORNU_TRY(cornu_optimizer_build_(inner, variables));
    CORNU_TRY(reserve(state, state->variable_count + other->variable_count));
    for (size_t i = 0; i < other->variable_count; i++) {
        state->references[state->variable_count] = other->references[i];
        state->variables[state->variable_count++] = cornu_tensor_retain(other->variables[i]);
    }
    other->scaled_outside = true;
    return CORNU_OK;
}

/* The optimizer inside, or NULL. */
static cornu_optimizer *inner_of(const cornu_optimizer *self, size_t index) {
    return self->cls->inner ? self->cls->inner(self, index) : NULL;
}

static cornu_status check_args(const cornu_optimizer *self) {
    const common_args *args = args_of(self);
    const char *name = self->cls->name;
    int clips = !isnan(args->clipnorm) + !isnan(args->clipvalue) + !isnan(args->global_clipnorm);
    if (clips > 1)
        CORNU_FAIL(
            CORNU_EINVAL, "%s: only one of clipnorm, clipvalue and global_clipnorm can be set", name
        );
    const struct {
        const char *name;
        double value;
    } positive[] = {
        {"clipnorm", args->clipnorm},
        {"clipvalue", args->clipvalue},
        {"global_clipnorm", args->global_clipnorm}};
    for (size_t i = 0; i < sizeof positive / sizeof positive[0]; i++) {
        /* false for NAN, which stands for None; 0 does not clip, as in Keras */
        if (positive[i].value < 0) {
            CORNU_FAIL(
                CORNU_EINVAL, "%s: %s must be positive, got %g", name, positive[i].name,
                positive[i].value
            );
        }
    }
    if (args->use_ema && !(args->ema_momentum >= 0 && args->ema_momentum <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: ema_momentum must be in 0..1, got %g", name, args->ema_momentum
        );
    }
    if (args->ema_overwrite_frequency != CORNU_NONE && args->ema_overwrite_frequency < 1) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: ema_overwrite_frequency must be at least 1, got %lld", name,
            (long long)args->ema_overwrite_frequency
        );
    }
    if (args->gradient_accumulation_steps != CORNU_NONE && args->gradient_accumulation_steps < 2) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: gradient_accumulation_steps must be at least 2, got %lld", name,
            (long long)args->gradient_accumulation_steps
        );
    }
    if (!isfinite(args->learning_rate)) {
        CORNU_FAIL(
            CORNU_EINVAL, "%s: learning_rate must be a finite number, got %g", name,
            args->learning_rate
        );
    }
    return CORNU_OK;
}

cornu_status cornu_optimizer_prepare_(cornu_optimizer *self) {
    CORNU_TRY(check_args(self));
    struct cornu_optimizer_state *state = self->state_ = cornu_alloc_(sizeof *state);
    if (!state) return CORNU_ENOMEM;
    state->first_average = state->first_accumulator = state->first_slot = SIZE_MAX;
    CORNU_SCOPE {
        state->iterations = add_variable(self, cornu_scalar_of(CORNU_INT32, 0), "iteration", NULL);
        if (!state->iterations || args_of(self)->learning_rate_schedule) break;
        state->learning_rate = add_variable(
            self, cornu_scalar_of(CORNU_FLOAT32, args_of(self)->learning_rate), "learning_rate",
            NULL
        );
    }
    bool complete =
        state->iterations && (state->learning_rate || args_of(self)->learning_rate_schedule);
    return complete ? CORNU_OK : cornu_error_status();
}

static void forget_undecayed(struct cornu_optimizer_state *state) {
    for (size_t i = 0; i < state->undecayed_count; i++) cornu_tensor_free(state->undecayed[i]);
    for (size_t i = 0; i < state->undecayed_name_count; i++) cornu_free_(state->undecayed_names[i]);
    state->undecayed_count = state->undecayed_name_count = 0;
}

void cornu_optimizer_dispose_(cornu_optimizer *self) {
    struct cornu_optimizer_state *state = self->state_;
    if (!state) return;
    for (size_t i = 0; i < state->variable_count; i++) cornu_tensor_free(state->variables[i]);
    for (size_t i = 0; i < state->trained_count; i++) cornu_tensor_free(state->trained[i]);
    forget_undecayed(state);
    cornu_free_(state->undecayed);
    cornu_free_(state->undecayed_names);
    cornu_free_(state->variables);
    cornu_free_((void *)state->references);
    cornu_free_(state->trained);
    cornu_free_(state);
    self->state_ = NULL;
}

static cornu_status same_variables(const cornu_optimizer *self, cornu_tensor_list variables) {
    const struct cornu_optimizer_state *state = self->state_;
    bool same = state->trained_count == variables.count;
    for (size_t i = 0; same && i < variables.count; i++)
        same = state->trained[i] == variables.items[i];
    if (same) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESTATE, "optimizer '%s' was built for %zu variables and is given other ones (%zu)",
        self->name, state->trained_count, variables.count
    );
}

/* One variable of the state for each trained one. */
static cornu_status add_for_each(
    cornu_optimizer *self, cornu_tensor_list variables, const char *suffix, bool copy, size_t *first
) {
    *first = self->state_->variable_count;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *made = copy ? add_copy(self, variables.items[i], suffix)
                                  : add_zeros(self, variables.items[i], suffix);
        if (!made) return cornu_error_status();
    }
    return CORNU_OK;
}

cornu_status cornu_optimizer_build_(cornu_optimizer *self, cornu_tensor_list variables) {
    struct cornu_optimizer_state *state = self->state_;
    if (self->built) return same_variables(self, variables);
    size_t before = state->variable_count;
    cornu_status status = CORNU_OK;
    if (args_of(self)->use_ema)
        status = add_for_each(self, variables, "average", true, &state->first_average);
    if (status == CORNU_OK && args_of(self)->gradient_accumulation_steps != CORNU_NONE) {
        status =
            add_for_each(self, variables, "gradient_accumulator", false, &state->first_accumulator);
    }
    if (status == CORNU_OK) {
        state->first_slot = state->variable_count;
        if (self->cls->build) status = self->cls->build(self, variables);
    }
    if (status == CORNU_OK &&
        !(state->trained = cornu_alloc_array_(variables.count, sizeof *state->trained))) {
        status = CORNU_ENOMEM;
    }
    if (status != CORNU_OK) { /* as it was */
        while (state->variable_count > before)
            cornu_tensor_free(state->variables[--state->variable_count]);
        return status;
    }
    for (size_t i = 0; i < variables.count; i++)
        state->trained[i] = cornu_tensor_retain(variables.items[i]);
    state->trained_count = variables.count;
    self->built = true;
    return CORNU_OK;
}

/* ---- one step -------------------------------------------------------------------------------- */

/* Scales a gradient down to norm `limit`; a zero gradient stays zero. */
static cornu_tensor *clip_by_norm(cornu_tensor *gradient, double limit) {
    cornu_tensor *norm = cornu_op_sqrt(cornu_op_sum(cornu_op_square(gradient)));
    cornu_tensor *divisor = cornu_op_maximum(norm, cornu_scalar(limit));
    return cornu_op_divide(cornu_op_multiply(gradient, cornu_scalar(limit)), divisor);
}

/* What all gradients are multiplied by, so that together they have norm `limit` at most; NaN if one
 * of them is not finite. */
static cornu_tensor *global_clip_factor(
    cornu_tensor *const *gradients, size_t count, double limit
) {
    cornu_tensor *sum = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!gradients[i]) continue;
        cornu_tensor *square = cornu_op_sum(cornu_op_square(gradients[i]));
        sum = sum ? cornu_op_add(sum, square) : square;
        if (!sum) return NULL;
    }
    if (!sum) return cornu_scalar(1);
    cornu_tensor *norm = cornu_op_sqrt(sum);
    cornu_tensor *scale = cornu_op_multiply(
        cornu_op_minimum(cornu_op_reciprocal(norm), cornu_scalar(1 / limit)), cornu_scalar(limit)
    );
    return cornu_op_add(scale, cornu_op_subtract(norm, norm));
}

static cornu_status clip(const common_args *args, cornu_tensor **gradients, size_t count) {
    cornu_tensor *factor = NULL;
    if (args->global_clipnorm > 0) {
        factor = global_clip_factor(gradients, count, args->global_clipnorm);
        if (!factor) return cornu_error_status();
    }
    for (size_t i = 0; i < count; i++) {
        if (!gradients[i]) continue;
        if (args->clipnorm > 0) gradients[i] = clip_by_norm(gradients[i], args->clipnorm);
        if (factor)
            gradients[i] = cornu_op_multiply(
                gradients[i], cornu_op_cast(factor, cornu_tensor_dtype(gradients[i]))
            );
        if (args->clipvalue > 0)
            gradients[i] = cornu_op_clip(gradients[i], -args->clipvalue, args->clipvalue);
        if (!gradients[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_tensor *current_rate(cornu_optimizer *self) {
    const common_args *args = args_of(self);
    if (!args->learning_rate_schedule) return self->state_->learning_rate;
    return args->learning_rate_schedule->cls->call(
        args->learning_rate_schedule, self->state_->iterations
    );
}

/* Whether a variable was left out of weight decay. */
static bool is_undecayed(const cornu_optimizer *self, const cornu_tensor *variable) {
    const struct cornu_optimizer_state *state = self->state_;
    bool found = false;
    for (size_t i = 0; !found && i < state->undecayed_count; i++)
        found = state->undecayed[i] == variable;
    for (size_t i = 0; !found && i < state->undecayed_name_count; i++) {
        /* the patterns were tried out when they were given */
        (void)cornu_pattern_match_(
            state->undecayed_names[i], cornu_variable_name(variable), false, &found
        );
    }
    return found;
}

/* NAN: none. */
static double decay_of(const cornu_optimizer *self, const cornu_tensor *variable) {
    if (is_undecayed(self, variable)) return NAN;
    return self->cls->weight_decay ? self->cls->weight_decay(self, variable)
                                   : args_of(self)->weight_decay;
}

/* Clips, decays and updates: what happens when gradients are complete. */
static cornu_status update_all(
    cornu_optimizer *self, cornu_tensor **gradients, cornu_tensor_list variables
) {
    const common_args *args = args_of(self);
    CORNU_TRY(clip(args, gradients, variables.count));
    cornu_tensor *rate = current_rate(self);
    if (!rate) return cornu_error_status();
    if (self->cls->begin) CORNU_TRY(self->cls->begin(self), "optimizer '%s'", self->name);
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        if (!gradients[i]) continue;
        cornu_status status = CORNU_OK;
        CORNU_SCOPE {
            cornu_tensor *typed = cornu_op_cast(rate, cornu_tensor_dtype(variable));
            double decay = decay_of(self, variable);
            if (!isnan(decay)) {
                cornu_tensor *factor = cornu_op_multiply(typed, cornu_scalar(decay));
                status = cornu_assign_sub(variable, cornu_op_multiply(variable, factor));
                if (status != CORNU_OK) break;
            }
            cornu_tensor *gradient = cornu_op_cast(gradients[i], cornu_tensor_dtype(variable));
            if (!typed || !gradient) {
                status = cornu_error_status();
                break;
            }
            status = self->cls->update(self, i, gradient, variable, typed);
        }
        CORNU_TRY(
            status, "optimizer '%s', variable '%s'", self->name, cornu_variable_name(variable)
        );
    }
    return self->cls->finish ? self->cls->finish(self) : CORNU_OK;
}

/* The sum of this step's gradient and what was accumulated, divided by the steps; or only adds up,
 * in between. */
static cornu_status accumulate(
    cornu_optimizer *self, cornu_tensor **gradients, cornu_tensor_list variables, bool complete
) {
    cornu_tensor **accumulators = self->state_->variables + self->state_->first_accumulator;
    double steps = (double)args_of(self)->gradient_accumulation_steps;
    for (size_t i = 0; i < variables.count; i++) {
        if (!gradients[i]) continue;
        if (!complete) {
            CORNU_TRY(cornu_assign_add(accumulators[i], gradients[i]));
            continue;
        }
        gradients[i] =
            cornu_op_divide(cornu_op_add(gradients[i], accumulators[i]), cornu_scalar(steps));
        CORNU_TRY(cornu_assign(accumulators[i], cornu_op_zeros_like(accumulators[i])));
    }
    return CORNU_OK;
}

/* Moving averages of the variables; in the first step they are the variables themselves. */
static cornu_status average(cornu_optimizer *self, cornu_tensor_list variables) {
    cornu_tensor **averages = self->state_->variables + self->state_->first_average;
    double momentum = self->state_->phase & CORNU_PHASE_FIRST ? 0 : args_of(self)->ema_momentum;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *old = cornu_op_multiply(averages[i], cornu_scalar(momentum));
        cornu_tensor *new = cornu_op_multiply(variables.items[i], cornu_scalar(1 - momentum));
        CORNU_TRY(cornu_assign(averages[i], cornu_op_add(old, new)));
        if (self->state_->phase & CORNU_PHASE_OVERWRITES)
            CORNU_TRY(cornu_assign(variables.items[i], averages[i]));
    }
    return CORNU_OK;
}

unsigned cornu_optimizer_look_(cornu_optimizer *self) {
    const common_args *args = args_of(self);
    int64_t batches = (int64_t)cornu_tensor_item(self->state_->iterations);
    int64_t every =
        args->gradient_accumulation_steps == CORNU_NONE ? 1 : args->gradient_accumulation_steps;
    int64_t updates = batches / every, overwrite = args->ema_overwrite_frequency;
    unsigned phase = 0;
    if ((batches + 1) % every == 0) phase |= CORNU_PHASE_UPDATES;
    if (args->use_ema && updates == 0) phase |= CORNU_PHASE_FIRST;
    if (args->use_ema && overwrite != CORNU_NONE && (updates + 1) % overwrite == 0)
        phase |= CORNU_PHASE_OVERWRITES;
    cornu_optimizer *inner;
    for (size_t i = 0; (inner = inner_of(self, i)); i++) /* each has three bits of its own */
        phase |= cornu_optimizer_look_(inner) << (3 * (i + 1));
    return self->state_->phase = phase;
}

static void watch(cornu_optimizer *self) {
    cornu_optimizer *inner;
    self->state_->watched = true;
    for (size_t i = 0; (inner = inner_of(self, i)); i++) watch(inner);
}

unsigned cornu_optimizer_watch_(cornu_optimizer *self) {
    if (!self->state_->watched) watch(self);
    return cornu_optimizer_look_(self);
}

/* A step that is traced has the phase of its signature. An optimizer that the signature knows
 * nothing of, one of the user's own beside the model's, must be in the same phase always. */
static cornu_status set_phase(cornu_optimizer *self) {
    const common_args *args = args_of(self);
    bool traced = cornu_trace_current_() != NULL;
    if (traced && self->state_->watched) return CORNU_OK;
    if (traced && (args->use_ema || args->gradient_accumulation_steps != CORNU_NONE))
        CORNU_FAIL(
            CORNU_ESTATE,
            "optimizer '%s' is not the compiled model's and has %s: such a step cannot be "
            "compiled; compile the model with .run_eagerly = true",
            self->name, args->use_ema ? "use_ema" : "gradient_accumulation_steps"
        );
    if (traced) self->state_->phase = CORNU_PHASE_UPDATES;
    else (void)cornu_optimizer_look_(self);
    return CORNU_OK;
}

static cornu_status step(
    cornu_optimizer *self, cornu_tensor **gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
) {
    const common_args *args = args_of(self);
    bool complete = self->state_->phase & CORNU_PHASE_UPDATES;
    double scale = self->state_->scaled_outside ? NAN : args->loss_scale_factor;
    for (size_t i = 0; i < variables.count && !isnan(scale); i++)
        if (gradients[i]) gradients[i] = cornu_op_divide(gradients[i], cornu_scalar(scale));
    if (args->gradient_accumulation_steps != CORNU_NONE)
        CORNU_TRY(accumulate(self, gradients, variables, complete));
    if (complete) CORNU_TRY(update_all(self, gradients, variables));
    if (args->use_ema) CORNU_TRY(average(self, variables));
    for (size_t i = 0; constraints && i < variables.count; i++) {
        if (!constraints[i] || !gradients[i]) continue;
        CORNU_TRY(cornu_assign(
            variables.items[i], constraints[i]->cls->call(constraints[i], variables.items[i])
        ));
    }
    return cornu_assign_add(self->state_->iterations, cornu_scalar_of(CORNU_INT32, 1));
}

cornu_status cornu_optimizer_step_(
    cornu_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
) {
    if (!self) return cornu_error_null("optimizer");
    CORNU_TRY(cornu_optimizer_build_(self, variables));
    bool any = variables.count == 0;
    for (size_t i = 0; i < variables.count; i++) any = any || gradients[i];
    if (!any)
        CORNU_FAIL(
            CORNU_EINVAL, "optimizer '%s': none of the %zu variables has a gradient", self->name,
            variables.count
        );
    for (size_t i = 0; i < variables.count; i++) {
        const cornu_shape *wanted = cornu_tensor_shape(variables.items[i]);
        if (!gradients[i] || cornu_shape_equal(wanted, cornu_tensor_shape(gradients[i]))) continue;
        char a[256], b[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "optimizer '%s': the gradient of variable '%s' has shape %s, expected %s",
            self->name, cornu_variable_name(variables.items[i]),
            cornu_shape_format(cornu_tensor_shape(gradients[i]), a, sizeof a),
            cornu_shape_format(wanted, b, sizeof b)
        );
    }
    CORNU_TRY(set_phase(self));
    cornu_tensor **work = cornu_alloc_array_(variables.count, sizeof *work);
    if (!work) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    CORNU_SCOPE {
        for (size_t i = 0; i < variables.count; i++) work[i] = gradients[i];
        if (self->cls->apply) status = self->cls->apply(self, work, variables, constraints);
        else status = step(self, work, variables, constraints);
    }
    cornu_free_(work);
    return status;
}

cornu_tensor *cornu_optimizer_scale_loss_(cornu_optimizer *self, cornu_tensor *loss) {
    double factor = args_of(self)->loss_scale_factor;
    if (self->cls->loss_scale) return cornu_op_multiply(loss, self->cls->loss_scale(self));
    return isnan(factor) || self->state_->scaled_outside
               ? loss
               : cornu_op_multiply(loss, cornu_scalar(factor));
}

cornu_status cornu_optimizer_finalize_(cornu_optimizer *self) {
    cornu_optimizer *inner;
    for (size_t i = 0; (inner = inner_of(self, i)); i++)
        CORNU_TRY(cornu_optimizer_finalize_(inner));
    if (!args_of(self)->use_ema || !self->built) return CORNU_OK;
    const struct cornu_optimizer_state *state = self->state_;
    for (size_t i = 0; i < state->trained_count; i++) {
        CORNU_TRY(cornu_assign(state->trained[i], state->variables[state->first_average + i]));
    }
    return CORNU_OK;
}

/* ---- public ---------------------------------------------------------------------------------- */

cornu_status cornu_optimizer_apply(
    cornu_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables
) {
    return cornu_optimizer_step_(self, gradients, variables, NULL);
}

cornu_status cornu_optimizer_apply_constrained(
    cornu_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
) {
    return cornu_optimizer_step_(self, gradients, variables, constraints);
}

cornu_status cornu_optimizer_exclude_from_weight_decay(
    cornu_optimizer *self, cornu_tensor_list variables, cornu_texts names
) {
    if (!self) return cornu_error_null("optimizer");
    struct cornu_optimizer_state *state = self->state_;
    if (self->built)
        CORNU_FAIL(
            CORNU_ESTATE, "optimizer '%s' has taken steps; say before which variables do not decay",
            self->name
        );
    for (size_t i = 0; i < names.count; i++) {
        bool ignored;
        CORNU_TRY(cornu_pattern_match_(names.items[i], "", false, &ignored));
    }
    forget_undecayed(state);
    CORNU_TRY(CORNU_RESERVE_(state->undecayed, state->undecayed_capacity, variables.count));
    for (size_t i = 0; i < variables.count; i++)
        state->undecayed[state->undecayed_count++] = cornu_tensor_retain(variables.items[i]);
    CORNU_TRY(CORNU_RESERVE_(state->undecayed_names, state->undecayed_name_capacity, names.count));
    for (size_t i = 0; i < names.count; i++) {
        char *copy = cornu_strdup_(names.items[i]);
        if (!copy) return CORNU_ENOMEM;
        state->undecayed_names[state->undecayed_name_count++] = copy;
    }
    return CORNU_OK;
}

cornu_status cornu_optimizer_finalize_variable_values(cornu_optimizer *self) {
    if (!self) return cornu_error_null("optimizer");
    return cornu_optimizer_finalize_(self);
}

/* One around another need not count itself. */
cornu_tensor *cornu_optimizer_iterations(cornu_optimizer *self) {
    cornu_optimizer *inner = self->cls->counts ? NULL : inner_of(self, 0);
    return inner ? cornu_optimizer_iterations(inner) : self->state_->iterations;
}

cornu_tensor *cornu_optimizer_updates(cornu_optimizer *self) {
    cornu_optimizer *inner = self->cls->counts ? NULL : inner_of(self, 0);
    if (inner) return cornu_optimizer_updates(inner);
    int64_t every = args_of(self)->gradient_accumulation_steps;
    if (every == CORNU_NONE) return self->state_->iterations;
    return cornu_op_floor_divide(
        self->state_->iterations, cornu_scalar_of(CORNU_INT32, (double)every)
    );
}

const char *cornu_optimizer_name(const cornu_optimizer *self) { return self->name; }

cornu_tensor_list cornu_optimizer_variables(cornu_optimizer *self) {
    return (cornu_tensor_list){self->state_->variables, self->state_->variable_count};
}

double cornu_optimizer_learning_rate(cornu_optimizer *self) {
    if (inner_of(self, 0)) return cornu_optimizer_learning_rate(inner_of(self, 0));
    double rate = NAN;
    CORNU_SCOPE {
        cornu_tensor *now = current_rate(self);
        if (now) rate = cornu_tensor_item(now);
    }
    return rate;
}

cornu_status cornu_optimizer_set_learning_rate(cornu_optimizer *self, double learning_rate) {
    if (inner_of(self, 0))
        return cornu_optimizer_set_learning_rate(inner_of(self, 0), learning_rate);
    if (!self->state_->learning_rate) {
        CORNU_FAIL(
            CORNU_ESTATE, "optimizer '%s': the learning rate follows a schedule and cannot be set",
            self->name
        );
    }
    cornu_status status = CORNU_OK;
    CORNU_SCOPE {
        status = cornu_assign(
            self->state_->learning_rate, cornu_scalar_of(CORNU_FLOAT32, learning_rate)
        );
    }
    return status;
}

cornu_tensor *cornu_schedule_call(cornu_schedule *schedule, int64_t step) {
    if (!schedule) return (void)cornu_error_null("schedule"), NULL;
    return schedule->cls->call(schedule, cornu_scalar_of(CORNU_INT32, (double)step));
}
