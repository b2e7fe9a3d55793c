/* Configs as classes see them: cornu_config is a cJSON object under another name. */
#include "nn/json.h"

#include <string.h>

#include "base/memory.h"
#include "nn/class.h"

cJSON *cornu_config_json_(const cornu_config *config) { return (cJSON *)(uintptr_t)config; }

cornu_config *cornu_config_of_(cJSON *object) { return (cornu_config *)object; }

/* ---- setters: a key that is there gets a new value in its place ---- */
static cornu_status set(cornu_config *config, const char *key, cJSON *value) {
    if (value == NULL) {
        if (cornu_error_status() == CORNU_OK)
            CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
        return cornu_error_status();
    }
    cJSON *object = cornu_config_json_(config);
    cJSON_bool done = cJSON_GetObjectItemCaseSensitive(object, key) != NULL
                          ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)
                          : cJSON_AddItemToObject(object, key, value);
    if (done) return CORNU_OK;
    cJSON_Delete(value);
    CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
}

cornu_status cornu_config_set_null(cornu_config *config, const char *key) {
    return set(config, key, cJSON_CreateNull());
}

cornu_status cornu_config_set_bool(cornu_config *config, const char *key, bool value) {
    return set(config, key, cJSON_CreateBool(value));
}

cornu_status cornu_config_set_int(cornu_config *config, const char *key, int64_t value) {
    return set(config, key, cornu_json_int_(value));
}

cornu_status cornu_config_set_float(cornu_config *config, const char *key, double value) {
    return set(config, key, cornu_json_float_(value));
}

cornu_status cornu_config_set_string(cornu_config *config, const char *key, const char *value) {
    return set(config, key, value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull());
}

