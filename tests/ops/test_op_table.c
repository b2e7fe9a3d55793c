/* One harness for every op of the table, on the op's own samples: the shape rule tells the truth,
 * gradients agree with finite differences, backends agree with each other. A new op is tested by
 * being there. */
#include "backend/kernel.h"
#include "graph/op.h"
#include "support/support.h"
#include <cornu/tape.h>

#include <string.h>

typedef struct sample {
    const cornu_op_class *op;
    int index;
    cornu_attrs attrs;
    int count;
    cornu_tensor *inputs[CORNU_SAMPLE_INPUTS];
} sample;

static bool get_sample(const cornu_op_class *op, int index, sample *s) {
    *s = (sample){.op = op, .index = index};
    if (op->samples == NULL || !op->samples(index, &s->attrs, s->inputs, &s->count)) return false;
    for (int i = 0; i < s->count; i++)
        ck_assert_msg(
            s->inputs[i] != NULL, "%s, sample %d: %s", op->name, index, cornu_error_message()
        );
    return true;
}

static cornu_tensor *emit(const sample *s) {
    cornu_tensor *y = cornu_emit_(s->op, &s->attrs, s->inputs, s->count);
    ck_assert_msg(y != NULL, "%s, sample %d: %s", s->op->name, s->index, cornu_error_message());
    return y;
}

START_TEST(every_op_has_samples_and_a_derivative_or_a_reason) {
    const cornu_op_class *op = cornu_op_table_[_i];
    sample s;
    ck_assert_msg(get_sample(op, 0, &s), "%s has no samples", op->name);
    ck_assert_msg(
        op->vjp != NULL || (op->flags & CORNU_OP_NO_GRADIENT) != 0,
        "%s has neither a derivative nor CORNU_OP_NO_GRADIENT", op->name
    );
}
END_TEST

START_TEST(every_result_is_what_the_shape_rule_says) {
    const cornu_op_class *op = cornu_op_table_[_i];
    sample s;
    for (int index = 0; get_sample(op, index, &s); index++) {
        cornu_attrs attrs = s.attrs;
        cornu_spec spec;
        assert_ok(op->infer(&attrs, s.inputs, s.count, &spec));
        cornu_tensor *y = emit(&s);
        ck_assert_msg(
            y->dtype == spec.dtype && cornu_shape_equal(&y->shape, &spec.shape),
            "%s, sample %d: the result is not as inferred", op->name, index
        );
        ck_assert(cornu_tensor_has_data(y));
    }
}
END_TEST

START_TEST(every_op_on_tensors_without_values_gives_the_same_shape) {
    const cornu_op_class *op = cornu_op_table_[_i];
    sample s;
    for (int index = 0; get_sample(op, index, &s); index++) {
        cornu_tensor *y = emit(&s);
        for (int i = 0; i < s.count; i++)
            s.inputs[i] =
                cornu_scope_add_(cornu_tensor_abstract_(s.inputs[i]->dtype, s.inputs[i]->shape));
        cornu_trace_abstract_begin_(); /* for ops without inputs */
        cornu_tensor *traced = emit(&s);
        cornu_trace_abstract_end_();
        ck_assert(!cornu_tensor_has_data(traced));
        ck_assert_int_eq(traced->dtype, y->dtype);
        assert_shape(traced, y->shape);
    }
}
END_TEST

/* ---- gradients ------------------------------------------------------------------------------- */
/* The op as a function of its float64 inputs. */
static cornu_tensor *apply(cornu_tensor *const *inputs, size_t count, void *user) {
    const sample *s = user;
    cornu_tensor *all[CORNU_SAMPLE_INPUTS];
    size_t next = 0;
    for (int i = 0; i < s->count; i++)
        all[i] = s->inputs[i]->dtype == CORNU_FLOAT64 ? inputs[next++] : s->inputs[i];
    ck_assert_uint_eq(next, count);
    return cornu_emit_(s->op, &s->attrs, all, s->count);
}

