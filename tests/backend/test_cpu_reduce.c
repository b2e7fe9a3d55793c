/* The cpu backend's reductions and softmax against the reference. */
#include "cpu_case.h"

typedef struct reduce_case {
    cornu_shape shape;
    uint32_t axes;
} reduce_case;

static const reduce_case reduce_cases[] = {
    {{1, {1}}, 1},         {{1, {63}}, 1},        {{1, {64}}, 1},          {{1, {1000}}, 1},
    {{1, {200003}}, 1},    {{2, {5, 7}}, 2},      {{2, {300, 129}}, 2},    {{2, {3, 70000}}, 2},
    {{2, {300, 10}}, 1},   {{2, {7, 100}}, 1},    {{2, {1000, 200}}, 1},   {{2, {32768, 3}}, 1},
    {{2, {20001, 65}}, 1}, {{3, {6, 50, 33}}, 2}, {{3, {6, 500, 130}}, 2}, {{3, {6, 50, 33}}, 6},
    {{3, {6, 50, 33}}, 3}, {{3, {6, 50, 33}}, 7}, {{4, {4, 9, 9, 24}}, 7}, {{4, {4, 1, 9, 1}}, 6},
    {{2, {128, 1}}, 2},    {{2, {1, 500}}, 1},
};

static const char *const reduce_names[] = {"sum", "prod", "max", "min", "mean"};

static cornu_kernel_desc reduction(
    const cornu_operand *operands, cornu_reduce_code code, uint32_t axes
) {
    return (cornu_kernel_desc
    ){.kind = CORNU_KERNEL_REDUCE,
      .operand_count = 2,
      .operands = operands,
      .code = code,
      .axes = axes};
}

static cornu_operand reduced(const cornu_operand *x, uint32_t axes, cornu_dtype dtype) {
    cornu_operand y = {.dtype = dtype};
    for (int axis = 0; axis < x->rank; axis++) {
        if (!((axes >> axis) & 1u)) y.dims[y.rank++] = x->dims[axis];
    }
    set_dense(&y);
    return y;
}

START_TEST(reductions_agree_with_the_reference) {
    const reduce_case *c = &reduce_cases[_i];
    cornu_operand operands[2] = {operand_of(CORNU_FLOAT32, c->shape)};
    operands[1] = reduced(&operands[0], c->axes, CORNU_FLOAT32);
    size_t n = operand_size(&operands[0]), out = operand_size(&operands[1]);
    float *x = random_floats(n, 5), *wanted = random_floats(out, 6), *got = random_floats(out, 7);
    for (int code = CORNU_REDUCE_SUM; code <= CORNU_REDUCE_MEAN; code++) {
        for (size_t i = 0; i < n; i++) /* products stay near 1 */
            x[i] = code == CORNU_REDUCE_PROD ? 1.0f + 1e-3f * x[i] : x[i] + 0.01f;
        cornu_kernel_desc desc = reduction(operands, (cornu_reduce_code)code, c->axes);
        run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
        /* The terms of sums cancel here. At most 128 float additions follow one another before a
         * partial sum is kept in double, and 7 join the lanes: an absolute error below 140 * 2^-24
         * * 1.01 for each term, in practice a hundredth. */
        double terms = (double)n / (double)out;
        double atol = code == CORNU_REDUCE_SUM    ? 1e-6 * sqrt(terms) + 1e-7 * terms
                      : code == CORNU_REDUCE_MEAN ? 1e-6
                                                  : 0;
        double rtol = code == CORNU_REDUCE_MAX || code == CORNU_REDUCE_MIN ? 0 : 1e-5;
        if (code == CORNU_REDUCE_PROD) rtol = 1e-6 + 3e-7 * sqrt(terms);
        FOR_EACH_ISA(isa) {

            run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, out * sizeof *got);
            assert_floats(reduce_names[code], got, wanted, out, rtol, atol);
        }
    }
    cornu_free_(x);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(sums_of_many_equal_terms_stay_exact_enough) {
    /* a running float32 sum of 2^24 times 0.1 would be off by a third */
    enum { N = 1 << 24 };
    float *x = cornu_alloc_aligned_(N * sizeof *x), sum;
    for (size_t i = 0; i < N; i++) x[i] = 0.1f;
    for (int columns = 1; columns <= 2; columns++) {
        cornu_operand operands[2] = {operand_of(CORNU_FLOAT32, cornu_shape(N / columns, columns))};
        float y[2];
        operands[1] = reduced(&operands[0], 1, CORNU_FLOAT32);
        cornu_kernel_desc desc = reduction(operands, CORNU_REDUCE_SUM, 1);
        run_on(&cornu_backend_cpu_, &desc, (void *[]){x, y});
        sum = y[0] * (float)columns;
        ck_assert_float_eq_tol(sum, 0.1f * N, 2e-6f * 0.1f * N);
    }
    cornu_free_(x);
}
END_TEST

