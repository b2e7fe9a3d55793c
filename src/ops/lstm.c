/* lstm: long short-term memory over all steps of a sequence, as one kernel. Hochreiter and
 * Schmidhuber (1997); keras/src/layers/rnn/lstm.py.
 *
 * The op gives h of all steps and, behind them, a record of c and the gates (i, f, g, o), which its
 * derivative reads: lstm_gradient goes back through time and gives all gradients. */
#include "ops/recurrent.h"

CORNU_OP_DECLARE(lstm);
CORNU_OP_DECLARE(lstm_gradient);

static void step_back(cornu_recurrent_step *s) {
    int64_t units = s->dh != NULL ? s->dh->shape.dims[1] : 0;
    cornu_tensor *i = cornu_recurrent_block_(s->record, 1, units);
    cornu_tensor *f = cornu_recurrent_block_(s->record, 2, units);
    cornu_tensor *g = cornu_recurrent_block_(s->record, 3, units);
    cornu_tensor *o = cornu_recurrent_block_(s->record, 4, units);
    cornu_tensor *top = cornu_op_tanh(cornu_recurrent_block_(s->record, 0, units));
    cornu_tensor *one = s->dh != NULL ? cornu_scalar_of(s->dh->dtype, 1) : NULL;
    cornu_tensor *slope = cornu_op_multiply(o, cornu_op_subtract(one, cornu_op_square(top)));
    cornu_tensor *cell = cornu_op_add(s->dc, cornu_op_multiply(s->dh, slope));
    cornu_tensor *inner[] = {
        cornu_op_multiply(cell, g), cornu_op_multiply(cell, s->before), cornu_op_multiply(cell, i),
        cornu_op_multiply(s->dh, top)};
    cornu_tensor *gates[] = {i, f, g, o};
    for (int n = 0; n < 4; n++) {
        cornu_tensor *rest = cornu_op_subtract(one, n == 2 ? cornu_op_square(g) : gates[n]);
        if (n != 2) rest = cornu_op_multiply(gates[n], rest);
        inner[n] = cornu_op_add(inner[n], cornu_recurrent_block_(s->dr, 1 + n, units));
        inner[n] = cornu_op_multiply(inner[n], rest);
    }
    s->d = s->e = cornu_op_concatenate((cornu_tensor_list){inner, 4}, -1);
    s->dc = cornu_op_multiply(cell, f);
    s->dh = cornu_op_zeros_like(s->dh);
}

static const cornu_recurrent_kind kind = {
    .op = &cornu_op_class_lstm_,
    .gradient = &cornu_op_class_lstm_gradient_,
    .kernel = CORNU_KERNEL_LSTM,
    .gradient_kernel = CORNU_KERNEL_LSTM_GRADIENT,
    .gates = 4,
    .record = 5,
    .states = 2,
    .biases = 1,
    .step_back = step_back,
};
CORNU_RECURRENT_MEMBERS_(kind)

CORNU_OP(lstm){
    .name = "lstm",
    .inputs = -1,
    .flags = CORNU_OP_SMOOTH,
    .infer = infer,
    .describe = describe,
    .vjp = vjp,
    .samples = samples,
};

CORNU_OP(lstm_gradient){
    .name = "lstm_gradient",
    .inputs = -1,
    .flags = CORNU_OP_NO_GRADIENT | CORNU_OP_TAKES_FRONT,
    .infer = infer_gradient,
    .describe = describe_gradient,
    .samples = sample_gradient,
};

cornu_status cornu_op_lstm(const cornu_recurrence *of, cornu_tensor **outputs) {
    return cornu_recurrent_run_(&kind, of, outputs);
}
