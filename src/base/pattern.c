/* Patterns by POSIX extended regular expressions, into which Python's are translated. */
#include "base/pattern.h"

#include "base/memory.h"
#include "base/text.h"
#include <ctype.h>
#include <regex.h>
#include <string.h>

/* What stands for a class of characters, outside of brackets and inside. */
static const struct {
    char letter;
    const char *outside, *inside;
} classes[] = {
    {'d', "[0-9]", "0-9"},
    {'D', "[^0-9]", NULL},
    {'w', "[[:alnum:]_]", "[:alnum:]_"},
    {'W', "[^[:alnum:]_]", NULL},
    {'s', "[[:space:]]", "[:space:]"},
    {'S', "[^[:space:]]", NULL},
    {'b', "\\b", NULL},
    {'A', "^", NULL},
    {'Z', "$", NULL},
};

/* One escape; returns what follows it. */
static const char *escape(cornu_text *out, const char *at, bool inside, cornu_status *status) {
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (classes[i].letter != at[1]) continue;
        const char *text = inside ? classes[i].inside : classes[i].outside;
        if (!text) break;
        cornu_text_add_(out, text);
        return at + 2;
    }
    if (!at[1] || isalnum((unsigned char)at[1])) {
        *status = cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__, "the escape '\\%c' is not supported", at[1]
        );
        return at + strlen(at);
    }
    /* in brackets a backslash stands for itself, and these would need a place of their own */
    if (inside && strchr("]^-\\", at[1])) {
        *status = cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__, "'\\%c' in brackets is not supported", at[1]
        );
        return at + strlen(at);
    }
    cornu_text_add_bytes_(out, at, inside ? 0 : 1);
    cornu_text_add_bytes_(out, at + 1, 1);
    return at + 2;
}

/* "[...]"; returns what follows it. */
static const char *brackets(cornu_text *out, const char *at, cornu_status *status) {
    cornu_text_add_bytes_(out, at++, 1);
    if (*at == '^') cornu_text_add_bytes_(out, at++, 1);
    if (*at == ']') cornu_text_add_bytes_(out, at++, 1);
    while (*at && *at != ']') {
        if (*at == '\\') at = escape(out, at, true, status);
        else cornu_text_add_bytes_(out, at++, 1);
    }
    if (*at) cornu_text_add_bytes_(out, at++, 1);
    return at;
}

static cornu_status translate(const char *pattern, cornu_text *out) {
    cornu_status status = CORNU_OK;
    for (const char *at = pattern; *at && status == CORNU_OK;) {
        if (*at == '\\') {
            at = escape(out, at, false, &status);
        } else if (*at == '[') {
            at = brackets(out, at, &status);
        } else if (at[0] == '(' && at[1] == '?') {
            if (at[2] != ':') CORNU_FAIL(CORNU_EUNSUPPORTED, "'(?%c' is not supported", at[2]);
            cornu_text_add_(out, "(");
            at += 3;
        } else {
            bool repeats = strchr("*+?}", *at) != NULL;
            cornu_text_add_bytes_(out, at++, 1);
            if (repeats && *at == '?') at++; /* a lazy match exists where a greedy one does */
        }
    }
    return status;
}

/* The translated pattern, between the marks of a whole match if that is wanted; *new*. */
static cornu_status prepare(const char *pattern, bool whole, char **text) {
    cornu_text out = {0};
    if (whole) cornu_text_add_(&out, "^(");
    cornu_status status = translate(pattern, &out);
    if (whole) cornu_text_add_(&out, ")$");
    *text = cornu_text_take_(&out);
    if (*text && status == CORNU_OK) return CORNU_OK;
    if (!*text) return CORNU_ENOMEM;
    cornu_free_(*text);
    return cornu_error_context("the pattern '%s'", pattern);
}

cornu_status cornu_pattern_match_(
    const char *pattern, const char *text, bool whole, bool *matches
) {
    *matches = false;
    if (!pattern || !text) return cornu_error_null(pattern ? "text" : "pattern");
    char *extended = NULL;
    CORNU_TRY(prepare(pattern, whole, &extended));
    regex_t compiled;
    int code = regcomp(&compiled, extended, REG_EXTENDED | REG_NOSUB);
    cornu_free_(extended);
    if (code != 0) {
        char why[128];
        regerror(code, &compiled, why, sizeof why);
        CORNU_FAIL(CORNU_EINVAL, "the pattern '%s': %s", pattern, why);
    }
    *matches = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return CORNU_OK;
}
