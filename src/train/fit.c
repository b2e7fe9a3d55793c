/* Fit: epochs of training steps, with validation, callbacks, progress and history.
 * keras/src/backend/tensorflow/trainer.py, fit */
#include "base/signal.h"
#include "train/keep.h"
#include <math.h>

/* ---- arguments ------------------------------------------------------------------------------- */

static cornu_status at_least(const char *name, int64_t value, int64_t least) {
    if (value >= least || value == CORNU_NONE) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "%s must be at least %lld, got %lld", name, (long long)least, (long long)value
    );
}

static cornu_status check_args(const cornu_fit_args *args) {
    CORNU_TRY(at_least("batch_size", args->batch_size == CORNU_NONE ? 0 : args->batch_size, 1));
    CORNU_TRY(at_least("epochs", args->epochs, 0));
    CORNU_TRY(at_least("initial_epoch", args->initial_epoch, 0));
    CORNU_TRY(at_least("steps_per_epoch", args->steps_per_epoch, 1));
    CORNU_TRY(at_least("validation_steps", args->validation_steps, 1));
    CORNU_TRY(at_least("validation_batch_size", args->validation_batch_size, 1));
    CORNU_TRY(at_least("validation_freq", args->validation_freq, 1));
    if (!(args->validation_split >= 0 && args->validation_split < 1))
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split must be in [0, 1), got %g", args->validation_split
        );
    if (args->class_weight_count > 0 && !args->class_weight)
        return cornu_error_null("class_weight");
    return cornu_callbacks_check_(args->callbacks);
}

static bool has_validation_arrays(const cornu_fit_args *args) {
    return args->validation_x || args->validation_inputs.count;
}

static cornu_status open_validation(cornu_run *self) {
    const cornu_fit_args *args = self->args;
    cornu_walk *walk = &self->validation;
    const cornu_source source = {
        args->validation_x,
        args->validation_y,
        args->validation_inputs,
        args->validation_targets,
        args->validation_sample_weight,
        args->validation_data,
        args->validation_sample_weights,
        args->validation_sample_weight_map,
        args->model};
    walk->dataset = cornu_source_dataset_(&source);
    return walk->dataset ? CORNU_OK : cornu_error_context("validation data");
}

/* The last fraction of the samples, as they lie, is held out. */
static cornu_status split(cornu_run *self) {
    double fraction = self->args->validation_split;
    int64_t samples = cornu_dataset_sample_count(self->train.dataset);
    if (samples < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split needs data whose number of samples is known; give "
                          "validation_data"
        );
    int64_t kept = (int64_t)floor((double)samples * (1.0 - fraction));
    if (kept == 0 || kept == samples)
        CORNU_FAIL(
            CORNU_EINVAL,
            "validation_split %g of %lld samples leaves %lld to train and %lld to validate with",
            fraction, (long long)samples, (long long)kept, (long long)(samples - kept)
        );
    self->validation.dataset = cornu_dataset_retain(self->train.dataset);
    self->train.plan.count = kept;
    self->validation.plan.first = kept;
    self->validation.plan.count = samples - kept;
    return CORNU_OK;
}

static cornu_status open_data(cornu_run *self) {
    const cornu_fit_args *args = self->args;
    const cornu_source source = {
        args->x,
        args->y,
        args->inputs,
        args->targets,
        args->sample_weight,
        args->dataset,
        args->sample_weights,
        args->sample_weight_map,
        args->model};
    self->train.dataset = cornu_source_dataset_(&source);
    if (!self->train.dataset) return cornu_error_status();
    self->train.steps = args->steps_per_epoch;
    self->train.plan =
        (cornu_epoch_plan){.batch_size = args->batch_size, .shuffle = args->shuffle, .count = -1};
    self->train.plan.shuffle_in_batches = args->shuffle && args->shuffle_in_batches;
    if (args->shuffle)
        self->train.plan.seed = args->seed == CORNU_NONE ? cornu_random_next_seed() : args->seed;
    int64_t size = args->validation_batch_size;
    self->validation.steps = args->validation_steps;
    self->validation.plan =
        (cornu_epoch_plan){.batch_size = size == CORNU_NONE ? args->batch_size : size, .count = -1};
    if (args->validation_data || has_validation_arrays(args)) return open_validation(self);
    return args->validation_split > 0 ? split(self) : CORNU_OK;
}

/* ---- epochs ---------------------------------------------------------------------------------- */

