/* Operations that are computed by other ops together: scattered elements, blocks, sequences,
 * statistics, images. The numbers are NumPy's, or follow from the formulas of Keras' backends. */
#include "operation_case.h"

static const operation_case cases[] = {
    /* places that indices name */
    SMOOTH_OF(
        LIST(3), LIST(1, 2, 4), "Scatter", "", "[[0, 1], [1, 1], [0, 1]], x, [2, 2]", 4, 0, 0, 5, 0,
        2
    ),
    SMOOTH_OF(
        LIST(2, 2), LIST(1, 2, 3, 4), "Scatter", "", "[[2], [0]], x, [3, 2]", 6, 0, 3, 4, 0, 0, 1, 2
    ),
    SMOOTH_OF(LIST(2), LIST(1, 2), "Scatter", "", "[[-1], [3]], x, [3]", 3, 0, 0, 0, 1),
    SMOOTH_OF(
        LIST(2, 2), LIST(1, 2, 3, 4), "ScatterUpdate", "",
        "x, [[0, 1], [1, 0], [0, 1]], [7.0, 8.0, 9.0]", 4, 0, 1, 9, 8, 4
    ),
    CASE_OF(
        LIST(3, 2), LIST(5, 6, 7, 8, 9, 10), "ScatterUpdate", "",
        "[[1, 2], [3, 4]], [[1], [0], [1]], x", 4, 0, 7, 8, 9, 10
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "ScatterUpdate", "", "x, [[1]], [[1.0, 2.0]]", 6, 0, 1,
        2, 1, 2, 5, 6
    ),
    CASE_OF(
        LIST(5), LIST(1, 5, 3, 9, 2), "SegmentMax", "\"num_segments\": 3, \"sorted\": false",
        "x, [2, 0, 2, -1, 2]", 3, 0, 5, -INFINITY, 3
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 4, 2, 5, 3, 0), "SegmentMax", "\"num_segments\": 2, \"sorted\": false",
        "x, [1, 0, 1]", 4, 0, 2, 5, 3, 4
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 4, 2, -5, 3, 0), "SegmentMin", "\"num_segments\": 2, \"sorted\": true",
        "x, [0, 0, 1]", 4, 0, 1, -5, 3, 0
    ),
    SMOOTH_OF(
        LIST(5), LIST(2, 3, 4, 5, 0.5f), "SegmentProd", "\"num_segments\": 3, \"sorted\": false",
        "x, [0, 2, 0, 2, 0]", 3, 0, 4, 1, 15
    ),
    /* what is no number */
    CASE_OF(
        LIST(2, 3), LIST(1, NAN, 3, NAN, NAN, NAN), "Nansum", "\"axis\": 1, \"keepdims\": false",
        "x", 2, 0, 4, 0
    ),
    CASE_OF(
        LIST(2, 3), LIST(1, NAN, 3, NAN, NAN, NAN), "Nanprod", "\"axis\": 0, \"keepdims\": true",
        "x", 3, 0, 1, 1, 3
    ),
    CASE_OF(
        LIST(1, 3), LIST(1, NAN, 3), "Nanmax", "\"axis\": 0, \"keepdims\": false", "x", 3, 0, 1,
        NAN, 3
    ),
    CASE_OF(
        LIST(2, 3), LIST(1, NAN, 3, NAN, NAN, NAN), "Nanmin", "\"axis\": null, \"keepdims\": false",
        "x", 1, 0, 1
    ),
    CASE_OF(
        LIST(1, 3), LIST(1, NAN, 3), "Nanmean", "\"axis\": 1, \"keepdims\": false", "x", 1, 0, 2
    ),
    CASE_OF(
        LIST(2, 3), LIST(1, NAN, 3, NAN, NAN, NAN), "Nanvar", "\"axis\": null, \"keepdims\": false",
        "x", 1, 0, 1
    ),
    CASE_OF(LIST(1, 3), LIST(1, NAN, 3), "Nanstd", "\"axis\": 1, \"keepdims\": true", "x", 1, 0, 1),
    SMOOTH_OF(
        LIST(2, 3),
        LIST(
            -0.589999974f, -0.519999981f, -0.959999979f, 0.379999995f, -0.569999993f, -0.109999999f
        ),
        "Nanvar", "\"axis\": 1, \"keepdims\": false", "x", 2, 0, 0.0372666667, 0.150466663
    ),
    /* blocks */
    {"Rearrange",
     "",
     "x, \"b (h p) c -> b c (p h)\"",
     24,
     0,
     {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23},
     {.rank = 3, .dims = {2, 3, 4}},
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23},
     true,
     "\"p\": 1"},
    {"Rearrange",
     "",
     "x, \"b (h p) c -> (b p) h c\"",
     12,
     0,
     {0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11},
     {.rank = 3, .dims = {1, 4, 3}},
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
     true,
     "\"p\": 2"},
    SMOOTH_OF(
        LIST(1, 2, 1, 8), LIST(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
        "DepthToSpace", "\"block_size\": 2, \"data_format\": \"channels_last\"", "x", 16, 0, 0, 1,
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ),
    SMOOTH_OF(
        LIST(1, 4, 4, 2),
        LIST(
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
            24, 25, 26, 27, 28, 29, 30, 31
        ),
        "SpaceToDepth", "\"block_size\": 2, \"data_format\": \"channels_last\"", "x", 32, 0, 0, 1,
        2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 24, 25, 26, 27, 20, 21, 22,
        23, 28, 29, 30, 31
    ),
    SMOOTH_OF(
        LIST(1, 2, 4, 4),
        LIST(
            0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 1, 3, 5, 7, 9, 11, 13, 15,
            17, 19, 21, 23, 25, 27, 29, 31
        ),
        "SpaceToDepth", "\"block_size\": 2, \"data_format\": \"channels_first\"", "x", 32, 0, 0, 4,
        16, 20, 1, 5, 17, 21, 2, 6, 18, 22, 3, 7, 19, 23, 8, 12, 24, 28, 9, 13, 25, 29, 10, 14, 26,
        30, 11, 15, 27, 31
    ),
    SMOOTH_OF(
        LIST(1, 2, 3, 3), LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
        "Unfold", "\"kernel_size\": 2, \"dilation\": 1, \"padding\": 0, \"stride\": 1", "x", 32, 0,
        1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9, 10, 11, 13, 14, 11, 12, 14, 15, 13, 14, 16,
        17, 14, 15, 17, 18
    ),
    SMOOTH_OF(
        LIST(1, 1, 3, 4), LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "Unfold",
        "\"kernel_size\": [2, 1], \"dilation\": [2, 1], \"padding\": [1, 0], \"stride\": [2, 3]",
        "x", 8, 0, 0, 0, 5, 8, 5, 8, 0, 0
    ),
    SMOOTH_OF(
        LIST(1, 4, 4), LIST(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16), "Fold",
        "\"output_size\": [3, 3], \"kernel_size\": 2, \"dilation\": 1, \"padding\": 0, "
        "\"stride\": 1",
        "x", 9, 0, 1, 7, 6, 12, 34, 22, 11, 27, 16
    ),
    SMOOTH_OF(
        LIST(7), LIST(0, 1, 2, 3, 4, 5, 6), "ArraySplit", "\"indices_or_sections\": 3, \"axis\": 0",
        "x", 7, 3, 0, 1, 2, 3, 4, 5, 6
    ),
    SMOOTH_OF(
        LIST(2, 3), LIST(0, 1, 2, 3, 4, 5), "Hsplit", "\"indices_or_sections\": [1]", "x", 6, 2, 0,
        3, 1, 2, 4, 5
    ),
    SMOOTH_OF(
        LIST(2, 3), LIST(0, 1, 2, 3, 4, 5), "Vsplit", "\"indices_or_sections\": 2", "x", 6, 2, 0, 1,
        2, 3, 4, 5
    ),
    SMOOTH_OF(
        LIST(2, 3), LIST(0, 1, 2, 3, 4, 5), "Dstack", "", "[x, x]", 12, 0, 0, 0, 1, 1, 2, 2, 3, 3,
        4, 4, 5, 5
    ),
    /* alignments of labels with time */
    CASE_OF(
        LIST(1, 4, 3),
        LIST(
            0.600000024f, 0.100000001f, 0.300000012f, 0.5f, 0.200000003f, 0.300000012f,
            0.200000003f, 0.699999988f, 0.100000001f, 0.100000001f, 0.300000012f, 0.600000024f
        ),
        "CTCDecode",
        "\"strategy\": \"greedy\", \"beam_width\": 100, \"top_paths\": 1, \"merge_repeated\": "
        "true, \"mask_index\": null",
        "x, [4]", 5, 2, 0, 1, -1, -1, -2.4
    ),
    CASE_OF(
        LIST(1, 4, 3),
        LIST(
            0.600000024f, 0.100000001f, 0.300000012f, 0.5f, 0.200000003f, 0.300000012f,
            0.200000003f, 0.699999988f, 0.100000001f, 0.100000001f, 0.300000012f, 0.600000024f
        ),
        "CTCDecode", "\"strategy\": \"greedy\", \"merge_repeated\": false, \"mask_index\": 1",
        "x, [3]", 5, 2, 0, 0, -1, -1, -1.8
    ),
    SMOOTH_OF(
        LIST(2, 4, 3),
        LIST(
            0.680000007f, -0.860000014f, -0.300000012f, 2.16000009f, 0.870000005f, -1.28999996f,
            -0.0799999982f, 0.560000002f, 1.23000002f, 0.150000006f, -0.529999971f, -0.730000019f,
            0.649999976f, 0.310000002f, -0.519999981f, -0.189999998f, -0.419999987f, 0.720000029f,
            -0.689999998f, 0.49000001f, 0.850000024f, 0.49000001f, -0.829999983f, 1.34000003f
        ),
        "CTCLoss", "\"mask_index\": 0", "[[1, 2], [2, 0]], x, [2, 1], [4, 3]", 2, 0, 1.83755337,
        1.19263015
    ),
    SMOOTH_OF(
        LIST(2, 4, 3),
        LIST(
            0.680000007f, -0.860000014f, -0.300000012f, 2.16000009f, 0.870000005f, -1.28999996f,
            -0.0799999982f, 0.560000002f, 1.23000002f, 0.150000006f, -0.529999971f, -0.730000019f,
            0.649999976f, 0.310000002f, -0.519999981f, -0.189999998f, -0.419999987f, 0.720000029f,
            -0.689999998f, 0.49000001f, 0.850000024f, 0.49000001f, -0.829999983f, 1.34000003f
        ),
        "CTCLoss", "\"mask_index\": 2", "[[1, 1], [0, 1]], x, [2, 2], [4, 2]", 2, 0, 4.38213204,
        2.38784074
    ),
    /* sequences and statistics */
    SMOOTH_OF(
        LIST(2), LIST(1, 4), "Linspace",
        "\"num\": 4, \"endpoint\": true, \"retstep\": false, \"dtype\": null, \"axis\": 0",
        "x, [3.0, 10.0]", 8, 0, 1, 4, 1.66666667, 6, 2.33333333, 8, 3, 10
    ),
    SMOOTH_OF(
        LIST(2), LIST(1, 4), "Linspace",
        "\"num\": 3, \"endpoint\": false, \"retstep\": false, \"dtype\": null, \"axis\": -1",
        "x, 2.0", 6, 0, 1, 1.33333333, 1.66666667, 4, 3.33333333, 2.66666667
    ),
    SMOOTH_OF(
        LIST(2), LIST(1, 4), "Logspace",
        "\"num\": 3, \"endpoint\": true, \"base\": 2, \"dtype\": null, \"axis\": 0", "0.0, x", 6, 0,
        1, 1, 1.41421356, 4, 2, 16
    ),
    SMOOTH_OF(
        LIST(2), LIST(1, 4), "Geomspace",
        "\"num\": 4, \"endpoint\": true, \"dtype\": null, \"axis\": 0", "x, [8.0, 32.0]", 8, 0, 1,
        4, 2, 8, 4, 16, 8, 32
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Trapezoid", "\"x\": null, \"dx\": 0.5, \"axis\": -1", "x", 2, 0, -0.765000001, 0.232499998
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Trapezoid", "\"x\": [0.0, 1.0, 1.5, 4.0], \"dx\": 1.0, \"axis\": 1", "x", 2, 0,
        -3.31750001, 0.5625
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Vander",
        "\"N\": 3, \"increasing\": false", "x", 12, 0, 0.46240001, -0.680000007, 1, 0.184900006,
        0.430000007, 1, 0.5625, -0.75, 1, 3.02760003, -1.74000001, 1
    ),
    SMOOTH_OF(
        LIST(3), LIST(0, 2, 3), "Vander", "\"N\": null, \"increasing\": true", "x", 9, 0, 1, 0, 0,
        1, 2, 4, 1, 3, 9
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Ptp", "\"axis\": 1, \"keepdims\": false", "x", 2, 0, 2.17000008, 0.370000005
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Corrcoef", "", "x", 4, 0, 1, 0.0735235583, 0.0735235583, 1
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"valid\"", "x, [1.0, -2.0, 0.5]", 2, 0, -1.91500002, 1.06
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"valid\"", "[1.0, -2.0, 0.5, 3.0, 1.0, 2.0], x", 3, 0, -7.13500005, -2.41499999,
        -3.28
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"valid\"", "[1.0, -2.0], x", 3, 0, 2.73000002, 1.93000001, -1.54000002
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"same\"", "x, [1.0, -2.0, 0.5]", 4, 0, 1.57500002, -1.91500002, 1.06, 2.73000002
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"same\"", "[1.0, -2.0, 0.5, 3.0, 1.0, 2.0], x", 6, 0, 2.73000002, 1.06,
        -7.13500005, -2.41499999, -3.28, -3.11000001
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"same\"", "[1.0, -2.0], x", 4, 0, 2.73000002, 1.93000001, -1.54000002,
        1.36000001
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"full\"", "x, [1.0, -2.0, 0.5]", 6, 0, -0.340000004, 1.57500002, -1.91500002,
        1.06, 2.73000002, -1.74000001
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"full\"", "[1.0, -2.0, 0.5, 3.0, 1.0, 2.0], x", 9, 0, -1.74000001, 2.73000002,
        1.06, -7.13500005, -2.41499999, -3.28, -3.11000001, 0.180000007, -1.36000001
    ),
    SMOOTH_OF(
        LIST(4), LIST(-0.680000007f, 0.430000007f, -0.75f, -1.74000001f), "Correlate",
        "\"mode\": \"full\"", "[1.0, -2.0], x", 5, 0, -1.74000001, 2.73000002, 1.93000001,
        -1.54000002, 1.36000001
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Cdist", "", "x, [[1.0, 2.0, 0.0, 1.0], [0.0, 0.0, 1.0, -1.0], [2.0, 2.0, 2.0, 2.0]]", 6, 0,
        3.6547777, 2.0633468, 5.58546328, 2.01042285, 1.71516763, 3.65264288
    ),
    CASE_OF(
        LIST(6), LIST(0.100000001f, 0.5f, 1, 2, 2, 3), "Histogram", "\"bins\": 3, \"range\": null",
        "x", 7, 2, 3, 2, 1, 0.100000001, 1.06666667, 2.03333333, 3
    ),
    CASE_OF(
        LIST(6), LIST(0.100000001f, 0.5f, 1, 2, 2, 3), "Histogram",
        "\"bins\": 4, \"range\": [0.0, 2.0]", "x", 9, 2, 1, 1, 1, 2, 0, 0.5, 1, 1.5, 2
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            -0.680000007f, 0.430000007f, -0.75f, -1.74000001f, 0.230000004f, 0.289999992f,
            -0.0799999982f, 0.280000001f
        ),
        "Ldexp", "", "x, 3", 8, 0, -5.44000006, 3.44000006, -6, -13.9200001, 1.84000003, 2.31999993,
        -0.639999986, 2.24000001
    ),
    CASE_OF(LIST(3), LIST(1, -2, 0), "Angle", "", "x", 3, 0, 0, 3.14159265, 0),
    CASE_OF(
        LIST(2, 2), LIST(1, NAN, 3, 4), "Nancumsum", "\"axis\": null, \"dtype\": null", "x", 4, 0,
        1, 1, 4, 8
    ),
    CASE_OF(LIST(3), LIST(3, 1, 2), "Argpartition", "\"kth\": 1, \"axis\": -1", "x", 3, 0, 1, 2, 0),
    /* images */
    SMOOTH_OF(
        LIST(1, 4, 3, 1),
        LIST(
            -0.649999976f, -0.74000001f, -0.170000002f, 1.90999997f, 0.810000002f, -0.519999981f,
            0.560000002f, -0.479999989f, -0.460000008f, 0.860000014f, -0.529999971f, -1.67999995f
        ),
        "GaussianBlur",
        "\"kernel_size\": [3, 5], \"sigma\": [1.0, 0.5], \"data_format\": \"channels_last\"", "x",
        12, 0, -0.275012494, -0.360318345, -0.221417316, 0.813613107, 0.507728435, -0.0763398478,
        0.236838737, -0.119094696, -0.364697158, 0.204627577, -0.385118583, -0.747497236
    ),
    SMOOTH_OF(
        LIST(1, 2, 4, 1), LIST(0, 1, 2, 3, 4, 5, 6, 7), "Resize",
        "\"size\": [2, 2], \"interpolation\": \"nearest\", \"antialias\": false, "
        "\"crop_to_aspect_ratio\": true, \"pad_to_aspect_ratio\": false, \"fill_mode\": "
        "\"constant\", \"fill_value\": 0.0, \"data_format\": \"channels_last\"",
        "x", 4, 0, 1, 2, 5, 6
    ),
    SMOOTH_OF(
        LIST(1, 2, 4, 1), LIST(0, 1, 2, 3, 4, 5, 6, 7), "Resize",
        "\"size\": [4, 4], \"interpolation\": \"nearest\", \"antialias\": false, "
        "\"crop_to_aspect_ratio\": false, \"pad_to_aspect_ratio\": true, \"fill_mode\": "
        "\"constant\", \"fill_value\": 9.0, \"data_format\": \"channels_last\"",
        "x", 16, 0, 9, 9, 9, 9, 0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9
    ),
};
enum { CASE_COUNT = sizeof cases / sizeof *cases };

