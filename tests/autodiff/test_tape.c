/* What a tape records, and what it gives back. */
#include "graph/op.h"
#include "support/failing_allocator.h"
#include "support/support.h"
#include <cornu/tape.h>

static cornu_tensor *own(cornu_tensor *tensor) {
    ck_assert_msg(tensor != NULL, "%s", cornu_error_message());
    return cornu_scope_add_(tensor);
}

static cornu_tensor *vector(int64_t size, const float *values) {
    return own(cornu_tensor_from(CORNU_FLOAT32, cornu_shape(size), values));
}

static cornu_tensor *variable(double value) { return own(cornu_variable(cornu_scalar(value))); }

START_TEST(trainable_variables_are_watched_by_themselves) {
    cornu_tensor *v = variable(3);
    cornu_tensor *frozen = own(cornu_variable(cornu_scalar(2), .trainable = false));
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_multiply(cornu_op_square(v), frozen);
    cornu_tensor *gradients[2];
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v, frozen), gradients));
    assert_values(gradients[0], 1e-6, 12);
    ck_assert_ptr_null(gradients[1]);
}
END_TEST

START_TEST(watched_tensors_get_gradients) {
    cornu_tensor *x = vector(3, (float[]){1, 2, 3}), *other = vector(3, (float[]){4, 5, 6});
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = cornu_op_sum(cornu_op_multiply(x, other));
    cornu_tensor *gradients[2];
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x, other), gradients));
    assert_values(gradients[0], 1e-6, 4, 5, 6);
    ck_assert_ptr_null(gradients[1]); /* not watched */
}
END_TEST

START_TEST(gradients_of_several_paths_add_up) {
    cornu_tensor *v = variable(2);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *square = cornu_op_multiply(v, v);
    cornu_tensor *y = cornu_op_add(cornu_op_multiply(square, v), square); /* v^3 + v^2 */
    cornu_tensor *gradient;
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 16);
}
END_TEST

START_TEST(a_target_of_several_elements_is_summed) {
    cornu_tensor *v = variable(2), *x = vector(3, (float[]){1, 2, 3});
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *gradient;
    assert_ok(cornu_tape_gradient(tape, cornu_op_multiply(v, x), cornu_tensors(v), &gradient));
    assert_shape(gradient, cornu_shape());
    assert_values(gradient, 1e-6, 6);
}
END_TEST

START_TEST(upstream_gradients_weight_their_targets) {
    cornu_tensor *v = variable(2), *x = vector(2, (float[]){1, 3});
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *a = cornu_op_multiply(v, x), *b = cornu_op_square(v);
    cornu_tensor *upstream[] = {vector(2, (float[]){10, 100}), NULL};
    cornu_tensor *gradient;
    assert_ok(
        cornu_tape_gradient_of(tape, cornu_tensors(a, b), upstream, cornu_tensors(v), &gradient)
    );
    assert_values(gradient, 1e-6, 10 + 300 + 4);
}
END_TEST

START_TEST(upstream_gradients_must_fit_their_targets) {
    cornu_tensor *v = variable(2);
    cornu_tape *tape = cornu_tape_begin(.persistent = true);
    cornu_tensor *y = cornu_op_square(v), *gradient;
    cornu_tensor *wrong = vector(2, (float[]){1, 1}), *wide = cornu_scalar_of(CORNU_FLOAT64, 1);
    assert_fails(
        cornu_tape_gradient_of(tape, cornu_tensors(y), &wrong, cornu_tensors(v), &gradient),
        CORNU_ESHAPE, "target 0 has shape (), its upstream gradient (2,)"
    );
    assert_fails(
        cornu_tape_gradient_of(tape, cornu_tensors(y), &wide, cornu_tensors(v), &gradient),
        CORNU_EDTYPE, "its upstream gradient of type float64"
    );
}
END_TEST

START_TEST(targets_and_intermediate_results_may_be_sources) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *square = cornu_op_square(v);
    cornu_tensor *y = cornu_op_multiply(square, square);
    cornu_tensor *g[4];
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v, square, y, v), g));
    assert_values(g[0], 1e-6, 108); /* 4 v^3 */
    assert_values(g[1], 1e-6, 18);
    assert_values(g[2], 0, 1);
    assert_values(g[3], 1e-6, 108); /* asked for twice */
}
END_TEST

