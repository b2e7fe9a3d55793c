/* Reading NumPy's .npz. https://numpy.org/doc/stable/reference/generated/numpy.savez.html */
#include "base/memory.h"
#include "base/text.h"
#include "save/archive.h"
#include "tensor/npy.h"
#include <cornu/save.h>
#include <string.h>

struct cornu_npz {
    char **names;
    cornu_tensor **tensors;
    size_t count;
};

static cornu_status add(cornu_npz *self, cornu_archive *archive, const char *member) {
    char *bytes;
    size_t size, length = strlen(member);
    CORNU_TRY(cornu_archive_read_(archive, member, (uint64_t)1 << 36, &bytes, &size));
    cornu_tensor *tensor = cornu_npy_from_memory_(bytes, size, member);
    cornu_free_(bytes);
    if (!tensor) return cornu_error_status();
    char *name = cornu_strdup_(member);
    if (!name) return cornu_tensor_free(tensor), CORNU_ENOMEM;
    if (cornu_ends_with_(member, ".npy")) name[length - strlen(".npy")] = '\0';
    self->names[self->count] = name;
    self->tensors[self->count++] = tensor;
    return CORNU_OK;
}

static cornu_status read_members(cornu_npz *self, cornu_archive *archive) {
    size_t count = cornu_archive_count_(archive);
    self->names = cornu_alloc_array_(count, sizeof *self->names);
    self->tensors = cornu_alloc_array_(count, sizeof *self->tensors);
    if (!self->names || !self->tensors) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *name = cornu_archive_name_(archive, i);
        if (!name) return cornu_error_status();
        CORNU_TRY(add(self, archive, name));
    }
    return CORNU_OK;
}

cornu_npz *cornu_load_npz(const char *path) {
    if (!path) return (void)cornu_error_null("path"), NULL;
    cornu_archive *archive = NULL;
    cornu_npz *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    cornu_status status = cornu_archive_open_(&archive, path);
    if (status == CORNU_OK) {
        status = read_members(self, archive);
        if (status != CORNU_OK) (void)cornu_error_context("'%s'", path);
    }
    cornu_archive_close_(archive);
    if (status == CORNU_OK) return self;
    cornu_npz_free(self);
    return NULL;
}

void cornu_npz_free(cornu_npz *self) {
    if (!self) return;
    for (size_t i = 0; i < self->count; i++) {
        cornu_free_(self->names[i]);
        cornu_tensor_free(self->tensors[i]);
    }
    cornu_free_(self->names);
    cornu_free_(self->tensors);
    cornu_free_(self);
}

size_t cornu_npz_count(const cornu_npz *self) { return self->count; }

const char *cornu_npz_name(const cornu_npz *self, size_t index) {
    return index < self->count ? self->names[index] : NULL;
}

cornu_tensor *cornu_npz_get(const cornu_npz *self, const char *name) {
    if (!name) return (void)cornu_error_null("name"), NULL;
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->names[i], name) == 0) return self->tensors[i];
    cornu_text names = {0};
    for (size_t i = 0; i < self->count; i++)
        cornu_text_format_(&names, "%s'%s'", i ? ", " : "", self->names[i]);
    char *list = cornu_text_take_(&names);
    if (list)
        (void)cornu_error_set(
            CORNU_EUNKNOWN, __FILE__, __LINE__, "there is no array '%s'; there are: %s", name, list
        );
    cornu_free_(list);
    return NULL;
}
