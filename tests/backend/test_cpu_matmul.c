/* The cpu backend's matrix products against the reference: what it chooses by itself, and its own
 * blocked product for every instruction set. */
#include "cpu_case.h"

#include "backend/cpu/matmul.h"
#include <threads.h>

/* Operands between -1 and 1: rounding errors of k additions in any order stay below k * 2^-24 * k /
 * 3 in the worst case; the usual size is sqrt(k) * 2^-24 * sqrt(k / 9), and this leaves room for a
 * dozen times that. */
static double tolerance(int64_t k) { return 1e-6 + 3e-7 * (double)k; }

static cornu_operand matrix(int64_t rows, int64_t columns, bool transposed) {
    cornu_operand x = operand_of(CORNU_FLOAT32, cornu_shape(rows, columns));
    if (transposed) {
        x.strides[0] = 1;
        x.strides[1] = rows;
    }
    return x;
}

static void compare(const cornu_operand operands[3], float *a, float *b, const char *what) {
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = operands};
    size_t size = operand_size(&operands[2]);
    int64_t k = operands[0].dims[operands[0].rank - 1];
    float *wanted = random_floats(size, 3), *got = random_floats(size, 4);
    run_on(&cornu_backend_reference_, &desc, (void *[]){a, b, wanted});
    int before = cornu_num_threads();
    for (int threads = 1; threads <= 2; threads++) {
        assert_ok(cornu_set_num_threads(threads));
        memset(got, 0x5a, size * sizeof *got);
        run_on(&cornu_backend_cpu_, &desc, (void *[]){a, b, got});
        assert_floats(what, got, wanted, size, 0, tolerance(k));
    }
    assert_ok(cornu_set_num_threads(before));
    cornu_free_(wanted);
    cornu_free_(got);
}

static const int64_t shapes[][3] = {
    /* m, n, k */
    {1, 1, 1},       {1, 10, 784},    {32, 1, 784},    {3, 5, 7},      {17, 33, 65},
    {64, 10, 128},   {128, 128, 784}, {31, 257, 63},   {241, 31, 300}, {5, 600, 513},
    {256, 256, 1},   {784, 128, 32},  {0, 5, 3},       {4, 6, 0},      {1, 1003, 155},
    {2, 700, 200},   {277, 70, 1030}, {12, 32, 512},   {530, 97, 13},  {25, 300, 520},
    {130, 525, 129}, {600, 64, 70},   {513, 96, 1030},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

START_TEST(products_of_all_shapes_and_transposes_agree_with_the_reference) {
    int64_t m = shapes[_i][0], n = shapes[_i][1], k = shapes[_i][2];
    float *a = random_floats((size_t)(m * k), 1), *b = random_floats((size_t)(k * n), 2);
    for (int t = 0; t < 4; t++) {
        cornu_operand operands[3] = {
            matrix(m, k, t & 1), matrix(k, n, t & 2), operand_of(CORNU_FLOAT32, cornu_shape(m, n))};
        char what[64];
        (void)snprintf(what, sizeof what, "%s x %s", t & 1 ? "a^T" : "a", t & 2 ? "b^T" : "b");
        compare(operands, a, b, what);
    }
    cornu_free_(a);
    cornu_free_(b);
}
END_TEST

typedef cornu_status maker(const cornu_matmul_shape *shape, cornu_kernel **kernel);

static void run_made(maker *make, const cornu_matmul_shape *shape, void *const *buffers) {
    cornu_kernel *kernel = NULL;
    assert_ok(make(shape, &kernel));
    void *workspace = cornu_alloc_aligned_(kernel->workspace_size);
    assert_ok(kernel->execute(kernel, buffers, workspace));
    cornu_free_(workspace);
    kernel->destroy(kernel);
}

START_TEST(the_blocked_products_agree_for_every_instruction_set) {
    int64_t m = shapes[_i][0], n = shapes[_i][1], k = shapes[_i][2];
    if (m * n * k == 0) return; /* served elsewhere, as all tiny products are */
    float *a = random_floats((size_t)(m * k), 1), *b = random_floats((size_t)(k * n), 2);
    size_t size = (size_t)(m * n);
    float *wanted = random_floats(size, 3), *got = random_floats(size, 4),
          *first = random_floats(size, 5);
    for (int t = 0; t < 4; t++) {
        cornu_operand operands[3] = {
            matrix(m, k, t & 1), matrix(k, n, t & 2), operand_of(CORNU_FLOAT32, cornu_shape(m, n))};
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = operands};
        cornu_matmul_shape shape = {
            .batch = 1,
            .m = m,
            .n = n,
            .k = k,
            .a_row = operands[0].strides[0],
            .a_column = operands[0].strides[1],
            .b_row = operands[1].strides[0],
            .b_column = operands[1].strides[1],
        };
        run_on(&cornu_backend_reference_, &desc, (void *[]){a, b, wanted});
        FOR_EACH_ISA(isa) {
            for (int threads = 1; threads <= 2; threads++) {
                assert_ok(cornu_set_num_threads(threads));
                run_made(cornu_cpu_gemm_, &shape, (void *[]){a, b, got});
                assert_floats(isa, got, wanted, size, 0, tolerance(k));
                if (threads == 1) memcpy(first, got, size * sizeof *got);
                else assert_floats("two threads", got, first, size, 0, 0);
                if (!cornu_cpu_gemm_resident_suits_(&shape)) continue;
                memset(got, 0x5a, size * sizeof *got);
                run_made(cornu_cpu_gemm_resident_, &shape, (void *[]){a, b, got});
                assert_floats("b resident", got, first, size, 0, 0);
            }
        }
    }
    cornu_free_(a);
    cornu_free_(b);
    cornu_free_(wanted);
    cornu_free_(got);
    cornu_free_(first);
}
END_TEST

