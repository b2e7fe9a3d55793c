/* Fit: epochs, batches, validation, weights of samples and classes, repeatability. */
#include "support.h"
#include "train/training.h"

/* y = 3x + 2 at n points of -2..2. */
static void line(int64_t n, cornu_tensor **x, cornu_tensor **y) {
    *x = cornu_op_reshape(cornu_op_linspace(-2, 2, n), cornu_shape(n, 1));
    *y = cornu_op_add(cornu_op_multiply(*x, cornu_scalar(3)), cornu_scalar(2));
    ck_assert_ptr_nonnull(*y);
}

START_TEST(fit_takes_the_steps_of_a_loop_of_ones_own) {
    cornu_tensor *x, *y;
    line(50, &x, &y);
    cornu_tensor *w = cornu_scope_add_(cornu_variable(cornu_scalar(0.5)));
    cornu_tensor *b = cornu_scope_add_(cornu_variable(cornu_scalar(0)));
    cornu_model *model = test_regression(1, 0.1);
    cornu_history *history = cornu_fit(model, x, y, .epochs = 8, .batch_size = 64, .verbose = 0);
    assert_ok(history);
    for (size_t epoch = 0; epoch < 8; epoch++) {
        cornu_tape *tape = cornu_tape_begin();
        cornu_tensor *p = cornu_op_add(cornu_op_multiply(w, x), b);
        cornu_tensor *loss = cornu_op_mean(cornu_op_square(cornu_op_subtract(y, p)));
        cornu_tensor *gradients[2];
        assert_ok(cornu_tape_gradient(tape, loss, cornu_tensors(w, b), gradients));
        assert_ok(cornu_assign_sub(w, cornu_op_multiply(cornu_scalar(0.1), gradients[0])));
        assert_ok(cornu_assign_sub(b, cornu_op_multiply(cornu_scalar(0.1), gradients[1])));
        double wanted = cornu_tensor_item(loss), got = cornu_history_get(history, "loss", epoch);
        ck_assert_double_eq_tol(got, wanted, 1e-6 * fabs(wanted));
    }
    ck_assert_double_eq_tol(cornu_tensor_get(test_weight(model, 0), 0), cornu_tensor_item(w), 1e-5);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(the_reported_loss_is_the_mean_over_samples) {
    /* Rate 0: all batches see the same weights. With sizes 4, 4, 2 a mean over batches differs. */
    cornu_tensor *x = test_samples(10, 2, 0), *y = test_samples(10, 1, 3);
    cornu_model *model = test_regression(2, 0);
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(model, x, y, .logs = &logs, .batch_size = 10, .verbose = 0));
    cornu_history *history = cornu_fit(model, x, y, .batch_size = 4, .verbose = 0);
    assert_ok(history);
    ck_assert_double_eq_tol(
        cornu_history_get(history, "loss", 0), cornu_logs_get(&logs, "loss"), 1e-6
    );
    cornu_logs_clear(&logs);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(validation_split_holds_out_the_last_samples) {
    cornu_tensor *x = test_samples(10, 2, 0), *y = test_samples(10, 1, 3);
    cornu_tensor *last_x = cornu_op_slice(x, (const int64_t[]){7, 0}, cornu_shape(3, 2));
    cornu_tensor *last_y = cornu_op_slice(y, (const int64_t[]){7, 0}, cornu_shape(3, 1));
    cornu_model *model = test_regression(2, 0.05);
    cornu_history *history =
        cornu_fit(model, x, y, .validation_split = 0.3, .batch_size = 4, .verbose = 0);
    assert_ok(history);
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(model, last_x, last_y, .logs = &logs, .verbose = 0));
    ck_assert_double_eq_tol(
        cornu_history_get(history, "val_loss", 0), cornu_logs_get(&logs, "loss"), 1e-6
    );
    ck_assert_double_eq(
        cornu_tensor_item(cornu_optimizer_iterations(cornu_model_optimizer(model))), 2
    );
    cornu_logs_clear(&logs);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(validation_frequency_leaves_epochs_out) {
    cornu_tensor *x = test_samples(8, 2, 0), *y = test_samples(8, 1, 3);
    cornu_model *model = test_regression(2, 0.05);
    cornu_history *history = cornu_fit(
        model, x, y, .epochs = 3, .validation_x = x, .validation_y = y, .validation_freq = 2,
        .verbose = 0
    );
    assert_ok(history);
    ck_assert(!cornu_logs_has(cornu_history_logs(history, 0), "val_loss"));
    ck_assert(cornu_logs_has(cornu_history_logs(history, 1), "val_loss"));
    ck_assert(!cornu_logs_has(cornu_history_logs(history, 2), "val_loss"));
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

/* The weights after one epoch, retained. */
static cornu_tensor *trained(cornu_tensor *sample_weight, const cornu_class_weight *classes) {
    cornu_tensor *x = test_samples(6, 2, 0);
    cornu_tensor *y =
        cornu_scope_add_(cornu_test_tensor(cornu_shape(6, 1), (const float[]){0, 1, 0, 1, 1, 0}));
    cornu_model *model = test_dense(2, 1, "sigmoid");
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.5),
        .loss = cornu_loss_binary_crossentropy()
    ));
    cornu_history *history = cornu_fit(
        model, x, y, .sample_weight = sample_weight, .class_weight = classes,
        .class_weight_count = classes ? 1 : 0, .batch_size = 4, .shuffle = false, .verbose = 0
    );
    assert_ok(history);
    cornu_tensor *weights = cornu_tensor_copy(test_weight(model, 0));
    cornu_history_free(history);
    cornu_model_free(model);
    return cornu_scope_add_(weights);
}

