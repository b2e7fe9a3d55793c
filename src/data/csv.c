/* CSV files: RFC 4180, with numbers and categories on top.
 * https://www.rfc-editor.org/rfc/rfc4180 */
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "tensor/tensor.h"
#include <cornu/data.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cornu_csv {
    char *bytes;   /* the file; fields are unquoted in place, each ended by 0 */
    char **fields; /* row after row */
    size_t field_count, field_capacity, columns;
    int64_t rows;
    bool header;
    char **names;       /* one per column: fields of the first line, or numbers */
    char *name_room;    /* of the numbers */
    char ***categories; /* one sorted list per column, made when it is asked for; NULL-ended */
};

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct parser {
    cornu_csv *table;
    const char *path;
    char *at, *end;
    char delimiter, quote;
    long long line;
    size_t in_row; /* fields of this row so far */
    bool last;     /* the field ended its row */
} parser;

static cornu_status add_field(parser *self, char *field) {
    cornu_csv *table = self->table;
    CORNU_TRY(CORNU_RESERVE_(table->fields, table->field_capacity, table->field_count + 1));
    table->fields[table->field_count++] = field;
    self->in_row++;
    return CORNU_OK;
}

/* At a delimiter, a line end or the end of the file: what follows begins behind it. The byte itself
 * may be overwritten by the 0 that ends the field. */
static void end_field(parser *self, char *zero) {
    bool delimiter = self->at < self->end && *self->at == self->delimiter;
    self->last = !delimiter;
    if (self->at < self->end) {
        if (*self->at == '\r' && self->at + 1 < self->end && self->at[1] == '\n') self->at++;
        self->line += !delimiter;
        self->at++;
    }
    *zero = '\0';
}

static bool at_end_of_field(const parser *self) {
    if (self->at >= self->end || *self->at == self->delimiter || *self->at == '\n') return true;
    return *self->at == '\r' && (self->at + 1 == self->end || self->at[1] == '\n');
}

static cornu_status quoted_field(parser *self) {
    char *start = ++self->at, *to = start;
    long long first_line = self->line;
    for (;; self->at++) {
        if (self->at >= self->end)
            CORNU_FAIL(
                CORNU_EFORMAT, "'%s', line %lld: a quote is not closed", self->path, first_line
            );
        if (*self->at == self->quote) {
            if (self->at + 1 < self->end && self->at[1] == self->quote) self->at++;
            else break;
        }
        self->line += *self->at == '\n';
        *to++ = *self->at;
    }
    self->at++;
    if (!at_end_of_field(self))
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s', line %lld: text behind a closing quote", self->path, self->line
        );
    end_field(self, to);
    return add_field(self, start);
}

static cornu_status plain_field(parser *self) {
    char *start = self->at;
    while (!at_end_of_field(self)) self->at++;
    char *zero = self->at;
    end_field(self, zero);
    return add_field(self, start);
}

static cornu_status end_row(parser *self) {
    cornu_csv *table = self->table;
    /* a line with nothing in it, among rows of several fields, is no row */
    bool empty = self->in_row == 1 && *table->fields[table->field_count - 1] == '\0';
    if (empty && table->columns != 1) {
        table->field_count--;
        self->in_row = 0;
        return CORNU_OK;
    }
    if (table->rows == 0) table->columns = self->in_row;
    if (self->in_row != table->columns)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s', line %lld: %zu fields, the first line has %zu", self->path,
            self->line - 1, self->in_row, table->columns
        );
    table->rows++;
    self->in_row = 0;
    return CORNU_OK;
}

static cornu_status parse(parser *self) {
    while (self->at < self->end || self->in_row > 0) {
        bool quoted = self->at < self->end && *self->at == self->quote;
        CORNU_TRY(quoted ? quoted_field(self) : plain_field(self));
        if (self->last) CORNU_TRY(end_row(self));
    }
    return CORNU_OK;
}

