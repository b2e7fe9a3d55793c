/* repeat: several epochs of a dataset as one. */
#include "data/stage.h"

typedef struct repeat_walk {
    cornu_stage_walk base;
    cornu_elements elements;
    int64_t round;
    bool any; /* the round has given an element */
} repeat_walk;

/* Each round is an epoch of its own for what lies below, other than those of other epochs. */
static cornu_status begin_round(repeat_walk *walk) {
    cornu_epoch_plan plan = walk->base.plan;
    int64_t rounds = walk->base.stage->number;
    if (rounds > 0) plan.epoch = plan.epoch * rounds + walk->round;
    else plan.epoch = plan.epoch * ((int64_t)1 << 20) + walk->round;
    walk->any = false;
    return cornu_elements_begin_(&walk->elements, walk->base.stage->below[0], &plan);
}

static cornu_status begin(cornu_stage_walk *base) {
    ((repeat_walk *)base)->round = 0;
    return begin_round((repeat_walk *)base);
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    repeat_walk *walk = (repeat_walk *)base;
    int64_t rounds = base->stage->number;
    for (;;) {
        if (rounds >= 0 && walk->round >= rounds) return CORNU_OK;
        CORNU_TRY(cornu_elements_next_(&walk->elements, element));
        if (element->size > 0) return walk->any = true, CORNU_OK;
        if (!walk->any) return CORNU_OK; /* nothing to repeat */
        walk->round++;
        if (rounds < 0 || walk->round < rounds) CORNU_TRY(begin_round(walk));
    }
}

static void end(cornu_stage_walk *base) { cornu_elements_end_(&((repeat_walk *)base)->elements); }

static int64_t cardinality(const cornu_stage *stage) {
    int64_t once = cornu_dataset_cardinality(stage->below[0]);
    if (stage->number == 0 || once == 0) return 0;
    if (stage->number < 0) return once == CORNU_UNKNOWN ? CORNU_UNKNOWN : CORNU_INFINITE;
    if (once > INT64_MAX / stage->number) return CORNU_UNKNOWN;
    return cornu_stage_known_(once, once * stage->number);
}

static const cornu_stage_class repeat_class = {
    .name = "repeat",
    .walk_size = sizeof(repeat_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_repeat(cornu_dataset *dataset, int64_t count) {
    if (dataset && count < CORNU_INFINITE)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "repeat: count must be 0 or more, or CORNU_INFINITE, got %lld",
            (long long)count
        );
    cornu_stage *stage = cornu_stage_new_(&repeat_class, &dataset, 1);
    if (stage) stage->number = count;
    return cornu_stage_dataset_(stage);
}
