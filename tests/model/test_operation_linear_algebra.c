/* Operations of linear algebra: factorisations, and what is computed by them. The numbers are
 * NumPy's, or follow from the formulas of Keras' backends. */
#include "operation_case.h"

static const operation_case cases[] = {
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
};
enum { CASE_COUNT = sizeof cases / sizeof *cases };

START_TEST(a_matrix_operation_computes_what_keras_does_and_is_written_as_read) {
    check_case(&cases[_i]);
}
END_TEST

START_TEST(a_matrix_operation_has_the_derivative_of_what_it_computes) {
    check_derivative(&cases[_i]);
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

START_TEST(a_matrix_that_is_not_square_has_no_determinant) {
    check_refused(&(refused_operation){"Det", "", "x", "square", CORNU_ESHAPE});
}
END_TEST

CORNU_TESTS(operation_linear_algebra) {
    TCase *tc = cornu_test_case(suite, "operations of linear algebra");
    tcase_add_loop_test(
        tc, a_matrix_operation_computes_what_keras_does_and_is_written_as_read, 0, CASE_COUNT
    );
    tcase_add_loop_test(
        tc, a_matrix_operation_has_the_derivative_of_what_it_computes, 0, CASE_COUNT
    );
    tcase_add_test(tc, a_matrix_without_a_cholesky_factor_is_refused);
    tcase_add_test(tc, a_matrix_that_is_not_square_has_no_determinant);
}
