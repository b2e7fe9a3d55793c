/* Running a plan: addresses into the table, then step after step. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/profile.h"
#include "graph/plan.h"

#include <string.h>

struct cornu_plan_state {
    const cornu_plan *plan;
    char *arena;
    void *workspace;
    void **address;     /* [slots] */
    void **buffers;     /* room for the operands of the step with the most */
    uint64_t *contents; /* [slots]: of watched variables when the lasting steps ran */
    bool lasting;       /* the lasting steps have run, on these contents */
};

cornu_status cornu_plan_state_create_(const cornu_plan *plan, cornu_plan_state **state) {
    cornu_plan_state *made = cornu_alloc_(sizeof *made);
    uint32_t most = 1;
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].operand_count > most) most = plan->steps[i].operand_count;
    }
    if (!made) return CORNU_ENOMEM;
    made->plan = plan;
    made->arena = cornu_alloc_aligned_(plan->arena_size);
    made->workspace = cornu_alloc_aligned_(plan->workspace_size);
    made->address = cornu_alloc_array_(plan->slot_count, sizeof *made->address);
    made->buffers = cornu_alloc_array_(most, sizeof *made->buffers);
    made->contents = cornu_alloc_array_(plan->slot_count, sizeof *made->contents);
    if (!made->arena || !made->workspace || !made->address || !made->buffers || !made->contents)
        return cornu_plan_state_free_(made), CORNU_ENOMEM;
    for (size_t i = 0; i < plan->slot_count; i++) {
        if (plan->slots[i].kind == CORNU_SLOT_ARENA)
            made->address[i] = made->arena + plan->slots[i].offset;
        if (plan->slots[i].kind == CORNU_SLOT_CONSTANT)
            made->address[i] = plan->slots[i].tensor->storage->data;
    }
    *state = made;
    return CORNU_OK;
}

void cornu_plan_state_free_(cornu_plan_state *state) {
    if (!state) return;
    cornu_free_(state->arena);
    cornu_free_(state->workspace);
    cornu_free_(state->address);
    cornu_free_(state->buffers);
    cornu_free_(state->contents);
    cornu_free_(state);
}

/* Variables may have changed their place since the last run; one that is written gets a buffer of
 * its own first. What lasting steps made is good as long as the variables that they read are. */
static cornu_status find_variables(cornu_plan_state *state) {
    for (size_t i = 0; i < state->plan->slot_count; i++) {
        const cornu_slot *slot = &state->plan->slots[i];
        if (slot->kind != CORNU_SLOT_VARIABLE) continue;
        state->address[i] =
            slot->written ? cornu_variable_write_(slot->tensor, true) : slot->tensor->storage->data;
        if (!state->address[i]) return CORNU_ENOMEM;
        if (!slot->watched) continue;
        uint64_t contents =
            atomic_load_explicit(&slot->tensor->storage->contents, memory_order_relaxed);
        state->lasting = state->lasting && contents != 0 && contents == state->contents[i];
        state->contents[i] = contents;
    }
    return CORNU_OK;
}

static inline cornu_status execute(cornu_plan_state *state, const cornu_step *step) {
    return step->kernel->execute(step->kernel, state->buffers, state->workspace);
}

/* The same with a note for the profile. */
static cornu_status execute_noted(cornu_plan_state *state, const cornu_step *step) {
    size_t bytes = 0;
    for (uint32_t k = 0; k < step->operand_count; k++)
        bytes += state->plan->slots[step->operands[k]].size;
    double begin = cornu_clock_seconds_();
    cornu_status status = execute(state, step);
    cornu_profile_note_(&(cornu_profile_event
    ){.what = step->ops ? step->ops : step->name,
      .layer = step->origin,
      .kernel = step->kernel->implementation,
      .bytes = bytes,
      .begin = begin,
      .end = cornu_clock_seconds_()});
    return status;
}

cornu_status cornu_plan_run_(cornu_plan_state *state, cornu_tensor *const *inputs) {
    const cornu_plan *plan = state->plan;
    CORNU_TRY(find_variables(state));
    for (size_t i = 0; i < plan->input_count; i++)
        state->address[plan->inputs[i]] = inputs[i]->storage->data;
    bool noted = cornu_profile_on_();
    for (size_t i = 0; i < plan->step_count; i++) {
        const cornu_step *step = &plan->steps[i];
        if (step->lasting && state->lasting) continue;
        for (uint32_t k = 0; k < step->operand_count; k++)
            state->buffers[k] = state->address[step->operands[k]];
        cornu_status status = noted ? execute_noted(state, step) : execute(state, step);
        CORNU_TRY(status, "%s", step->name);
    }
    state->lasting = true;
    return CORNU_OK;
}

const void *cornu_plan_output_data_(const cornu_plan_state *state, size_t index) {
    return state->address[state->plan->outputs[index]];
}

cornu_tensor *cornu_plan_output_(const cornu_plan_state *state, size_t index) {
    const cornu_spec *spec = &state->plan->output_specs[index];
    return cornu_tensor_from(spec->dtype, spec->shape, cornu_plan_output_data_(state, index));
}