START_TEST(validation_comes_after_the_epochs_that_are_listed) {
    cornu_model *model = test_regression(2, 0.1);
    cornu_tensor *x = test_samples(8, 2, 0), *y = test_samples(8, 1, 3);
    cornu_history *history = cornu_fit(
        model, x, y, .epochs = 4, .verbose = 0, .validation_x = x, .validation_y = y,
        .validation_epochs = cornu_ints(1, 4)
    );
    assert_ok(history);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(
            cornu_logs_has(cornu_history_logs(history, i), "val_loss"), i == 0 || i == 3
        );
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

/* A callback that counts calls and keeps the last index, of any kind of batch. */
static struct { int64_t begun, ended, last; } seen;

static cornu_status batch_begins(
    cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    (void)self, (void)model, (void)batch, (void)logs;
    seen.begun++;
    return CORNU_OK;
}

static cornu_status batch_ends(
    cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    (void)self, (void)model, (void)logs;
    seen.ended++;
    seen.last = batch;
    return CORNU_OK;
}

static const cornu_callback_class counter = {
    .name = "Test>Counter",
    .size = sizeof(cornu_callback),
    .on_train_batch_begin = batch_begins,
    .on_train_batch_end = batch_ends,
    .on_test_batch_begin = batch_begins,
    .on_test_batch_end = batch_ends,
    .on_predict_batch_begin = batch_begins,
    .on_predict_batch_end = batch_ends};

START_TEST(callbacks_are_called_once_in_so_many_batches) {
    cornu_model *model = test_dense(2, 1, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(), .loss_name = "mse", .steps_per_execution = 3
    ));
    cornu_tensor *x = test_samples(10, 2, 0), *y = test_samples(10, 1, 3);
    for (int kind = 0; kind < 3; kind++) {
        cornu_callback_list callbacks = cornu_callbacks(cornu_callback_create(&counter, NULL));
        seen.begun = seen.ended = 0;
        if (kind == 0)
            cornu_history_free(
                cornu_fit(model, x, y, .batch_size = 2, .verbose = 0, .callbacks = callbacks)
            );
        else if (kind == 1)
            assert_ok(
                cornu_evaluate(model, x, y, .batch_size = 2, .verbose = 0, .callbacks = callbacks)
            );
        else cornu_tensor_free(cornu_predict(model, x, .batch_size = 2, .callbacks = callbacks));
        ck_assert_int_eq(seen.begun, 2); /* five batches: three and two */
        ck_assert_int_eq(seen.ended, 2);
        ck_assert_int_eq(seen.last, 5);
    }
    cornu_model_free(model);
}
END_TEST