/* Batches: strides in elements, 0 broadcasts. */
static const struct {
    cornu_shape a, b, c;
    int64_t a_strides[CORNU_MAX_RANK], b_strides[CORNU_MAX_RANK];
} batches[] = {
    /* dense batch */
    {{3, {6, 20, 30}}, {3, {6, 30, 9}}, {3, {6, 20, 9}}, {600, 30, 1}, {270, 9, 1}},
    /* one b for all: more rows */
    {{3, {6, 20, 30}}, {3, {6, 30, 9}}, {3, {6, 20, 9}}, {600, 30, 1}, {0, 9, 1}},
    /* one a for all */
    {{3, {6, 20, 30}}, {3, {6, 30, 9}}, {3, {6, 20, 9}}, {0, 30, 1}, {270, 9, 1}},
    /* both broadcast, along different axes */
    {{4, {3, 4, 20, 30}}, {4, {3, 4, 30, 9}}, {4, {3, 4, 20, 9}}, {600, 0, 30, 1}, {0, 270, 9, 1}},
    /* heads: [b, t, h, d] seen as [b, h, t, d], times its transpose */
    {{4, {2, 4, 16, 32}},
     {4, {2, 4, 32, 16}},
     {4, {2, 4, 16, 16}},
     {2048, 32, 128, 1},
     {2048, 32, 1, 128}},
    /* no unit stride at all: our own product */
    {{2, {40, 30}}, {2, {30, 50}}, {2, {40, 50}}, {60, 2}, {100, 2}},
    /* a row repeated, a column repeated */
    {{2, {40, 30}}, {2, {30, 50}}, {2, {40, 50}}, {0, 1}, {1, 0}},
    /* rows further apart than they are long */
    {{2, {40, 30}}, {2, {30, 50}}, {2, {40, 50}}, {64, 1}, {64, 1}},
    /* a vector with gaps */
    {{2, {1, 300}}, {2, {300, 50}}, {2, {1, 50}}, {7, 3}, {50, 1}},
};

