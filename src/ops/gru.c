/* gru: gated recurrent unit over all steps of a sequence, as one kernel, with the reset gate
 * applied after the product. Cho et al. (2014); keras/src/layers/rnn/gru.py.
 *
 * The op gives the states and the gates of all steps as planes [5, batch, time, units] (h, z, r, g,
 * and q, the part of g that is reset), which its derivative reads. */
#include <cornu/ops.h>

#include "ops/broadcast.h"
#include "ops/recurrent.h"
#include "ops/samples.h"

CORNU_OP_DECLARE(gru);
CORNU_OP_DECLARE(gru_gradient);

/* ---- gru: x, w, b, h, mask if there is one ---- */
static cornu_status infer(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    cornu_recurrent_sizes n;
    (void)attrs;
    if (count != 4 && count != 5)
        CORNU_FAIL(CORNU_EINVAL, "takes 4 inputs and perhaps a mask, got %d", count);
    cornu_dtype dtype = inputs[0]->dtype;
    CORNU_TRY(cornu_recurrent_sizes_(inputs[0], inputs[1], 3, &n));
    CORNU_TRY(cornu_recurrent_check_(inputs[2], cornu_shape(3 * n.units), dtype, "the bias"));
    CORNU_TRY(cornu_recurrent_check_(inputs[3], cornu_shape(n.batch, n.units), dtype, "h"));
    if (count == 5)
        CORNU_TRY(
            cornu_recurrent_check_(inputs[4], cornu_shape(n.batch, n.time), CORNU_BOOL, "the mask")
        );
    *out = (cornu_spec){dtype, cornu_shape(5, n.batch, n.time, n.units)};
    return CORNU_OK;
}

static cornu_status describe(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_recurrent_describe_(node, CORNU_KERNEL_GRU, request);
}

/* What gru_gradient computes, composed of ops that have derivatives. */
static cornu_tensor *compose_gradient(
    cornu_tensor *y, cornu_tensor *dy, cornu_tensor *w, cornu_tensor *h, cornu_tensor *mask
) {
    int64_t batch = y->shape.dims[1], time = y->shape.dims[2], units = y->shape.dims[3];
    cornu_tensor *zeros = cornu_op_zeros(cornu_shape(batch, units), y->dtype);
    cornu_tensor *wide = cornu_op_zeros(cornu_shape(batch, 4 * units), y->dtype);
    cornu_tensor *dh = zeros, *one = cornu_scalar_of(y->dtype, 1);
    cornu_tensor *all = NULL; /* [batch, steps so far, 4 * units] */
    for (int64_t t = time - 1; t >= 0; t--) {
        cornu_tensor *z = cornu_recurrent_at_(y, 1, t), *r = cornu_recurrent_at_(y, 2, t);
        cornu_tensor *g = cornu_recurrent_at_(y, 3, t), *q = cornu_recurrent_at_(y, 4, t);
        cornu_tensor *before = t > 0 ? cornu_recurrent_at_(y, 0, t - 1) : h;
        cornu_tensor *not_z = cornu_op_subtract(one, z);
        dh = cornu_op_add(dh, cornu_recurrent_at_(dy, 0, t));
        cornu_tensor *inner =
            cornu_op_add(cornu_op_multiply(dh, not_z), cornu_recurrent_at_(dy, 3, t));
        inner = cornu_op_multiply(inner, cornu_op_subtract(one, cornu_op_square(g)));
        cornu_tensor *dz = cornu_op_add(
            cornu_op_multiply(dh, cornu_op_subtract(before, g)), cornu_recurrent_at_(dy, 1, t)
        );
        cornu_tensor *dr = cornu_op_add(cornu_op_multiply(inner, q), cornu_recurrent_at_(dy, 2, t));
        dz = cornu_op_multiply(dz, cornu_op_multiply(z, not_z));
        dr = cornu_op_multiply(dr, cornu_op_multiply(r, cornu_op_subtract(one, r)));
        cornu_tensor *dq = cornu_op_add(cornu_op_multiply(inner, r), cornu_recurrent_at_(dy, 4, t));
        cornu_tensor *product = cornu_op_concatenate(cornu_tensors(dz, dr, dq), -1);
        cornu_tensor *dh_before = cornu_op_add(
            cornu_op_multiply(dh, z), cornu_op_matmul(product, w, .transpose_b = true)
        );
        cornu_tensor *d = cornu_op_concatenate(cornu_tensors(dz, dr, inner, dq), -1);
        if (mask != NULL) {
            cornu_tensor *counts = cornu_recurrent_mask_at_(mask, t);
            d = cornu_op_where(counts, d, wide);
            dh_before = cornu_op_where(counts, dh_before, dh);
        }
        dh = dh_before;
        d = cornu_op_expand_dims(d, 1);
        all = all != NULL ? cornu_op_concatenate(cornu_tensors(d, all), 1) : d;
    }
    cornu_tensor *first = cornu_op_concatenate(cornu_tensors(dh, zeros, zeros, zeros), -1);
    return cornu_op_concatenate(cornu_tensors(cornu_op_expand_dims(first, 1), all), 1);
}

