/* Windows of series, pictures and texts in folders. */
#include "base/file.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- time series ----------------------------------------------------------------------------- */

static cornu_tensor *counting(int count) {
    cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(count));
    for (int i = 0; i < count; i++) ((float *)cornu_tensor_data_mut(x))[i] = (float)i;
    return x;
}

START_TEST(windows_begin_where_keras_lets_them_begin) {
    cornu_tensor *x = counting(12);
    cornu_dataset *windows = cornu_timeseries_dataset_from_array(
        x, x, 3, .sequence_stride = 2, .sampling_rate = 2, .start_index = 1, .end_index = 10,
        .batch_size = 2
    );
    assert_ok(windows);
    /* starts 0, 2, 4 of steps 1 .. 9: five starts are possible */
    ck_assert_int_eq(cornu_dataset_cardinality(windows), 2);
    const cornu_epoch_plan plan = {.batch_size = 99, .shuffle = true, .count = -1};
    cornu_batches *batches = cornu_batches_begin(windows, &plan, false);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    assert_shape(batch.inputs[0], cornu_shape(2, 3));
    assert_values(batch.inputs[0], 0, 1, 3, 5, 3, 5, 7);
    assert_values(batch.targets[0], 0, 1, 3);
    assert_ok(cornu_batches_next(batches, &batch));
    assert_values(batch.inputs[0], 0, 5, 7, 9);
    ck_assert(batch.last);
    cornu_batches_end(batches);
    cornu_dataset_free(windows);
    assert_fails(
        cornu_timeseries_dataset_from_array(x, NULL, 13), CORNU_EINVAL, "more than the 12 steps"
    );
    assert_fails(
        cornu_timeseries_dataset_from_array(x, NULL, 6, .sampling_rate = 3), CORNU_EINVAL,
        "hold no window"
    );
    assert_fails(
        cornu_timeseries_dataset_from_array(x, NULL, 2, .end_index = 12), CORNU_EINVAL, "no part"
    );
    cornu_tensor_free(x);
}
END_TEST

/* ---- pictures -------------------------------------------------------------------------------- */

