/* Datasets around a function that makes batches.
 * keras/src/trainers/data_adapters/generator_data_adapter.py, py_dataset_adapter.py */
#include "base/memory.h"
#include "data/dataset.h"
#include "data/rows.h"
#include <cornu/data.h>

typedef struct generator {
    cornu_dataset_from_generator_args args;
    int64_t epoch, index; /* of the walk, of which there is one at a time */
} generator;

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    generator *self = user;
    if (plan->first > 0 || plan->count >= 0)
        CORNU_FAIL(CORNU_EINVAL, "what a generator makes cannot be cut into parts");
    self->epoch = plan->epoch;
    self->index = 0;
    return CORNU_OK;
}

/* All places are filled with tensors of batch->size samples. */
static cornu_status check(const generator *self, cornu_batch *batch) {
    for (size_t i = 0; i < cornu_batch_tensor_count_(batch); i++) {
        const cornu_tensor *tensor = *cornu_batch_place_(batch, i);
        if (!tensor)
            CORNU_FAIL(CORNU_EINVAL, "the generator left tensor %zu of its batch empty", i);
        if (cornu_tensor_rank(tensor) > 0 && cornu_tensor_dim(tensor, 0) == batch->size) continue;
        char text[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "tensor %zu has shape %s in a batch of %lld samples", i,
            cornu_shape_format(cornu_tensor_shape(tensor), text, sizeof text),
            (long long)batch->size
        );
    }
    if (batch->input_count != self->args.input_count ||
        batch->target_count != self->args.target_count ||
        batch->sample_weight_count != self->args.sample_weight_count)
        CORNU_FAIL(CORNU_EINVAL, "the generator changed the numbers of inputs, targets or weights");
    if (batch->sample_weight && batch->sample_weight_count)
        CORNU_FAIL(
            CORNU_EINVAL,
            "the generator set sample_weight and sample_weights; one of both is wanted"
        );
    return CORNU_OK;
}

static cornu_status next(void *user, cornu_batch *batch) {
    generator *self = user;
    const cornu_dataset_from_generator_args *args = &self->args;
    cornu_batch_clear(batch);
    if (args->batch_count >= 0 && self->index >= args->batch_count) return CORNU_OK;
    CORNU_TRY(cornu_batch_reserve_(batch, args->input_count, args->target_count));
    CORNU_TRY(cornu_batch_reserve_weights_(batch, args->sample_weight_count));
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = args->function(args->user, self->epoch, self->index, batch); }
    if (status == CORNU_OK && batch->size > 0) status = check(self, batch);
    if (status == CORNU_OK && batch->size > 0) return self->index++, CORNU_OK;
    int64_t index = self->index;
    cornu_batch_clear(batch);
    if (status == CORNU_OK) return CORNU_OK;
    (void)cornu_error_context("generator, batch %lld", (long long)index);
    return status;
}

static int64_t batch_count(void *user) { return ((generator *)user)->args.batch_count; }

static void free_generator(void *user) {
    generator *self = user;
    if (self->args.free_user) self->args.free_user(self->args.user);
    cornu_free_(self);
}

static const cornu_dataset_class generator_class = {
    .name = "generator",
    .begin = begin,
    .next = next,
    .free_user = free_generator,
    .batch_count = batch_count};

cornu_dataset *cornu_dataset_from_generator_new(const cornu_dataset_from_generator_args *args) {
    generator *self = NULL;
    if (!args->function) (void)cornu_error_null("function");
    else if (args->input_count == 0)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "a generator must give at least one input"
        );
    else if (args->batch_count < CORNU_UNKNOWN)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__,
            "batch_count must not be negative unless infinite or unknown, got %lld",
            (long long)args->batch_count
        );
    else self = cornu_alloc_(sizeof *self);
    if (!self) {
        if (args->free_user) args->free_user(args->user);
        return NULL;
    }
    self->args = *args;
    return cornu_dataset_new(&generator_class, self);
}
