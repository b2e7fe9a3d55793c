/* Descriptions of MOVE kernels, written loop by loop. */
#ifndef CORNU_OPS_MOVE_H
#define CORNU_OPS_MOVE_H

#include "graph/op.h"

/* Adds a loop inside those that `move` has: `size` turns with the given strides. Loops of one turn
 * are left out and a loop that continues the one around it is merged with it, so that moves of
 * equal effect become equal descriptions. False if the move would need more than CORNU_MAX_RANK
 * loops. */
bool cornu_move_loop_(cornu_move *move, int64_t size, int64_t source_stride, int64_t target_stride);

/* Makes the request a MOVE with the loops of request->moves. */
cornu_status cornu_move_describe_(cornu_kernel_request *request);

/* The product of sizes [from, to) of a shape. */
int64_t cornu_span_(const cornu_shape *shape, int from, int to);

#endif
