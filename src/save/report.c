/* What stands between a file and its use here, told before any work is done: every class and
 * argument that is not known, with its place, and what changed since the version that wrote it. */
#include <cornu/save.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/upgrade.h"
#include "save/archive.h"
#include "save/hdf5.h"

#include <string.h>

static const uint64_t config_limit = (uint64_t)1 << 26;

typedef struct report {
    cornu_text text;
    size_t problems;
    cJSON *config;   /* owned; the model */
    cJSON *training; /* owned, or NULL: legacy files have it apart */
    char *version;   /* owned, or NULL */
} report;

static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* ---- findings -------------------------------------------------------------------------------- */

static cornu_status note(void *user, const char *path, const char *text) {
    report *self = user;
    cornu_text_format_(&self->text, "%s: note: %s\n", path, text);
    return self->text.status;
}

/* The pending error becomes a line; running out of memory stays an error. */
static cornu_status problem(report *self, const char *path) {
    if (cornu_error_status() == CORNU_ENOMEM) return CORNU_ENOMEM;
    self->problems++;
    cornu_text_format_(
        &self->text, "%s%s%s\n", path, path[0] != '\0' ? ": " : "", cornu_error_message()
    );
    cornu_error_clear();
    return self->text.status;
}

static bool is_model(const cJSON *object) {
    const char *name = text_of(object, "class_name");
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    return name && cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(config, "layers")) &&
           (strcmp(name, "Sequential") == 0 || strcmp(name, "Functional") == 0 ||
            strcmp(name, "Model") == 0);
}

/* ---- the model ------------------------------------------------------------------------------- */

