/* Operations in a functional graph: x + 1 on symbolic tensors. To the graph they are layers without
 * weights; files name them by keras.src.ops, and weights files leave them out.
 * Keras: keras/src/ops/operation.py. */
#include "model/operation.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "nn/json.h"

static const char module_prefix[] = "keras.src.ops.";

static const cornu_operation_class *class_of(const cornu_layer *layer) {
    return (const cornu_operation_class *)(const void *)layer->cls;
}

/* ---- the object ---- */

void cornu_operation_destroy_(void *object) { cJSON_Delete(((cornu_operation *)object)->config); }

bool cornu_is_operation_(const cornu_layer *layer) {
    return layer->cls->destroy == cornu_operation_destroy_;
}

cornu_tensor *cornu_operation_compute_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const cornu_operation_class *cls = class_of(self);
    const cornu_operation_call call = {
        .args = cornu_config_json_(context->args),
        .kwargs = cornu_config_json_(context->kwargs),
        .config = ((cornu_operation *)(void *)self)->config,
        .inputs = inputs,
        .context = context,
    };
    if (cls->compute != NULL) return cls->compute(&call);
    if (cls->binary != NULL) {
        cornu_tensor *a = cornu_operation_tensor_(&call, 0, "x1");
        return a != NULL ? cls->binary(a, cornu_operation_tensor_(&call, 1, "x2")) : NULL;
    }
    cornu_tensor *x = cornu_operation_tensor_(&call, 0, "x");
    if (x == NULL) return NULL;
    if (cls->unary != NULL) return cls->unary(x);
    cornu_op_reduce_args args = {CORNU_OP_REDUCE_DEFAULTS, .x = x};
    if (cornu_operation_axes_(&call, 1, "axis", &args.axis) != CORNU_OK ||
        cornu_operation_bool_(&call, 2, "keepdims", &args.keepdims) != CORNU_OK)
        return NULL;
    return cls->reduce(&args);
}

/* ---- arguments ---- */
const cJSON *cornu_operation_value_(
    const cornu_operation_call *call, int position, const char *name
) {
    const cJSON *value = cJSON_GetArrayItem(call->args, position);
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

/* {"class_name": "__numpy__" or "__tensor__", "config": {"value": nested lists, "dtype": ...}} */
static cornu_tensor *constant(const cJSON *object) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(config, "value"), *item = value;
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "dtype"));
    cornu_dtype dtype = CORNU_FLOAT32;
    cornu_shape shape = {0};
    if (type != NULL && cornu_dtype_from_name(type, &dtype) != CORNU_OK) return NULL;
    for (; cJSON_IsArray(item) && shape.rank < CORNU_MAX_RANK; item = item->child)
        shape.dims[shape.rank++] = cJSON_GetArraySize(item);
    int64_t size = cornu_shape_size(&shape), count = 0;
    double *numbers = cornu_alloc_array_((size_t)size, sizeof *numbers);
    if (numbers == NULL) return NULL;
    const cJSON *outer[CORNU_MAX_RANK];
    int depth = 0;
    for (item = value; item != NULL && count < size;) {
        if (cJSON_IsArray(item) && item->child != NULL && depth < CORNU_MAX_RANK) {
            outer[depth++] = item;
            item = item->child;
            continue;
        }
        numbers[count++] = cJSON_IsBool(item) ? cJSON_IsTrue(item) : item->valuedouble;
        item = depth > 0 ? item->next : NULL;
        while (item == NULL && depth > 0) item = outer[--depth]->next;
    }
    cornu_tensor *tensor = count == size ? cornu_tensor_from(CORNU_FLOAT64, shape, numbers) : NULL;
    if (count != size)
        cornu_error_set(CORNU_EFORMAT, __FILE__, __LINE__, "an array of uneven lists");
    cornu_free_(numbers);
    return cornu_op_cast(cornu_scope_add_(tensor), dtype);
}

