/* A small declarative parser of options: a table says what a command takes, where it goes and what the help prints.
 *
 *     const char *output = NULL;
 *     const option table[] = {
 *         {"output", OPTION_TEXT, &output, "FILE", "where the result goes", .required = true},
 *     };
 *
 * "--name value" and "--name=value" are the same; "--" ends the options. */
#ifndef CORNU_CLI_OPTIONS_H
#define CORNU_CLI_OPTIONS_H

#include "cli.h"

enum { TEXTS_MAX = 64 };

/* The values of an option that may be repeated, in order; borrowed from argv. */
typedef struct texts {
    const char *items[TEXTS_MAX];
    size_t count;
} texts;

typedef enum option_kind {
    OPTION_FLAG,     /* bool: set to true */
    OPTION_NEGATION, /* bool: set to false */
    OPTION_TEXT,     /* const char * */
    OPTION_TEXTS,    /* texts: the option may be repeated */
    OPTION_INT,      /* int64_t */
    OPTION_FLOAT     /* double */
} option_kind;

typedef struct option {
    const char *name; /* without the dashes */
    option_kind kind;
    void *value;
    const char *placeholder; /* what the help shows for the value; NULL for flags */
    const char *help;
    bool required;
} option;

/* Reads the words of a command. It takes exactly `positional_count` words that are no options; they go to `positional`. *proceed
 * becomes false when the help was asked for and printed. CORNU_EINVAL names the word. */
cornu_status options_parse(
    const command *self, const option *table, size_t count, const char **positional,
    size_t positional_count, int argc, char **argv, bool *proceed
);

/* The candidate that `name` may be a misspelling of, or NULL. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);

#endif
