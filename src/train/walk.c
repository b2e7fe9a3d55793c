/* Where the batches of fit, evaluate and predict come from.
 * keras/src/trainers/epoch_iterator.py */
#include "base/memory.h"
#include "data/dataset.h"
#include "train/training.h"

static cornu_tensor_list one(cornu_tensor *const *tensor) {
    return (cornu_tensor_list){tensor, *tensor ? 1 : 0};
}

static cornu_status check_source(const cornu_source *source, bool lists) {
    if (source->dataset) {
        if (source->x || lists)
            CORNU_FAIL(CORNU_EINVAL, "a dataset and arrays were given; one of both is wanted");
        if (source->y || source->sample_weight || source->sample_weights.count ||
            source->sample_weight_map.count)
            CORNU_FAIL(
                CORNU_EINVAL, "%s was given beside a dataset, which yields its own",
                source->y ? "y" : "sample_weight"
            );
        return CORNU_OK;
    }
    if (source->x && source->inputs.count)
        CORNU_FAIL(CORNU_EINVAL, "x and inputs were given; one of both is wanted");
    if (source->y && source->targets.count)
        CORNU_FAIL(CORNU_EINVAL, "y and targets were given; one of both is wanted");
    if (!source->x && !source->inputs.count) return cornu_error_null("x");
    return CORNU_OK;
}

cornu_status cornu_source_check_weights_(const cornu_source *source, size_t targets) {
    const cornu_tensor *one_for_all = source->sample_weight;
    size_t count = source->sample_weights.count;
    if (one_for_all && count)
        CORNU_FAIL(
            CORNU_EINVAL, "sample_weight and sample_weights were given; one of both is wanted"
        );
    if (count && count != targets)
        CORNU_FAIL(
            CORNU_EINVAL, "sample_weights has %zu arrays for %zu targets; one for each is wanted",
            count, targets
        );
    if (!one_for_all || targets < 2) return CORNU_OK;
    int rank = cornu_tensor_rank(one_for_all);
    if (rank == 1 || (rank == 2 && cornu_tensor_dim(one_for_all, 1) == 1)) return CORNU_OK;
    char text[256];
    CORNU_FAIL(
        CORNU_ESHAPE,
        "a sample_weight for all %zu outputs has one weight per sample, this one has shape %s; "
        "give sample_weights, one for each output",
        targets, cornu_shape_format(cornu_tensor_shape(one_for_all), text, sizeof text)
    );
}

static cornu_tensor *ones(int64_t samples) {
    cornu_tensor *made = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(samples));
    float *values = made ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t i = 0; values && i < samples; i++) values[i] = 1;
    return made;
}

