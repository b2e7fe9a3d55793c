/* Compile: the caller's arguments, per output, and the config that they make.
 * keras/src/trainers/trainer.py, compile; keras/src/trainers/compile_utils.py */
#include "base/memory.h"
#include "base/text.h"
#include "train/training.h"
#include <math.h>
#include <string.h>

/* What is wanted of one output. */
typedef struct wanted {
    const char *loss_name;
    cornu_loss *loss; /* borrowed */
    double weight;    /* NAN: none */
    cornu_metric_list metrics, weighted;
} wanted;

/* ---- from arguments to outputs --------------------------------------------------------------- */

cornu_status cornu_training_find_output_(
    const cornu_model *model, const char *what, const char *name, size_t *index
) {
    size_t count = cornu_model_output_count(model);
    cornu_text names = {0};
    for (*index = 0; *index < count; ++*index) {
        char text[32];
        const char *own = cornu_training_output_name_(model, *index, text);
        if (name && strcmp(own, name) == 0) return cornu_text_free_(&names), CORNU_OK;
        cornu_text_format_(&names, "%s'%s'", *index ? ", " : "", own);
    }
    char *list = cornu_text_take_(&names);
    if (!list) return CORNU_ENOMEM;
    (void)cornu_error_set(
        CORNU_EINVAL, __FILE__, __LINE__, "%s names an output '%s'; the model's outputs are %s",
        what, name ? name : "(null)", list
    );
    cornu_free_(list);
    return CORNU_EINVAL;
}

static cornu_status map_losses(
    const cornu_model *model, cornu_loss_map_list map, wanted *outputs, bool *seen
) {
    for (size_t i = 0; i < map.count; i++) {
        size_t index;
        CORNU_TRY(cornu_training_find_output_(model, "loss_map", map.items[i].output, &index));
        if (seen[index]) CORNU_FAIL(CORNU_EINVAL, "loss_map names '%s' twice", map.items[i].output);
        if (map.items[i].name && map.items[i].loss)
            CORNU_FAIL(
                CORNU_EINVAL, "loss_map gives '%s' a name and an object; one of both is wanted",
                map.items[i].output
            );
        seen[index] = true;
        outputs[index].loss_name = map.items[i].name;
        outputs[index].loss = map.items[i].loss;
    }
    for (size_t i = 0; map.count && i < cornu_model_output_count(model); i++) {
        char text[32];
        if (seen[i]) continue;
        CORNU_FAIL(
            CORNU_EINVAL,
            "loss_map says nothing of the output '%s'; an item without a loss says "
            "that it has none",
            cornu_training_output_name_(model, i, text)
        );
    }
    return CORNU_OK;
}

static cornu_status list_losses(const cornu_compile_args *args, wanted *outputs) {
    size_t count = cornu_model_output_count(args->model);
    char text[32];
    if (args->losses && args->loss_count != count)
        CORNU_FAIL(
            CORNU_EINVAL,
            "%zu losses were given; the model has %zu output%s ('%s'%s), each of which needs a "
            "loss or NULL",
            args->loss_count, count, count == 1 ? "" : "s",
            cornu_training_output_name_(args->model, 0, text), count == 1 ? "" : ", ..."
        );
    for (size_t i = 0; i < count && !args->loss_map.count; i++) {
        outputs[i].loss = args->losses ? args->losses[i] : args->loss;
        outputs[i].loss_name = args->loss_name;
    }
    return CORNU_OK;
}

static cornu_status set_weights(const cornu_compile_args *args, wanted *outputs) {
    for (size_t i = 0; i < cornu_model_output_count(args->model); i++)
        outputs[i].weight = args->loss_weights ? args->loss_weights[i] : NAN;
    for (size_t i = 0; i < args->loss_weight_map.count; i++) {
        const cornu_weight_item *item = &args->loss_weight_map.items[i];
        size_t index;
        CORNU_TRY(cornu_training_find_output_(args->model, "loss_weight_map", item->output, &index)
        );
        outputs[index].weight = item->weight;
    }
    return CORNU_OK;
}

