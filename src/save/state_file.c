/* States as files: a NumPy .npz archive, an array for each key, so that numpy.load opens them. The
 * archive's checksums tell a damaged file. */
#include <cornu/save.h>

#include "base/memory.h"
#include "save/archive.h"
#include "tensor/npy.h"

#include <string.h>

cornu_status cornu_state_save(const cornu_state *state, const char *path) {
    if (!state) return cornu_error_null("state");
    size_t count = cornu_state_count(state);
    const char **keys = cornu_alloc_array_(count + 1, sizeof *keys);
    cornu_tensor **values = cornu_alloc_array_(count + 1, sizeof *values);
    cornu_status status = keys && values ? CORNU_OK : CORNU_ENOMEM;
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        keys[i] = cornu_state_key(state, i);
        values[i] = cornu_state_value(state, i);
    }
    if (status == CORNU_OK) status = cornu_save_npz(path, keys, values, count);
    cornu_free_(keys);
    cornu_free_(values);
    return status;
}

/* `name` is that of a member, "callbacks/0/best.npy". */
static cornu_status read_member(cornu_archive *archive, const char *name, cornu_state *state) {
    size_t length = strlen(name), ending = strlen(".npy");
    if (length <= ending || strcmp(name + length - ending, ".npy") != 0)
        CORNU_FAIL(CORNU_EFORMAT, "'%s' in the archive is no .npy file", name);
    char *data, *key = cornu_format_("%.*s", (int)(length - ending), name);
    size_t size;
    cornu_tensor *value = NULL;
    cornu_status status = key ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK) status = cornu_archive_read_(archive, name, UINT64_MAX, &data, &size);
    if (status == CORNU_OK) {
        value = cornu_npy_from_memory_(data, size, name);
        cornu_free_(data);
        status = value ? cornu_state_set_tensor(state, key, value) : cornu_error_status();
    }
    cornu_tensor_free(value);
    cornu_free_(key);
    return status;
}

cornu_state *cornu_state_load(const char *path) {
    if (!path) return (void)cornu_error_null("path"), NULL;
    cornu_archive *archive;
    if (cornu_archive_open_(&archive, path) != CORNU_OK) return NULL;
    cornu_state *state = cornu_state_new();
    cornu_status status = state ? CORNU_OK : CORNU_ENOMEM;
    size_t count = cornu_archive_count_(archive);
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        const char *name = cornu_archive_name_(archive, i);
        status = name ? read_member(archive, name, state) : cornu_error_status();
    }
    cornu_archive_close_(archive);
    if (status == CORNU_OK) return state;
    (void)cornu_error_context("'%s'", path);
    cornu_state_free(state);
    return NULL;
}
