/* The cpu backend's convolutions and poolings against the reference, over odd sizes: what it
 * chooses by itself, and each implementation of its own for every instruction set. */
#include "cpu_case.h"

#include "backend/cpu/onednn.h"
#include "backend/cpu/window.h"

typedef struct conv_case {
    cornu_stencil stencil;
    cornu_shape x, w, y;
} conv_case;

/* {axes, {}, stride, dilation, before, groups}, x, w, y */
static const conv_case convs[] = {
    {{1, {0}, {1}, {1}, {0}, 1}, {3, {2, 17, 3}}, {3, {3, 3, 5}}, {3, {2, 15, 5}}},
    {{1, {0}, {2}, {3}, {6}, 1}, {3, {3, 31, 16}}, {3, {3, 16, 32}}, {3, {3, 16, 32}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {4, 9, 11, 7}},
     {4, {3, 3, 7, 13}},
     {4, {4, 9, 11, 13}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {2, 28, 28, 1}},
     {4, {3, 3, 1, 32}},
     {4, {2, 28, 28, 32}}},
    {{2, {0}, {2, 3}, {1, 1}, {0, 2}, 1},
     {4, {1, 20, 13, 16}},
     {4, {5, 4, 16, 8}},
     {4, {1, 8, 4, 8}}},
    {{2, {0}, {1, 1}, {2, 3}, {2, 3}, 1},
     {4, {2, 12, 12, 8}},
     {4, {3, 3, 8, 4}},
     {4, {2, 12, 12, 4}}},
    {{2, {0}, {1, 1}, {1, 1}, {0, 0}, 1},
     {4, {2, 7, 7, 33}},
     {4, {1, 1, 33, 17}},
     {4, {2, 7, 7, 17}}},
    {{2, {0}, {1, 1}, {1, 1}, {0, 0}, 1},
     {4, {2, 9, 7, 40}},
     {4, {1, 1, 40, 56}},
     {4, {2, 9, 7, 56}}},
    /* strides that stop short of the end */
    {{2, {0}, {3, 3}, {1, 1}, {0, 0}, 1},
     {4, {2, 12, 12, 8}},
     {4, {2, 2, 8, 8}},
     {4, {2, 4, 4, 8}}},
    {{2, {0}, {3, 3}, {1, 1}, {0, 0}, 1},
     {4, {1, 12, 12, 2}},
     {4, {1, 1, 2, 2}},
     {4, {1, 4, 4, 2}}},
    /* groups */
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 4},
     {4, {2, 8, 8, 16}},
     {4, {3, 3, 4, 24}},
     {4, {2, 8, 8, 24}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 3}, {4, {1, 6, 5, 9}}, {4, {3, 3, 3, 6}}, {4, {1, 6, 5, 6}}},
    {{3, {0}, {1, 2, 1}, {1, 1, 1}, {1, 0, 1}, 1},
     {5, {2, 5, 7, 6, 4}},
     {5, {3, 3, 3, 4, 6}},
     {5, {2, 5, 3, 6, 6}}},
    /* every channel for itself */
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 32},
     {4, {2, 14, 14, 32}},
     {4, {3, 3, 1, 32}},
     {4, {2, 14, 14, 32}}},
    {{2, {0}, {2, 2}, {1, 1}, {0, 0}, 5},
     {4, {3, 11, 10, 5}},
     {4, {3, 2, 1, 5}},
     {4, {3, 5, 5, 5}}},
    {{2, {0}, {1, 1}, {2, 2}, {2, 2}, 70},
     {4, {2, 9, 9, 70}},
     {4, {3, 3, 1, 70}},
     {4, {2, 9, 9, 70}}},
    /* larger than the second-level cache */
    {{2, {0}, {2, 2}, {1, 1}, {0, 0}, 70},
     {4, {1, 57, 53, 70}},
     {4, {3, 3, 1, 70}},
     {4, {1, 28, 26, 70}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 70},
     {4, {1, 57, 53, 70}},
     {4, {3, 3, 1, 70}},
     {4, {1, 57, 53, 70}}},
    {{2, {0}, {2, 1}, {1, 1}, {1, 1}, 6},
     {4, {2, 9, 8, 6}},
     {4, {3, 3, 1, 18}},
     {4, {2, 5, 8, 18}}},
    {{1, {0}, {1}, {1}, {2}, 64}, {3, {2, 40, 64}}, {3, {5, 1, 64}}, {3, {2, 40, 64}}},
    {{3, {0}, {1, 1, 2}, {1, 1, 1}, {0, 1, 1}, 4},
     {5, {2, 4, 5, 6, 4}},
     {5, {2, 3, 3, 1, 8}},
     {5, {2, 3, 5, 3, 8}}},
};
enum { CONVS = sizeof convs / sizeof convs[0] };

