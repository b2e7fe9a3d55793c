/* Operations that compare the elements of an axis: sort, argmax, top_k, quantiles, search.
 * Keras: keras/src/ops/numpy.py, keras/src/ops/math.py. */
#include <string.h>

#include "model/operation.h"

/* ---- arg and sort ---- */
static cornu_tensor *arg(
    const cornu_operation_call *call, cornu_tensor *(*compute)(cornu_tensor *x, int axis)
) {
    int64_t axis = CORNU_NONE;
    bool keepdims = false;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &keepdims) != CORNU_OK)
        return NULL;
    cornu_axes all = {0};
    cornu_shape kept = cornu_kept_shape_(x, &all);
    if (axis == CORNU_NONE) {
        x = compute(cornu_flat_(x), 0);
        return keepdims ? cornu_op_reshape(x, kept) : x;
    }
    x = compute(x, (int)axis);
    return keepdims ? cornu_op_expand_dims(x, (int)axis) : x;
}
static cornu_tensor *argmax(const cornu_operation_call *call) { return arg(call, cornu_op_argmax); }
static cornu_tensor *argmin(const cornu_operation_call *call) { return arg(call, cornu_op_argmin); }

/* Along the last axis unless it is said; None: all elements in a row. */
static cornu_tensor *sort_with(
    const cornu_operation_call *call, cornu_tensor *(*compute)(cornu_tensor *x, int axis)
) {
    int64_t axis = -1;
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(call->config, "axis");
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_axis_(call, "axis", &axis) != CORNU_OK) return NULL;
    return cJSON_IsNull(given) ? compute(cornu_flat_(x), 0) : compute(x, (int)axis);
}
static cornu_tensor *sort(const cornu_operation_call *call) {
    return sort_with(call, cornu_op_sort);
}
static cornu_tensor *argsort(const cornu_operation_call *call) {
    return sort_with(call, cornu_op_argsort);
}

/* ---- the largest ---- */
/* Where the k largest of the last axis are, in descending order; of equal ones the first. */
static cornu_tensor *places_of_largest(cornu_tensor *x, int64_t k) {
    if (x == NULL) return NULL;
    int64_t size = cornu_tensor_rank(x) > 0 ? cornu_tensor_dim(x, cornu_tensor_rank(x) - 1) : 0;
    if (k < 1 || k > size)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "'k' must be from 1 to %lld, got %lld", (long long)size, (long long)k
        );
    return cornu_part_(cornu_op_argsort(cornu_op_negative(x), -1), -1, 0, k);
}

static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}

/* Sorted, whether that is asked for or not. */
static cornu_status top_k(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    int64_t k = CORNU_NONE;
    bool sorted = true;
    cornu_tensor *x = cornu_operation_x_(call);
    (void)count;
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "k", &k));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "sorted", &sorted));
    outputs[1] = places_of_largest(x, k);
    outputs[0] = cornu_op_take_along_axis(x, outputs[1], -1);
    return CORNU_OK;
}

/* Whether what the target names is not below the k-th largest. */
static cornu_tensor *in_top_k(const cornu_operation_call *call) {
    int64_t k = CORNU_NONE;
    cornu_tensor *targets = cornu_operation_tensor_(call, 0, "targets");
    cornu_tensor *x = cornu_operation_tensor_(call, 1, "predictions");
    if (cornu_operation_int_(call, CORNU_SETTING, "k", &k) != CORNU_OK) return NULL;
    cornu_tensor *places = places_of_largest(x, k);
    cornu_tensor *least = cornu_op_take_along_axis(x, cornu_part_(places, -1, k - 1, k), -1);
    cornu_tensor *own = cornu_op_take_along_axis(x, cornu_op_expand_dims(targets, -1), -1);
    return cornu_op_squeeze(cornu_op_greater_equal(own, least), cornu_axes(-1));
}

/* ---- quantiles ---- */
/* Between the two places around share `q` of the way through a sorted last axis. */
static cornu_tensor *at_share(cornu_tensor *sorted, double q) {
    int axis = cornu_tensor_rank(sorted) - 1;
    int64_t size = cornu_tensor_dim(sorted, axis);
    if (!(q >= 0 && q <= 1)) CORNU_FAIL_NULL(CORNU_EINVAL, "'q' must be from 0 to 1, got %g", q);
    if (size == 0) CORNU_FAIL_NULL(CORNU_ESHAPE, "there is no quantile of no elements");
    double place = q * (double)(size - 1);
    int64_t low = (int64_t)floor(place), high = (int64_t)ceil(place);
    cornu_tensor *a = cornu_part_(sorted, axis, low, low + 1);
    if (high == low) return cornu_op_squeeze(a, cornu_axes(axis));
    cornu_tensor *b = cornu_part_(sorted, axis, high, high + 1);
    cornu_tensor *share = cornu_scalar(place - (double)low);
    a = cornu_op_add(a, cornu_op_multiply(cornu_op_subtract(b, a), share));
    return cornu_op_squeeze(a, cornu_axes(axis));
}

/* The elements of the reduced axes in order, and the shape that the result has. */
static cornu_tensor *sorted_axes(const cornu_operation_call *call, cornu_shape *kept, bool *keep) {
    cornu_axes axes = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    *keep = false;
    if (x == NULL || cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "keepdims", keep) != CORNU_OK)
        return NULL;
    *kept = cornu_kept_shape_(x, &axes);
    if (!cornu_dtype_is_float(cornu_tensor_dtype(x))) x = cornu_op_cast(x, CORNU_FLOAT32);
    return cornu_op_sort(cornu_axes_to_end_(x, &axes), -1);
}

