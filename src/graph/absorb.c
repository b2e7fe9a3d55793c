/* Ops that take over what is done with their result, where nobody else reads it: see `absorb` in
 * op.h. Rounding may differ from that of the ops one by one, so that exact mode does without. */
#include "base/memory.h"
#include "graph/graph.h"
#include <cornu/threads.h>

#include <string.h>

/* The one node that reads a value, if it is neither an output nor assigned; else SIZE_MAX. */
static size_t only_reader(const cornu_graph *graph, uint32_t value) {
    size_t reader = SIZE_MAX;
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        for (size_t k = 0; k < node->input_count && !node->dead; k++) {
            if (node->inputs[k] != value) continue;
            if (reader != SIZE_MAX) return SIZE_MAX;
            reader = i;
        }
    }
    for (size_t i = 0; i < graph->output_count; i++)
        if (graph->outputs[i] == value) return SIZE_MAX;
    for (size_t i = 0; i < graph->assignment_count; i++)
        if (graph->assignments[i].value == value) return SIZE_MAX;
    return reader;
}

bool cornu_graph_lasts_(const cornu_graph *graph, uint32_t value) {
    const cornu_value *v = &graph->values[value];
    if (v->kind == CORNU_VALUE_INPUT || graph->assignment_count > 0) return false;
    if (v->kind != CORNU_VALUE_RESULT) return true;
    const cornu_graph_node *node = &graph->nodes[v->node];
    for (size_t k = 0; k < node->input_count; k++)
        if (!cornu_graph_lasts_(graph, node->inputs[k])) return false;
    return true;
}

cornu_status cornu_graph_insert_(
    cornu_graph *graph, size_t at, const cornu_op_class *op, const uint32_t *inputs, size_t count,
    uint32_t *value
) {
    cornu_attrs attrs = {0};
    cornu_tensor *tensors[CORNU_GRAPH_INSERTED_INPUTS];
    cornu_spec spec;
    for (size_t k = 0; k < count; k++) tensors[k] = graph->values[inputs[k]].tensor;
    CORNU_TRY(op->infer(&attrs, tensors, (int)count, &spec));
    CORNU_TRY(CORNU_RESERVE_(graph->nodes, graph->node_capacity, graph->node_count + 1));
    CORNU_TRY(CORNU_RESERVE_(graph->values, graph->value_capacity, graph->value_count + 1));
    uint32_t *copy = cornu_alloc_array_(count, sizeof *copy);
    cornu_tensor *made = copy ? cornu_tensor_abstract_(spec.dtype, spec.shape) : NULL;
    if (!made) return cornu_free_(copy), CORNU_ENOMEM;
    memcpy(copy, inputs, count * sizeof *copy);
    *value = (uint32_t)graph->value_count++;
    graph->values[*value] =
        (cornu_value){.kind = CORNU_VALUE_RESULT, .tensor = made, .node = graph->node_count};
    for (size_t i = graph->node_count++; i > at; i--) {
        graph->nodes[i] = graph->nodes[i - 1];
        graph->values[graph->nodes[i].out].node = i;
    }
    graph->values[*value].node = at;
    graph->nodes[at] = (cornu_graph_node
    ){.op = op,
      .attrs = attrs,
      .input_count = count,
      .inputs = copy,
      .out = *value,
      .origin = graph->nodes[at + 1].origin};
    return CORNU_OK;
}

cornu_status cornu_graph_absorb_(cornu_graph *graph) {
    if (cornu_exact()) return CORNU_OK;
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        if (node->dead || !node->op->absorb) continue;
        size_t reader = only_reader(graph, node->out);
        if (reader != SIZE_MAX) CORNU_TRY(node->op->absorb(graph, i, reader));
    }
#ifndef NDEBUG
    CORNU_TRY(cornu_graph_verify_(graph));
#endif
    return cornu_graph_drop_dead_(graph);
}
