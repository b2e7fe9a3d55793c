/* The program's commands that learn or score: fit, loss, metric. */
#include "program.h"

#define FIT "fit model.keras --input x.npy --target y.npy "

START_TEST(fit_saves_model_weights_history_and_batch_log) {
    expect_success(FIT "--epochs 3 --batch-size 2 --no-shuffle --quiet --save out.keras "
                       "--save-weights out.weights.h5 --history h.json --batch-log b.json");
    cornu_model *expected = cornu_load("model.keras"), *got = cornu_load("out.keras");
    cornu_tensor *x = cornu_load_npy("x.npy"), *y = cornu_load_npy("y.npy");
    cornu_history *history = cornu_fit(
        expected, x, y, .epochs = 3, .batch_size = 2, .shuffle = false,
        .verbose = CORNU_VERBOSE_SILENT
    );
    assert_ok(history);
    cornu_tensor_list a = cornu_layer_weights(cornu_model_layer(expected));
    cornu_tensor_list b = cornu_layer_weights(cornu_model_layer(got));
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) ck_assert(cornu_tensor_equal(a.items[i], b.items[i]));
    char text[4096], first[64];
    read_text("h.json", text, sizeof text);
    snprintf(first, sizeof first, "\"loss\": [%.17g, ", cornu_history_get(history, "loss", 0));
    ck_assert_msg(strstr(text, first) != NULL, "no %s in %s", first, text);
    read_text("b.json", text, sizeof text);
    size_t batches = 0;
    for (const char *at = text; (at = strstr(at, "\"loss\"")) != NULL; at++) batches++;
    ck_assert_uint_eq(batches, 6);
    ck_assert(file_exists("out.weights.h5"));
    cornu_history_free(history);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    cornu_model_free(expected);
    cornu_model_free(got);
}
END_TEST

START_TEST(fit_puts_a_self_test_into_the_file) {
    expect_success(FIT "--quiet --self-test 2 --save tested.keras");
    ck_assert_ptr_nonnull(strstr(expect_success("check tested.keras")->out, "passed"));
    ck_assert(!file_exists("tested.self-test.keras"));
    expect_failure(FIT "--quiet --self-test 2 --history h.json", "--self-test", NULL);
}
END_TEST

START_TEST(fit_with_a_seed_is_repeatable) {
    char a[4096], b[4096];
    expect_success(FIT "--epochs 2 --batch-size 1 --seed 5 --quiet --history a.json");
    expect_success(FIT "--epochs 2 --batch-size 1 --seed 5 --quiet --history b.json");
    read_text("a.json", a, sizeof a);
    read_text("b.json", b, sizeof b);
    ck_assert_str_eq(a, b);
}
END_TEST

START_TEST(fit_validates_and_begins_at_an_epoch) {
    char text[4096];
    expect_success(
        FIT "--epochs 3 --initial-epoch 1 --validation-input x.npy --validation-target y.npy "
            "--quiet --history h.json"
    );
    read_text("h.json", text, sizeof text);
    const char *series = strstr(text, "\"val_loss\": [");
    ck_assert_msg(series != NULL, "%s", text);
    const char *end = strchr(series, ']'), *comma = strchr(series, ',');
    ck_assert(comma && comma < end && memchr(comma + 1, ',', (size_t)(end - comma - 1)) == NULL);
    expect_success(FIT "--validation-split 0.25 --quiet --history h.json");
    read_text("h.json", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\"val_mae\": ["));
}
END_TEST

START_TEST(fit_writes_a_profile) {
    static char text[1 << 20];
    expect_success(FIT "--epochs 1 --batch-size 2 --quiet --history h.json --profile p.json");
    read_text("p.json", text, sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "\"traceEvents\": ["));
    ck_assert_ptr_nonnull(strstr(text, "matmul\""));
    ck_assert_ptr_nonnull(strstr(text, " backward: "));
    expect_failure(
        FIT "--history h.json --profile no/folder/p.json", "--profile", "no/folder/p.json"
    );
}
END_TEST

START_TEST(fit_names_bad_options) {
    expect_failure(FIT, "nothing would be left of the training", NULL);
    expect_failure(FIT "--save out.h5", "must end in .keras", "out.h5");
    expect_failure(FIT "--save o.keras --epochs 1.5", "--epochs wants a whole number", "o.keras");
    expect_failure(FIT "--save o.keras --epochs -1", "epochs", "o.keras");
    expect_failure(FIT "--save o.keras --batch-size 0", "batch_size", "o.keras");
    expect_failure(FIT "--save o.keras --validation-split 1.5", "validation_split", "o.keras");
    expect_failure(FIT "--save o.keras --validation-input x.npy", "belong together", "o.keras");
    expect_failure(
        FIT "--save o.keras --class-weight '{\"a\": 1}'", "'a' is no class index", "o.keras"
    );
    expect_failure(FIT "--save o.keras --class-weight '[1, 2]'", "wants a JSON object", "o.keras");
}
END_TEST

