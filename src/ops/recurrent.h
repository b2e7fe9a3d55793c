/* What the ops over time share: lstm.c, gru.c. */
#ifndef CORNU_OPS_RECURRENT_H
#define CORNU_OPS_RECURRENT_H

#include "graph/op.h"

#include <cornu/ops.h>

/* One step back, composed of ops. `record` and `dr`, its gradient, are [batch, record * units];
 * `before` is the state that the gates read, c or h. */
typedef struct cornu_recurrent_step {
    cornu_tensor *record, *dr, *before;
    /* [batch, units]: the gradients of the states after the step; then those before it, of h only
     * the part that does not go through the product */
    cornu_tensor *dh, *dc;
    /* [batch, gates * units]: made, of what x and h give to the gates */
    cornu_tensor *d, *e;
} cornu_recurrent_step;

/* An op over time. Its inputs are x, kernel, recurrent kernel, bias, h, c if there is one, and
 * perhaps a mask; those of its gradient x, kernel, recurrent kernel, h, c if there is one, y, dy
 * and perhaps a mask. */
typedef struct cornu_recurrent_kind {
    const cornu_op_class *op, *gradient;
    cornu_kernel_kind kernel, gradient_kernel;
    int gates, record; /* blocks of `units` columns in the kernels, and in the record */
    int states;        /* 2: h and c */
    int biases;        /* rows of the bias */
    void (*step_back)(cornu_recurrent_step *step);
} cornu_recurrent_kind;

/* Members of the classes of the op and of its gradient. */
cornu_status cornu_recurrent_infer_(
    const cornu_recurrent_kind *kind, const cornu_attrs *attrs, cornu_tensor *const *inputs,
    int count, cornu_spec *out
);
cornu_status cornu_recurrent_infer_gradient_(
    const cornu_recurrent_kind *kind, const cornu_attrs *attrs, cornu_tensor *const *inputs,
    int count, cornu_spec *out
);
cornu_status cornu_recurrent_describe_(
    cornu_kernel_kind kernel, const cornu_node *node, cornu_kernel_request *request
);
void cornu_recurrent_vjp_(
    const cornu_recurrent_kind *kind, const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx
);
bool cornu_recurrent_samples_(
    const cornu_recurrent_kind *kind, int index, cornu_attrs *attrs, cornu_tensor **inputs,
    int *count
);
bool cornu_recurrent_sample_gradient_(
    const cornu_recurrent_kind *kind, int index, cornu_attrs *attrs, cornu_tensor **inputs,
    int *count
);

/* Those members, as static functions, for a kind of that name. */
#define CORNU_RECURRENT_MEMBERS_(kind)                                                             \
    static cornu_status infer(                                                                     \
        cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out                \
    ) {                                                                                            \
        return cornu_recurrent_infer_(&kind, attrs, inputs, count, out);                           \
    }                                                                                              \
    static cornu_status infer_gradient(                                                            \
        cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out                \
    ) {                                                                                            \
        return cornu_recurrent_infer_gradient_(&kind, attrs, inputs, count, out);                  \
    }                                                                                              \
    static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {          \
        return cornu_recurrent_describe_(kind.kernel, node, request);                              \
    }                                                                                              \
    static cornu_status describe_gradient(const cornu_node *node, cornu_kernel_request *request) { \
        return cornu_recurrent_describe_(kind.gradient_kernel, node, request);                     \
    }                                                                                              \
    static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {                 \
        cornu_recurrent_vjp_(&kind, node, dy, dx);                                                 \
    }                                                                                              \
    static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {        \
        return cornu_recurrent_samples_(&kind, index, attrs, inputs, count);                       \
    }                                                                                              \
    static bool sample_gradient(                                                                   \
        int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count                           \
    ) {                                                                                            \
        return cornu_recurrent_sample_gradient_(&kind, index, attrs, inputs, count);               \
    }

/* The public function: h of all steps, and the states after the last. */
cornu_status cornu_recurrent_run_(
    const cornu_recurrent_kind *kind, const cornu_recurrence *of, cornu_tensor **outputs
);

/* Block `index` of `units` columns of x[batch, blocks * units]. */
cornu_tensor *cornu_recurrent_block_(cornu_tensor *x, int64_t index, int64_t units);

#endif
