/* Files that grow by records, and folders. */
#include "support/support.h"

#include "base/append.h"
#include "base/file.h"
#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void assert_content(const char *path, const char *expected) {
    char *data;
    size_t size;
    assert_ok(cornu_file_read_(path, 0, &data, &size));
    ck_assert_str_eq(data, expected);
    cornu_free_(data);
}

START_TEST(records_follow_what_is_there_until_it_is_cut) {
    cornu_appender log;
    (void)remove("log");
    for (int i = 0; i < 2; i++) {
        assert_ok(cornu_appender_open_(&log, "log"));
        assert_ok(cornu_appender_write_(&log, "line\n", 5));
        ck_assert_int_eq(log.size, 5 * (i + 1));
        cornu_appender_close_(&log);
    }
    assert_content("log", "line\nline\n");
    assert_ok(cornu_appender_open_(&log, "log"));
    assert_ok(cornu_appender_cut_(&log, 5));
    assert_ok(cornu_appender_write_(&log, "new\n", 4));
    assert_fails(cornu_appender_cut_(&log, 10), CORNU_EFORMAT, "'log' has 9 bytes, at least 10");
    assert_ok(cornu_appender_sync_(&log));
    cornu_appender_close_(&log);
    assert_content("log", "line\nnew\n");
}
END_TEST

START_TEST(a_record_that_does_not_fit_leaves_no_part) {
    cornu_appender log;
    struct rlimit before, few = {.rlim_cur = 12, .rlim_max = RLIM_INFINITY};
    (void)remove("full");
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    few.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_ok(cornu_appender_open_(&log, "full"));
    assert_ok(cornu_appender_write_(&log, "12345678\n", 9));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
    cornu_status status = cornu_appender_write_(&log, "abcdefgh\n", 9);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_fails(status, CORNU_EIO, "'full' cannot be written: File too large");
    assert_ok(cornu_appender_write_(&log, "x\n", 2));
    cornu_appender_close_(&log);
    assert_content("full", "12345678\nx\n");
}
END_TEST

START_TEST(folders_are_made_with_those_above) {
    assert_ok(cornu_folder_make_("one/two//three/"));
    assert_ok(cornu_folder_make_("one/two/three"));
    assert_ok(cornu_file_write_("one/file", "x", 1));
    assert_fails(cornu_folder_make_("one/file"), CORNU_EIO, "Not a directory");
    assert_fails(cornu_folder_make_("one/file/below"), CORNU_EIO, "'one/file' cannot be made");
}
END_TEST

CORNU_TESTS(append) {
    TCase *tc = cornu_test_case(suite, "append");
    tcase_add_test(tc, records_follow_what_is_there_until_it_is_cut);
    tcase_add_test(tc, a_record_that_does_not_fit_leaves_no_part);
    tcase_add_test(tc, folders_are_made_with_those_above);
}
