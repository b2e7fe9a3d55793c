/* Running a plan: addresses into the table, then step after step. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/profile.h"
#include "graph/plan.h"

#include <stdatomic.h>
#include <string.h>

/* What one thread needs: the arena, and the address of every slot. */
typedef struct lane {
    char *arena;
    void *workspace;
    void **address; /* [slots] */
    void **buffers; /* room for the operands of the step with the most */
} lane;

struct cornu_plan_state {
    const cornu_plan *plan;
    lane *lanes;
    void **gathered;    /* [outputs], if there are several rounds: of all of them */
    uint64_t *contents; /* [slots]: of watched variables when the lasting steps ran */
    bool lasting;       /* the lasting steps have run, on these contents */
};

/* What lasting steps make stands in the first lane, for all of them. */
static cornu_status make_lane(const cornu_plan_state *state, lane *made) {
    const cornu_plan *plan = state->plan;
    uint32_t most = 1;
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].operand_count > most) most = plan->steps[i].operand_count;
    }
    made->arena = cornu_alloc_aligned_(plan->arena_size);
    made->workspace = cornu_alloc_aligned_(plan->workspace_size);
    made->address = cornu_alloc_array_(plan->slot_count, sizeof *made->address);
    made->buffers = cornu_alloc_array_(most, sizeof *made->buffers);
    if (!made->arena || !made->workspace || !made->address || !made->buffers) return CORNU_ENOMEM;
    for (size_t i = 0; i < plan->slot_count; i++) {
        const cornu_slot *slot = &plan->slots[i];
        char *arena = slot->lasting ? state->lanes[0].arena : made->arena;
        if (slot->kind == CORNU_SLOT_ARENA) made->address[i] = arena + slot->offset;
        if (slot->kind == CORNU_SLOT_CONSTANT) made->address[i] = slot->tensor->storage->data;
    }
    return CORNU_OK;
}

static size_t output_bytes(const cornu_plan *plan, size_t index) {
    const cornu_spec *spec = &plan->output_specs[index];
    return (size_t)cornu_shape_size(&spec->shape) * cornu_dtype_size(spec->dtype);
}

static cornu_status make_state(cornu_plan_state *made) {
    const cornu_plan *plan = made->plan;
    made->lanes = cornu_alloc_array_((size_t)plan->lanes, sizeof *made->lanes);
    made->contents = cornu_alloc_array_(plan->slot_count, sizeof *made->contents);
    made->gathered = cornu_alloc_array_(plan->output_count, sizeof *made->gathered);
    if (!made->lanes || !made->contents || !made->gathered) return CORNU_ENOMEM;
    for (int i = 0; i < plan->lanes; i++) CORNU_TRY(make_lane(made, &made->lanes[i]));
    for (size_t i = 0; i < plan->output_count && plan->rounds > 1; i++) {
        made->gathered[i] = cornu_alloc_aligned_(output_bytes(plan, i));
        if (!made->gathered[i]) return CORNU_ENOMEM;
    }
    return CORNU_OK;
}

cornu_status cornu_plan_state_create_(const cornu_plan *plan, cornu_plan_state **state) {
    cornu_plan_state *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    made->plan = plan;
    cornu_status status = make_state(made);
    if (status != CORNU_OK) return cornu_plan_state_free_(made), status;
    *state = made;
    return CORNU_OK;
}

void cornu_plan_state_free_(cornu_plan_state *state) {
    if (!state) return;
    for (int i = 0; state->lanes && i < state->plan->lanes; i++) {
        cornu_free_(state->lanes[i].arena);
        cornu_free_(state->lanes[i].workspace);
        cornu_free_(state->lanes[i].address);
        cornu_free_(state->lanes[i].buffers);
    }
    for (size_t i = 0; state->gathered && i < state->plan->output_count; i++)
        cornu_free_(state->gathered[i]);
    cornu_free_(state->lanes);
    cornu_free_(state->gathered);
    cornu_free_(state->contents);
    cornu_free_(state);
}

/* Variables may have changed their place since the last run; one that is written gets a buffer of
 * its own first. What lasting steps made is good as long as the variables that they read are. */
static cornu_status find_variables(cornu_plan_state *state) {
    for (size_t i = 0; i < state->plan->slot_count; i++) {
        const cornu_slot *slot = &state->plan->slots[i];
        if (slot->kind != CORNU_SLOT_VARIABLE) continue;
        void *data =
            slot->written ? cornu_variable_write_(slot->tensor, true) : slot->tensor->storage->data;
        if (!data) return CORNU_ENOMEM;
        for (int k = 0; k < state->plan->lanes; k++) state->lanes[k].address[i] = data;
        if (!slot->watched) continue;
        uint64_t contents =
            atomic_load_explicit(&slot->tensor->storage->contents, memory_order_relaxed);
        state->lasting = state->lasting && contents != 0 && contents == state->contents[i];
        state->contents[i] = contents;
    }
    return CORNU_OK;
}

