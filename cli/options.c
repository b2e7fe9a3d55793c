/* The parser of options. Errors quote the word as the user wrote it and say what would fit. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_MAX = 48, NAME_MAX_LENGTH = 63 };

/* ---- misspelt names -------------------------------------------------------------------------- */

/* Insertions, deletions and replacements that turn one into the other (Levenshtein), row by row. */
static size_t edit_distance(const char *a, const char *b) {
    size_t m = strlen(b);
    if (strlen(a) > NAME_MAX_LENGTH || m > NAME_MAX_LENGTH) return NAME_MAX_LENGTH;
    size_t row[NAME_MAX_LENGTH + 1];
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count) {
    const char *best = NULL;
    size_t best_distance = strlen(name) / 3 + 2; /* further off is another word */
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(name, candidates[i]);
        if (distance < best_distance) best_distance = distance, best = candidates[i];
    }
    return best;
}

static cornu_status unknown_option(const char *name, const option *table, size_t count) {
    const char *names[OPTION_MAX];
    for (size_t i = 0; i < count; i++) names[i] = table[i].name;
    const char *near = nearest_name(name, names, count);
    if (near) USAGE_FAIL("unknown option --%s; did you mean --%s?", name, near);
    USAGE_FAIL("unknown option --%s; --help lists the options", name);
}

/* ---- values ---------------------------------------------------------------------------------- */

static cornu_status read_int(const option *o, const char *text) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno == ERANGE) {
        USAGE_FAIL("--%s wants a whole number, got '%s'", o->name, text);
    }
    *(int64_t *)o->value = value;
    return CORNU_OK;
}

static cornu_status read_float(const option *o, const char *text) {
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0') USAGE_FAIL("--%s wants a number, got '%s'", o->name, text);
    *(double *)o->value = value;
    return CORNU_OK;
}

static cornu_status set_value(const option *o, const char *text, bool repeated) {
    if (repeated && o->kind != OPTION_TEXTS) USAGE_FAIL("--%s is given twice", o->name);
    switch (o->kind) {
    case OPTION_INT:
        return read_int(o, text);
    case OPTION_FLOAT:
        return read_float(o, text);
    case OPTION_TEXT:
        if (*text == '\0') USAGE_FAIL("--%s got an empty value", o->name);
        *(const char **)o->value = text;
        return CORNU_OK;
    case OPTION_TEXTS: {
        texts *list = o->value;
        if (*text == '\0') USAGE_FAIL("--%s got an empty value", o->name);
        if (list->count == TEXTS_MAX) {
            USAGE_FAIL("--%s is given more than %d times", o->name, TEXTS_MAX);
        }
        list->items[list->count++] = text;
        return CORNU_OK;
    }
    case OPTION_FLAG:
    case OPTION_NEGATION:
        break;
    }
    *(bool *)o->value = o->kind == OPTION_FLAG;
    return CORNU_OK;
}

/* ---- help ------------------------------------------------------------------------------------ */

static void print_help(const command *self, const option *table, size_t count) {
    printf("usage: cornu %s %s [options]\n%s\n\n", self->name, self->arguments, self->summary);
    for (size_t i = 0; i < count; i++) {
        char left[64];
        const char *placeholder = table[i].placeholder ? table[i].placeholder : "";
        snprintf(left, sizeof left, "--%s %s", table[i].name, placeholder);
        printf(
            "  %-35s %s%s%s\n", left, table[i].help,
            table[i].kind == OPTION_TEXTS ? "; may be repeated" : "",
            table[i].required ? " (required)" : ""
        );
    }
}

/* ---- parsing --------------------------------------------------------------------------------- */

static size_t find_option(const char *name, const option *table, size_t count) {
    size_t i = 0;
    while (i < count && strcmp(table[i].name, name) != 0) i++;
    return i;
}

/* Reads one option at argv[*at] and moves *at to the last word it took. */
static cornu_status parse_option(
    const option *table, size_t count, bool *given, int argc, char **argv, int *at
) {
    const char *word = argv[*at] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    char name[NAME_MAX_LENGTH + 1];
    if (length > NAME_MAX_LENGTH) USAGE_FAIL("unknown option %s", argv[*at]);
    memcpy(name, word, length);
    name[length] = '\0';
    size_t index = find_option(name, table, count);
    if (index == count) return unknown_option(name, table, count);
    const option *o = &table[index];
    const char *value = equals ? equals + 1 : NULL;
    if (o->kind == OPTION_FLAG || o->kind == OPTION_NEGATION) {
        if (value) USAGE_FAIL("--%s takes no value", o->name);
        value = "";
    } else if (!value) {
        if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0) {
            USAGE_FAIL("--%s wants a value: --%s %s", o->name, o->name, o->placeholder);
        }
        value = argv[++*at];
    }
    CORNU_TRY(set_value(o, value, given[index]));
    given[index] = true;
    return CORNU_OK;
}

cornu_status options_parse(
    const command *self, const option *table, size_t count, const char **positional,
    size_t positional_count, int argc, char **argv, bool *proceed
) {
    bool given[OPTION_MAX] = {false};
    size_t found = 0;
    bool options_end = false;
    *proceed = false;
    for (int i = 0; i < argc; i++) {
        if (!options_end && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            print_help(self, table, count);
            return CORNU_OK;
        }
        if (!options_end && strcmp(argv[i], "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(argv[i], "--", 2) == 0) {
            CORNU_TRY(parse_option(table, count, given, argc, argv, &i));
        } else if (!options_end && argv[i][0] == '-' && argv[i][1] != '\0') {
            USAGE_FAIL("unknown option %s; options begin with two dashes", argv[i]);
        } else if (found == positional_count) {
            USAGE_FAIL(
                "'%s' is one argument too many; usage: cornu %s %s [options]", argv[i], self->name,
                self->arguments
            );
        } else {
            positional[found++] = argv[i];
        }
    }
    if (found < positional_count) {
        USAGE_FAIL(
            "%s is missing; usage: cornu %s %s [options]", self->arguments, self->name,
            self->arguments
        );
    }
    for (size_t i = 0; i < count; i++) {
        if (table[i].required && !given[i]) {
            USAGE_FAIL("--%s %s is missing", table[i].name, table[i].placeholder);
        }
    }
    *proceed = true;
    return CORNU_OK;
}