static cornu_tensor *quantile_at(
    cornu_tensor *sorted, double q, const cornu_shape *kept, bool keep
) {
    cornu_tensor *y = at_share(sorted, q);
    return keep ? cornu_op_reshape(y, *kept) : y;
}

static cornu_tensor *median(const cornu_operation_call *call) {
    cornu_shape kept;
    bool keep;
    cornu_tensor *sorted = sorted_axes(call, &kept, &keep);
    return sorted != NULL ? quantile_at(sorted, 0.5, &kept, keep) : NULL;
}

/* One for a number, several in front for a list; percentiles count to 100. */
static cornu_tensor *quantile_of(const cornu_operation_call *call, double whole) {
    enum { MOST = 64 };
    cornu_shape kept;
    bool keep;
    const char *method = "linear";
    cornu_tensor *sorted = sorted_axes(call, &kept, &keep), *parts[MOST];
    const cJSON *q = cornu_operation_value_(call, 1, "q");
    if (sorted == NULL || cornu_operation_text_(call, "method", &method) != CORNU_OK) return NULL;
    if (strcmp(method, "linear") != 0)
        CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'method' must be linear, got '%.100s'", method);
    if (cJSON_IsNumber(q)) return quantile_at(sorted, q->valuedouble / whole, &kept, keep);
    int count = cJSON_GetArraySize(q);
    for (int i = 0; i < count && i < MOST; i++) {
        const cJSON *one = cJSON_GetArrayItem(q, i);
        parts[i] =
            cJSON_IsNumber(one) ? quantile_at(sorted, one->valuedouble / whole, &kept, keep) : NULL;
        if (!cJSON_IsNumber(one)) count = 0;
        else if (parts[i] == NULL) return NULL;
    }
    if (!cJSON_IsArray(q) || count < 1 || count > MOST)
        CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'q' must be a number, or a list of up to %d", MOST);
    return cornu_op_stack((cornu_tensor_list){parts, (size_t)count}, 0);
}
static cornu_tensor *quantile(const cornu_operation_call *call) { return quantile_of(call, 1); }
static cornu_tensor *percentile(const cornu_operation_call *call) { return quantile_of(call, 100); }

/* ---- search ---- */
/* How many of the sorted elements are below a value, or not above it. */
static cornu_tensor *count_below(cornu_tensor *elements, cornu_tensor *values, bool or_equal) {
    if (values == NULL || elements == NULL) return NULL;
    values = cornu_op_expand_dims(values, cornu_tensor_rank(values));
    cornu_tensor *below =
        or_equal ? cornu_op_less_equal(elements, values) : cornu_op_less(elements, values);
    return cornu_op_sum(cornu_op_cast(below, CORNU_INT32), .axis = cornu_axes(-1));
}

static cornu_tensor *searchsorted(const cornu_operation_call *call) {
    const char *side = "left";
    cornu_tensor *elements = cornu_operation_tensor_(call, 0, "sorted_sequence");
    cornu_tensor *values = cornu_operation_tensor_(call, 1, "values");
    if (elements == NULL || cornu_operation_text_(call, "side", &side) != CORNU_OK) return NULL;
    bool right = strcmp(side, "right") == 0;
    if ((!right && strcmp(side, "left") != 0) || cornu_tensor_rank(elements) != 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "wants a vector, and 'side' left or right, got '%.100s'", side
        );
    return count_below(elements, values, right);
}

static cornu_tensor *digitize(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call);
    cornu_tensor *bins = cornu_operation_tensor_(call, 1, "bins");
    if (bins != NULL && cornu_tensor_rank(bins) != 1)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "'bins' must be a vector");
    return count_below(bins, x, true);
}

static cornu_tensor *isin(const cornu_operation_call *call) {
    bool unique = false, invert = false; /* `unique` changes nothing */
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x1");
    cornu_tensor *set = cornu_flat_(cornu_operation_tensor_(call, 1, "x2"));
    if (x == NULL ||
        cornu_operation_bool_(call, CORNU_SETTING, "assume_unique", &unique) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "invert", &invert) != CORNU_OK)
        return NULL;
    x = cornu_op_equal(cornu_op_expand_dims(x, cornu_tensor_rank(x)), set);
    x = cornu_op_any(x, .axis = cornu_axes(-1));
    return invert ? cornu_op_logical_not(x) : x;
}

const cornu_operation_class cornu_operations_order_[] = {
    CORNU_OPERATION_(Argmax, numpy, compute, argmax),
    CORNU_OPERATION_(Argmin, numpy, compute, argmin),
    CORNU_OPERATION_(Argsort, numpy, compute, argsort),
    CORNU_OPERATION_(Digitize, numpy, compute, digitize),
    CORNU_OPERATION_(InTopK, math, compute, in_top_k),
    CORNU_OPERATION_(IsIn, numpy, compute, isin),
    CORNU_OPERATION_(Median, numpy, compute, median),
    CORNU_OPERATION_(Percentile, numpy, compute, percentile),
    CORNU_OPERATION_(Quantile, numpy, compute, quantile),
    CORNU_OPERATION_(SearchSorted, numpy, compute, searchsorted),
    CORNU_OPERATION_(Sort, numpy, compute, sort),
    CORNU_OPERATION_MANY_(TopK, math, top_k, two),
    {.layer = {.name = NULL}},
};
