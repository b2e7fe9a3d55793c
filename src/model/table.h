/* A table as the Python package rich draws it, which Keras prints its summaries with. */
#ifndef CORNU_MODEL_TABLE_H
#define CORNU_MODEL_TABLE_H

#include "base/text.h"
#include <stdbool.h>

enum { CORNU_TABLE_COLUMNS = 4 };

typedef struct cornu_table {
    size_t column_count;
    size_t widths[CORNU_TABLE_COLUMNS]; /* of a cell, the blank on either side included */
    bool right[CORNU_TABLE_COLUMNS];    /* numbers stand at the right */
} cornu_table;

/* Column ends as parts of `line_length`, the width of the whole table. */
void cornu_table_lay_out_(cornu_table *table, size_t line_length, const double *ends, size_t count);
void cornu_table_header_(const cornu_table *table, cornu_text *out, const char *const *cells);
/* `first`: the row right under the header, which brings its own line. */
void cornu_table_row_(
    const cornu_table *table, cornu_text *out, const char *const *cells, bool first
);
void cornu_table_end_(const cornu_table *table, cornu_text *out);

#endif
