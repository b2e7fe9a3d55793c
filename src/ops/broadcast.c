/* The derivative of broadcasting is a sum over the axes that were broadcast. */
#include "ops/broadcast.h"

#include <cornu/ops.h>

cornu_tensor *cornu_sum_to_(cornu_tensor *dy, const cornu_shape *shape) {
    if (dy == NULL || cornu_shape_equal(&dy->shape, shape)) return dy;
    cornu_axes axes = {0};
    int added = dy->shape.rank - shape->rank; /* axes that broadcasting put in front */
    for (int i = 0; i < dy->shape.rank; i++) {
        bool stretched = i < added || (shape->dims[i - added] == 1 && dy->shape.dims[i] != 1);
        if (stretched) axes.axis[axes.count++] = i;
    }
    cornu_tensor *sum = axes.count == 0 ? dy : cornu_op_sum(dy, .axis = axes);
    return cornu_op_reshape(sum, *shape); /* brings back axes of size 1 */
}

cornu_tensor *cornu_spread_to_(cornu_tensor *x, const cornu_shape *shape) {
    if (x == NULL || cornu_shape_equal(&x->shape, shape)) return x;
    return cornu_op_broadcast_to(x, *shape);
}
