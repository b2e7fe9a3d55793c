/* lstm and gru: directions, states, and what a compiled step makes of their gradient. */
#include "graph/plan.h"
#include "ops/front.h"
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>
#include <string.h>

enum { BATCH = 3, TIME = 5, FEATURES = 4, UNITS = 6 };

static cornu_tensor *drawn(cornu_shape shape, int64_t seed) {
    return cornu_random_uniform(shape, .minval = -1, .maxval = 1, .seed = seed);
}

static cornu_recurrence sequence(bool lstm) {
    int64_t columns = (lstm ? 4 : 3) * UNITS;
    return (cornu_recurrence){
        .x = drawn(cornu_shape(BATCH, TIME, FEATURES), 1),
        .kernel = drawn(cornu_shape(FEATURES, columns), 2),
        .recurrent_kernel = drawn(cornu_shape(UNITS, columns), 3),
        .bias = drawn(lstm ? cornu_shape(columns) : cornu_shape(2, columns), 4),
        .h = drawn(cornu_shape(BATCH, UNITS), 5),
        .c = lstm ? drawn(cornu_shape(BATCH, UNITS), 6) : NULL,
        .mask = cornu_op_greater(drawn(cornu_shape(BATCH, TIME), 7), cornu_scalar(-0.5)),
    };
}

static void run(bool lstm, const cornu_recurrence *of, cornu_tensor **outputs) {
    assert_ok(lstm ? cornu_op_lstm(of, outputs) : cornu_op_gru(of, outputs));
}

static const double tolerance = 1e-6;

START_TEST(reverse_is_the_sequence_turned_twice) {
    bool lstm = _i == 0;
    cornu_tensor *reversed[3], *turned[3];
    cornu_recurrence of = sequence(lstm);
    of.reverse = true;
    run(lstm, &of, reversed);
    of.x = cornu_op_flip(of.x, cornu_axes(1));
    of.mask = cornu_op_flip(of.mask, cornu_axes(1));
    of.reverse = false;
    run(lstm, &of, turned);
    assert_same(reversed[0], cornu_op_flip(turned[0], cornu_axes(1)), tolerance, tolerance);
    for (int i = 1; i < (lstm ? 3 : 2); i++)
        assert_same(reversed[i], turned[i], tolerance, tolerance);
}
END_TEST

START_TEST(no_bias_is_one_of_zeros) {
    bool lstm = _i == 0;
    cornu_tensor *without[3], *with[3];
    cornu_recurrence of = sequence(lstm);
    of.bias = cornu_op_zeros_like(of.bias);
    run(lstm, &of, with);
    of.bias = NULL;
    run(lstm, &of, without);
    assert_same(without[0], with[0], tolerance, tolerance);
}
END_TEST

START_TEST(operands_that_do_not_fit_are_named) {
    cornu_tensor *outputs[3];
    cornu_recurrence of = sequence(true);
    of.kernel = drawn(cornu_shape(FEATURES + 1, 4 * UNITS), 2);
    assert_fails(cornu_op_lstm(&of, outputs), CORNU_ESHAPE, "the kernel is float32 (5, 24)");
    of = sequence(false);
    of.bias = drawn(cornu_shape(3 * UNITS), 4);
    assert_fails(cornu_op_gru(&of, outputs), CORNU_ESHAPE, "the bias is float32 (18,)");
}
END_TEST

/* ---- in a graph ---- */
/* The gradient of the sum of squares of all h with respect to the kernel. */
static cornu_tensor *gradient_of(bool lstm, cornu_recurrence of, cornu_tensor *x) {
    cornu_tensor *outputs[3], *gradient;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, of.kernel));
    of.x = x;
    run(lstm, &of, outputs);
    cornu_tensor *loss = cornu_op_sum(cornu_op_square(outputs[0]), cornu_axes(0, 1, 2));
    assert_ok(cornu_tape_gradient(tape, loss, cornu_tensors(of.kernel), &gradient));
    return gradient;
}

static size_t count_of(const cornu_graph *graph, const char *op) {
    size_t count = 0;
    for (size_t i = 0; i < graph->node_count; i++)
        count += !graph->nodes[i].dead && strcmp(graph->nodes[i].op->name, op) == 0;
    return count;
}

/* The one output of a traced step. */
static cornu_tensor *run_graph(cornu_graph *graph, cornu_tensor *x) {
    cornu_plan *plan;
    cornu_plan_state *state;
    assert_ok(cornu_plan_create_(graph, &plan));
    assert_ok(cornu_plan_state_create_(plan, &state));
    assert_ok(cornu_plan_run_(state, &x));
    cornu_tensor *result = cornu_scope_add_(cornu_plan_output_(state, 0));
    cornu_plan_state_free_(state);
    cornu_plan_free_(plan);
    return result;
}

START_TEST(zeros_behind_the_gradient_of_h_are_not_made) {
    bool lstm = _i == 0;
    cornu_recurrence of = sequence(lstm);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = cornu_trace_input_(CORNU_FLOAT32, of.x->shape);
    assert_ok(cornu_trace_output_(gradient_of(lstm, of, x)));
    assert_ok(cornu_trace_end_());
    ck_assert_uint_eq(count_of(graph, "front_scatter"), 1);
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(count_of(graph, "front_scatter"), 0);
    assert_same(run_graph(graph, of.x), gradient_of(lstm, of, of.x), tolerance, tolerance);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_variable_takes_the_front_of_something_larger) {
    cornu_tensor *x = cornu_op_arange(0, 64, 1, CORNU_FLOAT32), *four = cornu_scalar(4);
    cornu_tensor *zeros = cornu_op_zeros(cornu_shape(2, 3), CORNU_FLOAT32);
    cornu_tensor *v = cornu_variable(zeros, .name = "v");
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *input = cornu_trace_input_(CORNU_FLOAT32, x->shape);
    cornu_tensor *front = cornu_front_(cornu_op_multiply(input, four), cornu_shape(2, 3));
    assert_ok(cornu_assign(v, front));
    assert_ok(cornu_trace_output_(cornu_op_reshape(front, cornu_shape(6))));
    assert_ok(cornu_trace_end_());
    assert_ok(cornu_graph_optimize_(graph));
    assert_values(run_graph(graph, x), 0, 0, 4, 8, 12, 16, 20);
    assert_values(v, 0, 0, 4, 8, 12, 16, 20);
    cornu_graph_free_(graph);
    cornu_tensor_free(v);
}
END_TEST

CORNU_TESTS(recurrent_ops) {
    TCase *tc = cornu_test_case(suite, "recurrent");
    tcase_add_loop_test(tc, reverse_is_the_sequence_turned_twice, 0, 2);
    tcase_add_loop_test(tc, no_bias_is_one_of_zeros, 0, 2);
    tcase_add_test(tc, operands_that_do_not_fit_are_named);
    tcase_add_loop_test(tc, zeros_behind_the_gradient_of_h_are_not_made, 0, 2);
    tcase_add_test(tc, a_variable_takes_the_front_of_something_larger);
}
