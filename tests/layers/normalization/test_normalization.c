#include <cornu/cornu.h>
#include <string.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "BatchNormalization", .input = {2, {4, 3}}, .output = {2, {4, 3}},
            .weights = 4
    );
    check_layer(
            .class_name = "BatchNormalization",
            .config = "{\"axis\": 1, \"center\": false, \"renorm\": true, "
                      "\"renorm_clipping\": {\"rmax\": 3.0, \"rmin\": 0.5, \"dmax\": 2.0}}",
            .input = {3, {2, 3, 2}}, .output = {3, {2, 3, 2}}, .weights = 6
    );
    check_layer(
            .class_name = "LayerNormalization", .input = {3, {2, 3, 4}}, .output = {3, {2, 3, 4}},
            .weights = 2
    );
    check_layer(
            .class_name = "LayerNormalization", .config = "{\"axis\": [1, 2], \"scale\": false}",
            .input = {3, {2, 3, 2}}, .output = {3, {2, 3, 2}}, .weights = 1
    );
    check_layer(
            .class_name = "LayerNormalization", .config = "{\"rms_scaling\": true}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}, .weights = 1
    );
    check_layer(
            .class_name = "RMSNormalization", .input = {2, {2, 3}}, .output = {2, {2, 3}},
            .weights = 1
    );
    check_layer(
            .class_name = "GroupNormalization", .config = "{\"groups\": 2}",
            .input = {3, {2, 3, 4}}, .output = {3, {2, 3, 4}}, .weights = 2
    );
    check_layer(
            .class_name = "GroupNormalization", .config = "{\"groups\": -1, \"axis\": 1}",
            .input = {3, {2, 2, 3}}, .output = {3, {2, 2, 3}}, .weights = 2
    );
    check_layer(
            .class_name = "UnitNormalization", .config = "{\"axis\": [1, 2]}",
            .input = {3, {2, 2, 3}}, .output = {3, {2, 2, 3}}
    );
    check_layer(
            .class_name = "SpectralNormalization",
            .config = "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 2, "
                      "\"dtype\": \"float64\"}}}",
            .input = {2, {2, 3}}, .output = {2, {2, 2}}, .weights = 3
    );
}
END_TEST

/* [3, 1]: mean 2, variance 8/3 */
static cornu_tensor *column(void) {
    return cornu_op_reshape(cornu_op_arange(0, 6, 2, CORNU_FLOAT32), cornu_shape(3, 1));
}

START_TEST(batches_are_normalized_in_training_and_move_the_averages) {
    cornu_layer *layer = cornu_layer_batch_normalization(.momentum = 0.75, .epsilon = 0);
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(column()), true);
    assert_values(y, 1e-6, -1.2247449, 0, 1.2247449);
    cornu_tensor_list weights = cornu_layer_weights(layer);
    ck_assert_str_eq(cornu_variable_name(weights.items[2]), "moving_mean");
    assert_values(weights.items[2], 1e-6, 0.5);
    assert_values(weights.items[3], 1e-6, 0.75 + 0.25 * 8 / 3);
    y = cornu_layer_call(layer, cornu_tensors(column()), false);
    assert_values(y, 1e-5, -0.5 / 1.1902381, 1.5 / 1.1902381, 3.5 / 1.1902381);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_frozen_layer_normalizes_as_in_inference) {
    cornu_layer *layer = cornu_layer_batch_normalization(.epsilon = 0);
    assert_ok(cornu_layer_build(layer, &(cornu_shape){2, {-1, 1}}, 1));
    assert_ok(cornu_layer_set_trainable(layer, false));
    assert_values(cornu_layer_call(layer, cornu_tensors(column()), true), 1e-6, 0, 2, 4);
    assert_values(cornu_layer_weights(layer).items[2], 0, 0);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(masked_positions_do_not_count_in_statistics) {
    cornu_layer *layer = cornu_layer_batch_normalization(.momentum = 0, .epsilon = 0);
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 3, 1), (float[]){1, 3, 100}), *y;
    cornu_tensor *mask = cornu_tensor_from(CORNU_BOOL, cornu_shape(1, 3), (uint8_t[]){1, 1, 0});
    cornu_call_context context = {.training = true, .masks = &mask};
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), &context, &y));
    assert_values(cornu_layer_weights(layer).items[2], 1e-5, 2);
    assert_values(cornu_layer_weights(layer).items[3], 1e-5, 1);
    cornu_tensor_free(x);
    cornu_tensor_free(mask);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(renorm_normalizes_by_averages_within_its_limits) {
    cornu_layer *layer = cornu_layer_batch_normalization(
            .renorm = true, .renorm_rmax = 1, .renorm_rmin = 1, .renorm_dmax = 0,
            .renorm_momentum = 0.5, .epsilon = 0
    );
    /* limits that leave nothing to correct: as without renorm */
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(column()), true);
    assert_values(y, 1e-6, -1.2247449, 0, 1.2247449);
    cornu_tensor_list weights = cornu_layer_weights(layer);
    ck_assert_uint_eq(weights.count, 7);
    ck_assert_str_eq(cornu_variable_name(weights.items[5]), "renorm_mean");
    assert_values(weights.items[5], 1e-6, 1);
    assert_values(weights.items[6], 1e-6, 0.5 + 0.5 * 1.6329932);
    cornu_layer_free(layer);
    assert_fails(
        cornu_layer_batch_normalization(.renorm = true, .renorm_rmax = 1, .renorm_rmin = 2),
        CORNU_EINVAL, "rmax"
    );
}
END_TEST

