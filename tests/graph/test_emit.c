/* cornu_emit_ with ops of this file's own, so that nothing but the door itself is under test. */
#include "backend/kernel.h"
#include "graph/op.h"
#include "support/failing_allocator.h"
#include "support/support.h"

static const cornu_op_class add = {
    .name = "add",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE,
    .code = CORNU_EW_ADD,
    .infer = cornu_infer_broadcast_,
};

static const cornu_op_class less = {
    .name = "less",
    .inputs = 2,
    .flags = CORNU_OP_ELEMENTWISE | CORNU_OP_NO_GRADIENT,
    .code = CORNU_EW_LESS,
    .infer = cornu_infer_predicate_,
};

static cornu_status flat_infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs, (void)n;
    out->dtype = inputs[0]->dtype;
    out->shape = cornu_shape(inputs[0]->size);
    return CORNU_OK;
}

static const cornu_op_class flat = {
    .name = "flat", .inputs = 1, .flags = CORNU_OP_VIEW, .infer = flat_infer};

static cornu_status iota_infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)inputs, (void)n;
    out->dtype = CORNU_FLOAT32;
    out->shape = cornu_shape(attrs->count);
    return CORNU_OK;
}

static cornu_status iota_describe(const cornu_node *node, cornu_kernel_request *request) {
    (void)node;
    request->desc.kind = CORNU_KERNEL_IOTA;
    request->desc.value[1] = 1;
    return CORNU_OK;
}

static const cornu_op_class iota = {
    .name = "iota", .inputs = 0, .infer = iota_infer, .describe = iota_describe};

/* Any number of vectors behind one another. */
static cornu_status join_infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)attrs;
    int64_t size = 0;
    for (int i = 0; i < n; i++) size += inputs[i]->size;
    out->dtype = inputs[0]->dtype;
    out->shape = cornu_shape(size);
    return CORNU_OK;
}

static cornu_status join_describe(const cornu_node *node, cornu_kernel_request *request) {
    int64_t offset = 0;
    for (int i = 0; i < node->input_count; i++) {
        cornu_move *move = &request->moves[i];
        move->rank = 1;
        move->dims[0] = node->inputs[i]->size;
        move->source_strides[0] = move->target_strides[0] = 1;
        move->target_offset = offset;
        offset += node->inputs[i]->size;
    }
    request->desc.kind = CORNU_KERNEL_MOVE;
    request->desc.moves = request->moves;
    return CORNU_OK;
}

static const cornu_op_class join = {
    .name = "join", .inputs = -1, .infer = join_infer, .describe = join_describe};

static cornu_tensor *own(cornu_tensor *tensor) {
    ck_assert_msg(tensor != NULL, "%s", cornu_error_message());
    return cornu_scope_add_(tensor);
}

static cornu_tensor *vector(int64_t size, const float *values) {
    return own(cornu_tensor_from(CORNU_FLOAT32, cornu_shape(size), values));
}

static cornu_tensor *emit2(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b) {
    return cornu_emit_(op, NULL, (cornu_tensor *[]){a, b}, 2);
}

START_TEST(operands_broadcast_from_the_right) {
    cornu_tensor *a = own(cornu_test_tensor(cornu_shape(2, 3), (float[]){1, 2, 3, 4, 5, 6}));
    cornu_tensor *row = vector(3, (float[]){10, 20, 30});
    cornu_tensor *column = own(cornu_test_tensor(cornu_shape(2, 1), (float[]){100, 200}));
    assert_values(emit2(&add, a, row), 0, 11, 22, 33, 14, 25, 36);
    assert_values(emit2(&add, column, a), 0, 101, 102, 103, 204, 205, 206);
    assert_values(emit2(&add, row, column), 0, 110, 120, 130, 210, 220, 230);
    assert_values(emit2(&add, cornu_scalar(1), row), 0, 11, 21, 31);
}
END_TEST

START_TEST(axes_that_no_operand_breaks_are_merged) {
    cornu_tensor *a = own(cornu_tensor_new(CORNU_FLOAT32, cornu_shape(2, 3, 4, 1, 5)));
    cornu_tensor *b = own(cornu_tensor_new(CORNU_FLOAT32, cornu_shape(4, 1, 5)));
    cornu_operand operands[3];
    cornu_kernel_request request = {.operands = operands};
    cornu_node node = {.op = &add, .input_count = 2, .inputs = (cornu_tensor *[]){a, b}, .out = a};
    assert_ok(cornu_describe_elementwise_(&node, &request));
    ck_assert_int_eq(operands[0].rank, 2);
    ck_assert_int_eq(operands[0].dims[0], 6);
    ck_assert_int_eq(operands[0].dims[1], 20);
    ck_assert_int_eq(operands[0].strides[0], 20);
    ck_assert_int_eq(operands[1].strides[0], 0);
    ck_assert_int_eq(operands[1].strides[1], 1);
    ck_assert_int_eq(request.desc.compute, CORNU_FLOAT32);
}
END_TEST