static cornu_status train_batch(cornu_run *self, const cornu_batch *batch) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        cornu_batch weighted = *batch;
        status = cornu_class_weight_apply_(
            self->args->class_weight, self->args->class_weight_count, &self->class_weights,
            &weighted
        );
        if (status == CORNU_OK) status = cornu_step_train_(self->model, &weighted);
    }
    return status;
}

/* After `done` batches of the epoch; callbacks count the batches from 0. */
static cornu_status batch_end(cornu_run *self, int64_t index, int64_t done, cornu_logs *logs) {
    cornu_callback_list callbacks = self->args->callbacks;
    bool due = cornu_progress_due_(&self->progress, done);
    if (!due && !cornu_callbacks_have_(callbacks, CORNU_HOOK_TRAIN_BATCH_END)) return CORNU_OK;
    CORNU_TRY(cornu_training_show_(self->model, logs));
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TRAIN_BATCH_END, self->model, index, logs)
    );
    return due ? cornu_progress_update_(&self->progress, done, logs) : CORNU_OK;
}

/* Up to steps_per_execution batches, between which no callback is called. */
static cornu_status train_group(cornu_run *self, int64_t *done, bool *over, cornu_logs *logs) {
    int64_t group = self->model->training->steps_per_execution, first = *done;
    for (int64_t i = 0; i < group; i++) {
        cornu_batch batch;
        self->batch = *done + 1;
        CORNU_TRY(cornu_walk_next_(&self->train, &batch));
        *over = batch.size == 0;
        if (*over) break;
        self->current = batch;
        self->model->batch = &self->current;
        if (i == 0)
            CORNU_TRY(cornu_callbacks_call_(
                self->args->callbacks, CORNU_HOOK_TRAIN_BATCH_BEGIN, self->model, first, logs
            ));
        CORNU_TRY(train_batch(self, &batch));
        ++*done;
    }
    self->batch = *done;
    if (*done == first) return CORNU_OK;
    CORNU_TRY(batch_end(self, first + group - 1, *done, logs));
    self->model->batch = NULL;
    return cornu_run_pause_(self, (cornu_pause){.epoch = self->epoch - 1, .batches = *done});
}

static cornu_status take_validation(cornu_run *self, bool *interrupted) {
    cornu_logs logs = {0};
    cornu_status status = cornu_evaluate_walk_(
        "validation", self->model, &self->validation, self->args->callbacks, NULL, &logs,
        interrupted
    );
    if (status == CORNU_OK && !*interrupted)
        status = cornu_training_refresh_(self->model, &self->logs);
    if (status == CORNU_OK && !*interrupted) status = cornu_logs_copy_(&self->logs, &logs, "val_");
    cornu_logs_clear(&logs);
    return status;
}

/* `done`: batches of the epoch. Metrics are used by both parts of an epoch: where a signal may end
 * the validation, their values are needed again. */
static cornu_status validate(cornu_run *self, int64_t epoch, int64_t done) {
    cornu_before_validation before = {
        .place = cornu_walk_place_(&self->validation), .pause = {.epoch = epoch, .batches = done}};
    bool interrupted = false;
    if (cornu_signal_is_watched_()) {
        before.metrics = cornu_copy_metrics_(self);
        if (!before.metrics) return cornu_error_status();
    }
    cornu_status status = take_validation(self, &interrupted);
    if (status == CORNU_OK && interrupted) status = cornu_run_validation_stopped_(self, &before);
    cornu_state_free(before.metrics);
    return status;
}

static cornu_status train_batches(cornu_run *self, int64_t *done) {
    cornu_logs logs = {0};
    cornu_status status = CORNU_OK;
    bool over = false;
    while (status == CORNU_OK && !over && !self->model->stop_training)
        status = train_group(self, done, &over, &logs);
    cornu_logs_clear(&logs);
    CORNU_TRY(status);
    self->batch = 0;
    if (*done == 0) CORNU_FAIL(CORNU_EINVAL, "the data give no batch");
    if (self->train.steps == CORNU_NONE) { /* the thread that gathers ahead has nothing to do now */
        cornu_batches_end(self->train.batches);
        self->train.batches = NULL;
    }
    return CORNU_OK;
}

/* `epoch` from 1 */
static bool validates_after(const cornu_fit_args *args, int64_t epoch) {
    if (args->validation_epochs.count == 0) return epoch % args->validation_freq == 0;
    for (size_t i = 0; i < args->validation_epochs.count; i++)
        if (args->validation_epochs.items[i] == epoch) return true;
    return false;
}

