/* The inside of a metric. */
#ifndef CORNU_NN_METRIC_H
#define CORNU_NN_METRIC_H

#include "nn/class.h"

struct cornu_metric_state {
    cornu_tensor **variables;
    size_t variable_count, variable_capacity;
};

#endif
