/* The operands of LSTM and GRU kernels (kernel.h) as every backend wants them: sizes, and where
 * each operand stands. */
#ifndef CORNU_BACKEND_RECURRENT_H
#define CORNU_BACKEND_RECURRENT_H

#include "backend/kernel.h"

typedef struct cornu_recurrent_layout {
    bool lstm, back, reverse;
    bool wants_x;    /* back: the gradient of x is part of the result */
    bool dy_is_long; /* back: dy has the record's part */
    int gates;       /* blocks of `units` columns in w and v */
    int record;      /* blocks of `units` numbers in a row of the record */
    int64_t batch, time, features, units;
    int64_t columns;                              /* gates * units */
    int x, w, v, bias, h, c, y, dy, mask, result; /* operands; -1: there is none */
} cornu_recurrent_layout;

static inline cornu_recurrent_layout cornu_recurrent_layout_(const cornu_kernel_desc *desc) {
    cornu_recurrent_layout k = {
        .lstm = desc->kind == CORNU_KERNEL_LSTM || desc->kind == CORNU_KERNEL_LSTM_GRADIENT,
        .back = desc->kind == CORNU_KERNEL_LSTM_GRADIENT || desc->kind == CORNU_KERNEL_GRU_GRADIENT,
        .reverse = desc->reverse,
        .wants_x = desc->flag,
        .x = 0,
        .w = 1,
        .v = 2,
        .mask = -1,
        .result = desc->operand_count - 1,
    };
    int next = 3;
    k.bias = k.back ? -1 : next++;
    k.h = next++;
    k.c = k.lstm ? next++ : -1;
    k.y = k.back ? next++ : k.result;
    k.dy = k.back ? next++ : -1;
    if (next < k.result) k.mask = next;
    k.gates = k.lstm ? 4 : 3;
    k.record = k.lstm ? 5 : 4;
    k.batch = desc->operands[k.x].dims[0];
    k.time = desc->operands[k.x].dims[1];
    k.features = desc->operands[k.x].dims[2];
    k.units = desc->operands[k.v].dims[0];
    k.columns = k.gates * k.units;
    k.dy_is_long = k.back && desc->operands[k.dy].rank == 1;
    return k;
}

/* The step before step t in the order in which they are taken; `time` or -1 for none. */
static inline int64_t cornu_recurrent_before_(const cornu_recurrent_layout *k, int64_t t) {
    return k->reverse ? t + 1 : t - 1;
}

/* Step number n in that order. */
static inline int64_t cornu_recurrent_step_(const cornu_recurrent_layout *k, int64_t n) {
    return k->reverse ? k->time - 1 - n : n;
}

/* Where the record begins in y, and its row of a step. */
static inline int64_t cornu_recurrent_record_(
    const cornu_recurrent_layout *k, int64_t row, int64_t t
) {
    return k->batch * k->time * k->units + (t * k->batch + row) * k->record * k->units;
}

#endif