START_TEST(what_the_target_does_not_depend_on_has_no_gradient) {
    cornu_tensor *v = variable(3), *other = variable(4);
    cornu_tape *tape = cornu_tape_begin();
    cornu_op_square(other);
    cornu_tensor *gradients[2];
    assert_ok(cornu_tape_gradient(tape, cornu_op_square(v), cornu_tensors(v, other), gradients));
    ck_assert_ptr_nonnull(gradients[0]);
    ck_assert_ptr_null(gradients[1]);
}
END_TEST

START_TEST(stop_gradient_stops_the_gradient) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_multiply(v, cornu_op_stop_gradient(v)), *gradient;
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 3);
}
END_TEST

START_TEST(an_assignment_does_not_change_what_was_recorded) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_square(v);
    assert_ok(cornu_assign(v, cornu_scalar(100)));
    cornu_tensor *gradient;
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 6);
    assert_values(v, 0, 100);
}
END_TEST

START_TEST(reads_before_and_after_an_assignment_both_count) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *before = cornu_op_square(v);
    assert_ok(cornu_assign(v, cornu_scalar(10)));
    cornu_tensor *y = cornu_op_add(before, cornu_op_square(v)), *gradient;
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 26);
}
END_TEST

START_TEST(a_tape_gives_one_gradient) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_square(v), *gradient;
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_fails(
        cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient), CORNU_ESTATE, "persistent"
    );
    ck_assert_ptr_null(gradient);
    assert_fails(cornu_tape_watch(tape, v), CORNU_ESTATE, "gave its gradient");
}
END_TEST

START_TEST(a_persistent_tape_gives_many) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin(.persistent = true);
    cornu_tensor *square = cornu_op_square(v), *gradient;
    assert_ok(cornu_tape_gradient(tape, square, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 6);
    cornu_tensor *y = cornu_op_multiply(square, v); /* still recording */
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 27);
    assert_ok(cornu_tape_gradient(tape, square, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 6);
}
END_TEST

START_TEST(a_stopped_tape_keeps_what_it_has_and_sees_no_more) {
    cornu_tensor *v = variable(3);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_square(v);
    cornu_tape_stop(tape);
    cornu_tape_stop(tape);
    cornu_tensor *later = cornu_op_square(v), *gradient;
    cornu_tensor *targets[] = {y, later};
    assert_ok(cornu_tape_gradient_of(
        tape, (cornu_tensor_list){targets, 2}, NULL, cornu_tensors(v), &gradient
    ));
    assert_values(gradient, 1e-6, 6);
}
END_TEST

START_TEST(tapes_nest) {
    cornu_tensor *v = variable(2);
    cornu_tape *outer = cornu_tape_begin();
    cornu_tape *inner = cornu_tape_begin();
    cornu_tensor *y = cornu_op_multiply(cornu_op_square(v), v), *first, *second;
    assert_ok(cornu_tape_gradient(inner, y, cornu_tensors(v), &first));
    assert_values(first, 1e-6, 12);
    assert_ok(cornu_tape_gradient(outer, first, cornu_tensors(v), &second));
    assert_values(second, 1e-6, 12); /* 6 v */
}
END_TEST

START_TEST(three_tapes_nest) {
    cornu_tensor *v = variable(2), *g = v;
    cornu_tape *tapes[3];
    for (int i = 0; i < 3; i++) tapes[i] = cornu_tape_begin();
    g = cornu_op_square(cornu_op_square(v));
    for (int i = 2; i >= 0; i--) assert_ok(cornu_tape_gradient(tapes[i], g, cornu_tensors(v), &g));
    assert_values(g, 1e-6, 48); /* 24 v */
}
END_TEST

