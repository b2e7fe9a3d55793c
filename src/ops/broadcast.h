/* The way back from a broadcast: gradients of operands that were smaller than the result. */
#ifndef CORNU_OPS_BROADCAST_H
#define CORNU_OPS_BROADCAST_H

#include "graph/op.h"

/* Whether anybody asks for the gradient of input i: what a scalar constant would get is costly to
 * compute and thrown away. */
static inline bool cornu_wants_(const cornu_node *node, int i) {
    return (node->skip & UINT64_C(1) << i) == 0;
}

/* dy summed over the axes along which a tensor of `shape` was broadcast to dy's shape; dy itself if
 * there are none. */
cornu_tensor *cornu_sum_to_(cornu_tensor *dy, const cornu_shape *shape);
/* x, or x broadcast to `shape` where its own differs. */
cornu_tensor *cornu_spread_to_(cornu_tensor *x, const cornu_shape *shape);

#endif
