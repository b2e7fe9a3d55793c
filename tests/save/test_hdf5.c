/* HDF5 in memory: what is written can be read, what others wrote is believed only as far as it was checked. */
#include "base/memory.h"
#include "save/hdf5.h"
#include "support/support.h"
#include "tensor/tensor.h"

#include <hdf5.h>
#include <string.h>

/* ---- files made here ---------------------------------------------------------------------------------------------- */

/* Opens what `file` has become so far. */
static cornu_h5 *reopened(cornu_h5 *file) {
    char *image;
    size_t size;
    cornu_h5 *opened;
    assert_ok(cornu_h5_image_(file, &image, &size));
    cornu_h5_close_(file);
    assert_ok(cornu_h5_open_(&opened, image, size));
    return opened;
}

static cornu_h5 *with_tensor(cornu_tensor *tensor) {
    cornu_h5 *file;
    assert_ok(cornu_h5_create_(&file, 0));
    assert_ok(cornu_h5_write_group_(file, "layers/dense/vars"));
    assert_ok(cornu_h5_write_tensor_(file, "layers/dense/vars/0", tensor));
    return reopened(file);
}

static cornu_tensor *counting(cornu_dtype dtype, cornu_shape shape) {
    float values[24];
    for (int i = 0; i < 24; i++) values[i] = (float)(dtype == CORNU_BOOL ? i % 3 == 0 : i);
    cornu_tensor *made = NULL;
    CORNU_SCOPE {
        cornu_tensor *floats = cornu_tensor_from(CORNU_FLOAT32, shape, values);
        made = cornu_tensor_new(dtype, shape);
        for (int64_t i = 0; i < cornu_shape_size(&shape); i++) {
            cornu_element_set_(dtype, cornu_tensor_data_mut(made), i, cornu_tensor_get(floats, i));
        }
        cornu_tensor_free(floats);
    }
    return made;
}

START_TEST(every_type_comes_back_bit_equal) {
    cornu_dtype dtype = (cornu_dtype)_i;
    const cornu_shape shapes[] = {cornu_shape(), cornu_shape(5), cornu_shape(2, 3, 4)};
    for (int i = 0; i < 3; i++) {
        cornu_tensor *tensor = counting(dtype, shapes[i]);
        cornu_tensor *back = cornu_tensor_new(dtype, shapes[i]);
        cornu_h5 *file = with_tensor(tensor);
        cornu_h5_found found;
        assert_ok(cornu_h5_find_(file, "layers/dense/vars/0", &found));
        ck_assert_int_eq(found.kind, CORNU_H5_DATASET);
        ck_assert_int_eq(found.dtype, dtype);
        ck_assert(cornu_shape_equal(&found.shape, &shapes[i]));
        void *values = cornu_tensor_data_mut(back);
        assert_ok(cornu_h5_read_(file, "layers/dense/vars/0", dtype, &shapes[i], values));
        ck_assert(cornu_tensor_equal(tensor, back));
        cornu_h5_close_(file);
        cornu_tensor_free(tensor);
        cornu_tensor_free(back);
    }
}
END_TEST

START_TEST(values_are_converted_to_the_wanted_type) {
    cornu_tensor *tensor = counting((cornu_dtype)_i, cornu_shape(2, 3));
    cornu_tensor *back = cornu_tensor_new(CORNU_FLOAT64, cornu_shape(2, 3));
    cornu_h5 *file = with_tensor(tensor);
    assert_ok(cornu_h5_read_(
        file, "layers/dense/vars/0", CORNU_FLOAT64, cornu_tensor_shape(back),
        cornu_tensor_data_mut(back)
    ));
    assert_same(back, tensor, 0, 0);
    cornu_h5_close_(file);
    cornu_tensor_free(tensor);
    cornu_tensor_free(back);
}
END_TEST

