/* cornu predict: the outputs of a model for arrays of samples. */
#include "arrays.h"

#include <stdlib.h>

typedef struct job {
    const char *path, *weights;
    texts inputs, outputs;
    int64_t batch_size;
    bool trusted;
} job;

static cornu_status check_job(const job *j, const cornu_model *model) {
    CORNU_TRY(arrays_expect(&j->inputs, "input", cornu_model_input_count(model), "input"));
    CORNU_TRY(arrays_expect(&j->outputs, "output", cornu_model_output_count(model), "output"));
    return CORNU_OK;
}

/* Files appear only when everything is computed; should one fail, the message says which ones
 * are there. */
static cornu_status save_outputs(const job *j, cornu_tensor *const *results) {
    for (size_t i = 0; i < j->outputs.count; i++) {
        cornu_status status = array_save(j->outputs.items[i], results[i]);
        if (status == CORNU_OK) continue;
        if (i == 0) return status;
        return cornu_error_context("%zu of %zu outputs are written, then", i, j->outputs.count);
    }
    return CORNU_OK;
}

static cornu_status predict(const job *j, cornu_model *model, const arrays *inputs) {
    cornu_tensor *results[TEXTS_MAX] = {NULL};
    cornu_tensor *first = cornu_predict(
        model, .inputs = arrays_list(inputs), .outputs = results, .batch_size = j->batch_size
    );
    cornu_status status = first ? save_outputs(j, results) : cornu_error_status();
    for (size_t i = 0; i < j->outputs.count; i++) cornu_tensor_free(results[i]);
    cornu_tensor_free(first);
    return status;
}

static cornu_status load_and_predict(const job *j) {
    cornu_model *model = cornu_load_model(j->path, .compile = false, .trusted = j->trusted);
    if (!model) return cornu_error_status();
    arrays inputs = {.count = 0};
    cornu_status status = check_job(j, model);
    if (status == CORNU_OK && j->weights)
        status = cornu_load_weights(model, j->weights, .trusted = j->trusted);
    if (status == CORNU_OK) status = arrays_load(&inputs, &j->inputs);
    if (status == CORNU_OK) status = predict(j, model, &inputs);
    arrays_free(&inputs);
    cornu_model_free(model);
    return status;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {.batch_size = 32};
    const option table[] = {
        {"input", OPTION_TEXTS, &j.inputs, "X.npy", "samples along the first axis", true},
        {"output", OPTION_TEXTS, &j.outputs, "Y.npy", "where the predictions go", true},
        {"weights", OPTION_TEXT, &j.weights, "FILE", "weights to load first", false},
        {"trusted", OPTION_FLAG, &j.trusted, NULL, "your own file: read by this process", false},
        {"batch-size", OPTION_INT, &j.batch_size, "N", "samples at a time (32)", false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], &j.path, 1, argc, argv, &proceed)
    );
    if (!proceed) return CORNU_OK;
    for (size_t i = 0; i < j.outputs.count; i++) {
        CORNU_TRY(array_check_output(j.outputs.items[i]));
    }
    return load_and_predict(&j);
}

const command command_predict = {"predict", "MODEL", "computes a model's outputs", run};
