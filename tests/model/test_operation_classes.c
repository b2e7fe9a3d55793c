/* What each class of keras.ops computes in a functional graph, from the JSON of a file. */
#include "operation_case.h"

static const operation_case cases[] = {
    /* elementwise */
    CASE("Abs", "", "x", 6, 0, 0, 1, 2, 3, 4, 5),
    CASE_OF(LIST(3), LIST(-8, 27, 0), "Cbrt", "", "x", 3, 0, -2, 3, 0),
    CASE("Exp2", "", "x", 6, 0, 1, 2, 4, 8, 16, 32),
    CASE(
        "Deg2rad", "", "x", 6, 0, 0, 0.0174532925, 0.034906585, 0.0523598776, 0.0698131701,
        0.0872664626
    ),
    CASE("Round", "\"decimals\": -1", "x", 6, 0, 0, 0, 0, 0, 0, 0),
    CASE("Hypot", "", "x, 4.0", 6, 0, 4, 4.12310563, 4.47213595, 5, 5.65685425, 6.40312424),
    CASE("Heaviside", "", "x, 0.5", 6, 0, 0.5, 1, 1, 1, 1, 1),
    CASE(
        "Logaddexp", "", "x, 1", 6, 0, 1.31326169, 1.69314718, 2.31326169, 3.12692801, 4.04858735,
        5.01814993
    ),
    CASE("Logaddexp2", "", "x, x", 6, 0, 1, 2, 3, 4, 5, 6),
    CASE("Isclose", "\"equal_nan\": false", "x, 2.0, 0.0, 1.0", 6, 0, 0, 1, 1, 1, 0, 0),
    CASE("Signbit", "", "x", 6, 0, 0, 0, 0, 0, 0, 0),
    CASE("FullLike", "\"dtype\": null", "x, 7", 6, 0, 7, 7, 7, 7, 7, 7),
    CASE("OnesLike", "\"dtype\": \"int32\"", "x", 6, 0, 1, 1, 1, 1, 1, 1),
    CASE("Clip", "\"x_min\": 1, \"x_max\": 4", "x", 6, 0, 1, 1, 2, 3, 4, 4),
    CASE("Erfc", "", "x", 6, 0, 1, 0.1572992, 0.0046777, 0.0000221, 0, 0),
    CASE("Add", "", "x, [1, 2, 3]", 6, 0, 1, 3, 5, 4, 6, 8),
    CASE("Subtract", "", "[[1], [2]], x", 6, 0, 1, 0, -1, -1, -2, -3),
    /* reductions */
    CASE("Max", "\"axis\": [2], \"keepdims\": false, \"initial\": 3", "x", 2, 0, 3, 5),
    CASE("Amin", "\"axis\": 1, \"keepdims\": false", "x", 3, 0, 0, 1, 2),
    CASE("Prod", "\"axis\": 2, \"keepdims\": true, \"dtype\": null", "x", 2, 0, 0, 60),
    CASE("Average", "\"axis\": 2", "x, [1.0, 1.0, 2.0]", 2, 0, 1.25, 4.25),
    CASE("Average", "\"axis\": null", "x", 1, 0, 2.5),
    CASE("CountNonzero", "\"axis\": 2", "x", 2, 0, 2, 3),
    CASE("Cumsum", "\"axis\": null, \"dtype\": null", "x", 6, 0, 0, 1, 3, 6, 10, 15),
    CASE("Cumsum", "\"axis\": 1, \"dtype\": \"int32\"", "x", 6, 0, 0, 1, 2, 3, 5, 7),
    CASE("Cumprod", "\"axis\": 2, \"dtype\": null", "x", 6, 0, 0, 0, 0, 3, 12, 60),
    CASE("Diff", "\"n\": 1, \"axis\": 1", "x", 3, 0, 3, 3, 3),
    CASE("Diff", "\"n\": 2, \"axis\": -1", "x", 2, 0, 0, 0),
    CASE(
        "Moments", "\"axes\": [1, 2], \"keepdims\": false, \"synchronized\": false", "x", 2, 2, 2.5,
        35.0 / 12
    ),
    CASE_OF(
        LIST(1, 2, 3), LIST(0, 1, 2, 3, 4, 5), "SegmentSum",
        "\"num_segments\": 2, \"sorted\": false", "x, [1]", 12, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4,
        5
    ),
    /* shapes */
    CASE("Append", "\"axis\": 1", "x, x", 12, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5),
    CASE_OF(LIST(2), LIST(1, 2), "Diag", "\"k\": 1", "x", 9, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0),
    CASE_OF(LIST(1, 2), LIST(1, 2), "Diagflat", "\"k\": -1", "x", 9, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0),
    CASE("Diagonal", "\"offset\": 1, \"axis1\": 1, \"axis2\": 2", "x", 2, 0, 1, 5),
    CASE("Diagonal", "\"offset\": -1, \"axis1\": 1, \"axis2\": 2", "x", 1, 0, 3),
    CASE("Trace", "\"offset\": 0, \"axis1\": 1, \"axis2\": 2", "x", 1, 0, 4),
    CASE("Tril", "\"k\": 0", "x", 6, 0, 0, 0, 0, 3, 4, 0),
    CASE("Triu", "\"k\": 1", "x", 6, 0, 0, 1, 2, 0, 0, 5),
    CASE("ExpandDims", "\"axis\": [1, -1]", "x", 6, 0, 0, 1, 2, 3, 4, 5),
    CASE("Moveaxis", "\"source\": [1, 2], \"destination\": [2, 1]", "x", 6, 0, 0, 3, 1, 4, 2, 5),
    CASE(
        "Pad", "\"pad_width\": [[0, 0], [0, 1], [1, 0]], \"mode\": \"constant\"", "x, 9", 12, 0, 9,
        0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9
    ),
    CASE(
        "Pad", "\"pad_width\": [[0, 0], [0, 0], [2, 0]], \"mode\": \"reflect\"", "x, null", 10, 0,
        2, 1, 0, 1, 2, 5, 4, 3, 4, 5
    ),
    CASE("Ravel", "", "x", 6, 0, 0, 1, 2, 3, 4, 5),
    CASE("Repeat", "\"repeats\": [2, 1], \"axis\": 1", "x", 9, 0, 0, 1, 2, 0, 1, 2, 3, 4, 5),
    CASE("Roll", "\"shift\": 1, \"axis\": 2", "x", 6, 0, 2, 0, 1, 5, 3, 4),
    CASE("Roll", "\"shift\": -2, \"axis\": null", "x", 6, 0, 2, 3, 4, 5, 0, 1),
    CASE("Rot90", "\"k\": 1, \"axes\": [1, 2]", "x", 6, 0, 2, 5, 1, 4, 0, 3),
    CASE("Rot90", "\"k\": 3, \"axes\": [1, 2]", "x", 6, 0, 3, 0, 4, 1, 5, 2),
    CASE("Split", "\"indices_or_sections\": 3, \"axis\": -1", "x", 6, 3, 0, 3, 1, 4, 2, 5),
    CASE("Split", "\"indices_or_sections\": [1], \"axis\": 2", "x", 6, 2, 0, 3, 1, 2, 4, 5),
    CASE("Unstack", "\"num\": null, \"axis\": 1", "x", 6, 2, 0, 1, 2, 3, 4, 5),
    CASE("Tile", "\"repeats\": 2", "x", 12, 0, 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5),
    CASE("Vstack", "", "[x, x]", 12, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5),
    CASE("Hstack", "", "[x, x]", 12, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5),
    CASE_OF(
        LIST(2), LIST(1, 2), "Meshgrid", "\"indexing\": \"xy\"", "x, x", 8, 2, 1, 2, 1, 2, 1, 1, 2,
        2
    ),
    /* places */
    CASE("Take", "\"axis\": 2", "x, [2, 0]", 4, 0, 2, 0, 5, 3),
    CASE("Slice", "", "x, [0, 0, 1], [1, 2, 2]", 4, 0, 1, 2, 4, 5),
    CASE("SliceUpdate", "", "x, [0, 1, 0], [[[7, 8]]]", 6, 0, 0, 1, 2, 7, 8, 5),
    CASE(
        "Select", "", "[[true, false, false], [true, true, false]], [x, 9], 7", 6, 0, 0, 9, 7, 3, 9,
        7
    ),
    /* order */
    CASE("Argmax", "\"axis\": null, \"keepdims\": false", "x", 1, 0, 5),
    CASE("Argmin", "\"axis\": 2, \"keepdims\": true", "x", 2, 0, 0, 0),
    CASE_OF(LIST(3), LIST(3, 1, 2), "Sort", "\"axis\": -1", "x", 3, 0, 1, 2, 3),
    CASE_OF(LIST(2, 2), LIST(3, 1, 2, 0), "Argsort", "\"axis\": null", "x", 4, 0, 3, 1, 2, 0),
    CASE("TopK", "\"k\": 2, \"sorted\": true", "x", 8, 2, 2, 1, 5, 4, 2, 1, 2, 1),
    CASE_OF(
        LIST(2, 3), LIST(0.1f, 0.2f, 0.7f, 0.2f, 0.3f, 0.5f), "InTopK", "\"k\": 1", "[2, 0], x", 2,
        0, 1, 0
    ),
    CASE("Median", "\"axis\": [1, 2], \"keepdims\": false", "x", 1, 0, 2.5),
    CASE(
        "Quantile", "\"axis\": 2, \"method\": \"linear\", \"keepdims\": false", "x, 0.25", 2, 0,
        0.5, 3.5
    ),
    CASE(
        "Quantile", "\"axis\": null, \"method\": \"linear\", \"keepdims\": false", "x, [0.0, 1.0]",
        2, 0, 0, 5
    ),
    CASE("SearchSorted", "\"side\": \"right\"", "[1.0, 3.0], x", 6, 0, 0, 1, 1, 2, 2, 2),
    CASE("Digitize", "", "x, [1.0, 3.0]", 6, 0, 0, 1, 1, 2, 2, 2),
    CASE("IsIn", "\"assume_unique\": false, \"invert\": true", "x, [1, 4]", 6, 0, 1, 0, 1, 1, 0, 1),
    /* products */
    CASE("Tensordot", "\"axes\": [[2], [0]]", "x, [1.0, 0.0, 2.0]", 2, 0, 4, 13),
    CASE("Tensordot", "\"axes\": 1", "x, [[1.0], [0.0], [2.0]]", 2, 0, 4, 13),
    CASE("Dot", "", "x, [1.0, 0.0, 2.0]", 2, 0, 4, 13),
    CASE("Inner", "", "x, [1.0, 0.0, 2.0]", 2, 0, 4, 13),
    CASE("Vdot", "", "x, x", 1, 0, 55),
    CASE_OF(LIST(2), LIST(1, 2), "Outer", "", "x, [3, 4]", 4, 0, 3, 4, 6, 8),
    CASE_OF(LIST(1, 2), LIST(1, 2), "Kron", "", "x, [[3], [4]]", 4, 0, 3, 6, 4, 8),
    CASE(
        "Cross", "\"axisa\": -1, \"axisb\": -1, \"axisc\": -1, \"axis\": null", "x, [0, 0, 1]", 6,
        0, 1, 0, 0, 4, -3, 0
    ),
    CASE("Norm", "\"ord\": 1, \"axis\": -1, \"keepdims\": false", "x", 2, 0, 3, 12),
    CASE(
        "Normalize", "\"axis\": -1, \"order\": 1, \"epsilon\": null", "x", 6, 0, 0, 1.0 / 3,
        2.0 / 3, 0.25, 1.0 / 3, 5.0 / 12
    ),
    /* networks */
    CASE_OF(
        LIST(1, 2, 3), LIST(0), "Softmax", "\"axis\": [1, 2]", "x", 6, 0, 1.0 / 6, 1.0 / 6, 1.0 / 6,
        1.0 / 6, 1.0 / 6, 1.0 / 6
    ),
    CASE("Threshold", "\"threshold\": 2, \"default_value\": -1", "x", 6, 0, -1, -1, -1, 3, 4, 5),
    CASE("SoftShrink", "\"threshold\": 0.5", "x", 6, 0, 0, 0.5, 1.5, 2.5, 3.5, 4.5),
    CASE(
        "MaxPool",
        "\"pool_size\": 2, \"strides\": null, \"padding\": \"valid\", \"data_format\": "
        "\"channels_last\"",
        "x", 3, 0, 3, 4, 5
    ),
    CASE(
        "Conv",
        "\"strides\": 1, \"padding\": \"valid\", \"data_format\": \"channels_last\", "
        "\"dilation_rate\": 1",
        "x, [[[1.0], [0.0], [2.0]]]", 2, 0, 4, 13
    ),
    CASE_OF(
        LIST(1, 2), LIST(3, 4), "RMSNorm", "\"axis\": -1, \"epsilon\": 0.0", "x, 2.0", 2, 0,
        1.69705627, 2.26274170
    ),
    CASE_OF(
        LIST(1, 2), LIST(1, 3), "LayerNorm",
        "\"axis\": -1, \"epsilon\": 0.0, \"rms_scaling\": false", "x, [2.0, 2.0], 1.0", 2, 0, -1, 3
    ),
    CASE(
        "BatchNorm", "\"axis\": -1, \"epsilon\": 0.0",
        "x, [0.0, 1.0, 2.0], [1.0, 1.0, 4.0], "
        "[0.0, 0.0, 1.0], null",
        6, 0, 0, 0, 1, 3, 3, 2.5
    ),
    CASE_OF(
        LIST(2), LIST(0.5f, 0.75f), "BinaryCrossentropy", "\"from_logits\": false", "[1.0, 0.0], x",
        2, 0, 0.69314718, 1.38629436
    ),
    CASE_OF(
        LIST(2, 2), LIST(0.5f, 0.5f, 3, 1), "SparseCategoricalCrossentropy",
        "\"from_logits\": false, \"axis\": -1", "[0, 1], x", 2, 0, 0.69314718, 1.38629436
    ),
    CASE_OF(
        LIST(2, 2), LIST(0, 2, 3, 3), "MultiHot",
        "\"num_classes\": 4, \"axis\": -1, \"dtype\": null, \"sparse\": false", "x", 8, 0, 1, 0, 1,
        0, 0, 0, 0, 1
    ),
    CASE_OF(
        LIST(2), LIST(1, 0), "OneHot",
        "\"num_classes\": 2, \"axis\": 0, \"dtype\": \"int32\", \"sparse\": false", "x", 4, 0, 0, 1,
        1, 0
    ),
    /* images: the input is one, with a row, two columns and three channels when it is read so */
    CASE_OF(
        LIST(1, 2, 3), LIST(0, 1, 2, 3, 4, 5), "RGBToGrayscale",
        "\"data_format\": \"channels_last\"", "x", 2, 0, 0.815, 3.8147
    ),
    CASE_OF(
        LIST(1, 2, 3), LIST(0, 1, 2, 3, 4, 5), "PadImages",
        "\"top_padding\": 1, \"left_padding\": 0, \"bottom_padding\": null, "
        "\"right_padding\": 0, \"target_height\": 2, \"target_width\": null, \"data_format\": "
        "\"channels_last\"",
        "x", 12, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5
    ),
    CASE_OF(
        LIST(1, 2, 3), LIST(0, 1, 2, 3, 4, 5), "CropImages",
        "\"top_cropping\": 0, \"left_cropping\": 1, \"bottom_cropping\": 0, "
        "\"right_cropping\": null, \"target_height\": null, \"target_width\": 1, \"data_format\": "
        "\"channels_last\"",
        "x", 3, 0, 3, 4, 5
    ),
    CASE_OF(
        LIST(1, 3, 2, 1), LIST(0, 1, 2, 3, 4, 5), "ExtractPatches",
        "\"size\": [2, 2], \"strides\": 1, \"dilation_rate\": 1, \"padding\": \"valid\", "
        "\"data_format\": \"channels_last\"",
        "x", 8, 0, 0, 1, 2, 3, 2, 3, 4, 5
    ),
    CASE_OF(
        LIST(1, 2, 3), LIST(0.5f, 0.25f, 0.5f, 0.2f, 0.4f, 0.1f), "RGBToHSV",
        "\"data_format\": \"channels_last\"", "x", 6, 0, 5.0 / 6, 0.5, 0.5, 5.0 / 18, 0.75, 0.4
    ),
    CASE_OF(
        LIST(1, 2, 3), LIST(0.25f, 0.5f, 0.8f, 0, 0, 0.3f), "HSVToRGB",
        "\"data_format\": \"channels_last\"", "x", 6, 0, 0.6, 0.8, 0.4, 0.3, 0.3, 0.3
    ),
};
enum { CASE_COUNT = sizeof cases / sizeof *cases };

