/* Copies of nodes, for recorders that keep what they saw. */
#include "graph/op.h"

#include "graph/graph.h"

#include "base/memory.h"

cornu_node *cornu_node_copy_(const cornu_node *node) {
    /* one block: the node and behind it the list of its inputs */
    size_t count = (size_t)node->input_count;
    cornu_node *copy = cornu_alloc_(sizeof *copy + count * sizeof(cornu_tensor *));
    if (copy == NULL) return NULL;
    *copy = *node;
    copy->inputs = (cornu_tensor **)(copy + 1);
    copy->out = NULL;
    for (size_t i = 0; i < count; i++) {
        /* an alias, since a variable among the inputs may be assigned before the copy is read */
        copy->inputs[i] = cornu_trace_snapshot_(node->inputs[i]);
        if (copy->inputs[i] == NULL) goto fail;
    }
    copy->out = cornu_tensor_alias_(node->out);
    if (copy->out == NULL) goto fail;
    return copy;

fail:
    cornu_node_free_(copy);
    return NULL;
}

void cornu_node_free_(cornu_node *node) {
    if (node == NULL) return;
    for (int i = 0; i < node->input_count; i++) cornu_tensor_free(node->inputs[i]);
    cornu_tensor_free(node->out);
    cornu_free_(node);
}
