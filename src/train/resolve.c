/* What compile leaves open until the first batch: "accuracy" and "crossentropy" mean the binary,
 * the categorical or the sparse kind by the shapes of targets and predictions; names in the logs.
 * keras/src/trainers/compile_utils.py: is_binary_or_sparse_categorical, get_metric, get_loss,
 * CompileMetrics.result */
#include "base/map.h"
#include "base/memory.h"
#include "train/training.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *cornu_training_output_name_(const cornu_model *model, size_t output, char text[32]) {
    const char *name = cornu_model_output_name(model, output);
    if (name) return name;
    snprintf(text, 32, "output_%zu", output);
    return text;
}

typedef enum kind { BINARY, CATEGORICAL, SPARSE } kind;

static kind kind_of(const cornu_tensor *y_true, const cornu_tensor *y_pred) {
    int true_rank = cornu_tensor_rank(y_true), pred_rank = cornu_tensor_rank(y_pred);
    if (pred_rank == 0 || cornu_tensor_dim(y_pred, -1) == 1) return BINARY;
    bool sparse = true_rank < pred_rank || cornu_tensor_dim(y_true, -1) == 1;
    return sparse ? SPARSE : CATEGORICAL;
}

static const char *const accuracies[] = {
    [BINARY] = "BinaryAccuracy",
    [CATEGORICAL] = "CategoricalAccuracy",
    [SPARSE] = "SparseCategoricalAccuracy"};
static const char *const crossentropies[] = {
    [BINARY] = "BinaryCrossentropy",
    [CATEGORICAL] = "CategoricalCrossentropy",
    [SPARSE] = "SparseCategoricalCrossentropy"};

static cornu_status choose_metric(
    cornu_compiled_metric *metric, const cornu_tensor *y_true, const cornu_tensor *y_pred
) {
    kind which = kind_of(y_true, y_pred);
    const char *name =
        tolower((unsigned char)metric->given[0]) == 'a' ? accuracies[which] : crossentropies[which];
    metric->metric = cornu_metric_get(name);
    return metric->metric ? CORNU_OK : cornu_error_status();
}

/* "<output>_" where there are several outputs. */
static char *full_name(
    const cornu_model *model, const cornu_compiled_metric *metric, const char *before
) {
    char text[32];
    const char *name = metric->given ? metric->given : cornu_metric_name(metric->metric);
    if (cornu_model_output_count(model) == 1) return cornu_format_("%s%s", before, name);
    const char *output = cornu_training_output_name_(model, metric->output, text);
    return cornu_format_("%s_%s%s", output, before, name);
}

/* A name that was there before gets "weighted_" in front if the metric is weighted, then a number
 * at its end. `used` counts how often a name was asked for. */
static cornu_status name_metric(
    const cornu_model *model, cornu_compiled_metric *metric, cornu_map *used
) {
    char *name = full_name(model, metric, "");
    if (name && metric->weighted && cornu_map_get_text_(used, name)) {
        cornu_free_(name);
        name = full_name(model, metric, "weighted_");
    }
    if (!name) return CORNU_ENOMEM;
    uintptr_t times = (uintptr_t)cornu_map_get_text_(used, name);
    cornu_status status = cornu_map_put_text_(used, name, (void *)(times + 1));
    cornu_free_(metric->log_name);
    metric->log_name = name;
    if (status != CORNU_OK || times == 0) return status;
    metric->log_name = cornu_format_("%s_%zu", name, (size_t)times);
    cornu_free_(name);
    return metric->log_name ? CORNU_OK : CORNU_ENOMEM;
}

static cornu_status resolve(
    cornu_model *model, struct cornu_training *training, const cornu_batch *batch,
    cornu_tensor *const *outputs, cornu_map *used
) {
    for (size_t i = 0; i < training->metric_count; i++) {
        cornu_compiled_metric *metric = &training->metrics[i];
        if (!metric->metric)
            CORNU_TRY(choose_metric(metric, batch->targets[metric->output], outputs[metric->output])
            );
        CORNU_TRY(name_metric(model, metric, used));
    }
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_compiled_loss *loss = &training->losses[i];
        if (loss->loss || !loss->given) continue;
        loss->loss = cornu_loss_get(crossentropies[kind_of(batch->targets[i], outputs[i])]);
        if (!loss->loss) return cornu_error_status();
    }
    return CORNU_OK;
}

cornu_status cornu_training_resolve_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor *const *outputs
) {
    struct cornu_training *training = model->training;
    if (training->resolved) return CORNU_OK;
    cornu_map used = {0};
    cornu_status status = resolve(model, training, batch, outputs, &used);
    cornu_map_free_(&used);
    training->resolved = status == CORNU_OK;
    return status;
}
