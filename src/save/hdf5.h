/* HDF5 files in memory, as far as Keras' weights files need them. No type of libhdf5 shows here;
 * the files hdf5*.c alone know it. Paths are relative to the root, "layers/dense/vars/0". */
#ifndef CORNU_SAVE_HDF5_H
#define CORNU_SAVE_HDF5_H

#include <cornu/tensor.h>

typedef struct cornu_h5 cornu_h5;

/* ---- writing ---- */
/* An empty file that will hold about `expected` bytes; *new*. */
cornu_status cornu_h5_create_(cornu_h5 **file, size_t expected);
/* A group and those above it that are missing. CORNU_EINVAL if it is there already. */
cornu_status cornu_h5_write_group_(cornu_h5 *file, const char *path);
/* A string attribute of a group or dataset. */
cornu_status
cornu_h5_write_text_(cornu_h5 *file, const char *path, const char *name, const char *text);
cornu_status cornu_h5_write_tensor_(cornu_h5 *file, const char *path, const cornu_tensor *tensor);
/* The file's bytes; *new* memory (cornu_free_). */
cornu_status cornu_h5_image_(cornu_h5 *file, char **image, size_t *size);

/* ---- reading ---- */
/* Opens the bytes of a file; `image` is taken, also on failure. CORNU_EFORMAT. *new*. */
cornu_status cornu_h5_open_(cornu_h5 **file, char *image, size_t size);

/* What a path leads to. */
typedef struct cornu_h5_found {
    enum { CORNU_H5_NOTHING, CORNU_H5_GROUP, CORNU_H5_DATASET, CORNU_H5_OTHER } kind;
    cornu_dtype dtype; /* of a dataset: the type here that holds its values */
    cornu_shape shape;
} cornu_h5_found;

/* Only hard links are followed. CORNU_EFORMAT: the path has a link of another kind, or the dataset
 * cannot be trusted: data outside the file, an unknown filter or type, far more elements declared
 * than stored. */
cornu_status cornu_h5_find_(cornu_h5 *file, const char *path, cornu_h5_found *found);
/* Reads a dataset that must have this shape (CORNU_ESHAPE) and converts it to `dtype`. */
cornu_status cornu_h5_read_(
    cornu_h5 *file, const char *path, cornu_dtype dtype, const cornu_shape *shape, void *values
);

/* NULL is fine. */
void cornu_h5_close_(cornu_h5 *file);

#endif
