/* From configs to models. Keras: from_config of keras/src/models/sequential.py,
 * deserialize_keras_object of keras/src/saving/serialization_lib.py. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/upgrade.h"

static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static const cJSON *config_of(const cJSON *object) {
    return cJSON_GetObjectItemCaseSensitive(object, "config");
}

/* Keras 2 calls functional models "Model", too. */
static bool is_sequential(const cJSON *object) {
    const char *name = text_of(object, "class_name");
    return name != NULL && strcmp(name, "Sequential") == 0;
}

static bool is_functional(const cJSON *object) {
    const char *name = text_of(object, "class_name");
    if (name == NULL || (strcmp(name, "Functional") != 0 && strcmp(name, "Model") != 0))
        return false;
    return cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(config_of(object), "layers"));
}

/* ---- unknown classes ---- */
static bool is_known(const cJSON *object) {
    if (is_sequential(object) || is_functional(object)) return !cornu_is_foreign_(object);
    const char *name = text_of(object, "registered_name");
    if (name == NULL || strchr(name, '>') == NULL) name = text_of(object, "class_name");
    if (cornu_is_operation_config_(object)) return cornu_operation_known_(object);
    const void *cls = name != NULL ? cornu_class_find_(CORNU_FAMILY_LAYER, name) : NULL;
    bool another = cornu_is_foreign_(object) && cornu_class_is_builtin_(CORNU_FAMILY_LAYER, cls);
    return cls != NULL && !another;
}

static void list_unknown(const cJSON *object, const char *path, cornu_text *list) {
    if (!is_known(object)) {
        const char *name = text_of(object, "class_name");
        const char *registered = text_of(object, "registered_name");
        if (registered != NULL && strchr(registered, '>') != NULL) name = registered;
        cornu_text_add_(list, list->length > 0 ? "; " : "");
        if (path[0] != '\0') cornu_text_format_(list, "%s: ", path);
        if (cornu_is_operation_config_(object)) cornu_text_format_(list, "operation ");
        if (cornu_is_foreign_(object)) cornu_text_format_(list, "%s.", text_of(object, "module"));
        cornu_text_add_(list, name != NULL ? name : "an object without class_name");
        return;
    }
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(config_of(object), "layers");
    if ((!is_sequential(object) && !is_functional(object)) || !cJSON_IsArray(layers)) return;
    size_t index = 0;
    for (const cJSON *layer = layers->child; layer != NULL; layer = layer->next, index++) {
        const char *name = text_of(layer, "name");
        if (name == NULL) name = text_of(config_of(layer), "name");
        char *inner = cornu_format_(
            "%s%slayers/%zu '%s'", path, path[0] != '\0' ? "/" : "", index, name != NULL ? name : ""
        );
        if (inner == NULL) {
            list->status = CORNU_ENOMEM;
            return;
        }
        list_unknown(layer, inner, list);
        cornu_free_(inner);
    }
}

/* All of them in one message, so that a user learns at once what is missing. */
static cornu_status check_classes(const cJSON *object) {
    cornu_text list = {0};
    list_unknown(object, "", &list);
    cornu_status status = list.status;
    if (status == CORNU_OK && list.length > 0)
        status =
            cornu_error_set(CORNU_EUNKNOWN, __FILE__, __LINE__, "unknown classes: %s", list.data);
    cornu_text_free_(&list);
    return status;
}

/* ---- sequential ---- */
static cornu_status get_shape(
    const cJSON *config, const char *key, cornu_shape *shape, bool *given
) {
    *given = cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(config, key));
    if (!*given) return CORNU_OK;
    CORNU_TRY(cornu_config_get_sizes(cornu_config_of_((cJSON *)(uintptr_t)config), key, shape));
    *given = shape->rank > 0;
    return CORNU_OK;
}

/* Keras 2 lets a first layer say the shape of the input. */
static cornu_status input_of_keras_2(cornu_model *model, const cJSON *first) {
    cornu_shape shape;
    bool given;
    CORNU_TRY(get_shape(config_of(first), "batch_input_shape", &shape, &given));
    if (!given || model->input_layer != NULL) return CORNU_OK;
    return cornu_sequential_set_input_(
        model, &shape, model->base.state_->sublayers[0].layer->compute_dtype
    );
}

/* Built for the shape under `key`, unless it is built already. */
static cornu_status build_from(cornu_model *model, const cJSON *config, const char *key) {
    cornu_shape shape;
    bool given;
    CORNU_TRY(get_shape(config, key, &shape, &given));
    if (!given || model->base.built || model->base.state_->sublayer_count == 0) return CORNU_OK;
    CORNU_TRY(cornu_sequential_set_input_(
        model, &shape, model->base.state_->sublayers[0].layer->compute_dtype
    ));
    return cornu_sequential_settle_(model);
}

static cornu_status fill_sequential(
    cornu_model_reader *reader, cornu_model *model, const cJSON *config
) {
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(config, "layers");
    if (!cJSON_IsArray(layers)) CORNU_FAIL(CORNU_EFORMAT, "the config has no list 'layers'");
    size_t index = 0;
    for (const cJSON *item = layers->child; item != NULL; item = item->next, index++) {
        cornu_layer *layer = cornu_read_layer_(reader, item);
        if (layer == NULL) return cornu_error_context("layers/%zu", index);
        CORNU_TRY(cornu_sequential_append_(model, layer), "layers/%zu", index);
    }
    if (model->base.state_->sublayer_count > 0) CORNU_TRY(input_of_keras_2(model, layers->child));
    CORNU_TRY(cornu_sequential_settle_(model));
    return build_from(model, config, "build_input_shape");
}

