/* Datasets made from datasets. The expectations follow tf.data. */
#include "support/support.h"
#include <cornu/cornu.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples first .. first + count - 1, as inputs [count, 1]. */
static cornu_dataset *numbers(int first, int count) {
    cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(count, 1));
    float *values = cornu_tensor_data_mut(x);
    for (int i = 0; i < count; i++) values[i] = (float)(first + i);
    cornu_dataset *made = cornu_dataset_from_tensors(cornu_tensors(x));
    cornu_tensor_free(x);
    ck_assert_ptr_nonnull(made);
    return made;
}

/* The samples of an epoch as a text: "0 1 2|3 4", a bar between batches. */
static const char *walk(cornu_dataset *dataset, int64_t batch_size, int64_t epoch) {
    static char text[1024];
    const cornu_epoch_plan plan = {
        .batch_size = batch_size, .seed = 7, .epoch = epoch, .count = -1};
    cornu_batches *batches = cornu_batches_begin(dataset, &plan, epoch % 2 == 1);
    size_t length = 0;
    assert_ok(batches);
    text[0] = '\0';
    for (int number = 0; number < 50; number++) {
        cornu_batch batch;
        assert_ok(cornu_batches_next(batches, &batch));
        if (batch.size == 0) break;
        for (int64_t i = 0; i < batch.size; i++)
            length += (size_t)snprintf(
                text + length, sizeof text - length, "%s%g",
                i        ? " "
                : number ? "|"
                         : "",
                cornu_tensor_get(batch.inputs[0], i)
            );
        if (batch.last) break;
    }
    cornu_batches_end(batches);
    return text;
}

/* Checks an epoch and lets go of the dataset. */
static void gives(cornu_dataset *dataset, int64_t batch_size, const char *wanted) {
    assert_ok(dataset);
    ck_assert_str_eq(walk(dataset, batch_size, 0), wanted);
    ck_assert_str_eq(walk(dataset, batch_size, 0), wanted); /* and again */
    cornu_dataset_free(dataset);
}

/* Applies a stage to `it`, and lets go of what lies below. */
static cornu_dataset *it;
static cornu_dataset *over(cornu_dataset *below, cornu_dataset *made) {
    cornu_dataset_free(below);
    return made;
}
#define OVER(below, call) (it = (below), over(it, call))

START_TEST(take_and_skip_part_a_dataset) {
    gives(OVER(numbers(0, 5), cornu_dataset_take(it, 3)), 2, "0 1|2");
    gives(OVER(numbers(0, 5), cornu_dataset_skip(it, 3)), 2, "3 4");
    gives(OVER(numbers(0, 5), cornu_dataset_skip(it, 9)), 2, "");
    cornu_dataset *some =
        OVER(OVER(numbers(0, 9), cornu_dataset_skip(it, 1)), cornu_dataset_take(it, 4));
    ck_assert_int_eq(cornu_dataset_cardinality(some), 4);
    gives(some, 3, "1 2 3|4");
}
END_TEST

START_TEST(batches_have_the_size_of_the_pipeline_and_are_elements) {
    cornu_dataset *batches = OVER(numbers(0, 7), cornu_dataset_batch(it, 3));
    ck_assert_int_eq(cornu_dataset_cardinality(batches), 3);
    gives(cornu_dataset_retain(batches), 100, "0 1 2|3 4 5|6");
    gives(cornu_dataset_take(batches, 1), 100, "0 1 2");
    gives(cornu_dataset_skip(batches, 2), 100, "6");
    gives(cornu_dataset_unbatch(batches), 2, "0 1|2 3|4 5|6");
    assert_fails(cornu_dataset_batch(batches, 2), CORNU_EINVAL, "batches already");
    cornu_dataset_free(batches);
    cornu_dataset *whole = OVER(numbers(0, 7), cornu_dataset_batch(it, 3, .drop_remainder = true));
    ck_assert_int_eq(cornu_dataset_cardinality(whole), 2);
    gives(whole, 1, "0 1 2|3 4 5");
}
END_TEST

START_TEST(repeating_goes_on_within_batches_and_for_ever) {
    cornu_dataset *twice = OVER(numbers(0, 3), cornu_dataset_repeat(it, 2));
    ck_assert_int_eq(cornu_dataset_cardinality(twice), 6);
    gives(twice, 4, "0 1 2 0|1 2");
    cornu_dataset *always = OVER(numbers(0, 3), cornu_dataset_repeat(it, CORNU_INFINITE));
    ck_assert_int_eq(cornu_dataset_cardinality(always), CORNU_INFINITE);
    gives(OVER(always, cornu_dataset_take(it, 5)), 3, "0 1 2|0 1");
    gives(OVER(numbers(0, 3), cornu_dataset_repeat(it, 0)), 4, "");
}
END_TEST

