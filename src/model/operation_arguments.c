/* The arguments of a call of an operation, from the JSON of a file: of the call, or of the config.
 * Keras: keras/src/ops/symbolic_arguments.py, keras/src/saving/serialization_lib.py. */
#include <string.h>

#include "base/memory.h"
#include "model/operation.h"
#include "nn/json.h"

static void note(cornu_operation_asked *asked, int position, const char *name) {
    enum { ROOM = sizeof asked->names / sizeof *asked->names };
    if (position >= asked->positions) asked->positions = position + 1;
    if (asked->count < ROOM) asked->names[asked->count++] = name;
}

static bool was_asked(const cornu_operation_asked *asked, const char *name) {
    for (int i = 0; i < asked->count; i++)
        if (strcmp(asked->names[i], name) == 0) return true;
    return false;
}

static cornu_status all_members_asked(const cornu_operation_asked *asked, const cJSON *object) {
    const cJSON *member;
    cJSON_ArrayForEach(member, object) {
        if (cJSON_IsNull(member) || strcmp(member->string, "name") == 0) continue;
        if (!was_asked(asked, member->string))
            CORNU_FAIL(CORNU_EUNSUPPORTED, "does not know the argument '%.100s'", member->string);
    }
    return CORNU_OK;
}

cornu_status cornu_operation_all_asked_(const cornu_operation_call *call) {
    if (cJSON_GetArraySize(call->args) > call->asked->positions)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "takes %d positional arguments, not %d", call->asked->positions,
            cJSON_GetArraySize(call->args)
        );
    CORNU_TRY(all_members_asked(call->asked, call->kwargs));
    return all_members_asked(call->asked, call->config);
}

const cJSON *cornu_operation_value_(
    const cornu_operation_call *call, int position, const char *name
) {
    note(call->asked, position, name);
    const cJSON *value = position >= 0 ? cJSON_GetArrayItem(call->args, position) : NULL;
    if (value == NULL) value = cJSON_GetObjectItemCaseSensitive(call->kwargs, name);
    if (value == NULL) value = cJSON_GetObjectItemCaseSensitive(call->config, name);
    return cJSON_IsNull(value) ? NULL : value;
}

typedef struct {
    const cJSON *wanted;
    size_t before;
    bool found;
} leaf_search;

static cornu_status count_leaf(cJSON *leaf, void *user) {
    leaf_search *search = user;
    search->found = search->found || leaf == search->wanted;
    if (!search->found) search->before++;
    return CORNU_OK;
}

static cornu_status count_argument(const cornu_call_argument *argument, cJSON *leaf, void *user) {
    (void)argument;
    return count_leaf(leaf, user);
}

/* Which of the inputs a tensor in the arguments is: they stand in the order of the leaves. */
static cornu_tensor *input_of(const cornu_operation_call *call, const cJSON *leaf) {
    leaf_search search = {.wanted = leaf};
    if (call->args != NULL &&
        cornu_structure_visit_(
            (cJSON *)(uintptr_t)call->args, cornu_is_tensor_config_, count_leaf, &search
        ) != CORNU_OK)
        return NULL;
    if (search.found) return call->inputs[search.before];
    size_t positional = search.before;
    if (cornu_call_arguments_visit_(call->kwargs, count_argument, &search) != CORNU_OK) return NULL;
    cornu_call_arguments_take_(call->context);
    return call->context->arguments[search.before - positional].tensor;
}

/* Takes part in arithmetic as a Python number does: it raises no type but that of its kind. */
static cornu_tensor *number(const cJSON *value) {
    bool integral = (value->type & CORNU_JSON_FLOAT) == 0 && cornu_json_is_integral_(value);
    cornu_tensor *scalar =
        cornu_scalar_of(integral ? CORNU_INT32 : CORNU_FLOAT32, value->valuedouble);
    if (scalar != NULL) scalar->weak = true;
    return scalar;
}

/* ---- arrays ---- */
static cornu_shape shape_of(const cJSON *value) {
    cornu_shape shape = {0};
    for (const cJSON *item = value; cJSON_IsArray(item) && shape.rank < CORNU_MAX_RANK;
         item = item->child)
        shape.dims[shape.rank++] = cJSON_GetArraySize(item);
    return shape;
}

/* The numbers in nested lists, in order; false if a leaf is none, or there are not `size`. */
static bool flatten(const cJSON *value, double *numbers, int64_t size) {
    const cJSON *outer[CORNU_MAX_RANK], *item = value;
    int64_t count = 0;
    int depth = 0;
    while (item != NULL && count < size) {
        if (cJSON_IsArray(item) && item->child != NULL && depth < CORNU_MAX_RANK) {
            outer[depth++] = item;
            item = item->child;
            continue;
        }
        if (!cJSON_IsNumber(item) && !cJSON_IsBool(item)) return false;
        numbers[count++] = cJSON_IsBool(item) ? cJSON_IsTrue(item) : item->valuedouble;
        item = depth > 0 ? item->next : NULL;
        while (item == NULL && depth > 0) item = outer[--depth]->next;
    }
    return count == size;
}

