/* Fusion: elementwise nodes of one shape become one kernel, a program that keeps what is between
 * them in registers. A group may have several results (the three of an Adam update), and is never
 * one that would have to run before and after another unit. A product whose kernel takes a program
 * joins the first group that reads it. Units are put into an order in which variables can be
 * assigned in place. */
#include "backend/kernel.h"
#include "base/memory.h"
#include "graph/plan.h"

#include <string.h>

enum { NO_UNIT = -1 };

typedef struct fusion {
    const cornu_graph *graph;
    int32_t *unit_of;     /* [nodes]: the unit of a node, NO_UNIT for views and dead ones */
    cornu_unit *units;    /* [nodes]: as many as there can be; merged ones are empty */
    cornu_dtype *compute; /* [nodes]: of elementwise nodes that may be fused */
    bool *fusible;        /* [nodes] */
    bool *product;        /* [nodes]: a product whose kernel takes a program */
    bool *open;           /* [nodes], by unit: its turn has come, but it waits for others */
    bool *done;           /* [nodes], by unit: it has its place in the order */
    uint32_t *seen;       /* [nodes], by unit: stamp of the last search */
    uint32_t stamp;
} fusion;

uint32_t cornu_graph_root_(const cornu_graph *graph, uint32_t value) {
    for (;;) {
        const cornu_value *v = &graph->values[value];
        if (v->kind != CORNU_VALUE_RESULT || !(graph->nodes[v->node].op->flags & CORNU_OP_VIEW))
            return value;
        value = graph->nodes[v->node].inputs[0];
    }
}

/* The unit that makes a value, or NO_UNIT for what is there from the start. */
static int32_t unit_of_value(const fusion *f, uint32_t value) {
    const cornu_value *v = &f->graph->values[cornu_graph_root_(f->graph, value)];
    return v->kind == CORNU_VALUE_RESULT ? f->unit_of[v->node] : NO_UNIT;
}

/* Whether `from` needs, directly or not, what `target` makes. */
static bool depends(fusion *f, int32_t from, int32_t target) {
    if (from == NO_UNIT) return false;
    if (from == target) return true;
    if (f->seen[from] == f->stamp) return false;
    f->seen[from] = f->stamp;
    const cornu_unit *unit = &f->units[from];
    for (size_t i = 0; i < unit->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[unit->nodes[i]];
        for (size_t k = 0; k < node->input_count; k++) {
            int32_t before = unit_of_value(f, node->inputs[k]);
            if (before != from && depends(f, before, target)) return true;
        }
    }
    return false;
}

/* Whether `unit` needs `target` by a way that leads over a third unit: then the two cannot be
 * one. */
static bool depends_by_detour(fusion *f, int32_t unit, int32_t target) {
    f->stamp++;
    const cornu_unit *u = &f->units[unit];
    for (size_t i = 0; i < u->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[u->nodes[i]];
        for (size_t k = 0; k < node->input_count; k++) {
            int32_t before = unit_of_value(f, node->inputs[k]);
            if (before != unit && before != target && depends(f, before, target)) return true;
        }
    }
    return false;
}

static cornu_status add_node(cornu_unit *unit, uint32_t node) {
    CORNU_TRY(CORNU_RESERVE_(unit->nodes, unit->node_capacity, unit->node_count + 1));
    size_t at = unit->node_count++;
    for (; at > 0 && unit->nodes[at - 1] > node; at--) unit->nodes[at] = unit->nodes[at - 1];
    unit->nodes[at] = node;
    return CORNU_OK;
}

static const cornu_tensor *out_of(const fusion *f, uint32_t node) {
    return f->graph->values[f->graph->nodes[node].out].tensor;
}

static bool alike(const fusion *f, uint32_t a, uint32_t b) {
    return f->fusible[a] && f->fusible[b] && f->compute[a] == f->compute[b] &&
           cornu_shape_equal(&out_of(f, a)->shape, &out_of(f, b)->shape);
}

