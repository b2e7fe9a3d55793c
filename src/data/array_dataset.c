/* Datasets from arrays: samples lie along the first axis. Batches in order are windows on the
 * arrays, shuffled ones are gathered. keras/src/trainers/data_adapters/array_data_adapter.py */
#include "backend/kernel.h"
#include "base/map.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/rows.h"
#include "tensor/tensor.h"
#include <string.h>

typedef struct {
    cornu_tensor **arrays; /* inputs, targets, sample weights if there are any */
    size_t count, inputs, targets;
    size_t weights; /* as many as targets; 0: none, or one array for all targets */
    double scale;
    int64_t samples;
    /* the epoch being walked through */
    cornu_epoch_plan plan;
    int64_t next, end;
    int64_t *order; /* of the samples, NULL: as they lie */
    bool together;  /* who wants a batch waits for it: threads may share the work */
} array_dataset;

static const cornu_dataset_class array_class;

static void free_user(void *user) {
    array_dataset *self = user;
    for (size_t i = 0; i < self->count; i++) cornu_tensor_free(self->arrays[i]);
    cornu_free_(self->arrays);
    cornu_free_(self->order);
    cornu_free_(self);
}

static int64_t sample_count(void *user) { return ((array_dataset *)user)->samples; }

/* The order depends on seed, epoch and batch size alone. */
static cornu_status shuffle(array_dataset *self, int64_t count) {
    self->order = cornu_alloc_array_((size_t)count, sizeof *self->order);
    if (!self->order) return CORNU_ENOMEM;
    int64_t part = self->plan.shuffle_in_batches ? self->plan.batch_size : count;
    for (int64_t first = 0; first < count; first += part) {
        int64_t seed = self->plan.seed;
        if (part < count) seed = (int64_t)cornu_hash_((uint64_t)seed, (uint64_t)first);
        int64_t size = part < count - first ? part : count - first;
        CORNU_TRY(cornu_order_(seed, self->plan.epoch, size, self->order + first));
        for (int64_t i = first; i < first + size; i++) self->order[i] += self->next + first;
    }
    return CORNU_OK;
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    array_dataset *self = user;
    int64_t count;
    if (plan->batch_size < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)plan->batch_size
        );
    self->plan = *plan;
    cornu_plan_range_(plan, self->samples, &self->next, &count);
    self->plan.first = self->next;
    self->end = self->next + count;
    cornu_free_(self->order);
    self->order = NULL;
    return (plan->shuffle || plan->shuffle_in_batches) && count > 1 ? shuffle(self, count)
                                                                    : CORNU_OK;
}

/* Image bytes become numbers on the way. */
static bool scaled(const array_dataset *self, size_t index) {
    return self->scale != 0 && index < self->inputs && self->arrays[index]->dtype == CORNU_UINT8;
}

static void release_array(void *user) { cornu_tensor_free(user); }

/* Whether nobody else holds the tensor or its memory. */
static bool is_ours(const cornu_tensor *tensor) {
    return atomic_load(&tensor->object.references) == 1 &&
           cornu_storage_exclusive_(tensor->storage);
}

/* Samples first .. first + shape.dims[0] - 1 where they lie. `old`, the window of an earlier batch
 * or NULL, is moved along if nobody else holds it. */
static cornu_tensor *window(
    cornu_tensor *old, cornu_tensor *array, cornu_shape shape, int64_t first, size_t row_bytes
) {
    char *data = (char *)array->storage->data + (size_t)first * row_bytes;
    if (old && old->storage->release == release_array && old->storage->release_user == array &&
        is_ours(old)) {
        old->storage->data = data;
        old->storage->size = (size_t)shape.dims[0] * row_bytes;
        old->shape = shape;
        old->size = array->size / array->shape.dims[0] * shape.dims[0];
        return cornu_tensor_retain(old);
    }
    cornu_tensor *owner = cornu_tensor_retain(array);
    cornu_tensor *view = cornu_tensor_wrap(array->dtype, shape, data, release_array, owner);
    if (!view) cornu_tensor_free(owner);
    return view;
}

