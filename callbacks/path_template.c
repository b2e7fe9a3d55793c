/* Paths with places for numbers, the part of Python's format language that file names need.
 * https://docs.python.org/3/library/string.html#format-string-syntax */
#include "path_template.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cornu_number_text_(double value, char text[40]) {
    int precision = 0;
    if (!isfinite(value)) {
        snprintf(text, 40, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    do snprintf(text, 40, "%.*e", precision, value);
    while (strtod(text, NULL) != value && ++precision < 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    int decimals = precision - exponent;
    if (exponent >= -4 && exponent < 16)
        snprintf(text, 40, "%.*f", decimals > 0 ? decimals : 1, value);
    char *comma = strchr(text, ','); /* of the user's locale */
    if (comma) *comma = '.';
}

/* [0][width][.precision][type] */
typedef struct {
    bool zeros;
    int width, precision; /* -1: not given */
    char type;            /* 0: not given */
} spec;

static bool read_number(const char **at, int *number) {
    if (!isdigit((unsigned char)**at)) return true;
    long value = strtol(*at, (char **)at, 10);
    *number = (int)value;
    return value <= 64;
}

static bool read_spec(const char *text, spec *out) {
    *out = (spec){.width = -1, .precision = -1};
    if (*text == '0') {
        out->zeros = true;
        text++;
    }
    if (!read_number(&text, &out->width)) return false;
    if (*text == '.') {
        text++;
        if (!isdigit((unsigned char)*text) || !read_number(&text, &out->precision)) return false;
    }
    if (*text && strchr("defgEFG%", *text)) out->type = *text++;
    return *text == '\0';
}

static cornu_status write_number(const spec *how, double value, bool whole, char text[512]) {
    int width = how->width < 0 ? 0 : how->width;
    int precision = how->precision < 0 ? 6 : how->precision;
    char plain[400];
    bool integer = how->type == 'd' || (whole && !how->type);
    if (how->type == 'd' && !whole)
        CORNU_FAIL(CORNU_EINVAL, "type 'd' is for whole numbers, and this is not one");
    if (integer) snprintf(plain, sizeof plain, "%lld", (long long)value);
    else if (!how->type && how->precision < 0) cornu_number_text_(value, plain);
    else switch (how->type) {
        case 'e':
            snprintf(plain, sizeof plain, "%.*e", precision, value);
            break;
        case 'E':
            snprintf(plain, sizeof plain, "%.*E", precision, value);
            break;
        case 'f':
        case 'F':
            snprintf(plain, sizeof plain, "%.*f", precision, value);
            break;
        case '%':
            snprintf(plain, sizeof plain, "%.*f%%", precision, value * 100);
            break;
        case 'G':
            snprintf(plain, sizeof plain, "%.*G", precision, value);
            break;
        default:
            snprintf(plain, sizeof plain, "%.*g", precision, value);
            break;
        }
    int length = (int)strlen(plain), fill = width > length ? width - length : 0;
    bool negative = plain[0] == '-' && how->zeros; /* zeros stand after the sign */
    snprintf(
        text, 512, "%s%.*s%s", negative ? "-" : "", fill,
        how->zeros ? "0000000000000000000000000000000000000000000000000000000000000000"
                   : "                                                                ",
        plain + (negative ? 1 : 0)
    );
    return CORNU_OK;
}

static cornu_status value_of(
    const char *name, int64_t epoch, int64_t batch, const cornu_logs *logs, double *value,
    bool *whole
) {
    *whole = strcmp(name, "epoch") == 0 || (strcmp(name, "batch") == 0 && batch > 0);
    if (*whole) {
        *value = (double)(strcmp(name, "epoch") == 0 ? epoch : batch);
        return CORNU_OK;
    }
    *value = cornu_logs_get(logs, name);
    if (cornu_logs_has(logs, name)) return CORNU_OK;
    char names[1024] = "epoch";
    size_t length = strlen(names);
    for (size_t i = 0; i < logs->count && length < sizeof names; i++) {
        const char *known = logs->entries[i].name;
        int written = snprintf(names + length, sizeof names - length, ", %s", known);
        if (written > 0) length += (size_t)written;
    }
    CORNU_FAIL(CORNU_EINVAL, "there is no '%s'; known are: %s", name, names);
}

/* The place that begins after '{' at *at; leaves *at after its '}'. */
static cornu_status fill_place(
    const char **at, int64_t epoch, int64_t batch, const cornu_logs *logs, char text[512]
) {
    char name[160];
    const char *end = strchr(*at, '}');
    size_t length = end ? (size_t)(end - *at) : 0;
    if (!end || length >= sizeof name) CORNU_FAIL(CORNU_EINVAL, "'{' without a '}'");
    memcpy(name, *at, length);
    name[length] = '\0';
    *at = end + 1;
    char *colon = strchr(name, ':');
    if (colon) *colon = '\0';
    spec how;
    if (!read_spec(colon ? colon + 1 : "", &how))
        CORNU_FAIL(CORNU_EINVAL, "the format '%s' of '%s' is not known", colon + 1, name);
    double value;
    bool whole;
    CORNU_TRY(value_of(name, epoch, batch, logs, &value, &whole));
    return write_number(&how, value, whole, text);
}

static cornu_status format(
    const char *pattern, int64_t epoch, int64_t batch, const cornu_logs *logs, char *path,
    size_t size
) {
    size_t used = 0;
    for (const char *at = pattern; *at;) {
        char text[512] = {*at, '\0'};
        bool brace = *at == '{' || *at == '}';
        if (brace && at[1] == *at) at += 2;
        else if (*at == '}') CORNU_FAIL(CORNU_EINVAL, "'}' without a '{'");
        else if (*at++ == '{') CORNU_TRY(fill_place(&at, epoch, batch, logs, text));
        size_t length = strlen(text);
        if (used + length >= size) CORNU_FAIL(CORNU_EINVAL, "the path is too long");
        memcpy(path + used, text, length + 1);
        used += length;
    }
    return CORNU_OK;
}

cornu_status cornu_path_format_(
    const char *pattern, int64_t epoch, int64_t batch, const cornu_logs *logs, char *path,
    size_t size
) {
    path[0] = '\0';
    CORNU_TRY(format(pattern, epoch, batch, logs, path, size), "filepath \"%s\"", pattern);
    return CORNU_OK;
}
