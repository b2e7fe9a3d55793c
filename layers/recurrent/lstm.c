/* LSTM: LSTMCell over time. keras/src/layers/rnn/lstm.py */
#include "recurrent.h"

typedef struct {
    cornu_rnn rnn;
    cornu_layer_lstm_args args;
} lstm;

static cornu_status init(void *object) {
    lstm *self = object;
    const cornu_layer_lstm_args *args = &self->args;
    const cornu_layer_lstm_cell_args cell = {
        .size_ = sizeof cell,
        .name = "lstm_cell",
        .recurrent_activation = args->recurrent_activation,
        .unit_forget_bias = args->unit_forget_bias,
        CORNU_CELL_ARGS_OF_(args),
    };
    return cornu_rnn_init_(&self->rnn, cornu_layer_lstm_cell_new(&cell), CORNU_RNN_OPTIONS_(args));
}

static const cornu_layer_lstm_args defaults = {CORNU_LAYER_LSTM_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_lstm_args),
    CORNU_RNN_FIELDS_(cornu_layer_lstm_args),
    CORNU_FIELD(cornu_layer_lstm_args, INT, units),
    CORNU_FIELD(cornu_layer_lstm_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_lstm_args, ACTIVATION, recurrent_activation),
    CORNU_FIELD(cornu_layer_lstm_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_lstm_args),
    CORNU_FIELD(cornu_layer_lstm_args, BOOL, unit_forget_bias),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_lstm_args),
    CORNU_FIELD(cornu_layer_lstm_args, REGULARIZER, activity_regularizer),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_lstm_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_lstm_args),
    CORNU_FIELD(cornu_layer_lstm_args, INT, seed),
};

CORNU_LAYER_CLASS(lstm){
    CORNU_CLASS_ARGS(lstm, args, defaults, fields),
    .name = "LSTM",
    .init = init,
    CORNU_RNN_MEMBERS_,
};

cornu_layer *cornu_layer_lstm_new(const cornu_layer_lstm_args *args) {
    return cornu_layer_create(&cornu_layer_lstm_class, args);
}
