/* Operations that put elements where indices say: scatter, and reductions of the elements that
 * share an index. Keras: keras/src/ops/core.py, keras/src/ops/math.py, keras/src/backend/jax.
 *
 * What has an index outside counts nowhere. */
#include <string.h>

#include "model/operation.h"

/* ---- segments ---- */
/* Elements along the first axis in the order of their segments. */
typedef struct {
    cornu_tensor *ids;   /* int32 [n], sorted; those outside last */
    cornu_tensor *order; /* [n], where each element was */
    cornu_tensor *last;  /* [segments], the place of the last element of each, 0 if it has none */
    cornu_tensor *full;  /* bool [segments], whether it has any */
} segments;

static cornu_status segments_of(cornu_tensor *ids, int64_t count, segments *made) {
    enum { MOST = 1 << 28 };
    if (ids == NULL) return cornu_error_status();
    if (cornu_tensor_rank(ids) != 1 || count < 0 || count > MOST)
        CORNU_FAIL(
            CORNU_EINVAL, "wants a vector of indices, got %d axes, for up to %d places",
            cornu_tensor_rank(ids), MOST
        );
    cornu_tensor *outside = cornu_scalar_of(CORNU_INT32, (double)count);
    cornu_tensor *zero = cornu_scalar_of(CORNU_INT32, 0), *one = cornu_scalar_of(CORNU_INT32, 1);
    cornu_tensor *negative = cornu_op_less(ids, zero);
    ids = cornu_op_where(negative, outside, cornu_op_cast(ids, CORNU_INT32));
    ids = cornu_op_minimum(ids, outside);
    made->order = cornu_op_argsort(ids, 0);
    made->ids = cornu_op_take(ids, made->order, 0);
    cornu_tensor *size = cornu_op_segment_sum(cornu_op_ones_like(ids), ids, count);
    cornu_tensor *last = cornu_op_subtract(cornu_op_cumsum(size, 0), one);
    made->full = cornu_op_greater(size, zero);
    made->last = cornu_op_where(made->full, last, zero);
    return made->ids != NULL && made->last != NULL ? CORNU_OK : cornu_error_status();
}

/* A vector as the first of `rank` axes. */
static cornu_tensor *along_first(cornu_tensor *x, int rank) {
    cornu_shape shape = {.rank = rank, .dims = {-1}};
    for (int i = 1; i < rank; i++) shape.dims[i] = 1;
    return rank > 1 ? cornu_op_reshape(x, shape) : x;
}

/* Each element becomes that of its segment so far: in every round twice as many. */
static cornu_tensor *running(
    cornu_tensor *x, cornu_tensor *ids, cornu_tensor *(*join)(cornu_tensor *a, cornu_tensor *b)
) {
    int64_t n = x != NULL ? cornu_tensor_dim(x, 0) : 0;
    for (int64_t step = 1; step < n && x != NULL; step *= 2) {
        cornu_tensor *same =
            cornu_op_equal(cornu_part_(ids, 0, step, n), cornu_part_(ids, 0, 0, n - step));
        cornu_tensor *here = cornu_part_(x, 0, step, n);
        cornu_tensor *joined = join(cornu_part_(x, 0, 0, n - step), here);
        joined = cornu_op_where(along_first(same, cornu_tensor_rank(x)), joined, here);
        x = cornu_op_concatenate(cornu_tensors(cornu_part_(x, 0, 0, step), joined), 0);
    }
    return x;
}

typedef struct {
    cornu_tensor *(*join)(cornu_tensor *a, cornu_tensor *b);
    double floats, sign; /* of no elements: for floats; or the end of an integer type, or 1 */
} reduction;
static const reduction largest = {cornu_op_maximum, -INFINITY, -1};
static const reduction smallest = {cornu_op_minimum, INFINITY, 1};
static const reduction factors = {cornu_op_multiply, 1, 0};

