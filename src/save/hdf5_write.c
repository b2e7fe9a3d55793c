/* Writing HDF5 as h5py does with its defaults: superblock version 0, groups as symbol tables,
 * contiguous datasets without filters and times, variable-length UTF-8 strings. The file comes to
 * be in memory, so that it reaches the disk by cornu's own durable writer. */
#include "base/memory.h"
#include "save/hdf5_types.h"

#include <string.h>

/* How much the memory grows by at a time: small files stay small, large ones are not copied at
 * every step. */
static size_t growth(size_t expected) {
    const size_t least = (size_t)1 << 16, most = (size_t)1 << 26;
    size_t step = expected / 8;
    return step < least ? least : step > most ? most : step;
}

static cornu_status create(cornu_h5 *file, size_t expected) {
    char why[CORNU_H5_REASON_SIZE];
    CORNU_H5_ID access = H5Pcreate(H5P_FILE_ACCESS);
    bool ready = access >= 0 && H5Pset_fapl_core(access, growth(expected), false) >= 0 &&
                 H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) >= 0 &&
                 H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0;
    /* the name is never looked at: the file has no place on disk */
    if (ready) file->file = H5Fcreate("weights", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file->file > 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "an HDF5 file cannot be made: %s", cornu_h5_reason_(why));
}

cornu_status cornu_h5_create_(cornu_h5 **file, size_t expected) {
    *file = NULL;
    cornu_h5 *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = create(made, expected);
    cornu_h5_leave_(&guard);
    if (status == CORNU_OK) {
        *file = made;
    } else {
        cornu_free_(made);
    }
    return status;
}

void cornu_h5_close_(cornu_h5 *file) {
    while (file) {
        cornu_h5 *next = file->next;
        if (file->file > 0) {
            cornu_h5_guard guard;
            cornu_h5_enter_(&guard);
            (void)H5Fclose(file->file);
            cornu_h5_leave_(&guard);
        }
        cornu_h5_remote_close_(file->remote);
        cornu_input_close_(file->input);
        cornu_free_(file);
        file = next;
    }
}

/* Groups above are made as needed. Names are marked as UTF-8 only if they must be: the mark would
 * change the group's layout. */
static hid_t link_properties(const char *path) {
    hid_t properties = H5Pcreate(H5P_LINK_CREATE);
    if (properties < 0) return properties;
    bool ascii = true;
    for (const char *c = path; *c; c++) ascii = ascii && (unsigned char)*c < 0x80;
    if (H5Pset_create_intermediate_group(properties, 1) >= 0 &&
        (ascii || H5Pset_char_encoding(properties, H5T_CSET_UTF8) >= 0)) {
        return properties;
    }
    cornu_h5_close_id_(&properties);
    return -1;
}

static cornu_status write_group(hid_t file, const char *path) {
    char why[CORNU_H5_REASON_SIZE];
    CORNU_H5_ID properties = link_properties(path);
    CORNU_H5_ID group = H5Gcreate2(file, path, properties, H5P_DEFAULT, H5P_DEFAULT);
    if (group >= 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "group '%s' cannot be written: %s", path, cornu_h5_reason_(why));
}

cornu_status cornu_h5_write_group_(cornu_h5 *file, const char *path) {
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = write_group(file->file, path);
    cornu_h5_leave_(&guard);
    return status;
}

/* What an attribute's texts are like: of variable length, or padded to `size` bytes. */
typedef struct text_layout {
    H5T_cset_t set;
    size_t size; /* 0: variable */
} text_layout;

static hid_t text_type(text_layout layout) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, layout.size ? layout.size : H5T_VARIABLE) >= 0 &&
        H5Tset_cset(type, layout.set) >= 0 &&
        H5Tset_strpad(type, layout.size ? H5T_STR_NULLPAD : H5T_STR_NULLTERM) >= 0) {
        return type;
    }
    cornu_h5_close_id_(&type);
    return -1;
}

/* `values`: what the type says, for `space`. */
static cornu_status write_attribute(
    hid_t file, const char *path, const char *name, hid_t type, hid_t space, const void *values
) {
    char why[CORNU_H5_REASON_SIZE];
    CORNU_H5_ID object = H5Oopen(file, *path ? path : "/", H5P_DEFAULT);
    CORNU_H5_ID attribute = -1;
    if (object >= 0 && type >= 0 && space >= 0)
        attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0 && (!values || H5Awrite(attribute, type, values) >= 0)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "attribute '%s' of '%s' cannot be written: %s", name, path,
        cornu_h5_reason_(why)
    );
}

static cornu_status write_text(
    hid_t file, const char *path, const char *name, const char *text, H5T_cset_t set
) {
    CORNU_H5_ID type = text_type((text_layout){.set = set});
    CORNU_H5_ID space = H5Screate(H5S_SCALAR);
    return write_attribute(file, path, name, type, space, &text);
}

