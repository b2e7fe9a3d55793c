/* prefetch: a thread takes batches ahead of whoever wants them. */
#include "base/memory.h"
#include "base/thread.h"
#include "data/rows.h"
#include "data/stage.h"
#include <string.h>

typedef struct prefetch_walk {
    cornu_stage_walk base;
    cornu_batches *batches;
    cornu_batch *queue; /* a ring of `number` places */
    size_t first, count;
    bool running, stop, over;
    cornu_thread thread;
    cornu_mutex mutex;
    cornu_condition changed;
    cornu_status status; /* of the thread, with its message: errors are per thread */
    char message[1024];
} prefetch_walk;

/* Takes one batch, whose memory the walk below may write again, as a batch that stays. */
static cornu_status take(prefetch_walk *walk, cornu_batch *batch) {
    cornu_batch below;
    CORNU_TRY(cornu_batches_next(walk->batches, &below));
    *batch = (cornu_batch){0};
    if (below.size == 0) return CORNU_OK;
    CORNU_TRY(cornu_batch_share_(&below, batch));
    batch->last = below.last;
    return CORNU_OK;
}

static void run(void *user) {
    prefetch_walk *walk = user;
    size_t places = (size_t)walk->base.stage->number;
    for (;;) {
        cornu_batch batch = {0};
        cornu_status status = take(walk, &batch);
        cornu_mutex_lock_(&walk->mutex);
        if (status != CORNU_OK) {
            walk->status = status;
            strncpy(walk->message, cornu_error_message(), sizeof walk->message - 1);
            cornu_error_clear();
        }
        walk->over = status != CORNU_OK || batch.size == 0;
        while (!walk->stop && !walk->over && walk->count == places)
            cornu_condition_wait_(&walk->changed, &walk->mutex);
        bool ends = walk->stop || walk->over;
        if (!ends) walk->queue[(walk->first + walk->count++) % places] = batch;
        cornu_condition_broadcast_(&walk->changed);
        cornu_mutex_unlock_(&walk->mutex);
        if (!ends) continue;
        cornu_batch_clear(&batch);
        return;
    }
}

static void stop(prefetch_walk *walk) {
    if (walk->running) {
        cornu_mutex_lock_(&walk->mutex);
        walk->stop = true;
        cornu_condition_broadcast_(&walk->changed);
        cornu_mutex_unlock_(&walk->mutex);
        cornu_thread_join_(&walk->thread);
        cornu_condition_free_(&walk->changed);
        cornu_mutex_free_(&walk->mutex);
    }
    size_t places = (size_t)walk->base.stage->number;
    for (; walk->count > 0; walk->count--, walk->first = (walk->first + 1) % places)
        cornu_batch_clear(&walk->queue[walk->first]);
    cornu_batches_end(walk->batches);
    walk->batches = NULL;
    walk->running = walk->stop = walk->over = false;
    walk->first = 0;
    walk->status = CORNU_OK;
}

static cornu_status start(prefetch_walk *walk) {
    CORNU_TRY(cornu_mutex_init_(&walk->mutex));
    cornu_status status = cornu_condition_init_(&walk->changed);
    if (status == CORNU_OK) {
        status = cornu_thread_start_(&walk->thread, run, walk);
        if (status == CORNU_OK) return walk->running = true, CORNU_OK;
        cornu_condition_free_(&walk->changed);
    }
    cornu_mutex_free_(&walk->mutex);
    return status;
}

static cornu_status begin(cornu_stage_walk *base) {
    prefetch_walk *walk = (prefetch_walk *)base;
    stop(walk);
    if (!walk->queue)
        walk->queue = cornu_alloc_array_((size_t)base->stage->number, sizeof *walk->queue);
    if (!walk->queue) return CORNU_ENOMEM;
    walk->batches = cornu_batches_begin(base->stage->below[0], &base->plan, false);
    return walk->batches ? start(walk) : cornu_error_status();
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *batch) {
    prefetch_walk *walk = (prefetch_walk *)base;
    cornu_mutex_lock_(&walk->mutex);
    while (walk->count == 0 && !walk->over) cornu_condition_wait_(&walk->changed, &walk->mutex);
    bool some = walk->count > 0;
    if (some) {
        *batch = walk->queue[walk->first];
        walk->first = (walk->first + 1) % (size_t)base->stage->number;
        walk->count--;
        cornu_condition_broadcast_(&walk->changed);
    }
    cornu_mutex_unlock_(&walk->mutex);
    if (some || walk->status == CORNU_OK) return CORNU_OK;
    return cornu_error_set(walk->status, NULL, 0, "%s", walk->message);
}

static void end(cornu_stage_walk *base) {
    stop((prefetch_walk *)base);
    cornu_free_(((prefetch_walk *)base)->queue);
}

static int64_t cardinality(const cornu_stage *stage) {
    return cornu_dataset_cardinality(stage->below[0]);
}

static const cornu_stage_class prefetch_class = {
    .name = "prefetch",
    .walk_size = sizeof(prefetch_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality,
    .passes = true};

cornu_dataset *cornu_dataset_prefetch(cornu_dataset *dataset, int64_t buffer_size) {
    if (dataset && buffer_size < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "prefetch: buffer_size must be at least 1, got %lld",
            (long long)buffer_size
        );
    cornu_stage *stage = cornu_stage_new_(&prefetch_class, &dataset, 1);
    if (stage) stage->number = buffer_size;
    return cornu_stage_dataset_(stage);
}
