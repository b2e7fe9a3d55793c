/* Kernels as blocks of C, part one: the loops that move, reduce, multiply and look up. Every size
 * and stride is a number in the text; the compiler does the rest. */
#include "export/export.h"

const char *cornu_c_type_(cornu_dtype dtype) {
    switch (dtype) {
    case CORNU_FLOAT16:
    case CORNU_BFLOAT16:
    case CORNU_FLOAT32:
        return "float";
    case CORNU_FLOAT64:
        return "double";
    case CORNU_INT8:
        return "int8_t";
    case CORNU_INT16:
        return "int16_t";
    case CORNU_INT32:
        return "int32_t";
    case CORNU_INT64:
        return "int64_t";
    default:
        return "uint8_t"; /* bool */
    }
}

size_t cornu_c_size_(cornu_dtype dtype) {
    size_t size = cornu_dtype_size(dtype);
    return cornu_dtype_is_float(dtype) && size < sizeof(float) ? sizeof(float) : size;
}

/* What sums are kept in. */
static const char *wide_type(cornu_dtype dtype) {
    return cornu_dtype_is_float(dtype) ? "double" : "int64_t";
}

static long long ll(int64_t number) { return (long long)number; }

void cornu_c_loops_(cornu_text *text, int rank, const int64_t *dims) {
    for (int i = 0; i < rank; i++) {
        cornu_text_repeat_(text, ' ', 4 * (size_t)(i + 2));
        cornu_text_format_(
            text, "for (long i%d = 0; i%d < %lld; i%d++)%s\n", i, i, ll(dims[i]), i,
            i == rank - 1 ? " {" : ""
        );
    }
    if (rank == 0) cornu_text_add_(text, "        {\n");
}

/* The indentation inside of so many loops, and their end. */
static void indent(cornu_text *text, int rank) {
    cornu_text_repeat_(text, ' ', 4 * (size_t)((rank > 0 ? rank : 1) + 2));
}

static void close_loops(cornu_text *text, int rank) {
    cornu_text_repeat_(text, ' ', 4 * (size_t)((rank > 0 ? rank : 1) + 1));
    cornu_text_add_(text, "}\n");
}

void cornu_c_place_(cornu_text *text, int rank, const int64_t *strides, int64_t offset) {
    bool empty = true;
    for (int i = 0; i < rank; i++) {
        if (strides[i] == 0) continue;
        if (!empty) cornu_text_add_(text, " + ");
        if (strides[i] == 1) cornu_text_format_(text, "i%d", i);
        else cornu_text_format_(text, "i%d * %lld", i, ll(strides[i]));
        empty = false;
    }
    if (offset != 0 || empty) cornu_text_format_(text, "%s%lld", empty ? "" : " + ", ll(offset));
}

static int64_t size_of(const cornu_operand *operand) {
    int64_t size = 1;
    for (int i = 0; i < operand->rank; i++) size *= operand->dims[i];
    return size;
}

/* ---- move ---- */
static void write_move(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    int sources = desc->operand_count - 1;
    const char *out = operands[sources];
    if (desc->fill) {
        cornu_text_format_(
            text, "        for (long i = 0; i < %lld; i++) (%s)[i] = (%s)%.17g;\n",
            ll(size_of(&desc->operands[sources])), out,
            cornu_c_type_(desc->operands[sources].dtype), desc->value[0]
        );
    }
    for (int s = 0; s < sources; s++) {
        const cornu_move *move = &desc->moves[s];
        cornu_c_loops_(text, move->rank, move->dims);
        indent(text, move->rank);
        cornu_text_format_(text, "(%s)[", out);
        cornu_c_place_(text, move->rank, move->target_strides, move->target_offset);
        cornu_text_format_(text, "] = (%s)[", operands[s]);
        cornu_c_place_(text, move->rank, move->source_strides, move->source_offset);
        cornu_text_add_(text, "];\n");
        close_loops(text, move->rank);
    }
}

/* ---- reduce ---- */
/* `best` and `at` go over the reduced elements; NaN is the largest and the smallest. */
static const char *const reduce_start[CORNU_REDUCE_COUNT] = {
    [CORNU_REDUCE_SUM] = "0", [CORNU_REDUCE_PROD] = "1",   [CORNU_REDUCE_MEAN] = "0",
    [CORNU_REDUCE_ANY] = "0", [CORNU_REDUCE_ALL] = "1",    [CORNU_REDUCE_MAX] = "0",
    [CORNU_REDUCE_MIN] = "0", [CORNU_REDUCE_ARGMAX] = "0", [CORNU_REDUCE_ARGMIN] = "0",
};

