/* The thread's stack of recorders. */
#include "graph/op.h"

static _Thread_local cornu_recorder *innermost;

void cornu_recorder_push_(cornu_recorder *recorder) {
    recorder->outer = innermost;
    innermost = recorder;
}

void cornu_recorder_remove_(cornu_recorder *recorder) {
    for (cornu_recorder **link = &innermost; *link != NULL; link = &(*link)->outer) {
        if (*link != recorder) continue;
        *link = recorder->outer;
        recorder->outer = NULL;
        return;
    }
}

bool cornu_is_recorded_(void) {
    for (const cornu_recorder *recorder = innermost; recorder != NULL; recorder = recorder->outer)
        if (!recorder->paused) return true;
    return false;
}

cornu_status cornu_record_(const cornu_node *node) {
    for (cornu_recorder *recorder = innermost; recorder != NULL; recorder = recorder->outer) {
        if (!recorder->paused) CORNU_TRY(recorder->record(recorder, node));
    }
    return CORNU_OK;
}
