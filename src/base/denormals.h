/* Numbers so small that they are stored without a leading one (denormals) cost processors many
 * times what others cost. While they are flushed, the thread takes them for zero, and gives zero
 * for them. */
#ifndef CORNU_BASE_DENORMALS_H
#define CORNU_BASE_DENORMALS_H

/* Flushes from now on; gives what to restore. Does nothing where there is no such switch. */
unsigned cornu_denormals_flush_(void);
/* The state of this thread. */
unsigned cornu_denormals_state_(void);
void cornu_denormals_restore_(unsigned state);

#endif