/* Instructions that give 1 or 0 and nothing else. */
static bool gives_truth(const cornu_graph_node *node) {
    if (!(node->op->flags & CORNU_OP_ELEMENTWISE)) return false;
    int code = node->op->code;
    return (code >= CORNU_EW_ISNAN && code <= CORNU_EW_NOT) ||
           (code >= CORNU_EW_EQUAL && code <= CORNU_EW_XOR);
}

/* A value inside a program is a number of the compute type or a truth value. Conversions to
 * anything else round (and true + true is true): they must go through memory. */
static bool may_be_inside(const fusion *f, uint32_t node) {
    cornu_dtype dtype = out_of(f, node)->dtype;
    return dtype == f->compute[node] ||
           (dtype == CORNU_BOOL && gives_truth(&f->graph->nodes[node]));
}

/* Whether all that `reader` reads of `maker` may stay in registers. What it reads through a view
 * may not: a program knows its inputs and its registers, and the view of a register is neither. */
static bool may_pass_inside(const fusion *f, int32_t reader, int32_t maker) {
    const cornu_unit *unit = &f->units[reader];
    for (size_t i = 0; i < unit->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[unit->nodes[i]];
        for (size_t k = 0; k < node->input_count; k++) {
            uint32_t value = node->inputs[k];
            if (unit_of_value(f, value) != maker) continue;
            if (cornu_graph_root_(f->graph, value) != value ||
                !may_be_inside(f, (uint32_t)f->graph->values[value].node))
                return false;
        }
    }
    return true;
}

static cornu_status merge(fusion *f, int32_t into, int32_t from) {
    f->units[into].instructions += f->units[from].instructions;
    for (size_t i = 0; i < f->units[from].node_count; i++) {
        CORNU_TRY(add_node(&f->units[into], f->units[from].nodes[i]));
        f->unit_of[f->units[from].nodes[i]] = into;
    }
    f->units[from].node_count = 0;
    return CORNU_OK;
}

/* Joins the node's unit with those of its inputs, where that is possible. */
static cornu_status join_makers(fusion *f, uint32_t node) {
    const cornu_graph_node *n = &f->graph->nodes[node];
    for (size_t k = 0; k < n->input_count; k++) {
        const cornu_value *v =
            &f->graph->values[n->inputs[k]]; /* not through views: shapes differ there */
        if (v->kind != CORNU_VALUE_RESULT || f->graph->nodes[v->node].dead) continue;
        uint32_t before = (uint32_t)v->node;
        int32_t mine = f->unit_of[node], other = f->unit_of[before];
        if (other == NO_UNIT || other == mine || !alike(f, node, before)) continue;
        if (f->units[mine].instructions + f->units[other].instructions > CORNU_LARGEST_UNIT)
            continue;
        if (!may_pass_inside(f, mine, other) || !may_pass_inside(f, other, mine)) continue;
        if (depends_by_detour(f, mine, other) || depends_by_detour(f, other, mine)) continue;
        CORNU_TRY(merge(f, other, mine));
    }
    return CORNU_OK;
}

/* The unit of elementwise nodes that could work on a product's result where it is made: it reads
 * the result as it is, element by element. */
static int32_t unit_for_product(fusion *f, uint32_t product, uint32_t reader) {
    int32_t unit = f->unit_of[reader], mine = f->unit_of[product];
    if (unit == NO_UNIT || !f->fusible[reader] || f->units[unit].has_product) return NO_UNIT;
    bool suits = f->compute[reader] == CORNU_FLOAT32 &&
                 cornu_shape_equal(&out_of(f, reader)->shape, &out_of(f, product)->shape) &&
                 may_pass_inside(f, unit, mine) && !depends_by_detour(f, unit, mine);
    return suits ? unit : NO_UNIT;
}

