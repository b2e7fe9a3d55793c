/* The operations of keras.ops that functional models may hold, by the names of their classes.
 * Keras: keras/src/ops/{numpy,nn,math,core}.py. */
#include "model/operation.h"

#include <string.h>

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
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
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

/* ---- operations of one tensor and settings ---- */
enum { LIST_MAX = 64 };

/* The first argument and an axis. */
static cornu_tensor *with_axis(
    const cornu_operation_call *call, int64_t usual,
    cornu_tensor *(*compute)(cornu_tensor *x, int axis)
) {
    int64_t axis = usual;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (x == NULL || cornu_operation_int_(call, 1, "axis", &axis) != CORNU_OK) return NULL;
    if (axis < -CORNU_MAX_RANK || axis > CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_EINVAL, "there is no axis %lld", (long long)axis);
    return compute(x, (int)axis);
}

static cornu_tensor *softmax(const cornu_operation_call *call) {
    return with_axis(call, -1, cornu_op_softmax);
}
static cornu_tensor *log_softmax(const cornu_operation_call *call) {
    return with_axis(call, -1, cornu_op_log_softmax);
}
static cornu_tensor *argmax(const cornu_operation_call *call) {
    return with_axis(call, 0, cornu_op_argmax);
}
static cornu_tensor *argmin(const cornu_operation_call *call) {
    return with_axis(call, 0, cornu_op_argmin);
}
static cornu_tensor *cumsum(const cornu_operation_call *call) {
    return with_axis(call, 0, cornu_op_cumsum);
}
static cornu_tensor *expand_dims(const cornu_operation_call *call) {
    return with_axis(call, 0, cornu_op_expand_dims);
}

static cornu_tensor *gelu(const cornu_operation_call *call) {
    bool approximate = true;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_bool_(call, 1, "approximate", &approximate) != CORNU_OK) return NULL;
    return cornu_op_gelu(x, approximate);
}

static cornu_tensor *with_number(
    const cornu_operation_call *call, const char *name, double usual,
    cornu_tensor *(*compute)(cornu_tensor *x, double number)
) {
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_number_(call, 1, name, &usual) != CORNU_OK) return NULL;
    return compute(x, usual);
}

static cornu_tensor *elu(const cornu_operation_call *call) {
    return with_number(call, "alpha", 1, cornu_op_elu);
}
static cornu_tensor *leaky_relu(const cornu_operation_call *call) {
    return with_number(call, "negative_slope", 0.2, cornu_op_leaky_relu);
}

static cornu_tensor *clip(const cornu_operation_call *call) {
    double low = -INFINITY, high = INFINITY;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_number_(call, 1, "x_min", &low) != CORNU_OK ||
        cornu_operation_number_(call, 2, "x_max", &high) != CORNU_OK)
        return NULL;
    return cornu_op_clip(x, low, high);
}

static cornu_tensor *cast(const cornu_operation_call *call) {
    const char *name = cJSON_GetStringValue(cornu_operation_value_(call, 1, "dtype"));
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    cornu_dtype dtype;
    if (name == NULL) CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument 'dtype' is missing");
    return cornu_dtype_from_name(name, &dtype) == CORNU_OK ? cornu_op_cast(x, dtype) : NULL;
}

static cornu_tensor *one_hot(const cornu_operation_call *call) {
    int64_t classes = 0, axis = -1;
    const char *name = cJSON_GetStringValue(cornu_operation_value_(call, 3, "dtype"));
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    cornu_dtype dtype = CORNU_FLOAT32;
    if ((name != NULL && cornu_dtype_from_name(name, &dtype) != CORNU_OK) ||
        cornu_operation_int_(call, 1, "num_classes", &classes) != CORNU_OK ||
        cornu_operation_int_(call, 2, "axis", &axis) != CORNU_OK)
        return NULL;
    cornu_tensor *y = cornu_op_one_hot(x, classes, dtype);
    return axis == -1 ? y : cornu_op_moveaxis(y, -1, (int)axis);
}

/* ---- shapes ---- */
static cornu_tensor *reshape(const cornu_operation_call *call) {
    cornu_shape shape = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_sizes_(call, 1, "newshape", &shape) != CORNU_OK) return NULL;
    return cornu_op_reshape(x, shape);
}

static cornu_tensor *broadcast_to(const cornu_operation_call *call) {
    cornu_shape shape = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_sizes_(call, 1, "shape", &shape) != CORNU_OK) return NULL;
    return cornu_op_broadcast_to(x, shape);
}

