/* What a helper program takes from itself before it looks at bytes that nobody vouches for. */
#ifndef CORNU_BASE_SANDBOX_H
#define CORNU_BASE_SANDBOX_H

#include <cornu/base.h>
#include <cornu/error.h>

/* The size of a file that was handed over. CORNU_EIO. */
cornu_status cornu_sandbox_size_(int descriptor, uint64_t *size);
/* From here on: no descriptors but 0 to `last`, at most `memory` bytes of own memory, no core file,
 * and only those system calls that reading, answering on `channel` and memory need; any other ends
 * the process. Under a sanitizer, which needs more, memory and calls stay free. CORNU_EUNSUPPORTED
 * if the system cannot do this. */
cornu_status cornu_sandbox_enter_(int channel, int last, uint64_t memory);
/* Ends the process after so many seconds of work, or ten times as many of waiting; 0: no longer. */
void cornu_sandbox_limit_(unsigned seconds);
/* Ends the process without what is registered for its end. */
_Noreturn void cornu_sandbox_leave_(int status);

#endif