static cornu_status join_product(fusion *f, uint32_t product) {
    uint32_t value = f->graph->nodes[product].out;
    for (uint32_t i = product + 1; i < f->graph->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[i];
        for (size_t k = 0; k < node->input_count && !node->dead; k++) {
            if (node->inputs[k] != value) continue;
            int32_t unit = unit_for_product(f, product, i);
            if (unit == NO_UNIT) continue;
            f->units[unit].has_product = true;
            f->units[unit].product = product;
            return merge(f, unit, f->unit_of[product]);
        }
    }
    return CORNU_OK;
}

/* Whether the backend's kernel of a product takes a program on the result as it stands. */
static cornu_status classify_product(fusion *f, uint32_t node) {
    const cornu_backend *backend = cornu_backend_current_();
    const cornu_shape *shape = &out_of(f, node)->shape;
    cornu_description description;
    if (!backend->takes_program) return CORNU_OK;
    CORNU_TRY(cornu_graph_describe_(f->graph, &f->graph->nodes[node], &description));
    const cornu_kernel_desc *desc = &description.request.desc;
    bool takes = desc->kind == CORNU_KERNEL_MATMUL && desc->operand_count == 3 &&
                 desc->operands[2].rank == shape->rank && backend->takes_program(desc);
    for (int axis = 0; takes && axis < shape->rank; axis++)
        takes = desc->operands[2].dims[axis] == shape->dims[axis];
    f->product[node] = takes;
    f->compute[node] = CORNU_FLOAT32;
    cornu_description_free_(&description);
    return CORNU_OK;
}

/* Whether the node is computed by an elementwise kernel of a type that programs can mix, and in
 * which. */
static cornu_status classify(fusion *f, uint32_t node) {
    const cornu_graph_node *n = &f->graph->nodes[node];
    cornu_description description;
    if (n->op->flags & CORNU_OP_PRODUCT) return classify_product(f, node);
    if (!(n->op->flags & (CORNU_OP_FUSIBLE | CORNU_OP_ELEMENTWISE))) return CORNU_OK;
    CORNU_TRY(cornu_graph_describe_(f->graph, n, &description));
    f->fusible[node] =
        description.request.desc.kind == CORNU_KERNEL_ELEMENTWISE && n->input_count > 0;
    f->compute[node] = description.request.desc.compute;
    f->units[node].instructions = description.request.desc.program_length;
    cornu_description_free_(&description);
    return CORNU_OK;
}

static cornu_status prepare(fusion *f) {
    size_t count = f->graph->node_count;
    f->unit_of = cornu_alloc_array_(count, sizeof *f->unit_of);
    f->units = cornu_alloc_array_(count, sizeof *f->units);
    f->compute = cornu_alloc_array_(count, sizeof *f->compute);
    f->fusible = cornu_alloc_array_(count, sizeof *f->fusible);
    f->product = cornu_alloc_array_(count, sizeof *f->product);
    f->open = cornu_alloc_array_(count, sizeof *f->open);
    f->done = cornu_alloc_array_(count, sizeof *f->done);
    f->seen = cornu_alloc_array_(count, sizeof *f->seen);
    bool complete = f->unit_of && f->units && f->compute && f->fusible && f->product && f->open &&
                    f->done && f->seen;
    for (size_t i = 0; complete && i < count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[i];
        f->unit_of[i] = NO_UNIT;
        if (node->dead || (node->op->flags & CORNU_OP_VIEW)) continue;
        f->unit_of[i] = (int32_t)i;
        CORNU_TRY(add_node(&f->units[i], (uint32_t)i));
        CORNU_TRY(classify(f, (uint32_t)i));
    }
    return complete ? CORNU_OK : CORNU_ENOMEM;
}

/* ---- the order ---- */

static cornu_status emit_unit(fusion *f, int32_t unit, cornu_units *units);