START_TEST(a_class_computes_what_keras_does_and_is_written_as_read) { check_case(&cases[_i]); }
END_TEST

START_TEST(what_a_class_would_ignore_is_refused) {
    const operation_case wrong[] = {
        {.class_name = "Relu", .config = "\"slope\": 2", .args = "x"},
        {.class_name = "Relu", .config = "", .args = "x, 3"},
        {.class_name = "OneHot", .config = "\"num_classes\": 2, \"sparse\": true", .args = "x"},
        {.class_name = "Pad", .config = "\"pad_width\": 1, \"mode\": \"edge\"", .args = "x"},
        {.class_name = "Quantile", .config = "\"method\": \"lower\"", .args = "x, 0.5"},
        {.class_name = "SegmentSum", .config = "\"num_segments\": null", .args = "x, [0]"},
    };
    static const char *const named[] = {"slope", "positional", "sparse",
                                        "mode",  "method",     "num_segments"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(model_of(&wrong[i]), CORNU_EUNSUPPORTED, named[i]);
    const operation_case uneven = {.class_name = "Add", .config = "", .args = "x, [[1, 2], [3]]"};
    assert_fails(model_of(&uneven), CORNU_EFORMAT, "even lists");
    const operation_case many = {
        .class_name = "Split", .config = "\"indices_or_sections\": 5, \"axis\": 1", .args = "x"};
    assert_fails(model_of(&many), CORNU_EINVAL, "");
}
END_TEST

/* Numbers from a file are no overflow, and no memory. */
START_TEST(numbers_out_of_range_are_refused) {
    static const char largest[] = "9223372036854775807", least[] = "-9223372036854775808";
    static const struct {
        const char *class_name, *config, *args;
    } given[] = {
        {"Diagflat", "\"k\": %s", "x"},
        {"Diagonal", "\"offset\": %s, \"axis1\": 1, \"axis2\": 2", "x"},
        {"Pad", "\"pad_width\": %s", "x"},
        {"Split", "\"indices_or_sections\": %s, \"axis\": 1", "x"},
        {"Slice", "", "x, [0, %s, 0], [1, 1, 1]"},
        {"SliceUpdate", "", "x, [0, %s, 0], [[[1]]]"},
        {"Argmax", "\"axis\": %s", "x"},
        {"Roll", "\"shift\": %s, \"axis\": 1", "x"},
        {"Tile", "\"repeats\": [1, 1, %s]", "x"},
        {"TopK", "\"k\": %s", "x"},
        {"ExtractPatches", "\"size\": %s", "x"},
        {"ArraySplit", "\"indices_or_sections\": %s, \"axis\": 1", "x"},
        {"RFFT", "\"fft_length\": %s", "x"},
        {"ExtractSequences", "\"sequence_length\": 1, \"sequence_stride\": %s", "x"},
        {"Linspace", "\"num\": %s", "x, 1"},
        {"Histogram", "\"bins\": %s", "x"},
        {"SegmentMax", "\"num_segments\": %s", "x, [0]"},
        {"Scatter", "", "[[0, 0]], x, [%s, 1]"},
        {"Fold", "\"output_size\": %s, \"kernel_size\": 1", "x"},
        {"GaussianBlur", "\"kernel_size\": %s, \"sigma\": 1", "x"},
    };
    for (size_t i = 0; i < 2 * (sizeof given / sizeof *given); i++) {
        char config[256], args[256];
        const char *number = i % 2 == 0 ? largest : least;
        snprintf(config, sizeof config, given[i / 2].config, number);
        snprintf(args, sizeof args, given[i / 2].args, number);
        const operation_case one = {
            .class_name = given[i / 2].class_name, .config = config, .args = args};
        cornu_model *model = model_of(&one);
        ck_assert_msg(model == NULL, "%s: %s", one.class_name, number);
        cornu_error_clear();
    }
}
END_TEST

/* One head, two places: the second sees both, the first itself alone. */
START_TEST(attention_masks_what_lies_ahead) {
    const operation_case given = {
        .class_name = "DotProductAttention",
        .config = "\"is_causal\": true",
        .args = "x, x, x, null, null, 0.0",
        .shape = {.rank = 4, .dims = {1, 2, 1, 1}},
        .x = {1, 3},
        .count = 2,
        .wanted = {1, 2}};
    cornu_tensor *x = input_of(&given), *y;
    cornu_model *model = model_of(&given);
    assert_ok(model);
    assert_ok(cornu_model_run_(model, &x, NULL, &y));
    compare(&given, &y);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(operation_classes) {
    TCase *tc = cornu_test_case(suite, "operation classes");
    tcase_add_loop_test(tc, a_class_computes_what_keras_does_and_is_written_as_read, 0, CASE_COUNT);
    tcase_add_test(tc, what_a_class_would_ignore_is_refused);
    tcase_add_test(tc, numbers_out_of_range_are_refused);
    tcase_add_test(tc, attention_masks_what_lies_ahead);
}
