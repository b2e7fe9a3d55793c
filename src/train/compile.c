/* The record of what a model is trained with. keras/src/trainers/trainer.py, compile;
 * keras/src/trainers/compile_utils.py */
#include "base/memory.h"
#include "train/training.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- the record ------------------------------------------------------------------------------ */

struct cornu_training *cornu_training_new_(cornu_model *model) {
    struct cornu_training *training = cornu_alloc_(sizeof *training);
    if (!training) return NULL;
    size_t count = training->output_count = cornu_model_output_count(model);
    training->steps_per_execution = 1;
    training->auto_scale_loss = true;
    training->losses = cornu_alloc_array_(count, sizeof *training->losses);
    training->outputs = cornu_alloc_array_(count, sizeof *training->outputs);
    training->masks = cornu_alloc_array_(count, sizeof *training->masks);
    training->values = cornu_alloc_array_(count, sizeof *training->values);
    training->loss_tracker = cornu_metric_mean(.name = "loss");
    training->logs = cornu_alloc_(sizeof *training->logs);
    if (!training->logs || !training->losses || !training->outputs || !training->masks ||
        !training->values || !training->loss_tracker) {
        cornu_training_free_(training);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) training->losses[i].weight = NAN;
    return training;
}

void cornu_training_free_(struct cornu_training *training) {
    if (!training) return;
    for (size_t i = 0; training->losses && i < training->output_count; i++) {
        cornu_loss_free(training->losses[i].loss);
        cornu_metric_free(training->losses[i].tracker);
        cornu_free_(training->losses[i].given);
    }
    for (size_t i = 0; i < training->metric_count; i++) {
        cornu_metric_free(training->metrics[i].metric);
        cornu_free_(training->metrics[i].given);
        cornu_free_(training->metrics[i].log_name);
    }
    cornu_optimizer_free(training->optimizer);
    cornu_metric_free(training->loss_tracker);
    cJSON_Delete(training->config);
    cornu_free_(training->losses);
    cornu_free_(training->metrics);
    cornu_free_(training->outputs);
    cornu_free_(training->masks);
    cornu_free_(training->values);
    cornu_free_(training->gradients);
    cornu_free_(training->constraints);
    cornu_free_(training->constrained);
    cornu_tensor_free(training->class_weights);
    cornu_logs_clear(training->logs);
    cornu_free_(training->logs);
    cornu_free_(training);
}

/* "Accuracy" and "accuracy" are one name to Keras. */
static bool is_called(const char *given, const char *name) {
    while (*given && tolower((unsigned char)*given) == *name) given++, name++;
    return !*given && !*name;
}

static bool is_crossentropy(const char *name) {
    return is_called(name, "crossentropy") || is_called(name, "ce");
}

/* Names whose kind depends on the shapes of targets and predictions. */
static bool of_several_kinds(const char *name) {
    return is_called(name, "accuracy") || is_called(name, "acc") || is_crossentropy(name);
}

cornu_status cornu_training_add_metric_(
    struct cornu_training *training, size_t output, bool weighted, const char *given,
    cornu_metric *metric
) {
    cornu_status status =
        CORNU_RESERVE_(training->metrics, training->metric_capacity, training->metric_count + 1);
    char *name = given && status == CORNU_OK ? cornu_strdup_(given) : NULL;
    if (status == CORNU_OK && given && !name) status = CORNU_ENOMEM;
    /* A name of one kind is looked up now, so that a wrong one is known where it was written. */
    if (status == CORNU_OK && given && !of_several_kinds(given)) {
        metric = cornu_metric_get(given);
        if (!metric) status = cornu_error_status();
    }
    if (status != CORNU_OK) {
        cornu_metric_free(metric);
        cornu_free_(name);
        return status;
    }
    training->metrics[training->metric_count++] = (cornu_compiled_metric
    ){.metric = metric, .given = name, .output = output, .weighted = weighted};
    return CORNU_OK;
}

static cornu_status add_trackers(cornu_model *model, struct cornu_training *training) {
    size_t losses = 0;
    for (size_t i = 0; i < training->output_count; i++)
        losses += training->losses[i].loss || training->losses[i].given;
    for (size_t i = 0; losses > 1 && i < training->output_count; i++) {
        if (!training->losses[i].loss && !training->losses[i].given) continue;
        char text[32];
        char *name = cornu_format_("%s_loss", cornu_training_output_name_(model, i, text));
        if (!name) return CORNU_ENOMEM;
        training->losses[i].tracker = cornu_metric_mean(.name = name);
        cornu_free_(name);
        if (!training->losses[i].tracker) return cornu_error_status();
    }
    return CORNU_OK;
}

/* Gradients of a model that computes in float16 are too small for it, unless the loss is scaled. */
static cornu_status scale_loss(const cornu_model *model, struct cornu_training *training) {
    const char *policy = cornu_layer_dtype_policy(cornu_model_layer((cornu_model *)model));
    cornu_optimizer *optimizer = training->optimizer;
    if (!training->auto_scale_loss || !optimizer || !policy) return CORNU_OK;
    if (strcmp(policy, "mixed_float16") != 0 || optimizer->cls->loss_scale) return CORNU_OK;
    training->optimizer = cornu_optimizer_loss_scale_optimizer(optimizer);
    training->scaled = true;
    return training->optimizer ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_training_install_(cornu_model *model, struct cornu_training *training) {
    cornu_status status = CORNU_OK;
    if (training->steps_per_execution < 1)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "steps_per_execution must be at least 1, got %lld",
            (long long)training->steps_per_execution
        );
    if (status == CORNU_OK) status = add_trackers(model, training);
    if (status == CORNU_OK) status = scale_loss(model, training);
    if (status != CORNU_OK) {
        cornu_training_free_(training);
        return status;
    }
    cornu_training_free_(model->training);
    cornu_compiled_steps_free_(model->compiled);
    model->compiled = NULL;
    model->training = training;
    return CORNU_OK;
}

cornu_status cornu_training_set_loss_(cornu_compiled_loss *entry, const char *name) {
    if (is_crossentropy(name)) {
        entry->given = cornu_strdup_(name);
        return entry->given ? CORNU_OK : CORNU_ENOMEM;
    }
    entry->loss = cornu_loss_get(name);
    return entry->loss ? CORNU_OK : cornu_error_status();
}

struct cornu_training *cornu_training_of_(const cornu_model *model) {
    if (!model) return (void)cornu_error_null("model"), NULL;
    if (!model->training)
        CORNU_FAIL_NULL(
            CORNU_ESTATE, "model '%s' is not compiled; call cornu_compile first",
            cornu_model_name(model)
        );
    return model->training;
}

cornu_optimizer *cornu_model_optimizer(const cornu_model *model) {
    return model && model->training ? model->training->optimizer : NULL;
}
