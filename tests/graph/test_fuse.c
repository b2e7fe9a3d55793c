/* What becomes one kernel and what must not, and variables that are read, written and exchanged
 * within one step. */
#include "graph/step_case.h"

#include <cornu/ops.h>

static cornu_tensor *ramp(void) { return tensor_of(cornu_shape(2, 3), 0, 1, 2, 3, 4, 5); }

/* Traces, plans and runs a step of x [2, 3] that calls `body` and gives what it returns. */
#define COMPILE(step, x, ...)                                                                      \
    cornu_graph *graph_;                                                                           \
    assert_ok(cornu_trace_begin_(&graph_));                                                        \
    cornu_tensor *x = float_input(cornu_shape(2, 3));                                              \
    __VA_ARGS__;                                                                                   \
    assert_ok(cornu_trace_end_());                                                                 \
    compiled step = compiled_of(graph_, true)

#define GIVE(tensor) assert_ok(cornu_trace_output_(tensor))
#define RUN(step) assert_ok(cornu_plan_run_((step).state, &(cornu_tensor *){ramp()}))

/* ---- what is fused ---- */

START_TEST(a_chain_is_one_kernel) {
    COMPILE(
        step, x,
        GIVE(cornu_op_tanh(cornu_op_add(cornu_op_multiply(x, cornu_scalar(2)), cornu_scalar(-1))))
    );
    ck_assert_uint_eq(step.plan->step_count, 1);
    RUN(step);
    assert_same(
        output_of(&step, 0),
        cornu_op_tanh(cornu_op_subtract(cornu_op_multiply(ramp(), cornu_scalar(2)), cornu_scalar(1))
        ),
        0, 0
    );
    compiled_free(&step);
}
END_TEST

START_TEST(one_kernel_has_several_results) {
    COMPILE(step, x, {
        cornu_tensor *twice = cornu_op_multiply(x, cornu_scalar(2)),
                     *square = cornu_op_square(twice);
        GIVE(twice);
        GIVE(square);
        GIVE(cornu_op_greater(square, twice));
    });
    ck_assert_uint_eq(step.plan->step_count, 1);
    RUN(step);
    assert_values(output_of(&step, 0), 0, 0, 2, 4, 6, 8, 10);
    assert_values(output_of(&step, 1), 0, 0, 4, 16, 36, 64, 100);
    assert_values(output_of(&step, 2), 0, 0, 1, 1, 1, 1, 1);
    compiled_free(&step);
}
END_TEST

START_TEST(a_way_through_a_reduction_makes_no_cycle) {
    /* x - mean(x), both ends of the fork elementwise and of one shape: the first cannot join the
     * last past the mean */
    COMPILE(step, x, {
        cornu_tensor *start = cornu_op_exp(x);
        GIVE(cornu_op_multiply(cornu_op_subtract(start, cornu_op_mean(start)), start));
    });
    ck_assert_uint_eq(step.plan->step_count, 3);
    RUN(step);
    cornu_tensor *e = cornu_op_exp(ramp());
    assert_same(
        output_of(&step, 0), cornu_op_multiply(cornu_op_subtract(e, cornu_op_mean(e)), e), 0, 0
    );
    compiled_free(&step);
}
END_TEST

START_TEST(two_forks_that_need_each_other_by_turns_make_no_cycle) {
    COMPILE(step, x, {
        cornu_tensor *a = cornu_op_exp(x), *b = cornu_op_sin(x);
        cornu_tensor *c = cornu_op_add(a, cornu_op_sum(b)), *d = cornu_op_add(b, cornu_op_sum(a));
        GIVE(cornu_op_multiply(c, d));
        GIVE(cornu_op_subtract(cornu_op_add(a, b), cornu_op_sum(c)));
    });
    RUN(step);
    cornu_tensor *a = cornu_op_exp(ramp()), *b = cornu_op_sin(ramp());
    cornu_tensor *c = cornu_op_add(a, cornu_op_sum(b)), *d = cornu_op_add(b, cornu_op_sum(a));
    assert_same(output_of(&step, 0), cornu_op_multiply(c, d), 0, 0);
    assert_same(output_of(&step, 1), cornu_op_subtract(cornu_op_add(a, b), cornu_op_sum(c)), 0, 0);
    compiled_free(&step);
}
END_TEST

