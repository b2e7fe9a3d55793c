/* Operations of numerical analysis and statistics: sequences, integrals, correlation, histograms.
 * Keras: keras/src/ops/numpy.py, keras/src/ops/math.py. */
#include <string.h>

#include "model/operation.h"

static cornu_tensor *real(cornu_tensor *x) {
    if (x == NULL || cornu_dtype_is_float(cornu_tensor_dtype(x))) return x;
    return cornu_op_cast(x, CORNU_FLOAT32);
}

/* ---- sequences between two tensors ---- */
typedef struct {
    cornu_tensor *start, *stop, *share; /* share[num, 1..]: of the way from start to stop */
    int64_t num, axis;
    cornu_dtype dtype;
} sequence;

static cornu_status sequence_of(const cornu_operation_call *call, sequence *given) {
    enum { MOST = 1 << 24 };
    bool endpoint = true;
    *given = (sequence){.num = 50};
    given->start = real(cornu_operation_tensor_(call, 0, "start"));
    given->stop = given->start != NULL ? real(cornu_operation_tensor_(call, 1, "stop")) : NULL;
    if (given->stop == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "num", &given->num));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "endpoint", &endpoint));
    CORNU_TRY(cornu_operation_axis_(call, "axis", &given->axis));
    if (given->num < 1 || given->num > MOST)
        CORNU_FAIL(CORNU_EINVAL, "'num' must be from 1 to %d", MOST);
    cornu_tensor *both = cornu_op_add(given->start, given->stop);
    if (both == NULL) return cornu_error_status();
    given->dtype = cornu_tensor_dtype(both);
    CORNU_TRY(cornu_operation_dtype_(call, "dtype", &given->dtype));
    int64_t steps = given->num - (endpoint ? 1 : 0);
    cornu_tensor *share = cornu_op_arange(0, (double)given->num, 1, cornu_tensor_dtype(both));
    share = cornu_op_divide(share, cornu_scalar((double)(steps > 0 ? steps : 1)));
    cornu_shape shape = {.rank = cornu_tensor_rank(both) + 1, .dims = {given->num}};
    if (shape.rank > CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "the result has more than %d axes", CORNU_MAX_RANK);
    for (int i = 1; i < shape.rank; i++) shape.dims[i] = 1;
    given->share = cornu_op_reshape(share, shape);
    return given->share != NULL ? CORNU_OK : cornu_error_status();
}

/* start + share (stop - start), so weighted that the last is `stop` itself. */
static cornu_tensor *between(cornu_tensor *start, cornu_tensor *stop, cornu_tensor *share) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), share);
    return cornu_op_add(cornu_op_multiply(rest, start), cornu_op_multiply(share, stop));
}

static cornu_tensor *placed(const sequence *given, cornu_tensor *y) {
    if (given->axis != 0) y = cornu_op_moveaxis(y, 0, (int)given->axis);
    return cornu_op_cast(y, given->dtype);
}

static cornu_tensor *linspace(const cornu_operation_call *call) {
    sequence given;
    if (sequence_of(call, &given) != CORNU_OK ||
        cornu_operation_refuse_(call, "retstep") != CORNU_OK)
        return NULL;
    return placed(&given, between(given.start, given.stop, given.share));
}

static cornu_tensor *logspace(const cornu_operation_call *call) {
    sequence given;
    double base = 10;
    if (sequence_of(call, &given) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "base", &base) != CORNU_OK)
        return NULL;
    cornu_tensor *y = between(given.start, given.stop, given.share);
    return placed(&given, cornu_op_power(cornu_scalar(base), y));
}

