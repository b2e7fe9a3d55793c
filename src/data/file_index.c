/* Folders are classes, files are samples. keras/src/utils/dataset_utils.py */
#include "data/file_index.h"
#include "base/folder.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "tensor/tensor.h"
#include <cornu/random.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 }; /* folders in one another: links can lead round in circles */

static bool ends_as_wanted(const char *name, const char *const *endings) {
    size_t length = strlen(name);
    for (; *endings; endings++) {
        size_t tail = strlen(*endings), i = 0;
        if (tail > length) continue;
        while (i < tail &&
               tolower((unsigned char)name[length - tail + i]) == (unsigned char)(*endings)[i])
            i++;
        if (i == tail) return true;
    }
    return false;
}

/* Takes the path, also on failure. */
static cornu_status add(cornu_file_index *index, char *path, int32_t label) {
    cornu_status status = path ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK)
        status = CORNU_RESERVE_(index->paths, index->capacity, index->count + 1);
    if (status == CORNU_OK)
        status = CORNU_RESERVE_(index->labels, index->label_capacity, index->count + 1);
    if (status != CORNU_OK) {
        cornu_free_(path);
        return status;
    }
    index->labels[index->count] = label;
    index->paths[index->count++] = path;
    return CORNU_OK;
}

typedef struct path_list {
    char **items;
    size_t count, capacity;
} path_list;

/* A folder and all below it; takes the path, also on failure. */
static cornu_status list_folders(path_list *found, char *path, bool follow_links, int depth) {
    cornu_folder folder = {0};
    cornu_status status = path ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK && depth == DEEPEST)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "'%s' lies in more than %d folders", path, DEEPEST
        );
    if (status == CORNU_OK)
        status = CORNU_RESERVE_(found->items, found->capacity, found->count + 1);
    if (status != CORNU_OK) return cornu_free_(path), status;
    found->items[found->count++] = path;
    status = cornu_folder_read_(&folder, path);
    for (size_t i = 0; i < folder.count && status == CORNU_OK; i++) {
        const cornu_folder_entry *entry = &folder.entries[i];
        if (!entry->folder || (entry->link && !follow_links)) continue;
        char *below = cornu_format_("%s/%s", path, entry->name);
        status = list_folders(found, below, follow_links, depth + 1);
    }
    cornu_folder_free_(&folder);
    return status;
}

static cornu_status add_files(
    cornu_file_index *index, const cornu_file_index_args *args, const char *path, int32_t label
) {
    cornu_folder folder;
    cornu_status status = cornu_folder_read_(&folder, path);
    for (size_t i = 0; i < folder.count && status == CORNU_OK; i++) {
        const cornu_folder_entry *entry = &folder.entries[i];
        if (!entry->folder && ends_as_wanted(entry->name, args->endings))
            status = add(index, cornu_format_("%s/%s", path, entry->name), label);
    }
    cornu_folder_free_(&folder);
    return status;
}

