/* Compile: metrics by name, several outputs, Keras' compile_config. */
#include "base/memory.h"
#include "nn/layer.h"
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

START_TEST(accuracy_is_chosen_whatever_its_letters) {
    cornu_model *model = test_dense(2, 3, "softmax");
    assert_ok(cornu_compile(
        model, .loss = cornu_loss_sparse_categorical_crossentropy(),
        .metrics = cornu_metrics("Accuracy", "ACC")
    ));
    cornu_logs logs = {0};
    assert_ok(cornu_test_on_batch(model, test_samples(4, 2, 0), test_labels(4, 3), NULL, &logs));
    for (int i = 0; i < 2; i++)
        ck_assert_str_eq(
            model->training->metrics[i].metric->cls->name, "SparseCategoricalAccuracy"
        );
    ck_assert(cornu_logs_has(&logs, "Accuracy") && cornu_logs_has(&logs, "ACC"));
    cornu_logs_clear(&logs);
    cornu_model_free(model);
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

/* (y_true - y_pred)^2, doubled, or as often as `user` says */
static cornu_tensor *scaled_square(cornu_tensor *y_true, cornu_tensor *y_pred, void *user) {
    double factor = user ? *(const double *)user : 2;
    cornu_tensor *square = cornu_op_square(cornu_op_subtract(y_true, y_pred));
    return cornu_op_multiply(cornu_op_mean(square, .axis = cornu_axes(-1)), cornu_scalar(factor));
}

static void count_free(void *user) { ++*(double *)user; }

static cornu_logs scores_of(cornu_model *model) {
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(test_samples(5, 2, 0)),
        .targets = cornu_tensors(test_samples(5, 1, 2), test_labels(5, 3)), .logs = &logs,
        .verbose = 0
    ));
    return logs;
}

START_TEST(losses_weights_and_metrics_come_by_the_names_of_outputs) {
    cornu_model *model = two_outputs();
    assert_ok(cornu_compile(
        model,
        .loss_map =
            cornu_loss_map({"cls", .name = "crossentropy"}, {"reg", .loss = cornu_loss_huber()}),
        .loss_weight_map = cornu_weight_map({"cls", 2}),
        .metrics_map = cornu_metrics_map({"cls", cornu_metrics("accuracy")}),
        .weighted_metrics_map = cornu_metrics_map({"reg", cornu_metrics("mae", "mse")})
    ));
    cornu_logs logs = scores_of(model);
    const char *const wanted[] = {"cls_accuracy", "cls_loss", "loss",
                                  "reg_loss",     "reg_mae",  "reg_mse"};
    ck_assert_uint_eq(logs.count, 6);
    for (size_t i = 0; i < 6; i++) ck_assert_str_eq(logs.entries[i].name, wanted[i]);
    double sum = cornu_logs_get(&logs, "reg_loss") + 2 * cornu_logs_get(&logs, "cls_loss");
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), sum, 1e-5);
    cornu_logs_clear(&logs);
    /* the config is a dict again, and what it says can be compiled */
    cJSON *config = cornu_training_class_.compile_config(model);
    ck_assert_str_eq(
        cJSON_GetObjectItem(cJSON_GetObjectItem(config, "loss"), "cls")->valuestring, "crossentropy"
    );
    assert_ok(cornu_training_class_.compile_from_config(model, config));
    cJSON *again = cornu_training_class_.compile_config(model);
    ck_assert(cJSON_Compare(config, again, true));
    cJSON_Delete(config);
    cJSON_Delete(again);
    cornu_model_free(model);
}
END_TEST

