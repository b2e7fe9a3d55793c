/* Operations that are computed by other ops together, or by factorisations: transforms, scattered
 * elements, blocks, linear algebra. The numbers are NumPy's, or follow from the formulas of Keras'
 * backends. */
#include "operation_case.h"

static const operation_case cases[] = {
    /* Fourier transforms; 6 places one after the other,
        72 (too long to be one product) by their norm */
    SMOOTH_OF(
        LIST(2, 5),
        LIST(
            1.78999996f, 0.439999998f, 0.100000001f, -1.86000001f, -0.280000001f, -0.349999994f,
            -0.0799999982f, -0.629999995f, -0.0399999991f, -0.479999989f
        ),
        "FFT", "", "[x, [[-1.3, 0.9, 0.9, 1.7, 0.1], [-0.4, -0.5, -1.5, 1.0, -1.1]]]", 20, 2,
        0.189999945, 3.55392961, 2.34776075, -0.114386083, 2.97269559, -1.57999998, -0.879837346,
        2.62632057, -2.83430431, 0.917821096, 2.3, -4.93124699, 0.135292597, -2.74643822,
        -1.2576074, -2.5, -0.523547995, -0.0563187428, 1.53615613, -0.456289392
    ),
    SMOOTH_OF(
        LIST(3, 4),
        LIST(
            -1.19000006f, -0.209999993f, 1.49000001f, 0.239999995f, -1.01999998f, -0.709999979f,
            0.629999995f, -0.159999996f, -0.769999981f, -0.230000004f, 0.75f, 1.98000002f
        ),
        "FFT2", "",
        "[x, [[-1.2, -0.6, -0.8, -2.4], [-0.9, -1.0, 1.1, -0.1], [-1.6, 0.6, -0.4, -1.7]]]", 24, 2,
        0.800000027, -2.65000002, -1.02000006, -9.05000002, 2.00025581, -2.12542262, 2.82025584,
        -1.45021821, -1.81025597, 2.13542244, -0.990255934, -2.93978197, -9, -0.390000007, 1.4,
        -6.80999999, -0.410584047, 3.15386458, -1.14855715, -0.528697979, -5.58941595, -2.61386461,
        2.74855715, 4.78869801
    ),
    SMOOTH_OF(
        LIST(3, 4),
        LIST(
            -1.19000006f, -0.209999993f, 1.49000001f, 0.239999995f, -1.01999998f, -0.709999979f,
            0.629999995f, -0.159999996f, -0.769999981f, -0.230000004f, 0.75f, 1.98000002f
        ),
        "IFFT2", "",
        "[x, [[-1.2, -0.6, -0.8, -2.4], [-0.9, -1.0, 1.1, -0.1], [-1.6, 0.6, -0.4, -1.7]]]", 24, 2,
        0.0666666689, -0.754166669, -0.0850000046, -0.220833335, -0.150854664, -0.244981831,
        -0.0825213278, 0.17795187, 0.166687984, -0.120851517, 0.23502132, -0.177118551, -0.75,
        -0.567499999, 0.116666667, -0.0325000005, -0.465784663, 0.399058167, 0.229046429,
        -0.21782205, -0.0342153373, -0.0440581649, -0.0957130955, 0.262822048
    ),
    SMOOTH_OF(
        LIST(2, 6),
        LIST(
            -0.600000024f, -0.589999974f, -0.870000005f, 0.0299999993f, -2.25f, -0.270000011f,
            1.00999999f, 0.850000024f, 1.11000001f, 1.12f, 1.49000001f, -1.12f
        ),
        "RFFT", "\"fft_length\": null", "x", 16, 2, -4.55000001, 0.499999987, 1.41999997,
        -2.89000004, 4.46000004, -1.54500002, 0.964999974, 2.75999999, 0, -0.917986956, 1.47224315,
        0, 0, -1.37698042, -2.03515972, 0
    ),
    SMOOTH_OF(
        LIST(2, 6),
        LIST(
            -0.600000024f, -0.589999974f, -0.870000005f, 0.0299999993f, -2.25f, -0.270000011f,
            1.00999999f, 0.850000024f, 1.11000001f, 1.12f, 1.49000001f, -1.12f
        ),
        "RFFT", "\"fft_length\": 5", "x", 12, 2, -4.28, -0.798034, 1.43803394, 5.58000004,
        -0.0710081453, -0.1939919, 0, -1.04974711, -1.8316744, 0, 0.614554004, 0.366671997
    ),
    SMOOTH_OF(
        LIST(2, 6),
        LIST(
            -0.600000024f, -0.589999974f, -0.870000005f, 0.0299999993f, -2.25f, -0.270000011f,
            1.00999999f, 0.850000024f, 1.11000001f, 1.12f, 1.49000001f, -1.12f
        ),
        "RFFT", "\"fft_length\": 9", "x", 20, 2, -4.55000001, 1.14998527, -1.83035186, 1.41999997,
        -1.16463348, 4.46000004, 0.946200989, -0.162021432, 0.964999974, 0.565820407, 0, 1.88724654,
        -0.368144624, 1.47224315, -2.33333345, 0, -3.50212714, 1.43089515, -2.03515972, 2.02317692
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            0.850000024f, -1.86000001f, -0.600000024f, -1.90999997f, 1.04999995f, 1.33000004f,
            -0.200000003f, 1.76999998f
        ),
        "IRFFT", "\"fft_length\": null", "[x, [[-0.7, 0.2, 0.2, -1.1], [0.4, 1.9, -1.0, 0.9]]]", 12,
        0, -0.99666667, 0.134529946, 0.233333349, 0.879999995, 0.233333349, 0.365470054,
        0.846666669, -0.124807618, -0.555491241, -0.63000002, 1.11882454, 0.394807624
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            0.850000024f, -1.86000001f, -0.600000024f, -1.90999997f, 1.04999995f, 1.33000004f,
            -0.200000003f, 1.76999998f
        ),
        "IRFFT", "\"fft_length\": 7", "[x, [[-0.7, 0.2, 0.2, -1.1], [0.4, 1.9, -1.0, 0.9]]]", 14, 0,
        -1.12714286, 0.355883508, -0.222748192, 0.9410667, 0.288489414, 0.33052236, 0.283929089,
        0.978571428, -0.313433292, -0.0199373143, -1.05014125, 0.369084869, 0.88440465, 0.201450862
    ),
    SMOOTH_OF(
        LIST(2, 4),
        LIST(
            0.850000024f, -1.86000001f, -0.600000024f, -1.90999997f, 1.04999995f, 1.33000004f,
            -0.200000003f, 1.76999998f
        ),
        "IRFFT", "\"fft_length\": 4", "[x, [[-0.7, 0.2, 0.2, -1.1], [0.4, 1.9, -1.0, 0.9]]]", 8, 0,
        -0.867500007, 0.262500012, 0.992500007, 0.462500012, 0.877500009, -0.637500011,
        -0.452500034, 1.26249999
    ),
    SMOOTH_OF(
        LIST(1, 9),
        LIST(
            -0.150000006f, 1.76999998f, 0.479999989f, 0.680000007f, 0.639999986f, 0.25f,
            -1.39999998f, 1.38999999f, -1.37f
        ),
        "STFT",
        "\"sequence_length\": 4, \"sequence_stride\": 2, \"fft_length\": 4, \"window\": "
        "\"hann\", \"center\": true",
        "x", 30, 2, 1.61999997, 0.150000006, -1.91999999, 1.70499998, -0.479999989, -0.745000005,
        1.10499999, -0.639999986, 0.174999982, -0.579999983, 1.39999998, -2.21999997, 0.0199999809,
        1.37, -2.75999999, 0, 3.33066907e-16, 0, 0, -0.544999987, 0, 0, -0.215000004, 0, 0,
        0.569999993, 0, 0, 2.22044605e-16, 0
    ),
    SMOOTH_OF(
        LIST(1, 9),
        LIST(
            -0.150000006f, 1.76999998f, 0.479999989f, 0.680000007f, 0.639999986f, 0.25f,
            -1.39999998f, 1.38999999f, -1.37f
        ),
        "STFT",
        "\"sequence_length\": 3, \"sequence_stride\": 3, \"fft_length\": 5, \"window\": "
        "\"hamming\", \"center\": false",
        "x", 12, 2, 1.0348, -0.678857171, 0.161457173, -0.834299983, 0.732206203, -0.315056212, 0,
        -0.0441506643, -0.229693107, 0, -0.795475245, 1.17822268
    ),
    SMOOTH_OF(
        LIST(1, 9),
        LIST(
            -0.150000006f, 1.76999998f, 0.479999989f, 0.680000007f, 0.639999986f, 0.25f,
            -1.39999998f, 1.38999999f, -1.37f
        ),
        "STFT",
        "\"sequence_length\": 3, \"sequence_stride\": 2, \"fft_length\": 5, \"window\": null, "
        "\"center\": false",
        "x", 18, 2, 3.41999996, -0.34372877, -1.74127122, 0.650000006, -0.462517351, 1.33751732,
        -0.49000001, 0.301991113, 1.54300886, 0, -0.957136798, -0.854408653, 0, -2.20743378,
        -0.851681287, 0, 0.0992092705, -3.60565976
    ),
    SMOOTH_OF(
        LIST(5, 3),
        LIST(
            0.832000017f, -0.307000011f, -0.486000001f, -0.409999996f, 0.859000027f, -1.23099995f,
            1.17299998f, -1.23699999f, 1.03299999f, -2.38400006f, 0.984000027f, 0.791000009f,
            -4.19500017f, 0.898999989f, 2.11199999f
        ),
        "ISTFT",
        "\"sequence_length\": 4, \"sequence_stride\": 2, \"fft_length\": 4, \"length\": null, "
        "\"window\": \"hamming\", \"center\": true",
        "[x, [[0.0, 0.0, 0.0], [0.0, -0.248, 0.0], [0.0, -0.092, 0.0], [0.0, -1.566, 0.0], "
        "[0.0, -0.0, 0.0]]]",
        8, 0, 0.240003986, 0.609953696, -0.839735691, 0.150231467, 1.17001191, -0.0201389088,
        -0.890252416, -2.91990746
    ),
    SMOOTH_OF(
        LIST(5, 3),
        LIST(
            0.832000017f, -0.307000011f, -0.486000001f, -0.409999996f, 0.859000027f, -1.23099995f,
            1.17299998f, -1.23699999f, 1.03299999f, -2.38400006f, 0.984000027f, 0.791000009f,
            -4.19500017f, 0.898999989f, 2.11199999f
        ),
        "ISTFT",
        "\"sequence_length\": 3, \"sequence_stride\": 1, \"fft_length\": 4, \"length\": 5, "
        "\"window\": \"hann\", \"center\": false",
        "[x, [[0.0, 0.0, 0.0], [0.0, -0.248, 0.0], [0.0, -0.092, 0.0], [0.0, -1.566, 0.0], "
        "[0.0, -0.0, 0.0]]]",
        5, 0, 0, 0.21966667, 0.379499998, -0.505833335, 0.772833313
    ),
    SMOOTH_OF(
        LIST(6), LIST(1, 2, 3, 4, 5, 6), "ExtractSequences",
        "\"sequence_length\": 3, \"sequence_stride\": 2", "x", 6, 0, 1, 2, 3, 3, 4, 5
    ),
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
    /* linear algebra */
    SMOOTH_OF(
        LIST(3, 3), LIST(4, 1, 2, 1, 5, -1, 2, -1, 6), "Cholesky", "\"upper\": false", "x", 9, 0, 2,
        0, 0, 0.5, 2.17944947, 0, 1, -0.688247202, 2.12751399
    ),
    SMOOTH_OF(
        LIST(3, 3), LIST(4, 1, 2, 1, 5, -1, 2, -1, 6), "Cholesky", "\"upper\": true", "x", 9, 0, 2,
        0.5, 1, 0, 2.17944947, -0.688247202, 0, 0, 2.12751399
    ),
    SMOOTH_OF(
        LIST(3, 3), LIST(2, 0, 0, 0.5f, 2.18000007f, 0, 1, -0.689999998f, 2.13000011f),
        "CholeskyInverse", "\"upper\": false", "x", 9, 0, 0.337076112, -0.0930074946, -0.127648477,
        -0.0930074946, 0.23250135, 0.0697643141, -0.127648477, 0.0697643141, 0.220414797
    ),
    SMOOTH_OF(LIST(2, 2, 2), LIST(1, 2, 3, 4, 0, 2, 1, 1), "Det", "", "x", 2, 0, -2, -2),
    SMOOTH_OF(
        LIST(2, 2, 2), LIST(1, 2, 3, 4, 0, 2, 1, 1), "Inv", "", "x", 8, 0, -2, 1, 1.5, -0.5, -0.5,
        1, 0.5, 0
    ),
    SMOOTH_OF(
        LIST(3, 3), LIST(4, 1, 2, 1, 5, -1, 2, -1, 6), "Eigh", "", "x", 12, 2, 2.10489348,
        5.60270493, 7.29240159, -0.752575832, -0.457943853, 0.473198736, 0.431704133, -0.885735639,
        -0.17059871, 0.497253615, 0.0758933838, 0.86427949
    ),
    SMOOTH_OF(
        LIST(2, 2), LIST(1, 2, 3, 4), "LuFactor", "", "x", 6, 2, 3, 4, 0.333333333, 0.666666667, 1,
        1
    ),
    SMOOTH_OF(
        LIST(2, 2, 2), LIST(1, 2, 3, 4, 0, 2, 1, 1), "Solve", "", "x, [[1.0, 2.0], [3.0, -1.0]]", 4,
        0, 0, 0.5, -2.5, 1.5
    ),
    SMOOTH_OF(
        LIST(2, 2), LIST(1, 2, 3, 4), "Solve", "", "[[2.0, 1.0], [1.0, 3.0]], x", 4, 0, 0, 0.4, 1,
        1.2
    ),
    SMOOTH_OF(
        LIST(3, 3), LIST(4, 1, 2, 1, 5, -1, 2, -1, 6), "SolveTriangular", "\"lower\": true",
        "x, [1.0, 2.0, 3.0]", 3, 0, 0.25, 0.35, 0.475
    ),
    SMOOTH_OF(
        LIST(3, 3), LIST(4, 1, 2, 1, 5, -1, 2, -1, 6), "SolveTriangular", "\"lower\": false",
        "x, [[1.0], [2.0], [3.0]]", 3, 0, -0.125, 0.5, 0.5
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Qr", "\"mode\": \"reduced\"", "x", 10, 2, -0.169030851,
        0.897085227, -0.507092553, 0.276026224, -0.845154255, -0.34503278, -5.91607978, -7.43735744,
        0, 0.828078671
    ),
    CASE_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Qr", "\"mode\": \"complete\"", "x", 15, 2,
        -0.169030851, 0.897085227, 0.40824829, -0.507092553, 0.276026224, -0.816496581,
        -0.845154255, -0.34503278, 0.40824829, -5.91607978, -7.43735744, 0, 0.828078671, 0, 0
    ),
    SMOOTH_OF(
        LIST(2, 3), LIST(1, 3, 5, 2, 4, 6), "Qr", "\"mode\": \"reduced\"", "x", 10, 2, -0.447213595,
        -0.894427191, -0.894427191, 0.447213595, -2.23606798, -4.91934955, -7.60263112, 0,
        -0.894427191, -1.78885438
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "SVD", "\"full_matrices\": false, \"compute_uv\": true",
        "x", 12, 3, -0.229847696, -0.883461018, -0.524744819, -0.240782492, -0.819641941,
        0.401896033, 9.52551809, 0.514300581, -0.619629484, -0.784894453, 0.784894453, -0.619629484
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "SVD", "\"full_matrices\": true, \"compute_uv\": false",
        "x", 2, 0, 9.52551809, 0.514300581
    ),
    CASE_OF(
        LIST(2, 2, 2), LIST(1, 2, 3, 4, 0, 2, 1, 1), "Slogdet", "", "x", 4, 2, -1, -1, 0.693147181,
        0.693147181
    ),
    SMOOTH_OF(
        LIST(2, 2, 2), LIST(1, 2, 3, 4, 0, 2, 1, 1), "Logdet", "", "x", 2, 0, 0.693147181,
        0.693147181
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Lstsq", "\"rcond\": null", "x, [1.0, 2.0, -1.0]", 2, 0,
        -2.66666667, 2.16666667
    ),
    SMOOTH_OF(
        LIST(2, 3), LIST(1, 3, 5, 2, 4, 6), "Lstsq", "\"rcond\": null", "x, [[1.0], [2.0]]", 3, 0,
        0.833333333, 0.333333333, -0.166666667
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Norm",
        "\"ord\": \"nuc\", \"axis\": null, \"keepdims\": false", "x", 1, 0, 10.0398187
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Norm",
        "\"ord\": 1, \"axis\": [0, 1], \"keepdims\": false", "x", 1, 0, 12
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Norm",
        "\"ord\": -1, \"axis\": [0, 1], \"keepdims\": false", "x", 1, 0, 9
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Norm",
        "\"ord\": 2, \"axis\": [0, 1], \"keepdims\": true", "x", 1, 0, 9.52551809
    ),
    SMOOTH_OF(
        LIST(3, 2), LIST(1, 2, 3, 4, 5, 6), "Norm",
        "\"ord\": -2, \"axis\": [0, 1], \"keepdims\": false", "x", 1, 0, 0.514300581
    ),
    CASE_OF(
        LIST(2, 3), LIST(1, 0, 2, 0, 0, 0), "Norm", "\"ord\": 0, \"axis\": 1, \"keepdims\": false",
        "x", 2, 0, 2, 0
    ),
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

