/* Stages of a pipeline: datasets made from other datasets. A class says how one element follows
 * the other; putting samples into batches is done here. */
#ifndef CORNU_DATA_STAGE_H
#define CORNU_DATA_STAGE_H

#include "data/dataset.h"

typedef struct cornu_stage cornu_stage;

/* One walk; that of a class begins with it. */
typedef struct cornu_stage_walk {
    cornu_stage *stage;
    cornu_epoch_plan plan;
    int64_t left;       /* elements that the plan's range still has; -1: no limit */
    cornu_batch *parts; /* samples on their way into a batch */
    size_t part_count, part_capacity;
} cornu_stage_walk;

typedef struct cornu_stage_class {
    const char *name;
    size_t walk_size;
    cornu_status (*begin)(cornu_stage_walk *walk);
    /* Fills `element`, which is empty: a sample, or a batch if the stage is batched; size 0: no
     * more. */
    cornu_status (*next)(cornu_stage_walk *walk, cornu_batch *element);
    void (*end)(cornu_stage_walk *walk);
    int64_t (*cardinality)(const cornu_stage *stage);
    /* `next` gives batches of the plan's size, or of the stage below, not elements */
    bool passes;
} cornu_stage_class;

struct cornu_stage {
    const cornu_stage_class *cls;
    cornu_dataset **below; /* owned */
    size_t count;
    bool batched; /* elements are batches */
    /* what makers note for their class */
    int64_t number, other, seed;
    bool flag;
    size_t inputs, targets;
    cornu_map_function *map;
    cornu_filter_function *filter;
    void *user;
    cornu_free_function *free_user;
};

/* A stage on these datasets, which are retained, batched if the first is; NULL with the error
 * pending if one of them is NULL. */
cornu_stage *cornu_stage_new_(
    const cornu_stage_class *cls, cornu_dataset *const *below, size_t count
);
/* The stage as a dataset, *new*; taken, also on failure. */
cornu_dataset *cornu_stage_dataset_(cornu_stage *stage);
/* NULL if the dataset is none. */
const cornu_stage *cornu_stage_of_(const cornu_dataset *dataset);
/* a where it is infinite or unknown, otherwise what `value` says */
int64_t cornu_stage_known_(int64_t cardinality, int64_t value);

/* The elements of a dataset, one by one. */
typedef struct cornu_elements {
    cornu_batches *batches;
    cornu_batch piece; /* borrowed from the walk */
    int64_t at;        /* samples of the piece that were given */
    bool whole, over;
} cornu_elements;
/* Begins an epoch with the seed and epoch of `plan`; ends an older one. */
cornu_status cornu_elements_begin_(
    cornu_elements *self, cornu_dataset *dataset, const cornu_epoch_plan *plan
);
cornu_status cornu_elements_next_(cornu_elements *self, cornu_batch *element);
void cornu_elements_end_(cornu_elements *self);

#endif
