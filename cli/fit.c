/* cornu fit: trains a compiled model on arrays and saves it. */
#include "arrays.h"
#include "class_weight.h"
#include "fit_callbacks.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *path, *class_weight;
    const char *history, *batch_log, *save, *save_weights, *profile;
    texts inputs, targets, validation_inputs, validation_targets;
    texts sample_weights, validation_sample_weights;
    double validation_split;
    int64_t epochs, initial_epoch, batch_size, seed;
    int64_t steps, validation_steps, validation_batch_size, validation_freq, verbose;
    int64_t self_test;
    bool shuffle, in_batches, quiet, trusted;
    fit_callbacks_options callbacks;
} job;

/* Everything that training reads. */
typedef struct data {
    arrays inputs, targets, validation_inputs, validation_targets;
    arrays sample_weights, validation_sample_weights;
    cornu_class_weight *class_weight;
    size_t class_weight_count;
} data;

/* ---- data ------------------------------------------------------------------------------------ */

static cornu_status load_data(data *d, const job *j) {
    if (j->class_weight) {
        CORNU_TRY(class_weight_parse(j->class_weight, &d->class_weight, &d->class_weight_count));
    }
    CORNU_TRY(arrays_load(&d->inputs, &j->inputs));
    CORNU_TRY(arrays_load(&d->targets, &j->targets));
    CORNU_TRY(arrays_load(&d->validation_inputs, &j->validation_inputs));
    CORNU_TRY(arrays_load(&d->validation_targets, &j->validation_targets));
    CORNU_TRY(arrays_load(&d->sample_weights, &j->sample_weights));
    return arrays_load(&d->validation_sample_weights, &j->validation_sample_weights);
}

static void free_data(data *d) {
    arrays_free(&d->inputs);
    arrays_free(&d->targets);
    arrays_free(&d->validation_inputs);
    arrays_free(&d->validation_targets);
    arrays_free(&d->sample_weights);
    arrays_free(&d->validation_sample_weights);
    free(d->class_weight);
}

/* ---- what is written ------------------------------------------------------------------------- */

/* The first epoch with this name, where metrics appear that are not computed in every epoch. */
static bool seen_before(const cornu_history *history, size_t epoch, const char *name) {
    for (size_t i = 0; i < epoch; i++) {
        if (cornu_logs_has(cornu_history_logs(history, i), name)) return true;
    }
    return false;
}

static const cornu_log_entry *find_entry(const cornu_logs *logs, const char *name) {
    for (size_t i = 0; i < logs->count; i++) {
        if (strcmp(logs->entries[i].name, name) == 0) return &logs->entries[i];
    }
    return NULL;
}

static void add_series(json_text *json, const cornu_history *history, const char *name) {
    size_t written = 0;
    if (json->length > 1) json_raw(json, ",\n ");
    json_string(json, name);
    json_raw(json, ": [");
    for (size_t i = 0; i < cornu_history_epochs(history); i++) {
        const cornu_log_entry *entry = find_entry(cornu_history_logs(history, i), name);
        if (!entry) continue;
        if (written++ > 0) json_raw(json, ", ");
        json_log_value(json, entry);
    }
    json_raw(json, "]");
}

/* {"loss": [...], "val_loss": [...]}: a list over the epochs for each name, as Keras'
 * History.history. */
static cornu_status save_history(const cornu_history *history, const char *path) {
    json_text json = {0};
    json_raw(&json, "{");
    for (size_t i = 0; i < cornu_history_epochs(history); i++) {
        const cornu_logs *logs = cornu_history_logs(history, i);
        for (size_t k = 0; k < logs->count; k++) {
            const char *name = logs->entries[k].name;
            if (!seen_before(history, i, name)) add_series(&json, history, name);
        }
    }
    json_raw(&json, "}");
    cornu_status status = json_save(&json, path);
    json_free(&json);
    return status;
}

static cornu_status save_batch_log(json_text *log, const char *path) {
    json_raw(log, "]");
    return json_save(log, path);
}

/* A callback: adds the running values after each batch to the log. */
static cornu_status log_batch(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    json_text *log = user;
    (void)model;
    (void)batch;
    json_raw(log, log->length == 0 ? "[" : ",\n ");
    json_logs(log, logs);
    return log->status;
}

