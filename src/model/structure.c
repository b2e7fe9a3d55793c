/* Structures of inputs and outputs: what Keras keeps as nested lists and dicts, here JSON of the
 * same form. Keras: keras/src/tree. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

cornu_status cornu_json_put_(cJSON *parent, const char *key, cJSON *value) {
    if (value != NULL) {
        if (key != NULL ? cJSON_AddItemToObject(parent, key, value)
                        : cJSON_AddItemToArray(parent, value))
            return CORNU_OK;
        cJSON_Delete(value);
    } else if (cornu_error_status() != CORNU_OK) {
        return cornu_error_status();
    }
    CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
}

bool cornu_structure_is_leaf_(const cJSON *json) {
    return cJSON_IsArray(json) && cJSON_IsString(json->child);
}

static int by_key(const void *a, const void *b) {
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

/* Members of a dict sorted by key: Python sorts by code point, which strcmp does in UTF-8. */
static cornu_status sorted_members(cJSON *dict, cJSON ***members, size_t *count) {
    *count = (size_t)cJSON_GetArraySize(dict);
    *members = cornu_alloc_array_(*count, sizeof **members);
    if (*members == NULL) return CORNU_ENOMEM;
    size_t i = 0;
    for (cJSON *item = dict->child; item != NULL; item = item->next) (*members)[i++] = item;
    qsort(*members, *count, sizeof **members, by_key);
    return CORNU_OK;
}

cornu_status cornu_structure_visit_(
    cJSON *structure, bool (*is_leaf)(const cJSON *),
    cornu_status (*visit)(cJSON *leaf, void *user), void *user
) {
    if (is_leaf(structure)) return visit(structure, user);
    if (cJSON_IsArray(structure)) {
        for (cJSON *item = structure->child; item != NULL; item = item->next)
            CORNU_TRY(cornu_structure_visit_(item, is_leaf, visit, user));
        return CORNU_OK;
    }
    if (!cJSON_IsObject(structure)) return CORNU_OK; /* a plain value among tensors */
    cJSON **members;
    size_t count;
    CORNU_TRY(sorted_members(structure, &members, &count));
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < count && status == CORNU_OK; i++)
        status = cornu_structure_visit_(members[i], is_leaf, visit, user);
    cornu_free_(members);
    return status;
}

static cJSON *leaf(size_t index) {
    cJSON *triple = cJSON_CreateArray();
    if (triple == NULL) return NULL;
    cornu_status status = cornu_json_put_(triple, NULL, cJSON_CreateString(""));
    if (status == CORNU_OK) status = cornu_json_put_(triple, NULL, cornu_json_int_((int64_t)index));
    if (status == CORNU_OK) status = cornu_json_put_(triple, NULL, cornu_json_int_(0));
    if (status != CORNU_OK) return cJSON_Delete(triple), NULL;
    return triple;
}

typedef struct {
    size_t *order, next;
} numbering;

static cornu_status number(cJSON *triple, void *user) {
    numbering *numbers = user;
    numbers->order[triple->child->next->valueint] = numbers->next++;
    return CORNU_OK;
}

static cornu_status fill(cJSON *structure, size_t count, const char *const *keys) {
    for (size_t i = 0; i < count; i++) {
        if (keys != NULL && keys[i] == NULL) CORNU_FAIL(CORNU_EINVAL, "key %zu is NULL", i);
        if (keys != NULL && cJSON_GetObjectItemCaseSensitive(structure, keys[i]) != NULL)
            CORNU_FAIL(CORNU_EINVAL, "the key '%s' is given twice", keys[i]);
        CORNU_TRY(cornu_json_put_(structure, keys != NULL ? keys[i] : NULL, leaf(i)));
    }
    return CORNU_OK;
}

cJSON *cornu_structure_new_(size_t count, const char *const *keys, size_t *order) {
    cJSON *structure;
    if (keys == NULL && count == 1) structure = leaf(0);
    else structure = keys != NULL ? cJSON_CreateObject() : cJSON_CreateArray();
    if (structure == NULL) {
        cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory for the config");
        return NULL;
    }
    numbering numbers = {order, 0};
    cornu_status status =
        cornu_structure_is_leaf_(structure) ? CORNU_OK : fill(structure, count, keys);
    if (status == CORNU_OK)
        status = cornu_structure_visit_(structure, cornu_structure_is_leaf_, number, &numbers);
    if (status == CORNU_OK) return structure;
    cJSON_Delete(structure);
    return NULL;
}
