/* Tensors as NumPy prints arrays: numpy/core/arrayprint.py, with its defaults (precision 8,
 * "maxprec", 75 columns, more than 1000 elements summarised by three at each edge). bfloat16, which
 * NumPy lacks, is printed like float16. */
#include "base/memory.h"
#include "base/text.h"
#include "tensor/decimal.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { line_width = 75, precision = 8, threshold = 1000, edge = 3 };

typedef enum number_style {
    STYLE_STRING,
    STYLE_BOOL,
    STYLE_INTEGER,
    STYLE_POSITIONAL,
    STYLE_SCIENTIFIC
} number_style;

typedef struct printer {
    const cornu_tensor *tensor;
    int64_t strides[CORNU_MAX_RANK];
    bool summarise;
    number_style style;
    int width;           /* integers: of the widest */
    int left, right;     /* columns before and after the point */
    int digits;          /* scientific: after the point */
    int exponent_digits; /* scientific */
    /* what a pass over the shown elements found */
    double largest,
        smallest; /* of the magnitudes that are finite and not zero; 0 and infinity if none */
    bool any_finite, any_nan, any_inf, any_negative_inf;
    cornu_text text;
    size_t column; /* where the line is */
} printer;

static double number(const printer *p, int64_t index) {
    return cornu_element_get_(p->tensor->dtype, p->tensor->storage->data, index);
}

static int64_t integer(const printer *p, int64_t index) {
    int64_t value = 0; /* not by way of double, which holds 53 bits */
    const char *data = p->tensor->storage->data;
    size_t size = cornu_dtype_size(p->tensor->dtype);
    cornu_convert_(CORNU_INT64, &value, p->tensor->dtype, data + (size_t)index * size, 1);
    return value;
}

/* Calls `visit` for each element that is shown. */
static void for_each_shown(
    printer *p, int axis, int64_t offset, void (*visit)(printer *p, int64_t index)
) {
    if (axis == p->tensor->shape.rank) {
        visit(p, offset);
        return;
    }
    int64_t length = p->tensor->shape.dims[axis];
    for (int64_t i = 0; i < length; i++) {
        if (p->summarise && length > 2 * edge && i == edge) i = length - edge;
        for_each_shown(p, axis + 1, offset + i * p->strides[axis], visit);
    }
}

/* ---- measuring ---- */

static void visit_range(printer *p, int64_t index) {
    double value = number(p, index);
    if (isnan(value)) {
        p->any_nan = true;
    } else if (isinf(value)) {
        p->any_inf = true;
        p->any_negative_inf |= value < 0;
    } else {
        p->any_finite = true;
        if (value != 0) {
            p->largest = fmax(p->largest, fabs(value));
            p->smallest = fmin(p->smallest, fabs(value));
        }
    }
}

static void grow_to(int *width, size_t length) {
    if ((int)length > *width) *width = (int)length;
}

static void visit_positional(printer *p, int64_t index) {
    double value = number(p, index);
    if (!isfinite(value)) return;
    char text[400];
    size_t length =
        (size_t)cornu_decimal_positional_(p->tensor->dtype, value, precision, 0, text, sizeof text);
    size_t whole = strcspn(text, ".");
    grow_to(&p->left, whole);
    grow_to(&p->right, length - whole - 1);
}

static void visit_scientific(printer *p, int64_t index) {
    double value = number(p, index);
    if (!isfinite(value)) return;
    char text[400];
    size_t length = (size_t
    )cornu_decimal_scientific_(p->tensor->dtype, value, precision, 0, 2, text, sizeof text);
    size_t whole = strcspn(text, "."), mantissa = strcspn(text, "e");
    grow_to(&p->left, whole);
    grow_to(&p->digits, mantissa - whole - 1);
    grow_to(&p->exponent_digits, length - mantissa - 2);
}

static void visit_integer(printer *p, int64_t index) {
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, integer(p, index));
    grow_to(&p->width, (size_t)length);
}

/* NumPy divides in the type of the array, where the quotient may round or overflow. */
static double ratio(cornu_dtype dtype, double largest, double smallest) {
    double quotient = largest / smallest;
    if (dtype == CORNU_FLOAT64) return quotient;
    if (dtype == CORNU_FLOAT32) return (double)((float)largest / (float)smallest);
    uint16_t bits = 0;
    cornu_element_set_(dtype, &bits, 0, quotient);
    return cornu_element_get_(dtype, &bits, 0);
}

