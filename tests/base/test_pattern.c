/* Regular expressions. The expectations are those of Python's re module. */
#include "base/pattern.h"
#include "support/support.h"

START_TEST(patterns_mean_what_they_mean_in_python) {
    static const struct {
        const char *pattern, *text;
        bool whole, matches;
    } cases[] = {
        {"kernel", "dense/kernel", false, true},
        {"kernel", "dense/kernel", true, false},
        {".*kernel.*", "dense/kernel", true, true},
        {"^dense_1/.*", "dense_1/kernel", true, true},
        {"^dense_1/.*", "dense_10/kernel", true, false},
        {"a|b", "b", true, true},
        {"a|bc", "abc", true, false},
        {"conv\\d+/(kernel|bias)", "conv12/bias", true, true},
        {"conv\\d+/(?:kernel|bias)", "conv/bias", true, false},
        {"\\w+\\.x", "a_9.x", true, true},
        {"\\w+\\.x", "a_9-x", true, false},
        {"[^/]*", "dense/kernel", true, false},
        {"[\\d_]+?", "1_2", true, true},
        {"x{2,3}", "xxxx", true, false},
        {"", "x", false, true},
        {"", "x", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool matches = !cases[i].matches;
        assert_ok(cornu_pattern_match_(cases[i].pattern, cases[i].text, cases[i].whole, &matches));
        ck_assert_msg(matches == cases[i].matches, "%s on %s", cases[i].pattern, cases[i].text);
    }
}
END_TEST

START_TEST(what_is_no_pattern_is_refused) {
    bool matches;
    assert_fails(cornu_pattern_match_("(a", "a", false, &matches), CORNU_EINVAL, "'(a'");
    assert_fails(cornu_pattern_match_("a(?=b)", "ab", false, &matches), CORNU_EUNSUPPORTED, "(?=");
    assert_fails(cornu_pattern_match_("(a)\\1", "aa", false, &matches), CORNU_EUNSUPPORTED, "\\1");
    assert_fails(cornu_pattern_match_("a\\", "a", false, &matches), CORNU_EUNSUPPORTED, "escape");
    assert_fails(cornu_pattern_match_(NULL, "a", false, &matches), CORNU_EINVAL, "pattern");
}
END_TEST

CORNU_TESTS(pattern) {
    TCase *tc = cornu_test_case(suite, "pattern");
    tcase_add_test(tc, patterns_mean_what_they_mean_in_python);
    tcase_add_test(tc, what_is_no_pattern_is_refused);
}
