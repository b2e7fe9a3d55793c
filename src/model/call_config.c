/* The calls of a functional model as Keras writes them (inbound_nodes).
 * Keras: keras/src/models/functional.py, serialize_node. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

bool cornu_is_tensor_config_(const cJSON *json) {
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "class_name");
    return cJSON_IsString(name) && strcmp(name->valuestring, "__keras_tensor__") == 0;
}

cJSON *cornu_shape_config_(const cornu_shape *shape) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; list != NULL && i < shape->rank; i++) {
        int64_t size = shape->dims[i];
        cJSON *item = size < 0 ? cJSON_CreateNull() : cornu_json_int_(size);
        if (cornu_json_put_(list, NULL, item) != CORNU_OK) return cJSON_Delete(list), NULL;
    }
    return list;
}

static cornu_status put_history(cJSON *config, const cornu_graph_slot *slot) {
    cJSON *history = cJSON_AddArrayToObject(config, "keras_history");
    if (history == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    CORNU_TRY(cornu_json_put_(history, NULL, cJSON_CreateString(slot->layer->name)));
    CORNU_TRY(cornu_json_put_(history, NULL, cornu_json_int_(slot->node_index)));
    return cornu_json_put_(history, NULL, cornu_json_int_((int64_t)slot->tensor_index));
}

typedef struct {
    const struct cornu_topology *graph;
    const cornu_graph_step *step;
    size_t next;
} tensor_filling;

/* Makes the leaf, whatever it held, the reference to the next input of the call. It keeps its place
 * and its key. */
