/* Operations of Fourier transforms, of whole signals and of pieces of them (STFT). The numbers are
 * NumPy's. */
#include "operation_case.h"

static const operation_case cases[] = {
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
};
enum { CASE_COUNT = sizeof cases / sizeof *cases };

START_TEST(a_transform_computes_what_keras_does_and_is_written_as_read) { check_case(&cases[_i]); }
END_TEST

START_TEST(a_transform_has_the_derivative_of_what_it_computes) { check_derivative(&cases[_i]); }
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

START_TEST(lengths_and_pairs_that_do_not_fit_are_refused) {
    static const refused_operation given[] = {
        {"FFT", "", "x", "no list", CORNU_EFORMAT},
        {"RFFT", "\"fft_length\": 0", "x", "fft_length", CORNU_EINVAL},
        {"STFT",
         "\"sequence_length\": 4, \"sequence_stride\": 1, \"fft_length\": 3, \"window\": null", "x",
         "sequence_length", CORNU_EINVAL},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) check_refused(&given[i]);
}
END_TEST

CORNU_TESTS(operation_fourier) {
    TCase *tc = cornu_test_case(suite, "Fourier transforms");
    tcase_add_loop_test(
        tc, a_transform_computes_what_keras_does_and_is_written_as_read, 0, CASE_COUNT
    );
    tcase_add_loop_test(tc, a_transform_has_the_derivative_of_what_it_computes, 0, CASE_COUNT);
    tcase_add_test(tc, a_transform_of_many_places_is_undone_by_its_inverse);
    tcase_add_test(tc, lengths_and_pairs_that_do_not_fit_are_refused);
}
