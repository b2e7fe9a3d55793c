/* Elementwise programs as C: one loop whose body is a line per instruction. */
#include "export/export.h"

#include <string.h>

/* Expressions: A, B, C are the operands, @ is the ending of functions and numbers: f for float. */
static const char *const float_steps[CORNU_EW_COUNT] = {
    [CORNU_EW_COPY] = "A",
    [CORNU_EW_NEGATIVE] = "-A",
    [CORNU_EW_ABSOLUTE] = "fabs@(A)",
    [CORNU_EW_SIGN] = "A != A ? A : (A > 0) - (A < 0)",
    [CORNU_EW_SQUARE] = "A * A",
    [CORNU_EW_SQRT] = "sqrt@(A)",
    [CORNU_EW_RSQRT] = "1 / sqrt@(A)",
    [CORNU_EW_RECIPROCAL] = "1 / A",
    [CORNU_EW_EXP] = "exp@(A)",
    [CORNU_EW_EXPM1] = "expm1@(A)",
    [CORNU_EW_LOG] = "log@(A)",
    [CORNU_EW_LOG1P] = "log1p@(A)",
    [CORNU_EW_LOG2] = "log2@(A)",
    [CORNU_EW_LOG10] = "log10@(A)",
    [CORNU_EW_SIN] = "sin@(A)",
    [CORNU_EW_COS] = "cos@(A)",
    [CORNU_EW_TAN] = "tan@(A)",
    [CORNU_EW_ASIN] = "asin@(A)",
    [CORNU_EW_ACOS] = "acos@(A)",
    [CORNU_EW_ATAN] = "atan@(A)",
    [CORNU_EW_SINH] = "sinh@(A)",
    [CORNU_EW_COSH] = "cosh@(A)",
    [CORNU_EW_TANH] = "tanh@(A)",
    [CORNU_EW_ASINH] = "asinh@(A)",
    [CORNU_EW_ACOSH] = "acosh@(A)",
    [CORNU_EW_ATANH] = "atanh@(A)",
    [CORNU_EW_ERF] = "erf@(A)",
    [CORNU_EW_ERFINV] = "erf_inverse(A)",
    [CORNU_EW_SIGMOID] = "1 / (1 + exp@(-A))",
    [CORNU_EW_SOFTPLUS] = "(A > 0 ? A : 0) + log1p@(exp@(-fabs@(A)))",
    [CORNU_EW_RELU] = "A <= 0 ? 0 : A",
    [CORNU_EW_FLOOR] = "floor@(A)",
    [CORNU_EW_CEIL] = "ceil@(A)",
    [CORNU_EW_ROUND] = "nearbyint@(A)",
    [CORNU_EW_TRUNC] = "trunc@(A)",
    [CORNU_EW_ISNAN] = "A != A",
    [CORNU_EW_ISINF] = "isinf(A) != 0",
    [CORNU_EW_ISFINITE] = "isfinite(A) != 0",
    [CORNU_EW_NOT] = "A == 0",
    [CORNU_EW_ADD] = "A + B",
    [CORNU_EW_SUBTRACT] = "A - B",
    [CORNU_EW_MULTIPLY] = "A * B",
    [CORNU_EW_DIVIDE] = "A / B",
    [CORNU_EW_FLOOR_DIVIDE] = "(@@)floor_divide(A, B)",
    [CORNU_EW_MOD] = "(@@)modulo(A, B)",
    [CORNU_EW_POWER] = "pow@(A, B)",
    [CORNU_EW_MAXIMUM] = "A > B || A != A ? A : B",
    [CORNU_EW_MINIMUM] = "A < B || A != A ? A : B",
    [CORNU_EW_ATAN2] = "atan2@(A, B)",
    [CORNU_EW_EQUAL] = "A == B",
    [CORNU_EW_NOT_EQUAL] = "A != B",
    [CORNU_EW_LESS] = "A < B",
    [CORNU_EW_LESS_EQUAL] = "A <= B",
    [CORNU_EW_GREATER] = "A > B",
    [CORNU_EW_GREATER_EQUAL] = "A >= B",
    [CORNU_EW_AND] = "A != 0 && B != 0",
    [CORNU_EW_OR] = "A != 0 || B != 0",
    [CORNU_EW_XOR] = "(A != 0) != (B != 0)",
    [CORNU_EW_WHERE] = "A != 0 ? B : C",
    [CORNU_EW_FMA] = "A * B + C",
};

/* Where integers need other words; the rest is as above. */
static const char *integer_step(int code) {
    switch (code) {
    case CORNU_EW_ABSOLUTE:
        return "A < 0 ? -A : A";
    case CORNU_EW_SIGN:
        return "(A > 0) - (A < 0)";
    case CORNU_EW_FLOOR:
    case CORNU_EW_CEIL:
    case CORNU_EW_ROUND:
    case CORNU_EW_TRUNC:
        return "A";
    case CORNU_EW_ISNAN:
    case CORNU_EW_ISINF:
        return "0";
    case CORNU_EW_ISFINITE:
        return "1";
    case CORNU_EW_FLOOR_DIVIDE:
        return "integer_divide(A, B)";
    case CORNU_EW_MOD:
        return "integer_modulo(A, B)";
    case CORNU_EW_POWER:
        return "integer_power(A, B)";
    case CORNU_EW_MAXIMUM:
        return "A > B ? A : B";
    case CORNU_EW_MINIMUM:
        return "A < B ? A : B";
    default:
        return float_steps[code];
    }
}

