/* Predictions that are split by samples: the same numbers as in one go, and no split where samples
 * depend on one another. */
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

typedef cornu_tensor *network(cornu_tensor *x); /* x[6, 5, 5, 4] */

static cornu_tensor *convolutional(cornu_tensor *x) {
    cornu_tensor *y =
        cornu_op_conv(x, .kernel = wave(cornu_shape(3, 3, 4, 8), 1), .padding = "same");
    y = cornu_op_relu(cornu_op_add(y, wave(cornu_shape(8), 2)));
    y = cornu_op_add(y, cornu_op_conv(y, .kernel = wave(cornu_shape(1, 1, 8, 8), 3)));
    y = cornu_op_max_pool(y, .pool_size = {{2, 2}});
    y = cornu_op_reshape(y, cornu_shape(6, 32));
    y = cornu_op_matmul(y, wave(cornu_shape(32, 7), 4));
    return cornu_op_softmax(cornu_op_multiply(y, wave(cornu_shape(1, 7), 5)), -1);
}

static cornu_tensor *averaged(cornu_tensor *x) {
    return cornu_op_multiply(cornu_op_mean(x, .axis = cornu_axes(1, 2)), cornu_scalar(3));
}

static cornu_tensor *centered(cornu_tensor *x) {
    return cornu_op_subtract(x, cornu_op_mean(x, .axis = cornu_axes(0), .keepdims = true));
}

static cornu_tensor *numbered(cornu_tensor *x) {
    return cornu_op_add(x, wave(cornu_shape(6, 1, 1, 1), 6));
}

static cornu_tensor *turned(cornu_tensor *x) {
    return cornu_op_transpose(cornu_op_reshape(x, cornu_shape(6, 100)), cornu_axes(1, 0));
}

static cornu_tensor *compared(cornu_tensor *x) {
    cornu_tensor *rows = cornu_op_reshape(x, cornu_shape(6, 100));
    return cornu_op_matmul(rows, cornu_op_transpose(rows, cornu_axes(1, 0)));
}

/* The network's parts have so many samples if they are to have at most `wanted`. */
static void expect_part(network *net, int64_t wanted, int64_t part, int threads) {
    int before = cornu_num_threads();
    assert_ok(cornu_set_num_threads(threads));
    CORNU_SCOPE {
        cornu_tensor *x = wave(cornu_shape(6, 5, 5, 4), 7);
        cornu_graph *graph;
        assert_ok(cornu_trace_begin_(&graph));
        assert_ok(cornu_trace_output_(net(float_input(cornu_shape(6, 5, 5, 4)))));
        assert_ok(cornu_trace_end_());
        assert_ok(cornu_graph_optimize_(graph));
        assert_ok(cornu_graph_split_(graph, wanted));
        compiled step = compiled_of(graph, false);
        ck_assert_int_eq(step.plan->rounds, 6 / part);
        for (int run = 0; run < 2; run++) {
            assert_ok(cornu_plan_run_(step.state, &x));
            assert_same(output_of(&step, 0), net(x), 0, 2e-6);
        }
        compiled_free(&step);
    }
    assert_ok(cornu_set_num_threads(before));
}

START_TEST(parts_give_the_numbers_of_the_whole) {
    for (int threads = 1; threads <= 3; threads++) {
        for (int64_t part = 1; part <= 3; part++) {
            expect_part(convolutional, part, part, threads);
            expect_part(averaged, part, part, threads);
        }
        expect_part(convolutional, 5, 3, threads);
    }
}
END_TEST

START_TEST(samples_that_depend_on_one_another_stay_together) {
    network *const networks[] = {centered, numbered, turned, compared};
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        expect_part(networks[i], 2, 6, 2);
}
END_TEST

START_TEST(small_batches_stay_whole_by_themselves) {
    expect_part(convolutional, 0, 6, 1);
    expect_part(convolutional, 0, 6, 2);
}
END_TEST

START_TEST(exact_mode_computes_the_batch_as_a_whole) {
    cornu_set_exact(true);
    expect_part(convolutional, 2, 6, 2);
    cornu_set_exact(false);
}
END_TEST

CORNU_TESTS(parts) {
    TCase *tc = cornu_test_case(suite, "parts");
    tcase_add_test(tc, parts_give_the_numbers_of_the_whole);
    tcase_add_test(tc, samples_that_depend_on_one_another_stay_together);
    tcase_add_test(tc, small_batches_stay_whole_by_themselves);
    tcase_add_test(tc, exact_mode_computes_the_batch_as_a_whole);
}
