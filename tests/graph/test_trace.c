/* Tracing: what becomes part of the step, what is refused and how, and that nothing is lost on the
 * way. */
#include "graph/step_case.h"
#include "support/failing_allocator.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>

/* ---- reading on the host ---- */

START_TEST(reading_a_traced_value_names_run_eagerly) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *y = cornu_op_exp(float_input(cornu_shape(2)));
    assert_fails((void *)cornu_tensor_data(y), CORNU_ESTATE, "run_eagerly");
    (void)cornu_tensor_item(cornu_op_sum(y));
    assert_fails(cornu_error_status(), CORNU_ESTATE, "run_eagerly");
    assert_fails(cornu_tensor_copy(y), CORNU_ESTATE, "run_eagerly");
    cornu_trace_cancel_();
}
END_TEST

START_TEST(reading_a_variable_while_tracing_names_run_eagerly) {
    cornu_tensor *w = variable_named("w", cornu_shape(2), 1, 2);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    assert_fails((void *)cornu_tensor_data(w), CORNU_ESTATE, "run_eagerly");
    cornu_trace_cancel_();
    ck_assert_double_eq(cornu_tensor_get(w, 1), 2);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(constants_may_be_read_while_tracing) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    ck_assert_double_eq(cornu_tensor_item(cornu_op_add(cornu_scalar(1), cornu_scalar(2))), 3);
    cornu_trace_cancel_();
}
END_TEST

/* ---- what is refused ---- */

START_TEST(a_trace_within_a_trace_is_refused) {
    cornu_graph *graph, *other;
    assert_ok(cornu_trace_begin_(&graph));
    assert_fails(cornu_trace_begin_(&other), CORNU_ESTATE, "already");
    cornu_trace_cancel_();
    ck_assert_ptr_null(cornu_trace_current_());
}
END_TEST

START_TEST(a_tensor_of_a_trace_that_is_over_is_refused) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *old = float_input(cornu_shape(2));
    cornu_trace_cancel_();
    assert_ok(cornu_trace_begin_(&graph));
    assert_fails(
        cornu_op_add(float_input(cornu_shape(2)), old), CORNU_ESTATE, "does not belong to the step"
    );
    cornu_trace_cancel_();
}
END_TEST

START_TEST(an_op_that_fails_leaves_the_trace_usable) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = float_input(cornu_shape(2, 3));
    assert_fails(cornu_op_matmul(x, x), CORNU_ESHAPE, "matmul");
    assert_fails(cornu_op_add(x, float_input(cornu_shape(4))), CORNU_ESHAPE, "broadcast");
    assert_ok(cornu_trace_output_(cornu_op_square(x)));
    assert_ok(cornu_trace_end_());
    compiled step = compiled_of(graph, true);
    assert_ok(cornu_plan_run_(
        step.state,
        (cornu_tensor *[]
        ){tensor_of(cornu_shape(2, 3), 1, 2, 3, 4, 5, 6), tensor_of(cornu_shape(4), 0, 0, 0, 0)}
    ));
    assert_values(output_of(&step, 0), 0, 1, 4, 9, 16, 25, 36);
    compiled_free(&step);
}
END_TEST

