/* The inner loops for x86-64 with AVX2 and FMA. */
#include "loops.h"

#if defined(__AVX2__) && defined(__FMA__)
#define VECTOR_BYTES 32
#include "gemm_functions.inc"
#include "moment_functions.inc"
#include "pack_functions.inc"
#include "random_functions.inc"
#include "recurrent_functions.inc"
#include "row_functions.inc"
#include "tape_functions.inc"
#include "tile_functions.inc"
#include "window_functions.inc"
#include "windowed_conv_functions.inc"
#include "winograd_functions.inc"

const cornu_cpu_loops *cornu_cpu_loops_avx2_(void) {
    static const cornu_cpu_loops loops = {
        .name = "avx2",
        TILE_FUNCTIONS,
        TAPE_FUNCTIONS,
        ROW_FUNCTIONS,
        GEMM_FUNCTIONS,
        MOMENT_FUNCTIONS,
        PACK_FUNCTIONS,
        RANDOM_FUNCTIONS,
        RECURRENT_FUNCTIONS,
        WINDOW_FUNCTIONS,
        CONV_FUNCTIONS,
        WINOGRAD_FUNCTIONS};
    return &loops;
}
#else
const cornu_cpu_loops *cornu_cpu_loops_avx2_(void) { return NULL; }
#endif