START_TEST(an_operation_computes_what_keras_does_and_is_written_as_read) { check_case(&cases[_i]); }
END_TEST

START_TEST(an_operation_has_the_derivative_of_what_it_computes) { check_derivative(&cases[_i]); }
END_TEST

START_TEST(what_cannot_be_computed_is_refused_with_its_reason) {
    static const refused_operation given[] = {
        {"Scan", "", "x, x", "functions", CORNU_EUNSUPPORTED},
        {"ViewAsComplex", "", "x", "complex", CORNU_EUNSUPPORTED},
        {"Bincount", "\"minlength\": 3", "x", "depends on values", CORNU_EUNSUPPORTED},
        {"Rearrange", "", "x, \"b h -> h b\"", "3 axes", CORNU_ESHAPE},
        {"Rearrange", "", "x, \"b (h p) c -> b h p c\"", "split", CORNU_ESHAPE},
        {"Rearrange", "", "x, \"b h w -> b h h\"", "once", CORNU_EINVAL},
        {"Rearrange", "", "x, \"b (h w -> b h w\"", "brackets", CORNU_EINVAL},
        {"DepthToSpace", "\"block_size\": 2", "x", "four axes", CORNU_EINVAL},
        {"Unfold", "\"kernel_size\": 2", "x", "rows, columns", CORNU_ESHAPE},
        {"Scatter", "", "[[0, 0, 0]], x, [2, 2]", "2 axes", CORNU_ESHAPE},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) check_refused(&given[i]);
}
END_TEST

