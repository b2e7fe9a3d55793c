/* Threads through OpenMP (gcc's libgomp, the pool that oneDNN uses too); without it everything runs
 * on one. Nothing starts before the first kernel runs, so that a program may fork until then. */
#include "threads.h"

#include "base/denormals.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(_OPENMP)
#include <omp.h>
#endif

/* Waking a team costs some microseconds, about what one thread needs for this many elements. */
enum { WORTH_A_TEAM = 32768 };

static atomic_int thread_count; /* 0: not asked for yet */
static atomic_int exact_mode;   /* 0: not asked for yet, 1: off, 2: on */
static _Thread_local int limit; /* of this thread's kernels; 0: none */

#if defined(_OPENMP)
/* The number that the environment asks for, or 0. OMP_NUM_THREADS may be a list by nesting level.
 */
static int from_environment(const char *name) {
    const char *text = getenv(name);
    if (!text) return 0;
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || (*end != '\0' && *end != ',') || value < 1) return 0;
    return value > INT_MAX ? INT_MAX : (int)value;
}

static int default_threads(void) {
    int threads = from_environment("CORNU_NUM_THREADS");
    if (threads == 0) threads = from_environment("OMP_NUM_THREADS");
    return threads > 0 ? threads : omp_get_num_procs();
}
#else
static int default_threads(void) { return 1; }
#endif

int cornu_threads_limit_(int threads) {
    int before = limit;
    limit = threads;
    return before;
}

int cornu_num_threads(void) {
    int threads = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (threads == 0) {
        threads = default_threads();
        atomic_store_explicit(&thread_count, threads, memory_order_relaxed);
    }
    return limit > 0 && limit < threads ? limit : threads;
}

cornu_status cornu_set_num_threads(int threads) {
    if (threads < 1) {
        CORNU_FAIL(CORNU_EINVAL, "set_num_threads: %d threads, but at least 1 is needed", threads);
    }
#if !defined(_OPENMP)
    threads = 1;
#endif
    atomic_store_explicit(&thread_count, threads, memory_order_relaxed);
    return CORNU_OK;
}

bool cornu_exact(void) {
    int mode = atomic_load_explicit(&exact_mode, memory_order_relaxed);
    if (mode == 0) {
        const char *text = getenv("CORNU_EXACT");
        mode = text && *text && strcmp(text, "0") != 0 ? 2 : 1;
        atomic_store_explicit(&exact_mode, mode, memory_order_relaxed);
    }
    return mode == 2;
}

void cornu_set_exact(bool exact) {
    atomic_store_explicit(&exact_mode, exact ? 2 : 1, memory_order_relaxed);
}

int cornu_threads_for_(int64_t elements) {
    return elements < WORTH_A_TEAM ? 1 : cornu_num_threads();
}

void cornu_parallel_(int64_t count, int threads, cornu_range_function *function, void *context) {
    if (count < threads) threads = (int)count;
#if defined(_OPENMP)
    if (threads > 1 && !omp_in_parallel()) {
        unsigned denormals = cornu_denormals_state_();
#pragma omp parallel num_threads(threads)
        {
            unsigned before = cornu_denormals_state_();
            cornu_denormals_restore_(denormals); /* as the caller has them */
            /* the team may be smaller than what was asked for */
            int64_t members = omp_get_num_threads(), thread = omp_get_thread_num();
            int64_t begin = count * thread / members, end = count * (thread + 1) / members;
            if (begin < end) function(context, begin, end, (int)thread);
            cornu_denormals_restore_(before);
        }
        return;
    }
#endif
    if (count > 0) function(context, 0, count, 0);
}

int cornu_threads_enter_(int threads) {
#if defined(_OPENMP)
    int before = omp_get_max_threads();
    if (before != threads) omp_set_num_threads(threads);
    return before;
#else
    return threads;
#endif
}

void cornu_threads_leave_(int before) {
#if defined(_OPENMP)
    if (before != omp_get_max_threads()) omp_set_num_threads(before);
#else
    (void)before;
#endif
}