START_TEST(maximum_and_minimum_keep_nan_in_every_place) {
    enum { N = 200 };
    float x[N];
    for (int place = 0; place < N; place += 3) {
        for (int i = 0; i < N; i++) x[i] = (float)i;
        x[place] = (float)NAN;
        for (int code = CORNU_REDUCE_MAX; code <= CORNU_REDUCE_MIN; code++) {
            for (int columns = 1; columns <= 100; columns *= 10) {
                cornu_operand operands[2] = {
                    operand_of(CORNU_FLOAT32, cornu_shape(N / columns, columns))};
                operands[1] = reduced(&operands[0], 1, CORNU_FLOAT32);
                cornu_kernel_desc desc = reduction(operands, (cornu_reduce_code)code, 1);
                float y[100];
                FOR_EACH_ISA(isa) {
                    run_on(&cornu_backend_cpu_, &desc, (void *[]){x, y});
                    ck_assert_msg(isnan(y[place % columns]), "%s", isa);
                    if (columns > 1) ck_assert_msg(!isnan(y[(place + 1) % columns]), "%s", isa);
                }
            }
        }
    }
}
END_TEST

START_TEST(arg_reductions_agree_with_the_reference) {
    enum { ROWS = 77, N = 300 };
    float *x = random_floats(ROWS * N, 8);
    for (int i = 0; i < ROWS * N; i++) x[i] = roundf(x[i] * 20); /* ties: the first one wins */
    x[5 * N + 7] = (float)NAN;
    x[6 * N + 290] = INFINITY;
    int64_t wanted[ROWS], got[ROWS];
    for (int code = CORNU_REDUCE_ARGMAX; code <= CORNU_REDUCE_ARGMIN; code++) {
        for (int wide = 0; wide < 2; wide++) {
            cornu_operand operands[2] = {operand_of(CORNU_FLOAT32, cornu_shape(ROWS, N))};
            operands[1] = reduced(&operands[0], 2, wide ? CORNU_INT64 : CORNU_INT32);
            cornu_kernel_desc desc = reduction(operands, (cornu_reduce_code)code, 2);
            size_t bytes = ROWS * (wide ? sizeof(int64_t) : sizeof(int32_t));
            run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
            FOR_EACH_ISA(isa) {
                run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, bytes);
                ck_assert_msg(memcmp(got, wanted, bytes) == 0, "%s", isa);
            }
        }
    }
    cornu_free_(x);
}
END_TEST

