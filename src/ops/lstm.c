/* lstm: long short-term memory over all steps of a sequence, as one kernel. Hochreiter and
 * Schmidhuber (1997); keras/src/layers/rnn/lstm.py.
 *
 * The op gives the states and the gates of all steps as planes [6, batch, time, units] (h, c, i, f,
 * g, o), which its derivative reads: lstm_gradient goes back through time and gives the gradients
 * of what entered the gates. The gradient of the kernel is then one product. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/recurrent.h"
#include "ops/samples.h"

CORNU_OP_DECLARE(lstm);
CORNU_OP_DECLARE(lstm_gradient);

/* ---- lstm: x, w, h, c, mask if there is one ---- */
static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    cornu_recurrent_sizes n;
    (void)attrs;
    if (count != 4 && count != 5)
        CORNU_FAIL(CORNU_EINVAL, "takes 4 inputs and perhaps a mask, got %d", count);
    cornu_dtype dtype = inputs[0]->dtype;
    CORNU_TRY(cornu_recurrent_sizes_(inputs[0], inputs[1], 4, &n));
    CORNU_TRY(cornu_recurrent_check_(inputs[2], cornu_shape(n.batch, n.units), dtype, "h"));
    CORNU_TRY(cornu_recurrent_check_(inputs[3], cornu_shape(n.batch, n.units), dtype, "c"));
    if (count == 5)
        CORNU_TRY(
            cornu_recurrent_check_(inputs[4], cornu_shape(n.batch, n.time), CORNU_BOOL, "the mask")
        );
    *out = (cornu_spec){dtype, cornu_shape(6, n.batch, n.time, n.units)};
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_recurrent_describe_(node, CORNU_KERNEL_LSTM, request);
}

/* What lstm_gradient computes, composed of ops that have derivatives. */
static cornu_tensor *compose_gradient(
    cornu_tensor *y, cornu_tensor *dy, cornu_tensor *w, cornu_tensor *c, cornu_tensor *mask
) {
    int64_t batch = y->shape.dims[1], time = y->shape.dims[2], units = y->shape.dims[3];
    cornu_tensor *zeros = cornu_op_zeros(cornu_shape(batch, units), y->dtype);
    cornu_tensor *wide = cornu_op_zeros(cornu_shape(batch, 4 * units), y->dtype);
    cornu_tensor *dh = zeros, *dc = zeros, *one = cornu_scalar_of(y->dtype, 1);
    cornu_tensor *all = NULL; /* [batch, steps so far, 4 * units] */
    for (int64_t t = time - 1; t >= 0; t--) {
        cornu_tensor *i = cornu_recurrent_at_(y, 2, t), *f = cornu_recurrent_at_(y, 3, t);
        cornu_tensor *g = cornu_recurrent_at_(y, 4, t), *o = cornu_recurrent_at_(y, 5, t);
        cornu_tensor *top = cornu_op_tanh(cornu_recurrent_at_(y, 1, t));
        cornu_tensor *before = t > 0 ? cornu_recurrent_at_(y, 1, t - 1) : c;
        dh = cornu_op_add(dh, cornu_recurrent_at_(dy, 0, t));
        dc = cornu_op_add(dc, cornu_recurrent_at_(dy, 1, t));
        cornu_tensor *slope = cornu_op_multiply(o, cornu_op_subtract(one, cornu_op_square(top)));
        cornu_tensor *cell = cornu_op_add(dc, cornu_op_multiply(dh, slope));
        cornu_tensor *inner[] = {
            cornu_op_multiply(cell, g), cornu_op_multiply(cell, before), cornu_op_multiply(cell, i),
            cornu_op_multiply(dh, top)};
        cornu_tensor *gates[] = {i, f, g, o};
        for (int n = 0; n < 4; n++) {
            cornu_tensor *rest = cornu_op_subtract(one, n == 2 ? cornu_op_square(g) : gates[n]);
            if (n != 2) rest = cornu_op_multiply(gates[n], rest);
            inner[n] = cornu_op_add(inner[n], cornu_recurrent_at_(dy, 2 + n, t));
            inner[n] = cornu_op_multiply(inner[n], rest);
        }
        cornu_tensor *d = cornu_op_concatenate((cornu_tensor_list){inner, 4}, -1);
        cornu_tensor *dh_before = cornu_op_matmul(d, w, .transpose_b = true);
        cornu_tensor *dc_before = cornu_op_multiply(cell, f);
        if (mask != NULL) {
            cornu_tensor *counts = cornu_recurrent_mask_at_(mask, t);
            d = cornu_op_where(counts, d, wide);
            dh_before = cornu_op_where(counts, dh_before, dh);
            dc_before = cornu_op_where(counts, dc_before, dc);
        }
        dh = dh_before;
        dc = dc_before;
        d = cornu_op_expand_dims(d, 1);
        all = all != NULL ? cornu_op_concatenate(cornu_tensors(d, all), 1) : d;
    }
    cornu_tensor *first = cornu_op_concatenate(cornu_tensors(dh, dc, zeros, zeros), -1);
    return cornu_op_concatenate(cornu_tensors(cornu_op_expand_dims(first, 1), all), 1);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *w = node->inputs[1], *h = node->inputs[2], *c = node->inputs[3];
    cornu_tensor *mask = node->input_count > 4 ? node->inputs[4] : NULL;
    int64_t time = node->inputs[0]->shape.dims[1], units = w->shape.dims[0];
    const cornu_shape *state = &h->shape;
    cornu_tensor *d = cornu_is_recorded_()
                          ? compose_gradient(node->out, dy, w, c, mask)
                          : cornu_emit_(
                                &cornu_op_class_lstm_gradient_, NULL,
                                (cornu_tensor *[]){node->out, dy, w, c, mask}, mask != NULL ? 5 : 4
                            );
    dx[0] = cornu_recurrent_steps_(d, 1, time);
    if (cornu_wants_(node, 1))
        dx[1] = cornu_recurrent_weights_gradient_(cornu_recurrent_plane_(node->out, 0), h, dx[0]);
    cornu_tensor *first = cornu_recurrent_steps_(d, 0, 1); /* of h and c before the first step */
    if (cornu_wants_(node, 2))
        dx[2] = cornu_op_reshape(cornu_recurrent_columns_(first, 0, units), *state);
    if (cornu_wants_(node, 3))
        dx[3] = cornu_op_reshape(cornu_recurrent_columns_(first, units, units), *state);
}

