/* The inside of logs. */
#ifndef CORNU_NN_LOGS_H
#define CORNU_NN_LOGS_H

#include <cornu/logs.h>

/* Sets every entry of `from` under its name with `prefix` before it. */
cornu_status cornu_logs_copy_(cornu_logs *to, const cornu_logs *from, const char *prefix);
/* Leaves nothing in `logs` but what is in `by`. Where that was in it before, nothing is allocated.
 */
cornu_status cornu_logs_replace_(cornu_logs *logs, const cornu_logs *by);
/* By name. */
void cornu_logs_sort_(cornu_logs *logs);

#endif