/* A model computes nothing itself; its policy is kept for the file. */
static cornu_status set_policy(cornu_model *model, const cJSON *config) {
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(config, "dtype");
    const char *name =
        cJSON_IsString(dtype) ? dtype->valuestring : text_of(config_of(dtype), "name");
    if (name == NULL) return CORNU_OK;
    char *own = cornu_strdup_(name);
    if (own == NULL) return CORNU_ENOMEM;
    cornu_free_(model->base.state_->dtype_policy);
    model->base.state_->dtype_policy = own;
    return CORNU_OK;
}

static cornu_model *read_sequential(cornu_model_reader *reader, const cJSON *object) {
    const cJSON *config = config_of(object);
    const cJSON *build = cJSON_GetObjectItemCaseSensitive(object, "build_config");
    cornu_model *model = cornu_model_make_(&cornu_sequential_class_, text_of(config, "name"));
    if (model == NULL) return NULL;
    if (set_policy(model, config) == CORNU_OK &&
        fill_sequential(reader, model, config) == CORNU_OK &&
        build_from(model, build, "input_shape") == CORNU_OK)
        return model;
    (void)cornu_model_error_context_(model);
    cornu_model_free(model);
    return NULL;
}

/* ---- layers and models ---- */
static cornu_layer *read_fresh(cornu_model_reader *reader, const cJSON *object) {
    const cJSON *config = config_of(object);
    if (cornu_is_operation_config_(object)) return cornu_operation_read_(object);
    if (!is_sequential(object) && !is_functional(object))
        return cornu_object_deserialize_(CORNU_FAMILY_LAYER, object);
    if (!cJSON_IsObject(config)) CORNU_FAIL_NULL(CORNU_EFORMAT, "a model without a config");
    cornu_model *model = is_sequential(object) ? read_sequential(reader, object)
                                               : cornu_read_functional_(reader, config);
    if (model == NULL) return NULL;
    if (cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(config, "trainable")) &&
        cornu_layer_set_trainable(&model->base, false) != CORNU_OK)
        return cornu_model_free(model), NULL;
    return &model->base;
}

/* Objects with one shared_object_id were one object. */
cornu_layer *cornu_read_layer_(cornu_model_reader *reader, const cJSON *object) {
    const cJSON *shared = cJSON_GetObjectItemCaseSensitive(object, "shared_object_id");
    char id[64] = "";
    if (cJSON_IsNumber(shared)) snprintf(id, sizeof id, "%.17g", shared->valuedouble);
    cornu_layer *known = id[0] != '\0' ? cornu_map_get_text_(&reader->shared, id) : NULL;
    if (known != NULL) return cornu_layer_retain(known);
    const char *name = text_of(config_of(object), "name");
    if (name != NULL && strchr(name, '/') != NULL)
        CORNU_FAIL_NULL(CORNU_EFORMAT, "a layer's name cannot contain '/', got '%s'", name);
    cornu_layer *layer = read_fresh(reader, object);
    if (layer != NULL && id[0] != '\0' &&
        cornu_map_put_text_(&reader->shared, id, layer) != CORNU_OK)
        return cornu_layer_free(layer), NULL;
    return layer;
}

cornu_layer *cornu_layer_or_model_from_config_(const cJSON *object) {
    if (!cJSON_IsObject(object)) CORNU_FAIL_NULL(CORNU_EFORMAT, "not a serialised layer or model");
    if (check_classes(object) != CORNU_OK) return NULL;
    cornu_model_reader reader = {0};
    cornu_layer *layer = cornu_read_layer_(&reader, object);
    cornu_map_free_(&reader.shared);
    return layer;
}

void *cornu_nested_layer_read_(const cJSON *json) {
    if (!cJSON_IsObject(json)) return cornu_object_deserialize_(CORNU_FAMILY_LAYER, json);
    cornu_model_reader reader = {0};
    cornu_layer *layer = cornu_read_layer_(&reader, json);
    cornu_map_free_(&reader.shared);
    return layer;
}

cornu_model *cornu_model_from_config_(const cJSON *object) {
    if (!cJSON_IsObject(object)) CORNU_FAIL_NULL(CORNU_EFORMAT, "not a serialised model");
    const char *name = text_of(object, "class_name");
    if (is_known(object) && !is_sequential(object) && !is_functional(object))
        CORNU_FAIL_NULL(CORNU_EFORMAT, "%s is a layer, not a model", name);
    return (cornu_model *)(void *)cornu_layer_or_model_from_config_(object);
}

cornu_model *cornu_model_clone(cornu_model *model) {
    if (model == NULL) return (void)cornu_error_null("model"), NULL;
    cJSON *object = cornu_model_serialize_(model);
    cornu_model *clone = object != NULL ? cornu_model_from_config_(object) : NULL;
    cJSON_Delete(object);
    return clone;
}

cornu_model *cornu_model_from_json(const char *json) {
    if (json == NULL) return (void)cornu_error_null("json"), NULL;
    cJSON *object = cornu_json_parse_(json, strlen(json), "model");
    if (object == NULL) return NULL;
    const char *version = text_of(object, "keras_version"); /* Keras 2 put it there */
    cornu_status status = cornu_upgrade_model_(&(cornu_upgrade){.version = version}, object);
    cornu_model *model = status == CORNU_OK ? cornu_model_from_config_(object) : NULL;
    cJSON_Delete(object);
    return model;
}