/* The first samples of a list of arrays, at most `count`; *new* ones. */
static cornu_status first_samples(arrays *few, const arrays *all, int64_t count) {
    for (size_t i = 0; i < all->count; i++) {
        cornu_shape start = {.rank = 0}, size = *cornu_tensor_shape(all->items[i]);
        if (size.dims[0] > count) size.dims[0] = count;
        cornu_tensor *part = cornu_op_slice(all->items[i], start.dims, size);
        few->items[i] = part ? cornu_tensor_retain(part) : NULL;
        if (!few->items[i]) return cornu_error_status();
        few->count++;
    }
    return CORNU_OK;
}

/* With --self-test, the first samples of the training go into the file with what they give. */
static cornu_status save_model(const job *j, cornu_model *model, const data *d) {
    if (j->self_test == 0) return cornu_save(model, j->save);
    arrays inputs = {.count = 0}, targets = {.count = 0};
    cornu_scope *scope = cornu_scope_begin();
    cornu_status status = scope ? CORNU_OK : cornu_error_status();
    if (status == CORNU_OK) status = first_samples(&inputs, &d->inputs, j->self_test);
    if (status == CORNU_OK) status = first_samples(&targets, &d->targets, j->self_test);
    if (status == CORNU_OK)
        status = cornu_save_model(
            model, j->save, .self_test_inputs = arrays_list(&inputs),
            .self_test_targets = arrays_list(&targets)
        );
    arrays_free(&inputs);
    arrays_free(&targets);
    if (scope) cornu_scope_end(scope);
    return status;
}

static cornu_status save_results(
    const job *j, cornu_model *model, const data *d, const cornu_history *history, json_text *log
) {
    if (j->save) CORNU_TRY(save_model(j, model, d), "training is done, but --save failed");
    if (j->save_weights) {
        CORNU_TRY(
            cornu_save_weights(model, j->save_weights),
            "training is done, but --save-weights failed"
        );
    }
    if (j->history) {
        CORNU_TRY(save_history(history, j->history), "training is done, but --history failed");
    }
    if (j->batch_log) {
        CORNU_TRY(save_batch_log(log, j->batch_log), "training is done, but --batch-log failed");
    }
    return CORNU_OK;
}

/* ---- training -------------------------------------------------------------------------------- */

/* Ctrl-C and the like: what was learned so far is saved, and the program says so. */
static cornu_status stopped(const job *j, const cornu_history *history) {
    return cornu_error_set(
        CORNU_ECANCELED, NULL, 0, "stopped by signal %d after %zu whole epochs%s%s",
        cornu_stopped_by_signal(), cornu_history_epochs(history),
        j->callbacks.backup ? "; the same command goes on from " : "",
        j->callbacks.backup ? j->callbacks.backup : ""
    );
}

static cornu_status train(const job *j, cornu_model *model, const data *d) {
    json_text log = {0};
    cornu_callback *logger = NULL;
    if (j->batch_log) {
        logger = cornu_callback_lambda(.user = &log, .on_train_batch_end = log_batch);
        if (!logger) return cornu_error_status();
    }
    fit_callbacks callbacks;
    CORNU_TRY(fit_callbacks_make(&callbacks, &j->callbacks, logger));
    cornu_history *history = cornu_fit(
        model, .inputs = arrays_list(&d->inputs), .targets = arrays_list(&d->targets),
        .sample_weight = arrays_single(&d->sample_weights),
        .sample_weights = arrays_several(&d->sample_weights), .class_weight = d->class_weight,
        .class_weight_count = d->class_weight_count, .batch_size = j->batch_size,
        .epochs = j->epochs, .initial_epoch = j->initial_epoch, .shuffle = j->shuffle,
        .seed = j->seed, .validation_split = j->validation_split,
        .validation_inputs = arrays_list(&d->validation_inputs),
        .validation_targets = arrays_list(&d->validation_targets),
        .validation_sample_weight = arrays_single(&d->validation_sample_weights),
        .validation_sample_weights = arrays_several(&d->validation_sample_weights),
        .callbacks = {.items = callbacks.items, .count = callbacks.count},
        .steps_per_epoch = j->steps, .validation_steps = j->validation_steps,
        .validation_batch_size = j->validation_batch_size, .validation_freq = j->validation_freq,
        .shuffle_in_batches = j->in_batches,
        .verbose = j->quiet ? CORNU_VERBOSE_SILENT : (cornu_verbose)j->verbose
    );
    cornu_status status = history ? save_results(j, model, d, history, &log) : cornu_error_status();
    if (status == CORNU_OK && cornu_stopped_by_signal()) status = stopped(j, history);
    cornu_history_free(history);
    json_free(&log);
    return status;
}

