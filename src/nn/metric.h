/* The inside of a metric. */
#ifndef CORNU_NN_METRIC_H
#define CORNU_NN_METRIC_H

#include "nn/class.h"

struct cornu_metric_state {
    cornu_tensor **variables;
    size_t variable_count, variable_capacity;
};

/* Called by cornu_object_create_ before the class' init, and when the object is freed. */
cornu_status cornu_metric_prepare_(cornu_metric *metric);
void cornu_metric_dispose_(cornu_metric *metric);
/* cornu_metric_update with a mask (NULL: none) of y_pred's leading axes; it becomes part of the
 * weights if the class is a `masked_mean`. */
cornu_status cornu_metric_update_masked_(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight,
    cornu_tensor *mask
);

#endif
