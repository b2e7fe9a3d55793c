/* Numbers are those of keras/src/layers/preprocessing/{hashing,hashed_crossing}_test.py, unless a
 * comment says otherwise. */
#include <cornu/cornu.h>

#include "../layers/preprocessing/hash.h"
#include "support/check_layer.h"
#include "support/support.h"

static cornu_tensor *column(int64_t count, const char *const *items) {
    return cornu_scope_own(cornu_tensor_from_strings(cornu_shape(count, 1), items));
}
static cornu_tensor *ints(int64_t count, const int64_t *items) {
    return cornu_scope_own(cornu_tensor_from(CORNU_INT64, cornu_shape(count), items));
}
static cornu_tensor *use(cornu_layer *layer, cornu_tensor *x) {
    assert_ok(layer);
    cornu_tensor *y = cornu_call(layer, x);
    cornu_layer_free(layer);
    assert_ok(y);
    return cornu_op_cast(y, CORNU_FLOAT32);
}
static const char *const letters[] = {"A", "B", "C", "D", "E"};
static const char *const names[] = {"omar", "stringer", "marlo", "wire", "skywalker"};
static const int64_t numbers[] = {0, 1, 2, 3, 4};

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "Hashing", .config = "{\"num_bins\": 3, \"dtype\": \"int64\"}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}, .strings = true
    );
    check_layer(
            .class_name = "Hashing", .no_gradient = true, .input = {2, {2, 3}},
            .config = "{\"num_bins\": 4, \"output_mode\": \"multi_hot\", \"salt\": [1, 2], "
                      "\"mask_value\": 0}",
            .output = {2, {2, 4}}
    );
    check_layer(
            .class_name = "Hashing", .strings = true, .input = {2, {2, 1}},
            .config = "{\"num_bins\": 4, \"output_mode\": \"one_hot\", \"mask_value\": \"\"}",
            .output = {2, {2, 4}}
    );
}
END_TEST

START_TEST(strings_have_bins) {
    cornu_tensor *x = column(5, letters), *y = column(5, names);
    assert_values(use(cornu_layer_hashing(3), x), 0, 1, 0, 1, 1, 2);
    assert_values(use(cornu_layer_hashing(1), x), 0, 0, 0, 0, 0, 0);
    assert_values(use(cornu_layer_hashing(2), y), 0, 0, 0, 1, 0, 0);
    const cornu_ints salt = cornu_ints(133, 137), one = cornu_ints(133);
    assert_values(use(cornu_layer_hashing(3, .salt = salt), x), 0, 1, 2, 1, 0, 2);
    assert_values(use(cornu_layer_hashing(3, .salt = one), x), 0, 0, 0, 2, 1, 0);
    assert_values(use(cornu_layer_hashing(2, .salt = salt), y), 0, 0, 1, 0, 1, 0);
    assert_values(use(cornu_layer_hashing(2, .salt = cornu_ints(211, 137)), y), 0, 1, 0, 1, 0, 1);
}
END_TEST

START_TEST(masks_have_the_bin_0) {
    const char *const some[] = {"A", "B", "", "C", "D"};
    assert_values(use(cornu_layer_hashing(3, .mask_text = ""), column(5, some)), 0, 1, 1, 0, 2, 2);
    assert_values(
        use(cornu_layer_hashing(3, .mask_text = "omar"), column(5, names)), 0, 0, 1, 2, 1, 1
    );
    cornu_layer *layer = cornu_layer_hashing(3, .mask_value = 1);
    assert_fails(
        cornu_layer_call(layer, cornu_tensors(column(1, some)), false), CORNU_EDTYPE,
        "mask value is a number"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(integers_are_hashed_as_their_decimal_text) {
    cornu_tensor *x = ints(5, numbers);
    assert_values(use(cornu_layer_hashing(3), x), 0, 1, 0, 1, 0, 2);
    assert_values(use(cornu_layer_hashing(3, .salt = cornu_ints(133, 137)), x), 0, 1, 1, 2, 0, 1);
    assert_values(use(cornu_layer_hashing(3, .output_mode = "count"), x), 0, 2, 2, 1);
    assert_values(use(cornu_layer_hashing(3, .output_mode = "multi_hot"), x), 0, 1, 1, 1);
    assert_values(
        use(cornu_layer_hashing(3, .output_mode = "one_hot"), x), 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1,
        0, 0, 0, 0, 1
    );
    assert_fails(cornu_layer_hashing(0), CORNU_EINVAL, "num_bins");
    assert_fails(cornu_layer_hashing(2, .salt = cornu_ints(1, 2, 3)), CORNU_EINVAL, "salt");
    assert_fails(cornu_layer_hashing(2, .dtype = "float32"), CORNU_EINVAL, "dtype");
    assert_fails(cornu_layer_hashing(2, .output_mode = "tf_idf"), CORNU_EINVAL, "tf_idf");
}
END_TEST

START_TEST(features_are_crossed) {
    const char *const first[] = {"A", "B", "A", "B", "A"};
    cornu_tensor *a = cornu_op_zeros(cornu_shape(5), CORNU_INT64);
    cornu_tensor *texts = cornu_scope_own(cornu_tensor_from_strings(cornu_shape(5), first));
    cornu_tensor *second = ints(5, (const int64_t[]){101, 101, 101, 102, 102});
    cornu_layer *layer = cornu_layer_hashed_crossing(5);
    cornu_tensor *y = cornu_call(layer, texts, second);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_INT64);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 1, 4, 1, 1, 3);
    assert_fails(cornu_call(layer, a), CORNU_EINVAL, "two inputs");
    assert_fails(
        cornu_call(layer, a, cornu_op_zeros(cornu_shape(4), CORNU_INT64)), CORNU_ESHAPE,
        "same shape"
    );
    assert_fails(
        cornu_call(layer, a, cornu_op_zeros(cornu_shape(5), CORNU_FLOAT32)), CORNU_EDTYPE,
        "integers and strings"
    );
    cornu_layer_free(layer);
    layer = cornu_layer_hashed_crossing(5, .output_mode = "one_hot");
    y = cornu_call(layer, texts, second);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT32);
    assert_values(y, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0);
    cornu_layer_free(layer);
    assert_fails(
        cornu_layer_hashed_crossing(5, .output_mode = "count"), CORNU_EINVAL, "'int' or 'one_hot'"
    );
}
END_TEST

/* The vector of the SipHash paper, appendix A: bytes 0 .. 14 under the key 0 .. 15. */
START_TEST(siphash_is_that_of_the_paper) {
    char bytes[15];
    for (int i = 0; i < 15; i++) bytes[i] = (char)i;
    const uint64_t key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    ck_assert(cornu_siphash_((cornu_bytes){bytes, 15}, key) == 0xa129ca6149be45e5u);
}
END_TEST

CORNU_TESTS(hashing) {
    TCase *tc = cornu_test_case(suite, "hashing");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, strings_have_bins);
    tcase_add_test(tc, masks_have_the_bin_0);
    tcase_add_test(tc, integers_are_hashed_as_their_decimal_text);
    tcase_add_test(tc, features_are_crossed);
    tcase_add_test(tc, siphash_is_that_of_the_paper);
}