static cornu_tensor *array(const cJSON *value, cornu_dtype dtype) {
    cornu_shape shape = shape_of(value);
    int64_t size = cornu_shape_size(&shape);
    double *numbers = cornu_alloc_array_((size_t)size, sizeof *numbers);
    if (numbers == NULL) return NULL;
    bool even = flatten(value, numbers, size);
    cornu_tensor *tensor = even ? cornu_tensor_from(CORNU_FLOAT64, shape, numbers) : NULL;
    if (!even)
        cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "an array must be even lists of numbers"
        );
    cornu_free_(numbers);
    return cornu_op_cast(cornu_scope_add_(tensor), dtype);
}

/* {"class_name": "__numpy__" or "__tensor__", "config": {"value": nested lists, "dtype": ...}} */
static cornu_tensor *constant(const cJSON *object) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(config, "value");
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "dtype"));
    cornu_dtype dtype = CORNU_FLOAT32;
    if (type != NULL && cornu_dtype_from_name(type, &dtype) != CORNU_OK) return NULL;
    return array(value, dtype);
}

/* The type that NumPy would give a list, in 32 bits: by its first number, or by one that is no
 * integer. */
static cornu_dtype type_of_list(const cJSON *list) {
    const cJSON *item;
    cornu_dtype dtype = CORNU_INT32;
    cJSON_ArrayForEach(item, list) {
        if (cJSON_IsArray(item)) dtype = type_of_list(item);
        if (cJSON_IsBool(item)) dtype = CORNU_BOOL;
        bool real = cJSON_IsNumber(item) &&
                    ((item->type & CORNU_JSON_FLOAT) != 0 || !cornu_json_is_integral_(item));
        if (real || dtype == CORNU_FLOAT32) return CORNU_FLOAT32;
    }
    return dtype;
}

static cornu_tensor *as_tensor(const cornu_operation_call *call, const cJSON *value) {
    if (cornu_is_tensor_config_(value)) return input_of(call, value);
    if (cJSON_IsNumber(value)) return number(value);
    if (cJSON_IsBool(value)) return cornu_scalar_of(CORNU_BOOL, cJSON_IsTrue(value));
    if (cJSON_IsArray(value)) return array(value, type_of_list(value));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "class_name"));
    if (name != NULL && (strcmp(name, "__numpy__") == 0 || strcmp(name, "__tensor__") == 0))
        return constant(value);
    CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "an argument is no tensor, number or array");
}

/* ---- tensors ---- */
cornu_tensor *cornu_operation_tensor_(
    const cornu_operation_call *call, int position, const char *name
) {
    const cJSON *value = cornu_operation_value_(call, position, name);
    if (value == NULL) CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument '%s' is missing", name);
    return as_tensor(call, value);
}

cornu_tensor *cornu_operation_x_(const cornu_operation_call *call) {
    return cornu_operation_tensor_(call, 0, "x");
}

