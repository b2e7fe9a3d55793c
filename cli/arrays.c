/* Arrays on the command line. */
#include "arrays.h"

#include <stdio.h>
#include <string.h>

enum { PATH_ROOM = 4096 };

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* "file.h5:group/dataset" */
static cornu_tensor *load_hdf5(const char *path, const char *file, const char *name) {
    if (name) return cornu_load_hdf5(file, name);
    (void)cornu_error_set(
        CORNU_EINVAL, NULL, 0, "'%s': the dataset is missing; it follows a colon ('%s:name')", path,
        path
    );
    return NULL;
}

/* "file.npz" with one array, or "file.npz:name". */
static cornu_tensor *load_npz(const char *path, const char *name) {
    cornu_npz *archive = cornu_load_npz(path);
    cornu_tensor *chosen = NULL;
    if (!archive) return NULL;
    if (name) {
        chosen = cornu_npz_get(archive, name);
        if (!chosen) (void)cornu_error_context("'%s'", path);
    } else if (cornu_npz_count(archive) == 1) {
        chosen = cornu_npz_get(archive, cornu_npz_name(archive, 0));
    } else {
        (void)cornu_error_set(
            CORNU_EINVAL, NULL, 0, "'%s' has %zu arrays; name one of them behind a colon ('%s:%s')",
            path, cornu_npz_count(archive), path,
            cornu_npz_count(archive) ? cornu_npz_name(archive, 0) : "name"
        );
    }
    cornu_tensor_retain(chosen);
    cornu_npz_free(archive);
    return chosen;
}

/* All columns of a table of numbers, [rows, columns], or "file.csv:column", [rows]. The first line
 * holds the names. */
static cornu_tensor *load_csv(const char *path, const char *name) {
    cornu_csv *table = cornu_load_csv(path);
    cornu_tensor *numbers = NULL, *made = NULL;
    if (!table) return NULL;
    const cornu_texts columns = name ? cornu_texts(name) : (cornu_texts){NULL, 0};
    numbers = cornu_csv_numbers(table, columns, CORNU_FLOAT32);
    if (!numbers) (void)cornu_error_context("'%s'", path);
    made = numbers && name ? cornu_op_reshape(numbers, cornu_shape(cornu_csv_rows(table)))
                           : cornu_tensor_retain(numbers);
    if (made && name) (void)cornu_tensor_retain(made);
    cornu_tensor_free(numbers);
    cornu_csv_free(table);
    return made;
}

/* The text behind the last colon that follows an ending: "a.npz:x" is "a.npz" and "x". */
static bool split_name(const char *path, const char *ending, char *file, const char **name) {
    size_t tail = strlen(ending);
    *name = NULL;
    if (ends_with(path, ending)) return snprintf(file, PATH_ROOM, "%s", path) < PATH_ROOM;
    for (const char *at = strchr(path, ':'); at; at = strchr(at + 1, ':')) {
        size_t length = (size_t)(at - path);
        if (length < tail || length >= PATH_ROOM || strncmp(at - tail, ending, tail) != 0) continue;
        memcpy(file, path, length);
        file[length] = '\0';
        *name = at + 1;
        return **name != '\0';
    }
    return false;
}

cornu_tensor *array_load(const char *path) {
    char file[PATH_ROOM];
    const char *name;
    if (split_name(path, ".npz", file, &name)) return load_npz(file, name);
    if (split_name(path, ".csv", file, &name)) return load_csv(file, name);
    if (split_name(path, ".h5", file, &name) || split_name(path, ".hdf5", file, &name))
        return load_hdf5(path, file, name);
    return cornu_load_npy(path);
}

cornu_status array_load_optional(const char *path, cornu_tensor **tensor) {
    if (!path) return CORNU_OK;
    *tensor = array_load(path);
    return *tensor ? CORNU_OK : cornu_error_status();
}

cornu_status arrays_load(arrays *list, const texts *paths) {
    for (size_t i = 0; i < paths->count; i++) {
        cornu_tensor *tensor = array_load(paths->items[i]);
        if (!tensor) return cornu_error_status();
        list->items[list->count++] = tensor;
    }
    return CORNU_OK;
}

void arrays_free(arrays *list) {
    for (size_t i = 0; i < list->count; i++) cornu_tensor_free(list->items[i]);
    list->count = 0;
}

cornu_tensor_list arrays_list(const arrays *list) {
    return (cornu_tensor_list){list->items, list->count};
}

cornu_tensor *arrays_single(const arrays *list) { return list->count == 1 ? list->items[0] : NULL; }

cornu_tensor_list arrays_several(const arrays *list) {
    return list->count > 1 ? arrays_list(list) : (cornu_tensor_list){NULL, 0};
}

cornu_status arrays_expect(
    const texts *paths, const char *name, size_t expected, const char *what
) {
    if (paths->count == expected) return CORNU_OK;
    USAGE_FAIL(
        "the model has %zu %s%s, but --%s is given %zu time%s", expected, what,
        expected == 1 ? "" : "s", name, paths->count, paths->count == 1 ? "" : "s"
    );
}

cornu_status array_check_output(const char *path) {
    if (!ends_with(path, ".npy")) USAGE_FAIL("'%s': the name of an output must end in .npy", path);
    return CORNU_OK;
}

cornu_status array_save(const char *path, cornu_tensor *tensor) {
    if (cornu_tensor_dtype(tensor) == CORNU_BFLOAT16) {
        tensor = cornu_op_cast(tensor, CORNU_FLOAT32);
        if (!tensor) return cornu_error_status();
    }
    return cornu_save_npy(path, tensor);
}