static cornu_tensor *geomspace(const cornu_operation_call *call) {
    sequence given;
    if (sequence_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *from = cornu_op_log(cornu_op_absolute(given.start));
    cornu_tensor *to = cornu_op_log(cornu_op_absolute(given.stop));
    cornu_tensor *y = cornu_op_exp(between(from, to, given.share));
    return placed(&given, cornu_op_multiply(y, cornu_op_sign(given.start)));
}

/* ---- integrals and polynomials ---- */
/* Neighbours along an axis: their mean, and how far they are apart. */
static cornu_tensor *trapezoid(const cornu_operation_call *call) {
    int64_t axis = -1;
    double dx = 1;
    cornu_tensor *y = real(cornu_operation_tensor_(call, 0, "y")), *x;
    if (y == NULL || cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_number_(call, CORNU_SETTING, "dx", &dx) != CORNU_OK ||
        cornu_operation_optional_(call, 1, "x", &x) != CORNU_OK)
        return NULL;
    int rank = cornu_tensor_rank(y), at = (int)(axis < 0 ? axis + rank : axis);
    cornu_tensor *later = cornu_part_(y, at, 1, CORNU_SLICE_NONE);
    cornu_tensor *mean = cornu_op_add(later, cornu_part_(y, at, 0, -1));
    mean = cornu_op_multiply(mean, cornu_scalar(0.5));
    if (x == NULL) {
        mean = cornu_op_multiply(mean, cornu_scalar(dx));
        return cornu_op_sum(mean, .axis = cornu_axes(at));
    }
    int along = cornu_tensor_rank(x) == 1 ? 0 : at;
    x = real(x);
    x = cornu_op_subtract(cornu_part_(x, along, 1, CORNU_SLICE_NONE), cornu_part_(x, along, 0, -1));
    if (x != NULL && cornu_tensor_rank(x) == 1) {
        cornu_shape shape = {.rank = rank};
        for (int i = 0; i < rank; i++) shape.dims[i] = i == at ? -1 : 1;
        x = cornu_op_reshape(x, shape);
    }
    return cornu_op_sum(cornu_op_multiply(mean, x), .axis = cornu_axes(at));
}

static cornu_tensor *vander(const cornu_operation_call *call) {
    enum { MOST = 1024 };
    int64_t n = CORNU_NONE;
    bool increasing = false;
    cornu_tensor *x = cornu_operation_x_(call), *columns[MOST];
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "N", &n) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "increasing", &increasing) != CORNU_OK)
        return NULL;
    if (cornu_tensor_rank(x) != 1) CORNU_FAIL_NULL(CORNU_ESHAPE, "wants a vector");
    if (n == CORNU_NONE) n = cornu_tensor_dim(x, 0);
    if (n < 1 || n > MOST) CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'N' must be from 1 to %d", MOST);
    for (int64_t i = 0; i < n; i++) {
        int64_t to = increasing ? i : n - 1 - i, before = increasing ? i - 1 : n - i;
        columns[to] = i == 0 ? cornu_op_ones_like(x) : cornu_op_multiply(columns[before], x);
    }
    return cornu_op_stack((cornu_tensor_list){columns, (size_t)n}, 1);
}

/* x1 2^x2 */
static cornu_tensor *ldexp_of(cornu_tensor *a, cornu_tensor *b) {
    return cornu_op_multiply(real(a), cornu_op_power(cornu_scalar(2), real(b)));
}

/* ---- statistics ---- */
static cornu_tensor *ptp(const cornu_operation_call *call) {
    cornu_op_reduce_args args = {CORNU_OP_REDUCE_DEFAULTS};
    args.x = cornu_operation_x_(call);
    if (args.x == NULL ||
        cornu_operation_axes_(call, CORNU_SETTING, "axis", &args.axis) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &args.keepdims) != CORNU_OK)
        return NULL;
    return cornu_op_subtract(cornu_op_max_new(&args), cornu_op_min_new(&args));
}

/* Of the rows of a matrix; of a vector with itself. */
static cornu_tensor *corrcoef(cornu_tensor *x) {
    x = real(x);
    if (x == NULL) return NULL;
    bool vector = cornu_tensor_rank(x) == 1;
    if (vector) x = cornu_op_expand_dims(x, 0);
    if (x == NULL || cornu_tensor_rank(x) != 2)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants a matrix, whose rows are the variables");
    x = cornu_op_subtract(x, cornu_op_mean(x, .axis = cornu_axes(1), .keepdims = true));
    cornu_tensor *products = cornu_op_matmul(x, x, .transpose_b = true);
    cornu_tensor *length =
        cornu_op_sqrt(cornu_op_sum(cornu_op_square(x), .axis = cornu_axes(1), .keepdims = true));
    cornu_tensor *y = cornu_op_divide(products, length);
    y = cornu_op_clip(cornu_op_divide(y, cornu_op_reshape(length, cornu_shape(1, -1))), -1, 1);
    return vector ? cornu_op_squeeze(y, cornu_axes()) : y;
}