START_TEST(gradients_belong_to_the_scope_of_the_caller) {
    cornu_tensor *v = variable(3), *gradient = NULL;
    CORNU_SCOPE {
        cornu_tape *tape = cornu_tape_begin();
        cornu_tensor *y = cornu_op_square(v);
        assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
        cornu_keep(gradient);
    }
    assert_values(gradient, 1e-6, 6);
}
END_TEST

START_TEST(integers_have_no_gradient) {
    const int32_t three = 3;
    cornu_tensor *n = own(cornu_tensor_from(CORNU_INT32, cornu_shape(), &three));
    cornu_tensor *v = variable(2), *gradient;
    cornu_tape *tape = cornu_tape_begin(.persistent = true);
    assert_fails(cornu_tape_watch(tape, n), CORNU_EDTYPE, "not of int32");
    cornu_tensor *y = cornu_op_multiply(v, n);
    assert_fails(
        cornu_tape_gradient(tape, y, cornu_tensors(n), &gradient), CORNU_EDTYPE,
        "source 0 is of type int32"
    );
    assert_fails(
        cornu_tape_gradient(tape, n, cornu_tensors(v), &gradient), CORNU_EDTYPE,
        "target 0 is of type int32"
    );
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 3);
}
END_TEST

START_TEST(a_failed_forward_pass_keeps_its_error) {
    cornu_tensor *v = variable(2), *gradient;
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_add(vector(2, (float[]){1, 2}), vector(3, (float[]){1, 2, 3}));
    assert_fails(
        cornu_tape_gradient(tape, cornu_op_multiply(y, v), cornu_tensors(v), &gradient),
        CORNU_ESHAPE, "cornu_tape_gradient: add: shapes (2,) and (3,)"
    );
    assert_fails(cornu_tape_gradient(NULL, v, cornu_tensors(v), &gradient), CORNU_EINVAL, "tape");
}
END_TEST

START_TEST(an_old_error_does_not_spoil_a_gradient) {
    cornu_tensor *v = variable(2), *gradient;
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_op_square(v);
    ck_assert_ptr_null(cornu_op_reshape(vector(2, (float[]){1, 2}), cornu_shape(3)));
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    assert_values(gradient, 1e-6, 4);
}
END_TEST

/* ---- ops with faults ------------------------------------------------------------------------- */
static void wrong_shape_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    (void)node;
    dx[0] = cornu_op_sum(dy);
}

static void failing_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    (void)node;
    dx[0] = cornu_op_reshape(dy, cornu_shape(7));
}

static const cornu_op_class without_vjp = {
    .name = "opaque",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_COPY,
    .infer = cornu_infer_same_,
};
static const cornu_op_class with_wrong_shape = {
    .name = "crooked",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_COPY,
    .infer = cornu_infer_same_,
    .vjp = wrong_shape_vjp,
};
static const cornu_op_class with_failure = {
    .name = "broken",
    .inputs = 1,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_COPY,
    .infer = cornu_infer_same_,
    .vjp = failing_vjp,
};

static cornu_status gradient_through(const cornu_op_class *op) {
    cornu_tensor *x = vector(2, (float[]){1, 2}), *gradient;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = cornu_emit_(op, NULL, &x, 1);
    return cornu_tape_gradient(tape, y, cornu_tensors(x), &gradient);
}

START_TEST(an_op_without_derivative_is_named) {
    assert_fails(
        gradient_through(&without_vjp), CORNU_EUNSUPPORTED, "gradient of opaque: the op has no"
    );
}
END_TEST

START_TEST(a_gradient_of_the_wrong_shape_is_found) {
    assert_fails(
        gradient_through(&with_wrong_shape), CORNU_ESHAPE,
        "gradient of crooked: input 0 has shape (2,), but its gradient ()"
    );
}
END_TEST

START_TEST(a_failure_inside_a_derivative_comes_out) {
    assert_fails(gradient_through(&with_failure), CORNU_ESHAPE, "gradient of broken: reshape");
}
END_TEST

static uint64_t skipped;

static void noting_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    skipped = node->skip;
    dx[0] = dx[1] = dy; /* what nobody asked for is not looked at, either */
}

static const cornu_op_class noting = {
    .name = "noting",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_ADD,
    .infer = cornu_infer_broadcast_,
    .vjp = noting_vjp,
};

