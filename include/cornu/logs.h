/* Logs: what training reports, and what callbacks see. */
#ifndef CORNU_LOGS_H
#define CORNU_LOGS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Named numbers in order: "loss", "accuracy", "val_loss". A plain struct that may live on the
 * stack: cornu_logs logs = {0}; cornu_logs_clear frees what it holds. A metric with a vector for a
 * result has `count` > 1. */
typedef struct cornu_log_entry {
    char name[128];
    double value;   /* the first of `values` */
    double *values; /* NULL if there is one only */
    size_t count;
} cornu_log_entry;
#define CORNU_LOGS_MAX 64
struct cornu_logs {
    size_t count;
    cornu_log_entry entries[CORNU_LOGS_MAX];
};
CORNU_API void cornu_logs_clear(cornu_logs *logs);
CORNU_API cornu_status cornu_logs_set(cornu_logs *logs, const char *name, double value);
CORNU_API cornu_status
cornu_logs_set_vector(cornu_logs *logs, const char *name, const double *values, size_t count);
CORNU_API bool cornu_logs_has(const cornu_logs *logs, const char *name);
/* NAN if it is not there */
CORNU_API double cornu_logs_get(const cornu_logs *logs, const char *name);

#ifdef __cplusplus
}
#endif
#endif
