/* The values that logs show: computed by one plan where they can be, by ops where not. */
#include "support.h"

/* A metric of one's own: the sum of all predictions, doubled. */
typedef struct doubled {
    cornu_metric base;
    cornu_metric_reduce_args args;
    cornu_tensor *total;
} doubled;

static cornu_status build(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    doubled *metric = (doubled *)self;
    (void)y_true, (void)y_pred;
    metric->total = cornu_metric_add_variable(self, "total", cornu_shape());
    return metric->total ? CORNU_OK : cornu_error_status();
}

static cornu_status update(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    (void)y_true, (void)weights;
    return cornu_assign_add(((doubled *)self)->total, cornu_op_sum(y_pred));
}

static cornu_tensor *by_ops(cornu_metric *self) {
    return cornu_op_multiply(((doubled *)self)->total, cornu_scalar(2));
}

static cornu_tensor *on_the_host(cornu_metric *self) {
    return cornu_scalar(2 * cornu_tensor_item(((doubled *)self)->total));
}

/* Reading a result adds one to what it is read from. */
static cornu_tensor *by_counting(cornu_metric *self) {
    cornu_tensor *total = ((doubled *)self)->total;
    if (cornu_assign_add(total, cornu_scalar(1)) != CORNU_OK) return NULL;
    return cornu_op_multiply(total, cornu_scalar(2));
}

static const cornu_metric_reduce_args defaults = {CORNU_METRIC_REDUCE_DEFAULTS, .name = "doubled"};
static const cornu_field fields[] = {CORNU_METRIC_FIELDS(cornu_metric_reduce_args)};
#define DOUBLED_CLASS_(function, text)                                                             \
    static const cornu_metric_class function##_class = {                                           \
        CORNU_CLASS_ARGS(doubled, args, defaults, fields), .name = text, .build = build,           \
        .update = update, .result = function}
DOUBLED_CLASS_(by_ops, "ByOps");
DOUBLED_CLASS_(on_the_host, "OnTheHost");
DOUBLED_CLASS_(by_counting, "ByCounting");

/* Of a model that learns nothing, all predictions are known. */
static void train_and_compare(const cornu_metric_class *cls, bool counts) {
    cornu_tensor *x = test_samples(2, 1, 1);
    cornu_model *model = test_dense(1, 1, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0),
        .loss = cornu_loss_mean_squared_error(),
        .metrics = cornu_metrics((cornu_metric *)cornu_metric_create(cls, NULL))
    ));
    cornu_tensor *y = cornu_predict(model, x);
    double sum = cornu_tensor_get(y, 0) + cornu_tensor_get(y, 1);
    cornu_logs logs = {0};
    for (int step = 1; step <= 4; step++) {
        assert_ok(cornu_train_on_batch(model, x, x, .logs = &logs));
        double expected = 2 * (step * sum + (counts ? step : 0));
        ck_assert_double_eq_tol(cornu_logs_get(&logs, "doubled"), expected, 1e-4);
    }
    cornu_logs_clear(&logs);
    cornu_tensor_free(y);
    cornu_model_free(model);
}

START_TEST(results_follow_every_step) { train_and_compare(&by_ops_class, false); }
END_TEST

START_TEST(results_that_are_read_on_the_host_are_right_as_well) {
    train_and_compare(&on_the_host_class, false);
}
END_TEST

START_TEST(results_that_change_their_metric_do_so_once_for_every_reading) {
    train_and_compare(&by_counting_class, true);
}
END_TEST

/* Metrics of every way to compute a result, in steps that change nothing. */
static void learn(bool eagerly, cornu_logs *logs) {
    cornu_set_random_seed(7);
    cornu_tensor *x = test_samples(16, 6, 0), *labels = test_labels(16, 3);
    cornu_tensor *y = cornu_op_one_hot(labels, 3, CORNU_FLOAT32);
    cornu_model *model = test_dense(6, 3, "softmax");
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0),
        .loss = cornu_loss_categorical_crossentropy(), .run_eagerly = eagerly,
        .metrics = cornu_metrics(
            "accuracy", cornu_metric_auc(), cornu_metric_precision(), cornu_metric_f1_score(),
            cornu_metric_one_hot_mean_iou(3), cornu_metric_r2_score(),
            cornu_metric_true_positives(), cornu_metric_sensitivity_at_specificity(0.5)
        )
    ));
    for (int step = 0; step < 3; step++) assert_ok(cornu_train_on_batch(model, x, y, .logs = logs));
    cornu_model_free(model);
}

START_TEST(results_of_a_plan_are_those_of_ops) {
    cornu_logs eager = {0}, planned = {0};
    learn(true, &eager);
    learn(false, &planned);
    ck_assert_uint_eq(eager.count, 9);
    ck_assert_uint_eq(planned.count, eager.count);
    for (size_t i = 0; i < eager.count; i++) {
        const cornu_log_entry *a = &eager.entries[i], *b = &planned.entries[i];
        ck_assert_str_eq(a->name, b->name);
        ck_assert_uint_eq(a->count, b->count);
        for (size_t k = 0; a->values && k < a->count; k++)
            ck_assert_double_eq_tol(a->values[k], b->values[k], 1e-6);
        ck_assert_double_eq_tol(a->value, b->value, 1e-6 * fmax(1, fabs(a->value)));
    }
    cornu_logs_clear(&eager);
    cornu_logs_clear(&planned);
}
END_TEST

CORNU_TESTS(results) {
    TCase *tc = cornu_test_case(suite, "results");
    tcase_add_test(tc, results_follow_every_step);
    tcase_add_test(tc, results_that_are_read_on_the_host_are_right_as_well);
    tcase_add_test(tc, results_that_change_their_metric_do_so_once_for_every_reading);
    tcase_add_test(tc, results_of_a_plan_are_those_of_ops);
}
