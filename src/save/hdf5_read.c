/* Reading HDF5 that somebody else wrote. Nothing is believed before it was checked: only hard links
 * are followed, data must lie inside the file, filters and types are those that weights have, and a
 * dataset cannot claim far more than is stored. The same is refused by Keras
 * (keras/src/saving/saving_lib.py, H5IOStore). */
#include "base/memory.h"
#include "save/hdf5_types.h"
#include "tensor/tensor.h"

#include <string.h>

enum {
    longest_name = 255,
    /* deflate cannot do better than 1032 to 1; together with shuffle's header and rounding a little
       more */
    most_compression = 1100
};

static cornu_status open_here(cornu_h5 *file) {
    char why[CORNU_H5_REASON_SIZE];
    CORNU_H5_ID access = cornu_h5_driven_(file->input);
    if (access < 0) CORNU_FAIL(CORNU_ENOMEM, "HDF5: %s", cornu_h5_reason_(why));
    /* the driver looks at no name; an absolute one keeps the library from asking where it is */
    file->file = H5Fopen("/weights", H5F_ACC_RDONLY, access);
    if (file->file > 0) return CORNU_OK;
    file->file = 0;
    CORNU_FAIL(CORNU_EFORMAT, "not an HDF5 file, or a damaged one: %s", cornu_h5_reason_(why));
}

cornu_status cornu_h5_open_input_(cornu_h5 **file, cornu_input *input, bool trusted) {
    *file = NULL;
    if (cornu_input_size_(input) == 0) {
        cornu_input_close_(input);
        CORNU_FAIL(CORNU_EFORMAT, "not an HDF5 file: it is empty");
    }
    cornu_h5 *made = cornu_alloc_(sizeof *made);
    if (!made) {
        cornu_input_close_(input);
        return CORNU_ENOMEM;
    }
    made->input = input;
    cornu_status status;
    if (trusted) {
        cornu_h5_guard guard;
        cornu_h5_enter_(&guard);
        status = open_here(made);
        cornu_h5_leave_(&guard);
    } else {
        status = cornu_h5_remote_open_(&made->remote, input);
    }
    if (status == CORNU_OK) {
        *file = made;
    } else {
        cornu_h5_close_(made);
    }
    return status;
}

cornu_status cornu_h5_open_(cornu_h5 **file, char *image, size_t size) {
    cornu_input *input = NULL;
    *file = NULL;
    cornu_status status = cornu_input_scratch_(&input, "memory");
    if (status == CORNU_OK) status = cornu_input_append_(input, image, size);
    cornu_free_(image);
    if (status == CORNU_OK) return cornu_h5_open_input_(file, input, true);
    cornu_input_close_(input);
    return status;
}

uint64_t cornu_h5_size_(const cornu_h5 *file) { return cornu_input_size_(file->input); }

/* ---- from path to object --------------------------------------------------------------------- */

/* Opens one member of a group; *child is -1 if there is none. */
static cornu_status open_member(hid_t parent, const char *name, const char *path, hid_t *child) {
    char why[CORNU_H5_REASON_SIZE];
    *child = -1;
    if (H5Iget_type(parent) != H5I_GROUP) return CORNU_OK;
    htri_t there = H5Lexists(parent, name, H5P_DEFAULT);
    if (there == 0) return CORNU_OK;
    H5L_info_t link;
    if (there < 0 || H5Lget_info(parent, name, &link, H5P_DEFAULT) < 0) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' cannot be read: %s", path, cornu_h5_reason_(why));
    }
    if (link.type != H5L_TYPE_HARD) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': '%s' is %s link, which is not followed", path, name,
            link.type == H5L_TYPE_SOFT ? "a soft" : "an external"
        );
    }
    *child = H5Oopen(parent, name, H5P_DEFAULT);
    if (*child >= 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EFORMAT, "'%s' cannot be read: %s", path, cornu_h5_reason_(why));
}

cornu_status cornu_h5_open_path_(hid_t file, const char *path, hid_t *object) {
    hid_t here = H5Gopen2(file, "/", H5P_DEFAULT);
    char why[CORNU_H5_REASON_SIZE];
    *object = -1;
    if (here < 0) CORNU_FAIL(CORNU_EFORMAT, "no root group: %s", cornu_h5_reason_(why));
    for (const char *rest = path; *rest && here >= 0;) {
        size_t length = strcspn(rest, "/");
        char name[longest_name + 1];
        hid_t next = -1;
        cornu_status status = CORNU_OK;
        if (length > 0 && length <= longest_name) {
            memcpy(name, rest, length);
            name[length] = '\0';
            status = open_member(here, name, path, &next);
        }
        cornu_h5_close_id_(&here);
        if (status != CORNU_OK) return status;
        here = next;
        rest += length + (rest[length] == '/');
    }
    *object = here;
    return CORNU_OK;
}