/* A picture of one colour per pixel, RGB. */
static void write_png(const char *path, uint32_t width, uint32_t height, const uint8_t *pixels) {
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    ck_assert(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
}

/* cornu may have been built without one of the libraries. */
static bool reads_pictures(void) {
    const uint8_t pixels[3] = {1, 2, 3};
    write_png("probe.png", 1, 1, pixels);
    cornu_tensor *image = cornu_load_image("probe.png", 0);
    cornu_tensor_free(image);
    if (image) return true;
    assert_fails(cornu_error_status(), CORNU_EUNSUPPORTED, "built without libpng");
    printf("SKIPPED: built without libpng\n");
    return false;
}

static void make_folders(void) {
    const char *const folders[] = {"shots", "shots/cat", "shots/dog", "shots/dog/old", "shots/.x"};
    for (size_t i = 0; i < 5; i++) (void)mkdir(folders[i], 0777);
    for (int i = 0; i < 6; i++) {
        static const char *const names[] = {"cat/1.png", "cat/2.PNG",     "cat/notes.txt",
                                            "dog/a.png", "dog/old/b.png", ".x/hidden.png"};
        char path[64];
        uint8_t pixels[2 * 2 * 3];
        memset(pixels, 10 * i, sizeof pixels);
        snprintf(path, sizeof path, "shots/%s", names[i]);
        write_png(path, 2, 2, pixels);
    }
}

START_TEST(folders_are_classes_and_files_their_samples) {
    if (!reads_pictures()) return;
    make_folders();
    cornu_dataset *images = cornu_image_dataset_from_directory(
        "shots", .image_size = {4, 4}, .shuffle = false, .batch_size = 3
    );
    assert_ok(images);
    ck_assert_str_eq(cornu_dataset_class_name(images, 0), "cat");
    ck_assert_str_eq(cornu_dataset_class_name(images, 1), "dog");
    ck_assert_ptr_null(cornu_dataset_class_name(images, 2));
    ck_assert_str_eq(cornu_dataset_file_path(images, 3), "shots/dog/old/b.png");
    ck_assert_ptr_null(cornu_dataset_file_path(images, 4));
    ck_assert_int_eq(cornu_dataset_cardinality(images), 2);
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    cornu_batches *batches = cornu_batches_begin(images, &plan, true);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    assert_shape(batch.inputs[0], cornu_shape(3, 4, 4, 3));
    ck_assert_double_eq(cornu_tensor_get(batch.inputs[0], 0), 0);
    ck_assert_double_eq(cornu_tensor_get(batch.inputs[0], 48), 10);
    ck_assert_double_eq(cornu_tensor_get(batch.inputs[0], 2 * 48), 30);
    assert_values(batch.targets[0], 0, 0, 0, 1);
    cornu_batches_end(batches);
    cornu_dataset_free(images);
}
END_TEST

START_TEST(labels_come_in_every_mode_and_parts_do_not_overlap) {
    if (!reads_pictures()) return;
    make_folders();
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    static const char *const modes[] = {"categorical", "binary"};
    for (int i = 0; i < 2; i++) {
        cornu_dataset *images = cornu_image_dataset_from_directory(
            "shots", .label_mode = modes[i], .shuffle = false, .image_size = {1, 1},
            .class_names = cornu_texts("dog", "cat")
        );
        cornu_batches *batches = cornu_batches_begin(images, &plan, false);
        cornu_batch batch;
        assert_ok(cornu_batches_next(batches, &batch));
        if (i == 0) assert_values(batch.targets[0], 0, 1, 0, 1, 0, 0, 1, 0, 1);
        else assert_values(batch.targets[0], 0, 0, 0, 1, 1);
        cornu_batches_end(batches);
        cornu_dataset_free(images);
    }
    int seen[2] = {0};
    for (int i = 0; i < 2; i++) {
        cornu_dataset *part = cornu_image_dataset_from_directory(
            "shots", .validation_split = 0.25, .subset = i ? "validation" : "training", .seed = 1
        );
        assert_ok(part);
        while (cornu_dataset_file_path(part, (size_t)seen[i])) seen[i]++;
        cornu_dataset_free(part);
    }
    ck_assert_int_eq(seen[0], 3);
    ck_assert_int_eq(seen[1], 1);
    assert_fails(
        cornu_image_dataset_from_directory("shots", .validation_split = 0.5, .subset = "training"),
        CORNU_EINVAL, "needs a seed"
    );
    assert_fails(
        cornu_image_dataset_from_directory("shots", .class_names = cornu_texts("cow")),
        CORNU_EINVAL, "'cow'"
    );
    assert_fails(
        cornu_image_dataset_from_directory("shots", .color_mode = "blue"), CORNU_EINVAL, "blue"
    );
    assert_fails(cornu_image_dataset_from_directory("nowhere"), CORNU_EIO, "nowhere");
}
END_TEST

START_TEST(both_parts_come_at_once) {
    make_folders();
    cornu_dataset *validation, *seen;
    cornu_dataset *training = cornu_image_dataset_from_directory(
        "shots", .validation_split = 0.25, .subset = "both", .seed = 1, .validation = &validation
    );
    assert_ok(training);
    for (int i = 0; i < 2; i++) { /* the same files as one by one */
        seen = cornu_image_dataset_from_directory(
            "shots", .validation_split = 0.25, .subset = i ? "validation" : "training", .seed = 1
        );
        for (size_t k = 0; k < (i ? 1 : 3); k++)
            ck_assert_str_eq(
                cornu_dataset_file_path(i ? validation : training, k),
                cornu_dataset_file_path(seen, k)
            );
        cornu_dataset_free(seen);
    }
    cornu_dataset_free(training);
    cornu_dataset_free(validation);
    assert_fails(
        cornu_image_dataset_from_directory(
            "shots", .validation_split = 0.25, .subset = "both", .seed = 1
        ),
        CORNU_EINVAL, "needs validation"
    );
    assert_fails(
        cornu_image_dataset_from_directory(
            "shots", .validation_split = 0.2, .subset = "training", .seed = 1
        ),
        CORNU_EINVAL, "leaves none"
    );
}
END_TEST

START_TEST(labels_may_be_listed) {
    if (!reads_pictures()) return;
    make_folders();
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    const int64_t labels[] = {0, 2, 1, 1, 0}; /* .x/hidden.png, too: no folder is a class */
    cornu_image_dataset_args args = {
        CORNU_IMAGE_DATASET_DEFAULTS, .directory = "shots", .image_size = {1, 1},
        .label_list = {labels, 5}};
    args.label_mode = "categorical";
    args.shuffle = false;
    cornu_dataset *images = cornu_image_dataset_new(&args);
    assert_ok(images);
    ck_assert_str_eq(cornu_dataset_file_path(images, 0), "shots/.x/hidden.png");
    ck_assert_str_eq(cornu_dataset_class_name(images, 2), "2");
    ck_assert_ptr_null(cornu_dataset_class_name(images, 3));
    cornu_batches *batches = cornu_batches_begin(images, &plan, false);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    assert_values(batch.targets[0], 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0);
    cornu_batches_end(batches);
    cornu_dataset_free(images);
    args.label_list.count = 4;
    assert_fails(cornu_image_dataset_new(&args), CORNU_EINVAL, "4 labels, and 'shots' has 5");
    args.label_list = (cornu_ints){(const int64_t[]){0, 9, 1, 1, 0}, 5};
    assert_fails(cornu_image_dataset_new(&args), CORNU_EINVAL, "label 9");
    args.label_mode = "int";
    images = cornu_image_dataset_new(&args);
    assert_ok(images);
    cornu_dataset_free(images);
}
END_TEST

START_TEST(nested_folders_are_sorted_by_their_whole_paths) {
    static const char *const folders[] = {
        "nested", "nested/k", "nested/k/a", "nested/k/a-b", "nested/k/a/c"};
    static const char *const files[] = {"k/a-b/1.txt", "k/a/1.txt", "k/a/c/1.txt", "k/z.txt"};
    static const char *const wanted[] = {"k/z.txt", "k/a/1.txt", "k/a-b/1.txt", "k/a/c/1.txt"};
    char path[64];
    for (size_t i = 0; i < 5; i++) (void)mkdir(folders[i], 0777);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "nested/%s", files[i]);
        assert_ok(cornu_file_write_(path, "x", 1));
    }
    cornu_dataset *texts = cornu_text_dataset_from_directory("nested", .shuffle = false);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "nested/%s", wanted[i]);
        ck_assert_str_eq(cornu_dataset_file_path(texts, i), path);
    }
    cornu_dataset_free(texts);
}
END_TEST

