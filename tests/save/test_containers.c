/* The same weights in other containers: shards with a map, an unpacked archive, the layouts of
 * other versions. */
#include "base/file.h"
#include "base/memory.h"
#include "save/archive.h"
#include "save/weights.h"
#include "support/support.h"
#include <cornu/cornu.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DATA(name) CORNU_TESTS_DIR "/save/data/" name

static void assert_equal_weights(cornu_model *a, cornu_model *b) {
    cornu_tensor_list x = cornu_layer_weights(cornu_model_layer(a));
    cornu_tensor_list y = cornu_layer_weights(cornu_model_layer(b));
    ck_assert_uint_eq(x.count, y.count);
    for (size_t i = 0; i < x.count; i++) ck_assert(cornu_tensor_equal(x.items[i], y.items[i]));
}

static cornu_model *three_dense(void) {
    return cornu_sequential(
        cornu_input(8), cornu_layer_dense(16), cornu_layer_dense(16), cornu_layer_dense(4)
    );
}

/* ---- shards ---------------------------------------------------------------------------------- */

START_TEST(shards_hold_what_one_file_would) {
    const double gigabyte = 1024.0 * 1024 * 1024;
    cornu_model *model = three_dense(), *copy = three_dense();
    /* the largest kernel has 1024 bytes: its bias goes to the next shard */
    assert_ok(cornu_save_weights(model, "parts.weights.json", .max_shard_size = 1050 / gigabyte));
    ck_assert(cornu_file_exists_("parts_00000.weights.h5"));
    ck_assert(cornu_file_exists_("parts_00002.weights.h5"));
    char *map;
    size_t size;
    assert_ok(cornu_file_read_("parts.weights.json", 0, &map, &size));
    ck_assert_ptr_nonnull(strstr(map, "\"total_size\": 1936.0"));
    ck_assert_ptr_nonnull(strstr(
        map, "\"/layers/dense_1/vars\": [\"parts_00001.weights.h5\", \"parts_00002.weights.h5\"]"
    ));
    cornu_free_(map);
    assert_ok(cornu_load_weights(copy, "parts.weights.json"));
    assert_equal_weights(model, copy);
    assert_fails(
        cornu_save_weights(model, "tiny.weights.json", .max_shard_size = 1000 / gigabyte),
        CORNU_EINVAL, "'layers/dense_1/vars/0' has 1024 bytes"
    );
    ck_assert(!cornu_file_exists_("tiny.weights.json"));
    cornu_model_free(copy);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_map_leads_nowhere_but_to_its_own_folder) {
    static const char *const maps[] = {
        "{\"weight_map\": {\"/vars\": \"/etc/passwd.h5\"}}",
        "{\"weight_map\": {\"/vars\": \"../x.h5\"}}",
        "{\"weight_map\": {\"/vars\": [\"x_00000.txt\"]}}",
    };
    cornu_model *model = three_dense();
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        assert_ok(cornu_file_write_("bad.weights.json", maps[i], strlen(maps[i])));
        assert_fails(
            cornu_load_weights(model, "bad.weights.json"), CORNU_EFORMAT, "is no name of a shard"
        );
    }
    assert_ok(cornu_file_write_("bad.weights.json", "{}", 2));
    assert_fails(cornu_load_weights(model, "bad.weights.json"), CORNU_EFORMAT, "'weight_map'");
    cornu_model_free(model);
}
END_TEST

/* ---- folders --------------------------------------------------------------------------------- */

static void unpack(cornu_archive *archive, const char *name, const char *path) {
    char *data;
    size_t size;
    assert_ok(cornu_archive_read_(archive, name, SIZE_MAX, &data, &size));
    assert_ok(cornu_file_write_(path, data, size));
    cornu_free_(data);
}

START_TEST(an_unpacked_archive_is_read_as_the_archive_is) {
    cornu_archive *archive;
    assert_ok(cornu_archive_open_(&archive, DATA("adam.keras")));
    (void)mkdir("unpacked.keras", 0777);
    unpack(archive, "config.json", "unpacked.keras/config.json");
    unpack(archive, "metadata.json", "unpacked.keras/metadata.json");
    unpack(archive, "model.weights.h5", "unpacked.keras/model.weights.h5");
    cornu_archive_close_(archive);
    cornu_model *model = cornu_load(DATA("adam.keras")), *copy = cornu_load("unpacked.keras");
    assert_ok(model);
    assert_ok(copy);
    assert_equal_weights(model, copy);
    cornu_model_free(copy);
    cornu_model_free(model);
    ck_assert_int_eq(remove("unpacked.keras/model.weights.h5"), 0);
    assert_fails(cornu_load("unpacked.keras"), CORNU_EFORMAT, "has no 'model.weights.h5'");
}
END_TEST

/* ---- other layouts --------------------------------------------------------------------------- */

