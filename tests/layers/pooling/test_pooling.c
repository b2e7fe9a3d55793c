/* Pooling layers; numbers against Keras are in the conformance cases. */
#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

#include <cornu/tape.h>

START_TEST(every_pooling_layer_passes_the_layer_check) {
    static const char *const kinds[] = {"Max", "Average"};
    for (int i = 0; i < 2; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%sPooling1D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"pool_size\": 2}", .input = {3, {2, 5, 3}},
                .output = {3, {2, 2, 3}}, .too_few_axes = 2
        );
        (void)snprintf(name, sizeof name, "%sPooling2D", kinds[i]);
        check_layer(
                .class_name = name,
                .config = "{\"pool_size\": [3, 2], \"strides\": [2, 1], \"padding\": \"same\"}",
                .input = {4, {1, 4, 3, 2}}, .output = {4, {1, 2, 3, 2}}, .too_few_axes = 3
        );
        check_layer(
                .class_name = name,
                .config = "{\"pool_size\": 2, \"data_format\": \"channels_first\"}",
                .input = {4, {1, 3, 4, 5}}, .output = {4, {1, 3, 2, 2}}
        );
        (void)snprintf(name, sizeof name, "%sPooling3D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"pool_size\": 2, \"strides\": 1}",
                .input = {5, {1, 2, 3, 2, 1}}, .output = {5, {1, 1, 2, 1, 1}}
        );
    }
}
END_TEST

START_TEST(every_global_pooling_layer_passes_the_layer_check) {
    static const char *const kinds[] = {"Max", "Average"};
    for (int i = 0; i < 2; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "Global%sPooling1D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"keepdims\": true}", .input = {3, {2, 5, 3}},
                .output = {3, {2, 1, 3}}, .too_few_axes = 2
        );
        (void)snprintf(name, sizeof name, "Global%sPooling2D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"data_format\": \"channels_first\"}",
                .input = {4, {2, 3, 2, 2}}, .output = {2, {2, 3}}, .too_few_axes = 3
        );
        (void)snprintf(name, sizeof name, "Global%sPooling3D", kinds[i]);
        check_layer(
                .class_name = name, .input = {5, {1, 2, 2, 1, 3}}, .output = {2, {1, 3}},
                .too_few_axes = 4
        );
    }
}
END_TEST

START_TEST(every_adaptive_pooling_layer_passes_the_layer_check) {
    static const char *const kinds[] = {"Max", "Average"};
    for (int i = 0; i < 2; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "Adaptive%sPooling1D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"output_size\": 3}", .input = {3, {2, 7, 2}},
                .output = {3, {2, 3, 2}}, .too_few_axes = 2
        );
        (void)snprintf(name, sizeof name, "Adaptive%sPooling2D", kinds[i]);
        check_layer(
                .class_name = name,
                .config = "{\"output_size\": [2, 3], \"data_format\": \"channels_first\"}",
                .input = {4, {1, 2, 5, 3}}, .output = {4, {1, 2, 2, 3}}
        );
        (void)snprintf(name, sizeof name, "Adaptive%sPooling3D", kinds[i]);
        check_layer(
                .class_name = name, .config = "{\"output_size\": 2}", .input = {5, {1, 2, 4, 2, 2}},
                .output = {5, {1, 2, 2, 2, 2}}
        );
    }
}
END_TEST

START_TEST(padding_counts_neither_for_maxima_nor_for_means) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 3, 1), (float[]){-1, -2, -4});
    assert_values(
        cornu_op_max_pool(x, .pool_size = {{2}}, .strides = {{1}}, .padding = "same"), 0, -1, -2, -4
    );
    assert_values(
        cornu_op_average_pool(x, .pool_size = {{3}}, .strides = {{1}}, .padding = "same"), 1e-6,
        -1.5, -7.0 / 3, -3
    );
    cornu_tensor_free(x);
}
END_TEST

START_TEST(the_first_of_equal_elements_gets_the_gradient) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 4, 1), (float[]){3, 3, 1, 1});
    cornu_tensor *gradient;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = cornu_op_sum(cornu_op_max_pool(x, .pool_size = {{2}}));
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x), &gradient));
    assert_values(gradient, 0, 1, 0, 1, 0);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(masked_steps_do_not_count_in_a_global_average) {
    cornu_layer *layer = cornu_layer_global_average_pooling1d();
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 3, 1), (float[]){1, 3, 100});
    cornu_tensor *kept = cornu_test_tensor(cornu_shape(1, 3), (float[]){1, 1, 0});
    cornu_tensor *mask = cornu_op_cast(kept, CORNU_BOOL);
    cornu_call_context context = {.input_count = 1, .masks = &mask};
    cornu_tensor *y;
    assert_ok(cornu_layer_call_many(layer, cornu_tensors(x), &context, &y));
    assert_values(y, 1e-6, 2);
    cornu_tensor_free(kept);
    cornu_tensor_free(x);
    cornu_layer_free(layer);
}
END_TEST

START_TEST(sizes_need_no_name) {
    cornu_tensor *x = cornu_op_ones(cornu_shape(1, 6, 6, 1), CORNU_FLOAT32);
    cornu_layer *layers[3];
    layers[0] = cornu_layer_max_pooling2d();
    layers[1] = cornu_layer_max_pooling2d(3);
    layers[2] = cornu_layer_average_pooling2d(3, 2, .strides = {{1}});
    const cornu_shape wanted[] = {
        cornu_shape(1, 3, 3, 1), cornu_shape(1, 2, 2, 1), cornu_shape(1, 4, 5, 1)};
    for (int i = 0; i < 3; i++) {
        assert_shape(cornu_call(layers[i], x), wanted[i]);
        cornu_layer_free(layers[i]);
    }
}
END_TEST

CORNU_TESTS(pooling) {
    TCase *tc = cornu_test_case(suite, "pooling");
    tcase_add_test(tc, every_pooling_layer_passes_the_layer_check);
    tcase_add_test(tc, every_global_pooling_layer_passes_the_layer_check);
    tcase_add_test(tc, every_adaptive_pooling_layer_passes_the_layer_check);
    tcase_add_test(tc, padding_counts_neither_for_maxima_nor_for_means);
    tcase_add_test(tc, the_first_of_equal_elements_gets_the_gradient);
    tcase_add_test(tc, masked_steps_do_not_count_in_a_global_average);
    tcase_add_test(tc, sizes_need_no_name);
}
