/* Each pass on small graphs: what it takes away, what it must leave, and what the verifier
 * refuses. */
#include "graph/step_case.h"

#include <cornu/ops.h>
#include <math.h>

/* Traces one expression of x, float32 [2, 3], as the only output. */
#define TRACE_EXPRESSION(graph, x, expression)                                                     \
    cornu_graph *graph;                                                                            \
    assert_ok(cornu_trace_begin_(&graph));                                                         \
    cornu_tensor *x = float_input(cornu_shape(2, 3));                                              \
    assert_ok(cornu_trace_output_(expression));                                                    \
    assert_ok(cornu_trace_end_())

/* ---- simplify ---- */

START_TEST(factors_of_one_go) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_divide(
            cornu_op_multiply(cornu_scalar(1), cornu_op_multiply(x, cornu_scalar(1))),
            cornu_scalar(1)
        )
    );
    assert_ok(cornu_graph_simplify_(graph));
    ck_assert_uint_eq(nodes_named(graph, NULL), 0);
    ck_assert_uint_eq(graph->outputs[0], graph->inputs[0]);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_factor_of_one_that_widens_stays) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_multiply(cornu_op_sum(x), cornu_op_ones(cornu_shape(1, 1), CORNU_FLOAT32))
    );
    assert_ok(cornu_graph_simplify_(graph));
    ck_assert_uint_eq(nodes_named(graph, "multiply"), 1);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(adding_zero_stays_since_it_changes_minus_zero) {
    TRACE_EXPRESSION(graph, x, cornu_op_add(x, cornu_scalar(0)));
    assert_ok(cornu_graph_simplify_(graph));
    ck_assert_uint_eq(nodes_named(graph, "add"), 1);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(two_negations_cancel) {
    TRACE_EXPRESSION(graph, x, cornu_op_negative(cornu_op_negative(x)));
    assert_ok(cornu_graph_simplify_(graph));
    ck_assert_uint_eq(graph->outputs[0], graph->inputs[0]);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(two_negations_round_a_broadcast_keep_its_shape) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_negative(cornu_op_negative(cornu_op_broadcast_to(x, cornu_shape(4, 2, 3))))
    );
    compiled step = compiled_of(graph, true);
    assert_ok(cornu_plan_run_(
        step.state, &(cornu_tensor *){tensor_of(cornu_shape(2, 3), 1, 2, 3, 4, 5, 6)}
    ));
    assert_shape(output_of(&step, 0), cornu_shape(4, 2, 3));
    ck_assert_double_eq(cornu_tensor_get(output_of(&step, 0), 23), 6);
    compiled_free(&step);
}
END_TEST

START_TEST(views_of_views_read_the_first) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_expand_dims(
            cornu_op_reshape(cornu_op_reshape(x, cornu_shape(6)), cornu_shape(3, 2)), 0
        )
    );
    assert_ok(cornu_graph_simplify_(graph));
    assert_ok(cornu_graph_drop_dead_(graph));
    ck_assert_uint_eq(nodes_named(graph, NULL), 1);
    ck_assert_uint_eq(cornu_graph_root_(graph, graph->outputs[0]), graph->inputs[0]);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_view_back_to_the_same_shape_goes) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_stop_gradient(
            cornu_op_reshape(cornu_op_reshape(x, cornu_shape(6)), cornu_shape(2, 3))
        )
    );
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(nodes_named(graph, NULL), 0);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(an_elementwise_op_reads_through_a_broadcast) {
    TRACE_EXPRESSION(
        graph, x, cornu_op_add(cornu_op_broadcast_to(cornu_op_sum(x), cornu_shape(2, 3)), x)
    );
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(nodes_named(graph, "broadcast_to"), 0);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_reduction_keeps_the_broadcast_it_reads) {
    TRACE_EXPRESSION(
        graph, x, cornu_op_sum(cornu_op_broadcast_to(x, cornu_shape(5, 2, 3)), cornu_axes(0))
    );
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(nodes_named(graph, "broadcast_to"), 1);
    cornu_graph_free_(graph);
}
END_TEST

/* ---- folding ---- */