cornu_status cornu_config_set_ints(
    cornu_config *config, const char *key, const int64_t *values, size_t count
) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < count && list != NULL; i++) {
        cJSON *item = cornu_json_int_(values[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return set(config, key, list);
}

cornu_status cornu_config_set_floats(
    cornu_config *config, const char *key, const double *values, size_t count
) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < count && list != NULL; i++) {
        cJSON *item = cornu_json_float_(values[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return set(config, key, list);
}

/* The numbers from *values on as lists within lists, one level for each axis from `axis` on. */
static cJSON *nested(const cornu_shape *shape, int axis, const double **values) {
    if (axis == shape->rank) return cornu_json_float_(*(*values)++);
    cJSON *list = cJSON_CreateArray();
    for (int64_t i = 0; i < shape->dims[axis] && list != NULL; i++) {
        cJSON *item = nested(shape, axis + 1, values);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return list;
}

cornu_status cornu_config_set_array(
    cornu_config *config, const char *key, const cornu_shape *shape, const double *values
) {
    return set(config, key, nested(shape, 0, &values));
}

cornu_config *cornu_config_set_object(cornu_config *config, const char *key) {
    if (set(config, key, cJSON_CreateObject()) != CORNU_OK) return NULL;
    return cornu_config_of_(cJSON_GetObjectItemCaseSensitive(cornu_config_json_(config), key));
}

static cJSON *pair(const int64_t values[2]) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < 2 && list != NULL; i++) {
        cJSON *item = cornu_json_int_(values[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return list;
}

cornu_status cornu_config_set_pairs(
    cornu_config *config, const char *key, const int64_t (*pairs)[2], size_t count
) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < count && list != NULL; i++) {
        cJSON *item = pair(pairs[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return set(config, key, list);
}

cornu_status cornu_config_set_layers(
    cornu_config *config, const char *key, cornu_layer *const *layers, size_t count
) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < count && list != NULL; i++) {
        cJSON *item = cornu_nested_layer_write_(layers[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return set(config, key, list);
}

cornu_status cornu_config_set_optimizer(
    cornu_config *config, const char *key, const cornu_optimizer *optimizer
) {
    return set(config, key, cornu_object_serialize_(CORNU_FAMILY_OPTIMIZER, optimizer));
}

/* ---- getters ---- */
/* Reading marks the member, so that keys nobody asked for can be reported. null is missing. */
static cJSON *find(const cornu_config *config, const char *key) {
    if (config == NULL) return NULL;
    cJSON *item = cJSON_GetObjectItemCaseSensitive(cornu_config_json_(config), key);
    if (item != NULL) item->type |= CORNU_JSON_READ;
    return cJSON_IsNull(item) ? NULL : item;
}

bool cornu_config_has(const cornu_config *config, const char *key) {
    return config != NULL &&
           cJSON_GetObjectItemCaseSensitive(cornu_config_json_(config), key) != NULL;
}

cornu_status cornu_config_get_bool(const cornu_config *config, const char *key, bool *value) {
    const cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    if (!cJSON_IsBool(item)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be true or false", key);
    *value = cJSON_IsTrue(item);
    return CORNU_OK;
}

cornu_status cornu_config_get_int(const cornu_config *config, const char *key, int64_t *value) {
    const cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    if (!cornu_json_as_int_(item, value)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be an integer", key);
    return CORNU_OK;
}

cornu_status cornu_config_get_float(const cornu_config *config, const char *key, double *value) {
    const cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    if (!cJSON_IsNumber(item)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be a number", key);
    *value = item->valuedouble;
    return CORNU_OK;
}

cornu_status cornu_config_get_string(
    const cornu_config *config, const char *key, const char **value
) {
    const cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    if (!cJSON_IsString(item)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be a text", key);
    *value = item->valuestring;
    return CORNU_OK;
}

cornu_status cornu_config_get_sizes(
    const cornu_config *config, const char *key, cornu_shape *sizes
) {
    const cJSON *list = find(config, key), *item;
    if (list == NULL) return CORNU_OK;
    cornu_shape found = {0};
    if (!cJSON_IsArray(list)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be a list of integers", key);
    cJSON_ArrayForEach(item, list) {
        if (found.rank == CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_EINVAL, "'%s' has more than %d numbers", key, CORNU_MAX_RANK);
        int64_t size = -1;
        if (!cJSON_IsNull(item) && !cornu_json_as_int_(item, &size))
            CORNU_FAIL(CORNU_EINVAL, "'%s' must be a list of integers", key);
        found.dims[found.rank++] = size;
    }
    *sizes = found;
    return CORNU_OK;
}

/* Whether nested lists of numbers have a shape. */
static bool fits(const cJSON *value, const cornu_shape *shape, int axis) {
    const cJSON *item;
    if (axis == shape->rank) return cJSON_IsNumber(value);
    if (!cJSON_IsArray(value) || cJSON_GetArraySize(value) != shape->dims[axis]) return false;
    cJSON_ArrayForEach(item, value) if (!fits(item, shape, axis + 1)) return false;
    return true;
}

static void flatten(const cJSON *value, double **next) {
    const cJSON *item;
    if (cJSON_IsNumber(value)) *(*next)++ = value->valuedouble;
    else cJSON_ArrayForEach(item, value) flatten(item, next);
}

cornu_status cornu_config_get_array(
    const cornu_config *config, const char *key, cornu_shape *shape, double **values
) {
    const cJSON *value = find(config, key), *numpy;
    cornu_shape found = {0};
    if (cJSON_IsObject(value)) {
        numpy = cJSON_GetObjectItemCaseSensitive(value, "config");
        value = cJSON_GetObjectItemCaseSensitive(numpy, "value");
        if (value == NULL) CORNU_FAIL(CORNU_EINVAL, "'%s' must be a number or an array", key);
    }
    if (value == NULL || cJSON_IsNull(value)) return CORNU_OK;
    for (const cJSON *at = value; cJSON_IsArray(at); at = at->child) {
        if (found.rank == CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_EINVAL, "'%s' has more than %d axes", key, CORNU_MAX_RANK);
        found.dims[found.rank++] = cJSON_GetArraySize(at);
    }
    if (!fits(value, &found, 0))
        CORNU_FAIL(CORNU_EINVAL, "'%s' must be a number or even lists of numbers", key);
    int64_t count = cornu_shape_size(&found);
    double *made = cornu_alloc_array_((size_t)(count > 0 ? count : 1), sizeof *made), *next = made;
    if (made == NULL) return CORNU_ENOMEM;
    flatten(value, &next);
    *shape = found;
    *values = made;
    return CORNU_OK;
}

cornu_status cornu_config_get_object(
    const cornu_config *config, const char *key, const cornu_config **object
) {
    cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    if (!cJSON_IsObject(item)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be an object", key);
    *object = cornu_config_of_(item);
    return CORNU_OK;
}

/* An integer for both sides, or a list of two. Python's tuples of older files are objects. */
static bool read_pair(const cJSON *item, int64_t pair[2]) {
    if (cJSON_IsObject(item)) item = cJSON_GetObjectItemCaseSensitive(item, "items");
    if (cJSON_IsArray(item))
        return cJSON_GetArraySize(item) == 2 &&
               cornu_json_as_int_(cJSON_GetArrayItem(item, 0), &pair[0]) &&
               cornu_json_as_int_(cJSON_GetArrayItem(item, 1), &pair[1]);
    if (item == NULL || !cornu_json_as_int_(item, &pair[0])) return false;
    pair[1] = pair[0];
    return true;
}

cornu_status cornu_config_get_pairs(
    const cornu_config *config, const char *key, int64_t (*pairs)[2], size_t count
) {
    const cJSON *list = find(config, key);
    if (list == NULL) return CORNU_OK;
    if (cJSON_IsObject(list)) list = cJSON_GetObjectItemCaseSensitive(list, "items");
    /* a single axis has its pair without a list around it */
    bool one = cJSON_IsNumber(list) || (count == 1 && cJSON_GetArraySize(list) == 2);
    bool fits = one || (cJSON_IsArray(list) && cJSON_GetArraySize(list) == (int)count);
    for (size_t i = 0; i < count && fits; i++)
        fits = read_pair(one ? list : cJSON_GetArrayItem(list, (int)i), pairs[i]);
    if (!fits)
        CORNU_FAIL(
            CORNU_EINVAL, "'%s' must be an integer, or %zu of them or of pairs of them", key, count
        );
    return CORNU_OK;
}

cornu_status cornu_config_get_layers(
    const cornu_config *config, const char *key, cornu_layer ***layers, size_t *count
) {
    const cJSON *list = find(config, key);
    if (list == NULL) return CORNU_OK;
    if (!cJSON_IsArray(list)) CORNU_FAIL(CORNU_EINVAL, "'%s' must be a list of layers", key);
    size_t size = (size_t)cJSON_GetArraySize(list), made = 0;
    cornu_layer **read = cornu_alloc_array_(size, sizeof *read);
    if (read == NULL) return CORNU_ENOMEM;
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        read[made] = cornu_nested_layer_read_(item);
        if (read[made] == NULL) break;
        made++;
    }
    if (made == size) {
        *layers = read;
        *count = size;
        return CORNU_OK;
    }
    for (size_t i = 0; i < made; i++) cornu_layer_free(read[i]);
    cornu_free_(read);
    return cornu_error_context("'%s'", key);
}

cornu_status cornu_config_get_optimizer(
    const cornu_config *config, const char *key, cornu_optimizer **optimizer
) {
    const cJSON *item = find(config, key);
    if (item == NULL) return CORNU_OK;
    cornu_optimizer *made = cornu_object_deserialize_(CORNU_FAMILY_OPTIMIZER, item);
    if (made == NULL) return cornu_error_context("'%s'", key);
    *optimizer = made;
    return CORNU_OK;
}

const char *cornu_config_key(const cornu_config *config, size_t index) {
    const cJSON *item = config != NULL ? cornu_config_json_(config)->child : NULL;
    while (item != NULL && index-- > 0) item = item->next;
    return item != NULL ? item->string : NULL;
}
