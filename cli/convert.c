/* cornu convert: a model's file written anew, in the format that the new name asks for. */
#include "options.h"

#include <string.h>

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

static cornu_status save(cornu_model *model, const char *path) {
    bool weights = ends_with(path, ".weights.h5") || ends_with(path, ".weights.json");
    return weights ? cornu_save_weights(model, path) : cornu_save(model, path);
}

static cornu_status run(const command *self, int argc, char **argv) {
    const char *paths[2] = {NULL, NULL}, *weights = NULL;
    bool trusted = false;
    const option table[] = {
        {"weights", OPTION_TEXT, &weights, "FILE", "weights to load first", false},
        {"trusted", OPTION_FLAG, &trusted, NULL, "your own file: read by this process", false},
    };
    bool proceed;
    CORNU_TRY(options_parse(self, table, 2, paths, 2, argc, argv, &proceed));
    if (!proceed) return CORNU_OK;
    cornu_model *model = cornu_load_model(paths[0], .trusted = trusted);
    if (!model) return cornu_error_status();
    cornu_status status =
        weights ? cornu_load_weights(model, weights, .trusted = trusted) : CORNU_OK;
    if (status == CORNU_OK) status = save(model, paths[1]);
    cornu_model_free(model);
    return status;
}

const command command_convert = {
    "convert", "MODEL NEW", "writes a model's file anew: .keras, .h5, .weights.h5", run};
