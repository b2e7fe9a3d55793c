/* Pictures in folders. keras/src/utils/image_dataset_utils.py, image_dataset_from_directory */
#include "base/memory.h"
#include "data/dataset.h"
#include "data/file_index.h"
#include "data/image.h"
#include "data/rows.h"
#include "tensor/tensor.h"
#include <cornu/random.h>
#include <string.h>

typedef struct images {
    cornu_file_index *index; /* shared by all walks; owned by the dataset */
    cornu_label_mode mode;
    cornu_image_fit fit;
    int channels;
    int64_t batch_size, seed; /* batch_size 0: as the plan has it */
    bool shuffle;
    /* the walk */
    cornu_epoch_plan plan;
    int64_t next, end, *order;
} images;

static void free_walk(void *user) {
    cornu_free_(((images *)user)->order);
    cornu_free_(user);
}

static void free_images(void *user) {
    images *self = user;
    cornu_file_index_free_(self->index);
    cornu_free_(self->index);
    free_walk(self);
}

static cornu_status open_walk(void *user, void **walk) {
    images *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *(const images *)user;
    copy->order = NULL;
    *walk = copy;
    return CORNU_OK;
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    images *self = user;
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

static cornu_status read_images(
    const images *self, const int64_t *samples, int64_t size, cornu_tensor **made
) {
    int64_t pixels = self->fit.height * self->fit.width * self->channels;
    *made = cornu_tensor_uninitialised_(
        CORNU_FLOAT32, cornu_shape(size, self->fit.height, self->fit.width, self->channels)
    );
    for (int64_t i = 0; *made && i < size; i++) {
        cornu_tensor *image = cornu_load_image(self->index->paths[samples[i]], self->channels);
        if (!image) return cornu_error_status();
        cornu_image_resize_(image, &self->fit, (float *)(*made)->storage->data + i * pixels);
        cornu_tensor_free(image);
    }
    return *made ? CORNU_OK : cornu_error_status();
}

static cornu_status next(void *user, cornu_batch *batch) {
    images *self = user;
    int64_t left = self->end - self->next;
    int64_t size = left < self->plan.batch_size ? left : self->plan.batch_size;
    cornu_batch_clear(batch);
    if (size == 0) return CORNU_OK;
    const int64_t *samples = self->order + (self->next - self->plan.first);
    bool labelled = self->mode != CORNU_LABELS_NONE;
    CORNU_TRY(cornu_batch_reserve_(batch, 1, labelled));
    CORNU_TRY(read_images(self, samples, size, &batch->inputs[0]));
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
    const images *self = user;
    return self->batch_size > 0 ? -1 : (int64_t)self->index->count;
}

static int64_t batch_count(void *user) {
    const images *self = user;
    int64_t count = (int64_t)self->index->count, size = self->batch_size;
    return size > 0 ? (count + size - 1) / size : CORNU_NONE;
}

static const cornu_dataset_class image_class = {
    .name = "images",
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_images,
    .open = open_walk,
    .close = free_walk,
    .batch_count = batch_count};

/* ---- making one ------------------------------------------------------------------------------ */

static cornu_status read_args(images *self, const cornu_image_dataset_args *args) {
    static const struct {
        const char *name;
        int channels;
    } modes[] = {{"rgb", 3}, {"rgba", 4}, {"grayscale", 1}};
    CORNU_TRY(cornu_label_mode_of_(args->labels, args->label_mode, &self->mode));
    for (size_t i = 0; i < 3; i++)
        if (args->color_mode && strcmp(modes[i].name, args->color_mode) == 0)
            self->channels = modes[i].channels;
    if (self->channels == 0)
        CORNU_FAIL(
            CORNU_EINVAL, "color_mode must be \"rgb\", \"rgba\" or \"grayscale\", got \"%s\"",
            args->color_mode ? args->color_mode : "(null)"
        );
    const char *way = args->interpolation ? args->interpolation : "(null)";
    if (strcmp(way, "bilinear") != 0 && strcmp(way, "nearest") != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "interpolation must be \"bilinear\" or \"nearest\", got \"%s\"", way
        );
    if (args->crop_to_aspect_ratio && args->pad_to_aspect_ratio)
        CORNU_FAIL(
            CORNU_EINVAL, "only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be set"
        );
    int64_t height = args->image_size[0], width = args->image_size[1];
    if (height < 0 || width < 0 || height > 1 << 16 || width > 1 << 16)
        CORNU_FAIL(
            CORNU_EINVAL, "image_size %lld x %lld is out of range", (long long)height,
            (long long)width
        );
    if (args->batch_size < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must not be negative, got %lld", (long long)args->batch_size
        );
    self->fit = (cornu_image_fit
    ){height ? height : 256, width ? width : 256, strcmp(way, "nearest") == 0,
      args->crop_to_aspect_ratio, args->pad_to_aspect_ratio};
    self->batch_size = args->batch_size;
    self->shuffle = args->shuffle;
    self->seed = args->seed == CORNU_NONE && args->shuffle ? cornu_random_next_seed() : args->seed;
    return CORNU_OK;
}

static cornu_status make_index(images *self, const cornu_image_dataset_args *args) {
    static const char *const endings[] = {".png", ".jpeg", ".jpg", NULL};
    const cornu_file_index_args wanted = {
        args->directory, args->labels != NULL,   args->class_names,
        endings,         args->follow_links,     args->shuffle,
        self->seed,      args->validation_split, args->subset};
    if (args->validation_split != 0 && args->shuffle && args->seed == CORNU_NONE)
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split of shuffled files needs a seed, so that the parts do "
                          "not overlap"
        );
    CORNU_TRY(cornu_file_index_make_(self->index, &wanted));
    if (self->mode == CORNU_LABELS_BINARY && self->index->class_count != 2)
        CORNU_FAIL(
            CORNU_EINVAL, "label_mode \"binary\" needs 2 classes, '%s' has %zu", args->directory,
            self->index->class_count
        );
    return CORNU_OK;
}

cornu_dataset *cornu_image_dataset_new(const cornu_image_dataset_args *args) {
    images *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    self->index = cornu_alloc_(sizeof *self->index);
    cornu_status status = self->index ? read_args(self, args) : CORNU_ENOMEM;
    if (status == CORNU_OK) status = make_index(self, args);
    if (status == CORNU_OK) return cornu_dataset_new(&image_class, self);
    (void)cornu_error_context("image_dataset_from_directory");
    if (self->index) cornu_file_index_free_(self->index);
    cornu_free_(self->index);
    cornu_free_(self);
    return NULL;
}

static const cornu_file_index *index_of(const cornu_dataset *dataset) {
    return dataset->cls == &image_class ? ((const images *)dataset->user)->index : NULL;
}

const char *cornu_dataset_class_name(const cornu_dataset *dataset, size_t index) {
    const cornu_file_index *files = index_of(dataset);
    return files && index < files->class_count ? files->classes[index] : NULL;
}

const char *cornu_dataset_file_path(const cornu_dataset *dataset, size_t index) {
    const cornu_file_index *files = index_of(dataset);
    return files && index < files->count ? files->paths[index] : NULL;
}