START_TEST(an_operation_has_the_derivative_of_what_it_computes) {
    if (cases[_i].smooth) check_derivative(&cases[_i]);
}
END_TEST

/* Long transforms go another way: there and back again, and by the sum of all places. */
START_TEST(a_transform_of_many_places_is_undone_by_its_inverse) {
    static const int lengths[] = {72, 360, 67, 134};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char json[2048];
        snprintf(
            json, sizeof json,
            "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
            "{\"class_name\": \"InputLayer\", \"config\": {\"name\": \"in\", \"batch_shape\": "
            "[2, %d], \"dtype\": \"float64\"}, \"name\": \"in\", \"inbound_nodes\": []}, "
            "{\"module\": \"keras.src.ops.math\", \"class_name\": \"RFFT\", \"config\": {\"name\": "
            "\"there\", \"fft_length\": null}, \"name\": \"there\", \"inbound_nodes\": [{\"args\": "
            "[" IN "], \"kwargs\": {}}]}, {\"module\": \"keras.src.ops.math\", \"class_name\": "
            "\"IRFFT\", \"config\": {\"name\": \"back\", \"fft_length\": %d}, \"name\": \"back\", "
            "\"inbound_nodes\": [{\"args\": [[{\"class_name\": \"__keras_tensor__\", \"config\": "
            "{\"keras_history\": [\"there\", 0, 0]}}, {\"class_name\": \"__keras_tensor__\", "
            "\"config\": {\"keras_history\": [\"there\", 0, 1]}}]], \"kwargs\": {}}]}], "
            "\"input_layers\": [\"in\", 0, 0], \"output_layers\": [[\"there\", 0, 0], [\"back\", "
            "0, 0]]}}",
            lengths[i], lengths[i]
        );
        cornu_model *model = cornu_model_from_json(json);
        assert_ok(model);
        cornu_shape shape = cornu_shape(2, lengths[i]);
        cornu_tensor *x = cornu_random_normal(shape, .dtype = CORNU_FLOAT64, .seed = 3), *y[2];
        assert_ok(cornu_model_run_(model, &x, NULL, y));
        assert_same(y[1], x, 1e-12, 1e-12);
        cornu_tensor *sum = cornu_op_sum(x, .axis = cornu_axes(1));
        ck_assert_double_eq_tol(cornu_tensor_get(y[0], 0), cornu_tensor_get(sum, 0), 1e-11);
        cornu_model_free(model);
    }
}
END_TEST