START_TEST(a_conversion_that_rounds_goes_through_memory) {
    /* the last sum would draw both of its operands, and with them the conversion, into one
     * program */
    COMPILE(step, x, {
        cornu_tensor *half = cornu_op_multiply(x, cornu_scalar(0.3));
        cornu_tensor *back = cornu_op_multiply(
            cornu_op_cast(cornu_op_cast(half, CORNU_INT32), CORNU_FLOAT32), cornu_scalar(10)
        );
        GIVE(cornu_op_add(back, half));
    });
    RUN(step);
    assert_values(output_of(&step, 0), 1e-6, 0, 0.3, 0.6, 0.9, 11.2, 11.5);
    compiled_free(&step);
}
END_TEST

START_TEST(true_and_true_is_true) {
    COMPILE(step, x, {
        cornu_tensor *yes = cornu_op_less(x, cornu_scalar(9));
        GIVE(cornu_op_cast(cornu_op_add(yes, yes), CORNU_FLOAT32));
    });
    RUN(step);
    assert_values(output_of(&step, 0), 0, 1, 1, 1, 1, 1, 1);
    compiled_free(&step);
}
END_TEST

START_TEST(a_long_chain_is_cut) {
    enum { LENGTH = 300 };
    COMPILE(step, x, {
        cornu_tensor *y = x;
        for (int i = 0; i < LENGTH; i++)
            y = cornu_op_clip(cornu_op_add(y, cornu_scalar(i % 7)), -3, 4 + i % 5);
        GIVE(y);
    });
    ck_assert_uint_gt(step.plan->step_count, 10);
    ck_assert_uint_lt(step.plan->step_count, 40);
    RUN(step);
    cornu_tensor *y = ramp();
    for (int i = 0; i < LENGTH; i++)
        y = cornu_op_clip(cornu_op_add(y, cornu_scalar(i % 7)), -3, 4 + i % 5);
    assert_same(output_of(&step, 0), y, 0, 0);
    compiled_free(&step);
}
END_TEST

START_TEST(what_nobody_wants_is_not_computed_without_the_passes_either) {
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *x = float_input(cornu_shape(2, 3));
    (void)cornu_op_sum(cornu_op_exp(x));
    GIVE(cornu_op_square(x));
    assert_ok(cornu_trace_end_());
    compiled step = compiled_of(graph, false);
    ck_assert_uint_eq(steps_named(step.plan, "sum"), 0);
    RUN(step);
    assert_values(output_of(&step, 0), 0, 0, 1, 4, 9, 16, 25);
    compiled_free(&step);
}
END_TEST

START_TEST(tensors_without_elements_need_no_kernel) {
    COMPILE(step, x, {
        const int64_t start[] = {0, 0};
        cornu_tensor *nothing = cornu_op_slice(x, start, cornu_shape(0, 3));
        GIVE(cornu_op_exp(nothing));
        GIVE(cornu_op_sum(nothing, cornu_axes(0)));
    });
    RUN(step);
    assert_shape(output_of(&step, 0), cornu_shape(0, 3));
    assert_values(output_of(&step, 1), 0, 0, 0, 0);
    compiled_free(&step);
}
END_TEST

/* ---- variables ---- */

START_TEST(a_variable_is_updated_in_place) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 1, 1, 1, 1, 1);
    COMPILE(step, x, assert_ok(cornu_assign_sub(w, cornu_op_multiply(x, cornu_scalar(0.5)))));
    ck_assert_uint_eq(step.plan->step_count, 1);
    ck_assert_uint_eq(step.plan->arena_size, 0);
    RUN(step);
    RUN(step);
    assert_values(w, 0, 1, 0, -1, -2, -3, -4);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(a_moment_and_its_variable_are_updated_by_one_kernel) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 1, 1, 1, 1, 1),
                 *m = variable_named("m", cornu_shape(2, 3), 0, 0, 0, 0, 0, 0);
    COMPILE(step, x, {
        assert_ok(cornu_assign(m, cornu_op_add(cornu_op_multiply(m, cornu_scalar(0.5)), x)));
        assert_ok(cornu_assign_sub(w, m));
    });
    ck_assert_uint_eq(step.plan->step_count, 1);
    RUN(step);
    assert_values(m, 0, 0, 1, 2, 3, 4, 5);
    assert_values(w, 0, 1, 0, -1, -2, -3, -4);
    RUN(step);
    assert_values(m, 0, 0, 1.5, 3, 4.5, 6, 7.5);
    assert_values(w, 0, 1, -1.5, -4, -6.5, -9, -11.5);
    compiled_free(&step);
    cornu_tensor_free(w);
    cornu_tensor_free(m);
}
END_TEST

