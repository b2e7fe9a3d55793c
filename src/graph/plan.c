/* Making a plan: units in order, a slot for every buffer, variables assigned in place where that is
 * safe. */
#include "graph/plan.h"

#include "base/log.h"
#include "base/memory.h"
#include <cornu/threads.h>

#define NO_SLOT UINT32_MAX
#define NEVER SIZE_MAX

typedef struct planner {
    const cornu_graph *graph;
    cornu_plan *plan;
    cornu_units units;
    bool *kept;        /* [values]: needed outside the unit that makes it */
    uint32_t *slot_of; /* [values], of roots */
    size_t *
        /* [values], of roots: the unit that makes it, NEVER for what is there from the start */
        made_at;
    size_t *last_read; /* [values], of roots: the last unit that reads it, NEVER for none */
    int64_t *home;     /* [values], of roots: the assignment whose variable holds it, or -1 */
} planner;

static uint32_t root(const planner *p, uint32_t value) {
    return cornu_graph_root_(p->graph, value);
}

static size_t bytes_of(const cornu_tensor *tensor) {
    return (size_t)tensor->size * cornu_dtype_size(tensor->dtype);
}

/* ---- who makes and reads what ---- */

static void note_read(planner *p, uint32_t value, size_t unit) {
    uint32_t r = root(p, value);
    if (p->last_read[r] == NEVER || p->last_read[r] < unit) p->last_read[r] = unit;
    if (p->made_at[r] != unit) p->kept[r] = true;
}

static void note_units(planner *p) {
    for (size_t i = 0; i < p->graph->value_count; i++)
        p->made_at[i] = p->last_read[i] = NEVER, p->home[i] = -1, p->slot_of[i] = NO_SLOT;
    for (size_t u = 0; u < p->units.count; u++) {
        const cornu_unit *unit = &p->units.units[u];
        for (size_t i = 0; i < unit->node_count; i++)
            p->made_at[p->graph->nodes[unit->nodes[i]].out] = u;
    }
    for (size_t u = 0; u < p->units.count; u++) {
        const cornu_unit *unit = &p->units.units[u];
        for (size_t i = 0; i < unit->node_count; i++) {
            const cornu_graph_node *node = &p->graph->nodes[unit->nodes[i]];
            for (size_t k = 0; k < node->input_count; k++) note_read(p, node->inputs[k], u);
        }
    }
    for (size_t i = 0; i < p->graph->output_count; i++)
        p->kept[root(p, p->graph->outputs[i])] = true;
    for (size_t i = 0; i < p->graph->assignment_count; i++)
        p->kept[root(p, p->graph->assignments[i].value)] = true;
}

/* ---- variables in place ---- */

/* The value that a variable has at the beginning, or NO_SLOT if the graph does not read it. */
static uint32_t initial_value(const planner *p, const cornu_tensor *variable) {
    for (uint32_t i = 0; i < p->graph->value_count; i++) {
        const cornu_value *v = &p->graph->values[i];
        if (v->kind == CORNU_VALUE_VARIABLE && v->tensor->id == variable->id) return i;
    }
    return NO_SLOT;
}

static bool reads(const planner *p, const cornu_graph_node *node, uint32_t value) {
    for (size_t k = 0; k < node->input_count; k++) {
        if (root(p, node->inputs[k]) == value) return true;
    }
    return false;
}

/* Whether a unit reads the old value of a variable element by element, where it writes the new
 * one. */
static bool reads_in_step(
    const planner *p, size_t unit, uint32_t old, const cornu_tensor *variable
) {
    const cornu_unit *u = &p->units.units[unit];
    for (size_t i = 0; i < u->node_count; i++) {
        const cornu_graph_node *node = &p->graph->nodes[u->nodes[i]];
        if (!reads(p, node, old)) continue;
        if (!(node->op->flags & (CORNU_OP_ELEMENTWISE | CORNU_OP_FUSIBLE))) return false;
        if (p->graph->values[node->out].tensor->size != variable->size) return false;
        for (size_t k = 0; k < node->input_count; k++) {
            if (root(p, node->inputs[k]) == old && node->inputs[k] != old)
                return false; /* through a view */
        }
    }
    return true;
}

static bool is_output(const planner *p, uint32_t value) {
    for (size_t i = 0; i < p->graph->output_count; i++) {
        if (root(p, p->graph->outputs[i]) == value) return true;
    }
    return false;
}

