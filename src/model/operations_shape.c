/* Operations that change shapes: elements move, none is computed.
 * Keras: keras/src/ops/numpy.py, keras/src/ops/core.py. */
#include <string.h>

#include "model/operation.h"
#include "nn/json.h"

enum { LIST_MAX = 64 };

/* ---- helpers ---- */
cornu_tensor *cornu_flat_(cornu_tensor *x) { return cornu_op_reshape(x, cornu_shape(-1)); }

cornu_tensor *cornu_part_(cornu_tensor *x, int axis, int64_t start, int64_t stop) {
    int64_t starts[CORNU_MAX_RANK], stops[CORNU_MAX_RANK], steps[CORNU_MAX_RANK];
    if (x == NULL) return NULL;
    for (int i = 0; i < CORNU_MAX_RANK; i++) starts[i] = stops[i] = steps[i] = CORNU_SLICE_NONE;
    if (axis < 0) axis += cornu_tensor_rank(x);
    if (axis < 0 || axis >= cornu_tensor_rank(x))
        CORNU_FAIL_NULL(CORNU_EINVAL, "there is no such axis in %d", cornu_tensor_rank(x));
    starts[axis] = start;
    stops[axis] = stop;
    return cornu_op_strided_slice(x, starts, stops, steps);
}

static bool holds_axis(const cornu_axes *axes, int axis, int rank) {
    for (int i = 0; i < axes->count; i++)
        if (axes->axis[i] == axis || axes->axis[i] + rank == axis) return true;
    return false;
}

cornu_tensor *cornu_axes_to_end_(cornu_tensor *x, const cornu_axes *axes) {
    if (x == NULL || axes->count == 0) return cornu_flat_(x);
    int rank = cornu_tensor_rank(x);
    cornu_axes order = {0};
    cornu_shape shape = {0};
    for (int i = 0; i < rank; i++)
        if (!holds_axis(axes, i, rank)) {
            order.axis[order.count++] = i;
            shape.dims[shape.rank++] = cornu_tensor_dim(x, i);
        }
    int64_t size = 1;
    for (int i = 0; i < rank; i++)
        if (holds_axis(axes, i, rank)) {
            order.axis[order.count++] = i;
            size *= cornu_tensor_dim(x, i);
        }
    shape.dims[shape.rank++] = size;
    return cornu_op_reshape(cornu_op_transpose(x, order), shape);
}

cornu_shape cornu_kept_shape_(cornu_tensor *x, const cornu_axes *axes) {
    cornu_shape shape = *cornu_tensor_shape(x);
    for (int i = 0; i < shape.rank; i++)
        if (axes->count == 0 || holds_axis(axes, i, shape.rank)) shape.dims[i] = 1;
    return shape;
}

/* ---- one shape for another ---- */
static cornu_tensor *with_sizes(
    const cornu_operation_call *call, const char *name,
    cornu_tensor *(*compute)(cornu_tensor *x, cornu_shape sizes)
) {
    cornu_shape sizes = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_sizes_(call, CORNU_SETTING, name, &sizes) != CORNU_OK) return NULL;
    return x != NULL ? compute(x, sizes) : NULL;
}

/* Repeats and axes count from the last. */
static cornu_tensor *tile_any(cornu_tensor *x, cornu_shape repeats) {
    int rank = cornu_tensor_rank(x), wide = repeats.rank > rank ? repeats.rank : rank;
    cornu_shape shape = {.rank = wide}, all = {.rank = wide};
    for (int i = 0; i < wide; i++) {
        int axis = i - (wide - rank), repeat = i - (wide - repeats.rank);
        shape.dims[i] = axis >= 0 ? cornu_tensor_dim(x, axis) : 1;
        all.dims[i] = repeat >= 0 ? repeats.dims[repeat] : 1;
    }
    return cornu_op_tile(wide > rank ? cornu_op_reshape(x, shape) : x, all);
}

