#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    static const struct {
        const char *name, *config;
        cornu_shape shape;
    } cases[] = {
        {"AlphaDropout", "{\"rate\": 0.4, \"seed\": 3}", {2, {4, 3}}},
        {"GaussianDropout", "{\"rate\": 0.4, \"seed\": 3}", {2, {4, 3}}},
        {"GaussianNoise", "{\"stddev\": 0.4, \"seed\": 3}", {2, {4, 3}}},
        {"SpatialDropout1D", "{\"rate\": 0.4, \"seed\": 3}", {3, {2, 4, 3}}},
        {"SpatialDropout2D", "{\"rate\": 0.4, \"seed\": 3}", {4, {2, 2, 2, 3}}},
        {"SpatialDropout3D", "{\"rate\": 0.4, \"seed\": 3}", {5, {2, 2, 1, 2, 3}}},
        {"ActivityRegularization", "{\"l1\": 0.1, \"l2\": 0.2}", {2, {4, 3}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_layer(
                .class_name = cases[i]
                .name,
                .config = cases[i]
                .config,
                .input = cases[i]
                .shape,
                .output = cases[i]
                .shape,
                .training = true
        );
    }
}
END_TEST

static cornu_tensor *trained(cornu_layer *layer, cornu_tensor *x) {
    cornu_tensor *y = cornu_layer_call(layer, cornu_tensors(x), true);
    cornu_layer_free(layer);
    return y;
}

START_TEST(noise_keeps_mean_and_spread) {
    cornu_tensor *x = cornu_random_normal(cornu_shape(200, 200), .seed = 5);
    cornu_tensor *dropped = trained(cornu_layer_alpha_dropout(0.3, .seed = 1), x);
    assert_values(cornu_op_mean(dropped), 0.02, 0);
    assert_values(cornu_op_std(dropped), 0.02, 1);
    cornu_tensor *ones = cornu_op_ones_like(x);
    cornu_tensor *multiplied = trained(cornu_layer_gaussian_dropout(0.5, .seed = 1), ones);
    assert_values(cornu_op_mean(multiplied), 0.02, 1);
    assert_values(cornu_op_std(multiplied), 0.02, 1);
    cornu_tensor *noisy = trained(cornu_layer_gaussian_noise(0.25, .seed = 1), ones);
    assert_values(cornu_op_mean(noisy), 0.01, 1);
    assert_values(cornu_op_std(noisy), 0.01, 0.25);
}
END_TEST

START_TEST(whole_channels_are_dropped) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(8, 5, 16), CORNU_FLOAT32);
    cornu_tensor *y = trained(cornu_layer_spatial_dropout1d(0.5, .seed = 2), x);
    cornu_tensor *first = cornu_op_slice(y, (int64_t[]){0, 0, 0}, cornu_shape(8, 1, 16));
    assert_same(cornu_op_broadcast_to(first, cornu_shape(8, 5, 16)), y, 0, 0);
    assert_values(cornu_op_mean(first), 0.25, 1);
    y = trained(
        cornu_layer_spatial_dropout2d(0.5, .seed = 2, .data_format = "channels_first"),
        cornu_op_ones(cornu_shape(2, 16, 3, 3), CORNU_FLOAT32)
    );
    assert_same(
        cornu_op_max(y, .axis = cornu_axes(2, 3)), cornu_op_min(y, .axis = cornu_axes(2, 3)), 0, 0
    );
}
END_TEST

START_TEST(rates_and_ranks_that_do_not_fit_are_refused) {
    assert_fails(cornu_layer_alpha_dropout(1.5), CORNU_EINVAL, "rate");
    assert_fails(cornu_layer_gaussian_dropout(1.5), CORNU_EINVAL, "rate");
    assert_fails(cornu_layer_gaussian_noise(-1), CORNU_EINVAL, "stddev");
    assert_fails(cornu_layer_gaussian_noise(1.5), CORNU_EINVAL, "stddev");
    assert_fails(cornu_layer_activity_regularization(.l1 = -1), CORNU_EINVAL, "l1");
    assert_fails(
        trained(
            cornu_layer_spatial_dropout1d(0.5), cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32)
        ),
        CORNU_ESHAPE, "3 axes"
    );
}
END_TEST

CORNU_TESTS(noise) {
    TCase *tc = cornu_test_case(suite, "noise");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, noise_keeps_mean_and_spread);
    tcase_add_test(tc, whole_channels_are_dropped);
    tcase_add_test(tc, rates_and_ranks_that_do_not_fit_are_refused);
}