static double end_of(cornu_dtype dtype, double sign) {
    double low = 0, high = 1;
    switch (dtype) {
    case CORNU_INT8:
        low = INT8_MIN, high = INT8_MAX;
        break;
    case CORNU_INT16:
        low = INT16_MIN, high = INT16_MAX;
        break;
    case CORNU_INT32:
        low = INT32_MIN, high = INT32_MAX;
        break;
    case CORNU_INT64:
        low = -0x1p63, high = 0x1p63;
        break;
    case CORNU_UINT8:
        high = UINT8_MAX;
        break;
    default:
        break;
    }
    return sign < 0 ? low : sign > 0 ? high : 1;
}

static cornu_tensor *reduce_segments(
    cornu_tensor *x, cornu_tensor *ids, int64_t count, const reduction *by
) {
    segments made = {0};
    if (x == NULL || ids == NULL) return NULL;
    int rank = cornu_tensor_rank(x);
    if (rank < 1 || cornu_tensor_size(ids) != cornu_tensor_dim(x, 0))
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants an index for each row of the data");
    cornu_dtype dtype = cornu_tensor_dtype(x);
    double empty = cornu_dtype_is_float(dtype) ? by->floats : end_of(dtype, by->sign);
    cornu_tensor *none = cornu_op_cast(cornu_scalar_of(CORNU_FLOAT64, empty), dtype);
    if (cornu_tensor_size(ids) == 0) {
        cornu_shape shape = *cornu_tensor_shape(x);
        shape.dims[0] = count;
        return cornu_op_broadcast_to(none, shape);
    }
    if (segments_of(ids, count, &made) != CORNU_OK) return NULL;
    x = running(cornu_op_take(x, made.order, 0), made.ids, by->join);
    return cornu_op_where(along_first(made.full, rank), cornu_op_take(x, made.last, 0), none);
}

static cornu_tensor *segment_with(const cornu_operation_call *call, const reduction *by) {
    int64_t count = CORNU_NONE;
    bool sorted = false; /* makes it faster elsewhere, and changes nothing */
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "data");
    cornu_tensor *ids = cornu_operation_tensor_(call, 1, "segment_ids");
    if (cornu_operation_int_(call, CORNU_SETTING, "num_segments", &count) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "sorted", &sorted) != CORNU_OK)
        return NULL;
    if (count == CORNU_NONE) CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'num_segments' must be given");
    return reduce_segments(x, ids, count, by);
}
static cornu_tensor *segment_max(const cornu_operation_call *call) {
    return segment_with(call, &largest);
}
static cornu_tensor *segment_min(const cornu_operation_call *call) {
    return segment_with(call, &smallest);
}
static cornu_tensor *segment_prod(const cornu_operation_call *call) {
    return segment_with(call, &factors);
}

/* ---- scatter ---- */
/* A place in some of the first axes of a shape for each of the updates. */
typedef struct {
    cornu_tensor *place; /* int32 [n], of the axes as one; their size for what is outside */
    int64_t places;      /* the size of those axes */
    cornu_shape inner;   /* [n, the axes behind them] */
} scattering;

static cornu_status scattering_of(
    cornu_tensor *indices, const cornu_shape *shape, scattering *made
) {
    if (indices == NULL) return cornu_error_status();
    int rank = cornu_tensor_rank(indices);
    int64_t depth = rank > 0 ? cornu_tensor_dim(indices, -1) : 0;
    if (rank < 1 || cornu_dtype_is_float(cornu_tensor_dtype(indices)) || depth < 1 ||
        depth > shape->rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "indices must be integers, [number, axes], for up to %d axes", shape->rank
        );
    *made = (scattering){.places = 1, .inner = {.rank = 1, .dims = {-1}}};
    indices = cornu_op_reshape(cornu_op_cast(indices, CORNU_INT32), cornu_shape(-1, depth));
    cornu_tensor *inside = NULL;
    for (int i = 0; i < depth; i++) {
        cornu_tensor *size = cornu_scalar_of(CORNU_INT32, (double)shape->dims[i]);
        cornu_tensor *zero = cornu_scalar_of(CORNU_INT32, 0);
        cornu_tensor *index = cornu_op_squeeze(cornu_part_(indices, 1, i, i + 1), cornu_axes(1));
        cornu_tensor *from_end = cornu_op_add(index, size);
        index = cornu_op_where(cornu_op_less(index, zero), from_end, index);
        cornu_tensor *fits =
            cornu_op_logical_and(cornu_op_greater_equal(index, zero), cornu_op_less(index, size));
        made->place = i == 0 ? index : cornu_op_add(cornu_op_multiply(made->place, size), index);
        inside = i == 0 ? fits : cornu_op_logical_and(inside, fits);
        made->places *= shape->dims[i];
        if (shape->dims[i] < 0 || made->places > INT32_MAX)
            CORNU_FAIL(CORNU_ESHAPE, "the scattered axes must have from 0 to 2^31 - 1 places");
    }
    cornu_tensor *nowhere = cornu_scalar_of(CORNU_INT32, (double)made->places);
    made->place = cornu_op_where(inside, made->place, nowhere);
    for (int i = (int)depth; i < shape->rank; i++)
        made->inner.dims[made->inner.rank++] = shape->dims[i];
    return made->place != NULL ? CORNU_OK : cornu_error_status();
}