/* The sums over n of a[n + k] b[n], b not longer than a. */
static cornu_tensor *correlate_with(cornu_tensor *a, cornu_tensor *b, const char *mode) {
    int64_t size = cornu_tensor_dim(b, 0), before = 0, after = 0;
    if (strcmp(mode, "full") == 0) before = after = size - 1;
    else if (strcmp(mode, "same") == 0) before = size / 2, after = size - 1 - size / 2;
    else if (strcmp(mode, "valid") != 0)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'mode' must be valid, same or full, got '%.100s'", mode);
    a = cornu_op_pad(a, &before, &after, CORNU_PAD_CONSTANT, 0);
    a = cornu_op_conv(
        cornu_op_reshape(a, cornu_shape(1, -1, 1)), cornu_op_reshape(b, cornu_shape(size, 1, 1))
    );
    return cornu_flat_(a);
}

static cornu_tensor *correlate(const cornu_operation_call *call) {
    const char *mode = "valid";
    cornu_tensor *a = real(cornu_operation_tensor_(call, 0, "x1"));
    cornu_tensor *b = a != NULL ? real(cornu_operation_tensor_(call, 1, "x2")) : NULL;
    if (b == NULL || cornu_operation_text_(call, "mode", &mode) != CORNU_OK) return NULL;
    if (cornu_tensor_rank(a) != 1 || cornu_tensor_rank(b) != 1 || cornu_tensor_size(a) == 0 ||
        cornu_tensor_size(b) == 0)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants two vectors that are not empty");
    if (cornu_tensor_dim(a, 0) >= cornu_tensor_dim(b, 0)) return correlate_with(a, b, mode);
    return cornu_op_flip(correlate_with(b, a, mode), cornu_axes(0));
}

/* Distances between the rows of two stacks of matrices. */
static cornu_tensor *cdist(const cornu_operation_call *call) {
    cornu_tensor *x = real(cornu_operation_x_(call));
    cornu_tensor *y = x != NULL ? real(cornu_operation_tensor_(call, 1, "y")) : NULL;
    if (y == NULL) return NULL;
    if (cornu_tensor_rank(x) < 2 || cornu_tensor_rank(y) < 2)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants matrices");
    cornu_tensor *apart =
        cornu_op_subtract(cornu_op_expand_dims(x, -2), cornu_op_expand_dims(y, -3));
    return cornu_op_sqrt(cornu_op_sum(cornu_op_square(apart), .axis = cornu_axes(-1)));
}

static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}

/* How many elements are in each of `bins` parts of a range, that of the elements unless given; and
 * the ends of the parts. */
static cornu_status histogram(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    enum { MOST = 1 << 16 };
    int64_t bins = 10;
    cornu_tensor *ends[2] = {NULL}, *x = cornu_flat_(cornu_operation_x_(call));
    (void)count;
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "bins", &bins));
    if (bins < 1 || bins > MOST) CORNU_FAIL(CORNU_EINVAL, "'bins' must be from 1 to %d", MOST);
    cornu_dtype dtype = cornu_tensor_dtype(x);
    x = real(x);
    if (cornu_operation_value_(call, CORNU_SETTING, "range") != NULL) {
        size_t given;
        CORNU_TRY(cornu_operation_tensors_(call, CORNU_SETTING, "range", ends, 2, &given));
        if (given != 2) CORNU_FAIL(CORNU_EFORMAT, "'range' must be two numbers");
        for (int i = 0; i < 2; i++) ends[i] = cornu_op_cast(ends[i], cornu_tensor_dtype(x));
    } else {
        ends[0] = cornu_op_min(x);
        ends[1] = cornu_op_max(x);
    }
    cornu_tensor *empty = cornu_op_equal(ends[0], ends[1]);
    for (int i = 0; i < 2; i++) {
        cornu_tensor *apart = cornu_op_add(ends[i], cornu_scalar(i == 0 ? -0.5 : 0.5));
        ends[i] = cornu_op_where(empty, apart, ends[i]);
    }
    cornu_tensor *share = cornu_op_arange(0, (double)bins + 1, 1, CORNU_FLOAT64);
    share = cornu_op_divide(share, cornu_scalar((double)bins));
    cornu_tensor *edges = between(ends[0], ends[1], cornu_op_cast(share, cornu_tensor_dtype(x)));
    cornu_tensor *inner = cornu_part_(edges, 0, 1, bins);
    cornu_tensor *place = cornu_op_less_equal(inner, cornu_op_expand_dims(x, 1));
    place = cornu_op_sum(cornu_op_cast(place, CORNU_INT32), .axis = cornu_axes(1));
    cornu_tensor *inside =
        cornu_op_logical_and(cornu_op_greater_equal(x, ends[0]), cornu_op_less_equal(x, ends[1]));
    cornu_tensor *one = cornu_op_cast(inside, dtype == CORNU_BOOL ? CORNU_INT32 : dtype);
    outputs[0] = cornu_op_segment_sum(one, place, bins);
    outputs[1] = edges;
    return CORNU_OK;
}

