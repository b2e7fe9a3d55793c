/* Every allocation of a walk through a dataset fails once, for every kind of dataset: each failure
 * is CORNU_ENOMEM, and nothing stays behind. */
#include "support/support.h"

#include <cornu/cornu.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "support/failing_allocator.h"

enum { SAMPLES = 6, FEATURES = 3 };

static cornu_tensor *x, *y; /* [6, 3], [6] */

/* ---- stages over arrays ---------------------------------------------------------------------- */

static cornu_status double_it(void *user, cornu_batch *batch) {
    (void)user;
    return cornu_batch_replace(&batch->inputs[0], cornu_op_add(batch->inputs[0], batch->inputs[0]));
}

static cornu_status every_other(void *user, const cornu_batch *element, bool *keep) {
    (void)user;
    *keep = (int)cornu_tensor_get(element->targets[0], 0) % 2 == 0;
    return CORNU_OK;
}

static cornu_status generate(void *user, int64_t epoch, int64_t index, cornu_batch *batch) {
    (void)user, (void)epoch;
    if (index == 3) return CORNU_OK;
    batch->inputs[0] = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(2, 3));
    batch->targets[0] = batch->inputs[0] ? cornu_tensor_new(CORNU_INT32, cornu_shape(2)) : NULL;
    batch->size = 2;
    return batch->targets[0] ? CORNU_OK : cornu_error_status();
}

static cornu_dataset *arrays(cornu_dataset *all) { return cornu_dataset_retain(all); }
static cornu_dataset *map(cornu_dataset *all) {
    return cornu_dataset_map(all, double_it, NULL, NULL);
}
static cornu_dataset *filter(cornu_dataset *all) {
    return cornu_dataset_filter(all, every_other, NULL, NULL);
}
static cornu_dataset *shuffle(cornu_dataset *all) {
    return cornu_dataset_shuffle(all, 3, .seed = 1);
}
static cornu_dataset *batch(cornu_dataset *all) { return cornu_dataset_batch(all, 4); }
static cornu_dataset *unbatch(cornu_dataset *all) {
    cornu_dataset *batches = cornu_dataset_batch(all, 4), *made = cornu_dataset_unbatch(batches);
    cornu_dataset_free(batches);
    return made;
}
static cornu_dataset *repeat(cornu_dataset *all) { return cornu_dataset_repeat(all, 2); }
static cornu_dataset *take(cornu_dataset *all) { return cornu_dataset_take(all, 4); }
static cornu_dataset *skip(cornu_dataset *all) { return cornu_dataset_skip(all, 4); }
static cornu_dataset *cache(cornu_dataset *all) { return cornu_dataset_cache(all); }
static cornu_dataset *prefetch(cornu_dataset *all) { return cornu_dataset_prefetch(all, 2); }
static cornu_dataset *zip(cornu_dataset *all) {
    return cornu_dataset_zip(cornu_datasets(all), cornu_datasets(all), NULL);
}
static cornu_dataset *concatenate(cornu_dataset *all) {
    return cornu_dataset_concatenate(all, all);
}
static cornu_dataset *interleave(cornu_dataset *all) {
    return cornu_dataset_interleave(cornu_datasets(all, all, all), 2, 1);
}
static cornu_dataset *left_part(cornu_dataset *all) {
    cornu_dataset *left, *right;
    if (cornu_split_dataset(all, &left, &right, .left_size = 0.5, .shuffle = true, .seed = 1))
        return NULL;
    cornu_dataset_free(right);
    return left;
}

/* ---- datasets of their own ------------------------------------------------------------------- */

static cornu_dataset *generator(cornu_dataset *all) {
    (void)all;
    return cornu_dataset_from_generator(generate, .batch_count = 3);
}
static cornu_dataset *windows(cornu_dataset *all) {
    (void)all;
    return cornu_timeseries_dataset_from_array(x, y, 2, .shuffle = true, .seed = 1);
}
static cornu_dataset *csv(cornu_dataset *all) {
    (void)all;
    return cornu_dataset_from_csv(
        "oom_data.csv", .targets = cornu_texts("b"), .categorical = cornu_texts("c")
    );
}
static cornu_dataset *hdf5(cornu_dataset *all) {
    (void)all;
    return cornu_dataset_from_hdf5(
        "oom_data.h5", .inputs = cornu_texts("layers/dense/vars/0"),
        .targets = cornu_texts("layers/dense/vars/0")
    );
}
static cornu_dataset *texts(cornu_dataset *all) {
    (void)all;
    return cornu_text_dataset_from_directory(
        "oom_texts", .label_mode = "categorical", .seed = 1, .validation_split = 0.25,
        .subset = "training"
    );
}
static cornu_dataset *images(cornu_dataset *all) {
    (void)all;
    return cornu_image_dataset_from_directory("oom_images", .image_size = {4, 4}, .seed = 1);
}

