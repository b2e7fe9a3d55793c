/* Between the files of the convolution. */
#ifndef CORNU_OPS_CONV_H
#define CORNU_OPS_CONV_H

#include "graph/op.h"

/* `absorb` of the op conv: see conv_absorb.c. */
cornu_status cornu_conv_absorb_(struct cornu_graph *graph, size_t node, size_t reader);

#endif
