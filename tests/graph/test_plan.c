/* Steps traced, optimised, planned and run give what eager ops give. */
#include "graph/plan.h"
#include "support/support.h"
#include <cornu/ops.h>
#include <cornu/tape.h>
#include <stdlib.h>

typedef struct fixture {
    cornu_tensor *w, *m, *count;
} fixture;

static cornu_tensor *variable_of(cornu_shape shape, double value, const char *name) {
    return cornu_variable(cornu_op_full(shape, value, CORNU_FLOAT32), .name = name);
}

/* One step of gradient descent with momentum on mean((x w - y)^2), and a counter. */
static cornu_tensor *step(fixture *f, cornu_tensor *x, cornu_tensor *y) {
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *error = cornu_op_subtract(cornu_op_tanh(cornu_op_matmul(x, f->w)), y);
    cornu_tensor *loss = cornu_op_mean(cornu_op_square(error));
    cornu_tensor *gradient;
    assert_ok(cornu_tape_gradient(tape, loss, cornu_tensors(f->w), &gradient));
    assert_ok(cornu_assign(
        f->m, cornu_op_subtract(
                  cornu_op_multiply(f->m, cornu_scalar(0.9)),
                  cornu_op_multiply(gradient, cornu_scalar(0.1))
              )
    ));
    assert_ok(cornu_assign_add(f->w, f->m));
    assert_ok(cornu_assign_add(f->count, cornu_scalar(1)));
    return loss;
}

static void start(fixture *f) {
    f->w = variable_of(cornu_shape(3, 2), 0.5, "w");
    f->m = variable_of(cornu_shape(3, 2), 0, "m");
    f->count = variable_of(cornu_shape(), 0, "count");
}

static void finish(fixture *f) {
    cornu_tensor_free(f->w);
    cornu_tensor_free(f->m);
    cornu_tensor_free(f->count);
}

START_TEST(a_traced_training_step_repeats_the_eager_one) {
    fixture eager, compiled;
    start(&eager);
    start(&compiled);
    cornu_tensor *x = cornu_op_reshape(cornu_op_linspace(-1, 1, 12), cornu_shape(4, 3));
    cornu_tensor *y = cornu_op_reshape(cornu_op_linspace(1, 2, 8), cornu_shape(4, 2));
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *a = cornu_trace_input_(CORNU_FLOAT32, cornu_shape(4, 3)),
                 *b = cornu_trace_input_(CORNU_FLOAT32, cornu_shape(4, 2));
    assert_ok(cornu_trace_output_(step(&compiled, a, b)));
    assert_ok(cornu_trace_end_());
    assert_ok(cornu_graph_verify_(graph));
    assert_ok(cornu_graph_optimize_(graph));
    assert_ok(cornu_graph_verify_(graph));
    cornu_plan *plan;
    cornu_plan_state *state;
    assert_ok(cornu_plan_create_(graph, &plan));
    assert_ok(cornu_plan_state_create_(plan, &state));
    if (getenv("CORNU_SHOW")) {
        cornu_text text = {0};
        cornu_graph_dump_(graph, &text);
        cornu_plan_dump_(plan, &text);
        puts(text.data);
        cornu_text_free_(&text);
    }
    for (int i = 0; i < 5; i++) {
        cornu_tensor *loss = step(&eager, x, y);
        assert_ok(cornu_plan_run_(state, (cornu_tensor *[]){x, y}));
        cornu_tensor *same = cornu_plan_output_(state, 0);
        assert_same(same, loss, 1e-6, 0);
        cornu_tensor_free(same);
        assert_same(compiled.w, eager.w, 1e-6, 1e-7);
        assert_same(compiled.m, eager.m, 1e-6, 1e-7);
        assert_same(compiled.count, eager.count, 0, 0);
    }
    ck_assert_uint_le(plan->step_count, 6);
    cornu_plan_state_free_(state);
    cornu_plan_free_(plan);
    cornu_graph_free_(graph);
    finish(&eager);
    finish(&compiled);
}
END_TEST

START_TEST(a_graph_is_drawn_with_its_values) {
    cornu_graph *graph;
    cornu_text text = {0};
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = cornu_trace_input_(CORNU_FLOAT32, cornu_shape(4, 3));
    assert_ok(cornu_trace_output_(cornu_op_tanh(x)));
    assert_ok(cornu_trace_end_());
    cornu_graph_dump_dot_(graph, &text);
    ck_assert_ptr_nonnull(strstr(text.data, "digraph step {"));
    ck_assert_ptr_nonnull(strstr(text.data, "v1 [label=\"tanh\\nfloat32(4, 3)\"]"));
    ck_assert_ptr_nonnull(strstr(text.data, "v0 -> v1;"));
    cornu_text_free_(&text);
    cornu_graph_free_(graph);
}
END_TEST

CORNU_TESTS(plan) {
    TCase *tc = cornu_test_case(suite, "plan");
    tcase_add_test(tc, a_graph_is_drawn_with_its_values);
    tcase_add_test(tc, a_traced_training_step_repeats_the_eager_one);
}
