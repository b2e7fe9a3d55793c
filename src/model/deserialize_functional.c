/* Functional models from their config: makes the layers, then replays their calls as their inputs
 * become available, since an entry may stand before those that feed it.
 * Keras: keras/src/models/functional.py, functional_from_config. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"

/* A layer of the config, and the outputs of its calls so far (they belong to the scope). */
typedef struct entry {
    cornu_layer *layer;
    const char *name;
    const cJSON *pending; /* the first call that was not made yet */
    size_t node_count;    /* calls in the file; 1 for an input layer */
    cornu_tensor ***calls;
    size_t call_count;
} entry;

typedef struct rebuilding {
    cornu_model_reader *reader;
    entry *entries;
    size_t count;
    cornu_map by_name; /* entry */
} rebuilding;

/* Tensors found so far, and whether one was not there yet. */
typedef struct reference_list {
    rebuilding *graph;
    const char *user; /* the layer that is called */
    cornu_tensor **items;
    size_t count, capacity;
    bool missing;
    bool counts_from_one; /* calls of functional models, see functional.c */
} reference_list;

/* ---- references ---- */
static cornu_status broken(const reference_list *list, const char *wrong, const char *name) {
    CORNU_FAIL(
        CORNU_EFORMAT, "%s%s%s refers to %s '%s'", list->user != NULL ? "layer '" : "",
        list->user != NULL ? list->user : "the list of the model's ends",
        list->user != NULL ? "'" : "", wrong, name
    );
}

/* Adds output `tensor` of call `node` of a layer. */
static cornu_status add_reference(
    reference_list *list, const char *name, double node, double tensor
) {
    entry *source = cornu_map_get_text_(&list->graph->by_name, name);
    if (source == NULL) return broken(list, "a layer that is not in the model,", name);
    if (list->counts_from_one && source->layer->cls == &cornu_functional_class_ && node > 0)
        node -= 1;
    if (node < 0 || node >= (double)source->node_count || node != (double)(size_t)node)
        return broken(list, "a call that is not there of layer", name);
    if ((size_t)node >= source->call_count) {
        list->missing = true;
        return CORNU_OK;
    }
    size_t outputs = source->calls[(size_t)node][0]->history->call->output_count;
    if (tensor < 0 || tensor >= (double)outputs || tensor != (double)(size_t)tensor)
        return broken(list, "an output that is not there of layer", name);
    CORNU_TRY(CORNU_RESERVE_(list->items, list->capacity, list->count + 1));
    list->items[list->count++] = source->calls[(size_t)node][(size_t)tensor];
    return CORNU_OK;
}

/* ["name", node, tensor, ...] */
static cornu_status add_triple(cJSON *leaf, void *user) {
    reference_list *list = user;
    const cJSON *node = leaf->child->next, *tensor = node != NULL ? node->next : NULL;
    if (node == NULL || tensor == NULL || !cJSON_IsNumber(node) || !cJSON_IsNumber(tensor))
        return broken(list, "no proper [layer, call, output] of layer", leaf->child->valuestring);
    return add_reference(list, leaf->child->valuestring, node->valuedouble, tensor->valuedouble);
}

static cornu_status add_tensor_config(cJSON *leaf, void *user) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(leaf, "config");
    cJSON *history = cJSON_GetObjectItemCaseSensitive(config, "keras_history");
    if (!cornu_structure_is_leaf_(history))
        return broken(user, "a tensor without", "keras_history");
    return add_triple(history, user);
}

/* ---- calls ---- */
static cornu_status add_argument(const cornu_call_argument *argument, cJSON *leaf, void *user) {
    CORNU_TRY(add_tensor_config(leaf, user), "argument '%s'", argument->name);
    return CORNU_OK;
}

static bool holds_plain_value(const cJSON *args) {
    if (cornu_is_tensor_config_(args) || cJSON_IsNull(args)) return false;
    if (!cJSON_IsArray(args) && !cJSON_IsObject(args)) return true;
    for (const cJSON *item = args->child; item != NULL; item = item->next) {
        if (holds_plain_value(item)) return true;
    }
    return false;
}

