/* .keras archives: whole models, both ways. */
#include "base/file.h"
#include "base/memory.h"
#include "nn/class.h"
#include "save/archive.h"
#include "support/failing_allocator.h"
#include "support/support.h"
#include <cornu/cornu.h>

#include <cjson/cJSON.h>
#include <string.h>

#define DATA(name) CORNU_TESTS_DIR "/save/data/" name

static char *member(const char *path, const char *name, size_t *size) {
    cornu_archive *archive;
    char *data;
    assert_ok(cornu_archive_open_(&archive, path));
    assert_ok(cornu_archive_read_(archive, name, SIZE_MAX, &data, size));
    cornu_archive_close_(archive);
    return data;
}

static void assert_equal_variables(cornu_tensor_list a, cornu_tensor_list b) {
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
}

START_TEST(a_model_of_keras_comes_back_with_weights_settings_and_state) {
    cornu_model *model = cornu_load(DATA("adam.keras"));
    assert_ok(model);
    ck_assert_str_eq(cornu_model_name(model), "sequential");
    cornu_optimizer *optimizer = cornu_model_optimizer(model);
    ck_assert_ptr_nonnull(optimizer);
    ck_assert_str_eq(cornu_optimizer_name(optimizer), "adam");
    ck_assert_double_eq_tol(cornu_optimizer_learning_rate(optimizer), 0.01635, 1e-9);
    /* iteration, learning rate, two slots for each of four variables */
    ck_assert_uint_eq(cornu_optimizer_variables(optimizer).count, 10);
    ck_assert_int_gt((int)cornu_tensor_item(cornu_optimizer_iterations(optimizer)), 0);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_saved_model_comes_back_equal) {
    const char *const paths[] = {
        DATA("adam.keras"), DATA("two_outputs.keras"), DATA("bfloat16.keras")};
    cornu_model *model = cornu_load(paths[_i]);
    assert_ok(model);
    assert_ok(cornu_save(model, "again.keras"));
    cornu_model *again = cornu_load("again.keras");
    assert_ok(again);
    assert_equal_variables(
        cornu_layer_weights(cornu_model_layer(model)), cornu_layer_weights(cornu_model_layer(again))
    );
    cornu_optimizer *optimizer = cornu_model_optimizer(model);
    ck_assert((optimizer == NULL) == (cornu_model_optimizer(again) == NULL));
    if (optimizer) {
        assert_equal_variables(
            cornu_optimizer_variables(optimizer),
            cornu_optimizer_variables(cornu_model_optimizer(again))
        );
    }
    cornu_model_free(model);
    cornu_model_free(again);
}
END_TEST

/* Everything in `ours` is in `theirs` with the same value; newer versions of Keras add keys. */
static void assert_part_of(const cJSON *ours, const cJSON *theirs, const char *place) {
    ck_assert_msg(theirs != NULL, "'%s' is not in Keras' config", place);
    ck_assert_msg((ours->type & 0xff) == (theirs->type & 0xff), "'%s' has another type", place);
    if (!cJSON_IsObject(ours) && !cJSON_IsArray(ours)) {
        ck_assert_msg(cJSON_Compare(ours, theirs, true), "'%s' has another value", place);
    } else if (cJSON_IsArray(ours)) {
        ck_assert_int_eq(cJSON_GetArraySize(ours), cJSON_GetArraySize(theirs));
    }
    int index = 0;
    for (const cJSON *child = ours->child; child; child = child->next, index++) {
        const cJSON *other = cJSON_IsArray(theirs)
                                 ? cJSON_GetArrayItem(theirs, index)
                                 : cJSON_GetObjectItemCaseSensitive(theirs, child->string);
        assert_part_of(child, other, child->string ? child->string : place);
    }
}

START_TEST(the_config_says_what_keras_wrote) {
    size_t size;
    cornu_model *model = cornu_load(DATA("adam.keras"));
    assert_ok(model);
    assert_ok(cornu_save(model, "again.keras"));
    char *text = member(DATA("adam.keras"), "config.json", &size);
    cJSON *theirs = cornu_json_parse_(text, size, "config.json of Keras");
    assert_ok(theirs);
    cornu_free_(text);
    text = member("again.keras", "config.json", &size);
    for (size_t i = 0; i < size; i++) ck_assert(text[i] >= 0x20 && text[i] < 0x7f);
    cJSON *ours = cornu_json_parse_(text, size, "config.json of cornu");
    assert_ok(ours);
    assert_part_of(ours, theirs, "config");
    ck_assert_ptr_nonnull(cJSON_GetObjectItemCaseSensitive(ours, "compile_config"));
    cJSON_Delete(ours);
    cJSON_Delete(theirs);
    cornu_free_(text);
    cornu_model_free(model);
}
END_TEST

