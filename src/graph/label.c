/* What people read on a step: its ops and where they come from. */
#include "graph/plan.h"

#include "base/memory.h"

enum { MOST_NAMES = 4 };

/* "subtract+square", "multiply+add+sqrt+divide+2 more" */
static char *list_ops(const cornu_graph *graph, const uint32_t *nodes, size_t count) {
    cornu_text text = {0};
    for (size_t i = 0; i < count && i < MOST_NAMES; i++)
        cornu_text_format_(&text, "%s%s", i ? "+" : "", graph->nodes[nodes[i]].op->name);
    if (count > MOST_NAMES) cornu_text_format_(&text, "+%zu more", count - MOST_NAMES);
    return cornu_text_take_(&text);
}

cornu_status cornu_step_label_(
    const cornu_graph *graph, const uint32_t *nodes, size_t node_count, cornu_step *step
) {
    if (node_count > 1 && !(step->ops = list_ops(graph, nodes, node_count))) return CORNU_ENOMEM;
    /* what is fused of two layers goes by the first one's name */
    for (size_t i = 0; i < node_count && !step->origin; i++) {
        cornu_origin origin = graph->nodes[nodes[i]].origin;
        if (!origin.name) continue;
        step->origin = cornu_format_("%s%s", origin.name, origin.backward ? " backward" : "");
        if (!step->origin) return CORNU_ENOMEM;
    }
    return CORNU_OK;
}