START_TEST(class_weights_are_sample_weights) {
    cornu_tensor *weights =
        cornu_scope_add_(cornu_test_tensor(cornu_shape(6), (const float[]){1, 3, 1, 3, 3, 1}));
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    cornu_tensor *by_class = trained(NULL, classes);
    ck_assert(cornu_tensor_equal(trained(weights, NULL), by_class));
    ck_assert(!cornu_tensor_equal(trained(NULL, NULL), by_class));
}
END_TEST

/* As in Keras. */
START_TEST(class_weights_and_sample_weights_exclude_each_other) {
    cornu_tensor *x = test_samples(6, 2, 0), *y = cornu_op_zeros(cornu_shape(6, 1), CORNU_FLOAT32);
    cornu_tensor *given = cornu_op_ones(cornu_shape(6), CORNU_FLOAT32);
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    cornu_model *model = test_dense(2, 1, "sigmoid");
    assert_ok(cornu_compile(model, .loss_name = "binary_crossentropy"));
    cornu_tensor *before = cornu_scope_add_(cornu_tensor_copy(test_weight(model, 0)));
    assert_fails(
        cornu_fit(
            model, x, y, .sample_weight = given, .class_weight = classes, .class_weight_count = 1,
            .verbose = 0
        ),
        CORNU_EINVAL, "at the same time"
    );
    ck_assert(cornu_tensor_equal(test_weight(model, 0), before));
    cornu_model_free(model);
}
END_TEST

/* Two outputs of one weight each, so that each loss shows in its own weight. */
static cornu_model *two_heads(void) {
    cornu_tensor *x = cornu_input_tensor(1), *outputs[2];
    for (int i = 0; i < 2; i++)
        outputs[i] = cornu_call(
            cornu_layer_dense(
                1, .use_bias = false, .kernel_initializer = test_constant(1), .name = i ? "b" : "a"
            ),
            x
        );
    cornu_model *model =
        cornu_functional(cornu_tensors(x), .outputs = cornu_tensors(outputs[0], outputs[1]));
    assert_ok(model);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1), .loss_name = "mse"
    ));
    return model;
}

static cornu_tensor *column(float a, float b) {
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 1), (const float[]){a, b}));
}

static cornu_tensor *row(float a, float b) {
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(2), (const float[]){a, b}));
}