static cornu_status set_metrics(
    const cornu_model *model, bool weighted, cornu_metric_list all,
    const cornu_metric_list *per_output, cornu_metrics_map_list map, wanted *outputs
) {
    const char *what = weighted ? "weighted_metrics_map" : "metrics_map";
    for (size_t i = 0; i < cornu_model_output_count(model) && !map.count; i++) {
        cornu_metric_list list = per_output ? per_output[i] : all;
        if (weighted) outputs[i].weighted = list;
        else outputs[i].metrics = list;
    }
    for (size_t i = 0; i < map.count; i++) {
        size_t index;
        CORNU_TRY(cornu_training_find_output_(model, what, map.items[i].output, &index));
        if (weighted) outputs[index].weighted = map.items[i].metrics;
        else outputs[index].metrics = map.items[i].metrics;
    }
    return CORNU_OK;
}

static cornu_status at_most_one(const char *names, int given) {
    if (given <= 1) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "only one of %s can be given", names);
}

static cornu_status check_ways(const cornu_compile_args *args) {
    CORNU_TRY(at_most_one(
        "loss, loss_name, losses and loss_map", (args->loss != NULL) + (args->loss_name != NULL) +
                                                    (args->losses != NULL) +
                                                    (args->loss_map.count > 0)
    ));
    CORNU_TRY(at_most_one(
        "loss_weights and loss_weight_map",
        (args->loss_weights != NULL) + (args->loss_weight_map.count > 0)
    ));
    CORNU_TRY(at_most_one(
        "metrics, metrics_per_output and metrics_map", (args->metrics.count > 0) +
                                                           (args->metrics_per_output != NULL) +
                                                           (args->metrics_map.count > 0)
    ));
    return at_most_one(
        "weighted_metrics, weighted_metrics_per_output and weighted_metrics_map",
        (args->weighted_metrics.count > 0) + (args->weighted_metrics_per_output != NULL) +
            (args->weighted_metrics_map.count > 0)
    );
}

static cornu_status sort_out(const cornu_compile_args *args, wanted *outputs, bool *seen) {
    CORNU_TRY(check_ways(args));
    CORNU_TRY(list_losses(args, outputs));
    CORNU_TRY(map_losses(args->model, args->loss_map, outputs, seen));
    CORNU_TRY(set_weights(args, outputs));
    CORNU_TRY(set_metrics(
        args->model, false, args->metrics, args->metrics_per_output, args->metrics_map, outputs
    ));
    return set_metrics(
        args->model, true, args->weighted_metrics, args->weighted_metrics_per_output,
        args->weighted_metrics_map, outputs
    );
}

/* ---- the config, in the form in which things were given -------------------------------------- */

/* Adds `item` to an array or object; both are freed on failure. */
static cJSON *with_item(cJSON *array, cJSON *item) {
    if (array && item && cJSON_AddItemToArray(array, item)) return array;
    if (cornu_error_status() == CORNU_OK)
        (void)cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory");
    cJSON_Delete(array);
    cJSON_Delete(item);
    return NULL;
}

static cornu_status add_member(cJSON *object, const char *key, cJSON *value) {
    if (value && cJSON_AddItemToObject(object, key, value)) return CORNU_OK;
    cJSON_Delete(value);
    if (cornu_error_status() != CORNU_OK) return cornu_error_status();
    return cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory");
}

/* The same for an object under the output's name. */
static cJSON *with_member(cJSON *object, const char *key, cJSON *value) {
    if (object && add_member(object, key, value) == CORNU_OK) return object;
    cJSON_Delete(object ? NULL : value);
    cJSON_Delete(object);
    return NULL;
}

static cJSON *loss_config(const char *name, const cornu_loss *loss) {
    if (name) return cJSON_CreateString(name);
    return loss ? cornu_object_serialize_(CORNU_FAMILY_LOSS, loss) : cJSON_CreateNull();
}

