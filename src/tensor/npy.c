/* Reading and writing .npy files. Data is read straight into the tensor. */
#include "tensor/npy.h"

#include "base/file.h"
#include "base/memory.h"
#include "tensor/tensor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* NumPy's bools are 0 or 1; other bytes, which a file may hold, would confuse kernels. */
static void normalise_bools(cornu_tensor *tensor) {
    if (tensor->dtype != CORNU_BOOL) return;
    unsigned char *data = tensor->storage->data;
    for (int64_t i = 0; i < tensor->size; i++) data[i] = data[i] != 0;
}

static cornu_status check_size(const cornu_npy_header *header, size_t available, const char *name) {
    if (available < header->data_size) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' is cut: %zu bytes of data instead of %zu", name, available,
            header->data_size
        );
    }
    if (available > header->data_size) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': %zu bytes follow the data of the array", name,
            available - header->data_size
        );
    }
    return CORNU_OK;
}

cornu_tensor *cornu_npy_from_memory_(const void *bytes, size_t size, const char *name) {
    cornu_npy_header header = {0};
    if (cornu_npy_header_read_(bytes, size, name, &header) != CORNU_OK ||
        check_size(&header, size - header.data_offset, name) != CORNU_OK) {
        return NULL;
    }
    cornu_tensor *tensor =
        cornu_tensor_from(header.dtype, header.shape, (const char *)bytes + header.data_offset);
    if (tensor) normalise_bools(tensor);
    return tensor;
}

static cornu_status read_failed(FILE *file, const char *path) {
    if (ferror(file)) CORNU_FAIL(CORNU_EIO, "'%s': %s", path, strerror(errno));
    CORNU_FAIL(CORNU_EFORMAT, "'%s' is cut", path);
}

static cornu_status read_header(FILE *file, const char *path, cornu_npy_header *header) {
    char start[CORNU_NPY_START];
    size_t got = fread(start, 1, sizeof start, file), end = 0;
    if (got < sizeof start && ferror(file)) return read_failed(file, path);
    CORNU_TRY(cornu_npy_header_end_(start, got, path, &end));
    size_t size = end > sizeof start ? end : sizeof start;
    char *bytes = cornu_alloc_(size);
    if (!bytes) return CORNU_ENOMEM;
    memcpy(bytes, start, sizeof start);
    cornu_status status = CORNU_OK;
    size_t rest = size - sizeof start;
    if (fread(bytes + sizeof start, 1, rest, file) != rest) status = read_failed(file, path);
    if (status == CORNU_OK) status = cornu_npy_header_read_(bytes, size, path, header);
    cornu_free_(bytes);
    return status;
}

/* Asks for the file's length before memory is taken on the word of its header. A pipe has none; it
 * is read as it comes. */
static cornu_status check_file_size(FILE *file, const char *path, const cornu_npy_header *header) {
    long here = ftell(file);
    if (here < 0 || fseek(file, 0, SEEK_END) != 0) return CORNU_OK;
    long end = ftell(file);
    if (end < here || fseek(file, here, SEEK_SET) != 0) return read_failed(file, path);
    return check_size(header, (size_t)(end - here), path);
}

static cornu_tensor *load(FILE *file, const char *path) {
    cornu_npy_header header = {0};
    if (read_header(file, path, &header) != CORNU_OK) return NULL;
    if (check_file_size(file, path, &header) != CORNU_OK) return NULL;
    cornu_tensor *tensor = cornu_tensor_uninitialised_(header.dtype, header.shape);
    if (!tensor) {
        (void)cornu_error_context("'%s'", path);
        return NULL;
    }
    if (header.data_size &&
        fread(tensor->storage->data, 1, header.data_size, file) != header.data_size) {
        (void)read_failed(file, path);
        cornu_tensor_free(tensor);
        return NULL;
    }
    normalise_bools(tensor);
    return tensor;
}

cornu_tensor *cornu_load_npy(const char *path) {
    if (!path) {
        (void)cornu_error_null("cornu_load_npy: path");
        return NULL;
    }
    FILE *file = fopen(path, "rb");
    if (!file) CORNU_FAIL_NULL(CORNU_EIO, "'%s' cannot be opened: %s", path, strerror(errno));
    cornu_tensor *tensor = load(file, path);
    (void)fclose(file);
    return tensor;
}

cornu_status cornu_save_npy(const char *path, const cornu_tensor *tensor) {
    if (!path) return cornu_error_null("cornu_save_npy: path");
    if (!tensor) return cornu_error_null("cornu_save_npy: tensor");
    if (!tensor->storage) {
        CORNU_FAIL(CORNU_ESTATE, "cornu_save_npy: '%s': a symbolic tensor has no values", path);
    }
    if (tensor->dtype == CORNU_STRING)
        CORNU_FAIL(CORNU_EDTYPE, "cornu_save_npy: '%s': strings are not written to .npy", path);
    char header[CORNU_NPY_HEADER_ROOM];
    size_t length = cornu_npy_header_write_(tensor, header);
    cornu_writer writer;
    CORNU_TRY(cornu_writer_open_(&writer, path));
    (void)cornu_writer_write_(&writer, header, length);
    (void)cornu_writer_write_(
        &writer, tensor->storage->data, (size_t)tensor->size * cornu_dtype_size(tensor->dtype)
    );
    return cornu_writer_commit_(&writer);
}