static cornu_status check_layer(report *self, const cJSON *object, const char *path) {
    if (cornu_is_operation_config_(object)) {
        if (cornu_operation_known_(object)) return CORNU_OK;
        const char *name = text_of(object, "class_name");
        (void)cornu_error_set(
            CORNU_EUNKNOWN, NULL, 0, "no operation '%.100s'", name ? name : "without a name"
        );
        return problem(self, path);
    }
    cornu_layer *layer = cornu_nested_layer_read_(object);
    if (!layer) return problem(self, path);
    cornu_layer_free(layer);
    return CORNU_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status check_object(report *self, const cJSON *object, const char *path) {
    if (!is_model(object)) return check_layer(self, object, path);
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(config, "layers");
    size_t index = 0;
    for (const cJSON *item = layers->child; item; item = item->next, index++) {
        const char *name = text_of(item, "name");
        if (!name) name = text_of(cJSON_GetObjectItemCaseSensitive(item, "config"), "name");
        char *inner = cornu_format_(
            "%s%slayers/%zu '%s'", path, path[0] != '\0' ? "/" : "", index, name ? name : ""
        );
        if (!inner) return CORNU_ENOMEM;
        cornu_status status = check_object(self, item, inner);
        cornu_free_(inner);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

/* ---- compile settings ------------------------------------------------------------------------ */

/* An object, or lists and dicts of them, one for each output. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status check_setting(
    report *self, cornu_family family, const cJSON *value, const char *path
) {
    if (cJSON_IsObject(value) && text_of(value, "class_name")) {
        void *object = cornu_object_deserialize_(family, value);
        if (!object) return problem(self, path);
        cornu_object_release_(object);
        return CORNU_OK;
    }
    if (!cJSON_IsArray(value) && !cJSON_IsObject(value)) return CORNU_OK;
    for (const cJSON *item = value->child; item; item = item->next)
        CORNU_TRY(check_setting(self, family, item, path));
    return CORNU_OK;
}

static cornu_status check_training(report *self, const cJSON *settings) {
    static const struct {
        const char *key;
        cornu_family family;
    } parts[] = {
        {"optimizer", CORNU_FAMILY_OPTIMIZER},
        {"loss", CORNU_FAMILY_LOSS},
        {"metrics", CORNU_FAMILY_METRIC},
        {"weighted_metrics", CORNU_FAMILY_METRIC},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(settings, parts[i].key);
        CORNU_TRY(check_setting(self, parts[i].family, value, parts[i].key));
    }
    return CORNU_OK;
}

static cornu_status check_all(report *self) {
    const cornu_upgrade upgrade = {.version = self->version, .note = note, .user = self};
    cornu_text_format_(
        &self->text, "written by Keras %s\n", self->version ? self->version : "(it does not say)"
    );
    if (cornu_upgrade_model_(&upgrade, self->config) != CORNU_OK) CORNU_TRY(problem(self, ""));
    CORNU_TRY(check_object(self, self->config, ""));
    if (self->training) {
        CORNU_TRY(cornu_upgrade_training_(&upgrade, self->training));
        return check_training(self, self->training);
    }
    return check_training(self, cJSON_GetObjectItemCaseSensitive(self->config, "compile_config"));
}

/* ---- files ----------------------------------------------------------------------------------- */

static cornu_status parse(char *text, size_t size, const char *what, cJSON **json) {
    *json = cornu_json_parse_(text, size, what);
    return *json ? CORNU_OK : cornu_error_status();
}

static cornu_status read_member(cornu_archive *archive, const char *name, cJSON **json) {
    char *text = NULL;
    size_t size = 0;
    CORNU_TRY(cornu_archive_read_(archive, name, config_limit, &text, &size));
    cornu_status status = parse(text, size, name, json);
    cornu_free_(text);
    return status;
}

static cornu_status open_archive(report *self, const char *path) {
    cornu_archive *archive = NULL;
    CORNU_TRY(cornu_archive_open_(&archive, path));
    cornu_status status = read_member(archive, "config.json", &self->config);
    if (status == CORNU_OK && cornu_archive_has_(archive, "metadata.json")) {
        cJSON *metadata = NULL;
        status = read_member(archive, "metadata.json", &metadata);
        const char *version = text_of(metadata, "keras_version");
        if (version && !(self->version = cornu_strdup_(version))) status = CORNU_ENOMEM;
        cJSON_Delete(metadata);
    }
    cornu_archive_close_(archive);
    return status;
}

static cornu_status read_attribute(cornu_h5 *file, const char *name, cJSON **json) {
    char *text = NULL;
    CORNU_TRY(cornu_h5_read_text_(file, "", name, &text));
    cornu_status status = text ? parse(text, strlen(text), name, json) : CORNU_OK;
    cornu_free_(text);
    return status;
}

static cornu_status open_legacy(report *self, const char *path) {
    cornu_input *input = NULL;
    cornu_h5 *file = NULL;
    CORNU_TRY(cornu_input_open_(&input, path));
    CORNU_TRY(cornu_h5_open_input_(&file, input, false));
    cornu_status status = read_attribute(file, "model_config", &self->config);
    if (status == CORNU_OK) status = read_attribute(file, "training_config", &self->training);
    if (status == CORNU_OK) status = cornu_h5_read_text_(file, "", "keras_version", &self->version);
    cornu_h5_close_(file);
    if (status == CORNU_OK && !self->config)
        CORNU_FAIL(CORNU_EFORMAT, "the file has weights alone, and no model");
    return status;
}

static cornu_status make(report *self, const char *path) {
    bool legacy = cornu_ends_with_(path, ".h5") || cornu_ends_with_(path, ".hdf5");
    CORNU_TRY(legacy ? open_legacy(self, path) : open_archive(self, path), "'%s'", path);
    return check_all(self);
}

char *cornu_file_report(const char *path, size_t *problems) {
    report self = {.problems = 0};
    if (!path) return (void)cornu_error_null("path"), NULL;
    cornu_status status = make(&self, path);
    cJSON_Delete(self.config);
    cJSON_Delete(self.training);
    cornu_free_(self.version);
    if (problems) *problems = self.problems;
    if (status == CORNU_OK) return cornu_text_take_(&self.text);
    cornu_text_free_(&self.text);
    (void)cornu_error_context("report");
    return NULL;
}
