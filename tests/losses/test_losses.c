/* Losses against numbers worked out by hand; the numbers of Keras are in tests/conformance. */
#include "support/support.h"
#include <cornu/losses.h>
#include <math.h>

static cornu_tensor *floats(cornu_shape shape, const float *values) {
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT32, shape, values);
    cornu_tensor *kept = cornu_op_add(made, cornu_scalar(0)); /* belongs to the scope */
    cornu_tensor_free(made);
    return kept;
}

static cornu_tensor *ints(cornu_shape shape, const int32_t *values) {
    cornu_tensor *made = cornu_tensor_from(CORNU_INT32, shape, values);
    cornu_tensor *kept = cornu_op_add(made, cornu_scalar_of(CORNU_INT32, 0));
    cornu_tensor_free(made);
    return kept;
}

#define FLOATS(shape, ...) floats(shape, (const float[]){__VA_ARGS__})
#define INTS(shape, ...) ints(shape, (const int32_t[]){__VA_ARGS__})

START_TEST(mean_squared_error_reduces_as_asked) {
    static const struct {
        const char *reduction;
        double expected;
    } cases[] = {
        {"sum_over_batch_size", 3.25 / 2},
        {"mean", 3.25 / 2},
        {"sum", 3.25},
        {"mean_with_sample_weight", 3.25 / 2},
    };
    cornu_tensor *y_true = FLOATS(cornu_shape(2, 2), 1, 2, 3, 4);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 2), 1, 4, 3.5f, 2.5f); /* per sample: 2, 1.25 */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cornu_loss *loss = cornu_loss_mean_squared_error(.reduction = cases[i].reduction);
        assert_close(cornu_loss_call(loss, y_true, y_pred), &cases[i].expected, 1, 1e-6, 0);
        cornu_loss_free(loss);
    }
    cornu_loss *none[] = {
        cornu_loss_mean_squared_error(.reduction = "none"),
        cornu_loss_from_json(
            "{\"class_name\": \"MeanSquaredError\", \"config\": {\"reduction\": null}}"
        )};
    for (int i = 0; i < 2; i++) {
        assert_values(cornu_loss_call(none[i], y_true, y_pred), 1e-6, 2, 1.25);
        cornu_loss_free(none[i]);
    }
}
END_TEST

START_TEST(weights_of_one_column_do_not_spread_over_the_batch) {
    cornu_loss *loss = cornu_loss_mean_absolute_error();
    cornu_tensor *y_true = FLOATS(cornu_shape(2, 1), 0, 0),
                 *y_pred = FLOATS(cornu_shape(2, 1), 1, 3);
    assert_values(
        cornu_loss_call_weighted(loss, y_true, y_pred, FLOATS(cornu_shape(2), 1, 0.5f)), 1e-6, 1.25
    );
    assert_values(
        cornu_loss_call_weighted(loss, y_true, y_pred, FLOATS(cornu_shape(2, 1), 1, 0.5f)), 1e-6,
        1.25
    );
    cornu_loss_free(loss);
}
END_TEST

START_TEST(binary_crossentropy_of_logits_survives_large_ones) {
    cornu_loss *loss = cornu_loss_binary_crossentropy(.from_logits = true, .reduction = "none");
    cornu_tensor *y_true = FLOATS(cornu_shape(3, 1), 1, 0, 1),
                 *y_pred = FLOATS(cornu_shape(3, 1), 200, 200, 0);
    assert_values(cornu_loss_call(loss, y_true, y_pred), 1e-6, 0, 200, 0.6931471805599453);
    cornu_loss_free(loss);
}
END_TEST

START_TEST(sparse_and_one_hot_targets_give_the_same) {
    cornu_loss *sparse = cornu_loss_sparse_categorical_crossentropy(.from_logits = true);
    cornu_loss *dense = cornu_loss_categorical_crossentropy(.from_logits = true);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 3), 1, 2, 3, -1, 0.5f, 0.25f),
                 *labels = INTS(cornu_shape(2), 2, 0);
    cornu_tensor *one_hot = cornu_op_one_hot(labels, 3, CORNU_FLOAT32);
    double expected = cornu_tensor_item(cornu_loss_call(dense, one_hot, y_pred));
    assert_close(cornu_loss_call(sparse, labels, y_pred), &expected, 1, 1e-6, 0);
    assert_close(
        cornu_loss_call(sparse, INTS(cornu_shape(2, 1), 2, 0), y_pred), &expected, 1, 1e-6, 0
    );
    cornu_loss_free(sparse);
    cornu_loss_free(dense);
}
END_TEST

START_TEST(ignored_labels_do_not_count_in_the_mean) {
    cornu_loss *loss = cornu_loss_sparse_categorical_crossentropy(.ignore_class = -1);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 2), 0.25f, 0.75f, 0.5f, 0.5f);
    assert_values(cornu_loss_call(loss, INTS(cornu_shape(2), 0, -1), y_pred), 1e-6, -log(0.25));
    cornu_loss_free(loss);
}
END_TEST

START_TEST(labels_outside_the_classes_are_errors) {
    cornu_loss *loss = cornu_loss_sparse_categorical_crossentropy();
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 2), 0.25f, 0.75f, 0.5f, 0.5f);
    assert_fails(
        cornu_loss_call(loss, INTS(cornu_shape(2), 0, 2), y_pred), CORNU_EINVAL, "2 classes"
    );
    assert_fails(
        cornu_loss_call(loss, INTS(cornu_shape(2), -1, 1), y_pred), CORNU_EINVAL, "2 classes"
    );
    cornu_loss_free(loss);
}
END_TEST

