/* Whole models in legacy .h5 files. keras/src/legacy/saving/legacy_h5_format.py:
 * load_model_from_hdf5, save_model_to_hdf5; saving_utils.py there: model_metadata */
#include "base/file.h"
#include "base/memory.h"
#include "model/upgrade.h"
#include "nn/optimizer.h"
#include "save/legacy.h"

#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

static cornu_status no_memory(void) { CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config"); }

/* A model or layer as it was written before modules were: class, config, and its place in the
 * graph. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status make_old(cJSON *object) {
    static const char *const new_keys[] = {
        "module", "build_config", "compile_config", "shared_object_id", "registered_name",
    };
    cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const char *registered = cornu_upgrade_text_(object, "registered_name");
    const char *module = cornu_upgrade_text_(object, "module");
    if (module && strncmp(module, "keras.src.ops", strlen("keras.src.ops")) == 0) {
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "operation '%s' cannot be kept in a legacy .h5; save the model as .keras",
            cornu_upgrade_text_(config, "name")
        );
    }
    if (registered && strchr(registered, '>')) {
        CORNU_TRY(cornu_upgrade_set_(object, "class_name", cJSON_CreateString(registered)));
    }
    for (size_t i = 0; i < sizeof new_keys / sizeof *new_keys; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(object, new_keys[i]);
    const char *name = cornu_upgrade_text_(object, "class_name");
    bool model = name && (strcmp(name, "Sequential") == 0 || strcmp(name, "Functional") == 0);
    cJSON *layers = model ? cJSON_GetObjectItemCaseSensitive(config, "layers") : NULL;
    for (cJSON *item = layers ? layers->child : NULL; item; item = item->next)
        CORNU_TRY(make_old(item));
    return CORNU_OK;
}

static cornu_status config_text(cornu_model *model, char **text) {
    cJSON *config = cornu_model_serialize_(model);
    if (!config) return cornu_error_status();
    cornu_status status = make_old(config);
    *text = status == CORNU_OK ? cornu_json_print_(config) : NULL;
    cJSON_Delete(config);
    if (status != CORNU_OK) return status;
    return *text ? CORNU_OK : no_memory();
}

/* What the class is called in "optimizer_config": its registered name. */
static cornu_status shorten_optimizer(cJSON *optimizer) {
    const char *registered = cornu_upgrade_text_(optimizer, "registered_name");
    if (registered && strchr(registered, '>')) {
        CORNU_TRY(cornu_upgrade_set_(optimizer, "class_name", cJSON_CreateString(registered)));
    }
    cJSON_DeleteItemFromObjectCaseSensitive(optimizer, "module");
    cJSON_DeleteItemFromObjectCaseSensitive(optimizer, "registered_name");
    return CORNU_OK;
}

/* *text stays NULL for a model without an optimizer: Keras writes no settings then. */
static cornu_status training_text(cornu_model *model, char **text) {
    if (!model->training || !cornu_training_class_.optimizer(model)) return CORNU_OK;
    cJSON *settings = cornu_training_class_.compile_config(model);
    if (!settings) return cornu_error_status();
    cJSON *optimizer = cJSON_DetachItemFromObjectCaseSensitive(settings, "optimizer");
    cornu_status status = optimizer ? shorten_optimizer(optimizer) : no_memory();
    if (status == CORNU_OK) status = cornu_upgrade_set_(settings, "optimizer_config", optimizer);
    else cJSON_Delete(optimizer);
    if (status == CORNU_OK && !(*text = cornu_json_print_(settings))) status = no_memory();
    cJSON_Delete(settings);
    return status;
}

cornu_status cornu_legacy_save_(cornu_model *model, const char *path) {
    char *config = NULL, *training = NULL, *image = NULL;
    size_t size = 0;
    cornu_status status = config_text(model, &config);
    if (status == CORNU_OK) status = training_text(model, &training);
    if (status == CORNU_OK) status = cornu_legacy_image_(model, config, training, &image, &size);
    if (status == CORNU_OK) status = cornu_file_write_(path, image, size);
    cornu_free_(image);
    cornu_free_(config);
    cornu_free_(training);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The JSON of an attribute of the root; NULL without an error if there is none. */
static cornu_status read_json(cornu_h5 *file, const char *name, cJSON **json) {
    char *text = NULL;
    *json = NULL;
    CORNU_TRY(cornu_h5_read_text_(file, "", name, &text));
    if (!text) return CORNU_OK;
    *json = cornu_json_parse_(text, strlen(text), name);
    cornu_free_(text);
    return *json ? CORNU_OK : cornu_error_status();
}

static cornu_status restore_training(
    cornu_model *model, cornu_h5 *file, const cornu_upgrade *upgrade, cJSON *settings
) {
    CORNU_TRY(cornu_upgrade_training_(upgrade, settings));
    CORNU_TRY(cornu_training_class_.compile_from_config(model, settings));
    cornu_optimizer *optimizer = model->training ? cornu_training_class_.optimizer(model) : NULL;
    if (!optimizer) return CORNU_OK;
    cornu_tensor_list trained = cornu_layer_trainable_weights(&model->base);
    if (!trained.items) return cornu_error_status();
    CORNU_TRY(cornu_optimizer_build_(optimizer, trained));
    return cornu_legacy_optimizer_read_(optimizer, file);
}

static cornu_status fill(
    cornu_model *model, cornu_h5 *file, bool compile, const cornu_upgrade *upgrade
) {
    const cornu_weights_options as_they_are = {0};
    const char *root = NULL;
    CORNU_TRY(cornu_legacy_root_(file, &root));
    if (!root) CORNU_FAIL(CORNU_EFORMAT, "the file has no group 'model_weights'");
    CORNU_TRY(cornu_legacy_weights_read_(model, file, root, &as_they_are));
    if (!compile) return CORNU_OK;
    cJSON *settings = NULL;
    CORNU_TRY(read_json(file, "training_config", &settings));
    if (!settings) return CORNU_OK;
    cornu_status status = restore_training(model, file, upgrade, settings);
    cJSON_Delete(settings);
    CORNU_TRY(status, "training_config");
    return CORNU_OK;
}

static cornu_status warn(void *user, const char *path, const char *text) {
    (void)user;
    cornu_warn("%s: %s", path, text);
    return CORNU_OK;
}

static cornu_status load(
    cornu_h5 *file, bool compile, const cornu_upgrade *upgrade, cornu_model **model
) {
    cJSON *config = NULL;
    CORNU_TRY(read_json(file, "model_config", &config));
    if (!config) {
        CORNU_FAIL(
            CORNU_EFORMAT,
            "the file has no 'model_config': it has weights alone, for a model made elsewhere"
        );
    }
    cornu_status status = cornu_upgrade_model_(upgrade, config);
    cornu_model *made = status == CORNU_OK ? cornu_model_from_config_(config) : NULL;
    cJSON_Delete(config);
    if (!made) return cornu_error_status();
    status = fill(made, file, compile, upgrade);
    if (status == CORNU_OK) *model = made;
    else cornu_model_free(made);
    return status;
}

cornu_status cornu_legacy_load_(cornu_h5 *file, bool compile, cornu_model **model) {
    char *version = NULL;
    CORNU_TRY(cornu_h5_read_text_(file, "", "keras_version", &version));
    /* Keras wrote its version from 1.0.8 on */
    const cornu_upgrade upgrade = {.version = version ? version : "1", .note = warn};
    cornu_status status = load(file, compile, &upgrade, model);
    cornu_free_(version);
    return status;
}
