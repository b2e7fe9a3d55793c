/* JSON in Python's dialect, on cJSON's tree. cJSON reads the tree wrongly in ways that matter here
 * (bare NaN and Infinity fail, trailing garbage and duplicate keys pass, "\u0000" cuts a text,
 * integers lose digits), so the parser and the printer are our own; nodes are made and freed by
 * cJSON, with malloc. */
#include "nn/json.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "nn/class.h"

enum { DEPTH_LIMIT = 500 }; /* of nested lists and objects: the tree is freed by recursion */

typedef struct {
    const char *begin, *at, *end;
    const char *what; /* for messages: "config.json" */
    int depth;
} parser;

static cornu_status malformed(const parser *p, const char *wrong) {
    CORNU_FAIL(
        CORNU_EFORMAT, "%s: not valid JSON: %s at byte %lld", p->what, wrong,
        (long long)(p->at - p->begin)
    );
}

static cornu_status no_memory(void) { CORNU_FAIL(CORNU_ENOMEM, "out of memory for JSON"); }

static void skip_space(parser *p) {
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
}

static bool take_word(parser *p, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0) return false;
    p->at += length;
    return true;
}

/* ---- texts ---- */
static bool hex4(const char *at, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        unsigned digit;
        if (c >= '0' && c <= '9') digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f') digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F') digit = (unsigned)(c - 'A') + 10;
        else return false;
        *code = *code * 16 + digit;
    }
    return true;
}

static char *put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *to++ = (char)(0xE0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    } else {
        *to++ = (char)(0xF0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3F));
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    }
    return to;
}

/* Decodes one UTF-8 sequence of at most `left` bytes; returns its length, 0 if it is not valid. */
static size_t utf8(const char *text, size_t left, unsigned *code) {
    const unsigned char *s = (const unsigned char *)text;
    static const unsigned least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80                   ? 1
                    : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
                    : (s[0] & 0xF0) == 0xE0       ? 3
                    : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                                  : 0;
    if (length == 0 || length > left) return 0;
    *code = length == 1 ? s[0] : s[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        *code = *code << 6 | (s[i] & 0x3Fu);
    }
    if (*code < least[length] || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) return 0;
    return length;
}

