/* Data in files: .npz archives, HDF5 by slabs, the data sets of Keras. */
#include "base/file.h"
#include "base/memory.h"
#include "save/hdf5.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static cornu_tensor *counting(cornu_dtype dtype, cornu_shape shape) {
    cornu_tensor *made = NULL;
    CORNU_SCOPE {
        double count = (double)cornu_shape_size(&shape);
        made = cornu_tensor_retain(cornu_op_reshape(cornu_op_arange(0, count, 1, dtype), shape));
    }
    ck_assert_ptr_nonnull(made);
    return made;
}

START_TEST(archives_are_read_by_name) {
    cornu_tensor *a = counting(CORNU_FLOAT32, cornu_shape(2, 2)),
                 *b = counting(CORNU_INT64, cornu_shape(3));
    assert_ok(cornu_save_npz(
        "some.npz", (const char *const[]){"a", "b"}, (cornu_tensor *const[]){a, b}, 2
    ));
    cornu_npz *arrays = cornu_load_npz("some.npz");
    assert_ok(arrays);
    ck_assert_uint_eq(cornu_npz_count(arrays), 2);
    ck_assert_str_eq(cornu_npz_name(arrays, 1), "b");
    ck_assert_ptr_null(cornu_npz_name(arrays, 2));
    ck_assert(cornu_tensor_equal(cornu_npz_get(arrays, "a"), a));
    ck_assert(cornu_tensor_equal(cornu_npz_get(arrays, "b"), b));
    assert_fails(cornu_npz_get(arrays, "c"), CORNU_EUNKNOWN, "there are: 'a', 'b'");
    cornu_npz_free(arrays);
    assert_fails(cornu_load_npz("nowhere.npz"), CORNU_EIO, "nowhere.npz");
    assert_ok(cornu_file_write_("bad.npz", "no archive", 10));
    assert_fails(cornu_load_npz("bad.npz"), CORNU_EFORMAT, "bad.npz");
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

/* A file with x [10, 3], y [10] and short [4]. */
static void write_hdf5(const char *path) {
    cornu_h5 *file;
    char *image;
    size_t size;
    cornu_tensor *x = counting(CORNU_FLOAT32, cornu_shape(10, 3)),
                 *y = counting(CORNU_INT32, cornu_shape(10)),
                 *few = counting(CORNU_INT32, cornu_shape(4));
    assert_ok(cornu_h5_create_(&file, 4096));
    assert_ok(cornu_h5_write_group_(file, "data"));
    assert_ok(cornu_h5_write_tensor_(file, "data/x", x));
    assert_ok(cornu_h5_write_tensor_(file, "y", y));
    assert_ok(cornu_h5_write_tensor_(file, "short", few));
    assert_ok(cornu_h5_image_(file, &image, &size));
    cornu_h5_close_(file);
    assert_ok(cornu_file_write_(path, image, size));
    cornu_free_(image);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    cornu_tensor_free(few);
}

START_TEST(rows_of_hdf5_files_are_read_when_they_are_wanted) {
    write_hdf5("rows.h5");
    cornu_dataset *rows = cornu_dataset_from_hdf5(
        "rows.h5", .inputs = cornu_texts("data/x"), .targets = cornu_texts("y"),
        .sample_weight = "y"
    );
    assert_ok(rows);
    ck_assert_int_eq(cornu_dataset_cardinality(rows), 10);
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        const cornu_epoch_plan plan = {
            .batch_size = 4, .shuffle = epoch > 0, .seed = 1, .epoch = epoch, .count = -1};
        cornu_batches *batches = cornu_batches_begin(rows, &plan, true);
        cornu_batch batch;
        int64_t samples = 0, sum = 0;
        do {
            assert_ok(cornu_batches_next(batches, &batch));
            for (int64_t i = 0; i < batch.size; i++) {
                int64_t y = (int64_t)cornu_tensor_get(batch.targets[0], i);
                ck_assert_int_eq((int64_t)cornu_tensor_get(batch.inputs[0], 3 * i + 2), 3 * y + 2);
                ck_assert_int_eq((int64_t)cornu_tensor_get(batch.sample_weight, i), y);
                if (epoch == 0) ck_assert_int_eq(y, samples + i);
                sum += y;
            }
            samples += batch.size;
        } while (!batch.last);
        ck_assert_int_eq(samples, 10);
        ck_assert_int_eq(sum, 45);
        cornu_batches_end(batches);
    }
    cornu_dataset_free(rows);
    cornu_tensor *whole = cornu_load_hdf5("rows.h5", "short");
    assert_values(whole, 0, 0, 1, 2, 3);
    cornu_tensor_free(whole);
    assert_fails(cornu_load_hdf5("rows.h5", "data"), CORNU_EUNKNOWN, "a group");
    assert_fails(cornu_load_hdf5("rows.h5", "data/z"), CORNU_EUNKNOWN, "not in the file");
    assert_fails(
        cornu_dataset_from_hdf5(
            "rows.h5", .inputs = cornu_texts("y"), .targets = cornu_texts("short")
        ),
        CORNU_ESHAPE, "'short' has 4 samples"
    );
    assert_fails(
        cornu_dataset_from_hdf5("none.h5", .inputs = cornu_texts("y")), CORNU_EIO, "none.h5"
    );
}
END_TEST