START_TEST(batches_and_strides_agree_with_the_reference) {
    cornu_operand operands[3] = {
        operand_of(CORNU_FLOAT32, batches[_i].a), operand_of(CORNU_FLOAT32, batches[_i].b),
        operand_of(CORNU_FLOAT32, batches[_i].c)};
    memcpy(operands[0].strides, batches[_i].a_strides, sizeof operands[0].strides);
    memcpy(operands[1].strides, batches[_i].b_strides, sizeof operands[1].strides);
    float *a = random_floats(20000, 1), *b = random_floats(20000, 2);
    compare(operands, a, b, "batch");
    cornu_free_(a);
    cornu_free_(b);
}
END_TEST

START_TEST(no_product_runs_on_a_slow_general_implementation) {
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        cornu_operand operands[3] = {
            operand_of(CORNU_FLOAT32, batches[i].a), operand_of(CORNU_FLOAT32, batches[i].b),
            operand_of(CORNU_FLOAT32, batches[i].c)};
        memcpy(operands[0].strides, batches[i].a_strides, sizeof operands[0].strides);
        memcpy(operands[1].strides, batches[i].b_strides, sizeof operands[1].strides);
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = operands};
        cornu_kernel *kernel = NULL;
        assert_ok(cornu_backend_cpu_.kernel_create(&desc, &kernel));
        ck_assert_msg(strstr(kernel->implementation, "ref") == NULL, "%s", kernel->implementation);
        kernel->destroy(kernel);
    }
}
END_TEST

/* One kernel, executed again and again by a thread with memory of its own. */
typedef struct worker {
    const cornu_kernel *kernel;
    float *a, *b, *out;
    const float *wanted;
    size_t size;
    int wrong;
} worker;

static int work(void *user) {
    worker *w = user;
    void *workspace = cornu_alloc_aligned_(w->kernel->workspace_size);
    for (int round = 0; round < 200; round++) {
        memset(w->out, 0, w->size * sizeof *w->out);
        if (w->kernel->execute(w->kernel, (void *[]){w->a, w->b, w->out}, workspace) != CORNU_OK ||
            memcmp(w->out, w->wanted, w->size * sizeof *w->out) != 0)
            w->wrong++;
    }
    cornu_free_(workspace);
    return 0;
}

START_TEST(one_kernel_serves_two_threads_at_once) {
    enum { M = 64, N = 48, K = 200 };
    float *a = random_floats(M * K, 1), *b = random_floats(K * N, 2),
          *wanted = random_floats(M * N, 3);
    for (int transposed = 0; transposed < 2; transposed++) {
        cornu_operand operands[3] = {
            matrix(M, K, transposed), matrix(K, N, false),
            operand_of(CORNU_FLOAT32, cornu_shape(M, N))};
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_MATMUL, .operand_count = 3, .operands = operands};
        cornu_kernel *kernel = NULL;
        assert_ok(cornu_set_num_threads(1));
        assert_ok(cornu_backend_cpu_.kernel_create(&desc, &kernel));
        run_on(&cornu_backend_cpu_, &desc, (void *[]){a, b, wanted});
        worker workers[2];
        thrd_t threads[2];
        for (int i = 0; i < 2; i++) {
            workers[i] = (worker){kernel, a, b, random_floats(M * N, 4), wanted, M * N, 0};
            ck_assert_int_eq(thrd_create(&threads[i], work, &workers[i]), thrd_success);
        }
        for (int i = 0; i < 2; i++) {
            thrd_join(threads[i], NULL);
            ck_assert_int_eq(workers[i].wrong, 0);
            cornu_free_(workers[i].out);
        }
        kernel->destroy(kernel);
    }
    cornu_free_(a);
    cornu_free_(b);
    cornu_free_(wanted);
}
END_TEST

CORNU_TESTS(cpu_matmul) {
    TCase *tc = cornu_test_case(suite, "cpu_matmul");
    tcase_add_loop_test(
        tc, products_of_all_shapes_and_transposes_agree_with_the_reference, 0, SHAPES
    );
    tcase_add_loop_test(tc, the_blocked_products_agree_for_every_instruction_set, 0, SHAPES);
    tcase_add_loop_test(tc, batches_and_strides_agree_with_the_reference, 0, 9);
    tcase_add_test(tc, one_kernel_serves_two_threads_at_once);
    tcase_add_test(tc, no_product_runs_on_a_slow_general_implementation);
}
