/* The parts of NumPy's array format, for files, archive members and memory.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#ifndef CORNU_TENSOR_NPY_H
#define CORNU_TENSOR_NPY_H

#include <cornu/tensor.h>

enum {
    CORNU_NPY_START = 12,           /* bytes that tell the length of the header (10 in version 1) */
    CORNU_NPY_HEADER_LIMIT = 65536, /* a longer header is refused */
    CORNU_NPY_HEADER_ROOM = 512     /* for cornu_npy_header_write_ */
};

typedef struct cornu_npy_header {
    cornu_dtype dtype;
    cornu_shape shape;
    size_t data_offset; /* from the beginning of the file */
    size_t data_size;
} cornu_npy_header;

/* Looks at the first `size` bytes of a file: where does its header end? With fewer than
 * CORNU_NPY_START the file is cut. `name` is for messages. */
cornu_status cornu_npy_header_end_(const char *bytes, size_t size, const char *name, size_t *end);
/* Parses the first `size` bytes, at least the header. */
cornu_status cornu_npy_header_read_(
    const char *bytes, size_t size, const char *name, cornu_npy_header *header
);
/* Writes a version 1 header into CORNU_NPY_HEADER_ROOM bytes; returns its length, a multiple of
 * 64. */
size_t cornu_npy_header_write_(const cornu_tensor *tensor, char *bytes);

/* A *new* tensor from a whole file in memory. */
cornu_tensor *cornu_npy_from_memory_(const void *bytes, size_t size, const char *name);
/* The bytes of a whole file; *new* memory. CORNU_ESTATE, CORNU_EDTYPE: no numbers. */
cornu_status cornu_npy_to_memory_(const cornu_tensor *tensor, char **bytes, size_t *size);

#endif
