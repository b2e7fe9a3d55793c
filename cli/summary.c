/* cornu summary: the table that Keras prints. */
#include "options.h"

static cornu_status run(const command *self, int argc, char **argv) {
    const char *path = NULL;
    bool proceed;
    CORNU_TRY(options_parse(self, NULL, 0, &path, 1, argc, argv, &proceed));
    if (!proceed) return CORNU_OK;
    cornu_model *model = cornu_load(path);
    if (!model) return cornu_error_status();
    cornu_status status = cornu_summary(model, stdout);
    cornu_model_free(model);
    return status;
}

const command command_summary = {"summary", "MODEL", "prints the layers of a model", run};
