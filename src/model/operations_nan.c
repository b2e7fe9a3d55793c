/* Reductions that leave out what is no number. Keras: keras/src/ops/numpy.py. */
#include "model/operation.h"

/* What a reduction is asked for, and which elements count. */
typedef struct {
    cornu_op_reduce_args args;
    cornu_tensor *missing; /* bool, like x */
} partial;

static cornu_status partial_of(const cornu_operation_call *call, partial *given) {
    *given = (partial){.args = {CORNU_OP_REDUCE_DEFAULTS}};
    given->args.x = cornu_operation_x_(call);
    if (given->args.x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_axes_(call, CORNU_SETTING, "axis", &given->args.axis));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &given->args.keepdims));
    given->missing = cornu_op_isnan(given->args.x);
    return given->missing != NULL ? CORNU_OK : cornu_error_status();
}

/* Over all elements, in the place of those that are missing `value`. */
static cornu_tensor *reduce_with(
    const partial *given, double value, cornu_tensor *(*reduce)(const cornu_op_reduce_args *args)
) {
    cornu_op_reduce_args args = given->args;
    if (cornu_dtype_is_float(cornu_tensor_dtype(args.x)))
        args.x = cornu_op_where(given->missing, cornu_scalar(value), args.x);
    return reduce(&args);
}

static cornu_tensor *nansum(const cornu_operation_call *call) {
    partial given;
    if (partial_of(call, &given) != CORNU_OK) return NULL;
    return reduce_with(&given, 0, cornu_op_sum_new);
}

static cornu_tensor *nanprod(const cornu_operation_call *call) {
    partial given;
    if (partial_of(call, &given) != CORNU_OK) return NULL;
    return reduce_with(&given, 1, cornu_op_prod_new);
}

/* NaN where there was no number. */
static cornu_tensor *extremum(
    const cornu_operation_call *call, double end,
    cornu_tensor *(*reduce)(const cornu_op_reduce_args *args)
) {
    partial given;
    if (partial_of(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *y = reduce_with(&given, end, reduce);
    if (!cornu_dtype_is_float(cornu_tensor_dtype(given.args.x))) return y;
    cornu_tensor *none =
        cornu_op_all(given.missing, .axis = given.args.axis, .keepdims = given.args.keepdims);
    return cornu_op_where(none, cornu_scalar((double)NAN), y);
}
static cornu_tensor *nanmax(const cornu_operation_call *call) {
    return extremum(call, -(double)INFINITY, cornu_op_max_new);
}
static cornu_tensor *nanmin(const cornu_operation_call *call) {
    return extremum(call, (double)INFINITY, cornu_op_min_new);
}

/* Along an axis, or of all elements in a row. */
static cornu_tensor *nancumsum(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_axis_(call, "axis", &axis) != CORNU_OK) return NULL;
    cornu_dtype dtype = cornu_tensor_dtype(x);
    if (cornu_operation_dtype_(call, "dtype", &dtype) != CORNU_OK) return NULL;
    if (cornu_dtype_is_float(cornu_tensor_dtype(x)))
        x = cornu_op_where(cornu_op_isnan(x), cornu_scalar(0), x);
    x = cornu_op_cast(x, dtype == CORNU_BOOL ? CORNU_INT32 : dtype);
    return axis == CORNU_NONE ? cornu_op_cumsum(cornu_flat_(x), 0) : cornu_op_cumsum(x, (int)axis);
}

/* ---- means ---- */
/* The sum of `x` over the number of elements that count. */
static cornu_tensor *mean_of(const partial *given, cornu_tensor *x, bool keepdims) {
    cornu_dtype dtype = cornu_tensor_dtype(x);
    x = cornu_op_where(given->missing, cornu_scalar(0), x);
    cornu_tensor *there = cornu_op_cast(cornu_op_logical_not(given->missing), dtype);
    return cornu_op_divide(
        cornu_op_sum(x, .axis = given->args.axis, .keepdims = keepdims),
        cornu_op_sum(there, .axis = given->args.axis, .keepdims = keepdims)
    );
}

static cornu_status real_partial(const cornu_operation_call *call, partial *given) {
    CORNU_TRY(partial_of(call, given));
    if (!cornu_dtype_is_float(cornu_tensor_dtype(given->args.x)))
        given->args.x = cornu_op_cast(given->args.x, CORNU_FLOAT32);
    return given->args.x != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *nanmean(const cornu_operation_call *call) {
    partial given;
    if (real_partial(call, &given) != CORNU_OK) return NULL;
    return mean_of(&given, given.args.x, given.args.keepdims);
}

static cornu_tensor *nanvar(const cornu_operation_call *call) {
    partial given;
    if (real_partial(call, &given) != CORNU_OK) return NULL;
    cornu_tensor *apart = cornu_op_subtract(given.args.x, mean_of(&given, given.args.x, true));
    /* before it is squared, so that no derivative of NaN is taken */
    apart = cornu_op_where(given.missing, cornu_scalar(0), apart);
    cornu_tensor *square = cornu_op_square(apart);
    return square != NULL ? mean_of(&given, square, given.args.keepdims) : NULL;
}

static cornu_tensor *nanstd(const cornu_operation_call *call) {
    return cornu_op_sqrt(nanvar(call));
}

const cornu_operation_class cornu_operations_nan_[] = {
    CORNU_OPERATION_(Nancumsum, numpy, compute, nancumsum),
    CORNU_OPERATION_(Nanmax, numpy, compute, nanmax),
    CORNU_OPERATION_(Nanmean, numpy, compute, nanmean),
    CORNU_OPERATION_(Nanmin, numpy, compute, nanmin),
    CORNU_OPERATION_(Nanprod, numpy, compute, nanprod),
    CORNU_OPERATION_(Nanstd, numpy, compute, nanstd),
    CORNU_OPERATION_(Nansum, numpy, compute, nansum),
    CORNU_OPERATION_(Nanvar, numpy, compute, nanvar),
    {.layer = {.name = NULL}},
};
