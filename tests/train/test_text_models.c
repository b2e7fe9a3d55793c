/* Models that begin with text: the layers of the host run before the compiled step. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

#include "support/support.h"

static const char *const texts[] = {"good film", "bad film", "very good", "very bad indeed",
                                    "good",      "bad",      "good good", "a bad one"};
static const float labels[] = {1, 0, 1, 0, 1, 0, 1, 0};
enum { COUNT = 8 };

static cornu_tensor *inputs(void) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(COUNT), texts));
}
static cornu_tensor *targets(void) {
    return cornu_scope_own(cornu_tensor_from(CORNU_FLOAT32, cornu_shape(COUNT, 1), labels));
}

/* Texts of any length, padded per batch: every length is a plan of its own. */
static cornu_model *classifier(int64_t length) {
    cornu_layer *vectorize =
        cornu_layer_text_vectorization(.output_sequence_length = length, .name = "vectorize");
    assert_ok(cornu_layer_adapt(vectorize, inputs()));
    return cornu_sequential(
        cornu_input(1, .dtype = "string"), vectorize, cornu_layer_embedding(20, 4),
        cornu_layer_global_average_pooling1d(), cornu_layer_dense(1, .activation = "sigmoid")
    );
}

static void assert_close_to_eager(cornu_model *model) {
    cornu_tensor *compiled = cornu_predict(model, inputs(), .verbose = 0, .batch_size = 3);
    assert_ok(compiled);
    cornu_tensor *eager = cornu_call(model, inputs());
    assert_ok(eager);
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert_double_eq_tol(cornu_tensor_get(compiled, i), cornu_tensor_get(eager, i), 1e-6);
    cornu_tensor_free(compiled);
}

START_TEST(a_model_learns_from_texts) {
    cornu_set_random_seed(1);
    cornu_model *model = classifier(3);
    assert_ok(model);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.05),
        .loss = cornu_loss_get("mse")
    ));
    cornu_history *history =
        cornu_fit(model, inputs(), targets(), .epochs = 60, .verbose = 0, .batch_size = 3);
    assert_ok(history);
    cornu_history_free(history);
    cornu_tensor *y = cornu_predict(model, inputs(), .verbose = 0);
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert_double_eq_tol(cornu_tensor_get(y, i), (double)labels[i], 0.2);
    cornu_tensor_free(y);
    assert_close_to_eager(model);
    cornu_model_free(model);
}
END_TEST

START_TEST(batches_have_the_length_of_their_longest_text) {
    cornu_model *model = classifier(CORNU_NONE);
    assert_ok(model);
    assert_ok(cornu_compile(model, .loss = cornu_loss_get("mse")));
    cornu_history *history =
        cornu_fit(model, inputs(), targets(), .epochs = 2, .verbose = 0, .batch_size = 2);
    assert_ok(history);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

/* Two kinds of inputs, a lookup on a lookup's result, and a host layer inside a nested model. */
START_TEST(lookups_chain_and_nest) {
    cornu_tensor *text = cornu_input_tensor(1, .dtype = CORNU_STRING, .name = "text");
    cornu_tensor *number = cornu_input_tensor(2, .name = "number");
    cornu_layer *lookup =
        cornu_layer_string_lookup(.vocabulary = cornu_texts("good film", "bad", "good"));
    cornu_tensor *index = cornu_call(lookup, text);
    cornu_tensor *again = cornu_call(
        cornu_layer_integer_lookup(.vocabulary = cornu_ints(3, 2), .output_mode = "one_hot"), index
    );
    cornu_model *inner = cornu_functional(cornu_tensors(text), cornu_tensors(again));
    assert_ok(inner);
    cornu_tensor *word = cornu_input_tensor(1, .dtype = CORNU_STRING, .name = "word");
    cornu_tensor *joined = cornu_call(cornu_layer_concatenate(), cornu_call(inner, word), number);
    cornu_model *model = cornu_functional(cornu_tensors(word, number), cornu_tensors(joined));
    assert_ok(model);
    cornu_tensor *numbers = cornu_op_ones(cornu_shape(COUNT, 2), CORNU_FLOAT32);
    cornu_tensor *y = cornu_predict(
        model, .inputs = cornu_tensors(inputs(), numbers), .verbose = 0, .batch_size = 5
    );
    assert_shape(y, cornu_shape(COUNT, 5));
    /* "good film" is 1, which is unknown to the second one; "good" is 3, its first; "bad" 2, its
     * second */
    ck_assert_double_eq(cornu_tensor_get(y, 0), 1);
    ck_assert_double_eq(cornu_tensor_get(y, 4 * 5 + 1), 1);
    ck_assert_double_eq(cornu_tensor_get(y, 5 * 5 + 2), 1);
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_lookup_behind_numbers_needs_an_eager_model) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *scaled = cornu_call(cornu_layer_rescaling(2), x);
    cornu_tensor *y = cornu_call(cornu_layer_hashing(5), scaled);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
    assert_ok(model);
    cornu_tensor *data = cornu_op_ones(cornu_shape(3, 2), CORNU_FLOAT32);
    assert_fails(cornu_predict(model, data, .verbose = 0), CORNU_EUNSUPPORTED, "run_eagerly");
    assert_ok(cornu_compile(model, .loss = cornu_loss_get("mse"), .run_eagerly = true));
    cornu_tensor *bins = cornu_predict(model, data, .verbose = 0);
    assert_shape(bins, cornu_shape(3, 2));
    cornu_tensor_free(bins);
    cornu_model_free(model);
}
END_TEST

