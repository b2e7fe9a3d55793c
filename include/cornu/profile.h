/* Where the time goes: kernels with their layers, times and bytes, as a Chrome trace.
 *
 * Example:
 *
 *     cornu_check(cornu_profile_begin("fit.json"));
 *     cornu_history_free(cornu_fit(model, x, y, .epochs = 1));
 *     cornu_check(cornu_profile_end());          // open fit.json in chrome://tracing or Perfetto
 *
 * An event is one run of one kernel: its ops ("matmul", "add+relu"), the layer that they come from
 * ("dense_1", "dense_1 backward", or nothing for losses, optimizers and loops of one's own), the
 * implementation, the bytes of its operands, the thread that ran it. While no profile is being
 * taken, a compiled step pays one test for it, and an op computed at once another.
 *
 * The first step of a model shows how it is traced only by a gap; skip it, or look at a later one.
 * Events are kept in memory (about 180 bytes each) until the end, at most a million of them: what
 * comes later is counted, and the count is written into the file. */
#ifndef CORNU_PROFILE_H
#define CORNU_PROFILE_H
#include <cornu/error.h>
#ifdef __cplusplus
extern "C" {
#endif
/* Begins to note the kernels of every thread. CORNU_ESTATE if a profile is being taken already;
 * CORNU_EIO if the file cannot be written. */
CORNU_API cornu_status cornu_profile_begin(const char *path);
/* Writes the file, as a whole or not at all, and stops. CORNU_ESTATE without a profile;
 * CORNU_EIO. */
CORNU_API cornu_status cornu_profile_end(void);
#ifdef __cplusplus
}
#endif
#endif
