/* gru: gated recurrent unit over all steps of a sequence, as one kernel, with the reset gate
 * applied after the product. Cho et al. (2014); keras/src/layers/rnn/gru.py.
 *
 * The op gives h of all steps and, behind them, a record of the gates (z, r, g, and q, the part of
 * g that is reset), which its derivative reads. */
#include "ops/recurrent.h"

CORNU_OP_DECLARE(gru);
CORNU_OP_DECLARE(gru_gradient);

static void step_back(cornu_recurrent_step *s) {
    int64_t units = s->dh != NULL ? s->dh->shape.dims[1] : 0;
    cornu_tensor *record[4], *dr[4]; /* z, r, g, q */
    for (int i = 0; i < 4; i++) {
        record[i] = cornu_recurrent_block_(s->record, i, units);
        dr[i] = cornu_recurrent_block_(s->dr, i, units);
    }
    cornu_tensor *z = record[0], *r = record[1], *g = record[2], *q = record[3];
    cornu_tensor *one = s->dh != NULL ? cornu_scalar_of(s->dh->dtype, 1) : NULL;
    cornu_tensor *not_z = cornu_op_subtract(one, z), *not_r = cornu_op_subtract(one, r);
    cornu_tensor *inner = cornu_op_add(cornu_op_multiply(s->dh, not_z), dr[2]);
    inner = cornu_op_multiply(inner, cornu_op_subtract(one, cornu_op_square(g)));
    cornu_tensor *dz =
        cornu_op_add(cornu_op_multiply(s->dh, cornu_op_subtract(s->before, g)), dr[0]);
    dz = cornu_op_multiply(dz, cornu_op_multiply(z, not_z));
    cornu_tensor *reset = cornu_op_add(cornu_op_multiply(inner, q), dr[1]);
    reset = cornu_op_multiply(reset, cornu_op_multiply(r, not_r));
    cornu_tensor *dq = cornu_op_add(cornu_op_multiply(inner, r), dr[3]);
    s->d = cornu_op_concatenate(cornu_tensors(dz, reset, inner), -1);
    s->e = cornu_op_concatenate(cornu_tensors(dz, reset, dq), -1);
    s->dh = cornu_op_multiply(s->dh, z);
}

static const cornu_recurrent_kind kind = {
    .op = &cornu_op_class_gru_,
    .gradient = &cornu_op_class_gru_gradient_,
    .kernel = CORNU_KERNEL_GRU,
    .gradient_kernel = CORNU_KERNEL_GRU_GRADIENT,
    .gates = 3,
    .record = 4,
    .states = 1,
    .biases = 2,
    .step_back = step_back,
};
CORNU_RECURRENT_MEMBERS_(kind)

CORNU_OP(gru){
    .name = "gru",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

CORNU_OP(gru_gradient){
    .name = "gru_gradient",
    .inputs = -1,
    .flags = CORNU_OP_NO_GRADIENT | CORNU_OP_TAKES_FRONT,
    .infer = infer_gradient,
    .describe = describe_gradient,
    .samples = sample_gradient,
};

cornu_status cornu_op_gru(const cornu_recurrence *of, cornu_tensor **outputs) {
    return cornu_recurrent_run_(&kind, of, outputs);
}