/* A tensor to write into: the one of an earlier batch if it fits and nobody else holds it or its
 * memory. */
static cornu_tensor *target_for(cornu_tensor *old, cornu_dtype dtype, const cornu_shape *shape) {
    bool fits = old && old->dtype == dtype && cornu_shape_equal(&old->shape, shape) &&
                old->storage->release == NULL && is_ours(old);
    return fits ? cornu_tensor_retain(old) : cornu_tensor_uninitialised_(dtype, *shape);
}

/* Strings are lists of places in the memory of the array, which the batch keeps. */
static cornu_status gather_strings(
    array_dataset *self, const cornu_tensor *array, int64_t size, cornu_tensor **out
) {
    const int64_t *order = self->order ? self->order + (self->next - self->plan.first) : NULL;
    cornu_tensor *made = cornu_strings_rows_(array, order, self->next, size);
    if (!made) return cornu_error_status();
    cornu_tensor_free(*out);
    *out = made;
    return CORNU_OK;
}

static cornu_status gather(array_dataset *self, size_t index, int64_t size, cornu_tensor **out) {
    cornu_tensor *array = self->arrays[index];
    if (array->dtype == CORNU_STRING) return gather_strings(self, array, size, out);
    cornu_shape shape = array->shape;
    int64_t row = array->size / self->samples; /* elements */
    size_t row_bytes = (size_t)row * cornu_dtype_size(array->dtype);
    bool scale = scaled(self, index);
    shape.dims[0] = size;
    cornu_tensor *made = !self->order && !scale
                             ? window(*out, array, shape, self->next, row_bytes)
                             : target_for(*out, scale ? CORNU_FLOAT32 : array->dtype, &shape);
    if (!made) return cornu_error_status();
    const cornu_row_gather rows = {
        .from = array->storage->data,
        .to = made->storage->data,
        .order = self->order ? self->order + (self->next - self->plan.first) : NULL,
        .first = self->next,
        .rows = size,
        .size = row,
        .item = cornu_dtype_size(array->dtype),
        .scale = scale ? self->scale : 0,
        .together = self->together,
    };
    if (self->order || scale) cornu_backend_current_()->gather_rows(&rows);
    cornu_tensor_free(*out);
    *out = made;
    return CORNU_OK;
}

static cornu_status prepare(const array_dataset *self, cornu_batch *batch) {
    if (batch->inputs) return CORNU_OK;
    batch->inputs = cornu_alloc_array_(self->inputs, sizeof *batch->inputs);
    batch->targets = cornu_alloc_array_(self->targets, sizeof *batch->targets);
    if (!batch->inputs || !batch->targets) return CORNU_ENOMEM;
    batch->input_count = self->inputs;
    batch->target_count = self->targets;
    return cornu_batch_reserve_weights_(batch, self->weights);
}

static cornu_status next(void *user, cornu_batch *batch) {
    array_dataset *self = user;
    int64_t left = self->end - self->next;
    int64_t size = left < self->plan.batch_size ? left : self->plan.batch_size;
    batch->size = size;
    batch->last = size == left;
    if (size == 0) return CORNU_OK;
    CORNU_TRY(prepare(self, batch));
    for (size_t i = 0; i < self->count; i++) {
        size_t target = i - self->inputs;
        cornu_tensor **out = i < self->inputs         ? &batch->inputs[i]
                             : target < self->targets ? &batch->targets[target]
                             : self->weights ? &batch->sample_weights[target - self->targets]
                                             : &batch->sample_weight;
        CORNU_TRY(gather(self, i, size, out));
    }
    self->next += size;
    return CORNU_OK;
}