START_TEST(texts_can_come_out_of_an_eager_model) {
    cornu_model *model = cornu_sequential(
        cornu_input(1, .dtype = "int64"),
        cornu_layer_string_lookup(.vocabulary = cornu_texts("a", "b"), .invert = true)
    );
    assert_ok(cornu_compile(model, .loss = cornu_loss_get("mse"), .run_eagerly = true));
    const int64_t numbers[] = {1, 2, 0, 2, 1};
    cornu_tensor *x = cornu_tensor_from(CORNU_INT64, cornu_shape(5, 1), numbers);
    cornu_tensor *y = cornu_predict(model, x, .verbose = 0, .batch_size = 2);
    assert_shape(y, cornu_shape(5, 1));
    ck_assert_str_eq(cornu_tensor_bytes(y, 2).data, "[UNK]");
    ck_assert_str_eq(cornu_tensor_bytes(y, 4).data, "a");
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

START_TEST(vocabularies_are_saved_with_the_model) {
    cornu_model *model = classifier(3);
    assert_ok(cornu_save(model, "text_model.keras"));
    cornu_model *copy = cornu_load("text_model.keras");
    assert_ok(copy);
    cornu_tensor *y = cornu_predict(model, inputs(), .verbose = 0);
    cornu_tensor *z = cornu_predict(copy, inputs(), .verbose = 0);
    ck_assert(cornu_tensor_equal(y, z));
    cornu_tensor_free(y);
    cornu_tensor_free(z);
    cornu_model_free(copy);
    cornu_model_free(model);
    remove("text_model.keras");
}
END_TEST

/* tf_idf weights stand in the weights file, padded to max_tokens. */
START_TEST(weights_of_terms_are_saved_with_the_model) {
    cornu_layer *vectorize = cornu_layer_text_vectorization(
            .output_mode = "tf_idf", .max_tokens = 20, .pad_to_max_tokens = true, .ngrams = 2
    );
    cornu_layer *numbers = cornu_layer_integer_lookup(.output_mode = "tf_idf", .name = "numbers");
    const int64_t seen[] = {1, 1, 2, 3};
    cornu_tensor *data = cornu_tensor_from(CORNU_INT64, cornu_shape(4), seen);
    assert_ok(cornu_layer_adapt(vectorize, inputs()));
    assert_ok(cornu_layer_adapt(numbers, data));
    cornu_tensor_free(data);
    cornu_tensor *a = cornu_input_tensor(1, .dtype = CORNU_STRING);
    cornu_tensor *b = cornu_input_tensor(1, .dtype = CORNU_INT64);
    cornu_tensor *joined =
        cornu_call(cornu_layer_concatenate(), cornu_call(vectorize, a), cornu_call(numbers, b));
    cornu_model *model = cornu_functional(cornu_tensors(a, b), cornu_tensors(joined));
    assert_ok(model);
    assert_ok(cornu_save(model, "idf_model.keras"));
    cornu_model *copy = cornu_load("idf_model.keras");
    assert_ok(copy);
    const cornu_tensor_list x = cornu_tensors(
        inputs(), cornu_op_cast(cornu_op_arange(0, COUNT, 1, CORNU_INT32), CORNU_INT64)
    );
    cornu_tensor *y = cornu_predict(model, .inputs = x, .verbose = 0);
    cornu_tensor *z = cornu_predict(copy, .inputs = x, .verbose = 0);
    assert_shape(y, cornu_shape(COUNT, 24));
    ck_assert(cornu_tensor_equal(y, z));
    cornu_tensor_free(y);
    cornu_tensor_free(z);
    cornu_model_free(copy);
    cornu_model_free(model);
    remove("idf_model.keras");
}
END_TEST

START_TEST(strings_and_numbers_are_not_confused) {
    cornu_model *model = classifier(3);
    assert_fails(
        cornu_predict(model, cornu_op_ones(cornu_shape(2, 1), CORNU_FLOAT32), .verbose = 0),
        CORNU_EDTYPE, "takes string, got float32"
    );
    assert_fails(cornu_fit(model, inputs(), inputs(), .verbose = 0), CORNU_ESTATE, "");
    assert_ok(cornu_compile(model, .loss = cornu_loss_get("mse")));
    assert_fails(
        cornu_fit(model, inputs(), inputs(), .verbose = 0), CORNU_EDTYPE, "target 0 holds strings"
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(text_models) {
    TCase *tc = cornu_test_case(suite, "text_models");
    tcase_add_test(tc, a_model_learns_from_texts);
    tcase_add_test(tc, batches_have_the_length_of_their_longest_text);
    tcase_add_test(tc, lookups_chain_and_nest);
    tcase_add_test(tc, a_lookup_behind_numbers_needs_an_eager_model);
    tcase_add_test(tc, texts_can_come_out_of_an_eager_model);
    tcase_add_test(tc, vocabularies_are_saved_with_the_model);
    tcase_add_test(tc, weights_of_terms_are_saved_with_the_model);
    tcase_add_test(tc, strings_and_numbers_are_not_confused);
}