static const cornu_kernel_kind kinds[] = {
    CORNU_KERNEL_CONV, CORNU_KERNEL_CONV_INPUT, CORNU_KERNEL_CONV_WEIGHTS};
static const char *const names[] = {"conv", "conv_input", "conv_weights"};

/* The operands of one of the three kinds, output last. */
static void operands_of(const conv_case *c, int kind, cornu_operand operands[3]) {
    const cornu_shape *order[3][3] = {
        {&c->x, &c->w, &c->y}, {&c->y, &c->w, &c->x}, {&c->x, &c->y, &c->w}};
    for (int i = 0; i < 3; i++) operands[i] = cornu_operand_dense_(CORNU_FLOAT32, order[kind][i]);
}

/* Operands between -1 and 1, sums of so many products; room as for matrix products. */
static double tolerance(const conv_case *c, int kind) {
    double terms = kind == 2 ? (double)cornu_shape_size(&c->y) / (double)c->y.dims[c->y.rank - 1]
                             : (double)cornu_shape_size(&c->w) / (double)c->stencil.groups;
    return 1e-6 + 3e-7 * terms;
}

typedef cornu_status maker(const cornu_kernel_desc *desc, cornu_kernel **kernel);

static void run_made(maker *make, const cornu_kernel_desc *desc, void *const *buffers) {
    cornu_kernel *kernel = NULL;
    assert_ok(make(desc, &kernel));
    ck_assert_msg(strstr(kernel->implementation, "ref") == NULL, "%s", kernel->implementation);
    void *workspace = cornu_alloc_aligned_(kernel->workspace_size);
    for (int round = 0; round < 2; round++) assert_ok(kernel->execute(kernel, buffers, workspace));
    cornu_free_(workspace);
    kernel->destroy(kernel);
}

/* With one thread and with two; `exact`: to the same bits. */
static void compare(
    maker *make, const cornu_kernel_desc *desc, const char *what, double atol, bool exact
) {
    int last = desc->operand_count - 1;
    size_t size = operand_size(&desc->operands[last]);
    void *buffers[5] = {NULL};
    for (int i = 0; i < last; i++)
        buffers[i] = random_floats(operand_size(&desc->operands[i]), (uint32_t)i + 1);
    float *wanted = random_floats(size, 7),
          *got[2] = {random_floats(size, 8), random_floats(size, 9)};
    buffers[last] = wanted;
    run_on(&cornu_backend_reference_, desc, buffers);
    int before = cornu_num_threads();
    for (int threads = 1; threads <= 2; threads++) {
        assert_ok(cornu_set_num_threads(threads));
        buffers[last] = got[threads - 1];
        run_made(make, desc, buffers);
        assert_floats(what, got[threads - 1], wanted, size, 0, atol);
    }
    if (exact) assert_floats("two threads", got[1], got[0], size, 0, 0);
    assert_ok(cornu_set_num_threads(before));
    for (int i = 0; i < last; i++) cornu_free_(buffers[i]);
    cornu_free_(wanted);
    cornu_free_(got[0]);
    cornu_free_(got[1]);
}

START_TEST(every_convolution_agrees_with_the_reference) {
    const conv_case *c = &convs[_i];
    for (int kind = 0; kind < 3; kind++) {
        cornu_operand operands[3];
        operands_of(c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &c->stencil};
        compare(cornu_backend_cpu_.kernel_create, &desc, names[kind], tolerance(c, kind), false);
    }
}
END_TEST

START_TEST(convolution_by_our_own_products_agrees_for_every_instruction_set) {
    const conv_case *c = &convs[_i];
    for (int kind = 0; kind < 3; kind++) {
        cornu_operand operands[3];
        operands_of(c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &c->stencil};
        FOR_EACH_ISA(isa) compare(cornu_cpu_conv_product_, &desc, isa, tolerance(c, kind), true);
    }
}
END_TEST

START_TEST(convolution_by_rows_agrees_for_every_instruction_set) {
    const conv_case *c = &convs[_i];
    if (c->stencil.groups == 1 || c->w.dims[c->w.rank - 2] != 1) return;
    for (int kind = 0; kind < 3; kind++) {
        cornu_operand operands[3];
        operands_of(c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &c->stencil};
        FOR_EACH_ISA(isa) compare(cornu_cpu_depthwise_, &desc, isa, tolerance(c, kind), true);
    }
}
END_TEST

