/* Event files, read back by a reader that shares nothing with the library (read_events.py). */
#include "base/object.h"
#include "support/support.h"
#include <cornu/cornu.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define READER CORNU_TESTS_DIR "/callbacks/read_events.py"

/* Whether files can be written and a program is there to read them; says so if not. */
static bool can_read(const char *program) {
    char command[128];
    if (cornu_events_check() != CORNU_OK) {
        assert_fails(cornu_events_check(), CORNU_EUNSUPPORTED, "libprotobuf-c-dev");
        assert_fails(cornu_events_open("none"), CORNU_EUNSUPPORTED, "built without it");
        printf("SKIPPED: built without protobuf-c\n");
        return false;
    }
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
    bool there = system(command) == 0;
    if (!there) printf("SKIPPED: no %s to read event files with\n", program);
    return there;
}

static void empty(const char *folder) {
    char path[1024];
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') (void)remove(path);
    }
    if (open) closedir(open);
}

/* The only file of a folder. */
static const char *file_in(const char *folder) {
    static char path[1024];
    int count = 0;
    DIR *open = opendir(folder);
    ck_assert_msg(open != NULL, "%s", folder);
    for (struct dirent *entry; (entry = readdir(open));) {
        if (entry->d_name[0] == '.') continue;
        ck_assert_msg(strncmp(entry->d_name, "events.out.tfevents.", 20) == 0, "%s", entry->d_name);
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count++;
    }
    closedir(open);
    ck_assert_int_eq(count, 1);
    return path;
}

/* What the reader prints of a file; lives until the next call. */
static const char *read_back(const char *path, const char *option) {
    static char text[1 << 16];
    char command[2048];
    snprintf(command, sizeof command, "python3 '%s' %s '%s' 2>&1", READER, option, path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    int result = pclose(pipe);
    ck_assert_msg(result == 0, "%s", text);
    return text;
}

static cornu_tensor *tensor(cornu_shape shape, const float *values) {
    return cornu_scope_add_(cornu_test_tensor(shape, values));
}

START_TEST(every_kind_of_value_is_read_back) {
    if (!can_read("python3")) return;
    empty("kinds");
    cornu_events *events = cornu_events_open("kinds");
    assert_ok(events);
    assert_ok(cornu_events_scalar(events, "loss", 3, 0.5));
    assert_ok(cornu_events_scalar(events, "loss", INT64_C(5000000000), -1e30));
    const float spread[] = {0, 0, 1, 3, NAN, INFINITY}, same[] = {2, 2, 2};
    assert_ok(cornu_events_histogram(events, "spread", 1, tensor(cornu_shape(6), spread)));
    assert_ok(cornu_events_histogram(events, "same", 1, tensor(cornu_shape(3, 1), same)));
    const float grey[] = {0, 1, 0.5, 2};
    assert_ok(cornu_events_image(events, "grey", 2, tensor(cornu_shape(1, 2, 2, 1), grey)));
    assert_ok(cornu_events_keras_model(events, "keras", 0, "{\"a\": 1}"));
    assert_fails(
        cornu_events_image(events, "flat", 2, tensor(cornu_shape(2, 2), grey)), CORNU_ESHAPE,
        "pictures are [count, height, width, 1, 3 or 4]"
    );
    assert_fails(cornu_events_scalar(events, "", 0, 1), CORNU_EINVAL, "a tag");
    assert_ok(cornu_events_sync(events));
    cornu_events_close(events);

    const char *text = read_back(file_in("kinds"), "");
    const char *line = "0 version brain.Event:2 cornu\n"
                       "3 scalars/1 loss [] 0.5\n"
                       "5000000000 scalars/1 loss [] -1e+30\n"
                       "1 histograms/2 spread [30, 3] 0 0.1 2 ";
    ck_assert_msg(strncmp(text, line, strlen(line)) == 0, "%s", text);
    ck_assert_msg(strstr(text, " 1 1.1 1 ") != NULL, "%s", text);      /* one value in the tenth */
    ck_assert_msg(strstr(text, " 2.9 3 1\n") != NULL, "%s", text);     /* and in the last */
    ck_assert_msg(strstr(text, " 2 2 0 2 2 3\n") != NULL, "%s", text); /* of a point, all there */
    ck_assert_msg(strstr(text, "2 images/3 grey [3] 2 2 2x2:00ff007fff\n") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "0 graph_keras_model/0 keras [] {\"a\": 1}\n") != NULL, "%s", text);
}
END_TEST

START_TEST(tensorflows_own_schema_knows_every_field) {
    if (!can_read("python3") || !can_read("protoc")) return;
    empty("schema");
    cornu_events *events = cornu_events_open("schema");
    assert_ok(events);
    const float values[] = {1, 2};
    assert_ok(cornu_events_scalar(events, "loss", 3, 0.5));
    assert_ok(cornu_events_histogram(events, "spread", 1, tensor(cornu_shape(2), values)));
    assert_ok(cornu_events_image(events, "row", 2, tensor(cornu_shape(1, 1, 2, 1), values)));
    assert_ok(cornu_events_keras_model(events, "keras", 0, "{}"));
    cornu_events_close(events);
    const char *text = read_back(file_in("schema"), "--protoc");
    const char *scalar = "step: 3\n"
                         "summary {\n"
                         "  value {\n"
                         "    tag: \"loss\"\n"
                         "    tensor {\n"
                         "      dtype: DT_FLOAT\n"
                         "      tensor_shape {\n"
                         "      }\n"
                         "      float_val: 0.5\n"
                         "    }\n"
                         "    metadata {\n"
                         "      plugin_data {\n"
                         "        plugin_name: \"scalars\"\n"
                         "      }\n"
                         "      data_class: DATA_CLASS_SCALAR\n"
                         "    }\n"
                         "  }\n"
                         "}\n";
    ck_assert_msg(strstr(text, scalar) != NULL, "%s", text);
    ck_assert_msg(strstr(text, "file_version: \"brain.Event:2\"") != NULL, "%s", text);
    const char *graph = "plugin_name: \"graph_keras_model\"\n        content: \"1\"";
    ck_assert_msg(strstr(text, graph) != NULL, "%s", text);
}
END_TEST

