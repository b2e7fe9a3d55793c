/* Metrics over several batches, by hand; the numbers of Keras are in tests/conformance. */
#include "support/support.h"
#include <cornu/metrics.h>

static cornu_tensor *floats(cornu_shape shape, const float *values) {
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT32, shape, values);
    cornu_tensor *kept = cornu_op_add(made, cornu_scalar(0)); /* belongs to the scope */
    cornu_tensor_free(made);
    return kept;
}
#define FLOATS(shape, ...) floats(shape, (const float[]){__VA_ARGS__})

START_TEST(mean_weighs_values_and_starts_again_after_reset) {
    cornu_metric *mean = cornu_metric_mean();
    assert_values(cornu_metric_result(mean), 0, 0);
    assert_ok(
        cornu_metric_update(mean, FLOATS(cornu_shape(2), 1, 3), NULL, FLOATS(cornu_shape(2), 1, 3))
    );
    assert_values(cornu_metric_result(mean), 1e-6, 2.5);
    assert_ok(cornu_metric_update(mean, FLOATS(cornu_shape(1), 7), NULL, NULL));
    assert_values(cornu_metric_result(mean), 1e-6, 17.0 / 5);
    assert_ok(cornu_metric_reset(mean));
    assert_ok(cornu_metric_update(mean, FLOATS(cornu_shape(1), 7), NULL, NULL));
    assert_values(cornu_metric_result(mean), 1e-6, 7);
    cornu_metric_free(mean);
}
END_TEST

START_TEST(sum_adds_all_axes) {
    cornu_metric *sum = cornu_metric_sum();
    assert_ok(cornu_metric_update(
        sum, FLOATS(cornu_shape(2, 2), 1, 2, 3, 4), NULL, FLOATS(cornu_shape(2), 1, 2)
    ));
    cornu_tensor *first = cornu_metric_result(sum);
    assert_ok(cornu_metric_update(sum, FLOATS(cornu_shape(1), 5), NULL, NULL));
    assert_values(first, 1e-6, 17);
    assert_values(cornu_metric_result(sum), 1e-6, 22);
    cornu_metric_free(sum);
}
END_TEST

START_TEST(accuracies_count_matches) {
    cornu_metric *sparse = cornu_metric_sparse_categorical_accuracy();
    cornu_metric *dense = cornu_metric_categorical_accuracy();
    cornu_metric *binary = cornu_metric_binary_accuracy(.threshold = 0.6);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 3), 0.1f, 0.7f, 0.2f, 0.5f, 0.3f, 0.2f);
    assert_ok(cornu_metric_update(sparse, FLOATS(cornu_shape(2, 1), 1, 2), y_pred, NULL));
    assert_values(cornu_metric_result(sparse), 1e-6, 0.5);
    assert_ok(cornu_metric_update(dense, FLOATS(cornu_shape(2, 3), 0, 1, 0, 1, 0, 0), y_pred, NULL)
    );
    assert_values(cornu_metric_result(dense), 1e-6, 1);
    assert_ok(cornu_metric_update(
        binary, FLOATS(cornu_shape(2), 1, 1), FLOATS(cornu_shape(2, 1), 0.55f, 0.65f), NULL
    ));
    assert_values(cornu_metric_result(binary), 1e-6, 0.5);
    cornu_metric_free(sparse);
    cornu_metric_free(dense);
    cornu_metric_free(binary);
}
END_TEST

START_TEST(top_k_lets_ties_in) {
    cornu_metric *top = cornu_metric_sparse_top_k_categorical_accuracy(.k = 2);
    cornu_tensor *y_pred =
        FLOATS(cornu_shape(3, 3), 0.2f, 0.2f, 0.6f, 0.1f, 0.3f, 0.6f, 0.1f, 0.3f, 0.6f);
    assert_ok(cornu_metric_update(top, FLOATS(cornu_shape(3), 1, 0, 1), y_pred, NULL));
    assert_values(cornu_metric_result(top), 1e-6, 2.0 / 3);
    cornu_metric_free(top);
    assert_fails(cornu_metric_top_k_categorical_accuracy(.k = 0), CORNU_EINVAL, "at least 1");
}
END_TEST

CORNU_TESTS(metrics) {
    TCase *tc = cornu_test_case(suite, "metrics");
    tcase_add_test(tc, mean_weighs_values_and_starts_again_after_reset);
    tcase_add_test(tc, sum_adds_all_axes);
    tcase_add_test(tc, accuracies_count_matches);
    tcase_add_test(tc, top_k_lets_ties_in);
}
