/* The origin of ops, per thread. */
#include "graph/origin.h"

#include "base/memory.h"
#include "base/profile.h"
#include "graph/graph.h"
#include "graph/watch.h"

#include <string.h>

static _Thread_local cornu_origin current;

cornu_origin cornu_origin_(void) { return current; }

void cornu_origin_set_(cornu_origin origin) { current = origin; }

/* The graph's copy of a name: layers may die before the graph does. Without memory for it the trace
 * goes on, to fail at its end. */
static const char *keep(cornu_graph *graph, const char *name) {
    for (size_t i = graph->name_count; i-- > 0;) {
        if (strcmp(graph->names[i], name) == 0) return graph->names[i];
    }
    char *copy = cornu_strdup_(name);
    if (!copy || CORNU_RESERVE_(graph->names, graph->name_capacity, graph->name_count + 1)) {
        cornu_free_(copy);
        graph->name_lost = true;
        return NULL;
    }
    return graph->names[graph->name_count++] = copy;
}

cornu_origin cornu_origin_enter_(const char *name) {
    cornu_origin before = current;
    cornu_graph *graph = cornu_trace_current_();
    if (graph && name) current = (cornu_origin){keep(graph, name), current.backward};
    else if (cornu_profile_on_() || cornu_watched_())
        current = (cornu_origin){name, current.backward};
    return before;
}