START_TEST(a_kernel_gets_the_spectral_norm_one) {
    cornu_layer *layer = cornu_layer_spectral_normalization(
        cornu_layer_dense(2, .use_bias = false), .power_iterations = 50
    );
    cornu_tensor *x = cornu_op_eye(2, 2, 0, CORNU_FLOAT32);
    assert_ok(cornu_layer_build(layer, &(cornu_shape){2, {-1, 2}}, 1));
    cornu_tensor *kernel = cornu_test_tensor(cornu_shape(2, 2), (float[]){3, 0, 0, 1});
    ck_assert_uint_eq(cornu_layer_trainable_weights(layer).count, 1);
    assert_ok(cornu_assign(cornu_layer_weights(layer).items[0], kernel));
    assert_values(cornu_layer_call(layer, cornu_tensors(x), true), 1e-4, 1, 0, 0, 1.0 / 3);
    cornu_tensor_free(kernel);
    cornu_layer_free(layer);
    cornu_layer *without = cornu_layer_spectral_normalization(cornu_layer_relu());
    assert_fails(cornu_call(without, x), CORNU_EINVAL, "kernel");
    cornu_layer_free(without);
}
END_TEST

START_TEST(zero_has_no_length_and_stays_zero) {
    cornu_layer *layer = cornu_layer_unit_normalization();
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 2), (float[]){0, 0, 3, 4});
    assert_values(cornu_call(layer, x), 1e-6, 0, 0, 0.6, 0.8);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(axes_and_groups_that_do_not_fit_are_refused) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32);
    cornu_layer *groups = cornu_layer_group_normalization(.groups = 2);
    cornu_layer *axis = cornu_layer_layer_normalization(.axis = cornu_axes(3));
    assert_fails(cornu_call(groups, x), CORNU_EINVAL, "3 channels");
    assert_fails(cornu_call(axis, x), CORNU_ESHAPE, "no axis 3");
    assert_fails(cornu_layer_group_normalization(.groups = 0), CORNU_EINVAL, "groups");
    cornu_layer_free(groups);
    cornu_layer_free(axis);
}
END_TEST

START_TEST(weights_of_a_layer_normalization_have_its_axes_as_they_are_named) {
    cornu_layer *layer = cornu_layer_layer_normalization(.axis = cornu_axes(-1, 1));
    cornu_tensor *x = cornu_op_ones(cornu_shape(2, 3, 4), CORNU_FLOAT32);
    assert_shape(cornu_call(layer, x), cornu_shape(2, 3, 4));
    assert_shape(cornu_layer_weights(layer).items[0], cornu_shape(4, 3));
    char *config = cornu_layer_config_text(layer);
    ck_assert_ptr_nonnull(strstr(config, "\"axis\": [2, 1]"));
    cornu_free(config);
    cornu_layer_free(layer);
    layer = cornu_layer_layer_normalization(.axis = cornu_axes(1, -2));
    assert_fails(cornu_call(layer, x), CORNU_EINVAL, "named twice");
    cornu_layer_free(layer);
}
END_TEST

CORNU_TESTS(normalization) {
    TCase *tc = cornu_test_case(suite, "normalization");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, batches_are_normalized_in_training_and_move_the_averages);
    tcase_add_test(tc, a_frozen_layer_normalizes_as_in_inference);
    tcase_add_test(tc, masked_positions_do_not_count_in_statistics);
    tcase_add_test(tc, renorm_normalizes_by_averages_within_its_limits);
    tcase_add_test(tc, a_kernel_gets_the_spectral_norm_one);
    tcase_add_test(tc, zero_has_no_length_and_stays_zero);
    tcase_add_test(tc, axes_and_groups_that_do_not_fit_are_refused);
    tcase_add_test(tc, weights_of_a_layer_normalization_have_its_axes_as_they_are_named);
}
