/* What stands behind the assertions of support.h: each looks and gives NULL or a text that says
 * what is wrong. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char text[2048];

cornu_status cornu_test_of_status_(cornu_status status) { return status; }

cornu_status cornu_test_of_int_(int status) { return (cornu_status)status; }

cornu_status cornu_test_of_pointer_(const void *object) {
    if (object != NULL) return CORNU_OK;
    /* a maker that fails must say why; CORNU_ECANCELED cannot be mistaken for success */
    return cornu_error_status() != CORNU_OK ? cornu_error_status() : CORNU_ECANCELED;
}

const char *cornu_test_failure_(cornu_status got, cornu_status expected, const char *part) {
    const char *message = cornu_error_message();
    const char *wrong = NULL;
    if (got != expected) {
        snprintf(
            text, sizeof text, "expected %s, got %s (%s)", cornu_status_name(expected),
            cornu_status_name(got), message
        );
        wrong = text;
    } else if (cornu_error_status() != expected) {
        snprintf(
            text, sizeof text, "returned %s, but the pending error is %s",
            cornu_status_name(expected), cornu_status_name(cornu_error_status())
        );
        wrong = text;
    } else if (strstr(message, part) == NULL) {
        snprintf(text, sizeof text, "the message '%s' does not say '%s'", message, part);
        wrong = text;
    }
    cornu_error_clear();
    return wrong;
}

static const char *no_values(const cornu_tensor *tensor) {
    if (tensor == NULL) {
        snprintf(text, sizeof text, "is NULL: %s", cornu_error_message());
        return text;
    }
    return cornu_tensor_has_data(tensor) ? NULL : "has no values";
}

const char *cornu_test_shape_(const cornu_tensor *tensor, cornu_shape shape) {
    if (tensor == NULL) return no_values(tensor);
    if (cornu_shape_equal(cornu_tensor_shape(tensor), &shape)) return NULL;
    char got[256], wanted[256];
    snprintf(
        text, sizeof text, "has shape %s instead of %s",
        cornu_shape_format(cornu_tensor_shape(tensor), got, sizeof got),
        cornu_shape_format(&shape, wanted, sizeof wanted)
    );
    return text;
}

static bool close_enough(double got, double wanted, double rtol, double atol) {
    if (isnan(wanted)) return isnan(got);
    if (isinf(wanted)) return got == wanted;
    return fabs(got - wanted) <= atol + rtol * fabs(wanted);
}

static const char *far_off(int64_t index, double got, double wanted) {
    snprintf(
        text, sizeof text, "element %lld is %.9g instead of %.9g (difference %.3g)",
        (long long)index, got, wanted, got - wanted
    );
    return text;
}

const char *cornu_test_close_(
    const cornu_tensor *tensor, const double *expected, size_t count, double rtol, double atol
) {
    const char *wrong = no_values(tensor);
    if (wrong != NULL) return wrong;
    if (cornu_tensor_size(tensor) != (int64_t)count) {
        snprintf(
            text, sizeof text, "has %lld elements instead of %zu",
            (long long)cornu_tensor_size(tensor), count
        );
        return text;
    }
    for (size_t i = 0; i < count; i++) {
        double got = cornu_tensor_get(tensor, (int64_t)i);
        if (!close_enough(got, expected[i], rtol, atol))
            return far_off((int64_t)i, got, expected[i]);
    }
    return NULL;
}

const char *cornu_test_same_(
    const cornu_tensor *actual, const cornu_tensor *expected, double rtol, double atol
) {
    const char *wrong = no_values(actual);
    if (wrong == NULL) wrong = no_values(expected);
    if (wrong == NULL) wrong = cornu_test_shape_(actual, *cornu_tensor_shape(expected));
    if (wrong != NULL) return wrong;
    for (int64_t i = 0; i < cornu_tensor_size(expected); i++) {
        double got = cornu_tensor_get(actual, i), wanted = cornu_tensor_get(expected, i);
        if (!close_enough(got, wanted, rtol, atol)) return far_off(i, got, wanted);
    }
    return NULL;
}

cornu_tensor *cornu_test_tensor(cornu_shape shape, const float *values) {
    return cornu_tensor_from(CORNU_FLOAT32, shape, values);
}
