/* Activations against numbers that Keras 3.16 computed, and where their formulas are hazardous. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/tape.h>
#include <math.h>

/* What keras.activations takes where a name alone is given. */
static cornu_tensor *keras_celu(cornu_tensor *x) { return cornu_op_celu(x, 1); }
static cornu_tensor *keras_elu(cornu_tensor *x) { return cornu_op_elu(x, 1); }
static cornu_tensor *keras_gelu(cornu_tensor *x) { return cornu_op_gelu(x, false); }
static cornu_tensor *keras_glu(cornu_tensor *x) { return cornu_op_glu(x, -1); }
static cornu_tensor *keras_hard_shrink(cornu_tensor *x) { return cornu_op_hard_shrink(x, 0.5); }
static cornu_tensor *keras_leaky_relu(cornu_tensor *x) { return cornu_op_leaky_relu(x, 0.2); }
static cornu_tensor *keras_log_softmax(cornu_tensor *x) { return cornu_op_log_softmax(x, -1); }
static cornu_tensor *keras_soft_shrink(cornu_tensor *x) { return cornu_op_soft_shrink(x, 0.5); }
static cornu_tensor *keras_softmax(cornu_tensor *x) { return cornu_op_softmax(x, -1); }
static cornu_tensor *keras_sparsemax(cornu_tensor *x) { return cornu_op_sparsemax(x, -1); }
static cornu_tensor *keras_squareplus(cornu_tensor *x) { return cornu_op_squareplus(x, 4); }