static void measure_floats(printer *p) {
    p->smallest = (double)INFINITY;
    for_each_shown(p, 0, 0, visit_range);
    bool scientific = p->largest > 0 && (p->largest >= 1e8 || p->smallest < 1e-4 ||
                                         ratio(p->tensor->dtype, p->largest, p->smallest) > 1000);
    p->style = scientific ? STYLE_SCIENTIFIC : STYLE_POSITIONAL;
    for_each_shown(p, 0, 0, scientific ? visit_scientific : visit_positional);
    if (scientific) p->right = p->digits + 2 + p->exponent_digits;
    if (p->any_nan || p->any_inf) {
        int longest = p->any_negative_inf ? 4 : 3;
        if (longest - (p->right + 1) > p->left) p->left = longest - (p->right + 1);
    }
}

static void measure(printer *p) {
    if (p->tensor->dtype == CORNU_STRING) {
        p->style = STYLE_STRING;
    } else if (p->tensor->dtype == CORNU_BOOL) {
        p->style = STYLE_BOOL;
    } else if (cornu_dtype_is_float(p->tensor->dtype)) {
        measure_floats(p);
    } else {
        p->style = STYLE_INTEGER;
        for_each_shown(p, 0, 0, visit_integer);
    }
}

/* ---- writing ---- */

static void format_float(const printer *p, double value, char *word, size_t size) {
    cornu_dtype dtype = p->tensor->dtype;
    if (!isfinite(value)) {
        const char *name = isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
        (void)snprintf(word, size, "%*s", p->left + p->right + 1, name);
        return;
    }
    char text[400];
    if (p->style == STYLE_SCIENTIFIC) {
        (void)cornu_decimal_scientific_(
            dtype, value, p->digits, p->digits, p->exponent_digits, text, sizeof text
        );
    } else {
        (void)cornu_decimal_positional_(dtype, value, precision, 0, text, sizeof text);
    }
    int whole = (int)strcspn(text, ".");
    int pad_left = p->left > whole ? p->left - whole : 0;
    int rest = (int)strlen(text) - whole - 1;
    int pad_right = p->right > rest ? p->right - rest : 0;
    (void)snprintf(word, size, "%*s%s%*s", pad_left, "", text, pad_right, "");
}

/* b'bytes' as in Python; a long one is cut off. */
static void format_string(const printer *p, int64_t index, char *word, size_t size) {
    cornu_bytes bytes = cornu_tensor_bytes(p->tensor, index);
    size_t length = (size_t)snprintf(word, size, "b'");
    for (size_t i = 0; i < bytes.size && length + 12 < size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        const char *form = c == '\'' || c == '\\' ? "\\%c" : c < 32 || c > 126 ? "\\x%02x" : "%c";
        length += (size_t)snprintf(word + length, size - length, form, c);
        if (length + 12 >= size) length += (size_t)snprintf(word + length, size - length, "...");
    }
    (void)snprintf(word + length, size - length, "'");
}

static void format_element(const printer *p, int64_t index, char *word, size_t size) {
    switch (p->style) {
    case STYLE_STRING:
        format_string(p, index, word, size);
        break;
    case STYLE_BOOL:
        (void)snprintf(word, size, "%s", number(p, index) != 0 ? " True" : "False");
        break;
    case STYLE_INTEGER:
        (void)snprintf(word, size, "%*" PRId64, p->width, integer(p, index));
        break;
    case STYLE_POSITIONAL:
    case STYLE_SCIENTIFIC:
        format_float(p, number(p, index), word, size);
        break;
    }
}

/* Puts a word on the line, or on a new one if it does not fit. */
static void put_word(printer *p, const char *word, size_t width, size_t indent) {
    size_t length = strlen(word);
    if (p->column > indent && p->column + length > width) {
        while (p->text.length && p->text.data[p->text.length - 1] == ' ') p->text.length--;
        cornu_text_add_(&p->text, "\n");
        cornu_text_repeat_(&p->text, ' ', indent);
        p->column = indent;
    }
    cornu_text_add_(&p->text, word);
    p->column += length;
}

