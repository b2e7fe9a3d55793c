/* Models around a function of the user's own. */
#include <cornu/cornu.h>

#include "model/model.h"
#include "own_layers.h"
#include "support/support.h"

struct linear {
    cornu_tensor *w, *b;
    int freed;
};

static cornu_tensor *linear_call(void *user, cornu_tensor *x) {
    struct linear *m = user;
    return cornu_op_add(cornu_op_multiply(m->w, x), m->b);
}

static void linear_freed(void *user) { ((struct linear *)user)->freed++; }

START_TEST(variables_are_weights_of_the_model) {
    struct linear m = {
        .w = cornu_variable(cornu_scalar(5), .name = "w"),
        .b = cornu_variable(cornu_scalar(1), .name = "b", .trainable = false),
    };
    cornu_model *model =
        cornu_subclass(linear_call, &m, cornu_tensors(m.b, m.w), .free_user = linear_freed);
    assert_ok(model);
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    ck_assert_uint_eq(weights.count, 2);
    ck_assert_ptr_eq(weights.items[0], m.w); /* those that are trained first */
    ck_assert_uint_eq(cornu_layer_trainable_weights(cornu_model_layer(model)).count, 1);
    assert_values(cornu_call(model, cornu_scalar(3)), 1e-6, 16);
    cornu_tensor_free(m.w);
    cornu_tensor_free(m.b);
    assert_values(cornu_call(model, cornu_scalar(1)), 1e-6, 6); /* the model holds them */
    ck_assert_str_eq(cornu_model_name(model), "model");
    cornu_model_free(model);
    ck_assert_int_eq(m.freed, 1);
}
END_TEST

struct two_layers {
    cornu_layer *hidden, *out;
};

static cornu_status two_layers_call(
    void *user, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    struct two_layers *m = user;
    cornu_tensor *hidden = cornu_layer_call(m->hidden, cornu_tensors(inputs[0]), context->training);
    outputs[0] = cornu_layer_call(m->out, cornu_tensors(hidden), context->training);
    outputs[1] = hidden;
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

START_TEST(tracked_layers_are_built_named_and_trained) {
    struct two_layers m = {own_dense(3, 1), own_dense(1, 1)};
    cornu_model *model =
        cornu_subclass(NULL, &m, .call_many = two_layers_call, .output_count = 2, .name = "mine");
    assert_ok(cornu_model_track(model, "hidden", m.hidden));
    assert_ok(cornu_model_track(model, "out", m.out));
    assert_fails(
        cornu_model_track(model, "out", cornu_layer_flatten()), CORNU_EINVAL, "'out' already"
    );
    assert_ok(own_build(model, cornu_shape(-1, 2)));
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(model)).count, 4);
    ck_assert_str_eq(cornu_layer_name(m.out), "dense_1");
    ck_assert_ptr_eq(cornu_model_get_layer(model, "dense"), m.hidden);
    ck_assert_uint_eq(cornu_model_output_count(model), 2);
    ck_assert(own_shape_is(cornu_model_output_shape(model, 1), cornu_shape(-1, 3)));
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2), (const float[]){1, 2}), *y[2];
    assert_ok(cornu_model_run_(model, &x, NULL, y));
    assert_values(y[0], 1e-6, 13);
    assert_values(y[1], 1e-6, 4, 4, 4);
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_function_is_not_written_into_a_config) {
    cornu_tensor *w = cornu_variable(cornu_scalar(1));
    struct linear m = {.w = w, .b = w};
    cornu_model *model = cornu_subclass(linear_call, &m, cornu_tensors(w));
    assert_fails(cornu_model_to_json(model), CORNU_EUNSUPPORTED, "save its weights instead");
    cornu_model_free(model);
    cornu_tensor_free(w);
    assert_fails(cornu_subclass(NULL, &m), CORNU_EINVAL, "needs a function");
    assert_fails(
        cornu_subclass(linear_call, &m, cornu_tensors(cornu_scalar(1))), CORNU_EINVAL,
        "tensor 0 of the variables"
    );
}
END_TEST

CORNU_TESTS(subclass) {
    TCase *tc = cornu_test_case(suite, "subclass");
    tcase_add_test(tc, variables_are_weights_of_the_model);
    tcase_add_test(tc, tracked_layers_are_built_named_and_trained);
    tcase_add_test(tc, a_function_is_not_written_into_a_config);
}