/* Whether the old value of a variable is wanted when the run is over. */
static bool outlives(const planner *p, uint32_t old) {
    if (is_output(p, old)) return true;
    for (size_t i = 0; i < p->graph->assignment_count; i++) {
        if (root(p, p->graph->assignments[i].value) == old) return true;
    }
    return false;
}

/* The result is written straight into the variable if nobody wants the old value any more. An
 * output is not: it stays as it is when the variable is assigned by others before the next run. */
static bool in_place(const planner *p, const cornu_assignment *assignment) {
    uint32_t value = root(p, assignment->value), old = initial_value(p, assignment->variable);
    if (p->graph->values[value].kind != CORNU_VALUE_RESULT || p->home[value] >= 0) return false;
    const cornu_tensor *made = p->graph->values[value].tensor;
    if (made->dtype != assignment->variable->dtype || made->size != assignment->variable->size ||
        is_output(p, value))
        return false;
    if (old == NO_SLOT || p->last_read[old] == NEVER) return old == NO_SLOT || !outlives(p, old);
    if (outlives(p, old) || p->last_read[old] > p->made_at[value]) return false;
    return p->last_read[old] < p->made_at[value] ||
           reads_in_step(p, p->made_at[value], old, assignment->variable);
}

/* ---- slots ---- */

static cornu_status add_slot(planner *p, cornu_slot slot, uint32_t *number) {
    cornu_plan *plan = p->plan;
    CORNU_TRY(CORNU_RESERVE_(plan->slots, plan->slot_capacity, plan->slot_count + 1));
    *number = (uint32_t)plan->slot_count++;
    plan->slots[*number] = slot;
    cornu_tensor_retain(slot.tensor);
    return CORNU_OK;
}

/* The one slot of a variable; made when it is not there. */
static cornu_status variable_slot(planner *p, cornu_tensor *variable, uint32_t *number) {
    for (uint32_t i = 0; i < p->plan->slot_count; i++) {
        const cornu_slot *slot = &p->plan->slots[i];
        if (slot->kind == CORNU_SLOT_VARIABLE && slot->tensor->id == variable->id)
            return *number = i, CORNU_OK;
    }
    return add_slot(
        p,
        (cornu_slot){.kind = CORNU_SLOT_VARIABLE, .tensor = variable, .size = bytes_of(variable)},
        number
    );
}

static cornu_status slot_of(planner *p, uint32_t value, uint32_t *number) {
    uint32_t r = root(p, value);
    const cornu_value *v = &p->graph->values[r];
    if (p->slot_of[r] != NO_SLOT) return *number = p->slot_of[r], CORNU_OK;
    if (p->home[r] >= 0) {
        CORNU_TRY(variable_slot(p, p->graph->assignments[p->home[r]].variable, number));
        p->plan->slots[*number].written = true;
    } else if (v->kind == CORNU_VALUE_VARIABLE) {
        CORNU_TRY(variable_slot(p, v->tensor, number));
    } else {
        cornu_slot slot = {.kind = CORNU_SLOT_ARENA, .size = bytes_of(v->tensor)};
        if (v->kind == CORNU_VALUE_CONSTANT)
            slot =
                (cornu_slot){.kind = CORNU_SLOT_CONSTANT, .tensor = v->tensor, .size = slot.size};
        if (v->kind == CORNU_VALUE_INPUT) slot.kind = CORNU_SLOT_INPUT;
        CORNU_TRY(add_slot(p, slot, number));
    }
    p->slot_of[r] = *number;
    return CORNU_OK;
}

/* ---- steps ---- */

static cornu_status add_step(
    planner *p, const cornu_kernel *kernel, const char *name, size_t operand_count,
    cornu_step **step
) {
    cornu_plan *plan = p->plan;
    CORNU_TRY(CORNU_RESERVE_(plan->steps, plan->step_capacity, plan->step_count + 1));
    uint32_t *operands = cornu_alloc_array_(operand_count, sizeof *operands);
    if (!operands) return CORNU_ENOMEM;
    *step = &plan->steps[plan->step_count++];
    **step = (cornu_step
    ){.kernel = kernel,
      .operand_count = (uint32_t)operand_count,
      .output_count = 1,
      .operands = operands,
      .name = name};
    if (kernel->workspace_size > plan->workspace_size)
        plan->workspace_size = kernel->workspace_size;
    return CORNU_OK;
}

/* Whether anything that the unit makes is read by others; what nobody wants is not computed. */
static bool is_wanted(const planner *p, const cornu_unit *unit) {
    for (size_t i = 0; i < unit->node_count; i++) {
        uint32_t out = p->graph->nodes[unit->nodes[i]].out;
        if (p->kept[out] && p->graph->values[out].tensor->size > 0) return true;
    }
    return false;
}