static void put_row(printer *p, int64_t offset, size_t width, size_t indent) {
    int axis = p->tensor->shape.rank - 1;
    int64_t length = p->tensor->shape.dims[axis];
    char word[512];
    p->column = indent;
    for (int64_t i = 0; i < length; i++) {
        if (i) {
            cornu_text_add_(&p->text, " ");
            p->column++;
        }
        if (p->summarise && length > 2 * edge && i == edge) {
            put_word(p, "...", width, indent);
            cornu_text_add_(&p->text, " ");
            p->column++;
            i = length - edge;
        }
        format_element(p, offset + i * p->strides[axis], word, sizeof word);
        put_word(p, word, width, indent);
    }
}

/* An axis in brackets; `indent` is the column inside of its bracket. */
static void put_axis(printer *p, int axis, int64_t offset, size_t indent) {
    int left = p->tensor->shape.rank - axis;
    int64_t length = p->tensor->shape.dims[axis];
    cornu_text_add_(&p->text, "[");
    if (left == 1) {
        /* room for as many closing brackets as are open */
        put_row(p, offset, line_width - indent, indent);
        cornu_text_add_(&p->text, "]");
        return;
    }
    for (int64_t i = 0; i < length; i++) {
        if (i) {
            cornu_text_repeat_(&p->text, '\n', (size_t)left - 1);
            cornu_text_repeat_(&p->text, ' ', indent);
        }
        if (p->summarise && length > 2 * edge && i == edge) {
            cornu_text_add_(&p->text, "...");
            cornu_text_repeat_(&p->text, '\n', (size_t)left - 1);
            cornu_text_repeat_(&p->text, ' ', indent);
            i = length - edge;
        }
        put_axis(p, axis + 1, offset + i * p->strides[axis], indent + 1);
    }
    cornu_text_add_(&p->text, "]");
}

/* Without brackets a single number is written in full, as Python writes numbers. */
static void put_scalar(printer *p) {
    char text[400];
    switch (p->tensor->dtype) {
    case CORNU_STRING:
        format_string(p, 0, text, sizeof text);
        cornu_text_add_(&p->text, text);
        break;
    case CORNU_BOOL:
        cornu_text_add_(&p->text, number(p, 0) != 0 ? "True" : "False");
        break;
    case CORNU_FLOAT32:
    case CORNU_FLOAT64:
    case CORNU_BFLOAT16:
    case CORNU_FLOAT16:
        (void)cornu_decimal_scalar_(p->tensor->dtype, number(p, 0), text, sizeof text);
        cornu_text_add_(&p->text, text);
        break;
    default:
        cornu_text_format_(&p->text, "%" PRId64, integer(p, 0));
    }
}

static void put_symbolic(printer *p) {
    char shape[256];
    cornu_text_format_(
        &p->text, "<symbolic tensor, shape=%s, dtype=%s>",
        cornu_shape_format(&p->tensor->shape, shape, sizeof shape),
        cornu_dtype_name(p->tensor->dtype)
    );
}

char *cornu_tensor_text(const cornu_tensor *tensor) {
    if (!tensor) {
        (void)cornu_error_null("cornu_tensor_text: tensor");
        return NULL;
    }
    printer p = {.tensor = tensor};
    if (!tensor->storage) {
        put_symbolic(&p);
    } else if (tensor->size == 0) {
        cornu_text_add_(&p.text, "[]");
    } else if (tensor->shape.rank == 0) {
        put_scalar(&p);
    } else {
        p.summarise = tensor->size > threshold;
        cornu_shape_strides_(&tensor->shape, p.strides);
        measure(&p);
        put_axis(&p, 0, 0, 1);
    }
    return cornu_text_take_(&p.text);
}

cornu_status cornu_tensor_print(const cornu_tensor *tensor, FILE *stream) {
    char *text = cornu_tensor_text(tensor);
    if (!text) return cornu_error_status();
    bool written = fputs(text, stream) >= 0 && fputc('\n', stream) >= 0;
    cornu_free_(text);
    if (!written) CORNU_FAIL(CORNU_EIO, "a tensor cannot be printed: the stream has an error");
    return CORNU_OK;
}
