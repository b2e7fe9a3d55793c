/* Denormals: the switches of x86-64 (MXCSR, bits FTZ and DAZ) and AArch64 (FPCR, bit FZ). */
#include "base/denormals.h"

#if defined(__x86_64__)
enum { FLUSH = 0x8040 };

unsigned cornu_denormals_state_(void) { return __builtin_ia32_stmxcsr() & FLUSH; }

void cornu_denormals_restore_(unsigned state) {
    unsigned now = __builtin_ia32_stmxcsr(), wanted = (now & ~(unsigned)FLUSH) | state;
    if (wanted != now) __builtin_ia32_ldmxcsr(wanted);
}
#elif defined(__aarch64__) && defined(__GNUC__)
#include <stdint.h>

enum { FLUSH = 1 << 24 };

static uint64_t get(void) {
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    return state;
}

unsigned cornu_denormals_state_(void) { return (unsigned)get() & FLUSH; }

void cornu_denormals_restore_(unsigned state) {
    uint64_t now = get(), wanted = (now & ~(uint64_t)FLUSH) | state;
    if (wanted != now) __asm__ volatile("msr fpcr, %0" : : "r"(wanted));
}
#else
enum { FLUSH = 0 };

unsigned cornu_denormals_state_(void) { return 0; }

void cornu_denormals_restore_(unsigned state) { (void)state; }
#endif

unsigned cornu_denormals_flush_(void) {
    unsigned before = cornu_denormals_state_();
    cornu_denormals_restore_(FLUSH);
    return before;
}
