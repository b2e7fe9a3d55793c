/* Operations that reduce axes, and sums along one. Those with a function of cornu/ops.h and no more
 * settings than axes stand in the table alone. Keras: keras/src/ops/numpy.py. */
#include "model/operation.h"

static cornu_status reduce_args(const cornu_operation_call *call, cornu_op_reduce_args *args) {
    args->x = cornu_operation_x_(call);
    if (args->x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_axes_(call, CORNU_SETTING, "axis", &args->axis));
    return cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &args->keepdims);
}

/* ---- max and min with a first value ---- */
static cornu_tensor *extremum(
    const cornu_operation_call *call, cornu_tensor *(*reduce)(const cornu_op_reduce_args *args),
    cornu_tensor *(*join)(cornu_tensor *a, cornu_tensor *b)
) {
    cornu_op_reduce_args args = {CORNU_OP_REDUCE_DEFAULTS};
    cornu_tensor *initial;
    if (reduce_args(call, &args) != CORNU_OK ||
        cornu_operation_optional_(call, CORNU_SETTING, "initial", &initial) != CORNU_OK)
        return NULL;
    cornu_tensor *y = reduce(&args);
    return initial != NULL ? join(y, initial) : y;
}
static cornu_tensor *max(const cornu_operation_call *call) {
    return extremum(call, cornu_op_max_new, cornu_op_maximum);
}
static cornu_tensor *min(const cornu_operation_call *call) {
    return extremum(call, cornu_op_min_new, cornu_op_minimum);
}

static cornu_tensor *prod(const cornu_operation_call *call) {
    cornu_op_reduce_args args = {CORNU_OP_REDUCE_DEFAULTS};
    if (reduce_args(call, &args) != CORNU_OK) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(args.x);
    if (cornu_operation_dtype_(call, "dtype", &dtype) != CORNU_OK) return NULL;
    args.x = cornu_op_cast(args.x, dtype);
    return args.x != NULL ? cornu_op_prod_new(&args) : NULL;
}

/* ---- means ---- */
/* sum(w x) / sum(w); weights of one axis stand along it. */
static cornu_tensor *average(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE;
    cornu_tensor *x = cornu_operation_x_(call), *weights;
    if (x == NULL || cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_optional_(call, 1, "weights", &weights) != CORNU_OK)
        return NULL;
    int rank = cornu_tensor_rank(x);
    int at = axis == CORNU_NONE ? 0 : (int)(axis < 0 ? axis + rank : axis);
    cornu_axes axes = axis == CORNU_NONE ? (cornu_axes){0} : cornu_axes(at);
    if (weights == NULL) return cornu_op_mean(x, .axis = axes);
    if (cornu_tensor_rank(weights) == 1 && rank > 1) {
        if (axis == CORNU_NONE)
            CORNU_FAIL_NULL(CORNU_ESHAPE, "weights of another shape than x want an axis");
        cornu_shape shape = {.rank = rank};
        for (int i = 0; i < rank; i++) shape.dims[i] = i == at ? -1 : 1;
        weights = cornu_op_reshape(weights, shape);
    }
    weights = cornu_op_multiply(weights, cornu_op_ones_like(x));
    cornu_tensor *sum = cornu_op_sum(cornu_op_multiply(x, weights), .axis = axes);
    return cornu_op_divide(sum, cornu_op_sum(weights, .axis = axes));
}

static cornu_tensor *count_nonzero(const cornu_operation_call *call) {
    cornu_axes axes = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK) return NULL;
    x = cornu_op_cast(cornu_op_not_equal(x, cornu_scalar(0)), CORNU_INT32);
    return cornu_op_sum(x, .axis = axes);
}

static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}
static cornu_status moments(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    cornu_axes axes = {0};
    bool keepdims = false;
    (void)count;
    CORNU_TRY(cornu_operation_axes_(call, CORNU_SETTING, "axes", &axes));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &keepdims));
    CORNU_TRY(cornu_operation_refuse_(call, "synchronized"));
    return cornu_op_moments(cornu_operation_x_(call), axes, keepdims, &outputs[0], &outputs[1]);
}

