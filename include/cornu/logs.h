/* Logs: what training reports, and what callbacks see.
 *
 * Example:
 *
 *     cornu_logs logs = {0};
 *     cornu_check(cornu_evaluate(model, x, y, &logs));
 *     printf("loss %.4f\n", cornu_logs_get(&logs, "loss"));
 *     cornu_logs_clear(&logs);
 */
#ifndef CORNU_LOGS_H
#define CORNU_LOGS_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Named numbers in order: "loss", "accuracy", "val_loss". A plain struct that may live on the
 * stack: cornu_logs logs = {0}; cornu_logs_clear frees what it holds and empties it (NULL is fine).
 * A metric with a vector for a result has `count` > 1. */
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
/* Sets the entry of that name, or adds one; values are copied. CORNU_EINVAL (more than
 * CORNU_LOGS_MAX entries, a name of more than 127 bytes, no values), CORNU_ENOMEM. */
CORNU_API cornu_status cornu_logs_set(cornu_logs *logs, const char *name, double value);
CORNU_API cornu_status
cornu_logs_set_vector(cornu_logs *logs, const char *name, const double *values, size_t count);
CORNU_API bool cornu_logs_has(const cornu_logs *logs, const char *name);
/* the first value; NAN if it is not there */
CORNU_API double cornu_logs_get(const cornu_logs *logs, const char *name);

#ifdef __cplusplus
}
#endif
#endif
