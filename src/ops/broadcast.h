/* The way back from a broadcast: gradients of operands that were smaller than the result. */
#ifndef CORNU_OPS_BROADCAST_H
#define CORNU_OPS_BROADCAST_H

#include "graph/op.h"

/* dy summed over the axes along which a tensor of `shape` was broadcast to dy's shape; dy itself if
 * there are none. */
cornu_tensor *cornu_sum_to_(cornu_tensor *dy, const cornu_shape *shape);
/* x, or x broadcast to `shape` where its own differs. */
cornu_tensor *cornu_spread_to_(cornu_tensor *x, const cornu_shape *shape);

#endif
