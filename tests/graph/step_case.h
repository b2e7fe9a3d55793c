/* What the tests of the graph share: a step that is traced, optimised, planned and run. */
#ifndef CORNU_TESTS_GRAPH_STEP_CASE_H
#define CORNU_TESTS_GRAPH_STEP_CASE_H

#include "graph/plan.h"
#include "support/support.h"

#include <string.h>

typedef struct compiled {
    cornu_graph *graph;
    cornu_plan *plan;
    cornu_plan_state *state;
} compiled;

/* Plans what was traced. */
static inline compiled compiled_of(cornu_graph *graph, bool optimise) {
    compiled made = {.graph = graph};
    assert_ok(cornu_graph_verify_(graph));
    if (optimise) assert_ok(cornu_graph_optimize_(graph));
    assert_ok(cornu_graph_verify_(graph));
    assert_ok(cornu_plan_create_(graph, &made.plan));
    assert_ok(cornu_plan_state_create_(made.plan, &made.state));
    return made;
}

static inline void compiled_free(compiled *step) {
    cornu_plan_state_free_(step->state);
    cornu_plan_free_(step->plan);
    cornu_graph_free_(step->graph);
    *step = (compiled){0};
}

/* An output as a tensor of the scope. */
static inline cornu_tensor *output_of(const compiled *step, size_t index) {
    return cornu_scope_add_(cornu_plan_output_(step->state, index));
}

/* The steps of the plan that carry this name. */
static inline size_t steps_named(const cornu_plan *plan, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < plan->step_count; i++) count += strcmp(plan->steps[i].name, name) == 0;
    return count;
}

/* Living nodes of an op; of all ops for NULL. */
static inline size_t nodes_named(const cornu_graph *graph, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        count += !node->dead && (name == NULL || strcmp(node->op->name, name) == 0);
    }
    return count;
}

static inline cornu_tensor *float_input(cornu_shape shape) {
    return cornu_trace_input_(CORNU_FLOAT32, shape);
}

/* A float32 tensor of the scope with a few numbers. */
#define tensor_of(shape, ...)                                                                      \
    cornu_scope_add_(cornu_test_tensor((shape), (const float[]){__VA_ARGS__}))

/* A float32 variable; to be freed. */
#define variable_named(name_, shape, ...)                                                          \
    cornu_variable(tensor_of((shape), __VA_ARGS__), .name = (name_))

#endif