static const struct keras_case {
    const char *name;
    cornu_tensor *(*function)(cornu_tensor *x);
    int64_t shape[2];
    double x[12];
    double y[12];
} keras_cases[] = {
    {
        "celu",
        keras_celu,
        {1, 8},
        {2.58922482, -3.34226108, -1.03540695, -2.98245931, 2.42295647, 1.51859498, 0.812650383,
         -0.02281137},
        {2.58922482, -0.964643061, -0.644918144, -0.949331939, 2.42295647, 1.51859498, 0.812650383,
         -0.0225531459},
    },
    {
        "elu",
        keras_elu,
        {3, 4},
        {-2.27584147, -1.73115325, -2.45577049, -0.247771278, 0.40002957, -0.747026026, 0.633421063,
         0.377738416, 1.38524139, 1.21500242, -0.444689512, -1.41516912},
        {-0.897289574, -0.822919965, -0.914202929, -0.21946156, 0.40002957, -0.526226521,
         0.633421063, 0.377738416, 1.38524139, 1.21500242, -0.358976722, -0.757115483},
    },
    {
        "exponential",
        cornu_op_exp,
        {3, 4},
        {-2.91372633, 1.21868205, 1.90866208, 1.16497481, -0.425889969, 0.848973215, -1.57295299,
         -1.86617899, 3.82167721, -3.51369762, 1.38779199, -0.622654676},
        {0.0542731136, 3.38272643, 6.74405956, 3.20584202, 0.653188229, 2.3372457, 0.207431734,
         0.15471369, 45.6807594, 0.0297865719, 4.0059948, 0.536518276},
    },
    {
        "gelu",
        keras_gelu,
        {1, 8},
        {-0.925838709, 1.58321202, 2.60795689, 1.38628936, 1.2650435, 1.37747443, 1.87205851,
         -1.76779318},
        {-0.164118707, 1.49346519, 2.59607959, 1.27146387, 1.13483512, 1.26151466, 1.81477499,
         -0.0681443512},
    },
    {
        "glu",
        keras_glu,
        {2, 6},
        {-1.39101231, -1.88199425, 0.960968614, -2.51042271, 0.846712708, -4.06163263, 3.37603235,
         0.409918696, 0.180179119, 0.77739948, -2.36222506, -0.695224226},
        {-0.104507774, -1.31716466, 0.0162685681, 2.31298518, 0.0352935717, 0.0599765666},
    },
    {
        "hard_shrink",
        keras_hard_shrink,
        {1, 8},
        {1.42896116, -1.60285151, -0.923834503, -0.723284006, 1.22992682, 2.8775413, -1.91888511,
         -4.21447897},
        {1.42896116, -1.60285151, -0.923834503, -0.723284006, 1.22992682, 2.8775413, -1.91888511,
         -4.21447897},
    },
    {
        "hard_sigmoid",
        cornu_op_hard_sigmoid,
        {3, 4},
        {1.82894754, 1.72698069, 0.873528063, 0.920210361, 0.502144098, 0.196147546, 1.46375525,
         -1.59448457, -2.21724606, 1.10065722, -2.15382886, 3.0672431},
        {0.804824591, 0.787830114, 0.645587981, 0.653368413, 0.583690703, 0.53269124, 0.743959188,
         0.234252572, 0.130458996, 0.683442891, 0.141028523, 1},
    },
    {
        "hard_silu",
        cornu_op_hard_silu,
        {2, 6},
        {1.03219783, 2.30179572, 3.60448146, -2.52395916, 0.735619843, 1.31579101, 0.577682555,
         2.04521894, 2.69954753, -1.69964933, 0.542936444, 2.19106007},
        {0.693670988, 2.03394198, 3.60448146, -0.200251281, 0.457999349, 0.946446478, 0.344460815,
         1.71976292, 2.56436658, -0.368356705, 0.320598215, 1.89565408},
    },
    {
        "hard_tanh",
        cornu_op_hard_tanh,
        {2, 6},
        {3.52109885, -2.29114676, 5.09736824, -0.288143963, 2.78310633, -1.19400668, -2.790519,
         4.50115538, -2.29688478, 1.76102054, 1.94888651, 2.9088099},
        {1, -1, 1, -0.288143963, 1, -1, -1, 1, -1, 1, 1, 1},
    },
    {
        "leaky_relu",
        keras_leaky_relu,
        {3, 4},
        {2.87131095, -0.324841112, 3.19367504, -0.421294957, 5.89981174, 0.97228682, 0.95666337,
         2.1118207, 1.82749653, 4.36628389, -0.351053029, -0.264475942},
        {2.87131095, -0.0649682209, 3.19367504, -0.084258996, 5.89981174, 0.97228682, 0.95666337,
         2.1118207, 1.82749653, 4.36628389, -0.0702106059, -0.0528951883},
    },
    {
        "log_sigmoid",
        cornu_op_log_sigmoid,
        {1, 8},
        {1.20932341, -1.65813506, -4.9163065, 0.562583804, 2.22922707, 2.98621154, -0.330885857,
         -3.07043815},
        {-0.261132032, -1.83250332, -4.92360592, -0.450906843, -0.102205962, -0.0492455922,
         -0.87221384, -3.11579466},
    },
    {
        "log_softmax",
        keras_log_softmax,
        {1, 8},
        {-0.150551796, -1.59569871, 0.328336209, 2.9181881, 0.450434983, -2.6429081, 1.22284651,
         -1.95161688},
        {-3.41395783, -4.85910463, -2.9350698, -0.345217884, -2.81297112, -5.9063139, -2.04055953,
         -5.21502256},
    },
    {
        "mish",
        cornu_op_mish,
        {3, 4},
        {-0.0837858915, 4.83613539, 2.39079547, -1.80671382, 0.538894415, -1.56054103, 0.381669581,
         4.50649261, 4.05985785, -4.44699478, -3.57214332, 1.70070958},
        {-0.0480179563, 4.83553553, 2.35738993, -0.272574365, 0.410070896, -0.293947399,
         0.273775339, 4.50541878, 4.05752325, -0.0517857745, -0.0989520922, 1.62153745},
    },
    {
        "relu",
        cornu_op_relu,
        {3, 4},
        {2.5866847, -0.663574755, 0.933300853, -1.3775866, 1.54208386, -0.492670894, 2.17166448,
         1.47209144, -1.0465678, -2.58511543, 1.9267118, -4.73484421},
        {2.5866847, 0, 0.933300853, 0, 1.54208386, 0, 2.17166448, 1.47209144, 0, 0, 1.9267118, 0},
    },
    {
        "relu6",
        cornu_op_relu6,
        {3, 4},
        {0.673134923, -1.61812019, -0.801173508, -1.24510062, 0.541379213, -0.614194632,
         -2.54903436, 0.828964174, -2.19331765, 3.65030718, 1.88095653, -2.23372912},
        {0.673134923, 0, 0, 0, 0.541379213, 0, 0, 0.828964174, 0, 3.65030718, 1.88095653, 0},
    },
    {
        "selu",
        cornu_op_selu,
        {1, 8},
        {4.4208436, -0.97582382, -3.10964465, 0.69178319, 1.32983577, 0.442465961, -0.98983413,
         -1.21584177},
        {4.64498472, -1.09550381, -1.67965853, 0.726857305, 1.39725983, 0.464899451, -1.10472226,
         -1.23689246},
    },
    {
        "sigmoid",
        cornu_op_sigmoid,
        {2, 6},
        {-1.46032667, 3.01847386, 0.0325058624, 1.40826607, 0.0424603, -4.08522654, -3.07248259,
         1.99472129, -0.791043997, 0.894795537, -2.61005712, 0.930335343},
        {0.18841736, 0.953401744, 0.508125782, 0.803492367, 0.510613501, 0.0165411178, 0.0442567021,
         0.880241752, 0.311944544, 0.709878802, 0.0684939623, 0.717143297},
    },
    {
        "silu",
        cornu_op_silu,
        {3, 4},
        {1.09349787, 2.70165086, -3.66573811, -0.308822811, -2.91058469, 0.143892497, 2.06591415,
         1.25435364, 2.21275258, 0.962813318, 0.120135993, -2.31443024},
        {0.819073498, 2.53178167, -0.0914491788, -0.130756214, -0.150281638, 0.0771135986,
         1.83359337, 0.975953102, 1.99455059, 0.696773291, 0.0636718273, -0.208148018},
    },
    {
        "soft_shrink",
        keras_soft_shrink,
        {3, 4},
        {1.91681302, 0.0127477357, 1.7046901, -0.893822551, 0.65371573, -0.0210664701, -1.68972003,
         -0.319910973, -0.726112843, -0.955900729, 1.03797257, 2.9285295},
        {1.41681302, 0, 1.2046901, -0.393822551, 0.15371573, 0, -1.18972003, 0, -0.226112843,
         -0.455900729, 0.537972569, 2.4285295},
    },
    {
        "softmax",
        keras_softmax,
        {3, 4},
        {-0.204690889, 0.9806422, 0.847479999, -1.76798284, 3.66777515, 2.51507998, 1.3155514,
         1.34725332, -1.67354894, -1.91220212, 3.57930851, 1.1737479},
        {0.136145487, 0.44543764, 0.389901876, 0.0285150558, 0.662618458, 0.209244654, 0.0630529895,
         0.065083921, 0.00475872448, 0.00374839036, 0.909447193, 0.0820457041},
    },
    {
        "softplus",
        cornu_op_softplus,
        {2, 6},
        {2.51764488, 1.13069987, -0.311540127, 3.00384927, 1.3429662, -2.67243433, 1.30255759,
         2.85603118, 1.17949629, -2.27677941, -0.267197609, 1.13413775},
        {2.59520698, 1.41045606, 0.54946053, 3.05225444, 1.57492685, 0.0668020621, 1.54301882,
         2.91193557, 1.44756234, 0.0976838619, 0.568446279, 1.41305614},
    },
    {
        "softsign",
        cornu_op_softsign,
        {3, 4},
        {0.067558907, -0.274212003, -2.28107476, -0.60614419, 4.22819233, 0.753964782,
         -0.0500581041, -0.339645088, -0.827293813, -0.320710123, -2.7580297, 1.81746376},
        {0.0632835403, -0.215201244, -0.695221841, -0.377390891, 0.808729291, 0.429863125,
         -0.0476717465, -0.253533632, -0.452742606, -0.242831573, -0.73390311, 0.645070851},
    },
    {
        "sparse_plus",
        cornu_op_sparse_plus,
        {3, 4},
        {3.40476632, -0.113390751, -1.60694969, 2.98261714, -1.09722459, 0.553456903, 3.10226965,
         -1.20989203, 2.18882608, 2.20576239, 0.713199317, 5.13471174},
        {3.40476632, 0.196518987, 0, 2.98261714, 0, 0.603307068, 3.10226965, 0, 2.18882608,
         2.20576239, 0.733763039, 5.13471174},
    },
    {
        "sparse_sigmoid",
        cornu_op_sparse_sigmoid,
        {3, 4},
        {-0.375896186, -1.83342803, -1.25693202, 0.294325471, -0.0684379488, 1.13885117, 0.9181633,
         -4.55750418, 1.49985886, -0.19064188, 0.469734102, 1.74633527},
        {0.312051892, 0, 0, 0.647162735, 0.465781033, 1, 0.95908165, 0, 1, 0.40467906, 0.734867036,
         1},
    },
    {
        "sparsemax",
        keras_sparsemax,
        {3, 4},
        {1.13003743, 3.73813343, -0.502882421, -0.600612938, -0.0314930715, -2.04148531, 6.09652185,
         1.37182486, -1.80049801, -0.652929425, -0.309053957, 1.29334545},
        {0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1},
    },
    {
        "squareplus",
        keras_squareplus,
        {2, 6},
        {0.339462757, 3.97412038, 2.98526978, -1.09761417, -0.548159301, 0.875425398, 0.214376107,
         0.0885911733, -0.0986340344, -2.0683558, -1.66254866, -0.497171372},
        {1.18403351, 4.21156216, 3.28928709, 0.591889679, 0.762800097, 1.52931356, 1.11291635,
         1.04527605, 0.951898336, 0.404406071, 0.469116747, 0.781848669},
    },
    {
        "tanh",
        cornu_op_tanh,
        {3, 4},
        {0.834303439, 2.29936457, -3.13032746, 1.76406908, -0.171526179, -2.46860671, -0.896681905,
         -0.95759958, -1.42238772, 1.47421336, -0.811735272, 0.885982275},
        {0.682779968, 0.980071366, -0.99618727, 0.942955732, -0.169863567, -0.985753119,
         -0.714678407, -0.743204236, -0.890095949, 0.900378168, -0.670546412, 0.709403634},
    },
    {
        "tanh_shrink",
        cornu_op_tanh_shrink,
        {1, 8},
        {-2.99164343, -0.18413192, -0.755939722, -0.383677959, -1.25338173, 0.393962681,
         -0.960860372, -1.3617084},
        {-1.9966718, -0.00205312669, -0.117260575, -0.0177806616, -0.404152513, 0.0191912949,
         -0.216199994, -0.484919667},
    },
};

