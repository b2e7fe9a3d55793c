/* Operations that pick elements by their places: x[...], take, slice, one_hot.
 * Keras: keras/src/ops/numpy.py, keras/src/ops/core.py, keras/src/ops/nn.py. */
#include <string.h>

#include "model/operation.h"
#include "nn/json.h"

/* ---- x[...] ---- */
/* What a key selects: x[start:stop:step] along each axis, after which axes that an integer took are
 * dropped and those that None asked for are made. */
typedef struct {
    int axis, rank;
    int64_t start[CORNU_MAX_RANK], stop[CORNU_MAX_RANK], step[CORNU_MAX_RANK];
    bool dropped[CORNU_MAX_RANK];
    int made[CORNU_MAX_RANK], made_count; /* in the result */
    int results;                          /* axes of the result so far */
} selection;

static bool is_object(const cJSON *json, const char *class_name) {
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "class_name"));
    return name != NULL && strcmp(name, class_name) == 0;
}

static cornu_status bound(const cJSON *slice, const char *key, int64_t *value) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(slice, "config");
    const cJSON *json = cJSON_GetObjectItemCaseSensitive(config, key);
    *value = CORNU_SLICE_NONE;
    if (json == NULL || cJSON_IsNull(json)) return CORNU_OK;
    if (!cornu_json_as_int_(json, value))
        CORNU_FAIL(CORNU_EUNSUPPORTED, "the bounds of a slice must be integers");
    return CORNU_OK;
}

static cornu_status select_all(selection *s, int count) {
    for (int i = 0; i < count; i++) {
        if (s->axis >= s->rank) CORNU_FAIL(CORNU_ESHAPE, "more indices than the %d axes", s->rank);
        s->start[s->axis] = s->stop[s->axis] = s->step[s->axis] = CORNU_SLICE_NONE;
        s->axis++;
        s->results++;
    }
    return CORNU_OK;
}

static cornu_status select_part(selection *s, const cJSON *index, int ellipsis) {
    int64_t at;
    if (is_object(index, "__ellipsis__")) return select_all(s, ellipsis);
    if (cJSON_IsNull(index)) {
        if (s->made_count == CORNU_MAX_RANK) CORNU_FAIL(CORNU_ESHAPE, "too many new axes");
        s->made[s->made_count++] = s->results++;
        return CORNU_OK;
    }
    int axis = s->axis;
    CORNU_TRY(select_all(s, 1));
    if (is_object(index, "__slice__")) {
        CORNU_TRY(bound(index, "start", &s->start[axis]));
        CORNU_TRY(bound(index, "stop", &s->stop[axis]));
        return bound(index, "step", &s->step[axis]);
    }
    if (!cornu_json_as_int_(index, &at))
        CORNU_FAIL(CORNU_EUNSUPPORTED, "an index must be an integer, a slice, None or '...'");
    s->start[axis] = at;
    s->stop[axis] = at == -1 ? CORNU_SLICE_NONE : at + 1;
    s->dropped[axis] = true;
    s->results--;
    return CORNU_OK;
}

static cornu_status select_parts(selection *s, const cJSON *key) {
    const cJSON *first = cJSON_IsArray(key) ? key->child : key, *part;
    int taken = 0;
    for (part = first; part != NULL; part = part == key ? NULL : part->next)
        taken += !is_object(part, "__ellipsis__") && !cJSON_IsNull(part);
    for (part = first; part != NULL; part = part == key ? NULL : part->next)
        CORNU_TRY(select_part(s, part, s->rank > taken ? s->rank - taken : 0));
    return select_all(s, s->rank - s->axis);
}

static cornu_tensor *get_item(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_x_(call);
    const cJSON *key = cornu_operation_value_(call, 1, "key");
    if (x == NULL) return NULL;
    if (key == NULL) CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument 'key' is missing");
    selection s = {.rank = cornu_tensor_rank(x)};
    cornu_axes dropped = {0};
    if (select_parts(&s, key) != CORNU_OK) return NULL;
    for (int i = 0; i < s.rank; i++)
        if (s.dropped[i]) dropped.axis[dropped.count++] = i;
    x = cornu_op_strided_slice(x, s.start, s.stop, s.step);
    if (dropped.count > 0) x = cornu_op_squeeze(x, dropped);
    for (int i = 0; i < s.made_count; i++) x = cornu_op_expand_dims(x, s.made[i]);
    return x;
}

/* ---- take ---- */
static cornu_tensor *take_with(
    const cornu_operation_call *call,
    cornu_tensor *(*compute)(cornu_tensor *x, cornu_tensor *indices, int axis)
) {
    int64_t axis = CORNU_NONE;
    cornu_tensor *x = cornu_operation_x_(call);
    cornu_tensor *indices = cornu_operation_tensor_(call, 1, "indices");
    if (cornu_operation_axis_(call, "axis", &axis) != CORNU_OK) return NULL;
    if (axis != CORNU_NONE) return compute(x, indices, (int)axis);
    if (compute == cornu_op_take_along_axis) indices = cornu_flat_(indices);
    return compute(cornu_flat_(x), indices, 0);
}
static cornu_tensor *take(const cornu_operation_call *call) {
    return take_with(call, cornu_op_take);
}
static cornu_tensor *take_along_axis(const cornu_operation_call *call) {
    return take_with(call, cornu_op_take_along_axis);
}

/* ---- slice ---- */
/* One start per axis. */
static cornu_status starts_of(const cornu_operation_call *call, int rank, cornu_shape *starts) {
    CORNU_TRY(cornu_operation_sizes_(call, 1, "start_indices", starts));
    if (starts->rank != rank)
        CORNU_FAIL(
            CORNU_ESHAPE, "'start_indices' must have %d numbers, got %d", rank, starts->rank
        );
    return CORNU_OK;
}

