/* Passes over a graph, and the order in which they run. */
#include "base/log.h"
#include "base/memory.h"
#include "graph/graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void cornu_graph_replace_(cornu_graph *graph, uint32_t from, uint32_t to) {
    for (size_t i = 0; i < graph->node_count; i++) {
        for (size_t k = 0; k < graph->nodes[i].input_count; k++) {
            if (graph->nodes[i].inputs[k] == from) graph->nodes[i].inputs[k] = to;
        }
    }
    for (size_t i = 0; i < graph->output_count; i++) {
        if (graph->outputs[i] == from) graph->outputs[i] = to;
    }
    for (size_t i = 0; i < graph->assignment_count; i++) {
        if (graph->assignments[i].value == from) graph->assignments[i].value = to;
    }
}

/* ---- verification ---- */

static bool equal_specs(const cornu_tensor *a, const cornu_tensor *b) {
    return a->dtype == b->dtype && cornu_shape_equal(&a->shape, &b->shape);
}

static cornu_status verify_node(const cornu_graph *graph, size_t at, const bool *made) {
    const cornu_graph_node *node = &graph->nodes[at];
    for (size_t k = 0; k < node->input_count; k++) {
        uint32_t value = node->inputs[k];
        if (value >= graph->value_count)
            CORNU_FAIL(
                CORNU_ESTATE, "graph: node %zu (%s) reads value %u; there is none", at,
                node->op->name, value
            );
        if (graph->values[value].kind == CORNU_VALUE_RESULT && !made[value]) {
            CORNU_FAIL(
                CORNU_ESTATE, "graph: node %zu (%s) reads value %u before it is made", at,
                node->op->name, value
            );
        }
    }
    if (graph->values[node->out].kind != CORNU_VALUE_RESULT ||
        graph->values[node->out].node != at) {
        CORNU_FAIL(
            CORNU_ESTATE, "graph: node %zu (%s) and its value %u disagree", at, node->op->name,
            node->out
        );
    }
    return CORNU_OK;
}

cornu_status cornu_graph_verify_(const cornu_graph *graph) {
    bool *made = cornu_alloc_array_(graph->value_count, sizeof *made);
    if (!made) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < graph->node_count && status == CORNU_OK; i++) {
        if (graph->nodes[i].dead) continue;
        status = verify_node(graph, i, made);
        made[graph->nodes[i].out] = true;
    }
    for (size_t i = 0; i < graph->output_count && status == CORNU_OK; i++) {
        uint32_t value = graph->outputs[i];
        if (value >= graph->value_count) {
            status = cornu_error_set(
                CORNU_ESTATE, __FILE__, __LINE__, "graph: output %zu is value %u; there is none", i,
                value
            );
        } else if (graph->values[value].kind == CORNU_VALUE_RESULT && !made[value]) {
            status = cornu_error_set(
                CORNU_ESTATE, __FILE__, __LINE__, "graph: output %zu is never made", i
            );
        }
    }
    for (size_t i = 0; i < graph->assignment_count && status == CORNU_OK; i++) {
        uint32_t value = graph->assignments[i].value;
        const cornu_tensor *variable = graph->assignments[i].variable;
        if (value >= graph->value_count ||
            (graph->values[value].kind == CORNU_VALUE_RESULT && !made[value])) {
            status = cornu_error_set(
                CORNU_ESTATE, __FILE__, __LINE__, "graph: the value of '%s' is never made",
                variable->variable->name
            );
        } else if (!equal_specs(variable, graph->values[value].tensor)) {
            status = cornu_error_set(
                CORNU_ESTATE, __FILE__, __LINE__, "graph: '%s' is assigned another type or shape",
                variable->variable->name
            );
        }
    }
    cornu_free_(made);
    return status;
}

/* ---- dead code ---- */

cornu_status cornu_graph_drop_dead_(cornu_graph *graph) {
    bool *used = cornu_alloc_array_(graph->value_count, sizeof *used);
    if (!used) return CORNU_ENOMEM;
    for (size_t i = 0; i < graph->output_count; i++) used[graph->outputs[i]] = true;
    for (size_t i = 0; i < graph->assignment_count; i++) used[graph->assignments[i].value] = true;
    for (size_t i = graph->node_count; i-- > 0;) {
        cornu_graph_node *node = &graph->nodes[i];
        node->dead = !used[node->out];
        for (size_t k = 0; k < node->input_count && !node->dead; k++) used[node->inputs[k]] = true;
    }
    cornu_free_(used);
    return CORNU_OK;
}

/* ---- constant folding ---- */

static bool all_constant(const cornu_graph *graph, const cornu_graph_node *node) {
    for (size_t k = 0; k < node->input_count; k++) {
        if (graph->values[node->inputs[k]].kind != CORNU_VALUE_CONSTANT) return false;
    }
    return true;
}

