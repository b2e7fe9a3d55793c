/* Algebra that holds for every bit: views of views, casts to the type that is there, factors of
 * one, signs turned twice, broadcasts whose reader broadcasts anyway, zeros whose reader can do
 * without. Nothing here changes a
 * result, not even of NaN or of minus zero. */
#include "graph/graph.h"

static bool is_elementwise(const cornu_graph_node *node, int code) {
    return (node->op->flags & CORNU_OP_ELEMENTWISE) && node->op->code == code;
}

/* The living node that made a value, or NULL. */
static const cornu_graph_node *maker(const cornu_graph *graph, uint32_t value) {
    const cornu_value *v = &graph->values[value];
    return v->kind == CORNU_VALUE_RESULT ? &graph->nodes[v->node] : NULL;
}

static bool same_spec(const cornu_graph *graph, uint32_t a, uint32_t b) {
    const cornu_tensor *x = graph->values[a].tensor, *y = graph->values[b].tensor;
    return x->dtype == y->dtype && cornu_shape_equal(&x->shape, &y->shape);
}

static bool is_constant(const cornu_graph *graph, uint32_t value, double number) {
    const cornu_value *v = &graph->values[value];
    return v->kind == CORNU_VALUE_CONSTANT && v->tensor->size == 1 &&
           cornu_element_get_(v->tensor->dtype, v->tensor->storage->data, 0) == number;
}

/* The value that the node's result equals, or its own. */
static uint32_t equal_value(const cornu_graph *graph, const cornu_graph_node *node) {
    const uint32_t *in = node->inputs;
    const cornu_graph_node *before;
    if (node->op->flags & CORNU_OP_VIEW)
        return same_spec(graph, in[0], node->out) ? in[0] : node->out;
    if (is_elementwise(node, CORNU_EW_COPY))
        return same_spec(graph, in[0], node->out) ? in[0] : node->out;
    if (is_elementwise(node, CORNU_EW_MULTIPLY)) {
        if (is_constant(graph, in[1], 1) && same_spec(graph, in[0], node->out)) return in[0];
        if (is_constant(graph, in[0], 1) && same_spec(graph, in[1], node->out)) return in[1];
    }
    if (is_elementwise(node, CORNU_EW_DIVIDE) && is_constant(graph, in[1], 1) &&
        same_spec(graph, in[0], node->out))
        return in[0];
    if (is_elementwise(node, CORNU_EW_NEGATIVE) && (before = maker(graph, in[0])) &&
        is_elementwise(before, CORNU_EW_NEGATIVE) &&
        same_spec(
            graph, before->inputs[0], node->out
        )) { /* the inner one may read through a broadcast */
        return before->inputs[0];
    }
    return node->out;
}

/* Whether a view has all elements of what it reads. */
static bool whole(const cornu_graph *graph, const cornu_graph_node *view) {
    return graph->values[view->out].tensor->size == graph->values[view->inputs[0]].tensor->size;
}

/* Reads through what the node would do itself. */
static void read_through(const cornu_graph *graph, cornu_graph_node *node) {
    bool view = node->op->flags & CORNU_OP_VIEW,
         elementwise = node->op->flags & CORNU_OP_ELEMENTWISE;
    for (size_t k = 0; k < node->input_count; k++) {
        const cornu_graph_node *before = maker(graph, node->inputs[k]);
        if (!before) continue;
        if (view && (before->op->flags & CORNU_OP_VIEW) && whole(graph, before))
            node->inputs[k] = before->inputs[0];
        if ((node->op->flags & CORNU_OP_TAKES_FRONT) && (before->op->flags & CORNU_OP_LENGTHENS))
            node->inputs[k] = before->inputs[0];
        if (elementwise && (before->op->flags & CORNU_OP_BROADCAST))
            node->inputs[k] = before->inputs[0];
    }
}

cornu_status cornu_graph_simplify_(cornu_graph *graph) {
    for (size_t i = 0; i < graph->node_count; i++) {
        cornu_graph_node *node = &graph->nodes[i];
        if (node->dead) continue;
        read_through(graph, node);
        uint32_t value = equal_value(graph, node);
        if (value == node->out) continue;
        cornu_graph_replace_(graph, node->out, value);
        node->dead = true;
    }
    return CORNU_OK;
}
