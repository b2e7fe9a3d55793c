/* Datasets, the walk through an epoch, IDX files. */
#include "support/support.h"
#include <cornu/data.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { SAMPLES = 10 };

/* Samples i = 0 .. 9 with the features (10 i, 10 i + 1) and the target i. */
static cornu_dataset *numbers(void) {
    float x[SAMPLES * 2];
    int32_t y[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        x[2 * i] = (float)(10 * i), x[2 * i + 1] = (float)(10 * i + 1), y[i] = i;
    cornu_tensor *inputs = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(SAMPLES, 2), x);
    cornu_tensor *targets = cornu_tensor_from(CORNU_INT32, cornu_shape(SAMPLES), y);
    cornu_dataset *dataset =
        cornu_dataset_from_tensors(cornu_tensors(inputs), .targets = cornu_tensors(targets));
    cornu_tensor_free(inputs);
    cornu_tensor_free(targets);
    return dataset;
}

/* Walks an epoch, checks that inputs and targets belong together, and notes the targets. */
static int walk(
    cornu_dataset *dataset, const cornu_epoch_plan *plan, bool prefetch, int *order, int *batches
) {
    cornu_batches *walk = cornu_batches_begin(dataset, plan, prefetch);
    cornu_batch batch;
    int count = 0;
    assert_ok(walk);
    *batches = 0;
    for (;;) {
        assert_ok(cornu_batches_next(walk, &batch));
        if (batch.size == 0) break;
        ++*batches;
        for (int64_t i = 0; i < batch.size; i++) {
            int target = (int)cornu_tensor_get(batch.targets[0], i);
            ck_assert_int_eq((int)cornu_tensor_get(batch.inputs[0], 2 * i + 1), 10 * target + 1);
            order[count++] = target;
        }
        if (batch.last) break;
    }
    cornu_batches_end(walk);
    return count;
}

START_TEST(unshuffled_batches_come_in_order_with_a_short_last_one) {
    cornu_dataset *dataset = numbers();
    int order[SAMPLES], batches;
    cornu_epoch_plan plan = {.batch_size = 4, .count = -1};
    ck_assert_int_eq(walk(dataset, &plan, false, order, &batches), SAMPLES);
    ck_assert_int_eq(batches, 3);
    for (int i = 0; i < SAMPLES; i++) ck_assert_int_eq(order[i], i);
    plan = (cornu_epoch_plan){.batch_size = 4, .first = 7, .count = -1};
    ck_assert_int_eq(walk(dataset, &plan, false, order, &batches), 3);
    ck_assert_int_eq(order[0], 7);
    cornu_dataset_free(dataset);
}
END_TEST

START_TEST(the_order_depends_on_seed_and_epoch_alone) {
    cornu_dataset *dataset = numbers();
    int first[SAMPLES], again[SAMPLES], later[SAMPLES], seen[SAMPLES] = {0}, batches;
    cornu_epoch_plan plan = {.batch_size = 3, .shuffle = true, .seed = 5, .epoch = 1, .count = -1};
    walk(dataset, &plan, false, first, &batches);
    walk(dataset, &plan, true, again, &batches);
    ck_assert_int_eq(memcmp(first, again, sizeof first), 0);
    plan.epoch = 2;
    walk(dataset, &plan, false, later, &batches);
    ck_assert_int_ne(memcmp(first, later, sizeof first), 0);
    for (int i = 0; i < SAMPLES; i++) seen[first[i]]++;
    for (int i = 0; i < SAMPLES; i++) ck_assert_int_eq(seen[i], 1);
    cornu_dataset_free(dataset);
}
END_TEST

START_TEST(samples_shuffled_within_batches_stay_in_their_batch) {
    cornu_dataset *dataset = numbers();
    int order[SAMPLES], again[SAMPLES], batches, moved = 0;
    cornu_epoch_plan plan = {.batch_size = 4, .shuffle_in_batches = true, .seed = 3, .count = -1};
    ck_assert_int_eq(walk(dataset, &plan, false, order, &batches), SAMPLES);
    for (int i = 0; i < SAMPLES; i++) {
        ck_assert_int_eq(order[i] / 4, i / 4);
        moved += order[i] != i;
    }
    ck_assert_int_gt(moved, 0);
    walk(dataset, &plan, true, again, &batches);
    ck_assert_int_eq(memcmp(order, again, sizeof order), 0);
    cornu_dataset_free(dataset);
}
END_TEST

