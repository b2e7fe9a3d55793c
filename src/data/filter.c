/* filter: keeps the elements that a function chooses. */
#include "data/stage.h"

typedef struct filter_walk {
    cornu_stage_walk base;
    cornu_elements elements;
} filter_walk;

static cornu_status begin(cornu_stage_walk *base) {
    return cornu_elements_begin_(
        &((filter_walk *)base)->elements, base->stage->below[0], &base->plan
    );
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    const cornu_stage *stage = base->stage;
    for (;;) {
        bool keep = false;
        cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
        CORNU_TRY(cornu_elements_next_(&((filter_walk *)base)->elements, element));
        if (element->size == 0) return CORNU_OK;
        CORNU_SCOPE { status = stage->filter(stage->user, element, &keep); }
        if (status == CORNU_OK && keep) return CORNU_OK;
        cornu_batch_clear(element);
        CORNU_TRY(status);
    }
}

static void end(cornu_stage_walk *base) { cornu_elements_end_(&((filter_walk *)base)->elements); }

static int64_t cardinality(const cornu_stage *stage) {
    return cornu_dataset_cardinality(stage->below[0]) == 0 ? 0 : CORNU_UNKNOWN;
}

static const cornu_stage_class filter_class = {
    .name = "filter",
    .walk_size = sizeof(filter_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_filter(
    cornu_dataset *dataset, cornu_filter_function *function, void *user,
    cornu_free_function *free_user
) {
    cornu_stage *stage = NULL;
    if (!function) (void)cornu_error_null("function");
    else stage = cornu_stage_new_(&filter_class, &dataset, 1);
    if (!stage) {
        if (free_user) free_user(user);
        return NULL;
    }
    stage->filter = function;
    stage->user = user;
    stage->free_user = free_user;
    return cornu_stage_dataset_(stage);
}
