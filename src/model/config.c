/* From models to configs, as Keras 3 writes them into config.json.
 * Keras: get_config of keras/src/models/{sequential,functional}.py, serialize_keras_object of
 * keras/src/saving/serialization_lib.py. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"

static cornu_status no_memory(void) { CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config"); }

/* Which layers were written already, and where: a layer inside two models is one object, and both
 * places get the same shared_object_id. */
typedef struct {
    cornu_map written; /* layer -> its JSON */
    int64_t shared;    /* ids given */
} config_writer;

static cornu_status put_config(config_writer *writer, cJSON *config, cornu_model *model);

/* ---- build_config ---- */
/* Layers that Keras builds when they are made: they keep no shape, and write none. */
bool cornu_built_when_made_(const cornu_layer *layer) {
    static const char *const names[] = {
        "Activation",
        "ActivityRegularization",
        "AlphaDropout",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
        "Identity",
        "InputLayer",
        "LeakyReLU",
        "Masking",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
        "ReLU",
        "Reshape",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "UnitNormalization",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(layer->cls->name, names[i]) == 0) return true;
    }
    return false;
}

static cJSON *shape_list(const cornu_shape *shapes, size_t count) {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (cornu_json_put_(list, NULL, cornu_shape_config_(&shapes[i])) != CORNU_OK)
            return cJSON_Delete(list), NULL;
    }
    return list;
}

