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

static cornu_status collect(const struct cornu_training *training, cornu_logs *logs) {
    CORNU_TRY(set_result(logs, "loss", training->loss_tracker));
    for (size_t i = 0; i < training->metric_count && training->resolved; i++)
        CORNU_TRY(set_result(logs, training->metrics[i].log_name, training->metrics[i].metric));
    for (size_t i = 0; i < training->output_count; i++) {
        cornu_metric *tracker = training->losses[i].tracker;
        if (tracker) CORNU_TRY(set_result(logs, cornu_metric_name(tracker), tracker));
    }
    return CORNU_OK;
}

cornu_status cornu_training_results_(cornu_model *model, cornu_logs *logs) {
    cornu_logs found = {0};
    cornu_status status = collect(model->training, &found);
    const cornu_step_hooks *hooks = model->hooks;
    if (status == CORNU_OK && hooks && hooks->get_results)
        status = hooks->get_results(model, &found, hooks->user);
    if (status == CORNU_OK) {
        cornu_logs_sort_(&found); /* Keras gives them in the order of their names, too */
        status = cornu_logs_copy_(logs, &found, "");
    }
    cornu_logs_clear(&found);
    return status;
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
