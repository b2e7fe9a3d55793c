/* What the ops over time share: lstm.c, gru.c. */
#ifndef CORNU_OPS_RECURRENT_H
#define CORNU_OPS_RECURRENT_H

#include "graph/op.h"

/* Sizes of x[batch, time, gates * units] and the operands beside it. */
typedef struct cornu_recurrent_sizes {
    int64_t batch, time, units;
} cornu_recurrent_sizes;

/* Finds the sizes from x and w[units, gates * units]. CORNU_ESHAPE. */
cornu_status cornu_recurrent_sizes_(
    const cornu_tensor *x, const cornu_tensor *w, int gates, cornu_recurrent_sizes *sizes
);
/* That an operand has the shape and the type of x, or is a mask if the shape is [batch, time]. */
cornu_status cornu_recurrent_check_(
    const cornu_tensor *operand, cornu_shape shape, cornu_dtype dtype, const char *name
);
/* The description of a kernel whose operands are those of the op, dense. */
cornu_status cornu_recurrent_describe_(
    const cornu_node *node, cornu_kernel_kind kind, cornu_kernel_request *request
);
/* Emits an op with four inputs and a mask, which may be NULL. Types of 16 bits are computed in
 * float32: rounding would add up from step to step. */
cornu_tensor *cornu_recurrent_emit_(const cornu_op_class *op, cornu_tensor *const *inputs);
/* Plane `index` of y[planes, batch, time, units]: [batch, time, units]. */
cornu_tensor *cornu_recurrent_plane_(cornu_tensor *y, int64_t index);
/* x[:, first : first + count, :] and x[..., first : first + count] of three axes. */
cornu_tensor *cornu_recurrent_steps_(cornu_tensor *x, int64_t first, int64_t count);
cornu_tensor *cornu_recurrent_columns_(cornu_tensor *x, int64_t first, int64_t count);
/* Step t of plane `index` of y: [batch, units]; of a mask [batch, time]: [batch, 1]. */
cornu_tensor *cornu_recurrent_at_(cornu_tensor *y, int64_t index, int64_t t);
cornu_tensor *cornu_recurrent_mask_at_(cornu_tensor *mask, int64_t t);
/* The last step of a plane: [batch, units]. */
cornu_tensor *cornu_recurrent_last_(cornu_tensor *plane);
/* The gradient of w from the states before each step, h (first[batch, units], then those of the
 * plane but its last), and that of their product with w, d[batch, time, columns]. */
cornu_tensor *cornu_recurrent_weights_gradient_(
    cornu_tensor *plane, cornu_tensor *first, cornu_tensor *d
);

#endif
