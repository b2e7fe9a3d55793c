/* The memory report against what a fit takes: allocations are counted in bytes. */
#include "support.h"
#include "train/training.h"
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Bytes in use, and the most that there were; batches are gathered in a thread of their own. */
static atomic_llong live, peak;

static void *counting_allocate(size_t size, size_t alignment, void *user) {
    (void)user;
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, size) != 0) return NULL;
    long long now = atomic_fetch_add(&live, (long long)malloc_usable_size(memory)) +
                    (long long)malloc_usable_size(memory);
    long long most = atomic_load(&peak);
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
    }
    return memory;
}

/* Also of blocks that the usual functions gave, which these take after. */
static void counting_release(void *memory, void *user) {
    (void)user;
    atomic_fetch_sub(&live, (long long)malloc_usable_size(memory));
    free(memory);
}

static cornu_model *classifier(int64_t units) {
    cornu_model *model = cornu_sequential(
        cornu_input(784), cornu_layer_dense(units, .activation = "relu"), cornu_layer_dropout(0.2),
        cornu_layer_dense(units, .activation = "tanh"), cornu_layer_dense(10)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .metrics = cornu_metrics("accuracy")
    ));
    return model;
}

typedef cornu_model *maker(void);

/* Of a model that `make` makes and compiles, trained twice on four batches of these arrays. */
static void assert_report_holds(
    maker *make, cornu_tensor_list x, cornu_tensor_list y, int64_t batch_size
) {
    cornu_set_allocator(counting_allocate, counting_release, NULL);
    long long before = atomic_load(&live);
    cornu_model *model = make();
    cornu_memory report;
    assert_ok(cornu_memory_report(model, batch_size, &report));
    ck_assert_uint_eq(
        report.total, report.parameters + report.optimizer + report.arena + report.batches
    );
    atomic_store(&peak, atomic_load(&live));
    cornu_history *history = cornu_fit(
        model, .inputs = x, .targets = y, .batch_size = batch_size, .epochs = 2, .verbose = 0
    );
    double measured = (double)(atomic_load(&peak) - before), told = (double)report.total;
    cornu_history_free(history);
    cornu_model_free(model);
    cornu_set_allocator(NULL, NULL, NULL);
    assert_ok(history);
    ck_assert_msg(
        fabs(measured - told) <= 0.1 * told,
        "%.0f bytes at most, %.0f reported: %zu parameters, %zu optimizer, %zu arena, %zu batches",
        measured, told, report.parameters, report.optimizer, report.arena, report.batches
    );
}

static cornu_model *narrow(void) { return classifier(256); }
static cornu_model *wide(void) { return classifier(512); }

static void assert_holds_for_pictures(maker *make, int64_t batch_size) {
    cornu_tensor *x = test_samples(4 * batch_size, 784, 0), *y = test_labels(4 * batch_size, 10);
    assert_report_holds(make, cornu_tensors(x), cornu_tensors(y), batch_size);
}

START_TEST(the_report_is_within_a_tenth_of_the_peak) { assert_holds_for_pictures(wide, 128); }
END_TEST

START_TEST(so_it_is_where_activations_are_most_of_it) { assert_holds_for_pictures(narrow, 2048); }
END_TEST

