/* Tables with borders: text is broken between words, a word that is too long ends in an ellipsis.
 * The rules are those of rich/table.py and rich/_wrap.py. */
#include "model/table.h"

#include <string.h>

/* ---- widths ---- */
/* a / b rounded to the nearest, ties to even, as Python's round does. */
static size_t rounded(size_t a, size_t b) {
    size_t quotient = a / b, rest = a % b;
    if (2 * rest > b || (2 * rest == b && quotient % 2 == 1)) quotient++;
    return quotient;
}

void cornu_table_lay_out_(
    cornu_table *table, size_t line_length, const double *ends, size_t count
) {
    size_t used = 0, total = 0;
    table->column_count = count;
    for (size_t i = 0; i < count; i++) {
        size_t end = (size_t)(ends[i] * (double)line_length);
        table->widths[i] = end - used + 2;
        used = end;
        total += table->widths[i];
    }
    /* blanks and borders were not counted: every column gives its share */
    size_t excess = total + count + 1 > line_length ? total + count + 1 - line_length : 0;
    for (size_t i = 0; i < count; i++) {
        size_t share = rounded(excess, count - i);
        if (share > table->widths[i] - 3) share = table->widths[i] - 3;
        table->widths[i] -= share;
        excess -= share;
    }
}

/* ---- text in UTF-8: one column per code point ---- */
static bool starts_character(char c) { return ((unsigned char)c & 0xC0) != 0x80; }

static size_t columns_of(const char *text, size_t bytes) {
    size_t columns = 0;
    for (size_t i = 0; i < bytes; i++) columns += starts_character(text[i]);
    return columns;
}

/* Bytes of the first `columns` characters. */
static size_t bytes_of(const char *text, size_t bytes, size_t columns) {
    size_t i = 0;
    for (size_t seen = 0; i < bytes; i++) {
        if (starts_character(text[i]) && seen++ == columns) break;
    }
    return i;
}

/* The words that fit into one line; moves *text behind them. */
static size_t take_line(const char **text, size_t width, const char **line) {
    const char *p = *text + strspn(*text, " ");
    *line = p;
    size_t length = 0;
    while (*p != '\0') {
        size_t word = strcspn(p, " ");
        size_t with_word = (size_t)(p - *line) + word;
        if (length > 0 && columns_of(*line, with_word) > width) break;
        length = with_word;
        p += word;
        p += strspn(p, " ");
    }
    *text = p;
    return length;
}

static void put_cell(cornu_text *out, const char *line, size_t bytes, size_t width, bool right) {
    size_t columns = columns_of(line, bytes);
    bool cut = columns > width;
    if (cut) {
        bytes = bytes_of(line, bytes, width - 1);
        columns = width;
    }
    cornu_text_repeat_(out, ' ', 1 + (right ? width - columns : 0));
    cornu_text_add_bytes_(out, line, bytes);
    if (cut) cornu_text_add_(out, "…");
    cornu_text_repeat_(out, ' ', 1 + (right ? 0 : width - columns));
}

/* ---- lines ---- */
static void put_rule(
    const cornu_table *table, cornu_text *out, const char *left, const char *dash,
    const char *between, const char *right
) {
    cornu_text_add_(out, left);
    for (size_t i = 0; i < table->column_count; i++) {
        if (i > 0) cornu_text_add_(out, between);
        for (size_t k = 0; k < table->widths[i]; k++) cornu_text_add_(out, dash);
    }
    cornu_text_add_(out, right);
    cornu_text_add_(out, "\n");
}

/* As many lines as the longest cell needs. */
static void put_cells(
    const cornu_table *table, cornu_text *out, const char *const *cells, const char *bar
) {
    const char *rest[CORNU_TABLE_COLUMNS];
    for (size_t i = 0; i < table->column_count; i++) rest[i] = cells[i];
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < table->column_count; i++) {
            const char *line;
            size_t bytes = take_line(&rest[i], table->widths[i] - 2, &line);
            cornu_text_add_(out, bar);
            put_cell(out, line, bytes, table->widths[i] - 2, table->right[i]);
            more = more || *rest[i] != '\0';
        }
        cornu_text_add_(out, bar);
        cornu_text_add_(out, "\n");
    }
}

void cornu_table_header_(const cornu_table *table, cornu_text *out, const char *const *cells) {
    put_rule(table, out, "┏", "━", "┳", "┓");
    put_cells(table, out, cells, "┃");
    put_rule(table, out, "┡", "━", "╇", "┩");
}

void cornu_table_row_(
    const cornu_table *table, cornu_text *out, const char *const *cells, bool first
) {
    if (!first) put_rule(table, out, "├", "─", "┼", "┤");
    put_cells(table, out, cells, "│");
}

void cornu_table_end_(const cornu_table *table, cornu_text *out) {
    put_rule(table, out, "└", "─", "┴", "┘");
}