static cornu_status run_epoch(cornu_run *self, int64_t epoch) {
    const cornu_fit_args *args = self->args;
    int64_t done = 0;
    cornu_logs empty = {0};
    CORNU_TRY(cornu_training_reset_(self->model));
    cornu_progress_begin_(&self->progress, args->verbose, cornu_walk_steps_(&self->train));
    cornu_status status =
        cornu_callbacks_call_(args->callbacks, CORNU_HOOK_EPOCH_BEGIN, self->model, epoch, &empty);
    cornu_logs_clear(&empty);
    CORNU_TRY(status);
    CORNU_TRY(cornu_progress_heading_(&self->progress, epoch + 1, args->epochs));
    if (self->kept) CORNU_TRY(cornu_run_resume_epoch_(self, &done));
    else CORNU_TRY(cornu_walk_epoch_(&self->train, epoch));
    if (!self->trained) CORNU_TRY(train_batches(self, &done));
    self->trained = false;
    if (self->interrupted) return CORNU_OK;
    CORNU_TRY(cornu_training_show_(self->model, &self->logs));
    if (self->validation.dataset && validates_after(args, epoch + 1))
        CORNU_TRY(validate(self, epoch, done));
    if (self->interrupted) return CORNU_OK;
    CORNU_TRY(cornu_callbacks_call_(
        args->callbacks, CORNU_HOOK_EPOCH_END, self->model, epoch, &self->logs
    ));
    CORNU_TRY(cornu_progress_end_(&self->progress, done, &self->logs));
    CORNU_TRY(cornu_history_add_(self->history, epoch, &self->logs));
    return cornu_run_pause_(
        self, (cornu_pause){.epoch = epoch, .batches = done, .epoch_ended = true}
    );
}

/* What is made in an epoch and belongs to nobody dies with it. */
static cornu_status run_epoch_in_scope(cornu_run *self, int64_t epoch) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = run_epoch(self, epoch); }
    return status;
}

static cornu_status run(cornu_run *self) {
    const cornu_fit_args *args = self->args;
    self->model->stop_training = false;
    CORNU_TRY(
        cornu_callbacks_call_(args->callbacks, CORNU_HOOK_TRAIN_BEGIN, self->model, -1, &self->logs)
    );
    CORNU_TRY(cornu_callbacks_run_begin_(args->callbacks, self));
    int64_t epoch = args->initial_epoch;
    CORNU_TRY(cornu_run_resume_(self, &epoch));
    for (; epoch < args->epochs && !self->model->stop_training; epoch++) {
        self->epoch = epoch + 1;
        CORNU_TRY(run_epoch_in_scope(self, epoch));
    }
    self->epoch = 0;
    cornu_optimizer *optimizer = self->model->training->optimizer;
    if (optimizer && args->epochs > args->initial_epoch && !self->interrupted)
        CORNU_TRY(cornu_optimizer_finalize_(optimizer));
    return cornu_callbacks_call_(
        args->callbacks, CORNU_HOOK_TRAIN_END, self->model, -1, &self->logs
    );
}

/* "fit, epoch 1, batch 3: " before the message. */
static void add_context(const cornu_run *self) {
    long long epoch = self->epoch, batch = self->batch;
    if (batch > 0) (void)cornu_error_context("fit, epoch %lld, batch %lld", epoch, batch);
    else if (epoch > 0) (void)cornu_error_context("fit, epoch %lld", epoch);
    else (void)cornu_error_context("fit");
}

static cornu_history *fit_model(const cornu_fit_args *args) {
    cornu_run self = {.args = args, .model = args->model};
    cornu_status status = cornu_training_of_(args->model) ? check_args(args) : cornu_error_status();
    if (status == CORNU_OK) status = open_data(&self);
    if (status == CORNU_OK && !(self.history = cornu_history_new_())) status = CORNU_ENOMEM;
    if (status == CORNU_OK) {
        args->model->validates = self.validation.dataset != NULL;
        status = run(&self);
        args->model->validates = false;
        args->model->batch = NULL;
    }
    cornu_walk_end_(&self.train);
    cornu_walk_end_(&self.validation);
    cornu_logs_clear(&self.logs);
    cornu_progress_free_(&self.progress);
    cornu_state_free(self.kept);
    cornu_tensor_free(self.class_weights);
    if (status == CORNU_OK) return self.history;
    add_context(&self);
    cornu_history_free(self.history);
    return NULL;
}

cornu_history *cornu_fit_with(const cornu_fit_args *args) {
    cornu_history *history = fit_model(args);
    cornu_callbacks_free_(args->callbacks);
    return history;
}
