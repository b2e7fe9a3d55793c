/* The same seed gives the same run: losses and weights to the last bit from run to run; shuffling
 * and dropout for any number of threads. */
#include "support/support.h"

#include <cornu/cornu.h>
#include <stdlib.h>

enum { SAMPLES = 300, FEATURES = 40, EPOCHS = 3 };

/* What a run leaves: its losses, and the first weights (the kernel [40, 32] of the first layer). */
typedef struct {
    double loss[EPOCHS], accuracy[EPOCHS];
    cornu_tensor *kernel, *bias;
} outcome;

/* Trains a classifier with dropout on shuffled numbers. */
static outcome run(uint64_t seed, bool eagerly) {
    outcome result = {0};
    cornu_set_random_seed(seed);
    CORNU_SCOPE {
        cornu_tensor *x = cornu_random_normal(cornu_shape(SAMPLES, FEATURES), .seed = 5);
        cornu_tensor *labels = cornu_op_argmax(x, 1);
        cornu_model *model = cornu_sequential(
            cornu_input(FEATURES), cornu_layer_dense(32, .activation = "relu"),
            cornu_layer_dropout(0.3), cornu_layer_dense(FEATURES)
        );
        assert_ok(cornu_compile(
            model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.01),
            .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
            .metrics = cornu_metrics("accuracy"), .run_eagerly = eagerly
        ));
        cornu_history *history = cornu_fit(model, x, labels, .epochs = EPOCHS, .verbose = 0);
        assert_ok(history);
        for (size_t i = 0; i < EPOCHS; i++) {
            result.loss[i] = cornu_history_get(history, "loss", i);
            result.accuracy[i] = cornu_history_get(history, "accuracy", i);
        }
        cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
        result.kernel = cornu_tensor_copy(weights.items[0]);
        result.bias = cornu_tensor_copy(weights.items[weights.count - 1]);
        cornu_history_free(history);
        cornu_model_free(model);
    }
    return result;
}

static void drop(outcome *o) {
    cornu_tensor_free(o->kernel);
    cornu_tensor_free(o->bias);
}

static bool same(const outcome *a, const outcome *b) {
    bool equal = cornu_tensor_equal(a->kernel, b->kernel) && cornu_tensor_equal(a->bias, b->bias);
    for (size_t i = 0; i < EPOCHS; i++)
        equal = equal && a->loss[i] == b->loss[i] && a->accuracy[i] == b->accuracy[i];
    return equal;
}

/* loop: 0, 1: compiled with 1 and 2 threads; 2, 3: eager */
START_TEST(the_same_seed_repeats_a_run_to_the_last_bit) {
    bool eagerly = _i >= 2;
    int threads = cornu_num_threads();
    assert_ok(cornu_set_num_threads(_i % 2 + 1));
    outcome first = run(7, eagerly), again = run(7, eagerly), other = run(8, eagerly);
    ck_assert(same(&first, &again));
    ck_assert(!same(&first, &other)); /* the comparison can tell runs apart */
    drop(&first);
    drop(&again);
    drop(&other);
    assert_ok(cornu_set_num_threads(threads));
}
END_TEST

/* The targets in the order in which an epoch yields them, [samples]. */
static void order_of_epoch(int32_t *order, int64_t samples) {
    CORNU_SCOPE {
        cornu_tensor *numbers = cornu_op_arange(0, (double)samples, 1, CORNU_INT32);
        cornu_dataset *dataset =
            cornu_dataset_from_tensors(cornu_tensors(numbers), .targets = cornu_tensors(numbers));
        assert_ok(dataset);
        cornu_epoch_plan plan = {
            .batch_size = 64, .shuffle = true, .seed = 3, .epoch = 2, .count = -1};
        cornu_batches *batches = cornu_batches_begin(dataset, &plan, true);
        assert_ok(batches);
        cornu_batch batch;
        int64_t count = 0;
        for (;;) {
            assert_ok(cornu_batches_next(batches, &batch));
            if (batch.size == 0) break;
            for (int64_t i = 0; i < batch.size; i++)
                order[count++] = (int32_t)cornu_tensor_get(batch.targets[0], i);
        }
        ck_assert_int_eq(count, samples);
        cornu_batches_end(batches);
        cornu_dataset_free(dataset);
    }
}

START_TEST(shuffling_does_not_depend_on_the_threads) {
    enum { MANY = 100000 }; /* enough to be worth two threads */
    int32_t *one = malloc(MANY * sizeof *one), *two = malloc(MANY * sizeof *two);
    int threads = cornu_num_threads();
    assert_ok(cornu_set_num_threads(1));
    order_of_epoch(one, MANY);
    assert_ok(cornu_set_num_threads(2));
    order_of_epoch(two, MANY);
    assert_ok(cornu_set_num_threads(threads));
    ck_assert_mem_eq(one, two, MANY * sizeof *one);
    bool moved = false;
    for (int i = 0; i < MANY; i++) moved = moved || one[i] != i;
    ck_assert(moved);
    free(one);
    free(two);
}
END_TEST

/* What dropout makes of ones, [1000, 200]; *new*. */
static cornu_tensor *dropped(void) {
    cornu_tensor *result = NULL;
    CORNU_SCOPE {
        cornu_layer *dropout = cornu_layer_dropout(0.4, .seed = 11);
        cornu_tensor *ones = cornu_op_ones(cornu_shape(1000, 200), CORNU_FLOAT32);
        cornu_tensor *y = cornu_layer_call(dropout, cornu_tensors(ones), true);
        assert_ok(y);
        result = cornu_tensor_retain(y);
        cornu_layer_free(dropout);
    }
    return result;
}

START_TEST(dropout_does_not_depend_on_the_threads) {
    int threads = cornu_num_threads();
    assert_ok(cornu_set_num_threads(1));
    cornu_tensor *one = dropped();
    assert_ok(cornu_set_num_threads(2));
    cornu_tensor *two = dropped();
    assert_ok(cornu_set_num_threads(threads));
    ck_assert(cornu_tensor_equal(one, two));
    int64_t zeros = 0;
    for (int64_t i = 0; i < cornu_tensor_size(one); i++) zeros += cornu_tensor_get(one, i) == 0;
    ck_assert_int_gt(zeros, 78000); /* 0.4 * 200,000, and nine standard deviations */
    ck_assert_int_lt(zeros, 82000);
    cornu_tensor_free(one);
    cornu_tensor_free(two);
}
END_TEST

CORNU_TESTS(repeat) {
    TCase *tc = cornu_test_case(suite, "repeat");
    tcase_add_loop_test(tc, the_same_seed_repeats_a_run_to_the_last_bit, 0, 4);
    tcase_add_test(tc, shuffling_does_not_depend_on_the_threads);
    tcase_add_test(tc, dropout_does_not_depend_on_the_threads);
}
