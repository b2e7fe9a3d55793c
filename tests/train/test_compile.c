/* Compile: metrics by name, several outputs, Keras' compile_config. */
#include "support.h"
#include "train/training.h"

static cornu_model *compiled(int64_t units, const char *activation, const char *loss) {
    cornu_model *model = test_dense(2, units, activation);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(), .loss = cornu_loss_get(loss),
        .metrics = cornu_metrics("accuracy")
    ));
    return model;
}

static const char *chosen(cornu_model *model, cornu_tensor *y) {
    cornu_logs logs = {0};
    assert_ok(cornu_test_on_batch(model, test_samples(4, 2, 0), y, NULL, &logs));
    ck_assert(cornu_logs_has(&logs, "accuracy"));
    cornu_logs_clear(&logs);
    return model->training->metrics[0].metric->cls->name;
}

START_TEST(accuracy_is_chosen_by_the_shapes) {
    cornu_model *sparse = compiled(3, "softmax", "sparse_categorical_crossentropy");
    cornu_model *categorical = compiled(3, "softmax", "categorical_crossentropy");
    cornu_model *binary = compiled(1, "sigmoid", "binary_crossentropy");
    cornu_tensor *labels = test_labels(4, 3);
    cornu_tensor *hot = cornu_op_one_hot(labels, 3, CORNU_FLOAT32);
    cornu_tensor *bits = cornu_op_cast(test_labels(4, 2), CORNU_FLOAT32);
    ck_assert_str_eq(chosen(sparse, labels), "SparseCategoricalAccuracy");
    ck_assert_str_eq(chosen(categorical, hot), "CategoricalAccuracy");
    ck_assert_str_eq(chosen(binary, bits), "BinaryAccuracy");
    cornu_model_free(sparse);
    cornu_model_free(categorical);
    cornu_model_free(binary);
}
END_TEST

START_TEST(logs_are_named_and_sorted_as_in_keras) {
    cornu_model *model = test_dense(2, 1, "sigmoid");
    assert_ok(cornu_compile(
        model, .loss = cornu_loss_binary_crossentropy(),
        .metrics =
            cornu_metrics("accuracy", "mae", cornu_metric_mean_absolute_error(.name = "mae")),
        .weighted_metrics = cornu_metrics("accuracy", "mse")
    ));
    cornu_tensor *y = cornu_op_cast(test_labels(4, 2), CORNU_FLOAT32);
    cornu_logs logs = {0};
    assert_ok(cornu_train_on_batch(model, test_samples(4, 2, 0), y, NULL, &logs));
    const char *const wanted[] = {"accuracy", "loss", "mae", "mae_1", "mse", "weighted_accuracy"};
    ck_assert_uint_eq(logs.count, 6);
    for (size_t i = 0; i < logs.count; i++) ck_assert_str_eq(logs.entries[i].name, wanted[i]);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(only_weighted_metrics_see_sample_weights) {
    cornu_model *model = test_dense(2, 1, NULL);
    assert_ok(cornu_compile(
        model, .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae"),
        .weighted_metrics = cornu_metrics("mae")
    ));
    cornu_tensor *x = test_samples(2, 2, 0);
    cornu_tensor *y = cornu_predict(model, x);
    assert_ok(y);
    /* the first sample is off by 1, the second by 3 */
    float *values = cornu_tensor_data_mut(y);
    values[0] += 1;
    values[1] += 3;
    cornu_tensor *weight =
        cornu_scope_add_(cornu_test_tensor(cornu_shape(2), (const float[]){1, 0}));
    cornu_logs logs = {0};
    assert_ok(cornu_test_on_batch(model, x, y, weight, &logs));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "mae"), 2, 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "weighted_mae"), 1, 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 0.5, 1e-6); /* (1 * 1 + 0 * 9) / 2 */
    cornu_logs_clear(&logs);
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

static cornu_model *two_outputs(void) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *a = cornu_call(
        cornu_layer_dense(1, .name = "reg", .kernel_initializer = test_constant(0.5)), x
    );
    cornu_tensor *b = cornu_call(cornu_layer_dense(3, .name = "cls", .activation = "softmax"), x);
    cornu_model *model = cornu_functional(cornu_tensors(x), .outputs = cornu_tensors(a, b));
    assert_ok(model);
    return model;
}

