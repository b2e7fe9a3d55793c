/* Predict and evaluate: all samples, batch after batch. */
#include "support.h"

START_TEST(predictions_do_not_depend_on_the_batch_size) {
    cornu_tensor *x = test_samples(11, 3, 0);
    cornu_model *model = test_dense(3, 2, "tanh");
    cornu_tensor *whole = cornu_predict(model, x, .batch_size = 100);
    cornu_tensor *parts = cornu_predict(model, x, .batch_size = 4);
    cornu_tensor *batch = cornu_predict_on_batch(model, x);
    assert_shape(parts, cornu_shape(11, 2));
    assert_same(parts, whole, 1e-6, 1e-6);
    assert_same(batch, whole, 1e-6, 1e-6);
    cornu_tensor_free(whole);
    cornu_tensor_free(parts);
    cornu_tensor_free(batch);
    cornu_model_free(model);
}
END_TEST

START_TEST(steps_limit_what_is_predicted) {
    cornu_model *model = test_dense(3, 2, NULL);
    cornu_tensor *y = cornu_predict(model, test_samples(11, 3, 0), .batch_size = 4, .steps = 2);
    assert_shape(y, cornu_shape(8, 2));
    cornu_tensor_free(y);
    cornu_model_free(model);
}
END_TEST

START_TEST(several_outputs_are_all_given) {
    cornu_tensor *input = cornu_input_tensor(3);
    cornu_tensor *a = cornu_call(cornu_layer_dense(1), input);
    cornu_tensor *b = cornu_call(cornu_layer_dense(2), input);
    cornu_model *model = cornu_functional(cornu_tensors(input), .outputs = cornu_tensors(a, b));
    cornu_tensor *outputs[2];
    cornu_tensor *first =
        cornu_predict(model, test_samples(5, 3, 0), .outputs = outputs, .batch_size = 2);
    assert_shape(outputs[0], cornu_shape(5, 1));
    assert_shape(outputs[1], cornu_shape(5, 2));
    ck_assert_ptr_eq(first, outputs[0]);
    cornu_tensor_free(first);
    cornu_tensor_free(outputs[0]);
    cornu_tensor_free(outputs[1]);
    cornu_model_free(model);
}
END_TEST

/* The largest difference between a compiled prediction and the model called as a function. */
static double disagreement(cornu_model *model, cornu_tensor *x) {
    double largest = 0;
    CORNU_SCOPE {
        cornu_tensor *compiled = cornu_predict_on_batch(model, x), *eager = cornu_call(model, x);
        ck_assert_msg(compiled != NULL && eager != NULL, "%s", cornu_error_message());
        cornu_tensor *apart = cornu_op_max(cornu_op_absolute(cornu_op_subtract(compiled, eager)));
        largest = cornu_tensor_get(apart, 0);
        cornu_tensor_free(compiled);
    }
    return largest;
}

/* What is made of weights is kept from one prediction to the next, but never longer than they
 * are. */
START_TEST(predictions_follow_weights_however_they_change) {
    cornu_model *model = cornu_sequential(
        cornu_input(12, 12, 16), cornu_layer_conv2d(32, .kernel_size = {{3, 3}}, .padding = "same"),
        cornu_layer_batch_normalization(), cornu_layer_relu(.max_value = 6),
        cornu_layer_conv2d(8, .kernel_size = {{1, 1}}, .activation = "relu"),
        cornu_layer_global_average_pooling2d(), cornu_layer_dense(3)
    );
    ck_assert_ptr_nonnull(model);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.05),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true)
    ));
    CORNU_SCOPE {
        cornu_tensor *x = cornu_op_reshape(test_samples(8, 2304, 1), cornu_shape(8, 12, 12, 16));
        cornu_tensor *y = test_labels(8, 3);
        ck_assert(disagreement(model, x) < 1e-5);
        for (int i = 0; i < 3; i++) {
            assert_ok(cornu_train_on_batch(model, x, y, NULL, NULL));
            ck_assert(disagreement(model, x) < 1e-5);
        }
        cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
        for (size_t i = 0; i < weights.count; i++) {
            CORNU_SCOPE {
                cornu_tensor *half = cornu_op_multiply(weights.items[i], cornu_scalar(0.5));
                assert_ok(cornu_assign(weights.items[i], half));
            }
            ck_assert(disagreement(model, x) < 1e-5);
        }
        /* written to behind the library's back, twice through one pointer */
        cornu_tensor *kernel = weights.items[0];
        float *values = cornu_tensor_data_mut(kernel);
        ck_assert_ptr_nonnull(values);
        for (int i = 0; i < 2; i++) {
            values[0] += 1;
            ck_assert(disagreement(model, x) < 1e-5);
        }
    }
    cornu_model_free(model);
}
END_TEST

START_TEST(an_input_that_does_not_fit_is_named) {
    cornu_model *model = test_dense(3, 2, NULL);
    assert_fails(cornu_predict(model, test_samples(5, 4, 0)), CORNU_ESHAPE, "predict, batch 1: ");
    assert_fails(
        cornu_predict(model, test_samples(5, 3, 0), .batch_size = 0), CORNU_EINVAL, "batch_size"
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(predict) {
    TCase *tc = cornu_test_case(suite, "predict");
    tcase_add_test(tc, predictions_do_not_depend_on_the_batch_size);
    tcase_add_test(tc, steps_limit_what_is_predicted);
    tcase_add_test(tc, several_outputs_are_all_given);
    tcase_add_test(tc, predictions_follow_weights_however_they_change);
    tcase_add_test(tc, an_input_that_does_not_fit_is_named);
}
