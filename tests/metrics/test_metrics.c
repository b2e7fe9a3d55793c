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

START_TEST(sorted_classes_are_looked_through_up_to_k) {
    cornu_metric *top =
        cornu_metric_sparse_top_k_categorical_accuracy(.k = 2, .from_sorted_ids = true);
    cornu_tensor *y_pred = FLOATS(cornu_shape(3, 3), 7, 2, 5, 1, 0, 4, 3, 8, 6);
    assert_ok(cornu_metric_update(top, FLOATS(cornu_shape(3), 2, 4, 3), y_pred, NULL));
    assert_values(cornu_metric_result(top), 1e-6, 2.0 / 3);
    cornu_metric_free(top);
}
END_TEST

static double after_two_batches(cornu_metric *metric) {
    cornu_tensor *zeros = FLOATS(cornu_shape(2, 1), 0, 0);
    assert_ok(cornu_metric_update(metric, zeros, FLOATS(cornu_shape(2, 1), 1, 3), NULL));
    assert_ok(cornu_metric_update(
        metric, FLOATS(cornu_shape(1, 1), 0), FLOATS(cornu_shape(1, 1), 5), NULL
    ));
    return cornu_tensor_item(cornu_metric_result(metric));
}

#define FUNCTION(name)                                                                             \
    "{\"module\": \"builtins\", \"class_name\": \"function\", \"config\": \"" name                 \
    "\", \"registered_name\": \"function\"}"
#define WRAPPER(members) "{\"class_name\": \"MeanMetricWrapper\", \"config\": {" members "}}"

/* Keras: a function gives a value for each sample and takes the further keys; a Loss object gives
 * one for each batch. */
START_TEST(wrapped_functions_take_arguments_and_wrapped_losses_reduce) {
    static const struct {
        const char *json;
        double expected; /* of errors 1, 3 and 5 */
    } cases[] = {
        {WRAPPER("\"name\": \"h\", \"fn\": " FUNCTION("huber") ", \"delta\": 0.5"),
         (0.375 + 1.375 + 2.375) / 3},
        {WRAPPER("\"fn\": " FUNCTION("mean_absolute_error")), 3},
        {WRAPPER("\"fn\": {\"class_name\": \"MeanAbsoluteError\", \"config\": {}}"), 3.5},
        {WRAPPER("\"fn\": " FUNCTION("binary_accuracy") ", \"threshold\": 2"), 1.0 / 3},
        {FUNCTION("huber"), (0.5 + 2.5 + 4.5) / 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cornu_metric *metric = cornu_metric_from_json(cases[i].json);
        ck_assert_msg(metric != NULL, "%s: %s", cases[i].json, cornu_error_message());
        ck_assert_double_eq_tol(after_two_batches(metric), cases[i].expected, 1e-6);
        cornu_metric_free(metric);
    }
    assert_fails(
        cornu_metric_from_json(WRAPPER("\"fn\": " FUNCTION("hubert"))), CORNU_EUNKNOWN, "'hubert'"
    );
    assert_fails(
        cornu_metric_from_json(WRAPPER("\"fn\": " FUNCTION("huber") ", \"delto\": 2")),
        CORNU_EUNSUPPORTED, "delto"
    );
}
END_TEST

START_TEST(functions_as_metrics_are_called_as_they_are) {
    cornu_metric *metric = cornu_metric_from_json(FUNCTION("log_cosh"));
    assert_ok(metric != NULL ? CORNU_OK : CORNU_EINVAL);
    ck_assert_str_eq(cornu_metric_name(metric), "log_cosh");
    cornu_metric_free(metric);
    /* the loss' sign, as Keras finds the loss first */
    metric = cornu_metric_from_json(FUNCTION("cosine_similarity"));
    cornu_tensor *x = FLOATS(cornu_shape(1, 2), 1, 2);
    assert_ok(cornu_metric_update(metric, x, x, NULL));
    assert_values(cornu_metric_result(metric), 1e-6, -1);
    cornu_metric_free(metric);
}
END_TEST

START_TEST(auc_of_a_perfect_ranking_is_one_whatever_the_curve) {
    static const char *const curves[] = {"ROC", "PR"};
    for (int i = 0; i < 2; i++) {
        cornu_metric *auc = cornu_metric_auc(.curve = curves[i]);
        assert_ok(cornu_metric_update(
            auc, FLOATS(cornu_shape(4), 0, 0, 1, 1), FLOATS(cornu_shape(4), 0.1f, 0.3f, 0.7f, 0.9f),
            NULL
        ));
        assert_values(cornu_metric_result(auc), 1e-6, 1);
        cornu_metric_free(auc);
    }
    assert_fails(cornu_metric_auc(.curve = "cornu"), CORNU_EINVAL, "ROC or PR");
}
END_TEST

/* Thresholds at equal distances are counted in buckets, others one by one: both agree. */
START_TEST(buckets_and_comparisons_count_alike) {
    cornu_metric *even = cornu_metric_true_positives(.thresholds = cornu_floats(0, 0.5, 1));
    cornu_metric *odd = cornu_metric_true_positives(.thresholds = cornu_floats(0, 0.5, 0.999));
    cornu_metric *both[] = {even, odd};
    for (int i = 0; i < 2; i++) {
        assert_ok(cornu_metric_update(
            both[i], FLOATS(cornu_shape(5), 1, 1, 1, 0, 1),
            FLOATS(cornu_shape(5), 0, 0.5f, 0.6f, 0.9f, 0.25f),
            FLOATS(cornu_shape(5), 1, 2, 3, 4, 5)
        ));
        assert_values(cornu_metric_result(both[i]), 1e-6, 10, 3, 0); /* above is not equal */
        cornu_metric_free(both[i]);
    }
}
END_TEST

START_TEST(precision_of_the_largest_predictions_counts_one_class) {
    cornu_tensor *y_true = FLOATS(cornu_shape(2, 3), 0, 1, 0, 1, 0, 0);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 3), 0.2f, 0.1f, 0.9f, 0.3f, 0.8f, 0.1f);
    cornu_metric *precision = cornu_metric_precision(.top_k = 2);
    assert_ok(cornu_metric_update(precision, y_true, y_pred, NULL));
    assert_values(cornu_metric_result(precision), 1e-6, 0.25);
    cornu_metric *recall = cornu_metric_recall(.top_k = 2, .class_id = 0);
    assert_ok(cornu_metric_update(recall, y_true, y_pred, NULL));
    assert_values(cornu_metric_result(recall), 1e-6, 1);
    cornu_metric_free(precision);
    cornu_metric_free(recall);
    cornu_metric *missing = cornu_metric_recall(.class_id = 3);
    assert_fails(
        cornu_metric_update(missing, y_true, y_pred, NULL), CORNU_EINVAL, "no class_id 3 in 3"
    );
    cornu_metric_free(missing);
    assert_fails(
        cornu_metric_recall(.thresholds = cornu_floats(2)), CORNU_EINVAL, "must be in 0..1"
    );
}
END_TEST