/* ---- checks of a dataset --------------------------------------------------------------------- */

static cornu_status shape_of(hid_t dataset, const char *path, cornu_shape *shape) {
    CORNU_H5_ID space = H5Dget_space(dataset);
    hsize_t dims[H5S_MAX_RANK];
    switch (space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space)) {
    case H5S_SCALAR:
        *shape = cornu_shape();
        return CORNU_OK;
    case H5S_SIMPLE:
        break;
    default:
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has no values", path);
    }
    int rank = H5Sget_simple_extent_dims(space, dims, NULL);
    if (rank < 0 || rank > CORNU_MAX_RANK) {
        CORNU_FAIL(
            CORNU_EFORMAT, "dataset '%s' has %d axes; at most %d can be read", path, rank,
            CORNU_MAX_RANK
        );
    }
    shape->rank = rank;
    for (int i = 0; i < rank; i++) {
        if (dims[i] > INT64_MAX) {
            CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has an impossible shape", path);
        }
        shape->dims[i] = (int64_t)dims[i];
    }
    return CORNU_OK;
}

static cornu_status check_filters(hid_t properties, const char *path) {
    int count = H5Pget_nfilters(properties);
    for (int i = 0; i < count; i++) {
        unsigned flags = 0, settings = 0;
        size_t setting_count = 0;
        H5Z_filter_t filter = H5Pget_filter2(
            properties, (unsigned)i, &flags, &setting_count, NULL, 0, NULL, &settings
        );
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE &&
            filter != H5Z_FILTER_FLETCHER32) {
            CORNU_FAIL(
                CORNU_EUNSUPPORTED,
                "dataset '%s' has the filter %d; gzip, shuffle and fletcher32 can be read", path,
                (int)filter
            );
        }
    }
    return CORNU_OK;
}

/* A chunk is unpacked as a whole, so that its size must be in keeping with the dataset's. */
static cornu_status check_chunks(hid_t properties, const char *path, int rank, uint64_t bytes) {
    hsize_t dims[CORNU_MAX_RANK];
    const uint64_t always_fine = (uint64_t)1 << 24;
    const uint64_t most = bytes > always_fine / 4 ? bytes * 4 : always_fine;
    uint64_t size = 8;
    bool fits = H5Pget_chunk(properties, rank, dims) == rank;
    for (int i = 0; fits && i < rank; i++) {
        fits = dims[i] > 0 && size <= most / dims[i];
        size *= dims[i];
    }
    if (fits) return CORNU_OK;
    CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has chunks far larger than itself", path);
}

/* `bytes`: what the values take in the file if nothing is compressed. */
static cornu_status check_storage(
    const cornu_h5 *file, hid_t dataset, const char *path, int rank, uint64_t bytes
) {
    CORNU_H5_ID properties = H5Dget_create_plist(dataset);
    if (properties < 0) CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' cannot be read", path);
    H5D_layout_t layout = H5Pget_layout(properties);
    if (layout == H5D_CONTIGUOUS && H5Pget_external_count(properties) != 0) {
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' keeps its values in another file", path);
    }
    if (layout != H5D_CONTIGUOUS && layout != H5D_COMPACT && layout != H5D_CHUNKED) {
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' is a virtual one, which is not read", path);
    }
    CORNU_TRY(check_filters(properties, path));
    if (layout == H5D_CHUNKED && bytes) CORNU_TRY(check_chunks(properties, path, rank, bytes));

    uint64_t stored = H5Dget_storage_size(dataset);
    bool inside = true;
    if (layout == H5D_CONTIGUOUS && bytes) {
        haddr_t begin = H5Dget_offset(dataset);
        uint64_t whole = cornu_input_size_(file->input);
        inside = begin != HADDR_UNDEF && begin <= whole && bytes <= whole - begin;
    }
    uint64_t least = layout == H5D_CHUNKED ? bytes / most_compression : bytes;
    if (inside && stored >= least && (stored > 0 || bytes == 0)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "dataset '%s' claims %llu bytes, but the file has %llu for it", path,
        (unsigned long long)bytes, (unsigned long long)(inside ? stored : 0)
    );
}

/* Where the values lie if they are in one piece and need nothing done to them. */
static uint64_t place_of(hid_t dataset, hid_t stored, hid_t memory) {
    CORNU_H5_ID properties = H5Dget_create_plist(dataset);
    if (properties < 0 || H5Pget_layout(properties) != H5D_CONTIGUOUS ||
        H5Pget_nfilters(properties) != 0 || H5Tequal(stored, memory) <= 0) {
        return CORNU_H5_NOWHERE;
    }
    haddr_t begin = H5Dget_offset(dataset);
    return begin == HADDR_UNDEF ? CORNU_H5_NOWHERE : begin;
}