static cornu_tensor *tile(const cornu_operation_call *call) {
    cornu_shape repeats = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_sizes_(call, 1, "repeats", &repeats) != CORNU_OK) return NULL;
    return cornu_op_tile(x, repeats);
}

static cornu_tensor *with_axes(
    const cornu_operation_call *call, const char *name,
    cornu_tensor *(*compute)(cornu_tensor *x, cornu_axes axes)
) {
    cornu_axes axes = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    return cornu_operation_axes_(call, 1, name, &axes) == CORNU_OK ? compute(x, axes) : NULL;
}

static cornu_tensor *transpose(const cornu_operation_call *call) {
    return with_axes(call, "axes", cornu_op_transpose);
}
static cornu_tensor *squeeze(const cornu_operation_call *call) {
    return with_axes(call, "axis", cornu_op_squeeze);
}

/* All axes when none is named. */
static cornu_tensor *flip_axes(cornu_tensor *x, cornu_axes axes) {
    bool all = axes.count == 0;
    for (int i = 0; x != NULL && all && i < cornu_tensor_rank(x); i++) axes.axis[axes.count++] = i;
    return cornu_op_flip(x, axes);
}
static cornu_tensor *flip(const cornu_operation_call *call) {
    return with_axes(call, "axis", flip_axes);
}

static cornu_tensor *with_two_axes(
    const cornu_operation_call *call, const char *first, const char *second,
    cornu_tensor *(*compute)(cornu_tensor *x, int a, int b)
) {
    cornu_axes a = {0}, b = {0};
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_axes_(call, 1, first, &a) != CORNU_OK ||
        cornu_operation_axes_(call, 2, second, &b) != CORNU_OK)
        return NULL;
    if (a.count != 1 || b.count != 1)
        CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "'%s' and '%s' must name one axis each", first, second);
    return compute(x, a.axis[0], b.axis[0]);
}

static cornu_tensor *swapaxes(const cornu_operation_call *call) {
    return with_two_axes(call, "axis1", "axis2", cornu_op_swapaxes);
}
static cornu_tensor *moveaxis(const cornu_operation_call *call) {
    return with_two_axes(call, "source", "destination", cornu_op_moveaxis);
}

/* [x] in one row when no axis is named. */
static cornu_tensor *repeat(const cornu_operation_call *call) {
    int64_t repeats = 1, axis = CORNU_NONE;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    if (cornu_operation_int_(call, 1, "repeats", &repeats) != CORNU_OK ||
        cornu_operation_int_(call, 2, "axis", &axis) != CORNU_OK)
        return NULL;
    if (axis != CORNU_NONE) return cornu_op_repeat(x, repeats, (int)axis);
    return cornu_op_repeat(cornu_op_reshape(x, cornu_shape(-1)), repeats, 0);
}

static cornu_tensor *take(const cornu_operation_call *call) {
    int64_t axis = CORNU_NONE;
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "x");
    cornu_tensor *indices = cornu_operation_tensor_(call, 1, "indices");
    if (cornu_operation_int_(call, 2, "axis", &axis) != CORNU_OK) return NULL;
    if (axis != CORNU_NONE) return cornu_op_take(x, indices, (int)axis);
    return cornu_op_take(cornu_op_reshape(x, cornu_shape(-1)), indices, 0);
}

/* ---- several tensors ---- */
static cornu_tensor *with_list(
    const cornu_operation_call *call, const char *name, int64_t axis,
    cornu_tensor *(*compute)(cornu_tensor_list list, int axis)
) {
    cornu_tensor *tensors[LIST_MAX];
    size_t count;
    if (cornu_operation_tensors_(call, 0, name, tensors, LIST_MAX, &count) != CORNU_OK ||
        cornu_operation_int_(call, 1, "axis", &axis) != CORNU_OK)
        return NULL;
    return compute((cornu_tensor_list){tensors, count}, (int)axis);
}

static cornu_tensor *concatenate(const cornu_operation_call *call) {
    return with_list(call, "xs", 0, cornu_op_concatenate);
}
static cornu_tensor *stack(const cornu_operation_call *call) {
    return with_list(call, "x", 0, cornu_op_stack);
}

static cornu_tensor *matmul(cornu_tensor *a, cornu_tensor *b) { return cornu_op_matmul(a, b); }

static cornu_tensor *where(const cornu_operation_call *call) {
    cornu_tensor *condition = cornu_operation_tensor_(call, 0, "condition");
    cornu_tensor *a = cornu_operation_tensor_(call, 1, "x1");
    return cornu_op_where(condition, a, cornu_operation_tensor_(call, 2, "x2"));
}