START_TEST(iou_leaves_out_what_is_ignored_and_classes_that_do_not_occur) {
    cornu_metric *iou = cornu_metric_mean_iou(4, .ignore_class = 2);
    cornu_tensor *y_true = FLOATS(cornu_shape(5), 0, 0, 1, 1, 2);
    cornu_tensor *y_pred = FLOATS(cornu_shape(5), 0, 1, 1, 1, 0);
    assert_ok(cornu_metric_update(iou, y_true, y_pred, NULL));
    assert_values(cornu_metric_result(iou), 1e-6, (1.0 / 2 + 2.0 / 3) / 2);
    cornu_metric_free(iou);
    assert_fails(
        cornu_metric_iou(2, .target_class_ids = cornu_ints(2)), CORNU_EINVAL, "target class 2"
    );
}
END_TEST

START_TEST(f_score_and_r2_say_what_shape_they_want) {
    cornu_tensor *vector = FLOATS(cornu_shape(2), 0, 1);
    cornu_metric *f1 = cornu_metric_f1_score(), *r2 = cornu_metric_r2_score();
    assert_fails(cornu_metric_update(f1, vector, vector, NULL), CORNU_ESHAPE, "[batch, classes]");
    assert_fails(cornu_metric_update(r2, vector, vector, NULL), CORNU_ESHAPE, "[batch, outputs]");
    cornu_metric_free(f1);
    cornu_metric_free(r2);
    assert_fails(cornu_metric_f1_score(.average = "mean"), CORNU_EINVAL, "micro, macro");
}
END_TEST

CORNU_TESTS(metrics) {
    TCase *tc = cornu_test_case(suite, "metrics");
    tcase_add_test(tc, mean_weighs_values_and_starts_again_after_reset);
    tcase_add_test(tc, sum_adds_all_axes);
    tcase_add_test(tc, accuracies_count_matches);
    tcase_add_test(tc, top_k_lets_ties_in);
    tcase_add_test(tc, sorted_classes_are_looked_through_up_to_k);
    tcase_add_test(tc, wrapped_functions_take_arguments_and_wrapped_losses_reduce);
    tcase_add_test(tc, functions_as_metrics_are_called_as_they_are);
    tcase_add_test(tc, auc_of_a_perfect_ranking_is_one_whatever_the_curve);
    tcase_add_test(tc, buckets_and_comparisons_count_alike);
    tcase_add_test(tc, precision_of_the_largest_predictions_counts_one_class);
    tcase_add_test(tc, iou_leaves_out_what_is_ignored_and_classes_that_do_not_occur);
    tcase_add_test(tc, f_score_and_r2_say_what_shape_they_want);
}
