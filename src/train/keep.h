/* A run in a state (state.h), both ways; cornu_run_keep is the third function. */
#ifndef CORNU_TRAIN_KEEP_H
#define CORNU_TRAIN_KEEP_H

#include "train/run.h"

/* Where the kept run stood. CORNU_EFORMAT, CORNU_EUNSUPPORTED (another format). */
cornu_status cornu_keep_place_(cornu_state *state, cornu_pause *place);
/* Makes the run what it was when it was kept at run->from. Layers, optimizer and metrics must be
 * built. CORNU_EINVAL, CORNU_ESHAPE, CORNU_EDTYPE for a state of another model, optimizer, list of
 * callbacks or, within an epoch, other data. */
cornu_status cornu_keep_restore_(cornu_run *run, cornu_state *state);
/* The values that all metrics have now; *new*. And giving them back. */
cornu_state *cornu_copy_metrics_(cornu_run *run);
cornu_status cornu_restore_metrics_(cornu_run *run, cornu_state *metrics);

#endif
