/* HDF5 files in memory, as far as Keras' weights files need them. No type of libhdf5 shows here;
 * the files hdf5*.c alone know it. Paths are relative to the root, "layers/dense/vars/0". */
#ifndef CORNU_SAVE_HDF5_H
#define CORNU_SAVE_HDF5_H

#include "base/input.h"
#include <cornu/tensor.h>

typedef struct cornu_h5 cornu_h5;

/* ---- writing ---- */
/* An empty file that will hold about `expected` bytes; *new*. */
cornu_status cornu_h5_create_(cornu_h5 **file, size_t expected);
/* A group and those above it that are missing. CORNU_EINVAL if it is there already. */
cornu_status cornu_h5_write_group_(cornu_h5 *file, const char *path);
/* A string attribute of a group or dataset. */
cornu_status cornu_h5_write_text_(
    cornu_h5 *file, const char *path, const char *name, const char *text
);
/* The same marked as ASCII, as h5py writes what Python has as bytes; and lists of such texts. An
 * empty list is one of numbers, as NumPy makes it. */
cornu_status cornu_h5_write_bytes_(
    cornu_h5 *file, const char *path, const char *name, const char *text
);
cornu_status cornu_h5_write_bytes_list_(
    cornu_h5 *file, const char *path, const char *name, const char *const *texts, size_t count
);
/* A list of texts of one size, padded with zeros: NumPy's arrays of bytes. */
cornu_status cornu_h5_write_padded_list_(
    cornu_h5 *file, const char *path, const char *name, const char *const *texts, size_t count
);
cornu_status cornu_h5_write_tensor_(cornu_h5 *file, const char *path, const cornu_tensor *tensor);
/* The file's bytes; *new* memory (cornu_free_). */
cornu_status cornu_h5_image_(cornu_h5 *file, char **image, size_t *size);

/* ---- reading ---- */
/* Opens a file that somebody else wrote; `input` is taken, also on failure. libhdf5 reads it in
 * another process, which it may crash, unless the file is `trusted`: then in this one.
 * CORNU_EFORMAT; CORNU_EUNSUPPORTED if there can be no such process. *new*. */
cornu_status cornu_h5_open_input_(cornu_h5 **file, cornu_input *input, bool trusted);
/* Bytes in memory, read in this process; `image` is taken, also on failure. */
cornu_status cornu_h5_open_(cornu_h5 **file, char *image, size_t size);

uint64_t cornu_h5_size_(const cornu_h5 *file); /* of a file that is read, in bytes */

/* Makes two files one: what is not in the first is looked for in the second, which is taken. */
void cornu_h5_chain_(cornu_h5 *first, cornu_h5 *second);

/* What a path leads to. */
typedef struct cornu_h5_found {
    enum { CORNU_H5_NOTHING, CORNU_H5_GROUP, CORNU_H5_DATASET, CORNU_H5_OTHER } kind;
    cornu_dtype dtype; /* of a dataset: the type here that holds its values */
    cornu_shape shape;
    uint64_t place; /* where in the file its values lie as they are in memory, or NOWHERE */
    int64_t rows;   /* how many of the first axis are best read at once: whole chunks */
} cornu_h5_found;
#define CORNU_H5_NOWHERE UINT64_MAX

/* Only hard links are followed. CORNU_EFORMAT: the path has a link of another kind, or the dataset
 * cannot be trusted: data outside the file, an unknown filter or type, far more elements declared
 * than stored. */
cornu_status cornu_h5_find_(cornu_h5 *file, const char *path, cornu_h5_found *found);
/* Reads a dataset that must have this shape (CORNU_ESHAPE) and converts it to `dtype`. */
cornu_status cornu_h5_read_(
    cornu_h5 *file, const char *path, cornu_dtype dtype, const cornu_shape *shape, void *values
);

/* The rows first .. first + count - 1 of a dataset that was found to be so, in its own type. Of a
 * dataset in chunks only those with the rows are unpacked. CORNU_EINVAL outside of it. */
cornu_status cornu_h5_read_rows_(
    cornu_h5 *file, const char *path, const cornu_h5_found *found, int64_t first, int64_t count,
    void *values
);

/* Has a dataset this shape? CORNU_ESHAPE, CORNU_EFORMAT if it is none. */
cornu_status cornu_h5_check_shape_(
    const char *path, const cornu_h5_found *found, const cornu_shape *shape
);

/* A string attribute of a group, of either encoding: variable or fixed length. *text is *new*
 * (cornu_free_); NULL if there is no such attribute or group. CORNU_EFORMAT. */
cornu_status cornu_h5_read_text_(cornu_h5 *file, const char *path, const char *name, char **text);

/* A list of texts in one piece of memory. */
typedef struct cornu_h5_texts {
    char **items; /* *new* with all texts behind the pointers; cornu_free_ */
    size_t count;
    bool there; /* the attribute exists */
} cornu_h5_texts;
/* An attribute that is a list of texts; an empty list may have any type. CORNU_EFORMAT. */
cornu_status cornu_h5_read_texts_(
    cornu_h5 *file, const char *path, const char *name, cornu_h5_texts *texts
);

/* NULL is fine. */
void cornu_h5_close_(cornu_h5 *file);

#endif
