/* What steps inside fit allocate: nothing, once they have run; and memory stays where it is. */
#include "base/memory.h"
#include "support.h"

enum { FROM = 3, TO = 1000, STEPS = TO + 10, FEW = 150 };

typedef struct counts {
    int64_t last; /* step */
    uint64_t from, to;
} counts;

/* Between two beginnings of batches lies everything that a step and the loop around it do. */
static cornu_status note(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    counts *c = user;
    (void)model, (void)logs;
    if (batch == FROM) c->from = cornu_allocation_count_();
    if (batch == c->last) c->to = cornu_allocation_count_();
    return CORNU_OK;
}

static void assert_steps_allocate_nothing(
    cornu_model *model, cornu_tensor_list inputs, cornu_tensor_list targets, int64_t batch_size,
    bool shuffle, int64_t last
) {
    counts c = {.last = last};
    cornu_history *history = cornu_fit(
        model, .inputs = inputs, .targets = targets, .batch_size = batch_size, .shuffle = shuffle,
        .verbose = 0,
        .callbacks =
            cornu_callbacks(cornu_callback_lambda(.user = &c, .on_train_batch_begin = note))
    );
    assert_ok(history);
    ck_assert_uint_gt(c.to, 0);
    ck_assert_msg(
        c.to == c.from, "%llu allocations in %lld steps", (unsigned long long)(c.to - c.from),
        (long long)last - FROM
    );
    cornu_history_free(history);
}

static cornu_model *classifier(int64_t features, int64_t units, int64_t classes) {
    cornu_model *model = cornu_sequential(
        cornu_input(features), cornu_layer_dense(units, .activation = "relu"),
        cornu_layer_dropout(0.2), cornu_layer_dense(classes)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .metrics = cornu_metrics("accuracy")
    ));
    return model;
}

