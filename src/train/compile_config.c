/* Keras' compile_config, both ways: {"optimizer": ..., "loss": ..., "loss_weights": ...,
 * "metrics": ..., "weighted_metrics": ..., "run_eagerly": ..., "steps_per_execution": ...}.
 * keras/src/trainers/trainer.py, get_compile_config and compile_from_config */
#include "base/memory.h"
#include "base/text.h"
#include "train/training.h"
#include <math.h>
#include <string.h>

/* ---- writing --------------------------------------------------------------------------------- */

/* The optimizer with the learning rate of now. */
static cJSON *optimizer_config(cornu_optimizer *optimizer) {
    if (!optimizer) return cJSON_CreateNull();
    cJSON *object = cornu_object_serialize_(CORNU_FAMILY_OPTIMIZER, optimizer);
    cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    if (!cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(config, "learning_rate"))) return object;
    cJSON *rate = cornu_json_float_(cornu_optimizer_learning_rate(optimizer));
    if (rate && cJSON_ReplaceItemInObjectCaseSensitive(config, "learning_rate", rate))
        return object;
    cJSON_Delete(rate);
    cJSON_Delete(object);
    CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory");
}

static cJSON *compile_config(cornu_model *model) {
    struct cornu_training *training = model->training;
    if (!training) return NULL;
    cornu_optimizer *given = training->optimizer;
    if (training->scaled) given = given->cls->inner(given, 0);
    cJSON *optimizer = optimizer_config(given);
    if (!optimizer) return NULL;
    cJSON *config = cJSON_Duplicate(training->config, true);
    if (config && cJSON_InsertItemInArray(config, 0, optimizer)) {
        /* An object's members are a list; the key is set by hand, since cJSON adds at the end. */
        cJSON *first = config->child;
        char *key = cJSON_malloc(sizeof "optimizer");
        if (key) {
            memcpy(key, "optimizer", sizeof "optimizer");
            first->string = key;
            return config;
        }
        optimizer = NULL; /* belongs to config now */
    }
    cJSON_Delete(optimizer);
    cJSON_Delete(config);
    CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory");
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    cornu_model *model;
    struct cornu_training *training;
    cornu_text unknown; /* messages about classes that are not known, joined */
} reader;

/* An unknown class is noted, so that one message can name all of them; other errors end the
 * reading.
 */
static cornu_status note_unknown(reader *self, const char *what) {
    cornu_status status = cornu_error_status();
    if (status != CORNU_EUNKNOWN) return cornu_error_context("%s", what);
    cornu_text_format_(
        &self->unknown, "%s%s: %s", self->unknown.length ? "; " : "", what, cornu_error_message()
    );
    cornu_error_clear();
    return self->unknown.status;
}

/* A serialised object, unlike a dict with one entry per output. */
static bool is_object(const cJSON *json) {
    return cJSON_IsObject(json) && cJSON_GetObjectItemCaseSensitive(json, "class_name") &&
           cJSON_GetObjectItemCaseSensitive(json, "config");
}

/* The entry for output `index` of a list or dict; a leaf stands for every output. NULL: none. */
static const cJSON *entry_of(const reader *self, const cJSON *json, size_t index) {
    char text[32];
    if (cJSON_IsNull(json)) return NULL;
    if (cJSON_IsArray(json)) return cJSON_GetArrayItem(json, (int)index);
    if (!cJSON_IsObject(json) || is_object(json)) return json;
    return cJSON_GetObjectItemCaseSensitive(
        json, cornu_training_output_name_(self->model, index, text)
    );
}

