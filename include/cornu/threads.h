/* How many threads the kernels use, and whether results may depend on it.
 *
 * A built model can be used by several threads of a program at once for cornu_predict and
 * cornu_predict_on_batch: each run has buffers of its own, and the weights are only read. Building,
 * compiling, training and evaluating a model are for one thread at a time, with nobody predicting
 * meanwhile. cornu_call is safe in the same way for models whose layers add no losses. Scopes and
 * errors belong to the thread that makes them.
 *
 * Example:
 *
 *     cornu_check(cornu_set_num_threads(2));
 *     cornu_set_exact(true); // the same bits with 2 threads as with 16
 */
#ifndef CORNU_THREADS_H
#define CORNU_THREADS_H
#include <cornu/error.h>
#ifdef __cplusplus
extern "C" {
#endif
/* Threads of one kernel: the cores that the process may use unless CORNU_NUM_THREADS or
 * OMP_NUM_THREADS say otherwise; 1 in a library built without OpenMP. */
CORNU_API int cornu_num_threads(void);
/* At least 1; CORNU_EINVAL otherwise. Applies to kernels executed afterwards, in every thread of
 * the program. */
CORNU_API cornu_status cornu_set_num_threads(int threads);

/* Exact mode: results are the same to the bit for any number of threads, in compiled and in eager
 * steps. Matrix products then go through cornu's own loops, which add in an order that the sizes
 * alone fix. Convolutions are plain sums; without it, 3x3 kernels may use Winograd's algorithm, and
 * a compiled prediction puts the factor of batch normalization into the kernel before it. What all
 * that costs is in bench/README.md. Off unless CORNU_EXACT=1 is in the environment. Applies to
 * kernels executed afterwards, in every thread of the program. Machines with different instruction
 * sets may still differ from one another. */
CORNU_API bool cornu_exact(void);
CORNU_API void cornu_set_exact(bool exact);
#ifdef __cplusplus
}
#endif
#endif
