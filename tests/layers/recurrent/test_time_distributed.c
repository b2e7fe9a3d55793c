#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(it_passes_the_layer_check) {
    check_layer(
            .class_name = "TimeDistributed",
            .config = "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 2, "
                      "\"dtype\": \"float64\"}}}",
            .input = {3, {2, 3, 4}}, .output = {3, {2, 3, 2}}, .weights = 2, .too_few_axes = 2
    );
}
END_TEST

START_TEST(a_model_is_applied_to_every_step) {
    cornu_model *inner = cornu_sequential(
        cornu_input(2), cornu_layer_dense(1, .kernel_initializer = cornu_initializer_ones())
    );
    cornu_model *model =
        cornu_sequential(cornu_input(3, 2), cornu_layer_time_distributed(cornu_model_layer(inner)));
    ck_assert_ptr_nonnull(model);
    cornu_tensor *x =
        cornu_op_reshape(cornu_op_arange(0, 6, 1, CORNU_FLOAT32), cornu_shape(1, 3, 2));
    assert_values(cornu_call(model, x), 0, 1, 5, 9);
    char *json = cornu_model_to_json(model);
    cornu_model *again = cornu_model_from_json(json); /* the model inside comes back as one */
    ck_assert_ptr_nonnull(again);
    cornu_free(json);
    cornu_model_free(again);
    cornu_model_free(model);
}
END_TEST

START_TEST(state_moves_on_with_every_step_of_training) {
    cornu_layer *layer =
        cornu_layer_time_distributed(cornu_layer_batch_normalization(.momentum = 0.5, .epsilon = 0)
        );
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 2, 1), (float[]){0, 10, 2, 14});
    assert_values(cornu_layer_call(layer, cornu_tensors(x), true), 1e-5, -1, -1, 1, 1);
    assert_values(cornu_layer_weights(layer).items[2], 1e-5, 6.25); /* 1 halved, 12 halved */
    cornu_tensor_free(x);
    cornu_layer_free(layer);
    assert_fails(cornu_layer_time_distributed(NULL), CORNU_EINVAL, "layer");
}
END_TEST

CORNU_TESTS(time_distributed) {
    TCase *tc = cornu_test_case(suite, "time_distributed");
    tcase_add_test(tc, it_passes_the_layer_check);
    tcase_add_test(tc, a_model_is_applied_to_every_step);
    tcase_add_test(tc, state_moves_on_with_every_step_of_training);
}