/* Through a Cast, since the input is of floats. */
START_TEST(bits_are_those_of_two_s_complement) {
    static const int64_t a[] = {0, 12, -1, -100, 77, INT32_MAX, INT32_MIN, 5};
    static const int64_t b[] = {3, 10, 31, 27, -4, 6, 1, 40};
    enum { COUNT = sizeof a / sizeof *a };
    static const char *const names[] = {"BitwiseAnd", "BitwiseOr",  "BitwiseXor", "LeftShift",
                                        "RightShift", "BitwiseNot", "Gcd",        "Lcm"};
    static const cornu_dtype types[] = {CORNU_INT32, CORNU_INT64};
    for (int type = 0; type < 2; type++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const operation_case one = {
                .class_name = names[i],
                .config = "",
                .args = i == 5 ? "x" : "x, [3, 10, 31, 27, -4, 6, 1, 40]",
                .shape = {.rank = 1, .dims = {COUNT}}};
            cornu_model *model = model_in(&one, cornu_dtype_name(types[type]));
            assert_ok(model);
            cornu_tensor *exact =
                cornu_scope_add_(cornu_tensor_from(CORNU_INT64, cornu_shape(COUNT), a));
            cornu_tensor *x = cornu_op_cast(exact, types[type]), *y;
            assert_ok(cornu_model_run_(model, &x, NULL, &y));
            ck_assert_int_eq(cornu_tensor_dtype(y), types[type]);
            for (int k = 0; k < COUNT; k++) {
                int64_t p = a[k] < 0 ? -a[k] : a[k], q = b[k] < 0 ? -b[k] : b[k];
                while (q != 0) {
                    int64_t rest = p % q;
                    p = q, q = rest;
                }
                int64_t product = (a[k] < 0 ? -a[k] : a[k]) / p * (b[k] < 0 ? -b[k] : b[k]);
                bool shifts = b[k] >= 0, narrow = type == 0;
                const int64_t wanted[] = {
                    a[k] & b[k],
                    a[k] | b[k],
                    a[k] ^ b[k],
                    shifts ? (int64_t)((uint64_t)a[k] << b[k]) : 0,
                    shifts ? a[k] >> b[k] : 0,
                    ~a[k],
                    p,
                    product};
                if ((i == 3 || i == 4) && !shifts) continue; /* is not defined */
                int64_t value = narrow ? (int32_t)wanted[i] : wanted[i];
                ck_assert_msg(
                    cornu_tensor_get(y, k) == (double)value, "%s of %lld and %lld: %g, not %lld",
                    names[i], (long long)a[k], (long long)b[k], cornu_tensor_get(y, k),
                    (long long)value
                );
            }
            cornu_model_free(model);
        }
}
END_TEST

