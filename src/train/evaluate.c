/* Evaluate: loss and metrics over data, without training.
 * keras/src/backend/tensorflow/trainer.py, evaluate */
#include "train/training.h"

static cornu_status test_batch(
    cornu_model *model, const cornu_batch *batch, int64_t number, cornu_callback_list callbacks,
    cornu_progress *progress, cornu_logs *logs
) {
    CORNU_TRY(cornu_step_test_(model, batch), "batch %lld", (long long)number + 1);
    bool due = progress && cornu_progress_due_(progress, number + 1);
    if (!due && !cornu_callbacks_have_(callbacks, CORNU_HOOK_TEST_BATCH_END)) return CORNU_OK;
    cornu_logs_clear(logs);
    CORNU_TRY(cornu_training_results_(model, logs));
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TEST_BATCH_END, model, number, logs));
    if (due) cornu_progress_update_(progress, number + 1, logs);
    return CORNU_OK;
}

static cornu_status test_all(
    cornu_model *model, cornu_walk *walk, cornu_callback_list callbacks, cornu_progress *progress,
    cornu_logs *logs
) {
    int64_t number = 0;
    CORNU_TRY(cornu_walk_epoch_(walk, 0));
    for (;; number++) {
        cornu_batch batch;
        CORNU_TRY(cornu_walk_next_(walk, &batch), "batch %lld", (long long)number + 1);
        if (batch.size == 0) break;
        CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TEST_BATCH_BEGIN, model, number, logs)
        );
        CORNU_TRY(test_batch(model, &batch, number, callbacks, progress, logs));
    }
    if (number == 0) CORNU_FAIL(CORNU_EINVAL, "the data give no batch");
    cornu_logs_clear(logs);
    CORNU_TRY(cornu_training_results_(model, logs));
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TEST_END, model, 0, logs));
    if (progress) cornu_progress_end_(progress, number, logs);
    return CORNU_OK;
}

cornu_status cornu_evaluate_walk_(
    cornu_model *model, cornu_walk *walk, cornu_callback_list callbacks, cornu_progress *progress,
    cornu_logs *logs
) {
    CORNU_TRY(cornu_training_reset_(model));
    CORNU_TRY(cornu_callbacks_call_(callbacks, CORNU_HOOK_TEST_BEGIN, model, 0, logs));
    return test_all(model, walk, callbacks, progress, logs);
}

static cornu_status evaluate(const cornu_evaluate_args *args) {
    if (!cornu_training_of_(args->model)) return cornu_error_status();
    CORNU_TRY(cornu_callbacks_check_(args->callbacks));
    if (args->batch_size < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)args->batch_size
        );
    if (args->steps != CORNU_NONE && args->steps < 1)
        CORNU_FAIL(CORNU_EINVAL, "steps must be at least 1, got %lld", (long long)args->steps);
    const cornu_source source = {
        args->x, args->y, args->inputs, args->targets, args->sample_weight, args->dataset};
    cornu_walk walk = {
        .dataset = cornu_source_dataset_(&source),
        .steps = args->steps,
        .plan = {.batch_size = args->batch_size, .count = -1}};
    if (!walk.dataset) return cornu_error_status();
    cornu_progress progress;
    cornu_progress_begin_(&progress, args->verbose, cornu_walk_steps_(&walk));
    cornu_logs logs = {0};
    cornu_status status =
        cornu_evaluate_walk_(args->model, &walk, args->callbacks, &progress, &logs);
    if (status == CORNU_OK && args->logs) status = cornu_logs_copy_(args->logs, &logs, "");
    cornu_logs_clear(&logs);
    cornu_walk_end_(&walk);
    return status;
}

cornu_status cornu_evaluate_with(const cornu_evaluate_args *args) {
    cornu_status status = evaluate(args);
    if (status != CORNU_OK) (void)cornu_error_context("evaluate");
    cornu_callbacks_free_(args->callbacks);
    return status;
}
