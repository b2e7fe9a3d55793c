/* Graphs: a step, traced once. Values and the nodes that make them, in the order in which they were
 * emitted; variables as state that is read at the start and assigned at the end.
 *
 *     cornu_graph *graph;
 *     CORNU_TRY(cornu_trace_begin_(&graph));
 *     cornu_tensor *x = cornu_trace_input_(dtype, shape);           // a stand-in for a batch
 *     ... run the step on x: ops, tapes, assignments ...
 *     cornu_trace_output_(y);
 *     CORNU_TRY(cornu_trace_end_());                                // or cornu_trace_cancel_()
 *     cornu_graph_optimize_(graph); cornu_plan_create_(graph, ...); // plan.h
 */
#ifndef CORNU_GRAPH_GRAPH_H
#define CORNU_GRAPH_GRAPH_H

#include "base/text.h"
#include "graph/op.h"

typedef enum cornu_value_kind {
    CORNU_VALUE_INPUT,    /* given with every run */
    CORNU_VALUE_CONSTANT, /* has values: `tensor` */
    CORNU_VALUE_VARIABLE, /* what the variable `tensor` holds when the run begins */
    CORNU_VALUE_RESULT    /* made by `node` */
} cornu_value_kind;

typedef struct cornu_value {
    cornu_value_kind kind;
    /* retained: the constant, the variable; otherwise abstract: type and shape */
    cornu_tensor *tensor;
    size_t node;          /* RESULT: its place in `nodes` */
} cornu_value;

typedef struct cornu_graph_node {
    const cornu_op_class *op;
    cornu_attrs attrs;
    size_t input_count;
    uint32_t *inputs; /* values */
    uint32_t out;     /* value */
    bool dead;        /* taken out by a pass */
    cornu_origin origin; /* its name is one of the graph's `names` */
} cornu_graph_node;

typedef struct cornu_assignment {
    cornu_tensor *variable; /* retained */
    uint32_t value;         /* what it is at the end of the run */
} cornu_assignment;

typedef struct cornu_graph {
    cornu_value *values;
    size_t value_count, value_capacity;
    cornu_graph_node *nodes; /* inputs of a node come before it */
    size_t node_count, node_capacity;
    uint32_t *inputs, *outputs;
    size_t input_count, input_capacity, output_count, output_capacity;
    cornu_assignment *assignments; /* one per variable */
    size_t assignment_count, assignment_capacity;
    struct cornu_variable_version *versions; /* while tracing: what each variable is by now */
    size_t version_count, version_capacity;
    char **names; /* of layers, where nodes come from */
    size_t name_count, name_capacity;
    bool name_lost; /* there was no memory for one of the names */
    int64_t rounds; /* of a graph that was split by samples; 0: it was not */
    uint32_t trace; /* its serial number */
} cornu_graph;

void cornu_graph_free_(cornu_graph *graph);

/* Tracing; one trace per thread at a time (CORNU_ESTATE). Until end or cancel, ops on traced
 * tensors and variables add nodes, and assignments are noted instead of done. The graph belongs to
 * the trace until it ends. */
cornu_status cornu_trace_begin_(cornu_graph **graph);
cornu_tensor *cornu_trace_input_(cornu_dtype dtype, cornu_shape shape); /* belongs to the scope */
cornu_status cornu_trace_output_(cornu_tensor *tensor);
cornu_status cornu_trace_end_(void);
void cornu_trace_cancel_(void); /* frees the graph */
cornu_graph *cornu_trace_current_(void);
/* What is computed between these two is no part of the trace; `resume` takes what `suspend` gave.
 */
cornu_graph *cornu_trace_suspend_(void);
void cornu_trace_resume_(cornu_graph *graph);

/* For emit: whether an op on these inputs belongs into the trace, and adding it. Results are
 * abstract. */
bool cornu_trace_wants_(const cornu_node *node);
cornu_status cornu_trace_add_(cornu_node *node);
/* An alias of a tensor; of a variable in a trace, what it is by now. *new*. */
cornu_tensor *cornu_trace_snapshot_(cornu_tensor *tensor);

/* Passes (passes.c and one file each). Each leaves a graph that computes the same. */
cornu_status cornu_graph_verify_(const cornu_graph *graph); /* CORNU_ESTATE says what is broken */
cornu_status cornu_graph_fold_constants_(cornu_graph *graph);
cornu_status cornu_graph_simplify_(cornu_graph *graph);
cornu_status cornu_graph_merge_equal_(cornu_graph *graph); /* common subexpressions */
cornu_status cornu_graph_drop_dead_(cornu_graph *graph);
/* All of them, until nothing changes; verifies between them in builds with assertions. */
cornu_status cornu_graph_optimize_(cornu_graph *graph);

/* Has ops take over what is done with their results: for steps, not for what others read. */
cornu_status cornu_graph_absorb_(cornu_graph *graph);
/* Cuts the batch of a prediction into equal parts, `rounds` of them, if no op couples samples: of
 * at most `wanted` samples, or, for 0, of as many as seems best, perhaps all. Values then are those
 * of a part (parts.c). */
cornu_status cornu_graph_split_(cornu_graph *graph, int64_t wanted);
/* Whether a value depends on nothing but constants and variables that the graph does not assign. */
bool cornu_graph_lasts_(const cornu_graph *graph, uint32_t value);
/* Adds a node before node `at`, of whose inputs all are made by then. */
enum { CORNU_GRAPH_INSERTED_INPUTS = 4 };
cornu_status cornu_graph_insert_(
    cornu_graph *graph, size_t at, const cornu_op_class *op, const uint32_t *inputs, size_t count,
    uint32_t *value
);

/* Text for people: one line per node; and Graphviz. */
void cornu_graph_dump_(const cornu_graph *graph, cornu_text *text);
void cornu_graph_dump_dot_(const cornu_graph *graph, cornu_text *text);

/* Makes every reader of value `from` read `to` instead. */
void cornu_graph_replace_(cornu_graph *graph, uint32_t from, uint32_t to);
/* Adds a constant; the tensor is retained. CORNU_ENOMEM. */
cornu_status cornu_graph_add_constant_(cornu_graph *graph, cornu_tensor *tensor, uint32_t *value);

#endif