START_TEST(arg_reductions_of_columns_agree_with_the_reference) {
    enum { OUTER = 13, N = 37, INNER = 70, SIZE = OUTER * N * INNER };
    float *x = random_floats(SIZE, 8);
    for (int i = 0; i < SIZE; i++) x[i] = roundf(x[i] * 9);
    x[5 * INNER + 7] = x[9 * INNER + 7] = (float)NAN;
    int64_t *wanted = cornu_alloc_aligned_(OUTER * INNER * sizeof *wanted);
    int64_t *got = cornu_alloc_aligned_(OUTER * INNER * sizeof *got);
    for (int code = CORNU_REDUCE_ARGMAX; code <= CORNU_REDUCE_ARGMIN; code++) {
        for (int wide = 0; wide < 2; wide++) {
            cornu_operand operands[2] = {operand_of(CORNU_FLOAT32, cornu_shape(OUTER, N, INNER))};
            operands[1] = reduced(&operands[0], 2, wide ? CORNU_INT64 : CORNU_INT32);
            cornu_kernel_desc desc = reduction(operands, (cornu_reduce_code)code, 2);
            size_t bytes = OUTER * INNER * (wide ? sizeof(int64_t) : sizeof(int32_t));
            run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
            run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, bytes);
            ck_assert(memcmp(got, wanted, bytes) == 0);
        }
    }
    cornu_free_(x);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(any_and_all_agree_with_the_reference) {
    const reduce_case *c = &reduce_cases[_i];
    cornu_operand operands[2] = {operand_of(CORNU_BOOL, c->shape)};
    operands[1] = reduced(&operands[0], c->axes, CORNU_BOOL);
    size_t n = operand_size(&operands[0]), out = operand_size(&operands[1]);
    uint8_t *x = cornu_alloc_aligned_(n), *wanted = cornu_alloc_aligned_(out);
    uint8_t *got = cornu_alloc_aligned_(out);
    for (int most = 0; most < 2; most++) { /* nearly all false, nearly all true */
        uint32_t state = 77;
        for (size_t i = 0; i < n; i++) x[i] = (next_float(&state) > 0.98f) != most;
        for (int code = CORNU_REDUCE_ANY; code <= CORNU_REDUCE_ALL; code++) {
            cornu_kernel_desc desc = reduction(operands, (cornu_reduce_code)code, c->axes);
            run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
            run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, out);
            ck_assert(memcmp(got, wanted, out) == 0);
        }
    }
    cornu_free_(x);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(running_sums_give_the_bits_of_the_reference) {
    static const int64_t sizes[][3] = {{1, 1, 1},    {1, 1000, 1}, {33, 65, 1}, {7, 31, 17},
                                       {3, 500, 64}, {0, 4, 2},    {2, 0, 3}};
    static const cornu_dtype types[] = {CORNU_FLOAT32, CORNU_FLOAT64, CORNU_INT32, CORNU_INT64};
    cornu_shape shape = cornu_shape(sizes[_i][0], sizes[_i][1], sizes[_i][2]);
    size_t n = (size_t)(sizes[_i][0] * sizes[_i][1] * sizes[_i][2]);
    char *x = cornu_alloc_aligned_(n * 8), *wanted = cornu_alloc_aligned_(n * 8);
    char *got = cornu_alloc_aligned_(n * 8);
    for (int t = 0; t < 4; t++) {
        uint32_t state = 3;
        size_t item = cornu_dtype_size(types[t]);
        for (size_t i = 0; i < n; i++) {
            float value = next_float(&state);
            if (types[t] == CORNU_FLOAT32) ((float *)(void *)x)[i] = value;
            else if (types[t] == CORNU_FLOAT64) ((double *)(void *)x)[i] = (double)value / 3;
            else if (types[t] == CORNU_INT32) ((int32_t *)(void *)x)[i] = (int32_t)(value * 2e9f);
            else ((int64_t *)(void *)x)[i] = (int64_t)((double)value * 9e18);
        }
        for (int way = 0; way < 4; way++) {
            cornu_kernel_desc desc = {
                .kind = CORNU_KERNEL_CUMSUM,
                .operand_count = 2,
                .operands =
                    (cornu_operand[]){operand_of(types[t], shape), operand_of(types[t], shape)},
                .reverse = way & 1,
                .exclusive = way & 2,
            };
            run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
            run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, n * item);
            ck_assert_msg(n == 0 || memcmp(got, wanted, n * item) == 0, "type %d, way %d", t, way);
        }
    }
    cornu_free_(x);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(softmax_agrees_with_the_reference) {
    static const int64_t widths[] = {1, 2, 10, 63, 64, 65, 512, 1001, 9000};
    int64_t n = widths[_i], rows = 30 + 40000 / n;
    size_t size = (size_t)(rows * n);
    float *x = random_floats(size, 3), *wanted = random_floats(size, 4),
          *got = random_floats(size, 5);
    for (size_t i = 0; i < size; i++) x[i] *= i / (size_t)n % 2 ? 300.0f : 3.0f;
    for (int64_t i = 0; i < n; i++) {
        x[2 * n + i] = -INFINITY;                      /* nothing possible: NaN */
        x[3 * n + i] = i == n / 2 ? (float)NAN : 1.0f; /* NaN spreads over its row */
        x[4 * n + i] = i == 0 ? 1e30f : -1e30f;        /* one certain */
        if (i > 0) x[5 * n + i] = -INFINITY;           /* the others impossible */
    }
    cornu_operand operands[2] = {
        operand_of(CORNU_FLOAT32, cornu_shape(rows, n)),
        operand_of(CORNU_FLOAT32, cornu_shape(rows, n))};
    for (int log_softmax = 0; log_softmax < 2; log_softmax++) {
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_SOFTMAX,
            .operand_count = 2,
            .operands = operands,
            .flag = log_softmax};
        run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
        FOR_EACH_ISA(isa) {
            run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, size * sizeof *got);
            /* softmax: exp is good to 1 unit, its argument x - max to half a unit of up to 600
             * (2^-15 absolute: that is what float32 logits carry); log-softmax: a difference of
             * numbers up to 600 */
            assert_floats(
                isa, got, wanted, size, log_softmax ? 1e-6 : 4e-5, log_softmax ? 5e-5 : 1e-12
            );
        }
    }
    cornu_free_(x);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(label_softmax_and_its_gradient_agree_with_the_reference) {
    static const int64_t widths[] = {1, 2, 10, 63, 64, 65, 512, 1001, 9000};
    int64_t n = widths[_i], rows = 30 + 40000 / n;
    size_t size = (size_t)(rows * n), three = (size_t)(3 * rows);
    float *x = random_floats(size, 3), *dy = random_floats(three, 6), *y = random_floats(three, 7),
          *got_y = random_floats(three, 8), *wanted = random_floats(size, 4),
          *got = random_floats(size, 5);
    int32_t *labels = cornu_alloc_array_((size_t)rows, sizeof *labels);
    for (size_t i = 0; i < size; i++) x[i] *= i / (size_t)n % 2 ? 300.0f : 3.0f;
    for (int64_t i = 0; i < rows; i++) labels[i] = (int32_t)(i * 7 % n);
    for (int64_t i = 0; i < n; i++) {
        x[2 * n + i] = -INFINITY;                      /* nothing possible: NaN */
        x[3 * n + i] = i == n / 2 ? (float)NAN : 1.0f; /* NaN spreads over its row */
        x[4 * n + i] = i == 0 ? 1e30f : -1e30f;        /* one certain */
    }
    cornu_operand all = operand_of(CORNU_FLOAT32, cornu_shape(rows, n)),
                  one = operand_of(CORNU_INT32, cornu_shape(rows)),
                  results = operand_of(CORNU_FLOAT32, cornu_shape(3, rows));
    cornu_operand forward[] = {all, one, results}, back[] = {all, one, results, results, all};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_LABEL_LOG_SOFTMAX, .operand_count = 3, .operands = forward};
    cornu_kernel_desc gradient = {
        .kind = CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT, .operand_count = 5, .operands = back};
    run_on(&cornu_backend_reference_, &desc, (void *[]){x, labels, y});
    run_on(&cornu_backend_reference_, &gradient, (void *[]){x, labels, y, dy, wanted});
    FOR_EACH_ISA(isa) {
        run_cpu_with_threads(&desc, (void *[]){x, labels, NULL}, got_y, three * sizeof *got_y);
        assert_floats(isa, got_y, y, three, 1e-6, 5e-5);
        /* as softmax: the arguments of exp are up to 600 */
        run_cpu_with_threads(
            &gradient, (void *[]){x, labels, y, dy, NULL}, got, size * sizeof *got
        );
        assert_floats(isa, got, wanted, size, 1e-4, 1e-6);
    }
    labels[rows - 1] = (int32_t)n;
    cornu_kernel *kernel = NULL;
    assert_ok(cornu_backend_cpu_.kernel_create(&desc, &kernel));
    assert_fails(
        kernel->execute(kernel, (void *[]){x, labels, y}, NULL), CORNU_EINVAL, "is outside"
    );
    kernel->destroy(kernel);
    cornu_free_(x);
    cornu_free_(y);
    cornu_free_(dy);
    cornu_free_(got_y);
    cornu_free_(wanted);
    cornu_free_(got);
    cornu_free_(labels);
}
END_TEST

