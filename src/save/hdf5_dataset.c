/* Arrays in HDF5 files: whole, or as datasets of which only the batches come into memory. Where the
 * values lie in the file as they do in memory (not packed, not in chunks), rows are read from their
 * place. Others are read whole if they are small; of large ones a slab of neighbouring rows is kept
 * unpacked, and libhdf5 is asked for another one when a row outside of it is wanted. */
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

enum { SLAB = 1 << 23 }; /* bytes */

/* ---- datasets -------------------------------------------------------------------------------- */

typedef struct array {
    const char *name;     /* owned by `slabs` */
    cornu_h5_found found; /* shape [samples, ...]; its place is of no use where there is a tensor */
    cornu_tensor *whole;
    int64_t slab_rows; /* 0: rows are read from their place, or from the tensor */
} array;

/* The rows of an array that a walk has unpacked. */
typedef struct slab {
    char *rows;
    int64_t first, count;
} slab;

typedef struct slabs {
    char *path, **names;
    array *arrays; /* inputs, targets, weights; those of the dataset, which walks share */
    size_t count, inputs, targets;
    int64_t samples, whole_limit;
    bool unpacks; /* one of the arrays comes by slabs */
    /* the walk */
    cornu_input *input; /* opened for each epoch, as is `file` if there is something to unpack */
    cornu_h5 *file;
    slab *unpacked; /* one per array */
    cornu_epoch_plan plan;
    int64_t next, end, *order;
} slabs;

static void end_epoch(slabs *self) {
    cornu_input_close_(self->input);
    cornu_h5_close_(self->file);
    for (size_t i = 0; self->unpacked && i < self->count; i++) cornu_free_(self->unpacked[i].rows);
    cornu_free_(self->unpacked);
    cornu_free_(self->order);
    self->input = NULL;
    self->file = NULL;
    self->unpacked = NULL;
    self->order = NULL;
}

static void free_walk(void *user) {
    end_epoch(user);
    cornu_free_(user);
}

static void free_slabs(void *user) {
    slabs *self = user;
    end_epoch(self);
    for (size_t i = 0; self->arrays && i < self->count; i++)
        cornu_tensor_free(self->arrays[i].whole);
    for (size_t i = 0; self->names && self->names[i]; i++) cornu_free_(self->names[i]);
    cornu_free_(self->names);
    cornu_free_(self->arrays);
    cornu_free_(self->path);
    cornu_free_(self);
}

static cornu_status open_walk(void *user, void **walk) {
    slabs *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *(const slabs *)user;
    copy->input = NULL;
    copy->file = NULL;
    copy->unpacked = NULL;
    copy->order = NULL;
    *walk = copy;
    return CORNU_OK;
}

/* Slabs in a random order, and the rows of each in one: samples far from one another in the file
 * would have it unpacked for every one of them. */
static cornu_status shuffle_slabs(slabs *self, int64_t count) {
    int64_t part = count, done = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->arrays[i].slab_rows > 0 && self->arrays[i].slab_rows < part)
            part = self->arrays[i].slab_rows;
    int64_t start = self->next / part, parts = (self->next + count + part - 1) / part - start;
    int64_t *order = cornu_alloc_array_((size_t)parts, sizeof *order);
    if (!order) return CORNU_ENOMEM;
    cornu_status status = cornu_order_(self->plan.seed, self->plan.epoch, parts, order);
    for (int64_t i = 0; i < parts && status == CORNU_OK; i++) {
        int64_t first = (start + order[i]) * part, end = first + part;
        if (first < self->next) first = self->next;
        if (end > self->next + count) end = self->next + count;
        int64_t seed = (int64_t)cornu_hash_((uint64_t)self->plan.seed, (uint64_t)first);
        status = cornu_order_(seed, self->plan.epoch, end - first, self->order + done);
        for (int64_t k = done; k < done + end - first; k++) self->order[k] += first;
        done += end - first;
    }
    cornu_free_(order);
    return status;
}

static cornu_status shuffle(slabs *self, int64_t count) {
    self->order = cornu_alloc_array_((size_t)count, sizeof *self->order);
    if (!self->order) return CORNU_ENOMEM;
    if (self->unpacks && !self->plan.shuffle_in_batches) return shuffle_slabs(self, count);
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
    end_epoch(self); /* one reading of an input has an end, too */
    CORNU_TRY(cornu_input_open_(&self->input, self->path));
    if (self->unpacks) {
        CORNU_TRY(open_file(self->path, &self->file));
        self->unpacked = cornu_alloc_array_(self->count, sizeof *self->unpacked);
        if (!self->unpacked) return CORNU_ENOMEM;
    }
    if ((plan->shuffle || plan->shuffle_in_batches) && count > 1) return shuffle(self, count);
    return CORNU_OK;
}

