/* A walk through one epoch. Two batches take turns: while the caller works on one, a thread gathers
 * the other. */
#include "base/host.h"
#include "base/memory.h"
#include "base/thread.h"
#include "data/dataset.h"
#include <cornu/threads.h>
#include <string.h>

/* Gathering less than this takes less time than waking a thread does. */
enum { WORTH_A_THREAD = 128 * 1024 };

struct cornu_batches {
    cornu_dataset *dataset;
    void *walk; /* what the class' functions get */
    cornu_batch batch[2];
    int current; /* the one that the caller works on */
    bool threaded;
    cornu_thread thread;
    cornu_mutex mutex;
    cornu_condition changed;
    /* the other batch is to be gathered; is there; the thread is to end */
    bool wanted, ready, stop;
    bool over;           /* the last batch was handed out: the other one is an old one */
    cornu_status status; /* of the gathering, with its message: errors are per thread */
    char message[1024];
};

static void gather(cornu_batches *self, cornu_batch *batch) {
    self->status = self->dataset->cls->next(self->walk, batch);
    if (self->status == CORNU_OK) return;
    strncpy(self->message, cornu_error_message(), sizeof self->message - 1);
}

static void run(void *user) {
    cornu_batches *self = user;
    cornu_mutex_lock_(&self->mutex);
    for (;;) {
        while (!self->wanted && !self->stop) cornu_condition_wait_(&self->changed, &self->mutex);
        if (self->stop) break;
        self->wanted = false;
        cornu_batch *other = &self->batch[1 - self->current];
        cornu_mutex_unlock_(&self->mutex);
        gather(self, other);
        cornu_error_clear();
        cornu_mutex_lock_(&self->mutex);
        self->ready = true;
        cornu_condition_broadcast_(&self->changed);
    }
    cornu_mutex_unlock_(&self->mutex);
}

static void want_next(cornu_batches *self) {
    cornu_mutex_lock_(&self->mutex);
    self->wanted = true;
    self->ready = false;
    cornu_condition_broadcast_(&self->changed);
    cornu_mutex_unlock_(&self->mutex);
}

static cornu_status start_thread(cornu_batches *self) {
    CORNU_TRY(cornu_mutex_init_(&self->mutex));
    cornu_status status = cornu_condition_init_(&self->changed);
    if (status == CORNU_OK) {
        status = cornu_thread_start_(&self->thread, run, self);
        if (status == CORNU_OK) return self->threaded = true, want_next(self), CORNU_OK;
        cornu_condition_free_(&self->changed);
    }
    cornu_mutex_free_(&self->mutex);
    return status;
}

/* Where every processor computes, rows of arrays are gathered by those who wait for them: nobody
 * has to be woken, and they are in the caches that want them. What a user's functions give may be a
 * matter of waiting: it comes ahead. */
size_t cornu_batches_at_once_(int64_t bytes) {
    if (bytes < 0) return 2;
    return bytes >= WORTH_A_THREAD && cornu_num_threads() < cornu_processors_() ? 2 : 1;
}

/* A walk of its own, or the only one. */
static cornu_status open_walk(cornu_batches *self) {
    cornu_dataset *dataset = self->dataset;
    if (dataset->cls->open) return dataset->cls->open(dataset->user, &self->walk);
    if (dataset->in_use)
        CORNU_FAIL(
            CORNU_ESTATE, "the dataset '%s' is being walked through already", dataset->cls->name
        );
    dataset->in_use = true;
    self->walk = dataset->user;
    return CORNU_OK;
}

static void close_walk(cornu_batches *self) {
    if (!self->walk) return;
    if (self->dataset->cls->close) self->dataset->cls->close(self->walk);
    else self->dataset->in_use = false;
}

static cornu_status begin(cornu_batches *self, const cornu_epoch_plan *plan, bool prefetch) {
    const cornu_dataset_class *cls = self->dataset->cls;
    CORNU_TRY(open_walk(self));
    if (cls->begin) CORNU_TRY(cls->begin(self->walk, plan));
    int64_t bytes = cornu_dataset_batch_bytes_(self->dataset, plan);
    if (prefetch && cornu_batches_at_once_(bytes) > 1) return start_thread(self);
    if (prefetch) cornu_arrays_gather_together_(self->dataset, self->walk);
    return CORNU_OK;
}

cornu_batches *cornu_batches_begin(
    cornu_dataset *dataset, const cornu_epoch_plan *plan, bool prefetch
) {
    if (!dataset) return (void)cornu_error_null("dataset"), NULL;
    cornu_batches *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    self->dataset = cornu_dataset_retain(dataset);
    if (begin(self, plan, prefetch) == CORNU_OK) return self;
    cornu_batches_end(self);
    return NULL;
}

cornu_status cornu_batches_next(cornu_batches *self, cornu_batch *batch) {
    if (self->over) return *batch = (cornu_batch){0}, CORNU_OK;
    if (self->threaded) {
        cornu_mutex_lock_(&self->mutex);
        while (!self->ready) cornu_condition_wait_(&self->changed, &self->mutex);
        self->current = 1 - self->current;
        cornu_mutex_unlock_(&self->mutex);
        if (self->status != CORNU_OK)
            return cornu_error_set(self->status, NULL, 0, "%s", self->message);
        *batch = self->batch[self->current];
        self->over = batch->size == 0 || batch->last;
        if (!self->over) want_next(self);
        return CORNU_OK;
    }
    gather(self, &self->batch[0]);
    *batch = self->batch[0];
    self->over = self->status == CORNU_OK && (batch->size == 0 || batch->last);
    return self->status;
}

void cornu_batches_end(cornu_batches *self) {
    if (!self) return;
    if (self->threaded) {
        cornu_mutex_lock_(&self->mutex);
        self->stop = true;
        cornu_condition_broadcast_(&self->changed);
        cornu_mutex_unlock_(&self->mutex);
        cornu_thread_join_(&self->thread);
        cornu_condition_free_(&self->changed);
        cornu_mutex_free_(&self->mutex);
    }
    cornu_batch_clear(&self->batch[0]);
    cornu_batch_clear(&self->batch[1]);
    close_walk(self);
    cornu_dataset_free(self->dataset);
    cornu_free_(self);
}