/* With --profile, the kernels that training runs are noted. */
static cornu_status train_profiled(const job *j, cornu_model *model, const data *d) {
    if (!j->profile) return train(j, model, d);
    CORNU_TRY(cornu_profile_begin(j->profile), "--profile");
    cornu_status status = train(j, model, d);
    if (status != CORNU_OK) return status; /* and the program ends */
    return cornu_profile_end();
}

static cornu_status load_and_train(const job *j) {
    /* before the model is loaded: its random layers take their seeds then */
    if (j->seed != CORNU_NONE) cornu_set_random_seed((uint64_t)j->seed);
    cornu_model *model = cornu_load_model(j->path, .trusted = j->trusted);
    if (!model) return cornu_error_status();
    data d = {.inputs = {.count = 0}};
    cornu_status status =
        arrays_expect(&j->inputs, "input", cornu_model_input_count(model), "input");
    if (status == CORNU_OK) status = load_data(&d, j);
    if (status == CORNU_OK) status = train_profiled(j, model, &d);
    free_data(&d);
    cornu_model_free(model);
    return status;
}

/* ---- options --------------------------------------------------------------------------------- */

static cornu_status check_ending(const char *name, const char *path, const char *ending) {
    size_t length = path ? strlen(path) : 0, tail = strlen(ending);
    if (!path || (length > tail && strcmp(path + length - tail, ending) == 0)) return CORNU_OK;
    USAGE_FAIL("--%s '%s': the name must end in %s", name, path, ending);
}