static const conv_case winograds[] = {
    {{2, {0}, {1, 1}, {1, 1}, {0, 0}, 1},
     {4, {5, 13, 13, 16}},
     {4, {3, 3, 16, 32}},
     {4, {5, 11, 11, 32}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {3, 9, 14, 32}},
     {4, {3, 3, 32, 16}},
     {4, {3, 9, 14, 16}}},
    {{2, {0}, {1, 1}, {1, 1}, {0, 2}, 1},
     {4, {1, 17, 11, 48}},
     {4, {3, 3, 48, 48}},
     {4, {1, 15, 13, 48}}},
    /* one row and one column of results */
    {{2, {0}, {1, 1}, {1, 1}, {0, 1}, 1},
     {4, {9, 3, 9, 64}},
     {4, {3, 3, 64, 64}},
     {4, {9, 1, 9, 64}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 0}, 1},
     {4, {2, 37, 3, 80}},
     {4, {3, 3, 80, 112}},
     {4, {2, 37, 1, 112}}},
    /* few channels: tiles of 4x4, which end past the edges */
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {3, 30, 29, 16}},
     {4, {3, 3, 16, 16}},
     {4, {3, 30, 29, 16}}},
    /* more than the second-level cache holds */
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {1, 40, 48, 64}},
     {4, {3, 3, 64, 48}},
     {4, {1, 40, 48, 48}}},
};
enum { WINOGRADS = sizeof winograds / sizeof winograds[0] };

START_TEST(convolution_by_winograd_agrees_for_every_instruction_set) {
    const conv_case *c = &winograds[_i];
    for (int kind = 0; kind < 3; kind++) {
        cornu_operand operands[3];
        operands_of(c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &c->stencil};
        FOR_EACH_ISA(isa) compare(cornu_cpu_winograd_, &desc, isa, tolerance(c, kind), true);
    }
}
END_TEST

/* Kernels larger than the caches, of which each thread multiplies a part; tiles of 4x4, and of 2x2
 * in several blocks. */
static const conv_case large[] = {
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {2, 11, 12, 192}},
     {4, {3, 3, 192, 160}},
     {4, {2, 11, 12, 160}}},
    {{2, {0}, {1, 1}, {1, 1}, {1, 1}, 1},
     {4, {6, 7, 6, 272}},
     {4, {3, 3, 272, 256}},
     {4, {6, 7, 6, 256}}},
};
enum { LARGE = sizeof large / sizeof large[0] };

START_TEST(winograd_by_large_kernels_agrees_with_the_plain_product) {
    const conv_case *c = &large[_i];
    int before = cornu_num_threads();
    for (int kind = 0; kind < 2; kind++) {
        cornu_operand operands[3];
        operands_of(c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &c->stencil};
        size_t size = operand_size(&operands[2]);
        float *a = random_floats(operand_size(&operands[0]), 1),
              *b = random_floats(operand_size(&operands[1]), 2), *wanted = random_floats(size, 3),
              *got[2] = {random_floats(size, 4), random_floats(size, 5)};
        run_made(cornu_cpu_conv_product_, &desc, (void *[]){a, b, wanted});
        for (int threads = 1; threads <= 2; threads++) {
            assert_ok(cornu_set_num_threads(threads));
            run_made(cornu_cpu_winograd_, &desc, (void *[]){a, b, got[threads - 1]});
        }
        assert_ok(cornu_set_num_threads(before));
        assert_floats(names[kind], got[0], wanted, size, 0, tolerance(c, kind));
        assert_floats("two threads", got[1], got[0], size, 0, 0);
        float *const rooms[] = {a, b, wanted, got[0], got[1]};
        for (int i = 0; i < 5; i++) cornu_free_(rooms[i]);
    }
}
END_TEST

/* With what follows the sums: an offset, a summand, relu and its limit. */
static void compare_finished(const conv_case *c, int code, double limit) {
    cornu_operand operands[5];
    cornu_shape channels = cornu_shape(c->y.dims[c->y.rank - 1]);
    int count = 0;
    operands[count++] = cornu_operand_dense_(CORNU_FLOAT32, &c->x);
    operands[count++] = cornu_operand_dense_(CORNU_FLOAT32, &c->w);
    if (code & CORNU_CONV_OFFSET)
        operands[count++] = cornu_operand_dense_(CORNU_FLOAT32, &channels);
    if (code & CORNU_CONV_SUMMAND) operands[count++] = cornu_operand_dense_(CORNU_FLOAT32, &c->y);
    operands[count++] = cornu_operand_dense_(CORNU_FLOAT32, &c->y);
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_CONV,
        .operand_count = count,
        .operands = operands,
        .stencil = &c->stencil,
        .code = code,
        .value = {limit}};
    compare(cornu_backend_cpu_.kernel_create, &desc, "finished", tolerance(c, 0) + 1e-6, false);
}

