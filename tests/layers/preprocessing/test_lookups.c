/* Numbers are those of the examples in Keras' documentation of the layers and of the tests beside
 * them (keras/src/layers/preprocessing/{integer,string}_lookup.py, *_test.py), unless a comment
 * says otherwise. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <string.h>

#include "support/check_layer.h"
#include "support/support.h"

/* [rows, columns] of strings. */
static cornu_tensor *texts(int64_t rows, int64_t columns, const char *const *items) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(rows, columns), items));
}
static cornu_tensor *row(int64_t count, const char *const *items) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(count), items));
}
static cornu_tensor *ints(int64_t rows, int64_t columns, const int64_t *items) {
    return cornu_scope_own(cornu_tensor_from(CORNU_INT64, cornu_shape(rows, columns), items));
}
#define STRINGS(...) ((const char *const[]){__VA_ARGS__})
#define INTS(...) ((const int64_t[]){__VA_ARGS__})

/* Calls a layer and frees it. */
static cornu_tensor *use(cornu_layer *layer, cornu_tensor *x) {
    assert_ok(layer);
    cornu_tensor *y = cornu_call(layer, x);
    cornu_layer_free(layer);
    return y;
}

static void assert_vocabulary(cornu_layer *layer, const char *joined) {
    char text[256] = "";
    cornu_tensor *terms = cornu_layer_vocabulary(layer, true);
    assert_ok(terms);
    for (int64_t i = 0; i < cornu_tensor_size(terms); i++) {
        if (cornu_tensor_dtype(terms) == CORNU_STRING)
            strcat(text, cornu_tensor_bytes(terms, i).data);
        else
            sprintf(
                text + strlen(text), "%lld", (long long)((int64_t *)cornu_tensor_data(terms))[i]
            );
        strcat(text, "|");
    }
    ck_assert_str_eq(text, joined);
    ck_assert_int_eq(cornu_layer_vocabulary_size(layer), cornu_tensor_size(terms));
    cornu_tensor_free(terms);
}

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "StringLookup", .config = "{\"vocabulary\": [\"one\", \"two\"]}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}, .strings = true
    );
    check_layer(
            .class_name = "StringLookup", .strings = true,
            .config = "{\"vocabulary\": [\"one\"], \"output_mode\": \"tf_idf\", "
                      "\"idf_weights\": [0.5], \"max_tokens\": 5, \"pad_to_max_tokens\": true}",
            .input = {2, {2, 3}}, .output = {2, {2, 5}}, .too_few_axes = 3
    );
    check_layer(
            .class_name = "StringLookup", .strings = true,
            .config = "{\"vocabulary\": [\"one\"], \"output_mode\": \"one_hot\", "
                      "\"mask_token\": \"\", \"salt\": [1, 2], \"num_oov_indices\": 2}",
            .input = {2, {2, 3}}, .output = {3, {2, 3, 3}}
    );
    check_layer(
            .class_name = "IntegerLookup", .no_gradient = true,
            .config = "{\"vocabulary\": [5, 7], \"output_mode\": \"count\"}", .input = {2, {2, 3}},
            .output = {2, {2, 3}}
    );
    check_layer(
            .class_name = "IntegerLookup", .no_gradient = true,
            .config = "{\"vocabulary\": [5, 7], \"invert\": true, \"mask_token\": 0}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}
    );
}
END_TEST

START_TEST(numbers_follow_the_vocabulary) {
    const cornu_texts abcd = cornu_texts("a", "b", "c", "d");
    cornu_tensor *x = texts(2, 3, STRINGS("a", "c", "d", "d", "z", "b"));
    cornu_tensor *y = use(cornu_layer_string_lookup(.vocabulary = abcd), x);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_INT64);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 3, 4, 4, 0, 2);
    const cornu_ints numbers = cornu_ints(12, 36, 1138, 42);
    cornu_tensor *data = ints(2, 3, INTS(12, 1138, 42, 42, 1000, 36));
    y = use(cornu_layer_integer_lookup(.vocabulary = numbers), data);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 3, 4, 4, 0, 2);
    /* special terms may stand in front; the mask has the number 0 */
    cornu_layer *layer = cornu_layer_string_lookup(
            .mask_token = "", .vocabulary = cornu_texts("", "[UNK]", "a", "b")
    );
    y = use(layer, row(4, STRINGS("b", "", "x", "a")));
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 3, 0, 1, 2);
}
END_TEST