START_TEST(what_is_not_there_is_found_to_be_nothing) {
    cornu_tensor *tensor = counting(CORNU_FLOAT32, cornu_shape(2));
    cornu_h5 *file = with_tensor(tensor);
    const char *nothing[] = {"layers/dense_1", "layer", "layers/dense/vars/0/deeper", "vars/0"};
    cornu_h5_found found;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        assert_ok(cornu_h5_find_(file, nothing[i], &found));
        ck_assert_int_eq(found.kind, CORNU_H5_NOTHING);
    }
    assert_ok(cornu_h5_find_(file, "layers/dense", &found));
    ck_assert_int_eq(found.kind, CORNU_H5_GROUP);
    float value[3];
    cornu_shape shape = cornu_shape(3);
    assert_fails(
        cornu_h5_read_(file, "layers/dense/vars/0", CORNU_FLOAT32, &shape, value), CORNU_ESHAPE,
        "expected (3,), found (2,)"
    );
    assert_fails(
        cornu_h5_read_(file, "layers", CORNU_FLOAT32, &shape, value), CORNU_EFORMAT, "no dataset"
    );
    cornu_h5_close_(file);
    cornu_tensor_free(tensor);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused) {
    cornu_tensor *tensor = counting(CORNU_FLOAT32, cornu_shape(2, 3));
    cornu_h5 *file;
    char *image;
    size_t size;
    assert_ok(cornu_h5_create_(&file, 0));
    assert_ok(cornu_h5_write_group_(file, "layers/dense/vars"));
    assert_ok(cornu_h5_write_tensor_(file, "layers/dense/vars/0", tensor));
    assert_ok(cornu_h5_image_(file, &image, &size));
    cornu_h5_close_(file);
    for (size_t length = 0; length < size; length += 97) {
        char *cut = cornu_alloc_(length);
        memcpy(cut, image, length);
        cornu_h5 *opened;
        assert_fails(cornu_h5_open_(&opened, cut, length), CORNU_EFORMAT, "HDF5");
        ck_assert_ptr_null(opened);
    }
    cornu_free_(image);
    cornu_tensor_free(tensor);
}
END_TEST

/* ---- files that others made --------------------------------------------------------------------------------------- */

