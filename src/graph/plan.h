/* Plans: a graph made ready to run. Every kernel is chosen and every buffer placed when the plan is
 * made; a run follows the list of steps and touches nothing but the arena, the variables and what
 * it is given. A plan does not change once it is made; what a run writes is in its state, of which
 * each thread that runs the plan has its own. */
#ifndef CORNU_GRAPH_PLAN_H
#define CORNU_GRAPH_PLAN_H

#include "graph/graph.h"

/* A kernel and the slots of its operands. */
typedef struct cornu_step {
    const cornu_kernel *kernel; /* borrowed from the kernel cache */
    uint32_t operand_count, output_count; /* outputs are the last operands */
    uint32_t *operands;         /* slots */
    const char *name;           /* of the op, or "fused" */
    /* reads nothing but variables, which the plan does not assign, and constants: what it makes
     * stays as long as they do */
    bool lasting;
    char *ops, *origin; /* for people: "add+relu", "dense backward"; NULL: nothing to say */
} cornu_step;

/* Where a buffer is. */
typedef enum cornu_slot_kind {
    CORNU_SLOT_ARENA,
    CORNU_SLOT_CONSTANT,
    CORNU_SLOT_VARIABLE,
    CORNU_SLOT_INPUT
} cornu_slot_kind;
typedef struct cornu_slot {
    cornu_slot_kind kind;
    size_t offset;        /* ARENA: bytes from its start */
    cornu_tensor *tensor; /* CONSTANT, VARIABLE: retained */
    size_t size;          /* bytes */
    bool written;         /* VARIABLE: the run assigns it */
    bool watched;         /* VARIABLE: read by a lasting step */
    bool lasting;         /* ARENA: made by a lasting step */
} cornu_slot;

typedef struct cornu_plan {
    cornu_step *steps;
    size_t step_count, step_capacity;
    cornu_slot *slots;
    size_t slot_count, slot_capacity;
    uint32_t *inputs;  /* slot of each input of the graph */
    size_t input_count;
    uint32_t *outputs; /* slot of each output */
    cornu_spec *output_specs;
    size_t output_count;
    size_t arena_size, workspace_size;
    bool assigns; /* a run changes variables */
    /* A run goes through the steps so many times, each time with another part of the samples; at
     * once in so many threads, whose kernels then use one each. */
    int64_t rounds;
    int lanes;
    const cornu_backend *backend; /* whose kernels they are */
} cornu_plan;

/* Makes a plan; the graph may be freed afterwards. */
cornu_status cornu_plan_create_(const cornu_graph *graph, cornu_plan **plan);
void cornu_plan_free_(cornu_plan *plan);

/* What one run at a time needs: the arena, and the address of every slot. */
typedef struct cornu_plan_state cornu_plan_state;
cornu_status cornu_plan_state_create_(const cornu_plan *plan, cornu_plan_state **state);
void cornu_plan_state_free_(cornu_plan_state *state);

/* Runs the plan on inputs of the types and shapes that it was traced with. Variables are assigned;
 * outputs stay in the state until the next run. No allocation, unless somebody holds the old value
 * of a variable that is assigned. */
cornu_status cornu_plan_run_(cornu_plan_state *state, cornu_tensor *const *inputs);
/* A copy of an output of the last run; *new*. */
cornu_tensor *cornu_plan_output_(const cornu_plan_state *state, size_t index);
/* The output's elements where they are, until the next run. */
const void *cornu_plan_output_data_(const cornu_plan_state *state, size_t index);

void cornu_plan_dump_(const cornu_plan *plan, cornu_text *text);
/* Says on a step what its unit is made of and which layer it comes from (label.c). */
cornu_status cornu_step_label_(
    const cornu_graph *graph, const uint32_t *nodes, size_t node_count, cornu_step *step
);

/* ---- between the files of the plan ---- */

/* Instructions of a unit of several nodes, at most: their tiles stay in the first-level cache. */
enum { CORNU_LARGEST_UNIT = 40 };
/* What will be one kernel: a node, or several elementwise ones, with the product that they read if
 * there is one. Values are those of the graph. */
typedef struct cornu_unit {
    uint32_t *nodes; /* in graph order */
    size_t node_count, node_capacity;
    int instructions; /* of elementwise nodes */
    bool has_product; /* beside elementwise nodes */
    uint32_t product; /* its node */
} cornu_unit;
typedef struct cornu_units {
    cornu_unit *units; /* in an order in which they can run */
    size_t count, capacity;
} cornu_units;
/* Groups elementwise nodes of one shape into units (fuse.c). Dead nodes and views are in none. */
cornu_status cornu_graph_fuse_(const cornu_graph *graph, cornu_units *units);
void cornu_units_free_(cornu_units *units);

/* The description of one node; `room` is to be freed with cornu_description_free_ when the
 * description is not needed any more. */
typedef struct cornu_description {
    cornu_node node;
    cornu_kernel_request request;
    void *room;
} cornu_description;
cornu_status cornu_graph_describe_(
    const cornu_graph *graph, const cornu_graph_node *node, cornu_description *description
);
void cornu_description_free_(cornu_description *description);
/* The kernel of a unit, and the values of its operands, inputs first: `operands` grows as
 * needed. */
typedef struct cornu_lowered {
    const cornu_kernel *kernel;
    uint32_t *operands;
    size_t operand_count, operand_capacity;
    size_t output_count;
} cornu_lowered;
cornu_status cornu_unit_lower_(
    const cornu_graph *graph, const cornu_unit *unit, const bool *kept, cornu_lowered *lowered
);

/* The value whose buffer a value shares: itself, unless it was made by a view. */
uint32_t cornu_graph_root_(const cornu_graph *graph, uint32_t value);

/* Where lifetimes [first, last] of given sizes go in one arena, without overlap in time and place:
 * offsets[i], aligned to 64; returns the arena's size. Largest first, each as low as it fits
 * (Pisarchyk and Lee, 2020, "greedy by size"). */
typedef struct cornu_lifetime {
    size_t size;
    size_t first, last; /* steps */
    size_t offset;      /* result */
} cornu_lifetime;
cornu_status cornu_arena_place_(cornu_lifetime *lifetimes, size_t count, size_t *arena_size);

#endif
