/* The error chain: one message that grows outwards, without memory. */
#include "support/support.h"

#include "base/thread.h"
#include <string.h>

static cornu_status inner(void) {
    CORNU_FAIL(CORNU_ESHAPE, "inner sizes differ, %d and %d", 784, 128);
}
static cornu_status outer(void) {
    CORNU_TRY(inner(), "layer '%s'", "hidden");
    return CORNU_OK;
}
static void *maker(void) { CORNU_FAIL_NULL(CORNU_EINVAL, "units is %d", -1); }

START_TEST(texts_of_files_cannot_steer_a_terminal) {
    (void)cornu_error_set(CORNU_EFORMAT, NULL, 0, "no activation '%s'", "re\x1b[2J\r\nlu\x7f");
    (void)cornu_error_context("layer '%s'", "a\bb");
    ck_assert_str_eq(cornu_error_message(), "layer 'a?b': no activation 're?[2J??lu?'");
    cornu_error_clear();
}
END_TEST

START_TEST(context_stands_before_the_cause_and_the_place_behind) {
    ck_assert_int_eq(outer(), CORNU_ESHAPE);
    const char *start = "layer 'hidden': inner sizes differ, 784 and 128 (test_error.c:";
    ck_assert_msg(
        strncmp(cornu_error_message(), start, strlen(start)) == 0, "%s", cornu_error_message()
    );
    cornu_error_clear();
    ck_assert_str_eq(cornu_error_message(), "");
    ck_assert_int_eq(cornu_error_status(), CORNU_OK);
    assert_fails(maker(), CORNU_EINVAL, "units is -1");
}
END_TEST

START_TEST(null_after_a_failure_keeps_the_first_message) {
    (void)inner();
    ck_assert_int_eq(cornu_error_null("x"), CORNU_ESHAPE);
    assert_fails(cornu_error_status(), CORNU_ESHAPE, "inner sizes differ");
    assert_fails(cornu_error_null("x"), CORNU_EINVAL, "x is NULL");
}
END_TEST

START_TEST(endless_messages_are_cut_and_the_cause_stays) {
    char endless[5000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    (void)inner();
    for (int i = 0; i < 100; i++) (void)cornu_error_context("level %d %s", i, endless);
    ck_assert_uint_lt(strlen(cornu_error_message()), 1024);
    assert_fails(cornu_error_status(), CORNU_ESHAPE, "inner sizes differ, 784 and 128");
    (void)cornu_error_set(CORNU_EIO, NULL, 0, "%s", endless);
    assert_fails(cornu_error_status(), CORNU_EIO, "aaa...");
}
END_TEST

START_TEST(a_cut_message_ends_with_whole_characters) {
    char text[2000] = "x";
    for (size_t i = 1; i + 2 < sizeof text; i += 2) memcpy(text + i, "\xc3\xa9", 3); /* e acute */
    (void)cornu_error_set(CORNU_EIO, NULL, 0, "%s", text);
    const char *dots = strstr(cornu_error_message(), "...");
    ck_assert_ptr_nonnull(dots);
    ck_assert_uint_eq((unsigned char)dots[-1], 0xa9);
    (void)cornu_error_set(CORNU_EIO, NULL, 0, "%s", text + 1);
    dots = strstr(cornu_error_message(), "...");
    ck_assert_uint_eq((unsigned char)dots[-1], 0xa9);
    cornu_error_clear();
}
END_TEST

START_TEST(the_pending_message_may_be_an_argument_of_the_next) {
    (void)cornu_error_set(CORNU_EIO, NULL, 0, "first");
    (void)cornu_error_set(CORNU_EFORMAT, NULL, 0, "second after %s", cornu_error_message());
    (void)cornu_error_context("third after %s", cornu_error_message());
    ck_assert_str_eq(cornu_error_message(), "third after second after first: second after first");
    cornu_error_clear();
}
END_TEST

static void fail_elsewhere(void *user) {
    (void)inner();
    *(cornu_status *)user = cornu_error_status();
}

START_TEST(each_thread_has_its_own_error) {
    cornu_status there = CORNU_OK;
    cornu_thread thread;
    assert_ok(cornu_thread_start_(&thread, fail_elsewhere, &there));
    cornu_thread_join_(&thread);
    ck_assert_int_eq(there, CORNU_ESHAPE);
    ck_assert_int_eq(cornu_error_status(), CORNU_OK);
}
END_TEST

START_TEST(every_status_has_a_name_and_a_meaning) {
    ck_assert_str_eq(cornu_status_name(CORNU_ECANCELED), "CORNU_ECANCELED");
    ck_assert_str_eq(cornu_status_text(CORNU_OK), "success");
    ck_assert_str_eq(cornu_status_name((cornu_status)99), "unknown status");
}
END_TEST

CORNU_TESTS(error) {
    TCase *tc = cornu_test_case(suite, "error");
    tcase_add_test(tc, context_stands_before_the_cause_and_the_place_behind);
    tcase_add_test(tc, texts_of_files_cannot_steer_a_terminal);
    tcase_add_test(tc, null_after_a_failure_keeps_the_first_message);
    tcase_add_test(tc, endless_messages_are_cut_and_the_cause_stays);
    tcase_add_test(tc, a_cut_message_ends_with_whole_characters);
    tcase_add_test(tc, the_pending_message_may_be_an_argument_of_the_next);
    tcase_add_test(tc, each_thread_has_its_own_error);
    tcase_add_test(tc, every_status_has_a_name_and_a_meaning);
}
