/* shuffle: each element is drawn from a buffer, in which the next one takes its place. */
#include "base/map.h"
#include "base/memory.h"
#include "data/stage.h"

typedef struct shuffle_walk {
    cornu_stage_walk base;
    cornu_elements elements;
    cornu_batch *buffer;
    size_t count, capacity;
    uint64_t seed, draws;
} shuffle_walk;

static void drop(shuffle_walk *walk) {
    for (size_t i = 0; i < walk->count; i++) cornu_batch_clear(&walk->buffer[i]);
    walk->count = 0;
}

static cornu_status begin(cornu_stage_walk *base) {
    shuffle_walk *walk = (shuffle_walk *)base;
    const cornu_stage *stage = base->stage;
    int64_t seed = stage->seed == CORNU_NONE ? base->plan.seed : stage->seed;
    int64_t epoch = stage->flag ? base->plan.epoch : 0;
    drop(walk);
    walk->draws = 0;
    walk->seed = cornu_hash_((uint64_t)seed, (uint64_t)epoch);
    return cornu_elements_begin_(&walk->elements, stage->below[0], &base->plan);
}

/* A number below `bound`. The remainder's bias is below one in 2^32 for buffers that fit memory. */
static size_t draw(shuffle_walk *walk, size_t bound) {
    uint64_t number = cornu_hash_(walk->seed, ++walk->draws);
    return (size_t)(number % bound);
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    shuffle_walk *walk = (shuffle_walk *)base;
    while (walk->count < (size_t)base->stage->number) {
        CORNU_TRY(CORNU_RESERVE_(walk->buffer, walk->capacity, walk->count + 1));
        CORNU_TRY(cornu_elements_next_(&walk->elements, &walk->buffer[walk->count]));
        if (walk->buffer[walk->count].size == 0) break;
        walk->count++;
    }
    if (walk->count == 0) return CORNU_OK;
    size_t chosen = draw(walk, walk->count);
    *element = walk->buffer[chosen];
    walk->buffer[chosen] = walk->buffer[--walk->count];
    return CORNU_OK;
}

static void end(cornu_stage_walk *base) {
    shuffle_walk *walk = (shuffle_walk *)base;
    drop(walk);
    cornu_free_(walk->buffer);
    cornu_elements_end_(&walk->elements);
}

static int64_t cardinality(const cornu_stage *stage) {
    return cornu_dataset_cardinality(stage->below[0]);
}

static const cornu_stage_class shuffle_class = {
    .name = "shuffle",
    .walk_size = sizeof(shuffle_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_shuffle_new(const cornu_dataset_shuffle_args *args) {
    if (args->dataset && args->buffer_size < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "shuffle: buffer_size must be at least 1, got %lld",
            (long long)args->buffer_size
        );
    cornu_stage *stage = cornu_stage_new_(&shuffle_class, &args->dataset, 1);
    if (!stage) return NULL;
    stage->number = args->buffer_size;
    stage->seed = args->seed;
    stage->flag = args->reshuffle_each_iteration;
    return cornu_stage_dataset_(stage);
}