START_TEST(each_output_has_its_own_sample_weights) {
    /* predictions 1 and 2, targets 0: squares 1 and 4 */
    cornu_tensor *x = column(1, 2), *y = column(0, 0), *w = row(1, 0), *v = row(0, 3);
    cornu_model *model = two_heads();
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .logs = &logs,
        .sample_weights = cornu_tensors(w, v), .verbose = 0
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "a_loss"), 0.5, 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "b_loss"), 6, 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 6.5, 1e-6);
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .logs = &logs,
        .sample_weights = cornu_tensors(w, NULL), .verbose = 0
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "b_loss"), 2.5, 1e-6);
    /* derivatives: w: (1 * 2 * 1 * 1) / 2, v: (3 * 2 * 2 * 2) / 2 */
    cornu_history *history = cornu_fit(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
        .sample_weights = cornu_tensors(w, v), .verbose = 0, .shuffle = true, .seed = 1,
        .validation_inputs = cornu_tensors(x), .validation_targets = cornu_tensors(y, y),
        .validation_sample_weights = cornu_tensors(v, w)
    );
    assert_ok(history);
    assert_values(test_weight(model, 0), 1e-6, 0.9);
    assert_values(test_weight(model, 1), 1e-6, -0.2);
    ck_assert_double_eq_tol(
        cornu_logs_get(cornu_history_logs(history, 0), "val_loss"), 6 * 0.81 + 0.5 * 0.04, 1e-5
    );
    cornu_history_free(history);
    assert_ok(cornu_reset_metrics(model));
    assert_ok(cornu_test_on_batch(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
        .sample_weights = cornu_tensors(v, w), .logs = &logs
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 6 * 0.81 + 0.5 * 0.04, 1e-5);
    assert_ok(cornu_train_on_batch(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
        .sample_weights = cornu_tensors(w, NULL)
    ));
    assert_values(test_weight(model, 0), 1e-6, 0.81);
    assert_values(test_weight(model, 1), 1e-6, -0.1);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(sample_weights_are_given_by_names_of_outputs) {
    cornu_tensor *x = column(1, 2), *y = column(0, 0), *w = row(1, 0), *v = row(0, 3);
    cornu_model *model = two_heads();
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .logs = &logs,
        .sample_weight_map = cornu_sample_weight_map({"b", v}, {"a", w}), .verbose = 0
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 6.5, 1e-6);
    assert_ok(cornu_evaluate(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .logs = &logs,
        .sample_weight_map = cornu_sample_weight_map({"a", w}), .verbose = 0
    ));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "a_loss"), 0.5, 1e-6);
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "b_loss"), 2.5, 1e-6);
    cornu_history *history = cornu_fit(
        model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .verbose = 0,
        .sample_weight_map = cornu_sample_weight_map({"a", w}, {"b", v}),
        .validation_inputs = cornu_tensors(x), .validation_targets = cornu_tensors(y, y),
        .validation_sample_weight_map = cornu_sample_weight_map({"a", v}, {"b", w})
    );
    assert_ok(history);
    ck_assert_double_eq_tol(
        cornu_logs_get(cornu_history_logs(history, 0), "val_loss"), 6 * 0.81 + 0.5 * 0.04, 1e-5
    );
    cornu_history_free(history);
    assert_fails(
        cornu_evaluate(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .verbose = 0,
            .sample_weight_map = cornu_sample_weight_map({"c", w})
        ),
        CORNU_EINVAL, "sample_weight_map names an output 'c'; the model's outputs are 'a', 'b'"
    );
    assert_fails(
        cornu_evaluate(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .verbose = 0,
            .sample_weight_map = cornu_sample_weight_map({"a", w}, {"a", w})
        ),
        CORNU_EINVAL, "'a' twice"
    );
    assert_fails(
        cornu_evaluate(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .verbose = 0,
            .sample_weight = w, .sample_weight_map = cornu_sample_weight_map({"a", w})
        ),
        CORNU_EINVAL, "beside sample_weight"
    );
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