static cornu_status lower(planner *p) {
    cornu_lowered lowered = {0};
    cornu_status status = CORNU_OK;
    for (size_t u = 0; u < p->units.count && status == CORNU_OK; u++) {
        const cornu_unit *unit = &p->units.units[u];
        const cornu_graph_node *first = &p->graph->nodes[unit->nodes[0]];
        cornu_step *step;
        if (!is_wanted(p, unit)) continue;
        status = cornu_unit_lower_(p->graph, unit, p->kept, &lowered);
        if (status != CORNU_OK) break;
        status = add_step(
            p, lowered.kernel, unit->node_count > 1 ? "fused" : first->op->name,
            lowered.operand_count, &step
        );
        if (status == CORNU_OK) step->output_count = (uint32_t)lowered.output_count;
        if (status == CORNU_OK)
            status = cornu_step_label_(p->graph, unit->nodes, unit->node_count, step);
        for (size_t i = 0; i < lowered.operand_count && status == CORNU_OK; i++) {
            status = slot_of(p, lowered.operands[i], &step->operands[i]);
        }
    }
    cornu_free_(lowered.operands);
    return status;
}

/* A step that copies one slot to another. */
static cornu_status add_copy(planner *p, const cornu_tensor *like, uint32_t from, uint32_t to) {
    cornu_operand operands[2];
    for (int i = 0; i < 2; i++)
        operands[i] = cornu_operand_broadcast_(like->dtype, &like->shape, &like->shape);
    cornu_operands_merge_axes_(operands, 2);
    cornu_move move = {.rank = operands[0].rank};
    for (int i = 0; i < move.rank; i++) {
        move.dims[i] = operands[0].dims[i];
        move.source_strides[i] = move.target_strides[i] = operands[0].strides[i];
    }
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_MOVE, .operand_count = 2, .operands = operands, .moves = &move};
    const cornu_kernel *kernel;
    cornu_step *step;
    if (like->size == 0) return CORNU_OK;
    CORNU_TRY(cornu_kernel_get_(cornu_backend_current_(), &desc, &kernel));
    CORNU_TRY(add_step(p, kernel, "assign", 2, &step));
    step->operands[0] = from;
    step->operands[1] = to;
    return CORNU_OK;
}

/* Assignments that are not made in place: first what comes from other variables is put aside, then
 * all is copied home. */
static cornu_status copy_home(planner *p) {
    const cornu_graph *graph = p->graph;
    uint32_t *sources = cornu_alloc_array_(graph->assignment_count, sizeof *sources);
    cornu_status status = sources ? CORNU_OK : CORNU_ENOMEM;
    for (size_t i = 0; i < graph->assignment_count && status == CORNU_OK; i++) {
        uint32_t value = root(p, graph->assignments[i].value);
        const cornu_tensor *tensor = graph->values[value].tensor;
        sources[i] = NO_SLOT;
        if (p->home[value] == (int64_t)i) continue;
        status = slot_of(p, value, &sources[i]);
        bool from_variable = graph->values[value].kind == CORNU_VALUE_VARIABLE;
        if (status != CORNU_OK || !from_variable) continue;
        uint32_t aside = NO_SLOT;
        status =
            add_slot(p, (cornu_slot){.kind = CORNU_SLOT_ARENA, .size = bytes_of(tensor)}, &aside);
        if (status == CORNU_OK) status = add_copy(p, tensor, sources[i], aside);
        sources[i] = aside;
    }
    for (size_t i = 0; i < graph->assignment_count && status == CORNU_OK; i++) {
        uint32_t home;
        if (sources[i] == NO_SLOT) continue;
        status = variable_slot(p, graph->assignments[i].variable, &home);
        if (status != CORNU_OK) break;
        p->plan->slots[home].written = true;
        status = add_copy(p, graph->assignments[i].variable, sources[i], home);
    }
    cornu_free_(sources);
    return status;
}

/* An output that is an input, or what a variable held at the beginning, is copied into the arena:
 * it stays there until the next run, while the variable is assigned by this one and the input
 * belongs to the caller. */
