/* The pending error of a thread: a status and one message in a fixed buffer, so that running out of
 * memory can be reported without memory. Context is put in front as a failure travels outwards. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* The first message may fill this much; the rest is left to the contexts that callers add. */
    message_size = 768,
    buffer_size = 1024,
    context_size = 256
};

static _Thread_local struct {
    cornu_status status;
    char text[buffer_size];
} pending;

/* Formats, and ends a text that was too long with "..." at a character's border (UTF-8). */
static void format_cut(char *text, size_t size, const char *format, va_list arguments) {
    int length = vsnprintf(text, size, format, arguments);
    if (length < 0) {
        text[0] = '\0';
    } else if ((size_t)length >= size) {
        size_t end = size - 4;
        while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) end--;
        memcpy(text + end, "...", 4);
    }
}

/* Names and texts out of files get into messages: nothing in them may move a terminal's cursor or
 * look like a line of its own. */
static void tame(char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c == 0x7f) *text = '?';
    }
}

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

__attribute__((noinline)) cornu_status cornu_error_set_(cornu_status status, const char *message) {
    pending.status = status;
    size_t length = strnlen(message, buffer_size - 1);
    memmove(pending.text, message, length);
    pending.text[length] = '\0';
    return status;
}

cornu_status cornu_error_set(
    cornu_status status, const char *file, int line, const char *format, ...
) {
    /* formatted aside: an argument may be the pending message itself */
    char text[message_size];
    va_list arguments;
    va_start(arguments, format);
    format_cut(text, sizeof text, format, arguments);
    va_end(arguments);
    tame(text);
    if (file) {
        char place[80];
        int size = snprintf(place, sizeof place, " (%.60s:%d)", last_component(file), line);
        size_t length = strlen(text);
        if (size > 0 && length + (size_t)size < sizeof text) {
            memcpy(text + length, place, (size_t)size + 1);
        }
    }
    return cornu_error_set_(status, text);
}

cornu_status cornu_error_null(const char *what) {
    if (pending.status != CORNU_OK) return pending.status;
    return cornu_error_set(CORNU_EINVAL, NULL, 0, "%s is NULL", what);
}

cornu_status cornu_error_context(const char *format, ...) {
    if (pending.status == CORNU_OK) return CORNU_OK;
    char context[context_size];
    va_list arguments;
    va_start(arguments, format);
    format_cut(context, sizeof context, format, arguments);
    va_end(arguments);
    tame(context);
    /* When the chain is full, outer contexts are left out: the cause matters more than the way to
     * it. */
    size_t inner = strlen(pending.text), outer = strlen(context);
    if (outer + 2 + inner < buffer_size) {
        memmove(pending.text + outer + 2, pending.text, inner + 1);
        memcpy(pending.text, context, outer);
        memcpy(pending.text + outer, ": ", 2);
    }
    return pending.status;
}

cornu_status cornu_error_status(void) { return pending.status; }

const char *cornu_error_message(void) { return pending.text; }

void cornu_error_clear(void) {
    pending.status = CORNU_OK;
    pending.text[0] = '\0';
}

const char *cornu_status_name(cornu_status status) {
    switch (status) {
#define STATUS_NAME(name, value, text)                                                             \
    case name:                                                                                     \
        return #name;
        CORNU_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "unknown status";
}

const char *cornu_status_text(cornu_status status) {
    switch (status) {
#define STATUS_TEXT(name, value, text)                                                             \
    case name:                                                                                     \
        return text;
        CORNU_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

static void check(cornu_status status, const char *file, int line) {
    if (status == CORNU_OK) return;
    const char *message = pending.text[0] ? pending.text : cornu_status_text(status);
    fflush(stdout); /* so that what the program printed before stands before */
    fprintf(stderr, "%s:%d: %s\n", file, line, message);
    exit(EXIT_FAILURE);
}

void cornu_check_status_(cornu_status status, const char *file, int line) {
    check(status, file, line);
}

void cornu_check_int_(int status, const char *file, int line) {
    check((cornu_status)status, file, line);
}

void cornu_check_pointer_(const void *object, const char *file, int line) {
    if (!object) check(pending.status ? pending.status : CORNU_EINVAL, file, line);
}
