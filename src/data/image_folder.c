/* Pictures in folders. keras/src/utils/image_dataset_utils.py, image_dataset_from_directory */
#include "data/file_dataset.h"
#include "data/image.h"
#include "tensor/tensor.h"
#include <string.h>

typedef struct picture_settings {
    cornu_image_fit fit;
    int channels;
} picture_settings;

static cornu_tensor *read_images(
    const void *settings, const cornu_file_index *index, const int64_t *samples, int64_t count
) {
    const picture_settings *self = settings;
    int64_t pixels = self->fit.height * self->fit.width * self->channels;
    cornu_tensor *made = cornu_tensor_uninitialised_(
        CORNU_FLOAT32, cornu_shape(count, self->fit.height, self->fit.width, self->channels)
    );
    for (int64_t i = 0; made && i < count; i++) {
        cornu_tensor *image = cornu_load_image(index->paths[samples[i]], self->channels);
        if (!image) return cornu_tensor_free(made), NULL;
        float *to = (float *)made->storage->data + i * pixels;
        cornu_status status = cornu_image_resize_(image, &self->fit, to);
        cornu_tensor_free(image);
        if (status != CORNU_OK) return cornu_tensor_free(made), NULL;
    }
    return made;
}

static cornu_status read_args(picture_settings *self, const cornu_image_dataset_args *args) {
    static const struct {
        const char *name;
        int channels;
    } modes[] = {{"rgb", 3}, {"rgba", 4}, {"grayscale", 1}};
    for (size_t i = 0; i < 3; i++)
        if (args->color_mode && strcmp(modes[i].name, args->color_mode) == 0)
            self->channels = modes[i].channels;
    if (self->channels == 0)
        CORNU_FAIL(
            CORNU_EINVAL, "color_mode must be \"rgb\", \"rgba\" or \"grayscale\", got \"%s\"",
            args->color_mode ? args->color_mode : "(null)"
        );
    const char *way = args->interpolation ? args->interpolation : "(null)";
    static const char *const ways[] = {"bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"};
    enum { WAYS = sizeof ways / sizeof *ways };
    size_t found = 0;
    while (found < WAYS && strcmp(ways[found], way) != 0) found++;
    if (found == WAYS)
        CORNU_FAIL(
            CORNU_EINVAL,
            "interpolation must be \"bilinear\", \"nearest\", \"bicubic\", \"lanczos3\" or "
            "\"lanczos5\", got \"%s\"",
            way
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
    self->fit = (cornu_image_fit
    ){height ? height : 256,          width ? width : 256,        found == 1,
      found > 1 ? ways[found] : NULL, args->crop_to_aspect_ratio, args->pad_to_aspect_ratio};
    return CORNU_OK;
}

cornu_dataset *cornu_image_dataset_new(const cornu_image_dataset_args *args) {
    /* of those that Keras takes as samples, .bmp and .gif are told when they are read */
    static const char *const endings[] = {".png", ".jpeg", ".jpg", ".bmp", ".gif", NULL};
    picture_settings settings = {0};
    const cornu_file_dataset_args files = {
        CORNU_FOLDER_ARGS_(args, endings), .read = read_images, .settings = &settings,
        .settings_size = sizeof settings};
    cornu_dataset *made = NULL;
    if (read_args(&settings, args) == CORNU_OK) made = cornu_file_dataset_new_(&files);
    if (!made) (void)cornu_error_context("image_dataset_from_directory");
    return made;
}
