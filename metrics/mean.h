/* The weighted mean over batches, on which most metrics stand. */
#ifndef CORNU_METRICS_MEAN_H
#define CORNU_METRICS_MEAN_H

#include <cornu/metrics.h>

/* What a metric that is a mean keeps; its struct begins with this. */
typedef struct cornu_mean_metric {
    cornu_metric base;
    cornu_tensor *total, *count; /* scalars */
} cornu_mean_metric;

cornu_status cornu_mean_build_(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred);
/* Adds a batch of values [batch, ...] under weights [batch] or of more axes, or NULL. */
cornu_status cornu_mean_add_(cornu_metric *self, cornu_tensor *values, cornu_tensor *weights);
cornu_tensor *cornu_mean_result_(cornu_metric *self);

/* Values per sample, and weights per sample. Averages (or, for Sum, adds up) all axes but the
 * first. keras/src/metrics/reduction_metrics.py, reduce_to_samplewise_values */
cornu_status cornu_samplewise_(
    cornu_tensor **values, cornu_tensor **weights, cornu_dtype dtype, bool sum
);

#endif