static cornu_status doubled(void *user, cornu_batch *batch) {
    ++*(int *)user;
    return cornu_batch_replace(
        &batch->inputs[0], cornu_op_multiply(batch->inputs[0], cornu_scalar(2))
    );
}

static void note_free(void *user) { *(int *)user += 1000; }

static cornu_status odd(void *user, const cornu_batch *element, bool *keep) {
    (void)user;
    *keep = fmod(cornu_tensor_get(element->inputs[0], 0), 2) == 1;
    return CORNU_OK;
}

static cornu_status failing(void *user, cornu_batch *batch) {
    (void)user, (void)batch;
    CORNU_FAIL(CORNU_ECANCELED, "no more");
}

START_TEST(functions_change_and_choose_elements) {
    int calls = 0;
    cornu_dataset *twice = OVER(numbers(0, 5), cornu_dataset_map(it, doubled, &calls, note_free));
    ck_assert_int_eq(cornu_dataset_cardinality(twice), 5);
    gives(twice, 2, "0 2|4 6|8");
    ck_assert_int_eq(calls, 1006);
    cornu_dataset *some = OVER(numbers(0, 8), cornu_dataset_filter(it, odd, NULL, NULL));
    ck_assert_int_eq(cornu_dataset_cardinality(some), CORNU_UNKNOWN);
    gives(some, 3, "1 3 5|7");
    cornu_dataset *broken = OVER(numbers(0, 5), cornu_dataset_map(it, failing, NULL, NULL));
    const cornu_epoch_plan plan = {.batch_size = 2, .count = -1};
    cornu_batches *batches = cornu_batches_begin(broken, &plan, true);
    cornu_batch batch;
    assert_fails(cornu_batches_next(batches, &batch), CORNU_ECANCELED, "map: no more");
    cornu_batches_end(batches);
    cornu_dataset_free(broken);
    calls = 0;
    assert_fails(cornu_dataset_map(NULL, doubled, &calls, note_free), CORNU_EINVAL, "dataset");
    ck_assert_int_eq(calls, 1000);
}
END_TEST

START_TEST(shuffling_draws_from_a_buffer) {
    cornu_dataset *mixed = OVER(numbers(0, 20), cornu_dataset_shuffle(it, 4, .seed = 1));
    char first[256], second[256];
    strcpy(first, walk(mixed, 20, 0));
    ck_assert_str_eq(walk(mixed, 20, 0), first);
    strcpy(second, walk(mixed, 20, 1));
    ck_assert_str_ne(first, second);
    bool seen[20] = {false};
    const char *at = first;
    for (int i = 0; i < 20; i++) {
        char *end;
        int value = (int)strtol(at, &end, 10);
        at = end;
        ck_assert_int_lt(value, i + 4); /* what was in the buffer by then */
        ck_assert(!seen[value]);
        seen[value] = true;
    }
    cornu_dataset_free(mixed);
    cornu_dataset *same = OVER(
        numbers(0, 20), cornu_dataset_shuffle(it, 20, .seed = 1, .reshuffle_each_iteration = false)
    );
    strcpy(first, walk(same, 20, 0));
    ck_assert_str_eq(walk(same, 20, 1), first);
    cornu_dataset_free(same);
    /* batches are elements, too */
    cornu_dataset *batches = OVER(
        OVER(numbers(0, 4), cornu_dataset_batch(it, 2)), cornu_dataset_shuffle(it, 9, .seed = 3)
    );
    const char *text = walk(batches, 1, 0);
    ck_assert(strcmp(text, "0 1|2 3") == 0 || strcmp(text, "2 3|0 1") == 0);
    cornu_dataset_free(batches);
    cornu_dataset *one = numbers(0, 1);
    assert_fails(cornu_dataset_shuffle(one, 0), CORNU_EINVAL, "buffer_size");
    cornu_dataset_free(one);
}
END_TEST

