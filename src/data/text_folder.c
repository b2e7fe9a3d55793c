/* Texts in folders. keras/src/utils/text_dataset_utils.py, text_dataset_from_directory */
#include "base/input.h"
#include "base/memory.h"
#include "data/file_dataset.h"

typedef struct text_settings {
    int64_t max_length; /* bytes; CORNU_NONE: all */
} text_settings;

/* The bytes of a file, or the first of them; *new*. */
static cornu_status read_text(const char *path, int64_t max_length, cornu_bytes *text) {
    cornu_input *input = NULL, *part = NULL;
    char *data = NULL;
    size_t size = 0;
    CORNU_TRY(cornu_input_open_(&input, path));
    cornu_status status = CORNU_OK;
    bool cut = max_length != CORNU_NONE && (uint64_t)max_length < cornu_input_size_(input);
    if (cut) status = cornu_input_part_(&part, input, 0, (uint64_t)max_length);
    if (status == CORNU_OK) status = cornu_input_all_(cut ? part : input, 0, &data, &size);
    cornu_input_close_(part);
    cornu_input_close_(input);
    *text = (cornu_bytes){data, size};
    return status;
}

static cornu_tensor *read_texts(
    const void *settings, const cornu_file_index *index, const int64_t *samples, int64_t count
) {
    const text_settings *self = settings;
    cornu_tensor *made = NULL;
    cornu_bytes *texts = cornu_alloc_array_((size_t)count, sizeof *texts);
    if (!texts) return NULL;
    int64_t done = 0;
    while (done < count &&
           read_text(index->paths[samples[done]], self->max_length, &texts[done]) == CORNU_OK)
        done++;
    if (done == count) made = cornu_tensor_from_bytes(cornu_shape(count), texts);
    for (int64_t i = 0; i < done; i++) cornu_free_((char *)(uintptr_t)texts[i].data);
    cornu_free_(texts);
    return made;
}

cornu_dataset *cornu_text_dataset_new(const cornu_text_dataset_args *args) {
    static const char *const endings[] = {".txt", NULL};
    const text_settings settings = {args->max_length};
    const cornu_file_dataset_args files = {
        CORNU_FOLDER_ARGS_(args, endings), .read = read_texts, .settings = &settings,
        .settings_size = sizeof settings};
    cornu_dataset *made = NULL;
    if (args->max_length < 0 && args->max_length != CORNU_NONE)
        (void)cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "max_length must not be negative, got %lld",
            (long long)args->max_length
        );
    else made = cornu_file_dataset_new_(&files);
    if (!made) (void)cornu_error_context("text_dataset_from_directory");
    return made;
}
