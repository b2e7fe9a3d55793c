/* Signals that ask a program to end. */
#ifndef CORNU_BASE_SIGNAL_H
#define CORNU_BASE_SIGNAL_H

#include <cornu/error.h>

/* From now on SIGINT and SIGTERM are noted instead of ending the process, once: a second one of a
 * kind ends it. `on` false: back to what they did before. */
cornu_status cornu_signal_watch_(bool on);
bool cornu_signal_is_watched_(void);
/* From now on writing that cannot be done fails, instead of ending the process. */
void cornu_signal_ignore_writing_(void);
/* The signal that came, or 0. Cheap. */
int cornu_signal_(void);

#endif
