/* Strides, dilation and padding as users give them, worked out for a shape: what convolution and
 * pooling share. */
#ifndef CORNU_OPS_STENCIL_H
#define CORNU_OPS_STENCIL_H

#include <cornu/ops.h>

#include "graph/op.h"

/* The number of spatial axes of x; CORNU_ESHAPE unless it is 1 to 3. */
cornu_status cornu_spatial_rank_(const cornu_tensor *x, int *rank);
/* One number for each of `rank` axes, at least 1; `otherwise` where the window is empty. */
cornu_status cornu_window_resolve_(
    const cornu_window *window, const char *what, int rank, int64_t otherwise, int64_t *sizes
);
/* From the stencil's rank, size, stride and dilation: how much is padded in front, and the sizes of
 * the result. `in` are the spatial sizes of the input. */
cornu_status cornu_stencil_place_(
    cornu_stencil *stencil, const int64_t *in, const char *padding, cornu_shape *out
);
/* The same for a transposed convolution; output_padding of rank 0 is Keras' None. */
cornu_status cornu_stencil_place_transposed_(
    cornu_stencil *stencil, const int64_t *in, const char *padding,
    const cornu_shape *output_padding, cornu_shape *out
);
/* x with its channels, axis 1, as the last axis, and the way back. */
cornu_tensor *cornu_channels_last_(cornu_tensor *x, bool channels_first);
cornu_tensor *cornu_channels_back_(cornu_tensor *y, bool channels_first);

#endif
