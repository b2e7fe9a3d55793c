/* LSTM and GRU over all steps as C, plane by plane as kernel.h describes them. */
#include "export/export.h"

static const char lstm_text[] =
    "        for (long n = 0; n < BATCH; n++)\n"
    "            for (long t = 0; t < TIME; t++) {\n"
    "                const TYPE *h = t > 0 ? ROW(0, t - 1) : H + n * UNITS;\n"
    "                const TYPE *c = t > 0 ? ROW(1, t - 1) : C + n * UNITS;\n"
    "                for (long u = 0; u < UNITS; u++) {\n"
    "                    TYPE z[4];\n"
    "                    for (long g = 0; g < 4; g++) {\n"
    "                        z[g] = X[(n * TIME + t) * 4 * UNITS + g * UNITS + u];\n"
    "                        for (long k = 0; k < UNITS; k++)\n"
    "                            z[g] += h[k] * W[k * 4 * UNITS + g * UNITS + u];\n"
    "                        z[g] = g == 2 ? TANH(z[g]) : 1 / (1 + EXP(-z[g]));\n"
    "                        ROW(2 + g, t)[u] = COUNTS ? z[g] : 0;\n"
    "                    }\n"
    "                    const TYPE cell = z[1] * c[u] + z[0] * z[2];\n"
    "                    ROW(1, t)[u] = COUNTS ? cell : c[u];\n"
    "                    ROW(0, t)[u] = COUNTS ? z[3] * TANH(cell) : h[u];\n"
    "                }\n"
    "            }\n";

static const char gru_text[] =
    "        for (long n = 0; n < BATCH; n++)\n"
    "            for (long t = 0; t < TIME; t++) {\n"
    "                const TYPE *h = t > 0 ? ROW(0, t - 1) : H + n * UNITS;\n"
    "                const TYPE *row = X + (n * TIME + t) * 3 * UNITS;\n"
    "                for (long u = 0; u < UNITS; u++) {\n"
    "                    TYPE z[3];\n"
    "                    for (long g = 0; g < 3; g++) {\n"
    "                        z[g] = B[g * UNITS + u];\n"
    "                        for (long k = 0; k < UNITS; k++)\n"
    "                            z[g] += h[k] * W[k * 3 * UNITS + g * UNITS + u];\n"
    "                        if (g < 2) z[g] = 1 / (1 + EXP(-(z[g] + row[g * UNITS + u])));\n"
    "                    }\n"
    "                    const TYPE g = TANH(row[2 * UNITS + u] + z[1] * z[2]);\n"
    "                    ROW(1, t)[u] = COUNTS ? z[0] : 0;\n"
    "                    ROW(2, t)[u] = COUNTS ? z[1] : 0;\n"
    "                    ROW(3, t)[u] = COUNTS ? g : 0;\n"
    "                    ROW(4, t)[u] = COUNTS ? z[2] : 0;\n"
    "                    ROW(0, t)[u] = COUNTS ? z[0] * h[u] + (1 - z[0]) * g : h[u];\n"
    "                }\n"
    "            }\n";

cornu_status cornu_c_recurrent_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    bool lstm = desc->kind == CORNU_KERNEL_LSTM, masked = desc->operand_count == 6;
    const cornu_operand *x = &desc->operands[0];
    bool single = x->dtype == CORNU_FLOAT32;
    long long batch = (long long)x->dims[0], time = (long long)x->dims[1];
    long long units = (long long)desc->operands[1].dims[0];
    const struct {
        const char *name, *value;
    } words[] = {
        {"TYPE", cornu_c_type_(x->dtype)},
        {"TANH", single ? "tanhf" : "tanh"},
        {"EXP", single ? "expf" : "exp"},
        {"X", operands[0]},
        {"W", operands[1]},
        {lstm ? "H" : "B", operands[2]},
        {lstm ? "C" : "H", operands[3]},
    };
    cornu_text_add_(text, "        enum { ");
    cornu_text_format_(text, "BATCH = %lld, TIME = %lld, UNITS = %lld };\n", batch, time, units);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cornu_text_format_(
            text, "#define %s %s%s%s\n", words[i].name, i > 2 ? "(" : "", words[i].value,
            i > 2 ? ")" : ""
        );
    cornu_text_format_(
        text, "#define ROW(plane, step) ((%s) + (((plane) * BATCH + n) * TIME + (step)) * UNITS)\n",
        operands[desc->operand_count - 1]
    );
    if (masked) cornu_text_format_(text, "#define COUNTS ((%s)[n * TIME + t] != 0)\n", operands[4]);
    else cornu_text_add_(text, "#define COUNTS 1\n");
    cornu_text_add_(text, lstm ? lstm_text : gru_text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cornu_text_format_(text, "#undef %s\n", words[i].name);
    cornu_text_add_(text, "#undef ROW\n#undef COUNTS\n");
    return CORNU_OK;
}
