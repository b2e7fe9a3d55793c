/* Convolution and pooling as C: loops over batch, places and channels, and inside over the window,
 * whose elements outside of the input are left out. */
#include "export/export.h"

static long long ll(int64_t number) { return (long long)number; }

/* What both kinds have: x[batch, in.., channels] and y[batch, out.., filters]. */
typedef struct window {
    cornu_text *text;
    const cornu_stencil *stencil;
    const cornu_operand *x, *y;
    const int64_t *size; /* of the window */
    int rank;
} window;

static void line(const window *w, int depth, const char *format, ...) CORNU_PRINTF_(3, 4);
static void line(const window *w, int depth, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)(depth + 2));
    cornu_text_vformat_(w->text, format, arguments);
    cornu_text_add_(w->text, "\n");
    va_end(arguments);
}

/* Loops n, p0, p1, ..; returns their depth. */
static int open_places(const window *w) {
    int depth = 0;
    line(w, depth++, "for (long n = 0; n < %lld; n++)", ll(w->y->dims[0]));
    for (int i = 0; i < w->rank; i++)
        line(w, depth++, "for (long p%d = 0; p%d < %lld; p%d++)", i, i, ll(w->y->dims[i + 1]), i);
    return depth;
}

/* Loops k0, k1, .. with q0, q1, .., the place that the window's element reads. */
static int open_window(const window *w, int depth) {
    for (int i = 0; i < w->rank; i++) {
        const cornu_stencil *s = w->stencil;
        line(w, depth++, "for (long k%d = 0; k%d < %lld; k%d++) {", i, i, ll(w->size[i]), i);
        line(
            w, depth, "const long q%d = p%d * %lld + k%d * %lld - %lld;", i, i, ll(s->stride[i]), i,
            ll(s->dilation[i]), ll(s->before[i])
        );
        line(w, depth, "if (q%d < 0 || q%d >= %lld) continue;", i, i, ll(w->x->dims[i + 1]));
    }
    return depth;
}

static void close_window(const window *w, int depth) {
    for (int i = 0; i < w->rank; i++) line(w, --depth, "}");
}

/* ((n * 5 + p0) * 7 + p1), or the like for the window. */
static void write_row(const window *w, char letter, const int64_t *dims, bool batch) {
    if (batch)
        for (int i = 0; i < w->rank; i++) cornu_text_add_(w->text, "(");
    else
        for (int i = 1; i < w->rank; i++) cornu_text_add_(w->text, "(");
    cornu_text_format_(w->text, batch ? "n" : "%c0", letter);
    for (int i = batch ? 0 : 1; i < w->rank; i++)
        cornu_text_format_(w->text, " * %lld + %c%d)", ll(dims[i]), letter, i);
}

static void write_x(const window *w, const char *x, const char *channel) {
    cornu_text_format_(w->text, "(%s)[", x);
    write_row(w, 'q', w->x->dims + 1, true);
    cornu_text_format_(w->text, " * %lld + %s]", ll(w->x->dims[w->rank + 1]), channel);
}

static void write_y(const window *w, const char *y) {
    cornu_text_format_(w->text, "(%s)[", y);
    write_row(w, 'p', w->y->dims + 1, true);
    cornu_text_format_(w->text, " * %lld + o]", ll(w->y->dims[w->rank + 1]));
}

/* ---- convolution ---- */
static void write_conv(
    window *w, const cornu_kernel_desc *desc, const char *const *operands, bool transposed
) {
    const cornu_operand *kernel = &desc->operands[1];
    int64_t channels = w->x->dims[w->rank + 1], filters = w->y->dims[w->rank + 1];
    int64_t group = channels / w->stencil->groups, group_filters = filters / w->stencil->groups;
    const char *type = cornu_c_type_(w->x->dtype), *x = operands[transposed ? 2 : 0];
    w->size = kernel->dims;
    if (transposed) {
        int64_t size = 1;
        for (int i = 0; i < w->x->rank; i++) size *= w->x->dims[i];
        line(w, 0, "for (long i = 0; i < %lld; i++) (%s)[i] = 0;", ll(size), x);
    }
    int depth = open_places(w);
    line(w, depth++, "for (long o = 0; o < %lld; o++) {", ll(filters));
    line(w, depth, "const long first = o / %lld * %lld;", ll(group_filters), ll(group));
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)(depth + 2));
    cornu_text_format_(w->text, "%s r = ", type);
    if (transposed) write_y(w, operands[0]);
    else cornu_text_add_(w->text, "0");
    cornu_text_add_(w->text, ";\n");
    int inner = open_window(w, depth);
    line(w, inner, "for (long i = 0; i < %lld; i++)", ll(group));
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)(inner + 3));
    if (transposed) write_x(w, x, "first + i"), cornu_text_add_(w->text, " += r * ");
    else {
        cornu_text_add_(w->text, "r += ");
        write_x(w, x, "first + i");
        cornu_text_add_(w->text, " * ");
    }
    cornu_text_format_(w->text, "(%s)[(", operands[1]);
    write_row(w, 'k', kernel->dims, false);
    cornu_text_format_(w->text, " * %lld + i) * %lld + o];\n", ll(group), ll(filters));
    close_window(w, inner);
    if (!transposed) {
        cornu_text_repeat_(w->text, ' ', 4 * (size_t)(depth + 2));
        write_y(w, operands[2]);
        cornu_text_add_(w->text, " = r;\n");
    }
    line(w, depth - 1, "}");
}

/* ---- pooling ---- */
static void write_pool(window *w, const cornu_kernel_desc *desc, const char *const *operands) {
    const char *type = cornu_c_type_(w->x->dtype);
    bool mean = desc->code == CORNU_REDUCE_MEAN, select = desc->operand_count == 3;
    w->size = w->stencil->size;
    int depth = open_places(w);
    line(w, depth++, "for (long o = 0; o < %lld; o++) {", ll(w->y->dims[w->rank + 1]));
    line(w, depth, "%s r = 0%s;", type, select ? ", picked = 0" : "");
    line(w, depth, "long count = 0;");
    int inner = open_window(w, depth);
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)(inner + 2));
    cornu_text_format_(w->text, "const %s v = ", type);
    write_x(w, operands[0], "o");
    cornu_text_add_(w->text, ";\n");
    if (mean) {
        line(w, inner, "r += v;");
    } else if (select) {
        line(w, inner, "if (count == 0 || v > r || (v != v && r == r)) {");
        cornu_text_repeat_(w->text, ' ', 4 * (size_t)(inner + 3));
        cornu_text_add_(w->text, "r = v, picked = ");
        write_x(w, operands[1], "o");
        cornu_text_add_(w->text, ";\n");
        line(w, inner, "}");
    } else {
        line(w, inner, "if (count == 0 || v > r || (v != v && r == r)) r = v;");
    }
    line(w, inner, "count++;");
    close_window(w, inner);
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)(depth + 2));
    write_y(w, operands[desc->operand_count - 1]);
    cornu_text_add_(w->text, mean ? " = r / count;\n" : select ? " = picked;\n" : " = r;\n");
    line(w, depth - 1, "}");
}

cornu_status cornu_c_window_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    int last = desc->operand_count - 1;
    bool transposed = desc->kind == CORNU_KERNEL_CONV_INPUT;
    window w = {.text = text, .stencil = desc->stencil, .rank = desc->stencil->rank};
    w.x = &desc->operands[transposed ? last : 0];
    w.y = &desc->operands[transposed ? 0 : last];
    if (desc->kind == CORNU_KERNEL_POOL) write_pool(&w, desc, operands);
    else write_conv(&w, desc, operands, transposed);
    return CORNU_OK;
}
