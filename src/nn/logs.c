/* Logs: named numbers in order, as callbacks and histories see them. */
#include "nn/logs.h"
#include "base/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void cornu_logs_clear(cornu_logs *logs) {
    if (!logs) return;
    for (size_t i = 0; i < logs->count; i++) cornu_free_(logs->entries[i].values);
    logs->count = 0;
}

static const cornu_log_entry *find(const cornu_logs *logs, const char *name) {
    for (size_t i = 0; logs && i < logs->count; i++)
        if (strcmp(logs->entries[i].name, name) == 0) return &logs->entries[i];
    return NULL;
}

static cornu_log_entry *entry_for(cornu_logs *logs, const char *name) {
    if (!logs || !name) return (void)cornu_error_null(logs ? "name" : "logs"), NULL;
    const cornu_log_entry *found = find(logs, name);
    if (found) return &logs->entries[found - logs->entries];
    if (logs->count == CORNU_LOGS_MAX)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "logs hold %d entries at most; '%s' is one more", CORNU_LOGS_MAX, name
        );
    size_t length = strlen(name);
    if (length >= sizeof logs->entries[0].name)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "the name '%s' has %zu characters; logs take %zu", name, length,
            sizeof logs->entries[0].name - 1
        );
    cornu_log_entry *entry = &logs->entries[logs->count++];
    memset(entry, 0, sizeof *entry);
    memcpy(entry->name, name, length + 1);
    return entry;
}

cornu_status cornu_logs_set_vector(
    cornu_logs *logs, const char *name, const double *values, size_t count
) {
    double *copy = NULL;
    if (count == 0) CORNU_FAIL(CORNU_EINVAL, "the log entry '%s' has no values", name);
    if (count > 1) {
        copy = cornu_alloc_array_(count, sizeof *copy);
        if (!copy) return CORNU_ENOMEM;
        memcpy(copy, values, count * sizeof *copy);
    }
    cornu_log_entry *entry = entry_for(logs, name);
    if (!entry) {
        cornu_free_(copy);
        return cornu_error_status();
    }
    cornu_free_(entry->values);
    entry->values = copy;
    entry->count = count;
    entry->value = values[0];
    return CORNU_OK;
}

cornu_status cornu_logs_set(cornu_logs *logs, const char *name, double value) {
    return cornu_logs_set_vector(logs, name, &value, 1);
}

bool cornu_logs_has(const cornu_logs *logs, const char *name) { return find(logs, name) != NULL; }

double cornu_logs_get(const cornu_logs *logs, const char *name) {
    const cornu_log_entry *entry = find(logs, name);
    return entry ? entry->value : NAN;
}

cornu_status cornu_logs_copy_(cornu_logs *to, const cornu_logs *from, const char *prefix) {
    for (size_t i = 0; i < from->count; i++) {
        const cornu_log_entry *entry = &from->entries[i];
        char *name = cornu_format_("%s%s", prefix, entry->name);
        if (!name) return CORNU_ENOMEM;
        const double *values = entry->values ? entry->values : &entry->value;
        cornu_status status =
            cornu_logs_set_vector(to, name, values, entry->values ? entry->count : 1);
        cornu_free_(name);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const cornu_log_entry *)a)->name, ((const cornu_log_entry *)b)->name);
}

void cornu_logs_sort_(cornu_logs *logs) {
    qsort(logs->entries, logs->count, sizeof logs->entries[0], by_name);
}
