/* Compile: what a model is trained with, taken from the caller's arguments.
 * keras/src/trainers/trainer.py, compile; keras/src/trainers/compile_utils.py */
#include "base/memory.h"
#include "train/training.h"
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
    if (!training->losses || !training->outputs || !training->masks || !training->values ||
        !training->loss_tracker) {
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
    cornu_free_(training);
}

/* Names whose kind depends on the shapes of targets and predictions. */
static bool of_several_kinds(const char *name) {
    return strcmp(name, "accuracy") == 0 || strcmp(name, "acc") == 0 ||
           strcmp(name, "crossentropy") == 0 || strcmp(name, "ce") == 0;
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

cornu_status cornu_training_install_(cornu_model *model, struct cornu_training *training) {
    cornu_status status = CORNU_OK;
    if (training->steps_per_execution < 1)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "steps_per_execution must be at least 1, got %lld",
            (long long)training->steps_per_execution
        );
    if (status == CORNU_OK) status = add_trackers(model, training);
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

struct cornu_training *cornu_training_of_(const cornu_model *model) {
    if (!model) return (void)cornu_error_null("model"), NULL;
    if (!model->training)
        CORNU_FAIL_NULL(
            CORNU_ESTATE, "model '%s' is not compiled; call cornu_compile first",
            cornu_model_name(model)
        );
    return model->training;
}

/* ---- the arguments --------------------------------------------------------------------------- */

/* Adds `item` to an array or object; both are freed on failure. */
static cJSON *with_item(cJSON *array, cJSON *item) {
    if (array && item && cJSON_AddItemToArray(array, item)) return array;
    if (cornu_error_status() == CORNU_OK)
        (void)cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory");
    cJSON_Delete(array);
    cJSON_Delete(item);
    return NULL;
}

static cJSON *list_config(cornu_metric_list list) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < list.count && array; i++) {
        const cornu_metric_item *item = &list.items[i];
        array = with_item(
            array, item->name ? cJSON_CreateString(item->name)
                              : cornu_object_serialize_(CORNU_FAMILY_METRIC, item->metric)
        );
    }
    return array;
}

/* The lists as Keras keeps them: null for none, a flat list for one output, else one per output. */
static cJSON *metrics_config(
    size_t outputs, cornu_metric_list all, const cornu_metric_list *per_output
) {
    bool any = all.count > 0;
    for (size_t i = 0; per_output && i < outputs; i++) any = any || per_output[i].count > 0;
    if (!any) return cJSON_CreateNull();
    if (outputs == 1) return list_config(per_output ? per_output[0] : all);
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < outputs && array; i++)
        array = with_item(array, list_config(per_output ? per_output[i] : all));
    return array;
}

static cJSON *losses_config(const struct cornu_training *training, bool list) {
    if (!list) {
        cornu_loss *loss = training->losses[0].loss;
        return loss ? cornu_object_serialize_(CORNU_FAMILY_LOSS, loss) : cJSON_CreateNull();
    }
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < training->output_count && array; i++) {
        cornu_loss *loss = training->losses[i].loss;
        array = with_item(
            array, loss ? cornu_object_serialize_(CORNU_FAMILY_LOSS, loss) : cJSON_CreateNull()
        );
    }
    return array;
}

static cJSON *weights_config(const double *weights, size_t count) {
    if (!weights) return cJSON_CreateNull();
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < count && array; i++)
        array = with_item(array, cornu_json_float_(weights[i]));
    return array;
}

static cornu_status add_member(cJSON *object, const char *key, cJSON *value) {
    if (value && cJSON_AddItemToObject(object, key, value)) return CORNU_OK;
    cJSON_Delete(value);
    if (cornu_error_status() != CORNU_OK) return cornu_error_status();
    return cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory");
}

static cornu_status make_config(struct cornu_training *training, const cornu_compile_args *args) {
    size_t outputs = training->output_count;
    cJSON *config = training->config = cJSON_CreateObject();
    if (!config) CORNU_FAIL(CORNU_ENOMEM, "out of memory");
    CORNU_TRY(add_member(config, "loss", losses_config(training, args->losses != NULL)));
    CORNU_TRY(add_member(config, "loss_weights", weights_config(args->loss_weights, outputs)));
    CORNU_TRY(add_member(
        config, "metrics", metrics_config(outputs, args->metrics, args->metrics_per_output)
    ));
    CORNU_TRY(add_member(
        config, "weighted_metrics",
        metrics_config(outputs, args->weighted_metrics, args->weighted_metrics_per_output)
    ));
    CORNU_TRY(add_member(config, "run_eagerly", cJSON_CreateBool(args->run_eagerly)));
    CORNU_TRY(add_member(config, "steps_per_execution", cornu_json_int_(args->steps_per_execution))
    );
    return add_member(config, "jit_compile", cJSON_CreateFalse());
}