/* The weights of `model` under other names: groups[i] is that of its i-th layer. */
static void write_layout(cornu_model *model, const char *path, const char *const *groups) {
    cornu_h5 *file;
    char *image, place[128];
    size_t size;
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    assert_ok(cornu_h5_create_(&file, 0));
    for (size_t i = 0; i < weights.count; i++) {
        (void)snprintf(place, sizeof place, "%s/vars/%zu", groups[i / 2], i % 2);
        assert_ok(cornu_h5_write_tensor_(file, place, weights.items[i]));
    }
    assert_ok(cornu_h5_image_(file, &image, &size));
    assert_ok(cornu_file_write_(path, image, size));
    cornu_free_(image);
    cornu_h5_close_(file);
}

START_TEST(the_layout_of_keras_2_13_is_found) {
#define OLD "_layer_checkpoint_dependencies/"
    static const char *const counted_twice[] = {OLD "dense", OLD "dense_2", OLD "dense_4"};
    static const char *const counted_once[] = {OLD "dense", OLD "dense_1", OLD "dense_2"};
    cornu_model *model = three_dense();
    for (int i = 0; i < 2; i++) {
        cornu_model *copy = three_dense();
        write_layout(model, "old.weights.h5", i ? counted_once : counted_twice);
        assert_ok(cornu_load_weights(copy, "old.weights.h5"));
        assert_equal_weights(model, copy);
        cornu_model_free(copy);
    }
    cornu_model_free(model);
}
END_TEST

START_TEST(attention_is_found_under_the_names_of_early_keras_3) {
    static const char *const groups[] = {
        "layers/multi_head_attention/_query_dense",
        "layers/multi_head_attention/_key_dense",
        "layers/multi_head_attention/_value_dense",
        "layers/multi_head_attention/_output_dense",
    };
    cornu_model *models[2];
    for (int i = 0; i < 2; i++) {
        CORNU_SCOPE {
            cornu_tensor *x = cornu_input_tensor(4, 6);
            cornu_tensor *y = cornu_call(cornu_layer_multi_head_attention(2, 3), x, x);
            models[i] = cornu_functional(cornu_tensors(x), cornu_tensors(y));
        }
        assert_ok(models[i]);
    }
    write_layout(models[0], "early.weights.h5", groups);
    assert_ok(cornu_load_weights(models[1], "early.weights.h5"));
    assert_equal_weights(models[0], models[1]);
    cornu_model_free(models[0]);
    cornu_model_free(models[1]);
}
END_TEST

/* ---- reports --------------------------------------------------------------------------------- */

START_TEST(a_report_names_every_unknown_class_and_argument_with_its_place) {
    const char *config =
        "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"m\", \"layers\": ["
        "{\"class_name\": \"Dens\", \"config\": {\"name\": \"a\"}}, "
        "{\"class_name\": \"Dense\", \"config\": {\"name\": \"b\", \"units\": 2, \"colour\": "
        "\"red\", \"taste\": 3}}, {\"class_name\": \"LSTM\", \"config\": {\"name\": \"c\", "
        "\"units\": 1, \"recurrent_activation\": \"hard_sigmoid\"}}]}, \"compile_config\": "
        "{\"optimizer\": {\"class_name\": \"Adamski\", \"config\": {}}}}";
    const char *metadata = "{\"keras_version\": \"2.13.1\"}";
    const cornu_archive_member members[] = {
        {"metadata.json", metadata, strlen(metadata)}, {"config.json", config, strlen(config)}};
    size_t problems = 0;
    assert_ok(cornu_archive_write_("unknown.keras", members, 2));
    char *report = cornu_file_report("unknown.keras", &problems);
    assert_ok(report);
    ck_assert_uint_eq(problems, 3);
    ck_assert_ptr_nonnull(strstr(report, "written by Keras 2.13.1\n"));
    ck_assert_ptr_nonnull(strstr(report, "layers/0 'a': no layer class 'Dens'; did you mean"));
    ck_assert_ptr_nonnull(strstr(report, "layers/1 'b': "));
    ck_assert_ptr_nonnull(strstr(report, "the config has 'colour', 'taste', which Dense does not"));
    ck_assert_ptr_nonnull(strstr(report, "layers/2 'c': note: hard_sigmoid is computed as Keras 3")
    );
    ck_assert_ptr_nonnull(strstr(report, "optimizer: no optimizer class 'Adamski'"));
    cornu_free(report);
}
END_TEST

CORNU_TESTS(containers) {
    TCase *tc = cornu_test_case(suite, "containers");
    tcase_add_test(tc, shards_hold_what_one_file_would);
    tcase_add_test(tc, a_map_leads_nowhere_but_to_its_own_folder);
    tcase_add_test(tc, an_unpacked_archive_is_read_as_the_archive_is);
    tcase_add_test(tc, the_layout_of_keras_2_13_is_found);
    tcase_add_test(tc, a_report_names_every_unknown_class_and_argument_with_its_place);
    tcase_add_test(tc, attention_is_found_under_the_names_of_early_keras_3);
}