START_TEST(what_follows_a_convolution_agrees_with_the_reference) {
    const conv_case *c = _i < CONVS ? &convs[_i] : &winograds[_i - CONVS];
    compare_finished(c, CORNU_CONV_OFFSET, 0);
    compare_finished(c, CORNU_CONV_SUMMAND | CORNU_CONV_RELU, 0);
    compare_finished(c, CORNU_CONV_OFFSET | CORNU_CONV_SUMMAND | CORNU_CONV_RELU, 0.5);
}
END_TEST

/* What packed weights give is what the kernel gives that packs them each time. */
START_TEST(packed_convolutions_give_the_same_bits) {
    const conv_case *c = _i < CONVS ? &convs[_i] : &winograds[_i - CONVS];
    cornu_operand operands[3];
    cornu_kernel *kernel = NULL;
    operands_of(c, 0, operands);
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_CONV,
        .operand_count = 3,
        .operands = operands,
        .stencil = &c->stencil};
    assert_ok(cornu_backend_cpu_.kernel_create(&desc, &kernel));
    if (kernel->pack != NULL) {
        size_t size = operand_size(&operands[2]);
        float *x = random_floats(operand_size(&operands[0]), 1),
              *w = random_floats(operand_size(&operands[1]), 2), *y = random_floats(size, 3),
              *z = random_floats(size, 4);
        void *packed = cornu_alloc_aligned_(kernel->pack_size);
        void *rooms[] = {
            cornu_alloc_aligned_(kernel->workspace_size),
            cornu_alloc_aligned_(kernel->pack->workspace_size),
            cornu_alloc_aligned_(kernel->packed->workspace_size)};
        ck_assert_int_eq(kernel->pack_operand, 1);
        assert_ok(kernel->execute(kernel, (void *[]){x, w, y}, rooms[0]));
        assert_ok(kernel->pack->execute(kernel->pack, (void *[]){w, packed}, rooms[1]));
        assert_ok(kernel->packed->execute(kernel->packed, (void *[]){x, packed, z}, rooms[2]));
        assert_floats("packed", z, y, size, 0, 0);
        for (int i = 0; i < 3; i++) cornu_free_(rooms[i]);
        cornu_free_(packed);
        cornu_free_(x);
        cornu_free_(w);
        cornu_free_(y);
        cornu_free_(z);
    }
    kernel->destroy(kernel);
}
END_TEST

START_TEST(an_empty_batch_gives_nothing_or_zeros) {
    const cornu_stencil stencil = {2, {0}, {1, 1}, {1, 1}, {1, 1}, 1};
    const conv_case c = {stencil, {4, {0, 8, 8, 3}}, {4, {3, 3, 3, 4}}, {4, {0, 8, 8, 4}}};
    for (int kind = 0; kind < 3; kind++) {
        cornu_operand operands[3];
        operands_of(&c, kind, operands);
        cornu_kernel_desc desc = {
            .kind = kinds[kind], .operand_count = 3, .operands = operands, .stencil = &stencil};
        const cornu_kernel *kernel;
        assert_ok(cornu_kernel_get_(&cornu_backend_cpu_, &desc, &kernel));
        size_t size = operand_size(&operands[2]);
        float *a = random_floats(operand_size(&operands[0]), 1),
              *b = random_floats(operand_size(&operands[1]), 2), *y = random_floats(size, 3);
        void *workspace = cornu_alloc_aligned_(kernel->workspace_size);
        assert_ok(kernel->execute(kernel, (void *[]){a, b, y}, workspace));
        for (size_t i = 0; i < size; i++) ck_assert(y[i] == 0);
        cornu_free_(workspace);
        cornu_free_(a);
        cornu_free_(b);
        cornu_free_(y);
    }
}
END_TEST

/* {axes, size, stride, dilation, before}, x, y */
static const struct {
    cornu_stencil stencil;
    cornu_shape x, y;
} pools[] = {
    {{1, {2}, {2}, {1}, {0}, 0}, {3, {3, 17, 5}}, {3, {3, 8, 5}}},
    {{1, {3}, {1}, {2}, {2}, 0}, {3, {2, 20, 64}}, {3, {2, 20, 64}}},
    {{2, {2, 2}, {2, 2}, {1, 1}, {0, 0}, 0}, {4, {8, 26, 26, 32}}, {4, {8, 13, 13, 32}}},
    {{2, {3, 3}, {2, 2}, {1, 1}, {1, 1}, 0}, {4, {3, 13, 15, 7}}, {4, {3, 7, 8, 7}}},
    {{2, {3, 2}, {1, 1}, {1, 1}, {1, 0}, 0}, {4, {1, 9, 8, 70}}, {4, {1, 9, 8, 70}}},
    {{2, {2, 2}, {3, 3}, {1, 1}, {0, 0}, 0}, {4, {2, 8, 8, 1}}, {4, {2, 3, 3, 1}}},
    {{3, {2, 3, 2}, {2, 1, 1}, {1, 1, 1}, {0, 1, 0}, 0},
     {5, {2, 4, 5, 3, 6}},
     {5, {2, 2, 5, 2, 6}}},
};
enum { POOLS = sizeof pools / sizeof pools[0] };

