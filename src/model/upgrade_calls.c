/* Calls in functional models of Keras 1 and 2, [["layer", call, output, {named arguments}], ...]:
 * tensors among the named arguments are marked as Keras 3 marks them, and calls of models are
 * counted from zero. There the call that made a model was its first; what rewrites files of Keras 3
 * in the old form does not count it.
 * Keras: tf_keras/src/engine/functional.py, process_node and get_network_config. */
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "model/upgrade.h"

typedef struct caller {
    bool sequential, model;
    bool from_zero; /* something refers to its call 0 */
} caller;

typedef struct calls {
    caller *items;
    cornu_map by_name;
    bool renumber; /* the second walk */
    bool old;      /* there was a call of the old form */
} calls;

static caller *find(const calls *self, const cJSON *triple) {
    return cornu_map_get_text_(&self->by_name, triple->child->valuestring);
}

static bool is_reference(const calls *self, const cJSON *json) {
    if (!cJSON_IsArray(json) || !cJSON_IsString(json->child)) return false;
    const cJSON *node = json->child->next, *tensor = node != NULL ? node->next : NULL;
    return cJSON_IsNumber(node) && cJSON_IsNumber(tensor) && find(self, json) != NULL;
}

static void count(calls *self, cJSON *triple) {
    caller *of = find(self, triple);
    cJSON *node = triple->child->next;
    if (!self->renumber) of->from_zero = of->from_zero || node->valuedouble < 1;
    else if (of->model && !of->from_zero) cJSON_SetNumberValue(node, node->valuedouble - 1);
}

/* All references in a call, those among its arguments too. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void walk(calls *self, cJSON *json) {
    if (is_reference(self, json)) count(self, json);
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) return;
    for (cJSON *item = json->child; item != NULL; item = item->next) walk(self, item);
}

static void walk_layers(calls *self, const cJSON *layers) {
    for (const cJSON *layer = layers->child; layer != NULL; layer = layer->next) {
        const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
        for (cJSON *node = nodes != NULL ? nodes->child : NULL; node != NULL; node = node->next) {
            if (!cJSON_IsArray(node)) continue;
            self->old = true;
            walk(self, node);
        }
    }
}

/* The model's ends refer to functional models in one way, whatever wrote the file. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void walk_ends(calls *self, cJSON *json) {
    if (is_reference(self, json)) {
        if (find(self, json)->sequential) count(self, json);
        return;
    }
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) return;
    for (cJSON *item = json->child; item != NULL; item = item->next) walk_ends(self, item);
}

/* ---- named arguments ---- */
/* {"class_name": "__keras_tensor__", "config": {"keras_history": triple}}; NULL: out of memory. The
 * triple is taken. */
static cJSON *mark(cJSON *triple) {
    cJSON *tensor = cJSON_CreateObject();
    cJSON *config = tensor != NULL ? cJSON_AddObjectToObject(tensor, "config") : NULL;
    bool done = config != NULL && cJSON_AddItemToObject(config, "keras_history", triple);
    if (!done) cJSON_Delete(triple);
    if (done && cJSON_AddStringToObject(tensor, "class_name", "__keras_tensor__")) return tensor;
    cJSON_Delete(tensor);
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status mark_tensors(const calls *self, cJSON *json) {
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) return CORNU_OK;
    for (cJSON *item = json->child, *next; item != NULL; item = next) {
        next = item->next;
        if (!is_reference(self, item)) {
            CORNU_TRY(mark_tensors(self, item));
            continue;
        }
        cJSON *triple = cJSON_Duplicate(item, true), *tensor = triple != NULL ? mark(triple) : NULL;
        if (tensor == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
        /* in its place, under its key */
        bool keyed = item->string != NULL;
        bool put = keyed ? cJSON_ReplaceItemInObjectCaseSensitive(json, item->string, tensor)
                         : cJSON_ReplaceItemViaPointer(json, item, tensor);
        if (put) continue;
        cJSON_Delete(tensor);
        CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    }
    return CORNU_OK;
}

/* The arguments stand behind the tensors of the call. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status mark_arguments(const calls *self, cJSON *json) {
    if (is_reference(self, json)) {
        cJSON *named = cJSON_GetArrayItem(json, 3);
        return cJSON_IsObject(named) ? mark_tensors(self, named) : CORNU_OK;
    }
    if (!cJSON_IsArray(json) && !cJSON_IsObject(json)) return CORNU_OK;
    for (cJSON *item = json->child; item != NULL; item = item->next)
        CORNU_TRY(mark_arguments(self, item));
    return CORNU_OK;
}

static cornu_status mark_layers(const calls *self, const cJSON *layers) {
    for (const cJSON *layer = layers->child; layer != NULL; layer = layer->next) {
        const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
        for (cJSON *node = nodes != NULL ? nodes->child : NULL; node != NULL; node = node->next)
            if (cJSON_IsArray(node)) CORNU_TRY(mark_arguments(self, node));
    }
    return CORNU_OK;
}

/* ---- a model ---- */
static cornu_status list_callers(calls *self, const cJSON *layers) {
    self->items = cornu_alloc_array_((size_t)cJSON_GetArraySize(layers), sizeof *self->items);
    if (self->items == NULL) return CORNU_ENOMEM;
    caller *next = self->items;
    for (const cJSON *layer = layers->child; layer != NULL; layer = layer->next) {
        const char *name = cornu_upgrade_text_(layer, "name");
        const char *class_name = cornu_upgrade_text_(layer, "class_name");
        if (name == NULL || class_name == NULL) continue; /* told by who reads it */
        next->sequential = strcmp(class_name, "Sequential") == 0;
        next->model = next->sequential || strcmp(class_name, "Functional") == 0 ||
                      strcmp(class_name, "Model") == 0;
        CORNU_TRY(cornu_map_put_text_(&self->by_name, name, next++));
    }
    return CORNU_OK;
}

static cornu_status upgrade(calls *self, cJSON *config, const cJSON *layers) {
    cJSON *outputs = cJSON_GetObjectItemCaseSensitive(config, "output_layers");
    CORNU_TRY(list_callers(self, layers));
    walk_layers(self, layers);
    if (!self->old) return CORNU_OK;
    walk_ends(self, outputs);
    self->renumber = true;
    walk_layers(self, layers);
    walk_ends(self, outputs);
    return mark_layers(self, layers);
}

cornu_status cornu_upgrade_calls_(cJSON *config) {
    calls self = {0};
    cornu_status status =
        upgrade(&self, config, cJSON_GetObjectItemCaseSensitive(config, "layers"));
    cornu_map_free_(&self.by_name);
    cornu_free_(self.items);
    return status;
}
