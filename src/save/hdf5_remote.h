/* Reading HDF5 in another process: the questions of hdf5.h as messages to the program cornu-read,
 * which confines itself before it looks at the file (reader/main.c). A file on which libhdf5
 * crashes or runs for ever costs that process, not this one. */
#ifndef CORNU_SAVE_HDF5_REMOTE_H
#define CORNU_SAVE_HDF5_REMOTE_H

#include "base/input.h"
#include "save/hdf5.h"

typedef struct cornu_h5_remote cornu_h5_remote;

/* Starts the program and has it open the file; `input` is borrowed for as long as the remote lives.
 * CORNU_EUNSUPPORTED if there is no such program or it cannot confine itself; CORNU_EFORMAT. *new*
 */
cornu_status cornu_h5_remote_open_(cornu_h5_remote **remote, cornu_input *input);
void cornu_h5_remote_close_(cornu_h5_remote *remote); /* NULL is fine */

/* As the functions of hdf5.h without _remote. What comes back is checked as if an enemy had sent
 * it. */
cornu_status cornu_h5_remote_find_(
    cornu_h5_remote *remote, const char *path, cornu_h5_found *found
);
cornu_status cornu_h5_remote_read_(
    cornu_h5_remote *remote, const char *path, cornu_dtype dtype, const cornu_shape *shape,
    void *values
);
cornu_status cornu_h5_remote_rows_(
    cornu_h5_remote *remote, const char *path, const cornu_h5_found *found, int64_t first,
    int64_t count, void *values
);
cornu_status cornu_h5_remote_texts_(
    cornu_h5_remote *remote, const char *path, const char *name, cornu_h5_texts *texts
);

/* ---- messages -------------------------------------------------------------------------------- */
/* A question is this and `path_size` + `name_size` bytes of text without a 0; an answer is this
 * alone. Both sides are of one build: no byte order, but a version in the first answer. */

enum {
    CORNU_H5_WIRE_VERSION = 3,
    CORNU_H5_WIRE_TEXT = 4096, /* the most bytes of a path or name */
    CORNU_H5_WIRE_MESSAGE = 640,
    /* the descriptors that the program gets */
    CORNU_H5_WIRE_FILE = 4,
    CORNU_H5_WIRE_MEMORY = 5
};

typedef enum cornu_h5_what {
    CORNU_H5_ASK_OPEN, /* `offset` and `size`: the range of the file */
    CORNU_H5_ASK_FIND,
    CORNU_H5_ASK_READ, /* values of `dtype` and `shape` into `size` bytes of shared memory */
    /* `rows` of them from the row `offset` on, in the dataset's own type, into `size` bytes from
     * the place `slot` on */
    CORNU_H5_ASK_ROWS,
    /* an attribute's texts, each ended by 0; `size`: the room for them. The answer's kind is
     * CORNU_H5_NOTHING if there is no such attribute */
    CORNU_H5_ASK_TEXTS
} cornu_h5_what;

typedef struct cornu_h5_question {
    uint32_t what;
    uint32_t path_size, name_size;
    uint32_t dtype;
    uint64_t offset, size, rows, slot;
    cornu_shape shape;
} cornu_h5_question;

typedef struct cornu_h5_answer {
    uint32_t version;
    uint32_t status;
    uint32_t kind, dtype;
    cornu_shape shape;
    uint64_t place;       /* of a dataset: see cornu_h5_found */
    int64_t rows;
    uint64_t size, count; /* of texts: bytes, which may be more than there was room for; how many */
    char message[CORNU_H5_WIRE_MESSAGE]; /* of a failure */
} cornu_h5_answer;

#endif
