#include <cornu/cornu.h>
#include <string.h>

#include "support/check_layer.h"
#include "support/support.h"

START_TEST(every_form_passes_the_layer_check) {
    check_layer(
            .class_name = "Rescaling", .config = "{\"scale\": 0.5, \"offset\": -1.0}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}
    );
    check_layer(
            .class_name = "Rescaling", .config = "{\"scale\": [0.5, 2.0], \"offset\": 1.0}",
            .input = {2, {2, 2}}, .output = {2, {2, 2}}
    );
    check_layer(
            .class_name = "Normalization", .input = {2, {2, 3}}, .output = {2, {2, 3}}, .weights = 3
    );
    check_layer(
            .class_name = "Normalization",
            .config = "{\"axis\": null, \"mean\": 3.0, \"variance\": 4.0, \"invert\": true}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}
    );
    check_layer(
            .class_name = "Normalization",
            .config = "{\"axis\": [1, 2], \"mean\": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "
                      "\"variance\": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]}",
            .input = {3, {2, 2, 3}}, .output = {3, {2, 2, 3}}
    );
    check_layer(
            .class_name = "CenterCrop", .config = "{\"height\": 2, \"width\": 3}",
            .input = {4, {2, 5, 4, 1}}, .output = {4, {2, 2, 3, 1}}
    );
    check_layer(
            .class_name = "CenterCrop",
            .config = "{\"height\": 4, \"width\": 3, \"data_format\": \"channels_first\"}",
            .input = {4, {2, 1, 3, 3}}, .output = {4, {2, 1, 4, 3}}
    );
    check_layer(
            .class_name = "Resizing",
            .config = "{\"height\": 3, \"width\": 2, \"interpolation\": \"lanczos3\", "
                      "\"antialias\": true}",
            .input = {4, {2, 4, 4, 1}}, .output = {4, {2, 3, 2, 1}}
    );
    check_layer(
            .class_name = "Resizing",
            .config = "{\"height\": 4, \"width\": 4, \"pad_to_aspect_ratio\": true}",
            .input = {4, {2, 2, 4, 1}}, .output = {4, {2, 4, 4, 1}}
    );
    check_layer(
            .class_name = "Discretization", .config = "{\"bin_boundaries\": [-1.0, 0.0, 1.0]}",
            .input = {2, {2, 3}}, .output = {2, {2, 3}}, .no_gradient = true
    );
    check_layer(
            .class_name = "CategoryEncoding", .config = "{\"num_tokens\": 4}", .input = {2, {2, 3}},
            .output = {2, {2, 4}}, .no_gradient = true
    );
}
END_TEST

static cornu_tensor *four(float a, float b, float c, float d, cornu_shape shape) {
    cornu_tensor *made = cornu_test_tensor(shape, (float[]){a, b, c, d});
    cornu_tensor *kept = cornu_op_reshape(made, shape); /* belongs to the scope */
    cornu_tensor_free(made);
    return kept;
}

START_TEST(normalization_learns_mean_and_variance_of_data) {
    cornu_layer *layer = cornu_layer_normalization();
    cornu_tensor *data = four(1, 10, 3, 30, cornu_shape(2, 2));
    assert_ok(cornu_layer_adapt(layer, data));
    assert_values(cornu_call(layer, data), 1e-5, -1, -1, 1, 1);
    cornu_layer_free(layer);
    cornu_layer *given = cornu_layer_normalization(
            .mean = cornu_floats(3), .variance = cornu_floats(4), .axis = cornu_axes()
    );
    assert_values(cornu_call(given, data), 1e-5, -1, 3.5, 0, 13.5);
    assert_fails(cornu_layer_adapt(given, data), CORNU_ESTATE, "given");
    cornu_layer_free(given);
    cornu_layer *dense = cornu_layer_dense(1);
    assert_fails(cornu_layer_adapt(dense, data), CORNU_EUNSUPPORTED, "adapt");
    cornu_layer_free(dense);
}
END_TEST

/* The axes of mean and variance are the last of those that are kept:
 * keras/src/layers/preprocessing/normalization.py, build */
