/* CSVLogger: a line per epoch. keras/src/callbacks/csv_logger.py
 *
 * The columns are those of the first epoch, in the order of their names. If it was not validated
 * and a later one may be, each gets a val_ twin. What an epoch does not have is written as NA. */
#include "growing_text.h"
#include "path_template.h"
#include <cornu/callbacks.h>
#include <cornu/model.h>
#include <cornu/save.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_csv_logger_args args;
    cornu_log_file *file;
    bool begun;          /* something was written, or is about to follow what is there */
    bool header;         /* still to be written */
    cornu_logs *columns; /* names alone; NULL before the first epoch */
} csv_logger;

static void finish(csv_logger *self) {
    cornu_log_file_close(self->file);
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

/* An older file is cut only when there is something to write: a run that goes on after a restart
 * (load_state) needs what is in it. */
static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    csv_logger *self = (csv_logger *)callback;
    (void)model, (void)logs;
    finish(self);
    self->file = cornu_log_file_open(self->args.filename);
    if (!self->file) return cornu_error_status();
    self->begun = self->args.append;
    self->header = !(self->args.append && cornu_log_file_size(self->file) > 0);
    return CORNU_OK;
}

static cornu_status begin(csv_logger *self) {
    if (self->begun) return CORNU_OK;
    self->begun = true;
    return cornu_log_file_cut(self->file, 0);
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

static void add_header(const csv_logger *self, cornu_growing_text *row) {
    cornu_growing_text_add_(row, "epoch");
    for (size_t i = 0; i < self->columns->count; i++) {
        cornu_growing_text_add_(row, self->args.separator);
        cornu_growing_text_add_(row, self->columns->entries[i].name);
    }
    cornu_growing_text_add_(row, "\n");
}

static void add_entry(cornu_growing_text *row, const cornu_log_entry *entry) {
    char text[40];
    if (!entry || !entry->values) {
        if (entry) cornu_number_text_(entry->value, text);
        cornu_growing_text_add_(row, entry ? text : "NA");
        return;
    }
    for (size_t i = 0; i < entry->count; i++) {
        cornu_number_text_(entry->values[i], text);
        cornu_growing_text_add_(row, i ? ", " : "\"[");
        cornu_growing_text_add_(row, text);
    }
    cornu_growing_text_add_(row, "]\"");
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
    cornu_growing_text row = {NULL};
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)epoch);
    if (self->header) add_header(self, &row);
    cornu_growing_text_add_(&row, number);
    for (size_t i = 0; i < self->columns->count; i++) {
        cornu_growing_text_add_(&row, self->args.separator);
        add_entry(&row, find(logs, self->columns->entries[i].name));
    }
    cornu_growing_text_add_(&row, "\n");
    cornu_status status = row.failed ? CORNU_ENOMEM : begin(self);
    if (status == CORNU_OK) status = cornu_log_file_write(self->file, row.data, row.length);
    if (status == CORNU_OK) self->header = false;
    cornu_free(row.data);
    return status;
}

static cornu_status on_train_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    csv_logger *self = (csv_logger *)callback;
    (void)model, (void)logs;
    cornu_status status = self->file ? begin(self) : CORNU_OK;
    finish(self);
    return status;
}

/* The file as far as it belongs to the run that is kept: what follows was written by epochs that
 * are to come again. */
static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    csv_logger *self = (csv_logger *)callback;
    bool begun = self->file && self->begun;
    CORNU_TRY(cornu_state_set_int(state, "begun", begun));
    CORNU_TRY(cornu_state_set_int(state, "size", begun ? cornu_log_file_size(self->file) : 0));
    CORNU_TRY(cornu_state_set_int(state, "header", self->header));
    size_t count = self->columns ? self->columns->count : 0;
    CORNU_TRY(cornu_state_set_int(state, "columns", (int64_t)count));
    for (size_t i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof key, "column%zu", i);
        CORNU_TRY(cornu_state_set_text(state, key, self->columns->entries[i].name));
    }
    return begun ? cornu_log_file_sync(self->file) : CORNU_OK;
}

static cornu_status load_columns(csv_logger *self, cornu_state *state, int64_t count) {
    self->columns = cornu_allocate(sizeof *self->columns);
    if (!self->columns) return CORNU_ENOMEM;
    for (int64_t i = 0; i < count; i++) {
        char key[32], *name;
        snprintf(key, sizeof key, "column%lld", (long long)i);
        CORNU_TRY(cornu_state_get_text(state, key, &name));
        cornu_status status = cornu_logs_set(self->columns, name, 0);
        cornu_free(name);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    csv_logger *self = (csv_logger *)callback;
    int64_t begun, size, header, columns;
    CORNU_TRY(cornu_state_get_int(state, "begun", &begun));
    CORNU_TRY(cornu_state_get_int(state, "size", &size));
    CORNU_TRY(cornu_state_get_int(state, "header", &header));
    CORNU_TRY(cornu_state_get_int(state, "columns", &columns));
    if (columns > 0) CORNU_TRY(load_columns(self, state, columns));
    self->header = header != 0;
    self->begun = begun != 0;
    return begun ? cornu_log_file_cut(self->file, size) : CORNU_OK;
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
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_csv_logger_new(const cornu_callback_csv_logger_args *args) {
    return cornu_callback_create(&cornu_callback_csv_logger_class, args);
}