/* Neighbouring rows of an array that is packed, from slabs that begin at a multiple of their size.
 */
static cornu_status unpack_rows(
    slabs *self, size_t index, int64_t first, int64_t count, size_t row, char *to
) {
    const array *from = &self->arrays[index];
    slab *kept = &self->unpacked[index];
    while (count > 0) {
        if (!kept->rows) kept->rows = cornu_alloc_array_((size_t)from->slab_rows, row);
        if (!kept->rows) return CORNU_ENOMEM;
        if (first < kept->first || first >= kept->first + kept->count) {
            int64_t begin = first / from->slab_rows * from->slab_rows;
            int64_t left = self->samples - begin;
            kept->count = 0;
            kept->first = begin;
            int64_t rows = left < from->slab_rows ? left : from->slab_rows;
            CORNU_TRY(
                cornu_h5_read_rows_(self->file, from->name, &from->found, begin, rows, kept->rows)
            );
            kept->count = rows;
        }
        int64_t there = kept->first + kept->count - first, taken = there < count ? there : count;
        memcpy(to, kept->rows + (size_t)(first - kept->first) * row, (size_t)taken * row);
        to += (size_t)taken * row;
        first += taken;
        count -= taken;
    }
    return CORNU_OK;
}

/* Samples of the batch as one array; neighbours in the file come at once. */
static cornu_status read_rows(slabs *self, size_t index, int64_t size, cornu_tensor **made) {
    const array *from = &self->arrays[index];
    cornu_shape shape = from->found.shape;
    shape.dims[0] = size;
    *made = cornu_tensor_uninitialised_(from->found.dtype, shape);
    if (!*made) return cornu_error_status();
    size_t row = (size_t)((*made)->size / size) * cornu_dtype_size(from->found.dtype);
    char *to = (*made)->storage->data;
    for (int64_t i = 0; i < size;) {
        const int64_t *order = self->order ? self->order + (self->next - self->plan.first) : NULL;
        int64_t sample = order ? order[i] : self->next + i, run = 1;
        while (i + run < size && (!order || order[i + run] == sample + run)) run++;
        size_t bytes = (size_t)run * row;
        if (from->whole)
            memcpy(to, (const char *)from->whole->storage->data + (size_t)sample * row, bytes);
        else if (from->slab_rows > 0) CORNU_TRY(unpack_rows(self, index, sample, run, row, to));
        else
            CORNU_TRY(cornu_input_read_(
                self->input, from->found.place + (uint64_t)sample * row, to, bytes
            ));
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
        CORNU_TRY(read_rows(self, i, size, cornu_batch_place_(batch, i)));
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
    char *own = self->names[self->count] = cornu_strdup_(name);
    if (!own) return CORNU_ENOMEM;
    *made = (array){.name = own, .found = found};
    self->count++;
    bool converted = found.dtype == CORNU_BOOL; /* byte by byte */
    if (found.place != CORNU_H5_NOWHERE && !converted) return CORNU_OK;
    int64_t bytes = cornu_shape_size(&found.shape) * (int64_t)cornu_dtype_size(found.dtype);
    if (bytes <= self->whole_limit || converted) return read_array(file, name, &made->whole);
    int64_t row = bytes / self->samples;
    made->slab_rows = row < SLAB ? SLAB / row : 1;
    if (made->slab_rows * row > self->whole_limit) made->slab_rows = 1 + self->whole_limit / row;
    self->unpacks = true;
    return CORNU_OK;
}

static cornu_status fill(slabs *self, cornu_h5 *file, const cornu_dataset_from_hdf5_args *args) {
    self->inputs = args->inputs.count;
    self->targets = args->targets.count;
    if (self->inputs == 0) CORNU_FAIL(CORNU_EINVAL, "no input was named");
    if (args->whole_limit < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "whole_limit must not be negative, got %lld", (long long)args->whole_limit
        );
    size_t most = self->inputs + self->targets + 1;
    self->whole_limit = args->whole_limit;
    self->arrays = cornu_alloc_array_(most, sizeof *self->arrays);
    self->names = cornu_alloc_array_(most + 1, sizeof *self->names);
    self->path = cornu_strdup_(args->path);
    if (!self->arrays || !self->names || !self->path) return CORNU_ENOMEM;
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