static cornu_status name_columns(cornu_csv *table) {
    enum { ROOM = 21 };
    table->names = cornu_alloc_array_(table->columns, sizeof *table->names);
    table->categories = cornu_alloc_array_(table->columns, sizeof *table->categories);
    table->name_room = cornu_alloc_array_(table->columns, ROOM);
    if (!table->names || !table->categories || !table->name_room) return CORNU_ENOMEM;
    for (size_t i = 0; i < table->columns; i++) {
        table->names[i] = table->header ? table->fields[i] : table->name_room + i * ROOM;
        if (!table->header) snprintf(table->names[i], ROOM, "%zu", i);
    }
    for (size_t i = 0; i < table->columns && table->header; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(table->names[i], table->names[k]) == 0)
                CORNU_FAIL(CORNU_EFORMAT, "two columns are called '%s'", table->names[i]);
    table->rows -= table->header;
    return CORNU_OK;
}

static cornu_status load(cornu_csv *table, const cornu_load_csv_args *args) {
    size_t size;
    CORNU_TRY(cornu_file_read_(args->path, 0, &table->bytes, &size));
    if (memchr(table->bytes, '\0', size))
        CORNU_FAIL(CORNU_EFORMAT, "'%s' is no text: it has a byte 0", args->path);
    parser self = {
        table, args->path, table->bytes, table->bytes + size, args->delimiter, args->quote,
        1,     0,          false};
    if (cornu_starts_with_(table->bytes, "\xEF\xBB\xBF")) self.at += 3; /* the mark of UTF-8 */
    CORNU_TRY(parse(&self));
    if (table->rows == 0) CORNU_FAIL(CORNU_EFORMAT, "'%s' has no line", args->path);
    table->header = args->header;
    CORNU_TRY(name_columns(table), "'%s'", args->path);
    return CORNU_OK;
}

cornu_csv *cornu_load_csv_with(const cornu_load_csv_args *args) {
    if (args->delimiter == args->quote || args->delimiter == '\n' || args->delimiter == '\0')
        CORNU_FAIL_NULL(CORNU_EINVAL, "delimiter and quote must be two different characters");
    cornu_csv *table = cornu_alloc_(sizeof *table);
    if (!table) return NULL;
    if (load(table, args) == CORNU_OK) return table;
    cornu_csv_free(table);
    return NULL;
}

void cornu_csv_free(cornu_csv *table) {
    if (!table) return;
    for (size_t i = 0; table->categories && i < table->columns; i++)
        cornu_free_(table->categories[i]);
    cornu_free_(table->categories);
    cornu_free_(table->names);
    cornu_free_(table->name_room);
    cornu_free_(table->fields);
    cornu_free_(table->bytes);
    cornu_free_(table);
}

/* ---- fields ---------------------------------------------------------------------------------- */

int64_t cornu_csv_rows(const cornu_csv *table) { return table->rows; }
size_t cornu_csv_columns(const cornu_csv *table) { return table->columns; }

const char *cornu_csv_name(const cornu_csv *table, size_t column) {
    if (column < table->columns) return table->names[column];
    CORNU_FAIL_NULL(CORNU_EINVAL, "there is no column %zu of %zu", column, table->columns);
}

static const char *field(const cornu_csv *table, int64_t row, size_t column) {
    return table->fields[(size_t)(row + table->header) * table->columns + column];
}

const char *cornu_csv_field(const cornu_csv *table, int64_t row, size_t column) {
    if (row >= 0 && row < table->rows && column < table->columns) return field(table, row, column);
    CORNU_FAIL_NULL(
        CORNU_EINVAL, "there is no field %lld, %zu in %lld rows of %zu", (long long)row, column,
        (long long)table->rows, table->columns
    );
}

static cornu_status find_column(const cornu_csv *table, const char *name, size_t *column) {
    for (*column = 0; name && *column < table->columns; ++*column)
        if (strcmp(table->names[*column], name) == 0) return CORNU_OK;
    const char *near =
        name ? cornu_closest_(name, (const char *const *)table->names, table->columns) : NULL;
    CORNU_FAIL(
        CORNU_EUNKNOWN, "there is no column '%s'%s%s%s", name ? name : "(null)",
        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : ""
    );
}

