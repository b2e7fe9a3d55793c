/* Functional models: graphs, sharing, nesting, several inputs and outputs. */
#include <cornu/cornu.h>

#include "model/model.h"
#include "own_layers.h"
#include "support/support.h"

static cornu_tensor *row(double a, double b) {
    return cornu_test_tensor(cornu_shape(1, 2), (const float[]){(float)a, (float)b});
}

START_TEST(a_symbolic_call_gives_a_shape_and_takes_the_layer) {
    cornu_tensor *x = cornu_input_tensor(6, 4);
    ck_assert(!cornu_tensor_has_data(x));
    cornu_tensor *y = cornu_call(cornu_layer_dense(3), x);
    assert_shape(y, cornu_shape(-1, 6, 3));
    assert_shape(cornu_call(cornu_layer_flatten(), y), cornu_shape(-1, 18));
    cornu_tensor *unknown = cornu_input_tensor(-1, 4);
    assert_shape(cornu_call(cornu_layer_dense(3), unknown), cornu_shape(-1, -1, 3));
    cornu_tensor *fixed = cornu_input_tensor(4, .batch_size = 7);
    assert_shape(cornu_call(cornu_layer_dense(3), fixed), cornu_shape(7, 3));
}
END_TEST

START_TEST(two_branches_meet) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *a = cornu_call(own_dense(2, 1), x), *b = cornu_call(own_dense(2, 2), x);
    cornu_tensor *y = cornu_call(own(&own_sum_class), a, b, x);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
    assert_ok(model);
    ck_assert_str_eq(cornu_model_name(model), "functional");
    cornu_tensor *value = row(1, 10);
    assert_values(cornu_call(model, value), 1e-6, 12 + 24 + 1, 12 + 24 + 10);
    cornu_tensor_free(value);
    cornu_model_free(model);
}
END_TEST

START_TEST(layers_stand_as_keras_orders_them) {
    cornu_tensor *x = cornu_input_tensor(2, .name = "x"), *z = cornu_input_tensor(2, .name = "z");
    cornu_tensor *h = cornu_call(cornu_layer_dense(2, .name = "h"), x);
    cornu_tensor *late = cornu_call(cornu_layer_dense(2, .name = "late"), z);
    cornu_tensor *k = cornu_call(cornu_layer_dense(2, .name = "k"), h);
    cornu_tensor *y = cornu_call(own(&own_sum_class), k, late);
    cornu_model *model = cornu_functional(cornu_tensors(z, x), cornu_tensors(y));
    /* x is three calls from the output, z two; among equals as met from the output */
    const char *const order[] = {"x", "h", "z", "k", "late", "sum"};
    ck_assert_uint_eq(cornu_model_layer_count(model), 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_str_eq(cornu_layer_name(cornu_model_layer_at(model, i)), order[i]);
    cornu_model_free(model);
}
END_TEST

START_TEST(names_follow_the_order_of_making) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *first = cornu_call(cornu_layer_dense(2), x);
    cornu_tensor *second = cornu_call(cornu_layer_dense(3), x);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(second, first));
    ck_assert_str_eq(cornu_model_output_name(model, 0), "dense_1");
    ck_assert_str_eq(cornu_model_output_name(model, 1), "dense");
    ck_assert(own_shape_is(cornu_model_output_shape(model, 0), cornu_shape(-1, 3)));
    cornu_model_free(model);
}
END_TEST