cornu_status cornu_h5_write_text_(
    cornu_h5 *file, const char *path, const char *name, const char *text
) {
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = write_text(file->file, path, name, text, H5T_CSET_UTF8);
    cornu_h5_leave_(&guard);
    return status;
}

cornu_status cornu_h5_write_bytes_(
    cornu_h5 *file, const char *path, const char *name, const char *text
) {
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = write_text(file->file, path, name, text, H5T_CSET_ASCII);
    cornu_h5_leave_(&guard);
    return status;
}

static cornu_status write_list(
    hid_t file, const char *path, const char *name, const void *values, size_t count,
    text_layout layout
) {
    hsize_t dims = count;
    CORNU_H5_ID type = count ? text_type(layout) : H5Tcopy(H5T_IEEE_F64LE);
    CORNU_H5_ID space = H5Screate_simple(1, &dims, NULL);
    return write_attribute(file, path, name, type, space, count ? values : NULL);
}

cornu_status cornu_h5_write_bytes_list_(
    cornu_h5 *file, const char *path, const char *name, const char *const *texts, size_t count
) {
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status =
        write_list(file->file, path, name, texts, count, (text_layout){.set = H5T_CSET_ASCII});
    cornu_h5_leave_(&guard);
    return status;
}

cornu_status cornu_h5_write_padded_list_(
    cornu_h5 *file, const char *path, const char *name, const char *const *texts, size_t count
) {
    size_t size = 1;
    for (size_t i = 0; i < count; i++) size = strlen(texts[i]) > size ? strlen(texts[i]) : size;
    char *padded = cornu_alloc_array_(count, size);
    if (!padded) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) memcpy(padded + i * size, texts[i], strlen(texts[i]));
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = write_list(
        file->file, path, name, padded, count, (text_layout){.set = H5T_CSET_ASCII, .size = size}
    );
    cornu_h5_leave_(&guard);
    cornu_free_(padded);
    return status;
}

static cornu_status write_tensor(hid_t file, const char *path, const cornu_tensor *tensor) {
    char why[CORNU_H5_REASON_SIZE];
    const void *data = cornu_tensor_data(tensor);
    if (!data) return cornu_error_context("dataset '%s'", path);
    const cornu_shape *shape = cornu_tensor_shape(tensor);
    hsize_t dims[CORNU_MAX_RANK];
    for (int i = 0; i < shape->rank; i++) dims[i] = (hsize_t)shape->dims[i];

    CORNU_H5_ID type = cornu_h5_file_type_(cornu_tensor_dtype(tensor));
    CORNU_H5_ID space =
        shape->rank ? H5Screate_simple(shape->rank, dims, NULL) : H5Screate(H5S_SCALAR);
    CORNU_H5_ID links = link_properties(path);
    CORNU_H5_ID properties = H5Pcreate(H5P_DATASET_CREATE);
    CORNU_H5_ID dataset = -1;
    if (type >= 0 && space >= 0 && links >= 0 && H5Pset_obj_track_times(properties, false) >= 0) {
        dataset = H5Dcreate2(file, path, type, space, links, properties, H5P_DEFAULT);
    }
    /* the values have the file's layout already: both are little-endian */
    if (dataset >= 0 && (cornu_tensor_size(tensor) == 0 ||
                         H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0)) {
        return CORNU_OK;
    }
    CORNU_FAIL(CORNU_EIO, "dataset '%s' cannot be written: %s", path, cornu_h5_reason_(why));
}

cornu_status cornu_h5_write_tensor_(cornu_h5 *file, const char *path, const cornu_tensor *tensor) {
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = write_tensor(file->file, path, tensor);
    if (status == CORNU_OK && cornu_tensor_dtype(tensor) == CORNU_BFLOAT16) {
        status = write_text(file->file, path, "dtype", "bfloat16", H5T_CSET_UTF8);
    }
    cornu_h5_leave_(&guard);
    return status;
}

static cornu_status image_of(hid_t file, char **image, size_t *size) {
    char why[CORNU_H5_REASON_SIZE];
    ssize_t needed = H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(file, NULL, 0) : -1;
    if (needed <= 0) {
        CORNU_FAIL(CORNU_EIO, "the HDF5 file cannot be completed: %s", cornu_h5_reason_(why));
    }
    *image = cornu_alloc_((size_t)needed);
    if (!*image) return CORNU_ENOMEM;
    if (H5Fget_file_image(file, *image, (size_t)needed) != needed) {
        cornu_free_(*image);
        *image = NULL;
        CORNU_FAIL(CORNU_EIO, "the HDF5 file cannot be completed: %s", cornu_h5_reason_(why));
    }
    *size = (size_t)needed;
    return CORNU_OK;
}

cornu_status cornu_h5_image_(cornu_h5 *file, char **image, size_t *size) {
    *image = NULL;
    *size = 0;
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = image_of(file->file, image, size);
    cornu_h5_leave_(&guard);
    return status;
}
