/* The elementwise program of a product, for the kernels that run it: product.c, gemm.c. */
#ifndef CORNU_BACKEND_CPU_PRODUCT_H
#define CORNU_BACKEND_CPU_PRODUCT_H

#include "elementwise.h"
#include "matmul.h"

/* The program of a description as a kernel by rows, NULL if it has none: its inputs are the product
 * and the further operands. `kept` is the operand that the product goes to, or -1. */
cornu_status cornu_product_program_(
    const cornu_kernel_desc *desc, cornu_tile_kernel **program, int *kept
);

/* The blocked product (gemm.c) with the program of `desc`, which may be NULL. */
cornu_status cornu_cpu_gemm_with_(
    const cornu_matmul_shape *shape, const cornu_kernel_desc *desc, cornu_kernel **kernel
);
/* Whether it takes programs for this shape. */
bool cornu_cpu_gemm_takes_program_(const cornu_matmul_shape *shape);

#endif