static const char *reduce_step(int code) {
    switch (code) {
    case CORNU_REDUCE_SUM:
    case CORNU_REDUCE_MEAN:
        return "r += v;";
    case CORNU_REDUCE_PROD:
        return "r *= v;";
    case CORNU_REDUCE_ANY:
        return "r = r != 0 || v != 0;";
    case CORNU_REDUCE_ALL:
        return "r = r != 0 && v != 0;";
    case CORNU_REDUCE_MAX:
    case CORNU_REDUCE_ARGMAX:
        return "if (n == 0 || v > r || (v != v && r == r)) r = v, at = n;";
    default:
        return "if (n == 0 || v < r || (v != v && r == r)) r = v, at = n;";
    }
}

static void write_reduce(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    const cornu_operand *in = &desc->operands[0], *out = &desc->operands[1];
    bool found = desc->code == CORNU_REDUCE_ARGMAX || desc->code == CORNU_REDUCE_ARGMIN;
    int64_t outer[CORNU_MAX_RANK], inner[CORNU_MAX_RANK];
    int64_t outer_strides[CORNU_MAX_RANK], inner_strides[CORNU_MAX_RANK], count = 1;
    int outer_rank = 0, inner_rank = 0;
    for (int i = 0; i < in->rank; i++) {
        bool reduced = desc->axes >> i & 1;
        int at = reduced ? inner_rank++ : outer_rank++;
        (reduced ? inner : outer)[at] = in->dims[i];
        (reduced ? inner_strides : outer_strides)[at] = in->strides[i];
        if (reduced) count *= in->dims[i];
    }
    const char *wide = wide_type(in->dtype);
    cornu_c_loops_(text, outer_rank, outer);
    indent(text, outer_rank);
    cornu_text_format_(text, "%s r = %s;\n", wide, reduce_start[desc->code]);
    indent(text, outer_rank);
    cornu_text_add_(text, "long n = 0, at = 0;\n");
    for (int i = 0; i < inner_rank; i++) {
        indent(text, outer_rank + i);
        if (outer_rank == 0 && i > 0) cornu_text_add_(text, "    ");
        cornu_text_format_(text, "for (long j%d = 0; j%d < %lld; j%d++)\n", i, i, ll(inner[i]), i);
    }
    indent(text, outer_rank);
    cornu_text_format_(text, "{ const %s v = (%s)[", wide, operands[0]);
    cornu_c_place_(text, outer_rank, outer_strides, 0);
    for (int i = 0; i < inner_rank; i++)
        cornu_text_format_(text, " + j%d * %lld", i, ll(inner_strides[i]));
    cornu_text_format_(text, "]; %s n++; }\n", reduce_step(desc->code));
    indent(text, outer_rank);
    cornu_text_format_(text, "(void)at, (%s)[", operands[1]);
    cornu_c_place_(text, outer_rank, out->strides, 0);
    cornu_text_format_(text, "] = (%s)", cornu_c_type_(out->dtype));
    if (found) cornu_text_add_(text, "at;\n");
    else if (desc->code == CORNU_REDUCE_MEAN)
        cornu_text_format_(text, "(r / %lld.0);\n", ll(count));
    else cornu_text_add_(text, "r;\n");
    close_loops(text, outer_rank);
}

