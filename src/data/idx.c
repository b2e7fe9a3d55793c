/* IDX files, plain or gzip'd: two zero bytes, a type, a rank, big-endian sizes, the elements.
 * http://yann.lecun.com/exdb/mnist/ ("The IDX file format") */
#include "base/input.h"
#include "base/memory.h"
#include "tensor/tensor.h"
#include <cornu/data.h>
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

/* The elements as they come: plain, or unpacked. */
typedef struct idx_source {
    cornu_input *input;
    uint64_t offset; /* of what was not read yet */
    bool packed, ended;
    z_stream stream;
    unsigned char buffer[1 << 14];
} idx_source;

/* Packed files are known by gzip's first bytes, which no IDX file has. */
static cornu_status open_source(idx_source *source, const char *path) {
    unsigned char magic[2] = {0, 0};
    CORNU_TRY(cornu_input_open_(&source->input, path));
    if (cornu_input_size_(source->input) >= sizeof magic) {
        CORNU_TRY(cornu_input_read_(source->input, 0, magic, sizeof magic));
    }
    if (magic[0] != 0x1f || magic[1] != 0x8b) return CORNU_OK;
    const int gzip_alone = 16 + MAX_WBITS;
    if (inflateInit2(&source->stream, gzip_alone) != Z_OK) {
        CORNU_FAIL(CORNU_ENOMEM, "'%s': no memory to unpack", path);
    }
    source->packed = true;
    return CORNU_OK;
}

static void close_source(idx_source *source) {
    if (source->packed) (void)inflateEnd(&source->stream);
    cornu_input_close_(source->input);
}

static cornu_status refill(idx_source *source) {
    uint64_t left = cornu_input_size_(source->input) - source->offset;
    size_t size = left < sizeof source->buffer ? (size_t)left : sizeof source->buffer;
    CORNU_TRY(cornu_input_read_(source->input, source->offset, source->buffer, size));
    source->offset += size;
    source->stream.next_in = source->buffer;
    source->stream.avail_in = (uInt)size;
    return CORNU_OK;
}

/* Up to `size` bytes; *got is less only at the end of the file. */
static cornu_status read_packed(idx_source *source, char *target, size_t size, size_t *got) {
    *got = 0;
    while (*got < size && !source->ended) {
        uInt part = size - *got > (1u << 30) ? 1u << 30 : (uInt)(size - *got);
        source->stream.next_out = (Bytef *)target + *got;
        source->stream.avail_out = part;
        if (source->stream.avail_in == 0) CORNU_TRY(refill(source));
        int code = inflate(&source->stream, Z_NO_FLUSH);
        *got += part - source->stream.avail_out;
        if (code == Z_STREAM_END) {
            /* a file may have several parts, packed one by one */
            bool more =
                source->stream.avail_in > 0 || source->offset < cornu_input_size_(source->input);
            source->ended = !more || inflateReset(&source->stream) != Z_OK;
        } else if (code != Z_OK) { /* Z_BUF_ERROR: the file ends within the stream */
            const char *why = code != Z_BUF_ERROR ? source->stream.msg : NULL;
            CORNU_FAIL(
                CORNU_EFORMAT, "'%s' is cut short or damaged%s%s", cornu_input_name_(source->input),
                why ? ": " : "", why ? why : ""
            );
        }
    }
    return CORNU_OK;
}

static cornu_status read_plain(idx_source *source, char *target, size_t size, size_t *got) {
    uint64_t left = cornu_input_size_(source->input) - source->offset;
    *got = size < left ? size : (size_t)left;
    CORNU_TRY(cornu_input_read_(source->input, source->offset, target, *got));
    source->offset += *got;
    return CORNU_OK;
}

static cornu_status read_some(idx_source *source, void *target, size_t size, size_t *got) {
    return (source->packed ? read_packed : read_plain)(source, target, size, got);
}

static cornu_status read_exactly(idx_source *source, void *target, size_t size) {
    size_t got = 0;
    CORNU_TRY(read_some(source, target, size, &got));
    if (got == size) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s' is cut short or damaged: %zu more bytes expected",
        cornu_input_name_(source->input), size - got
    );
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
    idx_source *source, const char *path, cornu_dtype *dtype, cornu_shape *shape
) {
    uint8_t head[4];
    CORNU_TRY(read_exactly(source, head, sizeof head));
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
        CORNU_TRY(read_exactly(source, b, sizeof b));
        shape->dims[i] = (int64_t)b[0] << 24 | (int64_t)b[1] << 16 | (int64_t)b[2] << 8 | b[3];
    }
    return CORNU_OK;
}

/* The tensor is made only when its size is within what deflate could have packed into the file. */
static cornu_status check_size(
    const idx_source *source, const char *path, const cornu_shape *shape, cornu_dtype dtype
) {
    int64_t elements;
    size_t bytes;
    CORNU_TRY(cornu_shape_check_(dtype, shape, &elements, &bytes), "'%s'", path);
    const uint64_t best_ratio = source->packed ? 1032 : 1,
                   length = cornu_input_size_(source->input);
    if (bytes / best_ratio <= length) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s' announces %zu bytes of elements but has %llu bytes", path, bytes,
        (unsigned long long)length
    );
}

static cornu_tensor *load(idx_source *source, const char *path) {
    cornu_dtype dtype = CORNU_UINT8;
    cornu_shape shape = {0};
    size_t more = 0;
    char extra;
    if (open_source(source, path) != CORNU_OK ||
        read_header(source, path, &dtype, &shape) != CORNU_OK ||
        check_size(source, path, &shape, dtype) != CORNU_OK) {
        return NULL;
    }
    cornu_tensor *tensor = cornu_tensor_uninitialised_(dtype, shape);
    if (!tensor) return NULL;
    size_t size = cornu_dtype_size(dtype);
    cornu_status status = read_exactly(source, tensor->storage->data, (size_t)tensor->size * size);
    if (status == CORNU_OK) status = read_some(source, &extra, 1, &more);
    if (status == CORNU_OK && more > 0) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "'%s' has more bytes than its header announces", path
        );
    }
    if (status != CORNU_OK) {
        cornu_tensor_free(tensor);
        return NULL;
    }
    from_big_endian(tensor->storage->data, (size_t)tensor->size, size);
    return tensor;
}

cornu_tensor *cornu_load_idx(const char *path) {
    if (!path) return (void)cornu_error_null("path"), NULL;
    idx_source *source = cornu_alloc_(sizeof *source);
    if (!source) return NULL;
    cornu_tensor *tensor = load(source, path);
    close_source(source);
    cornu_free_(source);
    return tensor;
}
