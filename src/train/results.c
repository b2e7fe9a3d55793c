/* The values that logs show: the mean loss, the losses of single outputs, the metrics.
 * keras/src/trainers/trainer.py: metrics, reset_metrics, get_metrics_result */
#include "base/memory.h"
#include "train/training.h"

cornu_status cornu_training_reset_(cornu_model *model) {
    struct cornu_training *training = cornu_training_of_(model);
    if (!training) return cornu_error_status();
    CORNU_TRY(cornu_metric_reset(training->loss_tracker));
    for (size_t i = 0; i < training->output_count; i++)
        if (training->losses[i].tracker) CORNU_TRY(cornu_metric_reset(training->losses[i].tracker));
    for (size_t i = 0; i < training->metric_count; i++)
        if (training->metrics[i].metric) CORNU_TRY(cornu_metric_reset(training->metrics[i].metric));
    const cornu_step_hooks *hooks = model->hooks;
    return hooks && hooks->reset_metrics ? hooks->reset_metrics(model, hooks->user) : CORNU_OK;
}

cornu_status cornu_reset_metrics(cornu_model *model) { return cornu_training_reset_(model); }

static cornu_status set_tensor(cornu_logs *logs, const char *name, const cornu_tensor *value) {
    if (!value) return cornu_error_status();
    size_t count = (size_t)cornu_tensor_size(value);
    if (count == 1) return cornu_logs_set(logs, name, cornu_tensor_get(value, 0));
    double *values = cornu_alloc_array_(count, sizeof *values);
    if (!values) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) values[i] = cornu_tensor_get(value, (int64_t)i);
    cornu_status status = cornu_logs_set_vector(logs, name, values, count);
    cornu_free_(values);
    return status;
}

static cornu_status set_result(cornu_logs *logs, const char *name, cornu_metric *metric) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = set_tensor(logs, name, cornu_metric_result(metric)); }
    return status;
}

bool cornu_training_result_at_(
    const struct cornu_training *training, size_t index, cornu_shown_result *result
) {
    size_t metrics = training->resolved ? training->metric_count : 0, trackers = 0;
    if (index == 0) {
        *result = (cornu_shown_result){"loss", training->loss_tracker};
        return true;
    }
    if (--index < metrics) {
        const cornu_compiled_metric *entry = &training->metrics[index];
        *result = (cornu_shown_result){entry->log_name, entry->metric};
        return true;
    }
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_metric *tracker = training->losses[i].tracker;
        if (!tracker || trackers++ != index - metrics) continue;
        *result = (cornu_shown_result){cornu_metric_name(tracker), tracker};
        return true;
    }
    return false;
}

static cornu_status compute(const struct cornu_training *training, cornu_logs *logs) {
    cornu_shown_result result;
    for (size_t i = 0; cornu_training_result_at_(training, i, &result); i++)
        CORNU_TRY(set_result(logs, result.name, result.metric));
    return CORNU_OK;
}

static cornu_status collect(cornu_model *model, cornu_logs *logs) {
    bool planned = false;
    struct cornu_results **compiled = cornu_compiled_results_(model);
    if (compiled) CORNU_TRY(cornu_results_planned_(compiled, model->training, logs, &planned));
    return planned ? CORNU_OK : compute(model->training, logs);
}

cornu_status cornu_training_results_(cornu_model *model, const cornu_logs **logs) {
    cornu_logs *found = model->training->logs;
    const cornu_step_hooks *hooks = model->hooks;
    bool own = hooks && hooks->get_results;
    if (own) cornu_logs_clear(found); /* of what the last call may have added */
    CORNU_TRY(collect(model, found));
    if (own) CORNU_TRY(hooks->get_results(model, found, hooks->user));
    cornu_logs_sort_(found); /* Keras gives them in the order of their names, too */
    *logs = found;
    return CORNU_OK;
}

cornu_status cornu_training_show_(cornu_model *model, cornu_logs *logs) {
    const cornu_logs *found;
    CORNU_TRY(cornu_training_results_(model, &found));
    return cornu_logs_replace_(logs, found);
}

cornu_status cornu_training_refresh_(cornu_model *model, cornu_logs *logs) {
    const struct cornu_training *training = model->training;
    for (size_t i = 0; i < training->metric_count; i++) {
        const cornu_compiled_metric *entry = &training->metrics[i];
        if (entry->metric && entry->metric->cls->result_is_state)
            CORNU_TRY(set_result(logs, entry->log_name, entry->metric));
    }
    return CORNU_OK;
}