static const struct {
    int64_t rows, n;
} moment_cases[] = {{1, 1},    {1, 700},  {2, 3},      {7, 13},    {63, 16},   {64, 32},
                    {129, 64}, {65, 255}, {1000, 257}, {301, 512}, {67, 1031}, {40009, 5}};

/* Columns with means far from 0, where squares alone would lose all digits. */
START_TEST(moments_of_columns_agree_with_the_reference) {
    int64_t rows = moment_cases[_i].rows, n = moment_cases[_i].n;
    size_t size = (size_t)(rows * n), pair = (size_t)(2 * n);
    float *x = random_floats(size, 1), *dy = random_floats(size, 2),
          *mean = random_floats((size_t)n, 3), *wanted = random_floats(pair, 4),
          *got = random_floats(pair, 5);
    for (size_t i = 0; i < size; i++) x[i] += (float)(i % (size_t)n % 3) * 1000;
    cornu_operand all = operand_of(CORNU_FLOAT32, cornu_shape(rows, n)),
                  columns = operand_of(CORNU_FLOAT32, cornu_shape(n)),
                  two = operand_of(CORNU_FLOAT32, cornu_shape(2, n));
    cornu_operand moments[] = {all, two}, products[] = {all, columns, all, two};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_MOMENTS, .operand_count = 2, .operands = moments};
    run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
    FOR_EACH_ISA(isa) {
        run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, pair * sizeof *got);
        assert_floats(isa, got, wanted, pair, 2e-6, 2e-7);
    }
    desc = (cornu_kernel_desc
    ){.kind = CORNU_KERNEL_MOMENT_PRODUCTS, .operand_count = 4, .operands = products};
    run_on(&cornu_backend_reference_, &desc, (void *[]){x, mean, dy, wanted});
    FOR_EACH_ISA(isa) {
        run_cpu_with_threads(&desc, (void *[]){x, mean, dy, NULL}, got, pair * sizeof *got);
        assert_floats(isa, got, wanted, pair, 1e-5, 4e-5 * (double)rows);
    }
    cornu_free_(x);
    cornu_free_(dy);
    cornu_free_(mean);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

CORNU_TESTS(cpu_reduce) {
    TCase *tc = cornu_test_case(suite, "cpu_reduce");
    tcase_add_loop_test(
        tc, reductions_agree_with_the_reference, 0, sizeof reduce_cases / sizeof reduce_cases[0]
    );
    tcase_add_test(tc, sums_of_many_equal_terms_stay_exact_enough);
    tcase_add_test(tc, maximum_and_minimum_keep_nan_in_every_place);
    tcase_add_test(tc, arg_reductions_agree_with_the_reference);
    tcase_add_test(tc, arg_reductions_of_columns_agree_with_the_reference);
    tcase_add_loop_test(
        tc, any_and_all_agree_with_the_reference, 0, sizeof reduce_cases / sizeof reduce_cases[0]
    );
    tcase_add_loop_test(tc, running_sums_give_the_bits_of_the_reference, 0, 7);
    tcase_add_loop_test(
        tc, moments_of_columns_agree_with_the_reference, 0,
        sizeof moment_cases / sizeof moment_cases[0]
    );
    tcase_add_loop_test(tc, softmax_agrees_with_the_reference, 0, 9);
    tcase_add_loop_test(tc, label_softmax_and_its_gradient_agree_with_the_reference, 0, 9);
}
