/* split_dataset: the samples of a dataset in memory, in two parts.
 * keras/src/utils/dataset_utils.py, split_dataset */
#include "base/memory.h"
#include "data/rows.h"
#include "data/stage.h"
#include <cornu/random.h>
#include <math.h>

/* All samples as one batch. */
static cornu_status read_all(cornu_dataset *dataset, cornu_batch *all) {
    const cornu_epoch_plan plan = {.batch_size = 256, .count = -1};
    cornu_batch *parts = NULL;
    size_t count = 0, capacity = 0;
    if (cornu_dataset_cardinality(dataset) == CORNU_INFINITE)
        CORNU_FAIL(CORNU_EINVAL, "the dataset has no end");
    cornu_batches *walk = cornu_batches_begin(dataset, &plan, false);
    if (!walk) return cornu_error_status();
    cornu_status status = CORNU_OK;
    while (status == CORNU_OK) {
        cornu_batch batch;
        status = cornu_batches_next(walk, &batch);
        if (status != CORNU_OK || batch.size == 0) break;
        status = CORNU_RESERVE_(parts, capacity, count + 1);
        if (status == CORNU_OK) status = cornu_batch_share_(&batch, &parts[count]);
        count += status == CORNU_OK;
    }
    cornu_batches_end(walk);
    if (status == CORNU_OK && count == 0)
        status = cornu_error_set(CORNU_EINVAL, __FILE__, __LINE__, "the dataset has no samples");
    if (status == CORNU_OK) status = cornu_batch_join_(parts, count, all);
    for (size_t i = 0; i < count; i++) cornu_batch_clear(&parts[i]);
    cornu_free_(parts);
    return status;
}

/* A fraction or a number of samples; NAN stays. */
static cornu_status samples_of(const char *name, double size, int64_t total, double *samples) {
    *samples = size;
    if (isnan(size)) return CORNU_OK;
    bool fraction = size < 1 || (size == 1 && total != 1);
    if (!(size > 0) || (!fraction && (size > (double)total || size != floor(size))))
        CORNU_FAIL(
            CORNU_EINVAL,
            "%s must be a fraction between 0 and 1 or a number of the %lld samples, got %g", name,
            (long long)total, size
        );
    if (fraction) *samples = nearbyint(size * (double)total);
    return CORNU_OK;
}

static cornu_status sizes_of(
    const cornu_split_dataset_args *args, int64_t total, int64_t *left, int64_t *right
) {
    double first, last;
    if (isnan(args->left_size) && isnan(args->right_size))
        CORNU_FAIL(CORNU_EINVAL, "at least one of left_size and right_size must be given");
    CORNU_TRY(samples_of("left_size", args->left_size, total, &first));
    CORNU_TRY(samples_of("right_size", args->right_size, total, &last));
    if (isnan(first)) first = (double)total - last;
    if (isnan(last)) last = (double)total - first;
    if (first + last > (double)total)
        CORNU_FAIL(
            CORNU_EINVAL, "%g and %g samples are more than the %lld of the dataset", first, last,
            (long long)total
        );
    if (first < 1 || last < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "%s would have none of the %lld samples", first < 1 ? "left" : "right",
            (long long)total
        );
    *left = (int64_t)first;
    *right = (int64_t)last;
    return CORNU_OK;
}

static cornu_dataset *part_of(const cornu_batch *all, const int64_t *order, int64_t count) {
    cornu_batch part = {0};
    cornu_dataset *made = NULL;
    size_t tensors = cornu_batch_tensor_count_(all);
    cornu_status status = cornu_batch_reserve_(&part, all->input_count, all->target_count);
    if (status == CORNU_OK) status = cornu_batch_reserve_weights_(&part, all->sample_weight_count);
    for (size_t i = 0; i < tensors && status == CORNU_OK; i++) {
        cornu_tensor *from = *cornu_batch_place_((cornu_batch *)(uintptr_t)all, i);
        cornu_tensor *rows = cornu_rows_gather_(from, order, count);
        *cornu_batch_place_(&part, i) = rows;
        if (!rows) status = cornu_error_status();
    }
    if (status == CORNU_OK)
        made = cornu_dataset_from_tensors(
            ((cornu_tensor_list){part.inputs, part.input_count}),
            .targets = {part.targets, part.target_count}, .sample_weight = part.sample_weight,
            .sample_weights = {part.sample_weights, part.sample_weight_count}
        );
    cornu_batch_clear(&part);
    return made;
}

static cornu_status split(const cornu_split_dataset_args *args, const cornu_batch *all) {
    int64_t left, right, *order = cornu_alloc_array_((size_t)all->size, sizeof *order);
    if (!order) return CORNU_ENOMEM;
    for (int64_t i = 0; i < all->size; i++) order[i] = i;
    cornu_status status = sizes_of(args, all->size, &left, &right);
    if (status == CORNU_OK && args->shuffle) {
        int64_t seed = args->seed == CORNU_NONE ? cornu_random_next_seed() : args->seed;
        status = cornu_order_(seed, 0, all->size, order);
    }
    if (status == CORNU_OK) {
        *args->left = part_of(all, order, left);
        *args->right = *args->left ? part_of(all, order + all->size - right, right) : NULL;
        status = *args->right ? CORNU_OK : cornu_error_status();
    }
    cornu_free_(order);
    return status;
}

cornu_status cornu_split_dataset_with(const cornu_split_dataset_args *args) {
    if (!args->dataset) return cornu_error_null("dataset");
    if (!args->left || !args->right) return cornu_error_null(args->left ? "right" : "left");
    *args->left = *args->right = NULL;
    cornu_batch all = {0};
    cornu_status status = read_all(args->dataset, &all);
    if (status == CORNU_OK) status = split(args, &all);
    cornu_batch_clear(&all);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_dataset_free(*args->left);
    *args->left = NULL;
    return cornu_error_context("split_dataset");
}