static cornu_tensor *as_tensor(const cornu_operation_call *call, const cJSON *value) {
    if (cornu_is_tensor_config_(value)) return input_of(call, value);
    if (cJSON_IsNumber(value)) return number(value);
    if (cJSON_IsBool(value)) return cornu_scalar_of(CORNU_BOOL, cJSON_IsTrue(value));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "class_name"));
    if (name != NULL && (strcmp(name, "__numpy__") == 0 || strcmp(name, "__tensor__") == 0))
        return constant(value);
    CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "an argument is no tensor, number or array");
}

cornu_tensor *cornu_operation_tensor_(
    const cornu_operation_call *call, int position, const char *name
) {
    const cJSON *value = cornu_operation_value_(call, position, name);
    if (value == NULL) CORNU_FAIL_NULL(CORNU_EFORMAT, "the argument '%s' is missing", name);
    return as_tensor(call, value);
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

cornu_status cornu_operation_int_(
    const cornu_operation_call *call, int position, const char *name, int64_t *value
) {
    const cJSON *json = cornu_operation_value_(call, position, name);
    if (json != NULL && !cornu_json_as_int_(json, value))
        CORNU_FAIL(CORNU_EFORMAT, "'%s' must be an integer", name);
    return CORNU_OK;
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
    if (cornu_json_as_int_(json, &value->dims[0])) return value->rank = 1, CORNU_OK;
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' must be a list of %d integers at most", name, CORNU_MAX_RANK
        );
    cJSON_ArrayForEach(item, json) {
        int64_t *size = &value->dims[value->rank++];
        if (cJSON_IsNull(item)) *size = -1;
        else if (!cornu_json_as_int_(item, size))
            CORNU_FAIL(CORNU_EFORMAT, "'%s' must be a list of integers", name);
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

/* ---- files ---- */
static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

bool cornu_is_operation_config_(const cJSON *object) {
    const char *module = text_of(object, "module");
    return module != NULL && cornu_starts_with_(module, module_prefix);
}

static const cornu_operation_class *find(const char *name) {
    for (size_t i = 0; name != NULL && i < cornu_operation_class_count_; i++)
        if (strcmp(cornu_operation_classes_[i].layer.name, name) == 0)
            return &cornu_operation_classes_[i];
    return NULL;
}

bool cornu_operation_known_(const cJSON *object) {
    return find(text_of(object, "class_name")) != NULL;
}

cornu_layer *cornu_operation_read_(const cJSON *object) {
    const char *class_name = text_of(object, "class_name");
    const cornu_operation_class *cls = find(class_name);
    if (cls == NULL)
        CORNU_FAIL_NULL(
            CORNU_EUNKNOWN, "no operation '%.100s'", class_name != NULL ? class_name : ""
        );
    cornu_operation *made = (cornu_operation *)(void *)cornu_layer_create(&cls->layer, NULL);
    if (made == NULL) return NULL;
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    made->config = cJSON_IsObject(config) ? cJSON_Duplicate(config, true) : cJSON_CreateObject();
    const char *name = text_of(config, "name");
    if (name != NULL) made->base.name = cornu_strdup_(name);
    if (made->config != NULL && (name == NULL || made->base.name != NULL)) return &made->base;
    cornu_layer_free(&made->base);
    CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for an operation");
}

static cornu_status put(cJSON *object, const cornu_operation *self) {
    const cornu_operation_class *cls = class_of(&self->base);
    char module[64];
    snprintf(module, sizeof module, "%s%s", module_prefix, cls->module);
    CORNU_TRY(cornu_json_put_(object, "module", cJSON_CreateString(module)));
    CORNU_TRY(cornu_json_put_(object, "class_name", cJSON_CreateString(cls->layer.name)));
    cJSON *config = cJSON_Duplicate(self->config, true);
    CORNU_TRY(cornu_json_put_(object, "config", config));
    if (self->base.name != NULL)
        CORNU_TRY(cornu_config_set_string(cornu_config_of_(config), "name", self->base.name));
    return cornu_json_put_(object, "registered_name", cJSON_CreateString(cls->layer.name));
}

cJSON *cornu_operation_write_(const cornu_layer *layer) {
    cJSON *object = cJSON_CreateObject();
    if (object == NULL) CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for the config");
    if (put(object, (const cornu_operation *)(const void *)layer) == CORNU_OK) return object;
    cJSON_Delete(object);
    return NULL;
}