START_TEST(datasets_stand_side_by_side_or_after_each_other) {
    cornu_dataset *a = numbers(0, 4), *b = numbers(10, 3);
    cornu_dataset *both = cornu_dataset_zip(cornu_datasets(a), cornu_datasets(b), a);
    ck_assert_int_eq(cornu_dataset_cardinality(both), 3);
    const cornu_epoch_plan plan = {.batch_size = 2, .count = -1};
    cornu_batches *batches = cornu_batches_begin(both, &plan, false);
    cornu_batch batch;
    assert_ok(cornu_batches_next(batches, &batch));
    assert_values(batch.inputs[0], 0, 0, 1);
    assert_values(batch.targets[0], 0, 10, 11);
    assert_values(batch.sample_weight, 0, 0, 1);
    cornu_batches_end(batches);
    gives(both, 2, "0 1|2");
    gives(cornu_dataset_concatenate(a, b), 3, "0 1 2|3 10 11|12");
    /* one dataset may stand in a pipeline twice */
    gives(cornu_dataset_concatenate(a, a), 5, "0 1 2 3 0|1 2 3");
    cornu_dataset *c = numbers(20, 2);
    gives(cornu_dataset_interleave(cornu_datasets(a, b, c), 2, 1), 20, "0 10 1 11 2 12 3 20 21");
    gives(cornu_dataset_interleave(cornu_datasets(a, b, c), 3, 2), 20, "0 1 10 11 20 21 2 3 12");
    cornu_dataset *batched = cornu_dataset_batch(a, 2);
    assert_fails(cornu_dataset_concatenate(batched, b), CORNU_EINVAL, "gives batches");
    assert_fails(
        cornu_dataset_zip(cornu_datasets(batched), cornu_datasets(b), NULL), CORNU_EINVAL,
        "give batches"
    );
    cornu_dataset_free(batched);
    cornu_dataset_free(a);
    cornu_dataset_free(b);
    cornu_dataset_free(c);
}
END_TEST

START_TEST(a_cache_asks_once_and_prefetching_changes_nothing) {
    int calls = 0;
    cornu_dataset *cached = OVER(
        OVER(numbers(0, 5), cornu_dataset_map(it, doubled, &calls, NULL)), cornu_dataset_cache(it)
    );
    gives(cornu_dataset_take(cached, 2), 5, "0 2"); /* not a whole epoch: nothing is kept */
    calls = 0;
    gives(cached, 5, "0 2 4 6 8");
    ck_assert_int_eq(calls, 1);
    cornu_dataset *ahead = OVER(numbers(0, 9), cornu_dataset_prefetch(it, 2));
    const cornu_epoch_plan plan = {.batch_size = 2, .count = -1};
    cornu_batches *left = cornu_batches_begin(ahead, &plan, false); /* left in the middle */
    cornu_batch batch;
    assert_ok(cornu_batches_next(left, &batch));
    cornu_batches_end(left);
    gives(ahead, 2, "0 1|2 3|4 5|6 7|8");
    cornu_dataset *broken = OVER(
        OVER(numbers(0, 5), cornu_dataset_map(it, failing, NULL, NULL)),
        cornu_dataset_prefetch(it, 2)
    );
    cornu_batches *batches = cornu_batches_begin(broken, &plan, false);
    assert_fails(cornu_batches_next(batches, &batch), CORNU_ECANCELED, "no more");
    cornu_batches_end(batches);
    cornu_dataset_free(broken);
}
END_TEST

START_TEST(splitting_gives_the_first_and_the_last) {
    cornu_dataset *all = numbers(0, 10), *left, *right;
    assert_ok(cornu_split_dataset(all, &left, &right, .left_size = 0.7));
    gives(left, 10, "0 1 2 3 4 5 6");
    gives(right, 10, "7 8 9");
    assert_ok(cornu_split_dataset(all, &left, &right, .left_size = 2, .right_size = 0.3));
    gives(left, 10, "0 1");
    gives(right, 10, "7 8 9");
    assert_ok(cornu_split_dataset(all, &left, &right, .right_size = 4, .shuffle = true, .seed = 1));
    ck_assert_int_eq(cornu_dataset_cardinality(left), 6);
    ck_assert_str_ne(walk(left, 10, 0), "0 1 2 3 4 5");
    cornu_dataset_free(left);
    cornu_dataset_free(right);
    assert_fails(cornu_split_dataset(all, &left, &right), CORNU_EINVAL, "at least one");
    assert_fails(
        cornu_split_dataset(all, &left, &right, .left_size = 0.9, .right_size = 3), CORNU_EINVAL,
        "more than the 10"
    );
    assert_fails(
        cornu_split_dataset(all, &left, &right, .left_size = 10), CORNU_EINVAL, "right would have"
    );
    cornu_dataset_free(all);
}
END_TEST

