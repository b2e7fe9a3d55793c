/* Growing texts, edit distance (Damerau-Levenshtein, neighbours only), and case rules. */
#include "base/text.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Room for `more` bytes and the end. */
static bool reserve(cornu_text *text, size_t more) {
    if (text->status != CORNU_OK) return false;
    size_t needed;
    if (__builtin_add_overflow(text->length, more, &needed) ||
        __builtin_add_overflow(needed, (size_t)1, &needed)) {
        text->status = cornu_error_set(CORNU_ENOMEM, NULL, 0, "out of memory: endless text");
        return false;
    }
    text->status = CORNU_RESERVE_(text->data, text->capacity, needed);
    return text->status == CORNU_OK;
}

void cornu_text_add_bytes_(cornu_text *text, const void *bytes, size_t count) {
    if (!reserve(text, count)) return;
    if (count) memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void cornu_text_add_(cornu_text *text, const char *more) {
    cornu_text_add_bytes_(text, more, strlen(more));
}

void cornu_text_repeat_(cornu_text *text, char c, size_t count) {
    if (!reserve(text, count)) return;
    memset(text->data + text->length, c, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void cornu_text_vformat_(cornu_text *text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0 || !reserve(text, (size_t)length)) return;
    (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void cornu_text_format_(cornu_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    cornu_text_vformat_(text, format, arguments);
    va_end(arguments);
}

char *cornu_text_take_(cornu_text *text) {
    if (!text->data && text->status == CORNU_OK) cornu_text_add_(text, "");
    char *data = text->data;
    if (text->status != CORNU_OK) {
        cornu_free_(data);
        data = NULL;
    }
    *text = (cornu_text){0};
    return data;
}

void cornu_text_free_(cornu_text *text) {
    cornu_free_(text->data);
    *text = (cornu_text){0};
}

size_t cornu_edit_distance_(const char *a, const char *b) {
    enum { most = 63 };
    size_t m = strlen(a), n = strlen(b);
    if (m > most || n > most) return m > n ? m : n;
    unsigned char rows[3][most + 1]; /* the row before the last, the last, this one */
    unsigned char *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++) last[j] = (unsigned char)j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= n; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            int best = last[j - 1] + (x != y);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = (unsigned char)best;
        }
        unsigned char *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[n];
}

const char *cornu_closest_(const char *name, const char *const *candidates, size_t count) {
    /* one slip per three letters: nearer names are rarely meant by chance */
    size_t length = strlen(name), best = length / 3 + 1;
    const char *closest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!candidates[i]) continue;
        size_t distance = cornu_edit_distance_(name, candidates[i]);
        if (distance < best || (!closest && distance == best && length > 3)) {
            best = distance;
            closest = candidates[i];
        }
    }
    return closest;
}

bool cornu_starts_with_(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

bool cornu_ends_with_(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && memcmp(text + length - tail, end, tail) == 0;
}

/* keras/src/utils/naming.py, to_snake_case: non-word characters vanish; "_" goes before a capital
 * that begins a word
 * ("aB", "ABc" -> "a_b", "a_bc"), not between a digit and a capital ("Conv2D" -> "conv2d"). */
char *cornu_to_snake_case_(const char *camel, char *snake, size_t size) {
    size_t length = 0;
    char last = 0;
    for (const char *c = camel; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_') continue;
        bool word = isupper((unsigned char)*c) && last &&
                    (islower((unsigned char)last) || (last != '_' && islower((unsigned char)c[1])));
        if (word && length + 1 < size) snake[length++] = '_';
        if (length + 1 < size) snake[length++] = (char)tolower((unsigned char)*c);
        last = *c;
    }
    if (size) snake[length] = '\0';
    return snake;
}
