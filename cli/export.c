/* cornu export: a model as ONNX, or as one file of C. */
#include "options.h"

static cornu_status run(const command *self, int argc, char **argv) {
    const char *paths[2] = {NULL}, *weights = NULL, *name = NULL;
    int64_t batch_size = CORNU_NONE;
    const option table[] = {
        {"weights", OPTION_TEXT, &weights, "FILE", "a .weights.h5 to load first", false},
        {"batch-size", OPTION_INT, &batch_size, "N", "samples at a time (ONNX: any, C: 1)", false},
        {"name", OPTION_TEXT, &name, "NAME", "C: how the function's name begins", false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], paths, 2, argc, argv, &proceed)
    );
    if (!proceed) return CORNU_OK;
    cornu_model *model = cornu_load_model(paths[0], .compile = false);
    if (!model) return cornu_error_status();
    cornu_status status = weights ? cornu_load_weights(model, weights) : CORNU_OK;
    if (status == CORNU_OK)
        status = cornu_export(model, paths[1], .batch_size = batch_size, .name = name);
    cornu_model_free(model);
    return status;
}

const command command_export = {
    "export", "MODEL FILE", "writes a model as .onnx, or as a .c file of its own", run};