/* -alpha_c (1 - p_c)^gamma log(p_c) of the right class, p normalised already */
START_TEST(focal_loss_takes_an_alpha_for_each_class) {
    cornu_loss *loss = cornu_loss_from_json(
        "{\"class_name\": \"CategoricalFocalCrossentropy\", \"config\": {\"reduction\": \"none\", "
        "\"alpha\": [0.5, 0.25, 1.0], \"gamma\": 1.0}}"
    );
    cornu_tensor *y_true = FLOATS(cornu_shape(2, 3), 1, 0, 0, 0, 0, 1);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 3), 0.25f, 0.5f, 0.25f, 0.1f, 0.1f, 0.8f);
    assert_values(
        cornu_loss_call(loss, y_true, y_pred), 1e-6, -0.5 * 0.75 * log(0.25), -0.2 * log(0.8)
    );
    cornu_loss *narrow = cornu_loss_categorical_focal_crossentropy(.alphas = cornu_floats(1, 2));
    assert_fails(cornu_loss_call(narrow, y_true, y_pred), CORNU_ESHAPE, "2 alphas for 3 classes");
    cornu_loss_free(narrow);
    cornu_loss_free(loss);
}
END_TEST

START_TEST(binary_targets_of_another_shape_are_not_broadcast) {
    cornu_loss *losses[] = {
        cornu_loss_binary_crossentropy(), cornu_loss_binary_focal_crossentropy()};
    cornu_tensor *y_true = FLOATS(cornu_shape(2, 1), 0, 1);
    cornu_tensor *y_pred = FLOATS(cornu_shape(2, 2), 0.25f, 0.75f, 0.5f, 0.5f);
    for (int i = 0; i < 2; i++) {
        assert_fails(cornu_loss_call(losses[i], y_true, y_pred), CORNU_ESHAPE, "the same shape");
        cornu_loss_free(losses[i]);
    }
}
END_TEST

START_TEST(arguments_that_do_not_fit_are_named) {
    assert_fails(cornu_loss_mean_squared_error(.reduction = "average"), CORNU_EINVAL, "average");
    assert_fails(
        cornu_loss_binary_crossentropy(.label_smoothing = 1.5), CORNU_EINVAL, "label_smoothing"
    );
    assert_fails(
        cornu_loss_get("mean_sqared_error"), CORNU_EUNKNOWN, "did you mean 'MeanSquaredError'"
    );
}
END_TEST

/* Two steps of two equally probable classes spell "1" as 1 1, 1 blank and blank 1. */
START_TEST(ctc_adds_up_all_spellings_and_is_infinite_without_one) {
    cornu_loss *ctc = cornu_loss_ctc(.reduction = "none");
    cornu_tensor *logits = FLOATS(cornu_shape(1, 2, 2), 0, 0, 0, 0);
    assert_values(cornu_loss_call(ctc, INTS(cornu_shape(1, 2), 1, 0), logits), 1e-5, -log(3.0 / 4));
    assert_values(cornu_loss_call(ctc, INTS(cornu_shape(1, 2), 0, 0), logits), 1e-5, -log(1.0 / 4));
    /* the same label twice needs a blank between, and so three steps */
    cornu_tensor *twice = cornu_loss_call(ctc, INTS(cornu_shape(1, 2), 1, 1), logits);
    ck_assert_ptr_nonnull(twice);
    ck_assert(isinf(cornu_tensor_get(twice, 0)));
    cornu_loss_free(ctc);
}
END_TEST

START_TEST(circle_leaves_out_samples_without_a_partner) {
    cornu_loss *circle = cornu_loss_circle(.gamma = 1, .reduction = "none");
    cornu_tensor *values = cornu_loss_call(
        circle, INTS(cornu_shape(3), 0, 0, 1), FLOATS(cornu_shape(3, 2), 1, 0, 1, 0, 0, 1)
    );
    ck_assert_ptr_nonnull(values);
    ck_assert_double_gt(cornu_tensor_get(values, 0), 0);
    assert_values(cornu_op_slice(values, (const int64_t[]){2}, cornu_shape(1)), 0, 0);
    cornu_loss_free(circle);
}
END_TEST

CORNU_TESTS(losses) {
    TCase *tc = cornu_test_case(suite, "losses");
    tcase_add_test(tc, mean_squared_error_reduces_as_asked);
    tcase_add_test(tc, weights_of_one_column_do_not_spread_over_the_batch);
    tcase_add_test(tc, binary_crossentropy_of_logits_survives_large_ones);
    tcase_add_test(tc, sparse_and_one_hot_targets_give_the_same);
    tcase_add_test(tc, focal_loss_takes_an_alpha_for_each_class);
    tcase_add_test(tc, binary_targets_of_another_shape_are_not_broadcast);
    tcase_add_test(tc, ignored_labels_do_not_count_in_the_mean);
    tcase_add_test(tc, labels_outside_the_classes_are_errors);
    tcase_add_test(tc, arguments_that_do_not_fit_are_named);
    tcase_add_test(tc, ctc_adds_up_all_spellings_and_is_infinite_without_one);
    tcase_add_test(tc, circle_leaves_out_samples_without_a_partner);
}