static const cornu_recurrent_sizes cases[] = {{2, 3, 2}, {1, 1, 3}, {3, 4, 1}};

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index >= 6) return false; /* without a mask and with one */
    const cornu_recurrent_sizes *n = &cases[index % 3];
    int salt = 8 * index;
    inputs[0] = cornu_sample_tensor_(cornu_shape(n->batch, n->time, 4 * n->units), -1, 1, salt);
    inputs[1] = cornu_sample_tensor_(cornu_shape(n->units, 4 * n->units), -1, 1, salt + 1);
    inputs[2] = cornu_sample_tensor_(cornu_shape(n->batch, n->units), -1, 1, salt + 2);
    inputs[3] = cornu_sample_tensor_(cornu_shape(n->batch, n->units), -1, 1, salt + 3);
    if (index >= 3) inputs[4] = cornu_sample_bools_(cornu_shape(n->batch, n->time), salt + 4);
    *count = index >= 3 ? 5 : 4;
    return true;
}

CORNU_OP(lstm){
    .name = "lstm",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

/* ---- lstm_gradient: y, dy, w, c, mask if there is one ---- */
static cornu_status infer_gradient(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    const cornu_shape *y = &inputs[0]->shape;
    (void)attrs;
    if (count != 4 && count != 5)
        CORNU_FAIL(CORNU_EINVAL, "takes 4 inputs and perhaps a mask, got %d", count);
    if (y->rank != 4 || y->dims[0] != 6) CORNU_FAIL(CORNU_ESHAPE, "y must have six planes");
    int64_t batch = y->dims[1], time = y->dims[2], units = y->dims[3];
    cornu_dtype dtype = inputs[0]->dtype;
    CORNU_TRY(cornu_recurrent_check_(inputs[1], *y, dtype, "dy"));
    CORNU_TRY(cornu_recurrent_check_(inputs[2], cornu_shape(units, 4 * units), dtype, "w"));
    CORNU_TRY(cornu_recurrent_check_(inputs[3], cornu_shape(batch, units), dtype, "c"));
    *out = (cornu_spec){dtype, cornu_shape(batch, 1 + time, 4 * units)};
    return CORNU_OK;
}

static cornu_status describe_gradient(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_recurrent_describe_(node, CORNU_KERNEL_LSTM_GRADIENT, request);
}

static bool sample_gradient(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    cornu_tensor *forward[5];
    int forward_count;
    if (!samples(index, attrs, forward, &forward_count)) return false;
    inputs[0] = cornu_emit_(&cornu_op_class_lstm_, NULL, forward, forward_count);
    inputs[1] = cornu_sample_tensor_(inputs[0]->shape, -1, 1, 8 * index + 5);
    inputs[2] = forward[1];
    inputs[3] = forward[3];
    if (forward_count == 5) inputs[4] = forward[4];
    *count = forward_count;
    return true;
}

/* where somebody records, for second derivatives, ops that have derivatives take its place */
CORNU_OP(lstm_gradient){
    .name = "lstm_gradient",
    .inputs = -1,
    .flags = CORNU_OP_NO_GRADIENT,
    .infer = infer_gradient,
    .describe = describe_gradient,
    .samples = sample_gradient,
};

/* ---- the public function ---- */
cornu_status cornu_op_lstm(
    cornu_tensor *x, cornu_tensor *kernel, cornu_tensor *h, cornu_tensor *c, cornu_tensor *mask,
    cornu_tensor **outputs
) {
    cornu_tensor *inputs[] = {x, kernel, h, c, mask};
    cornu_tensor *y = cornu_recurrent_emit_(&cornu_op_class_lstm_, inputs);
    outputs[0] = cornu_recurrent_plane_(y, 0);
    outputs[1] = cornu_recurrent_last_(outputs[0]);
    outputs[2] = cornu_recurrent_last_(cornu_recurrent_plane_(y, 1));
    return outputs[1] != NULL && outputs[2] != NULL ? CORNU_OK : cornu_error_status();
}
