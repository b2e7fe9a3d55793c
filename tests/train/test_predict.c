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

START_TEST(an_input_that_does_not_fit_is_named) {
    cornu_model *model = test_dense(3, 2, NULL);
    assert_fails(cornu_predict(model, test_samples(5, 4, 0)), CORNU_ESHAPE, "predict: batch 1: ");
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
    tcase_add_test(tc, an_input_that_does_not_fit_is_named);
}