cornu_status cornu_source_weights_(
    const cornu_source *source, int64_t samples, cornu_tensor **complete
) {
    for (size_t i = 0; i < source->sample_weights.count; i++) {
        cornu_tensor *given = source->sample_weights.items[i];
        complete[i] = given ? cornu_tensor_retain(given) : ones(samples);
        if (!complete[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

static cornu_dataset *from_arrays(
    const cornu_source *source, cornu_tensor_list inputs, cornu_tensor_list targets
) {
    size_t count = source->sample_weights.count;
    if (count == 0)
        return cornu_dataset_from_tensors(
            inputs, .targets = targets, .sample_weight = source->sample_weight
        );
    const cornu_tensor *first = inputs.items[0];
    int64_t samples = first && cornu_tensor_rank(first) > 0 ? cornu_tensor_dim(first, 0) : 0;
    cornu_tensor **weights = cornu_alloc_array_(count, sizeof *weights);
    cornu_dataset *made = NULL;
    if (weights && cornu_source_weights_(source, samples, weights) == CORNU_OK)
        made = cornu_dataset_from_tensors(
            inputs, .targets = targets, .sample_weights = {weights, count}
        );
    for (size_t i = 0; weights && i < count; i++) cornu_tensor_free(weights[i]);
    cornu_free_(weights);
    return made;
}

/* The weights given by names of outputs, in the order of the outputs; missing ones stay NULL. */
static cornu_status weights_by_name(
    const cornu_source *source, cornu_tensor **weights, size_t targets
) {
    const cornu_sample_weight_map_list *map = &source->sample_weight_map;
    if (source->sample_weight || source->sample_weights.count)
        CORNU_FAIL(
            CORNU_EINVAL, "sample_weight_map was given beside %s; one of both is wanted",
            source->sample_weight ? "sample_weight" : "sample_weights"
        );
    for (size_t i = 0; i < map->count; i++) {
        const char *name = map->items[i].output;
        size_t index;
        CORNU_TRY(cornu_training_find_output_(source->model, "sample_weight_map", name, &index));
        if (index >= targets)
            CORNU_FAIL(CORNU_EINVAL, "sample_weight_map names '%s', which has no target", name);
        if (weights[index]) CORNU_FAIL(CORNU_EINVAL, "sample_weight_map names '%s' twice", name);
        if (!map->items[i].weight) return cornu_error_null("a weight of sample_weight_map");
        weights[index] = map->items[i].weight;
    }
    return CORNU_OK;
}

static cornu_dataset *from_named_weights(
    const cornu_source *source, cornu_tensor_list inputs, cornu_tensor_list targets
) {
    cornu_tensor **weights = cornu_alloc_array_(targets.count + 1, sizeof *weights);
    cornu_dataset *made = NULL;
    if (weights && weights_by_name(source, weights, targets.count) == CORNU_OK) {
        const cornu_source listed = {.sample_weights = {weights, targets.count}};
        made = from_arrays(&listed, inputs, targets);
    }
    cornu_free_(weights);
    return made;
}

cornu_dataset *cornu_source_dataset_(const cornu_source *source) {
    bool lists = source->inputs.count || source->targets.count;
    if (check_source(source, lists) != CORNU_OK) return NULL;
    if (source->dataset) return cornu_dataset_retain(source->dataset);
    cornu_tensor_list inputs = source->inputs.count ? source->inputs : one(&source->x);
    cornu_tensor_list targets = source->targets.count ? source->targets : one(&source->y);
    if (source->sample_weight_map.count) return from_named_weights(source, inputs, targets);
    if (cornu_source_check_weights_(source, targets.count) != CORNU_OK) return NULL;
    return from_arrays(source, inputs, targets);
}

static cornu_status begin_pass(cornu_walk *walk, int64_t number) {
    cornu_batches_end(walk->batches);
    walk->plan.epoch = number;
    walk->batches = cornu_batches_begin(walk->dataset, &walk->plan, true);
    walk->passes++;
    walk->in_pass = 0;
    return walk->batches ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_walk_epoch_(cornu_walk *walk, int64_t epoch) {
    walk->taken = 0;
    if (walk->steps == CORNU_NONE) return begin_pass(walk, epoch);
    /* A number of steps was asked for: an epoch goes on where the last one ended. */
    return walk->batches ? CORNU_OK : begin_pass(walk, walk->passes);
}

static cornu_status next(cornu_walk *walk, cornu_batch *batch) {
    *batch = (cornu_batch){0};
    CORNU_TRY(cornu_batches_next(walk->batches, batch));
    if (batch->size > 0) walk->in_pass++;
    return CORNU_OK;
}

cornu_status cornu_walk_next_(cornu_walk *walk, cornu_batch *batch) {
    *batch = (cornu_batch){0};
    if (walk->steps != CORNU_NONE && walk->taken == walk->steps) return CORNU_OK;
    CORNU_TRY(next(walk, batch));
    if (batch->size == 0 && walk->steps != CORNU_NONE) {
        /* The data ended: within an epoch this ends it early, at its beginning a new pass begins.
         */
        cornu_batches_end(walk->batches);
        walk->batches = NULL;
        if (walk->taken > 0) return CORNU_OK;
        CORNU_TRY(begin_pass(walk, walk->passes));
        CORNU_TRY(next(walk, batch));
    }
    if (batch->size > 0) walk->taken++;
    return CORNU_OK;
}

cornu_walk_place cornu_walk_place_(const cornu_walk *walk) {
    return (cornu_walk_place
    ){.open = walk->batches != NULL,
      .number = walk->plan.epoch,
      .passes = walk->passes,
      .in_pass = walk->in_pass,
      .taken = walk->taken};
}

cornu_status cornu_walk_seek_(cornu_walk *walk, const cornu_walk_place *place) {
    if (place->open) {
        CORNU_TRY(begin_pass(walk, place->number));
        while (walk->in_pass < place->in_pass) {
            cornu_batch batch;
            CORNU_TRY(next(walk, &batch));
            if (batch.size == 0)
                CORNU_FAIL(
                    CORNU_EINVAL, "the data end after %lld batches; the kept run had taken %lld",
                    (long long)walk->in_pass, (long long)place->in_pass
                );
        }
    }
    walk->passes = place->passes;
    walk->taken = place->taken;
    return CORNU_OK;
}

int64_t cornu_walk_steps_(const cornu_walk *walk) {
    if (walk->steps != CORNU_NONE) return walk->steps;
    int64_t batches = cornu_dataset_batch_count_(walk->dataset);
    if (batches != CORNU_NONE) return batches < 0 ? -1 : batches;
    int64_t samples = walk->plan.count;
    if (samples < 0) samples = cornu_dataset_sample_count(walk->dataset);
    if (samples < 0) return -1;
    return (samples + walk->plan.batch_size - 1) / walk->plan.batch_size;
}

void cornu_walk_end_(cornu_walk *walk) {
    cornu_batches_end(walk->batches);
    cornu_dataset_free(walk->dataset);
    walk->batches = NULL;
    walk->dataset = NULL;
}
