/*
 * What every test file includes: libcheck, the whole library, and the words that tests share.
 *
 *     #include "support/support.h"
 *
 *     START_TEST(tanh_of_large_inputs_is_one) { ... }
 *     END_TEST
 *
 *     CORNU_TESTS(tanh) {
 *         cornu_test_case(suite, "tanh", tanh_of_large_inputs_is_one);
 *     }
 *
 * The build finds the CORNU_TESTS line and calls it from the folder's program.
 */
#ifndef CORNU_TESTS_SUPPORT_H
#define CORNU_TESTS_SUPPORT_H

#include <check.h>

/* Opens the function that adds a file's cases to `suite`; the name is unique within its folder. */
#define CORNU_TESTS(name)                                                                          \
    void cornu_tests_##name(Suite *suite);                                                         \
    void cornu_tests_##name(Suite *suite)

/* Runs a suite, prints failures and the line "N passed, N failed"; returns main's exit status. */
int cornu_test_run(Suite *suite);

#endif
