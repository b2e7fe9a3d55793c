/* Going on with a run that an earlier process kept, and the pauses at which it can be kept.
 * keras/src/callbacks/backup_and_restore.py */
#include "base/signal.h"
#include "graph/plan.h"
#include "train/keep.h"

cornu_status cornu_run_continue(cornu_run *run, cornu_state *state) {
    if (run->kept) {
        cornu_state_free(state);
        CORNU_FAIL(CORNU_ESTATE, "the run goes on from another state already");
    }
    cornu_status status = cornu_keep_place_(state, &run->from);
    if (status == CORNU_OK) run->kept = state;
    else cornu_state_free(state);
    return status;
}

cornu_model *cornu_run_model(const cornu_run *run) { return run->model; }

int64_t cornu_run_epochs(const cornu_run *run) { return run->args->epochs; }

cornu_status cornu_run_logs(cornu_run *run, cornu_logs *logs) {
    if (run->place.epoch_ended) return cornu_logs_copy_(logs, &run->logs, "");
    const cornu_logs *results;
    CORNU_TRY(cornu_training_results_(run->model, &results));
    return cornu_logs_copy_(logs, results, "");
}

/* A step that leaves nothing behind, as all of it is restored afterwards, but for what first steps
 * make: weights, the optimizer's slots, metrics. Traced where that is possible. */
static cornu_status build_by_step(cornu_run *run, cornu_batch *batch) {
    const cornu_fit_args *args = run->args;
    CORNU_TRY(cornu_class_weight_apply_(
        args->class_weight, args->class_weight_count, &run->class_weights, batch
    ));
    if (!cornu_step_is_compiled_(run->model, batch)) return cornu_step_train_(run->model, batch);
    struct cornu_plan *plan;
    CORNU_TRY(cornu_step_plan_(run->model, batch, CORNU_STEP_TRAIN, &plan));
    cornu_plan_free_(plan);
    return CORNU_OK;
}

static cornu_status build(cornu_run *run) {
    cornu_batches *batches = cornu_batches_begin(run->train.dataset, &run->train.plan, false);
    if (!batches) return cornu_error_status();
    cornu_batch batch;
    cornu_status status = cornu_batches_next(batches, &batch);
    if (status == CORNU_OK && batch.size > 0) {
        status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
        CORNU_SCOPE { status = build_by_step(run, &batch); }
    }
    cornu_batches_end(batches);
    return status;
}

static cornu_status restore(cornu_run *run) {
    cornu_status status = build(run);
    if (status == CORNU_OK) status = cornu_keep_restore_(run, run->kept);
    cornu_state_free(run->kept);
    run->kept = NULL;
    return status == CORNU_OK ? status : cornu_error_context("going on with a kept run");
}

cornu_status cornu_run_resume_(cornu_run *run, int64_t *epoch) {
    if (!run->kept) return CORNU_OK;
    *epoch = run->from.epoch + (run->from.epoch_ended ? 1 : 0);
    /* also where fit has nothing left to do: the model becomes what it was */
    return run->from.epoch_ended || *epoch >= run->args->epochs ? restore(run) : CORNU_OK;
}

cornu_status cornu_run_resume_epoch_(cornu_run *run, int64_t *done) {
    if (!run->kept) return CORNU_OK;
    *done = run->from.batches;
    return restore(run);
}

/* Metrics and the walk are put back, so that going on means to validate from the beginning. */
cornu_status cornu_run_validation_stopped_(cornu_run *run, const cornu_before_validation *before) {
    if (before->metrics) CORNU_TRY(cornu_restore_metrics_(run, before->metrics));
    cornu_walk *walk = &run->validation;
    cornu_batches_end(walk->batches);
    walk->batches = NULL;
    if (walk->steps != CORNU_NONE) CORNU_TRY(cornu_walk_seek_(walk, &before->place));
    run->trained = true;
    return cornu_run_pause_(run, before->pause);
}

cornu_status cornu_run_pause_(cornu_run *run, cornu_pause place) {
    run->interrupted = cornu_signal_() != 0;
    place.interrupted = run->interrupted;
    run->place = place;
    if (run->interrupted) run->model->stop_training = true;
    return cornu_callbacks_pause_(run->args->callbacks, run, &place);
}

cornu_status cornu_interrupted_(void) {
    CORNU_FAIL(CORNU_ECANCELED, "stopped by signal %d", cornu_signal_());
}

cornu_status cornu_stop_on_signals(bool on) { return cornu_signal_watch_(on); }

void cornu_report_write_errors(void) { cornu_signal_ignore_writing_(); }

int cornu_stopped_by_signal(void) { return cornu_signal_(); }
