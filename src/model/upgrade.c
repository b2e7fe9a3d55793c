/* Configs of Keras 1 and 2: the walk over models, and compile settings.
 * Keras: keras/src/legacy/saving/saving_utils.py; keras/legacy/interfaces.py of Keras 2.3 */
#include "model/upgrade.h"

#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

static cornu_status no_memory(void) { CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config"); }

const char *cornu_upgrade_text_(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

cornu_status cornu_upgrade_set_(cJSON *object, const char *key, cJSON *value) {
    if (value == NULL) return no_memory();
    bool there = cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
    bool done = there ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)
                      : cJSON_AddItemToObject(object, key, value);
    if (done) return CORNU_OK;
    cJSON_Delete(value);
    return no_memory();
}

cornu_status cornu_upgrade_rename_(cJSON *object, const char *from, const char *to) {
    cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(object, from);
    if (item == NULL) return CORNU_OK;
    if (cJSON_GetObjectItemCaseSensitive(object, to) == NULL)
        return cornu_upgrade_set_(object, to, item);
    cJSON_Delete(item);
    return CORNU_OK;
}

/* ---- models ---- */
static cornu_status upgrade_object(const cornu_upgrade *upgrade, cJSON *object, const char *path);

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status upgrade_list(
    const cornu_upgrade *upgrade, cJSON *list, const char *path, const char *key
) {
    size_t index = 0;
    for (cJSON *item = list != NULL ? list->child : NULL; item != NULL;
         item = item->next, index++) {
        const char *name = cornu_upgrade_text_(item, "name");
        if (name == NULL)
            name = cornu_upgrade_text_(cJSON_GetObjectItemCaseSensitive(item, "config"), "name");
        char *inner = cornu_format_(
            "%s%s%s/%zu '%s'", path, path[0] != '\0' ? "/" : "", key, index,
            name != NULL ? name : ""
        );
        if (inner == NULL) return CORNU_ENOMEM;
        cornu_status status = upgrade_object(upgrade, item, inner);
        cornu_free_(inner);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

/* Layers inside others: of wrappers, the cells of an RNN. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status upgrade_inner(const cornu_upgrade *upgrade, cJSON *config, const char *path) {
    static const char *const single[] = {"layer", "backward_layer", "forward_layer", "cell"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        cJSON *inner = cJSON_GetObjectItemCaseSensitive(config, single[i]);
        if (!cJSON_IsObject(inner)) continue;
        char *place = cornu_format_("%s/%s", path, single[i]);
        if (place == NULL) return CORNU_ENOMEM;
        cornu_status status = upgrade_object(upgrade, inner, place);
        cornu_free_(place);
        CORNU_TRY(status);
    }
    cJSON *cells = cJSON_GetObjectItemCaseSensitive(config, "cells");
    return cJSON_IsArray(cells) ? upgrade_list(upgrade, cells, path, "cells") : CORNU_OK;
}

/* Keras before 2.2.3 wrote a Sequential model's config as the bare list of its layers. */
static cornu_status wrap_list(cJSON *object) {
    cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const char *name = cornu_upgrade_text_(object, "class_name");
    if (!cJSON_IsArray(config) || name == NULL || strcmp(name, "Sequential") != 0) return CORNU_OK;
    cJSON *wrapped = cJSON_CreateObject();
    if (wrapped == NULL) return no_memory();
    cJSON *layers = cJSON_DetachItemFromObjectCaseSensitive(object, "config");
    cornu_status status = cornu_upgrade_set_(wrapped, "layers", layers);
    if (status != CORNU_OK) return cJSON_Delete(wrapped), status;
    return cornu_upgrade_set_(object, "config", wrapped);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status upgrade_object(const cornu_upgrade *upgrade, cJSON *object, const char *path) {
    CORNU_TRY(wrap_list(object));
    cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const char *name = cornu_upgrade_text_(object, "class_name");
    if (!cJSON_IsObject(config) || name == NULL) return CORNU_OK; /* told by who reads it */
    cJSON *layers = cJSON_GetObjectItemCaseSensitive(config, "layers");
    bool is_model = strcmp(name, "Sequential") == 0 || strcmp(name, "Functional") == 0 ||
                    strcmp(name, "Model") == 0;
    if (is_model && cJSON_IsArray(layers)) {
        CORNU_TRY(cornu_upgrade_calls_(config));
        return upgrade_list(upgrade, layers, path, "layers");
    }
    CORNU_TRY(cornu_upgrade_layer_(upgrade, object, path));
    return upgrade_inner(upgrade, config, path);
}

cornu_status cornu_upgrade_model_(const cornu_upgrade *upgrade, cJSON *object) {
    return upgrade_object(upgrade, object, "");
}

/* ---- compile settings ---- */
static cornu_status note(const cornu_upgrade *upgrade, const char *path, const char *text) {
    return upgrade->note != NULL ? upgrade->note(upgrade->user, path, text) : CORNU_OK;
}

static cornu_status set_number(cJSON *config, const char *key, double value) {
    return cornu_upgrade_set_(config, key, cornu_json_float_(value));
}

/* Until tf.keras 2.10 an optimizer divided its rate by 1 + decay * updates, which is a schedule
 * today. */
static cornu_status upgrade_decay(const cornu_upgrade *upgrade, cJSON *config) {
    cJSON *decay = cJSON_DetachItemFromObjectCaseSensitive(config, "decay");
    const cJSON *rate = cJSON_GetObjectItemCaseSensitive(config, "learning_rate");
    double value = cJSON_IsNumber(decay) ? decay->valuedouble : 0;
    cJSON_Delete(decay);
    if (value == 0 || !cJSON_IsNumber(rate)) return CORNU_OK;
    double initial = rate->valuedouble;
    cJSON *schedule = cJSON_CreateObject();
    cornu_status status =
        cornu_upgrade_set_(schedule, "class_name", cJSON_CreateString("InverseTimeDecay"));
    cJSON *inner = status == CORNU_OK ? cJSON_AddObjectToObject(schedule, "config") : NULL;
    if (inner == NULL) status = no_memory();
    if (status == CORNU_OK) status = set_number(inner, "initial_learning_rate", initial);
    if (status == CORNU_OK) status = set_number(inner, "decay_steps", 1);
    if (status == CORNU_OK) status = set_number(inner, "decay_rate", value);
    if (status != CORNU_OK) return cJSON_Delete(schedule), status;
    CORNU_TRY(cornu_upgrade_set_(config, "learning_rate", schedule));
    return note(upgrade, "optimizer", "'decay' became the schedule InverseTimeDecay");
}

static cornu_status upgrade_optimizer(const cornu_upgrade *upgrade, cJSON *object) {
    cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    if (!cJSON_IsObject(config)) return CORNU_OK;
    CORNU_TRY(cornu_upgrade_rename_(config, "lr", "learning_rate"));
    CORNU_TRY(upgrade_decay(upgrade, config));
    /* Nadam's own constant, which no later version has: its default is what Keras 3 computes */
    cJSON_DeleteItemFromObjectCaseSensitive(config, "schedule_decay");
    if (cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(config, "epsilon")))
        return set_number(config, "epsilon", 1e-7);
    return CORNU_OK;
}

/* "auto" was the mean over the batch outside of tf.distribute. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status upgrade_losses(cJSON *loss) {
    cJSON *config = cJSON_GetObjectItemCaseSensitive(loss, "config");
    const char *reduction = cornu_upgrade_text_(config, "reduction");
    if (reduction != NULL && strcmp(reduction, "auto") == 0)
        CORNU_TRY(cornu_upgrade_set_(config, "reduction", cJSON_CreateString("sum_over_batch_size"))
        );
    if (config != NULL || loss == NULL) return CORNU_OK;
    for (cJSON *item = loss->child; item != NULL; item = item->next)
        CORNU_TRY(upgrade_losses(item));
    return CORNU_OK;
}

/* tf.keras wrote metrics given as functions or as "accuracy" with the class MeanMetricWrapper and
 * the function's name, which is, in camel case, the class of today. */
static cornu_status unwrap_metric(cJSON *object, cJSON *config) {
    const char *function = cornu_upgrade_text_(config, "fn");
    if (function == NULL) return CORNU_OK;
    const cornu_class *cls = cornu_class_find_(CORNU_FAMILY_METRIC, function);
    cJSON *name = cJSON_CreateString(cls != NULL ? cls->name : function);
    CORNU_TRY(cornu_upgrade_set_(object, "class_name", name));
    cJSON_DeleteItemFromObjectCaseSensitive(config, "fn");
    return CORNU_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status upgrade_metrics(cJSON *metric) {
    const char *name = cornu_upgrade_text_(metric, "class_name");
    cJSON *config = cJSON_GetObjectItemCaseSensitive(metric, "config");
    if (name != NULL && cJSON_IsObject(config))
        return strcmp(name, "MeanMetricWrapper") == 0 ? unwrap_metric(metric, config) : CORNU_OK;
    for (cJSON *item = metric != NULL ? metric->child : NULL; item != NULL; item = item->next)
        CORNU_TRY(upgrade_metrics(item));
    return CORNU_OK;
}

cornu_status cornu_upgrade_training_(const cornu_upgrade *upgrade, cJSON *config) {
    CORNU_TRY(cornu_upgrade_rename_(config, "optimizer_config", "optimizer"));
    if (upgrade->version != NULL && upgrade->version[0] >= '3') return CORNU_OK;
    cJSON_DeleteItemFromObjectCaseSensitive(config, "sample_weight_mode");
    CORNU_TRY(upgrade_optimizer(upgrade, cJSON_GetObjectItemCaseSensitive(config, "optimizer")));
    CORNU_TRY(upgrade_losses(cJSON_GetObjectItemCaseSensitive(config, "loss")));
    CORNU_TRY(upgrade_metrics(cJSON_GetObjectItemCaseSensitive(config, "metrics")));
    return upgrade_metrics(cJSON_GetObjectItemCaseSensitive(config, "weighted_metrics"));
}
