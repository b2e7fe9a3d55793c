/* Threads of the cpu backend. Results never depend on how a range is split: whoever needs an order
 * of additions fixes it by blocks of the range, not by threads. */
#ifndef CORNU_BACKEND_CPU_THREADS_H
#define CORNU_BACKEND_CPU_THREADS_H

#include <cornu/threads.h>

/* Work on items begin .. end - 1; `thread` < the number of threads asked for, each used once. */
typedef void cornu_range_function(void *context, int64_t begin, int64_t end, int thread);

/* How many threads are worth waking for `elements` of work: 1 below some tens of thousands. */
int cornu_threads_for_(int64_t elements);
/* Splits 0 .. count - 1 into at most `threads` ranges and runs them side by side; returns when all
 * are done. On the calling thread alone if `threads` is 1 or the caller is part of a parallel
 * region. */
void cornu_parallel_(int64_t count, int threads, cornu_range_function *function, void *context);

/* Kernels that this thread makes use at most so many threads from now on, 0: as many as there are.
 * Returns what held before. */
int cornu_threads_limit_(int threads);

/* Around calls into a library that takes its number of threads from OpenMP. */
int cornu_threads_enter_(int threads);
void cornu_threads_leave_(int before);

#endif
