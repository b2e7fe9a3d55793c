/* LSTM and GRU over all steps as C, operand by operand as kernel.h describes them. */
#include "export/export.h"

#include "backend/recurrent.h"

static const char begin_text[] =
    "        for (long n = 0; n < BATCH; n++)\n"
    "            for (long s = 0; s < TIME; s++) {\n"
    "                const long t = REVERSE ? TIME - 1 - s : s, before = REVERSE ? t + 1 : t - 1;\n"
    "                const TYPE *in = X + (n * TIME + t) * FEATURES;\n"
    "                const TYPE *h = s > 0 ? Y + (n * TIME + before) * UNITS : H + n * UNITS;\n"
    "                TYPE *out = Y + (n * TIME + t) * UNITS, *record = RECORD(t);\n";

static const char lstm_text[] =
    "                const TYPE *c = s > 0 ? RECORD(before) : C + n * UNITS;\n"
    "                for (long u = 0; u < UNITS; u++) {\n"
    "                    TYPE z[4];\n"
    "                    for (long g = 0; g < 4; g++) {\n"
    "                        z[g] = B[g * UNITS + u];\n"
    "                        for (long k = 0; k < FEATURES; k++)\n"
    "                            z[g] += in[k] * W[k * 4 * UNITS + g * UNITS + u];\n"
    "                        for (long k = 0; k < UNITS; k++)\n"
    "                            z[g] += h[k] * V[k * 4 * UNITS + g * UNITS + u];\n"
    "                        z[g] = g == 2 ? TANH(z[g]) : 1 / (1 + EXP(-z[g]));\n"
    "                        record[(1 + g) * UNITS + u] = COUNTS ? z[g] : 0;\n"
    "                    }\n"
    "                    const TYPE cell = z[1] * c[u] + z[0] * z[2];\n"
    "                    record[u] = COUNTS ? cell : c[u];\n"
    "                    out[u] = COUNTS ? z[3] * TANH(cell) : h[u];\n"
    "                }\n"
    "            }\n";

static const char gru_text[] =
    "                for (long u = 0; u < UNITS; u++) {\n"
    "                    TYPE of_x[3], z[3];\n"
    "                    for (long g = 0; g < 3; g++) {\n"
    "                        of_x[g] = B[g * UNITS + u];\n"
    "                        for (long k = 0; k < FEATURES; k++)\n"
    "                            of_x[g] += in[k] * W[k * 3 * UNITS + g * UNITS + u];\n"
    "                        z[g] = B[3 * UNITS + g * UNITS + u];\n"
    "                        for (long k = 0; k < UNITS; k++)\n"
    "                            z[g] += h[k] * V[k * 3 * UNITS + g * UNITS + u];\n"
    "                        if (g < 2) z[g] = 1 / (1 + EXP(-(z[g] + of_x[g])));\n"
    "                    }\n"
    "                    const TYPE g = TANH(of_x[2] + z[1] * z[2]);\n"
    "                    record[u] = COUNTS ? z[0] : 0;\n"
    "                    record[UNITS + u] = COUNTS ? z[1] : 0;\n"
    "                    record[2 * UNITS + u] = COUNTS ? g : 0;\n"
    "                    record[3 * UNITS + u] = COUNTS ? z[2] : 0;\n"
    "                    out[u] = COUNTS ? z[0] * h[u] + (1 - z[0]) * g : h[u];\n"
    "                }\n"
    "            }\n";

cornu_status cornu_c_recurrent_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
) {
    cornu_recurrent_layout k = cornu_recurrent_layout_(desc);
    cornu_dtype dtype = desc->operands[k.x].dtype;
    bool single = dtype == CORNU_FLOAT32;
    const struct {
        const char *name, *value;
    } words[] = {
        {"TYPE", cornu_c_type_(dtype)},
        {"TANH", single ? "tanhf" : "tanh"},
        {"EXP", single ? "expf" : "exp"},
        {"X", operands[k.x]},
        {"W", operands[k.w]},
        {"V", operands[k.v]},
        {"B", operands[k.bias]},
        {"H", operands[k.h]},
        {"Y", operands[k.y]},
        {"C", k.lstm ? operands[k.c] : "0"},
    };
    cornu_text_format_(
        text,
        "        enum { BATCH = %lld, TIME = %lld, FEATURES = %lld, UNITS = %lld, REVERSE = %d "
        "};\n",
        (long long)k.batch, (long long)k.time, (long long)k.features, (long long)k.units,
        k.reverse ? 1 : 0
    );
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cornu_text_format_(
            text, "#define %s %s%s%s\n", words[i].name, i > 2 ? "(" : "", words[i].value,
            i > 2 ? ")" : ""
        );
    cornu_text_format_(
        text, "#define RECORD(step) (Y + (BATCH * TIME + ((step) * BATCH + n) * %d) * UNITS)\n",
        k.record
    );
    if (k.mask >= 0)
        cornu_text_format_(text, "#define COUNTS ((%s)[n * TIME + t] != 0)\n", operands[k.mask]);
    else cornu_text_add_(text, "#define COUNTS 1\n");
    cornu_text_add_(text, begin_text);
    cornu_text_add_(text, k.lstm ? lstm_text : gru_text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        cornu_text_format_(text, "#undef %s\n", words[i].name);
    cornu_text_add_(text, "#undef RECORD\n#undef COUNTS\n");
    return CORNU_OK;
}
