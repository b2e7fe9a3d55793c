/* What callbacks share that watch one value of the logs.
 * keras/src/callbacks/monitor_callback.py */
#ifndef CORNU_CALLBACKS_MONITOR_H
#define CORNU_CALLBACKS_MONITOR_H

#include <cornu/callbacks.h>
#include <cornu/model.h>

typedef struct cornu_monitor {
    const char *name; /* borrowed from the arguments */
    bool rises;       /* larger is better */
    double min_delta; /* what counts as an improvement, >= 0 */
} cornu_monitor;

/* Reads mode "min", "max" or "auto", which goes by the name: losses and errors fall, accuracies
 * rise. CORNU_EINVAL if the name says neither. */
cornu_status cornu_monitor_begin_(
    cornu_monitor *monitor, const char *name, const char *mode, double min_delta
);
/* CORNU_EINVAL if validation data are needed and there are none. */
cornu_status cornu_monitor_check_(const cornu_monitor *monitor, const cornu_model *model);
/* NAN in *value and *found false in an epoch without validation; CORNU_EINVAL lists the names that
 * there are. */
cornu_status cornu_monitor_value_(
    const cornu_monitor *monitor, const cornu_logs *logs, double *value, bool *found
);
/* Whether `value` is better than `best`; anything is better than NAN, which stands for none. */
bool cornu_monitor_improves_(const cornu_monitor *monitor, double value, double best);

#endif
