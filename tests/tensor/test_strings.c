#include <cornu/cornu.h>
#include <string.h>

#include "support/support.h"
#include "tensor/tensor.h"

static const char *const words[] = {"a", "", "b\xc3\xa4", "don't"};

START_TEST(strings_are_copied) {
    char first[] = "a";
    const char *items[] = {first, "b"};
    cornu_tensor *x = cornu_tensor_from_strings(cornu_shape(2), items);
    first[0] = 'z';
    cornu_bytes bytes = cornu_tensor_bytes(x, 0);
    ck_assert_uint_eq(bytes.size, 1);
    ck_assert_str_eq(bytes.data, "a");
    ck_assert_str_eq(cornu_dtype_name(cornu_tensor_dtype(x)), "string");
    assert_fails(cornu_tensor_bytes(x, 2).data, CORNU_EINVAL, "no element 2");
    cornu_tensor_free(x);
    /* zeros inside are no ends */
    const cornu_bytes inside = {"a\0b", 3};
    x = cornu_tensor_from_bytes(cornu_shape(), &inside);
    ck_assert_uint_eq(cornu_tensor_bytes(x, 0).size, 3);
    cornu_tensor_free(x);
    cornu_dtype dtype;
    assert_ok(cornu_dtype_from_name("string", &dtype));
    ck_assert_int_eq(dtype, CORNU_STRING);
    assert_fails(
        cornu_tensor_from_strings(cornu_shape(1), (const char *const[]){NULL}), CORNU_EINVAL, "text"
    );
}
END_TEST

START_TEST(strings_print_as_bytes) {
    cornu_tensor *x = cornu_tensor_from_strings(cornu_shape(2, 2), words);
    char *text = cornu_tensor_text(x);
    ck_assert_str_eq(text, "[[b'a' b'']\n [b'b\\xc3\\xa4' b'don\\'t']]");
    cornu_free(text);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(strings_are_equal_byte_by_byte) {
    const char *const others[] = {"a", "", "b\xc3\xa4", "dont"};
    cornu_tensor *a = cornu_tensor_from_strings(cornu_shape(4), words);
    cornu_tensor *b = cornu_tensor_from_strings(cornu_shape(4), others);
    cornu_tensor *copy = cornu_tensor_copy(a);
    ck_assert(cornu_tensor_equal(a, copy) && !cornu_tensor_equal(a, b));
    cornu_tensor_free(a);
    ck_assert_str_eq(cornu_tensor_bytes(copy, 3).data, "don't");
    cornu_tensor_free(copy);
    cornu_tensor_free(b);
}
END_TEST

/* Rows share the bytes of the tensor that they are taken of, and keep them. */
START_TEST(rows_outlive_their_tensor) {
    const int64_t order[] = {1, 0};
    cornu_tensor *x = cornu_tensor_from_strings(cornu_shape(2, 2), words);
    cornu_tensor *parts[] = {
        cornu_strings_rows_(x, order, 0, 2), cornu_strings_rows_(x, NULL, 1, 1)};
    cornu_tensor_free(x);
    cornu_tensor *joined = cornu_strings_join_(parts, 2);
    cornu_tensor_free(parts[0]);
    cornu_tensor_free(parts[1]);
    assert_shape(joined, cornu_shape(3, 2));
    ck_assert_str_eq(cornu_tensor_bytes(joined, 1).data, "don't");
    ck_assert_str_eq(cornu_tensor_bytes(joined, 2).data, "a");
    ck_assert_str_eq(cornu_tensor_bytes(joined, 5).data, "don't");
    cornu_tensor_free(joined);
}
END_TEST

START_TEST(numbers_are_not_made_of_strings_by_chance) {
    cornu_tensor *x = cornu_tensor_from_strings(cornu_shape(4), words);
    assert_fails(cornu_op_add(x, cornu_scalar(1)), CORNU_EDTYPE, "input 0 holds strings");
    assert_fails(cornu_op_cast(x, CORNU_FLOAT32), CORNU_EDTYPE, "strings");
    assert_fails(cornu_op_cast(cornu_scalar(1), CORNU_STRING), CORNU_EDTYPE, "");
    assert_fails(cornu_tensor_data(x), CORNU_EDTYPE, "strings");
    assert_fails(cornu_tensor_new(CORNU_STRING, cornu_shape(1)), CORNU_EDTYPE, "from_strings");
    assert_fails(cornu_variable(x), CORNU_EDTYPE, "strings");
    assert_fails(cornu_save_npy("x.npy", x), CORNU_EDTYPE, "strings");
    cornu_tensor *v = cornu_variable(cornu_op_zeros(cornu_shape(4), CORNU_FLOAT32));
    assert_fails(cornu_assign(v, x), CORNU_EDTYPE, "strings");
    assert_fails(cornu_tensor_bytes(v, 0).data, CORNU_EDTYPE, "holds float32");
    cornu_tensor_free(v);
    cornu_tensor_free(x);
}
END_TEST

CORNU_TESTS(strings) {
    TCase *tc = cornu_test_case(suite, "strings");
    tcase_add_test(tc, strings_are_copied);
    tcase_add_test(tc, strings_print_as_bytes);
    tcase_add_test(tc, strings_are_equal_byte_by_byte);
    tcase_add_test(tc, rows_outlive_their_tensor);
    tcase_add_test(tc, numbers_are_not_made_of_strings_by_chance);
}
