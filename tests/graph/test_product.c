/* Products that take the program of what reads them: one kernel, with the bits of the two. */
#include "graph/step_case.h"

#include <cornu/ops.h>
#include <cornu/threads.h>

static cornu_tensor *wave(cornu_shape shape, int64_t phase) {
    cornu_tensor *made = cornu_scope_add_(cornu_tensor_new(CORNU_FLOAT32, shape));
    float *data = cornu_tensor_data_mut(made);
    for (int64_t i = 0; i < cornu_tensor_size(made); i++)
        data[i] = (float)((i * 37 + phase) % 101 - 50) / 64;
    return made;
}

static cornu_tensor *weights(cornu_shape shape, int64_t phase) {
    cornu_tensor *made = cornu_variable(wave(shape, phase), .name = "w");
    assert_ok(made);
    return made;
}

#define TRACE(graph, ...)                                                                          \
    cornu_graph *graph;                                                                            \
    assert_ok(cornu_trace_begin_(&graph));                                                         \
    __VA_ARGS__;                                                                                   \
    assert_ok(cornu_trace_end_())

static cornu_tensor *layer(cornu_tensor *x, cornu_tensor *w, cornu_tensor *b) {
    return cornu_op_relu(cornu_op_add(cornu_op_matmul(x, w), b));
}

static cornu_tensor *linear(cornu_tensor *x, cornu_tensor *w, cornu_tensor *b) {
    return cornu_op_add(cornu_op_matmul(x, w), b);
}

typedef cornu_tensor *some_layer(cornu_tensor *x, cornu_tensor *w, cornu_tensor *b);

/* A layer from `shape` to n units, in as many threads. */
static void expect_one_kernel_of(some_layer *layer_of, cornu_shape shape, int64_t n, int threads) {
    int before = cornu_num_threads();
    assert_ok(cornu_set_num_threads(threads));
    CORNU_SCOPE {
        cornu_tensor *x = wave(shape, 3), *b = wave(cornu_shape(n), 7),
                     *w = wave(cornu_shape(shape.dims[shape.rank - 1], n), 5);
        TRACE(graph, {
            cornu_tensor *in = float_input(shape);
            assert_ok(cornu_trace_output_(layer_of(in, w, b)));
        });
        compiled step = compiled_of(graph, true);
        ck_assert_uint_eq(step.plan->step_count, 1);
        assert_ok(cornu_plan_run_(step.state, &x));
        assert_same(output_of(&step, 0), layer_of(x, w, b), 0, 0);
        compiled_free(&step);
    }
    assert_ok(cornu_set_num_threads(before));
}

static void expect_one_kernel(int64_t rows, int64_t k, int64_t n, int threads) {
    expect_one_kernel_of(layer, cornu_shape(rows, k), n, threads);
}

START_TEST(bias_and_activation_are_part_of_the_product) {
    static const int64_t shapes[][3] = {{32, 784, 128}, {40, 30, 10}, {1, 64, 100}, {9, 20, 300},
                                        {100, 7, 33},   {17, 600, 2}, {5, 300, 16}, {64, 50, 528}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int threads = 1; threads <= 3; threads++)
            expect_one_kernel(shapes[i][0], shapes[i][1], shapes[i][2], threads);
    }
}
END_TEST

START_TEST(large_products_take_bias_and_activation_too) {
    static const int64_t shapes[][3] = {{301, 128, 512}, {288, 600, 549}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int threads = 1; threads <= 3; threads++)
            expect_one_kernel(shapes[i][0], shapes[i][1], shapes[i][2], threads);
    }
}
END_TEST

START_TEST(a_bias_alone_is_added_where_the_product_is_made) {
    static const int64_t shapes[][3] = {{301, 128, 512}, {288, 512, 549}, {290, 513, 600}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        cornu_shape shape = cornu_shape(shapes[i][0], shapes[i][1]);
        for (int threads = 1; threads <= 3; threads++)
            expect_one_kernel_of(linear, shape, shapes[i][2], threads);
    }
    expect_one_kernel_of(linear, cornu_shape(1060, 128), 4101, 1);
}
END_TEST

START_TEST(products_of_sequences_take_bias_and_activation_too) {
    for (int threads = 1; threads <= 3; threads++) {
        expect_one_kernel_of(layer, cornu_shape(6, 7, 20), 30, threads);
        expect_one_kernel_of(layer, cornu_shape(2, 3, 60, 130), 520, threads);
        expect_one_kernel_of(linear, cornu_shape(3, 120, 130), 520, threads);
    }
}
END_TEST