/* Compares on every sample that has something to differentiate; at least one must. */
static void check_gradients(const cornu_op_class *op, int order, double tolerance) {
    int checked = 0;
    sample s;
    for (int index = 0; get_sample(op, index, &s); index++) {
        cornu_tensor *inputs[CORNU_SAMPLE_INPUTS];
        size_t count = 0;
        for (int i = 0; i < s.count; i++)
            if (s.inputs[i]->dtype == CORNU_FLOAT64) inputs[count++] = s.inputs[i];
        /* a narrower result hides the small differences */
        if (count == 0 || emit(&s)->dtype != CORNU_FLOAT64) continue;
        cornu_tensor_list list = {inputs, count};
        cornu_status status = cornu_check_gradient(apply, &s, list, order, tolerance, NULL);
        ck_assert_msg(
            status == CORNU_OK, "%s, sample %d: %s", op->name, index, cornu_error_message()
        );
        checked++;
    }
    ck_assert_msg(checked > 0, "%s has no sample of type float64", op->name);
}

START_TEST(every_gradient_matches_finite_differences) {
    const cornu_op_class *op = cornu_op_table_[_i];
    if (op->flags & CORNU_OP_NO_GRADIENT) return;
    /* central differences in float64 are good to about 1e-10 of the third derivative */
    check_gradients(op, 1, 1e-6);
}
END_TEST

START_TEST(every_second_derivative_matches_finite_differences) {
    const cornu_op_class *op = cornu_op_table_[_i];
    if (!(op->flags & CORNU_OP_SMOOTH)) return;
    check_gradients(op, 2, 1e-6);
}
END_TEST

/* ---- backends -------------------------------------------------------------------------------- */
static void compare_backends(const sample *s, double rtol, double atol) {
    cornu_backend_use_(&cornu_backend_reference_);
    cornu_tensor *expected = emit(s);
    cornu_backend_use_(&cornu_backend_cpu_);
    cornu_tensor *actual = emit(s);
    cornu_backend_use_(NULL);
    ck_assert_int_eq(actual->dtype, expected->dtype);
    const char *wrong = cornu_test_same_(actual, expected, rtol, atol);
    ck_assert_msg(wrong == NULL, "%s, sample %d: %s", s->op->name, s->index, wrong);
}

START_TEST(backends_agree_in_float64) {
    const cornu_op_class *op = cornu_op_table_[_i];
    sample s;
    /* sums in another order: some units in the last place */
    for (int index = 0; get_sample(op, index, &s); index++) compare_backends(&s, 1e-12, 1e-13);
}
END_TEST

START_TEST(backends_agree_in_float32) {
    const cornu_op_class *op = cornu_op_table_[_i];
    sample s;
    for (int index = 0; get_sample(op, index, &s); index++) {
        for (int i = 0; i < s.count; i++)
            if (s.inputs[i]->dtype == CORNU_FLOAT64)
                s.inputs[i] = cornu_scope_add_(cornu_tensor_converted_(s.inputs[i], CORNU_FLOAT32));
        /* vectorised functions are good to a few units in the last place (6e-8), and sums in
         * another order lose as much again; near zero what counts is the size of what was added */
        compare_backends(&s, 1e-5, 1e-6);
    }
}
END_TEST

START_TEST(names_of_ops_are_unique) {
    for (size_t i = 0; i < cornu_op_table_count_; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(cornu_op_table_[i]->name, cornu_op_table_[k]->name);
}
END_TEST

CORNU_TESTS(op_table) {
    TCase *tc = cornu_test_case(suite, "op_table");
    int count = (int)cornu_op_table_count_;
    tcase_add_test(tc, names_of_ops_are_unique);
    tcase_add_loop_test(tc, every_op_has_samples_and_a_derivative_or_a_reason, 0, count);
    tcase_add_loop_test(tc, every_result_is_what_the_shape_rule_says, 0, count);
    tcase_add_loop_test(tc, every_op_on_tensors_without_values_gives_the_same_shape, 0, count);
    tcase_add_loop_test(tc, every_gradient_matches_finite_differences, 0, count);
    tcase_add_loop_test(tc, every_second_derivative_matches_finite_differences, 0, count);
    tcase_add_loop_test(tc, backends_agree_in_float64, 0, count);
    tcase_add_loop_test(tc, backends_agree_in_float32, 0, count);
}