static cornu_tensor *reshape(const cornu_operation_call *call) {
    return with_sizes(call, "newshape", cornu_op_reshape);
}
static cornu_tensor *broadcast_to(const cornu_operation_call *call) {
    return with_sizes(call, "shape", cornu_op_broadcast_to);
}
static cornu_tensor *tile(const cornu_operation_call *call) {
    return with_sizes(call, "repeats", tile_any);
}

static cornu_tensor *with_axes(
    const cornu_operation_call *call, const char *name,
    cornu_tensor *(*compute)(cornu_tensor *x, cornu_axes axes)
) {
    cornu_axes axes = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    cornu_status status = cornu_operation_axes_(call, CORNU_SETTING, name, &axes);
    return status == CORNU_OK ? compute(x, axes) : NULL;
}

/* All axes when none is named. */
static cornu_tensor *flip_axes(cornu_tensor *x, cornu_axes axes) {
    bool all = axes.count == 0;
    for (int i = 0; x != NULL && all && i < cornu_tensor_rank(x); i++) axes.axis[axes.count++] = i;
    return cornu_op_flip(x, axes);
}

/* The axes count in the result. */
static cornu_tensor *expand_axes(cornu_tensor *x, cornu_axes axes) {
    if (x == NULL || axes.count == 1) return cornu_op_expand_dims(x, axes.axis[0]);
    cornu_shape shape = {.rank = cornu_tensor_rank(x) + axes.count};
    if (axes.count == 0 || shape.rank > CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'axis' must name new axes, %d at most", CORNU_MAX_RANK);
    int next = 0;
    for (int i = 0; i < shape.rank; i++) {
        bool made = holds_axis(&axes, i, shape.rank);
        if (!made && next == cornu_tensor_rank(x))
            CORNU_FAIL_NULL(CORNU_EINVAL, "'axis' names an axis twice, or one that is not there");
        shape.dims[i] = made ? 1 : cornu_tensor_dim(x, next++);
    }
    return cornu_op_reshape(x, shape);
}

static cornu_tensor *transpose(const cornu_operation_call *call) {
    return with_axes(call, "axes", cornu_op_transpose);
}
static cornu_tensor *squeeze(const cornu_operation_call *call) {
    return with_axes(call, "axis", cornu_op_squeeze);
}
static cornu_tensor *flip(const cornu_operation_call *call) {
    return with_axes(call, "axis", flip_axes);
}
static cornu_tensor *expand_dims(const cornu_operation_call *call) {
    return with_axes(call, "axis", expand_axes);
}

/* ---- two lists of axes ---- */
static cornu_tensor *swapaxes(const cornu_operation_call *call) {
    int64_t a = CORNU_NONE, b = CORNU_NONE;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_axis_(call, "axis1", &a) != CORNU_OK ||
        cornu_operation_axis_(call, "axis2", &b) != CORNU_OK)
        return NULL;
    if (a == CORNU_NONE || b == CORNU_NONE)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "'axis1' and 'axis2' must be given");
    return cornu_op_swapaxes(x, (int)a, (int)b);
}

static cornu_tensor *moveaxis(const cornu_operation_call *call) {
    cornu_axes from = {0}, to = {0}, order = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_axes_(call, CORNU_SETTING, "source", &from) != CORNU_OK ||
        cornu_operation_axes_(call, CORNU_SETTING, "destination", &to) != CORNU_OK)
        return NULL;
    if (from.count != to.count || from.count == 0)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "'source' and 'destination' must name as many axes");
    if (from.count == 1) return cornu_op_moveaxis(x, from.axis[0], to.axis[0]);
    int rank = cornu_tensor_rank(x), next = 0;
    for (int i = 0; i < rank; i++) {
        int axis = -1;
        for (int k = 0; k < to.count; k++)
            if ((to.axis[k] + rank) % rank == i) axis = (from.axis[k] + rank) % rank;
        while (axis < 0 && next < rank && holds_axis(&from, next, rank)) next++;
        order.axis[order.count++] = axis >= 0 ? axis : next++;
    }
    return cornu_op_transpose(x, order);
}