/* One image of the dataset, with these settings. */
static cornu_tensor *resized(const cornu_image_dataset_args *args) {
    cornu_dataset *images = cornu_image_dataset_new(args);
    assert_ok(images);
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    cornu_batches *batches = cornu_batches_begin(images, &plan, false);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    cornu_tensor *image = cornu_tensor_copy(batch.inputs[0]);
    cornu_batches_end(batches);
    cornu_dataset_free(images);
    return image;
}

START_TEST(images_are_stretched_cut_or_padded) {
    if (!reads_pictures()) return;
    (void)mkdir("wide", 0777);
    const uint8_t pixels[] = {0,  0,  0,  40, 40, 40, 80, 80, 80, 120, 120, 120,
                              10, 10, 10, 50, 50, 50, 90, 90, 90, 130, 130, 130};
    write_png("wide/x.png", 4, 2, pixels);
    cornu_image_dataset_args args = {
        CORNU_IMAGE_DATASET_DEFAULTS, .directory = "wide", .image_size = {2, 2}};
    args.labels = NULL;
    args.color_mode = "grayscale";
    cornu_tensor *image = resized(&args); /* halfway between pairs of columns */
    assert_values(image, 1e-4, 20, 100, 30, 110);
    cornu_tensor_free(image);
    args.interpolation = "nearest";
    image = resized(&args);
    assert_values(image, 0, 40, 120, 50, 130);
    cornu_tensor_free(image);
    args.interpolation =
        "bicubic"; /* weights -0.0625, 0.5625, 0.5625, -0.0625, where all four are */
    image = resized(&args);
    ck_assert_double_eq_tol(cornu_tensor_get(image, 0) + cornu_tensor_get(image, 1), 120, 1e-3);
    ck_assert_double_eq_tol(cornu_tensor_get(image, 2) - cornu_tensor_get(image, 0), 10, 1e-3);
    cornu_tensor_free(image);
    args.interpolation = "nearest";
    args.crop_to_aspect_ratio = true;
    image = resized(&args); /* the two columns in the middle */
    assert_values(image, 0, 40, 80, 50, 90);
    cornu_tensor_free(image);
    args.crop_to_aspect_ratio = false;
    args.pad_to_aspect_ratio = true;
    args.image_size[0] = args.image_size[1] = 4;
    image = resized(&args); /* a black line above and below */
    assert_values(image, 0, 0, 0, 0, 0, 0, 40, 80, 120, 10, 50, 90, 130, 0, 0, 0, 0);
    cornu_tensor_free(image);
}
END_TEST

