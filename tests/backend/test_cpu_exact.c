/* Exact mode: matrix products have the same bits for any number of threads. Sums are long here,
 * since those are what libraries like to cut among threads. */
#include "backend/kernel.h"
#include "support/support.h"
#include <cornu/ops.h>
#include <cornu/threads.h>

static const int64_t shapes[][3] = {
    /* m, k, n */
    {8, 20000, 8},   {10, 60000, 4},  {128, 784, 10}, {784, 32, 128},  {32, 784, 128},
    {1, 5000, 1000}, {1000, 5000, 1}, {257, 300, 65}, {3, 4096, 4096},
};

static cornu_tensor *values(int64_t rows, int64_t columns, int phase) {
    cornu_tensor *x = cornu_op_linspace(0.1 * phase, 500.0 + phase, rows * columns);
    return cornu_op_reshape(cornu_op_sin(x), cornu_shape(rows, columns));
}

static void assert_same_bits(int64_t m, int64_t k, int64_t n, bool transposed) {
    cornu_tensor *a = transposed ? values(k, m, 1) : values(m, k, 1);
    cornu_tensor *b = values(k, n, 2), *first = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        assert_ok(cornu_set_num_threads(threads));
        cornu_tensor *c = cornu_op_matmul(a, b, .transpose_a = transposed);
        assert_shape(c, cornu_shape(m, n));
        if (!first) first = c;
        ck_assert_msg(
            cornu_tensor_equal(c, first), "[%lld, %lld] x [%lld, %lld]%s with %d threads",
            (long long)m, (long long)k, (long long)k, (long long)n,
            transposed ? ", the first transposed," : "", threads
        );
    }
}

START_TEST(exact_products_do_not_depend_on_the_number_of_threads) {
    bool exact = cornu_exact();
    int threads = cornu_num_threads();
    cornu_set_exact(true);
    assert_same_bits(shapes[_i][0], shapes[_i][1], shapes[_i][2], false);
    assert_same_bits(shapes[_i][0], shapes[_i][1], shapes[_i][2], true);
    cornu_set_exact(exact);
    assert_ok(cornu_set_num_threads(threads));
}
END_TEST

START_TEST(kernels_of_the_two_modes_are_kept_apart) {
    bool exact = cornu_exact();
    cornu_tensor *a = values(64, 64, 1);
    cornu_set_exact(false);
    cornu_tensor *usual = cornu_op_matmul(a, a);
    cornu_set_exact(true);
    cornu_tensor *first = cornu_op_matmul(a, a);
    cornu_set_exact(false);
    cornu_tensor *again = cornu_op_matmul(a, a);
    ck_assert(cornu_tensor_equal(usual, again));
    assert_same(first, usual, 1e-4, 1e-4);
    cornu_set_exact(exact);
}
END_TEST

CORNU_TESTS(cpu_exact) {
    TCase *tc = cornu_test_case(suite, "cpu_exact");
    tcase_add_loop_test(
        tc, exact_products_do_not_depend_on_the_number_of_threads, 0,
        (int)(sizeof shapes / sizeof shapes[0])
    );
    tcase_add_test(tc, kernels_of_the_two_modes_are_kept_apart);
}
