/* batch and unbatch: samples in batches of a size of the pipeline's own, and the samples of batches
 * one by one. */
#include "data/rows.h"
#include "data/stage.h"

/* ---- batch ----------------------------------------------------------------------------------- */

typedef struct batch_walk {
    cornu_stage_walk base;
    cornu_batches *batches;
} batch_walk;

static cornu_status begin(cornu_stage_walk *base) {
    batch_walk *walk = (batch_walk *)base;
    const cornu_epoch_plan below = {
        .batch_size = base->stage->number,
        .seed = base->plan.seed,
        .epoch = base->plan.epoch,
        .count = -1};
    cornu_batches_end(walk->batches);
    walk->batches = cornu_batches_begin(base->stage->below[0], &below, false);
    return walk->batches ? CORNU_OK : cornu_error_status();
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    cornu_batch below;
    CORNU_TRY(cornu_batches_next(((batch_walk *)base)->batches, &below));
    if (below.size == 0) return CORNU_OK;
    if (base->stage->flag && below.size < base->stage->number) return CORNU_OK;
    return cornu_batch_share_(&below, element);
}

static void end(cornu_stage_walk *base) { cornu_batches_end(((batch_walk *)base)->batches); }

static int64_t batches_of(const cornu_stage *stage) {
    int64_t samples = cornu_dataset_cardinality(stage->below[0]), size = stage->number;
    int64_t whole = samples / size, part = samples % size != 0 && !stage->flag;
    return cornu_stage_known_(samples, whole + part);
}

static const cornu_stage_class batch_class = {
    .name = "batch",
    .walk_size = sizeof(batch_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = batches_of};

cornu_dataset *cornu_dataset_batch_new(const cornu_dataset_batch_args *args) {
    if (args->dataset && args->batch_size < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "batch: batch_size must be at least 1, got %lld",
            (long long)args->batch_size
        );
    if (args->dataset && cornu_dataset_is_batched_(args->dataset))
        CORNU_FAIL_NULL(CORNU_EINVAL, "batch: the dataset gives batches already; unbatch it first");
    cornu_stage *stage = cornu_stage_new_(&batch_class, &args->dataset, 1);
    if (!stage) return NULL;
    stage->number = args->batch_size;
    stage->flag = args->drop_remainder;
    stage->batched = true;
    return cornu_stage_dataset_(stage);
}

/* ---- unbatch --------------------------------------------------------------------------------- */

typedef struct unbatch_walk {
    cornu_stage_walk base;
    cornu_elements elements;
} unbatch_walk;

static cornu_status begin_samples(cornu_stage_walk *base) {
    unbatch_walk *walk = (unbatch_walk *)base;
    CORNU_TRY(cornu_elements_begin_(&walk->elements, base->stage->below[0], &base->plan));
    walk->elements.whole = false; /* batches are only pieces */
    return CORNU_OK;
}

static cornu_status next_sample(cornu_stage_walk *base, cornu_batch *element) {
    return cornu_elements_next_(&((unbatch_walk *)base)->elements, element);
}

static void end_samples(cornu_stage_walk *base) {
    cornu_elements_end_(&((unbatch_walk *)base)->elements);
}

/* Known where the batches were made from samples that can be counted. */
static int64_t samples_of(const cornu_stage *stage) {
    const cornu_stage *below = cornu_stage_of_(stage->below[0]);
    if (!below) return cornu_dataset_cardinality(stage->below[0]) == 0 ? 0 : CORNU_UNKNOWN;
    if (!below->batched) return below->cls->cardinality(below);
    if (below->cls != &batch_class) {
        int64_t batches = below->cls->cardinality(below);
        return batches > 0 ? CORNU_UNKNOWN : batches;
    }
    int64_t samples = cornu_dataset_cardinality(below->below[0]);
    return cornu_stage_known_(
        samples, below->flag ? samples / below->number * below->number : samples
    );
}

static const cornu_stage_class unbatch_class = {
    .name = "unbatch",
    .walk_size = sizeof(unbatch_walk),
    .begin = begin_samples,
    .next = next_sample,
    .end = end_samples,
    .cardinality = samples_of};

cornu_dataset *cornu_dataset_unbatch(cornu_dataset *dataset) {
    cornu_stage *stage = cornu_stage_new_(&unbatch_class, &dataset, 1);
    if (stage) stage->batched = false;
    return cornu_stage_dataset_(stage);
}
