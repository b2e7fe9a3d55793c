/* Back through time step by step, in ops. The kernels of the gradients compute the same and have no
 * derivatives; where somebody records, this takes their place. */
#include "ops/recurrent_compose.h"

#include "base/memory.h"

/* Where the walk is: what it knows of all steps, and the gradients of the states so far. */
typedef struct walk {
    const cornu_recurrent_kind *kind;
    const cornu_recurrent_sizes *n;
    bool reverse;
    cornu_tensor *y, *dy, *h, *dh_of_all; /* the latter [batch, time, units] */
    cornu_tensor *v, *h_first, *c_first, *mask;
    cornu_tensor *dh, *dc;
    cornu_tensor **d, **e; /* [time] */
} walk;

static int64_t before(const walk *w, int64_t t) { return w->reverse ? t + 1 : t - 1; }

/* What the gates read of the step before t. */
static cornu_tensor *state_before(const walk *w, int64_t t) {
    int64_t from = before(w, t);
    bool first = from < 0 || from >= w->n->time;
    if (w->kind->states == 1) return first ? w->h_first : cornu_recurrent_at_(w->h, from);
    if (first) return w->c_first;
    cornu_tensor *record = cornu_recurrent_record_at_(w->kind, w->y, w->n, from);
    return cornu_recurrent_block_(record, 0, w->n->units);
}

/* A masked step passes the gradients of the states on, and nothing goes into its gates. */
static void apply_mask(
    const walk *w, int64_t t, cornu_recurrent_step *step, cornu_tensor *dh, cornu_tensor *dc
) {
    cornu_tensor *counts = cornu_op_slice(w->mask, (int64_t[]){0, t}, cornu_shape(w->n->batch, 1));
    cornu_tensor *none = cornu_op_zeros(cornu_shape(w->n->batch, w->n->columns), w->y->dtype);
    step->dh = cornu_op_where(counts, step->dh, dh);
    if (dc != NULL) step->dc = cornu_op_where(counts, step->dc, dc);
    step->d = cornu_op_where(counts, step->d, none);
    step->e = cornu_op_where(counts, step->e, none);
}

static void go_back(walk *w, int64_t t) {
    cornu_recurrent_step step = {
        .record = cornu_recurrent_record_at_(w->kind, w->y, w->n, t),
        .dr = cornu_recurrent_record_at_(w->kind, w->dy, w->n, t),
        .before = state_before(w, t),
        .dh = cornu_op_add(w->dh, cornu_recurrent_at_(w->dh_of_all, t)),
    };
    if (w->kind->states == 2)
        step.dc = cornu_op_add(w->dc, cornu_recurrent_block_(step.dr, 0, w->n->units));
    cornu_tensor *dh = step.dh, *dc = step.dc;
    w->kind->step_back(&step);
    step.dh = cornu_op_add(step.dh, cornu_op_matmul(step.e, w->v, .transpose_b = true));
    if (w->mask != NULL) apply_mask(w, t, &step, dh, dc);
    w->dh = step.dh;
    w->dc = step.dc;
    w->d[t] = step.d;
    w->e[t] = step.e;
}

/* h before each step: [batch, time, units] */
static cornu_tensor *states_before(const walk *w) {
    const cornu_recurrent_sizes *n = w->n;
    cornu_tensor *first = cornu_op_expand_dims(w->h_first, 1);
    if (n->time == 1) return first;
    cornu_tensor *rest = cornu_op_slice(
        w->h, (int64_t[]){0, w->reverse ? 1 : 0, 0}, cornu_shape(n->batch, n->time - 1, n->units)
    );
    return cornu_op_concatenate(
        w->reverse ? cornu_tensors(rest, first) : cornu_tensors(first, rest), 1
    );
}

/* a[batch, time, ..]^T b[batch, time, ..], summed over batch and time */
static cornu_tensor *outer_product(const walk *w, cornu_tensor *a, cornu_tensor *b) {
    if (a == NULL || b == NULL) return NULL;
    int64_t steps = w->n->batch * w->n->time;
    return cornu_op_matmul(
        cornu_op_reshape(a, cornu_shape(steps, a->shape.dims[2])),
        cornu_op_reshape(b, cornu_shape(steps, b->shape.dims[2])), .transpose_a = true
    );
}

static void finish(const walk *w, const cornu_node *node, cornu_tensor **dx) {
    size_t time = (size_t)w->n->time;
    cornu_tensor *d = cornu_op_stack((cornu_tensor_list){w->d, time}, 1);
    cornu_tensor *e = cornu_op_stack((cornu_tensor_list){w->e, time}, 1);
    dx[0] = cornu_op_matmul(d, node->inputs[1], .transpose_b = true);
    dx[1] = outer_product(w, node->inputs[0], d);
    dx[2] = outer_product(w, states_before(w), e);
    dx[3] = cornu_op_sum(d, cornu_axes(0, 1));
    if (w->kind->biases == 2)
        dx[3] = cornu_op_stack(cornu_tensors(dx[3], cornu_op_sum(e, cornu_axes(0, 1))), 0);
    dx[4] = w->dh;
    if (w->kind->states == 2) dx[5] = w->dc;
}

void cornu_recurrent_compose_gradient_(
    const cornu_recurrent_kind *kind, const cornu_node *node, const cornu_recurrent_sizes *n,
    cornu_tensor *dy, cornu_tensor **dx
) {
    int states = 4 + kind->states;
    cornu_tensor *zeros = cornu_op_zeros(cornu_shape(n->batch, n->units), dy->dtype);
    walk w = {
        .kind = kind,
        .n = n,
        .reverse = node->attrs.reverse,
        .y = node->out,
        .dy = dy,
        .h = cornu_recurrent_h_(node->out, n),
        .dh_of_all = cornu_recurrent_h_(dy, n),
        .v = node->inputs[2],
        .h_first = node->inputs[4],
        .c_first = kind->states == 2 ? node->inputs[5] : NULL,
        .mask = node->input_count > states ? node->inputs[states] : NULL,
        .dh = zeros,
        .dc = kind->states == 2 ? zeros : NULL,
        .d = cornu_alloc_array_((size_t)(2 * n->time), sizeof(cornu_tensor *)),
    };
    if (w.d == NULL) return;
    w.e = w.d + n->time;
    for (int64_t i = n->time - 1; i >= 0; i--) go_back(&w, w.reverse ? n->time - 1 - i : i);
    finish(&w, node, dx);
    cornu_free_(w.d);
}
