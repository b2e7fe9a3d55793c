/* Layers of keras.applications: what they compute, and what Keras finds them under in a file. */
#include <cornu/cornu.h>
#include <string.h>

#include "support/support.h"

static cornu_tensor *ones(int64_t batch) {
    return cornu_op_ones(cornu_shape(batch, 2), CORNU_FLOAT32);
}

START_TEST(a_layer_scale_begins_as_init_values) {
    cornu_layer *layer = cornu_layer_layer_scale(0.25, 2);
    assert_values(cornu_call(layer, ones(2)), 1e-6, 0.25, 0.25, 0.25, 0.25);
    ck_assert_uint_eq(cornu_layer_trainable_weights(layer).count, 1);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(stochastic_depth_leaves_out_whole_samples) {
    cornu_layer *layer = cornu_layer_stochastic_depth(0.5);
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(ones(64)), true);
    int kept = 0;
    for (int64_t i = 0; i < 64; i++) {
        double value = cornu_tensor_get(y, 2 * i);
        ck_assert(value == 0 || value == 2);
        ck_assert_double_eq(cornu_tensor_get(y, 2 * i + 1), value);
        if (value > 0) kept++;
    }
    ck_assert(kept > 8 && kept < 56);
    assert_values(cornu_call(layer, ones(1)), 0, 1, 1);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_custom_scale_layer_scales_the_second_input) {
    cornu_layer *layer = cornu_layer_custom_scale_layer(0.25);
    assert_values(cornu_call(layer, ones(1), ones(1)), 1e-6, 1.25, 1.25);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(files_name_keras_own_module) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_layer_scale(0.5, 2));
    char *json = cornu_model_to_json(model);
    ck_assert_ptr_nonnull(strstr(json, "\"module\": \"keras.src.applications.convnext\""));
    ck_assert_ptr_nonnull(strstr(json, "\"registered_name\": \"LayerScale\""));
    cornu_model *copy = cornu_model_from_json(json);
    ck_assert_ptr_nonnull(copy);
    cornu_model_free(copy);
    cornu_model_free(model);
    cornu_free(json);
}
END_TEST

CORNU_TESTS(applications) {
    TCase *tc = cornu_test_case(suite, "applications");
    tcase_add_test(tc, a_layer_scale_begins_as_init_values);
    tcase_add_test(tc, stochastic_depth_leaves_out_whole_samples);
    tcase_add_test(tc, a_custom_scale_layer_scales_the_second_input);
    tcase_add_test(tc, files_name_keras_own_module);
}