START_TEST(steps_of_a_regression_allocate_nothing) {
    cornu_tensor *x = test_samples(STEPS * 4, 1, 0), *y = test_samples(STEPS * 4, 1, 5);
    cornu_model *model = test_regression(1, 0.1);
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 4, false, TO);
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 4, true, TO);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_of_a_classifier_allocate_nothing) {
    cornu_tensor *x = test_samples(STEPS * 8, 20, 0), *y = test_labels(STEPS * 8, 5);
    cornu_model *model = classifier(20, 16, 5);
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 8, false, TO);
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 8, true, TO);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_with_class_weights_allocate_nothing) {
    cornu_tensor *x = test_samples(STEPS * 8, 20, 0), *y = test_labels(STEPS * 8, 5);
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    cornu_model *model = classifier(20, 16, 5);
    counts c = {.last = TO};
    cornu_history *history = cornu_fit(
        model, x, y, .batch_size = 8, .class_weight = classes, .class_weight_count = 1,
        .verbose = 0,
        .callbacks =
            cornu_callbacks(cornu_callback_lambda(.user = &c, .on_train_batch_begin = note))
    );
    assert_ok(history);
    ck_assert_uint_gt(c.to, 0);
    ck_assert_uint_eq(c.to, c.from);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

/* The net of the workload W3 on smaller pictures. */
START_TEST(steps_of_a_convolutional_net_allocate_nothing) {
    int64_t samples = STEPS * 2;
    cornu_tensor *x = test_samples(samples, 12 * 12, 0), *y = test_labels(samples, 10);
    cornu_model *model = cornu_sequential(
        cornu_input(12 * 12), cornu_layer_reshape(cornu_shape(12, 12, 1)),
        cornu_layer_conv2d(4, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_max_pooling2d(),
        cornu_layer_conv2d(8, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_batch_normalization(), cornu_layer_flatten(), cornu_layer_dropout(0.5),
        cornu_layer_dense(10)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 2, true, TO);
    cornu_model_free(model);
}
END_TEST

/* Numbers 0 .. words-1 in turn, int32 [n, length]; 0 is hidden by a mask. */
static cornu_tensor *sequences(int64_t n, int64_t length, int32_t words) {
    cornu_tensor *labels = test_labels(n * length, words);
    return cornu_op_reshape(labels, cornu_shape(n, length));
}

START_TEST(steps_with_masks_and_many_metrics_allocate_nothing) {
    cornu_tensor *x = sequences(STEPS * 4, 5, 7), *y = test_labels(STEPS * 4, 3);
    cornu_model *model = cornu_sequential(
        cornu_input(5, .dtype = "int32"),
        cornu_layer_embedding(7, .output_dim = 4, .mask_zero = true),
        cornu_layer_bidirectional(cornu_layer_lstm(4)), cornu_layer_layer_normalization(),
        cornu_layer_dense(3, .activation = "softmax")
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_rmsprop(.momentum = 0.9, .clipnorm = 1),
        .loss = cornu_loss_sparse_categorical_crossentropy(),
        .metrics = cornu_metrics(
            "accuracy", cornu_metric_sparse_top_k_categorical_accuracy(.k = 2),
            cornu_metric_sparse_categorical_crossentropy()
        ),
        .weighted_metrics = cornu_metrics("accuracy")
    ));
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 4, true, TO);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_with_sample_weights_allocate_nothing) {
    cornu_tensor *x = test_samples(STEPS * 4, 6, 0), *y = test_samples(STEPS * 4, 1, 1);
    cornu_tensor *weight = cornu_op_add(test_samples(STEPS * 4, 1, 3), cornu_scalar(2));
    cornu_model *model = test_dense(6, 1, "sigmoid");
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adamw(), .loss = cornu_loss_binary_crossentropy(),
        .metrics = cornu_metrics("mae", cornu_metric_auc(), cornu_metric_precision()),
        .weighted_metrics = cornu_metrics("mse")
    ));
    counts c = {.last = TO};
    cornu_history *history = cornu_fit(
        model, x, cornu_op_greater(y, cornu_scalar(0)), .sample_weight = weight, .batch_size = 4,
        .verbose = 0,
        .callbacks = cornu_callbacks(
            cornu_callback_lambda(.user = &c, .on_train_batch_begin = note),
            cornu_callback_csv_logger("allocation.csv")
        )
    );
    assert_ok(history);
    ck_assert_uint_gt(c.to, 0);
    ck_assert_uint_eq(c.to, c.from);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_with_batches_gathered_by_a_thread_allocate_nothing) {
    /* 128 x 300 floats are more than is gathered in passing */
    int64_t samples = (FEW + 10) * 128;
    cornu_tensor *x = cornu_scope_add_(cornu_tensor_new(CORNU_FLOAT32, cornu_shape(samples, 300)));
    cornu_tensor *y = test_labels(samples, 5);
    cornu_model *model = classifier(300, 4, 5);
    assert_steps_allocate_nothing(model, cornu_tensors(x), cornu_tensors(y), 128, true, FEW);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_of_a_model_with_several_outputs_allocate_nothing) {
    cornu_tensor *image = cornu_input_tensor(6), *meta = cornu_input_tensor(2);
    cornu_tensor *h = cornu_call(cornu_layer_dense(8, .activation = "tanh"), image);
    cornu_tensor *label = cornu_call(cornu_layer_dense(3, .name = "label"), h);
    cornu_tensor *score = cornu_call(cornu_layer_dense(1, .name = "score"), meta);
    cornu_model *model =
        cornu_functional(cornu_tensors(image, meta), .outputs = cornu_tensors(label, score));
    cornu_loss *losses[] = {
        cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        cornu_loss_mean_squared_error()};
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.01, .momentum = 0.9),
        .losses = losses, .loss_count = 2
    ));
    int64_t n = STEPS * 4;
    cornu_tensor_list x = cornu_tensors(test_samples(n, 6, 0), test_samples(n, 2, 1));
    cornu_tensor_list y = cornu_tensors(test_labels(n, 3), test_samples(n, 1, 2));
    assert_steps_allocate_nothing(model, x, y, 4, true, TO);
    cornu_model_free(model);
}
END_TEST

/* ---- with logs read after every batch ---- */

typedef struct reader {
    counts counts;
    double sum; /* of all that was read */
} reader;

static cornu_status read_logs(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    reader *r = user;
    for (size_t i = 0; i < logs->count; i++) r->sum += logs->entries[i].value;
    return note(&r->counts, model, batch, logs);
}

/* Results of every kind: a mean, one computed from a table of counts, a vector, a state. */
static cornu_model *scored_classifier(void) {
    cornu_model *model = test_dense(6, 3, "softmax");
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(), .loss = cornu_loss_categorical_crossentropy(),
        .metrics = cornu_metrics(
            "accuracy", cornu_metric_auc(), cornu_metric_precision(), cornu_metric_f1_score(),
            cornu_metric_one_hot_mean_iou(3)
        ),
        .weighted_metrics = cornu_metrics("accuracy")
    ));
    return model;
}