START_TEST(numbers_are_those_of_keras) {
    const struct keras_case *c = &keras_cases[_i];
    cornu_tensor *exact =
        cornu_tensor_from(CORNU_FLOAT64, cornu_shape(c->shape[0], c->shape[1]), c->x);
    cornu_tensor *y = c->function(cornu_op_cast(exact, CORNU_FLOAT32));
    assert_ok(y);
    const char *wrong = cornu_test_close_(y, c->y, (size_t)cornu_tensor_size(y), 1e-5, 1e-6);
    ck_assert_msg(wrong == NULL, "%s: %s", c->name, wrong);
    cornu_tensor_free(exact);
}
END_TEST

static cornu_tensor *apply_case(cornu_tensor *const *inputs, size_t count, void *user) {
    const struct keras_case *c = user;
    (void)count;
    return c->function(inputs[0]);
}

START_TEST(gradients_match_finite_differences) {
    struct keras_case c = keras_cases[_i];
    cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT64, cornu_shape(c.shape[0], c.shape[1]), c.x);
    cornu_status status = cornu_check_gradient(apply_case, &c, cornu_tensors(x), 1, 1e-6, NULL);
    ck_assert_msg(status == CORNU_OK, "%s: %s", c.name, cornu_error_message());
    cornu_tensor_free(x);
}
END_TEST

