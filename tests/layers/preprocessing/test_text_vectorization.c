/* Numbers are those of keras/src/layers/preprocessing/text_vectorization_test.py and of the
 * documentation of the layer, unless a comment says otherwise. */
#include <cornu/cornu.h>
#include <math.h>
#include <string.h>

#include "support/check_layer.h"
#include "support/support.h"

#define STRINGS(...) ((const char *const[]){__VA_ARGS__})
static cornu_tensor *column(int64_t count, const char *const *items) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(count, 1), items));
}
static cornu_tensor *row(int64_t count, const char *const *items) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(count), items));
}
static cornu_tensor *use(cornu_layer *layer, cornu_tensor *x) {
    assert_ok(layer);
    cornu_tensor *y = cornu_call(layer, x);
    cornu_layer_free(layer);
    assert_ok(y);
    return cornu_op_cast(y, CORNU_FLOAT32);
}
static bool knows(cornu_layer *layer, const char *term) {
    cornu_tensor *terms = cornu_layer_vocabulary(layer, false);
    bool found = false;
    for (int64_t i = 0; i < cornu_tensor_size(terms); i++)
        found = found || strcmp(cornu_tensor_bytes(terms, i).data, term) == 0;
    cornu_tensor_free(terms);
    return found;
}

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "TextVectorization", .strings = true, .input = {2, {2, 1}},
            .config = "{\"vocabulary\": [\"one\"], \"output_sequence_length\": 4, \"ngrams\": [1, "
                      "2]}",
            .output = {2, {2, 4}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "TextVectorization", .strings = true, .input = {1, {3}},
            .config = "{\"vocabulary\": [\"one\"], \"output_mode\": \"count\", \"max_tokens\": 6, "
                      "\"pad_to_max_tokens\": true, \"standardize\": null, \"split\": "
                      "\"character\"}",
            .output = {2, {3, 6}}
    );
    check_layer(
            .class_name = "TextVectorization", .strings = true, .input = {2, {2, 3}},
            .config = "{\"vocabulary\": [\"one\"], \"split\": null, \"ngrams\": null}",
            .output = {2, {2, 3}}
    );
}
END_TEST

START_TEST(texts_become_numbers_of_words) {
    cornu_layer *layer =
        cornu_layer_text_vectorization(.max_tokens = 5000, .output_sequence_length = 4);
    assert_ok(cornu_layer_adapt(layer, row(3, STRINGS("foo bar", "bar baz", "baz bada boom"))));
    cornu_tensor *y = cornu_call(layer, column(2, STRINGS("foo qux bar", "qux baz")));
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_INT64);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 4, 1, 3, 0, 1, 2, 0, 0);
    cornu_layer_free(layer);
    /* without a length, that of the longest text */
    layer = cornu_layer_text_vectorization(.vocabulary = cornu_texts("baz", "bar", "foo"));
    ck_assert_int_eq(cornu_layer_vocabulary_size(layer), 5);
    y = use(layer, row(3, STRINGS("foo qux bar", "", "qux baz")));
    assert_shape(y, cornu_shape(3, 3));
    assert_values(y, 0, 4, 1, 3, 0, 0, 0, 1, 2, 0);
    /* a long text is cut off */
    layer =
        cornu_layer_text_vectorization(.vocabulary = cornu_texts("a"), .output_sequence_length = 2);
    assert_values(use(layer, row(1, STRINGS("a b a a"))), 0, 2, 1);
}
END_TEST

START_TEST(texts_are_standardized) {
    cornu_tensor *x = row(1, STRINGS("Hello, World!. This is just a nice test!"));
    cornu_layer *layer = cornu_layer_text_vectorization(
            .vocabulary = cornu_texts("hello", "world", "this", "is", "nice", "test")
    );
    assert_values(use(layer, x), 0, 2, 3, 4, 5, 1, 1, 6, 7);
    layer = cornu_layer_text_vectorization(
            .standardize = "lower",
            .vocabulary = cornu_texts("hello,", "hello", "world", "this", "is", "nice", "test")
    );
    assert_values(use(layer, x), 0, 2, 1, 5, 6, 1, 1, 7, 1);
    layer = cornu_layer_text_vectorization(
            .standardize = "strip_punctuation", .vocabulary = cornu_texts("Hello", "World", "Test")
    );
    assert_values(use(layer, row(1, STRINGS("Hello, World! Test."))), 0, 2, 3, 4);
    layer = cornu_layer_text_vectorization(
            .standardize = NULL, .vocabulary = cornu_texts("Hello", "world")
    );
    assert_values(use(layer, row(1, STRINGS("Hello\thello "))), 0, 2, 1);
}
END_TEST

START_TEST(texts_are_split_into_characters_or_not_at_all) {
    cornu_layer *layer = cornu_layer_text_vectorization(
            .split = "character", .vocabulary = cornu_texts("a", "b", "c", "d", "e")
    );
    assert_values(use(layer, row(1, STRINGS("abcf"))), 0, 2, 3, 4, 1);
    /* two bytes are one character; a byte that belongs to none is U+FFFD */
    layer = cornu_layer_text_vectorization(
            .split = "character", .vocabulary = cornu_texts("\xc3\xa4", "\xef\xbf\xbd")
    );
    assert_values(use(layer, row(1, STRINGS("\xc3\xa4\xff\xc3"))), 0, 2, 3, 3);
    layer = cornu_layer_text_vectorization(
            .split = NULL, .vocabulary = cornu_texts("foo", "bar", "baz")
    );
    assert_values(use(layer, column(3, STRINGS("foo", "bar", "unknown"))), 0, 2, 3, 1);
    layer = cornu_layer_text_vectorization(
            .split = NULL, .vocabulary = cornu_texts("foo", "bar"), .output_sequence_length = 2
    );
    assert_values(use(layer, column(2, STRINGS("foo", "bar"))), 0, 2, 0, 3, 0);
}
END_TEST