START_TEST(fit_with_logs_read_at_every_batch_allocates_nothing) {
    int64_t samples = STEPS * 4;
    cornu_tensor *x = test_samples(samples, 6, 0), *labels = test_labels(samples, 3);
    cornu_tensor *y = cornu_op_one_hot(labels, 3, CORNU_FLOAT32);
    cornu_model *model = scored_classifier();
    reader r = {.counts = {.last = TO}};
    cornu_history *history = cornu_fit(
        model, x, y, .batch_size = 4, .verbose = 0,
        .callbacks =
            cornu_callbacks(cornu_callback_lambda(.user = &r, .on_train_batch_end = read_logs))
    );
    assert_ok(history);
    ck_assert(r.sum > 0);
    ck_assert_uint_gt(r.counts.to, 0);
    ck_assert_uint_eq(r.counts.to, r.counts.from);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(training_and_testing_on_batches_allocates_nothing) {
    cornu_tensor *x = test_samples(4, 6, 0), *labels = test_labels(4, 3);
    cornu_tensor *y = cornu_op_one_hot(labels, 3, CORNU_FLOAT32);
    cornu_tensor *weight = cornu_op_add(test_samples(4, 1, 3), cornu_scalar(2));
    const cornu_class_weight classes[] = {{.label = 1, .weight = 3}};
    cornu_model *model = scored_classifier();
    cornu_logs logs = {0};
    uint64_t from = 0;
    for (int step = 0; step < TO; step++) {
        if (step == FROM) from = cornu_allocation_count_();
        assert_ok(cornu_train_on_batch(model, x, y, .logs = &logs));
        assert_ok(cornu_train_on_batch(model, x, y, weight, &logs));
        assert_ok(cornu_train_on_batch(
            model, x, y, .logs = &logs, .class_weight = classes, .class_weight_count = 1
        ));
        assert_ok(
            cornu_test_on_batch(model, x, y, .logs = &logs, .sample_weights = cornu_tensors(weight))
        );
    }
    ck_assert_uint_eq(cornu_allocation_count_(), from);
    ck_assert_uint_eq(logs.count, 7);
    cornu_logs_clear(&logs);
    cornu_model_free(model);
}
END_TEST

/* Pages in memory, or -1 where the system does not say. */
static long resident_pages(void) {
    long pages = -1;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return -1;
    if (fscanf(file, "%*s %ld", &pages) != 1) pages = -1;
    fclose(file);
    return pages;
}

typedef struct pages {
    long early, late;
} pages;

static cornu_status note_pages(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    pages *p = user;
    (void)model, (void)logs;
    if (batch == 500) p->early = resident_pages();
    if (batch == 10000) p->late = resident_pages();
    return CORNU_OK;
}

START_TEST(ten_thousand_steps_leave_memory_where_it_is) {
    /* 100 batches to a pass, the last of them short: what a new pass allocates counts as well */
    cornu_tensor *x = test_samples(100 * 8 - 3, 20, 0), *y = test_labels(100 * 8 - 3, 5);
    cornu_model *model = classifier(20, 16, 5);
    pages p = {0};
    cornu_history *history = cornu_fit(
        model, x, y, .steps_per_epoch = 10001, .batch_size = 8, .verbose = 0,
        .callbacks =
            cornu_callbacks(cornu_callback_lambda(.user = &p, .on_train_batch_begin = note_pages))
    );
    assert_ok(history);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (p.early > 0) ck_assert_int_le(p.late - p.early, 8);
#endif
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(allocation) {
    TCase *tc = cornu_test_case(suite, "allocation");
    tcase_add_test(tc, steps_of_a_regression_allocate_nothing);
    tcase_add_test(tc, steps_of_a_classifier_allocate_nothing);
    tcase_add_test(tc, steps_with_class_weights_allocate_nothing);
    tcase_add_test(tc, steps_of_a_convolutional_net_allocate_nothing);
    tcase_add_test(tc, steps_with_masks_and_many_metrics_allocate_nothing);
    tcase_add_test(tc, steps_with_sample_weights_allocate_nothing);
    tcase_add_test(tc, steps_with_batches_gathered_by_a_thread_allocate_nothing);
    tcase_add_test(tc, steps_of_a_model_with_several_outputs_allocate_nothing);
    tcase_add_test(tc, fit_with_logs_read_at_every_batch_allocates_nothing);
    tcase_add_test(tc, training_and_testing_on_batches_allocates_nothing);
    tcase_add_test(tc, ten_thousand_steps_leave_memory_where_it_is);
}
