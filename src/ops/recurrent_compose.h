/* The derivative of ops over time composed of ops, for those who want a derivative of it. */
#ifndef CORNU_OPS_RECURRENT_COMPOSE_H
#define CORNU_OPS_RECURRENT_COMPOSE_H

#include "ops/recurrent.h"

typedef struct cornu_recurrent_sizes {
    int64_t batch, time, features, units;
    int64_t columns; /* gates * units */
} cornu_recurrent_sizes;

/* Sets dx, the gradients of the inputs of `node`, from that of y. */
void cornu_recurrent_compose_gradient_(
    const cornu_recurrent_kind *kind, const cornu_node *node, const cornu_recurrent_sizes *sizes,
    cornu_tensor *dy, cornu_tensor **dx
);

/* Parts of y: h of all steps, [batch, time, units], and the record's row of a step, [batch, record
 * * units]. */
cornu_tensor *cornu_recurrent_h_(cornu_tensor *y, const cornu_recurrent_sizes *sizes);
cornu_tensor *cornu_recurrent_record_at_(
    const cornu_recurrent_kind *kind, cornu_tensor *y, const cornu_recurrent_sizes *sizes, int64_t t
);
/* Step t of h: [batch, units]. */
cornu_tensor *cornu_recurrent_at_(cornu_tensor *h, int64_t t);

#endif