START_TEST(sample_weights_that_do_not_fit_the_outputs_are_named) {
    cornu_tensor *x = column(1, 2), *y = column(0, 0), *w = row(1, 0);
    cornu_tensor *wide =
        cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 2), (const float[]){1, 1, 1, 1}));
    cornu_model *model = two_heads();
    assert_fails(
        cornu_evaluate(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
            .sample_weights = cornu_tensors(w, w, w), .verbose = 0
        ),
        CORNU_EINVAL, "3 arrays for 2 targets"
    );
    assert_fails(
        cornu_evaluate(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
            .sample_weight = wide, .verbose = 0
        ),
        CORNU_ESHAPE, "one weight per sample"
    );
    assert_fails(
        cornu_train_on_batch(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y), .sample_weight = w,
            .sample_weights = cornu_tensors(w, w)
        ),
        CORNU_EINVAL, "one of both"
    );
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    assert_fails(
        cornu_train_on_batch(
            model, .inputs = cornu_tensors(x), .targets = cornu_tensors(y, y),
            .class_weight = classes, .class_weight_count = 1
        ),
        CORNU_EINVAL, "one target"
    );
    assert_fails(
        cornu_test_on_batch(model, x, y, .class_weight = classes, .class_weight_count = 1),
        CORNU_EINVAL, "for training"
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(pipelines_carry_the_weights_of_each_output) {
    cornu_tensor *x = column(1, 2), *y = column(0, 0);
    cornu_dataset *data = cornu_dataset_from_tensors(
        cornu_tensors(x), .targets = cornu_tensors(y, y),
        .sample_weights = cornu_tensors(row(1, 0), row(0, 3))
    );
    cornu_dataset *mixed = cornu_dataset_shuffle(data, 2, .seed = 3);
    cornu_dataset *batches = cornu_dataset_batch(mixed, 2);
    assert_ok(batches);
    cornu_model *model = two_heads();
    cornu_logs logs = {0};
    assert_ok(cornu_evaluate(model, .dataset = batches, .logs = &logs, .verbose = 0));
    ck_assert_double_eq_tol(cornu_logs_get(&logs, "loss"), 6.5, 1e-6);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
    cornu_dataset_free(batches);
    cornu_dataset_free(mixed);
    cornu_dataset_free(data);
}
END_TEST

START_TEST(class_weights_hold_for_one_batch) {
    cornu_tensor *x = column(1, 2), *y = column(0, 1);
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    cornu_tensor *weights[2];
    for (int i = 0; i < 2; i++) {
        cornu_model *model = test_dense(1, 1, NULL);
        assert_ok(cornu_compile(model, .optimizer = cornu_optimizer_sgd(), .loss_name = "mse"));
        if (i == 0)
            assert_ok(
                cornu_train_on_batch(model, x, y, .class_weight = classes, .class_weight_count = 1)
            );
        else assert_ok(cornu_train_on_batch(model, x, y, row(1, 3), NULL));
        weights[i] = cornu_scope_add_(cornu_tensor_copy(test_weight(model, 0)));
        cornu_model_free(model);
    }
    ck_assert(cornu_tensor_equal(weights[0], weights[1]));
}
END_TEST

START_TEST(one_hot_targets_have_the_class_of_their_largest_entry) {
    cornu_tensor *y =
        cornu_scope_add_(cornu_test_tensor(cornu_shape(2, 3), (const float[]){0, 0, 1, 0, 1, 0}));
    cornu_batch batch = {.targets = &y, .target_count = 1, .size = 2};
    const cornu_class_weight classes[] = {{.label = 2, .weight = 5}};
    cornu_tensor *room = NULL;
    assert_ok(cornu_class_weight_apply_(classes, 1, &room, &batch));
    assert_values(batch.sample_weight, 0, 5, 1);
    cornu_tensor_free(room);
}
END_TEST

static cornu_status count_call(void *user, cornu_model *model, int64_t index, cornu_logs *logs) {
    (void)model, (void)logs;
    int64_t *calls = user;
    calls[0]++;
    calls[1] = index;
    return CORNU_OK;
}

START_TEST(steps_per_execution_groups_callbacks_only) {
    cornu_tensor *x = test_samples(10, 2, 0), *y = test_samples(10, 1, 3);
    cornu_model *models[2] = {test_dense(2, 1, NULL), test_regression(2, 0.1)};
    assert_ok(cornu_compile(
        models[0], .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1),
        .loss = cornu_loss_mean_squared_error(), .steps_per_execution = 3
    ));
    int64_t calls[2] = {0};
    for (int i = 0; i < 2; i++) {
        cornu_callback *callback =
            i == 0 ? cornu_callback_lambda(.user = calls, .on_train_batch_end = count_call)
                   : cornu_callback_lambda();
        cornu_history *history = cornu_fit(
            models[i], x, y, .batch_size = 2, .shuffle = false, .verbose = 0,
            .callbacks = cornu_callbacks(callback)
        );
        assert_ok(history);
        cornu_history_free(history);
    }
    ck_assert_int_eq(calls[0], 2); /* after batches 3 and 5 */
    ck_assert_int_eq(calls[1], 5);
    ck_assert(cornu_tensor_equal(test_weight(models[0], 0), test_weight(models[1], 0)));
    cornu_model_free(models[0]);
    cornu_model_free(models[1]);
}
END_TEST