START_TEST(a_thread_gathers_large_batches_and_gives_the_same) {
    enum { ROWS = 64, COLUMNS = 4096 };
    uint8_t *bytes = malloc(ROWS * COLUMNS);
    for (int i = 0; i < ROWS * COLUMNS; i++) bytes[i] = (uint8_t)(i / COLUMNS);
    cornu_tensor *images = cornu_tensor_from(CORNU_UINT8, cornu_shape(ROWS, COLUMNS), bytes);
    cornu_dataset *dataset = cornu_dataset_from_tensors(cornu_tensors(images), .scale = 0.5);
    cornu_epoch_plan plan = {.batch_size = 16, .shuffle = true, .seed = 1, .count = -1};
    cornu_batches *threaded = cornu_batches_begin(dataset, &plan, true);
    int64_t sum = 0;
    cornu_batch batch;
    do {
        assert_ok(cornu_batches_next(threaded, &batch));
        for (int64_t i = 0; i < batch.size; i++)
            sum += (int64_t)(2 * cornu_tensor_get(batch.inputs[0], i * COLUMNS + 7));
    } while (!batch.last);
    ck_assert_int_eq(sum, ROWS * (ROWS - 1) / 2);
    assert_ok(cornu_batches_next(threaded, &batch));
    ck_assert_int_eq(batch.size, 0); /* and not an old batch once more */
    cornu_batches_end(threaded);
    threaded = cornu_batches_begin(dataset, &plan, true); /* left in the middle */
    assert_ok(cornu_batches_next(threaded, &batch));
    cornu_batches_end(threaded);
    cornu_dataset_free(dataset);
    cornu_tensor_free(images);
    free(bytes);
}
END_TEST

START_TEST(arrays_of_other_lengths_and_empty_ones_are_named) {
    cornu_tensor *ten = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(10, 2)),
                 *nine = cornu_tensor_new(CORNU_INT32, cornu_shape(9));
    cornu_tensor *none = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(0, 2));
    assert_fails(
        cornu_dataset_from_tensors(cornu_tensors(ten), .targets = cornu_tensors(nine)),
        CORNU_ESHAPE, "target 0 has 9 samples, but input 0 has 10"
    );
    assert_fails(cornu_dataset_from_tensors(cornu_tensors(none)), CORNU_ESHAPE, "no samples");
    cornu_dataset *dataset = numbers();
    assert_fails(
        cornu_batches_begin(dataset, &(cornu_epoch_plan){.count = -1}, false), CORNU_EINVAL,
        "batch_size"
    );
    cornu_dataset_free(dataset);
    cornu_tensor_free(ten);
    cornu_tensor_free(nine);
    cornu_tensor_free(none);
}
END_TEST

static void write_gz(const char *path, const void *bytes, unsigned count) {
    gzFile file = gzopen(path, "wb");
    ck_assert_int_eq(gzwrite(file, bytes, count), (int)count);
    gzclose(file);
}

START_TEST(idx_files_are_big_endian_and_checked) {
    static const uint8_t good[] = {0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE};
    write_gz("good.idx.gz", good, sizeof good);
    cornu_tensor *tensor = cornu_load_idx("good.idx.gz");
    assert_ok(tensor);
    assert_shape(tensor, cornu_shape(1, 2));
    assert_values(tensor, 0, 258, -2);
    cornu_tensor_free(tensor);
    write_gz("cut.idx.gz", good, sizeof good - 1);
    assert_fails(cornu_load_idx("cut.idx.gz"), CORNU_EFORMAT, "cut short");
    static const uint8_t long_[] = {0, 0, 0x08, 1, 0, 0, 0, 1, 7, 7};
    write_gz("long.idx.gz", long_, sizeof long_);
    assert_fails(cornu_load_idx("long.idx.gz"), CORNU_EFORMAT, "more bytes");
    static const uint8_t huge[] = {0,    0,    0x08, 3,    0xFF, 0xFF, 0xFF, 0xFF,
                                   0xFF, 0xFF, 0xFF, 0xFF, 0,    0,    0,    1};
    write_gz("huge.idx.gz", huge, sizeof huge);
    ck_assert_ptr_null(cornu_load_idx("huge.idx.gz"));
    cornu_error_clear();
    write_gz("text.idx.gz", "hello world", 11);
    assert_fails(cornu_load_idx("text.idx.gz"), CORNU_EFORMAT, "not an IDX file");
    assert_fails(cornu_load_idx("missing.idx"), CORNU_EIO, "missing.idx");
}
END_TEST

CORNU_TESTS(data) {
    TCase *tc = cornu_test_case(suite, "data");
    tcase_add_test(tc, unshuffled_batches_come_in_order_with_a_short_last_one);
    tcase_add_test(tc, the_order_depends_on_seed_and_epoch_alone);
    tcase_add_test(tc, samples_shuffled_within_batches_stay_in_their_batch);
    tcase_add_test(tc, a_thread_gathers_large_batches_and_gives_the_same);
    tcase_add_test(tc, arrays_of_other_lengths_and_empty_ones_are_named);
    tcase_add_test(tc, idx_files_are_big_endian_and_checked);
}
