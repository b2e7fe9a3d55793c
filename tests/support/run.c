/* The frame of every test program: cases with a scope and an error check around each test, the
 * count at the end. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>

static cornu_scope *scope;

static void open_scope(void) {
    cornu_error_clear();
    scope = cornu_scope_begin();
    ck_assert_ptr_nonnull(scope);
}

static void close_scope(void) {
    cornu_scope_end(scope);
    ck_assert_msg(
        cornu_error_status() == CORNU_OK, "the test left an error pending: %s: %s",
        cornu_status_name(cornu_error_status()), cornu_error_message()
    );
}

TCase *cornu_test_case(Suite *suite, const char *name) {
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, open_scope, close_scope);
    suite_add_tcase(suite, tc);
    return tc;
}

int cornu_test_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int passed = srunner_ntests_run(runner) - failed;
    srunner_free(runner);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