static int by_path(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of the folders below `path`, which are sorted by their whole paths: "a", "a-b", "a/c".
 */
static cornu_status search(
    cornu_file_index *index, const cornu_file_index_args *args, const char *path, int32_t label
) {
    path_list found = {0};
    cornu_status status = list_folders(&found, cornu_strdup_(path), args->follow_links, 0);
    if (status == CORNU_OK) qsort(found.items, found.count, sizeof *found.items, by_path);
    for (size_t i = 0; i < found.count && status == CORNU_OK; i++)
        status = add_files(index, args, found.items[i], label);
    for (size_t i = 0; i < found.count; i++) cornu_free_(found.items[i]);
    cornu_free_(found.items);
    return status;
}

/* The names of the classes: those given, each of which is a folder, or all folders. */
static cornu_status name_classes(
    cornu_file_index *index, const cornu_file_index_args *args, const cornu_folder *folder
) {
    size_t given = args->class_names.count;
    index->classes = cornu_alloc_array_(given ? given : folder->count, sizeof *index->classes);
    if (!index->classes) return CORNU_ENOMEM;
    for (size_t i = 0; i < (given ? given : folder->count); i++) {
        const char *name = given ? args->class_names.items[i] : folder->entries[i].name;
        bool found = false;
        for (size_t k = 0; k < folder->count; k++)
            found = found || (folder->entries[k].folder && folder->entries[k].name[0] != '.' &&
                              strcmp(folder->entries[k].name, name) == 0);
        if (given && !found)
            CORNU_FAIL(
                CORNU_EINVAL, "class_names has '%s', which is no folder of '%s'", name,
                args->directory
            );
        if (!found) continue;
        char *own = cornu_strdup_(name);
        if (!own) return CORNU_ENOMEM;
        index->classes[index->class_count++] = own;
    }
    return CORNU_OK;
}

static cornu_status search_classes(cornu_file_index *index, const cornu_file_index_args *args) {
    cornu_folder folder;
    cornu_status status = cornu_folder_read_(&folder, args->directory);
    if (status == CORNU_OK) status = name_classes(index, args, &folder);
    cornu_folder_free_(&folder);
    for (size_t i = 0; i < index->class_count && status == CORNU_OK; i++) {
        char *path = cornu_format_("%s/%s", args->directory, index->classes[i]);
        status = path ? search(index, args, path, (int32_t)i) : CORNU_ENOMEM;
        cornu_free_(path);
    }
    return status;
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static cornu_status set_label(cornu_file_index *index, size_t file, int64_t label) {
    index->labels[file] = (int32_t)label;
    if (index->labels[file] == label) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "label %lld is out of range", (long long)label);
}

/* Labels that were given; the classes are their different numbers, in order. */
static cornu_status label_files(cornu_file_index *index, const cornu_file_index_args *args) {
    const cornu_ints *given = &args->label_list;
    if (given->count != index->count)
        CORNU_FAIL(
            CORNU_EINVAL, "label_list has %zu labels, and '%s' has %zu files", given->count,
            args->directory, index->count
        );
    int64_t *sorted = cornu_alloc_array_(given->count, sizeof *sorted);
    index->classes = cornu_alloc_array_(given->count, sizeof *index->classes);
    cornu_status status = sorted && index->classes ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK) {
        memcpy(sorted, given->items, given->count * sizeof *sorted);
        qsort(sorted, given->count, sizeof *sorted, by_number);
    }
    for (size_t i = 0; i < given->count && status == CORNU_OK; i++) {
        status = set_label(index, i, given->items[i]);
        if (status != CORNU_OK || (i > 0 && sorted[i] == sorted[i - 1])) continue;
        index->classes[index->class_count] = cornu_format_("%lld", (long long)sorted[i]);
        if (index->classes[index->class_count]) index->class_count++;
        else status = CORNU_ENOMEM;
    }
    cornu_free_(sorted);
    return status;
}

static cornu_status shuffle(cornu_file_index *index, int64_t seed) {
    size_t count = index->count;
    int64_t *order = cornu_alloc_array_(count, sizeof *order);
    char **paths = cornu_alloc_array_(count, sizeof *paths);
    int32_t *labels = cornu_alloc_array_(count, sizeof *labels);
    cornu_status status = order && paths && labels ? CORNU_OK : CORNU_ENOMEM;
    if (seed == CORNU_NONE) seed = cornu_random_next_seed();
    for (size_t i = 0; i < count && status == CORNU_OK; i++) order[i] = (int64_t)i;
    /* as Keras does, so that the same seed parts the same files */
    if (status == CORNU_OK) cornu_numpy_shuffle_((uint32_t)seed, order, (int64_t)count);
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        paths[i] = index->paths[order[i]];
        labels[i] = index->labels[order[i]];
    }
    if (status == CORNU_OK) {
        memcpy(index->paths, paths, count * sizeof *paths);
        memcpy(index->labels, labels, count * sizeof *labels);
    }
    cornu_free_(order);
    cornu_free_(paths);
    cornu_free_(labels);
    return status;
}

static cornu_status check(const cornu_file_index_args *args) {
    double split = args->validation_split;
    bool known = !args->subset || strcmp(args->subset, "training") == 0 ||
                 strcmp(args->subset, "validation") == 0;
    bool listed = args->label_list.count > 0;
    if (!args->directory) return cornu_error_null("directory");
    if (split != 0 && !(split > 0 && split < 1))
        CORNU_FAIL(CORNU_EINVAL, "validation_split must be between 0 and 1, got %g", split);
    if ((split != 0) != (args->subset != NULL))
        CORNU_FAIL(CORNU_EINVAL, "validation_split and subset belong together");
    if (!known)
        CORNU_FAIL(
            CORNU_EINVAL, "subset must be \"training\", \"validation\" or \"both\", got \"%s\"",
            args->subset
        );
    if (split != 0 && args->shuffle && args->seed == CORNU_NONE)
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split of shuffled files needs a seed, so that the parts do "
                          "not overlap"
        );
    if (!args->labelled && args->class_names.count)
        CORNU_FAIL(CORNU_EINVAL, "class_names without labels");
    if (listed && !args->labelled) CORNU_FAIL(CORNU_EINVAL, "label_list beside labels = NULL");
    if (listed && args->class_names.count)
        CORNU_FAIL(CORNU_EINVAL, "class_names beside label_list, whose numbers are the classes");
    return CORNU_OK;
}