START_TEST(losses_of_several_outputs_are_weighted_and_reported) {
    cornu_model *model = two_outputs();
    assert_ok(cornu_compile(
        model,
        .losses = (cornu_loss *const[]
        ){cornu_loss_mean_squared_error(), cornu_loss_sparse_categorical_crossentropy()},
        .loss_count = 2, .loss_weights = (const double[]){0.5, 2},
        .metrics_per_output =
            (const cornu_metric_list[]){cornu_metrics("mae"), cornu_metrics("accuracy")}
    ));
    cornu_tensor *x = test_samples(5, 2, 0);
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(x),
        .targets = cornu_tensors(test_samples(5, 1, 2), test_labels(5, 3)), .logs = &logs,
        .batch_size = 2, .verbose = 0
    ));
    const char *const wanted[] = {"cls_accuracy", "cls_loss", "loss", "reg_loss", "reg_mae"};
    ck_assert_uint_eq(logs.count, 5);
    for (size_t i = 0; i < 5; i++) ck_assert_str_eq(logs.entries[i].name, wanted[i]);
    double sum = 0.5 * cornu_logs_get(&logs, "reg_loss") + 2 * cornu_logs_get(&logs, "cls_loss");
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), sum, 1e-5);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(missing_losses_and_targets_are_named) {
    cornu_model *model = two_outputs();
    assert_fails(
        cornu_compile(
            model, .losses = (cornu_loss *const[]){cornu_loss_mean_squared_error()}, .loss_count = 1
        ),
        CORNU_EINVAL, "1 losses were given; the model has 2 outputs ('reg', ...)"
    );
    assert_ok(cornu_compile(model, .loss = cornu_loss_mean_squared_error()));
    assert_fails(
        cornu_fit(model, test_samples(4, 2, 0), test_samples(4, 1, 1), .verbose = 0), CORNU_EINVAL,
        "has 2 outputs ('reg', ...), 1 target given"
    );
    assert_fails(
        cornu_compile(model, .metrics = cornu_metrics("acuracy")), CORNU_EUNKNOWN, "acuracy"
    );
    cornu_model_free(model);
}
END_TEST

/* What a model's compile_config says, after it was read from `text`. */
static void round_trip(const char *text) {
    cornu_model *model = two_outputs();
    cJSON *given = cJSON_Parse(text);
    assert_ok(cornu_training_class_.compile_from_config(model, given));
    cJSON *written = cornu_training_class_.compile_config(model);
    ck_assert_ptr_nonnull(written);
    ck_assert_str_eq(written->child->string, "optimizer");
    cJSON_DeleteItemFromObject(written, "optimizer");
    cJSON_DeleteItemFromObject(given, "optimizer");
    ck_assert(cJSON_Compare(given, written, true));
    cJSON_Delete(given);
    cJSON_Delete(written);
    cornu_model_free(model);
}

START_TEST(compile_configs_are_read_and_written_back) {
    round_trip("{\"optimizer\": \"adam\", \"loss\": \"mse\", \"loss_weights\": null,"
               "\"metrics\": null, \"weighted_metrics\": null, \"run_eagerly\": false,"
               "\"steps_per_execution\": 2, \"jit_compile\": false}");
    round_trip("{\"optimizer\": \"adam\", \"loss\": [\"mse\", null], \"loss_weights\": [0.5, 1.0],"
               "\"metrics\": [[\"mae\"], null]}");
    round_trip("{\"optimizer\": \"adam\", \"loss\": {\"reg\": \"mse\", \"cls\": \"crossentropy\"},"
               "\"loss_weights\": {\"cls\": 3.0}, \"metrics\": {\"cls\": [\"accuracy\"]}}");
}
END_TEST

START_TEST(every_unknown_class_is_listed) {
    cornu_model *model = two_outputs();
    cJSON *config = cJSON_Parse("{\"optimizer\": {\"class_name\": \"Warp\", \"config\": {}},"
                                " \"loss\": [\"mse\", {\"class_name\": \"Shark\", \"config\": {}}],"
                                " \"metrics\": [[\"whale\"], null]}");
    assert_fails(
        cornu_training_class_.compile_from_config(model, config), CORNU_EUNKNOWN, "'Warp'"
    );
    (void)cornu_training_class_.compile_from_config(model, config);
    ck_assert_ptr_nonnull(strstr(cornu_error_message(), "'Shark'"));
    ck_assert_ptr_nonnull(strstr(cornu_error_message(), "'whale'"));
    cornu_error_clear();
    ck_assert_ptr_null(model->training);
    cJSON_Delete(config);
    config = cJSON_Parse("{\"optimizer\": \"sgd\", \"loss\": {\"rge\": \"mse\"}}");
    assert_fails(
        cornu_training_class_.compile_from_config(model, config), CORNU_EINVAL,
        "'rge'; the model's outputs are 'reg', 'cls'"
    );
    cJSON_Delete(config);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_failed_maker_among_the_arguments_keeps_its_message) {
    cornu_model *model = test_dense(2, 1, NULL);
    assert_fails(
        cornu_compile(
            model, .optimizer = cornu_optimizer_sgd(.clipnorm = -1),
            .loss = cornu_loss_mean_squared_error()
        ),
        CORNU_EINVAL, "clipnorm must be positive"
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(compile) {
    TCase *tc = cornu_test_case(suite, "compile");
    tcase_add_test(tc, accuracy_is_chosen_by_the_shapes);
    tcase_add_test(tc, logs_are_named_and_sorted_as_in_keras);
    tcase_add_test(tc, only_weighted_metrics_see_sample_weights);
    tcase_add_test(tc, losses_of_several_outputs_are_weighted_and_reported);
    tcase_add_test(tc, missing_losses_and_targets_are_named);
    tcase_add_test(tc, compile_configs_are_read_and_written_back);
    tcase_add_test(tc, every_unknown_class_is_listed);
    tcase_add_test(tc, a_failed_maker_among_the_arguments_keeps_its_message);
}
