/* zip: elements of several datasets side by side. */
#include "base/memory.h"
#include "data/rows.h"
#include "data/stage.h"

typedef struct zip_walk {
    cornu_stage_walk base;
    cornu_elements *elements; /* one per dataset: inputs, targets, weights */
    cornu_batch *parts;
} zip_walk;

static cornu_status begin(cornu_stage_walk *base) {
    zip_walk *walk = (zip_walk *)base;
    size_t count = base->stage->count;
    if (!walk->elements) walk->elements = cornu_alloc_array_(count, sizeof *walk->elements);
    if (!walk->parts) walk->parts = cornu_alloc_array_(count, sizeof *walk->parts);
    if (!walk->elements || !walk->parts) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++)
        CORNU_TRY(cornu_elements_begin_(&walk->elements[i], base->stage->below[i], &base->plan));
    return CORNU_OK;
}

/* One array for all targets, or one for each. */
static cornu_status set_weights(cornu_batch *element, cornu_tensor *const *weights, size_t count) {
    if (count == 1) return element->sample_weight = cornu_tensor_retain(weights[0]), CORNU_OK;
    CORNU_TRY(cornu_batch_reserve_weights_(element, count));
    for (size_t i = 0; i < count; i++) element->sample_weights[i] = cornu_tensor_retain(weights[i]);
    return CORNU_OK;
}

/* Moves what belongs together from the parts into one element. */
static cornu_status merge(const cornu_stage *stage, cornu_batch *parts, cornu_batch *element) {
    size_t inputs = 0, targets = 0, in = 0, out = 0;
    bool alone = stage->inputs == 1;
    for (size_t i = 0; i < stage->inputs; i++) inputs += parts[i].input_count;
    for (size_t i = 0; i < stage->targets; i++) targets += parts[stage->inputs + i].input_count;
    if (alone) targets += parts[0].target_count;
    CORNU_TRY(cornu_batch_reserve_(element, inputs, targets));
    for (size_t i = 0; i < stage->inputs; i++)
        for (size_t k = 0; k < parts[i].input_count; k++)
            element->inputs[in++] = cornu_tensor_retain(parts[i].inputs[k]);
    for (size_t k = 0; alone && k < parts[0].target_count; k++)
        element->targets[out++] = cornu_tensor_retain(parts[0].targets[k]);
    for (size_t i = 0; i < stage->targets; i++)
        for (size_t k = 0; k < parts[stage->inputs + i].input_count; k++)
            element->targets[out++] = cornu_tensor_retain(parts[stage->inputs + i].inputs[k]);
    element->size = parts[0].size;
    const cornu_batch *weights = &parts[stage->count - 1];
    if (stage->flag) return set_weights(element, weights->inputs, weights->input_count);
    if (!alone) return CORNU_OK;
    if (parts[0].sample_weight_count)
        return set_weights(element, parts[0].sample_weights, parts[0].sample_weight_count);
    element->sample_weight = cornu_tensor_retain(parts[0].sample_weight);
    return CORNU_OK;
}

static cornu_status next(cornu_stage_walk *base, cornu_batch *element) {
    zip_walk *walk = (zip_walk *)base;
    const cornu_stage *stage = base->stage;
    cornu_status status = CORNU_OK;
    bool over = false;
    size_t count = 0;
    while (status == CORNU_OK && count < stage->count && !over) {
        status = cornu_elements_next_(&walk->elements[count], &walk->parts[count]);
        over = walk->parts[count].size == 0;
        count++;
    }
    for (size_t i = 1; status == CORNU_OK && !over && i < stage->count; i++)
        if (walk->parts[i].size != walk->parts[0].size)
            status = cornu_error_set(
                CORNU_ESHAPE, __FILE__, __LINE__, "batches of %lld and %lld samples",
                (long long)walk->parts[0].size, (long long)walk->parts[i].size
            );
    if (status == CORNU_OK && !over) status = merge(stage, walk->parts, element);
    for (size_t i = 0; i < count; i++) cornu_batch_clear(&walk->parts[i]);
    return status;
}

static void end(cornu_stage_walk *base) {
    zip_walk *walk = (zip_walk *)base;
    for (size_t i = 0; walk->elements && i < base->stage->count; i++)
        cornu_elements_end_(&walk->elements[i]);
    cornu_free_(walk->elements);
    cornu_free_(walk->parts);
}

/* The shortest; unknown if any is. */
static int64_t cardinality(const cornu_stage *stage) {
    int64_t least = CORNU_INFINITE;
    for (size_t i = 0; i < stage->count; i++) {
        int64_t one = cornu_dataset_cardinality(stage->below[i]);
        if (one == CORNU_UNKNOWN) return CORNU_UNKNOWN;
        if (least == CORNU_INFINITE || (one >= 0 && one < least)) least = one;
    }
    return least;
}

static const cornu_stage_class zip_class = {
    .name = "zip",
    .walk_size = sizeof(zip_walk),
    .begin = begin,
    .next = next,
    .end = end,
    .cardinality = cardinality};

cornu_dataset *cornu_dataset_zip(
    cornu_dataset_list inputs, cornu_dataset_list targets, cornu_dataset *sample_weight
) {
    size_t count = 0;
    if (inputs.count == 0) CORNU_FAIL_NULL(CORNU_EINVAL, "zip: no dataset of inputs was given");
    cornu_dataset **all = cornu_alloc_array_(inputs.count + targets.count + 1, sizeof *all);
    if (!all) return NULL;
    for (size_t i = 0; i < inputs.count; i++) all[count++] = inputs.items[i];
    for (size_t i = 0; i < targets.count; i++) all[count++] = targets.items[i];
    if (sample_weight) all[count++] = sample_weight;
    cornu_stage *stage = cornu_stage_new_(&zip_class, all, count);
    bool mixed = false;
    for (size_t i = 0; stage && i < count; i++)
        mixed = mixed || cornu_dataset_is_batched_(all[i]) != stage->batched;
    cornu_free_(all);
    if (!stage) return NULL;
    stage->inputs = inputs.count;
    stage->targets = targets.count;
    stage->flag = sample_weight != NULL;
    cornu_dataset *made = cornu_stage_dataset_(stage);
    if (!mixed) return made;
    cornu_dataset_free(made);
    CORNU_FAIL_NULL(CORNU_EINVAL, "zip: some datasets give batches and others samples");
}