START_TEST(an_output_without_a_loss_counts_nothing) {
    cornu_model *model = two_outputs();
    assert_ok(cornu_compile(
        model, .loss_map = cornu_loss_map({"reg", .name = "mse"}, {"cls", .loss = NULL}),
        .metrics_map = cornu_metrics_map({"cls", cornu_metrics("accuracy")})
    ));
    cornu_logs logs = scores_of(model);
    ck_assert_uint_eq(logs.count, 2); /* one loss has no name of its own */
    ck_assert_str_eq(logs.entries[0].name, "cls_accuracy");
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(maps_that_fit_no_output_are_refused) {
    cornu_model *model = two_outputs();
    assert_fails(
        cornu_compile(
            model, .loss_map = cornu_loss_map({"reg", .name = "mse"}, {"clz", .name = "mse"})
        ),
        CORNU_EINVAL, "loss_map names an output 'clz'; the model's outputs are 'reg', 'cls'"
    );
    assert_fails(
        cornu_compile(model, .loss_map = cornu_loss_map({"reg", .name = "mse"})), CORNU_EINVAL,
        "loss_map says nothing of the output 'cls'"
    );
    assert_fails(
        cornu_compile(
            model, .loss_map = cornu_loss_map({"reg", .name = "mse"}, {"reg", .name = "mse"})
        ),
        CORNU_EINVAL, "names 'reg' twice"
    );
    assert_fails(
        cornu_compile(model, .loss_name = "mse", .loss = cornu_loss_huber()), CORNU_EINVAL,
        "only one of loss, loss_name"
    );
    assert_fails(cornu_compile(model, .loss_name = "mze"), CORNU_EUNKNOWN, "mze");
    assert_fails(
        cornu_compile(model, .loss_name = "mse", .metrics_map = cornu_metrics_map({"x", {0}})),
        CORNU_EINVAL, "metrics_map names an output 'x'"
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(functions_are_losses_and_metrics) {
    cornu_model *model = two_outputs();
    double three = 3;
    assert_ok(cornu_compile(
        model,
        .loss_map = cornu_loss_map(
            {"reg", .loss = cornu_loss_function(scaled_square, .name = "doubled")},
            {"cls", .loss = NULL}
        ),
        .metrics_map = cornu_metrics_map(
            {"reg",
             cornu_metrics(
                 "mse", cornu_metric_function(
                            scaled_square, .name = "times", .user = &three, .free_user = count_free
                        )
             )}
        )
    ));
    cornu_logs logs = scores_of(model);
    double mse = cornu_logs_get(&logs, "reg_mse");
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 2 * mse, 1e-5);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "reg_times"), 3 * mse, 1e-5);
    cornu_logs_clear(&logs);
    /* a file can only note the name */
    cJSON *config = cornu_training_class_.compile_config(model);
    const cJSON *loss = cJSON_GetObjectItem(cJSON_GetObjectItem(config, "loss"), "reg");
    ck_assert_str_eq(cJSON_GetObjectItem(loss, "config")->valuestring, "doubled");
    assert_fails(
        cornu_training_class_.compile_from_config(model, config), CORNU_EUNKNOWN, "'doubled'"
    );
    cJSON_Delete(config);
    cornu_model_free(model);
    ck_assert_double_eq(three, 4);
    assert_fails(
        cornu_loss_function(NULL, .user = &three, .free_user = count_free), CORNU_EINVAL, "function"
    );
    ck_assert_double_eq(three, 5);
}
END_TEST

START_TEST(one_function_metric_counts_for_each_output) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *a = cornu_call(cornu_layer_dense(1, .name = "a"), x);
    cornu_tensor *b = cornu_call(cornu_layer_dense(1, .name = "b"), x);
    cornu_model *model = cornu_functional(cornu_tensors(x), .outputs = cornu_tensors(a, b));
    assert_ok(cornu_compile(
        model, .loss_name = "mse",
        .metrics = cornu_metrics(cornu_metric_function(scaled_square, .name = "f"))
    ));
    cornu_logs logs = {0};
    cornu_tensor *y = test_samples(5, 1, 2);
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(test_samples(5, 2, 0)), .targets = cornu_tensors(y, y),
        .logs = &logs, .verbose = 0
    ));
    ck_assert_double_eq_tol(
        cornu_logs_get(&logs, "a_f"), 2 * cornu_logs_get(&logs, "a_loss"), 1e-5
    );
    ck_assert_double_eq_tol(
        cornu_logs_get(&logs, "b_f"), 2 * cornu_logs_get(&logs, "b_loss"), 1e-5
    );
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_model_in_float16_scales_its_loss_unless_told_not_to) {
    for (int wish = 0; wish < 2; wish++) {
        cornu_model *model = test_dense(2, 1, NULL);
        cornu_layer *layer = cornu_model_layer(model);
        cornu_free_(layer->state_->dtype_policy);
        layer->state_->dtype_policy = cornu_strdup_("mixed_float16");
        assert_ok(cornu_compile(
            model, .loss_name = "mse", .optimizer = cornu_optimizer_sgd(),
            .auto_scale_loss = wish == 1
        ));
        const cornu_optimizer *used = cornu_model_optimizer(model);
        ck_assert_str_eq(used->cls->name, wish ? "LossScaleOptimizer" : "SGD");
        cJSON *config = cornu_training_class_.compile_config(model);
        const cJSON *written = cJSON_GetObjectItem(config, "optimizer");
        ck_assert_str_eq(cJSON_GetObjectItem(written, "class_name")->valuestring, "SGD");
        assert_ok(cornu_training_class_.compile_from_config(model, config));
        ck_assert_str_eq(cornu_model_optimizer(model)->cls->name, "LossScaleOptimizer");
        cJSON_Delete(config);
        cornu_model_free(model);
    }
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
    tcase_add_test(tc, accuracy_is_chosen_whatever_its_letters);
    tcase_add_test(tc, logs_are_named_and_sorted_as_in_keras);
    tcase_add_test(tc, only_weighted_metrics_see_sample_weights);
    tcase_add_test(tc, losses_of_several_outputs_are_weighted_and_reported);
    tcase_add_test(tc, missing_losses_and_targets_are_named);
    tcase_add_test(tc, compile_configs_are_read_and_written_back);
    tcase_add_test(tc, losses_weights_and_metrics_come_by_the_names_of_outputs);
    tcase_add_test(tc, an_output_without_a_loss_counts_nothing);
    tcase_add_test(tc, maps_that_fit_no_output_are_refused);
    tcase_add_test(tc, functions_are_losses_and_metrics);
    tcase_add_test(tc, one_function_metric_counts_for_each_output);
    tcase_add_test(tc, a_model_in_float16_scales_its_loss_unless_told_not_to);
    tcase_add_test(tc, every_unknown_class_is_listed);
    tcase_add_test(tc, a_failed_maker_among_the_arguments_keeps_its_message);
}
