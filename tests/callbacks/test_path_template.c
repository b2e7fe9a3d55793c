/* Paths with places for numbers, against what Python's str.format gives. */
#include "../../callbacks/path_template.h"
#include "support/support.h"

START_TEST(places_are_filled_as_python_fills_them) {
    static const struct {
        const char *pattern, *path;
    } cases[] = {
        {"best.keras", "best.keras"},
        {"{epoch:02d}-{val_loss:.2f}", "07-0.12"},
        {"{epoch}/{loss}", "7/0.5"},
        {"{epoch:4d}|{batch:04d}", "   7|0012"},
        {"{loss:08.3f}{{x}}", "0000.500{x}"},
        {"{val_loss:.3e} {loss:.0%} {big}", "1.235e-01 50% 1e+16"},
        {"{small:06.1f} {small:g}", "-002.5 -2.5"},
    };
    cornu_logs logs = {0};
    assert_ok(cornu_logs_set(&logs, "loss", 0.5));
    assert_ok(cornu_logs_set(&logs, "val_loss", 0.12345));
    assert_ok(cornu_logs_set(&logs, "big", 1e16));
    assert_ok(cornu_logs_set(&logs, "small", -2.5));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[100];
        assert_ok(cornu_path_format_(cases[i].pattern, 7, 12, &logs, path, sizeof path));
        ck_assert_str_eq(path, cases[i].path);
    }
    cornu_logs_clear(&logs);
}
END_TEST

START_TEST(patterns_that_do_not_fit_are_named) {
    cornu_logs logs = {0};
    char path[16];
    assert_fails(
        cornu_path_format_("{acc}", 1, 0, &logs, path, sizeof path), CORNU_EINVAL, "no 'acc'"
    );
    assert_fails(
        cornu_path_format_("{batch}", 1, 0, &logs, path, sizeof path), CORNU_EINVAL, "no 'batch'"
    );
    assert_fails(
        cornu_path_format_("{epoch:>9}", 1, 0, &logs, path, sizeof path), CORNU_EINVAL, "'>9'"
    );
    assert_fails(
        cornu_path_format_("a{epoch", 1, 0, &logs, path, sizeof path), CORNU_EINVAL, "without"
    );
    assert_fails(
        cornu_path_format_("far-too-long-for-it", 1, 0, &logs, path, sizeof path), CORNU_EINVAL,
        "too long"
    );
}
END_TEST

START_TEST(numbers_are_written_as_python_writes_them) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.5, "0.5"},
        {1, "1.0"},
        {0.1, "0.1"},
        {100000, "100000.0"},
        {1e-5, "1e-05"},
        {1e16, "1e+16"},
        {-2.25, "-2.25"},
        {0.4000000059604645, "0.4000000059604645"},
        {1.0 / 3, "0.3333333333333333"},
        {NAN, "nan"},
        {0, "0.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[40];
        cornu_number_text_(cases[i].value, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

CORNU_TESTS(path_template) {
    TCase *tc = cornu_test_case(suite, "path_template");
    tcase_add_test(tc, places_are_filled_as_python_fills_them);
    tcase_add_test(tc, patterns_that_do_not_fit_are_named);
    tcase_add_test(tc, numbers_are_written_as_python_writes_them);
}