START_TEST(terms_outside_the_vocabulary_share_numbers) {
    const cornu_texts abcd = cornu_texts("a", "b", "c", "d");
    cornu_tensor *x = texts(2, 3, STRINGS("a", "c", "d", "m", "z", "b"));
    cornu_tensor *y = use(cornu_layer_string_lookup(.vocabulary = abcd, .num_oov_indices = 2), x);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 2, 4, 5, 0, 1, 3);
    const cornu_ints numbers = cornu_ints(12, 36, 1138, 42);
    cornu_tensor *data = ints(2, 3, INTS(12, 1138, 42, 37, 1000, 36));
    y = use(cornu_layer_integer_lookup(.vocabulary = numbers, .num_oov_indices = 2), data);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 2, 4, 5, 1, 0, 3);
    /* -3 mod 2 is 1, as in Python */
    y =
        use(cornu_layer_integer_lookup(.vocabulary = numbers, .num_oov_indices = 2),
            ints(1, 1, INTS(-3)));
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1);
    /* the decimal text is hashed: Keras' test of Hashing has 0, 1, 2, 3, 4 in the bins 1, 0, 1, 0,
     * 2 of 3, and under the salt 133, 137 in 1, 1, 2, 0, 1 */
    cornu_tensor *few = ints(1, 5, INTS(0, 1, 2, 3, 4));
    y =
        use(cornu_layer_integer_lookup(
                    .vocabulary = numbers, .num_oov_indices = 3, .oov_method = "farmhash"
            ),
            few);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 0, 1, 0, 2);
    y =
        use(cornu_layer_integer_lookup(
                    .vocabulary = numbers, .num_oov_indices = 3, .oov_method = "farmhash",
                    .salt = cornu_ints(133, 137)
            ),
            few);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 1, 2, 0, 1);
    assert_fails(
        cornu_layer_integer_lookup(.vocabulary = numbers, .salt = cornu_ints(1)), CORNU_EINVAL,
        "farmhash"
    );
    cornu_layer *none = cornu_layer_string_lookup(.vocabulary = abcd, .num_oov_indices = 0);
    assert_values(
        cornu_op_cast(cornu_call(none, row(2, STRINGS("a", "d"))), CORNU_FLOAT32), 0, 0, 3
    );
    assert_fails(cornu_call(none, row(1, STRINGS("z"))), CORNU_EINVAL, "'z' is not");
    cornu_layer_free(none);
}
END_TEST

START_TEST(terms_are_encoded_as_vectors) {
    const cornu_ints numbers = cornu_ints(12, 36, 1138, 42);
    cornu_tensor *each =
        cornu_scope_own(cornu_tensor_from(CORNU_INT64, cornu_shape(5), INTS(12, 36, 1138, 42, 7)));
    cornu_tensor *y =
        use(cornu_layer_integer_lookup(.vocabulary = numbers, .output_mode = "one_hot"), each);
    assert_shape(y, cornu_shape(5, 5));
    assert_values(
        cornu_op_cast(y, CORNU_FLOAT32), 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
        1, 1, 0, 0, 0, 0
    );
    cornu_tensor *data = ints(2, 4, INTS(12, 1138, 42, 42, 42, 7, 36, 7));
    y = use(cornu_layer_integer_lookup(.vocabulary = numbers, .output_mode = "multi_hot"), data);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1);
    y = use(cornu_layer_integer_lookup(.vocabulary = numbers, .output_mode = "count"), data);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 0, 1, 0, 1, 2, 2, 0, 1, 0, 1);
    const cornu_texts abcd = cornu_texts("a", "b", "c", "d");
    cornu_tensor *x = texts(2, 4, STRINGS("a", "c", "d", "d", "d", "z", "b", "z"));
    cornu_layer *weighted = cornu_layer_string_lookup(
            .output_mode = "tf_idf", .vocabulary = abcd,
            .idf_weights = cornu_floats(0.25, 0.75, 0.6, 0.4)
    );
    y = use(weighted, x);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT32);
    assert_values(y, 1e-6, 0, 0.25, 0, 0.6, 0.8, 1.0, 0, 0.75, 0, 0.4);
    weighted = cornu_layer_string_lookup(
            .output_mode = "tf_idf", .vocabulary = cornu_texts("[UNK]", "a", "b", "c", "d"),
            .idf_weights = cornu_floats(0.9, 0.25, 0.75, 0.6, 0.4), .max_tokens = 6,
            .pad_to_max_tokens = true
    );
    assert_values(use(weighted, x), 1e-6, 0, 0.25, 0, 0.6, 0.8, 0, 1.8, 0, 0.75, 0, 0.4, 0);
    /* masks count nowhere */
    cornu_layer *masked = cornu_layer_string_lookup(
            .output_mode = "count", .vocabulary = cornu_texts("a"), .mask_token = "m"
    );
    y = use(masked, row(3, STRINGS("m", "a", "x")));
    assert_shape(y, cornu_shape(2));
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 1);
}
END_TEST