static cornu_status place_outputs(planner *p) {
    p->plan->outputs = cornu_alloc_array_(p->graph->output_count, sizeof *p->plan->outputs);
    if (!p->plan->outputs) return CORNU_ENOMEM;
    for (size_t i = 0; i < p->graph->output_count; i++) {
        uint32_t r = root(p, p->graph->outputs[i]), from, aside;
        const cornu_value *v = &p->graph->values[r];
        CORNU_TRY(slot_of(p, r, &from));
        p->plan->outputs[i] = from;
        cornu_slot_kind kind = p->plan->slots[from].kind;
        if (kind != CORNU_SLOT_VARIABLE && kind != CORNU_SLOT_INPUT) continue;
        CORNU_TRY(
            add_slot(p, (cornu_slot){.kind = CORNU_SLOT_ARENA, .size = bytes_of(v->tensor)}, &aside)
        );
        CORNU_TRY(add_copy(p, v->tensor, from, aside));
        p->plan->outputs[i] = aside;
    }
    return CORNU_OK;
}

/* ---- what lasts ---- */

static bool lasts(const cornu_slot *slot) {
    return slot->kind == CORNU_SLOT_CONSTANT || slot->lasting ||
           (slot->kind == CORNU_SLOT_VARIABLE && !slot->written);
}

/* The operand of a kernel that is packed once, if it lasts, gets a step of its own for that. */
static cornu_status pack(planner *p, size_t at) {
    cornu_plan *plan = p->plan;
    const cornu_kernel *kernel = plan->steps[at].kernel;
    if (!kernel->pack || !lasts(&plan->slots[plan->steps[at].operands[kernel->pack_operand]]))
        return CORNU_OK;
    cornu_step *step;
    uint32_t room;
    CORNU_TRY(add_slot(p, (cornu_slot){.kind = CORNU_SLOT_ARENA, .size = kernel->pack_size}, &room)
    );
    CORNU_TRY(add_step(p, kernel->pack, "pack", 2, &step));
    cornu_step packing = *step, *reader = &plan->steps[at];
    packing.operands[0] = reader->operands[kernel->pack_operand];
    packing.operands[1] = room;
    reader->operands[kernel->pack_operand] = room;
    reader->kernel = kernel->packed;
    if (kernel->packed->workspace_size > plan->workspace_size)
        plan->workspace_size = kernel->packed->workspace_size;
    /* the new step comes before the one that reads what it makes */
    for (size_t i = plan->step_count - 1; i > at; i--) plan->steps[i] = plan->steps[i - 1];
    plan->steps[at] = packing;
    return CORNU_OK;
}

/* Finds the steps of a prediction whose results depend on weights alone. They are computed when a
 * weight has changed, and keep their places in the arena. A plan that assigns computes everything
 * anew: its weights change with every run. */
static cornu_status find_lasting(planner *p) {
    cornu_plan *plan = p->plan;
    if (plan->assigns) return CORNU_OK;
    for (size_t s = 0; s < plan->step_count; s++) {
        CORNU_TRY(pack(p, s));
        cornu_step *step = &plan->steps[s];
        step->lasting = true;
        for (uint32_t k = 0; k + step->output_count < step->operand_count; k++)
            step->lasting = step->lasting && lasts(&plan->slots[step->operands[k]]);
        for (uint32_t k = 0; k < step->operand_count && step->lasting; k++) {
            cornu_slot *slot = &plan->slots[step->operands[k]];
            slot->watched = slot->watched || slot->kind == CORNU_SLOT_VARIABLE;
            slot->lasting = slot->lasting || slot->kind == CORNU_SLOT_ARENA;
        }
    }
    return CORNU_OK;
}

/* ---- the arena ---- */

static cornu_status place(planner *p) {
    cornu_plan *plan = p->plan;
    cornu_lifetime *lifetimes = cornu_alloc_array_(plan->slot_count, sizeof *lifetimes);
    if (!lifetimes) return CORNU_ENOMEM;
    for (size_t i = 0; i < plan->slot_count; i++) lifetimes[i] = (cornu_lifetime){.first = NEVER};
    for (size_t s = 0; s < plan->step_count; s++) {
        for (uint32_t k = 0; k < plan->steps[s].operand_count; k++) {
            uint32_t slot = plan->steps[s].operands[k];
            if (plan->slots[slot].kind != CORNU_SLOT_ARENA) continue;
            if (lifetimes[slot].first == NEVER) lifetimes[slot].first = s;
            lifetimes[slot].last = s;
            lifetimes[slot].size = plan->slots[slot].size;
        }
    }
    for (size_t i = 0; i < plan->output_count; i++) lifetimes[plan->outputs[i]].last = NEVER;
    for (size_t i = 0; i < plan->slot_count; i++) {
        if (lifetimes[i].first == NEVER) lifetimes[i].size = 0, lifetimes[i].first = 0;
        if (plan->slots[i].lasting) lifetimes[i].first = 0, lifetimes[i].last = NEVER;
    }
    cornu_status status = cornu_arena_place_(lifetimes, plan->slot_count, &plan->arena_size);
    for (size_t i = 0; i < plan->slot_count; i++) plan->slots[i].offset = lifetimes[i].offset;
    cornu_free_(lifetimes);
    return status;
}