/* What can be wrong is found before training, not after it. */
static cornu_status check_job(const job *j) {
    if (!j->save && !j->save_weights && !j->history && !j->callbacks.checkpoint) {
        USAGE_FAIL("nothing would be left of the training; give --save, --save-weights, "
                   "--checkpoint or --history");
    }
    if (j->verbose < 0 || j->verbose > CORNU_VERBOSE_AUTO)
        USAGE_FAIL("--verbose wants 0 (nothing), 1 (a bar), 2 (a line per epoch) or 3 (as fits)");
    CORNU_TRY(check_ending("save", j->save, ".keras"));
    if (j->self_test < 0 || (j->self_test > 0 && !j->save))
        USAGE_FAIL("--self-test wants a number of samples, and --save");
    CORNU_TRY(check_ending("save-weights", j->save_weights, ".weights.h5"));
    if ((j->validation_inputs.count > 0) != (j->validation_targets.count > 0)) {
        USAGE_FAIL("--validation-input and --validation-target belong together");
    }
    if (j->validation_sample_weights.count > 0 && j->validation_inputs.count == 0) {
        USAGE_FAIL("--validation-sample-weight needs --validation-input and --validation-target");
    }
    if (j->validation_inputs.count > 0 && j->validation_split != 0) {
        USAGE_FAIL("--validation-split and --validation-input exclude each other");
    }
    return CORNU_OK;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {
        .epochs = 1,
        .batch_size = 32,
        .seed = CORNU_NONE,
        .shuffle = true,
        .steps = CORNU_NONE,
        .validation_steps = CORNU_NONE,
        .validation_batch_size = CORNU_NONE,
        .validation_freq = 1,
        .verbose = CORNU_VERBOSE_AUTO,
        .callbacks.backup_freq = CORNU_NONE};
    const option table[] = {
        {"input", OPTION_TEXTS, &j.inputs, "X.npy", "samples along the first axis", true},
        {"target", OPTION_TEXTS, &j.targets, "Y.npy", "their targets", true},
        {"sample-weight", OPTION_TEXTS, &j.sample_weights, "W.npy",
         "one weight per sample; once, or once per output", false},
        {"class-weight", OPTION_TEXT, &j.class_weight, "JSON", "{\"0\": 1.0, \"1\": 2.5}", false},
        {"validation-input", OPTION_TEXTS, &j.validation_inputs, "VX.npy",
         "evaluated after each epoch", false},
        {"validation-target", OPTION_TEXTS, &j.validation_targets, "VY.npy", "its targets", false},
        {"validation-sample-weight", OPTION_TEXTS, &j.validation_sample_weights, "VW.npy",
         "its weights", false},
        {"validation-split", OPTION_FLOAT, &j.validation_split, "F",
         "holds out the last fraction of the samples", false},
        {"epochs", OPTION_INT, &j.epochs, "N", "the epoch to stop after (1)", false},
        {"initial-epoch", OPTION_INT, &j.initial_epoch, "K", "the epoch to begin with (0)", false},
        {"batch-size", OPTION_INT, &j.batch_size, "N", "samples per step (32)", false},
        {"steps-per-epoch", OPTION_INT, &j.steps, "N", "batches of an epoch (all)", false},
        {"validation-steps", OPTION_INT, &j.validation_steps, "N", "batches of a validation (all)",
         false},
        {"validation-batch-size", OPTION_INT, &j.validation_batch_size, "N",
         "samples at a time (as in training)", false},
        {"validation-freq", OPTION_INT, &j.validation_freq, "N", "validates every N epochs (1)",
         false},
        {"verbose", OPTION_INT, &j.verbose, "N", "0, 1: a bar, 2: a line per epoch, 3: as fits (3)",
         false},
        {"shuffle-in-batches", OPTION_FLAG, &j.in_batches, NULL,
         "samples stay in their batch (Keras: shuffle=\"batch\")", false},
        {"no-shuffle", OPTION_NEGATION, &j.shuffle, NULL, "takes the samples in their order",
         false},
        {"seed", OPTION_INT, &j.seed, "S", "makes the run repeatable", false},
        {"quiet", OPTION_FLAG, &j.quiet, NULL, "prints no progress", false},
        {"history", OPTION_TEXT, &j.history, "FILE", "loss and metrics of each epoch, JSON", false},
        {"batch-log", OPTION_TEXT, &j.batch_log, "FILE", "running values of each batch, JSON",
         false},
        {"backup", OPTION_TEXT, &j.callbacks.backup, "FOLDER",
         "keeps the run there, and goes on from there after a restart", false},
        {"backup-freq", OPTION_INT, &j.callbacks.backup_freq, "N",
         "every so many batches, not only every epoch", false},
        {"checkpoint", OPTION_TEXT, &j.callbacks.checkpoint, "FILE.keras",
         "the model after each epoch; {epoch:02d} and {val_loss:.2f} are filled in", false},
        {"csv-log", OPTION_TEXT, &j.callbacks.csv_log, "FILE", "a line for each epoch, CSV", false},
        {"tensorboard", OPTION_TEXT, &j.callbacks.tensor_board, "FOLDER",
         "event files for TensorBoard", false},
        {"profile", OPTION_TEXT, &j.profile, "FILE",
         "time and bytes of each kernel, for chrome://tracing", false},
        {"trusted", OPTION_FLAG, &j.trusted, NULL, "your own file: read by this process", false},
        {"self-test", OPTION_INT, &j.self_test, "N",
         "puts N samples into the saved file: inputs, outputs, losses of 3 steps", false},
        {"save", OPTION_TEXT, &j.save, "OUT.keras", "the trained model", false},
        {"save-weights", OPTION_TEXT, &j.save_weights, "OUT.weights.h5", "its weights", false},
    };
    bool proceed;
    CORNU_TRY(
        options_parse(self, table, sizeof table / sizeof table[0], &j.path, 1, argc, argv, &proceed)
    );
    if (!proceed) return CORNU_OK;
    CORNU_TRY(check_job(&j));
    CORNU_TRY(cornu_stop_on_signals(true));
    return load_and_train(&j);
}

const command command_fit = {"fit", "MODEL", "trains a compiled model", run};