START_TEST(the_metadata_names_version_and_date) {
    size_t size;
    cornu_model *model = cornu_load_model(DATA("adam.keras"), .compile = false);
    assert_ok(model);
    ck_assert_ptr_null(cornu_model_optimizer(model));
    assert_ok(cornu_save(model, "plain.keras"));
    char *text = member("plain.keras", "metadata.json", &size);
    ck_assert(strncmp(text, "{\"keras_version\": \"3.", 21) == 0);
    ck_assert_ptr_nonnull(strstr(text, "\"date_saved\": \"2"));
    cornu_free_(text);
    cornu_model_free(model);
}
END_TEST

START_TEST(damaged_archives_are_refused) {
    char *data;
    size_t size;
    assert_ok(cornu_file_read_(DATA("adam.keras"), 0, &data, &size));
    for (size_t length = 0; length < size; length += 97) {
        assert_ok(cornu_file_write_("cut.keras", data, length));
        assert_fails(cornu_load("cut.keras"), CORNU_EFORMAT, "cut.keras");
    }
    cornu_free_(data);
}
END_TEST

/* An archive with the given config and, if `weights` names one, another member of rubbish. */
static void write_archive(const char *path, const char *config, const char *weights) {
    const cornu_archive_member members[] = {
        {"config.json", config, strlen(config)}, {weights, "x", 1}};
    assert_ok(cornu_archive_write_(path, members, weights ? 2 : 1));
}

START_TEST(archives_without_the_right_members_are_refused) {
    size_t size;
    char *config = member(DATA("adam.keras"), "config.json", &size);
    write_archive("a.keras", config, NULL);
    assert_fails(cornu_load("a.keras"), CORNU_EFORMAT, "no 'model.weights.h5'");
    write_archive("a.keras", config, "model.weights.h5");
    assert_fails(cornu_load("a.keras"), CORNU_EFORMAT, "HDF5");
    write_archive("a.keras", config, "model.weights.npz");
    assert_fails(cornu_load("a.keras"), CORNU_EUNSUPPORTED, "model.weights.npz");
    write_archive("a.keras", "{\"class_name\": ", "model.weights.h5");
    assert_fails(cornu_load("a.keras"), CORNU_EFORMAT, "config.json");
    const cornu_archive_member only_weights = {"model.weights.h5", "x", 1};
    assert_ok(cornu_archive_write_("a.keras", &only_weights, 1));
    assert_fails(cornu_load("a.keras"), CORNU_EFORMAT, "no 'config.json'");
    cornu_free_(config);
}
END_TEST

START_TEST(wrong_names_and_missing_files_are_told) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(1));
    assert_fails(cornu_save(model, "model.zip"), CORNU_EINVAL, "must end in '.keras'");
    assert_fails(cornu_load("model.zip"), CORNU_EINVAL, "must end in '.keras'");
    assert_fails(cornu_load("nowhere.keras"), CORNU_EIO, "No such file");
    assert_fails(cornu_load(NULL), CORNU_EINVAL, "path is NULL");
    cornu_model_free(model);
}
END_TEST

