/* What the cpu backend's own convolution and pooling share. */
#ifndef CORNU_BACKEND_CPU_WINDOW_H
#define CORNU_BACKEND_CPU_WINDOW_H

#include "backend/window.h"
#include "cpu.h"

/* The places of an axis at which element `tap` of the window lies inside the input: begin .. end -
 * 1. */
static inline void cornu_window_places_(
    const cornu_window_axes *a, int axis, int64_t tap, int64_t *begin, int64_t *end
) {
    int64_t stride = a->stride[axis], shift = a->before[axis] - tap * a->dilation[axis];
    /* 0 <= place * stride - shift < in */
    int64_t first = shift > 0 ? (shift + stride - 1) / stride : 0;
    int64_t last = a->in[axis] - 1 + shift; /* largest place * stride */
    int64_t past = last < 0 ? 0 : last / stride + 1;
    *end = past < a->out[axis] ? past : a->out[axis];
    *begin = first < *end ? first : *end;
}

/* The input row, number along axes 0 and 1, that elements `tap0`, `tap1` of the window read at a
 * row of places; false outside. */
static inline bool cornu_window_row_(
    const cornu_window_axes *a, int64_t row, int64_t tap0, int64_t tap1, int64_t *input
) {
    int64_t at0, at1;
    if (!cornu_window_reads_(a, 0, row / a->out[1], tap0, &at0)) return false;
    if (!cornu_window_reads_(a, 1, row % a->out[1], tap1, &at1)) return false;
    *input = at0 * a->in[1] + at1;
    return true;
}

/* A convolution in which every channel stands for itself, by loops over rows; a CONV, CONV_INPUT or
 * CONV_WEIGHTS with as many groups as channels, no operand of which is empty. CORNU_EUNSUPPORTED
 * with a `code`, unless the latter says that it is finished on the way. */
cornu_status cornu_cpu_depthwise_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
bool cornu_cpu_depthwise_finishes_(const cornu_window_axes *axes);
/* A CONV with a kernel of one place as a product, finished on the way; no operand is empty.
 * CORNU_EUNSUPPORTED where others are better. */
cornu_status cornu_cpu_pointwise_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* A convolution with kernels of 3x3 by Winograd's algorithm; no operand is empty.
 * CORNU_EUNSUPPORTED where that would not pay. */
cornu_status cornu_cpu_winograd_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* Any convolution with a `code`, by one without. */
cornu_status cornu_cpu_conv_finish_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* Any convolution as a matrix product with the windows written out; no operand is empty. */
cornu_status cornu_cpu_conv_product_(const cornu_kernel_desc *desc, cornu_kernel **kernel);

#endif
