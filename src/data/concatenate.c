/* concatenate: one dataset after the other. */
#include "data/stage.h"

typedef struct concatenate_walk {
    cornu_stage_walk base;
    cornu_elements elements;
    size_t current;
} concatenate_walk;

static cornu_status begin(cornu_stage_walk *base) {
    concatenate_walk *walk = (concatenate_walk *)base;
    walk->current = 0;
    return cornu_elements_begin_(&walk->elements, base->stage->below[0], &base->plan);
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    concatenate_walk *walk = (concatenate_walk *)base;
    for (;;) {
        CORNU_TRY(cornu_elements_next_(&walk->elements, element));
        if (element->size > 0 || walk->current + 1 >= base->stage->count) return CORNU_OK;
        cornu_dataset *following = base->stage->below[++walk->current];
        CORNU_TRY(cornu_elements_begin_(&walk->elements, following, &base->plan));
    }
}

static void end(cornu_stage_walk *base) {
    cornu_elements_end_(&((concatenate_walk *)base)->elements);
}

static int64_t cardinality(const cornu_stage *stage) {
    int64_t a = cornu_dataset_cardinality(stage->below[0]);
    int64_t b = cornu_dataset_cardinality(stage->below[1]);
    if (a == CORNU_INFINITE || b == CORNU_INFINITE) return CORNU_INFINITE;
    return a < 0 || b < 0 ? CORNU_UNKNOWN : a + b;
}

static const cornu_stage_class concatenate_class = {
    .name = "concatenate",
    .walk_size = sizeof(concatenate_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_concatenate(cornu_dataset *first, cornu_dataset *second) {
    cornu_dataset *const both[] = {first, second};
    cornu_stage *stage = cornu_stage_new_(&concatenate_class, both, 2);
    if (stage && cornu_dataset_is_batched_(first) != cornu_dataset_is_batched_(second)) {
        cornu_dataset_free(cornu_stage_dataset_(stage));
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "concatenate: one dataset gives batches and the other samples"
        );
    }
    return cornu_stage_dataset_(stage);
}
