/* libhdf5 over a cornu_input: a file driver that reads and does nothing else, so that the library
 * sees the bytes of one input and no file system. "HDF5 Virtual File Layer", support.hdfgroup.org
 */
#include "base/memory.h"
#include "save/hdf5_types.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

typedef struct {
    H5FD_t base; /* must be first */
    cornu_input *input;
    haddr_t end; /* what the library takes for the end of the file */
} driven_file;

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most) {
    (void)name;
    (void)most;
    cornu_input *const *input = H5Pget_driver_info(access);
    if (!input || flags & H5F_ACC_RDWR) return NULL;
    driven_file *file = cornu_alloc_(sizeof *file);
    if (!file) return NULL;
    file->input = *input;
    return &file->base;
}

static herr_t driver_close(H5FD_t *base) {
    cornu_free_(base);
    return 0;
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags) {
    (void)base;
    *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t driver_get_end(const H5FD_t *base, H5FD_mem_t kind) {
    (void)kind;
    return ((const driven_file *)base)->end;
}

static herr_t driver_set_end(H5FD_t *base, H5FD_mem_t kind, haddr_t end) {
    (void)kind;
    ((driven_file *)base)->end = end;
    return 0;
}

static haddr_t driver_size(const H5FD_t *base, H5FD_mem_t kind) {
    (void)kind;
    return cornu_input_size_(((const driven_file *)base)->input);
}

static herr_t driver_read(
    H5FD_t *base, H5FD_mem_t kind, hid_t transfer, haddr_t at, size_t size, void *target
) {
    (void)kind;
    (void)transfer;
    cornu_status status = cornu_input_read_(((driven_file *)base)->input, at, target, size);
    if (status == CORNU_OK) return 0;
    cornu_error_clear(); /* the caller says what the library makes of it */
    return -1;
}

static herr_t driver_write(
    H5FD_t *base, H5FD_mem_t kind, hid_t transfer, haddr_t at, size_t size, const void *data
) {
    (void)base;
    (void)kind;
    (void)transfer;
    (void)at;
    (void)size;
    (void)data;
    return -1;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = 513, /* the library leaves 512 and more to others */
#endif
    .name = "cornu",
    .maxaddr = HADDR_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(cornu_input *),
    .open = driver_open,
    .close = driver_close,
    .query = driver_query,
    .get_eoa = driver_get_end,
    .set_eoa = driver_set_end,
    .get_eof = driver_size,
    .read = driver_read,
    .write = driver_write,
    .fl_map = H5FD_FLMAP_SINGLE,
};

hid_t cornu_h5_driven_(cornu_input *input) {
    static hid_t number = -1; /* the guard is held */
    if (number < 0) number = H5FDregister(&driver);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (number >= 0 && access >= 0 && H5Pset_driver(access, number, &input) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0) {
        return access;
    }
    cornu_h5_close_id_(&access);
    return -1;
}
