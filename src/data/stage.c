/* What all stages of a pipeline share. The names and rules are those of tf.data:
 * https://www.tensorflow.org/api_docs/python/tf/data/Dataset */
#include "data/stage.h"
#include "base/memory.h"
#include "data/rows.h"

/* ---- elements of the dataset below ----------------------------------------------------------- */

cornu_status cornu_elements_begin_(
    cornu_elements *self, cornu_dataset *dataset, const cornu_epoch_plan *plan
) {
    cornu_elements_end_(self);
    const cornu_epoch_plan below = {
        .batch_size = plan->batch_size, .seed = plan->seed, .epoch = plan->epoch, .count = -1};
    self->whole = cornu_dataset_is_batched_(dataset);
    self->batches = cornu_batches_begin(dataset, &below, false);
    return self->batches ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_elements_next_(cornu_elements *self, cornu_batch *element) {
    *element = (cornu_batch){0};
    if (self->over || !self->batches) return CORNU_OK;
    if (self->at == self->piece.size) {
        CORNU_TRY(cornu_batches_next(self->batches, &self->piece));
        self->at = 0;
        self->over = self->piece.size == 0;
        if (self->over) return CORNU_OK;
    }
    if (self->whole) {
        self->at = self->piece.size;
        return cornu_batch_share_(&self->piece, element);
    }
    return cornu_batch_rows_(&self->piece, self->at++, 1, element);
}

void cornu_elements_end_(cornu_elements *self) {
    cornu_batches_end(self->batches);
    *self = (cornu_elements){0};
}

/* ---- walks ----------------------------------------------------------------------------------- */

static cornu_status open_walk(void *user, void **made) {
    cornu_stage *stage = user;
    cornu_stage_walk *walk = cornu_alloc_(stage->cls->walk_size);
    if (!walk) return CORNU_ENOMEM;
    walk->stage = stage;
    *made = walk;
    return CORNU_OK;
}

static void drop_parts(cornu_stage_walk *walk) {
    for (size_t i = 0; i < walk->part_count; i++) cornu_batch_clear(&walk->parts[i]);
    walk->part_count = 0;
}

static void close_walk(void *user) {
    cornu_stage_walk *walk = user;
    if (walk->stage->cls->end) walk->stage->cls->end(walk);
    drop_parts(walk);
    cornu_free_(walk->parts);
    cornu_free_(walk);
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    cornu_stage_walk *walk = user;
    const cornu_stage_class *cls = walk->stage->cls;
    walk->plan = *plan;
    walk->left = plan->count;
    CORNU_TRY(cls->begin(walk), "%s", cls->name);
    for (int64_t i = 0; i < plan->first && !cls->passes; i++) {
        cornu_batch skipped = {0};
        CORNU_TRY(cls->next(walk, &skipped), "%s", cls->name);
        if (skipped.size == 0) break;
        cornu_batch_clear(&skipped);
    }
    return CORNU_OK;
}

/* The next element within the plan's range. */
static cornu_status next_element(cornu_stage_walk *walk, cornu_batch *element) {
    *element = (cornu_batch){0};
    if (walk->left == 0) return CORNU_OK;
    CORNU_TRY(walk->stage->cls->next(walk, element), "%s", walk->stage->cls->name);
    if (walk->left > 0) walk->left--;
    return CORNU_OK;
}

static cornu_status collect(cornu_stage_walk *walk, cornu_batch *batch) {
    size_t wanted = (size_t)walk->plan.batch_size;
    while (walk->part_count < wanted) {
        CORNU_TRY(CORNU_RESERVE_(walk->parts, walk->part_capacity, walk->part_count + 1));
        CORNU_TRY(next_element(walk, &walk->parts[walk->part_count]));
        if (walk->parts[walk->part_count].size == 0) break;
        walk->part_count++;
    }
    if (walk->part_count == 0) return CORNU_OK;
    cornu_status status = cornu_batch_join_(walk->parts, walk->part_count, batch);
    drop_parts(walk);
    if (status != CORNU_OK) return cornu_error_context("%s", walk->stage->cls->name);
    return CORNU_OK;
}

static cornu_status next(void *user, cornu_batch *batch) {
    cornu_stage_walk *walk = user;
    const cornu_stage *stage = walk->stage;
    cornu_batch_clear(batch);
    if (stage->cls->passes) {
        CORNU_TRY(stage->cls->next(walk, batch), "%s", stage->cls->name);
        return CORNU_OK;
    }
    return stage->batched ? next_element(walk, batch) : collect(walk, batch);
}

/* ---- datasets -------------------------------------------------------------------------------- */

static int64_t batch_count(void *user) {
    const cornu_stage *stage = user;
    return stage->batched ? stage->cls->cardinality(stage) : CORNU_NONE;
}

static int64_t sample_count(void *user) {
    const cornu_stage *stage = user;
    int64_t count = stage->batched ? -1 : stage->cls->cardinality(stage);
    return count < 0 ? -1 : count;
}

static void free_stage(void *user) {
    cornu_stage *stage = user;
    for (size_t i = 0; i < stage->count; i++) cornu_dataset_free(stage->below[i]);
    if (stage->free_user) stage->free_user(stage->user);
    cornu_free_(stage->below);
    cornu_free_(stage);
}

static const cornu_dataset_class stage_class = {
    .name = "pipeline",
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_stage,
    .open = open_walk,
    .close = close_walk,
    .batch_count = batch_count};

cornu_stage *cornu_stage_new_(
    const cornu_stage_class *cls, cornu_dataset *const *below, size_t count
) {
    for (size_t i = 0; i < count; i++)
        if (!below[i]) return (void)cornu_error_null("dataset"), NULL;
    cornu_stage *stage = cornu_alloc_(sizeof *stage);
    if (!stage) return NULL;
    stage->cls = cls;
    stage->below = cornu_alloc_array_(count, sizeof *stage->below);
    if (!stage->below) return cornu_free_(stage), NULL;
    for (size_t i = 0; i < count; i++)
        stage->below[stage->count++] = cornu_dataset_retain(below[i]);
    stage->batched = count > 0 && cornu_dataset_is_batched_(below[0]);
    return stage;
}

cornu_dataset *cornu_stage_dataset_(cornu_stage *stage) {
    return stage ? cornu_dataset_new(&stage_class, stage) : NULL;
}

const cornu_stage *cornu_stage_of_(const cornu_dataset *dataset) {
    return dataset->cls == &stage_class ? dataset->user : NULL;
}

int64_t cornu_stage_known_(int64_t cardinality, int64_t value) {
    return cardinality < 0 ? cardinality : value;
}

int64_t cornu_dataset_cardinality(const cornu_dataset *dataset) {
    if (!dataset) return (void)cornu_error_null("dataset"), CORNU_UNKNOWN;
    const cornu_stage *stage = cornu_stage_of_(dataset);
    if (stage) return stage->cls->cardinality(stage);
    int64_t batches = cornu_dataset_batch_count_(dataset);
    if (batches != CORNU_NONE) return batches;
    int64_t samples = cornu_dataset_sample_count(dataset);
    return samples >= 0 ? samples : CORNU_UNKNOWN;
}
