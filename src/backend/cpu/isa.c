/* Choice of the instruction set at run time. */
#include "isa.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(const cornu_cpu_loops *) chosen;

#if defined(__x86_64__)
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

const cornu_cpu_loops *cornu_cpu_loops_of_level_(int level) {
    if (level == 0) return cornu_cpu_loops_base_();
#if defined(__x86_64__)
    if (level == 1) return has_avx2() ? cornu_cpu_loops_avx2_() : NULL;
    if (level == 2) return has_avx512() ? cornu_cpu_loops_avx512_() : NULL;
#endif
    return NULL;
}

static const cornu_cpu_loops *choose(void) {
    const char *wanted = getenv("CORNU_ISA");
    const cornu_cpu_loops *best = NULL;
    for (int level = 0; level < CORNU_CPU_ISA_LEVELS; level++) {
        const cornu_cpu_loops *loops = cornu_cpu_loops_of_level_(level);
        if (!loops) continue;
        best = loops;
        if (wanted && strcmp(wanted, loops->name) == 0) break;
    }
    return best;
}

const cornu_cpu_loops *cornu_cpu_loops_(void) {
    const cornu_cpu_loops *loops = atomic_load_explicit(&chosen, memory_order_acquire);
    if (!loops) {
        /* two threads may both choose: they choose the same */
        loops = choose();
        atomic_store_explicit(&chosen, loops, memory_order_release);
    }
    return loops;
}

void cornu_cpu_loops_use_(const cornu_cpu_loops *loops) {
    atomic_store_explicit(&chosen, loops, memory_order_release);
}
