/* CSVLogger: a line per epoch. keras/src/callbacks/csv_logger.py
 *
 * The columns are those of the first epoch, in the order of their names. If it was not validated
 * and a later one may be, each gets a val_ twin. What an epoch does not have is written as NA. */
#include "path_template.h"
#include <cornu/callbacks.h>
#include <cornu/model.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_csv_logger_args args;
    FILE *file;
    bool header;         /* still to be written */
    cornu_logs *columns; /* names alone; NULL before the first epoch */
} csv_logger;

static void finish(csv_logger *self) {
    if (self->file) fclose(self->file);
    cornu_logs_clear(self->columns);
    cornu_free(self->columns);
    self->file = NULL;
    self->columns = NULL;
}

static void destroy(void *object) { finish(object); }

static cornu_status init(void *object) {
    const csv_logger *self = object;
    if (!self->args.filename) return cornu_error_null("filename");
    if (self->args.separator && strlen(self->args.separator) == 1) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "separator must be one character, got \"%s\"",
        self->args.separator ? self->args.separator : ""
    );
}

static bool has_text(const char *path) {
    FILE *file = fopen(path, "r");
    int first = file ? fgetc(file) : EOF;
    if (file) fclose(file);
    return first != EOF;
}

static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    csv_logger *self = (csv_logger *)callback;
    (void)model, (void)logs;
    finish(self);
    self->header = !(self->args.append && has_text(self->args.filename));
    self->file = fopen(self->args.filename, self->args.append ? "a" : "w");
    if (self->file) return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "cannot write \"%s\": %s", self->args.filename, strerror(errno));
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const cornu_log_entry *)a)->name, ((const cornu_log_entry *)b)->name);
}

static cornu_status choose_columns(
    csv_logger *self, const cornu_model *model, const cornu_logs *logs
) {
    bool validated = false;
    cornu_logs *columns = self->columns = cornu_allocate(sizeof *columns);
    if (!columns) return CORNU_ENOMEM;
    for (size_t i = 0; i < logs->count; i++) {
        CORNU_TRY(cornu_logs_set(columns, logs->entries[i].name, 0));
        validated = validated || strncmp(logs->entries[i].name, "val_", 4) == 0;
    }
    qsort(columns->entries, columns->count, sizeof columns->entries[0], by_name);
    size_t count = validated || !cornu_model_validates(model) ? 0 : columns->count;
    for (size_t i = 0; i < count; i++) {
        char name[sizeof columns->entries[0].name + 4];
        snprintf(name, sizeof name, "val_%s", columns->entries[i].name);
        CORNU_TRY(cornu_logs_set(columns, name, 0));
    }
    return CORNU_OK;
}

static void write_header(csv_logger *self) {
    fputs("epoch", self->file);
    for (size_t i = 0; i < self->columns->count; i++)
        fprintf(self->file, "%s%s", self->args.separator, self->columns->entries[i].name);
    fputc('\n', self->file);
}

static void write_entry(FILE *file, const cornu_log_entry *entry) {
    char text[40];
    if (!entry || !entry->values) {
        if (entry) cornu_number_text_(entry->value, text);
        fputs(entry ? text : "NA", file);
        return;
    }
    for (size_t i = 0; i < entry->count; i++) {
        cornu_number_text_(entry->values[i], text);
        fprintf(file, "%s%s", i ? ", " : "\"[", text);
    }
    fputs("]\"", file);
}

static const cornu_log_entry *find(const cornu_logs *logs, const char *name) {
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->entries[i].name, name) == 0) return &logs->entries[i];
    return NULL;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    csv_logger *self = (csv_logger *)callback;
    if (!self->columns) CORNU_TRY(choose_columns(self, model, logs));
    if (self->header) write_header(self);
    self->header = false;
    fprintf(self->file, "%lld", (long long)epoch);
    for (size_t i = 0; i < self->columns->count; i++) {
        fputs(self->args.separator, self->file);
        write_entry(self->file, find(logs, self->columns->entries[i].name));
    }
    fputc('\n', self->file);
    if (fflush(self->file) == 0 && !ferror(self->file)) return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "cannot write \"%s\": %s", self->args.filename, strerror(errno));
}

static cornu_status on_train_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    (void)model, (void)logs;
    finish((csv_logger *)callback);
    return CORNU_OK;
}

static const cornu_callback_csv_logger_args defaults = {CORNU_CALLBACK_CSV_LOGGER_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_csv_logger_args, STRING, filename),
    CORNU_FIELD(cornu_callback_csv_logger_args, STRING, separator),
    CORNU_FIELD(cornu_callback_csv_logger_args, BOOL, append),
};

CORNU_CALLBACK_CLASS(csv_logger){
    CORNU_CLASS_ARGS(csv_logger, args, defaults, fields),
    .name = "CSVLogger",
    .init = init,
    .destroy = destroy,
    .on_train_begin = on_train_begin,
    .on_epoch_end = on_epoch_end,
    .on_train_end = on_train_end,
};

cornu_callback *cornu_callback_csv_logger_new(const cornu_callback_csv_logger_args *args) {
    return cornu_callback_create(&cornu_callback_csv_logger_class, args);
}
