/* IDX files, plain or gzip'd: two zero bytes, a type, a rank, big-endian sizes, the elements.
 * http://yann.lecun.com/exdb/mnist/ ("The IDX file format") */
#include "tensor/tensor.h"
#include <cornu/data.h>
#include <errno.h>
#include <string.h>
#include <zlib.h>

/* The types of the format that cornu has; 0x08 unsigned byte, 0x09 signed byte, 0x0B int16, 0x0C
 * int32, 0x0D float, 0x0E double. */
static bool type_of(uint8_t code, cornu_dtype *dtype) {
    static const struct {
        uint8_t code;
        cornu_dtype dtype;
    } types[] = {
        {0x08, CORNU_UINT8}, {0x09, CORNU_INT8},    {0x0B, CORNU_INT16},
        {0x0C, CORNU_INT32}, {0x0D, CORNU_FLOAT32}, {0x0E, CORNU_FLOAT64},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].code == code) return *dtype = types[i].dtype, true;
    }
    return false;
}

/* gzread takes an int; files cut short give less than was asked for. */
static cornu_status read_exactly(gzFile file, void *target, size_t size, const char *path) {
    char *to = target;
    while (size > 0) {
        unsigned part = size > (1u << 30) ? 1u << 30 : (unsigned)size;
        int got = gzread(file, to, part);
        if (got <= 0) {
            int code = Z_OK;
            const char *why = gzerror(file, &code);
            CORNU_FAIL(
                CORNU_EFORMAT, "'%s' is cut short or damaged: %zu more bytes expected%s%s", path,
                size, code != Z_OK && code != Z_BUF_ERROR ? ", " : "",
                code != Z_OK && code != Z_BUF_ERROR ? why : ""
            );
        }
        to += got;
        size -= (size_t)got;
    }
    return CORNU_OK;
}

static void from_big_endian(char *data, size_t count, size_t size) {
    for (size_t i = 0; i < count && size > 1; i++, data += size) {
        for (size_t j = 0; j < size / 2; j++) {
            char swapped = data[j];
            data[j] = data[size - 1 - j];
            data[size - 1 - j] = swapped;
        }
    }
}

static cornu_status read_header(
    gzFile file, const char *path, cornu_dtype *dtype, cornu_shape *shape
) {
    uint8_t head[4];
    CORNU_TRY(read_exactly(file, head, sizeof head, path));
    if (head[0] != 0 || head[1] != 0 || !type_of(head[2], dtype)) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' is not an IDX file (it begins with %02x %02x %02x)", path, head[0],
            head[1], head[2]
        );
    }
    if (head[3] > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' has %d axes; at most %d can be read", path, head[3], CORNU_MAX_RANK
        );
    shape->rank = head[3];
    for (int i = 0; i < shape->rank; i++) {
        uint8_t b[4];
        CORNU_TRY(read_exactly(file, b, sizeof b, path));
        shape->dims[i] = (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
    }
    return CORNU_OK;
}

/* Elements in pieces, so that a header that promises more than the file holds does not make us ask
 * for all of it at once: the tensor is made only when the sizes are within what deflate could have
 * packed into the file. */
static cornu_status check_size(const char *path, const cornu_shape *shape, cornu_dtype dtype) {
    int64_t elements;
    size_t bytes;
    CORNU_TRY(cornu_shape_check_(dtype, shape, &elements, &bytes), "'%s'", path);
    FILE *file = fopen(path, "rb");
    if (!file) CORNU_FAIL(CORNU_EIO, "cannot open '%s': %s", path, strerror(errno));
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    fclose(file);
    const int64_t best_ratio = 1032; /* of deflate */
    if (length >= 0 && (int64_t)bytes / best_ratio > length) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' announces %zu bytes of elements but has %ld bytes", path, bytes,
            length
        );
    }
    return CORNU_OK;
}

cornu_tensor *cornu_load_idx(const char *path) {
    if (!path) return (void)cornu_error_null("path"), NULL;
    gzFile file = gzopen(path, "rb"); /* reads plain files as they are */
    if (!file) CORNU_FAIL_NULL(CORNU_EIO, "cannot open '%s': %s", path, strerror(errno));
    cornu_dtype dtype = CORNU_UINT8;
    cornu_shape shape = {0};
    cornu_tensor *tensor = NULL;
    if (read_header(file, path, &dtype, &shape) == CORNU_OK &&
        check_size(path, &shape, dtype) == CORNU_OK &&
        (tensor = cornu_tensor_uninitialised_(dtype, shape)) != NULL) {
        size_t size = cornu_dtype_size(dtype);
        char extra;
        if (read_exactly(file, tensor->storage->data, (size_t)tensor->size * size, path) !=
            CORNU_OK) {
            cornu_tensor_free(tensor);
            tensor = NULL;
        } else if (gzread(file, &extra, 1) == 1) {
            cornu_tensor_free(tensor);
            tensor = NULL;
            (void)cornu_error_set(
                CORNU_EFORMAT, __FILE__, __LINE__, "'%s' has more bytes than its header announces",
                path
            );
        } else {
            from_big_endian(tensor->storage->data, (size_t)tensor->size, size);
        }
    }
    gzclose(file);
    return tensor;
}
