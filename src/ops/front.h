/* The first elements of a tensor, for ops whose kernels put several results into one. */
#ifndef CORNU_OPS_FRONT_H
#define CORNU_OPS_FRONT_H

#include "graph/op.h"

/* The first elements of x in the given shape, in x's buffer. */
cornu_tensor *cornu_front_(cornu_tensor *x, cornu_shape shape);

#endif