/* ---- along an axis ---- */
/* The axis, or all elements in a row. In the type that may be named; bool counts. */
static cornu_tensor *running(const cornu_operation_call *call, int64_t *axis) {
    cornu_tensor *x = cornu_operation_x_(call);
    *axis = CORNU_NONE;
    if (x == NULL || cornu_operation_axis_(call, "axis", axis) != CORNU_OK) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (cornu_operation_dtype_(call, "dtype", &dtype) != CORNU_OK) return NULL;
    x = cornu_op_cast(x, dtype == CORNU_BOOL ? CORNU_INT32 : dtype);
    if (*axis != CORNU_NONE) return x;
    *axis = 0;
    return cornu_flat_(x);
}

static cornu_tensor *cumsum(const cornu_operation_call *call) {
    int64_t axis;
    cornu_tensor *x = running(call, &axis);
    return cornu_op_cumsum(x, (int)axis);
}

/* Products over twice as many elements in each round. */
static cornu_tensor *cumprod(const cornu_operation_call *call) {
    int64_t axis;
    cornu_tensor *x = running(call, &axis);
    int rank = x != NULL ? cornu_tensor_rank(x) : 0;
    if (x == NULL) return NULL;
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank)
        CORNU_FAIL_NULL(CORNU_EINVAL, "there is no such axis in %d", rank);
    int64_t size = cornu_tensor_dim(x, (int)axis);
    for (int64_t step = 1; step < size && x != NULL; step *= 2) {
        cornu_tensor *ones = cornu_op_ones_like(cornu_part_(x, (int)axis, 0, step));
        cornu_tensor *before = cornu_part_(x, (int)axis, 0, size - step);
        before = cornu_op_concatenate(cornu_tensors(ones, before), (int)axis);
        x = cornu_op_multiply(x, before);
    }
    return x;
}

static cornu_tensor *diff(const cornu_operation_call *call) {
    int64_t n = 1, axis = -1;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "a");
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "n", &n) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK)
        return NULL;
    if (n < 0 || n > 64) CORNU_FAIL_NULL(CORNU_EINVAL, "'n' must be from 0 to 64");
    for (int64_t i = 0; i < n && x != NULL; i++) {
        cornu_tensor *later = cornu_part_(x, (int)axis, 1, CORNU_SLICE_NONE);
        x = cornu_op_subtract(later, cornu_part_(x, (int)axis, 0, -1));
    }
    return x;
}

static cornu_tensor *segment_sum(const cornu_operation_call *call) {
    int64_t segments = CORNU_NONE;
    bool sorted = false; /* makes it faster elsewhere, and changes nothing */
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "data");
    cornu_tensor *ids = cornu_operation_tensor_(call, 1, "segment_ids");
    if (cornu_operation_int_(call, CORNU_SETTING, "num_segments", &segments) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "sorted", &sorted) != CORNU_OK)
        return NULL;
    if (segments == CORNU_NONE) CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'num_segments' must be given");
    return cornu_op_segment_sum(x, ids, segments);
}

const cornu_operation_class cornu_operations_reduce_[] = {
    CORNU_OPERATION_(All, numpy, reduce, cornu_op_all_new),
    CORNU_OPERATION_(Amax, numpy, reduce, cornu_op_max_new),
    CORNU_OPERATION_(Amin, numpy, reduce, cornu_op_min_new),
    CORNU_OPERATION_(Any, numpy, reduce, cornu_op_any_new),
    CORNU_OPERATION_(Average, numpy, compute, average),
    CORNU_OPERATION_(CountNonzero, numpy, compute, count_nonzero),
    CORNU_OPERATION_(Cumprod, numpy, compute, cumprod),
    CORNU_OPERATION_(Cumsum, numpy, compute, cumsum),
    CORNU_OPERATION_(Diff, numpy, compute, diff),
    CORNU_OPERATION_(Logsumexp, math, reduce, cornu_op_logsumexp_new),
    CORNU_OPERATION_(Max, numpy, compute, max),
    CORNU_OPERATION_(Mean, numpy, reduce, cornu_op_mean_new),
    CORNU_OPERATION_(Min, numpy, compute, min),
    CORNU_OPERATION_MANY_(Moments, nn, moments, two),
    CORNU_OPERATION_(Prod, numpy, compute, prod),
    CORNU_OPERATION_(SegmentSum, math, compute, segment_sum),
    CORNU_OPERATION_(Std, numpy, reduce, cornu_op_std_new),
    CORNU_OPERATION_(Sum, numpy, reduce, cornu_op_sum_new),
    CORNU_OPERATION_(Var, numpy, reduce, cornu_op_var_new),
    {.layer = {.name = NULL}},
};
