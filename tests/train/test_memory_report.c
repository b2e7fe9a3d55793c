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

static void assert_report_holds(int64_t units, int64_t batch_size) {
    cornu_tensor *x = test_samples(4 * batch_size, 784, 0), *y = test_labels(4 * batch_size, 10);
    cornu_set_allocator(counting_allocate, counting_release, NULL);
    long long before = atomic_load(&live);
    cornu_model *model = classifier(units);
    cornu_memory report;
    assert_ok(cornu_memory_report(model, batch_size, &report));
    ck_assert_uint_eq(
        report.total, report.parameters + report.optimizer + report.arena + report.batches
    );
    atomic_store(&peak, atomic_load(&live));
    cornu_history *history =
        cornu_fit(model, x, y, .batch_size = batch_size, .epochs = 2, .verbose = 0);
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

START_TEST(the_report_is_within_a_tenth_of_the_peak) { assert_report_holds(512, 128); }
END_TEST

START_TEST(so_it_is_where_activations_are_most_of_it) { assert_report_holds(256, 2048); }
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
    tcase_add_test(tc, parts_are_what_they_should_be);
    tcase_add_test(tc, a_report_leaves_open_what_the_first_batch_decides);
    tcase_add_test(tc, what_cannot_be_reported_is_said);
}