/* A list must have one entry per output, a dict only names of outputs. */
static cornu_status check_entries(const reader *self, const char *what, const cJSON *json) {
    size_t outputs = self->training->output_count;
    if (cJSON_IsArray(json) && (size_t)cJSON_GetArraySize(json) != outputs)
        CORNU_FAIL(
            CORNU_EINVAL, "'%s' has %d entries; the model has %zu outputs", what,
            cJSON_GetArraySize(json), outputs
        );
    if (!cJSON_IsObject(json) || is_object(json)) return CORNU_OK;
    for (const cJSON *item = json->child; item; item = item->next) {
        bool found = false;
        cornu_text names = {0};
        for (size_t i = 0; i < outputs; i++) {
            char text[32];
            const char *name = cornu_training_output_name_(self->model, i, text);
            found = found || strcmp(name, item->string) == 0;
            cornu_text_format_(&names, "%s'%s'", i ? ", " : "", name);
        }
        char *list = cornu_text_take_(&names);
        if (!list) return CORNU_ENOMEM;
        cornu_status status = CORNU_OK;
        if (!found)
            status = cornu_error_set(
                CORNU_EINVAL, __FILE__, __LINE__,
                "'%s' names an output '%s'; the model's outputs are %s", what, item->string, list
            );
        cornu_free_(list);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static cornu_status read_optimizer(reader *self, const cJSON *json) {
    if (!json || cJSON_IsNull(json)) return CORNU_OK;
    self->training->optimizer = cornu_object_deserialize_(CORNU_FAMILY_OPTIMIZER, json);
    return self->training->optimizer ? CORNU_OK : note_unknown(self, "optimizer");
}

static cornu_status read_loss(reader *self, size_t output, const cJSON *json) {
    cornu_compiled_loss *entry = &self->training->losses[output];
    while (cJSON_IsArray(json) && cJSON_GetArraySize(json) == 1) json = json->child;
    if (!json || cJSON_IsNull(json)) return CORNU_OK;
    const char *name = cJSON_GetStringValue(json);
    if (name)
        return cornu_training_set_loss_(entry, name) == CORNU_OK ? CORNU_OK
                                                                 : note_unknown(self, "loss");
    entry->loss = cornu_object_deserialize_(CORNU_FAMILY_LOSS, json);
    return entry->loss ? CORNU_OK : note_unknown(self, "loss");
}

static cornu_status read_losses(reader *self, const cJSON *json) {
    CORNU_TRY(check_entries(self, "loss", json));
    for (size_t i = 0; i < self->training->output_count; i++)
        CORNU_TRY(read_loss(self, i, entry_of(self, json, i)));
    return CORNU_OK;
}

static cornu_status read_loss_weights(reader *self, const cJSON *json) {
    if (!json || cJSON_IsNull(json)) return CORNU_OK;
    CORNU_TRY(check_entries(self, "loss_weights", json));
    for (size_t i = 0; i < self->training->output_count; i++) {
        const cJSON *weight = entry_of(self, json, i);
        if (!weight || cJSON_IsNull(weight)) continue;
        if (!cJSON_IsNumber(weight))
            CORNU_FAIL(CORNU_EFORMAT, "an entry of 'loss_weights' is not a number");
        self->training->losses[i].weight = weight->valuedouble;
    }
    return CORNU_OK;
}

static cornu_status read_metric(reader *self, size_t output, bool weighted, const cJSON *json) {
    cornu_metric *metric = NULL;
    const char *given = cJSON_GetStringValue(json);
    if (cJSON_IsNull(json)) return CORNU_OK;
    if (!given) {
        metric = cornu_object_deserialize_(CORNU_FAMILY_METRIC, json);
        if (!metric) return note_unknown(self, "metric");
    }
    cornu_status status =
        cornu_training_add_metric_(self->training, output, weighted, given, metric);
    return status == CORNU_OK ? CORNU_OK : note_unknown(self, "metric");
}

/* A metric, or lists of them in one another. */
static cornu_status read_metric_list(
    reader *self, size_t output, bool weighted, const cJSON *json
) {
    if (!json) return CORNU_OK;
    if (!cJSON_IsArray(json)) return read_metric(self, output, weighted, json);
    for (const cJSON *item = json->child; item; item = item->next)
        CORNU_TRY(read_metric_list(self, output, weighted, item));
    return CORNU_OK;
}

static cornu_status read_metrics(reader *self, bool weighted, const cJSON *json) {
    size_t outputs = self->training->output_count;
    if (!json || cJSON_IsNull(json) || (cJSON_IsArray(json) && !json->child)) return CORNU_OK;
    if (outputs == 1 && cJSON_IsArray(json)) return read_metric_list(self, 0, weighted, json);
    CORNU_TRY(check_entries(self, weighted ? "weighted_metrics" : "metrics", json));
    for (size_t i = 0; i < outputs; i++)
        CORNU_TRY(read_metric_list(self, i, weighted, entry_of(self, json, i)));
    return CORNU_OK;
}

static cornu_status read_all(reader *self, const cJSON *config) {
    struct cornu_training *training = self->training;
    const cJSON *eager = cJSON_GetObjectItemCaseSensitive(config, "run_eagerly");
    const cJSON *scale = cJSON_GetObjectItemCaseSensitive(config, "auto_scale_loss");
    const cJSON *steps = cJSON_GetObjectItemCaseSensitive(config, "steps_per_execution");
    training->run_eagerly = cJSON_IsTrue(eager);
    training->auto_scale_loss = !cJSON_IsFalse(scale);
    if (cJSON_IsNumber(steps)) training->steps_per_execution = steps->valueint;
    training->config = cJSON_Duplicate(config, true);
    if (!training->config) CORNU_FAIL(CORNU_ENOMEM, "out of memory");
    cJSON_DeleteItemFromObjectCaseSensitive(training->config, "optimizer");
    CORNU_TRY(read_optimizer(self, cJSON_GetObjectItemCaseSensitive(config, "optimizer")));
    const cJSON *loss = cJSON_GetObjectItemCaseSensitive(config, "loss");
    if (loss) CORNU_TRY(read_losses(self, loss));
    CORNU_TRY(read_loss_weights(self, cJSON_GetObjectItemCaseSensitive(config, "loss_weights")));
    CORNU_TRY(read_metrics(self, false, cJSON_GetObjectItemCaseSensitive(config, "metrics")));
    CORNU_TRY(read_metrics(self, true, cJSON_GetObjectItemCaseSensitive(config, "weighted_metrics"))
    );
    if (!self->unknown.length) return CORNU_OK;
    CORNU_FAIL(CORNU_EUNKNOWN, "%s", self->unknown.data);
}

static cornu_status compile_from_config(cornu_model *model, const cJSON *config) {
    if (!config || cJSON_IsNull(config) || !config->child) return CORNU_OK;
    if (!cJSON_IsObject(config)) CORNU_FAIL(CORNU_EFORMAT, "compile_config is not an object");
    reader self = {.model = model, .training = cornu_training_new_(model)};
    if (!self.training) return cornu_error_status();
    cornu_status status = read_all(&self, config);
    cornu_text_free_(&self.unknown);
    if (status == CORNU_OK) status = cornu_training_install_(model, self.training);
    else cornu_training_free_(self.training);
    return status == CORNU_OK ? CORNU_OK : cornu_error_context("compile_config");
}

/* ---- for self-tests -------------------------------------------------------------------------- */

static cornu_status train_steps(
    cornu_model *model, cornu_tensor_list inputs, cornu_tensor_list targets, float *losses,
    int64_t steps
) {
    for (int64_t i = 0; i < steps; i++) {
        cornu_logs logs = {0};
        cornu_status status =
            cornu_train_on_batch(model, .inputs = inputs, .targets = targets, .logs = &logs);
        if (status == CORNU_OK) losses[i] = (float)cornu_logs_get(&logs, "loss");
        cornu_logs_clear(&logs);
        CORNU_TRY(status, "step %lld", (long long)i + 1);
    }
    return CORNU_OK;
}

const cornu_training_class cornu_training_class_ = {
    .destroy = cornu_training_free_,
    .destroy_steps = cornu_compiled_steps_free_,
    .destroy_hooks = cornu_step_hooks_free_,
    .compile_config = compile_config,
    .compile_from_config = compile_from_config,
    .optimizer = cornu_model_optimizer,
    .train_steps = train_steps,
};