cornu_status cornu_operation_optional_(
    const cornu_operation_call *call, int position, const char *name, cornu_tensor **tensor
) {
    const cJSON *value = cornu_operation_value_(call, position, name);
    *tensor = value != NULL ? as_tensor(call, value) : NULL;
    return value == NULL || *tensor != NULL ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_operation_tensors_(
    const cornu_operation_call *call, int position, const char *name, cornu_tensor **tensors,
    size_t room, size_t *count
) {
    const cJSON *list = cornu_operation_value_(call, position, name), *item;
    *count = 0;
    if (!cJSON_IsArray(list)) CORNU_FAIL(CORNU_EFORMAT, "the argument '%s' is no list", name);
    cJSON_ArrayForEach(item, list) {
        if (*count == room)
            CORNU_FAIL(CORNU_EUNSUPPORTED, "'%s' has more than %zu tensors", name, room);
        tensors[*count] = as_tensor(call, item);
        if (tensors[(*count)++] == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}

/* ---- settings ---- */
/* Sums of a few of these, and of sizes, are no overflow. */
static cornu_status check_range(const char *name, int64_t value) {
    if (value > INT64_C(1) << 53 || value < -(INT64_C(1) << 53))
        CORNU_FAIL(CORNU_EINVAL, "'%s' is out of range, %lld", name, (long long)value);
    return CORNU_OK;
}

cornu_status cornu_operation_int_(
    const cornu_operation_call *call, int position, const char *name, int64_t *value
) {
    const cJSON *json = cornu_operation_value_(call, position, name);
    if (json == NULL) return CORNU_OK;
    if (!cornu_json_as_int_(json, value) || *value == CORNU_NONE)
        CORNU_FAIL(CORNU_EFORMAT, "'%s' must be an integer", name);
    return check_range(name, *value);
}

cornu_status cornu_operation_number_(
    const cornu_operation_call *call, int position, const char *name, double *value
) {
    const cJSON *json = cornu_operation_value_(call, position, name);
    if (json == NULL) return CORNU_OK;
    if (!cJSON_IsNumber(json)) CORNU_FAIL(CORNU_EFORMAT, "'%s' must be a number", name);
    *value = json->valuedouble;
    return CORNU_OK;
}

cornu_status cornu_operation_bool_(
    const cornu_operation_call *call, int position, const char *name, bool *value
) {
    const cJSON *json = cornu_operation_value_(call, position, name);
    if (json == NULL) return CORNU_OK;
    if (!cJSON_IsBool(json)) CORNU_FAIL(CORNU_EFORMAT, "'%s' must be true or false", name);
    *value = cJSON_IsTrue(json);
    return CORNU_OK;
}

cornu_status cornu_operation_sizes_(
    const cornu_operation_call *call, int position, const char *name, cornu_shape *value
) {
    const cJSON *json = cornu_operation_value_(call, position, name), *item;
    if (json == NULL) return CORNU_OK;
    *value = (cornu_shape){0};
    if (cornu_json_as_int_(json, &value->dims[0]))
        return value->rank = 1, check_range(name, value->dims[0]);
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' must be a list of %d integers at most", name, CORNU_MAX_RANK
        );
    cJSON_ArrayForEach(item, json) {
        int64_t *size = &value->dims[value->rank++];
        if (cJSON_IsNull(item)) *size = -1;
        else if (!cornu_json_as_int_(item, size))
            CORNU_FAIL(CORNU_EFORMAT, "'%s' must be a list of integers", name);
        CORNU_TRY(check_range(name, *size));
    }
    return CORNU_OK;
}

cornu_status cornu_operation_axes_(
    const cornu_operation_call *call, int position, const char *name, cornu_axes *value
) {
    cornu_shape sizes = {0};
    CORNU_TRY(cornu_operation_sizes_(call, position, name, &sizes));
    value->count = sizes.rank;
    for (int i = 0; i < sizes.rank; i++) {
        if (sizes.dims[i] < -CORNU_MAX_RANK || sizes.dims[i] >= CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_EINVAL, "there is no axis %lld", (long long)sizes.dims[i]);
        value->axis[i] = (int)sizes.dims[i];
    }
    return CORNU_OK;
}

cornu_status cornu_operation_axis_(
    const cornu_operation_call *call, const char *name, int64_t *value
) {
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, name, value));
    if (*value != CORNU_NONE && (*value < -CORNU_MAX_RANK || *value > CORNU_MAX_RANK))
        CORNU_FAIL(CORNU_EINVAL, "there is no axis %lld", (long long)*value);
    return CORNU_OK;
}

cornu_status cornu_operation_window_(
    const cornu_operation_call *call, const char *name, cornu_window *value
) {
    cornu_shape sizes = {0};
    CORNU_TRY(cornu_operation_sizes_(call, CORNU_SETTING, name, &sizes));
    if (sizes.rank > 3) CORNU_FAIL(CORNU_EINVAL, "'%s' must have three numbers at most", name);
    for (int i = 0; i < sizes.rank; i++) {
        if (sizes.dims[i] < 1)
            CORNU_FAIL(
                CORNU_EINVAL, "'%s' must be positive, got %lld", name, (long long)sizes.dims[i]
            );
        value->size[i] = sizes.dims[i];
    }
    return CORNU_OK;
}

cornu_status cornu_operation_text_(
    const cornu_operation_call *call, const char *name, const char **value
) {
    const cJSON *json = cornu_operation_value_(call, CORNU_SETTING, name);
    if (json == NULL) return CORNU_OK;
    if (!cJSON_IsString(json)) CORNU_FAIL(CORNU_EFORMAT, "'%s' must be a string", name);
    *value = json->valuestring;
    return CORNU_OK;
}

cornu_status cornu_operation_dtype_(
    const cornu_operation_call *call, const char *name, cornu_dtype *value
) {
    const char *text = NULL;
    CORNU_TRY(cornu_operation_text_(call, name, &text));
    return text != NULL ? cornu_dtype_from_name(text, value) : CORNU_OK;
}

cornu_status cornu_operation_refuse_(const cornu_operation_call *call, const char *name) {
    bool value = false;
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, name, &value));
    if (value) CORNU_FAIL(CORNU_EUNSUPPORTED, "'%s' must be false", name);
    return CORNU_OK;
}
