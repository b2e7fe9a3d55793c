/* Evaluate: loss and metrics over data, without training.
 * keras/src/backend/tensorflow/trainer.py, evaluate */
#include "base/signal.h"
#include "train/training.h"

/* What an evaluation goes by. */
typedef struct evaluation {
    const char *what;
    cornu_model *model;
    cornu_walk *walk;
    cornu_callback_list callbacks;
    cornu_progress *progress; /* or NULL */
    int64_t done;             /* batches */
    bool interrupted;         /* a signal ended it */
} evaluation;

static cornu_status group_end(evaluation *self, int64_t last, cornu_logs *logs) {
    bool due = self->progress && cornu_progress_due_(self->progress, self->done);
    if (!due && !cornu_callbacks_have_(self->callbacks, CORNU_HOOK_TEST_BATCH_END)) return CORNU_OK;
    CORNU_TRY(cornu_training_show_(self->model, logs));
    CORNU_TRY(
        cornu_callbacks_call_(self->callbacks, CORNU_HOOK_TEST_BATCH_END, self->model, last, logs)
    );
    if (due) CORNU_TRY(cornu_progress_update_(self->progress, self->done, logs));
    return CORNU_OK;
}

/* Up to steps_per_execution batches, between which no callback is called. */
static cornu_status test_group(evaluation *self, bool *over, cornu_logs *logs) {
    int64_t group = self->model->training->steps_per_execution, first = self->done;
    for (int64_t i = 0; i < group; i++) {
        cornu_batch batch;
        CORNU_TRY(cornu_walk_next_(self->walk, &batch));
        *over = batch.size == 0;
        if (*over) break;
        if (i == 0)
            CORNU_TRY(cornu_callbacks_call_(
                self->callbacks, CORNU_HOOK_TEST_BATCH_BEGIN, self->model, first, logs
            ));
        CORNU_TRY(cornu_step_test_(self->model, &batch));
        self->done++;
    }
    return self->done == first ? CORNU_OK : group_end(self, first + group - 1, logs);
}

static cornu_status test_all(evaluation *self, cornu_logs *logs) {
    const char *what = self->what;
    CORNU_TRY(cornu_walk_epoch_(self->walk, 0), "%s", what);
    for (bool over = false; !over && !self->interrupted;) {
        cornu_status status = test_group(self, &over, logs);
        CORNU_TRY(status, "%s, batch %lld", what, (long long)self->done + 1);
        self->interrupted = !over && cornu_signal_() != 0;
    }
    if (self->done == 0) CORNU_FAIL(CORNU_EINVAL, "%s: the data give no batch", what);
    if (self->walk->steps == CORNU_NONE) { /* others may want to walk through the dataset */
        cornu_batches_end(self->walk->batches);
        self->walk->batches = NULL;
    }
    /* callbacks that changed something for the evaluation change it back; there is no result */
    if (self->interrupted) cornu_logs_clear(logs);
    else CORNU_TRY(cornu_training_show_(self->model, logs));
    CORNU_TRY(
        cornu_callbacks_call_(self->callbacks, CORNU_HOOK_TEST_END, self->model, -1, logs), "%s",
        what
    );
    if (self->progress && !self->interrupted)
        CORNU_TRY(cornu_progress_end_(self->progress, self->done, logs));
    return CORNU_OK;
}

cornu_status cornu_evaluate_walk_(
    const char *what, cornu_model *model, cornu_walk *walk, cornu_callback_list callbacks,
    cornu_progress *progress, cornu_logs *logs, bool *interrupted
) {
    CORNU_TRY(cornu_training_reset_(model), "%s", what);
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TEST_BEGIN, model, -1, logs), "%s", what);
    evaluation self = {what, model, walk, callbacks, progress, 0, false};
    CORNU_TRY(test_all(&self, logs));
    *interrupted = self.interrupted;
    return CORNU_OK;
}

static cornu_status check(const cornu_evaluate_args *args) {
    if (!cornu_training_of_(args->model)) return cornu_error_status();
    CORNU_TRY(cornu_callbacks_check_(args->callbacks));
    if (args->batch_size < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)args->batch_size
        );
    if (args->steps != CORNU_NONE && args->steps < 1)
        CORNU_FAIL(CORNU_EINVAL, "steps must be at least 1, got %lld", (long long)args->steps);
    return CORNU_OK;
}

static cornu_status evaluate(const cornu_evaluate_args *args) {
    CORNU_TRY(check(args), "evaluate");
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
    cornu_walk walk = {
        .dataset = cornu_source_dataset_(&source),
        .steps = args->steps,
        .plan = {.batch_size = args->batch_size, .count = -1}};
    if (!walk.dataset) return cornu_error_context("evaluate");
    cornu_progress progress = {0};
    cornu_progress_begin_(&progress, args->verbose, cornu_walk_steps_(&walk));
    cornu_logs logs = {0};
    bool interrupted = false;
    cornu_status status = cornu_evaluate_walk_(
        "evaluate", args->model, &walk, args->callbacks, &progress, &logs, &interrupted
    );
    if (interrupted) {
        (void)cornu_interrupted_();
        status = cornu_error_context("evaluate");
    }
    if (status == CORNU_OK && args->logs) status = cornu_logs_copy_(args->logs, &logs, "");
    cornu_logs_clear(&logs);
    cornu_progress_free_(&progress);
    cornu_walk_end_(&walk);
    return status;
}

cornu_status cornu_evaluate_with(const cornu_evaluate_args *args) {
    cornu_status status = evaluate(args);
    cornu_callbacks_free_(args->callbacks);
    return status;
}
