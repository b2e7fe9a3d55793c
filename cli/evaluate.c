/* cornu evaluate: loss and metrics of a compiled model on data. */
#include "arrays.h"
#include "json.h"

#include <stdlib.h>

typedef struct job {
    const char *path, *json;
    texts inputs, targets, sample_weights;
    int64_t batch_size, steps;
    bool trusted;
} job;

typedef struct data {
    arrays inputs, targets, sample_weights;
} data;

static cornu_status load_data(data *d, const job *j) {
    CORNU_TRY(arrays_load(&d->inputs, &j->inputs));
    CORNU_TRY(arrays_load(&d->targets, &j->targets));
    return arrays_load(&d->sample_weights, &j->sample_weights);
}

static cornu_status report(const cornu_logs *logs, const char *path) {
    json_text json = {0};
    json_logs(&json, logs);
    cornu_status status = path ? json_save(&json, path) : json_print(&json);
    json_free(&json);
    return status;
}

static cornu_status evaluate(const job *j, cornu_model *model, const data *d) {
    cornu_logs *logs = cli_allocate(1, sizeof *logs); /* too large for a careful stack */
    if (!logs) return CORNU_ENOMEM;
    cornu_status status = cornu_evaluate(
        model, .inputs = arrays_list(&d->inputs), .targets = arrays_list(&d->targets),
        .sample_weight = arrays_single(&d->sample_weights),
        .sample_weights = arrays_several(&d->sample_weights), .batch_size = j->batch_size,
        .steps = j->steps, .logs = logs, .verbose = CORNU_VERBOSE_SILENT
    );
    if (status == CORNU_OK) status = report(logs, j->json);
    cornu_logs_clear(logs);
    free(logs);
    return status;
}

static cornu_status load_and_evaluate(const job *j) {
    cornu_model *model = cornu_load_model(j->path, .trusted = j->trusted);
    if (!model) return cornu_error_status();
    data d = {.inputs = {.count = 0}};
    cornu_status status =
        arrays_expect(&j->inputs, "input", cornu_model_input_count(model), "input");
    if (status == CORNU_OK) status = load_data(&d, j);
    if (status == CORNU_OK) status = evaluate(j, model, &d);
    arrays_free(&d.inputs);
    arrays_free(&d.targets);
    arrays_free(&d.sample_weights);
    cornu_model_free(model);
    return status;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {.batch_size = 32, .steps = CORNU_NONE};
    const option table[] = {
        {"input", OPTION_TEXTS, &j.inputs, "X.npy", "samples along the first axis", true},
        {"target", OPTION_TEXTS, &j.targets, "Y.npy", "their targets", true},
        {"sample-weight", OPTION_TEXTS, &j.sample_weights, "W.npy",
         "one weight per sample; once, or once per output", false},
        {"batch-size", OPTION_INT, &j.batch_size, "N", "samples at a time (32)", false},
        {"steps", OPTION_INT, &j.steps, "N", "batches (all)", false},
        {"trusted", OPTION_FLAG, &j.trusted, NULL, "your own file: read by this process", false},
        {"json", OPTION_TEXT, &j.json, "FILE", "writes the scores there instead of printing them",
         false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], &j.path, 1, argc, argv, &proceed)
    );
    return proceed ? load_and_evaluate(&j) : CORNU_OK;
}

const command command_evaluate = {
    "evaluate", "MODEL", "computes a compiled model's loss and metrics", run};
