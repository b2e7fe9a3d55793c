/* What fit gives back: the logs of every epoch. keras/src/callbacks/history.py */
#include "base/memory.h"
#include "train/training.h"
#include <math.h>

typedef struct epoch_logs {
    int64_t epoch;
    cornu_logs *logs;
} epoch_logs;

struct cornu_history {
    epoch_logs *epochs;
    size_t count, capacity;
};

cornu_history *cornu_history_new_(void) { return cornu_alloc_(sizeof(cornu_history)); }

void cornu_history_free(cornu_history *history) {
    if (!history) return;
    for (size_t i = 0; i < history->count; i++) {
        cornu_logs_clear(history->epochs[i].logs);
        cornu_free_(history->epochs[i].logs);
    }
    cornu_free_(history->epochs);
    cornu_free_(history);
}

cornu_status cornu_history_add_(cornu_history *history, int64_t epoch, const cornu_logs *logs) {
    CORNU_TRY(CORNU_RESERVE_(history->epochs, history->capacity, history->count + 1));
    /* room for the entries that there are, not for as many as there could be: runs can be long */
    size_t size = offsetof(cornu_logs, entries) + logs->count * sizeof logs->entries[0];
    cornu_logs *copy = cornu_alloc_(size);
    if (!copy) return CORNU_ENOMEM;
    history->epochs[history->count++] = (epoch_logs){epoch, copy};
    return cornu_logs_copy_(copy, logs, "");
}

size_t cornu_history_epochs(const cornu_history *history) { return history ? history->count : 0; }

int64_t cornu_history_epoch(const cornu_history *history, size_t index) {
    return index < cornu_history_epochs(history) ? history->epochs[index].epoch : -1;
}

const cornu_logs *cornu_history_logs(const cornu_history *history, size_t index) {
    return index < cornu_history_epochs(history) ? history->epochs[index].logs : NULL;
}

double cornu_history_get(const cornu_history *history, const char *name, size_t index) {
    const cornu_logs *logs = cornu_history_logs(history, index);
    return logs ? cornu_logs_get(logs, name) : NAN;
}