START_TEST(an_index_is_one_along_each_axis) {
    const operation_case given = {
        .class_name = "UnravelIndex",
        .config = "\"shape\": [2, 3]",
        .args = "x",
        .outputs = 2,
        .shape = {.rank = 1, .dims = {3}},
        .count = 6,
        .wanted = {1, 0, 1, 1, 2, 0}};
    const int32_t numbers[] = {4, 2, 3};
    cornu_model *model = model_in(&given, "int32");
    assert_ok(model);
    cornu_tensor *x = cornu_scope_add_(cornu_tensor_from(CORNU_INT32, cornu_shape(3), numbers));
    cornu_tensor *y[2];
    assert_ok(cornu_model_run_(model, &x, NULL, y));
    compare(&given, y);
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(operation_compositions) {
    TCase *tc = cornu_test_case(suite, "operation compositions");
    tcase_add_loop_test(
        tc, an_operation_computes_what_keras_does_and_is_written_as_read, 0, CASE_COUNT
    );
    tcase_add_loop_test(tc, an_operation_has_the_derivative_of_what_it_computes, 0, CASE_COUNT);
    tcase_add_test(tc, what_cannot_be_computed_is_refused_with_its_reason);
    tcase_add_test(tc, bits_are_those_of_two_s_complement);
    tcase_add_test(tc, an_index_is_one_along_each_axis);
}
