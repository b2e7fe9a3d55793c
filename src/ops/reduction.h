/* What reductions share. */
#ifndef CORNU_OPS_REDUCTION_H
#define CORNU_OPS_REDUCTION_H

#include "graph/op.h"
#include <cornu/ops.h>

/* Resolves attrs->axes (count 0: all) and gives the shape without them, or with size 1 there if
 * attrs->keepdims. */
cornu_status cornu_reduced_shape_(cornu_attrs *attrs, const cornu_tensor *x, cornu_shape *shape);
/* Describes a REDUCE kernel of `code` over node->attrs.axes. */
cornu_status cornu_describe_reduce_(
    const cornu_node *node, cornu_reduce_code code, cornu_kernel_request *request
);
/* A tensor of the shape of node->out (dy, or out itself) with the reduced axes back as size 1, so
 * that it broadcasts against the input. */
cornu_tensor *cornu_with_kept_axes_(const cornu_node *node, cornu_tensor *reduced);

#endif