START_TEST(ops_on_constants_are_computed_while_tracing) {
    TRACE_EXPRESSION(
        graph, x, cornu_op_add(x, cornu_op_exp(cornu_op_zeros(cornu_shape(3), CORNU_FLOAT32)))
    );
    ck_assert_uint_eq(nodes_named(graph, NULL), 1);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(what_comes_to_read_only_constants_is_folded) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(cornu_op_negative(x)));
    uint32_t two;
    assert_ok(
        cornu_graph_add_constant_(graph, tensor_of(cornu_shape(2, 3), 0, 0, 0, -1, -1, -1), &two)
    );
    cornu_graph_replace_(graph, graph->inputs[0], two);
    assert_ok(cornu_graph_fold_constants_(graph));
    ck_assert_uint_eq(nodes_named(graph, NULL), 0);
    const cornu_value *folded = &graph->values[graph->outputs[0]];
    ck_assert_int_eq(folded->kind, CORNU_VALUE_CONSTANT);
    assert_values(folded->tensor, 1e-6, 1, 1, 1, M_E, M_E, M_E);
    assert_ok(cornu_graph_verify_(graph));
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(folding_does_not_narrow_what_read_through_a_broadcast) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(cornu_op_broadcast_to(x, cornu_shape(4, 2, 3))));
    uint32_t zeros;
    assert_ok(cornu_graph_simplify_(graph));
    assert_ok(
        cornu_graph_add_constant_(graph, cornu_op_zeros(cornu_shape(2, 3), CORNU_FLOAT32), &zeros)
    );
    cornu_graph_replace_(graph, graph->inputs[0], zeros);
    compiled step = compiled_of(graph, true);
    assert_ok(cornu_plan_run_(
        step.state, &(cornu_tensor *){cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32)}
    ));
    assert_same(output_of(&step, 0), cornu_op_ones(cornu_shape(4, 2, 3), CORNU_FLOAT32), 0, 0);
    compiled_free(&step);
}
END_TEST

/* ---- common subexpressions ---- */

START_TEST(equal_expressions_become_one) {
    TRACE_EXPRESSION(
        graph, x, cornu_op_add(cornu_op_exp(cornu_op_square(x)), cornu_op_exp(cornu_op_square(x)))
    );
    assert_ok(cornu_graph_merge_equal_(graph));
    ck_assert_uint_eq(nodes_named(graph, "exp"), 1);
    ck_assert_uint_eq(nodes_named(graph, "square"), 1);
    assert_ok(cornu_graph_verify_(graph));
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(equal_constants_become_one) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_add(
            cornu_op_add(x, cornu_scalar_of(CORNU_FLOAT32, 0.5)),
            cornu_op_add(x, cornu_scalar_of(CORNU_FLOAT32, 0.5))
        )
    );
    assert_ok(cornu_graph_merge_equal_(graph));
    ck_assert_uint_eq(nodes_named(graph, "add"), 2);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(other_settings_keep_nodes_apart) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_add(
            cornu_op_sum(x, cornu_axes(0), .keepdims = true),
            cornu_op_sum(x, cornu_axes(1), .keepdims = true)
        )
    );
    assert_ok(cornu_graph_merge_equal_(graph));
    ck_assert_uint_eq(nodes_named(graph, "sum"), 2);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_wide_and_a_narrow_use_of_one_op_are_not_merged) {
    TRACE_EXPRESSION(
        graph, x,
        cornu_op_concatenate(
            cornu_tensors(
                cornu_op_reshape(
                    cornu_op_tanh(cornu_op_broadcast_to(x, cornu_shape(4, 2, 3))), cornu_shape(8, 3)
                ),
                cornu_op_tanh(x)
            ),
            0
        )
    );
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(nodes_named(graph, "tanh"), 2);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(a_variable_before_and_after_an_assignment_is_not_one) {
    cornu_tensor *w = variable_named("w", cornu_shape(3), 1, 2, 3);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *before = cornu_op_exp(w);
    assert_ok(cornu_assign(w, cornu_op_negative(w)));
    assert_ok(cornu_trace_output_(cornu_op_add(before, cornu_op_exp(w))));
    assert_ok(cornu_trace_end_());
    assert_ok(cornu_graph_optimize_(graph));
    ck_assert_uint_eq(nodes_named(graph, "exp"), 2);
    cornu_graph_free_(graph);
    cornu_tensor_free(w);
}
END_TEST

/* ---- dead code ---- */

START_TEST(what_nobody_wants_goes_with_all_that_it_needs) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = float_input(cornu_shape(2, 3)), *wanted = cornu_op_exp(x);
    (void)cornu_op_sum(cornu_op_square(wanted));
    assert_ok(cornu_trace_output_(wanted));
    assert_ok(cornu_trace_end_());
    assert_ok(cornu_graph_drop_dead_(graph));
    ck_assert_uint_eq(nodes_named(graph, NULL), 1);
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(what_is_assigned_is_wanted) {
    cornu_tensor *w = variable_named("w", cornu_shape(2), 1, 2);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    assert_ok(cornu_assign(w, cornu_op_exp(float_input(cornu_shape(2)))));
    assert_ok(cornu_trace_end_());
    assert_ok(cornu_graph_drop_dead_(graph));
    ck_assert_uint_eq(nodes_named(graph, "exp"), 1);
    cornu_graph_free_(graph);
    cornu_tensor_free(w);
}
END_TEST

/* ---- the verifier ---- */

START_TEST(the_verifier_finds_a_node_that_reads_what_comes_later) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(cornu_op_square(x)));
    graph->nodes[0].inputs[0] = graph->nodes[1].out;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "before it is made");
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(the_verifier_finds_a_value_that_is_not_there) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(x));
    graph->nodes[0].inputs[0] = 77;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "reads value 77");
    graph->nodes[0].inputs[0] = graph->inputs[0];
    graph->outputs[0] = 78;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "value 78");
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(the_verifier_finds_an_output_whose_node_is_dead) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(x));
    graph->nodes[0].dead = true;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "output 0 is never made");
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(the_verifier_finds_a_node_and_a_value_that_disagree) {
    TRACE_EXPRESSION(graph, x, cornu_op_exp(cornu_op_square(x)));
    graph->values[graph->nodes[1].out].node = 0;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "disagree");
    cornu_graph_free_(graph);
}
END_TEST

