/* Logs: named numbers in order, as callbacks and histories see them. */
#include "nn/logs.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>
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
    const cornu_log_entry *found = name ? find(logs, name) : NULL;
    if (count > 1 && found && found->values && found->count == count) {
        memmove(found->values, values, count * sizeof *values); /* room from the last time */
        logs->entries[found - logs->entries].value = found->values[0];
        return CORNU_OK;
    }
    if (count > 1) {
        copy = cornu_alloc_array_(count, sizeof *copy);
        if (!copy) return CORNU_ENOMEM;
        memcpy(copy, values, count * sizeof *copy);
    }
    double first = values[0];
    cornu_log_entry *entry = entry_for(logs, name);
    if (!entry) {
        cornu_free_(copy);
        return cornu_error_status();
    }
    cornu_free_(entry->values);
    entry->values = copy;
    entry->count = count;
    entry->value = first;
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
        char name[2 * sizeof entry->name]; /* of a prefix that is too long, enough to say so */
        snprintf(name, sizeof name, "%s%s", prefix, entry->name);
        const double *values = entry->values ? entry->values : &entry->value;
        CORNU_TRY(cornu_logs_set_vector(to, name, values, entry->values ? entry->count : 1));
    }
    return CORNU_OK;
}

cornu_status cornu_logs_replace_(cornu_logs *logs, const cornu_logs *by) {
    bool same = logs->count >= by->count;
    for (size_t i = 0; same && i < by->count; i++)
        same = strcmp(logs->entries[i].name, by->entries[i].name) == 0;
    if (!same) cornu_logs_clear(logs);
    while (logs->count > by->count) cornu_free_(logs->entries[--logs->count].values);
    return cornu_logs_copy_(logs, by, "");
}

/* By insertion: few entries, which mostly are in order; and, unlike qsort, without memory. */
void cornu_logs_sort_(cornu_logs *logs) {
    for (size_t i = 1; i < logs->count; i++) {
        for (size_t k = i; k > 0; k--) {
            cornu_log_entry *entry = &logs->entries[k], *before = entry - 1;
            if (strcmp(before->name, entry->name) <= 0) break;
            cornu_log_entry last = *before;
            *before = *entry;
            *entry = last;
        }
    }
}
