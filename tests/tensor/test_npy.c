/* .npy files: what NumPy wrote is read and written back byte for byte, damage is told. The files in
 * golden/npy are made by tools/golden_arrays.py. */
#include "support/support.h"

#include "base/file.h"
#include "base/memory.h"
#include "tensor/npy.h"
#include "tensor/tensor.h"

#include <string.h>
#include <unistd.h>

#define GOLDEN(name) CORNU_TESTS_DIR "/golden/npy/" name

static const struct {
    const char *path;
    cornu_dtype dtype;
    double first; /* the rest counts up from it; bools saturate */
} numpy_files[] = {
    {GOLDEN("f2.npy"), CORNU_FLOAT16, -1}, {GOLDEN("f4.npy"), CORNU_FLOAT32, -1},
    {GOLDEN("f8.npy"), CORNU_FLOAT64, -1}, {GOLDEN("i1.npy"), CORNU_INT8, -1},
    {GOLDEN("i2.npy"), CORNU_INT16, -1},   {GOLDEN("i4.npy"), CORNU_INT32, -1},
    {GOLDEN("i8.npy"), CORNU_INT64, -1},   {GOLDEN("u1.npy"), CORNU_UINT8, 0},
};

static void assert_same_bytes(const char *a, const char *b) {
    char *x, *y;
    size_t m, n;
    assert_ok(cornu_file_read_(a, 0, &x, &m));
    assert_ok(cornu_file_read_(b, 0, &y, &n));
    ck_assert_uint_eq(m, n);
    ck_assert_mem_eq(x, y, m);
    cornu_free_(x);
    cornu_free_(y);
}

START_TEST(every_type_of_numpy_is_read_and_written_back_byte_for_byte) {
    cornu_tensor *tensor = cornu_load_npy(numpy_files[_i].path);
    assert_ok(tensor);
    ck_assert_int_eq(cornu_tensor_dtype(tensor), numpy_files[_i].dtype);
    assert_shape(tensor, cornu_shape(2, 3));
    for (int64_t i = 0; i < 6; i++) {
        ck_assert_double_eq(cornu_tensor_get(tensor, i), numpy_files[_i].first + (double)i);
    }
    assert_ok(cornu_save_npy("written.npy", tensor));
    assert_same_bytes("written.npy", numpy_files[_i].path);
    cornu_tensor_free(tensor);
    unlink("written.npy");
}
END_TEST

START_TEST(scalars_vectors_and_empty_arrays_come_back) {
    static const char *const paths[] = {
        GOLDEN("scalar.npy"), GOLDEN("vector.npy"), GOLDEN("empty.npy"), GOLDEN("b1.npy")};
    const cornu_shape shapes[] = {
        cornu_shape(), cornu_shape(3), cornu_shape(0, 3), cornu_shape(2, 3)};
    for (int i = 0; i < 4; i++) {
        cornu_tensor *tensor = cornu_load_npy(paths[i]);
        assert_ok(tensor);
        assert_shape(tensor, shapes[i]);
        assert_ok(cornu_save_npy("written.npy", tensor));
        assert_same_bytes("written.npy", paths[i]);
        cornu_tensor_free(tensor);
    }
    unlink("written.npy");
}
END_TEST

START_TEST(newer_versions_of_the_header_are_read) {
    cornu_tensor *two = cornu_load_npy(GOLDEN("version2.npy"));
    cornu_tensor *three = cornu_load_npy(GOLDEN("version3.npy"));
    assert_values(two, 0, 0, 1, 2, 3, 4, 5);
    ck_assert(cornu_tensor_equal(two, three));
    cornu_tensor_free(two);
    cornu_tensor_free(three);
}
END_TEST

START_TEST(bfloat16_is_written_as_two_void_bytes) {
    cornu_tensor *tensor = cornu_tensor_new(CORNU_BFLOAT16, cornu_shape(2));
    cornu_element_set_(CORNU_BFLOAT16, cornu_tensor_data_mut(tensor), 1, -2.5);
    assert_ok(cornu_save_npy("written.npy", tensor));
    char *bytes;
    size_t size;
    assert_ok(cornu_file_read_("written.npy", 0, &bytes, &size));
    ck_assert_ptr_nonnull(strstr(bytes + 10, "'descr': '<V2'"));
    cornu_tensor *back = cornu_load_npy("written.npy");
    ck_assert(cornu_tensor_equal(tensor, back));
    cornu_free_(bytes);
    cornu_tensor_free(tensor);
    cornu_tensor_free(back);
    unlink("written.npy");
}
END_TEST

