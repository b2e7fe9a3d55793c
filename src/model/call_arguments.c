/* Tensors among the keyword arguments of a call, layer(x, count_weights=w, initial_state=[h, c]):
 * inputs of the call beside the positional ones. Keras: keras/src/ops/symbolic_arguments.py. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

typedef struct {
    cornu_call_argument argument;
    cornu_status (*visit)(const cornu_call_argument *argument, cJSON *leaf, void *user);
    void *user;
} search;

static cornu_status found_in_dict(cJSON *leaf, void *user) {
    search *s = user;
    CORNU_TRY(s->visit(&s->argument, leaf, s->user));
    s->argument.index++;
    return CORNU_OK;
}

/* `argument.index` counts everything in a list, so that [null, mask] is the mask of the second. */
static cornu_status look(search *s, cJSON *value) {
    if (cornu_is_tensor_config_(value)) {
        CORNU_TRY(s->visit(&s->argument, value, s->user));
        s->argument.index++;
        return CORNU_OK;
    }
    if (cJSON_IsObject(value) && !cJSON_HasObjectItem(value, "class_name"))
        return cornu_structure_visit_(value, cornu_is_tensor_config_, found_in_dict, s);
    if (!cJSON_IsArray(value)) return s->argument.index++, CORNU_OK;
    for (cJSON *item = value->child; item != NULL; item = item->next) CORNU_TRY(look(s, item));
    return CORNU_OK;
}

cornu_status cornu_call_arguments_visit_(
    const cJSON *kwargs,
    cornu_status (*visit)(const cornu_call_argument *argument, cJSON *leaf, void *user), void *user
) {
    for (cJSON *item = kwargs != NULL ? kwargs->child : NULL; item != NULL; item = item->next) {
        search s = {.argument = {.name = item->string}, .visit = visit, .user = user};
        CORNU_TRY(look(&s, item));
    }
    return CORNU_OK;
}

typedef struct {
    cornu_call_argument *items;
    size_t count, capacity;
} argument_list;

static cornu_status add(const cornu_call_argument *argument, cJSON *leaf, void *user) {
    argument_list *list = user;
    (void)leaf;
    CORNU_TRY(CORNU_RESERVE_(list->items, list->capacity, list->count + 1));
    list->items[list->count++] = *argument;
    return CORNU_OK;
}

cornu_status cornu_call_arguments_(
    const cJSON *kwargs, cornu_call_argument **arguments, size_t *count
) {
    argument_list list = {0};
    cornu_status status = cornu_call_arguments_visit_(kwargs, add, &list);
    *arguments = list.items;
    *count = list.count;
    if (status == CORNU_OK) return CORNU_OK;
    cornu_free_(list.items);
    *arguments = NULL;
    return status;
}

/* Whether `name` is what input `index` is called; the last name of a class may stand for a list.
 * Keras knows three names for the only input, or the list of all, of a layer whose class says
 * none. */
static bool names_input(const cornu_layer *layer, size_t index, const char *name) {
    static const char *const usual[] = {"inputs", "data", "x"};
    const char *const *names = layer->cls->arguments;
    if (names != NULL) {
        size_t at = 0, length = strlen(name);
        while (at < index && names[at] != NULL && strchr(names[at], '[') == NULL) at++;
        if (names[at] == NULL || strncmp(names[at], name, length) != 0) return false;
        return strcmp(names[at] + length, at < index ? "[]" : "") == 0 ||
               strcmp(names[at] + length, "[]") == 0;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strcmp(usual[i], name) == 0) return true;
    return false;
}

static const cJSON *member(const cJSON *dict, const char *name, size_t *rank) {
    *rank = 0; /* among the keys as they are flattened, sorted */
    for (const cJSON *item = dict->child; item != NULL; item = item->next)
        if (strcmp(item->string, name) < 0) ++*rank;
    return cJSON_GetObjectItemCaseSensitive(dict, name);
}

/* A model with a list of inputs takes a dict as well, by the names of its inputs. Keras:
 * keras/src/models/functional.py, _standardize_inputs */
static cornu_status order_by_names(const cornu_layer *layer, const cJSON *given, size_t *order) {
    const cornu_model *model = (const cornu_model *)(const void *)layer;
    if (layer->cls != &cornu_functional_class_ || cJSON_IsObject(model->input_structure))
        return CORNU_OK;
    if (!cJSON_IsObject(given) || cornu_is_tensor_config_(given)) return CORNU_OK;
    if ((size_t)cJSON_GetArraySize(given) != model->input_count)
        CORNU_FAIL(
            CORNU_EINVAL, "has %zu inputs, and is called with %d by name", model->input_count,
            cJSON_GetArraySize(given)
        );
    for (size_t i = 0; i < model->input_count; i++)
        if (!cornu_is_tensor_config_(member(given, model->input_names[i], &order[i])))
            CORNU_FAIL(
                CORNU_EINVAL, "is called with inputs by name, of which none is '%s'",
                model->input_names[i]
            );
    return CORNU_OK;
}

cornu_status cornu_call_arguments_settle_(
    const cornu_layer *layer, size_t count, const cJSON *args, const cJSON *kwargs,
    cornu_call_argument *arguments, size_t *argument_count, size_t *order
) {
    size_t named = *argument_count, positional = count - named, placed = positional;
    for (size_t i = 0; i < count; i++) order[i] = i;
    bool may_name = !cornu_is_operation_(layer) && (layer->cls->arguments != NULL || placed == 0);
    bool found = may_name;
    while (found) {
        found = false;
        for (size_t i = 0; i < *argument_count && !found; i++) {
            if (!names_input(layer, placed, arguments[i].name)) continue;
            found = true;
            /* behind those that have their place, the others move on by one */
            size_t at = placed + i, file = order[at];
            memmove(order + placed + 1, order + placed, i * sizeof *order);
            order[placed++] = file;
            --*argument_count;
            memmove(arguments + i, arguments + i + 1, (*argument_count - i) * sizeof *arguments);
        }
    }
    const cJSON *given = args != NULL && args->child != NULL
                             ? args->child
                             : cJSON_GetObjectItemCaseSensitive(kwargs, "inputs");
    return order_by_names(layer, given, order);
}

static cornu_status put_tensor(cJSON *parent, const char *key) {
    cJSON *leaf = cJSON_CreateObject();
    CORNU_TRY(cornu_json_put_(parent, key, leaf));
    return cornu_json_put_(leaf, "class_name", cJSON_CreateString("__keras_tensor__"));
}

cornu_status cornu_call_arguments_put_(
    cJSON *kwargs, const cornu_call_argument *arguments, size_t count
) {
    for (size_t i = 0; i < count; i++) {
        const char *name = arguments[i].name;
        bool several = i + 1 < count && strcmp(arguments[i + 1].name, name) == 0;
        cJSON *list = cJSON_GetObjectItemCaseSensitive(kwargs, name);
        if (list == NULL && !several && arguments[i].index == 0) {
            CORNU_TRY(put_tensor(kwargs, name));
            continue;
        }
        if (list == NULL) {
            list = cJSON_CreateArray();
            CORNU_TRY(cornu_json_put_(kwargs, name, list));
        }
        if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > arguments[i].index)
            CORNU_FAIL(
                CORNU_EINVAL, "the argument '%s' of a call is given twice, or out of order", name
            );
        while ((size_t)cJSON_GetArraySize(list) < arguments[i].index)
            CORNU_TRY(cornu_json_put_(list, NULL, cJSON_CreateNull()));
        CORNU_TRY(put_tensor(list, NULL));
    }
    return CORNU_OK;
}