START_TEST(relu_takes_slope_maximum_and_threshold_together) {
    const float values[] = {1.36561382f, 2.51019621f, -1.72191191f, 0.0903481469f};
    cornu_tensor *x = cornu_test_tensor(cornu_shape(4), values);
    assert_values(
        cornu_op_relu_general(x, 0.2, 1.75, 0.25), 1e-6, 1.36561382, 1.75, -0.394382387,
        -0.0319303684
    );
    cornu_tensor_free(x);
}
END_TEST

START_TEST(softmax_over_two_axes_sums_to_one_over_both) {
    const float values[] = {-3.42255974f, -0.492210239f, -2.72443771f, -1.17655647f,
                            6.63258839f,  0.753021777f,  2.61157727f,  1.16444027f};
    const double expected[] = {4.18634008e-05, 0.000784276286, 8.41443689e-05, 0.000395604584,
                               0.974383414,    0.00272437255,  0.0174753889,   0.00411096029};
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2, 4), values);
    assert_close(cornu_op_softmax_over(x, cornu_axes(1, 2)), expected, 8, 1e-5, 1e-9);
    /* the axis that is left out may lie between them */
    cornu_tensor *between = cornu_op_transpose(x, cornu_axes(1, 0, 2));
    cornu_tensor *y = cornu_op_softmax_over(between, cornu_axes(0, -1));
    assert_shape(y, cornu_shape(2, 1, 4));
    assert_close(y, expected, 8, 1e-5, 1e-9);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(softmax_runs_along_the_axis_that_is_asked_for) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 2), (const float[]){0, 1, 0, 3});
    assert_values(cornu_op_softmax(x, 0), 1e-6, 0.5, 0.1192029, 0.5, 0.8807971);
    assert_fails(cornu_op_softmax(x, 2), CORNU_EINVAL, "softmax: axis is 2");
    cornu_tensor_free(x);
}
END_TEST