START_TEST(files_that_do_not_fit_are_refused_with_the_reason) {
    assert_fails(cornu_load_npy(GOLDEN("big_endian.npy")), CORNU_EFORMAT, "big-endian");
    assert_fails(cornu_load_npy(GOLDEN("fortran.npy")), CORNU_EFORMAT, "Fortran order");
    assert_fails(cornu_load_npy(GOLDEN("unsigned.npy")), CORNU_EFORMAT, "'<u4'");
    assert_fails(cornu_load_npy(GOLDEN("record.npy")), CORNU_EFORMAT, "records");
    assert_fails(cornu_load_npy(GOLDEN("absent.npy")), CORNU_EIO, "absent.npy' cannot be opened");
    assert_fails(cornu_load_npy(CORNU_TESTS_DIR), CORNU_EIO, "folder");
    assert_fails(
        cornu_load_npy(CORNU_TESTS_DIR "/tensor/test_npy.c"), CORNU_EFORMAT, "is not a .npy file"
    );
    assert_fails(cornu_load_npy(NULL), CORNU_EINVAL, "path is NULL");
}
END_TEST

/* A version 1 file with this header text and `data` bytes of zeros, read from memory. */
static cornu_tensor *from_header(const char *text, size_t data) {
    size_t length = strlen(text), size = 10 + length + data;
    char *bytes = cornu_alloc_(size);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (char)length;
    bytes[9] = (char)(length >> 8);
    memcpy(bytes + 10, text, length);
    cornu_tensor *tensor = cornu_npy_from_memory_(bytes, size, "memory");
    cornu_free_(bytes);
    return tensor;
}

START_TEST(headers_may_be_written_in_any_python_way) {
    static const char *const texts[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }",
        "{\"shape\":(2,1),\"fortran_order\":False,\"descr\":\"<f4\"}\n",
        " { 'shape' : ( 2 , 1 , ) , 'descr' : '<f4' , 'fortran_order' : False } \n",
    };
    for (int i = 0; i < 3; i++) {
        cornu_tensor *tensor = from_header(texts[i], 8);
        assert_ok(tensor);
        assert_shape(tensor, cornu_shape(2, 1));
        cornu_tensor_free(tensor);
    }
}
END_TEST

static const struct {
    const char *header;
    size_t data;
    const char *message;
} damages[] = {
    {"", 2, "empty"},
    {"{'descr': '<f4', 'fortran_order': False}", 0, "no 'shape'"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}", 8, "given twice"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}", 8, "'more'"},
    {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}", 8, "True or False"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", 8, "','"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", 8, "a size"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 8, "2^63"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", 8, "larger"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 4, "8 axes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8, "',' or '}'"},
    {"{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", 8, "no counterpart"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8, "the end"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7, "cut: 7 bytes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 9, "1 bytes follow"},
};

START_TEST(damaged_headers_are_told) {
    assert_fails(
        from_header(damages[_i].header, damages[_i].data),
        strstr(damages[_i].message, "larger") ? CORNU_ESHAPE : CORNU_EFORMAT, damages[_i].message
    );
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused_and_takes_no_memory_for_its_data) {
    char *bytes;
    size_t size;
    assert_ok(cornu_file_read_(GOLDEN("version2.npy"), 0, &bytes, &size));
    for (size_t cut = 0; cut < size; cut++) {
        assert_ok(cornu_file_write_("cut.npy", bytes, cut));
        assert_fails(cornu_load_npy("cut.npy"), CORNU_EFORMAT, "cut.npy");
        assert_fails(cornu_npy_from_memory_(bytes, cut, "memory"), CORNU_EFORMAT, "memory");
    }
    cornu_free_(bytes);
    unlink("cut.npy");
}
END_TEST

START_TEST(bytes_of_bools_become_zero_or_one) {
    char bytes[256];
    cornu_tensor *truth = cornu_tensor_new(CORNU_BOOL, cornu_shape(1));
    size_t length = cornu_npy_header_write_(truth, bytes);
    bytes[length] = 7;
    cornu_tensor *back = cornu_npy_from_memory_(bytes, length + 1, "memory");
    ck_assert_int_eq(*(const char *)cornu_tensor_data(back), 1);
    cornu_tensor_free(truth);
    cornu_tensor_free(back);
}
END_TEST

CORNU_TESTS(npy) {
    TCase *tc = cornu_test_case(suite, "npy");
    tcase_add_loop_test(
        tc, every_type_of_numpy_is_read_and_written_back_byte_for_byte, 0,
        (int)(sizeof numpy_files / sizeof numpy_files[0])
    );
    tcase_add_test(tc, scalars_vectors_and_empty_arrays_come_back);
    tcase_add_test(tc, newer_versions_of_the_header_are_read);
    tcase_add_test(tc, bfloat16_is_written_as_two_void_bytes);
    tcase_add_test(tc, files_that_do_not_fit_are_refused_with_the_reason);
    tcase_add_test(tc, headers_may_be_written_in_any_python_way);
    tcase_add_loop_test(tc, damaged_headers_are_told, 0, (int)(sizeof damages / sizeof damages[0]));
    tcase_add_test(tc, a_file_cut_anywhere_is_refused_and_takes_no_memory_for_its_data);
    tcase_add_test(tc, bytes_of_bools_become_zero_or_one);
}
