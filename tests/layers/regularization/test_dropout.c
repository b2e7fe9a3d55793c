#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(it_passes_the_layer_check) {
    check_layer(
            .class_name = "Dropout", .config = "{\"rate\": 0.4}", .input = {2, {2, 3}},
            .output = {2, {2, 3}}, .training = true
    );
    check_layer(
            .class_name = "Dropout",
            .config = "{\"rate\": 0.4, \"seed\": 5, \"noise_shape\": [null, 1]}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}, .training = true
    );
}
END_TEST

static cornu_tensor *drop(cornu_layer *layer, bool training) {
    return cornu_layer_call(
        layer, cornu_tensors(cornu_op_ones(cornu_shape(100, 100), CORNU_FLOAT32)), training
    );
}

START_TEST(in_training_the_mean_stays_and_a_part_is_zero) {
    cornu_layer *layer = cornu_layer_dropout(0.25, .seed = 1);
    cornu_tensor *y = drop(layer, true);
    int zeros = 0;
    for (int64_t i = 0; i < 10000; i++) {
        double value = cornu_tensor_get(y, i);
        ck_assert_msg(value == 0 || fabs(value - 4.0 / 3) < 1e-6, "%g", value);
        zeros += value == 0;
    }
    ck_assert_int_gt(zeros, 2300);
    ck_assert_int_lt(zeros, 2700);
    ck_assert_msg(
        !cornu_tensor_equal(y, drop(layer, true)), "two calls leave out the same elements"
    );
    cornu_layer_free(layer);
}
END_TEST

START_TEST(a_seed_repeats_the_draws) {
    cornu_layer *a = cornu_layer_dropout(0.5, .seed = 9), *b = cornu_layer_dropout(0.5, .seed = 9);
    ck_assert(cornu_tensor_equal(drop(a, true), drop(b, true)));
    ck_assert(cornu_tensor_equal(drop(a, true), drop(b, true)));
    cornu_layer_free(a);
    cornu_layer_free(b);
}
END_TEST

START_TEST(noise_is_shared_along_axes_of_size_one) {
    cornu_layer *layer = cornu_layer_dropout(0.5, .noise_shape = {2, {-1, 1}}, .seed = 2);
    cornu_tensor *y = drop(layer, true);
    for (int64_t row = 0; row < 100; row++)
        for (int64_t i = 1; i < 100; i++)
            ck_assert(cornu_tensor_get(y, row * 100) == cornu_tensor_get(y, row * 100 + i));
    cornu_layer_free(layer);
}
END_TEST

START_TEST(outside_training_nothing_happens) {
    cornu_layer *layer = cornu_layer_dropout(0.5), *all = cornu_layer_dropout(1);
    assert_values(cornu_op_mean(drop(layer, false)), 0, 1);
    assert_values(cornu_op_max(drop(all, true)), 0, 0);
    cornu_layer_free(layer);
    cornu_layer_free(all);
    assert_fails(
        cornu_layer_dropout(1.5), CORNU_EINVAL, "rate must be a number from 0 to 1, got 1.5"
    );
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"Dropout\", \"config\": {}}"), CORNU_EINVAL, "rate"
    );
}
END_TEST

CORNU_TESTS(dropout) {
    TCase *tc = cornu_test_case(suite, "dropout");
    tcase_add_test(tc, it_passes_the_layer_check);
    tcase_add_test(tc, in_training_the_mean_stays_and_a_part_is_zero);
    tcase_add_test(tc, a_seed_repeats_the_draws);
    tcase_add_test(tc, noise_is_shared_along_axes_of_size_one);
    tcase_add_test(tc, outside_training_nothing_happens);
}