START_TEST(lookups_go_back_from_numbers) {
    cornu_layer *layer =
        cornu_layer_string_lookup(.vocabulary = cornu_texts("a", "b", "c", "d"), .invert = true);
    cornu_tensor *y = use(layer, ints(2, 3, INTS(1, 3, 4, 4, 0, 2)));
    char *text = cornu_tensor_text(y);
    ck_assert_str_eq(text, "[[b'a' b'c' b'd']\n [b'd' b'[UNK]' b'b']]");
    cornu_free(text);
    layer = cornu_layer_integer_lookup(.vocabulary = cornu_ints(12, 36, 1138, 42), .invert = true);
    y = use(layer, ints(2, 3, INTS(1, 3, 4, 4, 0, 2)));
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 12, 1138, 42, 42, -1, 36);
    assert_fails(
        cornu_layer_string_lookup(.invert = true, .output_mode = "count"), CORNU_EINVAL, "invert"
    );
}
END_TEST

START_TEST(vocabularies_are_learnt) {
    cornu_layer *layer = cornu_layer_string_lookup();
    assert_ok(cornu_layer_adapt(layer, texts(2, 3, STRINGS("a", "c", "d", "d", "z", "b"))));
    assert_vocabulary(layer, "[UNK]|d|z|c|b|a|");
    cornu_layer_free(layer);
    layer = cornu_layer_integer_lookup(.max_tokens = 4);
    assert_ok(cornu_layer_adapt(layer, ints(2, 3, INTS(12, 1138, 42, 42, 1000, 36))));
    assert_vocabulary(layer, "-1|42|1138|1000|");
    cornu_layer_free(layer);
    layer = cornu_layer_string_lookup(.vocabulary = cornu_texts("a"));
    assert_fails(cornu_layer_adapt(layer, row(1, STRINGS("a"))), CORNU_ESTATE, "argument");
    cornu_layer_free(layer);
}
END_TEST

/* log(1 + documents / (1 + documents with the term)): "a" is in two of three rows, "b" in one; what
 * is outside weighs their mean. */