static cornu_status fill_tensor(cJSON *leaf, void *user) {
    tensor_filling *filling = user;
    if (filling->next >= filling->step->input_count)
        CORNU_FAIL(CORNU_EINVAL, "a call has more tensors than inputs");
    const cornu_graph_slot *slot = &filling->graph->slots[filling->step->inputs[filling->next++]];
    while (leaf->child != NULL) cJSON_Delete(cJSON_DetachItemViaPointer(leaf, leaf->child));
    leaf->type = cJSON_Object;
    CORNU_TRY(cornu_json_put_(leaf, "class_name", cJSON_CreateString("__keras_tensor__")));
    cJSON *config = cJSON_AddObjectToObject(leaf, "config");
    if (config == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    CORNU_TRY(cornu_json_put_(config, "shape", cornu_shape_config_(&slot->shape)));
    CORNU_TRY(cornu_json_put_(config, "dtype", cJSON_CreateString(cornu_dtype_name(slot->dtype))));
    return put_history(config, slot);
}

static cornu_status fill_null(cJSON *leaf, void *user) {
    (void)user;
    while (leaf->child != NULL) cJSON_Delete(cJSON_DetachItemViaPointer(leaf, leaf->child));
    leaf->type = cJSON_NULL;
    return CORNU_OK;
}

static cornu_status fill_argument(const cornu_call_argument *argument, cJSON *leaf, void *user) {
    (void)argument;
    return fill_tensor(leaf, user);
}

/* The structure in which a layer takes its inputs: a model its own, others one tensor or a list. */
static cJSON *input_structure(const cornu_graph_step *step) {
    if (step->layer->cls == &cornu_functional_class_) {
        const cornu_model *model = (const cornu_model *)(const void *)step->layer;
        return cJSON_Duplicate(model->input_structure, true);
    }
    size_t order_of_few[8], *order = order_of_few;
    size_t count = step->input_count - step->named_count;
    if (count > sizeof order_of_few / sizeof *order_of_few)
        order = cornu_alloc_array_(count, sizeof *order);
    cJSON *structure = order != NULL ? cornu_structure_new_(count, NULL, order) : NULL;
    if (order != order_of_few) cornu_free_(order);
    return structure;
}

size_t cornu_inputs_with_names_(const cornu_layer *layer, size_t count) {
    const char *const *names = layer->cls->arguments;
    size_t named = 0;
    while (named < count && names[named] != NULL && strstr(names[named], "[]") == NULL) named++;
    return named;
}

/* The next inputs, as elements of `list`. */
static cornu_status put_inputs(cJSON *list, size_t count, tensor_filling *filling) {
    for (size_t i = 0; i < count; i++) {
        cJSON *leaf = cJSON_CreateObject();
        CORNU_TRY(cornu_json_put_(list, NULL, leaf));
        CORNU_TRY(fill_tensor(leaf, filling));
    }
    return CORNU_OK;
}

static cornu_status put_args(cJSON *call, const cornu_graph_step *step, tensor_filling *filling) {
    if (step->args != NULL) {
        CORNU_TRY(cornu_json_put_(call, "args", cJSON_Duplicate(step->args, true)));
        return cornu_structure_visit_(
            cJSON_GetObjectItemCaseSensitive(call, "args"), cornu_is_tensor_config_, fill_tensor,
            filling
        );
    }
    cJSON *args = cJSON_AddArrayToObject(call, "args");
    if (args == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    if (step->layer->cls->arguments != NULL) {
        size_t count = step->input_count - step->named_count;
        return put_inputs(args, cornu_inputs_with_names_(step->layer, count), filling);
    }
    CORNU_TRY(cornu_json_put_(args, NULL, input_structure(step)));
    return cornu_structure_visit_(args->child, cornu_structure_is_leaf_, fill_tensor, filling);
}

/* Layers whose `call` has an argument `mask`: Keras records it, mostly as null. */
static bool takes_mask(const cornu_layer *layer) {
    static const char *const names[] = {
        "BatchNormalization",
        "Bidirectional",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "GRU",
        "LSTM",
        "GlobalAveragePooling1D",
        "RNN",
        "SimpleRNN",
        "Softmax",
        "TimeDistributed",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(layer->cls->name, names[i]) == 0) return true;
    }
    return cornu_layer_is_model_(layer);
}

/* The inputs that share a name, "initial_state[]", as a list of that name. */
static cornu_status make_rest(
    const cornu_graph_step *step, tensor_filling *filling, char **name, cJSON **list
) {
    size_t count = step->input_count - step->named_count;
    *name = NULL;
    if (step->args != NULL || step->layer->cls->arguments == NULL) return CORNU_OK;
    size_t named = cornu_inputs_with_names_(step->layer, count);
    if (named == count) return CORNU_OK;
    if (step->layer->cls->arguments[named] == NULL)
        CORNU_FAIL(CORNU_EINVAL, "layer '%s' has too many inputs", step->layer->name);
    *name = cornu_strdup_(step->layer->cls->arguments[named]);
    *list = cJSON_CreateArray();
    if (*name == NULL || *list == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    *strchr(*name, '[') = '\0';
    return put_inputs(*list, count - named, filling);
}

static cornu_status put_rest(cJSON *kwargs, const char *name, cJSON *list) {
    return name != NULL ? cornu_json_put_(kwargs, name, list) : CORNU_OK;
}

static cornu_status put_kwargs(cJSON *call, const cornu_graph_step *step, tensor_filling *filling) {
    cJSON *kwargs =
        step->kwargs != NULL ? cJSON_Duplicate(step->kwargs, true) : cJSON_CreateObject();
    CORNU_TRY(cornu_json_put_(call, "kwargs", kwargs));
    char *name;
    cJSON *rest = NULL;
    cornu_status status = make_rest(step, filling, &name, &rest);
    if (status == CORNU_OK) status = cornu_call_arguments_visit_(kwargs, fill_argument, filling);
    if (status == CORNU_OK) status = put_rest(kwargs, name, rest);
    else cJSON_Delete(rest);
    cornu_free_(name);
    CORNU_TRY(status);
    if (step->args != NULL || !takes_mask(step->layer) || cJSON_HasObjectItem(kwargs, "mask"))
        return CORNU_OK;
    if (step->layer->cls->arguments != NULL)
        return cornu_json_put_(kwargs, "mask", cJSON_CreateNull());
    CORNU_TRY(cornu_json_put_(kwargs, "mask", input_structure(step)));
    return cornu_structure_visit_(
        cJSON_GetObjectItemCaseSensitive(kwargs, "mask"), cornu_structure_is_leaf_, fill_null, NULL
    );
}

cJSON *cornu_call_config_(const struct cornu_topology *graph, const cornu_graph_step *step) {
    cJSON *call = cJSON_CreateObject();
    if (call == NULL) CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for the config");
    tensor_filling filling = {graph, step, 0};
    if (put_args(call, step, &filling) == CORNU_OK &&
        put_kwargs(call, step, &filling) == CORNU_OK &&
        cornu_call_to_dict_(step->layer, call) == CORNU_OK)
        return call;
    cJSON_Delete(call);
    return NULL;
}
