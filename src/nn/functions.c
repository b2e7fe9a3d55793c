/* Functions where metrics stand. Keras notes them by name, {"class_name": "function", "config":
 * "huber"}: in compile's lists, where a mean is put around them, and as the `fn` of a
 * MeanMetricWrapper, whose further keys are arguments of the function. A loss as metric is found
 * among the losses first, so that "cosine_similarity" has the loss' sign.
 * keras/src/trainers/compile_utils.py, get_metric; keras/src/metrics/reduction_metrics.py,
 * MeanMetricWrapper; keras/src/saving/serialization_lib.py, BUILTIN_MODULES */
#include "nn/class.h"

#include <string.h>

#include "base/memory.h"
#include "nn/json.h"

static const char *text_of(const cJSON *json, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
    return text != NULL ? text : "";
}

/* The function that a serialised object names; NULL if it is none, or the user's own. */
static const char *function_of(const cJSON *json) {
    if (!cJSON_IsObject(json) || strcmp(text_of(json, "class_name"), "function") != 0) return NULL;
    if (strchr(text_of(json, "registered_name"), '>') != NULL) return NULL;
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "config"));
}

/* {"class_name": ..., "config": {}}, of which *config is the inner object. */
static cJSON *object_of(const char *class_name, cJSON **config) {
    cJSON *object = cJSON_CreateObject();
    bool done = object != NULL && cJSON_AddStringToObject(object, "class_name", class_name) != NULL;
    *config = done ? cJSON_AddObjectToObject(object, "config") : NULL;
    if (*config != NULL) return object;
    cJSON_Delete(object);
    return NULL;
}

static bool add(cJSON *object, const char *key, cJSON *value) {
    if (value != NULL && cJSON_AddItemToObject(object, key, value)) return true;
    cJSON_Delete(value);
    return false;
}

/* Whether a key of a MeanMetricWrapper is its own, and no argument of the function. */
static bool is_of_wrapper(const char *key) {
    return strcmp(key, "name") == 0 || strcmp(key, "dtype") == 0 || strcmp(key, "fn") == 0;
}

/* The members of a wrapper's config that are its own, or the others. */
static bool copy_members(cJSON *to, const cJSON *config, bool of_wrapper) {
    const cJSON *item;
    cJSON_ArrayForEach(item, config) {
        if (is_of_wrapper(item->string) != of_wrapper || strcmp(item->string, "fn") == 0) continue;
        if (!add(to, item->string, cJSON_Duplicate(item, true))) return false;
    }
    return true;
}

/* A mean around a loss: the arguments of the function become the loss' config. */
static cJSON *around_loss(const cornu_class *loss, const cJSON *config) {
    cJSON *members, *arguments;
    cJSON *made = object_of("MeanMetricWrapper", &members);
    cJSON *fn = object_of(loss->name, &arguments);
    bool done = made != NULL && fn != NULL && copy_members(members, config, true) &&
                copy_members(arguments, config, false) &&
                add(members, "reduce", cJSON_CreateFalse());
    if (done && add(members, "fn", fn)) return made;
    if (!done) cJSON_Delete(fn);
    cJSON_Delete(made);
    return NULL;
}

/* The class of the metric that is the mean of the function. */
static cJSON *of_class(const cornu_class *metric, const cJSON *config) {
    cJSON *members;
    cJSON *made = object_of(metric->name, &members);
    if (made != NULL && copy_members(members, config, true) && copy_members(members, config, false))
        return made;
    cJSON_Delete(made);
    return NULL;
}

/* NULL with *unknown where neither a loss nor a metric has the name: the reader says so. */
static cJSON *metric_of(const char *function, const cJSON *config, bool *unknown) {
    const cornu_class *loss = cornu_class_find_(CORNU_FAMILY_LOSS, function);
    const cornu_class *metric = cornu_class_find_(CORNU_FAMILY_METRIC, function);
    *unknown = loss == NULL && metric == NULL;
    if (*unknown) return NULL;
    return loss != NULL ? around_loss(loss, config) : of_class(metric, config);
}

/* {"class_name": "function", ...}: the metric is called as the function is. */
static cJSON *from_function(const char *function, bool *unknown) {
    cJSON *config = cJSON_CreateObject(), *made = NULL;
    *unknown = false;
    if (config != NULL && cJSON_AddStringToObject(config, "name", function) != NULL)
        made = metric_of(function, config, unknown);
    cJSON_Delete(config);
    return made;
}

/* A wrapper whose fn is a Loss object takes what it gives for each batch. */
static cJSON *from_loss_object(const cJSON *json) {
    cJSON *made = cJSON_Duplicate(json, true);
    cJSON *config = cJSON_GetObjectItemCaseSensitive(made, "config");
    if (config != NULL && add(config, "reduce", cJSON_CreateTrue())) return made;
    cJSON_Delete(made);
    return NULL;
}

cornu_status cornu_metric_without_function_(const cJSON *json, cJSON **plain) {
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(json, "config");
    const cJSON *fn = cJSON_GetObjectItemCaseSensitive(config, "fn");
    const char *function = function_of(json);
    bool wraps = strcmp(text_of(json, "class_name"), "MeanMetricWrapper") == 0 &&
                 cJSON_IsObject(fn) && !cJSON_HasObjectItem(config, "reduce");
    bool unknown = false;
    *plain = NULL;
    if (function == NULL && !wraps) return CORNU_OK;
    if (function != NULL) *plain = from_function(function, &unknown);
    else if ((function = function_of(fn)) != NULL) *plain = metric_of(function, config, &unknown);
    else *plain = from_loss_object(json);
    if (*plain != NULL || unknown) return CORNU_OK;
    CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What a function does not take: it has no reduction, and no type of its own. */
static bool is_of_loss(const char *key) {
    return strcmp(key, "name") == 0 || strcmp(key, "reduction") == 0 || strcmp(key, "dtype") == 0;
}

static bool set_function(
    cJSON *config, const char *key, const char *name, const char *registered, cJSON *arguments
) {
    cJSON *fn = cJSON_CreateObject();
    bool done = fn != NULL && cJSON_AddStringToObject(fn, "module", "builtins") != NULL &&
                cJSON_AddStringToObject(fn, "class_name", "function") != NULL &&
                cJSON_AddStringToObject(fn, "config", name) != NULL &&
                cJSON_AddStringToObject(fn, "registered_name", registered) != NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(config, key);
    if (!done) cJSON_Delete(fn);
    if (!done || !add(config, key, fn)) return false;
    const cJSON *item;
    cJSON_ArrayForEach(item, arguments) {
        if (!is_of_loss(item->string) && !add(config, item->string, cJSON_Duplicate(item, true)))
            return false;
    }
    return true;
}

cornu_status cornu_config_set_loss_function(
    cornu_config *config, const char *key, const cornu_loss *loss
) {
    if (loss == NULL) return cornu_error_null("loss");
    /* one of the user's own has no arguments that a file could say */
    bool own = strcmp(loss->cls->name, "function") == 0;
    char *name = own ? cornu_strdup_(loss->name) : cornu_snake_case_(loss->cls->name);
    cJSON *arguments = own ? cJSON_CreateObject() : cornu_object_config_(loss);
    bool done =
        name != NULL && arguments != NULL &&
        set_function(cornu_config_json_(config), key, name, own ? name : "function", arguments);
    cornu_free_(name);
    cJSON_Delete(arguments);
    if (done) return CORNU_OK;
    if (cornu_error_status() == CORNU_OK) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    return cornu_error_status();
}