/* The plane's axes, which turn into each other. */
static cornu_tensor *rot90(const cornu_operation_call *call) {
    int64_t k = 1;
    cornu_axes axes = cornu_axes(0, 1);
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "array");
    if (cornu_operation_int_(call, CORNU_SETTING, "k", &k) != CORNU_OK ||
        cornu_operation_axes_(call, CORNU_SETTING, "axes", &axes) != CORNU_OK)
        return NULL;
    if (axes.count != 2) CORNU_FAIL_NULL(CORNU_EINVAL, "'axes' must name two axes");
    int a = axes.axis[0], b = axes.axis[1];
    k = (k % 4 + 4) % 4;
    if (k == 2) return cornu_op_flip(x, cornu_axes(a, b));
    if (k == 1) return cornu_op_swapaxes(cornu_op_flip(x, cornu_axes(b)), a, b);
    if (k == 3) return cornu_op_flip(cornu_op_swapaxes(x, a, b), cornu_axes(b));
    return x;
}

/* ---- elements again, or elsewhere ---- */
/* Where the elements of an axis come from, each so often as `repeats` says. */
static cornu_tensor *repeat_each(cornu_tensor *x, const cornu_shape *repeats, int axis) {
    int at = axis < 0 ? axis + cornu_tensor_rank(x) : axis;
    if (at < 0 || at >= cornu_tensor_rank(x) || cornu_tensor_dim(x, at) != repeats->rank)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "'repeats' must have a number per element of its axis");
    cornu_tensor *parts[CORNU_MAX_RANK];
    for (int i = 0; i < repeats->rank; i++)
        parts[i] = cornu_op_repeat(cornu_part_(x, at, i, i + 1), repeats->dims[i], at);
    return cornu_op_concatenate((cornu_tensor_list){parts, (size_t)repeats->rank}, at);
}

static cornu_tensor *repeat(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE;
    cornu_shape repeats = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_sizes_(call, CORNU_SETTING, "repeats", &repeats) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK)
        return NULL;
    if (repeats.rank == 0) CORNU_FAIL_NULL(CORNU_EFORMAT, "'repeats' must be given");
    if (axis == CORNU_NONE) x = cornu_flat_(x), axis = 0;
    if (repeats.rank > 1) return x != NULL ? repeat_each(x, &repeats, (int)axis) : NULL;
    return cornu_op_repeat(x, repeats.dims[0], (int)axis);
}

static cornu_tensor *roll_axis(cornu_tensor *x, int64_t shift, int axis) {
    int at = axis < 0 ? axis + cornu_tensor_rank(x) : axis;
    if (at < 0 || at >= cornu_tensor_rank(x))
        CORNU_FAIL_NULL(CORNU_EINVAL, "there is no axis %d", axis);
    int64_t size = cornu_tensor_dim(x, at);
    if (size == 0 || shift % size == 0) return x;
    shift = (shift % size + size) % size;
    cornu_tensor *last = cornu_part_(x, at, size - shift, size);
    return cornu_op_concatenate(cornu_tensors(last, cornu_part_(x, at, 0, size - shift)), at);
}

static cornu_tensor *roll(const cornu_operation_call *call) {
    cornu_shape shift = {0};
    cornu_axes axes = {0};
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_sizes_(call, CORNU_SETTING, "shift", &shift) != CORNU_OK ||
        cornu_operation_axes_(call, CORNU_SETTING, "axis", &axes) != CORNU_OK)
        return NULL;
    cornu_shape shape = *cornu_tensor_shape(x);
    if (axes.count == 0 && shift.rank == 1) {
        x = cornu_flat_(x);
        return x != NULL ? cornu_op_reshape(roll_axis(x, shift.dims[0], 0), shape) : NULL;
    }
    if (shift.rank != axes.count && shift.rank != 1)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'shift' and 'axis' must have as many numbers");
    for (int i = 0; i < axes.count && x != NULL; i++)
        x = roll_axis(x, shift.dims[shift.rank == 1 ? 0 : i], axes.axis[i]);
    return x;
}

