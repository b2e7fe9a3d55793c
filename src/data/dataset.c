/* Datasets of any kind: a class and what it works on. */
#include "data/dataset.h"
#include "base/memory.h"
#include <cornu/random.h>
#include <string.h>

static void destroy(void *object) {
    cornu_dataset *dataset = object;
    if (dataset->cls->free_user) dataset->cls->free_user(dataset->user);
    cornu_free_(dataset);
}

cornu_dataset *cornu_dataset_new(const cornu_dataset_class *cls, void *user) {
    cornu_dataset *dataset = cornu_alloc_(sizeof *dataset);
    if (!dataset) {
        if (cls->free_user) cls->free_user(user);
        return NULL;
    }
    cornu_object_init_(dataset, destroy);
    dataset->cls = cls;
    dataset->user = user;
    return dataset;
}

cornu_dataset *cornu_dataset_retain(cornu_dataset *dataset) {
    return cornu_object_retain_(dataset);
}
void cornu_dataset_free(cornu_dataset *dataset) { cornu_object_release_(dataset); }

int64_t cornu_dataset_sample_count(const cornu_dataset *dataset) {
    return dataset->cls->sample_count ? dataset->cls->sample_count(dataset->user) : -1;
}

int64_t cornu_dataset_batch_count_(const cornu_dataset *dataset) {
    return dataset->cls->batch_count ? dataset->cls->batch_count(dataset->user) : CORNU_NONE;
}

bool cornu_dataset_is_batched_(const cornu_dataset *dataset) {
    return cornu_dataset_batch_count_(dataset) != CORNU_NONE;
}

cornu_status cornu_batch_replace(cornu_tensor **place, cornu_tensor *tensor) {
    if (!tensor) return cornu_error_null("tensor");
    cornu_tensor *old = *place;
    *place = cornu_tensor_retain(tensor);
    cornu_tensor_free(old);
    return CORNU_OK;
}

void cornu_batch_clear(cornu_batch *batch) {
    for (size_t i = 0; i < batch->input_count; i++) cornu_tensor_free(batch->inputs[i]);
    for (size_t i = 0; i < batch->target_count; i++) cornu_tensor_free(batch->targets[i]);
    for (size_t i = 0; i < batch->sample_weight_count; i++)
        cornu_tensor_free(batch->sample_weights[i]);
    cornu_tensor_free(batch->sample_weight);
    cornu_free_(batch->inputs);
    cornu_free_(batch->sample_weights);
    cornu_free_(batch->targets);
    *batch = (cornu_batch){0};
}

void cornu_plan_range_(
    const cornu_epoch_plan *plan, int64_t total, int64_t *first, int64_t *count
) {
    *first = plan->first < 0 ? 0 : plan->first > total ? total : plan->first;
    *count = plan->count < 0 || plan->count > total - *first ? total - *first : plan->count;
}

cornu_status cornu_order_(int64_t seed, int64_t epoch, int64_t count, int64_t *order) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        const int64_t state[2] = {seed, epoch};
        cornu_tensor *seeds = cornu_tensor_from(CORNU_INT64, cornu_shape(2), state);
        cornu_tensor *made = seeds ? cornu_random_permutation_from(seeds, count) : NULL;
        if (made) memcpy(order, cornu_tensor_data(made), (size_t)count * sizeof *order);
        status = made ? CORNU_OK : cornu_error_status();
        cornu_tensor_free(seeds);
    }
    return status;
}