START_TEST(softmax_of_large_logits_stays_finite) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(3), (const float[]){1000, 999, -1000});
    assert_values(cornu_op_softmax(x, -1), 1e-6, 0.7310586, 0.2689414, 0);
    assert_values(cornu_op_log_softmax(x, -1), 1e-6, -0.3132617, -1.3132617, -2000.3132617);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(label_log_softmax_is_log_softmax_at_the_labels) {
    const float values[] = {0.5f, -1, 2, 1000, 999, -1000};
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2, 3), values);
    cornu_tensor *labels = cornu_tensor_from(CORNU_INT32, cornu_shape(2), (int32_t[]){2, 1});
    cornu_tensor *outside = cornu_tensor_from(CORNU_INT32, cornu_shape(2), (int32_t[]){2, 3});
    CORNU_SCOPE {
        assert_values(cornu_op_label_log_softmax(x, labels), 1e-6, -0.2413113, -1.3132617);
        assert_fails(cornu_op_label_log_softmax(x, outside), CORNU_EINVAL, "index 3 is outside");
        assert_fails(cornu_op_label_log_softmax(labels, labels), CORNU_EDTYPE, "scores are floats");
        assert_fails(cornu_op_label_log_softmax(x, x), CORNU_EDTYPE, "labels are int32 or int64");
        cornu_tensor *columns = cornu_op_expand_dims(labels, 1);
        assert_fails(cornu_op_label_log_softmax(x, columns), CORNU_ESHAPE, "labels (2, 1)");
    }
    cornu_tensor_free(x);
    cornu_tensor_free(labels);
    cornu_tensor_free(outside);
}
END_TEST

/* The gradient of the sum of function(x). */
static cornu_tensor *slope(cornu_tensor *(*function)(cornu_tensor *x), cornu_tensor *x) {
    cornu_tensor *gradient = NULL;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = function(x);
    assert_ok(y);
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x), &gradient));
    return gradient;
}

