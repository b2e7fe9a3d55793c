/* cornu summary: the table that Keras prints. */
#include "options.h"

/* The version that wrote the file, and every class and argument that is not known. */
static cornu_status report(const char *path) {
    size_t problems = 0;
    char *text = cornu_file_report(path, &problems);
    if (!text) return cornu_error_status();
    fputs(text, stdout);
    cornu_free(text);
    if (problems == 0) return CORNU_OK;
    return cornu_error_set(
        CORNU_EUNKNOWN, NULL, 0, "'%s' needs %zu things that are not here", path, problems
    );
}

static cornu_status run(const command *self, int argc, char **argv) {
    const char *path = NULL;
    bool proceed, report_only = false, trusted = false;
    const option table[] = {
        {"report", OPTION_FLAG, &report_only, NULL, "tell what the file needs that is not here",
         false},
        {"trusted", OPTION_FLAG, &trusted, NULL, "your own file: read by this process", false},
    };
    CORNU_TRY(options_parse(self, table, 2, &path, 1, argc, argv, &proceed));
    if (!proceed) return CORNU_OK;
    if (report_only) return report(path);
    cornu_model *model = cornu_load_model(path, .trusted = trusted);
    if (!model) return cornu_error_status();
    cornu_status status = cornu_summary(model, stdout);
    cornu_model_free(model);
    return status;
}

const command command_summary = {"summary", "MODEL", "prints the layers of a model", run};