static void vjp(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_tensor *w = node->inputs[1], *h = node->inputs[3];
    cornu_tensor *mask = node->input_count > 4 ? node->inputs[4] : NULL;
    int64_t time = node->inputs[0]->shape.dims[1], units = w->shape.dims[0];
    cornu_tensor *d = cornu_is_recorded_()
                          ? compose_gradient(node->out, dy, w, h, mask)
                          : cornu_emit_(
                                &cornu_op_class_gru_gradient_, NULL,
                                (cornu_tensor *[]){node->out, dy, w, h, mask}, mask != NULL ? 5 : 4
                            );
    cornu_tensor *steps = cornu_recurrent_steps_(d, 1, time);
    dx[0] = cornu_recurrent_columns_(steps, 0, 3 * units);
    /* what h w + b is to z and r, it is to x; to g it goes by q */
    cornu_tensor *inner = cornu_op_concatenate(
        cornu_tensors(
            cornu_recurrent_columns_(steps, 0, 2 * units),
            cornu_recurrent_columns_(steps, 3 * units, units)
        ),
        2
    );
    if (cornu_wants_(node, 1))
        dx[1] = cornu_recurrent_weights_gradient_(cornu_recurrent_plane_(node->out, 0), h, inner);
    if (cornu_wants_(node, 2)) dx[2] = cornu_op_sum(inner, cornu_axes(0, 1));
    if (cornu_wants_(node, 3)) {
        cornu_tensor *first = cornu_recurrent_steps_(d, 0, 1);
        dx[3] = cornu_op_reshape(cornu_recurrent_columns_(first, 0, units), h->shape);
    }
}

static const cornu_recurrent_sizes cases[] = {{2, 3, 2}, {1, 1, 3}, {3, 4, 1}};

static bool samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    (void)attrs;
    if (index >= 6) return false; /* without a mask and with one */
    const cornu_recurrent_sizes *n = &cases[index % 3];
    int salt = 8 * index;
    inputs[0] = cornu_sample_tensor_(cornu_shape(n->batch, n->time, 3 * n->units), -1, 1, salt);
    inputs[1] = cornu_sample_tensor_(cornu_shape(n->units, 3 * n->units), -1, 1, salt + 1);
    inputs[2] = cornu_sample_tensor_(cornu_shape(3 * n->units), -1, 1, salt + 2);
    inputs[3] = cornu_sample_tensor_(cornu_shape(n->batch, n->units), -1, 1, salt + 3);
    if (index >= 3) inputs[4] = cornu_sample_bools_(cornu_shape(n->batch, n->time), salt + 4);
    *count = index >= 3 ? 5 : 4;
    return true;
}

CORNU_OP(gru){
    .name = "gru",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

/* ---- gru_gradient: y, dy, w, h, mask if there is one ---- */
static cornu_status infer_gradient(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int count, cornu_spec *out
) {
    const cornu_shape *y = &inputs[0]->shape;
    (void)attrs;
    if (count != 4 && count != 5)
        CORNU_FAIL(CORNU_EINVAL, "takes 4 inputs and perhaps a mask, got %d", count);
    if (y->rank != 4 || y->dims[0] != 5) CORNU_FAIL(CORNU_ESHAPE, "y must have five planes");
    int64_t batch = y->dims[1], time = y->dims[2], units = y->dims[3];
    cornu_dtype dtype = inputs[0]->dtype;
    CORNU_TRY(cornu_recurrent_check_(inputs[1], *y, dtype, "dy"));
    CORNU_TRY(cornu_recurrent_check_(inputs[2], cornu_shape(units, 3 * units), dtype, "w"));
    CORNU_TRY(cornu_recurrent_check_(inputs[3], cornu_shape(batch, units), dtype, "h"));
    *out = (cornu_spec){dtype, cornu_shape(batch, 1 + time, 4 * units)};
    return CORNU_OK;
}

static cornu_status describe_gradient(const cornu_node *node, cornu_kernel_request *request) {
    return cornu_recurrent_describe_(node, CORNU_KERNEL_GRU_GRADIENT, request);
}

static bool sample_gradient(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    cornu_tensor *forward[5];
    int forward_count;
    if (!samples(index, attrs, forward, &forward_count)) return false;
    inputs[0] = cornu_emit_(&cornu_op_class_gru_, NULL, forward, forward_count);
    inputs[1] = cornu_sample_tensor_(inputs[0]->shape, -1, 1, 8 * index + 5);
    inputs[2] = forward[1];
    inputs[3] = forward[3];
    if (forward_count == 5) inputs[4] = forward[4];
    *count = forward_count;
    return true;
}

/* where somebody records, for second derivatives, ops that have derivatives take its place */
CORNU_OP(gru_gradient){
    .name = "gru_gradient",
    .inputs = -1,
    .flags = CORNU_OP_NO_GRADIENT,
    .infer = infer_gradient,
    .describe = describe_gradient,
    .samples = sample_gradient,
};

/* ---- the public function ---- */
cornu_status cornu_op_gru(
    cornu_tensor *x, cornu_tensor *kernel, cornu_tensor *bias, cornu_tensor *h, cornu_tensor *mask,
    cornu_tensor **outputs
) {
    cornu_tensor *inputs[] = {x, kernel, bias, h, mask};
    cornu_tensor *y = cornu_recurrent_emit_(&cornu_op_class_gru_, inputs);
    outputs[0] = cornu_recurrent_plane_(y, 0);
    outputs[1] = cornu_recurrent_last_(outputs[0]);
    return outputs[1] != NULL ? CORNU_OK : cornu_error_status();
}
