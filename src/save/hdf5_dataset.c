/* Arrays in HDF5 files: whole, or as datasets of which only the batches come into memory. Where the
 * values lie in the file as they do in memory (not packed, not in chunks), rows are read from their
 * place; other arrays are read whole. */
#include "base/input.h"
#include "base/map.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/rows.h"
#include "save/hdf5.h"
#include "tensor/tensor.h"
#include <cornu/save.h>
#include <string.h>

/* ---- one array ------------------------------------------------------------------------------- */

static cornu_status open_file(const char *path, cornu_h5 **file) {
    cornu_input *input;
    CORNU_TRY(cornu_input_open_(&input, path));
    return cornu_h5_open_input_(file, input, false);
}

static cornu_status find_array(cornu_h5 *file, const char *name, cornu_h5_found *found) {
    CORNU_TRY(cornu_h5_find_(file, name, found));
    if (found->kind == CORNU_H5_DATASET) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EUNKNOWN, "'%s' is %s", name,
        found->kind == CORNU_H5_GROUP ? "a group, not a dataset" : "not in the file"
    );
}

static cornu_status read_array(cornu_h5 *file, const char *name, cornu_tensor **made) {
    cornu_h5_found found;
    CORNU_TRY(find_array(file, name, &found));
    *made = cornu_tensor_uninitialised_(found.dtype, found.shape);
    if (!*made) return cornu_error_status();
    return cornu_h5_read_(file, name, found.dtype, &found.shape, (*made)->storage->data);
}

cornu_tensor *cornu_load_hdf5(const char *path, const char *name) {
    cornu_h5 *file = NULL;
    cornu_tensor *made = NULL;
    if (!path || !name) return (void)cornu_error_null(path ? "name" : "path"), NULL;
    cornu_status status = open_file(path, &file);
    if (status == CORNU_OK) status = read_array(file, name, &made);
    cornu_h5_close_(file);
    if (status == CORNU_OK) return made;
    (void)cornu_error_context("'%s'", path);
    cornu_tensor_free(made);
    return NULL;
}

/* ---- datasets -------------------------------------------------------------------------------- */

typedef struct array {
    cornu_dtype dtype;
    cornu_shape shape; /* [samples, ...] */
    uint64_t place;    /* in the file; of no use where there is a tensor */
    cornu_tensor *whole;
} array;

typedef struct slabs {
    char *path;
    array *arrays; /* inputs, targets, weights; those of the dataset, which walks share */
    size_t count, inputs, targets;
    int64_t samples;
    /* the walk */
    cornu_input *input; /* opened for each epoch */
    cornu_epoch_plan plan;
    int64_t next, end, *order;
} slabs;

static void free_walk(void *user) {
    slabs *self = user;
    cornu_input_close_(self->input);
    cornu_free_(self->order);
    cornu_free_(self);
}

static void free_slabs(void *user) {
    slabs *self = user;
    for (size_t i = 0; self->arrays && i < self->count; i++)
        cornu_tensor_free(self->arrays[i].whole);
    cornu_free_(self->arrays);
    cornu_free_(self->path);
    free_walk(self);
}

static cornu_status open_walk(void *user, void **walk) {
    slabs *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *(const slabs *)user;
    copy->input = NULL;
    copy->order = NULL;
    *walk = copy;
    return CORNU_OK;
}

static cornu_status shuffle(slabs *self, int64_t count) {
    self->order = cornu_alloc_array_((size_t)count, sizeof *self->order);
    if (!self->order) return CORNU_ENOMEM;
    int64_t part = self->plan.shuffle_in_batches ? self->plan.batch_size : count;
    for (int64_t first = 0; first < count; first += part) {
        int64_t size = part < count - first ? part : count - first, seed = self->plan.seed;
        if (part < count) seed = (int64_t)cornu_hash_((uint64_t)seed, (uint64_t)first);
        CORNU_TRY(cornu_order_(seed, self->plan.epoch, size, self->order + first));
        for (int64_t i = first; i < first + size; i++) self->order[i] += self->next + first;
    }
    return CORNU_OK;
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    slabs *self = user;
    int64_t count;
    self->plan = *plan;
    cornu_plan_range_(plan, self->samples, &self->next, &count);
    self->plan.first = self->next;
    self->end = self->next + count;
    cornu_free_(self->order);
    self->order = NULL;
    cornu_input_close_(self->input); /* one reading of an input has an end, too */
    self->input = NULL;
    CORNU_TRY(cornu_input_open_(&self->input, self->path));
    if ((plan->shuffle || plan->shuffle_in_batches) && count > 1) return shuffle(self, count);
    return CORNU_OK;
}