/* ---- the callback ---------------------------------------------------------------------------- */

static cornu_status fail_in_second_epoch(
    void *user, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    (void)model, (void)logs, (void)batch;
    if (++*(int *)user != 6) return CORNU_OK;
    CORNU_FAIL(CORNU_ECANCELED, "on purpose");
}

static cornu_history *fit(cornu_model *model, const char *log_dir, int *count, const char *backup) {
    const float values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    cornu_tensor *x = tensor(cornu_shape(8, 1), values), *y = tensor(cornu_shape(8, 1), values);
    cornu_callback *callbacks[] = {
        cornu_callback_tensor_board(
            log_dir, .update_freq = 2, .histogram_freq = 2, .write_images = true
        ),
        backup ? cornu_callback_backup_and_restore(backup, .save_freq = 1)
               : cornu_callback_history(),
        cornu_callback_lambda(.user = count, .on_train_batch_end = fail_in_second_epoch)};
    return cornu_fit(
        model, x, y, .epochs = 3, .batch_size = 2, .verbose = 0, .shuffle = false,
        .validation_x = x, .validation_y = y, .callbacks = {.items = callbacks, .count = 3}
    );
}

static cornu_model *small_model(void) {
    cornu_model *model = cornu_sequential(
        cornu_input(1), cornu_layer_dense(
                            1, .use_bias = false, .name = "only",
                            .kernel_initializer = cornu_initializer_constant(0.5)
                        )
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.001),
        .loss = cornu_loss_mean_squared_error()
    ));
    return model;
}

static int lines_with(const char *text, const char *part) {
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) count++;
    return count;
}

START_TEST(a_fit_writes_its_values_at_their_steps) {
    if (!can_read("python3")) return;
    empty("board/train");
    empty("board/validation");
    int count = 100; /* never fails */
    cornu_model *model = small_model();
    cornu_history *history = fit(model, "board", &count, NULL);
    assert_ok(history);
    char expected[256];
    const char *text = read_back(file_in("board/train"), "");
    snprintf(
        expected, sizeof expected, "\n2 scalars/1 epoch_loss [] %.6g\n",
        cornu_history_get(history, "loss", 2)
    );
    ck_assert_msg(strstr(text, expected) != NULL, "no %s in %s", expected, text);
    ck_assert_msg(strstr(text, "\n1 scalars/1 epoch_learning_rate [] 0.001\n") != NULL, "%s", text);
    ck_assert_int_eq(lines_with(text, "scalars/1 batch_loss "), 6); /* every other of 12 batches */
    ck_assert_msg(strstr(text, "\n12 scalars/1 batch_loss ") != NULL, "%s", text);
    ck_assert_int_eq(lines_with(text, "histograms/2 only/kernel/histogram [30, 3]"), 2);
    ck_assert_int_eq(lines_with(text, "images/3 only/kernel/image "), 0); /* a number is none */
    ck_assert_msg(strstr(text, "\n0 graph_keras_model/0 keras [] {") != NULL, "%s", text);
    text = read_back(file_in("board/validation"), "");
    snprintf(
        expected, sizeof expected, "\n2 scalars/1 epoch_loss [] %.6g\n",
        cornu_history_get(history, "val_loss", 2)
    );
    ck_assert_msg(strstr(text, expected) != NULL, "no %s in %s", expected, text);
    ck_assert_msg(
        strstr(text, "\n12 scalars/1 evaluation_loss_vs_iterations ") != NULL, "%s", text
    );
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_run_that_goes_on_writes_no_value_twice) {
    if (!can_read("python3")) return;
    empty("again/train");
    empty("again/validation");
    int count = 0;
    cornu_model *model = small_model();
    assert_fails(fit(model, "again", &count, "again_backup"), CORNU_ECANCELED, "on purpose");
    cornu_model_free(model);
    model = small_model();
    cornu_history *history = fit(model, "again", &count, "again_backup");
    assert_ok(history);
    const char *text = read_back(file_in("again/train"), "");
    ck_assert_int_eq(lines_with(text, "scalars/1 batch_loss "), 6);
    ck_assert_int_eq(lines_with(text, "scalars/1 epoch_loss "), 3);
    ck_assert_int_eq(lines_with(text, "version"), 1);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(tensor_board) {
    TCase *tc = cornu_test_case(suite, "TensorBoard");
    tcase_add_test(tc, every_kind_of_value_is_read_back);
    tcase_add_test(tc, tensorflows_own_schema_knows_every_field);
    tcase_add_test(tc, a_fit_writes_its_values_at_their_steps);
    tcase_add_test(tc, a_run_that_goes_on_writes_no_value_twice);
}
