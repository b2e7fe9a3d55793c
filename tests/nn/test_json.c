/* Python's dialect of JSON: what is read, what is refused, and that texts come back as they were.
 * */
#include <string.h>

#include "nn/class.h"
#include "nn/json.h"
#include "support/support.h"

static cJSON *parse(const char *text) { return cornu_json_parse_(text, strlen(text), "config"); }

static void comes_back(const char *text) {
    cJSON *json = parse(text);
    ck_assert_msg(json != NULL, "%s: %s", text, cornu_error_message());
    char *printed = cornu_json_print_(json);
    ck_assert_str_eq(printed, text);
    cornu_free(printed);
    cJSON_Delete(json);
}

START_TEST(texts_of_pythons_json_come_back) {
    static const char *const texts[] = {
        "null",
        "[true, false, null]",
        "{\"a\": 1, \"b\": {\"c\": [1.0, -2, 0.001]}}",
        "[NaN, Infinity, -Infinity]",
        "[1e-07, 0.0001, 1e+16, 1234567890123456.0, 1.5e+300, 5e-324, 0.1, -0.0]",
        "[0.0010000000474974513, 0.009999999776482582, 3.4028234663852886e+38]",
        "[140234567890123, 9007199254740993, -9223372036854775808]",
        "\"\\u51fa\\u529b \\u00e9 \\ud83d\\ude00 \\\"\\\\\\n\\t\\u0001\"",
        "{}",
        "[]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) comes_back(texts[i]);
}
END_TEST

START_TEST(damaged_texts_are_refused) {
    static const char *const texts[] = {
        "",
        "{",
        "[1, 2",
        "[1 2]",
        "{\"a\" 1}",
        "{\"a\": }",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "1.",
        "1e",
        "-",
        "+1",
        ".5",
        "tru",
        "nul",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "[1] x",
        "{1: 2}",
        "\"\\",
        "{\"a\": 1 \"b\": 2}",
        "Infinit",
        "\xef\xbb\xbf{}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_fails(parse(texts[i]), CORNU_EFORMAT, "config: not valid JSON");
}
END_TEST

START_TEST(what_cjson_would_swallow_is_refused) {
    assert_fails(parse("{\"a\": 1, \"b\": 2, \"a\": 3}"), CORNU_EFORMAT, "'a' stands twice");
    assert_fails(parse("\"a\\u0000b\""), CORNU_EFORMAT, "zero character");
    assert_fails(cornu_json_parse_("1\0", 2, "config"), CORNU_EFORMAT, "after the end");
}
END_TEST

START_TEST(deep_nesting_ends_in_an_error) {
    char text[4096];
    memset(text, '[', sizeof text);
    assert_fails(
        cornu_json_parse_(text, sizeof text, "config"), CORNU_EFORMAT, "nested too deeply"
    );
    for (int i = 0; i < 400; i++) text[400 + i] = ']';
    cJSON *json = cornu_json_parse_(text, 800, "config");
    ck_assert_msg(json != NULL, "%s", cornu_error_message());
    cJSON_Delete(json);
}
END_TEST

START_TEST(integers_keep_all_their_digits) {
    cJSON *json = parse("[9007199254740993, 3.0, 2.5, 1e30]");
    int64_t value;
    ck_assert(cornu_json_as_int_(cJSON_GetArrayItem(json, 0), &value));
    ck_assert_int_eq(value, INT64_C(9007199254740993));
    ck_assert(cornu_json_as_int_(cJSON_GetArrayItem(json, 1), &value));
    ck_assert_int_eq(value, 3);
    ck_assert(!cornu_json_as_int_(cJSON_GetArrayItem(json, 2), &value));
    ck_assert(!cornu_json_as_int_(cJSON_GetArrayItem(json, 3), &value));
    cJSON_Delete(json);
}
END_TEST

CORNU_TESTS(json) {
    TCase *tc = cornu_test_case(suite, "json");
    tcase_add_test(tc, texts_of_pythons_json_come_back);
    tcase_add_test(tc, damaged_texts_are_refused);
    tcase_add_test(tc, what_cjson_would_swallow_is_refused);
    tcase_add_test(tc, deep_nesting_ends_in_an_error);
    tcase_add_test(tc, integers_keep_all_their_digits);
}
