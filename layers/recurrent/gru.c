/* GRU: GRUCell over time. keras/src/layers/rnn/gru.py */
#include "recurrent.h"

typedef struct {
    cornu_rnn rnn;
    cornu_layer_gru_args args;
} gru;

static cornu_status init(void *object) {
    gru *self = object;
    const cornu_layer_gru_args *args = &self->args;
    const cornu_layer_gru_cell_args cell = {
        .size_ = sizeof cell,
        .name = "gru_cell",
        .recurrent_activation = args->recurrent_activation,
        .reset_after = args->reset_after,
        CORNU_CELL_ARGS_OF_(args),
    };
    return cornu_rnn_init_(&self->rnn, cornu_layer_gru_cell_new(&cell), CORNU_RNN_OPTIONS_(args));
}

static const cornu_layer_gru_args defaults = {CORNU_LAYER_GRU_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_gru_args),
    CORNU_RNN_FIELDS_(cornu_layer_gru_args),
    CORNU_FIELD(cornu_layer_gru_args, INT, units),
    CORNU_FIELD(cornu_layer_gru_args, ACTIVATION, activation),
    CORNU_FIELD(cornu_layer_gru_args, ACTIVATION, recurrent_activation),
    CORNU_FIELD(cornu_layer_gru_args, BOOL, use_bias),
    CORNU_CELL_INITIALIZER_FIELDS_(cornu_layer_gru_args),
    CORNU_CELL_REGULARIZER_FIELDS_(cornu_layer_gru_args),
    CORNU_FIELD(cornu_layer_gru_args, REGULARIZER, activity_regularizer),
    CORNU_CELL_CONSTRAINT_FIELDS_(cornu_layer_gru_args),
    CORNU_CELL_DROPOUT_FIELDS_(cornu_layer_gru_args),
    CORNU_FIELD(cornu_layer_gru_args, BOOL, reset_after),
    CORNU_FIELD(cornu_layer_gru_args, INT, seed),
};

CORNU_LAYER_CLASS(gru){
    CORNU_CLASS_ARGS(gru, args, defaults, fields),
    .name = "GRU",
    .init = init,
    CORNU_RNN_MEMBERS_,
};

cornu_layer *cornu_layer_gru_new(const cornu_layer_gru_args *args) {
    return cornu_layer_create(&cornu_layer_gru_class, args);
}