static cornu_status name_ends(planner *p) {
    const cornu_graph *graph = p->graph;
    cornu_plan *plan = p->plan;
    plan->inputs = cornu_alloc_array_(graph->input_count, sizeof *plan->inputs);
    plan->output_specs = cornu_alloc_array_(graph->output_count, sizeof *plan->output_specs);
    if (!plan->inputs || !plan->output_specs) return CORNU_ENOMEM;
    for (size_t i = 0; i < graph->input_count; i++)
        CORNU_TRY(slot_of(p, graph->inputs[i], &plan->inputs[i]));
    plan->input_count = graph->input_count;
    for (size_t i = 0; i < graph->output_count; i++) {
        const cornu_tensor *tensor = graph->values[graph->outputs[i]].tensor;
        plan->output_specs[i] = (cornu_spec){tensor->dtype, tensor->shape};
        if (plan->rounds > 1) plan->output_specs[i].shape.dims[0] *= plan->rounds;
    }
    plan->output_count = graph->output_count;
    return CORNU_OK;
}

static cornu_status make(planner *p) {
    size_t count = p->graph->value_count;
    p->kept = cornu_alloc_array_(count, sizeof *p->kept);
    p->slot_of = cornu_alloc_array_(count, sizeof *p->slot_of);
    p->made_at = cornu_alloc_array_(count, sizeof *p->made_at);
    p->last_read = cornu_alloc_array_(count, sizeof *p->last_read);
    p->home = cornu_alloc_array_(count, sizeof *p->home);
    if (!p->kept || !p->slot_of || !p->made_at || !p->last_read || !p->home) return CORNU_ENOMEM;
    CORNU_TRY(cornu_graph_fuse_(p->graph, &p->units));
    note_units(p);
    for (size_t i = 0; i < p->graph->assignment_count; i++) {
        if (in_place(p, &p->graph->assignments[i]))
            p->home[root(p, p->graph->assignments[i].value)] = (int64_t)i;
    }
    CORNU_TRY(lower(p));
    CORNU_TRY(place_outputs(p));
    CORNU_TRY(copy_home(p));
    CORNU_TRY(name_ends(p));
    for (size_t i = 0; i < p->plan->slot_count; i++)
        p->plan->assigns = p->plan->assigns || p->plan->slots[i].written;
    CORNU_TRY(find_lasting(p));
    return place(p);
}

cornu_status cornu_plan_create_(const cornu_graph *graph, cornu_plan **plan) {
    planner p = {.graph = graph, .plan = cornu_alloc_(sizeof *p.plan)};
    if (!p.plan) return CORNU_ENOMEM;
    const cornu_backend *backend = cornu_backend_current_();
    p.plan->rounds = graph->rounds > 1 ? graph->rounds : 1;
    p.plan->lanes = 1;
    p.plan->backend = backend;
    int before = 0;
    if (backend->parallel && backend->limit_threads) {
        int threads = cornu_num_threads();
        p.plan->lanes = p.plan->rounds < threads ? (int)p.plan->rounds : threads;
        before = backend->limit_threads(p.plan->lanes > 1 ? 1 : 0);
    }
    cornu_status status = make(&p);
    if (backend->parallel && backend->limit_threads) (void)backend->limit_threads(before);
    cornu_units_free_(&p.units);
    cornu_free_(p.kept);
    cornu_free_(p.slot_of);
    cornu_free_(p.made_at);
    cornu_free_(p.last_read);
    cornu_free_(p.home);
    if (status != CORNU_OK) return cornu_plan_free_(p.plan), status;
    *plan = p.plan;
    return CORNU_OK;
}

void cornu_plan_free_(cornu_plan *plan) {
    if (!plan) return;
    for (size_t i = 0; i < plan->step_count; i++) {
        cornu_free_(plan->steps[i].operands);
        cornu_free_(plan->steps[i].ops);
        cornu_free_(plan->steps[i].origin);
    }
    for (size_t i = 0; i < plan->slot_count; i++) cornu_tensor_free(plan->slots[i].tensor);
    cornu_free_(plan->steps);
    cornu_free_(plan->slots);
    cornu_free_(plan->inputs);
    cornu_free_(plan->outputs);
    cornu_free_(plan->output_specs);
    cornu_free_(plan);
}
