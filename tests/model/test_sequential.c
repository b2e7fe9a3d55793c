/* Sequential: building, names, numbers, and what it refuses. */
#include <cornu/cornu.h>

#include "model/model.h"
#include "own_layers.h"
#include "support/support.h"

static cornu_tensor *row(size_t count, const float *values) {
    return cornu_test_tensor(cornu_shape(1, (int64_t)count), values);
}

START_TEST(layers_run_one_after_another) {
    cornu_model *model = cornu_sequential(cornu_input(2), own_dense(3, 1), own_dense(1, 2));
    assert_ok(model);
    cornu_tensor *x = row(2, (const float[]){1, 2});
    cornu_tensor *y = cornu_call(model, x);
    assert_shape(y, cornu_shape(1, 1));
    assert_values(y, 1e-6, 26); /* hidden: 1 + 2 + 1 = 4 three times; 3 * 4 * 2 + 2 */
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(an_input_layer_builds_the_model_at_once) {
    cornu_model *model = cornu_sequential(
        cornu_input(28, 28, .name = "image"), cornu_layer_flatten(), cornu_layer_dense(10)
    );
    assert_ok(model);
    ck_assert_str_eq(cornu_model_name(model), "sequential");
    ck_assert_uint_eq(cornu_model_layer_count(model), 2);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(model)).count, 2);
    ck_assert(own_shape_is(cornu_model_input_shape(model, 0), cornu_shape(-1, 28, 28)));
    ck_assert(own_shape_is(cornu_model_output_shape(model, 0), cornu_shape(-1, 10)));
    ck_assert_str_eq(cornu_model_input_name(model, 0), "image");
    ck_assert_str_eq(cornu_model_output_name(model, 0), "dense");
    cornu_model_free(model);
}
END_TEST

START_TEST(without_an_input_layer_the_first_call_builds) {
    cornu_model *model = cornu_sequential(own_dense(3, 1), own_dense(1, 1));
    assert_ok(model);
    ck_assert_ptr_null(cornu_model_output_shape(model, 0));
    cornu_tensor *x = row(4, (const float[]){1, 1, 1, 1});
    assert_values(cornu_call(model, x), 1e-6, 16); /* hidden: 5 three times, plus 1 */
    ck_assert(own_shape_is(cornu_model_input_shape(model, 0), cornu_shape(-1, 4)));
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_model_can_be_built_for_a_shape) {
    cornu_model *model = cornu_sequential(cornu_layer_dense(3));
    assert_ok(own_build(model, cornu_shape(32, 5)));
    ck_assert(own_shape_is(cornu_model_output_shape(model, 0), cornu_shape(32, 3)));
    assert_ok(own_build(model, cornu_shape(-1, 5)));
    assert_fails(own_build(model, cornu_shape(-1, 6)), CORNU_ESHAPE, "(None, 6)");
    cornu_model_free(model);
}
END_TEST