/* A walk is a dataset on the same arrays. */
static cornu_status open_walk(void *user, void **walk) {
    const array_dataset *self = user;
    array_dataset *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *self;
    copy->order = NULL;
    copy->arrays = cornu_alloc_array_(self->count, sizeof(cornu_tensor *));
    if (!copy->arrays) return cornu_free_(copy), CORNU_ENOMEM;
    for (size_t i = 0; i < self->count; i++) copy->arrays[i] = cornu_tensor_retain(self->arrays[i]);
    *walk = copy;
    return CORNU_OK;
}

static const cornu_dataset_class array_class = {
    .name = "arrays",
    .open = open_walk,
    .close = free_user,
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_user};

/* ---- making one ------------------------------------------------------------------------------ */

static const char *role(const array_dataset *self, size_t index) {
    return index < self->inputs                   ? "input"
           : index < self->inputs + self->targets ? "target"
                                                  : "sample_weight";
}

static cornu_status check(const array_dataset *self) {
    for (size_t i = 0; i < self->count; i++) {
        const cornu_tensor *array = self->arrays[i];
        size_t number = i < self->inputs ? i : i - self->inputs;
        if (number >= self->targets && i >= self->inputs) number -= self->targets;
        if (!array) return cornu_error_null(role(self, i));
        if (!array->storage)
            CORNU_FAIL(
                CORNU_EINVAL, "%s %zu has no values (it is symbolic)", role(self, i), number
            );
        if (array->dtype == CORNU_STRING && i >= self->inputs)
            CORNU_FAIL(CORNU_EDTYPE, "%s %zu holds strings, not numbers", role(self, i), number);
        if (array->shape.rank < 1)
            CORNU_FAIL(
                CORNU_ESHAPE, "%s %zu is a scalar; samples lie along the first axis", role(self, i),
                number
            );
        if (array->shape.dims[0] == 0)
            CORNU_FAIL(CORNU_ESHAPE, "%s %zu has no samples", role(self, i), number);
        if (array->shape.dims[0] != self->samples) {
            CORNU_FAIL(
                CORNU_ESHAPE,
                "%s %zu has %lld samples, but input 0 has %lld: all arrays must have as many",
                role(self, i), number, (long long)array->shape.dims[0], (long long)self->samples
            );
        }
    }
    return CORNU_OK;
}

static cornu_dataset *make(
    cornu_tensor_list inputs, cornu_tensor_list targets, cornu_tensor_list weights, bool listed,
    double scale, int64_t samples
) {
    array_dataset *self = cornu_alloc_(sizeof *self);
    size_t count = inputs.count + targets.count + weights.count;
    if (!self) return NULL;
    self->arrays = cornu_alloc_array_(count, sizeof(cornu_tensor *));
    if (!self->arrays) return cornu_free_(self), NULL;
    self->inputs = inputs.count;
    self->targets = targets.count;
    self->weights = listed ? weights.count : 0;
    self->scale = scale;
    for (size_t i = 0; i < inputs.count; i++)
        self->arrays[self->count++] = cornu_tensor_retain(inputs.items[i]);
    for (size_t i = 0; i < targets.count; i++)
        self->arrays[self->count++] = cornu_tensor_retain(targets.items[i]);
    for (size_t i = 0; i < weights.count; i++)
        self->arrays[self->count++] = cornu_tensor_retain(weights.items[i]);
    self->samples = samples >= 0      ? samples
                    : self->arrays[0] ? cornu_tensor_dim(self->arrays[0], 0)
                                      : 0;
    if (check(self) != CORNU_OK) return free_user(self), NULL;
    return cornu_dataset_new(&array_class, self);
}