/* Rows of whole chunks, so that none is unpacked twice, and enough of them to be worth a question.
 */
static int64_t rows_at_once(hid_t dataset, const cornu_shape *shape, uint64_t bytes) {
    const uint64_t enough = (uint64_t)1 << 21;
    if (shape->rank == 0 || bytes <= enough) return shape->rank ? shape->dims[0] : 1;
    uint64_t row = bytes / (uint64_t)shape->dims[0], step = 1;
    hsize_t chunk[CORNU_MAX_RANK];
    CORNU_H5_ID properties = H5Dget_create_plist(dataset);
    if (properties >= 0 && H5Pget_layout(properties) == H5D_CHUNKED &&
        H5Pget_chunk(properties, shape->rank, chunk) == shape->rank) {
        step = chunk[0];
    }
    uint64_t steps = row * step < enough ? enough / (row * step) : 1;
    return (int64_t)(steps * step);
}

/* Everything about an open dataset; `memory` is the type to read it by (close it). */
static cornu_status inspect(
    const cornu_h5 *file, hid_t dataset, const char *path, cornu_h5_found *found, hid_t *memory
) {
    *memory = -1;
    CORNU_H5_ID type = H5Dget_type(dataset);
    if (type < 0 || !cornu_h5_tensor_type_(type, &found->dtype, memory)) {
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has a type that weights do not have", path);
    }
    if (found->dtype == CORNU_BFLOAT16 && H5Aexists(dataset, "dtype") <= 0) {
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has opaque values without a dtype", path);
    }
    CORNU_TRY(shape_of(dataset, path, &found->shape));
    int64_t count = cornu_shape_size(&found->shape);
    size_t each = H5Tget_size(type);
    if (count < 0 || (each && (uint64_t)count > (uint64_t)INT64_MAX / 8 / each)) {
        CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' has an impossible shape", path);
    }
    CORNU_TRY(check_storage(file, dataset, path, found->shape.rank, (uint64_t)count * each));
    found->place = place_of(dataset, type, *memory);
    found->rows = rows_at_once(dataset, &found->shape, (uint64_t)count * each);
    return CORNU_OK;
}

static cornu_status find(cornu_h5 *file, const char *path, cornu_h5_found *found) {
    CORNU_H5_ID object = -1;
    CORNU_H5_ID memory = -1;
    CORNU_TRY(cornu_h5_open_path_(file->file, path, &object));
    if (object < 0) return CORNU_OK;
    switch (H5Iget_type(object)) {
    case H5I_GROUP:
        found->kind = CORNU_H5_GROUP;
        return CORNU_OK;
    case H5I_DATASET:
        found->kind = CORNU_H5_DATASET;
        return inspect(file, object, path, found, &memory);
    default:
        found->kind = CORNU_H5_OTHER;
        return CORNU_OK;
    }
}

static cornu_status find_in(cornu_h5 *file, const char *path, cornu_h5_found *found) {
    if (file->remote) return cornu_h5_remote_find_(file->remote, path, found);
    *found = (cornu_h5_found){.kind = CORNU_H5_NOTHING};
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = find(file, path, found);
    cornu_h5_leave_(&guard);
    return status;
}

cornu_status cornu_h5_find_(cornu_h5 *file, const char *path, cornu_h5_found *found) {
    do {
        CORNU_TRY(find_in(file, path, found));
    } while (found->kind == CORNU_H5_NOTHING && (file = file->next) != NULL);
    return CORNU_OK;
}

void cornu_h5_chain_(cornu_h5 *first, cornu_h5 *second) {
    while (first->next) first = first->next;
    first->next = second;
}

cornu_status cornu_h5_check_shape_(
    const char *path, const cornu_h5_found *found, const cornu_shape *shape
) {
    char a[256], b[256];
    if (found->kind != CORNU_H5_DATASET) {
        CORNU_FAIL(CORNU_EFORMAT, "there is no dataset '%s'", path);
    }
    if (cornu_shape_equal(shape, &found->shape)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESHAPE, "dataset '%s': expected %s, found %s", path,
        cornu_shape_format(shape, a, sizeof a), cornu_shape_format(&found->shape, b, sizeof b)
    );
}

/* ---- values ---------------------------------------------------------------------------------- */