START_TEST(a_derivative_learns_which_gradients_are_asked_for) {
    cornu_tensor *v = variable(2), *x = vector(1, (float[]){1}), *gradient;
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *y = cornu_emit_(
        &noting, NULL, (cornu_tensor *[]){cornu_op_exp(x), cornu_op_reshape(v, cornu_shape(1))}, 2
    );
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(v), &gradient));
    ck_assert_uint_eq(skipped, 1);
    assert_values(gradient, 0, 1);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------- */
static cornu_status train_step(void *user) {
    cornu_tensor *v = user;
    cornu_status status = CORNU_ENOMEM;
    CORNU_SCOPE {
        cornu_tape *outer = cornu_tape_begin();
        if (outer == NULL) break;
        cornu_tape *inner = cornu_tape_begin();
        if (inner == NULL) break;
        cornu_tensor *y = cornu_op_sum(cornu_op_square(cornu_op_exp(v))), *first[1], *second[1];
        status = cornu_tape_gradient(inner, y, cornu_tensors(v), first);
        if (status == CORNU_OK)
            status = cornu_tape_gradient(outer, first[0], cornu_tensors(v), second);
    }
    return status;
}

START_TEST(no_failing_allocation_leaks) {
    size_t runs;
    const char *wrong = cornu_test_every_failure(train_step, variable(0.5), &runs);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_uint_gt(runs, 50);
}
END_TEST

START_TEST(a_scope_that_ends_takes_its_tape_along) {
    cornu_tensor *v = variable(2);
    size_t before = 0;
    for (int i = 0; i < 3; i++) {
        if (i == 1) /* the first round fills the caches */
            before = cornu_test_allocator_live();
        CORNU_SCOPE {
            cornu_tape_begin();
            cornu_op_square(v);
        }
        cornu_scope *scope = cornu_scope_begin();
        cornu_op_square(v); /* no recorder is left behind to see it */
        cornu_scope_end(scope);
    }
    ck_assert_uint_eq(cornu_test_allocator_live(), before);
}
END_TEST

CORNU_TESTS(tape) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "tape");
    tcase_add_test(tc, trainable_variables_are_watched_by_themselves);
    tcase_add_test(tc, watched_tensors_get_gradients);
    tcase_add_test(tc, gradients_of_several_paths_add_up);
    tcase_add_test(tc, a_target_of_several_elements_is_summed);
    tcase_add_test(tc, upstream_gradients_weight_their_targets);
    tcase_add_test(tc, upstream_gradients_must_fit_their_targets);
    tcase_add_test(tc, targets_and_intermediate_results_may_be_sources);
    tcase_add_test(tc, what_the_target_does_not_depend_on_has_no_gradient);
    tcase_add_test(tc, stop_gradient_stops_the_gradient);
    tcase_add_test(tc, an_assignment_does_not_change_what_was_recorded);
    tcase_add_test(tc, reads_before_and_after_an_assignment_both_count);
    tcase_add_test(tc, a_tape_gives_one_gradient);
    tcase_add_test(tc, a_persistent_tape_gives_many);
    tcase_add_test(tc, a_stopped_tape_keeps_what_it_has_and_sees_no_more);
    tcase_add_test(tc, tapes_nest);
    tcase_add_test(tc, three_tapes_nest);
    tcase_add_test(tc, gradients_belong_to_the_scope_of_the_caller);
    tcase_add_test(tc, integers_have_no_gradient);
    tcase_add_test(tc, a_failed_forward_pass_keeps_its_error);
    tcase_add_test(tc, an_old_error_does_not_spoil_a_gradient);
    tcase_add_test(tc, an_op_without_derivative_is_named);
    tcase_add_test(tc, a_gradient_of_the_wrong_shape_is_found);
    tcase_add_test(tc, a_failure_inside_a_derivative_comes_out);
    tcase_add_test(tc, a_derivative_learns_which_gradients_are_asked_for);
    tcase_add_test(tc, no_failing_allocation_leaks);
    tcase_add_test(tc, a_scope_that_ends_takes_its_tape_along);
}