static bool is_among(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}
#define IS_AMONG(names, name) is_among((names), sizeof(names) / sizeof *(names), (name))

/* "states[]" of a class stands for a list. */
static bool names_argument(const cornu_layer *layer, const char *name) {
    const char *const *names = layer->cls->arguments;
    for (; names != NULL && *names != NULL; names++) {
        size_t length = strcspn(*names, "[");
        if (strlen(name) == length && strncmp(*names, name, length) == 0) return true;
    }
    return false;
}

/* An argument of a call that none of our layers reads would be ignored; a user's own may read any.
 */
static cornu_status check_named(const cornu_layer *layer, const cJSON *named) {
    static const char *const values[] = {
        "training",
        "use_causal_mask",
        "return_attention_scores",
        "reverse",
    };
    static const char *const tensors[] = {
        "inputs", "data", "x", "mask", "initial_state", "attention_mask", "count_weights", "labels",
    };
    bool ours =
        cornu_layer_is_model_(layer) || cornu_class_is_builtin_(CORNU_FAMILY_LAYER, layer->cls);
    if (named == NULL || !ours || cornu_is_operation_(layer)) return CORNU_OK;
    for (const cJSON *item = named->child; item != NULL; item = item->next) {
        if (cJSON_IsNull(item) || cJSON_IsFalse(item) || IS_AMONG(values, item->string)) continue;
        bool known = IS_AMONG(tensors, item->string) || names_argument(layer, item->string);
        if (known && !holds_plain_value(item)) continue;
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "its call has an argument '%s' that %s does not take in this form",
            item->string, layer->cls->name
        );
    }
    return CORNU_OK;
}

/* {"args": [...], "kwargs": {...}} */
static cornu_status read_call(
    const cornu_layer *layer, const cJSON *node, reference_list *list, cJSON **args, cJSON **kwargs
) {
    cJSON *given = cJSON_GetObjectItemCaseSensitive(node, "args");
    cJSON *named = cJSON_GetObjectItemCaseSensitive(node, "kwargs");
    if (!cJSON_IsArray(given) || (named != NULL && !cJSON_IsObject(named)))
        CORNU_FAIL(CORNU_EFORMAT, "a call has no proper 'args' and 'kwargs'");
    if (!cornu_is_operation_(layer) && holds_plain_value(given))
        CORNU_FAIL(CORNU_EUNSUPPORTED, "its call has positional arguments that are no tensors");
    CORNU_TRY(check_named(layer, named));
    CORNU_TRY(cornu_structure_visit_(given, cornu_is_tensor_config_, add_tensor_config, list));
    CORNU_TRY(cornu_call_arguments_visit_(named, add_argument, list));
    if (list->missing) return CORNU_OK;
    *args = cJSON_Duplicate(given, true);
    *kwargs = named != NULL ? cJSON_Duplicate(named, true) : cJSON_CreateObject();
    if (*args == NULL || *kwargs == NULL)
        CORNU_FAIL(CORNU_ENOMEM, "out of memory for the arguments of a call");
    return cornu_call_from_dict_(layer, *args, *kwargs);
}