/* The equation is in the config, the operands are the arguments. */
static cornu_tensor *einsum(const cornu_operation_call *call) {
    cornu_tensor *operands[LIST_MAX];
    size_t count = (size_t)cJSON_GetArraySize(call->args);
    const char *equation =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(call->config, "subscripts"));
    if (equation == NULL || count > LIST_MAX)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "the config has no proper 'subscripts'");
    for (size_t i = 0; i < count; i++) operands[i] = cornu_operation_tensor_(call, (int)i, "");
    return cornu_op_einsum(equation, (cornu_tensor_list){operands, count});
}

/* ---- the table ---- */
/* clang-format off */
#define OPERATION(class_name, file, kind, function)                                                \
    {.layer = {.name = #class_name, .size = sizeof(cornu_operation),                               \
               .destroy = cornu_operation_destroy_, .call = cornu_operation_compute_,              \
               .any_dtype = true},                                                                 \
     .module = #file, .kind = function}

const cornu_operation_class cornu_operation_classes_[] = {
    OPERATION(Absolute, numpy, unary, cornu_op_absolute),
    OPERATION(Add, numpy, binary, cornu_op_add),
    OPERATION(All, numpy, reduce, cornu_op_all_new),
    OPERATION(Any, numpy, reduce, cornu_op_any_new),
    OPERATION(Arccos, numpy, unary, cornu_op_arccos),
    OPERATION(Arccosh, numpy, unary, cornu_op_arccosh),
    OPERATION(Arcsin, numpy, unary, cornu_op_arcsin),
    OPERATION(Arcsinh, numpy, unary, cornu_op_arcsinh),
    OPERATION(Arctan, numpy, unary, cornu_op_arctan),
    OPERATION(Arctan2, numpy, binary, cornu_op_arctan2),
    OPERATION(Arctanh, numpy, unary, cornu_op_arctanh),
    OPERATION(Argmax, numpy, compute, argmax),
    OPERATION(Argmin, numpy, compute, argmin),
    OPERATION(BroadcastTo, numpy, compute, broadcast_to),
    OPERATION(Cast, core, compute, cast),
    OPERATION(Ceil, numpy, unary, cornu_op_ceil),
    OPERATION(Clip, numpy, compute, clip),
    OPERATION(Concatenate, numpy, compute, concatenate),
    OPERATION(Cos, numpy, unary, cornu_op_cos),
    OPERATION(Cosh, numpy, unary, cornu_op_cosh),
    OPERATION(Cumsum, numpy, compute, cumsum),
    OPERATION(Divide, numpy, binary, cornu_op_divide),
    OPERATION(DivideNoNan, numpy, binary, cornu_op_divide_no_nan),
    OPERATION(Einsum, numpy, compute, einsum),
    OPERATION(Elu, nn, compute, elu),
    OPERATION(Equal, numpy, binary, cornu_op_equal),
    OPERATION(Erf, math, unary, cornu_op_erf),
    OPERATION(Exp, numpy, unary, cornu_op_exp),
    OPERATION(ExpandDims, numpy, compute, expand_dims),
    OPERATION(Expm1, numpy, unary, cornu_op_expm1),
    OPERATION(Flip, numpy, compute, flip),
    OPERATION(Floor, numpy, unary, cornu_op_floor),
    OPERATION(FloorDivide, numpy, binary, cornu_op_floor_divide),
    OPERATION(Gelu, nn, compute, gelu),
    OPERATION(GetItem, numpy, compute, get_item),
    OPERATION(Greater, numpy, binary, cornu_op_greater),
    OPERATION(GreaterEqual, numpy, binary, cornu_op_greater_equal),
    OPERATION(HardSigmoid, nn, unary, cornu_op_hard_sigmoid),
    OPERATION(HardSilu, nn, unary, cornu_op_hard_silu),
    OPERATION(Isfinite, numpy, unary, cornu_op_isfinite),
    OPERATION(Isinf, numpy, unary, cornu_op_isinf),
    OPERATION(Isnan, numpy, unary, cornu_op_isnan),
    OPERATION(LeakyRelu, nn, compute, leaky_relu),
    OPERATION(Less, numpy, binary, cornu_op_less),
    OPERATION(LessEqual, numpy, binary, cornu_op_less_equal),
    OPERATION(Log, numpy, unary, cornu_op_log),
    OPERATION(Log10, numpy, unary, cornu_op_log10),
    OPERATION(Log1p, numpy, unary, cornu_op_log1p),
    OPERATION(Log2, numpy, unary, cornu_op_log2),
    OPERATION(LogSigmoid, nn, unary, cornu_op_log_sigmoid),
    OPERATION(LogSoftmax, nn, compute, log_softmax),
    OPERATION(LogicalAnd, numpy, binary, cornu_op_logical_and),
    OPERATION(LogicalNot, numpy, unary, cornu_op_logical_not),
    OPERATION(LogicalOr, numpy, binary, cornu_op_logical_or),
    OPERATION(LogicalXor, numpy, binary, cornu_op_logical_xor),
    OPERATION(Logsumexp, math, reduce, cornu_op_logsumexp_new),
    OPERATION(Matmul, numpy, binary, matmul),
    OPERATION(Max, numpy, reduce, cornu_op_max_new),
    OPERATION(Maximum, numpy, binary, cornu_op_maximum),
    OPERATION(Mean, numpy, reduce, cornu_op_mean_new),
    OPERATION(Min, numpy, reduce, cornu_op_min_new),
    OPERATION(Minimum, numpy, binary, cornu_op_minimum),
    OPERATION(Mod, numpy, binary, cornu_op_mod),
    OPERATION(Moveaxis, numpy, compute, moveaxis),
    OPERATION(Multiply, numpy, binary, cornu_op_multiply),
    OPERATION(Negative, numpy, unary, cornu_op_negative),
    OPERATION(NotEqual, numpy, binary, cornu_op_not_equal),
    OPERATION(OneHot, nn, compute, one_hot),
    OPERATION(OnesLike, numpy, unary, cornu_op_ones_like),
    OPERATION(Power, numpy, binary, cornu_op_power),
    OPERATION(Prod, numpy, reduce, cornu_op_prod_new),
    OPERATION(Reciprocal, numpy, unary, cornu_op_reciprocal),
    OPERATION(Relu, nn, unary, cornu_op_relu),
    OPERATION(Relu6, nn, unary, cornu_op_relu6),
    OPERATION(Repeat, numpy, compute, repeat),
    OPERATION(Reshape, numpy, compute, reshape),
    OPERATION(Round, numpy, unary, cornu_op_round),
    OPERATION(Rsqrt, math, unary, cornu_op_rsqrt),
    OPERATION(Selu, nn, unary, cornu_op_selu),
    OPERATION(Sigmoid, nn, unary, cornu_op_sigmoid),
    OPERATION(Sign, numpy, unary, cornu_op_sign),
    OPERATION(Silu, nn, unary, cornu_op_silu),
    OPERATION(Sin, numpy, unary, cornu_op_sin),
    OPERATION(Sinh, numpy, unary, cornu_op_sinh),
    OPERATION(Softmax, nn, compute, softmax),
    OPERATION(Softplus, nn, unary, cornu_op_softplus),
    OPERATION(Softsign, nn, unary, cornu_op_softsign),
    OPERATION(Sqrt, numpy, unary, cornu_op_sqrt),
    OPERATION(Square, numpy, unary, cornu_op_square),
    OPERATION(Squeeze, numpy, compute, squeeze),
    OPERATION(Stack, numpy, compute, stack),
    OPERATION(Std, numpy, reduce, cornu_op_std_new),
    OPERATION(StopGradient, core, unary, cornu_op_stop_gradient),
    OPERATION(Subtract, numpy, binary, cornu_op_subtract),
    OPERATION(Sum, numpy, reduce, cornu_op_sum_new),
    OPERATION(Swapaxes, numpy, compute, swapaxes),
    OPERATION(Take, numpy, compute, take),
    OPERATION(Tan, numpy, unary, cornu_op_tan),
    OPERATION(Tanh, numpy, unary, cornu_op_tanh),
    OPERATION(Tile, numpy, compute, tile),
    OPERATION(Transpose, numpy, compute, transpose),
    OPERATION(TrueDivide, numpy, binary, cornu_op_divide),
    OPERATION(Trunc, numpy, unary, cornu_op_trunc),
    OPERATION(Var, numpy, reduce, cornu_op_var_new),
    OPERATION(Where, numpy, compute, where),
    OPERATION(ZerosLike, numpy, unary, cornu_op_zeros_like),
};
/* clang-format on */
const size_t cornu_operation_class_count_ =
    sizeof cornu_operation_classes_ / sizeof *cornu_operation_classes_;