START_TEST(integers_are_compared_without_passing_through_floats) {
    const int64_t big = INT64_C(1) << 60;
    cornu_tensor *a = own(cornu_tensor_from(CORNU_INT64, cornu_shape(1), &big));
    cornu_tensor *b = own(cornu_tensor_from(CORNU_INT64, cornu_shape(1), &(int64_t){big + 1}));
    cornu_tensor *y = emit2(&less, a, b);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_BOOL);
    assert_values(y, 0, 1);
}
END_TEST

START_TEST(a_view_shares_its_buffer_and_has_an_identity_of_its_own) {
    cornu_tensor *a = own(cornu_test_tensor(cornu_shape(2, 2), (float[]){1, 2, 3, 4}));
    cornu_tensor *y = cornu_emit_(&flat, NULL, &a, 1);
    assert_shape(y, cornu_shape(4));
    ck_assert_ptr_eq(cornu_tensor_data(y), cornu_tensor_data(a));
    ck_assert_uint_ne(y->id, a->id);
}
END_TEST

START_TEST(empty_results_have_a_shape_and_no_elements) {
    cornu_tensor *a = own(cornu_tensor_new(CORNU_FLOAT32, cornu_shape(0, 3)));
    cornu_tensor *row = vector(3, (float[]){1, 2, 3});
    assert_shape(emit2(&add, a, row), cornu_shape(0, 3));
}
END_TEST

START_TEST(an_op_takes_more_inputs_than_fit_on_the_stack) {
    cornu_tensor *inputs[40];
    double expected[40];
    for (int i = 0; i < 40; i++) {
        inputs[i] = vector(1, (float[]){(float)i});
        expected[i] = i;
    }
    assert_close(cornu_emit_(&join, NULL, inputs, 40), expected, 40, 0, 0);
}
END_TEST

START_TEST(tensors_without_values_give_shapes_only) {
    cornu_tensor *a = own(cornu_tensor_abstract_(CORNU_FLOAT64, cornu_shape(2, 1)));
    cornu_tensor *row = vector(3, (float[]){1, 2, 3});
    cornu_tensor *y = emit2(&add, a, row);
    assert_shape(y, cornu_shape(2, 3));
    ck_assert(!cornu_tensor_has_data(y));
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT64);
}
END_TEST

START_TEST(unknown_sizes_are_refused) {
    cornu_tensor *a = own(cornu_tensor_abstract_(CORNU_FLOAT32, cornu_shape(-1, 3)));
    assert_fails(cornu_emit_(&flat, NULL, &a, 1), CORNU_EUNSUPPORTED, "flat: input 0 is symbolic");
}
END_TEST

START_TEST(abstract_tracing_computes_nothing_until_suspended) {
    const cornu_attrs attrs = {.count = 3};
    cornu_trace_abstract_begin_();
    cornu_tensor *traced = cornu_emit_(&iota, &attrs, NULL, 0);
    int depth = cornu_trace_abstract_suspend_();
    cornu_tensor *computed = cornu_emit_(&iota, &attrs, NULL, 0);
    cornu_trace_abstract_resume_(depth);
    cornu_tensor *again = cornu_emit_(&iota, &attrs, NULL, 0);
    cornu_trace_abstract_end_();
    assert_shape(traced, cornu_shape(3));
    ck_assert(!cornu_tensor_has_data(traced));
    ck_assert(!cornu_tensor_has_data(again));
    assert_values(computed, 0, 0, 1, 2);
    assert_values(cornu_emit_(&iota, &attrs, NULL, 0), 0, 0, 1, 2);
}
END_TEST

START_TEST(a_missing_input_passes_through_with_the_first_error) {
    cornu_tensor *a = vector(2, (float[]){1, 2}), *b = vector(3, (float[]){1, 2, 3});
    cornu_tensor *broken = emit2(&add, a, b);
    ck_assert_ptr_null(broken);
    assert_fails(
        emit2(&less, emit2(&less, broken, a), a), CORNU_ESHAPE, "add: shapes (2,) and (3,)"
    );
    assert_fails(emit2(&add, a, NULL), CORNU_EINVAL, "add: input 1 is NULL");
}
END_TEST

START_TEST(a_wrong_number_of_inputs_is_refused) {
    cornu_tensor *a = vector(2, (float[]){1, 2});
    assert_fails(cornu_emit_(&add, NULL, &a, 1), CORNU_EINVAL, "add: 1 inputs given, 2 needed");
    assert_fails(cornu_emit_(&join, NULL, NULL, 0), CORNU_EINVAL, "join: 0 inputs given");
}
END_TEST