/* Keras 2: [["name", node, tensor, {kwargs}], ...], as upgrade_calls.c leaves it */
static cornu_status read_old_call(
    const cornu_layer *layer, cJSON *node, reference_list *list, cJSON **kwargs
) {
    CORNU_TRY(cornu_structure_visit_(node, cornu_structure_is_leaf_, add_triple, list));
    cJSON *first = cornu_structure_is_leaf_(node) ? node : node->child;
    cJSON *named = cornu_structure_is_leaf_(first) ? cJSON_GetArrayItem(first, 3) : NULL;
    if (named == NULL || !cJSON_IsObject(named) || named->child == NULL) return CORNU_OK;
    CORNU_TRY(check_named(layer, named));
    CORNU_TRY(cornu_call_arguments_visit_(named, add_argument, list));
    if (list->missing) return CORNU_OK;
    *kwargs = cJSON_Duplicate(named, true);
    if (*kwargs == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the arguments of a call");
    return CORNU_OK;
}

static cornu_status make_call(entry *e, reference_list *list, cJSON *args, cJSON *kwargs) {
    cornu_status status =
        cornu_operation_settle_(e->layer, (cornu_tensor_list){list->items, list->count});
    size_t outputs = cornu_layer_call_output_count_(e->layer, cornu_config_of_(kwargs));
    cornu_tensor **made = status == CORNU_OK ? cornu_alloc_array_(outputs, sizeof *made) : NULL;
    if (made == NULL) {
        cJSON_Delete(args);
        cJSON_Delete(kwargs);
        return cornu_error_status();
    }
    e->calls[e->call_count++] = made;
    e->pending = e->pending->next;
    return cornu_symbolic_call_(
        e->layer, (cornu_tensor_list){list->items, list->count}, args, kwargs, made
    );
}

/* Makes the pending call of a layer if its inputs are there. */
static cornu_status try_call(rebuilding *graph, entry *e, bool *done) {
    reference_list list = {.graph = graph, .user = e->name};
    cJSON *node = (cJSON *)(uintptr_t)e->pending, *args = NULL, *kwargs = NULL;
    cornu_status status = cJSON_IsArray(node) ? read_old_call(e->layer, node, &list, &kwargs)
                                              : read_call(e->layer, node, &list, &args, &kwargs);
    if (status == CORNU_OK && !list.missing && list.count == 0)
        status = cornu_error_set(CORNU_EFORMAT, __FILE__, __LINE__, "a call without tensors");
    *done = status == CORNU_OK && !list.missing;
    if (*done) {
        status = make_call(e, &list, args, kwargs);
    } else {
        cJSON_Delete(args);
        cJSON_Delete(kwargs);
        if (status != CORNU_OK && !cornu_starts_with_(cornu_error_message(), "layer '"))
            (void)cornu_layer_error_context_(e->layer);
    }
    cornu_free_(list.items);
    return status;
}

/* Which layers wait for inputs that never come. */
static cornu_status report_cycle(const rebuilding *graph) {
    cornu_text names = {0};
    size_t count = 0;
    for (size_t i = 0; i < graph->count; i++) {
        if (graph->entries[i].pending == NULL) continue;
        if (count++ < 8)
            cornu_text_format_(&names, "%s'%s'", count > 1 ? ", " : "", graph->entries[i].name);
    }
    if (count > 8) cornu_text_add_(&names, ", ...");
    cornu_status status = names.status;
    if (status == CORNU_OK)
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__,
            "the graph has a cycle: the calls of %s wait for one another", names.data
        );
    cornu_text_free_(&names);
    return status;
}

static cornu_status replay(rebuilding *graph) {
    bool progress = true, waiting = true;
    while (progress && waiting) {
        progress = waiting = false;
        for (size_t i = 0; i < graph->count; i++) {
            entry *e = &graph->entries[i];
            bool done = true;
            while (e->pending != NULL && done) {
                CORNU_TRY(try_call(graph, e, &done));
                progress = progress || done;
            }
            waiting = waiting || e->pending != NULL;
        }
    }
    return waiting ? report_cycle(graph) : CORNU_OK;
}

/* ---- layers ---- */
static cornu_status set_nodes(entry *e, const cJSON *object) {
    const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(object, "inbound_nodes");
    if (nodes != NULL && !cJSON_IsArray(nodes))
        CORNU_FAIL(CORNU_EFORMAT, "'inbound_nodes' is no list");
    bool input = cornu_is_input_layer_(e->layer);
    e->pending = input || nodes == NULL ? NULL : nodes->child;
    e->node_count = input ? 1 : nodes != NULL ? (size_t)cJSON_GetArraySize(nodes) : 0;
    e->calls = cornu_alloc_array_(e->node_count, sizeof *e->calls);
    if (e->calls == NULL) return CORNU_ENOMEM;
    if (!input) return CORNU_OK;
    e->calls[0] = cornu_alloc_(sizeof **e->calls);
    if (e->calls[0] == NULL) return CORNU_ENOMEM;
    e->call_count = 1;
    e->calls[0][0] = cornu_symbolic_input_(e->layer);
    return e->calls[0][0] != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status read_entry(rebuilding *graph, entry *e, const cJSON *object) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    e->name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "name"));
    if (e->name == NULL)
        e->name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"));
    if (e->name == NULL) CORNU_FAIL(CORNU_EFORMAT, "a layer without a name");
    if (cornu_map_get_text_(&graph->by_name, e->name) != NULL)
        CORNU_FAIL(CORNU_EFORMAT, "two layers have the name '%s'", e->name);
    e->layer = cornu_read_layer_(graph->reader, object);
    if (e->layer == NULL) return cornu_error_status();
    e->layer->state_->floating = false; /* the entry holds it; calls take references of their own */
    CORNU_TRY(cornu_map_put_text_(&graph->by_name, e->name, e));
    return set_nodes(e, object);
}

