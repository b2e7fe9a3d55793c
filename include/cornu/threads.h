/* How many threads the kernels use. */
#ifndef CORNU_THREADS_H
#define CORNU_THREADS_H
#include <cornu/error.h>
#ifdef __cplusplus
extern "C" {
#endif
/* Threads of one kernel: the machine's cores unless CORNU_NUM_THREADS or OMP_NUM_THREADS say
 * otherwise. */
CORNU_API int cornu_num_threads(void);
/* At least 1; CORNU_EINVAL otherwise. Applies to kernels executed afterwards, in every thread of
 * the program. */
CORNU_API cornu_status cornu_set_num_threads(int threads);
#ifdef __cplusplus
}
#endif
#endif
