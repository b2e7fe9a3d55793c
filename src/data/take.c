/* take and skip: the first elements of a dataset, and those after them. */
#include "data/stage.h"

typedef struct take_walk {
    cornu_stage_walk base;
    cornu_elements elements;
    int64_t taken;
} take_walk;

static cornu_status begin_take(cornu_stage_walk *base) {
    ((take_walk *)base)->taken = 0;
    return cornu_elements_begin_(
        &((take_walk *)base)->elements, base->stage->below[0], &base->plan
    );
}

static cornu_status next_taken(cornu_stage_walk *base, cornu_batch *element) {
    take_walk *walk = (take_walk *)base;
    if (walk->taken == base->stage->number) return CORNU_OK;
    walk->taken++;
    return cornu_elements_next_(&walk->elements, element);
}

static cornu_status begin_skip(cornu_stage_walk *base) {
    take_walk *walk = (take_walk *)base;
    CORNU_TRY(cornu_elements_begin_(&walk->elements, base->stage->below[0], &base->plan));
    for (int64_t i = 0; i < base->stage->number; i++) {
        cornu_batch skipped;
        CORNU_TRY(cornu_elements_next_(&walk->elements, &skipped));
        if (skipped.size == 0) break;
        cornu_batch_clear(&skipped);
    }
    return CORNU_OK;
}

static cornu_status next_after(cornu_stage_walk *base, cornu_batch *element) {
    return cornu_elements_next_(&((take_walk *)base)->elements, element);
}

static void end(cornu_stage_walk *base) { cornu_elements_end_(&((take_walk *)base)->elements); }

static int64_t taken_of(const cornu_stage *stage) {
    int64_t all = cornu_dataset_cardinality(stage->below[0]);
    if (all == CORNU_INFINITE) return stage->number;
    return cornu_stage_known_(all, all < stage->number ? all : stage->number);
}

static int64_t rest_of(const cornu_stage *stage) {
    int64_t all = cornu_dataset_cardinality(stage->below[0]);
    return cornu_stage_known_(all, all < stage->number ? 0 : all - stage->number);
}

static const cornu_stage_class take_class = {
    .name = "take",
    .walk_size = sizeof(take_walk),
    .begin = begin_take,
    .next = next_taken,
    .end = end,
    .cardinality = taken_of};
static const cornu_stage_class skip_class = {
    .name = "skip",
    .walk_size = sizeof(take_walk),
    .begin = begin_skip,
    .next = next_after,
    .end = end,
    .cardinality = rest_of};

static cornu_dataset *make(const cornu_stage_class *cls, cornu_dataset *dataset, int64_t count) {
    if (dataset && count < 0)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "%s: count must not be negative, got %lld", cls->name, (long long)count
        );
    cornu_stage *stage = cornu_stage_new_(cls, &dataset, 1);
    if (stage) stage->number = count;
    return cornu_stage_dataset_(stage);
}

cornu_dataset *cornu_dataset_take(cornu_dataset *dataset, int64_t count) {
    /* arrays stay arrays, which fit can shuffle and cut */
    if (dataset && count > 0 && cornu_dataset_is_arrays_(dataset))
        return cornu_arrays_take_(dataset, count);
    return make(&take_class, dataset, count);
}

cornu_dataset *cornu_dataset_skip(cornu_dataset *dataset, int64_t count) {
    return make(&skip_class, dataset, count);
}