static cJSON *losses_config(const cornu_compile_args *args) {
    cJSON *made = args->loss_map.count ? cJSON_CreateObject() : NULL;
    for (size_t i = 0; i < args->loss_map.count && made; i++) {
        const cornu_loss_item *item = &args->loss_map.items[i];
        made = with_member(made, item->output, loss_config(item->name, item->loss));
    }
    if (args->loss_map.count) return made;
    if (!args->losses) return loss_config(args->loss_name, args->loss);
    made = cJSON_CreateArray();
    for (size_t i = 0; i < args->loss_count && made; i++)
        made = with_item(made, loss_config(NULL, args->losses[i]));
    return made;
}

static cJSON *weights_config(const cornu_compile_args *args) {
    cornu_weight_map_list map = args->loss_weight_map;
    if (!args->loss_weights && !map.count) return cJSON_CreateNull();
    cJSON *made = map.count ? cJSON_CreateObject() : cJSON_CreateArray();
    for (size_t i = 0; i < map.count && made; i++)
        made = with_member(made, map.items[i].output, cornu_json_float_(map.items[i].weight));
    for (size_t i = 0; !map.count && i < cornu_model_output_count(args->model) && made; i++)
        made = with_item(made, cornu_json_float_(args->loss_weights[i]));
    return made;
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

/* null for none, a flat list for one output, else one list per output, or under its name. */
static cJSON *metrics_config(
    size_t outputs, cornu_metric_list all, const cornu_metric_list *per_output,
    cornu_metrics_map_list map
) {
    bool any = all.count > 0 || map.count > 0;
    for (size_t i = 0; per_output && i < outputs; i++) any = any || per_output[i].count > 0;
    if (!any) return cJSON_CreateNull();
    cJSON *made = map.count ? cJSON_CreateObject() : NULL;
    for (size_t i = 0; i < map.count && made; i++)
        made = with_member(made, map.items[i].output, list_config(map.items[i].metrics));
    if (map.count) return made;
    if (outputs == 1) return list_config(per_output ? per_output[0] : all);
    made = cJSON_CreateArray();
    for (size_t i = 0; i < outputs && made; i++)
        made = with_item(made, list_config(per_output ? per_output[i] : all));
    return made;
}

static cornu_status make_config(struct cornu_training *training, const cornu_compile_args *args) {
    size_t outputs = training->output_count;
    cJSON *config = training->config = cJSON_CreateObject();
    if (!config) CORNU_FAIL(CORNU_ENOMEM, "out of memory");
    CORNU_TRY(add_member(config, "loss", losses_config(args)));
    CORNU_TRY(add_member(config, "loss_weights", weights_config(args)));
    CORNU_TRY(add_member(
        config, "metrics",
        metrics_config(outputs, args->metrics, args->metrics_per_output, args->metrics_map)
    ));
    CORNU_TRY(add_member(
        config, "weighted_metrics",
        metrics_config(
            outputs, args->weighted_metrics, args->weighted_metrics_per_output,
            args->weighted_metrics_map
        )
    ));
    CORNU_TRY(add_member(config, "run_eagerly", cJSON_CreateBool(args->run_eagerly)));
    CORNU_TRY(add_member(config, "steps_per_execution", cornu_json_int_(args->steps_per_execution))
    );
    return add_member(config, "jit_compile", cJSON_CreateFalse());
}

/* ---- the record ------------------------------------------------------------------------------ */

/* A second metric like the one given, since an object counts for one output only: of the same
 * arguments, or where the class keeps more than those in configs, by its config. */
static cornu_metric *like(const cornu_metric *metric) {
    const cornu_metric_class *cls = metric->cls;
    const void *args = cornu_object_args_(metric);
    cornu_family family;
    bool keeps_more = cls->get_config && cls->from_config;
    for (size_t i = 0; args && !keeps_more && i < cls->field_count; i++)
        if (cornu_field_is_object_(&cls->fields[i], &family)) /* the maker takes it */
            (void)cornu_object_retain_(cornu_pointer_get_(args, cls->fields[i].offset));
    if (!keeps_more) return cornu_metric_create(cls, args);
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

static cornu_status fill(
    struct cornu_training *training, const cornu_compile_args *args, const wanted *outputs
) {
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_compiled_loss *entry = &training->losses[i];
        entry->loss = cornu_loss_retain(outputs[i].loss);
        entry->weight = outputs[i].weight;
        if (outputs[i].loss_name) CORNU_TRY(cornu_training_set_loss_(entry, outputs[i].loss_name));
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        /* a list for all outputs is the first one's, and copied for the others */
        bool shared = weighted ? args->weighted_metrics.count > 0 : args->metrics.count > 0;
        for (size_t i = 0; i < training->output_count; i++)
            CORNU_TRY(add_list(
                training, i, weighted == 1, weighted ? outputs[i].weighted : outputs[i].metrics,
                shared && i > 0
            ));
    }
    return make_config(training, args);
}

static cornu_status make_record(
    const cornu_compile_args *args, const wanted *outputs, struct cornu_training **made
) {
    struct cornu_training *training = cornu_training_new_(args->model);
    if (!training) return cornu_error_status();
    training->optimizer =
        args->optimizer ? cornu_optimizer_retain(args->optimizer) : cornu_optimizer_get("rmsprop");
    training->run_eagerly = args->run_eagerly;
    training->auto_scale_loss = args->auto_scale_loss;
    training->steps_per_execution = args->steps_per_execution;
    cornu_status status = training->optimizer ? CORNU_OK : cornu_error_status();
    if (status == CORNU_OK) status = fill(training, args, outputs);
    if (status == CORNU_OK) return *made = training, CORNU_OK;
    cornu_training_free_(training);
    return status;
}

static cornu_status compile(const cornu_compile_args *args) {
    if (!args->model) return cornu_error_null("model");
    /* A NULL among the arguments with an error pending comes of a maker that failed. */
    bool losses = args->loss || args->losses || args->loss_name || args->loss_map.count;
    if ((!args->optimizer || !losses) && cornu_error_status() != CORNU_OK)
        return cornu_error_status();
    size_t count = cornu_model_output_count(args->model);
    wanted *outputs = cornu_alloc_array_(count, sizeof *outputs);
    bool *seen = cornu_alloc_array_(count, sizeof *seen);
    struct cornu_training *training = NULL;
    cornu_status status = outputs && seen ? sort_out(args, outputs, seen) : CORNU_ENOMEM;
    if (status == CORNU_OK) status = make_record(args, outputs, &training);
    cornu_free_(outputs);
    cornu_free_(seen);
    return status == CORNU_OK ? cornu_training_install_(args->model, training) : status;
}

static void free_list(cornu_metric_list list) {
    for (size_t i = 0; i < list.count; i++) cornu_metric_free(list.items[i].metric);
}

/* Everything was taken: what is kept has been retained. */
static void free_args(const cornu_compile_args *args) {
    size_t outputs = args->model ? cornu_model_output_count(args->model) : 0;
    cornu_optimizer_free(args->optimizer);
    cornu_loss_free(args->loss);
    for (size_t i = 0; args->losses && i < args->loss_count; i++) cornu_loss_free(args->losses[i]);
    for (size_t i = 0; i < args->loss_map.count; i++) cornu_loss_free(args->loss_map.items[i].loss);
    free_list(args->metrics);
    free_list(args->weighted_metrics);
    for (size_t i = 0; i < outputs; i++) {
        if (args->metrics_per_output) free_list(args->metrics_per_output[i]);
        if (args->weighted_metrics_per_output) free_list(args->weighted_metrics_per_output[i]);
    }
    for (size_t i = 0; i < args->metrics_map.count; i++)
        free_list(args->metrics_map.items[i].metrics);
    for (size_t i = 0; i < args->weighted_metrics_map.count; i++)
        free_list(args->weighted_metrics_map.items[i].metrics);
}

cornu_status cornu_compile_with(const cornu_compile_args *args) {
    cornu_status status = compile(args);
    if (status != CORNU_OK) (void)cornu_error_context("compile");
    free_args(args);
    return status;
}