START_TEST(an_epoch_of_given_steps_goes_on_where_the_last_ended) {
    cornu_tensor *x = test_samples(12, 2, 0), *y = test_samples(12, 1, 3);
    cornu_model *whole = test_regression(2, 0.1), *steps = test_regression(2, 0.1);
    cornu_history *a = cornu_fit(whole, x, y, .batch_size = 2, .shuffle = false, .verbose = 0);
    cornu_history *b = cornu_fit(
        steps, x, y, .batch_size = 2, .shuffle = false, .verbose = 0, .epochs = 2,
        .steps_per_epoch = 3
    );
    assert_ok(a);
    assert_ok(b);
    ck_assert(cornu_tensor_equal(test_weight(whole, 0), test_weight(steps, 0)));
    cornu_history_free(a);
    cornu_history_free(b);
    cornu_model_free(whole);
    cornu_model_free(steps);
}
END_TEST

/* Trains a model with dropout from a seed; belongs to the scope. */
static cornu_tensor *seeded_run(uint64_t seed) {
    cornu_set_random_seed(seed);
    cornu_tensor *x = test_samples(40, 3, 0), *y = test_labels(40, 2);
    cornu_model *model = cornu_sequential(
        cornu_input(3), cornu_layer_dense(8, .activation = "relu"), cornu_layer_dropout(0.3),
        cornu_layer_dense(2)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    cornu_history *history = cornu_fit(model, x, y, .epochs = 3, .batch_size = 8, .verbose = 0);
    assert_ok(history);
    cornu_tensor *weights = cornu_tensor_copy(test_weight(model, 0));
    cornu_history_free(history);
    cornu_model_free(model);
    return cornu_scope_add_(weights);
}

START_TEST(the_same_seed_gives_the_same_bits) {
    cornu_tensor *first = seeded_run(7);
    ck_assert(cornu_tensor_equal(seeded_run(7), first));
    ck_assert(!cornu_tensor_equal(seeded_run(8), first));
}
END_TEST

START_TEST(resuming_at_an_epoch_shuffles_as_an_uninterrupted_fit) {
    cornu_tensor *x = test_samples(20, 2, 0), *y = test_samples(20, 1, 3);
    cornu_model *whole = test_regression(2, 0.1), *parts = test_regression(2, 0.1);
    cornu_history *runs[3] = {
        cornu_fit(whole, x, y, .epochs = 4, .batch_size = 3, .seed = 5, .verbose = 0),
        cornu_fit(parts, x, y, .epochs = 2, .batch_size = 3, .seed = 5, .verbose = 0),
        cornu_fit(
            parts, x, y, .initial_epoch = 2, .epochs = 4, .batch_size = 3, .seed = 5, .verbose = 0
        )};
    for (int i = 0; i < 3; i++) assert_ok(runs[i]);
    ck_assert_int_eq(cornu_history_epoch(runs[2], 0), 2);
    ck_assert(cornu_tensor_equal(test_weight(whole, 0), test_weight(parts, 0)));
    for (int i = 0; i < 3; i++) cornu_history_free(runs[i]);
    cornu_model_free(whole);
    cornu_model_free(parts);
}
END_TEST

START_TEST(averaged_weights_are_put_in_at_the_end) {
    cornu_tensor *x = test_samples(8, 2, 0), *y = test_samples(8, 1, 3);
    cornu_model *model = test_dense(2, 1, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.use_ema = true, .learning_rate = 0.1),
        .loss = cornu_loss_mean_squared_error()
    ));
    cornu_history *history = cornu_fit(model, x, y, .epochs = 2, .batch_size = 4, .verbose = 0);
    assert_ok(history);
    cornu_tensor_list state = cornu_optimizer_variables(cornu_model_optimizer(model));
    ck_assert(cornu_tensor_equal(test_weight(model, 0), state.items[2]));
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(mistakes_in_the_arguments_are_named) {
    cornu_tensor *x = test_samples(8, 2, 0), *y = test_samples(8, 1, 3);
    cornu_tensor *longer = test_samples(9, 1, 3);
    cornu_model *model = test_regression(2, 0.1), *raw = test_dense(2, 1, NULL);
    assert_fails(cornu_fit(raw, x, y), CORNU_ESTATE, "is not compiled");
    assert_fails(cornu_fit(NULL, x, y), CORNU_EINVAL, "model is NULL");
    assert_fails(cornu_fit(model, NULL, y), CORNU_EINVAL, "x is NULL");
    assert_fails(cornu_fit(model, x, longer), CORNU_ESHAPE, "9");
    assert_fails(cornu_fit(model, x, NULL, .verbose = 0), CORNU_EINVAL, "0 targets given");
    assert_fails(cornu_fit(model, x, y, .batch_size = 0), CORNU_EINVAL, "batch_size must be at");
    assert_fails(cornu_fit(model, x, y, .epochs = -1), CORNU_EINVAL, "epochs must be at least 0");
    assert_fails(
        cornu_fit(model, x, y, .validation_split = 1.5), CORNU_EINVAL, "validation_split must be"
    );
    assert_fails(
        cornu_fit(model, x, y, .validation_split = 0.99, .verbose = 0), CORNU_EINVAL,
        "leaves 0 to train"
    );
    cornu_model_free(model);
    cornu_model_free(raw);
}
END_TEST

