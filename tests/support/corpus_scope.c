/* Which cases of the corpus are in scope: walks Keras' JSON and asks the registry for every name
 * in it. */
#include "model/graph.h"
#include "nn/class.h"
#include "support/corpus.h"

#include <string.h>

static bool is_one_of(const char *name, const char *const *list) {
    for (; *list; list++) {
        if (strcmp(*list, name) == 0) return true;
    }
    return false;
}

static bool known_in_any_family(const char *name) {
    for (int family = 0; family < CORNU_FAMILY_COUNT; family++) {
        if (cornu_class_find_((cornu_family)family, name)) return true;
    }
    return false;
}

/* An operation in a functional graph. */
static bool operation_known(const char *module, const char *name) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "module", module);
    cJSON_AddStringToObject(object, "class_name", name);
    bool known = cornu_is_operation_config_(object) && cornu_operation_known_(object);
    cJSON_Delete(object);
    return known;
}

/* Modules say which family is meant: a layer and an initializer are called Identity, a layer and
 * an op Add. */
static bool class_known(const char *module, const char *name) {
    static const char *const structure[] = {
        "Sequential", "Functional",   "DTypePolicy", "__keras_tensor__", "__tuple__", "__dict__",
        "__slice__",  "__ellipsis__", NULL,
    };
    static const struct {
        const char *module;
        cornu_family family;
    } families[] = {
        {"keras.layers", CORNU_FAMILY_LAYER},
        {"keras.initializers", CORNU_FAMILY_INITIALIZER},
        {"keras.losses", CORNU_FAMILY_LOSS},
        {"keras.metrics", CORNU_FAMILY_METRIC},
        {"keras.optimizers", CORNU_FAMILY_OPTIMIZER},
        {"keras.optimizers.schedules", CORNU_FAMILY_SCHEDULE},
        {"keras.regularizers", CORNU_FAMILY_REGULARIZER},
        {"keras.constraints", CORNU_FAMILY_CONSTRAINT},
    };
    if (is_one_of(name, structure)) return true;
    if (strncmp(module, "keras.src.ops.", 14) == 0) return operation_known(module, name);
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (strcmp(families[i].module, module) == 0) {
            return cornu_class_find_(families[i].family, name) != NULL;
        }
    }
    return known_in_any_family(name);
}

/* A text in the place of a loss or a metric. "accuracy" and "crossentropy" stand for the one of
 * their kind that fits. */
static bool name_known(cornu_family family, const char *name) {
    static const char *const accuracy[] = {"accuracy", "acc", NULL};
    static const char *const crossentropy[] = {"crossentropy", "ce", NULL};
    if (family == CORNU_FAMILY_METRIC && is_one_of(name, accuracy)) {
        return cornu_class_find_(family, "SparseCategoricalAccuracy") != NULL;
    }
    if (family == CORNU_FAMILY_METRIC && is_one_of(name, crossentropy)) {
        return cornu_class_find_(family, "SparseCategoricalCrossentropy") != NULL;
    }
    return cornu_class_find_(family, name) != NULL;
}

/* Loss or metrics of compile_config: texts in lists and dicts; objects are found by the walk. */
static const char *names_unknown(cornu_family family, const cJSON *json) {
    if (cJSON_IsString(json)) {
        return name_known(family, json->valuestring) ? NULL : json->valuestring;
    }
    if (cJSON_GetObjectItemCaseSensitive(json, "class_name")) return NULL;
    const cJSON *item;
    cJSON_ArrayForEach(item, json) {
        const char *unknown = names_unknown(family, item);
        if (unknown) return unknown;
    }
    return NULL;
}

static const char *compile_unknown(const cJSON *config) {
    static const struct {
        const char *key;
        cornu_family family;
    } places[] = {
        {"loss", CORNU_FAMILY_LOSS},
        {"metrics", CORNU_FAMILY_METRIC},
        {"weighted_metrics", CORNU_FAMILY_METRIC},
        {"optimizer", CORNU_FAMILY_OPTIMIZER},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(config, places[i].key);
        const char *unknown = names_unknown(places[i].family, item);
        if (unknown) return unknown;
    }
    return NULL;
}

static const char *object_unknown(const cJSON *object) {
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "class_name"));
    const char *module = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "module"));
    if (name && strcmp(name, "function") == 0) {
        const char *function =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "config"));
        return function && known_in_any_family(function) ? NULL : function;
    }
    return name && !class_known(module ? module : "", name) ? name : NULL;
}

static const char *activation_unknown(const cJSON *item) {
    bool names_one = item->string && cJSON_IsString(item) &&
                     (strcmp(item->string, "activation") == 0 ||
                      strcmp(item->string, "recurrent_activation") == 0);
    if (!names_one || strcmp(item->valuestring, "linear") == 0) return NULL;
    return cornu_class_find_(CORNU_FAMILY_ACTIVATION, item->valuestring) ? NULL : item->valuestring;
}

const char *corpus_json_unknown(const cJSON *json) {
    const char *unknown = cJSON_IsObject(json) ? object_unknown(json) : NULL;
    if (!unknown)
        unknown = compile_unknown(cJSON_GetObjectItemCaseSensitive(json, "compile_config"));
    const cJSON *item;
    cJSON_ArrayForEach(item, json) {
        if (!unknown) unknown = activation_unknown(item);
        if (!unknown) unknown = corpus_json_unknown(item);
    }
    return unknown;
}
