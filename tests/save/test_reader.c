/* HDF5 read in another process (cornu-read): it gives what reading in this one gives, its end is a
 * message here, and its answers are not believed. */
#include "base/memory.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "save/hdf5.h"
#include "save/hdf5_remote.h"
#include "support/support.h"
#include "tensor/tensor.h"

#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ----------------------------------------------------------------------------------- */

/* A dataset "0" of `rows` rows of 1024 floats, packed by gzip and shuffle if `packed`. */
static cornu_input *with_rows(int64_t rows, bool packed) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), properties = H5Pcreate(H5P_DATASET_CREATE);
    ck_assert(H5Pset_fapl_core(access, 1 << 24, false) >= 0);
    hsize_t dims[2] = {(hsize_t)rows, 1024}, chunk[2] = {64, 1024};
    if (packed) {
        ck_assert(H5Pset_chunk(properties, 2, chunk) >= 0 && H5Pset_shuffle(properties) >= 0);
        ck_assert(H5Pset_deflate(properties, 1) >= 0);
    }
    hid_t file = H5Fcreate("rows", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    hid_t space = H5Screate_simple(2, dims, NULL);
    float *values = cornu_alloc_array_((size_t)rows * 1024, sizeof *values);
    ck_assert_ptr_nonnull(values);
    uint32_t state = 1; /* bits that hardly compress, as those of weights */
    for (int64_t i = 0; i < rows * 1024; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)state * 0x1p-31f;
    }
    hid_t set = H5Dcreate2(file, "0", H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    ck_assert(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    cornu_free_(values);
    ck_assert(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
    ssize_t size = H5Fget_file_image(file, NULL, 0);
    char *image = cornu_alloc_((size_t)size);
    ck_assert(H5Fget_file_image(file, image, (size_t)size) == size);
    H5Sclose(space), H5Fclose(file), H5Pclose(access), H5Pclose(properties);
    cornu_input *input = NULL;
    assert_ok(cornu_input_scratch_(&input, "rows"));
    assert_ok(cornu_input_append_(input, image, (size_t)size));
    cornu_free_(image);
    return input;
}

/* A second input of the same bytes. */
static cornu_input *again(const cornu_input *input) {
    cornu_input *part = NULL;
    assert_ok(cornu_input_part_(&part, input, 0, cornu_input_size_(input)));
    return part;
}

static cornu_h5 *opened(const cornu_input *input, bool trusted) {
    cornu_h5 *file = NULL;
    assert_ok(cornu_h5_open_input_(&file, again(input), trusted));
    return file;
}

START_TEST(both_ways_give_the_same_values) {
    cornu_input *input = with_rows(100, _i);
    const cornu_shape shape = cornu_shape(100, 1024);
    cornu_tensor *values[2];
    for (int trusted = 0; trusted < 2; trusted++) {
        cornu_h5 *file = opened(input, trusted);
        cornu_h5_found found;
        assert_ok(cornu_h5_find_(file, "0", &found));
        ck_assert_int_eq(found.kind, CORNU_H5_DATASET);
        ck_assert_int_eq(found.dtype, CORNU_FLOAT32);
        ck_assert(cornu_shape_equal(&found.shape, &shape));
        ck_assert((found.place == CORNU_H5_NOWHERE) == (_i != 0));
        values[trusted] = cornu_tensor_new(CORNU_FLOAT64, shape);
        void *data = cornu_tensor_data_mut(values[trusted]);
        assert_ok(cornu_h5_read_(file, "0", CORNU_FLOAT64, &shape, data));
        assert_ok(cornu_h5_find_(file, "1", &found));
        ck_assert_int_eq(found.kind, CORNU_H5_NOTHING);
        cornu_shape other = cornu_shape(7);
        assert_fails(
            cornu_h5_read_(file, "0", CORNU_FLOAT64, &other, data), CORNU_ESHAPE,
            "expected (7,), found (100, 1024)"
        );
        cornu_h5_close_(file);
    }
    ck_assert(cornu_tensor_equal(values[0], values[1]));
    for (int i = 0; i < 2; i++) cornu_tensor_free(values[i]);
    cornu_input_close_(input);
}
END_TEST

/* More rows than are asked for at once, so that slots of shared memory are taken in turn; the last
 * part is shorter. */
START_TEST(rows_that_come_in_parts_are_all_there) {
    const int64_t rows = 2000;
    cornu_input *input = with_rows(rows, true);
    const cornu_shape shape = cornu_shape(rows, 1024);
    cornu_tensor *values[2];
    for (int trusted = 0; trusted < 2; trusted++) {
        cornu_h5 *file = opened(input, trusted);
        cornu_h5_found found;
        assert_ok(cornu_h5_find_(file, "0", &found));
        ck_assert(found.rows > 0 && found.rows % 64 == 0 && found.rows < rows / 2);
        values[trusted] = cornu_tensor_new(CORNU_FLOAT32, shape);
        void *data = cornu_tensor_data_mut(values[trusted]);
        assert_ok(cornu_h5_read_(file, "0", CORNU_FLOAT32, &shape, data));
        cornu_h5_close_(file);
    }
    ck_assert(cornu_tensor_equal(values[0], values[1]));
    for (int i = 0; i < 2; i++) cornu_tensor_free(values[i]);
    cornu_input_close_(input);
}
END_TEST

/* ---- no reader, broken readers, lying readers ------------------------------------------------ */

static void write_reader(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(chmod(path, 0700), 0);
    setenv("CORNU_READER", path, 1);
}

START_TEST(without_a_reader_only_trusted_files_are_read) {
    cornu_input *input = with_rows(1, false);
    cornu_h5 *file = NULL;
    setenv("CORNU_READER", "/nowhere/cornu-read", 1);
    assert_fails(
        cornu_h5_open_input_(&file, again(input), false), CORNU_EUNSUPPORTED,
        "no program '/nowhere/cornu-read', which CORNU_READER names"
    );
    ck_assert_ptr_null(file);
    cornu_h5_close_(opened(input, true));
    unsetenv("CORNU_READER");
    cornu_input_close_(input);
}
END_TEST

START_TEST(the_end_of_a_reader_is_a_message) {
    static const struct {
        const char *script, *part;
    } ends[] = {
        {"#!/bin/sh\nexit 0\n", "sudden end"},
        {"#!/bin/sh\nkill -SEGV $$\n", "sudden end: Segmentation fault"},
        {"#!/bin/sh\nkill -ALRM $$\n", "sudden end: it took too long"},
        {"#!/bin/sh\nexit 127\n", "cannot be started"},
        {"#!/bin/sh\nhead -c 65536 /dev/zero >&3\nread line <&3\n", "another version"},
        {"#!/bin/sh\nprintf short >&3\n", "sudden end"},
    };
    cornu_input *input = with_rows(1, false);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        cornu_h5 *file = NULL;
        write_reader("./reader.sh", ends[i].script);
        cornu_status status = cornu_h5_open_input_(&file, again(input), false);
        ck_assert_int_ne(status, CORNU_OK);
        ck_assert_ptr_null(file);
        assert_fails(cornu_error_status(), status, ends[i].part);
    }
    unsetenv("CORNU_READER");
    cornu_input_close_(input);
}
END_TEST

/* A reader that was taken over by its file: each of these answers must be found out. */
START_TEST(answers_are_checked) {
    setenv("CORNU_READER", CORNU_LIAR, 1);
    static const char *const lies[] = {"rank",   "negative", "wraps", "outside",
                                       "beyond", "dtype",    "kind"};
    cornu_input *input = with_rows(1, false);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        cornu_h5_found found;
        cornu_h5 *file = opened(input, false);
        assert_fails(cornu_h5_find_(file, lies[i], &found), CORNU_EFORMAT, "cannot be true");
        ck_assert_int_eq(found.kind, CORNU_H5_NOTHING);
        /* and it is not asked again */
        assert_fails(cornu_h5_find_(file, "honest", &found), CORNU_EFORMAT, "to an end before");
        cornu_h5_close_(file);
    }
    cornu_h5_found found;
    cornu_h5 *file = opened(input, false);
    assert_ok(cornu_h5_find_(file, "honest", &found));
    assert_fails(cornu_h5_find_(file, "words", &found), CORNU_EFORMAT, "??words");
    cornu_h5_close_(file);
    unsetenv("CORNU_READER");
    cornu_input_close_(input);
}
END_TEST