START_TEST(rare_terms_weigh_more) {
    cornu_layer *layer = cornu_layer_string_lookup(.output_mode = "tf_idf");
    assert_fails(
        cornu_call(layer, texts(1, 1, STRINGS("a"))), CORNU_ESTATE, "vocabulary must be known"
    );
    assert_ok(cornu_layer_adapt(layer, texts(3, 2, STRINGS("a", "a", "a", "b", "[UNK]", "[UNK]"))));
    double a = log(1 + 3.0 / 3), b = log(1 + 3.0 / 2);
    cornu_tensor *y = cornu_call(layer, texts(1, 4, STRINGS("a", "b", "x", "b")));
    assert_values(y, 1e-6, (a + b) / 2, a, 2 * b);
    /* now that it is in use, its size is fixed */
    assert_fails(
        cornu_layer_adapt(layer, texts(1, 1, STRINGS("a"))), CORNU_ESTATE, "its size cannot change"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(bad_vocabularies_are_refused) {
    cornu_layer *layer = cornu_layer_string_lookup(.mask_token = "m", .max_tokens = 4);
    cornu_floats none = {0};
    assert_fails(
        cornu_layer_set_vocabulary(layer, row(2, STRINGS("a", "a")), none), CORNU_EINVAL,
        "'a' twice"
    );
    assert_fails(
        cornu_layer_set_vocabulary(layer, row(2, STRINGS("a", "m")), none), CORNU_EINVAL,
        "mask_token"
    );
    assert_fails(
        cornu_layer_set_vocabulary(layer, row(3, STRINGS("a", "b", "c")), none), CORNU_EINVAL,
        "max_tokens"
    );
    assert_fails(
        cornu_layer_set_vocabulary(layer, row(1, STRINGS("a")), cornu_floats(1)), CORNU_EINVAL,
        "tf_idf"
    );
    assert_ok(cornu_layer_set_vocabulary(layer, row(2, STRINGS("a", "b")), none));
    assert_vocabulary(layer, "m|[UNK]|a|b|");
    cornu_layer_free(layer);
    assert_fails(
        cornu_layer_string_lookup(.vocabulary = cornu_texts("a"), .output_mode = "tf_idf"),
        CORNU_EINVAL, "idf_weights"
    );
    assert_fails(cornu_layer_string_lookup(.max_tokens = 1), CORNU_EINVAL, "max_tokens");
    assert_fails(cornu_layer_string_lookup(.pad_to_max_tokens = true), CORNU_EINVAL, "max_tokens");
    assert_fails(cornu_layer_string_lookup(.encoding = "latin1"), CORNU_EUNSUPPORTED, "latin1");
    cornu_layer *dense = cornu_layer_dense(1);
    assert_fails(cornu_layer_vocabulary(dense, true), CORNU_EUNSUPPORTED, "no vocabulary");
    cornu_layer_free(dense);
}
END_TEST

START_TEST(vocabularies_come_from_files_that_no_config_can_name) {
    FILE *file = fopen("vocabulary_of_test.txt", "w");
    fputs("a\nb\nc\n", file);
    fclose(file);
    cornu_layer *layer = cornu_layer_string_lookup(
            .vocabulary_file = "vocabulary_of_test.txt", .oov_token = "[OOV]",
            .mask_token = "[MASK]"
    );
    assert_vocabulary(layer, "[MASK]|[OOV]|a|b|c|");
    char *config = cornu_layer_config_text(layer);
    ck_assert_ptr_nonnull(strstr(config, "\"vocabulary\": null"));
    ck_assert_ptr_null(strstr(config, "vocabulary_of_test"));
    cornu_free(config);
    assert_fails(cornu_layer_adapt(layer, row(1, STRINGS("a"))), CORNU_ESTATE, "argument");
    cornu_layer_free(layer);
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"StringLookup\", \"config\": {\"vocabulary\": "
                              "\"vocabulary_of_test.txt\"}}"),
        CORNU_EUNSUPPORTED, "no other file"
    );
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"StringLookup\", \"config\": "
                              "{\"vocabulary_file\": \"vocabulary_of_test.txt\"}}"),
        CORNU_EUNSUPPORTED, "vocabulary_file"
    );
    assert_fails(
        cornu_layer_integer_lookup(.vocabulary_file = "vocabulary_of_test.txt"), CORNU_EFORMAT,
        "no integer"
    );
    remove("vocabulary_of_test.txt");
    assert_fails(
        cornu_layer_string_lookup(.vocabulary_file = "vocabulary_of_test.txt"), CORNU_EIO, "opened"
    );
}
END_TEST

CORNU_TESTS(lookups) {
    TCase *tc = cornu_test_case(suite, "lookups");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, numbers_follow_the_vocabulary);
    tcase_add_test(tc, terms_outside_the_vocabulary_share_numbers);
    tcase_add_test(tc, terms_are_encoded_as_vectors);
    tcase_add_test(tc, lookups_go_back_from_numbers);
    tcase_add_test(tc, vocabularies_are_learnt);
    tcase_add_test(tc, rare_terms_weigh_more);
    tcase_add_test(tc, bad_vocabularies_are_refused);
    tcase_add_test(tc, vocabularies_come_from_files_that_no_config_can_name);
}