START_TEST(the_verifier_finds_an_assignment_of_another_shape_or_type) {
    cornu_tensor *w = variable_named("w", cornu_shape(3), 1, 2, 3);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *narrow = float_input(cornu_shape(2)),
                 *whole = cornu_trace_input_(CORNU_INT32, cornu_shape(3));
    assert_ok(cornu_assign(w, cornu_op_exp(w)));
    assert_ok(cornu_trace_end_());
    graph->assignments[0].value = narrow->value;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "'w' is assigned another");
    graph->assignments[0].value = whole->value;
    assert_fails(cornu_graph_verify_(graph), CORNU_ESTATE, "'w' is assigned another");
    cornu_graph_free_(graph);
    cornu_tensor_free(w);
}
END_TEST

CORNU_TESTS(passes) {
    TCase *tc = cornu_test_case(suite, "passes");
    tcase_add_test(tc, factors_of_one_go);
    tcase_add_test(tc, a_factor_of_one_that_widens_stays);
    tcase_add_test(tc, adding_zero_stays_since_it_changes_minus_zero);
    tcase_add_test(tc, two_negations_cancel);
    tcase_add_test(tc, two_negations_round_a_broadcast_keep_its_shape);
    tcase_add_test(tc, views_of_views_read_the_first);
    tcase_add_test(tc, a_view_back_to_the_same_shape_goes);
    tcase_add_test(tc, an_elementwise_op_reads_through_a_broadcast);
    tcase_add_test(tc, a_reduction_keeps_the_broadcast_it_reads);
    tcase_add_test(tc, ops_on_constants_are_computed_while_tracing);
    tcase_add_test(tc, what_comes_to_read_only_constants_is_folded);
    tcase_add_test(tc, folding_does_not_narrow_what_read_through_a_broadcast);
    tcase_add_test(tc, equal_expressions_become_one);
    tcase_add_test(tc, equal_constants_become_one);
    tcase_add_test(tc, other_settings_keep_nodes_apart);
    tcase_add_test(tc, a_wide_and_a_narrow_use_of_one_op_are_not_merged);
    tcase_add_test(tc, a_variable_before_and_after_an_assignment_is_not_one);
    tcase_add_test(tc, what_nobody_wants_goes_with_all_that_it_needs);
    tcase_add_test(tc, what_is_assigned_is_wanted);
    tcase_add_test(tc, the_verifier_finds_a_node_that_reads_what_comes_later);
    tcase_add_test(tc, the_verifier_finds_a_value_that_is_not_there);
    tcase_add_test(tc, the_verifier_finds_an_output_whose_node_is_dead);
    tcase_add_test(tc, the_verifier_finds_a_node_and_a_value_that_disagree);
    tcase_add_test(tc, the_verifier_finds_an_assignment_of_another_shape_or_type);
}