START_TEST(a_product_that_others_want_is_an_output) {
    cornu_tensor *x = wave(cornu_shape(24, 20), 1), *w = wave(cornu_shape(20, 40), 2);
    TRACE(graph, {
        cornu_tensor *product = cornu_op_matmul(float_input(cornu_shape(24, 20)), w);
        assert_ok(cornu_trace_output_(cornu_op_tanh(product)));
        assert_ok(cornu_trace_output_(product));
        assert_ok(cornu_trace_output_(cornu_op_sum(product)));
    });
    compiled step = compiled_of(graph, true);
    ck_assert_uint_eq(step.plan->step_count, 2);
    assert_ok(cornu_plan_run_(step.state, &x));
    cornu_tensor *product = cornu_op_matmul(x, w);
    assert_same(output_of(&step, 0), cornu_op_tanh(product), 0, 0);
    assert_same(output_of(&step, 1), product, 0, 0);
    assert_same(output_of(&step, 2), cornu_op_sum(product), 0, 0);
    compiled_free(&step);
}
END_TEST

/* w -= (x^T dy) / 8 */
static cornu_status descend(cornu_tensor *w, cornu_tensor *x, cornu_tensor *dy) {
    cornu_tensor *gradient = cornu_op_matmul(x, dy, .transpose_a = true);
    return cornu_assign_sub(w, cornu_op_multiply(gradient, cornu_scalar(0.125)));
}

START_TEST(an_update_is_part_of_the_gradient) {
    cornu_tensor *compiled_w = weights(cornu_shape(50, 40), 1),
                 *eager_w = weights(cornu_shape(50, 40), 1);
    cornu_tensor *x = wave(cornu_shape(16, 50), 2), *dy = wave(cornu_shape(16, 40), 3);
    TRACE(graph, {
        cornu_tensor *in = float_input(cornu_shape(16, 50));
        assert_ok(descend(compiled_w, in, dy));
        /* the old weights are read: in the order of the trace after the update */
        cornu_tensor *old = cornu_op_add(compiled_w, compiled_w);
        assert_ok(cornu_trace_output_(old));
    });
    compiled step = compiled_of(graph, true);
    for (int i = 0; i < 3; i++) {
        assert_ok(cornu_plan_run_(step.state, &x));
        assert_ok(descend(eager_w, x, dy));
        assert_same(compiled_w, eager_w, 0, 0);
        assert_same(output_of(&step, 0), cornu_op_add(eager_w, eager_w), 0, 0);
    }
    compiled_free(&step);
    cornu_tensor_free(compiled_w);
    cornu_tensor_free(eager_w);
}
END_TEST

/* Weights [rows, n] and a batch of k, in as many threads: one kernel with the bits of the ops. */
static void expect_descent_inside(int64_t rows, int64_t k, int64_t n, int threads) {
    int before = cornu_num_threads();
    assert_ok(cornu_set_num_threads(threads));
    cornu_tensor *updated = weights(cornu_shape(rows, n), 1),
                 *same = weights(cornu_shape(rows, n), 1);
    CORNU_SCOPE {
        cornu_tensor *x = wave(cornu_shape(k, rows), 2), *dy = wave(cornu_shape(k, n), 3);
        TRACE(graph, assert_ok(descend(updated, float_input(cornu_shape(k, rows)), dy)));
        compiled step = compiled_of(graph, true);
        ck_assert_uint_eq(step.plan->step_count, 1);
        for (int i = 0; i < 2; i++) {
            assert_ok(cornu_plan_run_(step.state, &x));
            assert_ok(descend(same, x, dy));
            assert_same(updated, same, 0, 0);
        }
        compiled_free(&step);
    }
    cornu_tensor_free(updated);
    cornu_tensor_free(same);
    assert_ok(cornu_set_num_threads(before));
}

START_TEST(large_gradients_are_subtracted_from_the_weights) {
    static const int64_t shapes[][3] = {{300, 128, 512}, {601, 200, 530}, {300, 640, 576}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int threads = 1; threads <= 3; threads++)
            expect_descent_inside(shapes[i][0], shapes[i][1], shapes[i][2], threads);
    }
}
END_TEST

/* Adam's update of w, m and v. */
static cornu_status adam(cornu_tensor **w, cornu_tensor *x, cornu_tensor *dy) {
    cornu_tensor *g = cornu_op_matmul(x, dy, .transpose_a = true);
    cornu_tensor *square = cornu_op_square(g);
    cornu_tensor *m =
        cornu_op_add(w[1], cornu_op_multiply(cornu_op_subtract(g, w[1]), cornu_scalar(0.125)));
    cornu_tensor *v = cornu_op_add(
        w[2], cornu_op_multiply(cornu_op_subtract(square, w[2]), cornu_scalar(0.015625))
    );
    cornu_tensor *root = cornu_op_add(cornu_op_sqrt(v), cornu_scalar(1e-3));
    cornu_tensor *rate = cornu_op_multiply(m, cornu_scalar(0.01));
    CORNU_TRY(cornu_assign(w[1], m));
    CORNU_TRY(cornu_assign(w[2], v));
    return cornu_assign_sub(w[0], cornu_op_divide(rate, root));
}