START_TEST(axes_count_from_both_ends) {
    int axis;
    assert_ok(cornu_axis_resolve_(-1, 3, "axis", &axis));
    ck_assert_int_eq(axis, 2);
    assert_fails(
        cornu_axis_resolve_(3, 3, "axis", &axis), CORNU_EINVAL, "axis is 3, but a tensor of rank 3"
    );
    assert_fails(cornu_axis_resolve_(0, 0, "axis", &axis), CORNU_EINVAL, "a scalar has no axes");
}
END_TEST

/* ---- recorders ------------------------------------------------------------------------------- */
typedef struct counter {
    cornu_recorder recorder;
    int seen;
    cornu_node *last;
} counter;

static cornu_status count_node(cornu_recorder *recorder, const cornu_node *node) {
    counter *c = (counter *)recorder;
    c->seen++;
    cornu_node_free_(c->last);
    c->last = cornu_node_copy_(node);
    return c->last != NULL ? CORNU_OK : CORNU_ENOMEM;
}

START_TEST(every_recorder_that_is_not_paused_sees_each_op) {
    counter outer = {.recorder.record = count_node}, inner = {.recorder.record = count_node};
    cornu_tensor *a = vector(2, (float[]){1, 2});
    cornu_recorder_push_(&outer.recorder);
    cornu_recorder_push_(&inner.recorder);
    emit2(&add, a, a);
    outer.recorder.paused = true;
    emit2(&add, a, a);
    outer.recorder.paused = false;
    cornu_recorder_remove_(&outer.recorder); /* from below the other */
    emit2(&add, a, a);
    cornu_recorder_remove_(&inner.recorder);
    emit2(&add, a, a);
    ck_assert_int_eq(outer.seen, 1);
    ck_assert_int_eq(inner.seen, 3);
    cornu_node_free_(outer.last);
    cornu_node_free_(inner.last);
}
END_TEST

START_TEST(a_copied_node_keeps_the_values_that_were_read) {
    cornu_tensor *v = own(cornu_variable(vector(2, (float[]){1, 2})));
    counter c = {.recorder.record = count_node};
    cornu_recorder_push_(&c.recorder);
    emit2(&add, v, v);
    cornu_recorder_remove_(&c.recorder);
    assert_ok(cornu_assign(v, vector(2, (float[]){5, 6})));
    assert_values(c.last->inputs[0], 0, 1, 2);
    assert_values(v, 0, 5, 6);
    ck_assert_uint_eq(c.last->inputs[0]->id, v->id);
    ck_assert(!cornu_tensor_is_variable(c.last->inputs[0]));
    cornu_node_free_(c.last);
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------- */
static cornu_status emit_in_scope(void *user) {
    (void)user;
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return CORNU_ENOMEM;
    counter c = {.recorder.record = count_node};
    cornu_recorder_push_(&c.recorder);
    cornu_tensor *inputs[6];
    cornu_tensor *a = inputs[0] = cornu_scalar(1);
    for (int i = 1; i < 6; i++) a = inputs[i] = emit2(&add, a, a);
    cornu_tensor *y = cornu_emit_(&join, NULL, inputs, 6);
    cornu_recorder_remove_(&c.recorder);
    cornu_node_free_(c.last);
    cornu_scope_end(scope);
    return y != NULL ? CORNU_OK : cornu_error_status();
}

START_TEST(no_failing_allocation_leaks) {
    size_t runs;
    const char *wrong = cornu_test_every_failure(emit_in_scope, NULL, &runs);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_uint_gt(runs, 10);
}
END_TEST

CORNU_TESTS(emit) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "emit");
    tcase_add_test(tc, operands_broadcast_from_the_right);
    tcase_add_test(tc, axes_that_no_operand_breaks_are_merged);
    tcase_add_test(tc, integers_are_compared_without_passing_through_floats);
    tcase_add_test(tc, a_view_shares_its_buffer_and_has_an_identity_of_its_own);
    tcase_add_test(tc, empty_results_have_a_shape_and_no_elements);
    tcase_add_test(tc, an_op_takes_more_inputs_than_fit_on_the_stack);
    tcase_add_test(tc, tensors_without_values_give_shapes_only);
    tcase_add_test(tc, unknown_sizes_are_refused);
    tcase_add_test(tc, abstract_tracing_computes_nothing_until_suspended);
    tcase_add_test(tc, a_missing_input_passes_through_with_the_first_error);
    tcase_add_test(tc, a_wrong_number_of_inputs_is_refused);
    tcase_add_test(tc, axes_count_from_both_ends);
    tcase_add_test(tc, every_recorder_that_is_not_paused_sees_each_op);
    tcase_add_test(tc, a_copied_node_keeps_the_values_that_were_read);
    tcase_add_test(tc, no_failing_allocation_leaks);
}
