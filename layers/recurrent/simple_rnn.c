/* SimpleRNN: SimpleRNNCell over time. keras/src/layers/rnn/simple_rnn.py */
#include "recurrent.h"

typedef struct {
    cornu_rnn rnn;
    cornu_layer_simple_rnn_args args;
} simple_rnn;

static cornu_status init(void *object) {
    simple_rnn *self = object;
    const cornu_layer_simple_rnn_args *args = &self->args;
    const cornu_layer_simple_rnn_cell_args cell = {
        .size_ = sizeof cell,
        .name = "simple_rnn_cell",
        CORNU_CELL_ARGS_OF_(args),
    };
    return cornu_rnn_init_(
        &self->rnn, cornu_layer_simple_rnn_cell_new(&cell), CORNU_RNN_OPTIONS_(args)
    );
}

static const cornu_layer_simple_rnn_args defaults = {CORNU_LAYER_SIMPLE_RNN_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_simple_rnn_args),
    CORNU_RNN_FIELDS_(cornu_layer_simple_rnn_args),
    CORNU_FIELD(cornu_layer_simple_rnn_args, INT, units),
    CORNU_FIELD(cornu_layer_simple_rnn_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_simple_rnn_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_simple_rnn_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_simple_rnn_args),
    CORNU_FIELD(cornu_layer_simple_rnn_args, REGULARIZER, activity_regularizer),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_simple_rnn_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_simple_rnn_args),
    CORNU_FIELD_OMITTED(cornu_layer_simple_rnn_args, INT, seed), /* Keras does not write it here */
};

CORNU_LAYER_CLASS(simple_rnn){
    CORNU_CLASS_ARGS(simple_rnn, args, defaults, fields),
    .name = "SimpleRNN",
    .init = init,
    CORNU_RNN_MEMBERS_,
};

cornu_layer *cornu_layer_simple_rnn_new(const cornu_layer_simple_rnn_args *args) {
    return cornu_layer_create(&cornu_layer_simple_rnn_class, args);
}
