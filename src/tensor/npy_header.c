/* The header of a .npy file: magic, version, length, and a Python dict literal with exactly three
 * keys. */
#include "tensor/npy.h"

#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the data of .npy files is read and written as it lies in memory, little-endian"
#endif

static const struct {
    const char *code;
    cornu_dtype dtype;
} types[] = {
    {"f4", CORNU_FLOAT32}, {"f8", CORNU_FLOAT64},  {"f2", CORNU_FLOAT16}, {"i1", CORNU_INT8},
    {"i2", CORNU_INT16},   {"i4", CORNU_INT32},    {"i8", CORNU_INT64},   {"u1", CORNU_UINT8},
    {"b1", CORNU_BOOL},    {"V2", CORNU_BFLOAT16}, /* as the package ml_dtypes writes it */
};

/* ---- reading ---- */

typedef struct parser {
    const char *at, *end;
    const char *name; /* of the file */
} parser;

static void skip_space(parser *p) {
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t')) p->at++;
}

static bool take(parser *p, char c) {
    skip_space(p);
    if (p->at == p->end || *p->at != c) return false;
    p->at++;
    return true;
}

static cornu_status damaged(const parser *p, const char *expected) {
    int rest = p->end - p->at < 20 ? (int)(p->end - p->at) : 20;
    return cornu_error_set(
        CORNU_EFORMAT, NULL, 0, "'%s': damaged .npy header: %s expected before '%.*s'", p->name,
        expected, rest, p->at
    );
}

/* A text in single or double quotes, without escapes. */
static cornu_status take_text(parser *p, char *text, size_t size) {
    skip_space(p);
    char quote = p->at < p->end ? *p->at : '\0';
    if (quote != '\'' && quote != '"') return damaged(p, "a text in quotes");
    const char *start = p->at + 1;
    const char *stop = memchr(start, quote, (size_t)(p->end - start));
    if (!stop || (size_t)(stop - start) >= size) return damaged(p, "a short text in quotes");
    memcpy(text, start, (size_t)(stop - start));
    text[stop - start] = '\0';
    p->at = stop + 1;
    return CORNU_OK;
}

static bool take_word(parser *p, const char *word) {
    skip_space(p);
    size_t length = strlen(word);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0) return false;
    p->at += length;
    return true;
}

static cornu_status take_dtype(parser *p, cornu_dtype *dtype) {
    skip_space(p);
    if (p->at < p->end && *p->at == '[') {
        CORNU_FAIL(CORNU_EFORMAT, "'%s': records (structured arrays) have no dtype here", p->name);
    }
    char code[16] = "";
    CORNU_TRY(take_text(p, code, sizeof code));
    if (code[0] == '>') {
        CORNU_FAIL(
            CORNU_EFORMAT,
            "'%s': big-endian data ('%s'); save array.astype(array.dtype."
            "newbyteorder('<')) instead",
            p->name, code
        );
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if ((code[0] == '<' || code[0] == '|') && strcmp(code + 1, types[i].code) == 0) {
            *dtype = types[i].dtype;
            return CORNU_OK;
        }
    }
    CORNU_FAIL(CORNU_EFORMAT, "'%s': element type '%s' has no counterpart", p->name, code);
}

static cornu_status take_size(parser *p, int64_t *size) {
    skip_space(p);
    if (p->at == p->end || *p->at < '0' || *p->at > '9') return damaged(p, "a size");
    *size = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        if (__builtin_mul_overflow(*size, (int64_t)10, size) ||
            __builtin_add_overflow(*size, (int64_t)(*p->at - '0'), size)) {
            return damaged(p, "a size below 2^63");
        }
    }
    return CORNU_OK;
}

static cornu_status take_shape(parser *p, cornu_shape *shape) {
    *shape = (cornu_shape){0};
    if (!take(p, '(')) return damaged(p, "'('");
    while (!take(p, ')')) {
        if (shape->rank == CORNU_MAX_RANK) {
            CORNU_FAIL(CORNU_EFORMAT, "'%s': more than %d axes", p->name, CORNU_MAX_RANK);
        }
        CORNU_TRY(take_size(p, &shape->dims[shape->rank]));
        shape->rank++;
        bool comma = take(p, ',');
        /* (3) is a number in Python, (3,) a tuple */
        if (!comma && (shape->rank == 1 || p->at == p->end || *p->at != ')')) {
            return damaged(p, "','");
        }
    }
    return CORNU_OK;
}

