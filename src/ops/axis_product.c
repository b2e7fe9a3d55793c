/* A batched product, in which the axes behind are the columns: nothing is transposed. */
#include "ops/axis_product.h"

#include "ops/move.h"
#include "ops/promote.h"
#include <cornu/ops.h>

cornu_tensor *cornu_axis_product_(const double *matrix, int64_t count, cornu_tensor *x, int axis) {
    cornu_shape shape = x->shape;
    int64_t size = shape.dims[axis];
    cornu_tensor *m =
        cornu_scope_add_(cornu_tensor_from(CORNU_FLOAT64, cornu_shape(count, size), matrix));
    int64_t outer = cornu_span_(&shape, 0, axis), inner = cornu_span_(&shape, axis + 1, shape.rank);
    cornu_tensor *columns = cornu_op_reshape(x, cornu_shape(outer, size, inner));
    cornu_tensor *y = cornu_op_matmul(cornu_op_cast(m, x->dtype), columns);
    shape.dims[axis] = count;
    return cornu_op_reshape(y, shape);
}
