/* Products without packing, in parts; see gemm_direct.c. */
#ifndef CORNU_BACKEND_CPU_GEMM_DIRECT_H
#define CORNU_BACKEND_CPU_GEMM_DIRECT_H

#include "cpu.h"
#include "elementwise.h"
#include "loops.h"
#include "matmul.h"

typedef struct cornu_gemm_direct {
    const cornu_cpu_loops *loops;
    cornu_matmul_shape shape;
    int64_t block_k;
    bool packs;   /* all of b is copied into panels, since its columns are not contiguous */
    int64_t tail; /* columns at the end that fill no vector and are copied into a panel, too */
    size_t panel_size; /* bytes */
    int threads;
    int64_t k_shares; /* of the threads, which sum over a part of k each; 1: they share rows */
} cornu_gemm_direct;

/* Some rows of the result, summed over some of k. */
typedef struct cornu_gemm_part {
    int64_t row, rows, k, k_count;
} cornu_gemm_part;

/* Whether a product is one of those that are computed here; depends on the shape and the number of
 * threads alone. */
bool cornu_gemm_direct_suits_(const cornu_matmul_shape *shape);
cornu_gemm_direct cornu_gemm_direct_make_(const cornu_matmul_shape *shape);
/* Fills `panel`, panel_size bytes, with what of b has to be copied. */
void cornu_gemm_direct_pack_(const cornu_gemm_direct *direct, const float *b, float *panel);
/* Computes a part; `c` is where its first row goes. */
void cornu_gemm_direct_part_(
    const cornu_gemm_direct *direct, const float *a, const float *b, const float *panel, float *c,
    const cornu_gemm_part *part
);

/* Whether the product can be a gradient that goes into Adam's update from the registers. */
bool cornu_gemm_direct_updates_(const cornu_gemm_direct *direct);
enum { CORNU_GEMM_UPDATE_ROOM = 2 * CORNU_CPU_GEMM_ROWS * 32 }; /* elements */
/* Computes rows of the gradient and updates those of w, m and v, which are dense. */
void cornu_gemm_direct_update_(
    const cornu_gemm_direct *direct, const float *a, const float *b,
    const cornu_adam_operands *adam, float room[CORNU_GEMM_UPDATE_ROOM], int64_t row, int64_t rows
);

#endif
