/*
 * What every test file includes: libcheck and the words that tests share.
 *
 *     #include "support/support.h"
 *
 *     START_TEST(tanh_of_large_inputs_is_one) {
 *         cornu_tensor *y = cornu_op_tanh(cornu_scalar(100));
 *         assert_values(y, 0, 1);
 *     }
 *     END_TEST
 *
 *     CORNU_TESTS(tanh) {
 *         TCase *tc = cornu_test_case(suite, "tanh");
 *         tcase_add_test(tc, tanh_of_large_inputs_is_one);
 *     }
 *
 * The build finds the CORNU_TESTS line and calls it from the folder's program (test_ops). Each test
 * runs in a scope of its own, which frees what ops made, and fails if it leaves an error pending.
 * Cases that take more than a second or two carry a tag, tcase_set_tags(tc, "slow"), which puts
 * them into a second ctest (test_ops_slow).
 *
 * One case alone: CK_RUN_CASE=tanh build/tests/test_ops; under a debugger add CK_FORK=no.
 */
#ifndef CORNU_TESTS_SUPPORT_H
#define CORNU_TESTS_SUPPORT_H

#include <check.h>
#include <cornu/error.h>
#include <cornu/tensor.h>

/* Opens the function that adds a file's cases to `suite`; the name is unique within its folder. */
#define CORNU_TESTS(name)                                                                          \
    void cornu_tests_##name(Suite *suite);                                                         \
    void cornu_tests_##name(Suite *suite)

/* A case of `suite` whose tests run in a scope and must leave no error behind. */
TCase *cornu_test_case(Suite *suite, const char *name);

/* Runs a suite, prints failures and the line "N passed, N failed"; returns main's exit status. */
int cornu_test_run(Suite *suite);

/* A status as it is; a maker's result as CORNU_OK or the pending status. */
#define cornu_test_status_(result)                                                                 \
    _Generic((result), cornu_status                                                                \
             : cornu_test_of_status_, int                                                          \
             : cornu_test_of_int_, default                                                         \
             : cornu_test_of_pointer_)(result)
cornu_status cornu_test_of_status_(cornu_status status);
cornu_status cornu_test_of_int_(int status);
cornu_status cornu_test_of_pointer_(const void *object);

/* assert_ok(cornu_fit(...)): the call, which gives a status or a new object, succeeds. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        cornu_status got_ = cornu_test_status_(call);                                              \
        if (got_ != CORNU_OK)                                                                      \
            ck_abort_msg("%s: %s: %s", #call, cornu_status_name(got_), cornu_error_message());     \
    } while (0)

/* assert_fails(cornu_op_matmul(a, b), CORNU_ESHAPE, "784 and 128"): the call fails with this status
 * and a message that contains `part`. The error is cleared. */
#define assert_fails(call, status, part)                                                           \
    do {                                                                                           \
        const char *wrong_ = cornu_test_failure_(cornu_test_status_(call), (status), (part));      \
        if (wrong_ != NULL) ck_abort_msg("%s: %s", #call, wrong_);                                 \
    } while (0)
const char *cornu_test_failure_(cornu_status got, cornu_status expected, const char *part);

/* assert_shape(t, cornu_shape(2, 3)): the tensor exists and has this shape. */
#define assert_shape(tensor, shape)                                                                \
    cornu_test_report_(cornu_test_shape_((tensor), (shape)), #tensor)

/* assert_close(t, expected, n, rtol, atol): n elements, each within atol + rtol * |expected[i]| of
 * the double there. NaN is close to NaN, infinity to the same infinity. */
#define assert_close(tensor, expected, n, rtol, atol)                                              \
    cornu_test_report_(cornu_test_close_((tensor), (expected), (n), (rtol), (atol)), #tensor)

/* assert_values(t, 1e-6, 0.5, 1, 2): the same with the numbers written out and one tolerance for
 * rtol and atol. */
#define assert_values(tensor, tolerance, ...)                                                      \
    cornu_test_report_(                                                                            \
        cornu_test_close_(                                                                         \
            (tensor), (const double[]){__VA_ARGS__},                                               \
            sizeof((const double[]){__VA_ARGS__}) / sizeof(double), (tolerance), (tolerance)       \
        ),                                                                                         \
        #tensor                                                                                    \
    )

/* Two tensors of one shape with close elements. */
#define assert_same(actual, expected, rtol, atol)                                                  \
    cornu_test_report_(cornu_test_same_((actual), (expected), (rtol), (atol)), #actual)

/* Each gives NULL, or what is wrong (a text that lives until the next call). */
const char *cornu_test_shape_(const cornu_tensor *tensor, cornu_shape shape);
const char *cornu_test_close_(
    const cornu_tensor *tensor, const double *expected, size_t count, double rtol, double atol
);
const char *cornu_test_same_(
    const cornu_tensor *actual, const cornu_tensor *expected, double rtol, double atol
);
#define cornu_test_report_(found, what)                                                            \
    do {                                                                                           \
        const char *wrong_ = (found);                                                              \
        if (wrong_ != NULL) ck_abort_msg("%s: %s", (what), wrong_);                                \
    } while (0)

/* A float32 tensor of the given shape from numbers; *new*. */
cornu_tensor *cornu_test_tensor(cornu_shape shape, const float *values);

#endif
