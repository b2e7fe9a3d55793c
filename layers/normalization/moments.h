/* What the normalization layers share: axes of the input, statistics over them, and the formula. */
#ifndef CORNU_LAYERS_NORMALIZATION_MOMENTS_H
#define CORNU_LAYERS_NORMALIZATION_MOMENTS_H

#include <cornu/layers/normalization.h>

/* The axes counted from the front, in order. CORNU_ESHAPE names one that the shape has not. */
cornu_status cornu_norm_axes_(const cornu_axes *given, const cornu_shape *shape, cornu_axes *axes);
/* Their sizes, which must be known. */
cornu_status cornu_norm_sizes_(
    const cornu_axes *axes, const cornu_shape *shape, cornu_shape *sizes
);
/* A weight of these sizes in the input's type, with axes of size 1 for all others. */
cornu_tensor *cornu_norm_weight_(cornu_tensor *weight, const cornu_axes *axes, cornu_tensor *x);
/* float32 for 16-bit floats, which would overflow in sums of squares. */
cornu_tensor *cornu_norm_widen_(cornu_tensor *x);
/* scale * (x - mean) / sqrt(variance + epsilon) + offset; scale and offset may be NULL. */
cornu_tensor *cornu_norm_apply_(
    cornu_tensor *x, cornu_tensor *mean, cornu_tensor *variance, cornu_tensor *scale,
    cornu_tensor *offset, double epsilon
);

#endif
