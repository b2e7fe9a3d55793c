/* strtod with a decimal point that is a point. */
#include "base/number.h"
#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 127 };

/* Only what a decimal number can be made of: strtod would take "0x10" and "nan(abc)". */
static bool is_plain(const char *text) {
    const char *rest = text + (*text == '-' || *text == '+');
    if (isalpha((unsigned char)*rest)) {
        char word[10] = "";
        for (size_t i = 0; i < sizeof word - 1 && rest[i]; i++)
            word[i] = (char)tolower((unsigned char)rest[i]);
        return strcmp(word, "nan") == 0 || strcmp(word, "inf") == 0 ||
               strcmp(word, "infinity") == 0;
    }
    return *rest != '\0' && strspn(rest, "0123456789.eE+-") == strlen(rest);
}

bool cornu_number_parse_(const char *text, double *value) {
    char copy[LONGEST + 8];
    while (*text == ' ' || *text == '\t') text++;
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
    if (length == 0 || length > LONGEST) return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!is_plain(copy)) return false;
    char *point = strchr(copy, '.');
    const char *mark = localeconv()->decimal_point;
    size_t mark_length = strlen(mark);
    if (point && mark_length > 0 && mark_length < 7 && strcmp(mark, ".") != 0) {
        memmove(point + mark_length, point + 1, strlen(point));
        memcpy(point, mark, mark_length);
    }
    char *end;
    *value = strtod(copy, &end);
    return *end == '\0' && end != copy;
}