/* ---- products ---- */
static void write_matmul(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    const cornu_operand *a = &desc->operands[0], *b = &desc->operands[1], *out = &desc->operands[2];
    int rank = out->rank, m = rank - 2, n = rank - 1;
    int64_t a_strides[CORNU_MAX_RANK], b_strides[CORNU_MAX_RANK];
    for (int i = 0; i < m; i++) a_strides[i] = a->strides[i], b_strides[i] = b->strides[i];
    a_strides[m] = a->strides[m], a_strides[n] = 0;
    b_strides[m] = 0, b_strides[n] = b->strides[n];
    cornu_c_loops_(text, rank, out->dims);
    indent(text, rank);
    cornu_text_format_(text, "%s r = 0;\n", cornu_c_type_(out->dtype));
    indent(text, rank);
    cornu_text_format_(text, "for (long k = 0; k < %lld; k++)\n", ll(a->dims[n]));
    indent(text, rank);
    cornu_text_format_(text, "    r += (%s)[", operands[0]);
    cornu_c_place_(text, rank, a_strides, 0);
    cornu_text_format_(text, " + k * %lld] * (%s)[", ll(a->strides[n]), operands[1]);
    cornu_c_place_(text, rank, b_strides, 0);
    cornu_text_format_(text, " + k * %lld];\n", ll(b->strides[m]));
    indent(text, rank);
    cornu_text_format_(text, "(%s)[", operands[2]);
    cornu_c_place_(text, rank, out->strides, 0);
    cornu_text_add_(text, "] = r;\n");
    close_loops(text, rank);
}

static void write_cumsum(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    const int64_t *dims = desc->operands[0].dims;
    const int64_t loops[] = {dims[0], dims[2]};
    cornu_c_loops_(text, 2, loops);
    indent(text, 2);
    cornu_text_format_(text, "%s r = 0;\n", wide_type(desc->operands[0].dtype));
    indent(text, 2);
    cornu_text_format_(text, "for (long n = 0; n < %lld; n++) {\n", ll(dims[1]));
    indent(text, 3);
    cornu_text_format_(text, "const long at = (i0 * %lld + ", ll(dims[1]));
    if (desc->reverse) cornu_text_format_(text, "%lld - n) * ", ll(dims[1] - 1));
    else cornu_text_add_(text, "n) * ");
    cornu_text_format_(text, "%lld + i1;\n", ll(dims[2]));
    indent(text, 3);
    if (desc->exclusive)
        cornu_text_format_(text, "(%s)[at] = r, r += (%s)[at];\n", operands[1], operands[0]);
    else cornu_text_format_(text, "r += (%s)[at], (%s)[at] = r;\n", operands[0], operands[1]);
    indent(text, 2);
    cornu_text_add_(text, "}\n");
    close_loops(text, 2);
}

/* ---- lookups ---- */
/* table[outer, n, inner] by index, or into it (scatter). An index outside of the table, which the
 * library refuses, reads or writes the nearest row. */
static void write_lookup(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands, bool scatter
) {
    const cornu_operand *table = &desc->operands[scatter ? 2 : 0];
    const cornu_operand *rows = &desc->operands[scatter ? 0 : 2], *index = &desc->operands[1];
    int64_t n = table->dims[1], inner = table->dims[2], count = size_of(index);
    if (desc->batched) count = index->dims[1];
    const int64_t loops[] = {table->dims[0], count, inner};
    (void)rows;
    if (scatter)
        cornu_text_format_(
            text, "        for (long i = 0; i < %lld; i++) (%s)[i] = 0;\n", ll(size_of(table)),
            operands[2]
        );
    cornu_c_loops_(text, 3, loops);
    indent(text, 3);
    cornu_text_format_(text, "long at = (long)(%s)[", operands[1]);
    if (desc->batched)
        cornu_text_format_(text, "(i0 * %lld + i1) * %lld + i2", ll(count), ll(inner));
    else cornu_text_add_(text, "i1");
    cornu_text_add_(text, "];\n");
    indent(text, 3);
    cornu_text_format_(text, "if (at < 0) at += %lld;\n", ll(n));
    indent(text, 3);
    cornu_text_format_(text, "at = at < 0 ? 0 : at >= %lld ? %lld : at;\n", ll(n), ll(n - 1));
    indent(text, 3);
    if (scatter)
        cornu_text_format_(
            text, "(%s)[(i0 * %lld + at) * %lld + i2] += (%s)[(i0 * %lld + i1) * %lld + i2];\n",
            operands[2], ll(n), ll(inner), operands[0], ll(count), ll(inner)
        );
    else
        cornu_text_format_(
            text, "(%s)[(i0 * %lld + i1) * %lld + i2] = (%s)[(i0 * %lld + at) * %lld + i2];\n",
            operands[2], ll(count), ll(inner), operands[0], ll(n), ll(inner)
        );
    close_loops(text, 3);
}