START_TEST(damaged_pictures_are_named) {
    if (!reads_pictures()) return;
    const uint8_t pixels[3] = {1, 2, 3};
    char *bytes;
    size_t size;
    write_png("one.png", 1, 1, pixels);
    cornu_tensor *image = cornu_load_image("one.png", 0);
    assert_shape(image, cornu_shape(1, 1, 3));
    assert_values(image, 0, 1, 2, 3);
    cornu_tensor_free(image);
    image = cornu_load_image("one.png", 4);
    assert_values(image, 0, 1, 2, 3, 255);
    cornu_tensor_free(image);
    assert_ok(cornu_file_read_("one.png", 0, &bytes, &size));
    for (size_t cut = 8; cut + 12 < size; cut++) { /* what is left is never an image */
        assert_ok(cornu_file_write_("cut.png", bytes, cut));
        assert_fails(cornu_load_image("cut.png", 3), CORNU_EFORMAT, "'cut.png': damaged PNG");
    }
    bytes[19] = 127; /* much wider than the data */
    assert_ok(cornu_file_write_("cut.png", bytes, size));
    assert_fails(cornu_load_image("cut.png", 3), CORNU_EFORMAT, "damaged PNG");
    cornu_free(bytes);
    assert_ok(cornu_file_write_("cut.jpg", "\xff\xd8\xff\xe0junk", 8));
    (void)cornu_load_image("cut.jpg", 3);
    if (cornu_error_status() == CORNU_EUNSUPPORTED) {
        assert_fails(cornu_error_status(), CORNU_EUNSUPPORTED, "built without libjpeg");
        printf("SKIPPED: built without libjpeg\n");
    } else {
        assert_fails(cornu_error_status(), CORNU_EFORMAT, "damaged JPEG");
        cornu_error_clear();
        /* some hundred bytes that would be decoded for seconds */
        assert_fails(
            cornu_load_image(CORNU_TESTS_DIR "/data/huge_claim.jpg", 3), CORNU_EFORMAT,
            "cannot hold"
        );
    }
    assert_ok(cornu_file_write_("text.png", "hello", 5));
    assert_fails(cornu_load_image("text.png", 3), CORNU_EUNSUPPORTED, "neither");
}
END_TEST

/* ---- texts ----------------------------------------------------------------------------------- */

static void make_texts(void) {
    const char *const folders[] = {"reviews", "reviews/bad", "reviews/good"};
    const struct {
        const char *path, *text;
        size_t size;
    } files[] = {
        {"bad/1.txt", "dull", 4},
        {"bad/2.TXT", "too long by far", 15},
        {"bad/notes.md", "none", 4},
        {"good/1.txt", "", 0},
        {"good/2.txt", "a\0b\n", 4}};
    for (size_t i = 0; i < 3; i++) (void)mkdir(folders[i], 0777);
    for (size_t i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "reviews/%s", files[i].path);
        assert_ok(cornu_file_write_(path, files[i].text, files[i].size));
    }
}

static void assert_text(const cornu_tensor *texts, int64_t index, const char *text, size_t size) {
    cornu_bytes got = cornu_tensor_bytes(texts, index);
    ck_assert_uint_eq(got.size, size);
    ck_assert_mem_eq(got.data, text, size);
}

START_TEST(texts_are_the_bytes_of_their_files) {
    make_texts();
    cornu_dataset *texts =
        cornu_text_dataset_from_directory("reviews", .shuffle = false, .batch_size = 3);
    assert_ok(texts);
    ck_assert_str_eq(cornu_dataset_class_name(texts, 1), "good");
    ck_assert_str_eq(cornu_dataset_file_path(texts, 1), "reviews/bad/2.TXT");
    ck_assert_int_eq(cornu_dataset_cardinality(texts), 2);
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    cornu_batches *batches = cornu_batches_begin(texts, &plan, true);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    ck_assert_int_eq(cornu_tensor_dtype(batch.inputs[0]), CORNU_STRING);
    assert_shape(batch.inputs[0], cornu_shape(3));
    assert_text(batch.inputs[0], 0, "dull", 4);
    assert_text(batch.inputs[0], 1, "too long by far", 15);
    assert_text(batch.inputs[0], 2, "", 0);
    assert_values(batch.targets[0], 0, 0, 0, 1);
    assert_ok(cornu_batches_next(batches, &batch));
    assert_text(batch.inputs[0], 0, "a\0b\n", 4);
    ck_assert(batch.last);
    cornu_batches_end(batches);
    cornu_dataset_free(texts);
}
END_TEST