static inline cornu_status execute(const lane *at, const cornu_step *step) {
    return step->kernel->execute(step->kernel, at->buffers, at->workspace);
}

/* The same with a note for the profile. */
static cornu_status execute_noted(const cornu_plan *plan, const lane *at, const cornu_step *step) {
    size_t bytes = 0;
    for (uint32_t k = 0; k < step->operand_count; k++) bytes += plan->slots[step->operands[k]].size;
    double begin = cornu_clock_seconds_();
    cornu_status status = execute(at, step);
    cornu_profile_note_(&(cornu_profile_event
    ){.what = step->ops ? step->ops : step->name,
      .layer = step->origin,
      .kernel = step->kernel->implementation,
      .bytes = bytes,
      .begin = begin,
      .end = cornu_clock_seconds_()});
    return status;
}

/* Steps that last, or all but those, or all. */
typedef enum step_choice { ALL, LASTING, PASSING } step_choice;

static cornu_status run_steps(const cornu_plan *plan, const lane *at, step_choice choice) {
    bool noted = cornu_profile_on_();
    for (size_t i = 0; i < plan->step_count; i++) {
        const cornu_step *step = &plan->steps[i];
        if (choice != ALL && step->lasting != (choice == LASTING)) continue;
        for (uint32_t k = 0; k < step->operand_count; k++)
            at->buffers[k] = at->address[step->operands[k]];
        cornu_status status = noted ? execute_noted(plan, at, step) : execute(at, step);
        CORNU_TRY(status, "%s", step->name);
    }
    return CORNU_OK;
}

/* ---- rounds ---- */
typedef struct rounds {
    const cornu_plan_state *state;
    cornu_tensor *const *inputs;
    atomic_llong failed; /* one that did; -1: none */
} rounds;

static cornu_status run_round(const rounds *r, const lane *at, int64_t round) {
    const cornu_plan *plan = r->state->plan;
    for (size_t i = 0; i < plan->input_count; i++)
        at->address[plan->inputs[i]] =
            (char *)r->inputs[i]->storage->data + (size_t)round * plan->slots[plan->inputs[i]].size;
    CORNU_TRY(run_steps(plan, at, PASSING));
    for (size_t i = 0; i < plan->output_count; i++) {
        size_t bytes = output_bytes(plan, i) / (size_t)plan->rounds;
        memcpy(
            (char *)r->state->gathered[i] + (size_t)round * bytes, at->address[plan->outputs[i]],
            bytes
        );
    }
    return CORNU_OK;
}

static void run_some(void *context, int64_t begin, int64_t end, int thread) {
    rounds *r = context;
    for (int64_t i = begin; i < end; i++)
        if (run_round(r, &r->state->lanes[thread], i) != CORNU_OK)
            atomic_store_explicit(&r->failed, i, memory_order_relaxed);
}

static cornu_status run_rounds(cornu_plan_state *state, cornu_tensor *const *inputs) {
    const cornu_plan *plan = state->plan;
    rounds r = {.state = state, .inputs = inputs, .failed = -1};
    if (!state->lasting) CORNU_TRY(run_steps(plan, &state->lanes[0], LASTING));
    if (plan->lanes > 1) plan->backend->parallel(plan->rounds, plan->lanes, run_some, &r);
    else run_some(&r, 0, plan->rounds, 0);
    /* again, for the message, which another thread may have kept */
    int64_t failed = atomic_load_explicit(&r.failed, memory_order_relaxed);
    return failed < 0 ? CORNU_OK : run_round(&r, &state->lanes[0], failed);
}

cornu_status cornu_plan_run_(cornu_plan_state *state, cornu_tensor *const *inputs) {
    const cornu_plan *plan = state->plan;
    const lane *first = &state->lanes[0];
    CORNU_TRY(find_variables(state));
    if (plan->rounds > 1) {
        CORNU_TRY(run_rounds(state, inputs));
    } else {
        for (size_t i = 0; i < plan->input_count; i++)
            first->address[plan->inputs[i]] = inputs[i]->storage->data;
        CORNU_TRY(run_steps(plan, first, state->lasting ? PASSING : ALL));
    }
    state->lasting = true;
    return CORNU_OK;
}

const void *cornu_plan_output_data_(const cornu_plan_state *state, size_t index) {
    if (state->plan->rounds > 1) return state->gathered[index];
    return state->lanes[0].address[state->plan->outputs[index]];
}

cornu_tensor *cornu_plan_output_(const cornu_plan_state *state, size_t index) {
    const cornu_spec *spec = &state->plan->output_specs[index];
    return cornu_tensor_from(spec->dtype, spec->shape, cornu_plan_output_data_(state, index));
}