START_TEST(words_are_put_together) {
    cornu_layer *layer = cornu_layer_text_vectorization(.ngrams = 2);
    assert_ok(cornu_layer_adapt(layer, row(1, STRINGS("foo bar baz"))));
    ck_assert(knows(layer, "foo bar") && knows(layer, "bar baz") && knows(layer, "foo"));
    ck_assert(!knows(layer, "foo bar baz"));
    cornu_layer_free(layer);
    layer = cornu_layer_text_vectorization(.ngram_sizes = cornu_ints(1, 3));
    assert_ok(cornu_layer_adapt(layer, row(1, STRINGS("foo bar baz"))));
    ck_assert(knows(layer, "foo bar baz") && knows(layer, "foo") && !knows(layer, "foo bar"));
    cornu_layer_free(layer);
    /* single words first, then pairs: tf.strings.ngrams goes width by width */
    layer = cornu_layer_text_vectorization(
            .ngrams = 2, .vocabulary = cornu_texts("a", "b", "a b", "b a")
    );
    assert_values(use(layer, row(1, STRINGS("a b a"))), 0, 2, 3, 2, 4, 5);
}
END_TEST

START_TEST(texts_are_encoded_as_vectors) {
    const cornu_texts words = cornu_texts("foo", "bar", "baz");
    cornu_tensor *x = column(2, STRINGS("foo bar", "baz foo foo"));
    assert_values(
        use(cornu_layer_text_vectorization(.output_mode = "multi_hot", .vocabulary = words), x), 0,
        0, 1, 1, 0, 0, 1, 0, 1
    );
    assert_values(
        use(cornu_layer_text_vectorization(.output_mode = "count", .vocabulary = words), x), 0, 0,
        1, 1, 0, 0, 2, 0, 1
    );
    cornu_layer *weighted = cornu_layer_text_vectorization(
            .output_mode = "tf_idf", .vocabulary = words, .idf_weights = cornu_floats(0.3, 0.5, 0.2)
    );
    assert_values(use(weighted, x), 1e-6, 0, 0.3, 0.5, 0, 0, 0.6, 0, 0.2);
}
END_TEST

/* The three texts have the words a (3 times, in 2 of them), b (2) and c (1). */
START_TEST(vectors_have_the_size_of_the_vocabulary_that_was_learnt) {
    cornu_tensor *texts = column(3, STRINGS("a b a", "b a", "c"));
    cornu_layer *layer = cornu_layer_text_vectorization(.output_mode = "count");
    assert_ok(cornu_layer_adapt(layer, texts));
    assert_values(use(layer, row(1, STRINGS("a c d a"))), 0, 1, 2, 0, 1); /* [UNK] a b c */
    layer = cornu_layer_text_vectorization(.output_mode = "tf_idf");
    assert_ok(cornu_layer_adapt(layer, texts));
    double twice = log(1 + 3.0 / 3), once = log(1 + 3.0 / 2), mean = (2 * twice + once) / 3;
    assert_values(use(layer, row(1, STRINGS("a c d a"))), 1e-6, mean, 2 * twice, 0, once);
}
END_TEST

START_TEST(bad_arguments_are_named) {
    assert_fails(cornu_layer_text_vectorization(.standardize = "upper"), CORNU_EINVAL, "upper");
    assert_fails(cornu_layer_text_vectorization(.split = "comma"), CORNU_EINVAL, "comma");
    assert_fails(cornu_layer_text_vectorization(.ragged = true), CORNU_EUNSUPPORTED, "ragged");
    assert_fails(
        cornu_layer_text_vectorization(.output_mode = "count", .output_sequence_length = 3),
        CORNU_EINVAL, "output_sequence_length"
    );
    /* a Python function in place of a word is no text */
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"TextVectorization\", \"config\": {\"split\": "
                              "{\"class_name\": \"function\", \"config\": \"f\"}}}"),
        CORNU_EINVAL, "split"
    );
    cornu_layer *layer = cornu_layer_text_vectorization(.vocabulary = cornu_texts("a"));
    assert_fails(
        cornu_call(layer, cornu_op_zeros(cornu_shape(2), CORNU_INT32)), CORNU_EDTYPE, "int32"
    );
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(text_vectorization) {
    TCase *tc = cornu_test_case(suite, "text_vectorization");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, texts_become_numbers_of_words);
    tcase_add_test(tc, texts_are_standardized);
    tcase_add_test(tc, texts_are_split_into_characters_or_not_at_all);
    tcase_add_test(tc, words_are_put_together);
    tcase_add_test(tc, texts_are_encoded_as_vectors);
    tcase_add_test(tc, vectors_have_the_size_of_the_vocabulary_that_was_learnt);
    tcase_add_test(tc, bad_arguments_are_named);
}
