/* Where ops come from: the layer, loss or optimizer whose code is running in this thread. Dumps and
 * profiles show it; nothing depends on it. */
#ifndef CORNU_GRAPH_ORIGIN_H
#define CORNU_GRAPH_ORIGIN_H

#include <stdbool.h>

typedef struct cornu_origin {
    const char *name; /* NULL: unknown */
    bool backward;    /* an op of the derivative */
} cornu_origin;

cornu_origin cornu_origin_(void);
/* Ops come from `name` until the origin that is returned is set again. The name must live until
 * then; a graph that is being traced keeps a copy. Does nothing, unless somebody wants to know. */
cornu_origin cornu_origin_enter_(const char *name);
void cornu_origin_set_(cornu_origin origin);

#endif