/* Values for the same place add up. */
static cornu_tensor *scatter(const cornu_operation_call *call) {
    cornu_shape shape = {0};
    scattering made = {0};
    cornu_tensor *indices = cornu_operation_tensor_(call, 0, "indices");
    cornu_tensor *values = cornu_operation_tensor_(call, 1, "values");
    if (cornu_operation_sizes_(call, 2, "shape", &shape) != CORNU_OK ||
        scattering_of(indices, &shape, &made) != CORNU_OK)
        return NULL;
    values = cornu_op_reshape(values, made.inner);
    return cornu_op_reshape(cornu_op_segment_sum(values, made.place, made.places), shape);
}

/* Of several updates for one place, the last. */
static cornu_tensor *last_update(cornu_tensor *x, cornu_tensor *updates, const scattering *made) {
    segments parts = {0};
    if (segments_of(made->place, made->places, &parts) != CORNU_OK) return NULL;
    cornu_tensor *from = cornu_op_take(parts.order, parts.last, 0);
    cornu_tensor *full = along_first(parts.full, made->inner.rank);
    return cornu_op_where(full, cornu_op_take(updates, from, 0), x);
}

static cornu_tensor *joined_update(
    const char *name, cornu_tensor *x, cornu_tensor *updates, const scattering *made
) {
    if (strcmp(name, "add") == 0)
        return cornu_op_add(x, cornu_op_segment_sum(updates, made->place, made->places));
    const reduction *by = strcmp(name, "max") == 0   ? &largest
                          : strcmp(name, "min") == 0 ? &smallest
                          : strcmp(name, "mul") == 0 ? &factors
                                                     : NULL;
    if (by == NULL) CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "does not know 'reduction' %.100s", name);
    return by->join(x, reduce_segments(updates, made->place, made->places, by));
}

static cornu_tensor *scatter_update(const cornu_operation_call *call) {
    scattering made = {0};
    const char *name = NULL;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs");
    cornu_tensor *indices = cornu_operation_tensor_(call, 1, "indices");
    cornu_tensor *updates = cornu_operation_tensor_(call, 2, "updates");
    if (x == NULL || cornu_operation_text_(call, "reduction", &name) != CORNU_OK) return NULL;
    cornu_shape shape = *cornu_tensor_shape(x);
    if (scattering_of(indices, &shape, &made) != CORNU_OK) return NULL;
    if (cornu_tensor_size(made.place) == 0) return x;
    updates = cornu_op_reshape(cornu_op_cast(updates, cornu_tensor_dtype(x)), made.inner);
    cornu_shape rows = made.inner;
    rows.dims[0] = made.places;
    x = cornu_op_reshape(x, rows);
    x = name == NULL ? last_update(x, updates, &made) : joined_update(name, x, updates, &made);
    return cornu_op_reshape(x, shape);
}

const cornu_operation_class cornu_operations_scatter_[] = {
    CORNU_OPERATION_(Scatter, core, compute, scatter),
    CORNU_OPERATION_(ScatterUpdate, core, compute, scatter_update),
    CORNU_OPERATION_(SegmentMax, math, compute, segment_max),
    CORNU_OPERATION_(SegmentMin, math, compute, segment_min),
    CORNU_OPERATION_(SegmentProd, math, compute, segment_prod),
    {.layer = {.name = NULL}},
};