START_TEST(what_cannot_be_computed_is_refused_with_its_reason) {
    static const struct {
        const char *class_name, *config, *args, *reason;
        cornu_status status;
    } given[] = {
        {"Scan", "", "x, x", "functions", CORNU_EUNSUPPORTED},
        {"ViewAsComplex", "", "x", "complex", CORNU_EUNSUPPORTED},
        {"Bincount", "\"minlength\": 3", "x", "depends on values", CORNU_EUNSUPPORTED},
        {"Rearrange", "", "x, \"b h -> h b\"", "three|3 axes", CORNU_ESHAPE},
        {"Rearrange", "", "x, \"b (h p) c -> b h p c\"", "split", CORNU_ESHAPE},
        {"Rearrange", "", "x, \"b h w -> b h h\"", "once", CORNU_EINVAL},
        {"Rearrange", "", "x, \"b (h w -> b h w\"", "brackets", CORNU_EINVAL},
        {"DepthToSpace", "\"block_size\": 2", "x", "four axes", CORNU_EINVAL},
        {"FFT", "", "x", "no list", CORNU_EFORMAT},
        {"RFFT", "\"fft_length\": 0", "x", "fft_length", CORNU_EINVAL},
        {"STFT",
         "\"sequence_length\": 4, \"sequence_stride\": 1, \"fft_length\": 3, \"window\": null", "x",
         "sequence_length", CORNU_EINVAL},
        {"Det", "", "x", "square", CORNU_ESHAPE},
        {"Unfold", "\"kernel_size\": 2", "x", "rows, columns", CORNU_ESHAPE},
        {"Scatter", "", "[[0, 0, 0]], x, [2, 2]", "2 axes", CORNU_ESHAPE},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const operation_case one = {
            .class_name = given[i].class_name, .config = given[i].config, .args = given[i].args};
        cornu_model *model = model_of(&one);
        ck_assert_msg(model == NULL, "%s", one.class_name);
        const char *reason = strchr(given[i].reason, '|');
        reason = reason != NULL ? reason + 1 : given[i].reason;
        assert_fails(model, given[i].status, reason);
    }
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

/* A matrix of another kind than promised is an error when its values are seen. */
START_TEST(a_matrix_without_a_cholesky_factor_is_refused) {
    const operation_case given = {
        .class_name = "Cholesky",
        .config = "",
        .args = "x",
        .shape = {.rank = 2, .dims = {2, 2}},
        .x = {1, 2, 2, 1}};
    cornu_tensor *x = input_of(&given), *y;
    cornu_model *model = model_of(&given);
    assert_ok(model);
    assert_fails(
        cornu_model_run_(model, &x, NULL, &y) == CORNU_OK ? y : NULL, CORNU_EINVAL,
        "positive definite"
    );
    cornu_model_free(model);
}
END_TEST

CORNU_TESTS(operation_compositions) {
    TCase *tc = cornu_test_case(suite, "operation compositions");
    tcase_add_loop_test(
        tc, an_operation_computes_what_keras_does_and_is_written_as_read, 0, CASE_COUNT
    );
    tcase_add_loop_test(tc, an_operation_has_the_derivative_of_what_it_computes, 0, CASE_COUNT);
    tcase_add_test(tc, a_transform_of_many_places_is_undone_by_its_inverse);
    tcase_add_test(tc, what_cannot_be_computed_is_refused_with_its_reason);
    tcase_add_test(tc, bits_are_those_of_two_s_complement);
    tcase_add_test(tc, an_index_is_one_along_each_axis);
    tcase_add_test(tc, a_matrix_without_a_cholesky_factor_is_refused);
}