static cornu_status parse_escape(parser *p, char **to) {
    static const char from[] = "\"\\/bfnrt", become[] = "\"\\/\b\f\n\r\t";
    p->at++; /* the backslash */
    if (p->at == p->end) return malformed(p, "a text without end");
    const char *found = *p->at != '\0' ? strchr(from, *p->at) : NULL;
    if (found != NULL) {
        *(*to)++ = become[found - from];
        p->at++;
        return CORNU_OK;
    }
    unsigned code, low;
    if (*p->at != 'u' || p->end - p->at < 5 || !hex4(p->at + 1, &code))
        return malformed(p, "an unknown escape");
    p->at += 5;
    if (code == 0) return malformed(p, "a zero character in a text");
    if (code >= 0xD800 && code < 0xE000) {
        if (code >= 0xDC00 || p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u' ||
            !hex4(p->at + 2, &low) || low < 0xDC00 || low >= 0xE000)
            return malformed(p, "half of a surrogate pair");
        p->at += 6;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    *to = put_utf8(*to, code);
    return CORNU_OK;
}

/* Gives a text in cJSON's memory. No escape is shorter than what it stands for, so the quoted
 * length is enough room. */
static cornu_status parse_text(parser *p, char **text) {
    const char *close = p->at + 1;
    while (close < p->end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= p->end) return malformed(p, "a text without end");
    char *out = cJSON_malloc((size_t)(close - p->at));
    if (out == NULL) return no_memory();
    char *to = out;
    for (p->at++; p->at < close;) {
        unsigned code;
        size_t length = utf8(p->at, (size_t)(close - p->at), &code);
        cornu_status status = CORNU_OK;
        if (length == 0) {
            status = malformed(p, "a text that is not UTF-8");
        } else if (code < 0x20) {
            status = malformed(p, "a control character in a text");
        } else if (code == '\\') {
            status = parse_escape(p, &to);
        } else {
            memcpy(to, p->at, length);
            to += length;
            p->at += length;
        }
        if (status != CORNU_OK) {
            cJSON_free(out);
            return status;
        }
    }
    *to = '\0';
    p->at = close + 1;
    *text = out;
    return CORNU_OK;
}

/* ---- numbers ---- */
/* strtod reads the decimal point of the locale. */
static double to_double(const char *text) {
    char local[400];
    const char *point = strchr(text, '.'), *mark = localeconv()->decimal_point;
    if (point == NULL || strcmp(mark, ".") == 0) return strtod(text, NULL);
    snprintf(local, sizeof local, "%.*s%s%s", (int)(point - text), text, mark, point + 1);
    return strtod(local, NULL);
}

static cJSON *new_number(double value, bool is_float) {
    cJSON *number = cJSON_CreateNumber(value);
    if (number != NULL && is_float) number->type |= CORNU_JSON_FLOAT;
    return number;
}

cJSON *cornu_json_float_(double value) {
    cJSON *number = new_number(value, true);
    if (number == NULL) no_memory();
    return number;
}

cJSON *cornu_json_int_(int64_t value) {
    cJSON *number = new_number((double)value, false);
    if (number == NULL) return (void)no_memory(), NULL;
    if (value > (INT64_C(1) << 53) || value < -(INT64_C(1) << 53)) {
        /* the digits, since the double does not hold them all */
        number->valuestring = cJSON_malloc(24);
        if (number->valuestring == NULL) return cJSON_Delete(number), (void)no_memory(), NULL;
        snprintf(number->valuestring, 24, "%lld", (long long)value);
    }
    return number;
}

bool cornu_json_is_integral_(const cJSON *json) {
    return cJSON_IsNumber(json) && isfinite(json->valuedouble) &&
           json->valuedouble == floor(json->valuedouble);
}

bool cornu_json_as_int_(const cJSON *json, int64_t *value) {
    if (!cornu_json_is_integral_(json)) return false;
    if (json->valuestring != NULL) {
        errno = 0;
        long long exact = strtoll(json->valuestring, NULL, 10);
        if (errno != 0) return false;
        *value = exact;
        return true;
    }
    if (json->valuedouble < -0x1p63 || json->valuedouble >= 0x1p63) return false;
    *value = (int64_t)json->valuedouble;
    return true;
}

static bool digit_at(const parser *p) { return p->at < p->end && *p->at >= '0' && *p->at <= '9'; }

static cornu_status parse_number(parser *p, cJSON **out) {
    const char *begin = p->at;
    bool is_float = false;
    if (*p->at == '-') p->at++;
    if (take_word(p, "Infinity")) {
        *out = new_number(*begin == '-' ? -INFINITY : INFINITY, true);
        return *out != NULL ? CORNU_OK : no_memory();
    }
    if (!digit_at(p)) return malformed(p, "no value");
    if (*p->at == '0') p->at++;
    else
        while (digit_at(p)) p->at++;
    if (p->at < p->end && *p->at == '.') {
        is_float = true;
        p->at++;
        if (!digit_at(p)) return malformed(p, "no digit after the decimal point");
        while (digit_at(p)) p->at++;
    }
    if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        is_float = true;
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-')) p->at++;
        if (!digit_at(p)) return malformed(p, "no digit in the exponent");
        while (digit_at(p)) p->at++;
    }
    char text[336]; /* DBL_MAX has 309 digits */
    size_t length = (size_t)(p->at - begin);
    if (length >= sizeof text) return p->at = begin, malformed(p, "a number with too many digits");
    memcpy(text, begin, length);
    text[length] = '\0';
    if (!is_float) {
        errno = 0;
        long long exact = strtoll(text, NULL, 10);
        if (errno == 0) {
            *out = cornu_json_int_(exact);
            return *out != NULL ? CORNU_OK : CORNU_ENOMEM;
        }
    }
    *out = new_number(to_double(text), true);
    return *out != NULL ? CORNU_OK : no_memory();
}