static cornu_status parse_dict(parser *p, cornu_npy_header *header) {
    bool have_dtype = false, have_order = false, have_shape = false, fortran = false;
    if (!take(p, '{')) return damaged(p, "'{'");
    while (!take(p, '}')) {
        char key[16];
        CORNU_TRY(take_text(p, key, sizeof key));
        if (!take(p, ':')) return damaged(p, "':'");
        if (strcmp(key, "descr") == 0 && !have_dtype) {
            CORNU_TRY(take_dtype(p, &header->dtype));
            have_dtype = true;
        } else if (strcmp(key, "fortran_order") == 0 && !have_order) {
            fortran = take_word(p, "True");
            if (!fortran && !take_word(p, "False")) return damaged(p, "True or False");
            have_order = true;
        } else if (strcmp(key, "shape") == 0 && !have_shape) {
            CORNU_TRY(take_shape(p, &header->shape));
            have_shape = true;
        } else {
            CORNU_FAIL(
                CORNU_EFORMAT, "'%s': damaged .npy header: key '%s' is unknown or given twice",
                p->name, key
            );
        }
        skip_space(p);
        if (!take(p, ',') && (p->at == p->end || *p->at != '}')) return damaged(p, "',' or '}'");
    }
    skip_space(p);
    if (p->at != p->end) return damaged(p, "the end");
    if (!have_dtype || !have_order || !have_shape) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': damaged .npy header: no '%s'", p->name,
            !have_dtype   ? "descr"
            : !have_order ? "fortran_order"
                          : "shape"
        );
    }
    if (fortran && header->shape.rank > 1) {
        CORNU_FAIL(
            CORNU_EFORMAT,
            "'%s': the array is stored in Fortran order; save numpy."
            "ascontiguousarray(array) instead",
            p->name
        );
    }
    return CORNU_OK;
}

static size_t little_endian(const char *bytes, int count) {
    size_t value = 0;
    for (int i = count - 1; i >= 0; i--) value = value << 8 | (unsigned char)bytes[i];
    return value;
}

cornu_status cornu_npy_header_end_(const char *bytes, size_t size, const char *name, size_t *end) {
    if (size < 6 || memcmp(bytes, "\x93NUMPY", 6) != 0) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' is not a .npy file", name);
    }
    if (size < CORNU_NPY_START) CORNU_FAIL(CORNU_EFORMAT, "'%s' is cut: %zu bytes", name, size);
    int major = (unsigned char)bytes[6], minor = (unsigned char)bytes[7];
    if (major < 1 || major > 3 || minor != 0) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': .npy version %d.%d; 1.0, 2.0 and 3.0 are known", name, major,
            minor
        );
    }
    *end = major == 1 ? 10 + little_endian(bytes + 8, 2) : 12 + little_endian(bytes + 8, 4);
    if (*end > CORNU_NPY_HEADER_LIMIT) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s': a .npy header of %zu bytes is too long", name, *end);
    }
    return CORNU_OK;
}

cornu_status cornu_npy_header_read_(
    const char *bytes, size_t size, const char *name, cornu_npy_header *header
) {
    size_t end = 0;
    CORNU_TRY(cornu_npy_header_end_(bytes, size, name, &end));
    if (size < end) CORNU_FAIL(CORNU_EFORMAT, "'%s' is cut within its header", name);
    size_t start = bytes[6] == 1 ? 10 : 12;
    if (end <= start) CORNU_FAIL(CORNU_EFORMAT, "'%s': the .npy header is empty", name);
    parser p = {.at = bytes + start, .end = bytes + end, .name = name};
    CORNU_TRY(parse_dict(&p, header));
    int64_t elements;
    CORNU_TRY(
        cornu_shape_check_(header->dtype, &header->shape, &elements, &header->data_size), "'%s'",
        name
    );
    header->data_offset = end;
    return CORNU_OK;
}

/* ---- writing ---- */

size_t cornu_npy_header_write_(const cornu_tensor *tensor, char *bytes) {
    const char *code = "";
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].dtype == tensor->dtype) code = types[i].code;
    }
    const cornu_shape *shape = &tensor->shape;
    char sizes[CORNU_MAX_RANK * 22 + 1] = "";
    size_t length = 0;
    for (int i = 0; i < shape->rank; i++) {
        length += (size_t)snprintf(
            sizes + length, sizeof sizes - length, "%s%" PRId64, i ? ", " : "", shape->dims[i]
        );
    }
    /* NumPy leaves room in which the first size can grow to 21 digits. */
    char first[24];
    int spare = shape->rank ? 21 - snprintf(first, sizeof first, "%" PRId64, shape->dims[0]) : 0;
    bool endless = cornu_dtype_size(tensor->dtype) == 1; /* bytes have no order */
    char *text = bytes + 10;
    length = (size_t)snprintf(
        text, CORNU_NPY_HEADER_ROOM - 10,
        "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s%s), }%*s", endless ? '|' : '<',
        code, sizes, shape->rank == 1 ? "," : "", spare, ""
    );
    size_t padding = 64 - (10 + length + 1) % 64;
    memset(text + length, ' ', padding);
    length += padding;
    text[length++] = '\n';
    static const char magic_and_version[8] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};
    memcpy(bytes, magic_and_version, sizeof magic_and_version);
    bytes[8] = (char)(length & 0xff);
    bytes[9] = (char)(length >> 8);
    return 10 + length;
}