/* The functions that expressions call, each before those that call it. */
static const struct {
    const char *name, *needs, *text;
} functions[] = {
    {"erf_inverse(", NULL,
     "/* The inverse of erf: a guess, made exact by Newton's method. */\n"
     "static double erf_inverse(double x) {\n"
     "    if (x <= -1 || x >= 1) return x == 1 ? HUGE_VAL : x == -1 ? -HUGE_VAL : sqrt(-1.0);\n"
     "    const double l = log1p(-x * x), t = 4.3307467508 + l / 2;\n"
     "    double y = sqrt(sqrt(t * t - l / 0.147) - t);\n"
     "    if (x < 0) y = -y;\n"
     "    for (int i = 0; i < 4; i++) y -= (erf(y) - x) * exp(y * y) * 0.88622692545275801;\n"
     "    return y;\n"
     "}\n"},
    {")modulo(", ")floor_divide(",
     "/* The remainder with the sign of b. */\n"
     "static double modulo(double a, double b) {\n"
     "    const double r = fmod(a, b);\n"
     "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n"
     "}\n"},
    {")floor_divide(", NULL,
     "/* The quotient, rounded towards minus infinity. */\n"
     "static double floor_divide(double a, double b) {\n"
     "    return b == 0 ? a / b : nearbyint((a - modulo(a, b)) / b);\n"
     "}\n"},
    {"integer_modulo(", "integer_divide(",
     "/* The remainder with the sign of b; 0 for b = 0. */\n"
     "static int64_t integer_modulo(int64_t a, int64_t b) {\n"
     "    if (b == 0 || b == -1) return 0;\n"
     "    return a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b;\n"
     "}\n"},
    {"integer_divide(", NULL,
     "/* The quotient, rounded towards minus infinity; 0 for b = 0. */\n"
     "static int64_t integer_divide(int64_t a, int64_t b) {\n"
     "    return b == 0 ? 0 : b == -1 ? -a : (a - integer_modulo(a, b)) / b;\n"
     "}\n"},
    {"integer_power(", NULL,
     "static int64_t integer_power(int64_t a, int64_t b) {\n"
     "    int64_t r = b >= 0 || a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;\n"
     "    for (; b > 0; b--) r *= a;\n"
     "    return r;\n"
     "}\n"},
};

void cornu_c_functions_(cornu_text *text, const char *body) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *needs = functions[i].needs;
        if (strstr(body, functions[i].name) || (needs && strstr(body, needs)))
            cornu_text_add_(text, functions[i].text);
    }
}

typedef struct writer {
    cornu_text *text;
    const cornu_kernel_desc *desc;
    int inputs;
    const char *type; /* what is computed in */
    bool integers, single;
} writer;

static void write_step(const writer *w, const cornu_ew_instruction *step) {
    const char *expression = w->integers ? integer_step(step->code) : float_steps[step->code];
    for (const char *c = expression; *c; c++) {
        if (c[0] == '@' && c[1] == '@') cornu_text_add_(w->text, w->type), c++;
        else if (*c == '@') cornu_text_add_(w->text, w->single ? "f" : "");
        else if (*c >= 'A' && *c <= 'C')
            cornu_text_format_(w->text, "r%u", (unsigned)step->operand[*c - 'A']);
        else cornu_text_add_bytes_(w->text, c, 1);
    }
}

static void indent(const writer *w, int rank) {
    cornu_text_repeat_(w->text, ' ', 4 * (size_t)((rank > 0 ? rank : 1) + 2));
}

cornu_status cornu_c_elementwise_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    writer w = {.text = text, .desc = desc};
    int outputs = cornu_kernel_outputs_(desc), rank = desc->operands[0].rank;
    w.inputs = desc->operand_count - outputs;
    w.integers = desc->compute == CORNU_INT64;
    w.single = desc->compute == CORNU_FLOAT32;
    w.type = cornu_c_type_(desc->compute);
    cornu_c_loops_(text, rank, desc->operands[0].dims);
    for (int i = 0; i < w.inputs; i++) {
        indent(&w, rank);
        cornu_text_format_(text, "const %s r%d = (%s)(%s)[", w.type, i, w.type, operands[i]);
        cornu_c_place_(text, rank, desc->operands[i].strides, 0);
        cornu_text_add_(text, "];\n");
    }
    for (int i = 0; i < desc->program_length; i++) {
        indent(&w, rank);
        cornu_text_format_(text, "const %s r%d = ", w.type, w.inputs + i);
        write_step(&w, &desc->program[i]);
        cornu_text_add_(text, ";\n");
    }
    for (int i = 0; i < outputs; i++) {
        const cornu_operand *out = &desc->operands[w.inputs + i];
        int from = desc->results ? desc->results[i] : w.inputs + desc->program_length - 1;
        indent(&w, rank);
        cornu_text_format_(text, "(%s)[", operands[w.inputs + i]);
        cornu_c_place_(text, rank, out->strides, 0);
        if (out->dtype == CORNU_BOOL) cornu_text_format_(text, "] = r%d != 0;\n", from);
        else cornu_text_format_(text, "] = (%s)r%d;\n", cornu_c_type_(out->dtype), from);
    }
    cornu_text_repeat_(text, ' ', 4 * (size_t)((rank > 0 ? rank : 1) + 1));
    cornu_text_add_(text, "}\n");
    return CORNU_OK;
}