START_TEST(a_self_test_trains_a_few_steps) {
    cornu_model *model = cornu_sequential(
        cornu_input(2), cornu_layer_dense(3), cornu_layer_dropout(0.5, .seed = 7),
        cornu_layer_dense(1)
    );
    const float values[] = {1, 2, 3, 4}, wanted[] = {1, 0};
    cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 2), values);
    cornu_tensor *y = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 1), wanted);
    cornu_tensor_list inputs = {.items = &x, .count = 1}, targets = {.items = &y, .count = 1};
    assert_fails(
        cornu_save_model(
            model, "steps.keras", .self_test_inputs = inputs, .self_test_targets = targets
        ),
        CORNU_ESTATE, "not compiled"
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.1),
        .loss = cornu_loss_mean_squared_error()
    ));
    assert_fails(
        cornu_save_model(
            model, "steps.keras", .self_test_inputs = inputs, .self_test_targets = targets,
            .self_test_steps = 0
        ),
        CORNU_EINVAL, "self_test_steps must be 1"
    );
    assert_ok(cornu_save_model(
        model, "steps.keras", .self_test_inputs = inputs, .self_test_targets = targets,
        .self_test_steps = 4
    ));
    ck_assert(!cornu_file_exists_("steps.self-test.keras"));
    assert_ok(cornu_check_file("steps.keras"));
    assert_ok(cornu_check_file("steps.keras", .trusted = true));

    /* an optimizer of another pace gives the same outputs, and other losses from step 2 on */
    size_t sizes[6];
    char *members[6];
    const char *const names[] = {
        "config.json",
        "model.weights.h5",
        "cornu/self_test/input_0.npy",
        "cornu/self_test/output_0.npy",
        "cornu/self_test/target_0.npy",
        "cornu/self_test/losses.npy"};
    cornu_archive_member all[6];
    for (size_t i = 0; i < 6; i++) {
        members[i] = member("steps.keras", names[i], &sizes[i]);
        all[i] = (cornu_archive_member){names[i], members[i], sizes[i]};
    }
    char *rate = strstr(members[0], "\"learning_rate\": 0.1");
    ck_assert_ptr_nonnull(rate);
    rate[strlen("\"learning_rate\": 0.")] = '9';
    assert_ok(cornu_archive_write_("steps.keras", all, 6));
    assert_fails(
        cornu_check_file("steps.keras"), CORNU_EFORMAT, "the self-test fails: loss after step 2"
    );
    for (size_t i = 0; i < 6; i++) cornu_free_(members[i]);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_self_test_passes_until_the_model_gives_something_else) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(3));
    assert_ok(model);
    const float values[] = {1, 2, 3, 4};
    cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 2), values);
    cornu_tensor_list none = {0}, one = {.items = &x, .count = 1};
    cornu_tensor *twice[] = {x, x};
    cornu_tensor_list two = {.items = twice, .count = 2};
    assert_ok(cornu_save_model(model, "self.keras", .self_test_inputs = one));
    assert_ok(cornu_check_file("self.keras"));
    assert_fails(
        cornu_save_model(model, "self.keras", .self_test_inputs = two), CORNU_EINVAL,
        "the model has 1 inputs, 2 given"
    );
    assert_fails(
        cornu_save_model(model, "self.h5", .self_test_inputs = one), CORNU_EINVAL, "needs a .keras"
    );
    const float many[] = {1, 2, 3, 4, 5, 6};
    cornu_tensor *wide = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 3), many);
    cornu_tensor_list another = {.items = &wide, .count = 1};
    assert_fails(
        cornu_save_model(model, "self.keras", .self_test_inputs = another), CORNU_ESHAPE,
        "self-test"
    );
    cornu_tensor_free(wide);
    assert_ok(cornu_check_file("self.keras")); /* it is still the old file */
    assert_ok(cornu_save_model(model, "plain.keras", .self_test_inputs = none));
    assert_fails(cornu_check_file("plain.keras"), CORNU_EUNKNOWN, "no self-test");

    /* the members of one file with the expected values of another */
    size_t sizes[4];
    char *members[4];
    const char *const names[] = {
        "config.json", "model.weights.h5", "cornu/self_test/input_0.npy",
        "cornu/self_test/output_0.npy"};
    for (size_t i = 0; i < 4; i++) members[i] = member("self.keras", names[i], &sizes[i]);
    const float wrong = 1000;
    memcpy(members[3] + sizes[3] - sizeof wrong, &wrong, sizeof wrong);
    cornu_archive_member all[4];
    for (size_t i = 0; i < 4; i++) all[i] = (cornu_archive_member){names[i], members[i], sizes[i]};
    assert_ok(cornu_archive_write_("self.keras", all, 4));
    assert_fails(
        cornu_check_file("self.keras"), CORNU_EFORMAT, "output 0, element 5: expected 1000, got"
    );
    assert_ok(cornu_check_file("self.keras", .rtol = 10));
    for (size_t i = 0; i < 4; i++) cornu_free_(members[i]);
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

static cornu_status there_and_back(void *user) {
    (void)user;
    cornu_model *model = cornu_load(DATA("adam.keras"));
    if (!model) return cornu_error_status();
    cornu_status status = cornu_save(model, "memory.keras");
    if (status == CORNU_OK) status = cornu_load_weights(model, "memory.keras");
    cornu_model_free(model);
    return status;
}

START_TEST(every_failed_allocation_is_told_and_leaks_nothing) {
    size_t runs = 0;
    const char *wrong = cornu_test_every_failure(there_and_back, NULL, &runs);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_uint_gt(runs, 100);
}
END_TEST

CORNU_TESTS(keras_file) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "keras_file");
    tcase_add_test(tc, a_model_of_keras_comes_back_with_weights_settings_and_state);
    tcase_add_loop_test(tc, a_saved_model_comes_back_equal, 0, 3);
    tcase_add_test(tc, the_config_says_what_keras_wrote);
    tcase_add_test(tc, the_metadata_names_version_and_date);
    tcase_add_test(tc, a_self_test_trains_a_few_steps);
    tcase_add_test(tc, a_self_test_passes_until_the_model_gives_something_else);
    tcase_add_test(tc, damaged_archives_are_refused);
    tcase_add_test(tc, archives_without_the_right_members_are_refused);
    tcase_add_test(tc, wrong_names_and_missing_files_are_told);
    TCase *slow = cornu_test_case(suite, "keras_file_memory");
    tcase_set_tags(slow, "slow");
    tcase_add_test(slow, every_failed_allocation_is_told_and_leaks_nothing);
}
