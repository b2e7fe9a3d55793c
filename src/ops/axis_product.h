/* A matrix applied along one axis of a tensor: resampling, windows that differ in size. */
#ifndef CORNU_OPS_AXIS_PRODUCT_H
#define CORNU_OPS_AXIS_PRODUCT_H

#include "graph/op.h"

/* y[.., i, ..] = sum over k of matrix[i, k] * x[.., k, ..], `count` rows; x is of a float type.
 * The values are copied. */
cornu_tensor *cornu_axis_product_(
    const double *matrix, int64_t count, cornu_tensor *x, int axis
);

#endif