/* ---- generators ---- */

/* Batches of index + 1 samples, `user` of them. */
static cornu_status growing(void *user, int64_t epoch, int64_t index, cornu_batch *batch) {
    (void)epoch;
    if (index == *(int *)user) return CORNU_OK;
    batch->size = index + 1;
    cornu_tensor *x = cornu_op_full(cornu_shape(index + 1, 1), (double)index, CORNU_FLOAT32);
    CORNU_TRY(cornu_batch_replace(&batch->inputs[0], x));
    return cornu_batch_replace(&batch->targets[0], x);
}

static cornu_status wrong(void *user, int64_t epoch, int64_t index, cornu_batch *batch) {
    (void)user, (void)epoch, (void)index;
    batch->size = 3;
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 1), CORNU_FLOAT32);
    CORNU_TRY(cornu_batch_replace(&batch->inputs[0], x));
    return cornu_batch_replace(&batch->targets[0], x);
}

START_TEST(generators_make_batches_of_their_own) {
    int count = 3;
    cornu_dataset *made = cornu_dataset_from_generator(growing, .user = &count);
    gives(cornu_dataset_retain(made), 100, "0|1 1|2 2 2");
    cornu_dataset *counted =
        cornu_dataset_from_generator(growing, .user = &count, .batch_count = 2);
    ck_assert_int_eq(cornu_dataset_cardinality(counted), 2);
    gives(counted, 100, "0|1 1");
    const cornu_epoch_plan plan = {.batch_size = 2, .count = -1};
    cornu_batches *one = cornu_batches_begin(made, &plan, false);
    assert_fails(cornu_batches_begin(made, &plan, false), CORNU_ESTATE, "walked through already");
    cornu_batches_end(one);
    cornu_dataset_free(made);
    cornu_dataset *bad = cornu_dataset_from_generator(wrong);
    one = cornu_batches_begin(bad, &plan, false);
    cornu_batch batch;
    assert_fails(cornu_batches_next(one, &batch), CORNU_ESHAPE, "in a batch of 3 samples");
    cornu_batches_end(one);
    cornu_dataset_free(bad);
}
END_TEST

START_TEST(fit_takes_generators_and_pipelines) {
    int count = 3;
    cornu_model *model = cornu_sequential(cornu_input(1), cornu_layer_dense(1));
    assert_ok(cornu_compile(model, .optimizer = cornu_optimizer_sgd(), .loss_name = "mse"));
    cornu_dataset *made = cornu_dataset_from_generator(growing, .user = &count);
    cornu_dataset *ahead = cornu_dataset_prefetch(made, 2);
    cornu_history *history = cornu_fit_dataset(
        model, ahead, .epochs = 2, .verbose = CORNU_VERBOSE_SILENT, .validation_data = ahead
    );
    assert_ok(history);
    ck_assert(isfinite(cornu_history_get(history, "val_loss", 1)));
    cornu_history_free(history);
    assert_fails(
        cornu_fit_dataset(model, ahead, .validation_split = 0.5, .verbose = 0), CORNU_EINVAL,
        "validation_split needs data"
    );
    cornu_tensor *predicted = cornu_predict_dataset(model, ahead);
    assert_shape(predicted, cornu_shape(6, 1));
    cornu_tensor_free(predicted);
    cornu_dataset_free(ahead);
    cornu_dataset_free(made);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(pipeline) {
    TCase *tc = cornu_test_case(suite, "pipeline");
    tcase_add_test(tc, take_and_skip_part_a_dataset);
    tcase_add_test(tc, batches_have_the_size_of_the_pipeline_and_are_elements);
    tcase_add_test(tc, repeating_goes_on_within_batches_and_for_ever);
    tcase_add_test(tc, functions_change_and_choose_elements);
    tcase_add_test(tc, shuffling_draws_from_a_buffer);
    tcase_add_test(tc, datasets_stand_side_by_side_or_after_each_other);
    tcase_add_test(tc, a_cache_asks_once_and_prefetching_changes_nothing);
    tcase_add_test(tc, splitting_gives_the_first_and_the_last);
    tcase_add_test(tc, generators_make_batches_of_their_own);
    tcase_add_test(tc, fit_takes_generators_and_pipelines);
}
