/* Several threads of a program predict at once on one built model. */
#include "base/thread.h"
#include "support.h"

enum { THREADS = 4, REPEATS = 200, SAMPLES = 21 };

/* One thread's work, and what went wrong in it. */
typedef struct job {
    cornu_model *model;
    cornu_tensor *x, *expected;
    int way; /* 0: predict, 1: predict_on_batch, 2: call */
    int wrong;
    char message[256];
    cornu_thread thread;
} job;

static bool matches(const cornu_tensor *y, const cornu_tensor *expected) {
    if (!y || cornu_tensor_size(y) != cornu_tensor_size(expected)) return false;
    const float *a = cornu_tensor_data(y), *b = cornu_tensor_data(expected);
    for (int64_t i = 0; i < cornu_tensor_size(y); i++) {
        if (!(fabsf(a[i] - b[i]) <= 1e-5f)) return false;
    }
    return true;
}

static cornu_tensor *predict_once(const job *j, int round) {
    switch (j->way) {
    case 0: /* batches of several sizes, so that there are plans to make and to choose between */
        return cornu_scope_add_(cornu_predict(j->model, j->x, .batch_size = 1 + round % 12));
    case 1:
        return cornu_scope_add_(cornu_predict_on_batch(j->model, j->x));
    default:
        return cornu_call(cornu_model_layer(j->model), j->x);
    }
}

static void work(void *user) {
    job *j = user;
    for (int round = 0; round < REPEATS; round++) {
        CORNU_SCOPE {
            if (!matches(predict_once(j, round), j->expected)) {
                j->wrong++;
                snprintf(j->message, sizeof j->message, "%s", cornu_error_message());
            }
        }
    }
    cornu_error_clear();
}

/* `ways`: how many of the ways of predicting the threads take, in turn. */
static void predict_in_threads(cornu_model *model, cornu_tensor *x, int ways) {
    /* eager, from the layers themselves */
    cornu_tensor *expected = cornu_call(cornu_model_layer(model), x);
    job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){.model = model, .x = x, .expected = expected, .way = i % ways};
        assert_ok(cornu_thread_start_(&jobs[i].thread, work, &jobs[i]));
    }
    for (int i = 0; i < THREADS; i++) cornu_thread_join_(&jobs[i].thread);
    for (int i = 0; i < THREADS; i++)
        ck_assert_msg(
            jobs[i].wrong == 0, "thread %d: %d of %d wrong; %s", i, jobs[i].wrong, REPEATS,
            jobs[i].message
        );
}

/* `penalty`, taken, or NULL: a loss that the first layer adds whenever it is called. */
static cornu_model *network(cornu_regularizer *penalty) {
    cornu_model *model = cornu_sequential(
        cornu_input(6),
        cornu_layer_dense(40, .activation = "relu", .activity_regularizer = penalty),
        cornu_layer_dropout(0.5), cornu_layer_dense(5, .activation = "softmax")
    );
    assert_ok(model);
    return model;
}

START_TEST(a_compiled_model_is_predicted_with_by_four_threads) {
    cornu_model *model = network(cornu_regularizer_l2(0.01));
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy()
    ));
    cornu_tensor *x = test_samples(SAMPLES, 6, 0);
    cornu_history *history = cornu_fit(model, x, test_labels(SAMPLES, 5), .verbose = 0);
    assert_ok(history);
    predict_in_threads(model, x, 2); /* a call would keep the loss, in the layer */
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_model_that_was_never_compiled_is_predicted_with_by_four_threads) {
    cornu_model *model = network(NULL);
    predict_in_threads(model, test_samples(SAMPLES, 6, 0), 3);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_model_that_runs_eagerly_is_predicted_with_by_four_threads) {
    cornu_model *model = network(cornu_regularizer_l2(0.01));
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(), .loss = cornu_loss_mean_squared_error(),
        .run_eagerly = true
    ));
    predict_in_threads(model, test_samples(SAMPLES, 6, 0), 2);
    cornu_model_free(model);
}
END_TEST

/* y = count, and count grows: prediction that assigns must not run in two threads at once. */
static cornu_tensor *count_calls(void *user, cornu_tensor *x) {
    cornu_tensor *count = user;
    if (cornu_assign_add(count, cornu_scalar(1)) != CORNU_OK) return NULL;
    return cornu_op_add(cornu_op_multiply(x, cornu_scalar(0)), count);
}

static void count_up(void *user) {
    job *j = user;
    for (int round = 0; round < REPEATS; round++) {
        cornu_tensor *y = cornu_predict_on_batch(j->model, j->x);
        if (!y) j->wrong++;
        cornu_tensor_free(y);
    }
}

START_TEST(predictions_that_assign_variables_do_so_one_after_the_other) {
    cornu_tensor *count = cornu_scope_add_(cornu_variable(cornu_scalar(0)));
    cornu_tensor *x = test_samples(3, 1, 0);
    cornu_model *model = cornu_subclass(count_calls, count, cornu_tensors(count));
    cornu_tensor *first = cornu_predict_on_batch(model, x); /* builds the model */
    assert_ok(first);
    cornu_tensor_free(first);
    double before = cornu_tensor_item(count);
    job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){.model = model, .x = x};
        assert_ok(cornu_thread_start_(&jobs[i].thread, count_up, &jobs[i]));
    }
    for (int i = 0; i < THREADS; i++) cornu_thread_join_(&jobs[i].thread);
    for (int i = 0; i < THREADS; i++) ck_assert_int_eq(jobs[i].wrong, 0);
    ck_assert_double_eq(cornu_tensor_item(count), before + THREADS * REPEATS);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(threads) {
    TCase *tc = cornu_test_case(suite, "threads");
    tcase_add_test(tc, a_compiled_model_is_predicted_with_by_four_threads);
    tcase_add_test(tc, a_model_that_was_never_compiled_is_predicted_with_by_four_threads);
    tcase_add_test(tc, a_model_that_runs_eagerly_is_predicted_with_by_four_threads);
    tcase_add_test(tc, predictions_that_assign_variables_do_so_one_after_the_other);
}