/* ---- pad ---- */
/* The widths as Keras takes them: n, [n, m] for all axes, [[n, m]] for all, or a pair per axis. */
static cornu_status widths(
    const cornu_operation_call *call, int rank, int64_t before[CORNU_MAX_RANK],
    int64_t after[CORNU_MAX_RANK]
) {
    const cJSON *given = cornu_operation_value_(call, CORNU_SETTING, "pad_width");
    int count = cJSON_IsArray(given) ? cJSON_GetArraySize(given) : 0;
    bool pairs = given != NULL && count > 0 && cJSON_IsArray(given->child);
    if (pairs && count != 1 && count != rank)
        CORNU_FAIL(CORNU_ESHAPE, "'pad_width' has %d pairs for %d axes", count, rank);
    for (int i = 0; i < rank; i++) {
        const cJSON *pair = pairs ? cJSON_GetArrayItem(given, count == 1 ? 0 : i) : given;
        const cJSON *first = pair != NULL && cJSON_IsArray(pair) ? pair->child : pair;
        const cJSON *second = first != NULL && first != pair && first->next ? first->next : first;
        if (!cornu_json_as_int_(first, &before[i]) || !cornu_json_as_int_(second, &after[i]) ||
            before[i] < 0 || after[i] < 0 || before[i] > INT32_MAX || after[i] > INT32_MAX)
            CORNU_FAIL(CORNU_EFORMAT, "'pad_width' must be an integer or pairs of them");
    }
    return CORNU_OK;
}

static cornu_tensor *pad(const cornu_operation_call *call) {
    static const char *const modes[] = {"constant", "reflect", "symmetric"};
    const char *mode = modes[0];
    double value = 0;
    int64_t before[CORNU_MAX_RANK], after[CORNU_MAX_RANK];
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || widths(call, cornu_tensor_rank(x), before, after) != CORNU_OK ||
        cornu_operation_text_(call, "mode", &mode) != CORNU_OK ||
        cornu_operation_number_(call, 1, "constant_values", &value) != CORNU_OK)
        return NULL;
    for (int i = 0; i < 3; i++)
        if (strcmp(mode, modes[i]) == 0)
            return cornu_op_pad(x, before, after, (cornu_pad_mode)i, value);
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED, "'mode' must be constant, reflect or symmetric, got '%.100s'", mode
    );
}

/* ---- several tensors into one ---- */
static cornu_tensor *with_list(
    const cornu_operation_call *call, const char *name, int64_t axis,
    cornu_tensor *(*compute)(cornu_tensor_list list, int axis)
) {
    cornu_tensor *tensors[LIST_MAX];
    size_t count;
    if (cornu_operation_tensors_(call, 0, name, tensors, LIST_MAX, &count) != CORNU_OK ||
        cornu_operation_axis_(call, "axis", &axis) != CORNU_OK)
        return NULL;
    return compute((cornu_tensor_list){tensors, count}, (int)axis);
}

static cornu_tensor *concatenate(const cornu_operation_call *call) {
    return with_list(call, "xs", 0, cornu_op_concatenate);
}
static cornu_tensor *stack(const cornu_operation_call *call) {
    return with_list(call, "x", 0, cornu_op_stack);
}

/* Joined along `axis` of matrices and more; vectors are rows, and joined end to end along 1. */
static cornu_tensor *join(cornu_tensor_list list, int axis) {
    cornu_tensor *rows[LIST_MAX];
    bool vectors = list.count > 0 && cornu_tensor_rank(list.items[0]) < 2;
    if (vectors && axis == 1) return cornu_op_concatenate(list, 0);
    for (size_t i = 0; i < list.count; i++)
        rows[i] = vectors ? cornu_op_expand_dims(list.items[i], 0) : list.items[i];
    return cornu_op_concatenate((cornu_tensor_list){rows, list.count}, axis);
}
static cornu_tensor *hstack(const cornu_operation_call *call) {
    return with_list(call, "xs", 1, join);
}
static cornu_tensor *vstack(const cornu_operation_call *call) {
    return with_list(call, "xs", 0, join);
}

