/* cornu check: runs the self-test that travels in a model's file, or puts one into it. */
#include "arrays.h"

static cornu_status add(
    const char *path, const texts *files, const texts *target_files, bool trusted
) {
    cornu_model *model = cornu_load_model(path, .trusted = trusted);
    if (!model) return cornu_error_status();
    arrays inputs = {.count = 0}, targets = {.count = 0};
    cornu_status status = arrays_expect(files, "add", cornu_model_input_count(model), "input");
    if (status == CORNU_OK) status = arrays_load(&inputs, files);
    if (status == CORNU_OK) status = arrays_load(&targets, target_files);
    if (status == CORNU_OK)
        status = cornu_save_model(
            model, path, .self_test_inputs = arrays_list(&inputs),
            .self_test_targets = arrays_list(&targets)
        );
    arrays_free(&inputs);
    arrays_free(&targets);
    cornu_model_free(model);
    return status;
}

static cornu_status run(const command *self, int argc, char **argv) {
    const char *path = NULL;
    texts inputs = {.count = 0}, targets = {.count = 0};
    bool trusted = false;
    double rtol = 1e-4, atol = 1e-5;
    const option table[] = {
        {"add", OPTION_TEXTS, &inputs, "X.npy",
         "write the file anew with a self-test of these inputs and the outputs of now", false},
        {"target", OPTION_TEXTS, &targets, "Y.npy",
         "with --add: their targets, for the losses of a few training steps", false},
        {"rtol", OPTION_FLOAT, &rtol, "R", "difference in proportion to the value (1e-4)", false},
        {"atol", OPTION_FLOAT, &atol, "A", "difference that always passes (1e-5)", false},
        {"trusted", OPTION_FLAG, &trusted, NULL, "your own file: read by this process", false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], &path, 1, argc, argv, &proceed)
    );
    if (!proceed) return CORNU_OK;
    if (targets.count > 0 && inputs.count == 0) USAGE_FAIL("--target belongs to --add");
    if (inputs.count > 0) CORNU_TRY(add(path, &inputs, &targets, trusted));
    CORNU_TRY(cornu_check_file(path, .rtol = rtol, .atol = atol, .trusted = trusted));
    puts("the self-test passed");
    return CORNU_OK;
}

const command command_check = {"check", "MODEL", "runs the self-test in a model's file", run};
