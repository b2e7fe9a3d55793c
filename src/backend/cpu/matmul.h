/* A matrix product as the cpu backend sees it: c[batch.., m, n] = a[batch.., m, k] * b[batch.., k,
 * n], c dense, strides of a and b in elements. Batch axes are merged as far as a and b allow. */
#ifndef CORNU_BACKEND_CPU_MATMUL_H
#define CORNU_BACKEND_CPU_MATMUL_H

#include "backend/kernel.h"

typedef struct cornu_matmul_shape {
    int batch_rank;
    int64_t batch_dims[CORNU_MAX_RANK];
    int64_t a_batch[CORNU_MAX_RANK], b_batch[CORNU_MAX_RANK]; /* strides; 0 broadcasts */
    int64_t batch;                                            /* product of batch_dims */
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column; /* strides of a along m and k, of b along k and n */
} cornu_matmul_shape;

/* The description of a MATMUL in its simplest form: axes merged, strides of axes of size 1
 * chosen. */
cornu_matmul_shape cornu_matmul_simplify_(const cornu_kernel_desc *desc);

/* Whether the product of this shape is computed without packing (gemm_direct.c). */
bool cornu_matmul_is_direct_(const cornu_matmul_shape *shape);

/* How many threads its product is worth. */
int cornu_matmul_threads_(const cornu_matmul_shape *shape);

/* Element offsets of a's and b's matrix number `index`; c's is index * m * n. */
void cornu_matmul_locate_(const cornu_matmul_shape *shape, int64_t index, int64_t *a, int64_t *b);

/* Packs lines of a matrix for the register blocks of gemm_packed.c and gemm_direct.c:
 * panel[lines / width][k][width] = from[line * line_stride + p * k_stride], zero beyond
 * `lines`. */
void cornu_gemm_pack_(
    float *panel, const float *from, int64_t lines, int64_t line_stride, int64_t k,
    int64_t k_stride, int64_t width
);

/* Our own product of many rows by few columns, and whether it is the best for this shape. */
cornu_status cornu_cpu_gemm_resident_(const cornu_matmul_shape *shape, cornu_kernel **kernel);
bool cornu_cpu_gemm_resident_suits_(const cornu_matmul_shape *shape);

/* Our own blocked product for any strides; m, n, k and batch are at least 1. */
cornu_status cornu_cpu_gemm_(const cornu_matmul_shape *shape, cornu_kernel **kernel);
/* Whether it is the best for this shape. */
bool cornu_cpu_gemm_suits_(const cornu_matmul_shape *shape);

#endif