static cornu_tensor *append(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE;
    cornu_tensor *a = cornu_operation_tensor_(call, 0, "x1");
    cornu_tensor *b = cornu_operation_tensor_(call, 1, "x2");
    if (cornu_operation_axis_(call, "axis", &axis) != CORNU_OK) return NULL;
    if (axis == CORNU_NONE) a = cornu_flat_(a), b = cornu_flat_(b), axis = 0;
    return cornu_op_concatenate(cornu_tensors(a, b), (int)axis);
}

/* ---- one tensor into several ---- */
static size_t split_count(const cJSON *config, cornu_tensor_list inputs) {
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(config, "indices_or_sections");
    int64_t parts = 0;
    (void)inputs;
    if (cJSON_IsArray(given)) return (size_t)cJSON_GetArraySize(given) + 1;
    return cornu_json_as_int_(given, &parts) && parts > 0 ? (size_t)parts : 0;
}

static cornu_status split(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    int64_t axis = 0, from = 0, to;
    const cJSON *given = cornu_operation_value_(call, CORNU_SETTING, "indices_or_sections");
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_axis_(call, "axis", &axis));
    if (!cJSON_IsArray(given)) return cornu_op_split(x, (int)count, (int)axis, outputs);
    for (size_t i = 0; i < count; i++, from = to) {
        to = CORNU_SLICE_NONE;
        if (i + 1 < count && !cornu_json_as_int_(cJSON_GetArrayItem(given, (int)i), &to))
            CORNU_FAIL(CORNU_EFORMAT, "'indices_or_sections' must hold integers");
        outputs[i] = cornu_part_(x, (int)axis, from, to);
    }
    return CORNU_OK;
}

/* As many as the axis is long, which `num` repeats. */
static size_t unstack_count(const cJSON *config, cornu_tensor_list inputs) {
    int64_t axis = 0, num = -1;
    (void)cornu_json_as_int_(cJSON_GetObjectItemCaseSensitive(config, "axis"), &axis);
    (void)cornu_json_as_int_(cJSON_GetObjectItemCaseSensitive(config, "num"), &num);
    if (num >= 0 || inputs.count == 0) return num > 0 ? (size_t)num : 0;
    int rank = cornu_tensor_rank(inputs.items[0]);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return 0;
    num = cornu_tensor_dim(inputs.items[0], (int)axis);
    return num > 0 ? (size_t)num : 0;
}

static cornu_status unstack(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    int64_t axis = 0, num = CORNU_NONE;
    cornu_tensor *x = cornu_operation_x_(call);
    CORNU_TRY(cornu_operation_axis_(call, "axis", &axis));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "num", &num));
    CORNU_TRY(cornu_op_split(x, (int)count, (int)axis, outputs));
    for (size_t i = 0; i < count; i++)
        outputs[i] = cornu_op_squeeze(outputs[i], cornu_axes((int)axis));
    return CORNU_OK;
}

static size_t as_many(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    return inputs.count;
}

static cornu_status meshgrid(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    const char *indexing = "xy";
    cornu_shape shape = {.rank = (int)count};
    CORNU_TRY(cornu_operation_text_(call, "indexing", &indexing));
    if (count > CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "takes %d vectors at most", CORNU_MAX_RANK);
    bool swapped = strcmp(indexing, "xy") == 0 && count > 1;
    for (size_t i = 0; i < count; i++) {
        outputs[i] = cornu_flat_(cornu_operation_tensor_(call, (int)i, "x"));
        if (outputs[i] == NULL) return cornu_error_status();
        size_t axis = swapped && i < 2 ? 1 - i : i;
        shape.dims[axis] = cornu_tensor_dim(outputs[i], 0);
    }
    for (size_t i = 0; i < count; i++) {
        cornu_shape along = {.rank = shape.rank};
        size_t axis = swapped && i < 2 ? 1 - i : i;
        for (int k = 0; k < shape.rank; k++) along.dims[k] = k == (int)axis ? shape.dims[k] : 1;
        outputs[i] = cornu_op_broadcast_to(cornu_op_reshape(outputs[i], along), shape);
    }
    return CORNU_OK;
}