cornu_dataset *cornu_dataset_from_tensors_new(const cornu_dataset_from_tensors_args *args) {
    if (args->inputs.count == 0)
        CORNU_FAIL_NULL(CORNU_EINVAL, "a dataset needs at least one input array");
    for (size_t i = 0; i < args->inputs.count; i++) {
        if (!args->inputs.items[i]) return (void)cornu_error_null("input"), NULL;
        if (cornu_tensor_rank(args->inputs.items[i]) < 1) {
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "input %zu is a scalar; samples lie along the first axis", i
            );
        }
    }
    cornu_tensor_list weights = args->sample_weights;
    if (weights.count == 0) {
        weights = (cornu_tensor_list){&args->sample_weight, args->sample_weight != NULL};
        return make(args->inputs, args->targets, weights, false, args->scale, -1);
    }
    if (args->sample_weight)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "sample_weight and sample_weights were given; one of both is wanted"
        );
    if (weights.count != args->targets.count)
        CORNU_FAIL_NULL(
            CORNU_EINVAL,
            "sample_weights has %zu arrays, but there are %zu targets: one for each "
            "is wanted",
            weights.count, args->targets.count
        );
    return make(args->inputs, args->targets, weights, true, args->scale, -1);
}

static array_dataset *arrays_of(const cornu_dataset *dataset) {
    return dataset->cls == &array_class ? dataset->user : NULL;
}

cornu_tensor *cornu_dataset_input(const cornu_dataset *dataset, size_t index) {
    const array_dataset *self = arrays_of(dataset);
    return self && index < self->inputs ? self->arrays[index] : NULL;
}

cornu_tensor *cornu_dataset_target(const cornu_dataset *dataset, size_t index) {
    const array_dataset *self = arrays_of(dataset);
    return self && index < self->targets ? self->arrays[self->inputs + index] : NULL;
}

bool cornu_dataset_is_arrays_(const cornu_dataset *dataset) { return arrays_of(dataset) != NULL; }

void cornu_arrays_gather_together_(const cornu_dataset *dataset, void *walk) {
    if (arrays_of(dataset)) ((array_dataset *)walk)->together = true;
}

cornu_dataset *cornu_arrays_take_(const cornu_dataset *dataset, int64_t count) {
    const array_dataset *self = arrays_of(dataset);
    if (count > self->samples) count = self->samples;
    cornu_tensor **cut = cornu_alloc_array_(self->count, sizeof *cut);
    cornu_dataset *result = NULL;
    bool complete = cut != NULL;
    for (size_t i = 0; complete && i < self->count; i++) {
        cornu_shape shape = self->arrays[i]->shape;
        size_t row_bytes = (size_t)(self->arrays[i]->size / self->samples) *
                           cornu_dtype_size(self->arrays[i]->dtype);
        shape.dims[0] = count;
        cut[i] = self->arrays[i]->dtype == CORNU_STRING
                     ? cornu_strings_rows_(self->arrays[i], NULL, 0, count)
                     : window(NULL, self->arrays[i], shape, 0, row_bytes);
        complete = cut[i] != NULL;
    }
    if (complete) {
        size_t both = self->inputs + self->targets;
        result = make(
            (cornu_tensor_list){cut, self->inputs},
            (cornu_tensor_list){cut + self->inputs, self->targets},
            (cornu_tensor_list){cut + both, self->count - both}, self->weights > 0, self->scale,
            count
        );
    }
    for (size_t i = 0; cut && i < self->count; i++) cornu_tensor_free(cut[i]);
    cornu_free_(cut);
    return result;
}

int64_t cornu_dataset_batch_bytes_(const cornu_dataset *dataset, const cornu_epoch_plan *plan) {
    const array_dataset *self = arrays_of(dataset);
    int64_t bytes = 0;
    if (!self) return -1;
    for (size_t i = 0; i < self->count; i++) {
        if (!plan->shuffle && !scaled(self, i)) continue;
        int64_t size = scaled(self, i) ? 4 : (int64_t)cornu_dtype_size(self->arrays[i]->dtype);
        bytes += self->arrays[i]->size / self->samples * size * plan->batch_size;
    }
    return bytes;
}
