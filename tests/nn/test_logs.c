/* Logs: names, values, vectors. */
#include "nn/logs.h"
#include "support/support.h"

START_TEST(setting_a_name_again_replaces_its_value) {
    cornu_logs logs = {0};
    assert_ok(cornu_logs_set(&logs, "loss", 2));
    assert_ok(cornu_logs_set_vector(&logs, "loss", (const double[]){3, 4}, 2));
    assert_ok(cornu_logs_set(&logs, "loss", 5));
    ck_assert_uint_eq(logs.count, 1);
    ck_assert_double_eq(cornu_logs_get(&logs, "loss"), 5);
    ck_assert(isnan(cornu_logs_get(&logs, "accuracy")));
    ck_assert(!cornu_logs_has(&logs, "accuracy"));
    cornu_logs_clear(&logs);
}
END_TEST

START_TEST(copies_carry_vectors_and_a_prefix) {
    cornu_logs logs = {0}, copy = {0};
    assert_ok(cornu_logs_set_vector(&logs, "f1", (const double[]){0.25, 0.5}, 2));
    assert_ok(cornu_logs_copy_(&copy, &logs, "val_"));
    cornu_logs_clear(&logs);
    ck_assert_str_eq(copy.entries[0].name, "val_f1");
    ck_assert_uint_eq(copy.entries[0].count, 2);
    ck_assert_double_eq(copy.entries[0].values[1], 0.5);
    cornu_logs_clear(&copy);
}
END_TEST

START_TEST(replacing_logs_leaves_no_entry_of_before) {
    cornu_logs logs = {0}, by = {0};
    assert_ok(cornu_logs_set(&by, "a", 1));
    assert_ok(cornu_logs_set_vector(&by, "b", (const double[]){2, 3}, 2));
    assert_ok(cornu_logs_replace_(&logs, &by));
    assert_ok(cornu_logs_set_vector(&logs, "c", (const double[]){4, 5}, 2));
    const double *values = logs.entries[1].values;
    assert_ok(cornu_logs_set_vector(&by, "b", (const double[]){6, 7}, 2));
    assert_ok(cornu_logs_replace_(&logs, &by));
    ck_assert_uint_eq(logs.count, 2);
    ck_assert_ptr_eq(logs.entries[1].values, values);
    ck_assert_double_eq(values[1], 7);
    cornu_logs_clear(&by);
    assert_ok(cornu_logs_set(&by, "b", 8));
    assert_ok(cornu_logs_replace_(&logs, &by));
    ck_assert_uint_eq(logs.count, 1);
    ck_assert_double_eq(cornu_logs_get(&logs, "b"), 8);
    cornu_logs_clear(&logs);
    cornu_logs_clear(&by);
}
END_TEST

START_TEST(entries_are_sorted_by_name) {
    cornu_logs logs = {0};
    const char *names[] = {"loss", "b", "accuracy", "c"};
    for (int i = 0; i < 4; i++) assert_ok(cornu_logs_set(&logs, names[i], i));
    cornu_logs_sort_(&logs);
    ck_assert_str_eq(logs.entries[0].name, "accuracy");
    ck_assert_str_eq(logs.entries[1].name, "b");
    ck_assert_str_eq(logs.entries[2].name, "c");
    ck_assert_double_eq(logs.entries[3].value, 0);
    cornu_logs_clear(&logs);
}
END_TEST

START_TEST(names_that_do_not_fit_are_refused) {
    cornu_logs logs = {0};
    char name[200];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_fails(cornu_logs_set(&logs, name, 1), CORNU_EINVAL, "199 characters");
    for (int i = 0; i < CORNU_LOGS_MAX; i++) {
        snprintf(name, sizeof name, "metric_%d", i);
        assert_ok(cornu_logs_set(&logs, name, i));
    }
    assert_fails(cornu_logs_set(&logs, "more", 1), CORNU_EINVAL, "'more' is one more");
    cornu_logs_clear(&logs);
}
END_TEST

CORNU_TESTS(logs) {
    TCase *tc = cornu_test_case(suite, "logs");
    tcase_add_test(tc, setting_a_name_again_replaces_its_value);
    tcase_add_test(tc, copies_carry_vectors_and_a_prefix);
    tcase_add_test(tc, replacing_logs_leaves_no_entry_of_before);
    tcase_add_test(tc, entries_are_sorted_by_name);
    tcase_add_test(tc, names_that_do_not_fit_are_refused);
}