/* ---- others ---- */
/* The index along each axis of a shape. */
static size_t axes_of(const cJSON *config, cornu_tensor_list inputs) {
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(config, "shape");
    (void)inputs;
    return cJSON_IsArray(shape) ? (size_t)cJSON_GetArraySize(shape) : 1;
}
static cornu_status unravel_index(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    cornu_shape shape = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "indices");
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_sizes_(call, CORNU_SETTING, "shape", &shape));
    if ((size_t)shape.rank != count || cornu_dtype_is_float(cornu_tensor_dtype(x)))
        CORNU_FAIL(CORNU_EINVAL, "wants a 'shape', and indices that are integers");
    for (int i = shape.rank - 1; i >= 0; i--) {
        if (shape.dims[i] < 1 || shape.dims[i] > INT32_MAX)
            CORNU_FAIL(CORNU_EINVAL, "'shape' must have positive sizes");
        cornu_tensor *size = cornu_scalar_of(cornu_tensor_dtype(x), (double)shape.dims[i]);
        outputs[i] = cornu_op_mod(x, size);
        x = cornu_op_floor_divide(x, size);
        if (x == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}

/* All in order is a partition around every element. */
static cornu_tensor *argpartition(const cornu_operation_call *call) {
    int64_t axis = -1, kth = 0;
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(call->config, "axis");
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_int_(call, CORNU_SETTING, "kth", &kth) != CORNU_OK)
        return NULL;
    if (cJSON_IsNull(given)) return cornu_op_argsort(cornu_flat_(x), 0);
    return cornu_op_argsort(x, (int)axis);
}

static cornu_tensor *no_imaginary(cornu_tensor *x) { return cornu_op_zeros_like(x); }
static cornu_tensor *is_real(cornu_tensor *x) {
    return cornu_op_cast(cornu_op_ones_like(x), CORNU_BOOL);
}
/* Of real numbers: 0, or pi below 0. */
static cornu_tensor *angle(cornu_tensor *x) {
    cornu_tensor *negative = cornu_op_less(x, cornu_scalar(0));
    return cornu_op_where(negative, cornu_scalar(M_PI), cornu_op_zeros_like(real(x)));
}

const cornu_operation_class cornu_operations_numeric_[] = {
    CORNU_OPERATION_(Angle, numpy, unary, angle),
    CORNU_OPERATION_(Argpartition, numpy, compute, argpartition),
    CORNU_OPERATION_(Cdist, math, compute, cdist),
    CORNU_OPERATION_(Corrcoef, numpy, unary, corrcoef),
    CORNU_OPERATION_(Correlate, numpy, compute, correlate),
    CORNU_OPERATION_(Geomspace, numpy, compute, geomspace),
    CORNU_OPERATION_MANY_(Histogram, numpy, histogram, two),
    CORNU_OPERATION_(Imag, numpy, unary, no_imaginary),
    CORNU_OPERATION_(Isreal, numpy, unary, is_real),
    CORNU_OPERATION_(Ldexp, numpy, binary, ldexp_of),
    CORNU_OPERATION_(Linspace, numpy, compute, linspace),
    CORNU_OPERATION_(Logspace, numpy, compute, logspace),
    CORNU_OPERATION_(Ptp, numpy, compute, ptp),
    CORNU_OPERATION_(Trapezoid, numpy, compute, trapezoid),
    CORNU_OPERATION_MANY_(UnravelIndex, numpy, unravel_index, axes_of),
    CORNU_OPERATION_(Vander, numpy, compute, vander),
    {.layer = {.name = NULL}},
};
