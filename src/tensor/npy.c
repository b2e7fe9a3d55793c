/* Reading and writing .npy files. Data is read straight into the tensor. */
#include "tensor/npy.h"

#include "base/file.h"
#include "base/input.h"
#include "base/memory.h"
#include "tensor/tensor.h"

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

cornu_status cornu_npy_to_memory_(const cornu_tensor *tensor, char **bytes, size_t *size) {
    const void *data = cornu_tensor_data(tensor);
    if (!data && cornu_error_status() != CORNU_OK) return cornu_error_status(); /* symbolic */
    size_t data_size =
        (size_t)cornu_tensor_size(tensor) * cornu_dtype_size(cornu_tensor_dtype(tensor));
    char header[CORNU_NPY_HEADER_ROOM];
    size_t header_size = cornu_npy_header_write_(tensor, header);
    *size = header_size + data_size;
    *bytes = cornu_alloc_(*size);
    if (!*bytes) return CORNU_ENOMEM;
    memcpy(*bytes, header, header_size);
    if (data) memcpy(*bytes + header_size, data, data_size); /* an empty array may have none */
    return CORNU_OK;
}

static cornu_status read_header(cornu_input *input, cornu_npy_header *header) {
    const char *name = cornu_input_name_(input);
    uint64_t whole = cornu_input_size_(input);
    char start[CORNU_NPY_START] = "";
    size_t got = whole < sizeof start ? (size_t)whole : sizeof start, end = 0;
    CORNU_TRY(cornu_input_read_(input, 0, start, got));
    CORNU_TRY(cornu_npy_header_end_(start, got, name, &end));
    if (end > whole) CORNU_FAIL(CORNU_EFORMAT, "'%s' is cut", name);
    char *bytes = cornu_alloc_(end);
    if (!bytes) return CORNU_ENOMEM;
    cornu_status status = cornu_input_read_(input, 0, bytes, end);
    if (status == CORNU_OK) status = cornu_npy_header_read_(bytes, end, name, header);
    cornu_free_(bytes);
    if (status != CORNU_OK) return status;
    /* the file's length is compared before memory is taken on the word of its header */
    return check_size(header, (size_t)(whole - header->data_offset), name);
}

static cornu_tensor *load(cornu_input *input) {
    cornu_npy_header header = {0};
    if (read_header(input, &header) != CORNU_OK) return NULL;
    cornu_tensor *tensor = cornu_tensor_uninitialised_(header.dtype, header.shape);
    if (!tensor) {
        (void)cornu_error_context("'%s'", cornu_input_name_(input));
        return NULL;
    }
    void *data = tensor->storage->data;
    if (cornu_input_read_(input, header.data_offset, data, header.data_size) != CORNU_OK) {
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
    cornu_input *input = NULL;
    if (cornu_input_open_(&input, path) != CORNU_OK) return NULL;
    cornu_tensor *tensor = load(input);
    cornu_input_close_(input);
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
