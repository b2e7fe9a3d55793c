/* ModelCheckpoint: saves the model, or its weights, as training goes on.
 * keras/src/callbacks/model_checkpoint.py */
#include "monitor.h"
#include "path_template.h"
#include <cornu/save.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_model_checkpoint_args args;
    cornu_monitor monitor;
    double best;
    int64_t epoch, last_batch, batches_since_save;
} model_checkpoint;

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static cornu_status init(void *object) {
    model_checkpoint *self = object;
    const cornu_callback_model_checkpoint_args *args = &self->args;
    if (!args->filepath) return cornu_error_null("filepath");
    const char *wanted = args->save_weights_only ? ".weights.h5" : ".keras";
    if (!ends_with(args->filepath, wanted))
        CORNU_FAIL(
            CORNU_EINVAL, "filepath must end in \"%s\"%s, got \"%s\"", wanted,
            args->save_weights_only ? " with save_weights_only" : "", args->filepath
        );
    if (args->save_freq != CORNU_NONE && args->save_freq < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "save_freq must be at least 1 batch, got %lld", (long long)args->save_freq
        );
    self->best = args->initial_value_threshold;
    if (!args->save_best_only) return CORNU_OK;
    return cornu_monitor_begin_(&self->monitor, args->monitor, args->mode, 0);
}

static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    model_checkpoint *self = (model_checkpoint *)callback;
    (void)logs;
    self->last_batch = self->batches_since_save = 0;
    /* Within an epoch there is no value of validation yet; Keras then saves nothing. */
    return self->args.save_best_only ? cornu_monitor_check_(&self->monitor, model) : CORNU_OK;
}

/* Whether to save; tells why on standard output if that was asked for. */
static cornu_status is_wanted(
    model_checkpoint *self, const char *path, const cornu_logs *logs, bool *wanted
) {
    double value, before = self->best;
    long long epoch = (long long)self->epoch + 1;
    const char *name = self->args.monitor;
    bool talks = self->args.verbose > 0;
    *wanted = !self->args.save_best_only;
    if (*wanted) {
        if (talks) printf("\nEpoch %lld: saving model to %s\n", epoch, path);
        return CORNU_OK;
    }
    bool found;
    CORNU_TRY(cornu_monitor_value_(&self->monitor, logs, &value, &found));
    if (!found) return CORNU_OK;
    *wanted = cornu_monitor_improves_(&self->monitor, value, before);
    if (*wanted) self->best = value;
    if (!talks) return CORNU_OK;
    if (!*wanted) printf("\nEpoch %lld: %s did not improve from %.5f\n", epoch, name, before);
    else if (isnan(before))
        printf(
            "\nEpoch %lld: %s improved from None to %.5f, saving model to %s\n", epoch, name, value,
            path
        );
    else
        printf(
            "\nEpoch %lld: %s improved from %.5f to %.5f, saving model to %s\n", epoch, name,
            before, value, path
        );
    return CORNU_OK;
}

/* As Keras does, with the folders above it if they are missing. */
static cornu_status write_file(model_checkpoint *self, cornu_model *model, char *path) {
    char *slash = strrchr(path, '/');
    if (slash && slash != path) {
        *slash = '\0';
        cornu_status status = cornu_make_folder(path);
        *slash = '/';
        CORNU_TRY(status);
    }
    return self->args.save_weights_only ? cornu_save_weights(model, path) : cornu_save(model, path);
}

/* `batch` is counted from 1; 0: at the end of an epoch. */
static cornu_status save(
    model_checkpoint *self, cornu_model *model, int64_t batch, const cornu_logs *logs
) {
    char path[4096];
    bool wanted;
    CORNU_TRY(
        cornu_path_format_(self->args.filepath, self->epoch + 1, batch, logs, path, sizeof path)
    );
    CORNU_TRY(is_wanted(self, path, logs, &wanted));
    return wanted ? write_file(self, model, path) : CORNU_OK;
}

