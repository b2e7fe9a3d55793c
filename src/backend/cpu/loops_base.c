/* The inner loops for any processor that the build serves. */
#include "loops.h"

#define VECTOR_BYTES 16
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

const cornu_cpu_loops *cornu_cpu_loops_base_(void) {
    static const cornu_cpu_loops loops = {
        .name = "base",
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
