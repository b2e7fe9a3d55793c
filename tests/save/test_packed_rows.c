/* HDF5 datasets in chunks and packed, larger than what may be in memory: rows come by slabs. */
#include "support/support.h"
#include <cornu/cornu.h>
#include <hdf5.h>
#include <string.h>

enum { ROWS = 1000, COLUMNS = 6, CHUNK = 64 };

/* "x" float32 [1000, 6] and "y" int32 [1000], in chunks of 64 rows, packed; "z" as "y", plain. */
static void write_packed(const char *path) {
    static float x[ROWS * COLUMNS];
    static int32_t y[ROWS];
    for (int i = 0; i < ROWS * COLUMNS; i++) x[i] = (float)i;
    for (int i = 0; i < ROWS; i++) y[i] = i;
    const hsize_t shape[] = {ROWS, COLUMNS}, chunk[] = {CHUNK, COLUMNS};
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t packed = H5Pcreate(H5P_DATASET_CREATE);
    for (int rank = 1; rank <= 2; rank++) {
        hid_t space = H5Screate_simple(rank, shape, NULL);
        hid_t type = rank == 2 ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT32;
        ck_assert_int_ge(H5Pset_chunk(packed, rank, chunk), 0);
        if (rank == 1) ck_assert_int_ge(H5Pset_deflate(packed, 4), 0);
        hid_t set =
            H5Dcreate2(file, rank == 2 ? "x" : "y", type, space, H5P_DEFAULT, packed, H5P_DEFAULT);
        const void *values = rank == 2 ? (const void *)x : y;
        ck_assert_int_ge(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
        H5Dclose(set);
        if (rank == 1) {
            set = H5Dcreate2(file, "z", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
            ck_assert_int_ge(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
            H5Dclose(set);
        }
        H5Sclose(space);
    }
    H5Pclose(packed);
    ck_assert_int_ge(H5Fclose(file), 0);
}

static cornu_dataset *packed_rows(int64_t whole_limit) {
    cornu_dataset *made = cornu_dataset_from_hdf5(
        "packed.h5", .inputs = cornu_texts("x", "z"), .targets = cornu_texts("y"),
        .whole_limit = whole_limit
    );
    assert_ok(made);
    return made;
}

/* Walks through an epoch; every sample must come once, with the values of its row. `seen`: the
 * order. */
static void check_epoch(cornu_dataset *data, const cornu_epoch_plan *plan, int seen[ROWS]) {
    bool there[ROWS] = {false};
    int64_t count = 0;
    cornu_batches *batches = cornu_batches_begin(data, plan, true);
    assert_ok(batches);
    for (cornu_batch batch;;) {
        assert_ok(cornu_batches_next(batches, &batch));
        if (batch.size == 0) break;
        for (int64_t i = 0; i < batch.size; i++) {
            int row = (int)cornu_tensor_get(batch.targets[0], i);
            ck_assert(!there[row]);
            there[row] = true;
            seen[count++] = row;
            ck_assert_double_eq(cornu_tensor_get(batch.inputs[1], i), row);
            for (int k = 0; k < COLUMNS; k++)
                ck_assert_double_eq(
                    cornu_tensor_get(batch.inputs[0], i * COLUMNS + k), row * COLUMNS + k
                );
        }
    }
    cornu_batches_end(batches);
    int64_t most = ROWS - plan->first;
    ck_assert_int_eq(count, plan->count < 0 || plan->count > most ? most : plan->count);
}

START_TEST(packed_rows_come_by_slabs) {
    static const int64_t limits[] = {0, 1000, 3000, 5000, 1 << 20}; /* bytes; x has 24000, y 4000 */
    int seen[ROWS];
    write_packed("packed.h5");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        cornu_dataset *data = packed_rows(limits[i]);
        ck_assert_int_eq(cornu_dataset_sample_count(data), ROWS);
        cornu_epoch_plan plan = {.batch_size = 48, .count = -1};
        check_epoch(data, &plan, seen);
        for (int k = 0; k < ROWS; k++) ck_assert_int_eq(seen[k], k);
        plan.first = 30;
        plan.count = 901;
        check_epoch(data, &plan, seen);
        ck_assert_int_eq(seen[0], 30);
        plan.shuffle_in_batches = true;
        check_epoch(data, &plan, seen);
        cornu_dataset_free(data);
    }
}
END_TEST

START_TEST(shuffling_mixes_slabs_and_their_rows) {
    int seen[ROWS], again[ROWS], near = 0;
    write_packed("packed.h5");
    cornu_dataset *data = packed_rows(3000);
    cornu_epoch_plan plan = {
        .batch_size = 48, .shuffle = true, .seed = 5, .first = 30, .count = 901};
    check_epoch(data, &plan, seen);
    check_epoch(data, &plan, again);
    ck_assert_mem_eq(seen, again, 901 * sizeof *seen);
    for (int i = 1; i < 901; i++) near += seen[i] == seen[i - 1] + 1;
    ck_assert_int_lt(near, 60);
    plan.epoch = 1;
    check_epoch(data, &plan, again);
    ck_assert(memcmp(seen, again, 901 * sizeof *seen) != 0);
    cornu_dataset_free(data);
}
END_TEST

CORNU_TESTS(packed_rows) {
    TCase *tc = cornu_test_case(suite, "packed rows");
    tcase_set_timeout(tc, 20);
    tcase_add_test(tc, packed_rows_come_by_slabs);
    tcase_add_test(tc, shuffling_mixes_slabs_and_their_rows);
}
