/* One run of fit: what it works with and where it stands. */
#ifndef CORNU_TRAIN_RUN_H
#define CORNU_TRAIN_RUN_H

#include "train/training.h"

struct cornu_run {
    const cornu_fit_args *args;
    cornu_model *model;
    cornu_walk train, validation; /* validation.dataset NULL: none */
    cornu_progress progress;
    cornu_history *history;
    cornu_logs logs;      /* of the last epoch, as on_train_end gets them */
    int64_t epoch, batch; /* where it stands, from 1, for messages; 0: before or between */
    cornu_batch current;  /* what model->batch points to */
    cornu_pause place;    /* where it pauses */
    bool interrupted;     /* a signal ends it */
    bool trained;         /* the batches of the epoch are done, but not its validation */
    cornu_tensor *class_weights; /* of a batch; kept for the next */
    cornu_state *kept;    /* of an earlier process, to go on from; NULL: none, or done */
    cornu_pause from;     /* where that was */
};

/* After on_run_begin: the epoch to begin with, in *epoch. A run that was kept between two epochs is
 * restored here. */
cornu_status cornu_run_resume_(cornu_run *run, int64_t *epoch);
/* After on_epoch_begin: a run that was kept within an epoch is restored here, and *done, the
 * batches of this epoch that are done, is set. Otherwise it does nothing. */
cornu_status cornu_run_resume_epoch_(cornu_run *run, int64_t *done);
/* How things stood before a validation that a signal ended. */
typedef struct cornu_before_validation {
    cornu_state *metrics; /* NULL: no signals are watched */
    cornu_walk_place place;
    cornu_pause pause;
} cornu_before_validation;
/* Makes the run what it was, and pauses. */
cornu_status cornu_run_validation_stopped_(cornu_run *run, const cornu_before_validation *before);
/* At every pause: tells the callbacks, and looks whether a signal came. */
cornu_status cornu_run_pause_(cornu_run *run, cornu_pause place);

#endif