/* Samples of the batch as one array; neighbours in the file come at once. */
static cornu_status read_rows(slabs *self, const array *from, int64_t size, cornu_tensor **made) {
    cornu_shape shape = from->shape;
    shape.dims[0] = size;
    *made = cornu_tensor_uninitialised_(from->dtype, shape);
    if (!*made) return cornu_error_status();
    size_t row = (size_t)((*made)->size / size) * cornu_dtype_size(from->dtype);
    char *to = (*made)->storage->data;
    for (int64_t i = 0; i < size;) {
        const int64_t *order = self->order ? self->order + (self->next - self->plan.first) : NULL;
        int64_t sample = order ? order[i] : self->next + i, run = 1;
        while (i + run < size && (!order || order[i + run] == sample + run)) run++;
        size_t bytes = (size_t)run * row;
        if (from->whole)
            memcpy(to, (const char *)from->whole->storage->data + (size_t)sample * row, bytes);
        else
            CORNU_TRY(
                cornu_input_read_(self->input, from->place + (uint64_t)sample * row, to, bytes)
            );
        to += bytes;
        i += run;
    }
    return CORNU_OK;
}

static cornu_status next(void *user, cornu_batch *batch) {
    slabs *self = user;
    int64_t left = self->end - self->next;
    int64_t size = left < self->plan.batch_size ? left : self->plan.batch_size;
    cornu_batch_clear(batch);
    if (size == 0) return CORNU_OK;
    CORNU_TRY(cornu_batch_reserve_(batch, self->inputs, self->targets));
    for (size_t i = 0; i < self->count; i++)
        CORNU_TRY(read_rows(self, &self->arrays[i], size, cornu_batch_place_(batch, i)));
    batch->size = size;
    batch->last = size == left;
    self->next += size;
    return CORNU_OK;
}

static int64_t sample_count(void *user) { return ((slabs *)user)->samples; }

static const cornu_dataset_class slab_class = {
    .name = "hdf5",
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_slabs,
    .open = open_walk,
    .close = free_walk};

static cornu_status add_array(slabs *self, cornu_h5 *file, const char *name) {
    cornu_h5_found found;
    array *made = &self->arrays[self->count];
    CORNU_TRY(find_array(file, name, &found));
    if (found.shape.rank < 1 || found.shape.dims[0] < 1)
        CORNU_FAIL(CORNU_ESHAPE, "'%s' has no samples along a first axis", name);
    if (self->count == 0) self->samples = found.shape.dims[0];
    if (found.shape.dims[0] != self->samples)
        CORNU_FAIL(
            CORNU_ESHAPE, "'%s' has %lld samples, the first dataset %lld", name,
            (long long)found.shape.dims[0], (long long)self->samples
        );
    *made = (array){found.dtype, found.shape, found.place, NULL};
    self->count++;
    if (found.place != CORNU_H5_NOWHERE && found.dtype != CORNU_BOOL) return CORNU_OK;
    return read_array(file, name, &made->whole);
}

static cornu_status fill(slabs *self, cornu_h5 *file, const cornu_dataset_from_hdf5_args *args) {
    self->inputs = args->inputs.count;
    self->targets = args->targets.count;
    if (self->inputs == 0) CORNU_FAIL(CORNU_EINVAL, "no input was named");
    self->arrays = cornu_alloc_array_(self->inputs + self->targets + 1, sizeof *self->arrays);
    self->path = cornu_strdup_(args->path);
    if (!self->arrays || !self->path) return CORNU_ENOMEM;
    for (size_t i = 0; i < self->inputs; i++)
        CORNU_TRY(add_array(self, file, args->inputs.items[i]));
    for (size_t i = 0; i < self->targets; i++)
        CORNU_TRY(add_array(self, file, args->targets.items[i]));
    return args->sample_weight ? add_array(self, file, args->sample_weight) : CORNU_OK;
}

cornu_dataset *cornu_dataset_from_hdf5_new(const cornu_dataset_from_hdf5_args *args) {
    cornu_h5 *file = NULL;
    if (!args->path) return (void)cornu_error_null("path"), NULL;
    slabs *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    cornu_status status = open_file(args->path, &file);
    if (status == CORNU_OK) status = fill(self, file, args);
    cornu_h5_close_(file);
    if (status == CORNU_OK) return cornu_dataset_new(&slab_class, self);
    (void)cornu_error_context("'%s'", args->path);
    free_slabs(self);
    return NULL;
}
