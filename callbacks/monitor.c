/* Watching one value of the logs. keras/src/callbacks/monitor_callback.py
 *
 * Where Keras warns about a value that is not there and goes on, never stopping or saving, this is
 * an error: nobody wants a callback that does nothing. */
#include "monitor.h"
#include <stdio.h>
#include <string.h>

/* Parts of names of metrics whose best value is the largest, and the smallest. */
static const char *const rising[] = {
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "fbeta",
    "iou",
    "io_u",
    "r2",
    "cosine_similarity",
    "true_positives",
    "true_negatives",
    "sensitivity",
    "specificity",
    "correlation",
};
static const char *const falling[] = {
    "loss",  "error",   "entropy",    "mse",      "mae",     "mape",   "msle",
    "hinge", "poisson", "divergence", "log_cosh", "logcosh", "false_",
};

static bool any_in(const char *name, const char *const *parts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(name, parts[i])) return true;
    return false;
}
#define ANY_IN(name, parts) any_in((name), (parts), sizeof(parts) / sizeof *(parts))

static bool is_validation(const char *name) { return strncmp(name, "val_", 4) == 0; }

cornu_status cornu_monitor_begin_(
    cornu_monitor *monitor, const char *name, const char *mode, double min_delta
) {
    *monitor = (cornu_monitor){.name = name, .min_delta = fabs(min_delta)};
    if (!name) return cornu_error_null("monitor");
    if (!mode) mode = "auto";
    const char *plain = is_validation(name) ? name + 4 : name;
    if (strcmp(mode, "min") == 0 || strcmp(mode, "max") == 0) {
        monitor->rises = mode[1] == 'a';
        return CORNU_OK;
    }
    if (strcmp(mode, "auto") != 0)
        CORNU_FAIL(CORNU_EINVAL, "mode must be \"min\", \"max\" or \"auto\", got \"%s\"", mode);
    /* "accuracy_loss" is the loss of an output called accuracy */
    size_t length = strlen(plain);
    if (length >= 4 && strcmp(plain + length - 4, "loss") == 0) return CORNU_OK;
    monitor->rises = ANY_IN(plain, rising);
    if (monitor->rises || ANY_IN(plain, falling)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "the name '%s' does not tell whether larger or smaller is better; give mode \"max\" or "
        "\"min\"",
        name
    );
}

cornu_status cornu_monitor_check_(const cornu_monitor *monitor, const cornu_model *model) {
    if (!is_validation(monitor->name) || cornu_model_validates(model)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "monitor '%s' needs validation data: give validation_data or validation_split, or watch "
        "'%s'",
        monitor->name, monitor->name + 4
    );
}

static cornu_status no_value(const cornu_monitor *monitor, const cornu_logs *logs) {
    char names[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < logs->count && length < sizeof names; i++) {
        const char *between = i ? ", " : "";
        int written =
            snprintf(names + length, sizeof names - length, "%s%s", between, logs->entries[i].name);
        if (written < 0) break;
        length += (size_t)written;
    }
    CORNU_FAIL(
        CORNU_EINVAL, "monitor '%s' is not in the logs, which have: %s", monitor->name, names
    );
}

cornu_status cornu_monitor_value_(
    const cornu_monitor *monitor, const cornu_logs *logs, double *value, bool *found
) {
    *value = cornu_logs_get(logs, monitor->name);
    *found = cornu_logs_has(logs, monitor->name);
    if (*found) return CORNU_OK;
    for (size_t i = 0; i < logs->count; i++)
        if (is_validation(logs->entries[i].name)) return no_value(monitor, logs);
    /* With validation_freq > 1 there are epochs without validation. */
    bool skipped = is_validation(monitor->name) && cornu_logs_has(logs, monitor->name + 4);
    return skipped ? CORNU_OK : no_value(monitor, logs);
}

bool cornu_monitor_improves_(const cornu_monitor *monitor, double value, double best) {
    if (isnan(best)) return true;
    return monitor->rises ? value - monitor->min_delta > best : value + monitor->min_delta < best;
}
