/* Which instruction set the loops use: the best one that the processor has, or what CORNU_ISA
 * (base, avx2, avx512) asks for, if the processor has it. */
#ifndef CORNU_BACKEND_CPU_ISA_H
#define CORNU_BACKEND_CPU_ISA_H

#include "loops.h"

/* The loops that new kernels get. */
const cornu_cpu_loops *cornu_cpu_loops_(void);

/* For tests: level 0 is the baseline. NULL where the machine or the build has no such level. */
enum { CORNU_CPU_ISA_LEVELS = 3 };
const cornu_cpu_loops *cornu_cpu_loops_of_level_(int level);
/* New kernels get `loops`; NULL restores the choice by the processor. The kernel cache does not
 * know of it: clear it. */
void cornu_cpu_loops_use_(const cornu_cpu_loops *loops);

#endif