START_TEST(slopes_stay_finite_far_from_zero) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(2), (const float[]){200, -200});
    assert_values(slope(keras_elu, x), 1e-6, 1, 0);
    assert_values(slope(keras_celu, x), 1e-6, 1, 0);
    assert_values(slope(cornu_op_selu, x), 1e-6, 1.05070099, 0);
    assert_values(slope(keras_gelu, x), 1e-6, 1, 0);
    assert_values(slope(cornu_op_silu, x), 1e-6, 1, 0);
    assert_values(slope(cornu_op_mish, x), 1e-6, 1, 0);
    assert_values(slope(cornu_op_softplus, x), 1e-6, 1, 0);
    assert_values(slope(cornu_op_log_sigmoid, x), 1e-6, 0, 1);
    assert_values(slope(cornu_op_sigmoid, x), 1e-6, 0, 0);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(slope_of_relus_at_zero_is_zero) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1), (const float[]){0});
    assert_values(slope(cornu_op_relu, x), 0, 0);
    assert_values(slope(cornu_op_relu6, x), 0, 0);
    assert_values(slope(cornu_op_absolute, x), 0, 0);
    assert_values(slope(keras_leaky_relu, x), 1e-7, 0.2);
    assert_values(slope(keras_elu, x), 1e-7, 1);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(sparsemax_sums_the_running_sums_of_its_support) {
    /* x = (1, 0.8, -2) has the running sums 1, 1.8, -0.2, of which two are in the support, so that
     * the threshold is (1 + 1.8 - 1) / 2 = 0.9 and its slope (1, 0.5, 0); only the first element
     * is above it */
    cornu_tensor *x = cornu_test_tensor(cornu_shape(3), (const float[]){1, 0.8f, -2});
    cornu_tensor *weights = cornu_test_tensor(cornu_shape(3), (const float[]){3, 1, 7});
    cornu_tensor *gradient = NULL;
    cornu_tape *tape = cornu_tape_begin();
    assert_ok(cornu_tape_watch(tape, x));
    cornu_tensor *y = cornu_op_sparsemax(x, -1);
    assert_values(y, 1e-6, 0.1, 0, 0);
    y = cornu_op_multiply(y, weights);
    assert_ok(cornu_tape_gradient(tape, y, cornu_tensors(x), &gradient));
    assert_values(gradient, 1e-6, 0, -1.5, 0);
    cornu_tensor_free(weights);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(approximate_gelu_is_the_tanh_formula) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(3), (const float[]){-1, 0.5f, 2});
    assert_values(cornu_op_gelu(x, true), 1e-6, -0.158808, 0.345714, 1.954598);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(integers_are_taken_as_floats) {
    cornu_tensor *y = cornu_op_silu(cornu_scalar_of(CORNU_INT32, 1));
    ck_assert_int_eq(cornu_tensor_dtype(y), CORNU_FLOAT32);
    assert_values(y, 1e-6, 0.7310586);
}
END_TEST

START_TEST(odd_sizes_cannot_be_halved_by_glu) {
    assert_fails(
        cornu_op_glu(cornu_op_ones(cornu_shape(2, 3), CORNU_FLOAT32), -1), CORNU_ESHAPE,
        "3 elements"
    );
}
END_TEST

CORNU_TESTS(activations) {
    TCase *tc = cornu_test_case(suite, "activations");
    tcase_add_loop_test(
        tc, numbers_are_those_of_keras, 0, sizeof keras_cases / sizeof *keras_cases
    );
    tcase_add_loop_test(
        tc, gradients_match_finite_differences, 0, sizeof keras_cases / sizeof *keras_cases
    );
    tcase_add_test(tc, relu_takes_slope_maximum_and_threshold_together);
    tcase_add_test(tc, softmax_over_two_axes_sums_to_one_over_both);
    tcase_add_test(tc, softmax_runs_along_the_axis_that_is_asked_for);
    tcase_add_test(tc, softmax_of_large_logits_stays_finite);
    tcase_add_test(tc, label_log_softmax_is_log_softmax_at_the_labels);
    tcase_add_test(tc, slopes_stay_finite_far_from_zero);
    tcase_add_test(tc, slope_of_relus_at_zero_is_zero);
    tcase_add_test(tc, sparsemax_sums_the_running_sums_of_its_support);
    tcase_add_test(tc, approximate_gelu_is_the_tanh_formula);
    tcase_add_test(tc, integers_are_taken_as_floats);
    tcase_add_test(tc, odd_sizes_cannot_be_halved_by_glu);
}