static cornu_status read_raw(hid_t dataset, const char *path, hid_t memory, void *values) {
    char why[CORNU_H5_REASON_SIZE];
    if (H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' cannot be read: %s", path, cornu_h5_reason_(why));
}

/* The dataset, which must have this shape; close both. */
static cornu_status open_dataset(
    cornu_h5 *file, const char *path, const cornu_shape *shape, cornu_h5_found *found,
    hid_t *dataset, hid_t *memory
) {
    CORNU_TRY(cornu_h5_open_path_(file->file, path, dataset));
    found->kind = CORNU_H5_NOTHING;
    if (*dataset >= 0 && H5Iget_type(*dataset) == H5I_DATASET) {
        found->kind = CORNU_H5_DATASET;
        CORNU_TRY(inspect(file, *dataset, path, found, memory));
    }
    return cornu_h5_check_shape_(path, found, shape);
}

static cornu_status read_rows(
    cornu_h5 *file, const char *path, const cornu_h5_found *wanted, int64_t first, int64_t count,
    void *values
) {
    CORNU_H5_ID dataset = -1;
    CORNU_H5_ID memory = -1;
    cornu_h5_found found;
    CORNU_TRY(open_dataset(file, path, &wanted->shape, &found, &dataset, &memory));
    if (found.dtype != wanted->dtype)
        CORNU_FAIL(CORNU_EDTYPE, "dataset '%s' has another type than before", path);
    hsize_t start[CORNU_MAX_RANK] = {(hsize_t)first}, size[CORNU_MAX_RANK];
    int rank = found.shape.rank;
    for (int i = 0; i < rank; i++) size[i] = (hsize_t)(i ? found.shape.dims[i] : count);
    CORNU_H5_ID stored = H5Dget_space(dataset);
    CORNU_H5_ID flat = H5Screate_simple(rank, size, NULL);
    char why[CORNU_H5_REASON_SIZE];
    if (stored >= 0 && flat >= 0 &&
        H5Sselect_hyperslab(stored, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
        H5Dread(dataset, memory, flat, stored, H5P_DEFAULT, values) >= 0)
        return CORNU_OK;
    CORNU_FAIL(CORNU_EFORMAT, "dataset '%s' cannot be read: %s", path, cornu_h5_reason_(why));
}

static cornu_status read_values(
    cornu_h5 *file, const char *path, cornu_dtype dtype, const cornu_shape *shape, void *values
) {
    CORNU_H5_ID dataset = -1;
    CORNU_H5_ID memory = -1;
    cornu_h5_found found;
    CORNU_TRY(open_dataset(file, path, shape, &found, &dataset, &memory));
    size_t count = (size_t)cornu_shape_size(shape);
    if (count == 0) return CORNU_OK;
    if (found.dtype == dtype && dtype != CORNU_BOOL) {
        return read_raw(dataset, path, memory, values);
    }
    /* bool passes here too: bytes other than 0 and 1 become 1 */
    cornu_dtype between = found.dtype == CORNU_BOOL ? CORNU_UINT8 : found.dtype;
    void *raw = cornu_alloc_array_(count, cornu_dtype_size(between));
    if (!raw) return CORNU_ENOMEM;
    cornu_status status = read_raw(dataset, path, memory, raw);
    if (status == CORNU_OK) cornu_convert_(dtype, values, between, raw, count);
    cornu_free_(raw);
    return status;
}

/* The shard that has something at a path, or the last one. */
static cornu_status shard_with(cornu_h5 *file, const char *path, cornu_h5 **shard) {
    cornu_h5_found found = {.kind = CORNU_H5_NOTHING};
    for (*shard = file; (*shard)->next; *shard = (*shard)->next) {
        CORNU_TRY(find_in(*shard, path, &found));
        if (found.kind != CORNU_H5_NOTHING) break;
    }
    return CORNU_OK;
}

cornu_status cornu_h5_read_(
    cornu_h5 *file, const char *path, cornu_dtype dtype, const cornu_shape *shape, void *values
) {
    CORNU_TRY(shard_with(file, path, &file));
    if (file->remote) {
        return cornu_h5_remote_read_(file->remote, path, dtype, shape, values);
    }
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = read_values(file, path, dtype, shape, values);
    cornu_h5_leave_(&guard);
    return status;
}

cornu_status cornu_h5_read_rows_(
    cornu_h5 *file, const char *path, const cornu_h5_found *found, int64_t first, int64_t count,
    void *values
) {
    const cornu_shape *shape = &found->shape;
    if (shape->rank < 1 || first < 0 || count < 0 || first > shape->dims[0] - count) {
        CORNU_FAIL(CORNU_EINVAL, "dataset '%s' has no such rows", path);
    }
    if (count == 0 || cornu_shape_size(shape) == 0) return CORNU_OK;
    CORNU_TRY(shard_with(file, path, &file));
    if (file->remote) {
        return cornu_h5_remote_rows_(file->remote, path, found, first, count, values);
    }
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = read_rows(file, path, found, first, count, values);
    cornu_h5_leave_(&guard);
    return status;
}
