/* map: a function changes each batch. */
#include "base/memory.h"
#include "data/rows.h"
#include "data/stage.h"

typedef struct map_walk {
    cornu_stage_walk base;
    cornu_batches *batches;
} map_walk;

static cornu_status begin(cornu_stage_walk *base) {
    map_walk *walk = (map_walk *)base;
    cornu_batches_end(walk->batches);
    walk->batches = cornu_batches_begin(base->stage->below[0], &base->plan, false);
    return walk->batches ? CORNU_OK : cornu_error_status();
}

static cornu_status apply(const cornu_stage *stage, cornu_batch *batch) {
    int64_t size = batch->size;
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = stage->map(stage->user, batch); }
    if (status == CORNU_OK && batch->size != size)
        status = cornu_error_set(
            CORNU_ESHAPE, __FILE__, __LINE__,
            "the function made a batch of %lld samples of one of %lld", (long long)batch->size,
            (long long)size
        );
    return status;
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *batch) {
    cornu_batch below;
    CORNU_TRY(cornu_batches_next(((map_walk *)base)->batches, &below));
    if (below.size == 0) return CORNU_OK;
    CORNU_TRY(cornu_batch_share_(&below, batch));
    batch->last = below.last;
    return apply(base->stage, batch);
}

static void end(cornu_stage_walk *base) { cornu_batches_end(((map_walk *)base)->batches); }

static int64_t cardinality(const cornu_stage *stage) {
    return cornu_dataset_cardinality(stage->below[0]);
}

static const cornu_stage_class map_class = {
    .name = "map",
    .walk_size = sizeof(map_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality,
    .passes = true};

cornu_dataset *cornu_dataset_map(
    cornu_dataset *dataset, cornu_map_function *function, void *user, cornu_free_function *free_user
) {
    cornu_stage *stage = NULL;
    if (!function) (void)cornu_error_null("function");
    else stage = cornu_stage_new_(&map_class, &dataset, 1);
    if (!stage) {
        if (free_user) free_user(user);
        return NULL;
    }
    stage->map = function;
    stage->user = user;
    stage->free_user = free_user;
    return cornu_stage_dataset_(stage);
}