/* ---- what the reader gives up ---------------------------------------------------------------- */

#ifndef __SANITIZE_ADDRESS__ /* under which nothing is confined, and tests are not forked */
static void confined(void) {
    assert_ok(cornu_sandbox_enter_(CORNU_PROCESS_CHANNEL, 5, (uint64_t)1 << 28));
}

START_TEST(a_confined_process_cannot_open_files) {
    confined();
    (void)open("/etc/passwd", O_RDONLY);
}
END_TEST

START_TEST(a_confined_process_cannot_start_programs) {
    confined();
    char *arguments[] = {(char *)(uintptr_t) "/bin/true", NULL};
    execv(arguments[0], arguments);
}
END_TEST

START_TEST(a_confined_process_cannot_write_elsewhere) {
    confined();
    (void)!write(4, "x", 1);
}
END_TEST

START_TEST(a_confined_process_comes_to_an_end) {
    cornu_sandbox_limit_(1);
    for (volatile unsigned i = 0;; i++) (void)i;
}
END_TEST
#endif

CORNU_TESTS(reader) {
    TCase *tc = cornu_test_case(suite, "reader");
    tcase_add_loop_test(tc, both_ways_give_the_same_values, 0, 2);
    tcase_add_test(tc, rows_that_come_in_parts_are_all_there);
    tcase_add_test(tc, without_a_reader_only_trusted_files_are_read);
    tcase_add_test(tc, the_end_of_a_reader_is_a_message);
    tcase_add_test(tc, answers_are_checked);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test_raise_signal(tc, a_confined_process_cannot_open_files, SIGSYS);
    tcase_add_test_raise_signal(tc, a_confined_process_cannot_start_programs, SIGSYS);
    tcase_add_test_raise_signal(tc, a_confined_process_cannot_write_elsewhere, SIGSYS);
    tcase_add_test_raise_signal(tc, a_confined_process_comes_to_an_end, SIGPROF);
#endif
}