/* ---- lists and objects ---- */
static cornu_status parse_value(parser *p, cJSON **out);

static int compare_keys(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static cornu_status check_keys(const parser *p, const cJSON *object) {
    size_t count = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next) count++;
    if (count < 2) return CORNU_OK;
    const char **keys = cornu_alloc_array_(count, sizeof *keys);
    if (keys == NULL) return CORNU_ENOMEM;
    size_t i = 0;
    for (const cJSON *item = object->child; item != NULL; item = item->next)
        keys[i++] = item->string;
    qsort(keys, count, sizeof *keys, compare_keys);
    cornu_status status = CORNU_OK;
    for (i = 1; i < count && status == CORNU_OK; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            status = cornu_error_set(
                CORNU_EFORMAT, __FILE__, __LINE__,
                "%s: the key '%.100s' stands twice in one object", p->what, keys[i]
            );
    cornu_free_(keys);
    return status;
}

/* Members into `parent`, which owns what has been added when an error comes. */
static cornu_status parse_members(parser *p, cJSON *parent, char close) {
    bool is_object = close == '}';
    p->at++;
    skip_space(p);
    if (p->at < p->end && *p->at == close) return p->at++, CORNU_OK;
    for (;;) {
        char *key = NULL;
        if (is_object) {
            skip_space(p);
            if (p->at == p->end || *p->at != '"') return malformed(p, "no key");
            CORNU_TRY(parse_text(p, &key));
            skip_space(p);
            if (p->at == p->end || *p->at != ':') {
                cJSON_free(key);
                return malformed(p, "no ':' after a key");
            }
            p->at++;
        }
        cJSON *item = NULL;
        cornu_status status = parse_value(p, &item);
        if (status != CORNU_OK) {
            cJSON_free(key);
            return status;
        }
        item->string = key; /* cJSON_AddItemToArray keeps it, and cJSON_Delete frees it */
        cJSON_AddItemToArray(parent, item);
        skip_space(p);
        if (p->at == p->end) return malformed(p, "a list or object without end");
        char next = *p->at++;
        if (next == close) return is_object ? check_keys(p, parent) : CORNU_OK;
        if (next != ',') return p->at--, malformed(p, "neither ',' nor an end");
    }
}

static cornu_status parse_value(parser *p, cJSON **out) {
    skip_space(p);
    if (p->at == p->end) return malformed(p, "no value");
    char first = *p->at;
    cJSON *value = NULL;
    if (first == '{' || first == '[') {
        if (p->depth == DEPTH_LIMIT) return malformed(p, "nested too deeply");
        value = first == '{' ? cJSON_CreateObject() : cJSON_CreateArray();
        if (value == NULL) return no_memory();
        p->depth++;
        cornu_status status = parse_members(p, value, first == '{' ? '}' : ']');
        p->depth--;
        if (status != CORNU_OK) return cJSON_Delete(value), status;
    } else if (first == '"') {
        char *text;
        CORNU_TRY(parse_text(p, &text));
        value = cJSON_CreateNull();
        if (value == NULL) return cJSON_free(text), no_memory();
        value->type = cJSON_String;
        value->valuestring = text;
    } else if (take_word(p, "true")) {
        value = cJSON_CreateTrue();
    } else if (take_word(p, "false")) {
        value = cJSON_CreateFalse();
    } else if (take_word(p, "null")) {
        value = cJSON_CreateNull();
    } else if (take_word(p, "NaN")) {
        value = new_number(NAN, true);
    } else {
        CORNU_TRY(parse_number(p, &value));
    }
    if (value == NULL) return no_memory();
    *out = value;
    return CORNU_OK;
}

cJSON *cornu_json_parse_(const char *text, size_t length, const char *what) {
    if (text == NULL) return (void)cornu_error_null(what), NULL;
    parser p = {.begin = text, .at = text, .end = text + length, .what = what};
    cJSON *value = NULL;
    if (parse_value(&p, &value) != CORNU_OK) return NULL;
    skip_space(&p);
    if (p.at == p.end) return value;
    cJSON_Delete(value);
    malformed(&p, "something after the end");
    return NULL;
}

/* ---- printing ---- */
static void put_text(cornu_text *out, const char *text) {
    static const char from[] = "\"\\\b\f\n\r\t", become[] = "\"\\bfnrt";
    cornu_text_add_(out, "\"");
    for (size_t left = strlen(text); left > 0;) {
        unsigned code;
        size_t length = utf8(text, left, &code);
        if (length == 0) {
            code = 0xFFFD; /* a name that is not UTF-8: the replacement character */
            length = 1;
        }
        const char *found = code < 0x80 ? strchr(from, (int)code) : NULL;
        if (found != NULL) cornu_text_format_(out, "\\%c", become[found - from]);
        else if (code >= 0x20 && code < 0x7F) cornu_text_format_(out, "%c", (int)code);
        else if (code < 0x10000) cornu_text_format_(out, "\\u%04x", code);
        else
            cornu_text_format_(
                out, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
                0xDC00 + ((code - 0x10000) & 0x3FF)
            );
        text += length;
        left -= length;
    }
    cornu_text_add_(out, "\"");
}

/* As Python's repr: the fewest digits that read back as the same number, with an exponent outside
 * 1e-4 .. 1e16. */
static void float_text(double value, char out[40]) {
    char digits[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(digits, sizeof digits, "%.*e", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    char mantissa[24] = {0}; /* digits alone */
    size_t count = 0;
    const char *at = digits;
    char *to = out;
    if (*at == '-') *to++ = *at++;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9') mantissa[count++] = *at;
    int exponent = (int)strtol(at + 1, NULL, 10);
    if (exponent < -4 || exponent >= 16) {
        to += snprintf(
            to, 30, "%c%s%.*s", mantissa[0], count > 1 ? "." : "", (int)count - 1, mantissa + 1
        );
        snprintf(to, 8, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent) % 1000);
    } else if (exponent < 0) {
        snprintf(to, 30, "0.%.*s%.*s", -exponent - 1, "000", (int)count, mantissa);
    } else {
        size_t whole = (size_t)exponent + 1;
        for (size_t i = 0; i < whole; i++) *to++ = i < count ? mantissa[i] : '0';
        if (count > whole) snprintf(to, 20, ".%.*s", (int)(count - whole), mantissa + whole);
        else snprintf(to, 20, ".0");
    }
}

static void put_number(cornu_text *out, const cJSON *number) {
    double value = number->valuedouble;
    int64_t integer;
    if (isnan(value)) {
        cornu_text_add_(out, "NaN");
    } else if (isinf(value)) {
        cornu_text_add_(out, value > 0 ? "Infinity" : "-Infinity");
    } else if ((number->type & CORNU_JSON_FLOAT) == 0 && cornu_json_as_int_(number, &integer)) {
        cornu_text_format_(out, "%lld", (long long)integer);
    } else {
        char text[40];
        float_text(value, text);
        cornu_text_add_(out, text);
    }
}

static void put_value(cornu_text *out, const cJSON *json) {
    switch (json->type & 0xFF) {
    case cJSON_False:
        cornu_text_add_(out, "false");
        return;
    case cJSON_True:
        cornu_text_add_(out, "true");
        return;
    case cJSON_Number:
        put_number(out, json);
        return;
    case cJSON_String:
        put_text(out, json->valuestring);
        return;
    case cJSON_Array:
    case cJSON_Object:
        break;
    default:
        cornu_text_add_(out, "null");
        return;
    }
    bool is_object = cJSON_IsObject(json);
    cornu_text_add_(out, is_object ? "{" : "[");
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        if (item != json->child) cornu_text_add_(out, ", ");
        if (is_object) {
            put_text(out, item->string);
            cornu_text_add_(out, ": ");
        }
        put_value(out, item);
    }
    cornu_text_add_(out, is_object ? "}" : "]");
}

char *cornu_json_print_(const cJSON *json) {
    if (json == NULL) return (void)cornu_error_null("JSON"), NULL;
    cornu_text out = {0};
    put_value(&out, json);
    return cornu_text_take_(&out);
}