START_TEST(a_shared_layer_counts_once_and_gets_both_gradients) {
    cornu_tensor *a = cornu_input_tensor(2), *b = cornu_input_tensor(2);
    cornu_layer *shared = own_dense(1, 1);
    cornu_tensor *y = cornu_call(own(&own_sum_class), cornu_call(shared, a), cornu_call(shared, b));
    cornu_model *model = cornu_functional(cornu_tensors(a, b), cornu_tensors(y));
    assert_ok(model);
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    ck_assert_uint_eq(weights.count, 2);
    cornu_tensor *u = row(1, 2), *v = row(3, 4);
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *value = cornu_call(model, u, v), *gradients[2];
    assert_values(value, 1e-6, 12);
    assert_ok(cornu_tape_gradient(tape, value, weights, gradients));
    assert_values(gradients[0], 1e-6, 4, 6);
    assert_values(gradients[1], 1e-6, 2);
    cornu_tensor_free(u);
    cornu_tensor_free(v);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_nested_model_called_twice_is_one) {
    cornu_tensor *in = cornu_input_tensor(2);
    cornu_model *inner =
        cornu_functional(cornu_tensors(in), cornu_tensors(cornu_call(own_dense(2, 1), in)));
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *y = cornu_call(inner, cornu_call(inner, x));
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y), .name = "outer");
    assert_ok(model);
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    ck_assert_uint_eq(weights.count, 2);
    cornu_tensor *u = row(1, 2), *gradients[2];
    cornu_tape *tape = cornu_tape_begin();
    cornu_tensor *value = cornu_call(model, u);
    assert_values(value, 1e-6, 9, 9); /* 1 + 2 + 1 = 4, twice; 4 + 4 + 1 */
    assert_ok(cornu_tape_gradient(tape, value, weights, gradients));
    /* outer call: both rows of the kernel see 4; inner call: 2 from above, times the input */
    assert_values(gradients[0], 1e-6, 4 + 2, 4 + 2, 4 + 4, 4 + 4);
    assert_values(gradients[1], 1e-6, 1 + 2, 1 + 2);
    cornu_tensor_free(u);
    cornu_model_free(model);
}
END_TEST

START_TEST(an_input_may_be_an_output_and_an_output_may_come_twice) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *y = cornu_call(own_dense(1, 1), x);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(x, y, y));
    assert_ok(model);
    cornu_tensor *u = row(1, 2), *out[3];
    assert_ok(cornu_model_run_(model, &u, NULL, out));
    ck_assert_ptr_eq(out[0], u);
    assert_values(out[1], 1e-6, 4);
    ck_assert_ptr_eq(out[2], out[1]);
    cornu_tensor_free(u);
    cornu_model_free(model);
}
END_TEST

START_TEST(layers_with_two_outputs_feed_others) {
    cornu_tensor *x = cornu_input_tensor(2), *pair[2];
    cornu_layer *layer = own(&own_pair_class);
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), NULL, pair));
    cornu_tensor *y = cornu_call(own(&own_sum_class), pair[1], pair[0]);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y, pair[1]));
    assert_ok(model);
    cornu_tensor *u = row(1, 2), *out[2];
    assert_ok(cornu_model_run_(model, &u, NULL, out));
    assert_values(out[0], 1e-6, 3, 6);
    assert_values(out[1], 1e-6, 2, 4);
    cornu_tensor_free(u);
    cornu_model_free(model);
}
END_TEST

START_TEST(dicts_are_flattened_by_sorted_keys) {
    cornu_tensor *p = cornu_input_tensor(2, .name = "p"), *q = cornu_input_tensor(2, .name = "q");
    cornu_tensor *sum = cornu_call(own(&own_sum_class), p, q);
    cornu_model *model = cornu_functional(
        cornu_tensors(p, q), cornu_tensors(sum, p),
        .input_keys = (const char *const[]){"zeta", "alpha"},
        .output_keys = (const char *const[]){"total", "first"}
    );
    assert_ok(model);
    ck_assert_str_eq(cornu_model_input_name(model, 0), "q");
    ck_assert_str_eq(cornu_model_input_name(model, 1), "p");
    ck_assert_str_eq(cornu_model_output_name(model, 0), "p");
    ck_assert_str_eq(cornu_model_output_name(model, 1), "sum");
    cornu_model_free(model);
    assert_fails(
        cornu_functional(
            cornu_tensors(p, q), cornu_tensors(sum),
            .input_keys = (const char *const[]){"twice", "twice"}
        ),
        CORNU_EINVAL, "'twice' is given twice"
    );
}
END_TEST

START_TEST(an_inner_tensor_may_be_an_input) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_tensor *h = cornu_call(own_dense(2, 1), x);
    cornu_tensor *y = cornu_call(own_dense(1, 1), h);
    cornu_model *head = cornu_functional(cornu_tensors(h), cornu_tensors(y));
    assert_ok(head);
    ck_assert_str_eq(cornu_model_input_name(head, 0), "input_layer");
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(head)).count, 2);
    cornu_tensor *u = row(3, 4);
    assert_values(cornu_call(head, u), 1e-6, 8);
    cornu_tensor_free(u);
    cornu_model_free(head);
}
END_TEST