START_TEST(every_pooling_agrees_for_every_instruction_set) {
    cornu_operand x = cornu_operand_dense_(CORNU_FLOAT32, &pools[_i].x),
                  y = cornu_operand_dense_(CORNU_FLOAT32, &pools[_i].y);
    static const cornu_reduce_code codes[] = {CORNU_REDUCE_MAX, CORNU_REDUCE_MEAN};
    for (int code = 0; code < 2; code++) {
        cornu_operand forward[] = {x, y};
        cornu_operand max_gradient[] = {x, y, x}, mean_gradient[] = {y, x};
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_POOL,
            .operand_count = 2,
            .operands = forward,
            .code = (int)codes[code],
            .stencil = &pools[_i].stencil};
        cornu_kernel_desc gradient = desc;
        gradient.kind = CORNU_KERNEL_POOL_GRADIENT;
        gradient.operand_count = code == 0 ? 3 : 2;
        gradient.operands = code == 0 ? max_gradient : mean_gradient;
        FOR_EACH_ISA(isa) {
            compare(cornu_backend_cpu_.kernel_create, &desc, isa, 2e-6, true);
            compare(cornu_backend_cpu_.kernel_create, &gradient, isa, 5e-6, true);
            gradient.flag = code == 0; /* to elements above 0 alone */
            compare(cornu_backend_cpu_.kernel_create, &gradient, isa, 5e-6, true);
            gradient.flag = false;
        }
    }
}
END_TEST

START_TEST(the_first_of_equal_elements_gets_the_gradient) {
    const cornu_stencil stencil = {1, {3}, {2}, {1}, {1}, 0};
    cornu_operand operands[] = {
        operand_of(CORNU_FLOAT32, cornu_shape(1, 5, 1)),
        operand_of(CORNU_FLOAT32, cornu_shape(1, 3, 1)),
        operand_of(CORNU_FLOAT32, cornu_shape(1, 5, 1))};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_POOL_GRADIENT,
        .operand_count = 3,
        .operands = operands,
        .code = CORNU_REDUCE_MAX,
        .stencil = &stencil};
    float x[] = {2, 2, 1, NAN, 5}, dy[] = {1, 10, 100}, dx[5];
    run_on(&cornu_backend_cpu_, &desc, (void *[]){x, dy, dx});
    assert_floats("gradient", dx, (float[]){1, 0, 0, 110, 0}, 5, 0, 0);
    run_on(&cornu_backend_reference_, &desc, (void *[]){x, dy, dx});
    assert_floats("reference", dx, (float[]){1, 0, 0, 110, 0}, 5, 0, 0);
}
END_TEST

CORNU_TESTS(cpu_conv) {
    TCase *tc = cornu_test_case(suite, "cpu_conv");
    tcase_add_loop_test(tc, every_convolution_agrees_with_the_reference, 0, CONVS);
    tcase_add_loop_test(
        tc, convolution_by_our_own_products_agrees_for_every_instruction_set, 0, CONVS
    );
    tcase_add_loop_test(tc, convolution_by_winograd_agrees_for_every_instruction_set, 0, WINOGRADS);
    tcase_add_loop_test(tc, winograd_by_large_kernels_agrees_with_the_plain_product, 0, LARGE);
    tcase_add_loop_test(tc, convolution_by_rows_agrees_for_every_instruction_set, 0, CONVS);
    tcase_add_loop_test(
        tc, what_follows_a_convolution_agrees_with_the_reference, 0, CONVS + WINOGRADS - 1
    );
    tcase_add_loop_test(tc, packed_convolutions_give_the_same_bits, 0, CONVS + WINOGRADS);
    tcase_add_test(tc, an_empty_batch_gives_nothing_or_zeros);
    tcase_add_loop_test(tc, every_pooling_agrees_for_every_instruction_set, 0, POOLS);
    tcase_add_test(tc, the_first_of_equal_elements_gets_the_gradient);
}