/* Weights [rows, n] of which each step of a batch of k gives the gradient. */
static void expect_adam_inside(int64_t rows, int64_t k, int64_t n, int threads) {
    int before = cornu_num_threads();
    assert_ok(cornu_set_num_threads(threads));
    cornu_tensor *updated[3], *same[3];
    for (int i = 0; i < 3; i++) {
        updated[i] = cornu_variable(cornu_op_absolute(wave(cornu_shape(rows, n), i)));
        same[i] = cornu_variable(updated[i]);
    }
    CORNU_SCOPE {
        cornu_tensor *in[2] = {wave(cornu_shape(k, rows), 2), wave(cornu_shape(k, n), 3)};
        TRACE(graph, {
            cornu_tensor *x = float_input(cornu_shape(k, rows));
            assert_ok(adam(updated, x, float_input(cornu_shape(k, n))));
        });
        compiled step = compiled_of(graph, true);
        ck_assert_uint_eq(step.plan->step_count, 1);
        for (int i = 0; i < 3; i++) {
            assert_ok(cornu_plan_run_(step.state, in));
            assert_ok(adam(same, in[0], in[1]));
            for (int j = 0; j < 3; j++) assert_same(updated[j], same[j], 0, 0);
        }
        compiled_free(&step);
    }
    for (int i = 0; i < 3; i++) {
        cornu_tensor_free(updated[i]);
        cornu_tensor_free(same[i]);
    }
    assert_ok(cornu_set_num_threads(before));
}

START_TEST(adam_runs_inside_the_gradient_with_the_bits_of_the_ops) {
    static const int64_t shapes[][3] = {{784, 32, 128}, {100, 128, 32}, {37, 5, 96},  {13, 30, 64},
                                        {11, 24, 32},   {50, 600, 64},  {61, 20, 40}, {25, 40, 10}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int threads = 1; threads <= 3; threads++)
            expect_adam_inside(shapes[i][0], shapes[i][1], shapes[i][2], threads);
    }
}
END_TEST

START_TEST(old_weights_are_read_before_the_gradient_overwrites_them) {
    cornu_tensor *w = weights(cornu_shape(50, 40), 1), *same = weights(cornu_shape(50, 40), 1);
    cornu_tensor *x = wave(cornu_shape(16, 50), 2), *dy = wave(cornu_shape(16, 40), 3);
    TRACE(graph, {
        cornu_tensor *in = float_input(cornu_shape(16, 50));
        cornu_tensor *before = cornu_trace_snapshot_(w);
        assert_ok(descend(w, in, dy));
        assert_ok(cornu_trace_output_(cornu_op_matmul(dy, before, .transpose_b = true)));
        cornu_tensor_free(before);
    });
    compiled step = compiled_of(graph, true);
    ck_assert_uint_eq(steps_named(step.plan, "assign"), 0);
    for (int i = 0; i < 3; i++) {
        assert_ok(cornu_plan_run_(step.state, &x));
        assert_same(output_of(&step, 0), cornu_op_matmul(dy, same, .transpose_b = true), 0, 0);
        assert_ok(descend(same, x, dy));
        assert_same(w, same, 0, 0);
    }
    compiled_free(&step);
    cornu_tensor_free(w);
    cornu_tensor_free(same);
}
END_TEST

START_TEST(a_variable_is_not_overwritten_while_its_product_is_computed) {
    cornu_tensor *w = weights(cornu_shape(48, 48), 1), *same = weights(cornu_shape(48, 48), 1);
    cornu_tensor *x = wave(cornu_shape(48, 48), 2);
    TRACE(graph, {
        cornu_tensor *in = float_input(cornu_shape(48, 48));
        assert_ok(cornu_assign(w, cornu_op_tanh(cornu_op_matmul(w, in))));
    });
    compiled step = compiled_of(graph, true);
    for (int i = 0; i < 2; i++) {
        assert_ok(cornu_plan_run_(step.state, &x));
        assert_ok(cornu_assign(same, cornu_op_tanh(cornu_op_matmul(same, x))));
        assert_same(w, same, 0, 0);
    }
    compiled_free(&step);
    cornu_tensor_free(w);
    cornu_tensor_free(same);
}
END_TEST

CORNU_TESTS(product) {
    TCase *tc = cornu_test_case(suite, "product");
    tcase_add_test(tc, bias_and_activation_are_part_of_the_product);
    tcase_add_test(tc, large_products_take_bias_and_activation_too);
    tcase_add_test(tc, a_bias_alone_is_added_where_the_product_is_made);
    tcase_add_test(tc, products_of_sequences_take_bias_and_activation_too);
    tcase_add_test(tc, large_gradients_are_subtracted_from_the_weights);
    tcase_add_test(tc, a_product_that_others_want_is_an_output);
    tcase_add_test(tc, an_update_is_part_of_the_gradient);
    tcase_add_test(tc, adam_runs_inside_the_gradient_with_the_bits_of_the_ops);
    tcase_add_test(tc, old_weights_are_read_before_the_gradient_overwrites_them);
    tcase_add_test(tc, a_variable_is_not_overwritten_while_its_product_is_computed);
}