/* ---- rows ---- */
static void write_softmax(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    const int64_t *dims = desc->operands[0].dims;
    const char *type = cornu_c_type_(desc->operands[0].dtype);
    const char *f = desc->operands[0].dtype == CORNU_FLOAT64 ? "" : "f";
    cornu_text_format_(
        text,
        "        for (long i0 = 0; i0 < %lld; i0++) {\n"
        "            const %s *row = (%s) + i0 * %lld;\n"
        "            %s *out = (%s) + i0 * %lld, largest = row[0], sum = 0;\n"
        "            for (long k = 1; k < %lld; k++) if (row[k] > largest) largest = row[k];\n"
        "            for (long k = 0; k < %lld; k++) sum += out[k] = exp%s(row[k] - largest);\n",
        ll(dims[0]), type, operands[0], ll(dims[1]), type, operands[1], ll(dims[1]), ll(dims[1]),
        ll(dims[1]), f
    );
    if (desc->flag)
        cornu_text_format_(
            text,
            "            const %s log_sum = largest + log%s(sum);\n"
            "            for (long k = 0; k < %lld; k++) out[k] = row[k] - log_sum;\n",
            type, f, ll(dims[1])
        );
    else
        cornu_text_format_(
            text, "            for (long k = 0; k < %lld; k++) out[k] /= sum;\n", ll(dims[1])
        );
    cornu_text_add_(text, "        }\n");
}

/* Insertion: stable, and rows are short. */
static void write_argsort(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    const int64_t *dims = desc->operands[0].dims;
    cornu_text_format_(
        text,
        "        for (long i0 = 0; i0 < %lld; i0++) {\n"
        "            const %s *row = (%s) + i0 * %lld;\n"
        "            %s *out = (%s) + i0 * %lld;\n"
        "            for (long k = 0; k < %lld; k++) {\n"
        "                long to = k;\n"
        "                while (to > 0 && (row[k] %c row[out[to - 1]] ||\n"
        "                                  (row[k] == row[k] && row[out[to - 1]] != row[out[to - "
        "1]])))\n"
        "                    out[to] = out[to - 1], to--;\n"
        "                out[to] = (%s)k;\n"
        "            }\n"
        "        }\n",
        ll(dims[0]), cornu_c_type_(desc->operands[0].dtype), operands[0], ll(dims[1]),
        cornu_c_type_(desc->operands[1].dtype), operands[1], ll(dims[1]), ll(dims[1]),
        desc->flag ? '>' : '<', cornu_c_type_(desc->operands[1].dtype)
    );
}

static void write_iota(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    int64_t count = size_of(&desc->operands[0]);
    const char *type = cornu_c_type_(desc->operands[0].dtype);
    cornu_text_format_(
        text, "        for (long i = 0; i < %lld; i++) (%s)[i] = (%s)(%.17g + i * %.17g);\n",
        ll(count), operands[0], type, desc->value[0], desc->value[1]
    );
    if (desc->flag && count > 0)
        cornu_text_format_(
            text, "        (%s)[%lld] = (%s)%.17g;\n", operands[0], ll(count - 1), type,
            desc->value[2]
        );
}

/* ---- all ---- */
cornu_status cornu_c_kernel_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    switch (desc->kind) {
    case CORNU_KERNEL_ELEMENTWISE:
        return cornu_c_elementwise_(text, desc, operands);
    case CORNU_KERNEL_MOVE:
        return write_move(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_REDUCE:
        return write_reduce(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_MATMUL:
        return write_matmul(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_CUMSUM:
        return write_cumsum(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_GATHER:
        return write_lookup(text, desc, operands, false), CORNU_OK;
    case CORNU_KERNEL_SCATTER_ADD:
        return write_lookup(text, desc, operands, true), CORNU_OK;
    case CORNU_KERNEL_SOFTMAX:
        return write_softmax(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_ARGSORT:
        return write_argsort(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_IOTA:
        return write_iota(text, desc, operands), CORNU_OK;
    case CORNU_KERNEL_CONV:
    case CORNU_KERNEL_CONV_INPUT:
    case CORNU_KERNEL_POOL:
        return cornu_c_window_(text, desc, operands);
    case CORNU_KERNEL_LSTM:
    case CORNU_KERNEL_GRU:
        return cornu_c_recurrent_(text, desc, operands);
    default:
        CORNU_FAIL(CORNU_EUNSUPPORTED, "the export to C has no words for this operation");
    }
}