static cornu_status on_epoch_begin(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    (void)model, (void)logs;
    ((model_checkpoint *)callback)->epoch = epoch;
    return CORNU_OK;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    model_checkpoint *self = (model_checkpoint *)callback;
    (void)epoch;
    return self->args.save_freq == CORNU_NONE ? save(self, model, 0, logs) : CORNU_OK;
}

static bool reads_batches(const cornu_callback *callback) {
    return ((const model_checkpoint *)callback)->args.save_freq != CORNU_NONE;
}

static cornu_status on_train_batch_end(
    cornu_callback *callback, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    model_checkpoint *self = (model_checkpoint *)callback;
    if (self->args.save_freq == CORNU_NONE) return CORNU_OK;
    bool new_epoch = batch <= self->last_batch; /* numbers begin anew */
    self->batches_since_save += new_epoch ? batch + 1 : batch - self->last_batch;
    self->last_batch = batch;
    if (self->batches_since_save < self->args.save_freq) return CORNU_OK;
    self->batches_since_save = 0;
    return save(self, model, batch + 1, logs);
}

/* A signal ends training within an epoch: what was learned so far is saved, unless the best is
 * asked for, which only the end of an epoch tells, or the name needs values that are not there. */
static cornu_status save_interrupted(model_checkpoint *self, cornu_run *run, int64_t batches) {
    char path[4096];
    cornu_logs logs = {0};
    cornu_status status = cornu_run_logs(run, &logs);
    if (status == CORNU_OK) {
        status = cornu_path_format_(
            self->args.filepath, self->epoch + 1, batches, &logs, path, sizeof path
        );
        if (status == CORNU_OK) status = write_file(self, cornu_run_model(run), path);
        else if (status == CORNU_EINVAL) cornu_error_clear(), status = CORNU_OK;
    }
    cornu_logs_clear(&logs);
    return status;
}

static cornu_status on_pause(cornu_callback *callback, cornu_run *run, const cornu_pause *pause) {
    model_checkpoint *self = (model_checkpoint *)callback;
    bool saves = pause->interrupted && !pause->epoch_ended && !self->args.save_best_only;
    return saves ? save_interrupted(self, run, pause->batches) : CORNU_OK;
}

static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    model_checkpoint *self = (model_checkpoint *)callback;
    CORNU_TRY(cornu_state_set_float(state, "best", self->best));
    CORNU_TRY(cornu_state_set_int(state, "last_batch", self->last_batch));
    return cornu_state_set_int(state, "batches_since_save", self->batches_since_save);
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    model_checkpoint *self = (model_checkpoint *)callback;
    CORNU_TRY(cornu_state_get_float(state, "best", &self->best));
    CORNU_TRY(cornu_state_get_int(state, "last_batch", &self->last_batch));
    return cornu_state_get_int(state, "batches_since_save", &self->batches_since_save);
}

static const cornu_callback_model_checkpoint_args defaults = {
    CORNU_CALLBACK_MODEL_CHECKPOINT_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_model_checkpoint_args, STRING, filepath),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, STRING, monitor),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, INT, verbose),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, BOOL, save_best_only),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, BOOL, save_weights_only),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, STRING, mode),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, INT, save_freq),
    CORNU_FIELD(cornu_callback_model_checkpoint_args, FLOAT, initial_value_threshold),
};

CORNU_CALLBACK_CLASS(model_checkpoint){
    CORNU_CLASS_ARGS(model_checkpoint, args, defaults, fields),
    .name = "ModelCheckpoint",
    .init = init,
    .on_train_begin = on_train_begin,
    .on_epoch_begin = on_epoch_begin,
    .on_epoch_end = on_epoch_end,
    .on_train_batch_end = on_train_batch_end,
    .reads_batches = reads_batches,
    .on_pause = on_pause,
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_model_checkpoint_new(const cornu_callback_model_checkpoint_args *args
) {
    return cornu_callback_create(&cornu_callback_model_checkpoint_class, args);
}