/* ---- diagonals ---- */
/* x[..., i, i + offset] of the two axes, which become the last one. */
static cornu_tensor *diagonal_of(cornu_tensor *x, int64_t offset, int64_t axis1, int64_t axis2) {
    int rank = x != NULL ? cornu_tensor_rank(x) : 0;
    if (x == NULL) return NULL;
    if (axis1 < 0) axis1 += rank;
    if (axis2 < 0) axis2 += rank;
    if (axis1 < 0 || axis2 < 0 || axis1 >= rank || axis2 >= rank || axis1 == axis2)
        CORNU_FAIL_NULL(CORNU_EINVAL, "'axis1' and 'axis2' must be two axes of %d", rank);
    cornu_axes order = {0};
    cornu_shape shape = {0};
    for (int i = 0; i < rank; i++) {
        if (i == axis1 || i == axis2) continue;
        order.axis[order.count++] = i;
        shape.dims[shape.rank++] = cornu_tensor_dim(x, i);
    }
    order.axis[order.count++] = (int)axis1;
    order.axis[order.count++] = (int)axis2;
    int64_t rows = cornu_tensor_dim(x, (int)axis1), columns = cornu_tensor_dim(x, (int)axis2);
    int64_t row = offset < 0 ? -offset : 0, column = offset > 0 ? offset : 0;
    int64_t count = rows - row < columns - column ? rows - row : columns - column;
    if (count < 0) count = 0;
    shape.dims[shape.rank++] = rows * columns;
    x = cornu_op_reshape(cornu_op_transpose(x, order), shape);
    if (count == 0) return cornu_part_(x, -1, 0, 0);
    int64_t first = row * columns + column;
    double stop = (double)(first + count * (columns + 1));
    return cornu_op_take(
        x, cornu_op_arange((double)first, stop, (double)(columns + 1), CORNU_INT32), -1
    );
}

static cornu_tensor *diagonal(const cornu_operation_call *call) {
    int64_t offset = 0, axis1 = 0, axis2 = 1;
    cornu_tensor *x = cornu_operation_x_(call);
    if (cornu_operation_int_(call, CORNU_SETTING, "offset", &offset) != CORNU_OK ||
        cornu_operation_axis_(call, "axis1", &axis1) != CORNU_OK ||
        cornu_operation_axis_(call, "axis2", &axis2) != CORNU_OK)
        return NULL;
    return diagonal_of(x, offset, axis1, axis2);
}

static cornu_tensor *trace(const cornu_operation_call *call) {
    return cornu_op_sum(diagonal(call), .axis = cornu_axes(-1));
}

/* Whether column - row >= k, bool [rows, columns]. */
static cornu_tensor *from_diagonal(cornu_tensor *x, int64_t k) {
    int64_t rows = cornu_tensor_dim(x, -2), columns = cornu_tensor_dim(x, -1);
    cornu_tensor *row = cornu_op_arange(0, (double)rows, 1, CORNU_INT32);
    cornu_tensor *column = cornu_op_arange(0, (double)columns, 1, CORNU_INT32);
    row = cornu_op_add(cornu_op_expand_dims(row, 1), cornu_scalar_of(CORNU_INT32, (double)k));
    return cornu_op_greater_equal(column, row);
}

static cornu_tensor *triangle(const cornu_operation_call *call, bool upper) {
    int64_t k = 0;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "k", &k) != CORNU_OK) return NULL;
    if (cornu_tensor_rank(x) < 2)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants two axes or more, got %d", cornu_tensor_rank(x));
    cornu_tensor *zero = cornu_op_zeros_like(x);
    if (upper) return cornu_op_where(from_diagonal(x, k), x, zero);
    return cornu_op_where(from_diagonal(x, k + 1), zero, x);
}
static cornu_tensor *tril(const cornu_operation_call *call) { return triangle(call, false); }
static cornu_tensor *triu(const cornu_operation_call *call) { return triangle(call, true); }