START_TEST(fit_names_bad_data_and_leaves_nothing) {
    WRITE_FLOATS("short.npy", cornu_shape(3, 1), 1, 2, 3);
    cornu_tensor *empty = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(0, 2));
    assert_ok(cornu_save_npy("empty.npy", empty));
    cornu_tensor_free(empty);
    expect_failure(
        "fit model.keras --input x.npy --target short.npy --save o.keras --history h2.json", "3",
        "o.keras"
    );
    expect_failure(
        "fit model.keras --input empty.npy --target y.npy --save o.keras", "sample", "o.keras"
    );
    expect_failure(
        "fit model.keras --input x.npy --target none.npy --save o.keras", "none.npy", "o.keras"
    );
    expect_failure(
        "fit none.keras --input x.npy --target y.npy --save o.keras", "none.keras", "o.keras"
    );
}
END_TEST

START_TEST(fit_names_a_label_outside_the_classes) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(3));
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    assert_ok(cornu_save(model, "classes.keras"));
    cornu_model_free(model);
    WRITE_FLOATS("labels.npy", cornu_shape(4), 0, 1, 2, 3);
    expect_failure(
        "fit classes.keras --input x.npy --target labels.npy --quiet --save o.keras", "3", "o.keras"
    );
    WRITE_FLOATS("labels.npy", cornu_shape(4), 0, 1, 2, 2);
    expect_success("fit classes.keras --input x.npy --target labels.npy --quiet --save o.keras "
                   "--class-weight '{\"0\": 1, \"1\": 2.5, \"2\": 0.5}'");
}
END_TEST

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

START_TEST(loss_prints_its_value) {
    write_text(
        "loss.json",
        "{\"module\": \"keras.losses\", \"class_name\": \"MeanSquaredError\", \"config\": "
        "{\"name\": \"m\", \"reduction\": \"none\"}, \"registered_name\": null}"
    );
    WRITE_FLOATS("a.npy", cornu_shape(2, 2), 0, 0, 0, 0);
    WRITE_FLOATS("b.npy", cornu_shape(2, 2), 1, 1, 2, 0);
    const outcome *o = expect_success("loss loss.json --y-true a.npy --y-pred b.npy");
    ck_assert_str_eq(o->out, "{\"value\": [1, 2]}\n");
    expect_failure("loss none.json --y-true a.npy --y-pred b.npy", "none.json", NULL);
    write_text("bad.json", "{\"class_name\": \"MeanSquaredErorr\", \"config\": {}}");
    expect_failure("loss bad.json --y-true a.npy --y-pred b.npy", "MeanSquaredError", NULL);
    write_text("cut.json", "{\"class_name\": \"MeanSq");
    expect_failure("loss cut.json --y-true a.npy --y-pred b.npy", "cut.json", NULL);
}
END_TEST

START_TEST(metric_prints_the_value_after_each_batch) {
    write_text(
        "metric.json", "{\"module\": \"keras.metrics\", \"class_name\": \"Mean\", \"config\": "
                       "{\"name\": \"m\", \"dtype\": \"float32\"}, \"registered_name\": null}"
    );
    WRITE_FLOATS("v.npy", cornu_shape(4), 1, 3, 5, 7);
    const outcome *o = expect_success("metric metric.json --y-true v.npy --batch-sizes 2,1,1");
    ck_assert_str_eq(o->out, "{\"value\": 4, \"stream\": [2, 3, 4]}\n");
    expect_failure("metric metric.json --y-true v.npy --batch-sizes 2,3", "more than the 4", NULL);
    expect_failure("metric metric.json --y-true v.npy --batch-sizes 2", "there are 4", NULL);
    expect_failure("metric metric.json --y-true v.npy --batch-sizes 2,x", "positive numbers", NULL);
    write_text("two.json", "{\"class_name\": \"MeanSquaredError\", \"config\": {}}");
    expect_failure("metric two.json --y-true v.npy", "without --y-pred", NULL);
}
END_TEST

CORNU_TESTS(training) {
    TCase *tc = cornu_test_case(suite, "training");
    tcase_add_checked_fixture(tc, make_model, NULL);
    tcase_add_test(tc, fit_saves_model_weights_history_and_batch_log);
    tcase_add_test(tc, fit_puts_a_self_test_into_the_file);
    tcase_add_test(tc, fit_with_a_seed_is_repeatable);
    tcase_add_test(tc, fit_validates_and_begins_at_an_epoch);
    tcase_add_test(tc, fit_writes_a_profile);
    tcase_add_test(tc, fit_names_bad_options);
    tcase_add_test(tc, fit_names_bad_data_and_leaves_nothing);
    tcase_add_test(tc, fit_names_a_label_outside_the_classes);
    tcase_add_test(tc, loss_prints_its_value);
    tcase_add_test(tc, metric_prints_the_value_after_each_batch);
}