static cornu_tensor *slice(const cornu_operation_call *call) {
    cornu_shape starts = {0}, sizes = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs");
    if (x == NULL || starts_of(call, cornu_tensor_rank(x), &starts) != CORNU_OK ||
        cornu_operation_sizes_(call, 2, "shape", &sizes) != CORNU_OK)
        return NULL;
    if (sizes.rank != starts.rank)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "'shape' must have %d sizes, got %d", starts.rank, sizes.rank
        );
    return cornu_op_slice(x, starts.dims, sizes);
}

/* The updates in a frame that says where they are. */
static cornu_tensor *slice_update(const cornu_operation_call *call) {
    cornu_shape starts = {0};
    int64_t after[CORNU_MAX_RANK];
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs");
    cornu_tensor *updates = cornu_operation_tensor_(call, 2, "updates");
    if (x == NULL || updates == NULL || starts_of(call, cornu_tensor_rank(x), &starts) != CORNU_OK)
        return NULL;
    if (cornu_tensor_rank(updates) != starts.rank)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "'updates' must have the rank of 'inputs', %d", starts.rank);
    for (int i = 0; i < starts.rank; i++) {
        after[i] = cornu_tensor_dim(x, i) - starts.dims[i] - cornu_tensor_dim(updates, i);
        if (starts.dims[i] < 0 || after[i] < 0)
            CORNU_FAIL_NULL(CORNU_ESHAPE, "'updates' reach beyond axis %d of 'inputs'", i);
    }
    updates = cornu_op_cast(updates, cornu_tensor_dtype(x));
    cornu_tensor *here = cornu_op_ones(*cornu_tensor_shape(updates), CORNU_FLOAT32);
    here = cornu_op_pad(here, starts.dims, after, CORNU_PAD_CONSTANT, 0);
    updates = cornu_op_pad(updates, starts.dims, after, CORNU_PAD_CONSTANT, 0);
    return cornu_op_where(cornu_op_greater(here, cornu_scalar(0)), updates, x);
}

/* ---- classes ---- */
/* The new axis stands at `axis`, -1 for the end. */
static cornu_tensor *hot(const cornu_operation_call *call, const char *name) {
    int64_t classes = CORNU_NONE, axis = -1;
    cornu_dtype dtype = CORNU_FLOAT32;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, name);
    if (cornu_operation_int_(call, CORNU_SETTING, "num_classes", &classes) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK ||
        cornu_operation_dtype_(call, "dtype", &dtype) != CORNU_OK ||
        cornu_operation_refuse_(call, "sparse") != CORNU_OK)
        return NULL;
    if (classes < 0) CORNU_FAIL_NULL(CORNU_EFORMAT, "'num_classes' must be given");
    if (x != NULL && cornu_dtype_is_float(cornu_tensor_dtype(x))) x = cornu_op_cast(x, CORNU_INT32);
    cornu_tensor *y = cornu_op_one_hot(x, classes, dtype);
    return axis == -1 ? y : cornu_op_moveaxis(y, -1, (int)axis);
}
static cornu_tensor *one_hot(const cornu_operation_call *call) { return hot(call, "x"); }

static cornu_tensor *multi_hot(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs"), *y = hot(call, "inputs");
    if (x == NULL) return NULL;
    return cornu_op_max(y, .axis = cornu_axes(cornu_tensor_rank(x) > 1 ? 1 : 0));
}

/* ---- choice ---- */
static cornu_tensor *where(const cornu_operation_call *call) {
    cornu_tensor *condition = cornu_operation_tensor_(call, 0, "condition");
    cornu_tensor *a = cornu_operation_tensor_(call, 1, "x1");
    return cornu_op_where(condition, a, cornu_operation_tensor_(call, 2, "x2"));
}

/* The first of the choices whose condition holds. */
static cornu_tensor *choose(const cornu_operation_call *call) {
    enum { MOST = 64 };
    cornu_tensor *conditions[MOST], *choices[MOST], *y = NULL;
    size_t count, choice_count;
    if (cornu_operation_tensors_(call, 0, "condlist", conditions, MOST, &count) != CORNU_OK ||
        cornu_operation_tensors_(call, 1, "choicelist", choices, MOST, &choice_count) != CORNU_OK ||
        cornu_operation_optional_(call, 2, "default", &y) != CORNU_OK)
        return NULL;
    if (count != choice_count || count == 0)
        CORNU_FAIL_NULL(
            CORNU_EFORMAT, "'condlist' has %zu elements, 'choicelist' %zu", count, choice_count
        );
    if (y == NULL) y = cornu_scalar(0);
    for (size_t i = count; i-- > 0;) y = cornu_op_where(conditions[i], choices[i], y);
    return y;
}

const cornu_operation_class cornu_operations_index_[] = {
    CORNU_OPERATION_(GetItem, numpy, compute, get_item),
    CORNU_OPERATION_(MultiHot, nn, compute, multi_hot),
    CORNU_OPERATION_(OneHot, nn, compute, one_hot),
    CORNU_OPERATION_(Select, numpy, compute, choose),
    CORNU_OPERATION_(Slice, core, compute, slice),
    CORNU_OPERATION_(SliceUpdate, core, compute, slice_update),
    CORNU_OPERATION_(Take, numpy, compute, take),
    CORNU_OPERATION_(TakeAlongAxis, numpy, compute, take_along_axis),
    CORNU_OPERATION_(Where, numpy, compute, where),
    {.layer = {.name = NULL}},
};