/* The matrix with the vector on its k-th diagonal. */
static cornu_tensor *matrix_of(cornu_tensor *x, int64_t k) {
    if (x == NULL) return NULL;
    int64_t shift = k < 0 ? -k : k, size = cornu_tensor_dim(x, 0) + shift;
    if (size > INT32_MAX)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "a matrix of %lld rows is too large", (long long)size);
    const int64_t none[1] = {0}, some[1] = {shift};
    /* above the diagonal the column says which element it is, shifted; below it the row */
    x = cornu_op_pad(x, some, none, CORNU_PAD_CONSTANT, 0);
    if (k < 0) x = cornu_op_expand_dims(x, 1);
    cornu_tensor *on = cornu_op_eye(size, size, k, CORNU_BOOL);
    return cornu_op_where(on, x, cornu_op_zeros_like(x));
}

static cornu_tensor *diag(const cornu_operation_call *call) {
    int64_t k = 0;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "k", &k) != CORNU_OK) return NULL;
    if (cornu_tensor_rank(x) == 1) return matrix_of(x, k);
    if (cornu_tensor_rank(x) == 2) return diagonal_of(x, k, 0, 1);
    CORNU_FAIL_NULL(CORNU_ESHAPE, "wants one axis or two, got %d", cornu_tensor_rank(x));
}

static cornu_tensor *diagflat(const cornu_operation_call *call) {
    int64_t k = 0;
    cornu_tensor *x = cornu_flat_(cornu_operation_x_(call));
    if (cornu_operation_int_(call, CORNU_SETTING, "k", &k) != CORNU_OK) return NULL;
    return matrix_of(x, k);
}

const cornu_operation_class cornu_operations_shape_[] = {
    CORNU_OPERATION_(Append, numpy, compute, append),
    CORNU_OPERATION_(BroadcastTo, numpy, compute, broadcast_to),
    CORNU_OPERATION_(Concatenate, numpy, compute, concatenate),
    CORNU_OPERATION_(Diag, numpy, compute, diag),
    CORNU_OPERATION_(Diagflat, numpy, compute, diagflat),
    CORNU_OPERATION_(Diagonal, numpy, compute, diagonal),
    CORNU_OPERATION_(ExpandDims, numpy, compute, expand_dims),
    CORNU_OPERATION_(Flip, numpy, compute, flip),
    CORNU_OPERATION_(Hstack, numpy, compute, hstack),
    CORNU_OPERATION_MANY_(Meshgrid, numpy, meshgrid, as_many),
    CORNU_OPERATION_(Moveaxis, numpy, compute, moveaxis),
    CORNU_OPERATION_(Pad, numpy, compute, pad),
    CORNU_OPERATION_(Ravel, numpy, unary, cornu_flat_),
    CORNU_OPERATION_(Repeat, numpy, compute, repeat),
    CORNU_OPERATION_(Reshape, numpy, compute, reshape),
    CORNU_OPERATION_(Roll, numpy, compute, roll),
    CORNU_OPERATION_(Rot90, numpy, compute, rot90),
    CORNU_OPERATION_MANY_(Split, numpy, split, split_count),
    CORNU_OPERATION_(Squeeze, numpy, compute, squeeze),
    CORNU_OPERATION_(Stack, numpy, compute, stack),
    CORNU_OPERATION_(Swapaxes, numpy, compute, swapaxes),
    CORNU_OPERATION_(Tile, numpy, compute, tile),
    CORNU_OPERATION_(Trace, numpy, compute, trace),
    CORNU_OPERATION_(Transpose, numpy, compute, transpose),
    CORNU_OPERATION_(Tril, numpy, compute, tril),
    CORNU_OPERATION_(Triu, numpy, compute, triu),
    CORNU_OPERATION_MANY_(Unstack, core, unstack, unstack_count),
    CORNU_OPERATION_(Vstack, numpy, compute, vstack),
    {.layer = {.name = NULL}},
};
