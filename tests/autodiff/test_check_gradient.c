/* The gradient check must find faults, or the tests that use it show nothing. */
#include "graph/op.h"
#include "support/support.h"
#include <cornu/tape.h>

#include <math.h>

static cornu_tensor *sample(cornu_dtype dtype) {
    cornu_tensor *x = cornu_tensor_new(dtype, cornu_shape(3));
    for (int i = 0; i < 3; i++) cornu_element_set_(dtype, cornu_tensor_data_mut(x), i, 0.5 + i);
    return cornu_scope_add_(x);
}

/* x^2, whose derivative is given with a factor in attrs.value[0]. */
static void scaled_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *factor = cornu_scalar_of(dy->dtype, 2 * node->attrs.value[0]);
    dx[0] = cornu_op_multiply(cornu_op_multiply(dy, node->inputs[0]), factor);
}

/* Right in the sum over elements, wrong in each: the gradient is turned by one place. */
static void turned_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    (void)node;
    dx[0] = cornu_op_flip(dy, cornu_axes(0));
}

/* Right to first order; the second derivative does not see the input. */
static void frozen_vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *x = cornu_op_stop_gradient(node->inputs[0]);
    dx[0] = cornu_op_multiply(dy, cornu_op_multiply(x, cornu_scalar_of(dy->dtype, 2)));
}

#define OP(op_code, op_vjp)                                                                        \
    {                                                                                              \
        .name = "faulty", .inputs = 1, .flags = CORNU_OP_ELEMENTWISE, .code = (op_code),           \
        .infer = cornu_infer_same_, .vjp = (op_vjp)                                                \
    }
static const cornu_op_class scaled = OP(CORNU_EW_SQUARE, scaled_vjp);
static const cornu_op_class turned = OP(CORNU_EW_COPY, turned_vjp);
static const cornu_op_class frozen = OP(CORNU_EW_SQUARE, frozen_vjp);

typedef struct faulty {
    const cornu_op_class *op;
    double factor;
} faulty;

static cornu_tensor *apply(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count;
    const faulty *f = user;
    const cornu_attrs attrs = {.value = {f->factor}};
    return cornu_emit_(f->op, &attrs, inputs, 1);
}

static cornu_status check(const cornu_op_class *op, double factor, int order, double *error) {
    faulty f = {op, factor};
    return cornu_check_gradient(
        apply, &f, cornu_tensors(sample(CORNU_FLOAT64)), order, 1e-6, error
    );
}

START_TEST(a_right_derivative_passes) {
    double error;
    assert_ok(check(&scaled, 1, 1, &error));
    ck_assert_double_lt(error, 1e-9);
    assert_ok(check(&scaled, 1, 2, &error));
    ck_assert_double_lt(error, 1e-9);
}
END_TEST

START_TEST(a_derivative_that_is_a_little_wrong_is_found) {
    double error;
    assert_fails(check(&scaled, 1.00001, 1, &error), CORNU_EINVAL, "input 0, element");
    ck_assert_double_gt(error, 5e-6);
    ck_assert_double_lt(error, 2e-5);
}
END_TEST

START_TEST(a_derivative_that_is_not_a_number_is_found) {
    double error;
    assert_fails(check(&scaled, NAN, 1, &error), CORNU_EINVAL, "nan");
    ck_assert(isnan(error));
}
END_TEST

START_TEST(errors_that_cancel_in_the_sum_are_found) {
    assert_fails(check(&turned, 1, 1, NULL), CORNU_EINVAL, "the derivative of order 1");
}
END_TEST

START_TEST(a_second_derivative_that_misses_its_input_is_found) {
    assert_ok(check(&frozen, 1, 1, NULL));
    assert_fails(check(&frozen, 1, 2, NULL), CORNU_EINVAL, "the derivative of order 2 is 0");
}
END_TEST

static cornu_tensor *mixed(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    return cornu_op_multiply(cornu_op_exp(inputs[0]), cornu_op_square(inputs[1]));
}

START_TEST(mixed_derivatives_of_two_inputs_are_checked) {
    cornu_tensor *a = sample(CORNU_FLOAT64), *b = cornu_scalar_of(CORNU_FLOAT64, 0.7);
    assert_ok(cornu_check_gradient(mixed, NULL, cornu_tensors(a, b), 1, 1e-8, NULL));
    assert_ok(cornu_check_gradient(mixed, NULL, cornu_tensors(a, b), 2, 1e-8, NULL));
}
END_TEST

static cornu_tensor *linear(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    return cornu_op_negative(inputs[0]);
}

START_TEST(a_linear_function_has_second_derivative_zero) {
    cornu_tensor *x = sample(CORNU_FLOAT64);
    assert_ok(cornu_check_gradient(linear, NULL, cornu_tensors(x), 2, 1e-8, NULL));
}
END_TEST

static cornu_tensor *failing(cornu_tensor *const *inputs, size_t count, void *user) {
    (void)count, (void)user;
    return cornu_op_reshape(inputs[0], cornu_shape(100));
}

START_TEST(arguments_are_checked) {
    cornu_tensor *x = sample(CORNU_FLOAT64), *narrow = sample(CORNU_FLOAT32);
    assert_fails(
        cornu_check_gradient(linear, NULL, cornu_tensors(narrow), 1, 1, NULL), CORNU_EDTYPE,
        "input 0 must be float64 with values, not float32"
    );
    assert_fails(
        cornu_check_gradient(linear, NULL, cornu_tensors(x), 0, 1, NULL), CORNU_EINVAL, "order is 0"
    );
    assert_fails(
        cornu_check_gradient(failing, NULL, cornu_tensors(x), 1, 1, NULL), CORNU_ESHAPE, "reshape"
    );
}
END_TEST

CORNU_TESTS(check_gradient) {
    TCase *tc = cornu_test_case(suite, "check_gradient");
    tcase_add_test(tc, a_right_derivative_passes);
    tcase_add_test(tc, a_derivative_that_is_a_little_wrong_is_found);
    tcase_add_test(tc, a_derivative_that_is_not_a_number_is_found);
    tcase_add_test(tc, errors_that_cancel_in_the_sum_are_found);
    tcase_add_test(tc, a_second_derivative_that_misses_its_input_is_found);
    tcase_add_test(tc, mixed_derivatives_of_two_inputs_are_checked);
    tcase_add_test(tc, a_linear_function_has_second_derivative_zero);
    tcase_add_test(tc, arguments_are_checked);
}
