/* oneDNN, known to the files onednn_*.c alone: the C API of its versions 2 and 3. Without it
 * (CORNU_HAVE_ONEDNN undefined) every maker gives CORNU_EUNSUPPORTED. */
#ifndef CORNU_BACKEND_CPU_ONEDNN_H
#define CORNU_BACKEND_CPU_ONEDNN_H

#include "matmul.h"

/* CORNU_EUNSUPPORTED also where oneDNN has only its slow general code for the strides. */
cornu_status cornu_onednn_matmul_(const cornu_matmul_shape *shape, cornu_kernel **kernel);
/* A CONV, CONV_INPUT or CONV_WEIGHTS of float32, no operand of which is empty. */
cornu_status cornu_onednn_conv_(const cornu_kernel_desc *desc, cornu_kernel **kernel);

#endif
