/* Looking at what every op gives, in the thread that asks for it, to find where a value went wrong.
 * Ops that are traced are not seen. */
#ifndef CORNU_GRAPH_WATCH_H
#define CORNU_GRAPH_WATCH_H

#include "graph/origin.h"

#include <cornu/tensor.h>

/* `op` is its name, `origin` the layer whose code runs. */
typedef void cornu_op_watcher(
    void *user, const char *op, cornu_origin origin, const cornu_tensor *result
);

/* NULL: nobody looks any more. */
void cornu_watch_(cornu_op_watcher *watcher, void *user);
bool cornu_watched_(void);
void cornu_watch_tell_(const char *op, const cornu_tensor *result);

#endif
