/* Files below a folder in batches: their order, their labels, and walks through them. */
#include "data/file_dataset.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/rows.h"
#include <cornu/random.h>
#include <string.h>

typedef struct file_dataset {
    cornu_file_index *index; /* this and `settings` are shared by all walks; owned by the dataset */
    void *settings;
    cornu_read_samples_function *read;
    cornu_label_mode mode;
    int64_t batch_size, seed;
    bool shuffle;
    /* the walk */
    cornu_epoch_plan plan;
    int64_t next, end, *order;
} file_dataset;

static void free_walk(void *user) {
    cornu_free_(((file_dataset *)user)->order);
    cornu_free_(user);
}

static void free_dataset(void *user) {
    file_dataset *self = user;
    if (self->index) cornu_file_index_free_(self->index);
    cornu_free_(self->index);
    cornu_free_(self->settings);
    free_walk(self);
}

static cornu_status open_walk(void *user, void **walk) {
    file_dataset *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *(const file_dataset *)user;
    copy->order = NULL;
    *walk = copy;
    return CORNU_OK;
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    file_dataset *self = user;
    int64_t count;
    self->plan = *plan;
    if (self->batch_size > 0) self->plan.batch_size = self->batch_size;
    cornu_plan_range_(plan, (int64_t)self->index->count, &self->next, &count);
    self->plan.first = self->next;
    self->end = self->next + count;
    cornu_free_(self->order);
    self->order = cornu_alloc_array_((size_t)count, sizeof *self->order);
    if (!self->order) return CORNU_ENOMEM;
    for (int64_t i = 0; i < count; i++) self->order[i] = i;
    if (self->shuffle && count > 1)
        CORNU_TRY(cornu_order_(self->seed, plan->epoch + 1, count, self->order));
    for (int64_t i = 0; i < count; i++) self->order[i] += self->next;
    return CORNU_OK;
}

static cornu_status next(void *user, cornu_batch *batch) {
    file_dataset *self = user;
    int64_t left = self->end - self->next;
    int64_t size = left < self->plan.batch_size ? left : self->plan.batch_size;
    cornu_batch_clear(batch);
    if (size == 0) return CORNU_OK;
    const int64_t *samples = self->order + (self->next - self->plan.first);
    bool labelled = self->mode != CORNU_LABELS_NONE;
    CORNU_TRY(cornu_batch_reserve_(batch, 1, labelled));
    batch->inputs[0] = self->read(self->settings, self->index, samples, size);
    if (!batch->inputs[0]) return cornu_error_status();
    if (labelled) {
        batch->targets[0] = cornu_file_labels_(self->index, self->mode, samples, size);
        if (!batch->targets[0]) return cornu_error_status();
    }
    batch->size = size;
    batch->last = size == left;
    self->next += size;
    return CORNU_OK;
}

static int64_t sample_count(void *user) {
    const file_dataset *self = user;
    return self->batch_size > 0 ? -1 : (int64_t)self->index->count;
}

static int64_t batch_count(void *user) {
    const file_dataset *self = user;
    int64_t count = (int64_t)self->index->count, size = self->batch_size;
    return size > 0 ? (count + size - 1) / size : CORNU_NONE;
}

static const cornu_dataset_class file_class = {
    .name = "files",
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_dataset,
    .open = open_walk,
    .close = free_walk,
    .batch_count = batch_count};

/* ---- making one ------------------------------------------------------------------------------ */

static cornu_status make(file_dataset *self, const cornu_file_dataset_args *args) {
    cornu_file_index_args files = args->files;
    if (args->batch_size < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must not be negative, got %lld", (long long)args->batch_size
        );
    if (files.validation_split != 0 && files.shuffle && args->seed == CORNU_NONE)
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split of shuffled files needs a seed, so that the parts do "
                          "not overlap"
        );
    CORNU_TRY(cornu_label_mode_of_(args->labels, args->label_mode, &self->mode));
    self->read = args->read;
    self->batch_size = args->batch_size;
    self->shuffle = files.shuffle && !args->in_order;
    self->seed = args->seed;
    if (args->seed == CORNU_NONE && files.shuffle) self->seed = cornu_random_next_seed();
    files.labelled = args->labels != NULL;
    files.seed = self->seed;
    self->settings = cornu_alloc_(args->settings_size);
    self->index = cornu_alloc_(sizeof *self->index);
    if (!self->settings || !self->index) return CORNU_ENOMEM;
    memcpy(self->settings, args->settings, args->settings_size);
    CORNU_TRY(cornu_file_index_make_(self->index, &files));
    if (self->mode == CORNU_LABELS_BINARY && self->index->class_count != 2)
        CORNU_FAIL(
            CORNU_EINVAL, "label_mode \"binary\" needs 2 classes, '%s' has %zu", files.directory,
            self->index->class_count
        );
    return cornu_check_labels_(self->index, self->mode);
}

static cornu_dataset *new_dataset(const cornu_file_dataset_args *args) {
    file_dataset *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    if (make(self, args) == CORNU_OK) return cornu_dataset_new(&file_class, self);
    free_dataset(self);
    return NULL;
}

/* Both parts of a split: the first one to train with, the other one as it lies. */
static cornu_dataset *new_pair(const cornu_file_dataset_args *args) {
    if (!args->validation)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "subset \"both\" needs validation, where the other part goes"
        );
    cornu_file_dataset_args part = *args;
    part.files.subset = "validation";
    part.in_order = true;
    cornu_dataset *validation = new_dataset(&part);
    part.files.subset = "training";
    part.in_order = false;
    cornu_dataset *training = validation ? new_dataset(&part) : NULL;
    if (training) *args->validation = validation;
    else cornu_dataset_free(validation);
    return training;
}

cornu_dataset *cornu_file_dataset_new_(const cornu_file_dataset_args *args) {
    const char *subset = args->files.subset;
    if (args->validation) *args->validation = NULL;
    if (subset && strcmp(subset, "both") == 0) return new_pair(args);
    if (!args->validation) return new_dataset(args);
    CORNU_FAIL_NULL(CORNU_EINVAL, "validation gets a part with subset \"both\" only");
}

static const cornu_file_index *index_of(const cornu_dataset *dataset) {
    return dataset->cls == &file_class ? ((const file_dataset *)dataset->user)->index : NULL;
}

const char *cornu_dataset_class_name(const cornu_dataset *dataset, size_t index) {
    const cornu_file_index *files = index_of(dataset);
    return files && index < files->class_count ? files->classes[index] : NULL;
}

const char *cornu_dataset_file_path(const cornu_dataset *dataset, size_t index) {
    const cornu_file_index *files = index_of(dataset);
    return files && index < files->count ? files->paths[index] : NULL;
}
