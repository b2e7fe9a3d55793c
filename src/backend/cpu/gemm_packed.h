/* A part of a matrix product by packed panels; see gemm_packed.c. */
#ifndef CORNU_BACKEND_CPU_GEMM_PACKED_H
#define CORNU_BACKEND_CPU_GEMM_PACKED_H

#include "loops.h"
#include "matmul.h"

enum {
    CORNU_GEMM_BLOCK_M = 264, /* a multiple of the rows of every register block: 12, 6, 4 */
    CORNU_GEMM_BLOCK_K = 512,
};

/* A stripe of c: at most CORNU_GEMM_BLOCK_M rows, any number of columns, all of k. Strides of a and
 * b are those of the shape. */
typedef struct cornu_gemm_stripe {
    const cornu_cpu_loops *loops;
    const cornu_matmul_shape *shape;
    const float *a, *b; /* where the rows and the columns begin */
    float *c;
    int64_t c_row, rows, columns;
    /* c becomes the product, or, where k is a single block, something else with it: */
    const float *shift; /* not NULL: product + shift[column] */
    bool descends;      /* c - rate * product */
    float rate;
    float *panels; /* room: cornu_gemm_panels_size_ elements */
} cornu_gemm_stripe;

/* Elements of k that are summed at a time: the whole where it is short. Depends on k alone. */
int64_t cornu_gemm_block_k_(int64_t k);
size_t cornu_gemm_panels_size_(const cornu_cpu_loops *loops);
void cornu_gemm_stripe_run_(const cornu_gemm_stripe *stripe);

#endif
