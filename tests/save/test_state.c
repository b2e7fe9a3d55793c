/* States: what is put in comes back from the file with the same bits. */
#include "support/support.h"
#include <cornu/cornu.h>
#include <math.h>
#include <string.h>

static cornu_state *filled(void) {
    cornu_state *state = cornu_state_new();
    assert_ok(state);
    const float values[] = {1, -0.0f, NAN, 1e-45f, 3, 4};
    cornu_tensor *tensor = cornu_test_tensor(cornu_shape(2, 3), values);
    assert_ok(cornu_state_set_int(state, "smallest", INT64_MIN));
    assert_ok(cornu_state_set_float(state, "nothing", -NAN));
    assert_ok(cornu_state_enter(state, "inner"));
    assert_ok(cornu_state_enter(state, "most"));
    assert_ok(cornu_state_set_text(state, "text", "caf\xc3\xa9\n"));
    assert_ok(cornu_state_set_text(state, "empty", ""));
    cornu_state_leave(state);
    assert_ok(cornu_state_set_tensor(state, "tensor", tensor));
    cornu_state_leave(state);
    cornu_tensor_free(tensor);
    return state;
}

START_TEST(values_come_back_with_their_bits) {
    cornu_state *before = filled();
    assert_ok(cornu_state_save(before, "state.npz"));
    cornu_state *after = cornu_state_load("state.npz");
    assert_ok(after);
    int64_t whole;
    double number, expected = -NAN;
    char *text;
    assert_ok(cornu_state_get_int(after, "smallest", &whole));
    ck_assert_int_eq(whole, INT64_MIN);
    assert_ok(cornu_state_get_float(after, "nothing", &number));
    ck_assert_mem_eq(&number, &expected, sizeof number);
    assert_ok(cornu_state_get_text(after, "inner/most/text", &text));
    ck_assert_str_eq(text, "caf\xc3\xa9\n");
    cornu_free(text);
    assert_ok(cornu_state_enter(after, "inner"));
    assert_ok(cornu_state_get_text(after, "most/empty", &text));
    ck_assert_str_eq(text, "");
    cornu_free(text);
    cornu_tensor *found = cornu_state_get_tensor(after, "tensor");
    assert_shape(found, cornu_shape(2, 3));
    cornu_state_leave(after);
    cornu_state_leave(after); /* at the top already */
    ck_assert_mem_eq(
        cornu_tensor_data(found), cornu_tensor_data(cornu_state_get_tensor(before, "inner/tensor")),
        24
    );
    ck_assert_uint_eq(cornu_state_count(after), 5);
    ck_assert(cornu_state_has(after, "inner/most/empty") && !cornu_state_has(after, "empty"));
    cornu_state_free(after);
    cornu_state_free(before);
}
END_TEST

START_TEST(a_key_is_set_anew) {
    cornu_state *state = cornu_state_new();
    int64_t value;
    assert_ok(cornu_state_set_float(state, "a", 1.5));
    assert_ok(cornu_state_set_int(state, "a", 7));
    assert_ok(cornu_state_get_int(state, "a", &value));
    ck_assert_int_eq(value, 7);
    ck_assert_uint_eq(cornu_state_count(state), 1);
    cornu_state_free(state);
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_is_named) {
    cornu_state *state = filled();
    int64_t whole;
    double number;
    char *text;
    assert_fails(cornu_state_get_int(state, "none", &whole), CORNU_EFORMAT, "no 'none'");
    assert_fails(
        cornu_state_get_float(state, "smallest", &number), CORNU_EFORMAT,
        "'smallest' in the state is int64 (), expected is a number"
    );
    assert_fails(
        cornu_state_get_text(state, "inner/tensor", &text), CORNU_EFORMAT, "expected is a text"
    );
    assert_fails(cornu_state_set_int(state, "", 1), CORNU_EINVAL, "a key");
    assert_fails(cornu_state_enter(state, "a/b"), CORNU_EINVAL, "without slashes");
    cornu_tensor *two = cornu_test_tensor(cornu_shape(2), (const float[]){1, 2});
    cornu_tensor *variable = cornu_variable(two);
    assert_fails(
        cornu_state_read_tensor(state, "inner/tensor", variable), CORNU_ESHAPE,
        "has shape (2, 3), expected is (2,)"
    );
    assert_fails(cornu_state_read_tensor(state, "smallest", variable), CORNU_EDTYPE, "int64");
    cornu_tensor_free(variable);
    cornu_tensor_free(two);
    cornu_state_free(state);
}
END_TEST

START_TEST(a_damaged_file_is_named) {
    cornu_state *state = filled();
    assert_ok(cornu_state_save(state, "damaged.npz"));
    cornu_state_free(state);
    FILE *file = fopen("damaged.npz", "r+b");
    ck_assert_int_eq(fseek(file, 160, SEEK_SET), 0); /* within the first array */
    fputc('?', file);
    fclose(file);
    assert_fails(cornu_state_load("damaged.npz"), CORNU_EFORMAT, "damaged.npz");
    assert_fails(cornu_state_load("missing.npz"), CORNU_EIO, "missing.npz");
}
END_TEST

CORNU_TESTS(state) {
    TCase *tc = cornu_test_case(suite, "state");
    tcase_add_test(tc, values_come_back_with_their_bits);
    tcase_add_test(tc, a_key_is_set_anew);
    tcase_add_test(tc, what_is_missing_or_of_another_kind_is_named);
    tcase_add_test(tc, a_damaged_file_is_named);
}