/* Keeps the part from `first` on. */
static void keep(cornu_file_index *index, size_t first, size_t count) {
    for (size_t i = 0; i < index->count; i++) {
        if (i < first || i >= first + count) {
            cornu_free_(index->paths[i]);
            continue;
        }
        index->paths[i - first] = index->paths[i];
        index->labels[i - first] = index->labels[i];
    }
    index->count = count;
}

cornu_status cornu_file_index_make_(cornu_file_index *index, const cornu_file_index_args *args) {
    *index = (cornu_file_index){0};
    CORNU_TRY(check(args));
    bool by_folder = args->labelled && args->label_list.count == 0;
    if (by_folder) CORNU_TRY(search_classes(index, args));
    else CORNU_TRY(search(index, args, args->directory, 0));
    if (args->labelled && !by_folder) CORNU_TRY(label_files(index, args));
    if (args->labelled && index->class_count == 0)
        CORNU_FAIL(CORNU_EINVAL, "'%s' has no folder, which would be a class", args->directory);
    if (args->shuffle && index->count > 1) CORNU_TRY(shuffle(index, args->seed));
    size_t held = (size_t)(args->validation_split * (double)index->count);
    if (args->subset && held == 0 && index->count > 0)
        CORNU_FAIL(
            CORNU_EINVAL, "validation_split %g of %zu files leaves none to validate with",
            args->validation_split, index->count
        );
    if (args->subset && strcmp(args->subset, "training") == 0) keep(index, 0, index->count - held);
    else if (args->subset) keep(index, index->count - held, held);
    if (index->count > 0) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "'%s' has no file for this dataset (they end in %s)", args->directory,
        args->endings[0]
    );
}

void cornu_file_index_free_(cornu_file_index *index) {
    for (size_t i = 0; i < index->count; i++) cornu_free_(index->paths[i]);
    for (size_t i = 0; i < index->class_count; i++) cornu_free_(index->classes[i]);
    cornu_free_(index->paths);
    cornu_free_(index->labels);
    cornu_free_(index->classes);
    *index = (cornu_file_index){0};
}

/* ---- labels ---------------------------------------------------------------------------------- */

cornu_status cornu_label_mode_of_(const char *labels, const char *mode, cornu_label_mode *found) {
    static const struct {
        const char *name;
        cornu_label_mode mode;
    } modes[] = {
        {"int", CORNU_LABELS_INT},
        {"categorical", CORNU_LABELS_CATEGORICAL},
        {"binary", CORNU_LABELS_BINARY}};
    *found = CORNU_LABELS_NONE;
    if (labels && strcmp(labels, "inferred") != 0)
        CORNU_FAIL(CORNU_EINVAL, "labels must be \"inferred\" or NULL, got \"%s\"", labels);
    if (!labels || !mode) return CORNU_OK;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(modes[i].name, mode) == 0) return *found = modes[i].mode, CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "label_mode must be \"int\", \"categorical\", \"binary\" or NULL, got \"%s\"",
        mode
    );
}

cornu_status cornu_check_labels_(const cornu_file_index *index, cornu_label_mode mode) {
    /* one-hot vectors have places for as many classes as there are */
    bool vectors = mode == CORNU_LABELS_CATEGORICAL || mode == CORNU_LABELS_BINARY;
    for (size_t i = 0; vectors && i < index->count; i++)
        if (index->labels[i] < 0 || (size_t)index->labels[i] >= index->class_count)
            CORNU_FAIL(
                CORNU_EINVAL, "label %d of '%s' is none of 0 .. %zu: %zu classes were counted",
                index->labels[i], index->paths[i], index->class_count - 1, index->class_count
            );
    return CORNU_OK;
}

cornu_tensor *cornu_file_labels_(
    const cornu_file_index *index, cornu_label_mode mode, const int64_t *samples, int64_t count
) {
    int64_t classes = (int64_t)index->class_count;
    cornu_shape shape = mode == CORNU_LABELS_INT      ? cornu_shape(count)
                        : mode == CORNU_LABELS_BINARY ? cornu_shape(count, 1)
                                                      : cornu_shape(count, classes);
    cornu_tensor *made =
        cornu_tensor_new(mode == CORNU_LABELS_INT ? CORNU_INT32 : CORNU_FLOAT32, shape);
    for (int64_t i = 0; made && i < count; i++) {
        int32_t label = index->labels[samples[i]];
        if (mode == CORNU_LABELS_INT) ((int32_t *)made->storage->data)[i] = label;
        else if (mode == CORNU_LABELS_BINARY) ((float *)made->storage->data)[i] = (float)label;
        else ((float *)made->storage->data)[i * classes + label] = 1;
    }
    return made;
}