/* {"query_shape": [...], ...}; what shares a name, a list: {"initial_state_shape": [[...], ...]} */
static cornu_status put_shapes(cJSON *config, const cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    size_t count = state->build_shape_count, named = cornu_inputs_with_names_(layer, count);
    cJSON *dict = cJSON_AddObjectToObject(config, "shapes_dict");
    if (dict == NULL) return no_memory();
    for (size_t i = 0; i < count && i <= named && layer->cls->arguments[i] != NULL; i++) {
        const char *name = layer->cls->arguments[i];
        const cornu_shape *shapes = &state->build_shapes[i];
        char *key = cornu_format_("%.*s_shape", (int)strcspn(name, "["), name);
        if (key == NULL) return CORNU_ENOMEM;
        cornu_status status = cornu_json_put_(
            dict, key, i < named ? cornu_shape_config_(shapes) : shape_list(shapes, count - i)
        );
        cornu_free_(key);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static cornu_status put_build_config(cJSON *object, const cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    bool functional = layer->cls == &cornu_functional_class_;
    if (!functional &&
        (!layer->built || state->build_shape_count == 0 || cornu_built_when_made_(layer)))
        return CORNU_OK;
    cJSON *config = cJSON_AddObjectToObject(object, "build_config");
    if (config == NULL) return no_memory();
    if (layer->cls->arguments != NULL && state->build_shape_count > 1)
        return put_shapes(config, layer);
    cJSON *shapes = functional ? cJSON_CreateNull()
                    : state->build_shape_count == 1
                        ? cornu_shape_config_(&state->build_shapes[0])
                        : shape_list(state->build_shapes, state->build_shape_count);
    return cornu_json_put_(config, "input_shape", shapes);
}

/* ---- layers inside ---- */
/* {} for a model that is not compiled, as in Keras. */
static cornu_status put_compile_config(cJSON *object, cornu_model *model) {
    cJSON *config = model->training != NULL ? cornu_training_class_.compile_config(model) : NULL;
    if (config == NULL) {
        if (model->training != NULL && cornu_error_status() != CORNU_OK)
            return cornu_error_status();
        config = cJSON_CreateObject();
    }
    return cornu_json_put_(object, "compile_config", config);
}

static cornu_status mark_shared(config_writer *writer, const cornu_layer *layer, cJSON *object) {
    cJSON *first = cornu_map_get_(&writer->written, (uintptr_t)layer);
    if (first == NULL) return cornu_map_put_(&writer->written, (uintptr_t)layer, object);
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(first, "shared_object_id");
    if (id == NULL) {
        CORNU_TRY(cornu_json_put_(first, "shared_object_id", cornu_json_int_(++writer->shared)));
        id = cJSON_GetObjectItemCaseSensitive(first, "shared_object_id");
    }
    return cornu_json_put_(object, "shared_object_id", cJSON_Duplicate(id, true));
}

static cJSON *serialize_model(config_writer *writer, cornu_model *model);

static cJSON *serialize_layer(config_writer *writer, cornu_layer *layer) {
    bool is_model = cornu_layer_is_model_(layer);
    if (cornu_is_operation_(layer)) return cornu_operation_write_(layer);
    cJSON *object = is_model ? serialize_model(writer, (cornu_model *)(void *)layer)
                             : cornu_object_serialize_(CORNU_FAMILY_LAYER, layer);
    if (object == NULL) return NULL;
    cornu_status status = is_model ? put_compile_config(object, (cornu_model *)(void *)layer)
                                   : put_build_config(object, layer);
    if (status == CORNU_OK) status = mark_shared(writer, layer, object);
    if (status == CORNU_OK) return object;
    cJSON_Delete(object);
    return NULL;
}

/* Marks of sharing are those of the layer alone. */
cJSON *cornu_nested_layer_write_(const void *layer) {
    config_writer writer = {0};
    cJSON *object = serialize_layer(&writer, (cornu_layer *)(uintptr_t)layer);
    cornu_map_free_(&writer.written);
    return object;
}

/* ---- sequential ---- */
static cornu_status put_policy(cJSON *config, const char *name) {
    cJSON *policy = cJSON_AddObjectToObject(config, "dtype");
    if (policy == NULL) return no_memory();
    CORNU_TRY(cornu_json_put_(policy, "module", cJSON_CreateString("keras")));
    CORNU_TRY(cornu_json_put_(policy, "class_name", cJSON_CreateString("DTypePolicy")));
    cJSON *inner = cJSON_AddObjectToObject(policy, "config");
    if (inner == NULL) return no_memory();
    CORNU_TRY(cornu_json_put_(inner, "name", cJSON_CreateString(name)));
    return cornu_json_put_(policy, "registered_name", cJSON_CreateNull());
}

static cornu_status put_sequential(config_writer *writer, cJSON *config, const cornu_model *model) {
    const struct cornu_layer_state *state = model->base.state_;
    CORNU_TRY(put_policy(config, state->dtype_policy));
    cJSON *layers = cJSON_AddArrayToObject(config, "layers");
    if (layers == NULL) return no_memory();
    if (model->input_layer != NULL)
        CORNU_TRY(cornu_json_put_(layers, NULL, serialize_layer(writer, model->input_layer)));
    for (size_t i = 0; i < state->sublayer_count; i++)
        CORNU_TRY(cornu_json_put_(layers, NULL, serialize_layer(writer, state->sublayers[i].layer))
        );
    if (!model->base.built) return CORNU_OK;
    return cornu_json_put_(
        config, "build_input_shape", cornu_shape_config_(&model->input_shapes[0])
    );
}

/* ---- functional ---- */
static int64_t node_count(const struct cornu_topology *graph, const cornu_layer *layer) {
    int64_t count = 0;
    for (size_t i = 0; i < graph->step_count; i++) count += graph->steps[i].layer == layer;
    return count;
}

static const cornu_graph_step *find_step(
    const struct cornu_topology *graph, const cornu_layer *layer, int64_t node_index
) {
    for (size_t i = 0; i < graph->step_count; i++) {
        if (graph->steps[i].layer == layer && graph->steps[i].node_index == node_index)
            return &graph->steps[i];
    }
    return NULL;
}

static cornu_status put_graph_layer(
    config_writer *writer, cJSON *list, const struct cornu_topology *graph, cornu_layer *layer
) {
    cJSON *entry = serialize_layer(writer, layer);
    CORNU_TRY(cornu_json_put_(list, NULL, entry));
    CORNU_TRY(cornu_json_put_(entry, "name", cJSON_CreateString(layer->name)));
    cJSON *nodes = cJSON_AddArrayToObject(entry, "inbound_nodes");
    if (nodes == NULL) return no_memory();
    int64_t count = node_count(graph, layer);
    for (int64_t i = 0; i < count; i++) {
        const cornu_graph_step *step = find_step(graph, layer, i);
        if (step != NULL) CORNU_TRY(cornu_json_put_(nodes, NULL, cornu_call_config_(graph, step)));
    }
    return CORNU_OK;
}

static cornu_status put_functional(config_writer *writer, cJSON *config, const cornu_model *model) {
    const struct cornu_topology *graph = model->graph;
    cJSON *layers = cJSON_AddArrayToObject(config, "layers");
    if (layers == NULL) return no_memory();
    for (size_t i = 0; i < graph->layer_count; i++)
        CORNU_TRY(put_graph_layer(writer, layers, graph, graph->layers[i]));
    CORNU_TRY(cornu_json_put_(config, "input_layers", cJSON_Duplicate(model->input_structure, true))
    );
    return cornu_json_put_(config, "output_layers", cJSON_Duplicate(model->output_structure, true));
}

/* ---- whole models ---- */
static cornu_status put_config(config_writer *writer, cJSON *config, cornu_model *model) {
    if (model->base.cls == &cornu_subclass_class_)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "model '%s' is a function in C, which no config can hold; save its weights instead "
            "(cornu_save_weights)",
            model->base.name
        );
    CORNU_TRY(cornu_json_put_(config, "name", cJSON_CreateString(model->base.name)));
    CORNU_TRY(cornu_json_put_(config, "trainable", cJSON_CreateBool(model->base.trainable)));
    if (model->base.cls == &cornu_sequential_class_) return put_sequential(writer, config, model);
    CORNU_TRY(cornu_functional_refresh_(model)); /* layers may have got other names since */
    return put_functional(writer, config, model);
}

cornu_status cornu_model_get_config_(const void *object, cornu_config *config) {
    config_writer writer = {0};
    cornu_status status =
        put_config(&writer, cornu_config_json_(config), (cornu_model *)(uintptr_t)object);
    cornu_map_free_(&writer.written);
    return status;
}

static cornu_status put_model(config_writer *writer, cJSON *object, cornu_model *model) {
    bool functional = model->base.cls == &cornu_functional_class_;
    const char *module = functional ? "keras.src.models.functional" : "keras";
    CORNU_TRY(cornu_json_put_(object, "module", cJSON_CreateString(module)));
    CORNU_TRY(cornu_json_put_(object, "class_name", cJSON_CreateString(model->base.cls->name)));
    cJSON *config = cJSON_AddObjectToObject(object, "config");
    if (config == NULL) return no_memory();
    CORNU_TRY(put_config(writer, config, model));
    cJSON *registered = functional ? cJSON_CreateString("Functional") : cJSON_CreateNull();
    CORNU_TRY(cornu_json_put_(object, "registered_name", registered));
    return put_build_config(object, &model->base);
}

static cJSON *serialize_model(config_writer *writer, cornu_model *model) {
    cJSON *object = cJSON_CreateObject();
    if (object == NULL) return (void)no_memory(), NULL;
    if (put_model(writer, object, model) == CORNU_OK) return object;
    cJSON_Delete(object);
    return NULL;
}

cJSON *cornu_model_serialize_(cornu_model *model) {
    if (model == NULL) return (void)cornu_error_null("model"), NULL;
    config_writer writer = {0};
    cJSON *object = serialize_model(&writer, model);
    cornu_map_free_(&writer.written);
    return object;
}

char *cornu_model_to_json(cornu_model *model) {
    cJSON *object = cornu_model_serialize_(model);
    if (object == NULL) return NULL;
    char *text = NULL;
    if (put_compile_config(object, model) == CORNU_OK) text = cornu_json_print_(object);
    cJSON_Delete(object);
    return text;
}
