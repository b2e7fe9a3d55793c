/* Metrics that are the mean of a loss: the losses are found by name in the registry. */
#ifndef CORNU_METRICS_WRAPPED_LOSS_H
#define CORNU_METRICS_WRAPPED_LOSS_H

#include "mean.h"

/* Begins the struct of such a metric. */
typedef struct cornu_wrapped_loss {
    cornu_mean_metric mean;
    cornu_loss *loss; /* owned */
} cornu_wrapped_loss;

/* Makes the loss of a class; the format and what follows say its config as JSON, without braces
 * ("\"axis\": %lld", axis), or nothing (""). */
CORNU_PRINTF_(3, 4)
cornu_status cornu_wrap_loss_(void *metric, const char *class_name, const char *config, ...);
/* The value of the loss for each sample, without a reduction. */
cornu_tensor *cornu_wrapped_values_(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor **weights
);
cornu_status cornu_wrapped_update_(
    cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
);
void cornu_wrapped_destroy_(void *metric);

#endif
