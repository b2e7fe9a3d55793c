/* Arrays on the command line. */
#include "arrays.h"

#include <string.h>

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Formats that the command line is meant to read one day get an answer of their own. */
static cornu_status check_format(const char *path) {
    if (ends_with(path, ".npz") || ends_with(path, ".csv") || strstr(path, ".h5:") != NULL) {
        return cornu_error_set(
            CORNU_EUNSUPPORTED, NULL, 0,
            "'%s': only .npy arrays are supported; numpy.save writes one", path
        );
    }
    return CORNU_OK;
}

cornu_tensor *array_load(const char *path) {
    if (check_format(path) != CORNU_OK) return NULL;
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
    CORNU_TRY(check_format(path));
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