static const struct {
    const char *name;
    cornu_dataset *(*maker)(cornu_dataset *all);
    size_t least; /* failures that must have been tried */
} kinds[] = {
    {"arrays", arrays, 8},
    {"map", map, 20},
    {"filter", filter, 20},
    {"shuffle", shuffle, 20},
    {"batch", batch, 15},
    {"unbatch", unbatch, 20},
    {"repeat", repeat, 20},
    {"take", take, 15},
    {"skip", skip, 15},
    {"cache", cache, 20},
    {"prefetch", prefetch, 15},
    {"zip", zip, 20},
    {"interleave", interleave, 30},
    {"concatenate", concatenate, 20},
    {"split", left_part, 20},
    {"a generator", generator, 10},
    {"time series", windows, 15},
    {"CSV", csv, 20},
    {"HDF5", hdf5, 15},
    {"folders of texts", texts, 30},
    {"folders of images", images, 30},
};

static cornu_status walk_through(cornu_dataset *dataset) {
    if (!dataset) return cornu_error_status();
    const cornu_epoch_plan plan = {.batch_size = 4, .shuffle = true, .seed = 1, .count = -1};
    for (int epoch = 0; epoch < 2; epoch++) { /* a cache is full in the second one */
        cornu_batches *batches = cornu_batches_begin(dataset, &plan, epoch == 1);
        if (!batches) return cornu_error_status();
        cornu_batch batch;
        cornu_status status;
        do status = cornu_batches_next(batches, &batch);
        while (status == CORNU_OK && batch.size > 0);
        cornu_batches_end(batches);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static cornu_status walk(void *user) {
    cornu_dataset *(*const *maker)(cornu_dataset * all) = user;
    cornu_dataset *all = cornu_dataset_from_tensors(cornu_tensors(x), .targets = cornu_tensors(y));
    cornu_dataset *made = all ? (*maker)(all) : NULL;
    cornu_status status = walk_through(made);
    cornu_dataset_free(made);
    cornu_dataset_free(all);
    return status;
}

static void make_files(void) {
    static const char *const folders[] = {"oom_texts",  "oom_texts/a",  "oom_texts/b",
                                          "oom_images", "oom_images/a", "oom_images/b"};
    const uint8_t pixels[12] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110};
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = 2, .height = 2, .format = PNG_FORMAT_RGB};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) (void)mkdir(folders[i], 0777);
    for (int i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, "oom_texts/%c/%d.txt", i % 2 ? 'a' : 'b', i);
        assert_ok(cornu_save_bytes(path, "some words", 10));
        snprintf(path, sizeof path, "oom_images/%c/%d.png", i % 2 ? 'a' : 'b', i);
        ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
    }
    const char *table = "a,b,c\n1,2,red\n3,4,\"blue, or so\"\n5,6,red\n";
    assert_ok(cornu_save_bytes("oom_data.csv", table, strlen(table)));
    cornu_model *model = cornu_sequential(cornu_input(FEATURES), cornu_layer_dense(2));
    assert_ok(model);
    assert_ok(cornu_save_weights(model, "oom_data.weights.h5"));
    cornu_model_free(model);
    (void)rename("oom_data.weights.h5", "oom_data.h5");
}

START_TEST(walks_report_every_failed_allocation) {
    float values[SAMPLES * FEATURES];
    int32_t labels[SAMPLES];
    for (int i = 0; i < SAMPLES * FEATURES; i++) values[i] = (float)(i % 5);
    for (int i = 0; i < SAMPLES; i++) labels[i] = i;
    x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(SAMPLES, FEATURES), values);
    y = cornu_tensor_from(CORNU_INT32, cornu_shape(SAMPLES), labels);
    make_files();
    size_t runs = 0;
    cornu_tensor *image = cornu_load_image("oom_images/a/1.png", 0);
    bool skipped = !image && kinds[_i].maker == images; /* built without libpng */
    if (skipped) printf("SKIPPED: built without libpng\n");
    cornu_error_clear();
    cornu_tensor_free(image);
    cornu_dataset *(*maker)(cornu_dataset * all) = kinds[_i].maker;
    const char *wrong = skipped ? NULL : cornu_test_every_failure(walk, &maker, &runs);
    ck_assert_msg(wrong == NULL, "%s: %s", kinds[_i].name, wrong);
    ck_assert_msg(skipped || runs >= kinds[_i].least, "%s: %zu runs", kinds[_i].name, runs);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
}
END_TEST

CORNU_TESTS(datasets) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "datasets");
    tcase_set_tags(tc, "slow");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, walks_report_every_failed_allocation, 0, (int)(sizeof kinds / sizeof *kinds)
    );
}