/* A file made with libhdf5 itself by `fill`, opened by cornu. */
static cornu_h5 *foreign(void (*fill)(hid_t file)) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    ck_assert(H5Pset_fapl_core(access, 1 << 16, false) >= 0);
    hid_t file = H5Fcreate("foreign", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    ck_assert(file >= 0);
    fill(file);
    ck_assert(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
    size_t size = (size_t)H5Fget_file_image(file, NULL, 0);
    char *image = cornu_alloc_(size);
    ck_assert(H5Fget_file_image(file, image, size) == (ssize_t)size);
    H5Fclose(file);
    H5Pclose(access);
    cornu_h5 *opened;
    assert_ok(cornu_h5_open_(&opened, image, size));
    return opened;
}

/* Dataset "0" of a shape, type and creation properties (closed here); rows of zeros if `write`. */
static void add_dataset(hid_t file, hid_t type, hid_t properties, hsize_t rows, bool write) {
    static const double zeros[4096];
    hid_t space = H5Screate_simple(1, &rows, NULL);
    hid_t dataset = H5Dcreate2(file, "0", type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert(dataset >= 0);
    if (write) ck_assert(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    if (properties != H5P_DEFAULT) H5Pclose(properties);
}

static void soft_link(hid_t file) {
    add_dataset(file, H5T_IEEE_F32LE, H5P_DEFAULT, 4, true);
    ck_assert(H5Lcreate_soft("/0", file, "soft", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    ck_assert(H5Lcreate_external("/etc/x.h5", "/0", file, "out", H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

START_TEST(only_hard_links_are_followed) {
    cornu_h5 *file = foreign(soft_link);
    cornu_h5_found found;
    assert_ok(cornu_h5_find_(file, "0", &found));
    assert_fails(cornu_h5_find_(file, "soft", &found), CORNU_EFORMAT, "soft link");
    assert_fails(cornu_h5_find_(file, "out", &found), CORNU_EFORMAT, "external link");
    assert_fails(cornu_h5_find_(file, "out/further", &found), CORNU_EFORMAT, "external link");
    cornu_h5_close_(file);
}
END_TEST

static void external_storage(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert(H5Pset_external(properties, "/etc/hostname", 0, 16) >= 0);
    add_dataset(file, H5T_IEEE_F32LE, properties, 4, false);
}

static void huge_and_empty(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk = 1024;
    ck_assert(H5Pset_chunk(properties, 1, &chunk) >= 0);
    add_dataset(file, H5T_IEEE_F32LE, properties, (hsize_t)1 << 40, false);
}

static void never_written(hid_t file) { add_dataset(file, H5T_IEEE_F32LE, H5P_DEFAULT, 4, false); }

static void huge_chunk(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk = 1 << 28;
    hsize_t rows = 4, most = H5S_UNLIMITED;
    ck_assert(H5Pset_chunk(properties, 1, &chunk) >= 0);
    hid_t space = H5Screate_simple(1, &rows, &most);
    hid_t dataset =
        H5Dcreate2(file, "0", H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert(dataset >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(properties);
}

static void virtual_layout(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t rows = 4;
    hid_t space = H5Screate_simple(1, &rows, NULL);
    ck_assert(H5Pset_virtual(properties, space, "/etc/x.h5", "0", space) >= 0);
    H5Sclose(space);
    add_dataset(file, H5T_IEEE_F32LE, properties, rows, false);
}

static void text_values(hid_t file) { add_dataset(file, H5T_C_S1, H5P_DEFAULT, 4, true); }

static void odd_filter(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk = 16;
    ck_assert(H5Pset_chunk(properties, 1, &chunk) >= 0 && H5Pset_nbit(properties) >= 0);
    add_dataset(file, H5T_STD_I32LE, properties, 16, true);
}

START_TEST(datasets_that_cannot_be_trusted_are_refused) {
    const struct {
        void (*fill)(hid_t file);
        cornu_status status;
        const char *part;
    } cases[] = {
        {external_storage, CORNU_EFORMAT, "another file"},
        {huge_and_empty, CORNU_EFORMAT, "claims"},
        {never_written, CORNU_EFORMAT, "claims"},
        {huge_chunk, CORNU_EFORMAT, "chunks"},
        {virtual_layout, CORNU_EFORMAT, "virtual"},
        {text_values, CORNU_EFORMAT, "type"},
        {odd_filter, CORNU_EUNSUPPORTED, "filter"},
    };
    cornu_h5 *file = foreign(cases[_i].fill);
    cornu_h5_found found;
    assert_fails(cornu_h5_find_(file, "0", &found), cases[_i].status, cases[_i].part);
    cornu_h5_close_(file);
}
END_TEST

static void packed(hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk = 1024;
    ck_assert(
        H5Pset_chunk(properties, 1, &chunk) >= 0 && H5Pset_shuffle(properties) >= 0 &&
        H5Pset_deflate(properties, 9) >= 0 && H5Pset_fletcher32(properties) >= 0
    );
    add_dataset(file, H5T_IEEE_F64BE, properties, 4096, true);
}

START_TEST(packed_big_endian_datasets_can_be_read) {
    cornu_h5 *file = foreign(packed);
    cornu_shape shape = cornu_shape(4096);
    float values[4096];
    memset(values, 1, sizeof values);
    assert_ok(cornu_h5_read_(file, "0", CORNU_FLOAT32, &shape, values));
    for (int i = 0; i < 4096; i++) ck_assert_float_eq(values[i], 0);
    cornu_h5_close_(file);
}
END_TEST

CORNU_TESTS(hdf5) {
    TCase *tc = cornu_test_case(suite, "hdf5");
    tcase_add_loop_test(tc, every_type_comes_back_bit_equal, 0, CORNU_DTYPE_COUNT);
    tcase_add_loop_test(tc, values_are_converted_to_the_wanted_type, 0, CORNU_DTYPE_COUNT);
    tcase_add_test(tc, what_is_not_there_is_found_to_be_nothing);
    tcase_add_test(tc, a_file_cut_anywhere_is_refused);
    tcase_add_test(tc, only_hard_links_are_followed);
    tcase_add_loop_test(tc, datasets_that_cannot_be_trusted_are_refused, 0, 7);
    tcase_add_test(tc, packed_big_endian_datasets_can_be_read);
}