/* The net of the workload W2. */
static cornu_model *mlp(void) {
    cornu_model *model = cornu_sequential(
        cornu_input(784), cornu_layer_dense(128, .activation = "relu"), cornu_layer_dense(10)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    return model;
}

START_TEST(so_it_is_for_two_dense_layers) { assert_holds_for_pictures(mlp, 128); }
END_TEST

/* The net of the workload W3. */
static cornu_model *convolutional(void) {
    cornu_model *model = cornu_sequential(
        cornu_input(784), cornu_layer_reshape(cornu_shape(28, 28, 1)),
        cornu_layer_conv2d(32, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_max_pooling2d(),
        cornu_layer_conv2d(64, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_max_pooling2d(), cornu_layer_flatten(), cornu_layer_dropout(0.5),
        cornu_layer_dense(10)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    return model;
}

START_TEST(so_it_is_for_a_convolutional_net) { assert_holds_for_pictures(convolutional, 128); }
END_TEST

static cornu_model *two_ways(void) {
    cornu_tensor *image = cornu_input_tensor(784), *meta = cornu_input_tensor(32);
    cornu_tensor *h = cornu_call(cornu_layer_dense(256, .activation = "tanh"), image);
    cornu_tensor *both = cornu_call(
        cornu_layer_concatenate(), cornu_call(cornu_layer_batch_normalization(), h), meta
    );
    cornu_tensor *label = cornu_call(cornu_layer_dense(10), both);
    cornu_tensor *score = cornu_call(cornu_layer_dense(1), meta);
    cornu_model *model =
        cornu_functional(cornu_tensors(image, meta), .outputs = cornu_tensors(label, score));
    cornu_loss *losses[] = {
        cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        cornu_loss_mean_squared_error()};
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.momentum = 0.9), .losses = losses, .loss_count = 2
    ));
    return model;
}

START_TEST(so_it_is_for_several_inputs_and_outputs) {
    cornu_tensor_list x = cornu_tensors(test_samples(1024, 784, 0), test_samples(1024, 32, 1));
    cornu_tensor_list y = cornu_tensors(test_labels(1024, 10), test_samples(1024, 1, 1));
    assert_report_holds(two_ways, x, y, 256);
}
END_TEST

START_TEST(parts_are_what_they_should_be) {
    cornu_model *model = test_dense(6, 4, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.momentum = 0.9),
        .loss = cornu_loss_mean_squared_error()
    ));
    cornu_memory report;
    assert_ok(cornu_memory_report(model, 8, &report));
    ck_assert_uint_eq(report.parameters, (6 * 4 + 4) * 4);
    ck_assert_uint_eq(report.gradients, (6 * 4 + 4) * 4);
    ck_assert_uint_ge(report.optimizer, report.parameters);
    ck_assert_uint_eq(report.batches, 8 * (6 + 4) * 4);
    ck_assert_uint_gt(report.arena, 8 * 4 * 4);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_report_leaves_open_what_the_first_batch_decides) {
    /* without the word "Sparse" the report takes the targets for one-hot ones; they are not */
    cornu_model *model = test_dense(6, 3, "softmax");
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(), .metrics = cornu_metrics("accuracy", "mae"),
        .loss = cornu_loss_mean_squared_error()
    ));
    cornu_memory report;
    assert_ok(cornu_memory_report(model, 4, &report));
    ck_assert(!model->training->resolved);
    ck_assert_ptr_null(model->training->metrics[0].metric);
    ck_assert_ptr_nonnull(model->training->metrics[1].metric);
    cornu_history *history = cornu_fit(
        model, test_samples(8, 6, 0), test_samples(8, 1, 1), .batch_size = 4, .verbose = 0
    );
    assert_ok(history);
    ck_assert_str_eq(
        cornu_metric_name(model->training->metrics[0].metric), "sparse_categorical_accuracy"
    );
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_cannot_be_reported_is_said) {
    cornu_memory report;
    cornu_model *model = test_dense(6, 4, NULL);
    assert_fails(cornu_memory_report(model, 8, &report), CORNU_ESTATE, "not compiled");
    cornu_model_free(model);
    model = test_regression(2, 0.1);
    assert_fails(cornu_memory_report(model, 0, &report), CORNU_EINVAL, "batch_size");
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(memory_report) {
    TCase *tc = cornu_test_case(suite, "memory_report");
    tcase_add_test(tc, the_report_is_within_a_tenth_of_the_peak);
    tcase_add_test(tc, so_it_is_where_activations_are_most_of_it);
    tcase_add_test(tc, so_it_is_for_two_dense_layers);
    tcase_add_test(tc, so_it_is_for_a_convolutional_net);
    tcase_add_test(tc, so_it_is_for_several_inputs_and_outputs);
    tcase_add_test(tc, parts_are_what_they_should_be);
    tcase_add_test(tc, a_report_leaves_open_what_the_first_batch_decides);
    tcase_add_test(tc, what_cannot_be_reported_is_said);
}