START_TEST(a_recorded_training_flag_holds_whatever_the_model_does) {
    cornu_tensor *x = cornu_input_tensor(2);
    cornu_layer *dropout = cornu_layer_dropout(0.999);
    cornu_tensor *y = cornu_layer_call(dropout, cornu_tensors(x), true);
    cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
    cornu_tensor *u = cornu_op_ones(cornu_shape(50, 2), CORNU_FLOAT32);
    cornu_tensor *dropped = cornu_call(model, u); /* not training */
    int zeros = 0;
    for (int64_t i = 0; i < 100; i++) zeros += cornu_tensor_get(dropped, i) == 0;
    ck_assert_int_gt(zeros, 50);
    cornu_model_free(model);
}
END_TEST

START_TEST(what_is_no_graph_is_refused) {
    cornu_tensor *x = cornu_input_tensor(2, .name = "x"), *z = cornu_input_tensor(2, .name = "z");
    cornu_tensor *y = cornu_call(own(&own_sum_class), x, z);
    assert_fails(
        cornu_functional(cornu_tensors(x), cornu_tensors(y)), CORNU_EINVAL,
        "depends on the input 'z'"
    );
    assert_fails(
        cornu_functional(cornu_tensors(x, x), cornu_tensors(y)), CORNU_EINVAL, "the same tensor"
    );
    assert_fails(
        cornu_functional(cornu_tensors(cornu_scalar(1)), cornu_tensors(y)), CORNU_EINVAL,
        "has values"
    );
    assert_fails(
        cornu_call(own(&own_sum_class), x, cornu_scalar(1)), CORNU_EUNSUPPORTED, "has values"
    );
    cornu_tensor *steps[3];
    cornu_recurrence of = {.x = x, .kernel = x, .recurrent_kernel = x, .bias = x, .h = x, .c = x};
    assert_fails(cornu_op_lstm(&of, steps), CORNU_EUNSUPPORTED, "input 0 is a symbolic tensor");
    assert_fails(cornu_call(cornu_layer_reshape(5), x), CORNU_ESHAPE, "layer Reshape");
    cornu_model *model = cornu_functional(cornu_tensors(x, z), cornu_tensors(y));
    cornu_tensor *u = row(1, 2);
    assert_fails(cornu_call(model, u), CORNU_EINVAL, "has 2 inputs, got 1");
    assert_fails(
        cornu_sequential_add(model, cornu_layer_flatten()), CORNU_ESTATE, "not to a Functional"
    );
    cornu_tensor_free(u);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_chain_of_thousands_needs_no_stack) {
    CORNU_SCOPE {
        cornu_tensor *x = cornu_input_tensor(1), *y = x;
        for (int i = 0; i < 3000; i++) y = cornu_call(cornu_layer_identity(), y);
        cornu_model *model = cornu_functional(cornu_tensors(x), cornu_tensors(y));
        assert_ok(model);
        ck_assert_str_eq(cornu_model_output_name(model, 0), "identity_2999");
        cornu_model_free(model);
    }
}
END_TEST

CORNU_TESTS(functional) {
    TCase *tc = cornu_test_case(suite, "functional");
    tcase_add_test(tc, a_symbolic_call_gives_a_shape_and_takes_the_layer);
    tcase_add_test(tc, two_branches_meet);
    tcase_add_test(tc, layers_stand_as_keras_orders_them);
    tcase_add_test(tc, names_follow_the_order_of_making);
    tcase_add_test(tc, a_shared_layer_counts_once_and_gets_both_gradients);
    tcase_add_test(tc, a_nested_model_called_twice_is_one);
    tcase_add_test(tc, an_input_may_be_an_output_and_an_output_may_come_twice);
    tcase_add_test(tc, layers_with_two_outputs_feed_others);
    tcase_add_test(tc, dicts_are_flattened_by_sorted_keys);
    tcase_add_test(tc, an_inner_tensor_may_be_an_input);
    tcase_add_test(tc, a_recorded_training_flag_holds_whatever_the_model_does);
    tcase_add_test(tc, what_is_no_graph_is_refused);
    tcase_add_test(tc, a_chain_of_thousands_needs_no_stack);
}
