/* NumPy's .npz: a zip archive with a .npy file for each array.
 * https://numpy.org/doc/stable/reference/generated/numpy.savez.html */
#include <cornu/save.h>

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "save/archive.h"
#include "tensor/npy.h"

/* "name.npy"; *new*. */
static char *member_name(const char *name) {
    size_t size = strlen(name) + sizeof ".npy";
    char *text = cornu_alloc_(size);
    if (text) snprintf(text, size, "%s.npy", name);
    return text;
}

static cornu_status check_names(const char *path, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!names[i] || *names[i] == '\0') {
            CORNU_FAIL(CORNU_EINVAL, "'%s': array %zu has no name", path, i);
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(names[i], names[k]) != 0) continue;
            CORNU_FAIL(CORNU_EINVAL, "'%s': two arrays are called '%s'", path, names[i]);
        }
    }
    return CORNU_OK;
}

/* Fills members[0 .. count-1]; after a failure some of them. */
static cornu_status make_members(
    const char *const *names, cornu_tensor *const *tensors, size_t count,
    cornu_archive_member *members
) {
    for (size_t i = 0; i < count; i++) {
        char *bytes = NULL;
        if (!tensors[i]) return cornu_error_null(names[i]);
        members[i].name = member_name(names[i]);
        if (!members[i].name) return CORNU_ENOMEM;
        CORNU_TRY(
            cornu_npy_to_memory_(tensors[i], &bytes, &members[i].size), "array '%s'", names[i]
        );
        members[i].data = bytes;
    }
    return CORNU_OK;
}

cornu_status cornu_save_npz(
    const char *path, const char *const *names, cornu_tensor *const *tensors, size_t count
) {
    if (!path) return cornu_error_null("path");
    CORNU_TRY(check_names(path, names, count));
    cornu_archive_member *members = cornu_alloc_array_(count + 1, sizeof *members);
    if (!members) return CORNU_ENOMEM;
    memset(members, 0, (count + 1) * sizeof *members);
    cornu_status status = make_members(names, tensors, count, members);
    if (status == CORNU_OK) status = cornu_archive_write_(path, members, count);
    for (size_t i = 0; i < count; i++) {
        cornu_free_((void *)members[i].name);
        cornu_free_((void *)members[i].data);
    }
    cornu_free_(members);
    return status;
}
