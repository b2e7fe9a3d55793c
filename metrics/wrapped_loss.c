/* Metrics that are the mean of a loss. keras/src/metrics/reduction_metrics.py, MeanMetricWrapper */
#include "wrapped_loss.h"

#include <stdarg.h>
#include <stdio.h>

cornu_status cornu_wrap_loss_(void *metric, const char *class_name, const char *config, ...) {
    char members[256], json[384];
    va_list values;
    va_start(values, config);
    vsnprintf(members, sizeof members, config, values);
    va_end(values);
    snprintf(json, sizeof json, "{\"class_name\": \"%s\", \"config\": {%s}}", class_name, members);
    cornu_wrapped_loss *self = metric;
    self->loss = cornu_loss_from_json(json);
    return self->loss ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_wrapped_values_(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor **weights
) {
    if (!y_true || !y_pred) return (void)cornu_error_null(y_true ? "y_pred" : "y_true"), NULL;
    cornu_dtype dtype = cornu_tensor_dtype(y_pred);
    if (dtype != CORNU_FLOAT64) y_pred = cornu_op_cast(y_pred, dtype = CORNU_FLOAT32);
    if (!loss->cls->any_dtype) y_true = cornu_op_cast(y_true, dtype);
    if (cornu_match_ranks(&y_true, &y_pred) != CORNU_OK) return NULL;
    cornu_tensor *values = loss->cls->call(loss, y_true, y_pred);
    if (!values || !loss->cls->mask || !*weights) return values;
    /* as in Keras, what the loss masks loses its weight only where there are weights */
    cornu_tensor *mask = loss->cls->mask(loss, y_true, y_pred);
    if (!mask) return cornu_error_status() == CORNU_OK ? values : NULL;
    mask = cornu_op_cast(mask, CORNU_FLOAT32);
    if (cornu_match_ranks(&mask, weights) != CORNU_OK) return NULL;
    *weights = cornu_op_multiply(mask, *weights);
    return *weights ? values : NULL;
}

cornu_status cornu_wrapped_update_(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    cornu_loss *loss = ((cornu_wrapped_loss *)self)->loss;
    cornu_tensor *values = cornu_wrapped_values_(loss, y_true, y_pred, &weights);
    return values ? cornu_mean_add_(self, values, weights) : cornu_error_status();
}

void cornu_wrapped_destroy_(void *metric) { cornu_loss_free(((cornu_wrapped_loss *)metric)->loss); }
