/* interleave: blocks of elements of several datasets in turn. */
#include "base/memory.h"
#include "data/stage.h"

typedef struct interleave_walk {
    cornu_stage_walk base;
    cornu_elements *open; /* cycle_length of them, or fewer when the list is used up */
    bool *active;
    size_t following; /* the next of the list */
    size_t turn;
    int64_t in_block;
} interleave_walk;

static size_t cycle_of(const cornu_stage *stage) {
    return (size_t)stage->number < stage->count ? (size_t)stage->number : stage->count;
}

/* Opens the next dataset of the list at a place of the cycle. */
static cornu_status fill(interleave_walk *walk, size_t place) {
    const cornu_stage *stage = walk->base.stage;
    walk->active[place] = walk->following < stage->count;
    if (!walk->active[place]) return CORNU_OK;
    cornu_dataset *dataset = stage->below[walk->following++];
    return cornu_elements_begin_(&walk->open[place], dataset, &walk->base.plan);
}

static cornu_status begin(cornu_stage_walk *base) {
    interleave_walk *walk = (interleave_walk *)base;
    size_t cycle = cycle_of(base->stage);
    if (!walk->open) walk->open = cornu_alloc_array_(cycle, sizeof *walk->open);
    if (!walk->active) walk->active = cornu_alloc_array_(cycle, sizeof *walk->active);
    if (!walk->open || !walk->active) return CORNU_ENOMEM;
    walk->following = walk->turn = 0;
    walk->in_block = 0;
    for (size_t i = 0; i < cycle; i++) CORNU_TRY(fill(walk, i));
    return CORNU_OK;
}

static void next_turn(interleave_walk *walk) {
    walk->turn = (walk->turn + 1) % cycle_of(walk->base.stage);
    walk->in_block = 0;
}

/* A dataset that ends makes room for the next of the list, whose turn comes with the next round. */
static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    interleave_walk *walk = (interleave_walk *)base;
    size_t cycle = cycle_of(base->stage);
    for (size_t idle = 0; idle < cycle;) {
        if (!walk->active[walk->turn]) {
            next_turn(walk);
            idle++;
            continue;
        }
        CORNU_TRY(cornu_elements_next_(&walk->open[walk->turn], element));
        if (element->size == 0) {
            CORNU_TRY(fill(walk, walk->turn));
            next_turn(walk);
            idle = 0;
            continue;
        }
        if (++walk->in_block == base->stage->other) next_turn(walk);
        return CORNU_OK;
    }
    return CORNU_OK;
}

static void end(cornu_stage_walk *base) {
    interleave_walk *walk = (interleave_walk *)base;
    for (size_t i = 0; walk->open && i < cycle_of(base->stage); i++)
        cornu_elements_end_(&walk->open[i]);
    cornu_free_(walk->open);
    cornu_free_(walk->active);
}

static int64_t cardinality(const cornu_stage *stage) {
    int64_t sum = 0;
    bool unknown = false;
    for (size_t i = 0; i < stage->count; i++) {
        int64_t one = cornu_dataset_cardinality(stage->below[i]);
        if (one == CORNU_INFINITE) return CORNU_INFINITE;
        unknown = unknown || one < 0;
        sum += one;
    }
    return unknown ? CORNU_UNKNOWN : sum;
}

static const cornu_stage_class interleave_class = {
    .name = "interleave",
    .walk_size = sizeof(interleave_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_interleave(
    cornu_dataset_list datasets, int64_t cycle_length, int64_t block_length
) {
    if (datasets.count == 0) CORNU_FAIL_NULL(CORNU_EINVAL, "interleave: no dataset was given");
    if (cycle_length < 1 || block_length < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "interleave: %s must be at least 1, got %lld",
            cycle_length < 1 ? "cycle_length" : "block_length",
            (long long)(cycle_length < 1 ? cycle_length : block_length)
        );
    cornu_stage *stage = cornu_stage_new_(&interleave_class, datasets.items, datasets.count);
    if (!stage) return NULL;
    bool mixed = false;
    for (size_t i = 0; i < datasets.count; i++)
        mixed = mixed || cornu_dataset_is_batched_(datasets.items[i]) != stage->batched;
    stage->number = cycle_length;
    stage->other = block_length;
    cornu_dataset *made = cornu_stage_dataset_(stage);
    if (!mixed) return made;
    cornu_dataset_free(made);
    CORNU_FAIL_NULL(CORNU_EINVAL, "interleave: some datasets give batches and others samples");
}