/* A constant this large is not worth its memory: it is made again in each run. */
enum { LARGEST_FOLDED = 1 << 16 };

cornu_status cornu_graph_fold_constants_(cornu_graph *graph) {
    for (size_t i = 0; i < graph->node_count; i++) {
        cornu_graph_node *node = &graph->nodes[i];
        if (node->dead || !all_constant(graph, node) ||
            graph->values[node->out].tensor->size > LARGEST_FOLDED)
            continue;
        cornu_status status = CORNU_OK;
        CORNU_SCOPE {
            cornu_tensor **inputs = cornu_alloc_array_(node->input_count, sizeof *inputs);
            for (size_t k = 0; inputs && k < node->input_count; k++)
                inputs[k] = graph->values[node->inputs[k]].tensor;
            cornu_tensor *made =
                inputs ? cornu_emit_(node->op, &node->attrs, inputs, (int)node->input_count) : NULL;
            cornu_free_(inputs);
            uint32_t value = 0;
            /* a node that reads through a broadcast is wider than what its op gives: it stays */
            if (made && !equal_specs(made, graph->values[node->out].tensor)) break;
            status = made ? cornu_graph_add_constant_(graph, made, &value) : cornu_error_status();
            if (status != CORNU_OK) break;
            node = &graph->nodes[i];
            cornu_graph_replace_(graph, node->out, value);
            node->dead = true;
        }
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

/* ---- common subexpressions ---- */

/* Results are compared too: a node that reads through a broadcast has a result wider than its
 * inputs say. */
static bool equal_nodes(
    const cornu_graph *graph, const cornu_graph_node *a, const cornu_graph_node *b
) {
    return a->op == b->op && a->input_count == b->input_count &&
           memcmp(a->inputs, b->inputs, a->input_count * sizeof *a->inputs) == 0 &&
           cornu_attrs_equal_(&a->attrs, &b->attrs) &&
           equal_specs(graph->values[a->out].tensor, graph->values[b->out].tensor);
}

static bool equal_constants(const cornu_value *a, const cornu_value *b) {
    if (a->kind != CORNU_VALUE_CONSTANT || b->kind != CORNU_VALUE_CONSTANT) return false;
    return a->tensor == b->tensor ||
           (a->tensor->size <= 16 && cornu_tensor_equal(a->tensor, b->tensor));
}

static uint64_t node_hash(const cornu_graph_node *node) {
    uint64_t hash = (uint64_t)(uintptr_t)node->op;
    for (size_t k = 0; k < node->input_count; k++)
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + node->inputs[k];
    return hash;
}

/* Draws as well: two from one state of one generator are the same numbers. */
cornu_status cornu_graph_merge_equal_(cornu_graph *graph) {
    for (uint32_t i = 0; i < graph->value_count; i++) {
        if (graph->values[i].kind != CORNU_VALUE_CONSTANT) continue;
        for (uint32_t j = 0; j < i; j++) {
            if (!equal_constants(&graph->values[i], &graph->values[j])) continue;
            cornu_graph_replace_(graph, i, j);
            break;
        }
    }
    uint64_t *hashes = cornu_alloc_array_(graph->node_count, sizeof *hashes);
    if (!hashes) return CORNU_ENOMEM;
    for (size_t i = 0; i < graph->node_count; i++) {
        cornu_graph_node *node = &graph->nodes[i];
        if (node->dead) continue;
        hashes[i] = node_hash(node);
        for (size_t j = 0; j < i; j++) {
            const cornu_graph_node *earlier = &graph->nodes[j];
            if (earlier->dead || hashes[j] != hashes[i] || !equal_nodes(graph, earlier, node))
                continue;
            cornu_graph_replace_(graph, node->out, earlier->out);
            node->dead = true;
            break;
        }
    }
    cornu_free_(hashes);
    return CORNU_OK;
}

/* ---- all of them ---- */

static size_t living(const cornu_graph *graph) {
    size_t count = 0;
    for (size_t i = 0; i < graph->node_count; i++) count += !graph->nodes[i].dead;
    return count;
}

cornu_status cornu_graph_optimize_(cornu_graph *graph) {
    static cornu_status (*const passes[])(cornu_graph *) = {
        cornu_graph_drop_dead_,
        cornu_graph_simplify_,
        cornu_graph_fold_constants_,
        cornu_graph_merge_equal_,
    };
    size_t before;
    do {
        before = living(graph);
        for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
            CORNU_TRY(passes[i](graph));
#ifndef NDEBUG
            CORNU_TRY(cornu_graph_verify_(graph));
#endif
        }
    } while (living(graph) < before);
    return cornu_graph_drop_dead_(graph);
}