START_TEST(a_variable_read_after_its_assignment_is_the_new_one) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 1, 1, 1, 1, 1);
    COMPILE(step, x, {
        cornu_tensor *before = cornu_op_sum(w);
        assert_ok(cornu_assign_add(w, x));
        GIVE(before);
        GIVE(cornu_op_sum(w));
        GIVE(w);
    });
    RUN(step);
    assert_values(output_of(&step, 0), 0, 6);
    assert_values(output_of(&step, 1), 0, 21);
    assert_values(output_of(&step, 2), 0, 1, 2, 3, 4, 5, 6);
    RUN(step);
    assert_values(output_of(&step, 0), 0, 21);
    assert_values(output_of(&step, 1), 0, 36);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(the_old_value_is_read_by_a_kernel_that_comes_later) {
    /* the transposed reading needs all of the old value, after the new one is known */
    cornu_tensor *w = variable_named("w", cornu_shape(2, 2), 1, 2, 3, 4);
    COMPILE(step, x, {
        cornu_tensor *old = cornu_op_stop_gradient(w);
        assert_ok(
            cornu_assign(w, cornu_op_add(cornu_op_transpose(old, cornu_axes()), cornu_op_sum(x)))
        );
        GIVE(cornu_op_matmul(old, w));
    });
    RUN(step);
    assert_values(w, 0, 16, 18, 17, 19);
    assert_values(output_of(&step, 0), 0, 16 + 34, 18 + 38, 48 + 68, 54 + 76);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(two_variables_change_places) {
    cornu_tensor *a = variable_named("a", cornu_shape(3), 1, 2, 3),
                 *b = variable_named("b", cornu_shape(3), 4, 5, 6);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *old = cornu_op_stop_gradient(a);
    assert_ok(cornu_assign(a, b));
    assert_ok(cornu_assign(b, old));
    assert_ok(cornu_trace_end_());
    compiled step = compiled_of(graph, true);
    for (int i = 0; i < 3; i++) assert_ok(cornu_plan_run_(step.state, NULL));
    assert_values(a, 0, 4, 5, 6);
    assert_values(b, 0, 1, 2, 3);
    compiled_free(&step);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(two_variables_made_from_each_other_change_together) {
    cornu_tensor *a = variable_named("a", cornu_shape(3), 1, 2, 3),
                 *b = variable_named("b", cornu_shape(3), 4, 5, 6);
    cornu_graph *graph;
    assert_ok(cornu_trace_begin_(&graph));
    cornu_tensor *old = cornu_op_stop_gradient(a);
    assert_ok(cornu_assign(a, cornu_op_multiply(b, cornu_scalar(2))));
    assert_ok(cornu_assign(b, cornu_op_add(old, cornu_scalar(1))));
    assert_ok(cornu_trace_end_());
    compiled step = compiled_of(graph, true);
    assert_ok(cornu_plan_run_(step.state, NULL));
    assert_values(a, 0, 8, 10, 12);
    assert_values(b, 0, 2, 3, 4);
    compiled_free(&step);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(an_output_may_be_what_a_variable_held) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 2, 3, 4, 5, 6);
    COMPILE(step, x, {
        GIVE(cornu_op_reshape(w, cornu_shape(6)));
        GIVE(cornu_op_stop_gradient(w));
        assert_ok(cornu_assign(w, cornu_op_negative(x)));
    });
    RUN(step);
    assert_values(output_of(&step, 0), 0, 1, 2, 3, 4, 5, 6);
    assert_values(output_of(&step, 1), 0, 1, 2, 3, 4, 5, 6);
    assert_values(w, 0, 0, -1, -2, -3, -4, -5);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(an_output_stays_when_variable_and_input_change_after_the_run) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 1, 1, 1, 1, 1);
    COMPILE(step, x, {
        assert_ok(cornu_assign(w, cornu_op_multiply(x, cornu_scalar(2))));
        GIVE(w);
        GIVE(x);
    });
    cornu_tensor *given = cornu_tensor_copy(ramp());
    assert_ok(cornu_plan_run_(step.state, &given));
    cornu_tensor_free(given);
    assert_ok(cornu_assign(w, ramp()));
    assert_values(output_of(&step, 0), 0, 0, 2, 4, 6, 8, 10);
    assert_values(output_of(&step, 1), 0, 0, 1, 2, 3, 4, 5);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

START_TEST(one_value_goes_to_two_variables) {
    cornu_tensor *a = variable_named("a", cornu_shape(2, 3), 0, 0, 0, 0, 0, 0),
                 *b = variable_named("b", cornu_shape(2, 3), 0, 0, 0, 0, 0, 0);
    COMPILE(step, x, {
        cornu_tensor *value = cornu_op_add(cornu_op_square(x), a);
        assert_ok(cornu_assign(a, value));
        assert_ok(cornu_assign(b, value));
    });
    RUN(step);
    RUN(step);
    assert_values(a, 0, 0, 2, 8, 18, 32, 50);
    assert_same(b, a, 0, 0);
    ck_assert_ptr_ne(cornu_tensor_data(a), cornu_tensor_data(b));
    compiled_free(&step);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(inputs_and_constants_are_assigned) {
    cornu_tensor *a = variable_named("a", cornu_shape(2, 3), 0, 0, 0, 0, 0, 0),
                 *b = variable_named("b", cornu_shape(2), 0, 0);
    COMPILE(step, x, {
        assert_ok(cornu_assign(a, x));
        assert_ok(cornu_assign(b, tensor_of(cornu_shape(2), 7, 8)));
    });
    RUN(step);
    assert_values(a, 0, 0, 1, 2, 3, 4, 5);
    assert_values(b, 0, 7, 8);
    assert_ok(cornu_assign(b, tensor_of(cornu_shape(2), 0, 0)));
    RUN(step);
    assert_values(b, 0, 7, 8);
    compiled_free(&step);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(a_view_of_a_variable_is_assigned_to_another) {
    cornu_tensor *a = variable_named("a", cornu_shape(2, 3), 1, 2, 3, 4, 5, 6),
                 *b = variable_named("b", cornu_shape(6), 0, 0, 0, 0, 0, 0);
    COMPILE(step, x, {
        cornu_tensor *flat = cornu_op_reshape(a, cornu_shape(6));
        assert_ok(cornu_assign(a, cornu_op_add(cornu_op_reshape(flat, cornu_shape(2, 3)), x)));
        assert_ok(cornu_assign(b, flat));
    });
    RUN(step);
    assert_values(a, 0, 1, 3, 5, 7, 9, 11);
    assert_values(b, 0, 1, 2, 3, 4, 5, 6);
    compiled_free(&step);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
}
END_TEST

START_TEST(a_holder_of_the_old_storage_keeps_the_old_value) {
    cornu_tensor *w = variable_named("w", cornu_shape(2, 3), 1, 1, 1, 1, 1, 1);
    COMPILE(step, x, assert_ok(cornu_assign_add(w, x)));
    cornu_tensor *held = cornu_op_reshape(w, cornu_shape(6));
    RUN(step);
    assert_values(held, 0, 1, 1, 1, 1, 1, 1);
    assert_values(w, 0, 1, 2, 3, 4, 5, 6);
    compiled_free(&step);
    cornu_tensor_free(w);
}
END_TEST

CORNU_TESTS(fuse) {
    TCase *tc = cornu_test_case(suite, "fuse");
    tcase_add_test(tc, a_chain_is_one_kernel);
    tcase_add_test(tc, one_kernel_has_several_results);
    tcase_add_test(tc, a_way_through_a_reduction_makes_no_cycle);
    tcase_add_test(tc, two_forks_that_need_each_other_by_turns_make_no_cycle);
    tcase_add_test(tc, a_conversion_that_rounds_goes_through_memory);
    tcase_add_test(tc, true_and_true_is_true);
    tcase_add_test(tc, a_long_chain_is_cut);
    tcase_add_test(tc, what_nobody_wants_is_not_computed_without_the_passes_either);
    tcase_add_test(tc, tensors_without_elements_need_no_kernel);
    tcase_add_test(tc, a_variable_is_updated_in_place);
    tcase_add_test(tc, a_moment_and_its_variable_are_updated_by_one_kernel);
    tcase_add_test(tc, a_variable_read_after_its_assignment_is_the_new_one);
    tcase_add_test(tc, the_old_value_is_read_by_a_kernel_that_comes_later);
    tcase_add_test(tc, two_variables_change_places);
    tcase_add_test(tc, two_variables_made_from_each_other_change_together);
    tcase_add_test(tc, an_output_may_be_what_a_variable_held);
    tcase_add_test(tc, an_output_stays_when_variable_and_input_change_after_the_run);
    tcase_add_test(tc, one_value_goes_to_two_variables);
    tcase_add_test(tc, inputs_and_constants_are_assigned);
    tcase_add_test(tc, a_view_of_a_variable_is_assigned_to_another);
    tcase_add_test(tc, a_holder_of_the_old_storage_keeps_the_old_value);
}
