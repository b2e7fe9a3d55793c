/* Exact mode: the bits of trained weights depend neither on the number of threads nor on whether
 * steps are compiled. */
#include "support.h"
#include <cornu/threads.h>
#include <string.h>

enum { FEATURES = 784, SAMPLES = 30 * 32 };

/* The net of the workload W2, with what makes weights random fixed by seeds. */
static cornu_model *network(bool eagerly) {
    cornu_set_random_seed(7);
    cornu_model *model = cornu_sequential(
        cornu_input(FEATURES), cornu_layer_dense(128, .activation = "relu"),
        cornu_layer_dropout(0.2), cornu_layer_dense(10)
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 1e-3),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .metrics = cornu_metrics("accuracy"), .run_eagerly = eagerly
    ));
    return model;
}

/* The weights after 30 steps, one after the other. *count: how many numbers. */
static float *train(int threads, bool eagerly, int64_t batch_size, size_t *count) {
    assert_ok(cornu_set_num_threads(threads));
    cornu_model *model = network(eagerly);
    cornu_history *history = cornu_fit(
        model, test_samples(SAMPLES, FEATURES, 0), test_labels(SAMPLES, 10), .seed = 3,
        .batch_size = batch_size, .epochs = batch_size / 32, .verbose = 0
    );
    assert_ok(history);
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    *count = 0;
    for (size_t i = 0; i < weights.count; i++)
        *count += (size_t)cornu_tensor_size(weights.items[i]);
    float *all = cornu_allocate(*count * sizeof *all);
    ck_assert_ptr_nonnull(all);
    size_t at = 0;
    for (size_t i = 0; i < weights.count; i++) {
        size_t size = (size_t)cornu_tensor_size(weights.items[i]);
        memcpy(all + at, cornu_tensor_data(weights.items[i]), size * sizeof *all);
        at += size;
    }
    cornu_history_free(history);
    cornu_model_free(model);
    return all;
}

static void assert_exact(int64_t batch_size) {
    bool before = cornu_exact();
    int threads_before = cornu_num_threads();
    size_t count, other_count;
    cornu_set_exact(true);
    float *first = train(1, false, batch_size, &count);
    for (int threads = 1; threads <= 4; threads++) {
        for (int eagerly = 0; eagerly <= 1; eagerly++) {
            float *other = train(threads, eagerly, batch_size, &other_count);
            ck_assert_uint_eq(count, other_count);
            size_t different = 0;
            for (size_t i = 0; i < count; i++)
                different += memcmp(&first[i], &other[i], sizeof first[i]) != 0;
            ck_assert_msg(
                different == 0, "%d threads, %s: %zu of %zu weights differ", threads,
                eagerly ? "eager" : "compiled", different, count
            );
            cornu_free(other);
        }
    }
    cornu_free(first);
    cornu_set_exact(before);
    assert_ok(cornu_set_num_threads(threads_before));
}

START_TEST(weights_are_the_same_to_the_bit_for_any_number_of_threads) { assert_exact(32); }
END_TEST

START_TEST(so_they_are_with_batches_that_are_worth_several_threads) { assert_exact(192); }
END_TEST

CORNU_TESTS(exact) {
    TCase *tc = cornu_test_case(suite, "exact");
    tcase_add_test(tc, weights_are_the_same_to_the_bit_for_any_number_of_threads);
    tcase_add_test(tc, so_they_are_with_batches_that_are_worth_several_threads);
}