START_TEST(texts_end_at_max_length_and_pass_through_pipelines) {
    make_texts();
    cornu_dataset *texts = cornu_text_dataset_from_directory(
        "reviews", .labels = NULL, .shuffle = false, .batch_size = 3, .max_length = 3
    );
    assert_ok(texts);
    cornu_dataset *singles = cornu_dataset_unbatch(texts);
    cornu_dataset *kept = cornu_dataset_cache(singles);
    cornu_dataset *pairs = cornu_dataset_batch(kept, 2);
    const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
    for (int epoch = 0; epoch < 2; epoch++) {
        cornu_batches *batches = cornu_batches_begin(pairs, &plan, false);
        cornu_batch batch;
        assert_ok(cornu_batches_next(batches, &batch));
        ck_assert_uint_eq(batch.target_count, 0);
        assert_shape(batch.inputs[0], cornu_shape(2));
        assert_text(batch.inputs[0], 0, "dul", 3);
        assert_text(batch.inputs[0], 1, "too", 3);
        assert_ok(cornu_batches_next(batches, &batch));
        assert_text(batch.inputs[0], 0, "", 0);
        assert_text(batch.inputs[0], 1, "a\0b", 3);
        cornu_batches_end(batches);
    }
    cornu_dataset_free(pairs);
    cornu_dataset_free(kept);
    cornu_dataset_free(singles);
    cornu_dataset_free(texts);
    assert_fails(
        cornu_text_dataset_from_directory("reviews", .max_length = -2), CORNU_EINVAL, "max_length"
    );
    assert_fails(
        cornu_text_dataset_from_directory("reviews/bad/old"), CORNU_EIO,
        "text_dataset_from_directory"
    );
    assert_fails(
        cornu_text_dataset_from_directory("reviews", .labels = "given"), CORNU_EINVAL, "given"
    );
}
END_TEST

START_TEST(shuffled_texts_keep_their_labels_and_parts_do_not_overlap) {
    make_texts();
    size_t seen = 0;
    for (int i = 0; i < 2; i++) {
        cornu_dataset *part = cornu_text_dataset_from_directory(
            "reviews", .validation_split = 0.25, .subset = i ? "validation" : "training", .seed = 7,
            .label_mode = "binary"
        );
        assert_ok(part);
        const cornu_epoch_plan plan = {.batch_size = 1, .count = -1};
        cornu_batches *batches = cornu_batches_begin(part, &plan, false);
        cornu_batch batch;
        assert_ok(cornu_batches_next(batches, &batch));
        ck_assert_int_eq(batch.size, i ? 1 : 3);
        assert_shape(batch.targets[0], cornu_shape(batch.size, 1));
        for (int64_t k = 0; k < batch.size; k++) {
            size_t size = cornu_tensor_bytes(batch.inputs[0], k).size;
            const char *text = cornu_tensor_bytes(batch.inputs[0], k).data;
            bool good = size == 0 || text[0] == 'a';
            ck_assert_double_eq(cornu_tensor_get(batch.targets[0], k), good);
            seen |= (size_t)1 << (good ? size == 0 : 2 + (size == 4));
        }
        cornu_batches_end(batches);
        cornu_dataset_free(part);
    }
    ck_assert_uint_eq(seen, 15);
}
END_TEST

CORNU_TESTS(folders) {
    TCase *tc = cornu_test_case(suite, "folders");
    tcase_add_test(tc, windows_begin_where_keras_lets_them_begin);
    tcase_add_test(tc, folders_are_classes_and_files_their_samples);
    tcase_add_test(tc, labels_come_in_every_mode_and_parts_do_not_overlap);
    tcase_add_test(tc, both_parts_come_at_once);
    tcase_add_test(tc, labels_may_be_listed);
    tcase_add_test(tc, nested_folders_are_sorted_by_their_whole_paths);
    tcase_add_test(tc, images_are_stretched_cut_or_padded);
    tcase_add_test(tc, damaged_pictures_are_named);
    tcase_add_test(tc, texts_are_the_bytes_of_their_files);
    tcase_add_test(tc, texts_end_at_max_length_and_pass_through_pipelines);
    tcase_add_test(tc, shuffled_texts_keep_their_labels_and_parts_do_not_overlap);
}