/* A second metric like the one given, since an object counts for one output only. */
static cornu_metric *like(const cornu_metric *metric) {
    cJSON *config = cornu_object_serialize_(CORNU_FAMILY_METRIC, metric);
    cornu_metric *copy = config ? cornu_object_deserialize_(CORNU_FAMILY_METRIC, config) : NULL;
    cJSON_Delete(config);
    return copy;
}

static cornu_status add_list(
    struct cornu_training *training, size_t output, bool weighted, cornu_metric_list list, bool copy
) {
    for (size_t i = 0; i < list.count; i++) {
        const cornu_metric_item *item = &list.items[i];
        if (!item->name && !item->metric) return cornu_error_null("metric");
        cornu_metric *metric = NULL;
        if (item->metric) {
            metric = copy ? like(item->metric) : cornu_metric_retain(item->metric);
            if (!metric) return cornu_error_status();
        }
        CORNU_TRY(cornu_training_add_metric_(training, output, weighted, item->name, metric));
    }
    return CORNU_OK;
}

static cornu_status add_lists(
    struct cornu_training *training, bool weighted, cornu_metric_list all,
    const cornu_metric_list *per_output
) {
    for (size_t i = 0; i < training->output_count; i++) {
        bool copy = !per_output && i > 0;
        CORNU_TRY(add_list(training, i, weighted, per_output ? per_output[i] : all, copy));
    }
    return CORNU_OK;
}

static cornu_status add_losses(
    cornu_model *model, struct cornu_training *training, const cornu_compile_args *args
) {
    size_t outputs = training->output_count;
    if (args->losses && args->loss_count != outputs) {
        char text[32];
        CORNU_FAIL(
            CORNU_EINVAL,
            "%zu losses were given; the model has %zu output%s ('%s'%s), each of which needs a "
            "loss or NULL",
            args->loss_count, outputs, outputs == 1 ? "" : "s",
            cornu_training_output_name_(model, 0, text), outputs == 1 ? "" : ", ..."
        );
    }
    for (size_t i = 0; i < outputs; i++) {
        cornu_loss *loss = args->losses ? args->losses[i] : args->loss;
        training->losses[i].loss = cornu_loss_retain(loss);
        if (args->loss_weights) training->losses[i].weight = args->loss_weights[i];
    }
    return CORNU_OK;
}

static cornu_status compile(const cornu_compile_args *args) {
    if (!args->model) return cornu_error_null("model");
    /* A NULL among the arguments with an error pending comes of a maker that failed. */
    bool missing = !args->optimizer || (!args->loss && !args->losses);
    if (missing && cornu_error_status() != CORNU_OK) return cornu_error_status();
    struct cornu_training *training = cornu_training_new_(args->model);
    if (!training) return cornu_error_status();
    training->optimizer =
        args->optimizer ? cornu_optimizer_retain(args->optimizer) : cornu_optimizer_get("rmsprop");
    training->run_eagerly = args->run_eagerly;
    training->auto_scale_loss = args->auto_scale_loss;
    training->steps_per_execution = args->steps_per_execution;
    cornu_status status = training->optimizer ? CORNU_OK : cornu_error_status();
    if (status == CORNU_OK) status = add_losses(args->model, training, args);
    if (status == CORNU_OK)
        status = add_lists(training, false, args->metrics, args->metrics_per_output);
    if (status == CORNU_OK)
        status =
            add_lists(training, true, args->weighted_metrics, args->weighted_metrics_per_output);
    if (status == CORNU_OK) status = make_config(training, args);
    if (status == CORNU_OK) return cornu_training_install_(args->model, training);
    cornu_training_free_(training);
    return status;
}

static void free_list(cornu_metric_list list) {
    for (size_t i = 0; i < list.count; i++) cornu_metric_free(list.items[i].metric);
}

cornu_status cornu_compile_with(const cornu_compile_args *args) {
    cornu_status status = compile(args);
    if (status != CORNU_OK) (void)cornu_error_context("compile");
    /* Everything was taken: what is kept has been retained. */
    size_t outputs = args->model ? cornu_model_output_count(args->model) : 0;
    cornu_optimizer_free(args->optimizer);
    cornu_loss_free(args->loss);
    for (size_t i = 0; args->losses && i < args->loss_count; i++) cornu_loss_free(args->losses[i]);
    free_list(args->metrics);
    free_list(args->weighted_metrics);
    for (size_t i = 0; i < outputs; i++) {
        if (args->metrics_per_output) free_list(args->metrics_per_output[i]);
        if (args->weighted_metrics_per_output) free_list(args->weighted_metrics_per_output[i]);
    }
    return status;
}

cornu_optimizer *cornu_model_optimizer(const cornu_model *model) {
    return model && model->training ? model->training->optimizer : NULL;
}