/* Whether a unit needs, directly or not, one whose turn has come already. */
static bool needs_open(fusion *f, int32_t unit) {
    if (unit == NO_UNIT || f->done[unit] || f->seen[unit] == f->stamp) return false;
    if (f->open[unit]) return true;
    f->seen[unit] = f->stamp;
    const cornu_unit *u = &f->units[unit];
    for (size_t i = 0; i < u->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[u->nodes[i]];
        for (size_t k = 0; k < node->input_count; k++) {
            int32_t before = unit_of_value(f, node->inputs[k]);
            if (before != unit && needs_open(f, before)) return true;
        }
    }
    return false;
}

/* Units that read a variable's old value come, where that is possible, before the one that makes
 * the new value: it can then be written in place. */
static cornu_status emit_readers(
    fusion *f, int32_t unit, const cornu_assignment *assignment, cornu_units *units
) {
    const cornu_graph *graph = f->graph;
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        int32_t reader = f->unit_of[i];
        if (reader == NO_UNIT || reader == unit || f->open[reader] || f->done[reader]) continue;
        for (size_t k = 0; k < node->input_count; k++) {
            const cornu_value *v = &graph->values[cornu_graph_root_(graph, node->inputs[k])];
            if (v->kind != CORNU_VALUE_VARIABLE || v->tensor->id != assignment->variable->id)
                continue;
            f->stamp++;
            if (!needs_open(f, reader)) CORNU_TRY(emit_unit(f, reader, units));
            break;
        }
    }
    return CORNU_OK;
}

/* Depth first: a unit comes after all that it needs. */
static cornu_status emit_unit(fusion *f, int32_t unit, cornu_units *units) {
    if (unit == NO_UNIT || f->open[unit] || f->done[unit]) return CORNU_OK;
    f->open[unit] = true;
    cornu_unit *u = &f->units[unit];
    for (size_t i = 0; i < u->node_count; i++) {
        const cornu_graph_node *node = &f->graph->nodes[u->nodes[i]];
        for (size_t k = 0; k < node->input_count; k++)
            CORNU_TRY(emit_unit(f, unit_of_value(f, node->inputs[k]), units));
    }
    for (size_t i = 0; u->has_product && i < f->graph->assignment_count; i++) {
        const cornu_assignment *assignment = &f->graph->assignments[i];
        if (unit_of_value(f, assignment->value) == unit)
            CORNU_TRY(emit_readers(f, unit, assignment, units));
    }
    CORNU_TRY(CORNU_RESERVE_(units->units, units->capacity, units->count + 1));
    units->units[units->count++] = *u;
    *u = (cornu_unit){0};
    f->done[unit] = true;
    return CORNU_OK;
}

cornu_status cornu_graph_fuse_(const cornu_graph *graph, cornu_units *units) {
    fusion f = {.graph = graph};
    *units = (cornu_units){0};
    cornu_status status = prepare(&f);
    for (size_t i = 0; i < graph->node_count && status == CORNU_OK; i++) {
        if (f.unit_of[i] != NO_UNIT && f.fusible[i]) status = join_makers(&f, (uint32_t)i);
    }
    for (size_t i = 0; i < graph->node_count && status == CORNU_OK; i++) {
        if (f.unit_of[i] != NO_UNIT && f.product[i]) status = join_product(&f, (uint32_t)i);
    }
    for (size_t i = 0; i < graph->node_count && status == CORNU_OK; i++)
        status = emit_unit(&f, f.unit_of[i], units);
    for (size_t i = 0; f.units && i < graph->node_count; i++) cornu_free_(f.units[i].nodes);
    cornu_free_(f.unit_of);
    cornu_free_(f.units);
    cornu_free_(f.compute);
    cornu_free_(f.fusible);
    cornu_free_(f.product);
    cornu_free_(f.open);
    cornu_free_(f.done);
    cornu_free_(f.seen);
    if (status != CORNU_OK) cornu_units_free_(units);
    return status;
}

void cornu_units_free_(cornu_units *units) {
    for (size_t i = 0; i < units->count; i++) cornu_free_(units->units[i].nodes);
    cornu_free_(units->units);
    *units = (cornu_units){0};
}