START_TEST(data_sets_of_keras_are_found_in_the_cache) {
    (void)mkdir("cache", 0777);
    (void)remove("cache/mnist.npz"); /* of an earlier run */
    (void)setenv("CORNU_HOME", "cache", 1);
    (void)setenv("HOME", "nobody", 1);
    (void)unsetenv("CORNU_DATA");
    cornu_dataset *train, *test;
    assert_fails(cornu_load_mnist(&train, &test), CORNU_EIO, "no 'mnist.npz'");
    assert_fails(cornu_load_cifar10(&train, &test), CORNU_EIO, "cifar-10-batches-bin");
    ck_assert_ptr_null(train);
    cornu_tensor *x = counting(CORNU_UINT8, cornu_shape(5, 2, 2)),
                 *y = counting(CORNU_UINT8, cornu_shape(5));
    assert_ok(cornu_save_npz(
        "cache/mnist.npz", (const char *const[]){"x_train", "y_train", "x_test", "y_test"},
        (cornu_tensor *const[]){x, y, x, y}, 4
    ));
    assert_ok(cornu_load_mnist(&train, &test));
    ck_assert_int_eq(cornu_dataset_cardinality(train), 5);
    ck_assert_int_eq(cornu_tensor_dtype(cornu_dataset_target(test, 0)), CORNU_INT32);
    cornu_dataset_free(train);
    cornu_dataset_free(test);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    /* the first of 506 houses that RandomState(113) chooses is number 22 */
    x = counting(CORNU_FLOAT64, cornu_shape(506, 1));
    assert_ok(cornu_save_npz(
        "cache/boston_housing.npz", (const char *const[]){"x", "y"}, (cornu_tensor *const[]){x, x},
        2
    ));
    assert_ok(cornu_load_boston_housing(&train, &test));
    ck_assert_int_eq(cornu_dataset_cardinality(train), 404);
    ck_assert_int_eq(cornu_dataset_cardinality(test), 102);
    ck_assert_double_eq(cornu_tensor_get(cornu_dataset_input(train, 0), 0), 22);
    ck_assert_double_eq(cornu_tensor_get(cornu_dataset_target(train, 0), 1), 202);
    cornu_dataset_free(train);
    cornu_dataset_free(test);
    cornu_tensor_free(x);
}
END_TEST

/* As the files of the binary version: labels before the three planes of each picture. Of the
 * records, number 3 has values; the others are a hole in the file. */