START_TEST(normalization_takes_arrays_of_statistics) {
    static const struct {
        const char *arguments;
        double means[6]; /* of an input [1, 2, 3] */
    } cases[] = {
        {"\"axis\": [1, 2], \"mean\": [[1, 2, 3], [4, 5, 6]], "
         "\"variance\": [[1, 1, 1], [1, 1, 1]]",
         {1, 2, 3, 4, 5, 6}},
        {"\"axis\": [1, 2], \"mean\": [1, 2, 3], \"variance\": [1, 1, 1]", {1, 2, 3, 1, 2, 3}},
        {"\"axis\": [1, 2], \"mean\": [[1], [2]], \"variance\": [[1], [1]]", {1, 1, 1, 2, 2, 2}},
        {"\"axis\": 1, \"mean\": [1, 2], \"variance\": [1, 1]", {1, 1, 1, 2, 2, 2}},
        {"\"axis\": 1, \"mean\": [[[1], [2]]], \"variance\": [[[1], [1]]]", {1, 1, 1, 2, 2, 2}},
    };
    char json[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(
            json, sizeof json, "{\"class_name\": \"Normalization\", \"config\": {%s}}",
            cases[i].arguments
        );
        cornu_layer *layer = cornu_layer_from_json(json);
        assert_ok(layer);
        cornu_tensor *y = cornu_call(layer, cornu_op_zeros(cornu_shape(1, 2, 3), CORNU_FLOAT32));
        assert_close(cornu_op_negative(y), cases[i].means, 6, 1e-6, 0);
        cornu_layer_free(layer);
    }
    cornu_layer *turned = cornu_layer_normalization(
            .axis = cornu_axes(1, 2), .mean = cornu_floats(1, 2, 3, 4, 5, 6),
            .variance = cornu_floats(1, 2, 3, 4, 5, 6), .mean_shape = cornu_shape(3, 2)
    );
    assert_fails(
        cornu_call(turned, cornu_op_zeros(cornu_shape(1, 2, 3), CORNU_FLOAT32)), CORNU_ESHAPE,
        "(3, 2)"
    );
    cornu_layer_free(turned);
    assert_fails(
        cornu_layer_from_json(
            "{\"class_name\": \"Normalization\", \"config\": {\"mean\": [1, [2]], "
            "\"variance\": [1, 1]}}"
        ),
        CORNU_EINVAL, "even lists"
    );
    assert_fails(
        cornu_layer_from_json("{\"class_name\": \"Normalization\", \"config\": {\"mean\": [1, 2], "
                              "\"variance\": 1}}"),
        CORNU_EINVAL, "the same shape"
    );
}
END_TEST

/* Worked out from the rules of keras/src/layers/preprocessing/discretization.py. */
START_TEST(discretization_finds_boundaries_in_data) {
    cornu_layer *layer = cornu_layer_discretization(.num_bins = 4, .epsilon = 0.01);
    cornu_tensor *data =
        cornu_test_tensor(cornu_shape(2, 4), (float[]){-1.5f, 1, 3.4f, 0.5f, 0, 3, 1.3f, 0});
    assert_ok(cornu_layer_adapt(layer, data));
    cornu_tensor *bins = cornu_call(layer, data);
    ck_assert_int_eq(cornu_tensor_dtype(bins), CORNU_INT64);
    assert_values(cornu_op_cast(bins, CORNU_FLOAT32), 0, 0, 2, 3, 2, 1, 3, 3, 1);
    /* a layer that was adapted keeps its boundaries in its config */
    char *config = cornu_layer_config_text(layer);
    ck_assert_ptr_nonnull(strstr(config, "\"bin_boundaries\": [0.0, 0.5, 1.29"));
    cornu_free(config);
    cornu_tensor_free(data);
    cornu_layer_free(layer);
    assert_fails(cornu_layer_discretization(), CORNU_EINVAL, "bin_boundaries or num_bins");
}
END_TEST

START_TEST(categories_are_encoded_in_three_ways) {
    cornu_tensor *x = cornu_op_cast(four(0, 1, 1, 1, cornu_shape(2, 2)), CORNU_INT32);
    cornu_layer *many = cornu_layer_category_encoding(2);
    cornu_layer *one = cornu_layer_category_encoding(2, .output_mode = "one_hot");
    cornu_layer *count = cornu_layer_category_encoding(2, .output_mode = "count");
    assert_values(cornu_call(many, x), 0, 1, 1, 0, 1);
    assert_values(cornu_call(one, x), 0, 1, 0, 0, 1, 0, 1, 0, 1);
    assert_values(cornu_call(count, x), 0, 1, 1, 0, 2);
    cornu_call_argument weights = {
        .name = "count_weights", .tensor = four(1, 2, 3, 4, cornu_shape(2, 2))};
    cornu_call_context context = {.arguments = &weights, .argument_count = 1};
    cornu_tensor *y;
    assert_ok(cornu_layer_call_many(count, cornu_tensors(x), &context, &y));
    assert_values(y, 0, 1, 2, 0, 7);
    assert_fails(
        cornu_layer_call_many(one, cornu_tensors(x), &context, &y), CORNU_EINVAL, "count_weights"
    );
    cornu_layer_free(many);
    cornu_layer_free(one);
    cornu_layer_free(count);
    assert_fails(cornu_layer_category_encoding(0), CORNU_EINVAL, "num_tokens");
}
END_TEST

START_TEST(integers_are_resized_to_integers) {
    cornu_layer *layer = cornu_layer_resizing(1, 1);
    cornu_tensor *x = cornu_op_cast(four(0, 255, 255, 254, cornu_shape(2, 2, 1)), CORNU_UINT8);
    cornu_tensor *y = cornu_call(layer, x);
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_UINT8);
    assert_values(cornu_op_cast(y, CORNU_FLOAT32), 0, 191);
    cornu_layer_free(layer);
    assert_fails(cornu_layer_resizing(0, 2), CORNU_EINVAL, "positive");
    assert_fails(cornu_layer_resizing(2, 2, .interpolation = "linear"), CORNU_EINVAL, "linear");
}
END_TEST

CORNU_TESTS(preprocessing) {
    TCase *tc = cornu_test_case(suite, "preprocessing");
    tcase_add_test(tc, every_form_passes_the_layer_check);
    tcase_add_test(tc, normalization_learns_mean_and_variance_of_data);
    tcase_add_test(tc, normalization_takes_arrays_of_statistics);
    tcase_add_test(tc, discretization_finds_boundaries_in_data);
    tcase_add_test(tc, categories_are_encoded_in_three_ways);
    tcase_add_test(tc, integers_are_resized_to_integers);
}