START_TEST(layers_can_be_added_later) {
    cornu_model *model = cornu_sequential(cornu_input(2));
    assert_ok(cornu_sequential_add(model, own_dense(2, 1)));
    assert_ok(cornu_sequential_add(model, own_dense(1, 1)));
    ck_assert_str_eq(cornu_layer_name(cornu_model_layer_at(model, 1)), "dense_1");
    ck_assert(own_shape_is(cornu_model_output_shape(model, 0), cornu_shape(-1, 1)));
    assert_fails(cornu_sequential_add(model, cornu_layer_reshape(7)), CORNU_ESHAPE, "target_shape");
    ck_assert_uint_eq(cornu_model_layer_count(model), 2);
    cornu_tensor *x = row(2, (const float[]){1, 1});
    assert_values(cornu_call(model, x), 1e-6, 7); /* still works */
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(names_are_made_apart_from_names_given) {
    cornu_model *model = cornu_sequential(
        cornu_input(2), cornu_layer_dense(2), cornu_layer_dense(2, .name = "dense"),
        cornu_layer_dense(2), cornu_layer_leaky_relu()
    );
    assert_ok(model);
    const char *const names[] = {"dense_1", "dense", "dense_2", "leaky_re_lu"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(cornu_layer_name(cornu_model_layer_at(model, i)), names[i]);
    ck_assert_ptr_eq(cornu_model_get_layer(model, "dense"), cornu_model_layer_at(model, 1));
    assert_fails(cornu_model_get_layer(model, "dense_3"), CORNU_EUNKNOWN, "did you mean 'dense");
    cornu_model_free(model);
}
END_TEST

START_TEST(two_layers_of_one_name_are_refused) {
    assert_fails(
        cornu_sequential(
            cornu_input(2), cornu_layer_dense(2, .name = "h"), cornu_layer_flatten(.name = "h")
        ),
        CORNU_EINVAL, "the name 'h', a Dense and a Flatten"
    );
}
END_TEST

START_TEST(what_is_no_chain_is_refused) {
    assert_fails(
        cornu_sequential(cornu_layer_flatten(), cornu_input(2)), CORNU_EINVAL, "must be the first"
    );
    assert_fails(
        cornu_sequential(cornu_input(2), own(&own_pair_class)), CORNU_EINVAL, "has 2 outputs"
    );
    assert_fails(
        cornu_sequential(cornu_input(2), cornu_layer_dense(-3)), CORNU_EINVAL, "must be positive"
    );
    cornu_model *empty = cornu_sequential_new("empty", NULL, 0);
    assert_ok(empty);
    assert_fails(own_build(empty, cornu_shape(-1, 2)), CORNU_ESTATE, "without layers");
    cornu_model_free(empty);
}
END_TEST

START_TEST(inputs_are_cast_and_may_lack_a_last_axis_of_one) {
    cornu_model *model = cornu_sequential(cornu_input(1), own_dense(1, 2));
    cornu_tensor *x = cornu_tensor_from(CORNU_INT32, cornu_shape(3), (const int32_t[]){1, 2, 3});
    cornu_tensor *y = cornu_call(model, x);
    assert_shape(y, cornu_shape(3, 1));
    assert_values(y, 1e-6, 4, 6, 8);
    cornu_tensor_free(x);
    x = row(2, (const float[]){1, 2});
    assert_fails(cornu_call(model, x), CORNU_ESHAPE, "has the shape (1, 2), needed is (None, 1)");
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(a_model_inside_is_a_layer) {
    cornu_layer *layers[2];
    layers[0] = cornu_input(2);
    layers[1] = own_dense(2, 1);
    cornu_model *inner = cornu_sequential_new("inner", layers, 2);
    cornu_model *model = cornu_sequential(cornu_model_layer(inner), own_dense(1, 1));
    assert_ok(model); /* built: the first layer knows its input */
    cornu_tensor *x = row(2, (const float[]){1, 1});
    assert_values(cornu_call(model, x), 1e-6, 7);
    ck_assert_uint_eq(cornu_layer_weights(cornu_model_layer(model)).count, 4);
    ck_assert_int_eq(cornu_layer_parameter_count(cornu_model_layer(model)), 9);
    cornu_tensor_free(x);
    cornu_model_free(model);
}
END_TEST

START_TEST(masks_go_from_layer_to_layer_and_through_models) {
    cornu_tensor *x = row(3, (const float[]){5, 0, 7});
    cornu_model *model = cornu_sequential(
        cornu_input(3), own(&own_mask_class), cornu_layer_dropout(0.5), own(&own_fill_class)
    );
    assert_values(cornu_call(model, x), 0, 5, -1, 7);
    cornu_model_free(model);

    /* Flatten knows nothing of masks: none comes out */
    model = cornu_sequential(
        cornu_input(3), own(&own_mask_class), cornu_layer_flatten(), own(&own_fill_class)
    );
    assert_values(cornu_call(model, x), 0, 5, 0, 7);
    cornu_model_free(model);

    cornu_model *inner = cornu_sequential(cornu_input(3), own(&own_mask_class));
    model = cornu_sequential(cornu_model_layer(inner), own(&own_fill_class));
    assert_values(cornu_call(model, x), 0, 5, -1, 7);

    cornu_tensor *y, *mask;
    assert_ok(cornu_model_run_masked_(inner, &x, NULL, &y, &mask));
    assert_values(mask, 0, 1, 0, 1);
    cornu_model_free(model);
    cornu_tensor_free(x);
}
END_TEST

CORNU_TESTS(sequential) {
    TCase *tc = cornu_test_case(suite, "sequential");
    tcase_add_test(tc, layers_run_one_after_another);
    tcase_add_test(tc, an_input_layer_builds_the_model_at_once);
    tcase_add_test(tc, without_an_input_layer_the_first_call_builds);
    tcase_add_test(tc, a_model_can_be_built_for_a_shape);
    tcase_add_test(tc, layers_can_be_added_later);
    tcase_add_test(tc, names_are_made_apart_from_names_given);
    tcase_add_test(tc, two_layers_of_one_name_are_refused);
    tcase_add_test(tc, what_is_no_chain_is_refused);
    tcase_add_test(tc, inputs_are_cast_and_may_lack_a_last_axis_of_one);
    tcase_add_test(tc, a_model_inside_is_a_layer);
    tcase_add_test(tc, masks_go_from_layer_to_layer_and_through_models);
}