START_TEST(a_cancelled_trace_changes_nothing) {
    cornu_tensor *w = variable_named("w", cornu_shape(2), 1, 2);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    assert_ok(cornu_assign_add(w, float_input(cornu_shape(2))));
    cornu_trace_cancel_();
    assert_values(w, 0, 1, 2);
    assert_ok(cornu_assign(w, tensor_of(cornu_shape(2), 3, 4))); /* done, no longer noted */
    assert_values(w, 0, 3, 4);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(an_assignment_of_another_type_or_shape_is_refused) {
    cornu_tensor *w = variable_named("w", cornu_shape(2), 1, 2);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    assert_fails(cornu_assign(w, float_input(cornu_shape(3))), CORNU_ESHAPE, "'w'");
    assert_fails(
        cornu_assign(w, cornu_trace_input_(CORNU_INT32, cornu_shape(2))), CORNU_EDTYPE,
        "cast the value"
    );
    cornu_trace_cancel_();
    cornu_tensor_free(w);
}
END_TEST

START_TEST(shapes_of_layers_may_be_inferred_while_tracing) {
    cornu_tensor *w = variable_named("w", cornu_shape(3, 2), 1, 2, 3, 4, 5, 6);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = cornu_scope_add_(cornu_tensor_abstract_(CORNU_FLOAT32, cornu_shape(5, 3)));
    cornu_trace_abstract_begin_();
    cornu_tensor *y = cornu_op_matmul(x, w);
    cornu_trace_abstract_end_();
    assert_shape(y, cornu_shape(5, 2));
    ck_assert_uint_eq(graph->node_count, 0);
    cornu_trace_cancel_();
    cornu_tensor_free(w);
}
END_TEST

/* ---- random draws ---- */

START_TEST(draws_move_on_with_every_run_as_eager_ones_do) {
    cornu_seed_generator *eager = cornu_seed_generator_new(11),
                         *traced = cornu_seed_generator_new(11);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    for (int i = 0; i < 2; i++) {
        cornu_tensor *seed = cornu_seed_generator_next(traced);
        assert_ok(cornu_trace_output_(
            cornu_random_uniform_from(seed, cornu_shape(5), CORNU_FLOAT32, 0, 1)
        ));
    }
    assert_ok(cornu_trace_end_());
    compiled step = compiled_of(graph, true);
    cornu_tensor *before = NULL;
    for (int run = 0; run < 3; run++) {
        assert_ok(cornu_plan_run_(step.state, NULL));
        for (size_t i = 0; i < 2; i++) {
            cornu_tensor *seed = cornu_seed_generator_next(eager);
            cornu_tensor *drawn =
                cornu_random_uniform_from(seed, cornu_shape(5), CORNU_FLOAT32, 0, 1);
            assert_same(output_of(&step, i), drawn, 0, 0);
            if (before) ck_assert(!cornu_tensor_equal(before, drawn));
            before = drawn;
        }
        assert_same(cornu_seed_generator_state(traced), cornu_seed_generator_state(eager), 0, 0);
    }
    compiled_free(&step);
    cornu_seed_generator_free(eager);
    cornu_seed_generator_free(traced);
}
END_TEST

/* ---- failing allocations ---- */

/* A step with a gradient, a draw, an assignment and fused kernels: traced, optimised, planned, run.
 * `w` is freed by the caller. */
static cornu_status trace_step(cornu_tensor *w, cornu_seed_generator *generator) {
    cornu_tensor *x = cornu_trace_input_(CORNU_FLOAT32, cornu_shape(4, 3));
    cornu_tape *tape = cornu_tape_begin();
    if (!x || !tape) return cornu_error_status();
    cornu_tensor *noise = cornu_random_uniform_from(
        cornu_seed_generator_next(generator), cornu_shape(4, 2), CORNU_FLOAT32, 0, 1
    );
    cornu_tensor *loss =
        cornu_op_mean(cornu_op_square(cornu_op_add(cornu_op_tanh(cornu_op_matmul(x, w)), noise)));
    cornu_tensor *gradient;
    CORNU_TRY(cornu_tape_gradient(tape, loss, cornu_tensors(w), &gradient));
    CORNU_TRY(cornu_assign_sub(w, cornu_op_multiply(gradient, cornu_scalar(0.1))));
    return cornu_trace_output_(loss);
}

static cornu_status run_step(cornu_graph *graph, cornu_plan **plan, cornu_plan_state **state) {
    CORNU_TRY(cornu_graph_optimize_(graph));
    CORNU_TRY(cornu_plan_create_(graph, plan));
    CORNU_TRY(cornu_plan_state_create_(*plan, state));
    cornu_tensor *x = cornu_op_full(cornu_shape(4, 3), 0.5, CORNU_FLOAT32);
    if (!x) return cornu_error_status();
    return cornu_plan_run_(*state, &x);
}

static cornu_status whole_life(void *user) {
    (void)user;
    cornu_status status;
    cornu_scope *scope = cornu_scope_begin();
    if (!scope) return cornu_error_status();
    cornu_tensor *value = cornu_op_full(cornu_shape(3, 2), 0.5, CORNU_FLOAT32);
    cornu_tensor *w = value ? cornu_variable(value, .name = "w") : NULL;
    cornu_seed_generator *generator = w ? cornu_seed_generator_new(5) : NULL;
    cornu_graph *graph = NULL;
    cornu_plan *plan = NULL;
    cornu_plan_state *state = NULL;
    status = generator ? cornu_trace_begin_(&graph) : cornu_error_status();
    if (status == CORNU_OK && (status = trace_step(w, generator)) != CORNU_OK) {
        cornu_trace_cancel_();
        graph = NULL;
    } else if (status == CORNU_OK) {
        status = cornu_trace_end_();
        if (status != CORNU_OK) graph = NULL;
    }
    if (status == CORNU_OK) status = run_step(graph, &plan, &state);
    cornu_plan_state_free_(state);
    cornu_plan_free_(plan);
    cornu_graph_free_(graph);
    cornu_seed_generator_free(generator);
    cornu_tensor_free(w);
    cornu_scope_end(scope);
    cornu_kernel_cache_clear_();
    return status;
}

START_TEST(failing_allocations_leak_nothing) {
    size_t runs;
    const char *wrong = cornu_test_every_failure(whole_life, NULL, &runs);
    if (wrong) ck_abort_msg("%s", wrong);
    ck_assert_uint_gt(runs, 100);
}
END_TEST

CORNU_TESTS(trace) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "trace");
    tcase_add_test(tc, reading_a_traced_value_names_run_eagerly);
    tcase_add_test(tc, reading_a_variable_while_tracing_names_run_eagerly);
    tcase_add_test(tc, constants_may_be_read_while_tracing);
    tcase_add_test(tc, a_trace_within_a_trace_is_refused);
    tcase_add_test(tc, a_tensor_of_a_trace_that_is_over_is_refused);
    tcase_add_test(tc, an_op_that_fails_leaves_the_trace_usable);
    tcase_add_test(tc, a_cancelled_trace_changes_nothing);
    tcase_add_test(tc, an_assignment_of_another_type_or_shape_is_refused);
    tcase_add_test(tc, shapes_of_layers_may_be_inferred_while_tracing);
    tcase_add_test(tc, draws_move_on_with_every_run_as_eager_ones_do);
    tcase_add_test(tc, failing_allocations_leak_nothing);
}