START_TEST(a_failing_batch_is_named) {
    cornu_tensor *x = test_samples(8, 2, 0), *y = test_labels(8, 9);
    cornu_model *model = test_dense(2, 3, "softmax");
    assert_ok(cornu_compile(model, .loss = cornu_loss_sparse_categorical_crossentropy()));
    assert_fails(
        cornu_fit(model, x, y, .batch_size = 1, .shuffle = false, .verbose = 0), CORNU_EINVAL,
        "fit, epoch 1, batch 2: "
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(fit) {
    TCase *tc = cornu_test_case(suite, "fit");
    tcase_add_test(tc, fit_takes_the_steps_of_a_loop_of_ones_own);
    tcase_add_test(tc, the_reported_loss_is_the_mean_over_samples);
    tcase_add_test(tc, validation_split_holds_out_the_last_samples);
    tcase_add_test(tc, validation_frequency_leaves_epochs_out);
    tcase_add_test(tc, validation_comes_after_the_epochs_that_are_listed);
    tcase_add_test(tc, callbacks_are_called_once_in_so_many_batches);
    tcase_add_test(tc, class_weights_are_sample_weights);
    tcase_add_test(tc, class_weights_and_sample_weights_exclude_each_other);
    tcase_add_test(tc, each_output_has_its_own_sample_weights);
    tcase_add_test(tc, sample_weights_are_given_by_names_of_outputs);
    tcase_add_test(tc, sample_weights_that_do_not_fit_the_outputs_are_named);
    tcase_add_test(tc, pipelines_carry_the_weights_of_each_output);
    tcase_add_test(tc, class_weights_hold_for_one_batch);
    tcase_add_test(tc, one_hot_targets_have_the_class_of_their_largest_entry);
    tcase_add_test(tc, steps_per_execution_groups_callbacks_only);
    tcase_add_test(tc, an_epoch_of_given_steps_goes_on_where_the_last_ended);
    tcase_add_test(tc, the_same_seed_gives_the_same_bits);
    tcase_add_test(tc, resuming_at_an_epoch_shuffles_as_an_uninterrupted_fit);
    tcase_add_test(tc, averaged_weights_are_put_in_at_the_end);
    tcase_add_test(tc, mistakes_in_the_arguments_are_named);
    tcase_add_test(tc, a_failing_batch_is_named);
}