static cornu_status number_at(
    const cornu_csv *table, int64_t row, size_t column, cornu_dtype dtype, double *value
) {
    const char *text = field(table, row, column);
    bool missing = text[strspn(text, " \t")] == '\0' || strcmp(text, "NA") == 0;
    *value = NAN;
    if (!missing && !cornu_number_parse_(text, value))
        CORNU_FAIL(
            CORNU_EFORMAT, "row %lld, column '%s': '%.60s' is no number", (long long)row + 1,
            table->names[column], text
        );
    if (cornu_dtype_is_float(dtype)) return CORNU_OK;
    if (isfinite(*value) && *value == nearbyint(*value) && fabs(*value) <= 9007199254740992.0)
        return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "row %lld, column '%s': '%.60s' is no %s", (long long)row + 1,
        table->names[column], text, cornu_dtype_name(dtype)
    );
}

cornu_tensor *cornu_csv_numbers(const cornu_csv *table, cornu_texts columns, cornu_dtype dtype) {
    size_t count = columns.count ? columns.count : table->columns;
    if (dtype == CORNU_BOOL || cornu_dtype_size(dtype) == 0)
        CORNU_FAIL_NULL(CORNU_EDTYPE, "columns of numbers cannot be %s", cornu_dtype_name(dtype));
    size_t *chosen = cornu_alloc_array_(count, sizeof *chosen);
    if (!chosen) return NULL;
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        chosen[i] = i;
        if (columns.count) status = find_column(table, columns.items[i], &chosen[i]);
    }
    double *values = NULL;
    size_t total = (size_t)table->rows * count;
    if (status == CORNU_OK && !(values = cornu_alloc_array_(total, sizeof *values)))
        status = CORNU_ENOMEM;
    for (size_t i = 0; i < total && status == CORNU_OK; i++)
        status = number_at(table, (int64_t)(i / count), chosen[i % count], dtype, &values[i]);
    cornu_tensor *made = NULL;
    if (status == CORNU_OK)
        made = cornu_tensor_uninitialised_(dtype, cornu_shape(table->rows, (int64_t)count));
    if (made) cornu_convert_(dtype, made->storage->data, CORNU_FLOAT64, values, total);
    cornu_free_(values);
    cornu_free_(chosen);
    return made;
}

/* ---- categories ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The sorted list of a column's different texts. */
static cornu_status list_categories(cornu_csv *table, size_t column) {
    if (table->categories[column]) return CORNU_OK;
    size_t rows = (size_t)table->rows, count = 0;
    char **list = cornu_alloc_array_(rows + 1, sizeof *list);
    if (!list) return CORNU_ENOMEM;
    for (size_t i = 0; i < rows; i++)
        list[i] = table->fields[(i + table->header) * table->columns + column];
    qsort(list, rows, sizeof *list, compare);
    for (size_t i = 0; i < rows; i++)
        if (count == 0 || strcmp(list[i], list[count - 1]) != 0) list[count++] = list[i];
    list[count] = NULL;
    table->categories[column] = list;
    return CORNU_OK;
}

cornu_tensor *cornu_csv_categories(cornu_csv *table, const char *name) {
    size_t column, count = 0;
    if (find_column(table, name, &column) != CORNU_OK) return NULL;
    if (list_categories(table, column) != CORNU_OK) return NULL;
    char **list = table->categories[column];
    while (list[count]) count++;
    cornu_tensor *made = cornu_tensor_uninitialised_(CORNU_INT32, cornu_shape(table->rows));
    for (int64_t i = 0; made && i < table->rows; i++) {
        const char *text = field(table, i, column);
        char **found = bsearch(&text, list, count, sizeof *list, compare);
        ((int32_t *)made->storage->data)[i] = (int32_t)(found - list);
    }
    return made;
}

const char *cornu_csv_category(cornu_csv *table, const char *name, size_t place) {
    size_t column;
    if (find_column(table, name, &column) != CORNU_OK) return NULL;
    if (list_categories(table, column) != CORNU_OK) return NULL;
    for (size_t i = 0; table->categories[column][i]; i++)
        if (i == place) return table->categories[column][i];
    return NULL;
}