static void write_cifar(const char *path, size_t records, size_t labels) {
    uint8_t bytes[2 + 3072];
    size_t size = labels + 3072;
    bytes[0] = 7;
    bytes[labels - 1] = labels == 1 ? 7 : 8;
    for (size_t k = 0; k < 3072; k++)
        bytes[labels + k] = (uint8_t)(60 * (k / 1024) + k % 1024 / 32);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fseek(file, (long)(3 * size), SEEK_SET);
    fwrite(bytes, 1, size, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(truncate(path, (off_t)(records * size)), 0);
}

/* Element of an image [32, 32, 3]. */
static double pixel(
    const cornu_dataset *data, int64_t image, int64_t y, int64_t x, int64_t channel
) {
    return cornu_tensor_get(
        cornu_dataset_input(data, 0), ((image * 32 + y) * 32 + x) * 3 + channel
    );
}

START_TEST(cifar_is_read_from_its_binary_files) {
    cornu_dataset *train, *test;
    char path[64];
    (void)mkdir("cifar", 0777);
    (void)mkdir("cifar/cifar-10-batches-bin", 0777);
    (void)mkdir("cifar/cifar-100-binary", 0777);
    (void)setenv("CORNU_HOME", "cifar", 1);
    for (int i = 1; i <= 5; i++) {
        snprintf(path, sizeof path, "cifar/cifar-10-batches-bin/data_batch_%d.bin", i);
        write_cifar(path, 10000, 1);
    }
    write_cifar("cifar/cifar-10-batches-bin/test_batch.bin", 9999, 1);
    assert_fails(cornu_load_cifar10(&train, &test), CORNU_EFORMAT, "test_batch.bin");
    write_cifar("cifar/cifar-10-batches-bin/test_batch.bin", 10000, 1);
    assert_ok(cornu_load_cifar10(&train, &test));
    ck_assert_int_eq(cornu_dataset_sample_count(train), 50000);
    ck_assert_int_eq(cornu_dataset_sample_count(test), 10000);
    assert_shape(cornu_dataset_target(train, 0), cornu_shape(50000, 1));
    ck_assert_double_eq(cornu_tensor_get(cornu_dataset_target(train, 0), 10003), 7);
    ck_assert_double_eq(cornu_tensor_get(cornu_dataset_target(train, 0), 10004), 0);
    ck_assert_double_eq(pixel(train, 10003, 7, 9, 0), 7); /* row 7 of the red plane */
    ck_assert_double_eq(pixel(train, 10003, 7, 9, 2), 120 + 7);
    cornu_dataset_free(train);
    cornu_dataset_free(test);
    write_cifar("cifar/cifar-100-binary/train.bin", 50000, 2);
    write_cifar("cifar/cifar-100-binary/test.bin", 10000, 2);
    for (int coarse = 0; coarse < 2; coarse++) {
        assert_ok(cornu_load_cifar100(coarse, &train, &test));
        ck_assert_int_eq(cornu_dataset_sample_count(train), 50000);
        double label = cornu_tensor_get(cornu_dataset_target(test, 0), 3);
        ck_assert_double_eq(label, coarse ? 7 : 8);
        ck_assert_double_eq(pixel(test, 3, 7, 9, 1), 60 + 7);
        cornu_dataset_free(train);
        cornu_dataset_free(test);
    }
    for (int i = 1; i <= 5; i++) {
        snprintf(path, sizeof path, "cifar/cifar-10-batches-bin/data_batch_%d.bin", i);
        (void)remove(path);
    }
    (void)remove("cifar/cifar-10-batches-bin/test_batch.bin");
    (void)remove("cifar/cifar-100-binary/train.bin");
    (void)remove("cifar/cifar-100-binary/test.bin");
}
END_TEST

CORNU_TESTS(datasets) {
    TCase *tc = cornu_test_case(suite, "datasets");
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, archives_are_read_by_name);
    tcase_add_test(tc, rows_of_hdf5_files_are_read_when_they_are_wanted);
    tcase_add_test(tc, data_sets_of_keras_are_found_in_the_cache);
    tcase_add_test(tc, cifar_is_read_from_its_binary_files);
}