static cornu_status read_entries(rebuilding *graph, const cJSON *layers) {
    if (!cJSON_IsArray(layers)) CORNU_FAIL(CORNU_EFORMAT, "the config has no list 'layers'");
    size_t count = (size_t)cJSON_GetArraySize(layers);
    graph->entries = cornu_alloc_array_(count, sizeof *graph->entries);
    if (graph->entries == NULL) return CORNU_ENOMEM;
    for (const cJSON *item = layers->child; item != NULL; item = item->next) {
        entry *e = &graph->entries[graph->count];
        graph->count++;
        CORNU_TRY(read_entry(graph, e, item), "layers/%zu", graph->count - 1);
    }
    return CORNU_OK;
}

/* ---- the model ---- */
/* The tensors of input_layers or output_layers, and a copy of the structure. */
static cornu_status read_ends(
    const cJSON *config, const char *key, reference_list *list, cJSON **structure
) {
    list->counts_from_one = true;
    cJSON *given = cJSON_GetObjectItemCaseSensitive(config, key);
    if (!cJSON_IsArray(given) && !cJSON_IsObject(given))
        CORNU_FAIL(CORNU_EFORMAT, "the config has no '%s'", key);
    CORNU_TRY(cornu_structure_visit_(given, cornu_structure_is_leaf_, add_triple, list), "%s", key);
    if (list->count == 0) CORNU_FAIL(CORNU_EFORMAT, "'%s' is empty", key);
    *structure = cJSON_Duplicate(given, true);
    if (*structure == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    return CORNU_OK;
}

static cornu_model *make_model(rebuilding *graph, const cJSON *config) {
    reference_list inputs = {.graph = graph}, outputs = {.graph = graph};
    cJSON *in = NULL, *out = NULL;
    cornu_model *model = NULL;
    cornu_status status = read_ends(config, "input_layers", &inputs, &in);
    if (status == CORNU_OK) status = read_ends(config, "output_layers", &outputs, &out);
    if (status == CORNU_OK) {
        model = cornu_functional_make_(
            (cornu_tensor_list){inputs.items, inputs.count},
            (cornu_tensor_list){outputs.items, outputs.count}, in, out,
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"))
        );
    } else {
        cJSON_Delete(in);
        cJSON_Delete(out);
    }
    cornu_free_(inputs.items);
    cornu_free_(outputs.items);
    return model;
}

static void release(rebuilding *graph) {
    for (size_t i = 0; i < graph->count; i++) {
        entry *e = &graph->entries[i];
        for (size_t k = 0; k < e->call_count; k++) cornu_free_(e->calls[k]);
        cornu_free_(e->calls);
        cornu_layer_free(e->layer);
    }
    cornu_free_(graph->entries);
    cornu_map_free_(&graph->by_name);
}

cornu_model *cornu_read_functional_(cornu_model_reader *reader, const cJSON *config) {
    rebuilding graph = {.reader = reader};
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return NULL;
    cornu_model *model = NULL;
    if (read_entries(&graph, cJSON_GetObjectItemCaseSensitive(config, "layers")) == CORNU_OK &&
        replay(&graph) == CORNU_OK)
        model = make_model(&graph, config);
    if (model == NULL) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"));
        if (name != NULL && !cornu_starts_with_(cornu_error_message(), "model '"))
            (void)cornu_error_context("model '%s'", name);
    }
    release(&graph);
    cornu_scope_end(scope);
    return model;
}
