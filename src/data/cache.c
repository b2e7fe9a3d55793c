/* cache: what the first complete epoch gave is kept in memory, and given again in later ones. */
#include "base/memory.h"
#include "base/thread.h"
#include "data/rows.h"
#include "data/stage.h"

/* Shared by all walks of a stage. */
typedef struct cache_store {
    cornu_mutex mutex;
    cornu_batch *elements;
    size_t count;
    bool complete;
} cache_store;

typedef struct cache_walk {
    cornu_stage_walk base;
    cornu_elements elements;
    cornu_batch *gathered; /* of an epoch that fills the store */
    size_t count, capacity;
    size_t given; /* of an epoch that comes from the store */
    bool stored;
} cache_walk;

static void drop(cache_walk *walk) {
    for (size_t i = 0; i < walk->count; i++) cornu_batch_clear(&walk->gathered[i]);
    cornu_free_(walk->gathered);
    walk->gathered = NULL;
    walk->count = walk->capacity = 0;
}

static cornu_status begin(cornu_stage_walk *base) {
    cache_walk *walk = (cache_walk *)base;
    cache_store *store = base->stage->user;
    drop(walk);
    walk->given = 0;
    cornu_mutex_lock_(&store->mutex);
    walk->stored = store->complete;
    cornu_mutex_unlock_(&store->mutex);
    if (walk->stored) return cornu_elements_end_(&walk->elements), CORNU_OK;
    return cornu_elements_begin_(&walk->elements, base->stage->below[0], &base->plan);
}

/* The first walk that reaches the end fills the store; what another gathered is dropped. */
static void hand_in(cache_walk *walk, cache_store *store) {
    cornu_mutex_lock_(&store->mutex);
    if (!store->complete) {
        store->elements = walk->gathered;
        store->count = walk->count;
        store->complete = true;
        walk->gathered = NULL;
        walk->count = walk->capacity = 0;
    }
    cornu_mutex_unlock_(&store->mutex);
    drop(walk);
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    cache_walk *walk = (cache_walk *)base;
    cache_store *store = base->stage->user;
    if (walk->stored) {
        if (walk->given == store->count) return CORNU_OK;
        return cornu_batch_share_(&store->elements[walk->given++], element);
    }
    CORNU_TRY(CORNU_RESERVE_(walk->gathered, walk->capacity, walk->count + 1));
    CORNU_TRY(cornu_elements_next_(&walk->elements, element));
    if (element->size == 0) return hand_in(walk, store), CORNU_OK;
    cornu_status status = cornu_batch_share_(element, &walk->gathered[walk->count]);
    if (status == CORNU_OK) walk->count++;
    else cornu_batch_clear(element);
    return status;
}

static void end(cornu_stage_walk *base) {
    drop((cache_walk *)base);
    cornu_elements_end_(&((cache_walk *)base)->elements);
}

static int64_t cardinality(const cornu_stage *stage) {
    return cornu_dataset_cardinality(stage->below[0]);
}

static const cornu_stage_class cache_class = {
    .name = "cache",
    .walk_size = sizeof(cache_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

static void free_store(void *user) {
    cache_store *store = user;
    for (size_t i = 0; i < store->count; i++) cornu_batch_clear(&store->elements[i]);
    cornu_free_(store->elements);
    cornu_mutex_free_(&store->mutex);
    cornu_free_(store);
}

cornu_dataset *cornu_dataset_cache(cornu_dataset *dataset) {
    cornu_stage *stage = cornu_stage_new_(&cache_class, &dataset, 1);
    cache_store *store = stage ? cornu_alloc_(sizeof *store) : NULL;
    if (store && cornu_mutex_init_(&store->mutex) != CORNU_OK) {
        cornu_free_(store);
        store = NULL;
    }
    if (stage && store) {
        stage->user = store;
        stage->free_user = free_store;
    }
    cornu_dataset *made = cornu_stage_dataset_(stage);
    if (made && !store) {
        cornu_dataset_free(made);
        return NULL;
    }
    return made;
}
