/* RemoteMonitor: sends the logs of each epoch to a server. keras/src/callbacks/remote_monitor.py */
#include "growing_text.h"
#include "path_template.h"
#include <cornu/callbacks.h>
#include <cornu/http.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_remote_monitor_args args;
    char *url, *headers; /* root and path; lines with their ends */
} remote_monitor;

/* ---- texts ----------------------------------------------------------------------------------- */

/* As Python's json does it: NaN and Infinity are written by name. */
static void add_number(cornu_growing_text *self, double value) {
    char number[40];
    cornu_number_text_(value, number);
    cornu_growing_text_add_(
        self, isnan(value)      ? "NaN"
              : isfinite(value) ? number
              : value > 0       ? "Infinity"
                                : "-Infinity"
    );
}

static void add_quoted(cornu_growing_text *self, const char *name) {
    cornu_growing_text_add_(self, "\"");
    for (const char *c = name; *c; c++) {
        char escaped[8] = {*c, '\0'};
        if (*c == '"' || *c == '\\') snprintf(escaped, sizeof escaped, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(unsigned char)*c);
        cornu_growing_text_add_(self, escaped);
    }
    cornu_growing_text_add_(self, "\"");
}

static void add_logs(cornu_growing_text *self, int64_t epoch, const cornu_logs *logs) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)epoch);
    cornu_growing_text_add_(self, "{\"epoch\": ");
    cornu_growing_text_add_(self, number);
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *entry = &logs->entries[i];
        cornu_growing_text_add_(self, ", ");
        add_quoted(self, entry->name);
        cornu_growing_text_add_(self, ": ");
        if (!entry->values) add_number(self, entry->value);
        for (size_t k = 0; entry->values && k < entry->count; k++) {
            cornu_growing_text_add_(self, k ? ", " : "[");
            add_number(self, entry->values[k]);
        }
        if (entry->values) cornu_growing_text_add_(self, "]");
    }
    cornu_growing_text_add_(self, "}");
}

/* As a form is sent: a space is '+', other bytes than letters, digits and _.-~ are %XX. */
static void add_form_text(cornu_growing_text *self, const char *plain) {
    for (const char *c = plain; *c; c++) {
        char coded[4] = {*c, '\0'};
        if (*c == ' ') coded[0] = '+';
        else if (!isalnum((unsigned char)*c) && !strchr("_.-~", *c))
            snprintf(coded, sizeof coded, "%%%02X", (unsigned)(unsigned char)*c);
        cornu_growing_text_add_(self, coded);
    }
}

/* ---- the callback ---------------------------------------------------------------------------- */

static void destroy(void *object) {
    remote_monitor *self = object;
    cornu_free(self->url);
    cornu_free(self->headers);
}

/* The path must not lead to another host than the root names ("http://a" and "@b/"). */
static cornu_status check_path(const cornu_callback_remote_monitor_args *args) {
    if (args->path[0] == '/' || args->path[0] == '\0') return CORNU_OK;
    size_t length = strlen(args->root);
    if (length > 0 && args->root[length - 1] == '/') return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "path must begin with '/', got \"%s\"", args->path);
}

static cornu_status init(void *object) {
    remote_monitor *self = object;
    const cornu_callback_remote_monitor_args *args = &self->args;
    if (!args->root) return cornu_error_null("root");
    if (!args->path) return cornu_error_null("path");
    if (!args->field) return cornu_error_null("field");
    CORNU_TRY(cornu_http_check(args->root));
    CORNU_TRY(check_path(args));
    cornu_growing_text url = {NULL}, headers = {NULL};
    cornu_growing_text_add_(&url, args->root);
    cornu_growing_text_add_(&url, args->path);
    for (size_t i = 0; i < args->headers.count; i++) {
        cornu_growing_text_add_(&headers, args->headers.items[i]);
        cornu_growing_text_add_(&headers, "\r\n");
    }
    self->url = url.data;
    self->headers = headers.data;
    if (url.failed || headers.failed) return CORNU_ENOMEM;
    return cornu_http_check(self->url);
}

static cornu_status send_text(remote_monitor *self, const cornu_growing_text *json) {
    const cornu_callback_remote_monitor_args *args = &self->args;
    cornu_growing_text form = {NULL};
    if (!args->send_as_json) {
        add_form_text(&form, args->field);
        cornu_growing_text_add_(&form, "=");
        add_form_text(&form, json->data);
    }
    cornu_status status = form.failed ? CORNU_ENOMEM : CORNU_OK;
    if (status == CORNU_OK)
        status = cornu_http_post(
            self->url, .headers = self->headers, .timeout = 10,
            .content_type =
                args->send_as_json ? "application/json" : "application/x-www-form-urlencoded",
            .body = args->send_as_json ? json->data : form.data
        );
    cornu_free(form.data);
    return status;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    remote_monitor *self = (remote_monitor *)callback;
    (void)model;
    cornu_growing_text json = {NULL};
    add_logs(&json, epoch, logs);
    cornu_status status = json.failed ? CORNU_ENOMEM : send_text(self, &json);
    cornu_free(json.data);
    if (status != CORNU_EIO || self->args.required) return status;
    /* Training does not end because nobody listens; Keras warns as well. */
    cornu_warn("RemoteMonitor: %s", cornu_error_message());
    cornu_error_clear();
    return CORNU_OK;
}

static const cornu_callback_remote_monitor_args defaults = {CORNU_CALLBACK_REMOTE_MONITOR_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_remote_monitor_args, STRING, root),
    CORNU_FIELD(cornu_callback_remote_monitor_args, STRING, path),
    CORNU_FIELD(cornu_callback_remote_monitor_args, STRING, field),
    CORNU_FIELD(cornu_callback_remote_monitor_args, TEXTS, headers),
    CORNU_FIELD(cornu_callback_remote_monitor_args, BOOL, send_as_json),
    CORNU_FIELD_OMITTED(cornu_callback_remote_monitor_args, BOOL, required),
};

CORNU_CALLBACK_CLASS(remote_monitor){
    CORNU_CLASS_ARGS(remote_monitor, args, defaults, fields),
    .name = "RemoteMonitor",
    .init = init,
    .destroy = destroy,
    .on_epoch_end = on_epoch_end,
};

cornu_callback *cornu_callback_remote_monitor_new(const cornu_callback_remote_monitor_args *args) {
    return cornu_callback_create(&cornu_callback_remote_monitor_class, args);
}
